//! The page of rewards by role and label: what is counted, and the tree of who opened, said to whoever does not see it.

use egui::accesskit::Role;
use egui_kittest::kittest::NodeT as _;

use super::fixture::{self, yuan};
use super::pages::{Do, pages, show, window};
use super::play::{Opening, Play, spoken};
use crate::app::format;
use crate::app::message::Event;
use crate::app::state::{Act, Page};
use crate::app::text::Language;
use crate::wallet::tests::doubles::Person;

fn on_rewards(person: &Person, size: [f32; 2], language: Language) -> Play {
    let mut play = window(person, Opening { size, language, ..Opening::default() });
    let (_, doing) = pages().into_iter().find(|(name, _)| *name == "rewards").unwrap();
    show(&mut play, doing);
    play
}

fn season(play: &Play, key: &str, year: i64) -> String {
    play.tell(key, &[("year", year.to_string().into())])
}

fn choose(play: &mut Play, from: &str, to: &str) {
    let name = play.tell("season-choose", &[("season", from.into())]);
    play.press(&name);
    play.click(Role::RadioButton, to);
}

#[test]
fn a_season_is_chosen_and_counts_its_own() {
    let person = Person::new();
    let mut play = on_rewards(&person, [1120.0, 760.0], Language::English);
    let (all, spring) = (play.say("season-all"), season(&play, "season-spring", 2026));
    assert!(play.sees(&play.say("rewards-total-season")), "it begins with this Spring Festival");
    assert!(play.has(Role::Label, &format::money(yuan(9))), "{:#?}", play.shown());
    choose(&mut play, &spring, &all);
    assert!(play.has(Role::Label, &format::money(yuan(16))), "{:#?}", play.shown());
    assert!(play.sees(&play.say("rewards-total")));
    let last = season(&play, "season-year", 2025);
    choose(&mut play, &all, &last);
    assert!(play.has(Role::Label, &format::money(yuan(5))), "{:#?}", play.shown());
    assert_eq!(tree(&play), ["Unnamed, opened once"], "nothing is known of the forwarding itself");
    assert!(!play.sees(&play.say("collect-all")), "and nothing of then waits");
    let year = season(&play, "season-year", 2026);
    choose(&mut play, &last, &year);
    assert!(play.has(Role::Label, &format::money(yuan(11))), "{:#?}", play.shown());
}

#[test]
fn a_season_is_chosen_by_keys() {
    let person = Person::new();
    let mut play = on_rewards(&person, [800.0, 700.0], Language::Chinese);
    let name = play.tell("season-choose", &[("season", season(&play, "season-spring", 2026).into())]);
    play.tab_to(Role::Button, &name);
    play.key(egui::Key::Enter);
    play.tab_to(Role::RadioButton, &play.say("season-all"));
    play.key(egui::Key::Space);
    assert!(play.has(Role::Label, &format::money(yuan(16))), "{:#?}", play.shown());
}

/// What is said of the tree, from the top.
fn tree(play: &Play) -> Vec<String> {
    let items = play.nodes();
    items.iter().filter(|node| node.accesskit_node().role() == Role::TreeItem).map(spoken).collect()
}

#[test]
fn the_tree_says_who_opened_and_names_nobody_who_did_not_agree() {
    let person = Person::new();
    let mut play = on_rewards(&person, [1120.0, 760.0], Language::English);
    let more = play.tell("rewards-more-spoken", &[("count", 3.into())]);
    let said = tree(&play);
    assert_eq!(said.len(), 4, "{said:#?}");
    assert!(said[0].contains("Not sent yet"), "{said:#?}");
    assert!(said[1].starts_with("林浩, Opened, May all you wish for come true"), "{said:#?}");
    assert_eq!(said[2..], ["Unnamed, opened once".to_owned(), more.clone()]);
    let whole = play.shown_name(Role::Tree, &play.say("rewards-reach"));
    assert!(said.iter().all(|words| whole.contains(words)), "{whole}");

    // All of them, one below the other, and back.
    play.click(Role::TreeItem, &more);
    let said = tree(&play);
    assert_eq!(said[0], "Me");
    let link = said.iter().find(|words| words.contains("opened 3 times")).unwrap();
    assert!(link.starts_with("File or link") && link.contains(" ("), "who agreed is named: {link}");
    assert!(said.iter().any(|words| words.starts_with("Amelia, Opened")), "{said:#?}");
    play.press_key("rewards-as-tree");
    assert_eq!(tree(&play).len(), 4);
    let hao = play.shown_name(Role::TreeItem, "林浩");
    play.click(Role::TreeItem, &hao);
    assert!(play.window(|window| window.seats[0].state.page == Page::Packet(fixture::id("passed on"))));
}

#[test]
fn what_was_counted_is_counted_again_when_the_wallet_changes() {
    let person = Person::new();
    let mut play = on_rewards(&person, [420.0, 760.0], Language::English);
    let mut data = fixture::data();
    data.rewards.retain(|reward| reward.id == fixture::id("reward 2"));
    show(&mut play, vec![Do::Hear(Event::Data(data.into())), Do::Act(Act::Go(Page::Rewards))]);
    assert!(play.has(Role::Label, &format::money(yuan(1))), "{:#?}", play.shown());
    assert!(!play.has(Role::Label, &format::money(yuan(9))));
}
