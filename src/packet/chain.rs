//! The chain of forwardings: who may collect, who may forward, and the next hop.
//!
//! It reads like an endorsed cheque: the last name on it may collect. A holder can cut a chain, so a name binds only
//! when the packet itself is addressed and no hop before is open (docs/packet-format.md, Who may collect).

use uuid::Uuid;

use super::claims::{HopClaims, NoteClaims, PacketClaims};
use super::file::{Hop, MAX_FILE_BYTES, Packet, PacketFile, Signed};
use super::text::{self, TextError};
use crate::jose::{ClientId, Digest, Jws, JwsError, SigningKey, Typ};

/// Who may do the next thing with a packet: collect it, or forward it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// This client only.
    Client(ClientId),
    /// Whoever has the file.
    Anyone,
}

impl Holder {
    /// Whether `client` is or may be the holder.
    #[must_use]
    pub fn admits(&self, client: &ClientId) -> bool {
        match self {
            Self::Client(named) => named == client,
            Self::Anyone => true,
        }
    }
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The packet may not be forwarded at all.
    #[error("this packet may not be forwarded")]
    NotForwardable,
    /// More hops than the packet allows.
    #[error("the packet was forwarded more often than it allows")]
    TooManyHops,
    /// A hop's signature does not fit its key.
    #[error("a forwarding's signature does not fit")]
    Signature,
    /// Hops are not numbered 1, 2, 3 …
    #[error("the forwardings are not numbered in order")]
    Order,
    /// A hop does not follow on the message before it.
    #[error("a forwarding belongs to another packet or chain")]
    Previous,
    /// A hop is by someone who was not the holder.
    #[error("a forwarding is by someone to whom the packet was not addressed")]
    NotHolder,
}

/// Who holds a packet after these hops: the last hop's `to`; before any hop the packet's `cnf`; else anyone.
#[must_use]
pub fn holder(packet: &PacketClaims, hops: &[Hop]) -> Holder {
    let named = match hops.last() {
        Some(hop) => hop.claims.to,
        None => packet.cnf.as_ref().map(|cnf| cnf.jkt),
    };
    named.map_or(Holder::Anyone, Holder::Client)
}

/// The digest of the last signed message: the packet's, or the last hop's.
#[must_use]
pub fn head(packet: &Packet, hops: &[Hop]) -> Digest {
    hops.last().map_or_else(|| packet.id(), |hop| hop.jws.digest())
}

/// Checks a chain: signatures, numbers, links, the packet's `max_hops`, and that each hop is by the holder before it.
///
/// # Errors
/// [`ChainError`], the first that a reader from first to last hop meets.
pub fn check(packet: &Packet, hops: &[Hop]) -> Result<(), ChainError> {
    if hops.is_empty() {
        return Ok(());
    }
    let forward = packet.claims.forward.as_ref().ok_or(ChainError::NotForwardable)?;
    if hops.len() > forward.max_hops as usize {
        return Err(ChainError::TooManyHops);
    }
    for (at, hop) in hops.iter().enumerate() {
        let before = hops.get(..at).unwrap_or_default();
        let by = hop.jws.verify_client().map_err(|_| ChainError::Signature)?;
        if hop.claims.n as usize != at + 1 {
            return Err(ChainError::Order);
        }
        if hop.claims.prev != head(packet, before) {
            return Err(ChainError::Previous);
        }
        if !holder(&packet.claims, before).admits(&by) {
            return Err(ChainError::NotHolder);
        }
    }
    Ok(())
}

/// Why a packet cannot be forwarded by this client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// The chain does not allow it.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The new file would be over the limit.
    #[error("with one more forwarding the file would be larger than 1 MiB: leave its pictures out")]
    TooLarge,
    /// The words are not acceptable.
    #[error("your words to the friend: {0}")]
    Note(#[from] TextError),
    /// The message could not be signed.
    #[error(transparent)]
    Sign(#[from] JwsError),
}

/// What one forwarding says.
#[derive(Clone, Debug)]
pub struct NextHop<'a> {
    /// A fresh `UUIDv7`.
    pub jti: Uuid,
    /// Now, in seconds.
    pub iat: i64,
    /// The friend, if it is meant for one.
    pub to: Option<ClientId>,
    /// The forwarder's own words.
    pub note: Option<&'a str>,
}

/// A new file with one more hop. The note before is dropped; pictures travel along.
///
/// # Errors
/// [`ForwardError`] when the packet or its chain does not allow it for this client, or the note breaks its limits.
pub fn forward(file: &PacketFile, key: &SigningKey, next: &NextHop<'_>) -> Result<PacketFile, ForwardError> {
    let rules = file.packet.claims.forward.as_ref().ok_or(ChainError::NotForwardable)?;
    check(&file.packet, &file.hops)?;
    if file.hops.len() >= rules.max_hops as usize {
        return Err(ChainError::TooManyHops.into());
    }
    if !holder(&file.packet.claims, &file.hops).admits(&key.public().thumbprint()) {
        return Err(ChainError::NotHolder.into());
    }
    let n = u32::try_from(file.hops.len() + 1).map_err(|_| ChainError::TooManyHops)?;
    let claims = HopClaims { jti: next.jti, iat: next.iat, n, prev: head(&file.packet, &file.hops), to: next.to };
    let hop = Signed { jws: Jws::sign(key, Typ::Hop, &claims)?, claims };
    let note = next.note.map(|words| sign_note(key, hop.jws.digest(), words)).transpose()?;
    let mut forwarded = PacketFile { note, ..file.clone() };
    forwarded.hops.push(hop);
    if forwarded.to_bytes().len() > MAX_FILE_BYTES {
        return Err(ForwardError::TooLarge);
    }
    Ok(forwarded)
}

fn sign_note(key: &SigningKey, hop: Digest, words: &str) -> Result<Signed<NoteClaims>, ForwardError> {
    text::NOTE.check(words)?;
    let claims = NoteClaims { hop, text: words.to_owned() };
    Ok(Signed { jws: Jws::sign(key, Typ::Note, &claims)?, claims })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::claims::Confirmation;
    use super::super::sample;
    use super::*;

    fn next(to: Option<ClientId>, note: Option<&str>) -> NextHop<'_> {
        NextHop { jti: Uuid::nil(), iat: 1000, to, note }
    }

    fn id(secret: u8) -> ClientId {
        sample::key(secret).public().thumbprint()
    }

    #[test]
    fn it_reads_like_a_cheque() {
        let cnf = Some(Confirmation { jkt: id(10) });
        let file = sample::file(PacketClaims { cnf, ..sample::claims() });
        assert_eq!(holder(&file.packet.claims, &[]), Holder::Client(id(10)));
        assert_eq!(head(&file.packet, &[]), file.packet.id());
        let stranger = forward(&file, &sample::key(11), &next(None, None));
        assert_eq!(stranger, Err(ChainError::NotHolder.into()));

        let once = forward(&file, &sample::key(10), &next(Some(id(11)), Some("for you"))).unwrap();
        assert_eq!(holder(&once.packet.claims, &once.hops), Holder::Client(id(11)));
        assert_eq!(head(&once.packet, &once.hops), once.hops[0].jws.digest());
        assert_eq!(once.note.as_ref().map(|note| note.claims.hop), Some(once.hops[0].jws.digest()));

        let twice = forward(&once, &sample::key(11), &next(None, None)).unwrap();
        assert_eq!(holder(&twice.packet.claims, &twice.hops), Holder::Anyone);
        assert_eq!((twice.note.is_none(), check(&twice.packet, &twice.hops)), (true, Ok(())));
        assert_eq!(forward(&twice, &sample::key(12), &next(None, None)), Err(ChainError::TooManyHops.into()));
    }

    #[test]
    fn refuses_to_extend_what_is_not_right() {
        let file = sample::file(sample::claims());
        let not = sample::file(PacketClaims { forward: None, ..sample::claims() });
        assert_eq!(forward(&not, &sample::key(10), &next(None, None)), Err(ChainError::NotForwardable.into()));
        let bidi = forward(&file, &sample::key(10), &next(None, Some("\u{202e}")));
        assert_eq!(bidi, Err(ForwardError::Note(TextError::Character)));

        let mut grafted = forward(&not_addressed(), &sample::key(10), &next(None, None)).unwrap();
        grafted.packet = file.packet;
        assert_eq!(forward(&grafted, &sample::key(11), &next(None, None)), Err(ChainError::Previous.into()));
    }

    fn not_addressed() -> PacketFile {
        sample::file(PacketClaims { campaign: "autumn".into(), ..sample::claims() })
    }

    #[test]
    fn never_writes_a_file_over_the_limit() {
        let forwarded = |data: usize| {
            let mut file = sample::file(sample::claims());
            file.media.push(super::super::media::Media { kind: "image/png".into(), data: "A".repeat(data) });
            assert!(file.to_bytes().len() <= MAX_FILE_BYTES);
            forward(&file, &sample::key(10), &next(None, None)).map(|file| file.to_bytes().len())
        };
        let most = MAX_FILE_BYTES - forwarded(0).unwrap();
        assert_eq!(forwarded(most), Ok(MAX_FILE_BYTES), "the limit itself");
        assert_eq!(forwarded(most + 1), Err(ForwardError::TooLarge));
    }
}
