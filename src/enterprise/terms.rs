//! What a campaign promises, decided once, and the packets that follow from it. Knows no database and no bank.

use std::cell::RefCell;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::admin::GoodsTermsView;
use crate::api::account::AccountNumber;
use crate::api::fund::KEPT_SECONDS;
use crate::jose::{ClientId, Digest};
use crate::money::{Amount, MoneyError};
use crate::packet::{
    Cash, Confirmation, Contents, Envelope, Forward, Handover, Mode, Origin, PacketClaims, Placement, Reward, When,
};

/// A campaign's terms. They never change once the campaign exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    /// The envelope's title.
    pub(super) title: String,
    /// The envelope's greeting.
    pub(super) greeting: String,
    /// A named look.
    pub(super) theme: Option<String>,
    /// Digest of the cover.
    pub(super) cover: Option<String>,
    /// Digest of the emblem.
    pub(super) emblem: Option<String>,
    /// How many packets may be issued.
    pub(super) count: u32,
    /// What money one person gets of a packet, in `lucky` the whole pot; nothing of one with goods alone.
    pub(super) amount: Amount,
    /// How a packet's money is shared out.
    pub(super) mode: Mode,
    /// How many people can collect from one packet.
    pub(super) shares: u32,
    /// Most forwardings; 0: not forwardable.
    pub(super) max_hops: u32,
    /// Where the Forward button sits.
    pub(super) placement: Placement,
    /// What forwarders earn.
    pub(super) reward: Option<RewardTerms>,
    /// The account that pays; none where nothing is paid.
    pub(super) account: Option<AccountNumber>,
    /// From when its packets can be collected, in seconds; none: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) starts: Option<i64>,
    /// Until when, where that was named as a time; none: so long after it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ends: Option<i64>,
    /// Whether each packet is for one client.
    #[serde(default)]
    pub(super) addressed: bool,
    /// Whether what nobody collected may be withdrawn.
    #[serde(default)]
    pub(super) revocable: bool,
    /// What goods one person gets of a packet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) goods: Option<GoodsTerms>,
}

/// How many campaigns' terms a thread remembers.
const REMEMBERED: usize = 16;

thread_local! {
    /// Terms as they are stored, and as they were read, the last asked for first.
    static KNOWN: RefCell<Vec<(String, Arc<Terms>)>> = const { RefCell::new(Vec::new()) };
}

impl Terms {
    /// Reads what is stored. Every opening and every reward asks for its campaign's terms, so they are read once.
    ///
    /// # Errors
    /// When the text is none of ours.
    pub(super) fn read(stored: &str) -> Result<Arc<Self>, serde_json::Error> {
        KNOWN.with_borrow_mut(|known| {
            if let Some(at) = known.iter().position(|(text, _)| text == stored) {
                known[..=at].rotate_right(1);
            } else {
                let terms = Arc::new(serde_json::from_str(stored)?);
                known.truncate(REMEMBERED - 1);
                known.insert(0, (stored.to_owned(), terms));
            }
            Ok(known[0].1.clone())
        })
    }
}

/// What goods one person gets of a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GoodsTerms {
    /// What.
    pub(super) item: String,
    /// How many units.
    pub(super) quantity: u32,
    /// Of which unit.
    pub(super) unit: Option<String>,
    /// From whom.
    pub(super) merchant: String,
    /// Conditions.
    pub(super) terms: Option<String>,
    /// How to get them.
    pub(super) redeem: String,
    /// Digest of the picture.
    pub(super) picture: Option<String>,
    /// What they are worth, if that is said.
    pub(super) value: Option<Amount>,
    /// Their Global Trade Item Number.
    pub(super) gtin: Option<String>,
    /// How they change hands.
    pub(super) handover: Handover,
    /// Whether the collector may take the campaign's amount in money instead.
    pub(super) cash: bool,
    /// How many units there were at the start.
    pub(super) stock: u64,
}

impl GoodsTerms {
    /// As the operator is shown it.
    pub(super) fn view(self) -> GoodsTermsView {
        GoodsTermsView {
            item: self.item,
            quantity: self.quantity,
            unit: self.unit,
            merchant: self.merchant,
            terms: self.terms,
            redeem: self.redeem,
            value: self.value,
            gtin: self.gtin,
            handover: self.handover,
            cash: self.cash,
        }
    }
}

/// What forwarders earn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RewardTerms {
    /// For each friend.
    pub(super) amount: Amount,
    /// For what.
    pub(super) when: When,
    /// Most rewards that one forwarder earns.
    pub(super) per_person: u32,
    /// The most that all rewards together may come to: what is frozen for them.
    pub(super) budget: Amount,
    /// The greeting on reward packets.
    pub(super) greeting: String,
    /// Until when openings earn, in seconds; none: until the packets expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<i64>,
    /// Most rewards that one forwarder earns in one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) per_day: Option<u32>,
    /// Most rewards of the whole campaign in one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) day_limit: Option<u32>,
    /// When a day begins: minutes that the enterprise's time is ahead of UTC.
    #[serde(default)]
    pub(super) utc_offset: i32,
    /// How long after it was owed a reward is made, in seconds.
    #[serde(default)]
    pub(super) delay: u32,
}

impl RewardTerms {
    /// The day of a time, counted from 1970-01-01 in the enterprise's time.
    #[must_use]
    pub(super) fn day(&self, at: i64) -> i64 {
        (at + i64::from(self.utc_offset) * 60).div_euclid(24 * 3600)
    }
}

/// A campaign: its terms, where its money is, and until when it runs.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    /// Its id.
    pub(super) id: String,
    /// Its terms.
    pub(super) terms: Arc<Terms>,
    /// The issuing bank.
    pub(super) bank: Origin,
    /// When it was created, in seconds.
    pub(super) created: i64,
    /// When its packets expire, in seconds.
    pub(super) expires: i64,
    /// The frozen fund for rewards, once there is one.
    pub(super) fund: Option<String>,
}

/// What is new in each packet.
#[derive(Clone, Debug)]
pub(super) struct Fresh {
    /// Who signs.
    pub(super) iss: Origin,
    /// `UUIDv7`.
    pub(super) jti: Uuid,
    /// The serial number.
    pub(super) serial: u64,
    /// Now, in seconds.
    pub(super) now: i64,
}

impl Campaign {
    /// Whether a bank keeps what is promised; goods alone are kept by the enterprise itself.
    pub(super) fn is_money(&self, own: &Origin) -> bool {
        self.bank != *own
    }

    /// Whether both were asked for with the same words, at whatever time.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let lasts = |it: &Self| it.expires - it.created;
        let ends_alike = self.terms.ends.is_some() || lasts(self) == lasts(other);
        self.terms == other.terms && self.bank == other.bank && ends_alike
    }

    /// Whether its packets' shares are drawn by lot.
    #[must_use]
    pub(super) fn is_lucky(&self) -> bool {
        self.terms.mode == Mode::Lucky
    }

    /// The claims of one of the campaign's own packets, for `to` alone or for whoever has it. Lucky ones have a draw.
    #[must_use]
    pub(super) fn first_packet(&self, fresh: Fresh, to: Option<ClientId>, draw: Option<Digest>) -> PacketClaims {
        PacketClaims {
            nbf: self.terms.starts.map_or(fresh.now, |starts| starts.max(fresh.now)),
            exp: self.expires,
            cnf: to.map(|jkt| Confirmation { jkt }),
            contents: self.own_contents(draw),
            forward: self.forward(),
            ..self.bare(fresh, &self.terms.greeting)
        }
    }

    /// The claims of a reward for `forwarder`; none when the fund will be gone before it could be collected.
    #[must_use]
    pub(super) fn reward_packet(&self, fresh: Fresh, forwarder: ClientId, name: Digest) -> Option<PacketClaims> {
        let reward = self.terms.reward.as_ref()?;
        let exp = (fresh.now + KEPT_SECONDS).max(self.expires).min(self.expires + KEPT_SECONDS);
        (exp > fresh.now).then(|| PacketClaims {
            exp,
            cnf: Some(Confirmation { jkt: forwarder }),
            contents: self.money(reward.amount),
            reward_for: Some(name),
            ..self.bare(fresh, &reward.greeting)
        })
    }

    /// The claims of a packet for `to` with the money that was given up for goods that were not there.
    #[must_use]
    pub(super) fn refund_packet(&self, fresh: Fresh, to: ClientId, money: Amount) -> PacketClaims {
        PacketClaims {
            exp: (fresh.now + KEPT_SECONDS).max(self.expires),
            cnf: Some(Confirmation { jkt: to }),
            contents: self.money(money),
            ..self.bare(fresh, &self.terms.greeting)
        }
    }

    /// Money for one.
    fn money(&self, amount: Amount) -> Contents {
        let (mode, shares, draw, revocable) = (Mode::Each, 1, None, false);
        Contents::Bank { bank: self.bank.clone(), amount, mode, shares, draw, revocable }
    }

    /// When a reward that is owed from `now` on is made, in milliseconds: not before the campaign starts.
    #[must_use]
    pub(super) fn due_ms(&self, now: i64) -> i64 {
        let delay = self.terms.reward.as_ref().map_or(0, |reward| i64::from(reward.delay));
        let from = self.terms.starts.map_or(now, |starts| starts.max(now));
        from.saturating_add(delay).saturating_mul(1000)
    }

    /// What the bank freezes for one of the campaign's own packets.
    ///
    /// # Errors
    /// [`MoneyError::Range`] over the limit.
    pub(super) fn frozen_each(&self) -> Result<Amount, MoneyError> {
        Ok(self.own_contents(None).total()?.unwrap_or(Amount::new(0, self.terms.amount.currency)))
    }

    /// How many units of goods so many of the campaign's own packets promise; none when it is more than can be counted.
    pub(super) fn units(&self, packets: u32) -> Option<u64> {
        let goods = self.terms.goods.as_ref().map_or(0, |goods| u64::from(goods.quantity));
        goods.checked_mul(u64::from(self.terms.shares))?.checked_mul(u64::from(packets))
    }

    /// What is in the campaign's own packets.
    fn own_contents(&self, draw: Option<Digest>) -> Contents {
        let Terms { amount, mode, shares, goods, revocable, .. } = &*self.terms;
        let Some(goods) = goods else { return self.bank_contents(draw) };
        let cash = Cash { bank: self.bank.clone(), amount: *amount, revocable: *revocable };
        Contents::Goods {
            item: goods.item.clone(),
            quantity: goods.quantity,
            unit: goods.unit.clone(),
            merchant: goods.merchant.clone(),
            terms: goods.terms.clone(),
            redeem: goods.redeem.clone(),
            picture: goods.picture.clone(),
            value: goods.value,
            mode: *mode,
            shares: *shares,
            gtin: goods.gtin.clone(),
            handover: (goods.handover != Handover::Pickup).then_some(goods.handover),
            cash: goods.cash.then_some(cash),
        }
    }

    /// All that the campaign may cost: its packets and its rewards.
    ///
    /// # Errors
    /// [`MoneyError`] when it does not fit, or rewards are in another currency.
    pub(super) fn budget(&self) -> Result<Amount, MoneyError> {
        let packets = self.frozen_each()?.times(u64::from(self.terms.count))?;
        self.terms.reward.as_ref().map_or(Ok(packets), |reward| packets.plus(reward.budget))
    }

    fn bare(&self, fresh: Fresh, greeting: &str) -> PacketClaims {
        let terms = &self.terms;
        PacketClaims {
            iss: fresh.iss,
            jti: fresh.jti,
            iat: fresh.now,
            nbf: fresh.now,
            exp: self.expires,
            cnf: None,
            campaign: self.id.clone(),
            envelope: Envelope {
                title: terms.title.clone(),
                greeting: greeting.to_owned(),
                serial: fresh.serial,
                emblem: terms.emblem.clone(),
                theme: terms.theme.clone(),
                cover: terms.cover.clone(),
            },
            contents: self.own_contents(None),
            forward: None,
            reward_for: None,
        }
    }

    /// What is in one of the campaign's own packets with money alone.
    fn bank_contents(&self, draw: Option<Digest>) -> Contents {
        let Terms { amount, mode, shares, revocable, .. } = *self.terms;
        Contents::Bank { bank: self.bank.clone(), amount, mode, shares, draw, revocable }
    }

    fn forward(&self) -> Option<Forward> {
        let terms = &self.terms;
        let reward = terms.reward.as_ref().map(|reward| Reward {
            amount: reward.amount,
            when: reward.when,
            per_person: reward.per_person,
            until: reward.until.unwrap_or(self.expires),
            // A campaign with rewards is not open, and issues nothing, before its fund has a number.
            fund: self.fund.clone().unwrap_or_else(|| "pending".to_owned()),
        });
        (terms.max_hops > 0).then_some(Forward { placement: terms.placement, max_hops: terms.max_hops, reward })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::money::Currency;

    fn terms(title: String) -> Terms {
        Terms {
            title,
            greeting: "新春纳福".into(),
            theme: None,
            cover: None,
            emblem: None,
            count: 1,
            amount: Amount::new(1, Currency::NONE),
            mode: Mode::Each,
            shares: 1,
            max_hops: 0,
            placement: Placement::Contents,
            reward: None,
            account: None,
            starts: None,
            ends: None,
            addressed: false,
            revocable: false,
            goods: None,
        }
    }

    #[test]
    fn terms_are_read_once_and_few_are_remembered() {
        let texts: Vec<String> =
            (0..3 * REMEMBERED).map(|n| serde_json::to_string(&terms(n.to_string())).unwrap()).collect();
        let often = Terms::read(&texts[0]).unwrap();
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(*Terms::read(text).unwrap(), terms(n.to_string()));
            assert!(Arc::ptr_eq(&Terms::read(&texts[0]).unwrap(), &often), "{n}");
        }
        assert_eq!(KNOWN.with_borrow(Vec::len), REMEMBERED);
        assert!(Terms::read("{}").is_err() && Terms::read("").is_err());
        assert!(Arc::ptr_eq(&Terms::read(&texts[0]).unwrap(), &often));
    }
}
