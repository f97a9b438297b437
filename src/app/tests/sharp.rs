//! That what is drawn reaches the window as sharp as it was drawn, at each scale of a display: pixel by pixel, and read by a
//! reader of QR codes.

use egui::accesskit::Role;
use egui::{ColorImage, Key, Rect};

use super::fixture;
use super::pages::{on, show, window};
use super::play::{Opening, Play};
use crate::api::states::GoodsState;
use crate::app::screens::envelope;
use crate::app::settings::{Settings, ThemeChoice};
use crate::art::{self, EnvelopeArt};
use crate::wallet::tests::doubles::Person;

const SCALES: [f32; 3] = [1.0, 1.5, 2.0];

fn opened(scale: f32, theme: ThemeChoice) -> Play {
    let person = Person::new();
    let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
    window(&person, Opening { scale, theme, settings, ..Opening::default() })
}

/// What a reader of QR codes finds in a part of a picture.
fn read(picture: &ColorImage, part: Rect, scale: f32) -> Option<String> {
    let [left, top] = [part.left(), part.top()].map(|side| (side * scale) as usize);
    let [width, height] = [part.width(), part.height()].map(|side| (side * scale) as usize);
    let grey = |x: usize, y: usize| picture.pixels[(top + y) * picture.size[0] + left + x].g();
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    image.detect_grids().first().and_then(|grid| grid.decode().ok()).map(|(_, text)| text)
}

#[test]
fn the_code_of_goods_is_read_from_the_window_at_every_scale() {
    let goods = fixture::goods_one();
    let wanted = fixture::sample_code().to_string();
    for scale in SCALES {
        let mut play = opened(scale, ThemeChoice::Dark);
        show(&mut play, on(goods.clone()));
        play.until_drawn();
        let name = play.say("goods-code");
        let small = play.place(Role::Image, &name);
        assert_eq!(read(&play.picture(), small, scale).as_deref(), Some(wanted.as_str()), "in the panel at {scale}");
        play.press_key("goods-larger");
        play.until_drawn();
        let large = play.place(Role::Image, &format!("{name} {wanted}"));
        assert!(large.width() > 2.0 * small.height());
        assert_eq!(read(&play.picture(), large, scale).as_deref(), Some(wanted.as_str()), "in the window at {scale}");
        // White to the edge, by night as well.
        let picture = play.picture();
        let edge = picture.size[0] * picture.size[1] / 2 + 3;
        assert_eq!(picture.pixels[edge].to_array(), [255; 4]);
        play.key(Key::Escape);
        assert!(play.has(Role::Button, &play.say("goods-larger")), "Esc closes it");
        assert!(!play.window(|window| window.seats[0].state.packet.code_shown));
    }
}

#[test]
fn the_code_of_goods_can_be_copied() {
    let mut play = opened(1.0, ThemeChoice::Light);
    show(&mut play, on(fixture::goods_one()));
    play.press_key("goods-copy");
    assert_eq!(play.copied(), Some(fixture::sample_code().to_string().as_str()));
}

#[test]
fn goods_that_are_over_show_no_code() {
    let mut play = opened(1.0, ThemeChoice::Light);
    let mut over = fixture::goods_one();
    over.inspection.expires = Some(crate::wallet::Time(fixture::NOON - 9));
    show(&mut play, on(over.clone()));
    assert!(play.sees(&play.say("goods-code")), "a code is good for longer than its packet");
    over.handover = None;
    show(&mut play, on(over.clone()));
    assert!(!play.sees(&play.say("goods-code")) && play.sees(&play.say("warn-expired-tag")));
    assert!(!play.has(Role::Button, &play.say("goods-collect")), "too late to ask for one");
    for (state, told) in [
        (GoodsState::Redeemed, "goods-handed"),
        (GoodsState::Shipped, "goods-sent"),
        (GoodsState::Delivered, "goods-arrived"),
        (GoodsState::Expired, "goods-code-over"),
        (GoodsState::Refunded, "goods-refunded"),
        (GoodsState::Applied, "goods-waiting"),
    ] {
        over.handover = Some(fixture::goods_collected(state));
        show(&mut play, on(over.clone()));
        assert!(!play.sees(&play.say("goods-code")) && play.sees(&play.say(told)), "{state}");
    }
}

#[test]
fn each_pixel_of_an_envelope_falls_on_one_of_the_window() {
    for scale in SCALES {
        let mut play = opened(scale, ThemeChoice::Light);
        let shown = fixture::from_a_friend();
        let inspection = shown.inspection.clone();
        show(&mut play, on(shown));
        play.until_drawn();
        let picture = play.picture();
        let [left, top, width] = [236.0, 112.0, 388.0];
        let art = EnvelopeArt {
            width,
            paper: envelope::paper(inspection.verdict, inspection.theme.as_deref(), false),
            guilloche: envelope::guilloche(inspection.id.as_ref(), inspection.verdict),
        };
        let [across, down] = [width, width * art::ENVELOPE_RATIO].map(|side| (side * scale).round() as u32);
        let drawn = art::render(&art::envelope(&art), across, down).unwrap();
        // Beside seal and words, where the finest lines are.
        let part = |from: f32, to: f32, whole: u32| (from * whole as f32) as usize..(to * whole as f32) as usize;
        for row in part(0.36, 0.6, down) {
            for column in part(0.04, 0.28, across) {
                let at = (row * across as usize + column) * 4;
                let (x, y) = ((left * scale) as usize + column, (top * scale) as usize + row);
                let seen = picture.pixels[y * picture.size[0] + x].to_array();
                let off = (0..3).map(|part| seen[part].abs_diff(drawn.rgba[at + part])).max();
                assert!(off <= Some(1), "at {scale}, {column}, {row}: {seen:?} is not {:?}", &drawn.rgba[at..at + 4]);
            }
        }
    }
}
