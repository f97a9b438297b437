//! What a campaign promises, decided once, and the packets that follow from it. Knows no database and no bank.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::account::AccountNumber;
use crate::api::fund::KEPT_SECONDS;
use crate::jose::{ClientId, Digest};
use crate::money::{Amount, MoneyError};
use crate::packet::{Confirmation, Contents, Envelope, Forward, Mode, Origin, PacketClaims, Placement, Reward, When};

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
    /// What one person gets of a packet; in `lucky` the whole pot.
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
    /// The account that pays.
    pub(super) account: AccountNumber,
    /// Whether what nobody collected may be withdrawn.
    #[serde(default)]
    pub(super) revocable: bool,
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
}

/// A campaign: its terms, where its money is, and until when it runs.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    /// Its id.
    pub(super) id: String,
    /// Its terms.
    pub(super) terms: Terms,
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
    /// Whether both were asked for with the same words, at whatever time.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let lasts = |it: &Self| it.expires - it.created;
        self.terms == other.terms && self.bank == other.bank && lasts(self) == lasts(other)
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
            exp: self.expires,
            cnf: to.map(|jkt| Confirmation { jkt }),
            contents: self.contents(draw),
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
            contents: Contents::Bank {
                bank: self.bank.clone(),
                amount: reward.amount,
                mode: Mode::Each,
                shares: 1,
                draw: None,
                revocable: false,
            },
            reward_for: Some(name),
            ..self.bare(fresh, &reward.greeting)
        })
    }

    /// What the bank freezes for one of the campaign's own packets.
    ///
    /// # Errors
    /// [`MoneyError::Range`] over the limit.
    pub(super) fn frozen_each(&self) -> Result<Amount, MoneyError> {
        Ok(self.contents(None).total()?.unwrap_or(self.terms.amount))
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
            contents: self.contents(None),
            forward: None,
            reward_for: None,
        }
    }

    /// What is in one of the campaign's own packets.
    fn contents(&self, draw: Option<Digest>) -> Contents {
        let Terms { amount, mode, shares, revocable, .. } = self.terms;
        Contents::Bank { bank: self.bank.clone(), amount, mode, shares, draw, revocable }
    }

    fn forward(&self) -> Option<Forward> {
        let terms = &self.terms;
        let reward = terms.reward.as_ref().map(|reward| Reward {
            amount: reward.amount,
            when: reward.when,
            per_person: reward.per_person,
            until: self.expires,
            // A campaign with rewards is not open, and issues nothing, before its fund has a number.
            fund: self.fund.clone().unwrap_or_else(|| "pending".to_owned()),
        });
        (terms.max_hops > 0).then_some(Forward { placement: terms.placement, max_hops: terms.max_hops, reward })
    }
}
