//! Goods vouchers (物信证): the enterprise's own ledger of goods decides who gets what. Units of a campaign's goods are in
//! stock, promised by packets, given to collectors who have a code, or handed over; every movement is a row.
//!
//! A collection's steps: collected (a code was given), perhaps out-of-stock (a new date), redeemed; or shipped, delivered;
//! or expired; or refunded, where they were chosen over money and are not there. This room knows no wallet; what a request means is judged in [`crate::api::goods`].

mod collecting;
mod ending;
mod handing;
pub(super) mod ledger;
mod refunding;
mod secrets;
mod stock;
mod wishes;

pub(super) use collecting::{Evidence, collect, has_collected, status, took_cash};
pub(super) use ending::{end_due, extended, next_due, withdrawn};
pub(super) use handing::{Guesses, deliver, list, out_of_stock, redeem, ship, show};
pub(super) use refunding::refund;
pub(super) use secrets::Secrets;
pub(super) use stock::{change as change_stock, cover, is_there, issue, open, show as show_stock};
pub(super) use wishes::{fulfil_due, surrender};

/// How long after `exp` a request is still served, because the collector asked in time, in seconds.
pub(super) const GRACE_SECONDS: i64 = 300;
/// How long a code is good at least, in seconds; it is good until its packet expires in any case.
pub(super) const CODE_SECONDS: i64 = 30 * 24 * 3600;
/// How long a delivery address is kept after everything is done, in seconds.
pub(super) const ADDRESS_SECONDS: i64 = 90 * 24 * 3600;
/// Most units that a campaign ever has.
pub(super) const MAX_UNITS: i64 = 1_000_000_000_000;
