//! The whole main job with the keyboard alone: no pointer ever comes near the window.

use egui::Key;
use egui::accesskit::Role;

use super::play::{Opening, Play, World, put_packet};
use crate::app::format;
use crate::app::settings::Settings;
use crate::packet::PacketFile;
use crate::wallet::tests::doubles::{CODE, Terms, yuan};

fn press(play: &mut Play, key: &str) {
    let label = play.say(key);
    play.tab_to(Role::Button, &label);
    play.key(Key::Enter);
}

#[test]
fn a_packet_is_opened_collected_and_forwarded_by_keys_alone() {
    let world = World::new();
    let person = world.person();
    let file = world.enterprise.packet(&world.bank, &Terms { shares: 2, ..Terms::default() });
    let path = put_packet(&person, "here.hongbao", &file);
    let mut play = Play::open(&person, Opening { settings: Settings::default(), ..Opening::default() });

    // The welcome goes with Esc; the field for paths takes what is typed at once, and Enter takes it in.
    play.until_seen(&play.say("welcome-title"));
    play.key(Key::Escape);
    assert!(!play.sees(&play.say("welcome-title")));
    press(&mut play, "open-link");
    assert_eq!(play.focused().as_deref().map(str::trim), Some(play.say("paste-label").as_str()));
    play.type_text(&path.display().to_string());
    play.key(Key::Enter);
    play.until_seen(&play.say("toast-imported"));
    play.until_gone(&play.say("loading"));
    play.until_idle();

    // Enter opens as long as nothing has the keyboard; Space skips the moment.
    assert_eq!(play.focused(), None);
    play.key(Key::Enter);
    play.until_seen(&play.say("told"));
    play.until_idle();

    play.tab_to(Role::TextInput, &play.say("account-label"));
    play.type_text(world.bank.account().as_str());
    play.tab_to(Role::TextInput, &play.say("code-label"));
    play.type_text(CODE);
    play.key(Key::Enter);
    play.until_seen(&play.say("toast-linked"));
    play.until_idle();
    let collect = play.tell("collect-button-amount", &[("amount", format::money(yuan(88)).into())]);
    play.tab_to(Role::Button, &collect);
    play.key(Key::Space);
    play.until_seen(&play.tell("arrived", &[("amount", format::money(yuan(88)).into())]));
    play.until_idle();

    press(&mut play, "forward");
    play.tab_to(Role::RadioButton, &play.say("way-save"));
    play.key(Key::Space);
    let saved = person.dir.path().join("by-keys.hongbao");
    play.tab_to(Role::TextInput, &play.say("path-label"));
    play.select_all();
    play.type_text(&saved.display().to_string());
    press(&mut play, "send-save");
    play.until_seen(&play.say("done-saved"));
    assert_eq!(PacketFile::read(&std::fs::read(&saved).unwrap()).unwrap().hops.len(), 1);
    play.key(Key::Escape);
    assert!(!play.sees(&play.say("done-saved")));

    press(&mut play, "back-to-packets");
    play.tab_to(Role::Tab, &play.say("page-activity"));
    play.key(Key::Enter);
    assert!(play.sees(&play.tell("activity-paid", &[("title", "福来公司".into())])));
}

#[test]
fn everything_that_can_be_done_is_reached_by_tab_and_shows_it() {
    let world = World::new();
    let person = world.person();
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    world.with(&person, async |wallet| wallet.import(&file.to_bytes()).await.unwrap());
    let mut play = Play::open(&person, Opening::default());
    // What it is called changes with it.
    play.until("the first round is over", |play| play.window(|window| window.seats[0].state.sync.synced_at.is_some()));
    play.until_idle();
    play.until_drawn();
    for page in ["page-packets", "page-rewards", "page-friends", "page-activity", "page-settings"] {
        play.go(page);
        let wanted = play.reachable();
        assert!(wanted.len() >= 6, "{page}: {wanted:?}");
        let mut reached = std::collections::BTreeSet::new();
        for _ in 0..2 * wanted.len() + 4 {
            play.key(Key::Tab);
            if let Some(name) = play.focused() {
                reached.insert(name);
            }
        }
        let missed: Vec<_> = wanted.iter().filter(|name| !reached.contains(*name)).collect();
        assert!(missed.is_empty(), "{page}: Tab misses {missed:?}, reaches {reached:?}");
    }
}
