//! The `hongbao:` link: a whole packet in one line of text, without pictures and without a server.
//!
//! `hongbao:1?p=<packet>&v=<voucher>&h=<hop>&h=<hop>&n=<note>`: signed messages consist of characters that need no
//! escaping in a query (RFC 3986 §2.3), so the link is the messages themselves, in this order and one spelling.

use super::file::{Hop, Note, Packet, PacketFile, Unreadable, Voucher, read_hops};

/// Largest link, in bytes.
pub const MAX_LINK_BYTES: usize = 16 * 1024;
/// What every link of this version begins with.
pub const PREFIX: &str = "hongbao:1?";

/// Why a link cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Longer than [`MAX_LINK_BYTES`].
    #[error("too long for a link (16 KiB at most); pass the file on instead")]
    TooLong,
    /// Not a link of this version.
    #[error("not a red packet's link; it may have been cut off")]
    Form,
    /// A message in it cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// The link of a packet file; pictures are left out.
///
/// # Errors
/// [`LinkError::TooLong`].
pub fn write(file: &PacketFile) -> Result<String, LinkError> {
    let mut link = format!("{PREFIX}p={}", file.packet.jws.as_str());
    let voucher = file.voucher.iter().map(|voucher: &Voucher| ("v", &voucher.jws));
    let hops = file.hops.iter().map(|hop: &Hop| ("h", &hop.jws));
    let note = file.note.iter().map(|note: &Note| ("n", &note.jws));
    for (name, jws) in voucher.chain(hops).chain(note) {
        link.extend(["&", name, "=", jws.as_str()]);
    }
    if link.len() > MAX_LINK_BYTES { Err(LinkError::TooLong) } else { Ok(link) }
}

/// Reads a link.
///
/// # Errors
/// [`LinkError`].
pub fn read(link: &str) -> Result<PacketFile, LinkError> {
    if link.len() > MAX_LINK_BYTES {
        return Err(LinkError::TooLong);
    }
    let query = link.strip_prefix(PREFIX).ok_or(LinkError::Form)?;
    let mut parts = query.split('&').peekable();
    let mut next = |name: &str| parts.next_if(|part| part.starts_with(name)).map(|part| &part[name.len()..]);
    let packet = next("p=").ok_or(LinkError::Form)?;
    let voucher = next("v=");
    let hops: Vec<String> = std::iter::from_fn(|| next("h=")).map(str::to_owned).collect();
    let note = next("n=");
    if parts.next().is_some() {
        return Err(LinkError::Form);
    }
    Ok(PacketFile {
        packet: Packet::read(packet)?,
        voucher: voucher.map(Voucher::read).transpose()?,
        hops: read_hops(&hops)?,
        note: note.map(Note::read).transpose()?,
        media: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uuid::Uuid;

    use super::super::chain::{self, NextHop};
    use super::super::media::Media;
    use super::super::sample;
    use super::*;

    #[test]
    fn carries_all_but_pictures() {
        let next = NextHop { jti: Uuid::nil(), iat: 1000, to: None, note: Some("给你") };
        let file = chain::forward(&sample::file(sample::claims()), &sample::key(10), &next).unwrap();
        let link = write(&file).unwrap();
        assert_eq!(read(&link).as_ref(), Ok(&file));
        let media = vec![Media { kind: "image/png".into(), data: String::new() }];
        assert_eq!(write(&PacketFile { media, ..file }), Ok(link));
    }

    #[test]
    fn has_one_spelling() {
        let file = sample::file(sample::claims());
        let (packet, voucher) = (file.packet.jws.as_str(), file.voucher.as_ref().unwrap().jws.as_str());
        assert_eq!(write(&file), Ok(format!("hongbao:1?p={packet}&v={voucher}")));
        for bad in [
            format!("hongbao:1?v={voucher}&p={packet}"),
            format!("hongbao:1?p={packet}&p={packet}"),
            format!("hongbao:1?p={packet}&"),
            format!("hongbao:1?p={packet}&x"),
            format!("hongbao:?p={packet}"),
        ] {
            assert_eq!(read(&bad), Err(LinkError::Form), "{bad}");
        }
        assert_eq!(read(&"a".repeat(MAX_LINK_BYTES + 1)), Err(LinkError::TooLong));
    }
}
