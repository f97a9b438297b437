//! The ledger of goods: whole units, each movement from one place to another, none ever changed. No place but the world
//! outside can hold less than nothing. Knows no packet's meaning.

use super::MAX_UNITS;
use crate::store::{StoreError, Tx, values};

/// Where units are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::enterprise) enum Place {
    /// Not this campaign's.
    Outside,
    /// In stock.
    Free,
    /// In issued packets.
    Promised,
    /// With a collector who has a code.
    Given,
    /// Handed over or sent.
    Handed,
}

impl Place {
    /// The word in a movement, and the column of the stock.
    pub(in crate::enterprise) const fn word(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Free => "free",
            Self::Promised => "promised",
            Self::Given => "given",
            Self::Handed => "handed",
        }
    }
}

/// Why units move, which says from where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::enterprise) enum Why {
    /// The merchant has them.
    Stocked,
    /// The merchant has them no more.
    Removed,
    /// A packet promises them.
    Issued,
    /// Somebody collected them.
    Collected,
    /// Handed over for the code.
    Redeemed,
    /// Sent to the collector.
    Shipped,
    /// Nobody collected them in time.
    Expired,
    /// The code was not used in time.
    Lapsed,
    /// The collector took money instead.
    Cash,
    /// The bank took back the voucher beside them.
    Withdrawn,
    /// They were not there when the code was shown, and the collector was given money.
    Missing,
}

impl Why {
    pub(in crate::enterprise) const ALL: [Self; 11] = [
        Self::Stocked,
        Self::Removed,
        Self::Issued,
        Self::Collected,
        Self::Redeemed,
        Self::Shipped,
        Self::Expired,
        Self::Lapsed,
        Self::Cash,
        Self::Withdrawn,
        Self::Missing,
    ];

    pub(in crate::enterprise) const fn word(self) -> &'static str {
        match self {
            Self::Stocked => "stocked",
            Self::Removed => "removed",
            Self::Issued => "issued",
            Self::Collected => "collected",
            Self::Redeemed => "redeemed",
            Self::Shipped => "shipped",
            Self::Expired => "expired",
            Self::Lapsed => "lapsed",
            Self::Cash => "cash",
            Self::Withdrawn => "withdrawn",
            Self::Missing => "missing",
        }
    }

    pub(in crate::enterprise) const fn way(self) -> (Place, Place) {
        match self {
            Self::Stocked => (Place::Outside, Place::Free),
            Self::Removed => (Place::Free, Place::Outside),
            Self::Issued => (Place::Free, Place::Promised),
            Self::Collected => (Place::Promised, Place::Given),
            Self::Redeemed | Self::Shipped => (Place::Given, Place::Handed),
            Self::Expired | Self::Cash | Self::Withdrawn => (Place::Promised, Place::Free),
            Self::Lapsed => (Place::Given, Place::Free),
            Self::Missing => (Place::Given, Place::Outside),
        }
    }
}

/// One movement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move<'a> {
    pub(super) why: Why,
    pub(super) campaign: &'a str,
    pub(super) units: i64,
    pub(super) packet: Option<&'a str>,
    pub(super) collection: Option<&'a str>,
    /// `operator` or whoever was named, `time`, or a client's id.
    pub(super) actor: &'a str,
    /// The request of staff.
    pub(super) request: Option<&'a str>,
}

/// Moves units, if there are so many where they come from, and room where they go.
pub(super) fn book(tx: &mut Tx<'_>, movement: &Move<'_>, now: i64) -> Result<bool, StoreError> {
    let Move { why, campaign, units, packet, collection, actor, request } = *movement;
    let (source, target) = why.way();
    let (from, to) = (source.word(), target.word());
    let sql = match (source, target) {
        (Place::Outside, _) => {
            format!("UPDATE goods_stock SET {to} = {to} + ?2 WHERE campaign = ?1 AND {to} <= ?3 - ?2")
        }
        (_, Place::Outside) => {
            format!("UPDATE goods_stock SET {from} = {from} - ?2 WHERE campaign = ?1 AND {from} >= ?2 AND ?2 <= ?3")
        }
        _ => format!(
            "UPDATE goods_stock SET {from} = {from} - ?2, {to} = {to} + ?2 \
             WHERE campaign = ?1 AND {from} >= ?2 AND ?2 <= ?3"
        ),
    };
    if units <= 0 || tx.execute(&sql, &values![campaign, units, MAX_UNITS])? == 0 {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO goods_move (seq, at, campaign, packet, collection, source, target, units, why, actor, request) \
         SELECT COALESCE(MAX(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM goods_move",
        &values![now, campaign, packet, collection, from, to, units, why.word(), actor, request],
    )?;
    Ok(true)
}

/// As [`book`], where the ledger itself says that there are so many.
pub(super) fn must_book(tx: &mut Tx<'_>, movement: &Move<'_>, now: i64) -> Result<(), StoreError> {
    if book(tx, movement, now)? {
        return Ok(());
    }
    Err(StoreError::Shape(format!(
        "the ledger of goods has no {} units to move: {}",
        movement.units,
        movement.why.word()
    )))
}
