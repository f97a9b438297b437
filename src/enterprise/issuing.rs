//! Issuing packets: consecutive serial numbers and signatures in one decision, then a voucher for each from the bank.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::Value;

use super::admin::{IssuePackets, IssuedPacket, IssuedPackets};
use super::arrivals::Arrival;
use super::failure::Failure;
use super::inbox::Delivery;
use super::terms::{Campaign, Fresh};
use super::{Enterprise, campaigns, draws, goods, inbox, recovery, reissues, standing, stored, vouchers};
use crate::api::inbox::ItemKind;
use crate::api::routes;
use crate::identity::card::Card;

use crate::jose::{ClientId, Digest, Jws, Typ};
use crate::money::Amount;
use crate::packet::{Origin, PacketClaims};
use crate::party::Party;
use crate::store::{Row, StoreError, Tx, values};

/// Most packets of one request.
pub const MAX_AT_ONCE: u32 = 1000;
/// How long the background work leaves new packets to the request that made them, in milliseconds.
const HEAD_START_MS: i64 = 30_000;

/// Issues packets, or finds those that the same request issued, and fetches vouchers as long as the bank answers.
pub(super) async fn issue(enterprise: &Arc<Enterprise>, request: IssuePackets) -> Result<IssuedPackets, Failure> {
    let to = request.to.as_ref().map(card).transpose()?;
    let id = request.request;
    let order = Order {
        request: id.to_string(),
        campaign: request.campaign,
        count: request.count,
        to: to.map(|card| card.client),
        replaces: request.replaces.as_ref().map(reissues::Old::of).transpose()?,
    };
    let wanted = order.request.clone();
    for arrival in sign_all(enterprise, order).await? {
        enterprise.arrivals.tell(arrival);
    }
    if enterprise.party.store.read(goods::next_due).await?.is_some() {
        // What was promised just now also ends one day.
        enterprise.wake.wake();
    }
    vouchers::fetch_for_request(enterprise, &wanted).await?;
    let origin = enterprise.party.origin.clone();
    let query = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let Some(serials) = serials(tx, &wanted)? else {
            return Ok(IssuedPackets { request: id, packets: Vec::new() });
        };
        let issued = "SELECT id, serial, state, reason, download, recipient FROM packet \
                      WHERE serial BETWEEN ?1 AND ?2 ORDER BY serial";
        let rows = tx.rows(issued, &values![*serials.start(), *serials.end()])?;
        let mut packets = Vec::with_capacity(rows.len());
        for row in &rows {
            packets.push(IssuedPacket {
                id: stored::parsed(row, "id")?,
                serial: stored::count(row, "serial")?,
                state: row.text("state")?.to_owned(),
                reason: row.opt_text("reason")?.map(str::to_owned),
                link: link(&origin, row.text("download")?),
                to: stored::opt_parsed(row, "recipient")?,
            });
        }
        Ok(IssuedPackets { request: id, packets })
    };
    Ok(enterprise.party.store.read(query).await?)
}

/// A contact card that came in a request.
pub(super) fn card(outer: &Value) -> Result<Card, Failure> {
    Card::read(outer.to_string().as_bytes()).map_err(|error| {
        let next = "Ask your customer to export the card again with `hongbao identity --card`.";
        Failure::refused("bad-card", 422, "The contact card cannot be used", &format!("{error}."), next)
    })
}

/// A download address.
pub(super) fn link(own: &Origin, download: &str) -> String {
    own.url(&format!("{}{download}", routes::DOWNLOAD))
}

/// Signs what was ordered, after fetching the draws that lucky packets need and that others of this enterprise did not take
/// in the meantime.
async fn sign_all(enterprise: &Arc<Enterprise>, order: Order) -> Result<Vec<Arrival>, Failure> {
    let order = Arc::new(order);
    loop {
        let (party, ordered) = (enterprise.party.clone(), order.clone());
        match enterprise.party.store.decide(move |tx| sign(tx, &party, &ordered)).await? {
            Signing::Done(arrivals) => return Ok(arrivals),
            Signing::NeedsDraws(bank) => draws::fetch(enterprise, &bank, order.count).await?,
        }
    }
}

/// How far signing came.
enum Signing {
    /// All is signed and stored, now or before; what arrived in inboxes by it.
    Done(Vec<Arrival>),
    /// Nothing is signed: there are too few draws of this bank.
    NeedsDraws(Origin),
}

struct Order {
    request: String,
    campaign: String,
    count: u32,
    to: Option<ClientId>,
    replaces: Option<reissues::Old>,
}

/// The decision: all packets of the request or none, each signed and with its serial number.
///
/// Goods alone need no voucher: their packets are issued, and delivered, at once.
fn sign(tx: &mut Tx<'_>, party: &Party, order: &Order) -> Result<Signing, Failure> {
    let to = order.to.map(|to| to.to_string());
    let known =
        tx.first("SELECT campaign, count, recipient FROM issue WHERE request = ?1", &values![&order.request])?;
    if let Some(row) = known {
        let same = row.text("campaign")? == order.campaign
            && row.int("count")? == i64::from(order.count)
            && row.opt_text("recipient")? == to.as_deref();
        return if same { Ok(Signing::Done(Vec::new())) } else { Err(other_request()) };
    }
    let now = party.now();
    let campaign = issuable(tx, order, now)?;
    if let Some(old) = &order.replaces {
        old.is_gone(tx, &order.campaign, order.count)?;
    }
    let drawn = if campaign.is_lucky() { draws::unused(tx, &campaign.bank, order.count)? } else { Some(Vec::new()) };
    let Some(drawn) = drawn else { return Ok(Signing::NeedsDraws(campaign.bank)) };
    let mut drawn = drawn.into_iter();
    if campaign.terms.goods.is_some() {
        goods::cover(tx, &campaign, order.count)?;
    }
    let first = next_serial(tx)?;
    tx.execute(
        "INSERT INTO issue (request, campaign, count, recipient, at, first_serial) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &values![&order.request, &order.campaign, order.count, to, now, first],
    )?;
    if let Some(to) = &order.to {
        inbox::know(tx, to, now)?;
    }
    let mut arrivals = Vec::new();
    for serial in (first..).take(order.count as usize) {
        let how = Place {
            kind: "first",
            download: Some(party.random.token()),
            serial,
            issue: Some(&order.request),
            batch: None,
            draw: drawn.next(),
        };
        let next_ms = party.clock.now_ms() + HEAD_START_MS;
        let (id, arrival) = put_out(tx, party, &campaign, order.to, &how, next_ms)?;
        arrivals.extend(arrival);
        if let Some(old) = &order.replaces {
            old.replaced_by(tx, &id, now)?;
        }
    }
    let counted = "UPDATE campaign SET signed = signed + ?2 WHERE id = ?1";
    tx.execute(counted, &values![&order.campaign, order.count])?;
    Ok(Signing::Done(arrivals))
}

/// Signs and stores one of a campaign's own packets. Goods alone are issued and delivered with that.
pub(super) fn put_out(
    tx: &mut Tx<'_>,
    party: &Party,
    campaign: &Campaign,
    to: Option<ClientId>,
    place: &Place<'_>,
    next_ms: i64,
) -> Result<(Digest, Option<Arrival>), Failure> {
    let (fresh, now) = (fresh(party, place.serial)?, party.now());
    let signed = Signed::of(party, campaign, campaign.first_packet(fresh, to, place.draw))?;
    signed.store(tx, place, now, next_ms)?;
    place.draw.map_or(Ok(()), |draw| draws::spend(tx, &draw, &signed.id()))?;
    goods::issue(tx, &signed.id().to_string(), &campaign.id, &signed.claims, now)?;
    let arrival = match to {
        Some(client) if signed.is_issued() => {
            let kind = ItemKind::Packet;
            inbox::put(tx, Delivery { client, kind, head: signed.id(), file: None, reward_for: None }, now)?
        }
        _ => None,
    };
    Ok((signed.id(), arrival))
}

/// The campaign, when so many packets may be issued of it now.
fn issuable(tx: &mut Tx<'_>, order: &Order, now: i64) -> Result<Campaign, Failure> {
    if !(1..=MAX_AT_ONCE).contains(&order.count) {
        let detail = format!("One request issues 1 to {MAX_AT_ONCE} packets.");
        return Err(Failure::refused(
            "bad-request",
            400,
            "So many cannot be issued at once",
            &detail,
            "Ask for fewer.",
        ));
    }
    let (campaign, row) = campaigns::load(tx, &order.campaign)?.ok_or_else(campaigns::unknown)?;
    may_issue(tx, (&campaign, &row), u64::from(order.count), now)?;
    if campaign.terms.addressed && order.to.is_none() { Err(needs_recipient()) } else { Ok(campaign) }
}

/// A packet that must be for one client, and is for none.
pub(super) fn needs_recipient() -> Failure {
    let next = "Name contact cards: `packet issue --to CARD`, or the column `card` of `packet batch --csv`.";
    let detail = "Every packet here is for one client.";
    Failure::refused("needs-recipient", 422, "A recipient is missing", detail, next)
}

/// Whether so many packets may be issued of a campaign now.
pub(super) fn may_issue(
    tx: &mut Tx<'_>,
    (campaign, row): (&Campaign, &Row),
    count: u64,
    now: i64,
) -> Result<(), Failure> {
    let (code, detail) = match standing::word(row)? {
        "open" => ("", String::new()),
        standing::PAUSED => ("campaign-paused", "It was paused.".to_owned()),
        standing::CLOSED => ("campaign-closed", "It was closed.".to_owned()),
        _ => {
            let why = standing::reason(row)?;
            ("campaign-not-open", why.unwrap_or_else(|| "The bank has not frozen its rewards yet.".to_owned()))
        }
    };
    if !code.is_empty() {
        let next = "`hongbao-server campaign show` says how it stands.";
        return Err(Failure::refused(code, 409, "The campaign is not open", &detail, next));
    }
    if now >= campaign.expires {
        let next = "Create a new campaign.";
        return Err(Failure::refused(
            "campaign-expired",
            409,
            "The campaign is over",
            "Its packets have expired.",
            next,
        ));
    }
    let taken = stored::count(row, "signed")?.saturating_add(stored::count(row, "promised")?);
    let left = u64::from(campaign.terms.count).saturating_sub(taken);
    if count > left {
        let detail = format!("{left} of its {} packets are left.", campaign.terms.count);
        let next = "Ask for fewer, or create another campaign.";
        return Err(Failure::refused("campaign-exhausted", 409, "The campaign has no more packets", &detail, next));
    }
    recovery::may_issue(tx, row)
}

/// A request's id that was used before for something else.
pub(super) fn other_request() -> Failure {
    let detail = "This request's id was used before, with other terms.";
    Failure::refused("request-reused", 409, "Another request has this id", detail, "Use a new id for a new request.")
}

/// The serial number of the next packet. They follow without a gap, because decisions follow one another; after the register was
/// put back from a copy, above all that may have been given.
pub(super) fn next_serial(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let last = tx.one("SELECT COALESCE(MAX(serial), 0) AS serial FROM packet", &[])?.int("serial")?;
    Ok(last.max(recovery::floor(tx)?).saturating_add(1))
}

/// The serial numbers of the packets that a request issued; none when there is no such request.
pub(super) fn serials(tx: &mut Tx<'_>, request: &str) -> Result<Option<RangeInclusive<i64>>, StoreError> {
    let row = tx.first("SELECT first_serial, count FROM issue WHERE request = ?1", &values![request])?;
    row.map(|row| {
        let first = row.int("first_serial")?;
        Ok(first..=first + row.int("count")? - 1)
    })
    .transpose()
}

/// What is new in the packet with this serial number.
pub(super) fn fresh(party: &Party, serial: i64) -> Result<Fresh, StoreError> {
    let serial = serial.try_into().map_err(|_| stored::strange("serial"))?;
    Ok(Fresh { iss: party.origin.clone(), jti: party.uuid(), serial, now: party.now() })
}

/// A signed packet, before it is stored.
pub(super) struct Signed<'a> {
    campaign: &'a Campaign,
    claims: PacketClaims,
    jws: Jws,
}

/// Why a packet exists and how it is reached.
pub(super) struct Place<'a> {
    pub(super) kind: &'static str,
    pub(super) serial: i64,
    pub(super) download: Option<String>,
    pub(super) issue: Option<&'a str>,
    pub(super) batch: Option<&'a str>,
    /// The draw of its lucky shares.
    pub(super) draw: Option<Digest>,
}

impl<'a> Signed<'a> {
    pub(super) fn of(party: &Party, campaign: &'a Campaign, claims: PacketClaims) -> Result<Self, Failure> {
        let jws = party.sign(Typ::Packet, &claims)?;
        Ok(Self { campaign, claims, jws })
    }

    pub(super) fn id(&self) -> Digest {
        self.jws.digest()
    }

    /// Whether nothing more is needed: goods alone have no voucher.
    fn is_issued(&self) -> bool {
        self.claims.contents.money().is_none()
    }

    /// Stores the packet; its voucher is fetched from `next_ms` on, if there is to be one.
    pub(super) fn store(&self, tx: &mut Tx<'_>, place: &Place<'_>, now: i64, next_ms: i64) -> Result<(), StoreError> {
        let contents = &self.claims.contents;
        let frozen = contents.total().map_err(|_| stored::strange("terms"))?;
        let frozen = frozen.unwrap_or(Amount::new(0, self.campaign.terms.amount.currency));
        let keeper = contents.money().map_or(&self.claims.iss, |money| money.bank);
        let (state, issued_at) = if self.is_issued() { ("issued", Some(now)) } else { ("signed", None) };
        tx.execute(
            "INSERT INTO packet (id, serial, campaign, kind, jws, recipient, download, issue, batch, bank, amount, \
             currency, expires, state, signed_at, next_ms, issued_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            &values![
                self.id().to_string(),
                place.serial,
                &self.campaign.id,
                place.kind,
                self.jws.as_str(),
                self.claims.cnf.as_ref().map(|cnf| cnf.jkt.to_string()),
                place.download.as_ref(),
                place.issue,
                place.batch,
                keeper.as_str(),
                frozen.minor,
                frozen.currency.as_str(),
                self.claims.exp,
                state,
                now,
                next_ms,
                issued_at,
            ],
        )?;
        Ok(())
    }
}
