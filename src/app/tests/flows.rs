//! Every flow of the window by role and label, with real wallets and servers that answer over loopback.

use egui::accesskit::Role;

use super::play::{Opening, Play, World, put, put_packet};
use crate::api::inbox::{ItemKind, RewardFor};
use crate::api::states::{AcceptedBy, GoodsState};
use crate::app::format;
use crate::app::message::Command;
use crate::app::settings::{Settings, ThemeChoice};
use crate::app::text::Language;
use crate::identity::keystore;
use crate::packet::claims::reward_for;
use crate::packet::{Handover, PacketFile, chain, link, picture};
use crate::random::{Random as _, SystemRandom};
use crate::wallet::tests::doubles::{self, Bank, CODE, Enterprise, NOW, Person, Terms, yuan};
use crate::wallet::{Carrier, ForwardOptions, Words};

use std::sync::atomic::Ordering::SeqCst;

/// The doubles' name.
const COMPANY: &str = "福来公司";

/// Takes a packet in by dropping it, and waits until its envelope is shown.
fn drop_packet(play: &mut Play, person: &Person, file: &PacketFile) {
    let path = put_packet(person, &format!("{}.hongbao", file.packet.id()), file);
    play.drop_file(&path);
    play.until_seen(&play.say("toast-imported"));
    play.until_idle();
    play.until_gone(&play.say("loading"));
}

/// Presses the seal and looks at the whole moment of opening.
fn open_it(play: &mut Play) {
    let seal = play.tell("open-seal-of", &[("title", COMPANY.into())]);
    play.press(&seal);
    play.until("it is open", |play| {
        play.window(|window| {
            let model = &window.seats[0].state.packet;
            model.packet.as_ref().is_some_and(|packet| packet.shown.opened_at.is_some()) && model.moment.is_none()
        })
    });
    play.until_idle();
}

/// Ties the account by its number and the one-time code.
fn link_account(play: &mut Play, bank: &Bank) {
    let account = bank.account();
    play.type_into(&play.say("account-label"), account.as_str());
    assert!(play.sees(&play.tell("collect-valid-bank", &[("bank", "Bank 620000".into())])));
    assert!(!play.is_enabled(Role::Button, &collect_label(play)), "not linked yet");
    play.type_into(&play.say("code-label"), CODE);
    play.press_key("link-account");
    play.until_seen(&play.say("toast-linked"));
    play.until_idle();
}

fn collect_label(play: &Play) -> String {
    play.tell("collect-button-amount", &[("amount", format::money(yuan(88)).into())])
}

fn collect(play: &mut Play) {
    play.press(&collect_label(play));
    play.until_seen(&play.tell("arrived", &[("amount", format::money(yuan(88)).into())]));
    play.until_idle();
}

/// Presses the sign of being in step; its name says how things stand first.
fn sync(play: &mut Play) {
    let now = play.say("sync-now");
    let name = play.shown_name(Role::Button, &now);
    play.press(&name);
    play.until_idle();
}

fn passed_by(file: &PacketFile, key: &crate::jose::SigningKey, to: Option<crate::jose::ClientId>) -> PacketFile {
    let next = chain::NextHop { jti: SystemRandom.uuid(NOW * 1000), iat: NOW, to, note: None };
    chain::forward(file, key, &next).unwrap()
}

#[test]
fn a_packet_is_dropped_opened_and_collected_to_the_end() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    assert!(play.sees(&play.say("empty-title")));
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    play.hover_files(1);
    assert!(play.painted().contains(&play.say("drop-now")));
    play.hover_files(0);
    drop_packet(&mut play, &person, &file);
    assert!(play.sees(&play.say("issuer-checked")));
    assert!(play.sees(&play.tell("open-tells", &[("domain", world.host().into())])));
    assert_eq!(world.enterprise.receipts.lock().unwrap().len(), 0, "nobody hears of a packet that is only looked at");

    open_it(&mut play);
    assert_eq!(world.enterprise.receipts.lock().unwrap().len(), 1, "the notice was told");
    assert!(play.sees(&play.say("told")));
    let frozen =
        play.tell("money-frozen", &[("bank", "Bank 620000".into()), ("amount", format::money(yuan(88)).into())]);
    assert!(play.sees(&frozen), "the bank was asked: {:#?}", play.shown());

    // What is typed wrong is told while it is typed.
    play.type_into(&play.say("account-label"), "620000");
    assert!(play.sees(&play.tell("account-short", &[("count", 10.into())])), "{:#?}", play.shown());
    play.type_into(&play.say("account-label"), world.bank.account().as_str());
    play.type_into(&play.say("code-label"), "WRONG");
    play.press_key("link-account");
    play.until_seen(&play.say("error-wrong-code"));
    play.until_idle();
    link_account(&mut play, &world.bank);
    collect(&mut play);
    for step in ["step-apply", "step-accept", "step-release", "step-paid"] {
        assert!(play.sees(&play.say(step)), "{step}");
    }
    assert_eq!(world.bank.collections.lock().unwrap().len(), 1);

    // Where the money is now, whom to ask, and with which numbers.
    play.press_key("where-title");
    play.until_gone(&play.say("loading"));
    let amount = format::money(yuan(88));
    let tail = format::tail(world.bank.account().as_str());
    let values = [("amount", amount.into()), ("collecting", "Bank 620000".into()), ("tail", tail.into())];
    assert!(play.sees(&play.tell("where-paid", &values)), "{:#?}", play.shown());
    assert!(play.sees(&play.tell("where-ask", &[("who", "Bank 620000".into())])));
    play.press_key("where-copy");
    let copied = play.copied().unwrap().to_owned();
    let number = &file.voucher.as_ref().unwrap().claims.number;
    let collection = world.bank.collections.lock().unwrap().keys().next().unwrap().to_string();
    assert!(copied.contains(number.as_str()) && copied.contains(&collection), "{copied}");
    assert!(!copied.contains(world.bank.account().as_str()), "no whole account number leaves: {copied}");
    play.press_key("where-back");

    play.press_key("back-to-packets");
    assert!(play.sees(&play.say("state-paid")));
    assert!(play.sees(&play.say("shelf-empty")));
    play.go("page-activity");
    for key in ["activity-received", "activity-opened", "activity-told", "activity-applied", "activity-paid"] {
        assert!(play.sees(&play.tell(key, &[("title", COMPANY.into())])), "{key}");
    }
    play.click(Role::RadioButton, &play.say("filter-money"));
    assert!(!play.sees(&play.tell("activity-opened", &[("title", COMPANY.into())])));
    assert!(play.sees(&play.tell("activity-paid", &[("title", COMPANY.into())])));
    play.click(Role::RadioButton, &play.say("filter-forwards"));
    assert!(play.sees(&play.say("activity-none")));
    export(&mut play, &person);
}

/// Writes everything that happened into a table, by the menu and by the button beside the list.
fn export(play: &mut Play, person: &Person) {
    let path = person.dir.path().join("all.csv");
    play.press_key("more");
    let item = play.tops(&play.say("export-table"));
    assert_eq!(item.len(), 2, "in the menu and beside the list");
    play.key(egui::Key::Escape);
    play.press_key("export-table");
    play.type_into(&play.say("export-where"), &path.display().to_string());
    play.press_key("save");
    play.until_seen(&play.tell("export-saved", &[("path", path.display().to_string().into())]));
    play.until_idle();
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with("\u{feff}time,what,".as_bytes()));
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let whats: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(whats[..4], ["received", "opened", "told", "applied"], "{rows:?}");
    let last = rows.last().unwrap();
    assert_eq!(last[1..], ["paid", "1", last[3].as_str(), COMPANY, "88.00", "CNY", "paid", ""], "{rows:?}");
    play.press_key("done");

    // The same name again is told, and nothing is written over.
    play.press_key("export-table");
    play.type_into(&play.say("export-where"), &path.display().to_string());
    play.press_key("save");
    play.until_seen(&play.say("error-exists"));
    play.until_idle();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    play.press_key("cancel");
    assert!(!play.sees(&play.say("export-where")));
}

#[test]
fn a_file_of_the_command_line_is_taken_in_at_once() {
    let world = World::new();
    let person = world.person();
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    let path = put_packet(&person, "given.hongbao", &file);
    let settings = Settings::default();
    let opening = Opening { take: Some(path.clone()), settings, language: Language::Chinese, ..Opening::default() };
    let mut play = Play::open(&person, opening);
    play.until_seen(&play.tell("open-seal-of", &[("title", COMPANY.into())]));
    play.until_idle();
    assert!(!play.sees(&play.say("welcome-title")), "no welcome stands in the way");
    play.drop_file(&path);
    play.until_seen(&play.say("toast-again"));
    open_it(&mut play);
    assert!(play.sees(&play.say("collect-title")));
}

#[test]
fn opening_without_telling_asks_nobody() {
    let world = World::new();
    let person = world.person();
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    let mut play = Play::open(&person, Opening::default());
    drop_packet(&mut play, &person, &file);
    let asked = world.bank.mood.requests.load(SeqCst);
    play.press_key("more");
    play.press_key("look-quietly");
    play.until_seen(&play.say("told-nobody"));
    play.until_idle();
    assert_eq!(world.enterprise.receipts.lock().unwrap().len(), 0);
    assert_eq!(world.bank.mood.requests.load(SeqCst), asked, "not even the bank");
    assert!(play.sees(&play.tell("money-unknown", &[("bank", "Bank 620000".into())])));
    // The moment can be looked at again, and skipped.
    play.press_key("more");
    play.tap(&play.say("opening-again"));
    assert!(play.window(|window| window.seats[0].state.packet.moment.is_some()));
    for _ in 0..20 {
        play.step();
    }
    assert!(play.sees(&play.say("opening-skip")));
    play.key(egui::Key::Space);
    assert!(play.window(|window| window.seats[0].state.packet.moment.is_none()));
}

#[test]
fn a_packet_is_forwarded_three_ways_and_the_reward_comes_back() {
    let world = World::new();
    let (anna, ben) = (world.person(), world.person());
    let bens = world.with(&ben, async |wallet| {
        wallet.own_card(Some(&anna.dir.path().join("ben.hongbao-contact")), Some("Ben")).await.unwrap().client
    });
    let annas = world.with(&anna, async |wallet| {
        wallet.link_account(&world.bank.account(), CODE).await.unwrap();
        wallet.own_card(Some(&ben.dir.path().join("anna.hongbao-contact")), Some("Anna")).await.unwrap().client
    });
    let mut play = Play::open(&anna, Opening::default());
    become_friends(&mut play, &anna, "ben.hongbao-contact", "Ben");
    let file = world.enterprise.packet(&world.bank, &Terms { shares: 3, ..Terms::default() });
    drop_packet(&mut play, &anna, &file);
    forward_as_file(&mut play, &anna);
    forward_as_link(&mut play);
    forward_to_ben(&mut play);
    assert_eq!(world.enterprise.items.lock().unwrap().len(), 1);

    // The friend's window: it arrived, with the words; opening it earns the reward.
    let mut other = Play::open(&ben, Opening { language: Language::Chinese, ..Opening::default() });
    become_friends(&mut other, &ben, "anna.hongbao-contact", "Anna");
    other.go("page-packets");
    let name = other.tell("packet-name", &[("title", COMPANY.into()), ("greeting", "新春纳福".into())]);
    other.until_seen(&name);
    other.press(&name);
    other.until_gone(&other.say("loading"));
    assert!(
        other.sees("Anna") && other.sees(&other.tell("forwarded-times", &[("count", 1.into())])),
        "{:#?}",
        other.shown()
    );
    assert!(other.sees("新年好！"));
    other.click(Role::CheckBox, &other.say("consent-show-me"));
    assert!(other.is_chosen(Role::CheckBox, &other.say("consent-show-me")));
    open_it(&mut other);
    assert!(other.sees(&other.say("told-rewarded")), "{:#?}", other.shown());
    drop(other);

    // The reward arrives and is collected from the page of rewards.
    let terms = Terms {
        to: Some(annas),
        max_hops: None,
        reward_for: Some(reward_for(&file.packet.id(), &bens)),
        ..Terms::default()
    };
    let reward = serde_json::from_slice(&world.enterprise.packet(&world.bank, &terms).to_bytes()).unwrap();
    let named = RewardFor { packet: file.packet.id(), opener: Some(bens) };
    world.enterprise.put(annas, ItemKind::Reward, reward, Some(named));
    sync(&mut play);
    play.until_seen(&play.tell("packets-arrived", &[("count", 1.into())]));
    play.go("page-rewards");
    assert!(play.sees(&play.tell("reward-by-friend", &[("name", "Ben".into())])), "{:#?}", play.shown());
    assert!(play.sees(&play.say("reward-open")));
    // The tree: Ben opened, and it is known that it was Ben; of the open way nothing was heard.
    let ben = play.shown_name(Role::TreeItem, "Ben");
    assert!(ben.starts_with(&format!("Ben, {}, ", play.say("rewards-is-open"))), "{ben}");
    let anyone = play.shown_name(Role::TreeItem, &play.say("rewards-open-way"));
    assert!(anyone.contains(&play.say("rewards-no-word")), "{anyone}");
    play.click(Role::TreeItem, &ben);
    play.until_gone(&play.say("loading"));
    assert!(play.sees(&play.tell("fact-serial", &[])) || play.sees(&play.say("collect-title")), "{:#?}", play.shown());
    play.go("page-rewards");
    play.press(&format!("{}  {}", play.say("collect-all"), format::money(yuan(88))));
    play.until_idle();
    sync(&mut play);
    play.until_seen(&play.say("reward-paid"));
}

fn become_friends(play: &mut Play, person: &Person, card: &str, name: &str) {
    play.drop_file(&person.dir.path().join(card));
    play.until_seen(&play.say("card-came"));
    assert!(play.sees(&play.say("fingerprint")), "nobody is added by dropping a card");
    play.press_key("friend-take");
    play.until_seen(&play.tell("friend-added", &[("name", name.into())]));
    play.until_idle();
    assert!(play.window(|window| window.seats[0].state.page == crate::app::state::Page::Friends));
}

fn forward_as_file(play: &mut Play, anna: &Person) {
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-save"));
    let path = anna.dir.path().join("for-anyone.hongbao");
    play.type_into(&play.say("path-label"), &path.display().to_string());
    assert!(play.sees(&play.say("money-own-share")));
    assert!(play.sees(&play.tell("earn-opened", &[("amount", format::money(yuan(1)).into())])));
    play.press_key("send-save");
    play.until_seen(&play.say("done-saved"));
    let saved = PacketFile::read(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!((saved.hops.len(), saved.hops[0].claims.to), (1, None));
    play.press_key("done");

    // The same name again is told in the sheet, and nothing is written over.
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-save"));
    play.type_into(&play.say("path-label"), &path.display().to_string());
    play.press_key("send-save");
    play.until_seen(&play.say("error-exists"));
    play.until_idle();
    assert_eq!(PacketFile::read(&std::fs::read(&path).unwrap()).unwrap(), saved);
    play.press_key("close");
    assert!(!play.sees(&play.say("forward-how")));
}

fn forward_as_link(play: &mut Play) {
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-link"));
    play.press_key("send-link");
    play.until_seen(&play.say("done-link"));
    let short = play.copied().unwrap().to_owned();
    assert!(short.starts_with("http://127.0.0.1:") && short.contains("/p/"), "{short}");
    play.press_key("done");
    play.until_idle();

    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-link"));
    play.click(Role::RadioButton, &play.say("link-whole"));
    play.press_key("send-link");
    // What is said then still stands there from the short link.
    play.until("the whole packet is copied", |play| {
        play.copied().is_some_and(|copied| copied.starts_with("hongbao:1?"))
    });
    let read = link::read(play.copied().unwrap()).unwrap();
    assert_eq!(read.hops.len(), 1);
    play.press_key("copy-again");
    play.key(egui::Key::Escape);
    assert!(!play.sees(&play.say("done-link-more")), "Esc closes the sheet");
}

/// As a picture: the packet with the hop that was made is in it, its code is the short link, and whoever drops it has the packet.
#[test]
fn a_packet_is_forwarded_as_a_picture_and_taken_in_from_it() {
    let world = World::new();
    let (anna, ben) = (world.person(), world.person());
    let mut play = Play::open(&anna, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms { shares: 3, ..Terms::default() });
    drop_packet(&mut play, &anna, &file);
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-picture"));
    let path = anna.dir.path().join("card.png");
    play.type_into(&play.say("path-label"), &path.display().to_string());
    play.press_key("send-picture");
    play.until_seen(&play.say("done-picture"));
    assert_eq!(play.copied(), None, "nothing is put into the clipboard unasked");
    let png = std::fs::read(&path).unwrap();
    let short = crate::wallet::link_on(&png).unwrap();
    assert!(short.contains("/p/"), "{short}");
    let read = PacketFile::read(&picture::read(&png).unwrap().unwrap()).unwrap();
    assert_eq!((read.packet.id(), read.hops.len()), (file.packet.id(), 1));
    let annas = world.with(&anna, async |wallet| {
        let options = ForwardOptions { carrier: Carrier::Link, friend: None, words: Words::None };
        wallet.forward(&file.packet.id().to_string(), options).await.unwrap().link.unwrap()
    });
    assert_eq!(link::read(&annas).unwrap(), read, "the same hop as any other way makes");
    play.press_key("done");

    // Copied without its file, it still has the code.
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-picture"));
    play.press_key("send-picture-copy");
    play.until_seen(&play.say("done-picture-copied"));
    play.until_idle();
    play.press_key("done");

    // Nothing is written over.
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-picture"));
    play.type_into(&play.say("path-label"), &path.display().to_string());
    play.press_key("send-picture");
    play.until_seen(&play.say("error-exists"));
    play.until_idle();
    assert_eq!(std::fs::read(&path).unwrap(), png);
    drop(play);

    let mut other = Play::open(&ben, Opening::default());
    other.drop_file(&path);
    other.until_seen(&other.say("toast-imported"));
    other.until_idle();
    other.until_gone(&other.say("loading"));
    assert!(other.sees(&other.tell("forwarded-times", &[("count", 1.into())])), "{:#?}", other.shown());
}

fn forward_to_ben(play: &mut Play) {
    play.press_key("forward");
    assert!(play.is_chosen(Role::RadioButton, &play.say("way-friend")), "with friends, it begins with them");
    assert!(!play.is_enabled(Role::Button, &play.say("send-nobody")));
    play.click(Role::RadioButton, "Ben");
    play.type_into(&play.say("note-label"), "新年好！");
    play.press(&play.tell("send-friend", &[("name", "Ben".into())]));
    play.until_seen(&play.say("done-sent"));
    play.press_key("done");
    play.until_idle();
}

#[test]
fn a_card_is_written_and_parties_are_added_in_the_settings() {
    let world = World::new();
    let person = Person::new();
    let mut play = Play::open(&person, Opening::default());
    play.go("page-settings");
    assert!(play.sees(&play.say("known-empty")));
    for (origin, name) in [(&world.bank.origin, "Bank 620000"), (&world.enterprise.origin, COMPANY)] {
        play.type_into(&play.say("party-label"), &origin.to_string());
        play.press_key("party-add");
        play.until_seen(&play.tell("known-added", &[("name", name.into())]));
        play.until_idle();
        assert!(play.sees(&origin.host()));
    }
    play.type_into(&play.say("party-label"), "http://127.0.0.1:1");
    play.key(egui::Key::Enter);
    play.until_seen(&play.say("error-unreachable"));
    play.until_idle();

    let path = person.dir.path().join("me.hongbao-contact");
    play.type_into(&play.say("card-name"), "林夏");
    play.type_into(&play.say("card-place"), &path.display().to_string());
    play.press_key("card-write");
    play.until_seen(&play.say("toast-card"));
    assert!(crate::identity::card::is_card(&std::fs::read(&path).unwrap()));
    play.until_idle();
    play.press_key("copy-id");
    let own = world.with(&person, async |wallet| wallet.client_id().await.unwrap().unwrap());
    assert_eq!(play.copied(), Some(own.to_string().as_str()));
}

#[test]
fn goods_are_sent_to_the_address_that_was_typed() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    drop_packet(&mut play, &person, &world.enterprise.tea(&world.bank, Handover::Delivery));
    open_it(&mut play);
    for (field, text) in [
        ("goods-address-name", "林夏"),
        ("goods-address-phone", "13800000000"),
        ("goods-address-place", "杭州市西湖区 1 号"),
    ] {
        play.type_into(&play.say(field), text);
    }
    play.press_key("goods-send");
    play.until_seen(&play.say("goods-to-send"));
    play.until_idle();
    assert!(play.sees("杭州市西湖区 1 号"), "{:#?}", play.shown());
    assert!(!play.sees(&play.say("goods-code")), "what is sent needs no code");
    let all = world.with(&person, async |wallet| wallet.list().await.unwrap());
    assert_eq!(all[0].goods, Some(GoodsState::Collected));
}

#[test]
fn who_accepts_what_is_collected_is_chosen_beside_the_account() {
    let world = World::new();
    let person = world.person();
    world.with(&person, async |wallet| {
        wallet.link_account(&world.bank.account(), CODE).await.unwrap();
    });
    let mut play = Play::open(&person, Opening::default());
    play.go("page-settings");
    let tail = format::tail(world.bank.account().as_str());
    let name = play.tell("acceptance-of", &[("tail", tail.into())]);
    let way = |play: &Play, key: &str| format!("{name}: {}", play.say(key));
    let [bank, auto, clerk] = ["acceptance-bank", "acceptance-auto", "acceptance-clerk"].map(|key| way(&play, key));
    assert!(play.is_chosen(Role::RadioButton, &bank));
    play.click(Role::RadioButton, &clerk);
    play.until_seen(&play.say("toast-acceptance"));
    play.until_idle();
    assert!(play.is_chosen(Role::RadioButton, &clerk) && !play.is_chosen(Role::RadioButton, &bank));

    // By keys, while the bank cannot be reached: what holds stays shown, and the person is told.
    world.bank.mood.down.store(true, SeqCst);
    play.tab_to(Role::RadioButton, &auto);
    play.key(egui::Key::Enter);
    play.until_seen(&play.say("error-unreachable"));
    play.until_idle();
    assert!(play.is_chosen(Role::RadioButton, &clerk));
    world.bank.mood.down.store(false, SeqCst);
    play.key(egui::Key::Enter);
    play.until("the bank knows", |play| play.is_chosen(Role::RadioButton, &auto));
    let said: Vec<_> = world.bank.chosen.lock().unwrap().iter().map(|choice| choice.acceptance).collect();
    assert_eq!(said, [Some(AcceptedBy::Clerk), Some(AcceptedBy::Auto)]);
}

#[test]
fn language_theme_and_size_change_at_once_and_are_kept() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    play.go("page-settings");
    let choose = |play: &mut Play, name: &str, value: &str| {
        let label = format!("{}: {}", play.say(name), value);
        play.click(Role::RadioButton, &label);
    };
    assert!(!play.dark());
    let night = play.say("theme-dark");
    choose(&mut play, "theme", &night);
    assert!(play.dark());
    choose(&mut play, "language", "简体中文");
    play.read_in(Language::Chinese);
    assert!(play.sees("设置"), "{:#?}", play.shown());
    assert!(play.sees(&play.say("settings-look")));
    let width = play.screen().width();
    choose(&mut play, "text-size", "150%");
    assert!((play.screen().width() - width / 1.5).abs() < 1.0, "everything is half as large again");
    play.click(Role::CheckBox, &play.say("reduced-motion"));
    play.press_key("backup-done");
    assert!(!play.has(Role::Button, &play.say("backup-done")));
    play.until("the choices are kept", |_| Settings::load(person.dir.path()).backed_up);
    drop(play);
    let kept = Settings::load(person.dir.path());
    assert_eq!((kept.language, kept.theme), (Some(Language::Chinese), ThemeChoice::Dark));
    assert_eq!((kept.text_size.percent(), kept.reduced_motion), (150, true));
}

#[test]
fn what_is_put_away_comes_back() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    drop_packet(&mut play, &person, &world.enterprise.packet(&world.bank, &Terms::default()));
    play.press_key("more");
    play.press_key("archive");
    play.until_seen(&play.say("toast-archived"));
    play.until_idle();
    assert!(!play.sees("新春纳福"), "it is on no shelf: {:#?}", play.shown());
    let chip = play.say("filter-archived");
    play.click(Role::RadioButton, &chip);
    play.until_seen(COMPANY);
    // By the keys that take back anything.
    play.key_with(egui::Modifiers::COMMAND, egui::Key::Z);
    play.until_seen(&play.say("toast-unarchived"));
    play.until_idle();
    let chip = play.say("filter-all");
    play.click(Role::RadioButton, &chip);
    play.until_seen(COMPANY);
    // And what was taken back can be done again.
    play.press_key("undo");
    play.until_gone(COMPANY);
    play.until_idle();
    let chip = play.say("filter-archived");
    play.until("its shelf is there again", |play| play.has(Role::RadioButton, &chip));
}

#[test]
fn nobody_has_to_wait_for_a_slow_server() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    drop_packet(&mut play, &person, &world.enterprise.packet(&world.bank, &Terms::default()));
    world.enterprise.mood.holds.send_replace(true);
    let asked = || world.enterprise.mood.requests.load(SeqCst);
    let before = asked();
    play.press(&play.tell("open-seal-of", &[("title", COMPANY.into())]));
    assert!(!play.sees(&play.say("task-open")), "what is quick needs no words");
    // The window's seconds pass at once; what is stopped here has been decided and is being told.
    play.until("the enterprise is asked", |_| asked() > before);
    play.pass(1.5);
    assert!(play.sees(&play.say("task-open")));
    play.press_key("stop-waiting");
    play.until_seen(&play.say("stopped-waiting"));
    play.until_idle();
    assert!(!play.sees(&play.say("task-open")));
    // Nothing is lost by it: what was begun goes on when the server has time.
    world.enterprise.mood.holds.send_replace(false);
    let name = play.shown_name(Role::Button, &play.say("sync-now"));
    play.press(&name);
    play.until("the enterprise has heard of it", |_| world.enterprise.receipts.lock().unwrap().len() == 1);
}

#[test]
fn the_last_choice_is_the_one_that_is_kept() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    // Faster than any of them is written.
    let last = Settings { backed_up: true, ..Settings::default() };
    let many = (0..99).map(|at| Settings { welcomed: at % 2 == 0, ..Settings::default() });
    play.change(|window| {
        for settings in many.chain([last.clone()]) {
            assert!(window.seats[0].worker.send(Command::Keep(settings)));
        }
    });
    play.until("the last one is kept", |_| Settings::load(person.dir.path()).backed_up);
    // Whatever is still under way comes to its end.
    drop(play);
    assert_eq!(Settings::load(person.dir.path()), last);
}

#[test]
fn what_somebody_changed_is_shown_as_refused() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    let other = world.enterprise.packet(&world.bank, &Terms { shares: 3, ..Terms::default() });
    let lifted = PacketFile { voucher: other.voucher.clone(), ..file };
    play.drop_file(&put_packet(&person, "changed.hongbao", &lifted));
    play.until_seen(&play.say("tampered-title"));
    assert!(play.sees(&play.say("warn-tampered-tag")) && play.sees(&play.say("warn-tampered-money")));
    assert!(!play.has(Role::Button, &play.say("forward")), "nothing can be done with it");
    play.press_key("warn-tampered-tell");
    assert_eq!(play.copied(), Some(play.say("warn-tampered-message").as_str()));
    play.press_key("back-to-packets");
    assert!(play.sees(&play.say("empty-title")), "nothing of it was kept");

    play.until_idle();
    play.drop_file(&put(&person, "no-packet.hongbao", b"{}"));
    play.until_seen(&play.say("warn-unreadable"));
    play.press_key("back-to-packets");
    play.until_idle();
    play.drop_file(&person.dir.path().join("not-there.hongbao"));
    play.until_seen(&play.say("error-file"));
}

#[test]
fn what_is_over_or_nobodys_is_told() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms { lasts: 60, ..Terms::default() });
    drop_packet(&mut play, &person, &file);
    person.clock.set(NOW + 3600);
    sync(&mut play);
    play.until_seen(&play.say("warn-expired-tag"));
    assert!(!play.is_enabled(Role::Button, &play.tell("open-seal-of", &[("title", COMPANY.into())])));
    play.press_key("warn-expired-ask");
    assert_eq!(play.copied(), Some(play.say("warn-expired-message").as_str()));
    play.press_key("back-to-packets");
    assert!(play.sees(&play.say("state-expired")));
    person.clock.set(NOW);

    let stranger = doubles::key(8).public().thumbprint();
    let file = world.enterprise.packet(&world.bank, &Terms { to: Some(stranger), ..Terms::default() });
    world.with(&person, async |wallet| wallet.own_card(None, None).await.unwrap());
    sync(&mut play);
    drop_packet(&mut play, &person, &file);
    play.until_seen(&play.say("warn-not-yours"));
}

#[test]
fn an_issuer_nobody_vouches_for_is_checked_first() {
    let world = World::new();
    let person = Person::new();
    let mut play = Play::open(&person, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    drop_packet(&mut play, &person, &file);
    play.until_seen(&play.say("warn-unchecked"));
    assert!(!play.is_enabled(Role::Button, &play.tell("open-seal-of", &[("title", COMPANY.into())])));
    assert_eq!(world.enterprise.mood.requests.load(SeqCst), 0);

    // Opened all the same, it still is not opened before its issuer was asked; and that is told here.
    play.press_key("warn-unchecked-open");
    let seal = play.tell("open-seal-of", &[("title", COMPANY.into())]);
    play.press(&seal);
    play.until_seen(&play.say("error-cannot-check-offline"));
    play.until_idle();
    assert_eq!(world.enterprise.mood.requests.load(SeqCst), 0, "a packet's word sends nobody anywhere");
    drop(play);

    let mut play = Play::open(&person, Opening::default());
    let name = play.tell("packet-name", &[("title", COMPANY.into()), ("greeting", "新春纳福".into())]);
    play.press(&name);
    play.until_seen(&play.say("warn-unchecked"));
    play.press_key("warn-unchecked-check");
    play.until_seen(&play.say("error-cannot-check-offline"));
    play.until_idle();
    assert_eq!(
        world.enterprise.mood.requests.load(SeqCst),
        0,
        "nor does a click allow an address that only a packet names"
    );
    assert!(world.with(&person, async |wallet| wallet.banks().await.unwrap()).is_empty(), "and it makes nobody a bank");
}

#[test]
fn offline_everything_waits_and_is_counted() {
    let world = World::new();
    let person = world.person();
    world.with(&person, async |wallet| wallet.link_account(&world.bank.account(), CODE).await.unwrap());
    let mut play = Play::open(&person, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    drop_packet(&mut play, &person, &file);
    for mood in [&world.enterprise.mood, &world.bank.mood] {
        mood.down.store(true, SeqCst);
    }
    open_it(&mut play);
    play.until_seen(&play.say("told-later"));
    sync(&mut play);
    play.until_seen(&play.tell("offline-waiting", &[("count", 1.into())]));
    play.press(&collect_label(&play));
    play.until_seen(&play.say("collect-waiting"));
    play.until_idle();
    sync(&mut play);
    assert!(play.window(|window| window.seats[0].state.sync.offline));

    for mood in [&world.enterprise.mood, &world.bank.mood] {
        mood.down.store(false, SeqCst);
    }
    sync(&mut play);
    play.until_seen(&play.say("told"));
    assert!(!play.sees(&play.tell("offline-waiting", &[("count", 1.into())])));
    assert_eq!(world.enterprise.receipts.lock().unwrap().len(), 1);
    play.press_key("ask-again");
    play.until_idle();
    sync(&mut play);
    play.until_seen(&play.tell("arrived", &[("amount", format::money(yuan(88)).into())]));
}

#[test]
fn the_passphrase_is_asked_in_the_window() {
    let world = World::new();
    let person = world.person();
    let sealed = || Opening { sealed: true, ..Opening::default() };
    let mut play = Play::open(&person, sealed());
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    drop_packet(&mut play, &person, &file);
    let seal = play.tell("open-seal-of", &[("title", COMPANY.into())]);
    play.press(&seal);
    play.until_seen(&play.say("passphrase-new"));
    assert!(!person.dir.path().join(keystore::FILE_NAME).exists(), "there is no key before one is needed");
    play.press_key("cancel");
    play.until_seen(&play.say("error-passphrase-needed"));
    play.until_idle();

    play.press(&seal);
    play.until_seen(&play.say("passphrase-new"));
    play.type_into(&play.say("passphrase"), "岁岁平安");
    play.type_into(&play.say("passphrase-again"), "岁岁");
    assert!(play.sees(&play.say("passphrase-differs")));
    assert!(!play.is_enabled(Role::Button, &play.say("passphrase-done")));
    assert!(!play.sees("岁岁平安"), "it is not shown, and not said");
    play.press_key("passphrase-show");
    play.type_into(&play.say("passphrase-again"), "岁岁平安");
    play.press_key("passphrase-done");
    play.until_seen(&play.say("told"));
    play.until_idle();
    assert!(person.dir.path().join(keystore::FILE_NAME).exists());
    drop(play);

    // The next window asks for it again, as soon as it needs the key; a wrong one is told.
    let mut play = Play::open(&person, sealed());
    play.until_seen(&play.say("passphrase-old"));
    play.type_into(&play.say("passphrase"), "wrong");
    play.key(egui::Key::Enter);
    play.until_seen(&play.say("error-wrong-passphrase"));
    play.until_idle();
    sync_asking(&mut play);
    play.type_into(&play.say("passphrase"), "岁岁平安");
    play.press_key("passphrase-unlock");
    play.until("it is in step", |play| play.window(|window| window.seats[0].state.sync.synced_at.is_some()));
}

/// Presses the sign of being in step and waits for the question.
fn sync_asking(play: &mut Play) {
    let name = play.shown_name(Role::Button, &play.say("sync-now"));
    play.press(&name);
    play.until_seen(&play.say("passphrase-old"));
}

#[test]
fn packets_are_found_filtered_and_sorted() {
    let world = World::new();
    let person = world.person();
    let greetings = [("元宵安康", 5, 7200), ("岁岁平安", 20, 3600), ("开门大吉", 10, 1800)];
    world.with(&person, async |wallet| {
        for (at, (greeting, amount, lasts)) in greetings.into_iter().enumerate() {
            let terms = Terms { greeting, amount, lasts, serial: at as u64 + 1, ..Terms::default() };
            let id = wallet.import(&world.enterprise.packet(&world.bank, &terms).to_bytes()).await.unwrap().id;
            let options = crate::wallet::OpenOptions { tell: false, show_me: false };
            wallet.open_packet(&id.to_string(), options).await.unwrap();
            if greeting == "元宵安康" {
                let carrier = Carrier::Save(person.dir.path().join("x.hongbao"));
                wallet
                    .forward(&id.to_string(), ForwardOptions { carrier, friend: None, words: Words::None })
                    .await
                    .unwrap();
            }
        }
        wallet.import(&world.enterprise.packet(&world.bank, &Terms::default()).to_bytes()).await.unwrap();
    });
    let mut play = Play::open(&person, Opening::default());
    let order = |play: &Play| {
        let mut found: Vec<(f32, &str)> = Vec::new();
        for (greeting, _, _) in greetings {
            found.extend(play.tops(greeting).into_iter().map(|top| (top, greeting)));
        }
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        found.into_iter().map(|(_, greeting)| greeting).collect::<Vec<_>>()
    };
    assert_eq!(order(&play).len(), 3, "{:#?}", play.shown());
    assert!(play.sees("新春纳福"), "and one to open");
    for (key, expected) in [
        ("sort-by-date", vec!["岁岁平安", "开门大吉", "元宵安康"]),
        ("sort-by-amount", vec!["开门大吉", "岁岁平安", "元宵安康"]),
    ] {
        play.press_key(key);
        play.until(key, |play| order(play) == expected);
    }
    play.press_key("sort-by-expiry");
    let filter = |play: &mut Play, key: &str| play.click(Role::RadioButton, &play.say(key));
    filter(&mut play, "filter-forwarded");
    play.until("those that were forwarded", |play| order(play) == ["元宵安康"]);
    filter(&mut play, "filter-collected");
    play.until_seen(&play.say("list-empty"));
    assert_eq!(order(&play), [] as [&str; 0]);
    filter(&mut play, "filter-all");
    play.type_into(&play.say("search-hint"), "平安");
    play.until("one is found", |play| order(play) == ["岁岁平安"]);
    assert!(!play.sees("新春纳福"), "the shelf is searched too");
    play.type_into(&play.say("search-hint"), "000003");
    play.until("by its number", |play| order(play) == ["开门大吉"]);
    play.type_into(&play.say("search-hint"), "nothing like that");
    play.until_seen(&play.say("search-empty"));
}

#[test]
fn a_link_is_pasted_and_a_path_is_typed() {
    let world = World::new();
    let person = world.person();
    let mut play = Play::open(&person, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    play.press_key("open-link");
    assert!(play.is_enabled(Role::Button, &play.say("paste-now")), "what was copied, as long as nothing is typed");
    assert!(!play.has(Role::Button, &play.say("paste-take")));
    play.type_into(&play.say("paste-label"), &link::write(&file).unwrap());
    play.press_key("paste-take");
    play.until_seen(&play.say("toast-imported"));
    play.until_idle();
    play.press_key("back-to-packets");
    assert!(!play.sees(&play.say("paste-label")), "the field closed");

    let key = doubles::key(7);
    let path = put_packet(&person, "typed.hongbao", &passed_by(&file, &key, None));
    play.press_key("open-link");
    play.type_into(&play.say("paste-label"), &path.display().to_string());
    play.key(egui::Key::Enter);
    play.until_seen(&play.say("toast-again"));
    play.until_idle();
    play.press_key("back-to-packets");
    play.press_key("open-link");
    play.type_into(&play.say("paste-label"), "hongbao:1?p=x");
    play.press_key("paste-take");
    play.until_idle();
    assert!(play.sees(&play.say("error-unreadable")) || play.sees(&play.say("warn-unreadable")), "{:#?}", play.shown());
    assert!(play.has(Role::Button, &play.say("back-to-packets")) || play.sees(&play.say("paste-label")));
}

#[test]
fn the_first_run_welcomes_and_asks_for_nothing() {
    let person = Person::new();
    let mut play = Play::open(&person, Opening { settings: Settings::default(), ..Opening::default() });
    play.until_seen(&play.say("welcome-title"));
    assert!(!person.dir.path().join(keystore::FILE_NAME).exists());
    play.press_key("welcome-look");
    assert!(!play.sees(&play.say("welcome-title")));
    play.until("it is kept", |_| Settings::load(person.dir.path()).welcomed);
    drop(play);
    let play = Play::open(&person, Opening::default());
    assert!(!play.sees(&play.say("welcome-title")), "once");
}

#[test]
fn a_gift_that_was_passed_on_is_collected_only_when_one_insists() {
    let world = World::new();
    let (anna, ben) = (world.person(), Person::new());
    world.with(&ben, async |wallet| {
        wallet.own_card(Some(&anna.dir.path().join("ben.hongbao-contact")), Some("Ben")).await.unwrap();
    });
    world.with(&anna, async |wallet| wallet.link_account(&world.bank.account(), CODE).await.unwrap());
    let mut play = Play::open(&anna, Opening::default());
    become_friends(&mut play, &anna, "ben.hongbao-contact", "Ben");
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    drop_packet(&mut play, &anna, &file);
    open_it(&mut play);
    play.press_key("forward");
    play.click(Role::RadioButton, &play.say("way-save"));
    play.click(Role::RadioButton, "Ben");
    assert!(play.sees(&play.say("money-first-come")));
    play.press_key("send-save");
    play.until_seen(&play.say("done-saved"));
    play.press_key("done");
    play.until_idle();
    let label = collect_label(&play);
    assert!(!play.is_enabled(Role::Button, &label), "it was given away");
    play.click(Role::CheckBox, &play.say("collect-anyway"));
    collect(&mut play);
}

#[test]
fn a_wallet_that_is_broken_says_so() {
    let person = Person::new();
    std::fs::write(person.dir.path().join(crate::wallet::DATABASE), "no database").unwrap();
    let play = Play::open(&person, Opening::default());
    assert!(play.sees(&play.say("no-wallet")));
    assert!(play.sees(&play.say("error-database")), "{:#?}", play.shown());
}

#[test]
fn a_forger_is_not_believed() {
    let world = World::new();
    let person = world.person();
    let forger = world.runtime.block_on(Enterprise::start(9));
    let mut play = Play::open(&person, Opening::default());
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    // The forger's own signature over somebody else's packet.
    let jws = crate::jose::Jws::sign(&forger.key, crate::jose::Typ::Packet, &file.packet.claims).unwrap();
    let packet = crate::packet::file::Packet { jws, ..file.packet.clone() };
    play.drop_file(&put_packet(&person, "forged.hongbao", &PacketFile { packet, ..file }));
    play.until_seen(&play.say("tampered-title"));
    assert!(play.sees(&play.say("warn-tampered-why")));
}
