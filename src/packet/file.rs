//! Reading and writing the file: limits first, then strict JSON, then each signed message's form. Nothing is believed
//! here; [`super::verify()`] does that.

use serde::{Deserialize, Serialize};

use super::claims::{ClaimError, HopClaims, MAX_HOPS, NoteClaims, PacketClaims, VoucherClaims};
use super::media::{MAX_ITEMS, Media};
use crate::jose::json::{self, JsonError};
use crate::jose::{ClientId, Digest, Jws, JwsError, Typ};

/// Largest packet file, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// The `format` member of this version.
pub const FORMAT: &str = "hongbao/1";
/// Media type of a packet file.
pub const MEDIA_TYPE: &str = "application/vnd.hongbao+json";

/// Why bytes are not a packet file that this program can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the file is larger than 1 MiB")]
    TooLarge,
    /// Not strict JSON of the format's shape.
    #[error("the file is not a red packet: {0}")]
    Json(#[from] JsonError),
    /// Another version of the format.
    #[error("the file is of a version that this program does not know; a newer program may open it")]
    Version,
    /// More forwardings or pictures than the format allows.
    #[error("the file holds more forwardings or pictures than allowed")]
    TooMany,
    /// A signed message in it is malformed.
    #[error("the {0} cannot be read: {1}")]
    Message(&'static str, JwsError),
    /// A claim breaks a limit.
    #[error("the {0} breaks a rule: {1}")]
    Claim(&'static str, ClaimError),
}

/// The outer object, to the letter.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    format: Format,
    packet: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    voucher: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hops: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    media: Vec<Media>,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "hongbao/1")]
    One,
}

/// A signed message with its claims read, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<C> {
    /// The message.
    pub jws: Jws,
    /// Its claims.
    pub claims: C,
}

/// A signed packet.
pub type Packet = Signed<PacketClaims>;
/// A signed voucher.
pub type Voucher = Signed<VoucherClaims>;
/// A signed forwarding.
pub type Hop = Signed<HopClaims>;
/// A signed note.
pub type Note = Signed<NoteClaims>;

/// A packet file, read and within the limits, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketFile {
    /// What the enterprise signed.
    pub packet: Packet,
    /// What the bank signed; none for goods.
    pub voucher: Option<Voucher>,
    /// The forwardings, first to last.
    pub hops: Vec<Hop>,
    /// The last forwarder's words.
    pub note: Option<Note>,
    /// Pictures.
    pub media: Vec<Media>,
}

impl Packet {
    /// Reads a signed packet.
    ///
    /// # Errors
    /// [`Unreadable::Message`] or [`Unreadable::Claim`].
    pub fn read(compact: &str) -> Result<Self, Unreadable> {
        let signed = read_signed::<PacketClaims>(compact, Typ::Packet, "packet")?;
        signed.claims.check().map_err(|e| Unreadable::Claim("packet", e))?;
        Ok(signed)
    }

    /// The packet's name everywhere: the digest of its signed form.
    #[must_use]
    pub fn id(&self) -> Digest {
        self.jws.digest()
    }
}

impl Voucher {
    /// Reads a signed voucher.
    ///
    /// # Errors
    /// [`Unreadable::Message`] or [`Unreadable::Claim`].
    pub fn read(compact: &str) -> Result<Self, Unreadable> {
        let signed = read_signed::<VoucherClaims>(compact, Typ::Voucher, "voucher")?;
        signed.claims.check().map_err(|e| Unreadable::Claim("voucher", e))?;
        Ok(signed)
    }
}

impl Hop {
    /// Reads a signed forwarding.
    ///
    /// # Errors
    /// [`Unreadable::Message`] or [`Unreadable::Claim`].
    pub fn read(compact: &str) -> Result<Self, Unreadable> {
        let signed = read_signed::<HopClaims>(compact, Typ::Hop, "forwarding")?;
        signed.claims.check().map_err(|e| Unreadable::Claim("forwarding", e))?;
        Ok(signed)
    }

    /// The client that forwarded, as the message names it.
    #[must_use]
    pub fn by(&self) -> ClientId {
        self.jws.signer()
    }
}

impl Note {
    /// Reads a signed note.
    ///
    /// # Errors
    /// [`Unreadable::Message`] or [`Unreadable::Claim`].
    pub fn read(compact: &str) -> Result<Self, Unreadable> {
        let signed = read_signed::<NoteClaims>(compact, Typ::Note, "note")?;
        signed.claims.check().map_err(|e| Unreadable::Claim("note", e))?;
        Ok(signed)
    }
}

/// Reads a chain of forwardings, at most [`MAX_HOPS`].
///
/// # Errors
/// [`Unreadable::TooMany`], [`Unreadable::Message`] or [`Unreadable::Claim`].
pub fn read_hops(compact: &[String]) -> Result<Vec<Hop>, Unreadable> {
    if compact.len() > MAX_HOPS as usize {
        return Err(Unreadable::TooMany);
    }
    compact.iter().map(|hop| Hop::read(hop)).collect()
}

fn read_signed<C: serde::de::DeserializeOwned + Serialize>(
    compact: &str,
    typ: Typ,
    what: &'static str,
) -> Result<Signed<C>, Unreadable> {
    let jws = Jws::parse(compact, typ).map_err(|e| Unreadable::Message(what, e))?;
    let claims = jws.claims().map_err(|e| Unreadable::Message(what, e))?;
    Ok(Signed { jws, claims })
}

impl PacketFile {
    /// Reads a packet file.
    ///
    /// # Errors
    /// [`Unreadable`], the first rule broken.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let tree = json::value(bytes)?;
        // A later version may have other members, so the version is judged before the shape.
        if tree.get("format").is_some_and(|format| format.as_str().is_some_and(is_other_version)) {
            return Err(Unreadable::Version);
        }
        let outer: Outer = json::exact_shape(&tree)?;
        if outer.media.len() > MAX_ITEMS {
            return Err(Unreadable::TooMany);
        }
        Ok(Self {
            packet: Packet::read(&outer.packet)?,
            voucher: outer.voucher.as_deref().map(Voucher::read).transpose()?,
            hops: read_hops(&outer.hops)?,
            note: outer.note.as_deref().map(Note::read).transpose()?,
            media: outer.media,
        })
    }

    /// Writes the file: members in the order of the spec, no white space.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |jws: &Jws| jws.as_str().to_owned();
        let outer = Outer {
            format: Format::One,
            packet: text(&self.packet.jws),
            voucher: self.voucher.as_ref().map(|voucher| text(&voucher.jws)),
            hops: self.hops.iter().map(|hop| text(&hop.jws)).collect(),
            note: self.note.as_ref().map(|note| text(&note.jws)),
            media: self.media.clone(),
        };
        // Strings and arrays of strings always serialise.
        serde_json::to_vec(&outer).unwrap_or_default()
    }
}

fn is_other_version(format: &str) -> bool {
    format != FORMAT && format.starts_with("hongbao/")
}
