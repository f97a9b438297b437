//! Passing a forwarded file on to a friend's inbox, within limits per sender and recipient.

use super::arrivals::Arrival;
use super::failure::Failure;
use super::inbox::{self, Delivery};
use super::{Enterprise, banks};
use crate::api::inbox::{ItemKind, Relayed, judge_relay};
use crate::api::problem::Problem;
use crate::jose::ClientId;
use crate::packet::{PacketFile, Trust, Verdict, chain, verify};
use crate::store::{StoreError, Tx, values};

/// Most relayed files of one sender that are kept.
pub const MAX_PER_SENDER: i64 = 100;
/// Most relayed files that are kept in one inbox.
pub const MAX_PER_RECIPIENT: i64 = 1000;
/// How long a relayed file is kept, in seconds.
pub const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// Delivers a file that `sender` forwarded.
pub(super) async fn pass_on(enterprise: &Enterprise, body: &[u8], sender: ClientId) -> Result<Relayed, Failure> {
    let (to, file) = judge_relay(body, &sender)?;
    let own = enterprise.party.origin.clone();
    let keys = enterprise.keys.clone();
    let now = enterprise.party.now();
    let head = chain::head(&file.packet, &file.hops);
    let id = file.packet.id().to_string();
    let known = move |tx: &mut Tx<'_>| -> Result<_, StoreError> { Ok((banks::all(tx)?, is_issued(tx, &id)?)) };
    let (banks, is_issued) = enterprise.party.store.read(known).await?;
    // Outside of the decision: signatures take long, and decisions wait for one another.
    let trust = Trust { issuers: [(own.clone(), keys)].into(), banks: banks.into_iter().collect() };
    let is_believed = match verify(&file, &trust).verdict {
        // Ours, or another issuer's with a voucher by a bank that is pinned here.
        Verdict::Genuine => is_issued || file.packet.claims.iss != own,
        Verdict::Unchecked => is_issued,
        Verdict::NotGenuine | Verdict::Unreadable => false,
    };
    if !is_believed {
        return Err(not_genuine());
    }
    let decision = move |tx: &mut Tx<'_>| deliver(tx, &file, sender, to, now);
    if let Some(arrival) = enterprise.party.store.decide(decision).await? {
        enterprise.arrivals.tell(arrival);
    }
    Ok(Relayed { head })
}

fn is_issued(tx: &mut Tx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.first("SELECT 1 AS known FROM packet WHERE id = ?1", &values![id])?.is_some())
}

fn deliver(
    tx: &mut Tx<'_>,
    file: &PacketFile,
    sender: ClientId,
    to: ClientId,
    now: i64,
) -> Result<Option<Arrival>, Failure> {
    let (from, recipient) = (sender.to_string(), to.to_string());
    if !inbox::is_known(tx, &to)? {
        return Err(unknown_recipient());
    }
    let head = chain::head(&file.packet, &file.hops);
    let known = "SELECT 1 AS known FROM inbox WHERE client = ?1 AND head = ?2";
    if tx.first(known, &values![&recipient, head.to_string()])?.is_some() {
        return Ok(None);
    }
    let kept = "SELECT COUNT(*) AS kept FROM inbox WHERE file IS NOT NULL";
    let by_sender = tx.one(&format!("{kept} AND sender = ?1"), &values![from])?.int("kept")?;
    let for_recipient = tx.one(&format!("{kept} AND client = ?1"), &values![recipient])?.int("kept")?;
    if by_sender >= MAX_PER_SENDER || for_recipient >= MAX_PER_RECIPIENT {
        return Err(full());
    }
    let text = String::from_utf8(file.to_bytes()).map_err(|_| StoreError::Shape("a file that is not text".into()))?;
    let file = Some((sender.to_string(), text));
    let delivery = Delivery { client: to, kind: ItemKind::Forwarded, head, file, reward_for: None };
    Ok(inbox::put(tx, delivery, now)?)
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

fn full() -> Failure {
    let problem = Problem::new(
        "inbox-full",
        429,
        "Too many files are on their way",
        "So many forwarded files are not kept here.",
    );
    problem.with_next("Send the file or link yourself, or try again in some days.").with_retry_after(3600).into()
}
