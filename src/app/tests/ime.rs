//! Input methods in every field there is: what is being composed is shown and sent nowhere, Enter belongs to the input method
//! as long as it lasts, and what is chosen arrives once.

use egui::accesskit::Role;
use egui::{Event, ImeEvent, Key};
use egui_kittest::kittest::NodeT as _;

use super::pages::window;
use super::play::{Opening, Play, id_of};
use super::states::all_scenes;
use crate::app::settings::Settings;
use crate::wallet::tests::doubles::Person;

fn still(person: &Person) -> Play {
    let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
    window(person, Opening { settings, ..Opening::default() })
}

fn compose(text: &str) -> Event {
    let active_range_chars = Some(0..text.chars().count());
    Event::Ime(ImeEvent::Preedit { text: text.to_owned(), active_range_chars })
}

#[test]
fn every_field_takes_what_an_input_method_composes() {
    let person = Person::new();
    let mut play = still(&person);
    let mut seen = std::collections::BTreeSet::new();
    for scene in all_scenes() {
        let (name, moves) = (scene.name, scene.moves());
        scene.bring(&mut play);
        let is_field = |role| matches!(role, Role::TextInput | Role::MultilineTextInput | Role::PasswordInput);
        let fields = play.nodes().iter().filter(|node| is_field(node.accesskit_node().role())).map(id_of).collect();
        let fields: Vec<_> = fields;
        // From the last: what is written in one may bring the next.
        for field in fields.into_iter().rev().filter(|_| !moves) {
            if play.focus(field).is_none() {
                continue;
            }
            let label = play.node(field).map(|node| node.accesskit_node().label().unwrap_or_default()).unwrap();
            let place = format!("{name}: {label}");
            composes(&mut play, &place);
            seen.insert(label);
        }
    }
    let wanted = [
        "search-hint",
        "paste-label",
        "account-label",
        "code-label",
        "note-label",
        "path-label",
        "party-label",
        "passphrase",
        "passphrase-again",
        "find-friend",
    ];
    for key in wanted {
        assert!(seen.contains(&play.say(key)), "{key} is in none of the scenes: {seen:?}");
    }
}

/// Composes two words in the field that has the keyboard.
fn composes(play: &mut Play, place: &str) {
    let (focused, shown) = (play.focused(), play.shown().len());
    play.select_all();
    for part in ["ni", "nihao"] {
        play.event(compose(part));
        play.settle();
    }
    assert!(play.composes_at().is_some_and(|at| play.screen().contains_rect(at)), "{place}: where are the candidates?");
    let is_secret = play.focused_role() == Some(Role::PasswordInput);
    // An account number is put into groups meanwhile.
    let written = |play: &Play| play.focused_value().replace(' ', "");
    if !is_secret {
        assert_eq!(written(play), "nihao", "{place}: what is composed is shown");
    }
    // Enter chooses the letters; no field is left, and nothing is done.
    play.key(Key::Enter);
    assert_eq!(play.focused().is_some(), focused.is_some(), "{place}: Enter left the field");
    play.event(Event::Ime(ImeEvent::Commit("你好".into())));
    play.settle();
    play.event(compose("ma"));
    play.settle();
    play.event(Event::Ime(ImeEvent::Commit("吗".into())));
    play.settle();
    if is_secret {
        assert_eq!(written(play).chars().count(), 3, "{place}");
    } else {
        assert_eq!(written(play), "你好吗", "{place}: what was chosen is there once");
    }
    assert!(play.shown().len().abs_diff(shown) < 40, "{place}: the page is another one");
    // As it was.
    play.select_all();
    play.event(Event::Key {
        key: Key::Delete,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    });
    play.settle();
}

#[test]
fn what_is_typed_together_with_enter_goes_before_it() {
    let person = Person::new();
    let mut play = still(&person);
    let scene = all_scenes().into_iter().find(|scene| scene.name == "extreme, code").unwrap();
    scene.bring(&mut play);
    play.click(Role::TextInput, &play.say("code-label"));
    let enter = Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    play.together(vec![Event::Text("424242".into()), enter]);
    // This wallet's bank is made up; that it was asked is what counts.
    play.until("the bank was asked", |play| {
        play.window(|window| {
            let state = &window.seats[0].state;
            state.packet.fault.is_some() || !state.toasts.is_empty()
        })
    });
}
