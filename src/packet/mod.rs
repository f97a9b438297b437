//! The packet file: what it is, how it is read, judged, written and forwarded. Pure: no IO, clock, randomness, async.
//!
//! [`PacketFile::read`] applies the limits and parses; [`verify()`] judges against the keys one trusts; [`chain`] says who
//! may collect and forwards. The spec is docs/packet-format.md. This room knows no database, no server and no window:
//! a verdict of *genuine* says who signed what, never that money is still there.

pub mod chain;
pub mod claims;
pub mod draw;
pub mod file;
pub mod gtin;
pub mod link;
pub mod media;
pub mod origin;
pub mod picture;
#[cfg(test)]
mod sample;
pub mod text;
pub mod verify;

pub use claims::{
    Applicant, Cash, Confirmation, Contents, Envelope, Forward, Handover, HopClaims, Mode, Money, NoteClaims,
    PacketClaims, Placement, Reward, VoucherClaims, When,
};
pub use file::{Packet, PacketFile, Unreadable};
pub use origin::Origin;
pub use verify::{BankKeys, Check, CheckKind, Outcome, Reason, Report, Trust, Verdict, verify};
