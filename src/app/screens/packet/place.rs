//! Where a packet's money is, since when, who said so, and whom to ask. Pure, and only facts: the bank's answers, the bank's
//! signature, and what was done here. A signature says what was frozen when it was made, never that it still is.

use crate::api::states::{CollectionState, GoodsState, VoucherState};
use crate::app::message::Packet;
use crate::wallet::{Collected, GoodsCollected, VoucherStanding};

/// Where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Place {
    /// There is none: it is goods, and nobody asked for them here.
    Goods,
    /// Goods: asked for here, and the issuer has not answered yet.
    GoodsAsked,
    /// Goods: there is a code for them.
    GoodsCode,
    /// Goods: they were not there when the code was shown.
    GoodsMissing,
    /// Goods: handed over, or delivered.
    GoodsHad,
    /// Goods: on their way.
    GoodsSent,
    /// Goods: the code was not used in time.
    GoodsOver,
    /// Goods: they could not be handed over, and money comes instead.
    GoodsRefunded,
    /// Goods: the issuer refused.
    GoodsRefused,
    /// No known bank vouches for any.
    Unvouched,
    /// The bank signed that it froze it; it was not asked since.
    Promised,
    /// The bank says that it holds it.
    Frozen,
    /// Past its last day, and the bank was not asked since.
    Lapsed,
    /// Applied for here, and not told to the bank yet.
    Waiting,
    /// The collecting bank has the application.
    Applied,
    /// The collecting bank accepted it.
    Accepted,
    /// The issuing bank was asked to pay.
    Released,
    /// The issuing bank has not answered.
    Uncertain,
    /// In the account.
    Paid,
    /// The bank refused; nothing moved.
    Refused,
    /// This person had it before.
    Collected,
    /// Others collected all of it.
    Gone,
    /// Back with the issuer: it expired.
    Returned,
    /// Back with the issuer: it was taken back.
    Withdrawn,
}

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Said {
    /// The bank, when it was asked.
    Bank(i64),
    /// The bank's signature on the voucher, made then.
    Voucher(i64),
    /// This wallet, of what was done here.
    Here(i64),
    /// The calendar.
    Calendar,
    /// Nobody.
    Nobody,
}

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Ask {
    Issuing,
    Collecting,
    Issuer,
}

/// Where, since when, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct Whereabouts {
    pub(in crate::app) place: Place,
    /// Since when it is there, where that is known.
    pub(in crate::app) since: Option<i64>,
    pub(in crate::app) said: Said,
}

impl Place {
    /// The key of its words.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Goods => "where-goods",
            Self::GoodsAsked => "where-goods-asked",
            Self::GoodsCode => "where-goods-code",
            Self::GoodsMissing => "where-goods-missing",
            Self::GoodsHad => "where-goods-had",
            Self::GoodsSent => "where-goods-sent",
            Self::GoodsOver => "where-goods-over",
            Self::GoodsRefunded => "where-goods-refunded",
            Self::GoodsRefused => "where-goods-refused",
            Self::Unvouched => "where-unvouched",
            Self::Promised => "where-promised",
            Self::Frozen => "where-frozen",
            Self::Lapsed => "where-lapsed",
            Self::Waiting => "where-waiting",
            Self::Applied => "where-applied",
            Self::Accepted => "where-accepted",
            Self::Released => "where-released",
            Self::Uncertain => "where-uncertain",
            Self::Paid => "where-paid",
            Self::Refused => "where-refused",
            Self::Collected => "where-collected",
            Self::Gone => "where-gone",
            Self::Returned => "where-returned",
            Self::Withdrawn => "where-withdrawn",
        }
    }

    /// Whom to ask about it.
    pub(super) const fn ask(self) -> Ask {
        match self {
            Self::Unvouched
            | Self::Withdrawn
            | Self::Goods
            | Self::GoodsAsked
            | Self::GoodsCode
            | Self::GoodsMissing
            | Self::GoodsHad
            | Self::GoodsSent
            | Self::GoodsOver
            | Self::GoodsRefunded
            | Self::GoodsRefused => Ask::Issuer,
            Self::Promised | Self::Frozen | Self::Lapsed | Self::Gone | Self::Returned => Ask::Issuing,
            Self::Waiting
            | Self::Applied
            | Self::Accepted
            | Self::Released
            | Self::Uncertain
            | Self::Paid
            | Self::Refused
            | Self::Collected => Ask::Collecting,
        }
    }

    /// Whether the bank can be asked now, and the answer may be another one.
    pub(super) const fn may_change(self) -> bool {
        let over = matches!(self, Self::Unvouched | Self::Paid | Self::Collected | Self::Returned | Self::Withdrawn);
        // Goods are no bank's: how they stand is asked in every round.
        !over && !matches!(self.ask(), Ask::Issuer)
    }

    /// Whether it is under way to the account.
    pub(super) const fn is_moving(self) -> bool {
        matches!(self, Self::Waiting | Self::Applied | Self::Accepted | Self::Released | Self::Uncertain)
    }
}

/// Where a packet's money is, as far as file, wallet and bank have told.
pub(in crate::app) fn whereabouts(packet: &Packet, standing: Option<&VoucherStanding>, now: i64) -> Whereabouts {
    let inspection = &packet.shown.inspection;
    if let Some(goods) = &packet.shown.handover {
        return of_goods(goods);
    }
    if inspection.kind != Some("bank") && packet.shown.collection.is_none() {
        return Whereabouts { place: Place::Goods, since: None, said: Said::Nobody };
    }
    if let Some(collected) = &packet.shown.collection {
        return collecting(collected);
    }
    if let Some(standing) = standing {
        let place = match standing.state {
            VoucherState::Withdrawn => Place::Withdrawn,
            VoucherState::Returned => Place::Returned,
            VoucherState::Paid => Place::Gone,
            VoucherState::Issued | VoucherState::PartlyPaid if standing.left == 0 => Place::Gone,
            VoucherState::Issued | VoucherState::PartlyPaid => Place::Frozen,
        };
        // Since when the bank holds it says less than that it does; since when it is gone says more.
        let since = (place != Place::Frozen).then_some(standing.since.0);
        return Whereabouts { place, since, said: Said::Bank(standing.at.0) };
    }
    let Some(voucher) = &inspection.voucher else {
        return Whereabouts { place: Place::Unvouched, since: None, said: Said::Nobody };
    };
    match inspection.expires {
        Some(expires) if expires.0 < now => {
            Whereabouts { place: Place::Lapsed, since: Some(expires.0), said: Said::Calendar }
        }
        _ => Whereabouts { place: Place::Promised, since: Some(voucher.at.0), said: Said::Voucher(voucher.at.0) },
    }
}

/// Where goods are that were asked for here: as their issuer said.
fn of_goods(goods: &GoodsCollected) -> Whereabouts {
    let since = goods.steps.last().map(|step| step.at.0);
    let place = match goods.state {
        GoodsState::Applied => Place::GoodsAsked,
        GoodsState::Collected => Place::GoodsCode,
        GoodsState::OutOfStock => Place::GoodsMissing,
        GoodsState::Redeemed | GoodsState::Delivered => Place::GoodsHad,
        GoodsState::Shipped => Place::GoodsSent,
        GoodsState::Expired => Place::GoodsOver,
        GoodsState::Refunded => Place::GoodsRefunded,
        GoodsState::Rejected => Place::GoodsRefused,
    };
    let said = match (place, since) {
        (Place::GoodsAsked, Some(at)) => Said::Here(at),
        // Whom to ask stands in the place of the bank.
        (_, Some(at)) => Said::Bank(at),
        (_, None) => Said::Nobody,
    };
    Whereabouts { place, since, said }
}

fn collecting(collected: &Collected) -> Whereabouts {
    let since = collected.steps.last().map(|step| step.at.0);
    let place = match (collected.state, collected.reason.as_deref()) {
        (CollectionState::Applied, _) if !collected.sent => Place::Waiting,
        (CollectionState::Applied, _) => Place::Applied,
        (CollectionState::Accepted, _) => Place::Accepted,
        (CollectionState::Released, _) => Place::Released,
        (CollectionState::Uncertain, _) => Place::Uncertain,
        (CollectionState::Paid, _) => Place::Paid,
        (CollectionState::Rejected, Some("already-collected")) => Place::Collected,
        (CollectionState::Rejected, Some("all-shares-collected")) => Place::Gone,
        (CollectionState::Rejected, Some("expired")) => Place::Returned,
        (CollectionState::Rejected, Some("withdrawn")) => Place::Withdrawn,
        (CollectionState::Rejected, _) => Place::Refused,
    };
    let said = match (place, since) {
        (Place::Waiting, Some(at)) => Said::Here(at),
        (_, Some(at)) => Said::Bank(at),
        (_, None) => Said::Nobody,
    };
    Whereabouts { place, since, said }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::tests::fixture::{self, NOON, collected_one, opened_one, payable};
    use crate::wallet::{Shown, Time};

    fn at(shown: Shown, standing: Option<VoucherStanding>) -> Whereabouts {
        let packet = Packet { shown, cover: None, emblem: None, goods: None };
        whereabouts(&packet, standing.as_ref(), NOON)
    }

    #[test]
    fn a_signature_promises_and_only_the_bank_says_that_it_holds() {
        let promised = at(opened_one(), None);
        assert_eq!(promised.place, Place::Promised);
        assert!(matches!(promised.said, Said::Voucher(at) if at < NOON));
        let asked = at(opened_one(), Some(payable()));
        assert_eq!((asked.place, asked.said, asked.since), (Place::Frozen, Said::Bank(NOON - 60), None));
        let mut unknown = opened_one();
        unknown.inspection.voucher = None;
        assert_eq!(at(unknown, None).place, Place::Unvouched);
        let mut late = opened_one();
        late.inspection.expires = Some(Time(NOON - 1));
        assert_eq!(at(late, None), Whereabouts { place: Place::Lapsed, since: Some(NOON - 1), said: Said::Calendar });
        let mut goods = fixture::goods_one();
        for (state, place) in [
            (GoodsState::Applied, Place::GoodsAsked),
            (GoodsState::Collected, Place::GoodsCode),
            (GoodsState::OutOfStock, Place::GoodsMissing),
            (GoodsState::Redeemed, Place::GoodsHad),
            (GoodsState::Shipped, Place::GoodsSent),
            (GoodsState::Delivered, Place::GoodsHad),
            (GoodsState::Expired, Place::GoodsOver),
            (GoodsState::Refunded, Place::GoodsRefunded),
            (GoodsState::Rejected, Place::GoodsRefused),
        ] {
            goods.handover = Some(fixture::goods_collected(state));
            let seen = at(goods.clone(), None);
            assert_eq!((seen.place, seen.place.ask()), (place, Ask::Issuer), "{state}");
        }
        goods.handover = None;
        assert_eq!(at(goods, None).place, Place::Goods);
    }

    #[test]
    fn what_the_bank_answers_is_where_it_is() {
        for (state, left, place) in [
            (VoucherState::Issued, 3, Place::Frozen),
            (VoucherState::PartlyPaid, 1, Place::Frozen),
            (VoucherState::PartlyPaid, 0, Place::Gone),
            (VoucherState::Paid, 0, Place::Gone),
            (VoucherState::Returned, 0, Place::Returned),
            (VoucherState::Withdrawn, 0, Place::Withdrawn),
        ] {
            assert_eq!(at(opened_one(), Some(VoucherStanding { state, left, ..payable() })).place, place, "{state}");
        }
    }

    #[test]
    fn collecting_goes_before_what_the_bank_said_of_the_voucher() {
        for (state, place) in [
            (CollectionState::Applied, Place::Applied),
            (CollectionState::Accepted, Place::Accepted),
            (CollectionState::Released, Place::Released),
            (CollectionState::Uncertain, Place::Uncertain),
            (CollectionState::Paid, Place::Paid),
            (CollectionState::Rejected, Place::Refused),
        ] {
            let seen = at(collected_one(state), Some(payable()));
            assert_eq!(seen.place, place, "{state}");
            assert!(seen.since.is_some() && matches!(seen.said, Said::Bank(_)), "{state}");
        }
        let mut waiting = collected_one(CollectionState::Applied);
        waiting.collection.as_mut().unwrap().sent = false;
        assert!(matches!(at(waiting, None), Whereabouts { place: Place::Waiting, said: Said::Here(_), .. }));
        for (reason, place) in [
            ("already-collected", Place::Collected),
            ("all-shares-collected", Place::Gone),
            ("expired", Place::Returned),
            ("withdrawn", Place::Withdrawn),
            ("cap-reached", Place::Refused),
        ] {
            let mut refused = collected_one(CollectionState::Rejected);
            refused.collection.as_mut().unwrap().reason = Some(reason.into());
            assert_eq!(at(refused, None).place, place, "{reason}");
        }
    }
}
