//! Lucky draws computed again: when the bank has published a closed draw, this wallet checks that the bank was bound to its
//! seed, draws every share itself, and compares them with what the bank published and with what it was paid.
//!
//! What the bank signed and what does not hold is kept: it is evidence. Silence is told, too, when it lasts too long.

use serde::Serialize;

use super::outbox::Delivered;
use super::talk::CallError;
use super::{Time, Wallet, WalletError, collecting, packets, parsed, stored_json, to_json, trust};
use crate::api::discovery::Role;
use crate::api::draw::{self, DrawClaims, DrawPage, Flaw, Own, PUBLISHED_WITHIN_SECONDS, Proof};
use crate::jose::Digest;
use crate::money::Amount;
use crate::net::backoff::delay_ms;
use crate::net::client::Request;
use crate::packet::claims::{Contents, Mode};
use crate::packet::{CheckKind, Origin, Outcome, Packet, PacketFile, verify};
use crate::store::{Row, StoreError, Tx, values};

/// Of a longer draw only so many places are compared with the bank's, and the page with the own one; all are computed.
const MOST_COMPARED: u32 = 10_000;
/// How many draws one round asks for by itself.
const AT_ONCE: i64 = 20;

/// How a lucky draw stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DrawState {
    /// It is not closed yet, as far as this wallet knows.
    Waiting,
    /// The bank should have published it long ago.
    Overdue,
    /// Everything that can be computed again came out the same.
    Holds,
    /// The bank's own word is against it.
    Broken,
}

/// What a wallet knows of a lucky draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawView {
    /// The packet.
    pub id: Digest,
    /// How it stands.
    pub state: DrawState,
    /// In what it does not hold.
    pub flaw: Option<Flaw>,
    /// The own share, from 1, when it was paid.
    pub share: Option<u32>,
    /// How much that was.
    pub amount: Option<Amount>,
    /// How many shares there are: all were computed again.
    pub shares: u32,
    /// How many the bank paid before the draw was closed.
    pub paid: Option<u32>,
    /// How many of these were compared with what the bank published.
    pub compared: Option<u32>,
    /// When it should be published at the latest.
    pub until: Time,
    /// When it was last judged.
    pub checked_at: Option<Time>,
    /// The signed pages that it was judged by.
    pub evidence: Vec<String>,
}

/// What is needed to judge a draw.
#[derive(Clone)]
struct Subject {
    packet: Packet,
    voucher: String,
    bank: Origin,
    own: Option<Own>,
}

/// What a judgement came to, with the signed pages that it went by.
struct Judged {
    result: Result<Proof, Flaw>,
    pages: Vec<String>,
}

impl Wallet {
    /// Asks the issuing bank for a lucky packet's closed draw and computes it again. Only a bank that this wallet knows is
    /// asked, without any name or key; the bank learns which packet is asked for.
    ///
    /// # Errors
    /// [`WalletError::NotLucky`], [`WalletError::NotBankVoucher`], [`WalletError::Refused`] with `bank-unknown`; an answer that
    /// is no page of that bank is [`WalletError::Nonsense`]. A draw that does not hold is a result, no error.
    pub async fn verify_draw(&self, id: &str) -> Result<DrawView, WalletError> {
        let named = id.to_owned();
        let subject = self
            .store
            .read(move |tx| {
                let file = packets::find(tx, &named)?.file;
                subject(tx, file)
            })
            .await?;
        self.check_draw(&subject).await.map_err(|error| WalletError::call(&subject.bank, error))?;
        self.store.read(move |tx| stands(tx, &subject.packet)).await?.ok_or(WalletError::NotLucky)
    }

    /// Asks for the draws of which this wallet was paid a share and that are due, and says which were judged.
    pub(super) async fn check_draws(&self, round: &mut Delivered, due_ms: i64) -> Result<Vec<Digest>, WalletError> {
        let mut done = Vec::new();
        for packet in self.store.read(move |tx| due(tx, due_ms)).await? {
            let read = move |tx: &mut Tx<'_>| {
                let packet = packets::get(tx, &packet)?.ok_or(StoreError::Corrupt)?;
                subject(tx, packet.file)
            };
            // A bank that is known no more is asked no more.
            let Ok(subject) = self.store.read(read).await else { continue };
            if round.down.contains(&subject.bank) {
                continue;
            }
            match self.check_draw(&subject).await {
                Ok(true) => done.push(packet),
                Ok(false) => {}
                Err(error) => round.note(&subject.bank, error)?,
            }
        }
        Ok(done)
    }

    /// One try, and whether the draw was judged: whatever comes of it is kept.
    async fn check_draw(&self, subject: &Subject) -> Result<bool, CallError> {
        let (id, asked) = (subject.packet.id(), self.ask_draw(subject).await);
        let (now, mut random) = (self.now(), [0; 8]);
        self.surroundings.random.fill(&mut random);
        let (now_ms, random) = (self.surroundings.clock.now_ms(), u64::from_le_bytes(random));
        // Silence and nonsense are nobody's word that there is nothing yet.
        let heard = matches!(asked, Ok(_) | Err(CallError::Refused(_))).then_some(now);
        let nothing = match asked {
            Ok(Some(judged)) => {
                self.store.decide(move |tx| keep(tx, &id, &judged, now)).await?;
                return Ok(true);
            }
            Ok(None) => Ok(false),
            Err(error) => Err(error),
        };
        // Its issuer may have had it extended, which only the bank knows.
        let is_late = heard.is_some() && now > published_by(subject.packet.claims.exp);
        let expires = if is_late { self.voucher_standing(&id.to_string()).await.ok() } else { None };
        let expires = expires.map(|standing| standing.expires.0);
        self.store.decide(move |tx| wait(tx, &id, (heard, expires), now_ms, random)).await?;
        nothing
    }

    /// The closed draw, judged; none when the bank says that it is not closed.
    async fn ask_draw(&self, subject: &Subject) -> Result<Option<Judged>, CallError> {
        let own = subject.own.as_ref().map(|own| own.place);
        let begin = draw::pages(0, own, MOST_COMPARED).first().copied().unwrap_or(0);
        let first = match self.draw_page(subject, begin).await {
            Err(CallError::Refused(problem)) if problem.code() == "not-yet-closed" => return Ok(None),
            other => other?,
        };
        let others = draw::pages(first.0.paid, own, MOST_COMPARED);
        let mut all = vec![first];
        for after in others.into_iter().filter(|after| *after != begin) {
            all.push(self.draw_page(subject, after).await?);
        }
        let (claims, mut pages): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let judging = subject.clone();
        let drawing = tokio::task::spawn_blocking(move || {
            draw::judge(&judging.packet, &judging.voucher, &claims, judging.own.as_ref())
        });
        let result = drawing.await.map_err(|error| WalletError::Message(error.to_string()))?;
        if result.is_ok() {
            pages.truncate(1);
        }
        Ok(Some(Judged { result, pages }))
    }

    async fn draw_page(&self, subject: &Subject, after: u32) -> Result<(DrawClaims, String), CallError> {
        let Subject { packet, bank, .. } = subject;
        let path = draw::path(&packet.id(), after);
        let page: DrawPage = self.call(bank, |_| Ok(Request::get(bank, path.clone()))).await?;
        let keys = self.keys_for(bank, Role::Bank, &page.draw).await?;
        let claims = draw::read(&page.draw, bank, &keys, &packet.id(), after).map_err(|_| CallError::Nonsense)?;
        Ok((claims, page.draw))
    }
}

/// A lucky packet whose voucher is of a bank that this wallet knows.
fn subject(tx: &mut Tx<'_>, file: PacketFile) -> Result<Subject, WalletError> {
    let (bank, mode) = match &file.packet.claims.contents {
        Contents::Bank { bank, mode, .. } => (bank.clone(), *mode),
        Contents::Goods { .. } => return Err(WalletError::NotBankVoucher),
    };
    if mode != Mode::Lucky {
        return Err(WalletError::NotLucky);
    }
    let trust = trust::load(tx)?;
    let report = verify(&file, &trust);
    packets::refuse_failed(&report)?;
    let (Some(voucher), Some(Outcome::Passed)) = (file.voucher, report.outcome(CheckKind::VoucherSignature)) else {
        return Err(collecting::bank_unknown(&bank));
    };
    let own = collecting::latest(tx, &file.packet.id())?.and_then(|collection| collection.drawn());
    Ok(Subject { packet: file.packet, voucher: voucher.claims.number, bank, own })
}

/// When a draw is published at the latest.
const fn published_by(expires: i64) -> i64 {
    expires.saturating_add(PUBLISHED_WITHIN_SECONDS)
}

/// From now on this wallet asks for the draw by itself, because it was paid a share; equal shares have none.
pub(super) fn expect(tx: &mut Tx<'_>, packet: &Digest, now: i64) -> Result<(), WalletError> {
    let file = packets::get(tx, packet)?.ok_or(StoreError::Corrupt)?.file;
    if file.packet.claims.contents.draw().is_none() {
        return Ok(());
    }
    let now_ms = now.saturating_mul(1000);
    let sql = "INSERT INTO draw (packet, state, due_ms) VALUES (?1, 'waiting', ?2) ON CONFLICT (packet) DO UPDATE \
               SET state = 'waiting', due_ms = excluded.due_ms WHERE draw.state <> 'broken'";
    tx.execute(sql, &values![packet.to_string(), now_ms])?;
    Ok(())
}

fn due(tx: &mut Tx<'_>, due_ms: i64) -> Result<Vec<Digest>, WalletError> {
    let sql = "SELECT packet FROM draw WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2";
    tx.rows(sql, &values![due_ms, AT_ONCE])?.iter().map(|row| parsed(row.text("packet")?)).collect()
}

/// Not closed, or not answered. Whoever asks by itself asks again later.
fn wait(
    tx: &mut Tx<'_>,
    packet: &Digest,
    (heard, expires): (Option<i64>, Option<i64>),
    now_ms: i64,
    random: u64,
) -> Result<(), WalletError> {
    let id = packet.to_string();
    let row = tx.first("SELECT attempts FROM draw WHERE packet = ?1", &values![&id])?;
    let attempts = row.map(|row| row.int("attempts")).transpose()?.unwrap_or(0);
    let pause = delay_ms(u32::try_from(attempts).unwrap_or(u32::MAX), random);
    let again = now_ms.saturating_add(i64::try_from(pause).unwrap_or(i64::MAX)).saturating_add(1);
    let sql = "INSERT INTO draw (packet, state, at, expires) VALUES (?1, 'waiting', ?2, ?3) ON CONFLICT (packet) DO UPDATE \
               SET at = CASE WHEN draw.state = 'waiting' THEN COALESCE(excluded.at, draw.at) ELSE draw.at END, \
               expires = COALESCE(excluded.expires, draw.expires), attempts = draw.attempts + 1, \
               due_ms = CASE WHEN draw.due_ms IS NULL THEN NULL ELSE ?4 END";
    tx.execute(sql, &values![id, heard, expires, again])?;
    Ok(())
}

/// Keeps a judgement. What was found broken stays broken, with its evidence.
fn keep(tx: &mut Tx<'_>, packet: &Digest, judged: &Judged, now: i64) -> Result<(), WalletError> {
    let (state, flaw, proof) = match judged.result {
        Ok(proof) => ("holds", None, Some(proof)),
        Err(flaw) => ("broken", Some(flaw.as_str()), None),
    };
    tx.execute(
        "INSERT INTO draw (packet, state, flaw, paid, compared, evidence, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (packet) DO UPDATE SET state = excluded.state, flaw = excluded.flaw, paid = excluded.paid, \
         compared = excluded.compared, evidence = excluded.evidence, at = excluded.at, due_ms = NULL \
         WHERE draw.state <> 'broken'",
        &values![
            packet.to_string(),
            state,
            flaw,
            proof.map(|proof| proof.paid),
            proof.map(|proof| proof.compared),
            to_json(&judged.pages)?,
            now
        ],
    )?;
    Ok(())
}

/// How the draw of a packet stands; none for a packet whose shares are not drawn.
pub(super) fn stands(tx: &mut Tx<'_>, packet: &Packet) -> Result<Option<DrawView>, WalletError> {
    let Contents::Bank { mode: Mode::Lucky, shares, .. } = &packet.claims.contents else { return Ok(None) };
    let id = packet.id();
    let row = tx.first("SELECT * FROM draw WHERE packet = ?1", &values![id.to_string()])?;
    let own = collecting::latest(tx, &id)?.and_then(|collection| collection.drawn());
    let extended = row.as_ref().map(|row| row.opt_int("expires")).transpose()?.flatten();
    let until = published_by(packet.claims.exp.max(extended.unwrap_or(i64::MIN)));
    let mut view = DrawView {
        id,
        state: DrawState::Waiting,
        flaw: None,
        share: own.as_ref().map(|own| own.place),
        amount: own.map(|own| own.amount),
        shares: *shares,
        paid: None,
        compared: None,
        until: Time(until),
        checked_at: None,
        evidence: Vec::new(),
    };
    if let Some(row) = row {
        fill(&mut view, &row, until)?;
    }
    Ok(Some(view))
}

fn fill(view: &mut DrawView, row: &Row, until: i64) -> Result<(), WalletError> {
    let small = |column| row.opt_int(column)?.map(u32::try_from).transpose().map_err(|_| StoreError::Corrupt);
    let at = row.opt_int("at")?;
    view.state = match row.text("state")? {
        "holds" => DrawState::Holds,
        "broken" => DrawState::Broken,
        // Only after the bank itself said so late that there is nothing.
        _ if at.is_some_and(|at| at > until) => DrawState::Overdue,
        _ => DrawState::Waiting,
    };
    view.flaw = row.opt_text("flaw")?.map(parsed).transpose()?;
    (view.paid, view.compared) = (small("paid")?, small("compared")?);
    view.checked_at = at.map(Time);
    view.evidence = row.opt_text("evidence")?.map(stored_json).transpose()?.unwrap_or_default();
    Ok(())
}
