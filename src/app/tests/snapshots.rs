//! Pictures of the window, drawn on the CPU from made-up values and held against those in `tests/snapshots`. `BLESS=1` writes
//! them anew, takes away those of scenes that are gone, and writes the page that shows them all, `docs/screens.md`.
//!
//! They are kept as JPEG: a hundred screens in full colour take less room than thirty as PNG; narrow ones stand side by side. What is drawn now is held against
//! what was kept after it went through the same codec, so that the codec makes no difference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use egui::ColorImage;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};

use super::fixture;
use super::pages::{Do, on, show, window};
use super::play::{Opening, Play};
use super::sheet::{self, Look};
use super::states::scenes;
use crate::app::settings::Settings;
use crate::wallet::tests::doubles::Person;

/// Most that two pictures may differ: on average, of 255.
const MEAN: f64 = 0.6;
/// A difference that a person sees.
const SEEN: u8 = 24;
/// Most pixels with such a difference, of a hundred.
const PIXELS: f64 = 0.5;
/// Of JPEG: from here on, letters on red have no fringes.
const QUALITY: u8 = 88;
/// All pictures together, in bytes.
const ROOM: u64 = 10 << 20;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screens.md")
}

/// Where a picture goes that is not as it was.
fn elsewhere() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("snapshots")
}

fn blesses() -> bool {
    std::env::var_os("BLESS").is_some_and(|bless| bless == "1")
}

fn encoded(picture: &ColorImage) -> Vec<u8> {
    let [width, height] = picture.size.map(|side| u16::try_from(side).unwrap());
    let mut pixels = Vec::with_capacity(picture.pixels.len() * 3);
    for pixel in &picture.pixels {
        pixels.extend_from_slice(&pixel.to_array()[..3]);
    }
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, QUALITY);
    encoder.encode(&pixels, width.into(), height.into(), ExtendedColorType::Rgb8).unwrap();
    file
}

fn decoded(file: &[u8]) -> Option<RgbImage> {
    image::load_from_memory_with_format(file, image::ImageFormat::Jpeg).ok().map(image::DynamicImage::into_rgb8)
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// What is wrong with a file of pictures as wide as each other, if anything.
fn trouble(file: &str, pictures: &[&ColorImage]) -> Option<String> {
    let (path, drawn) = (folder().join(file), encoded(&side_by_side(pictures)));
    let kept = std::fs::read(&path).ok();
    if kept.as_ref() == Some(&drawn) {
        return None;
    }
    let off = kept.and_then(|kept| most_different(&decoded(&kept)?, &decoded(&drawn)?, pictures.len()));
    match off {
        // Nobody could see that it is another one.
        Some((mean, pixels)) if mean < MEAN && pixels < PIXELS => None,
        _ if blesses() => {
            write(&path, &drawn);
            None
        }
        Some((mean, pixels)) => {
            let new = elsewhere().join(file);
            write(&new, &drawn);
            let new = new.display();
            Some(format!("{file} differs by {mean:.2} on average, {pixels:.2} % of its pixels by much: {new}"))
        }
        None => Some(format!("{file} is not there yet, or of another size: {HOW}")),
    }
}

fn side_by_side(pictures: &[&ColorImage]) -> ColorImage {
    let [width, height] = pictures[0].size;
    let rows =
        (0..height).flat_map(|row| pictures.iter().map(move |picture| &picture.pixels[row * width..(row + 1) * width]));
    let pixels = rows.flatten().copied().collect();
    ColorImage::new([width * pictures.len(), height], pixels)
}

/// How much two files of pictures differ where they differ most: what stands beside a picture does not make it more like the
/// other.
fn most_different(one: &RgbImage, other: &RgbImage, count: usize) -> Option<(f64, f64)> {
    if one.dimensions() != other.dimensions() {
        return None;
    }
    let width = one.width() / u32::try_from(count).unwrap();
    let part = |of: &RgbImage, at: u32| image::imageops::crop_imm(of, at * width, 0, width, of.height()).to_image();
    let parts = (0..u32::try_from(count).unwrap()).filter_map(|at| differences(&part(one, at), &part(other, at)));
    parts.reduce(|one, other| (one.0.max(other.0), one.1.max(other.1)))
}

const HOW: &str = "BLESS=1 cargo test --lib app::tests::snapshots";

/// How much two pictures differ on average, and how many pixels of a hundred differ by much. None for two sizes.
fn differences(one: &RgbImage, other: &RgbImage) -> Option<(f64, f64)> {
    if one.dimensions() != other.dimensions() {
        return None;
    }
    let (mut sum, mut much) = (0_u64, 0_usize);
    for (one, other) in one.as_raw().chunks_exact(3).zip(other.as_raw().chunks_exact(3)) {
        if one != other {
            let off = [one[0].abs_diff(other[0]), one[1].abs_diff(other[1]), one[2].abs_diff(other[2])];
            sum += off.iter().map(|off| u64::from(*off)).sum::<u64>();
            much += usize::from(off.iter().any(|off| *off > SEEN));
        }
    }
    let pixels = one.as_raw().len() as f64 / 3.0;
    Some((sum as f64 / pixels / 3.0, 100.0 * much as f64 / pixels))
}

fn opened(person: &Person, look: Look) -> Play {
    let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
    let (size, language, theme) = (look.size(), look.language(), look.theme());
    window(person, Opening { size, language, theme, settings, ..Opening::default() })
}

/// Draws every scene of one look; what is wrong.
fn draw_all(look: Look) -> Vec<String> {
    let person = Person::new();
    let mut play = opened(&person, look);
    let names: Vec<&str> = scenes().iter().map(|scene| scene.name).collect();
    let mut troubles = Vec::new();
    for sheet in sheet::sheets(look, &names) {
        let pictures: Vec<ColorImage> = sheet.scenes.iter().map(|(name, _)| draw(&mut play, name)).collect();
        troubles.extend(trouble(&sheet.file, &pictures.iter().collect::<Vec<_>>()));
    }
    troubles
}

fn draw(play: &mut Play, name: &str) -> ColorImage {
    let scene = scenes().into_iter().find(|scene| scene.name == name).unwrap();
    let moves = scene.moves();
    scene.bring(play);
    if !moves {
        play.until_drawn();
    }
    play.picture()
}

#[test]
fn the_window_looks_as_it_did() {
    let narrow = std::thread::spawn(|| draw_all(Look::Narrow));
    let mut troubles = draw_all(Look::Wide);
    troubles.extend(draw_all(Look::Middle));
    troubles.extend(narrow.join().unwrap());
    let names: Vec<&str> = scenes().iter().map(|scene| scene.name).collect();
    let wanted: BTreeSet<String> = sheet::files(&names).into_iter().collect();
    let mut room = 0;
    for file in std::fs::read_dir(folder()).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        room += file.metadata().unwrap().len();
        if !wanted.contains(&name) && blesses() {
            std::fs::remove_file(file.path()).unwrap();
        } else if !wanted.contains(&name) {
            troubles.push(format!("{name} shows nothing that there is: {HOW}"));
        }
    }
    let sheet = sheet::write(&names);
    if blesses() {
        write(&page(), sheet.as_bytes());
    } else if std::fs::read_to_string(page()).ok().as_ref() != Some(&sheet) {
        troubles.push(format!("docs/screens.md is not up to date: {HOW}"));
    }
    assert!(troubles.is_empty(), "{troubles:#?}");
    assert!(wanted.len() <= sheet::MOST && room <= ROOM, "{} pictures, {room} bytes", wanted.len());
}

#[test]
fn a_change_that_a_person_sees_is_noticed() {
    let person = Person::new();
    let mut play = opened(&person, Look::Wide);
    let mut drawn = |doing: Vec<Do>| {
        show(&mut play, doing);
        play.until_drawn();
        decoded(&encoded(&play.picture())).unwrap()
    };
    let one = drawn(on(fixture::opened_one()));
    assert_eq!(differences(&one, &drawn(on(fixture::opened_one()))), Some((0.0, 0.0)), "twice the same");
    let mut other = fixture::opened_one();
    other.inspection.amount = Some(fixture::yuan(66));
    let (mean, pixels) = differences(&one, &drawn(on(other))).unwrap();
    assert!(mean >= MEAN || pixels >= PIXELS, "another amount: {mean}, {pixels}");
}
