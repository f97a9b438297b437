//! Lucky draws, as issuing bank: hashes of one-use seeds for applicants, what each place of a voucher gets, and the seed and
//! the places for everybody once the voucher is closed.
//!
//! No seed stands in the database before it is published: it is made from the bank's own key and the row of its draw.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::api::draw::{self, DrawAnswer, DrawClaims, DrawPage, DrawRequest, MAX_AT_ONCE, PAGE, Place};
use crate::api::problem::Problem;
use crate::bank::Bank;
use crate::bank::error::{BankError, bad_request, id_reused, not_found, stored, strange};
use crate::bank::vouchers::{self, Issue};
use crate::clock::rfc3339;
use crate::jose::{Digest, Typ};
use crate::packet::Origin;
use crate::packet::draw::{Seed, shares};
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// Most draws that one applicant has and has not used.
pub const MAX_UNUSED: i64 = 100_000;
/// How many places' amounts are kept in memory, 8 bytes each; a draw that is not among them is computed again.
const MAX_KEPT_PLACES: usize = 2_000_000;
/// And of how many vouchers.
const MAX_KEPT_VOUCHERS: usize = 256;
/// Up to so many shares are drawn sooner than another thread would take them over.
const FEW: u32 = 256;

/// The key from which seeds are made.
#[derive(Clone)]
pub(super) struct DrawKey(pub(super) Zeroizing<[u8; 32]>);

impl DrawKey {
    /// The seed of the `n`th draw of a request: nobody can tell it who has not this key.
    fn seed(&self, applicant: &str, request: &str, n: i64) -> Result<Seed, StoreError> {
        // HMAC takes keys of any length, so this cannot fail.
        let mac = Hmac::<Sha256>::new_from_slice(&*self.0);
        let mut mac = mac.map_err(|_| StoreError::Other("no seed can be made".into()))?;
        for part in [applicant, "\0", request, "\0", &n.to_string()] {
            mac.update(part.as_bytes());
        }
        Ok(Seed::from_bytes(Zeroizing::new(mac.finalize().into_bytes().into())))
    }

    /// The seed of a row, if it is the one whose hash was given away: with another key than then it would not be.
    fn seed_of(&self, row: &Row) -> Result<Seed, StoreError> {
        let seed = self.seed(row.text("applicant")?, row.text("request")?, row.int("n")?)?;
        if seed.draw().to_string() == row.text("draw")? { Ok(seed) } else { Err(strange("draw")) }
    }
}

impl std::fmt::Debug for DrawKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DrawKey(secret)")
    }
}

/// Gives an applicant draws. The same request again gets the same ones.
///
/// # Errors
/// `id-reused`, `too-many-draws`, `bad-request`; nothing is given then.
pub(super) async fn give(bank: &Bank, applicant: Origin, request: DrawRequest) -> Result<DrawAnswer, BankError> {
    if !(1..=MAX_AT_ONCE).contains(&request.count) {
        return Err(bad_request(format!("One request gets 1 to {MAX_AT_ONCE} draws.")).into());
    }
    let (key, now) = (bank.secrets.draws.clone(), bank.party.now());
    bank.party.store.decide(move |tx| decide(tx, &key, &applicant, &request, now)).await
}

fn decide(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    applicant: &Origin,
    request: &DrawRequest,
    now: i64,
) -> Result<DrawAnswer, BankError> {
    let (applicant, id) = (applicant.as_str(), request.request.to_string());
    let known =
        tx.rows("SELECT draw FROM draw WHERE applicant = ?1 AND request = ?2 ORDER BY n", &values![applicant, &id])?;
    if !known.is_empty() {
        let draws: Vec<Digest> = known.iter().map(|row| stored(row, "draw")).collect::<Result<_, _>>()?;
        let is_same = u32::try_from(draws.len()) == Ok(request.count);
        return if is_same { Ok(DrawAnswer { draws }) } else { Err(id_reused("request").into()) };
    }
    let sql = "SELECT COUNT(*) AS unused FROM draw WHERE applicant = ?1 AND packet IS NULL";
    let unused = tx.one(sql, &values![applicant])?.int("unused")?;
    if unused + i64::from(request.count) > MAX_UNUSED {
        return Err(too_many().into());
    }
    let mut draws = Vec::new();
    for n in 1..=i64::from(request.count) {
        let draw = key.seed(applicant, &id, n)?.draw();
        let sql = "INSERT INTO draw (draw, applicant, request, n, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        tx.execute(sql, &values![draw.to_string(), applicant, &id, n, now])?;
        draws.push(draw);
    }
    Ok(DrawAnswer { draws })
}

/// Keeps draws that were given before and are lost here: they are this bank's if its key makes them of that request again.
///
/// # Errors
/// `unknown-draw` otherwise.
pub(super) fn relearn(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    applicant: &Origin,
    (request, draws): (&str, &[Digest]),
    now: i64,
) -> Result<(), BankError> {
    for (n, draw) in (1_i64..).zip(draws) {
        if key.seed(applicant.as_str(), request, n)?.draw() != *draw {
            return Err(unknown_draw().into());
        }
        let sql =
            "INSERT INTO draw (draw, applicant, request, n, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        tx.execute(sql, &values![draw.to_string(), applicant.as_str(), request, n, now])?;
    }
    Ok(())
}

fn unknown_draw() -> Problem {
    let detail = "The packet's draw is none that this bank gave to this enterprise.";
    let problem = Problem::new("unknown-draw", 409, "Unknown draw", detail);
    problem.with_next("Ask the bank for draws before signing the packet.")
}

fn too_many() -> Problem {
    let detail = format!("An enterprise can have {MAX_UNUSED} draws that no packet uses yet.");
    Problem::new("too-many-draws", 409, "Too many unused draws", detail).with_next("Use the draws you have first.")
}

/// Refuses a packet's draw that is not the applicant's to use.
pub(super) fn check_unused(tx: &mut Tx<'_>, draw: Option<Digest>, applicant: &Origin) -> Result<(), BankError> {
    let Some(draw) = draw else { return Ok(()) };
    let sql = "SELECT packet FROM draw WHERE draw = ?1 AND applicant = ?2";
    let row = tx.first(sql, &values![draw.to_string(), applicant.as_str()])?;
    let Some(row) = row else { return Err(unknown_draw().into()) };
    if row.opt_text("packet")?.is_none() {
        return Ok(());
    }
    let problem = Problem::new("draw-used", 409, "This draw was used before", "A draw is for one packet only.");
    Err(problem.with_next("Sign the packet with a draw that no other packet has.").into())
}

/// Binds a draw to the one packet that uses it.
pub(super) fn bind(tx: &mut Tx<'_>, draw: Option<Digest>, packet: &Digest) -> Result<(), StoreError> {
    let Some(draw) = draw else { return Ok(()) };
    let sql = "UPDATE draw SET packet = ?2 WHERE draw = ?1 AND packet IS NULL";
    let bound = tx.execute(sql, &values![draw.to_string(), packet.to_string()])?;
    if bound == 1 { Ok(()) } else { Err(strange("draw")) }
}

/// A voucher's draw: its seed and what each place gets.
#[derive(Debug)]
pub(super) struct Drawn {
    seed: Seed,
    amounts: Vec<i64>,
}

impl Drawn {
    /// What this place gets, in minor units.
    pub(super) fn at(&self, place: i64) -> Result<i64, StoreError> {
        let index = usize::try_from(place - 1).map_err(|_| strange("place"))?;
        self.amounts.get(index).copied().ok_or_else(|| strange("place"))
    }
}

/// A draw that is being computed, or was.
type Slot = Arc<OnceCell<Arc<Drawn>>>;

struct Kept {
    voucher: String,
    places: usize,
    slot: Slot,
}

/// What was computed lately, so that a rush on one packet computes its draw once.
#[derive(Default)]
pub(super) struct Draws(Mutex<VecDeque<Kept>>);

impl std::fmt::Debug for Draws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Draws(secret)")
    }
}

impl Draws {
    /// The slot for a voucher's draw, newest last; the oldest make room.
    fn slot(&self, voucher: &Issue) -> Slot {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.iter().rev().find(|kept| kept.voucher == voucher.number) {
            return found.slot.clone();
        }
        let places = usize::try_from(voucher.shares).unwrap_or(usize::MAX);
        let mut free = MAX_KEPT_PLACES.saturating_sub(kept.iter().map(|kept| kept.places).sum());
        while kept.len() >= MAX_KEPT_VOUCHERS || (free < places && !kept.is_empty()) {
            free += kept.pop_front().map_or(0, |oldest| oldest.places);
        }
        let slot = Slot::default();
        kept.push_back(Kept { voucher: voucher.number.clone(), places, slot: slot.clone() });
        slot
    }
}

/// The draw of a lucky voucher, computed at most once at a time and off the threads that answer.
pub(super) async fn drawn(bank: &Bank, voucher: &Issue) -> Result<Arc<Drawn>, BankError> {
    let slot = bank.draws.slot(voucher);
    slot.get_or_try_init(|| compute(bank, voucher)).await.cloned()
}

async fn compute(bank: &Bank, voucher: &Issue) -> Result<Arc<Drawn>, BankError> {
    let (key, packet) = (bank.secrets.draws.clone(), voucher.packet);
    let seed = bank.party.store.read(move |tx| seed_for(tx, &key, &packet)).await?;
    let (total, places) = (voucher.frozen, u32::try_from(voucher.shares).map_err(|_| strange("shares"))?);
    let draw = move || {
        let amounts = shares(&seed, &packet, total, places).map_err(|_| strange("shares"))?;
        Ok::<_, StoreError>(Arc::new(Drawn { seed, amounts }))
    };
    if places <= FEW {
        return Ok(draw()?);
    }
    let drawing = tokio::task::spawn_blocking(draw);
    Ok(drawing.await.map_err(|panic| StoreError::Other(panic.to_string()))??)
}

fn seed_for(tx: &mut Tx<'_>, key: &DrawKey, packet: &Digest) -> Result<Seed, StoreError> {
    key.seed_of(&tx.one("SELECT * FROM draw WHERE packet = ?1", &values![packet.to_string()])?)
}

/// Publishes the seed of a voucher that the same decision closes.
pub(super) fn publish(tx: &mut Tx<'_>, voucher: &Issue, drawn: &Drawn) -> Result<(), StoreError> {
    write(tx, &voucher.packet, &drawn.seed)
}

/// As [`publish`], for whoever gives back what was left. That goes on when the seed cannot be made any more; the audit tells.
pub(super) fn publish_rest(tx: &mut Tx<'_>, key: &DrawKey, voucher: &Issue) -> Result<(), StoreError> {
    if voucher.draw.is_none() {
        return Ok(());
    }
    match seed_for(tx, key, &voucher.packet) {
        Ok(seed) => write(tx, &voucher.packet, &seed),
        Err(StoreError::Shape(error)) => {
            tracing::error!(voucher = %voucher.number, error, "the seed of a closed draw cannot be made");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn write(tx: &mut Tx<'_>, packet: &Digest, seed: &Seed) -> Result<(), StoreError> {
    let sql = "UPDATE draw SET seed = ?2 WHERE packet = ?1";
    tx.execute(sql, &values![packet.to_string(), String::from(seed.clone())])?;
    Ok(())
}

/// One signed page of a closed draw. It is the same whenever it is asked for.
///
/// # Errors
/// `not-found` without a lucky voucher for this packet, `not-yet-closed` while a share may still be paid.
pub(super) async fn page(bank: &Bank, packet: Digest, after: u32) -> Result<DrawPage, BankError> {
    let (own, grace) = (bank.party.origin.clone(), bank.settings.order_grace_seconds);
    let read = bank.party.store.read(move |tx| read(tx, own, grace, &packet, after));
    let claims = read.await?;
    Ok(DrawPage { draw: bank.party.sign(Typ::Draw, &claims)?.as_str().to_owned() })
}

fn read(tx: &mut Tx<'_>, iss: Origin, grace: i64, packet: &Digest, after: u32) -> Result<DrawClaims, BankError> {
    let voucher = vouchers::of_packet(tx, packet)?.filter(|voucher| voucher.draw.is_some());
    let voucher = voucher.ok_or_else(|| not_found("This bank draws no lucky shares of that packet."))?;
    if voucher.is_open() {
        return Err(not_yet_closed(voucher.until.saturating_add(grace)).into());
    }
    let row = tx.one("SELECT * FROM draw WHERE packet = ?1", &values![packet.to_string()])?;
    let closed = "SELECT MAX(at) AS at FROM feed WHERE voucher = ?1 AND kind IN ('paid', 'returned', 'withdrawn')";
    let places = "SELECT place, amount, mark FROM share WHERE voucher = ?1 AND place > ?2 ORDER BY place LIMIT ?3";
    let count = |number: i64| u32::try_from(number).map_err(|_| strange("shares"));
    let place = |row: &Row| {
        let (place, minor, mark) = (count(row.int("place")?)?, row.int("amount")?, stored(row, "mark")?);
        Ok::<_, StoreError>(Place { place, minor, mark })
    };
    Ok(DrawClaims {
        iss,
        iat: tx.one(closed, &values![&voucher.number])?.int("at")?,
        packet: *packet,
        seed: stored(&row, "seed")?,
        total: voucher.amount(voucher.frozen),
        shares: count(voucher.shares)?,
        paid: count(voucher.paid)?,
        after,
        places: tx.rows(places, &values![&voucher.number, after, PAGE])?.iter().map(place).collect::<Result<_, _>>()?,
        voucher: voucher.number,
    })
}

fn not_yet_closed(last: i64) -> Problem {
    let detail =
        format!("It is published when every share was collected, or what is left goes back after {}.", rfc3339(last));
    Problem::new("not-yet-closed", 409, "The draw is not closed yet", detail).with_next("Ask again then.")
}

/// The mark of whoever ordered a share.
pub(super) fn mark_of(voucher: &Issue, account: &Digest) -> Option<Digest> {
    voucher.draw.map(|_| draw::mark(&voucher.packet, account))
}
