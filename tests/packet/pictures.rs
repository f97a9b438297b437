//! Packets in pictures: what was put in comes out, and no picture that a stranger makes costs more than one may.

use hongbao::packet::file::MAX_FILE_BYTES;
use hongbao::packet::picture::{self, KEYWORD, MAX_BYTES, PictureError};
use hongbao::packet::{PacketFile, Unreadable};
use proptest::prelude::*;

use super::maker::{Draft, client};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn packet() -> PacketFile {
    let text = Draft::forwardable(4).seal().forward(&client(0), None).note(&client(0), "给你").text();
    PacketFile::read(text.as_bytes()).unwrap()
}

fn crc(bytes: &[u8]) -> u32 {
    // ISO 3309, as PNG's annex D has it.
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), data].concat();
    [&u32::try_from(data.len()).unwrap().to_be_bytes(), named.as_slice(), &crc(&named).to_be_bytes()].concat()
}

fn text_chunk(keyword: &str, compressed: bool, text: &[u8]) -> Vec<u8> {
    chunk(b"iTXt", &[keyword.as_bytes(), &[0, u8::from(compressed), 0, 0, 0], text].concat())
}

/// A picture of one pixel with these chunks before its pixels.
fn with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    let pixels = chunk(b"IDAT", &deflated(&[0, 1, 2, 3]));
    [SIGNATURE, &header, &chunks.concat(), &pixels, &chunk(b"IEND", &[])].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_was_put_in_comes_out_compressed_or_not() {
    let packet = packet();
    let rgb = vec![7; 30 * 20 * 3];
    let written = picture::write((30, 20), &rgb, Some(&packet)).unwrap();
    assert_eq!(picture::read(&written), Ok(Some(packet.to_bytes())));
    assert_eq!(image::load_from_memory(&written).unwrap().into_rgb8().into_raw(), rgb, "the picture is still one");
    assert_eq!(picture::read(&picture::write((30, 20), &rgb, None).unwrap()), Ok(None));
    assert_eq!(picture::write((31, 20), &rgb, None), None, "too few pixels");
    for compressed in [false, true] {
        let text = if compressed { deflated(&packet.to_bytes()) } else { packet.to_bytes() };
        assert_eq!(picture::read(&with(&[text_chunk(KEYWORD, compressed, &text)])), Ok(Some(packet.to_bytes())));
    }
}

#[test]
fn what_carries_no_packet_is_told_apart_from_what_carries_a_bad_one() {
    let text = packet().to_bytes();
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&image::RgbImage::new(4, 4)).unwrap();
    for (none, why) in [
        (with(&[]), "no text"),
        (with(&[text_chunk("Hongbao", false, &text)]), "another keyword"),
        (with(&[text_chunk("comment", false, b"hongbao")]), "a comment"),
        (jpeg, "a JPEG"),
        (b"hongbao".to_vec(), "no picture"),
        (Vec::new(), "nothing"),
    ] {
        assert_eq!(picture::read(&none), Ok(None), "{why}");
    }
    let one = text_chunk(KEYWORD, false, &text);
    assert_eq!(picture::read(&with(&[one.clone(), one.clone()])), Err(PictureError::Damaged), "two of them");
    let broken = text_chunk(KEYWORD, true, b"not compressed at all");
    assert_eq!(picture::read(&with(&[broken])), Err(PictureError::Damaged));
    // Other text beside it does no harm.
    assert_eq!(picture::read(&with(&[text_chunk("comment", false, b"x"), one])), Ok(Some(text)));
}

#[test]
fn no_picture_costs_more_than_one_may() {
    let bomb = deflated(&vec![b' '; 64 * MAX_FILE_BYTES]);
    assert!(bomb.len() < MAX_FILE_BYTES / 4, "{}", bomb.len());
    assert_eq!(picture::read(&with(&[text_chunk(KEYWORD, true, &bomb)])), Err(PictureError::Damaged));
    let barely = deflated(&vec![b' '; MAX_FILE_BYTES + 1]);
    assert_eq!(picture::read(&with(&[text_chunk(KEYWORD, true, &barely)])), Err(PictureError::Damaged));
    let large = text_chunk(KEYWORD, false, &vec![b' '; MAX_FILE_BYTES + 1]);
    assert_ne!(picture::read(&with(&[large])).map(|read| read.is_some()), Ok(true));
    let exact = picture::read(&with(&[text_chunk(KEYWORD, true, &deflated(&vec![b' '; MAX_FILE_BYTES]))]));
    assert_eq!(exact.map(|read| read.map(|read| read.len())), Ok(Some(MAX_FILE_BYTES)));
    let huge = [with(&[]), vec![0; MAX_BYTES]].concat();
    assert_eq!(picture::read(&huge), Err(PictureError::TooLarge));
    // A chunk that claims to be longer than everything there is.
    let mut claims = with(&[text_chunk(KEYWORD, false, &packet().to_bytes())]);
    let at = SIGNATURE.len() + 25;
    claims[at..at + 4].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF]);
    assert_eq!(picture::read(&claims), Ok(None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_picture_cut_off_anywhere_gives_the_whole_packet_or_none(part in 0.0..1.0_f64) {
        let packet = packet();
        let written = picture::write((3, 3), &[9; 27], Some(&packet)).unwrap();
        let cut = &written[..(written.len() as f64 * part) as usize];
        if let Ok(Some(read)) = picture::read(cut) {
            prop_assert_eq!(read, packet.to_bytes());
        }
    }

    #[test]
    fn a_picture_changed_anywhere_never_gives_another_packet(at in any::<prop::sample::Index>(), by in 1..=255_u8) {
        let packet = packet();
        let mut written = picture::write((3, 3), &[9; 27], Some(&packet)).unwrap();
        let at = at.index(written.len());
        written[at] ^= by;
        if let Ok(Some(read)) = picture::read(&written) {
            prop_assert_eq!(read, packet.to_bytes());
        }
    }

    #[test]
    fn any_chunks_at_all_end_in_an_answer(
        kinds in prop::collection::vec((0..6_usize, any::<bool>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8),
        tail in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let chunks: Vec<Vec<u8>> = kinds.iter().map(|(kind, flag, data)| match kind {
            0 => text_chunk(KEYWORD, *flag, data),
            1 => chunk(b"iTXt", data),
            2 => chunk(b"tEXt", data),
            3 => chunk(b"zTXt", data),
            4 => chunk(b"iCCP", data),
            _ => data.clone(),
        }).collect();
        let picture = [with(&chunks), tail].concat();
        if let Ok(Some(read)) = picture::read(&picture) {
            prop_assert!(read.len() <= MAX_FILE_BYTES);
            let _: Result<PacketFile, Unreadable> = PacketFile::read(&read);
        }
    }
}
