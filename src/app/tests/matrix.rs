//! What holds for everything the window can show, in both languages, by day and by night, at three widths and at twice the
//! size: nothing is cut off, no letter is missing, everything can be read, hit, reached and called by its name.
//!
//! `HONGBAO_DEEP=1` (`.ci/run`, `.ci/deep`) looks at all of it; else every scene is looked at in a part of the looks.

use std::collections::BTreeSet;
use std::sync::Mutex;

use egui::accesskit::Role;
use egui::{Rect, vec2};
use egui_kittest::kittest::NodeT as _;

use super::pages::window;
use super::play::{Opening, Play, id_of, is_control, spoken};
use super::seen::{Text, contrast};
use super::states::{Scene, all_scenes};
use crate::app::settings::{Settings, TextSize, ThemeChoice};
use crate::app::text::Language;
use crate::wallet::tests::doubles::Person;

/// How large a window is, in its own points, and the size of its text as a place in [`TextSize::ALL`].
type Size = ([f32; 2], usize);

/// The widths, and two windows at twice the size: the narrowest of phones' shape, and a common wide one.
const SIZES: [Size; 5] =
    [([420.0, 640.0], 0), ([800.0, 700.0], 0), ([1120.0, 760.0], 0), ([420.0, 640.0], 3), ([560.0, 380.0], 3)];

/// Least contrast of text; of large text and icons; and of what cannot be used now.
const READABLE: f32 = 4.5;
const LARGE: f32 = 3.0;
/// From this size on, text is large (WCAG 2.2).
const LARGE_SIZE: f32 = 24.0;
/// Least side of what is hit.
const HIT: f32 = 39.5;

/// What was found to be wrong.
type Troubles = BTreeSet<String>;

fn is_deep() -> bool {
    std::env::var_os("HONGBAO_DEEP").is_some_and(|deep| deep == "1")
}

/// Looks at every scene in each language at each size, on two threads.
fn everywhere(sizes: &[Size], look: impl Fn(&mut Play, Scene, &str, &mut Troubles) + Sync) -> Troubles {
    let jobs = sizes.iter().flat_map(|size| Language::ALL.map(|language| (*size, language)));
    let (jobs, found) = (Mutex::new(jobs.collect::<Vec<_>>()), Mutex::new(Troubles::new()));
    let work = || {
        loop {
            let job = jobs.lock().unwrap().pop();
            let Some((size, language)) = job else { return };
            let troubles = visit(size, language, &look);
            found.lock().unwrap().extend(troubles);
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        work();
        if let Err(panic) = other.join() {
            std::panic::resume_unwind(panic);
        }
    });
    found.into_inner().unwrap()
}

fn visit(
    (size, text_size): Size,
    language: Language,
    look: &impl Fn(&mut Play, Scene, &str, &mut Troubles),
) -> Troubles {
    let person = Person::new();
    let text_size = TextSize::ALL[text_size];
    let settings = Settings { welcomed: true, reduced_motion: true, text_size, ..Settings::default() };
    let mut play = window(&person, Opening { size, language, settings, ..Opening::default() });
    play.resize(size);
    let mut troubles = Troubles::new();
    let only = std::env::var("HONGBAO_SCENE").ok();
    for scene in all_scenes() {
        if only.as_ref().is_some_and(|only| !scene.name.contains(only.as_str())) {
            continue;
        }
        let place = format!("{}, {language}, {} × {} at {} %", scene.name, size[0], size[1], text_size.percent());
        look(&mut play, scene, &place, &mut troubles);
    }
    troubles
}

/// Where not everything is looked at: by day in Chinese, by night in English.
fn turn_of(language: Language) -> ThemeChoice {
    if language == Language::Chinese { ThemeChoice::Light } else { ThemeChoice::Dark }
}

fn turn(play: &mut Play, theme: ThemeChoice) {
    play.calm();
    play.change(|window| window.seats[0].state.settings.theme = theme);
    play.settle();
}

#[test]
fn everything_is_whole_and_can_be_hit_and_has_a_name() {
    let sizes = if is_deep() { SIZES.to_vec() } else { vec![SIZES[0], SIZES[2], SIZES[4]] };
    let troubles = everywhere(&sizes, |play, scene, place, troubles| {
        let moves = scene.moves();
        scene.bring(play);
        names(play, place, troubles);
        letters(play, place, troubles);
        elided(play, place, troubles);
        if !moves {
            places(play, place, troubles);
            cut(play, place, troubles);
        }
    });
    assert!(troubles.is_empty(), "{} troubles: {troubles:#?}", troubles.len());
}

#[test]
fn everything_can_be_read() {
    let sizes = if is_deep() { SIZES.to_vec() } else { vec![SIZES[0], SIZES[2]] };
    let troubles = everywhere(&sizes, |play, scene, place, troubles| {
        let name = scene.name;
        let is_turn = |theme: &ThemeChoice| is_deep() || *theme == turn_of(play.language());
        let themes = [ThemeChoice::Light, ThemeChoice::Dark].into_iter().filter(is_turn).collect::<Vec<_>>();
        for theme in themes {
            turn(play, theme);
            // A scene is used up by being brought.
            let Some(scene) = all_scenes().into_iter().find(|scene| scene.name == name) else { continue };
            let moves = scene.moves();
            scene.bring(play);
            if !moves {
                play.until_drawn();
            }
            read(play, &format!("{place}, {theme:?}"), moves, troubles);
        }
    });
    assert!(troubles.is_empty(), "{} troubles: {troubles:#?}", troubles.len());
}

#[test]
fn what_has_the_keyboard_shows_it() {
    let sizes = if is_deep() { SIZES.to_vec() } else { vec![SIZES[0], SIZES[2]] };
    let troubles = everywhere(&sizes, |play, scene, place, troubles| {
        turn(play, turn_of(play.language()));
        let moves = scene.moves();
        scene.bring(play);
        // Toasts lie over whatever there is, for a moment.
        if !moves && !place.starts_with("toasts") {
            play.until_drawn();
            rings(play, place, troubles);
        }
    });
    assert!(troubles.is_empty(), "{} troubles: {troubles:#?}", troubles.len());
}

fn names(play: &Play, place: &str, troubles: &mut Troubles) {
    for node in play.nodes() {
        let inner = node.accesskit_node();
        let named = inner.label().is_some_and(|label| !label.trim().is_empty());
        if is_control(&node) && !named {
            troubles.insert(format!("no name: {place}: {:?} at {:?}", inner.role(), node.rect()));
        }
        for part in spoken(&node).split_whitespace() {
            let is_key = part.contains('-') && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if is_key && play.is_key(part) {
                troubles.insert(format!("no word: {place}: {part}"));
            }
        }
    }
}

/// Where controls are: large enough, and within the window as soon as one goes there.
fn places(play: &mut Play, place: &str, troubles: &mut Troubles) {
    let screen = play.screen().expand(0.6);
    let mut outside = Vec::new();
    for node in play.nodes() {
        let role = node.accesskit_node().role();
        let is_frame = matches!(role, Role::GenericContainer | Role::Window | Role::TextRun);
        if is_frame || node.accesskit_node().bounding_box().is_none() {
            continue;
        }
        let rect = node.rect();
        if is_control(&node) && (rect.height() < HIT || rect.width() < HIT) && rect.area() > 0.0 {
            troubles.insert(format!("too small: {place}: {role:?} {:?} is {:?}", spoken(&node), rect.size()));
        }
        let is_out = if is_control(&node) {
            !screen.contains_rect(rect)
        } else {
            rect.left() < screen.left() || rect.right() > screen.right()
        };
        if is_out && rect.area() > 0.0 {
            outside.push((id_of(&node), role, spoken(&node)));
        }
    }
    for (id, role, name) in outside {
        if let Some(rect) = play.scroll_to(id)
            && (rect.left() < screen.left() || rect.right() > screen.right() || !screen.intersects(rect))
        {
            troubles.insert(format!("outside: {place}: {role:?} {name:?} at {rect:?}"));
        }
    }
}

/// No letter shows as a box.
fn letters(play: &Play, place: &str, troubles: &mut Troubles) {
    for missing in play.missing_letters() {
        troubles.insert(format!("no letter: {place}: {missing}"));
    }
}

/// What was left out for want of room can be had from a screen reader, or under the pointer.
fn elided(play: &Play, place: &str, troubles: &mut Troubles) {
    // Quotes say that nobody vouches for a name, and are no part of it.
    let plain = |text: &str| text.replace(['“', '”'], "").split_whitespace().collect::<Vec<_>>().join(" ");
    let described = |node: &egui_kittest::Node<'_>| node.accesskit_node().description().unwrap_or_default();
    let hint = |node: &egui_kittest::Node<'_>| node.accesskit_node().placeholder().unwrap_or_default().to_owned();
    let all = |node| format!("{} {} {}", spoken(node), described(node), hint(node));
    let said: Vec<String> = play.nodes().iter().map(|node| plain(&all(node))).collect();
    for text in play.texts(false).iter().filter(|text| text.elided) {
        let words = plain(&text.words);
        if !said.iter().any(|said| said.contains(&words)) {
            troubles.insert(format!("left out: {place}: {words:?}"));
        }
    }
}

/// What is cut off comes into view by scrolling.
fn cut(play: &mut Play, place: &str, troubles: &mut Troubles) {
    let mut all: Vec<Text> = play.texts(false).into_iter().filter(|text| text.cut() != [0.0; 4]).collect();
    if !all.is_empty() && play.has_sheet() {
        // Below a sheet nothing is read, and nothing is scrolled.
        all = play.texts(true).into_iter().filter(|text| text.cut() != [0.0; 4] && !text.covered).collect();
    }
    for text in all {
        let [left, right, top, bottom] = text.cut();
        let seen = text.rect.intersect(text.clip).intersect(play.screen());
        // As far as there is room for it.
        let across = (left - right).clamp(-text.clip.width() / 2.0, text.clip.width() / 2.0);
        let down = (top - bottom).clamp(-text.clip.height() / 2.0, text.clip.height() / 2.0);
        let both = left > 0.0 && right > 0.0;
        let wanted = vec2(across, down);
        let moved = play.wheel(seen.center(), wanted, &text);
        if both || !moved {
            let words: String = text.words.chars().take(60).collect();
            troubles.insert(format!("cut: {place}: {words:?} by {:?} at {:?}", text.cut(), text.rect));
        }
    }
}

/// Every text stands out from what is behind it. What moves is over soon, and all of it is said elsewhere: there, what fades
/// may fade, and what flies past may pass behind a letter.
fn read(play: &Play, place: &str, moves: bool, troubles: &mut Troubles) {
    let idle: Vec<Rect> = play
        .nodes()
        .iter()
        .filter(|node| node.accesskit_node().is_disabled() && is_control(node))
        .map(|node| node.rect().expand(1.0))
        .collect();
    for text in play.texts(true) {
        let Some((ink, ground, ratio)) = text.worst else { continue };
        let is_idle = idle.iter().any(|rect| rect.contains(text.rect.center()));
        let is_large = text.is_icon || text.size >= LARGE_SIZE || is_idle || moves;
        if !(text.covered || moves && text.fades()) && ratio < if is_large { LARGE } else { READABLE } {
            let words: String = text.words.chars().take(40).collect();
            troubles.insert(format!("{ratio:.2}: {place}: {words:?} {} px, {ink:?} on {ground:?}", text.size));
        }
    }
}

/// Whatever can have the keyboard has a ring around it then.
fn rings(play: &mut Play, place: &str, troubles: &mut Troubles) {
    let controls: Vec<_> = play
        .nodes()
        .iter()
        .filter(|node| is_control(node) && !node.accesskit_node().is_disabled())
        .map(|node| (id_of(node), spoken(node)))
        .collect();
    for (id, name) in controls {
        let Some(rect) = play.focus(id) else {
            // Below a sheet, nothing is meant to take it.
            if !play.has_sheet() {
                troubles.insert(format!("no keyboard: {place}: {name:?}"));
            }
            continue;
        };
        let around = rect.expand(9.0).intersect(play.screen());
        let with = play.picture_of(around);
        play.let_go();
        if play.focused().as_ref() == Some(&name) {
            // It takes it again by itself.
            play.key(egui::Key::Tab);
        }
        let without = play.picture_of(around);
        let pairs = with.pixels.iter().zip(&without.pixels);
        let marked = pairs.filter(|(one, other)| one != other && contrast(**one, **other) >= LARGE).count();
        // As much as a line around most of it.
        let least = 1.5 * (rect.width() + rect.height()) * play.scale();
        if (marked as f32) < least {
            troubles.insert(format!("no ring: {place}: {name:?} at {rect:?}: {marked} of {least}"));
        }
    }
}
