//! Sending a packet again that was lost on its way: the very same packet, so there is never a second one to be paid. One that
//! is for one client goes into its inbox once more; one behind a link gets a new link, and the old one is dead. Only when the bank
//! told that all of a packet was withdrawn may another one be issued in its place, once.

use std::sync::Arc;

use super::admin::Replaces;
use super::admin::life::{Reissue, Reissued};
use super::arrivals::Arrival;
use super::failure::Failure;
use super::{Enterprise, find, inbox, issuing, standing, stored};
use crate::api::problem::{General, Problem};
use crate::jose::{ClientId, Digest};
use crate::packet::text;
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx, values};

/// Sends a packet again, once for each request.
pub(super) async fn reissue(enterprise: &Arc<Enterprise>, id: &str, request: Reissue) -> Result<Reissued, Failure> {
    let by = standing::who(request.by.as_deref())?;
    let why = standing::checked(&request.reason, text::NOTE)?;
    let packet: Digest = id.parse().map_err(|_| unknown())?;
    let (now, link) = (enterprise.party.now(), enterprise.party.random.token());
    let order = Order { request: request.request.to_string(), packet, by, why, link };
    let own = enterprise.party.origin.clone();
    let (arrival, row) = enterprise.party.store.decide(move |tx| decide(tx, &order, now)).await?;
    if let Some(arrival) = arrival {
        enterprise.arrivals.tell(arrival);
    }
    let to: Option<ClientId> = stored::opt_parsed(&row, "recipient")?;
    let link = row.opt_text("download")?.filter(|_| to.is_none()).map(|download| issuing::link(&own, download));
    Ok(Reissued { id: packet, serial: stored::count(&row, "serial")?, to, link })
}

struct Order {
    request: String,
    packet: Digest,
    by: String,
    why: String,
    link: String,
}

const SELECT: &str = "SELECT serial, recipient, download, state FROM packet WHERE id = ?1";

fn decide(tx: &mut Tx<'_>, order: &Order, now: i64) -> Result<(Option<Arrival>, Row), Failure> {
    let packet = order.packet.to_string();
    let row = tx.first(SELECT, &values![&packet])?.ok_or_else(unknown)?;
    if let Some(known) = tx.first("SELECT packet FROM reissue WHERE request = ?1", &values![&order.request])? {
        let is_same = known.text("packet")? == packet;
        return if is_same { Ok((None, row)) } else { Err(issuing::other_request()) };
    }
    if row.text("state")? != "issued" {
        let next = "`hongbao-server packet find` says what it waits for.";
        let detail = "The bank has not signed for it, so nothing was sent that could be lost.";
        return Err(Failure::refused("not-issued", 409, "The packet is not issued", detail, next));
    }
    let sent = "INSERT INTO reissue (request, packet, at) VALUES (?1, ?2, ?3)";
    tx.execute(sent, &values![&order.request, &packet, now])?;
    let (after, arrival) = match stored::opt_parsed::<ClientId>(&row, "recipient")? {
        Some(client) => ("inbox", inbox::put_again(tx, client, &packet, &order.request, now)?),
        None => {
            let moved = "UPDATE packet SET download = ?2 WHERE id = ?1";
            tx.execute(moved, &values![&packet, &order.link])?;
            ("link", None)
        }
    };
    let change = Change {
        subject: find::PACKET,
        id: &packet,
        actor: &order.by,
        before: Some("issued"),
        after: if after == "inbox" { "sent-again" } else { "new-link" },
        reason: Some(&order.why),
    };
    changes::record(tx, &change, now)?;
    Ok((arrival, tx.one(SELECT, &values![&packet])?))
}

/// A packet that another one shall be issued for.
pub(super) struct Old {
    packet: String,
    by: String,
    why: String,
}

impl Old {
    pub(super) fn of(wish: &Replaces) -> Result<Self, Failure> {
        let by = standing::who(wish.by.as_deref())?;
        let why = standing::checked(&wish.reason, text::NOTE)?;
        Ok(Self { packet: wish.packet.to_string(), by, why })
    }

    /// Nobody was or can be paid for it any more, and nothing stands in its place yet.
    pub(super) fn is_gone(&self, tx: &mut Tx<'_>, campaign: &str, count: u32) -> Result<(), Failure> {
        let old = "SELECT campaign, kind, \
                   (SELECT COUNT(*) FROM feed WHERE feed.packet = packet.id AND feed.bank = packet.bank \
                    AND feed.kind = 'withdrawn') AS withdrawn, \
                   (SELECT COUNT(*) FROM feed WHERE feed.packet = packet.id AND feed.kind = 'collected') AS collected, \
                   (SELECT COUNT(*) FROM replacement WHERE replacement.packet = packet.id) AS replaced \
                   FROM packet WHERE id = ?1";
        let row = tx.first(old, &values![&self.packet])?.ok_or_else(unknown)?;
        let refused = |code, status, detail: &str, next| {
            Err(Failure::refused(code, status, "It cannot be replaced", detail, next))
        };
        if row.text("campaign")? != campaign || row.text("kind")? != "first" || count != 1 {
            let next = "Issue one packet of the same campaign for it.";
            return refused(
                "bad-request",
                400,
                "One of a campaign's own packets is replaced by one of the same campaign.",
                next,
            );
        }
        if row.int("withdrawn")? == 0 || row.int("collected")? > 0 {
            let next =
                "`packet withdraw` it first, if it was made revocable; when the bank has told the end, try again.";
            return refused("not-withdrawn", 409, "Its bank has not told that all of it was withdrawn.", next);
        }
        if row.int("replaced")? > 0 {
            return refused(
                "already-replaced",
                409,
                "Another packet stands in its place.",
                "`packet find` shows which.",
            );
        }
        Ok(())
    }

    pub(super) fn replaced_by(&self, tx: &mut Tx<'_>, made: &Digest, now: i64) -> Result<(), StoreError> {
        let new = "INSERT INTO replacement (packet, made, at) VALUES (?1, ?2, ?3)";
        tx.execute(new, &values![&self.packet, made.to_string(), now])?;
        let (id, actor, reason) = (self.packet.as_str(), self.by.as_str(), Some(self.why.as_str()));
        let change = Change { subject: find::PACKET, id, actor, before: Some("withdrawn"), after: "replaced", reason };
        changes::record(tx, &change, now)
    }
}

fn unknown() -> Failure {
    let problem = Problem::general(General::NotFound, "There is no packet with this id.");
    problem.with_next("`hongbao-server packet find` finds packets by serial, recipient or client.").into()
}
