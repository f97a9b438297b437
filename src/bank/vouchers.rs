//! Steps 1 and 2: an applicant applies with a signed packet; the bank verifies it, freezes the money and signs the
//! voucher, in one decision and once per packet.

use std::sync::Arc;

use crate::api::Refusal;
use crate::api::account::AccountNumber;
use crate::api::auth::Asker;
use crate::api::feed::FeedKind;
use crate::api::problem::Problem;
use crate::api::states::VoucherState;
use crate::api::voucher::{Answered, Application, Batch, BatchAnswer, Issued, MAX_BATCH, Source, VoucherStatus};
use crate::bank::draws::DrawKey;
use crate::bank::error::{BankError, bad_request, not_found, stored, stored_opt, strange};
use crate::bank::feed::{self, Event};
use crate::bank::ledger::{self, AccountKind, Transfer, TransferKind};
use crate::bank::parties::Pinned;
use crate::bank::{Bank, accounts, draws, funds, keys, parties, recovery};
use crate::jose::{Digest, Typ};
use crate::money::{Amount, Currency};
use crate::packet::file::Voucher;
use crate::packet::{Applicant, Mode, Money, Origin, Packet, VoucherClaims};
use crate::party::Party;
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// A voucher in the books.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Its number.
    pub number: String,
    /// The packet's digest.
    pub packet: Digest,
    /// For whom the money is frozen.
    pub applicant: Origin,
    /// Where the rest goes back to.
    pub account: AccountNumber,
    /// The fund it was drawn from.
    pub fund: Option<String>,
    /// Its escrow in the ledger.
    pub escrow: i64,
    /// The draw of its lucky shares; none for equal ones.
    pub draw: Option<Digest>,
    /// What one share is, in minor units; of lucky ones the least.
    pub share_amount: i64,
    /// How many shares of money: of goods or cash, those whose collector chose the goods are none any more.
    pub shares: i64,
    /// How many of them are paid.
    pub paid: i64,
    /// The total frozen, in minor units.
    pub frozen: i64,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// From when it is paid.
    pub nbf: i64,
    /// Until when it can be collected: as the packet says, or later if it was extended.
    pub until: i64,
    /// Where it stands.
    pub state: VoucherState,
    /// Since when.
    pub since: i64,
}

/// Who made a voucher change, and why.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// `time`, or a party's origin.
    pub actor: &'a str,
    /// A stable word, or the applicant's own.
    pub reason: Option<&'a str>,
}

/// Places count up from 1, so the last one is how many were paid; counting a million rows per order would not do. Only of a voucher
/// that is older than a restore a place in between may be free.
const SELECT: &str = "SELECT v.*, CASE WHEN EXISTS (SELECT 1 FROM restore r WHERE r.at >= v.issued_at) \
     THEN (SELECT COUNT(*) FROM share s WHERE s.voucher = v.number) \
     ELSE (SELECT COALESCE(MAX(s.place), 0) FROM share s WHERE s.voucher = v.number) END AS paid, \
     (SELECT COUNT(*) FROM surrender g WHERE g.voucher = v.number AND g.result = 'surrendered') AS surrendered \
     FROM voucher v";

impl Issue {
    /// Reads a row of [`SELECT`].
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.text("number")?.to_owned(),
            packet: stored(row, "packet")?,
            applicant: Origin::parse(row.text("applicant")?).map_err(|_| strange("applicant"))?,
            account: stored(row, "account")?,
            fund: row.opt_text("fund")?.map(str::to_owned),
            escrow: row.int("escrow")?,
            draw: stored_opt(row, "draw")?,
            share_amount: row.int("share_amount")?,
            shares: row.int("shares")? - row.int("surrendered")?,
            paid: row.int("paid")?,
            frozen: row.int("frozen")?,
            currency: stored(row, "currency")?,
            nbf: row.int("nbf")?,
            until: row.opt_int("extended_until")?.map_or_else(|| row.int("exp"), Ok)?,
            state: stored(row, "state")?,
            since: row.opt_int("state_at")?.map_or_else(|| row.int("issued_at"), Ok)?,
        })
    }

    /// An amount in the voucher's currency.
    #[must_use]
    pub const fn amount(&self, minor: i64) -> Amount {
        Amount { minor, currency: self.currency }
    }

    /// What nobody collected.
    ///
    /// # Errors
    /// [`BankError::Store`].
    pub fn rest(&self, tx: &mut Tx<'_>) -> Result<Amount, BankError> {
        Ok(self.amount(ledger::balance(tx, self.escrow)?.available))
    }

    /// Whether something of it may still be paid or returned.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, VoucherState::Issued | VoucherState::PartlyPaid)
    }
}

/// The voucher of this number.
///
/// # Errors
/// [`StoreError`].
pub fn find(tx: &mut Tx<'_>, number: &str) -> Result<Option<Issue>, StoreError> {
    let sql = format!("{SELECT} WHERE v.number = ?1");
    tx.first(&sql, &values![number])?.as_ref().map(Issue::read).transpose()
}

/// The voucher for this packet.
///
/// # Errors
/// [`StoreError`].
pub fn of_packet(tx: &mut Tx<'_>, packet: &Digest) -> Result<Option<Issue>, StoreError> {
    let sql = format!("{SELECT} WHERE v.packet = ?1");
    tx.first(&sql, &values![packet.to_string()])?.as_ref().map(Issue::read).transpose()
}

/// The packet that a voucher is for, as it was applied with.
///
/// # Errors
/// [`StoreError`].
pub fn packet(tx: &mut Tx<'_>, number: &str) -> Result<Packet, StoreError> {
    let row = tx.one("SELECT packet_jws FROM voucher WHERE number = ?1", &values![number])?;
    Packet::read(row.text("packet_jws")?).map_err(|_| strange("packet_jws"))
}

/// Open vouchers whose end is before `before`, first ended first.
///
/// # Errors
/// [`StoreError`].
pub fn expired(tx: &mut Tx<'_>, before: i64, most: i64) -> Result<Vec<Issue>, StoreError> {
    let end = "COALESCE(v.extended_until, v.exp)";
    let sql = format!("{SELECT} WHERE v.state IN ('issued', 'partly-paid') AND {end} < ?1 ORDER BY {end} LIMIT ?2");
    tx.rows(&sql, &values![before, most])?.iter().map(Issue::read).collect()
}

/// Writes where a voucher stands from now on, and who made it so; the same state again changes nothing.
///
/// # Errors
/// [`StoreError`].
pub fn set_state(
    tx: &mut Tx<'_>,
    voucher: &Issue,
    state: VoucherState,
    cause: Cause<'_>,
    now: i64,
) -> Result<(), StoreError> {
    if state == voucher.state {
        return Ok(());
    }
    let sql = "UPDATE voucher SET state = ?2, state_at = ?3 WHERE number = ?1";
    tx.execute(sql, &values![&voucher.number, state.as_str(), now])?;
    let Cause { actor, reason } = cause;
    let (before, after) = (Some(voucher.state.as_str()), state.as_str());
    changes::record(tx, &Change { subject: "voucher", id: &voucher.number, actor, before, after, reason }, now)
}

/// Ends a voucher: what nobody collected goes back to the applicant, who is told. Says which transfer that is.
///
/// # Errors
/// [`BankError`].
pub(super) fn give_back(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    voucher: &Issue,
    (state, kind): (VoucherState, FeedKind),
    cause: Cause<'_>,
    now: i64,
) -> Result<i64, BankError> {
    let rest = voucher.rest(tx)?;
    let transfer = Transfer {
        debit: voucher.escrow,
        credit: accounts::existing(tx, &voucher.account)?.ledger,
        amount: rest,
        kind: TransferKind::Return,
        voucher: Some(&voucher.number),
        fund: voucher.fund.as_deref(),
    };
    let transfer = ledger::post(tx, &transfer, now)?;
    set_state(tx, voucher, state, cause, now)?;
    draws::publish_rest(tx, key, voucher)?;
    feed::append(tx, voucher, &Event { kind, minor: rest.minor, share: None }, now)?;
    Ok(transfer)
}

/// Where a voucher stands, for whoever has its packet.
///
/// # Errors
/// `not-found` when the bank issued none for this packet.
pub async fn status(bank: &Bank, digest: Digest) -> Result<VoucherStatus, BankError> {
    let now = bank.party.now();
    let found = bank.party.store.read(move |tx| of_packet(tx, &digest)).await?;
    let voucher = found.ok_or_else(|| not_found("This bank issued no voucher for that packet."))?;
    let count = |number: i64| u32::try_from(number).map_err(|_| strange("shares"));
    Ok(VoucherStatus {
        packet: voucher.packet,
        state: voucher.state,
        frozen: voucher.amount(voucher.frozen),
        shares: count(voucher.shares)?,
        left: count(voucher.shares - voucher.paid)?,
        payable: voucher.is_open() && voucher.paid < voucher.shares && (voucher.nbf..=voucher.until).contains(&now),
        since: voucher.since,
        expires: voucher.until,
        number: voucher.number,
    })
}

/// How many applications share one decision: others do not wait long for it.
const TOGETHER: usize = 128;

/// Issues the voucher that an applicant asks for. The same packet again gets the same voucher, word for word.
///
/// # Errors
/// [`BankError`]; nothing is frozen then.
pub async fn issue(bank: &Bank, asker: Asker, application: Application) -> Result<Issued, BankError> {
    let packet = Packet::read(&application.packet)?;
    let applicant = keys::asking_applicant(bank, asker).await?;
    let packet = judge(packet, &applicant)?;
    let (issuer, now) = (Issuer::of(bank), bank.party.now());
    let decision = move |tx: &mut Tx<'_>| decide(tx, &issuer, &packet, &application.source, now);
    let voucher = bank.party.store.decide(decision).await?;
    bank.wake_expiry.wake();
    Ok(Issued { voucher })
}

/// Issues the vouchers that one applicant asks for together. Each application is answered as if it had come alone.
///
/// # Errors
/// [`BankError`] when the request as a whole cannot be answered; what was frozen by then is found by asking again.
pub async fn issue_batch(bank: &Bank, asker: Asker, batch: Batch) -> Result<BatchAnswer, BankError> {
    if !(1..=MAX_BATCH).contains(&batch.applications.len()) {
        let problem = bad_request(format!("One request asks for 1 to {MAX_BATCH} vouchers."));
        return Err(problem.with_next("Ask for the others in a further request.").into());
    }
    let applicant = keys::asking_applicant(bank, asker).await?;
    let judged = tokio::task::spawn_blocking(move || judge_all(batch, &applicant)).await;
    let mut judged = judged.map_err(|_| StoreError::Other("the applications could not be judged".into()))?;
    let mut answers = Vec::with_capacity(judged.len());
    while !judged.is_empty() {
        let rest = judged.split_off(judged.len().min(TOGETHER));
        let (issuer, some, now) = (Issuer::of(bank), std::mem::replace(&mut judged, rest), bank.party.now());
        answers.extend(bank.party.store.decide(move |tx| decide_together(tx, &issuer, some, now)).await?);
    }
    bank.wake_expiry.wake();
    Ok(BatchAnswer { answers })
}

type Judged = Result<(Packet, Source), BankError>;

/// The part that needs no books, and most of the time: reading and checking signatures.
fn judge_all(batch: Batch, applicant: &Pinned) -> Vec<Judged> {
    let judge =
        |application: Application| Ok((judge(Packet::read(&application.packet)?, applicant)?, application.source));
    batch.applications.into_iter().map(judge).collect()
}

/// One decision for several applications: what is refused leaves nothing behind, and the others stand.
fn decide_together(
    tx: &mut Tx<'_>,
    issuer: &Issuer,
    judged: Vec<Judged>,
    now: i64,
) -> Result<Vec<Answered>, BankError> {
    let mut answers = Vec::with_capacity(judged.len());
    for application in judged {
        let issued = application.and_then(|(packet, source)| tx.apart(|tx| decide(tx, issuer, &packet, &source, now)));
        answers.push(match issued {
            Ok(voucher) => Answered::Voucher(voucher),
            Err(BankError::Refused(problem)) => {
                Answered::Problem(serde_json::to_value(problem).map_err(|_| strange("problem"))?)
            }
            // A fault of the books is nobody's answer: the whole decision is undone, and asked for again.
            Err(fault) => return Err(fault),
        });
    }
    Ok(answers)
}

/// Whether the applicant signed this packet as its own.
fn judge(packet: Packet, applicant: &Pinned) -> Result<Packet, BankError> {
    let keys = applicant.keys.believed();
    let key = keys.find(&packet.jws.signer()).ok_or(Refusal::Unknown("the packet's key"))?;
    packet.jws.verify(key).map_err(Refusal::from)?;
    if packet.claims.iss != applicant.origin {
        return Err(Refusal::NotAllowed("the packet is another enterprise's").into());
    }
    Ok(packet)
}

/// What the packet's contents ask of this bank.
struct Asked {
    share: Amount,
    shares: u32,
    total: Amount,
    draw: Option<Digest>,
}

fn asked(packet: &Packet, own: &Origin) -> Result<Asked, BankError> {
    let Some(Money { bank, amount, mode, shares, .. }) = packet.claims.contents.money() else {
        return Err(bad_request("The packet holds no money.").into());
    };
    if bank != own {
        return Err(Refusal::WrongAudience.into());
    }
    let total = packet.claims.contents.total()?.ok_or_else(|| bad_request("The packet holds no money."))?;
    let share = match mode {
        Mode::Each => amount,
        Mode::Lucky => Amount { minor: 1, ..amount },
    };
    Ok(Asked { share, shares, total, draw: packet.claims.contents.draw() })
}

/// Where the money comes from.
struct Purse {
    ledger: i64,
    account: AccountNumber,
    fund: Option<String>,
}

fn purse(tx: &mut Tx<'_>, packet: &Packet, source: &Source, now: i64) -> Result<Purse, BankError> {
    let applicant = &packet.claims.iss;
    match source {
        Source::Account(_) if packet.claims.reward_for.is_some() => {
            Err(bad_request("A reward is paid from a fund, so that nobody gets more of them than allowed.").into())
        }
        Source::Account(number) => {
            let account = accounts::of_applicant(tx, number, applicant)?;
            Ok(Purse { ledger: account.ledger, account: account.number, fund: None })
        }
        Source::Fund(number) => {
            let fund = funds::frozen(tx, number, applicant, now)?;
            Ok(Purse { ledger: fund.ledger(tx)?, account: fund.account, fund: Some(fund.number) })
        }
    }
}

/// A packet may promise only rewards whose money is there for as long as they can be earned.
fn check_reward(tx: &mut Tx<'_>, packet: &Packet, now: i64) -> Result<(), BankError> {
    let Some(reward) = packet.claims.forward.as_ref().and_then(|forward| forward.reward.as_ref()) else {
        return Ok(());
    };
    let fund = funds::frozen(tx, &reward.fund, &packet.claims.iss, now)?;
    if fund.currency != reward.amount.currency {
        return Err(funds::not_frozen("The fund is kept in another currency than the reward.").into());
    }
    // The 30 days after its `until` are there for rewards that were earned in time and are issued and collected late.
    if reward.until > fund.until {
        return Err(funds::not_frozen("The fund ends before the reward can last be earned.").into());
    }
    Ok(())
}

/// Who signs vouchers, and what they promise.
struct Issuer {
    party: Arc<Party>,
    pays_within: Option<u32>,
}

impl Issuer {
    fn of(bank: &Bank) -> Self {
        Self { party: bank.party.clone(), pays_within: bank.settings.pays_within_seconds }
    }
}

fn decide(tx: &mut Tx<'_>, issuer: &Issuer, packet: &Packet, source: &Source, now: i64) -> Result<String, BankError> {
    let party = &*issuer.party;
    let digest = packet.id();
    let known = tx.first("SELECT voucher_jws FROM voucher WHERE packet = ?1", &values![digest.to_string()])?;
    if let Some(row) = known {
        return Ok(row.text("voucher_jws")?.to_owned());
    }
    if recovery::is_lost(tx, &digest)? {
        return Err(crate::party::recovery::problem().into());
    }
    let asked = asked(packet, &party.origin)?;
    if packet.claims.exp <= now {
        return Err(Problem::new("expired", 409, "Expired", "The packet's time is already over.").into());
    }
    check_reward(tx, packet, now)?;
    draws::check_unused(tx, asked.draw, &packet.claims.iss)?;
    let purse = purse(tx, packet, source, now)?;
    check_first_reward(tx, packet, purse.fund.as_deref())?;
    let account = accounts::existing(tx, &purse.account)?;
    let seq = funds::next_seq(tx, "voucher")?;
    let claims = VoucherClaims {
        iss: party.origin.clone(),
        iat: now,
        number: funds::numbered('V', now, seq),
        packet: digest,
        frozen: asked.total,
        applicant: Applicant { origin: packet.claims.iss.clone(), name: account.holder },
        fund: purse.fund.clone(),
        pays_within: issuer.pays_within,
    };
    let jws = parties::sign(tx, party, Typ::Voucher, &claims)?;
    book(tx, packet, &claims, &Signed { jws: &jws, seq, asked: &asked, purse: &purse })?;
    Ok(jws)
}

/// Books a voucher that was signed before and is lost here, as it was signed.
///
/// # Errors
/// [`BankError`]: why it cannot be in the books.
pub(super) fn relearn(
    tx: &mut Tx<'_>,
    own: &Origin,
    packet: &Packet,
    voucher: &Voucher,
    source: &Source,
) -> Result<(), BankError> {
    let known = tx.first("SELECT voucher_jws FROM voucher WHERE packet = ?1", &values![packet.id().to_string()])?;
    if let Some(row) = known {
        let is_same = row.text("voucher_jws")? == voucher.jws.as_str();
        return if is_same { Ok(()) } else { Err(bad_request("Another voucher is in the books.").into()) };
    }
    if find(tx, &voucher.claims.number)?.is_some() {
        return Err(bad_request("Its number is another voucher's.").into());
    }
    let asked = asked(packet, own)?;
    draws::check_unused(tx, asked.draw, &packet.claims.iss)?;
    // The bank signed whether it is drawn from a fund; from which of its accounts only the applicant knows.
    let purse = match (&voucher.claims.fund, source) {
        (Some(number), _) => {
            let fund = funds::find(tx, number)?.filter(|fund| fund.applicant == packet.claims.iss);
            let fund = fund.ok_or_else(|| funds::not_frozen("No such fund is in the books."))?;
            Purse { ledger: fund.ledger(tx)?, account: fund.account, fund: Some(fund.number) }
        }
        (None, Source::Account(number)) => {
            let account = accounts::of_applicant(tx, number, &packet.claims.iss)?;
            Purse { ledger: account.ledger, account: account.number, fund: None }
        }
        (None, Source::Fund(_)) => return Err(bad_request("The voucher was drawn from an account.").into()),
    };
    check_first_reward(tx, packet, purse.fund.as_deref())?;
    let seq = funds::next_seq(tx, "voucher")?;
    book(tx, packet, &voucher.claims, &Signed { jws: voucher.jws.as_str(), seq, asked: &asked, purse: &purse })
}

/// A voucher that is signed, and what its booking needs besides.
struct Signed<'a> {
    jws: &'a str,
    seq: i64,
    asked: &'a Asked,
    purse: &'a Purse,
}

/// Freezes the money and keeps the voucher, as of when it was signed.
fn book(tx: &mut Tx<'_>, packet: &Packet, claims: &VoucherClaims, signed: &Signed<'_>) -> Result<(), BankError> {
    let (Signed { asked, purse, .. }, now) = (signed, claims.iat);
    let escrow = ledger::account(tx, AccountKind::Escrow, &claims.number, asked.total.currency)?;
    let transfer = Transfer {
        debit: purse.ledger,
        credit: escrow,
        amount: asked.total,
        kind: TransferKind::Freeze,
        voucher: Some(&claims.number),
        fund: purse.fund.as_deref(),
    };
    ledger::post(tx, &transfer, now)?;
    insert(tx, packet, claims, signed, escrow)?;
    draws::bind(tx, asked.draw, &claims.packet)?;
    let voucher = find(tx, &claims.number)?.ok_or_else(|| strange("number"))?;
    Ok(feed::append(tx, &voucher, &Event { kind: FeedKind::Issued, minor: voucher.frozen, share: None }, now)?)
}

/// One voucher per (fund, `reward_for`), ever.
fn check_first_reward(tx: &mut Tx<'_>, packet: &Packet, fund: Option<&str>) -> Result<(), BankError> {
    let (Some(fund), Some(reward_for)) = (fund, packet.claims.reward_for) else { return Ok(()) };
    let sql = "SELECT number FROM voucher WHERE fund = ?1 AND reward_for = ?2";
    if tx.first(sql, &values![fund, reward_for.to_string()])?.is_none() {
        return Ok(());
    }
    let detail = "A voucher for this reward was already issued, for another packet.";
    Err(Problem::new("already-issued", 409, "Already issued", detail)
        .with_next("Send the packet that was issued first.")
        .into())
}

fn insert(
    tx: &mut Tx<'_>,
    packet: &Packet,
    voucher: &VoucherClaims,
    new: &Signed<'_>,
    escrow: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO voucher (number, seq, packet, packet_jws, voucher_jws, applicant, account, fund, reward_for, \
         escrow, share_amount, shares, frozen, currency, nbf, exp, state, issued_at, draw) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        &values![
            &voucher.number,
            new.seq,
            voucher.packet.to_string(),
            packet.jws.as_str(),
            new.jws,
            packet.claims.iss.as_str(),
            new.purse.account.as_str(),
            new.purse.fund.as_deref(),
            packet.claims.reward_for.map(|digest| digest.to_string()),
            escrow,
            new.asked.share.minor,
            new.asked.shares,
            new.asked.total.minor,
            new.asked.total.currency.as_str(),
            packet.claims.nbf,
            packet.claims.exp,
            VoucherState::Issued.as_str(),
            voucher.iat,
            new.asked.draw.map(|draw| draw.to_string()),
        ],
    )?;
    Ok(())
}
