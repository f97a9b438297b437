//! The words for where things stand: the same in database, API and `--json`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A stored word that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a state that this program knows")]
pub struct UnknownState;

/// Makes an enum of words with one spelling for serde, `Display`, `FromStr` and the schema, whose macro reads no `literal`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $word),+
        }

        impl $name {
            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownState;

            fn from_str(text: &str) -> Result<Self, UnknownState> {
                match text { $($text => Ok(Self::$word),)+ _ => Err(UnknownState) }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// A packet in a wallet.
    PacketState {
        /// Arrived, not opened.
        Received = "received",
        /// Opened.
        Opened = "opened",
        /// Forwarded at least once.
        Forwarded = "forwarded",
        /// Put away.
        Archived = "archived",
    }
}

words! {
    /// A voucher at its issuing bank.
    VoucherState {
        /// Money frozen, nothing collected.
        Issued = "issued",
        /// Some shares paid.
        PartlyPaid = "partly-paid",
        /// All shares paid.
        Paid = "paid",
        /// Expired; the rest went back to the applicant.
        Returned = "returned",
        /// Withdrawn by the applicant; the rest went back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// A collection, at the collecting bank and in the wallet.
    CollectionState {
        /// The collector applied.
        Applied = "applied",
        /// The collecting bank accepted it.
        Accepted = "accepted",
        /// The issuing bank was asked to release.
        Released = "released",
        /// The money is in the account.
        Paid = "paid",
        /// Refused, with a reason.
        Rejected = "rejected",
        /// The issuing bank did not answer; it is asked again and never pays twice.
        Uncertain = "uncertain",
    }
}

impl CollectionState {
    /// Whether nothing will change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Paid | Self::Rejected)
    }
}

words! {
    /// A collection of goods, at the enterprise and in the wallet.
    GoodsState {
        /// The collector asked for them; only in the wallet.
        Applied = "applied",
        /// The collector has the code.
        Collected = "collected",
        /// They were not there when the code was shown, with a reason; the code stays good.
        OutOfStock = "out-of-stock",
        /// Handed over for the code.
        Redeemed = "redeemed",
        /// On their way to the collector's address.
        Shipped = "shipped",
        /// They arrived.
        Delivered = "delivered",
        /// The code was not used in time.
        Expired = "expired",
        /// They could not be handed over, with a reason; what the packet promises instead is given.
        Refunded = "refunded",
        /// Refused, with a reason; only in the wallet.
        Rejected = "rejected",
    }
}

impl GoodsState {
    /// Whether nothing will change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Redeemed | Self::Delivered | Self::Expired | Self::Refunded | Self::Rejected)
    }

    /// Whether the code can still be used.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Collected | Self::OutOfStock)
    }
}

words! {
    /// What a notice came to.
    ReceiptResult {
        /// The forwarder gets a reward.
        Rewarded = "rewarded",
        /// Noted; the reward waits until the friend has also collected.
        Waiting = "waiting",
        /// This client's opening of this packet was already known.
        AlreadyKnown = "already-known",
        /// Noted, no reward, with a reason.
        NotRewarded = "not-rewarded",
    }
}

words! {
    /// Why a notice earns nothing.
    NoRewardReason {
        /// The packet was not forwarded to the opener.
        NotForwarded = "not-forwarded",
        /// The packet promises no reward.
        NoReward = "no-reward",
        /// The opener is the client whom the enterprise addressed.
        OwnPacket = "own-packet",
        /// The opener signed one of the forwardings.
        OwnForward = "own-forward",
        /// The last forwarding names somebody else.
        NotAddressee = "not-addressee",
        /// The notice arrived after the reward's `until`.
        TooLate = "too-late",
        /// The forwarder has earned as many rewards as one person may.
        CapReached = "cap-reached",
        /// The campaign's reward fund is used up.
        FundExhausted = "fund-exhausted",
        /// The forwarder has earned as many rewards as one person may in one day.
        DayCapReached = "day-cap-reached",
        /// The campaign's rewards for this day are used up.
        DayExhausted = "day-exhausted",
        /// The enterprise closed the campaign.
        CampaignClosed = "campaign-closed",
        /// The reward is for a friend who collects, and nobody can collect from this packet any more.
        NotCollected = "not-collected",
    }
}

words! {
    /// Why a bank refuses to pay.
    RefusalReason {
        /// This person has already collected from this voucher.
        AlreadyCollected = "already-collected",
        /// All shares are gone.
        AllSharesCollected = "all-shares-collected",
        /// Too late.
        Expired = "expired",
        /// Withdrawn by the applicant.
        Withdrawn = "withdrawn",
        /// Too early.
        NotYetValid = "not-yet-valid",
        /// The chain of forwardings names somebody else, or does not hold.
        NotEntitled = "not-entitled",
        /// This person has had as many rewards of this fund as one person may.
        CapReached = "cap-reached",
        /// The issuing bank knows no such voucher.
        UnknownVoucher = "unknown-voucher",
        /// The collecting bank did not decide in time.
        TimedOut = "timed-out",
        /// The collecting bank must first be sure whose account it is.
        IdentityUnclear = "identity-unclear",
        /// The account cannot take this.
        AccountRestricted = "account-restricted",
        /// The collecting bank suspects misuse.
        Irregular = "irregular",
        /// The collecting bank has another reason, which it tells in words.
        Declined = "declined",
    }
}

impl RefusalReason {
    /// Whether a clerk of the collecting bank can give it.
    #[must_use]
    pub const fn is_clerks(self) -> bool {
        matches!(self, Self::IdentityUnclear | Self::AccountRestricted | Self::Irregular | Self::Declined)
    }

    /// Whether only the collecting bank gives it, so that no issuing bank's answer can.
    #[must_use]
    pub const fn is_collecting_banks(self) -> bool {
        self.is_clerks() || matches!(self, Self::TimedOut)
    }
}

words! {
    /// How what is collected into an account is accepted.
    AcceptedBy {
        /// By the bank's server, at once.
        Auto = "auto",
        /// By a clerk, who looks at it first.
        Clerk = "clerk",
    }
}

words! {
    /// What an applicant's instruction did to one voucher.
    InstructionResult {
        /// What was uncollected went back to the applicant.
        Withdrawn = "withdrawn",
        /// It is payable for longer.
        Extended = "extended",
        /// It had been withdrawn before.
        AlreadyWithdrawn = "already-withdrawn",
        /// It was not signed as revocable; a reward never is.
        NotRevocable = "not-revocable",
        /// All of it is collected.
        Paid = "paid",
        /// It expired before; the rest went back then.
        Expired = "expired",
        /// The new end is not later than the one that holds.
        NotLater = "not-later",
        /// The new end is further ahead than a bank promises.
        TooFar = "too-far",
        /// A reward is not paid for longer than its fund is kept.
        BeyondFund = "beyond-fund",
        /// The bank issued no such voucher for this applicant.
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_spelling_everywhere() {
        for state in [CollectionState::Applied, CollectionState::Uncertain, CollectionState::Paid] {
            assert_eq!(state.to_string().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!("Paid".parse::<VoucherState>(), Err(UnknownState));
    }
}
