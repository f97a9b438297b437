//! Books what others tell of what this bank signed: each message is believed by its own signatures, and booked once, as it was
//! decided then. What does not fit into the books is left out and noted, and the rest stands.

use std::sync::Arc;

use super::{differ, order_of};
use crate::api::account::AccountNumber;
use crate::api::collect::{CollectClaims, JudgedCollect};
use crate::api::fund::{self, FundRequest};
use crate::api::instruction::{self, InstructionClaims, InstructionRequest};
use crate::api::order::{self, OrderClaims, OrderRequest};
use crate::api::problem::Problem;
use crate::api::recovery::{OwnOrder, Record, own_order, own_voucher};
use crate::api::surrender::{self, SurrenderRequest};
use crate::api::{Refusal, recovery as api};
use crate::bank::collections::{self, Acceptance};
use crate::bank::error::{BankError, bad_request, strange};
use crate::bank::parties::{self, Pinned};
use crate::bank::{Bank, accounts, draws, funds, instructions, keys, orders, settlement, surrenders, vouchers};
use crate::jose::{Digest, Jws, KeySet, Typ, key_named_by};
use crate::packet::{Origin, Packet, PacketFile};
use crate::party::recovery::Restore;
use crate::store::{StoreError, Tx};
use crate::values;

/// Who tells.
#[derive(Clone, Debug)]
pub(in crate::bank) enum Source {
    Applicant(Pinned),
    Member(Pinned),
}

impl Source {
    pub(super) const fn pinned(&self) -> &Pinned {
        match self {
            Self::Applicant(pinned) | Self::Member(pinned) => pinned,
        }
    }

    pub(super) const fn origin(&self) -> &Origin {
        &self.pinned().origin
    }

    /// Whether its refusal says that this bank never signed anything for it: an applicant that does not know the bank never asked it.
    pub(in crate::bank) fn has_nothing(&self, refusal: &Problem) -> bool {
        matches!(self, Self::Applicant(_)) && refusal.code() == Refusal::Unknown("").code()
    }

    /// Whether it has something of this part to tell.
    pub(super) const fn has(&self, part: api::Part) -> bool {
        matches!(
            (self, part),
            (Self::Applicant(_), api::Part::Issued | api::Part::Ended) | (Self::Member(_), api::Part::Orders)
        )
    }
}

/// The same party with the keys that its newest message names, should it have changed them since the copy.
pub(super) async fn followed(bank: &Bank, source: &Source, records: &[Record]) -> Result<Source, StoreError> {
    let signed = records.iter().rev().find_map(|record| match record {
        Record::Fund { fund: own, .. }
        | Record::Voucher { packet: own, .. }
        | Record::Ordered { order: own, .. }
        | Record::Answered { voucher: own, .. }
        | Record::Surrender { surrender: own, .. }
        | Record::Instruction { instruction: own, .. } => Some(own),
        Record::Draws { .. } => None,
    });
    let signer = signed.and_then(|message| key_named_by(message));
    let changed = match signer {
        Some(signer) => keys::catch_up(bank, source.origin(), &signer).await?,
        None => false,
    };
    if !changed {
        return Ok(source.clone());
    }
    let (origin, known) = (source.origin().clone(), source.clone());
    let query = move |tx: &mut Tx<'_>| {
        Ok::<_, StoreError>(
            match &known {
                Source::Applicant(_) => parties::applicant(tx, &origin)?.map(Source::Applicant),
                Source::Member(_) => parties::member(tx, &origin)?.map(Source::Member),
            }
            .unwrap_or(known),
        )
    };
    bank.party.store.read(query).await
}

/// The order in which instructions were decided, told by what they did: within a second, and whatever the clock did, an end that was
/// moved further came later, and nothing came after a withdrawal.
pub(in crate::bank) fn decided(record: &Record) -> i64 {
    let Record::Instruction { instruction, .. } = record else { return i64::MIN };
    let kinds = [instruction::Kind::Extend, instruction::Kind::Withdraw].into_iter();
    let claims = kinds.filter_map(|kind| Jws::parse(instruction, kind.typ()).ok()).next();
    let claims = claims.and_then(|jws| jws.claims::<InstructionClaims>().ok());
    claims.and_then(|claims| claims.until).unwrap_or(i64::MAX)
}

/// Books some of what somebody tells, in one decision.
pub(in crate::bank) async fn book_all(
    bank: &Arc<Bank>,
    restore: Restore,
    source: &Source,
    records: Vec<Record>,
) -> Result<(), BankError> {
    // By it the persons are found whom this bank named to a member.
    let holder_key = match source {
        Source::Member(member) if records.iter().any(|record| matches!(record, Record::Answered { .. })) => {
            Some(settlement::holder_key(bank, &member.origin).await.map_err(|error| {
                BankError::Refused(bad_request(format!("its key for naming persons cannot be had: {error}")))
            })?)
        }
        _ => None,
    };
    let (bank_, source) = (bank.clone(), source.clone());
    let booking = move |tx: &mut Tx<'_>| -> Result<(), BankError> {
        parties::keep_own_keys(tx, &bank_.party)?;
        let booker =
            Booker { bank: &bank_, restore, source: &source, holder_key: holder_key.as_ref().map(|key| &***key) };
        for record in &records {
            booker.book_or_note(tx, record)?;
        }
        Ok(())
    };
    bank.party.store.decide(booking).await
}

struct Booker<'a> {
    bank: &'a Bank,
    restore: Restore,
    source: &'a Source,
    holder_key: Option<&'a [u8; 32]>,
}

impl Booker<'_> {
    fn own(&self) -> (&Origin, KeySet) {
        // Whatever this bank ever signed with: it is its own word.
        (&self.bank.party.origin, self.bank.party.own.known().ever())
    }

    fn book_or_note(&self, tx: &mut Tx<'_>, record: &Record) -> Result<(), BankError> {
        match tx.apart(|tx| self.book(tx, record)) {
            Ok(()) => Ok(()),
            Err(BankError::Refused(problem)) => {
                let (subject, packet) = named(record);
                let about = (self.source.origin(), subject.as_str(), packet);
                tracing::warn!(party = %about.0, subject, why = problem.detail(), "it was signed and is not in the books");
                Ok(differ(tx, &self.restore, about, problem.detail())?)
            }
            // A fault of the books is nobody's word: all of it is tried again.
            Err(fault) => Err(fault),
        }
    }

    fn book(&self, tx: &mut Tx<'_>, record: &Record) -> Result<(), BankError> {
        match (self.source, record) {
            (Source::Applicant(applicant), record) => self.book_of_applicant(tx, applicant, record),
            (Source::Member(member), Record::Ordered { order, hops, answer }) => {
                self.ordered(tx, member, (order, hops), answer)
            }
            (Source::Member(member), Record::Answered { order, packet, voucher }) => {
                let (own, keys) = self.own();
                let theirs = (&member.origin, &member.keys.ever());
                self.answered(tx, own_order((order, packet, voucher), (own, &keys), theirs)?)
            }
            _ => Err(bad_request("A member tells of orders only.").into()),
        }
    }

    fn book_of_applicant(&self, tx: &mut Tx<'_>, applicant: &Pinned, record: &Record) -> Result<(), BankError> {
        let ((own, own_keys), theirs) = (self.own(), applicant.keys.ever());
        // The applicant signs its requests anew, so they are judged as any of its requests.
        let (now, draw_key) = (self.bank.party.now(), &self.bank.secrets.draws);
        let is_theirs = |iss: &Origin| {
            if *iss == applicant.origin { Ok(()) } else { Err(Refusal::NotAllowed("it is another enterprise's")) }
        };
        match record {
            Record::Draws { request, draws } => {
                draws::relearn(tx, draw_key, &applicant.origin, (&request.to_string(), draws), self.restore.copied_at)
            }
            Record::Fund { fund, number } => {
                let (jws, claims) = fund::read(&body(&FundRequest { fund: fund.clone() })?)?;
                is_theirs(&claims.iss)?;
                fund::judge(&jws, &claims, own, &theirs, now)?;
                funds::relearn(tx, &claims, jws.as_str(), number)
            }
            Record::Voucher { packet, voucher, source } => {
                let packet = Packet::read(packet)?;
                let key = theirs.find(&packet.jws.signer()).ok_or(Refusal::Unknown("the packet's key"))?;
                packet.jws.verify(key).map_err(Refusal::from)?;
                is_theirs(&packet.claims.iss)?;
                let voucher = own_voucher(voucher, &packet, own, &own_keys)?;
                vouchers::relearn(tx, own, &packet, &voucher, source)
            }
            Record::Surrender { surrender, answer } => {
                let (jws, claims) = surrender::read(&body(&SurrenderRequest { surrender: surrender.clone() })?)?;
                is_theirs(&claims.iss)?;
                surrender::judge(&jws, &claims, own, &theirs, now)?;
                let told = surrender::read_answer(answer, own, &own_keys, &claims)?;
                surrenders::relearn(tx, &claims, jws.as_str(), (&told, answer))
            }
            Record::Instruction { instruction, outcome } => {
                let request = InstructionRequest { instruction: instruction.clone() };
                let (kind, jws, claims) = instruction::read(&body(&request)?)?;
                is_theirs(&claims.iss)?;
                instruction::judge((kind, &jws, &claims), own, &theirs, now)?;
                let asked = (claims.jti, kind, claims.packets.as_slice());
                let told = instruction::read_outcome(outcome, (own, &own_keys), &claims.iss, asked)?;
                instructions::relearn(tx, draw_key, (kind, claims, jws.as_str()), (&told, outcome))
            }
            Record::Ordered { .. } | Record::Answered { .. } => {
                Err(bad_request("An applicant tells of no orders.").into())
            }
        }
    }

    /// As issuing bank: what this bank answered is answered alike forever, and what it paid is paid.
    fn ordered(
        &self,
        tx: &mut Tx<'_>,
        member: &Pinned,
        (order, hops): (&str, &[String]),
        answer: &str,
    ) -> Result<(), BankError> {
        let request = OrderRequest { order: order.to_owned(), hops: hops.to_vec() };
        let read = order::read(&body(&request)?)?;
        if read.1.iss != member.origin {
            return Err(Refusal::NotAllowed("it is another bank's").into());
        }
        let ((own, own_keys), theirs) = (self.own(), member.keys.ever());
        let judged = order::judge(read, own, &theirs, self.bank.party.now())?;
        let claims = order::read_answer(answer, own, &own_keys, &member.origin, judged.claims.jti)?;
        orders::relearn(tx, &self.bank.secrets.draws, &judged, (order, &claims, answer))
    }

    /// As collecting bank: a collection that is lost is accepted again under the order that was sent for it; the issuing bank
    /// repeats its answer to that.
    fn answered(&self, tx: &mut Tx<'_>, known: OwnOrder) -> Result<(), BankError> {
        let (client, id, order) = (known.client, known.collect.jti.to_string(), known.claims.jti);
        let sql = "SELECT 1 AS known FROM collection WHERE order_id = ?1";
        if tx.first(sql, &values![order.to_string()])?.is_some() || order_of(tx, &client, &id)?.is_some() {
            return Ok(());
        }
        let account = self.account(tx, &known)?;
        let party = &self.bank.party;
        let later = |tx: &mut Tx<'_>| {
            let sql = "INSERT INTO restore_order (client, id, order_id) VALUES (?1, ?2, ?3)";
            tx.execute(sql, &values![client.to_string(), id, order.to_string()])
        };
        let Some(account) = account else {
            later(tx)?;
            return Ok(());
        };
        let judged = JudgedCollect {
            client,
            jws: known.collect_jws,
            claims: known.collect,
            account,
            file: PacketFile {
                packet: known.packet,
                voucher: Some(known.voucher),
                hops: Vec::new(),
                note: None,
                media: Vec::new(),
            },
        };
        let acceptance = Acceptance::before(order, party.now(), party.clock.now_ms());
        match collections::decide(tx, &judged, acceptance) {
            // The issuing bank pays a person once, so it refused this one. Its client hears so when it applies again.
            Err(BankError::Refused(why)) if why.code() == collections::ALREADY_COLLECTED => {
                later(tx)?;
                Ok(())
            }
            decided => decided.map(drop),
        }
    }

    /// The one account of this client whose holder the order names. The order tells no account, so where there is none or a choice,
    /// it waits until the client applies again.
    fn account(&self, tx: &mut Tx<'_>, known: &OwnOrder) -> Result<Option<AccountNumber>, BankError> {
        let Some(key) = self.holder_key else { return Ok(None) };
        let named_for = known.voucher.claims.fund.as_ref().unwrap_or(&known.voucher.claims.number);
        let sql = "SELECT account FROM link WHERE client = ?1 ORDER BY account";
        let mut found = Vec::new();
        for row in tx.rows(sql, &values![known.client.to_string()])? {
            let number: AccountNumber = row.text("account")?.parse().map_err(|_| strange("account"))?;
            let account = accounts::existing(tx, &number)?;
            let identity = accounts::identity(tx, account.person)?;
            if order::holder(key, named_for, identity.as_str()) == known.claims.holder {
                found.push(number);
            }
        }
        Ok(if found.len() == 1 { found.pop() } else { None })
    }
}

/// What an unbooked record is called, and which packet's voucher it is.
fn named(record: &Record) -> (String, Option<Digest>) {
    let of = |message: &str| Digest::of(message.as_bytes());
    let packet = match record {
        Record::Voucher { packet, .. } => Some(of(packet)),
        Record::Ordered { order, .. } => collected(order),
        _ => None,
    };
    let name = match record {
        Record::Draws { request, .. } => request.to_string(),
        Record::Fund { number, .. } => number.clone(),
        Record::Voucher { packet, .. } => format!("for packet {}", of(packet)),
        Record::Ordered { answer, .. } | Record::Surrender { answer, .. } => of(answer).to_string(),
        Record::Answered { order, .. } => of(order).to_string(),
        Record::Instruction { outcome, .. } => of(outcome).to_string(),
    };
    (format!("{} {name}", record.kind()), packet)
}

/// Which packet an order is about.
fn collected(order: &str) -> Option<Digest> {
    let order: OrderClaims = Jws::parse(order, Typ::Order).ok()?.claims().ok()?;
    let collect: CollectClaims = Jws::parse(&order.collect, Typ::Collect).ok()?.claims().ok()?;
    Some(collect.packet)
}

fn body(request: &impl serde::Serialize) -> Result<Vec<u8>, BankError> {
    Ok(serde_json::to_vec(request).map_err(|_| strange("request"))?)
}
