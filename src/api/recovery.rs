//! What a bank that was put back from a copy of its books reads from others: what it signed since, with what it was asked. Each
//! party tells what concerns the asking bank alone, in pages; a message that the bank signed is believed by its own signature.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Refusal;
use super::collect::CollectClaims;
use super::order::OrderClaims;
use super::voucher::Source;
use crate::jose::{ClientId, Digest, Jws, KeySet, Typ};
use crate::packet::file::Voucher;
use crate::packet::{Origin, Packet};

/// Most records of one page.
pub const PAGE: usize = 40;
/// From how many bytes of records on a page is full.
pub const PAGE_BYTES: usize = 512 * 1024;
/// Longest page that is read, in bytes: the last record of a full one may be as long as an order with all its hops.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Which part of what somebody has. An order needs its voucher first, and what ends a voucher comes after its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// From an applicant: draws, funds and vouchers.
    Issued,
    /// From a member: its orders with their answers, and the asking bank's own orders that it answered.
    Orders,
    /// From an applicant: surrenders and instructions with their answers.
    Ended,
}

impl Part {
    /// In the order in which they are read.
    pub const ALL: [Self; 3] = [Self::Issued, Self::Orders, Self::Ended];

    /// The word in the path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Orders => "orders",
            Self::Ended => "ended",
        }
    }
}

/// One page, behind the cursor that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RecoveryPage {
    /// What is told.
    pub records: Vec<Record>,
    /// Where the next page begins; absent: this was the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One thing that the asking bank signed, with what it was asked. Signed messages are compact JWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Record {
    /// Draws that it gave for a request.
    Draws {
        /// The request's id.
        request: Uuid,
        /// The draws, in their order.
        draws: Vec<Digest>,
    },
    /// A fund that it froze.
    Fund {
        /// The applicant's request.
        fund: String,
        /// The number that it gave.
        number: String,
    },
    /// A voucher.
    Voucher {
        /// The packet.
        packet: String,
        /// The voucher.
        voucher: String,
        /// Whose money was frozen for it.
        source: Source,
    },
    /// An order of the member, signed anew, which the asking bank answered.
    Ordered {
        /// The order.
        order: String,
        /// The hops that came with it.
        hops: Vec<String>,
        /// The asking bank's answer.
        answer: String,
    },
    /// An order of the asking bank, which the member answered.
    Answered {
        /// The order.
        order: String,
        /// The packet.
        packet: String,
        /// The voucher.
        voucher: String,
    },
    /// A surrender that it answered.
    Surrender {
        /// The applicant's surrender, signed anew.
        surrender: String,
        /// The asking bank's answer.
        answer: String,
    },
    /// An instruction that it carried out.
    Instruction {
        /// The applicant's instruction, signed anew.
        instruction: String,
        /// The asking bank's outcome.
        outcome: String,
    },
}

impl Record {
    /// What it is about, for people.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Draws { .. } => "draws",
            Self::Fund { .. } => "fund",
            Self::Voucher { .. } => "voucher",
            Self::Ordered { .. } => "order",
            Self::Answered { .. } => "own order",
            Self::Surrender { .. } => "surrender",
            Self::Instruction { .. } => "instruction",
        }
    }
}

/// Whether a text can be a cursor: what others call it is told to no query.
#[must_use]
pub fn is_cursor(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A party's own message, by its own keys.
fn own(compact: &str, typ: Typ, keys: &KeySet) -> Result<Jws, Refusal> {
    let jws = Jws::parse(compact, typ)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    Ok(jws)
}

/// Reads a voucher that this bank signed for that packet.
///
/// # Errors
/// [`Refusal`].
pub fn own_voucher(voucher: &str, packet: &Packet, bank: &Origin, keys: &KeySet) -> Result<Voucher, Refusal> {
    own(voucher, Typ::Voucher, keys)?;
    let voucher = Voucher::read(voucher)?;
    let total = packet.claims.contents.total().ok().flatten();
    let fits = voucher.claims.iss == *bank
        && voucher.claims.packet == packet.id()
        && voucher.claims.applicant.origin == packet.claims.iss
        && total == Some(voucher.claims.frozen);
    if fits { Ok(voucher) } else { Err(Refusal::NotGenuine("the voucher is another packet's")) }
}

/// An order that this bank signed, with what its collection was about.
#[derive(Clone, Debug)]
pub struct OwnOrder {
    /// Its claims.
    pub claims: OrderClaims,
    /// Who collected.
    pub client: ClientId,
    /// The collector's own request.
    pub collect_jws: Jws,
    /// Its claims.
    pub collect: CollectClaims,
    /// The packet.
    pub packet: Packet,
    /// The voucher.
    pub voucher: Voucher,
}

/// Reads an order of this bank that a member answered, with the packet and the member's voucher that it was about.
///
/// # Errors
/// [`Refusal`].
pub fn own_order(
    (order, packet, voucher): (&str, &str, &str),
    (bank, keys): (&Origin, &KeySet),
    (member, member_keys): (&Origin, &KeySet),
) -> Result<OwnOrder, Refusal> {
    let claims: OrderClaims = own(order, Typ::Order, keys)?.claims()?;
    let packet = Packet::read(packet)?;
    let voucher = own_voucher(voucher, &packet, member, member_keys)?;
    let collect_jws = Jws::parse(&claims.collect, Typ::Collect)?;
    let client = collect_jws.verify_client()?;
    let collect: CollectClaims = collect_jws.claims()?;
    let fits = claims.iss == *bank
        && claims.aud == *member
        && collect.aud == *bank
        && collect.bank == *member
        && collect.packet == packet.id()
        && [&claims.voucher, &collect.voucher] == [&voucher.claims.number; 2];
    if fits {
        Ok(OwnOrder { claims, client, collect_jws, collect, packet, voucher })
    } else {
        Err(Refusal::NotGenuine("the order is about something else"))
    }
}
