//! Pictures of the window, drawn on the CPU from made-up values and held against those in `tests/snapshots`. `BLESS=1` writes
//! them anew. They are kept with five bits for each colour, so that they are small; small differences are no difference.

use std::path::{Path, PathBuf};

use egui::ColorImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

use super::fixture;
use super::pages::{Do, on, pages, show, window};
use super::play::{Opening, Play};
use crate::app::settings::{Settings, ThemeChoice};
use crate::app::text::Language;
use crate::wallet::tests::doubles::Person;

/// The pages that are drawn, by name.
const DRAWN: [&str; 6] = ["packets", "envelope", "voucher", "forward, friend", "rewards", "settings"];
/// Most that two pictures may differ: on average, of 255.
const MEAN: f64 = 0.6;
/// A difference that a person sees.
const SEEN: u8 = 24;
/// Most pixels with such a difference, of a hundred.
const PIXELS: f64 = 0.5;
/// All pictures together, in bytes.
const ROOM: u64 = 2 << 20;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// Where a picture goes that is not as it was.
fn elsewhere() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("snapshots")
}

/// Red, green and blue of each pixel, five bits of each.
fn coarse(picture: &ColorImage) -> Vec<u8> {
    let five = |part: u8| part & 0xf8 | part >> 5;
    picture.pixels.iter().flat_map(|pixel| [five(pixel.r()), five(pixel.g()), five(pixel.b())]).collect()
}

fn write(path: &Path, pixels: &[u8], [width, height]: [usize; 2]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::NoFilter);
    encoder.write_image(pixels, width as u32, height as u32, ExtendedColorType::Rgb8).unwrap();
}

/// What is wrong with a picture, if anything.
fn trouble(name: &str, picture: &ColorImage) -> Option<String> {
    let (path, drawn) = (folder().join(format!("{name}.png")), coarse(picture));
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        write(&path, &drawn, picture.size);
        return None;
    }
    let kept = std::fs::read(&path).ok().and_then(|bytes| image::load_from_memory(&bytes).ok());
    let Some(kept) = kept.map(image::DynamicImage::into_rgb8) else {
        return Some(format!("{name} is not there yet: BLESS=1 cargo test --lib app::tests::snapshots"));
    };
    let off = if kept.as_raw().len() == drawn.len() { differences(kept.as_raw(), &drawn) } else { (255.0, 100.0) };
    if off.0 < MEAN && off.1 < PIXELS {
        return None;
    }
    let new = elsewhere().join(format!("{name}.png"));
    write(&new, &drawn, picture.size);
    Some(format!("{name} differs by {:.2} on average, {:.2} % of its pixels by much: {}", off.0, off.1, new.display()))
}

/// How much two pictures differ on average, and how many pixels of a hundred differ by much.
fn differences(one: &[u8], other: &[u8]) -> (f64, f64) {
    let off = |pair: (&u8, &u8)| pair.0.abs_diff(*pair.1);
    let sum: u64 = one.iter().zip(other).map(|pair| u64::from(off(pair))).sum();
    let pixels = one.chunks_exact(3).zip(other.chunks_exact(3));
    let much = pixels.filter(|(one, other)| one.iter().zip(*other).any(|pair| off(pair) > SEEN)).count();
    (sum as f64 / one.len() as f64, 100.0 * much as f64 / (one.len() / 3) as f64)
}

fn opened(person: &Person, language: Language, theme: ThemeChoice, size: [f32; 2]) -> Play {
    let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
    window(person, Opening { size, language, theme, settings, ..Opening::default() })
}

/// Draws a page as it is at noon, in a wallet's folder of a fixed name.
fn drawn(play: &mut Play, doing: Vec<Do>) -> ColorImage {
    play.change(|window| {
        window.seats[0].state.dir = "/home/lin/hongbao".into();
        window.seats[0].state.settings_page = Default::default();
    });
    show(play, doing);
    play.until_drawn();
    play.picture()
}

#[test]
fn the_window_looks_as_it_did() {
    let mut troubles = Vec::new();
    for (language, theme, size) in [
        (Language::Chinese, ThemeChoice::Light, [1120.0, 760.0]),
        (Language::English, ThemeChoice::Dark, [420.0, 760.0]),
    ] {
        let person = Person::new();
        let mut play = opened(&person, language, theme, size);
        for (page, doing) in pages().into_iter().filter(|(page, _)| DRAWN.contains(page)) {
            let picture = drawn(&mut play, doing);
            let page = page.replace(", ", "-");
            troubles.extend(trouble(&format!("{page}-{language}-{}", size[0]), &picture));
        }
    }
    assert!(troubles.is_empty(), "{troubles:#?}");
    let kept = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
    let (count, bytes) = kept.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size));
    assert!(count <= 60 && bytes <= ROOM, "{count} pictures, {bytes} bytes");
}

#[test]
fn a_change_that_a_person_sees_is_noticed() {
    let person = Person::new();
    let mut play = opened(&person, Language::Chinese, ThemeChoice::Light, [1120.0, 760.0]);
    let one = coarse(&drawn(&mut play, on(fixture::opened_one())));
    assert_eq!(differences(&one, &coarse(&drawn(&mut play, on(fixture::opened_one())))), (0.0, 0.0), "twice the same");
    let mut other = fixture::opened_one();
    other.inspection.amount = Some(fixture::yuan(66));
    let (mean, pixels) = differences(&one, &coarse(&drawn(&mut play, on(other))));
    assert!(mean >= MEAN || pixels >= PIXELS, "another amount: {mean}, {pixels}");
}
