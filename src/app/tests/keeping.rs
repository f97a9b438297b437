//! Keeping the wallet safe, by the window alone: a backup, the phrase, and the way back on another computer.

use egui::accesskit::Role;

use super::play::{Opening, Play, World};
use crate::app::settings::Settings;
use crate::app::text::Language;
use crate::identity::phrase::WordList;
use crate::wallet::OpenOptions;
use crate::wallet::tests::doubles::{Person, Terms};

const PASSPHRASE: &str = "春风十里";

/// A person with an opened packet.
fn person_with_a_packet(world: &World) -> Person {
    let person = world.person();
    let file = world.enterprise.packet(&world.bank, &Terms::default());
    world.with(&person, async |wallet| {
        let id = wallet.import(&file.to_bytes()).await.unwrap().id.to_string();
        wallet.open_packet(&id, OpenOptions { tell: true, show_me: false }).await.unwrap();
    });
    person
}

/// A window that is opened for the first time.
fn new_window(person: &Person, language: Language) -> Play {
    let settings = Settings::default();
    Play::open(person, Opening { language, settings, ..Opening::default() })
}

#[test]
fn a_backup_is_saved_and_brought_back_on_another_computer() {
    let world = World::new();
    let (person, other) = (person_with_a_packet(&world), Person::new());
    let path = other.dir.path().join("my.hongbao-backup").display().to_string();
    let mut play = Play::open(&person, Opening::default());
    let reminder = play.tell("backup-why-money", &[("count", 1.into())]);
    assert!(play.sees(&reminder), "there is money to lose: {:#?}", play.shown());
    play.press_key("backup");
    play.press_key("backup-save");
    play.type_into(&play.say("backup-path"), &path);
    play.type_into(&play.say("backup-passphrase"), PASSPHRASE);
    play.type_into(&play.say("passphrase-again"), "冬风");
    assert!(play.sees(&play.say("passphrase-differs")));
    play.type_into(&play.say("passphrase-again"), PASSPHRASE);
    play.press_key("backup-go");
    play.until_seen(&play.say("backup-saved"));
    play.until_idle();
    play.press_key("close");
    play.go("page-packets");
    assert!(!play.sees(&reminder), "once there is a backup nobody is reminded");
    play.until("that is kept", |_| Settings::load(person.dir.path()).backed_up);
    drop(play);

    let mut play = new_window(&other, Language::Chinese);
    play.press_key("welcome-restore");
    play.type_into(&play.say("restore-path"), &path);
    play.type_into(&play.say("backup-passphrase"), "冬风");
    play.press_key("restore-go");
    play.until_seen(&play.say("error-backup-shut"));
    play.until_idle();
    play.type_into(&play.say("backup-passphrase"), PASSPHRASE);
    play.press_key("restore-go");
    play.until_seen(&play.tell("restored", &[("count", 1.into())]));
    play.until_idle();
    assert!(play.sees("新春纳福"), "{:#?}", play.shown());
    drop(play);
    let ids = [&person, &other].map(|one| world.with(one, async |wallet| wallet.client_id().await.unwrap()));
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_phrase_is_hidden_then_shown_then_asked_again() {
    let world = World::new();
    let (person, other) = (person_with_a_packet(&world), Person::new());
    let phrase = world.with(&person, async |wallet| wallet.recovery_phrase(WordList::English).await.unwrap());
    let words: Vec<&str> = phrase.words().collect();
    let mut play = Play::open(&person, Opening::default());
    play.go("page-settings");
    play.press_key("phrase-title");
    play.until_seen(&play.say("phrase-why"));
    play.until_idle();
    let first = format!("1 {}", words[0]);
    assert!(!play.sees(&first) && !play.painted().iter().any(|text| words.contains(&text.as_str())), "hidden at first");
    play.press_key("phrase-show");
    assert!(play.sees(&first));
    play.press_key("phrase-written");
    assert!(!play.painted().iter().any(|text| words.contains(&text.as_str())), "and when they are asked again");
    play.press_key("phrase-done");
    assert!(play.sees(&play.say("phrase-word-wrong")));
    for (at, word) in words.iter().enumerate() {
        let label = play.tell("phrase-word", &[("number", (at + 1).into())]);
        if play.has(Role::TextInput, &label) {
            play.type_into(&label, word);
        }
    }
    play.press_key("phrase-done");
    play.until_gone(&play.say("phrase-check"));
    play.until("that is kept", |_| Settings::load(person.dir.path()).backed_up);
    drop(play);

    let mut play = new_window(&other, Language::English);
    play.press_key("welcome-restore");
    let way = format!("{}: {}", play.say("restore-from"), play.say("restore-phrase"));
    play.click(Role::RadioButton, &way);
    play.type_into(&play.say("restore-words"), &words[..23].join(" "));
    play.press_key("restore-go");
    assert!(play.sees(&play.tell("phrase-wrong-count", &[("count", 23.into())])));
    play.type_into(&play.say("restore-words"), &words.join(" "));
    play.press_key("restore-go");
    play.until_seen(&play.say("restored-key"));
    play.until_idle();
    drop(play);
    let ids = [&person, &other].map(|one| world.with(one, async |wallet| wallet.client_id().await.unwrap()));
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn many_files_are_taken_in_with_one_summary() {
    let world = World::new();
    let person = world.person();
    let folder = person.dir.path().join("from lin");
    std::fs::create_dir(&folder).unwrap();
    for shares in 1..4 {
        let file = world.enterprise.packet(&world.bank, &Terms { shares, ..Terms::default() });
        std::fs::write(folder.join(format!("{shares}.hongbao")), file.to_bytes()).unwrap();
    }
    std::fs::write(folder.join("4.hongbao"), "Dear friend").unwrap();
    let mut play = Play::open(&person, Opening::default());
    play.paste(&format!("file://{}\n", folder.join("1.hongbao").display().to_string().replace(' ', "%20")));
    play.until_seen(&play.say("toast-imported"));
    play.until_idle();
    play.go("page-packets");
    play.paste(&folder.display().to_string());
    let [new, there] =
        [("took-new", 2), ("took-there", 1)].map(|(key, count)| play.tell(key, &[("count", count.into())]));
    play.until_seen(&new);
    assert!(play.sees(&there), "{:#?}", play.shown());
    assert!(play.sees(&play.tell("took-refused", &[("count", 1.into()), ("name", "4.hongbao".into())])));
    play.until_idle();
}
