//! That a warning is unmistakable without its colour: pictures of the window in grey, held against each other by shape and
//! pattern alone.

use egui::ColorImage;

use super::fixture;
use super::pages::{on, pages, show, window};
use super::play::{Opening, Play};
use crate::api::states::CollectionState;
use crate::app::settings::{Settings, ThemeChoice};
use crate::app::text::Language;
use crate::wallet::tests::doubles::Person;

/// Where the envelope stands in a window of 1120 × 760.
const ENVELOPE: [usize; 4] = [236, 112, 388, 538];
/// Where the panel beside it begins.
const PANEL: [usize; 4] = [716, 80, 350, 420];
/// The stamp of a voucher that was collected.
const STAMP: [usize; 4] = [526, 322, 96, 96];

/// A part of a picture in grey, its mean 0 and its deviation 1: how bright and how strong it is says nothing any more.
fn shape(picture: &ColorImage, [left, top, width, height]: [usize; 4]) -> Vec<f32> {
    let rows = (top..top + height).flat_map(|row| (left..left + width).map(move |column| (row, column)));
    let grey: Vec<f32> = rows
        .map(|(row, column)| {
            let pixel = picture.pixels[row * picture.size[0] + column];
            0.2126 * f32::from(pixel.r()) + 0.7152 * f32::from(pixel.g()) + 0.0722 * f32::from(pixel.b())
        })
        .collect();
    let mean = grey.iter().sum::<f32>() / grey.len() as f32;
    let deviation = (grey.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / grey.len() as f32).sqrt();
    grey.iter().map(|value| (value - mean) / deviation.max(1e-3)).collect()
}

/// How alike two shapes are: 1 the same, 0 nothing in common.
fn likeness(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>() / one.len() as f32
}

fn drawn(play: &mut Play, page: &str) -> ColorImage {
    let (_, doing) = pages().into_iter().find(|(name, _)| *name == page).unwrap();
    show(play, doing);
    play.until_drawn();
    play.picture()
}

#[test]
fn each_warning_is_told_from_every_other_in_grey() {
    for theme in [ThemeChoice::Light, ThemeChoice::Dark] {
        let person = Person::new();
        let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
        let mut play = window(&person, Opening { language: Language::Chinese, theme, settings, ..Opening::default() });
        let states = ["envelope", "envelope, tampered", "envelope, unchecked", "envelope, expired"];
        let pictures = states.map(|state| drawn(&mut play, state));
        for (at, one) in pictures.iter().enumerate() {
            for (other_at, other) in pictures.iter().enumerate().skip(at + 1) {
                for (part, most) in [(ENVELOPE, 0.87), (PANEL, 0.8)] {
                    let alike = likeness(&shape(one, part), &shape(other, part));
                    assert!(alike < most, "{theme:?}: {} and {} in {part:?}: {alike}", states[at], states[other_at]);
                }
            }
        }
        // The same state twice is the same picture, so that what differs is the state.
        let again = drawn(&mut play, states[1]);
        assert!(likeness(&shape(&again, ENVELOPE), &shape(&pictures[1], ENVELOPE)) > 0.999);
    }
}

#[test]
fn a_collected_voucher_is_stamped() {
    let person = Person::new();
    let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
    let mut play = window(&person, Opening { language: Language::Chinese, settings, ..Opening::default() });
    let mut seen = |shown| {
        show(&mut play, on(shown));
        play.until_drawn();
        shape(&play.picture(), STAMP)
    };
    let open = seen(fixture::opened_one());
    let accepted = seen(fixture::collected_one(CollectionState::Accepted));
    let paid = seen(fixture::collected_one(CollectionState::Paid));
    assert!(likeness(&open, &accepted) > 0.9, "on its way it is not stamped: {}", likeness(&open, &accepted));
    assert!(likeness(&open, &paid) < 0.7, "{}", likeness(&open, &paid));
}
