//! The rules of the protocol once more, as plain maps: who was paid what, what each account must hold, which rewards there must be.
//! It knows no database, no signature and no network; it reads what was said, in the order in which it was decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::feed::FeedKind;
use crate::api::fund::FundClaims;
use crate::api::instruction::InstructionClaims;
use crate::api::notice::{NoticeClaims, NoticeRequest};
use crate::api::states::{NoRewardReason, RefusalReason, VoucherState};
use crate::api::voucher::{Batch, Source};
use uuid::Uuid;

use super::restores::{Lost, Unheard};
use crate::jose::{ClientId, Digest};
use crate::packet::claims::reward_for;
use crate::packet::file::{Hop, read_hops};
use crate::packet::{Mode, Packet, When};

/// How long after its end a voucher is still paid, in seconds.
const GRACE: i64 = 300;
/// How long after a fund's end its money is kept, in seconds.
const KEPT: i64 = 30 * 24 * 3600;
/// How old a message may be, in seconds.
const FRESH: i64 = 300;

/// A wrong rule, to see that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// One person may have two shares.
    TwoShares,
    /// Money goes back half a day before its time.
    EarlyReturn,
    /// A forwarder may earn one more than the cap.
    OneOverCap,
    /// Openings earn for a month longer than was promised.
    LateReward,
    /// What is withdrawn includes what was paid.
    GreedyWithdrawal,
}

/// What a campaign promises beyond what its packets say.
#[derive(Clone, Debug, Default)]
pub(super) struct Caps {
    pub(super) per_day: Option<u32>,
    pub(super) day_limit: Option<u32>,
    pub(super) budget: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Voucher {
    pub(super) packet: Packet,
    pub(super) campaign: String,
    pub(super) is_reward: bool,
    pub(super) frozen: i64,
    pub(super) until: i64,
    pub(super) state: VoucherState,
    /// Who was paid, in order, and how much.
    pub(super) paid: Vec<(ClientId, i64)>,
    persons: BTreeSet<usize>,
}

impl Voucher {
    pub(super) fn shares(&self) -> usize {
        self.packet.claims.contents.shares() as usize
    }

    pub(super) fn rest(&self) -> i64 {
        self.frozen - self.paid.iter().map(|(_, minor)| minor).sum::<i64>()
    }

    fn is_open(&self) -> bool {
        matches!(self.state, VoucherState::Issued | VoucherState::PartlyPaid)
    }

    /// Its end is forgotten.
    const fn reopen(&mut self) {
        self.state = if self.paid.is_empty() { VoucherState::Issued } else { VoucherState::PartlyPaid };
    }
}

#[derive(Clone, Debug)]
pub(super) struct Fund {
    pub(super) left: i64,
    per_person: u32,
    until: i64,
    pub(super) is_closed: bool,
}

/// One issuing bank's books, as far as the enterprise's money is concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// What is on the enterprise's account.
    pub(super) shop: i64,
    /// By packet.
    pub(super) vouchers: BTreeMap<Digest, Voucher>,
    /// By campaign.
    pub(super) funds: BTreeMap<String, Fund>,
    instructions: BTreeSet<Uuid>,
}

#[derive(Clone, Debug)]
pub(super) struct Earned {
    pub(super) packet: Digest,
    pub(super) opener: ClientId,
    pub(super) forwarder: ClientId,
    pub(super) minor: i64,
    campaign: String,
    day: i64,
    pub(super) when: When,
    /// It waited for a friend to collect, and the packet ended before: nobody gets it, and its money is there for others.
    pub(super) is_missed: bool,
    /// It waits until the operator has looked, as it may have been given before the register was lost.
    pub(super) is_held: bool,
}

/// An order as the issuing bank took it.
pub(super) struct Ordered {
    pub(super) id: Uuid,
    pub(super) packet: Digest,
    pub(super) client: ClientId,
    pub(super) at: i64,
    /// What the bank says it paid: only of a lucky share believed, within its bounds.
    pub(super) paid: Option<i64>,
}

/// What the enterprise knows: its register, which goes back to a copy with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Register {
    /// Every opening that is on record, and why it earned nothing.
    pub(super) openings: BTreeMap<(Digest, ClientId), Option<NoRewardReason>>,
    /// By name.
    pub(super) rewards: BTreeMap<Digest, Earned>,
    /// Of which friends' collections it has read, by the reward's name.
    pub(super) collected: BTreeSet<Digest>,
    /// Of which packets' ends it has read.
    pub(super) ended: BTreeSet<Digest>,
}

/// An order that the issuing bank answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    packet: Digest,
    client: ClientId,
    /// What was paid, and which share, or why not.
    pub(super) result: Result<(i64, usize), RefusalReason>,
}

pub(super) struct Model {
    pub(super) banks: [Books; 2],
    pub(super) caps: BTreeMap<String, Caps>,
    pub(super) shop: Register,
    /// What the enterprise lost when it was put back from a copy.
    pub(super) lost: Lost,
    /// By the order's id. What was answered once is answered alike forever.
    pub(super) answers: BTreeMap<Uuid, Answer>,
    /// What each client's account must hold.
    pub(super) accounts: BTreeMap<ClientId, i64>,
    /// Which person is behind a client.
    pub(super) persons: BTreeMap<ClientId, usize>,
    pub(super) flaw: Option<Flaw>,
}

impl Model {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// An enterprise froze a fund.
    pub(super) fn funded(&mut self, bank: usize, claims: &FundClaims) {
        let books = &mut self.banks[bank];
        if !books.funds.contains_key(&claims.campaign) {
            books.shop -= claims.total.minor;
            let (left, per_person, until) = (claims.total.minor, claims.per_person, claims.until);
            books.funds.insert(claims.campaign.clone(), Fund { left, per_person, until, is_closed: false });
        }
    }

    /// An enterprise applied for vouchers.
    pub(super) fn applied(&mut self, bank: usize, batch: &Batch, at: i64) {
        for application in &batch.applications {
            let packet = Packet::read(&application.packet).unwrap();
            let (id, claims) = (packet.id(), &packet.claims);
            let books = &mut self.banks[bank];
            if claims.exp <= at || books.vouchers.contains_key(&id) {
                continue;
            }
            let frozen = claims.contents.total().unwrap().unwrap().minor;
            let draw = claims.contents.draw();
            if draw.is_some() && books.vouchers.values().any(|it| it.packet.claims.contents.draw() == draw) {
                continue;
            }
            match &application.source {
                Source::Account(_) => books.shop -= frozen,
                Source::Fund(_) => {
                    let name = claims.reward_for;
                    let is_double =
                        books.vouchers.values().any(|it| it.is_reward && it.packet.claims.reward_for == name);
                    let fund = books.funds.get_mut(&claims.campaign).unwrap();
                    if is_double || fund.is_closed || fund.left < frozen {
                        continue;
                    }
                    fund.left -= frozen;
                }
            }
            let voucher = Voucher {
                campaign: claims.campaign.clone(),
                is_reward: claims.reward_for.is_some(),
                frozen,
                until: claims.exp,
                state: VoucherState::Issued,
                paid: Vec::new(),
                persons: BTreeSet::new(),
                packet,
            };
            books.vouchers.insert(id, voucher);
        }
    }

    /// A client told the enterprise of an opening. False when the message is too old or the packet not for that client, so that nothing is kept.
    pub(super) fn told(&mut self, request: &NoticeRequest, opener: ClientId, claims: &NoticeClaims, at: i64) -> bool {
        let (packet, hops) = (Packet::read(&request.packet).unwrap(), read_hops(&request.hops).unwrap());
        let (id, key) = (packet.id(), (packet.id(), opener));
        if claims.iat.abs_diff(at) > FRESH.unsigned_abs() {
            return false;
        }
        if self.lost.packets.contains(&id) {
            return false;
        }
        if self.shop.openings.contains_key(&key) {
            return true;
        }
        let to = hops.last().map_or(packet.claims.cnf.as_ref().map(|cnf| cnf.jkt), |hop| hop.claims.to);
        if to.is_some_and(|to| to != opener) {
            return false;
        }
        let reason = match self.earned(&packet, &hops, opener, at) {
            Ok(earned) => {
                self.shop.rewards.insert(reward_for(&id, &opener), earned);
                None
            }
            Err(reason) => Some(reason),
        };
        self.shop.openings.insert(key, reason);
        true
    }

    fn earned(&self, packet: &Packet, hops: &[Hop], opener: ClientId, at: i64) -> Result<Earned, NoRewardReason> {
        let claims = &packet.claims;
        let forwarder = hops.last().ok_or(NoRewardReason::NotForwarded)?.by();
        let reward = claims.forward.as_ref().and_then(|it| it.reward.as_ref()).ok_or(NoRewardReason::NoReward)?;
        if claims.cnf.as_ref().is_some_and(|cnf| cnf.jkt == opener) {
            return Err(NoRewardReason::OwnPacket);
        }
        if hops.iter().any(|hop| hop.by() == opener) {
            return Err(NoRewardReason::OwnForward);
        }
        if at > reward.until + 30 * 24 * 3600 * i64::from(self.has(Flaw::LateReward)) {
            return Err(NoRewardReason::TooLate);
        }
        let (day, minor, campaign) = (at.div_euclid(24 * 3600), reward.amount.minor, claims.campaign.clone());
        let caps = &self.caps[&campaign];
        let all = || self.shop.rewards.values().filter(|it| it.campaign == campaign);
        let count = |is: &dyn Fn(&Earned) -> bool| all().filter(|it| is(it)).count();
        let is_left = |it: &Earned| !it.is_missed;
        let most = reward.per_person as usize + usize::from(self.has(Flaw::OneOverCap));
        if count(&|it| it.forwarder == forwarder) >= most {
            return Err(NoRewardReason::CapReached);
        }
        if caps.per_day.is_some_and(|cap| count(&|it| it.forwarder == forwarder && it.day == day) >= cap as usize) {
            return Err(NoRewardReason::DayCapReached);
        }
        if caps.day_limit.is_some_and(|limit| count(&|it| is_left(it) && it.day == day) >= limit as usize) {
            return Err(NoRewardReason::DayExhausted);
        }
        if all().filter(|it| is_left(it)).map(|it| it.minor).sum::<i64>() + minor > caps.budget {
            return Err(NoRewardReason::FundExhausted);
        }
        let (id, when) = (packet.id(), reward.when);
        let is_over = self.shop.ended.contains(&id) && !self.shop.collected.contains(&reward_for(&id, &opener));
        if when == When::Collected && is_over {
            return Err(NoRewardReason::NotCollected);
        }
        let is_held = self.lost.in_doubt.contains(&campaign);
        Ok(Earned { packet: id, opener, forwarder, minor, campaign, day, when, is_missed: false, is_held })
    }

    /// The enterprise read what its bank says of a packet.
    pub(super) fn read(&mut self, kind: FeedKind, packet: Digest, name: Option<Digest>) {
        match kind {
            FeedKind::Issued => {}
            FeedKind::Collected => self.shop.collected.extend(name),
            FeedKind::Paid | FeedKind::Returned | FeedKind::Withdrawn => {
                self.shop.ended.insert(packet);
                let of_packet = self.shop.rewards.iter_mut().filter(|(_, it)| it.packet == packet && !it.is_held);
                for (name, earned) in of_packet {
                    earned.is_missed |= earned.when == When::Collected && !self.shop.collected.contains(name);
                }
            }
        }
    }

    /// The operator looked at a reward that was held.
    pub(super) fn judged(&mut self, name: Digest, is_approved: bool) {
        let earned = self.shop.rewards.get_mut(&name).unwrap();
        if std::mem::take(&mut earned.is_held) {
            earned.is_missed = !is_approved;
        }
    }

    /// A bank was ordered to pay. What was paid, and which share, or why not.
    pub(super) fn ordered(&mut self, bank: usize, order: &Ordered) -> Result<(i64, usize), RefusalReason> {
        let result = self.pay(bank, order);
        self.answers.insert(order.id, Answer { packet: order.packet, client: order.client, result });
        result
    }

    fn pay(&mut self, bank: usize, order: &Ordered) -> Result<(i64, usize), RefusalReason> {
        let person = self.persons[&order.client];
        let two = self.has(Flaw::TwoShares);
        let books = &mut self.banks[bank];
        let voucher = books.vouchers.get(&order.packet).ok_or(RefusalReason::UnknownVoucher)?;
        if voucher.state == VoucherState::Withdrawn {
            return Err(RefusalReason::Withdrawn);
        }
        if voucher.persons.contains(&person) && !two {
            return Err(RefusalReason::AlreadyCollected);
        }
        if voucher.paid.len() == voucher.shares() {
            return Err(RefusalReason::AllSharesCollected);
        }
        if order.at < voucher.packet.claims.nbf {
            return Err(RefusalReason::NotYetValid);
        }
        if !voucher.is_open() || order.at > voucher.until + GRACE {
            return Err(RefusalReason::Expired);
        }
        if voucher.is_reward {
            let most = books.funds[&voucher.campaign].per_person as usize;
            let of_fund = books.vouchers.values().filter(|it| it.is_reward && it.campaign == voucher.campaign);
            if of_fund.filter(|it| it.persons.contains(&person)).count() >= most {
                return Err(RefusalReason::CapReached);
            }
        }
        let voucher = books.vouchers.get_mut(&order.packet).unwrap();
        let minor = share(voucher, order.paid);
        voucher.persons.insert(person);
        voucher.paid.push((order.client, minor));
        let is_last = voucher.paid.len() == voucher.shares();
        voucher.state = if is_last { VoucherState::Paid } else { VoucherState::PartlyPaid };
        *self.accounts.get_mut(&order.client).unwrap() += minor;
        Ok((minor, voucher.paid.len()))
    }

    /// An enterprise instructed its bank.
    pub(super) fn instructed(&mut self, bank: usize, claims: &InstructionClaims, at: i64) {
        let greedy = self.has(Flaw::GreedyWithdrawal);
        let books = &mut self.banks[bank];
        if !books.instructions.insert(claims.jti) {
            return;
        }
        for id in &claims.packets {
            let Some(voucher) = books.vouchers.get_mut(id).filter(|voucher| voucher.is_open()) else { continue };
            match claims.until {
                _ if at > voucher.until + GRACE => {}
                None if voucher.packet.claims.contents.money().unwrap().revocable && !voucher.is_reward => {
                    voucher.state = VoucherState::Withdrawn;
                    books.shop += if greedy { voucher.frozen } else { voucher.rest() };
                }
                None => {}
                Some(until) if until > voucher.until => voucher.until = until,
                Some(_) => {}
            }
        }
    }

    /// A bank gave back what nobody collected in time.
    pub(super) fn returned(&mut self, bank: usize, at: i64) {
        let early = 12 * 3600 * i64::from(self.has(Flaw::EarlyReturn));
        let books = &mut self.banks[bank];
        for voucher in books.vouchers.values_mut().filter(|voucher| voucher.is_open()) {
            if at + early > voucher.until + GRACE {
                voucher.state = VoucherState::Returned;
                books.shop += voucher.rest();
            }
        }
        for fund in books.funds.values_mut().filter(|fund| !fund.is_closed && at > fund.until + KEPT) {
            fund.is_closed = true;
            books.shop += std::mem::take(&mut fund.left);
        }
    }

    /// A bank lost what nobody else has heard of.
    pub(super) fn forget(&mut self, bank: usize, unheard: &Unheard) {
        let books = &mut self.banks[bank];
        for packet in &unheard.returned {
            let voucher = books.vouchers.get_mut(packet).unwrap();
            books.shop -= voucher.rest();
            voucher.reopen();
        }
        for order in &unheard.orders {
            let Some(Answer { packet, client, result: Ok((minor, _)) }) = self.answers.remove(order) else { continue };
            let voucher = books.vouchers.get_mut(&packet).unwrap();
            voucher.paid.retain(|(paid, _)| *paid != client);
            voucher.persons.remove(&self.persons[&client]);
            voucher.reopen();
            *self.accounts.get_mut(&client).unwrap() -= minor;
            self.lost.payments += 1;
        }
        for packet in &unheard.vouchers {
            let voucher = books.vouchers.remove(packet).unwrap();
            match books.funds.get_mut(&voucher.campaign).filter(|_| voucher.is_reward) {
                Some(fund) => fund.left += voucher.frozen,
                None => books.shop += voucher.frozen,
            }
        }
        for campaign in &unheard.funds {
            books.shop += books.funds.remove(campaign).unwrap().left;
        }
    }

    /// Whether the enterprise has read of what this order was paid.
    pub(super) fn is_told(&self, order: &Uuid) -> bool {
        let answer = &self.answers[order];
        answer.result.is_ok() && self.shop.collected.contains(&reward_for(&answer.packet, &answer.client))
    }

    /// Whether there is a voucher for this packet.
    pub(super) fn is_issued(&self, packet: &Digest) -> bool {
        self.banks.iter().any(|books| books.vouchers.contains_key(packet))
    }

    /// Whether a reward's condition is met.
    pub(super) fn is_due(&self, earned: &Earned) -> bool {
        let paid = |books: &Books| {
            let voucher = books.vouchers.get(&earned.packet);
            voucher.is_some_and(|voucher| voucher.paid.iter().any(|(client, _)| *client == earned.opener))
        };
        earned.when == When::Opened || self.banks.iter().any(paid)
    }

    /// All money there is: it was all paid in by the enterprise.
    pub(super) fn total(&self) -> i64 {
        let bank = |books: &Books| {
            let funds: i64 = books.funds.values().map(|fund| fund.left).sum();
            let open: i64 = books.vouchers.values().filter(|it| it.is_open()).map(Voucher::rest).sum();
            books.shop + funds + open
        };
        self.banks.iter().map(bank).sum::<i64>() + self.accounts.values().sum::<i64>()
    }
}

/// How much a share is: as the packet says, or of a lucky pot something that leaves one minor unit for each of the others, and the
/// last one all that is left.
fn share(voucher: &Voucher, told: Option<i64>) -> i64 {
    let money = voucher.packet.claims.contents.money().unwrap();
    if money.mode == Mode::Each {
        return money.amount.minor;
    }
    let others = i64::try_from(voucher.shares() - voucher.paid.len() - 1).unwrap();
    let most = voucher.rest() - others;
    let told = told.unwrap_or(1);
    assert!(
        (1..=most).contains(&told),
        "a lucky share of {told}, with {others} more to come out of {}",
        voucher.rest()
    );
    if others == 0 { most } else { told }
}
