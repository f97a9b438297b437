//! What was signed, and by whom, compared with the rows: each message is read again and its signature checked with the
//! keys that the bank pinned, or its own.

use crate::api::collect::CollectClaims;
use crate::api::fund::FundClaims;
use crate::api::order::{AnswerClaims, OrderClaims, OrderResult};
use crate::api::surrender::{SurrenderClaims, SurrenderedClaims};
use crate::bank::error::stored;
use crate::bank::parties::Keys;
use crate::jose::{Jws, Typ};
use crate::money::Amount;
use crate::packet::Packet;
use crate::packet::file::Voucher;
use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx};
use crate::values;

pub(super) const UNREADABLE: &str = "what cannot be read";

/// Checks every message that is stored.
pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let keys = AllKeys { applicants: Keys::of_applicants(tx)?, banks: Keys::of_banks(tx)? };
    let own = tx.first("SELECT origin FROM own_key LIMIT 1", &values![])?;
    let own = own.map(|row| row.text("origin").map(str::to_owned)).transpose()?.unwrap_or_default();
    funds(tx, &keys, auditor)?;
    vouchers(tx, &keys, &own, auditor)?;
    orders(tx, &keys, &own, auditor)?;
    collections(tx, &keys, auditor)?;
    surrenders(tx, &keys, &own, auditor)?;
    super::life::instructions(tx, &keys, &own, auditor)
}

/// Everybody's keys.
pub(super) struct AllKeys {
    pub(super) applicants: Keys,
    /// The members' and the bank's own.
    pub(super) banks: Keys,
}

/// A message's signature is `by` the party that the row names.
pub(super) fn genuine(auditor: &mut Auditor, invariant: &str, subject: &str, keys: &Keys, by: &str, jws: &Jws) {
    if !keys.signed(by, jws) {
        auditor.differ(
            invariant,
            subject,
            format!("signed by {by}"),
            format!("another signature, of {}", jws.signer()),
        );
    }
}

/// A column with a message of this type.
pub(super) fn message(row: &Row, column: &str, typ: Typ) -> Result<Option<Jws>, StoreError> {
    Ok(Jws::parse(row.text(column)?, typ).ok())
}

/// Every fund is what its applicant signed for.
fn funds(tx: &mut Tx<'_>, keys: &AllKeys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT * FROM fund WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    each(tx, sql, ("seq", i64::MIN), &[], |_, row| {
        let (subject, applicant) = (format!("fund {}", row.text("number")?), row.text("applicant")?);
        let Some(jws) = message(row, "request", Typ::Fund)? else {
            auditor.differ("fund-signed", subject, "a request", UNREADABLE);
            return Ok(());
        };
        let said = jws.claims::<FundClaims>().map_or(UNREADABLE.to_owned(), |claims| {
            let FundClaims { iss, jti, account, campaign, total, per_person, until, .. } = claims;
            format!("{iss} {jti} {account} {campaign} {total} at most {per_person} until {until}")
        });
        let total = Amount { minor: row.int("total")?, currency: stored(row, "currency")? };
        let (jti, account, campaign) = (row.text("jti")?, row.text("account")?, row.text("campaign")?);
        let (per_person, until) = (row.int("per_person")?, row.int("until")?);
        let booked = format!("{applicant} {jti} {account} {campaign} {total} at most {per_person} until {until}");
        auditor.equal("fund-signed", &subject, said, booked);
        genuine(auditor, "fund-signed", &subject, &keys.applicants, applicant, &jws);
        Ok(())
    })
}

/// Every voucher is this bank's, for a packet of its applicant, and both say what stands in the row.
fn vouchers(tx: &mut Tx<'_>, keys: &AllKeys, own: &str, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT * FROM voucher WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    each(tx, sql, ("seq", i64::MIN), &[], |_, row| {
        let subject = format!("voucher {}", row.text("number")?);
        let (Ok(packet), Ok(voucher)) =
            (Packet::read(row.text("packet_jws")?), Voucher::read(row.text("voucher_jws")?))
        else {
            auditor.differ("voucher-signed", subject, "a packet and a voucher", UNREADABLE);
            return Ok(());
        };
        auditor.equal("voucher-signed", &subject, voucher_said(&packet, &voucher), voucher_booked(row, own)?);
        genuine(auditor, "voucher-genuine", &subject, &keys.banks, own, &voucher.jws);
        genuine(auditor, "packet-genuine", &subject, &keys.applicants, row.text("applicant")?, &packet.jws);
        Ok(())
    })
}

fn voucher_said(packet: &Packet, voucher: &Voucher) -> String {
    let (claims, total) = (&voucher.claims, packet.claims.contents.total().ok().flatten());
    [
        claims.iss.to_string(),
        claims.number.clone(),
        claims.packet.to_string(),
        packet.id().to_string(),
        packet.claims.iss.to_string(),
        claims.applicant.origin.to_string(),
        claims.fund.clone().unwrap_or_default(),
        packet.claims.reward_for.map(String::from).unwrap_or_default(),
        total.map(|total| total.to_string()).unwrap_or_default(),
        claims.frozen.to_string(),
        packet.claims.nbf.to_string(),
        packet.claims.exp.to_string(),
        packet.claims.contents.shares().to_string(),
        packet.claims.contents.draw().map(|draw| draw.to_string()).unwrap_or_default(),
    ]
    .join(" ")
}

fn voucher_booked(row: &Row, own: &str) -> Result<String, StoreError> {
    let frozen = Amount { minor: row.int("frozen")?, currency: stored(row, "currency")? }.to_string();
    let (packet, applicant) = (row.text("packet")?, row.text("applicant")?);
    Ok([
        own,
        row.text("number")?,
        packet,
        packet,
        applicant,
        applicant,
        row.opt_text("fund")?.unwrap_or_default(),
        row.opt_text("reward_for")?.unwrap_or_default(),
        &frozen,
        &frozen,
        &row.int("nbf")?.to_string(),
        &row.int("exp")?.to_string(),
        &row.int("shares")?.to_string(),
        row.opt_text("draw")?.unwrap_or_default(),
    ]
    .join(" "))
}

/// What an answer says, in one line.
fn answered(answer: &Jws) -> String {
    let Ok(claims) = answer.claims::<AnswerClaims>() else { return UNREADABLE.to_owned() };
    let AnswerClaims { iss, aud, order, .. } = &claims;
    match (claims.result, claims.amount, claims.share, claims.reason) {
        (OrderResult::Paid, Some(amount), Some(share), _) => {
            format!("{iss} {order} {aud} paid share {share} {}{}", amount.minor, amount.currency)
        }
        (OrderResult::Refused, _, _, Some(reason)) => format!("{iss} {order} {aud} refused {reason}"),
        _ => "neither paid nor refused".to_owned(),
    }
}

/// As issuing bank: every order is its bank's, and every answer is this bank's and says what the books say.
fn orders(tx: &mut Tx<'_>, keys: &AllKeys, own: &str, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT o.seq, o.id, o.bank, o.voucher, o.holder, o.client, o.result, o.reason, o.request, o.answer, \
               s.place, s.amount, v.currency \
               FROM bank_order o LEFT JOIN share s ON s.bank = o.bank AND s.order_id = o.id \
               LEFT JOIN voucher v ON v.number = s.voucher WHERE o.seq > ?1 ORDER BY o.seq LIMIT ?2";
    each(tx, sql, ("seq", i64::MIN), &[], |_, row| {
        let (id, bank) = (row.text("id")?, row.text("bank")?);
        let subject = format!("order {id}");
        let booked = match (row.text("result")?, row.opt_int("place")?, row.opt_int("amount")?) {
            ("paid", Some(place), Some(minor)) => {
                let currency = row.opt_text("currency")?.unwrap_or_default();
                format!("{own} {id} {bank} paid share {place} {minor}{currency}")
            }
            (result, ..) => {
                format!("{own} {id} {bank} {result} {}", row.opt_text("reason")?.unwrap_or("without a share"))
            }
        };
        let answer = message(row, "answer", Typ::Answer)?;
        auditor.equal("order-answer", &subject, answer.as_ref().map_or(UNREADABLE.to_owned(), answered), booked);
        if let Some(answer) = answer {
            genuine(auditor, "order-answer", &subject, &keys.banks, own, &answer);
        }
        let Some(order) = message(row, "request", Typ::Order)? else {
            auditor.differ("order-signed", subject, "an order", UNREADABLE);
            return Ok(());
        };
        let booked = [bank, id, row.text("voucher")?, row.text("holder")?, row.text("client")?].join(" ");
        auditor.equal("order-signed", &subject, ordered(&order), booked);
        genuine(auditor, "order-signed", &subject, &keys.banks, bank, &order);
        Ok(())
    })
}

/// What an order says, and which collector's signed request it carries.
fn ordered(order: &Jws) -> String {
    let Ok(OrderClaims { iss, jti, voucher, holder, collect, .. }) = order.claims() else {
        return UNREADABLE.to_owned();
    };
    match Jws::parse(&collect, Typ::Collect).and_then(|collect| collect.verify_client()) {
        Ok(client) => format!("{iss} {jti} {voucher} {holder} {client}"),
        Err(_) => format!("{iss} {jti} {voucher} {holder} nobody"),
    }
}

/// As collecting bank: every collection is its client's, and ended as the issuing bank's answer says.
fn collections(tx: &mut Tx<'_>, keys: &AllKeys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT * FROM collection WHERE transfer > ?1 ORDER BY transfer LIMIT ?2";
    each(tx, sql, ("transfer", i64::MIN), &[], |_, row| {
        let subject = format!("collection {}", row.text("id")?);
        let asked = message(row, "collect_jws", Typ::Collect)?.map_or(UNREADABLE.to_owned(), |jws| collected(&jws));
        let booked = ["client", "id", "bank", "voucher", "packet"].map(|column| row.text(column));
        let booked = booked.into_iter().collect::<Result<Vec<_>, _>>()?.join(" ");
        auditor.equal("collection-signed", &subject, asked, booked);
        if row.opt_text("answer")?.is_some() {
            answer_to_collection(row, &subject, keys, auditor)?;
        }
        Ok(())
    })
}

/// What a client asked for; nobody's when the signature does not fit.
fn collected(collect: &Jws) -> String {
    let (Ok(client), Ok(claims)) = (collect.verify_client(), collect.claims::<CollectClaims>()) else {
        return "nobody's".to_owned();
    };
    let CollectClaims { jti, bank, voucher, packet, .. } = claims;
    format!("{client} {jti} {bank} {voucher} {packet}")
}

fn answer_to_collection(row: &Row, subject: &str, keys: &AllKeys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let (bank, order) = (row.text("bank")?, row.text("order_id")?);
    let answer = message(row, "answer", Typ::Answer)?;
    let said = answer.as_ref().map_or(UNREADABLE.to_owned(), answered);
    let booked = match row.text("state")? {
        "paid" => {
            let share = row.opt_int("place")?.map(|place| format!(" share {place}")).unwrap_or_default();
            format!("{share} {}{}", row.int("amount")?, row.text("currency")?)
        }
        "rejected" => format!(" refused {}", row.opt_text("reason")?.unwrap_or_default()),
        other => format!(" {other}"),
    };
    let paid_alike = said.contains(" paid ") == (row.text("state")? == "paid");
    if !(said.starts_with(&format!("{bank} {order} ")) && said.ends_with(&booked) && paid_alike) {
        auditor.differ("collection-answer", subject, said, format!("{bank} {order}{booked}"));
    }
    match answer {
        Some(answer) => genuine(auditor, "collection-answer", subject, &keys.banks, bank, &answer),
        None => auditor.differ("collection-answer", subject, "an answer", UNREADABLE),
    }
    Ok(())
}

/// Every surrender is its applicant's, and every answer is this bank's and says what the books say.
fn surrenders(tx: &mut Tx<'_>, keys: &AllKeys, own: &str, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT g.*, v.packet, v.share_amount, v.currency, v.applicant AS owner FROM surrender g \
               JOIN voucher v ON v.number = g.voucher WHERE g.seq > ?1 ORDER BY g.seq LIMIT ?2";
    each(tx, sql, ("seq", i64::MIN), &[], |_, row| {
        let (id, applicant) = (row.text("id")?, row.text("applicant")?);
        let (subject, packet, client) = (format!("surrender {id}"), row.text("packet")?, row.text("client")?);
        let request = message(row, "request", Typ::Surrender)?;
        let said = request.as_ref().and_then(|jws| jws.claims::<SurrenderClaims>().ok());
        let said =
            said.map_or(UNREADABLE.to_owned(), |it| format!("{} {} {} {}", it.iss, it.jti, it.packet, it.client));
        let owner = row.text("owner")?;
        auditor.equal("surrender-signed", &subject, said, format!("{owner} {id} {packet} {client}"));
        if let Some(request) = request {
            genuine(auditor, "surrender-signed", &subject, &keys.applicants, applicant, &request);
        }
        let answer = message(row, "answer", Typ::Surrendered)?;
        let said = answer.as_ref().and_then(|jws| jws.claims::<SurrenderedClaims>().ok()).map_or(
            UNREADABLE.to_owned(),
            |it| {
                let amount = it.amount.map(|amount| amount.to_string()).unwrap_or_default();
                let reason = it.reason.map(|reason| reason.to_string()).unwrap_or_default();
                format!("{} {} {} {} {} {amount}{reason}", it.iss, it.aud, it.surrender, it.packet, it.client)
            },
        );
        let booked = match row.opt_text("reason")? {
            Some(reason) => reason.to_owned(),
            None => Amount { minor: row.int("share_amount")?, currency: stored(row, "currency")? }.to_string(),
        };
        let booked = format!("{own} {applicant} {id} {packet} {client} {booked}");
        auditor.equal("surrender-answer", &subject, said, booked);
        if let Some(answer) = answer {
            genuine(auditor, "surrender-answer", &subject, &keys.banks, own, &answer);
        }
        Ok(())
    })
}
