//! One packet's whole life from the rows: signed, issued, delivered, opened, what it earned, what the bank told, what staff
//! decided. It only reads.

use super::admin::life::{Find, Life, LifeEvent, Lives, MAX_FOUND, MAX_TOLD};
use super::failure::Failure;
use super::{Enterprise, issuing, stored};
use crate::api::problem::{General, Problem};
use crate::clock::rfc3339;
use crate::jose::ClientId;
use crate::money::Amount;
use crate::packet::Origin;
use crate::store::{Row, StoreError, Tx, Value, values};

/// Whose changes are recorded.
pub(super) const PACKET: &str = "packet";

/// Packets with all that happened to them, by serial number.
pub(super) async fn find(enterprise: &Enterprise, wanted: Find) -> Result<Lives, Failure> {
    let own = enterprise.party.origin.clone();
    enterprise.party.store.read(move |tx| lives(tx, &own, &wanted)).await
}

fn lives(tx: &mut Tx<'_>, own: &Origin, wanted: &Find) -> Result<Lives, Failure> {
    let Some((which, value)) = condition(wanted) else {
        let detail = "Say exactly one of: serial, packet, link, name, to, client.";
        return Err(Problem::general(General::BadRequest, detail).into());
    };
    let sql = format!(
        "SELECT packet.*, batch_row.name, batch_row.note FROM packet \
         LEFT JOIN batch_row ON batch_row.packet = packet.id \
         WHERE packet.id IN ({which}) ORDER BY packet.serial LIMIT {}",
        MAX_FOUND + 1
    );
    let mut rows = tx.rows(&sql, &[value])?;
    let more = rows.len() > MAX_FOUND;
    rows.truncate(MAX_FOUND);
    let packets = rows.iter().map(|row| life(tx, own, row)).collect::<Result<_, StoreError>>()?;
    Ok(Lives { packets, more })
}

/// Which packets' ids are wanted; none when nothing or too much was asked.
fn condition(wanted: &Find) -> Option<(&'static str, Value)> {
    let Find { serial, packet, link, name, to, client } = wanted;
    let asked = [
        serial.map(|it| ("SELECT id FROM packet WHERE serial = ?1", it.into())),
        packet.map(|it| ("SELECT id FROM packet WHERE id = ?1", it.to_string().into())),
        link.as_ref().map(|it| {
            ("SELECT id FROM packet WHERE download = ?1 UNION SELECT packet FROM posted WHERE download = ?1", it.into())
        }),
        name.as_ref().map(|it| ("SELECT packet FROM batch_row WHERE name = ?1", it.into())),
        to.map(|it| ("SELECT id FROM packet WHERE recipient = ?1", it.to_string().into())),
        client.map(|it| {
            let any = "SELECT id FROM packet WHERE recipient = ?1 UNION SELECT packet FROM notice WHERE opener = ?1 \
                       UNION SELECT packet FROM reward WHERE forwarder = ?1";
            (any, it.to_string().into())
        }),
    ];
    let mut asked = asked.into_iter().flatten();
    asked.next().filter(|_| asked.next().is_none())
}

fn life(tx: &mut Tx<'_>, own: &Origin, row: &Row) -> Result<Life, StoreError> {
    let id = row.text("id")?;
    let currency = stored::parsed(row, "currency")?;
    let mut events = Events::new();
    earned(tx, id, &mut events)?;
    issued(tx, row, &mut events)?;
    deliveries(tx, id, &mut events)?;
    openings(tx, id, &mut events)?;
    rewards(tx, id, &mut events)?;
    told(tx, id, &mut events)?;
    decided(tx, id, &mut events)?;
    events.sort_by_key(|(at, _)| *at);
    Ok(Life {
        id: stored::parsed(row, "id")?,
        serial: stored::count(row, "serial")?,
        campaign: row.text("campaign")?.to_owned(),
        kind: row.text("kind")?.to_owned(),
        state: row.text("state")?.to_owned(),
        reason: row.opt_text("reason")?.map(str::to_owned),
        to: stored::opt_parsed(row, "recipient")?,
        name: row.opt_text("name")?.map(str::to_owned),
        note: row.opt_text("note")?.map(str::to_owned),
        batch: stored::opt_parsed(row, "batch")?,
        link: row.opt_text("download")?.map(|download| issuing::link(own, download)),
        amount: Amount::new(row.int("amount")?, currency),
        expires: rfc3339(row.int("expires")?),
        events: events.into_iter().map(|(at, event)| LifeEvent { at: rfc3339(at), ..event }).collect(),
    })
}

type Events = Vec<(i64, LifeEvent)>;

fn issued(tx: &mut Tx<'_>, packet: &Row, events: &mut Events) -> Result<(), StoreError> {
    events.push((packet.int("signed_at")?, LifeEvent { event: "signed".into(), ..LifeEvent::default() }));
    let sql = "SELECT number, received FROM voucher WHERE packet = ?1";
    if let Some(row) = tx.first(sql, &values![packet.text("id")?])? {
        let voucher = Some(row.text("number")?.to_owned());
        events.push((row.int("received")?, LifeEvent { event: "issued".into(), voucher, ..LifeEvent::default() }));
    }
    Ok(())
}

/// What a reward is for.
fn earned(tx: &mut Tx<'_>, id: &str, events: &mut Events) -> Result<(), StoreError> {
    let sql = "SELECT packet, opener, decided_at FROM reward WHERE made = ?1";
    if let Some(row) = tx.first(sql, &values![id])? {
        let event = LifeEvent {
            event: "reward-owed".into(),
            client: stored::opt_parsed(&row, "opener")?,
            reward: stored::opt_parsed(&row, "packet")?,
            ..LifeEvent::default()
        };
        events.push((row.int("decided_at")?, event));
    }
    Ok(())
}

fn deliveries(tx: &mut Tx<'_>, id: &str, events: &mut Events) -> Result<(), StoreError> {
    let sql = "SELECT client, at, again FROM inbox WHERE head = ?1 OR again = ?1 ORDER BY at";
    for row in &tx.rows(sql, &values![id])? {
        let event = if row.opt_text("again")?.is_some() { "sent-again" } else { "delivered" };
        let client = stored::opt_parsed(row, "client")?;
        events.push((row.int("at")?, LifeEvent { event: event.into(), client, ..LifeEvent::default() }));
    }
    Ok(())
}

fn openings(tx: &mut Tx<'_>, id: &str, events: &mut Events) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT opener, hops, signers, at, result, reason FROM notice WHERE packet = ?1 ORDER BY at LIMIT {MAX_TOLD}"
    );
    for row in &tx.rows(&sql, &values![id])? {
        let signers: Vec<ClientId> = stored::json(row, "signers")?;
        let event = LifeEvent {
            event: "opened".into(),
            client: stored::opt_parsed(row, "opener")?,
            from: signers.last().copied(),
            hops: Some(stored::count(row, "hops")?),
            result: row.opt_text("result")?.map(str::to_owned),
            reason: row.opt_text("reason")?.map(str::to_owned),
            ..LifeEvent::default()
        };
        events.push((row.int("at")?, event));
    }
    Ok(())
}

/// What was earned by forwarding it.
fn rewards(tx: &mut Tx<'_>, id: &str, events: &mut Events) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT reward.id, reward.forwarder, reward.amount, reward.currency, reward.state, reward.reason, \
         reward.owed_at, reward.delivered_at, packet.signed_at FROM reward \
         LEFT JOIN packet ON packet.id = reward.made WHERE reward.packet = ?1 ORDER BY reward.decided_at LIMIT {MAX_TOLD}"
    );
    for row in &tx.rows(&sql, &values![id])? {
        let event = |event: &str| -> Result<LifeEvent, StoreError> {
            Ok(LifeEvent {
                event: event.into(),
                client: stored::opt_parsed(row, "forwarder")?,
                reward: stored::opt_parsed(row, "id")?,
                amount: Some(Amount::new(row.int("amount")?, stored::parsed(row, "currency")?)),
                result: Some(row.text("state")?.to_owned()),
                reason: row.opt_text("reason")?.map(str::to_owned),
                ..LifeEvent::default()
            })
        };
        let steps = [("reward-owed", "owed_at"), ("reward-made", "signed_at"), ("reward-delivered", "delivered_at")];
        for (word, column) in steps {
            if let Some(at) = row.opt_int(column)? {
                events.push((at, event(word)?));
            }
        }
    }
    Ok(())
}

/// What its bank told.
fn told(tx: &mut Tx<'_>, id: &str, events: &mut Events) -> Result<(), StoreError> {
    let sql = format!("SELECT * FROM feed WHERE packet = ?1 ORDER BY cursor LIMIT {MAX_TOLD}");
    for row in &tx.rows(&sql, &values![id])? {
        let event = LifeEvent {
            event: format!("bank-{}", row.text("kind")?),
            voucher: Some(row.text("voucher")?.to_owned()),
            amount: Some(Amount::new(row.int("amount")?, stored::parsed(row, "currency")?)),
            ..LifeEvent::default()
        };
        events.push((row.int("at")?, event));
    }
    Ok(())
}

/// What staff decided of it and of what it earned.
fn decided(tx: &mut Tx<'_>, id: &str, events: &mut Events) -> Result<(), StoreError> {
    let rewards = format!("SELECT id FROM reward WHERE packet = ?1 AND judged IS NOT NULL LIMIT {MAX_TOLD}");
    let mut subjects = vec![(PACKET, id.to_owned())];
    for row in &tx.rows(&rewards, &values![id])? {
        subjects.push((super::holds::REWARD, row.text("id")?.to_owned()));
    }
    for (subject, id) in subjects {
        for change in crate::party::changes::of(tx, subject, &id)? {
            let event = LifeEvent {
                event: "changed".into(),
                result: Some(change.after),
                reason: change.reason,
                by: Some(change.actor),
                reward: if subject == PACKET { None } else { id.parse().ok() },
                ..LifeEvent::default()
            };
            events.push((change.at, event));
        }
    }
    Ok(())
}
