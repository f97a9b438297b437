//! Passing a forwarded file on to a friend's inbox, within limits per sender and recipient.

use super::arrivals::Arrival;
use super::failure::Failure;
use super::inbox::{self, Delivery};
use super::{Enterprise, banks};
use crate::api::inbox::{ItemKind, Relayed, Relaying, judge_relay};
use crate::api::problem::Problem;
use crate::jose::ClientId;
use crate::packet::{PacketFile, Trust, Verdict, verify};
use crate::store::{StoreError, Tx, values};

/// Most relayed files of one sender that are kept.
pub const MAX_PER_SENDER: i64 = 100;
/// Most relayed files that are kept in one inbox.
pub const MAX_PER_RECIPIENT: i64 = 1000;
/// Most sealed files of one sender that are kept.
pub const MAX_SEALED_PER_SENDER: i64 = 20;
/// Most sealed files that are kept in one inbox.
const MAX_SEALED_PER_RECIPIENT: i64 = 100;
/// Most sealed files that are kept in all: nobody here can tell what they are.
const MAX_SEALED: i64 = 2000;
/// How long a relayed file is kept, in seconds.
pub const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// Delivers a file that `sender` forwarded.
pub(super) async fn pass_on(enterprise: &Enterprise, body: &[u8], sender: ClientId) -> Result<Relayed, Failure> {
    let (to, file) = judge_relay(body, &sender)?;
    // What is sealed can be judged by nobody but the friend; so whoever sends it must be somebody here.
    if let Relaying::Open(file) = &file {
        believe(enterprise, file).await?;
    }
    let now = enterprise.party.now();
    let head = file.head();
    let decision = move |tx: &mut Tx<'_>| deliver(tx, &file, sender, to, now);
    if let Some(arrival) = enterprise.party.store.decide(decision).await? {
        enterprise.arrivals.tell(arrival);
    }
    Ok(Relayed { head })
}

/// Refuses a file that is not genuine, or that neither this enterprise nor a bank it uses vouches for.
async fn believe(enterprise: &Enterprise, file: &PacketFile) -> Result<(), Failure> {
    if let Some(voucher) = &file.voucher {
        banks::keys_for(enterprise, &voucher.claims.iss, voucher.jws.as_str()).await?;
    }
    let own = enterprise.party.origin.clone();
    let keys = enterprise.keys.clone();
    let id = file.packet.id().to_string();
    let known = move |tx: &mut Tx<'_>| -> Result<_, StoreError> { Ok((banks::all(tx)?, is_issued(tx, &id)?)) };
    let (banks, is_issued) = enterprise.party.store.read(known).await?;
    // Outside of the decision: signatures take long, and decisions wait for one another.
    let trust = Trust { issuers: [(own.clone(), keys)].into(), banks: banks.into_iter().collect() };
    let is_believed = match verify(file, &trust).verdict {
        // Ours, or another issuer's with a voucher by a bank that is pinned here.
        Verdict::Genuine => is_issued || file.packet.claims.iss != own,
        Verdict::Unchecked => is_issued,
        Verdict::NotGenuine | Verdict::Unreadable => false,
    };
    if is_believed { Ok(()) } else { Err(not_genuine()) }
}

fn is_issued(tx: &mut Tx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.first("SELECT 1 AS known FROM packet WHERE id = ?1", &values![id])?.is_some())
}

fn deliver(
    tx: &mut Tx<'_>,
    file: &Relaying,
    sender: ClientId,
    to: ClientId,
    now: i64,
) -> Result<Option<Arrival>, Failure> {
    let recipient = to.to_string();
    if !inbox::is_known(tx, &to)? {
        return Err(unknown_recipient());
    }
    let head = file.head();
    let known = "SELECT 1 AS known FROM inbox WHERE client = ?1 AND head = ?2";
    if tx.first(known, &values![&recipient, head.to_string()])?.is_some() {
        return Ok(None);
    }
    if matches!(file, Relaying::Sealed(_)) && !has_dealt(tx, &sender)? {
        return Err(stranger());
    }
    if is_full(tx, file, (&sender, &to), now)? {
        return Err(full());
    }
    let text = file.to_value().map_err(|_| StoreError::Shape("a file that is not text".into()))?.to_string();
    let file = Some((sender.to_string(), text));
    let delivery = Delivery { client: to, kind: ItemKind::Forwarded, head, file, reward_for: None };
    Ok(inbox::put(tx, delivery, now)?)
}

/// Whether a client ever got something here that could be judged, or told of an opening: keys are free, and these are not.
fn has_dealt(tx: &mut Tx<'_>, client: &ClientId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS dealt WHERE EXISTS (SELECT 1 FROM inbox WHERE client = ?1 AND sealed = 0) \
               OR EXISTS (SELECT 1 FROM notice WHERE opener = ?1)";
    Ok(tx.first(sql, &values![client.to_string()])?.is_some())
}

/// What was taken back counts until it would have been dropped: taking back makes no room.
fn is_full(
    tx: &mut Tx<'_>,
    file: &Relaying,
    (sender, to): (&ClientId, &ClientId),
    now: i64,
) -> Result<bool, StoreError> {
    let (sender, to, since) = (sender.to_string(), to.to_string(), now - KEPT_SECONDS);
    let mut kept = |which: &str, of: &str| -> Result<i64, StoreError> {
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM inbox WHERE file IS NOT NULL AND {which}) + \
             (SELECT COUNT(*) FROM inbox WHERE recalled_at > ?1 AND {which}) AS kept"
        );
        let row = if of.is_empty() { tx.one(&sql, &values![since])? } else { tx.one(&sql, &values![since, of])? };
        row.int("kept")
    };
    if kept("sender = ?2", &sender)? >= MAX_PER_SENDER || kept("client = ?2", &to)? >= MAX_PER_RECIPIENT {
        return Ok(true);
    }
    let Relaying::Sealed(_) = file else { return Ok(false) };
    Ok(kept("sealed = 1 AND sender = ?2", &sender)? >= MAX_SEALED_PER_SENDER
        || kept("sealed = 1 AND client = ?2", &to)? >= MAX_SEALED_PER_RECIPIENT
        || kept("sealed = 1", "")? >= MAX_SEALED)
}

/// Drops relayed files that are old. Their rows stay, so that none is delivered again and no cursor moves.
pub(super) async fn drop_old(enterprise: &Enterprise) -> Result<(), Failure> {
    let before = enterprise.party.now() - KEPT_SECONDS;
    let old = "file IS NOT NULL AND at <= ?1";
    let any = format!("SELECT 1 AS old FROM inbox WHERE {old} LIMIT 1");
    let is_any = move |tx: &mut Tx<'_>| -> Result<_, StoreError> { Ok(tx.first(&any, &values![before])?.is_some()) };
    if enterprise.party.store.read(is_any).await? {
        let sql = format!("UPDATE inbox SET file = NULL WHERE {old}");
        let drop = move |tx: &mut Tx<'_>| tx.execute(&sql, &values![before]);
        enterprise.party.store.decide(drop).await?;
    }
    Ok(())
}

pub(super) fn not_genuine() -> Failure {
    let detail = "A signature or a picture in the file does not hold, or neither this enterprise nor a bank it uses \
                  vouches for the packet.";
    Failure::refused(
        "not-genuine",
        422,
        "The file is not genuine",
        detail,
        "Forward the packet again from your wallet.",
    )
}

fn unknown_recipient() -> Failure {
    let detail = "This client has never read an inbox here.";
    let next = "Send the file or link yourself, or ask your friend to add this issuer and to sync once.";
    Failure::refused("unknown-recipient", 404, "The friend has no inbox here", detail, next)
}

fn stranger() -> Failure {
    let detail = "A sealed file cannot be looked into, so only clients that got something here, or told of an opening, \
                  have it passed on.";
    Failure::refused(
        "sender-unknown",
        403,
        "This client is not known here",
        detail,
        "Save the sealed file and send it yourself, or open the packet first and tell its issuer.",
    )
}

fn full() -> Failure {
    let problem = Problem::new(
        "inbox-full",
        429,
        "Too many files are on their way",
        "So many forwarded files are not kept here.",
    );
    problem.with_next("Send the file or link yourself, or try again in some days.").with_retry_after(3600).into()
}
