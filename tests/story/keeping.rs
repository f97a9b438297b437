//! A lost computer: everything comes back on an empty one, from a backup or from the recovery phrase, and every server is
//! asked how things stand now.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::shapes::fits;
use crate::world::{Terms, Wallet, World, eventually};

/// What a list says of each packet, in an order of its own.
fn all(wallet: &Wallet) -> Vec<Value> {
    let mut list = wallet.run(&["list"]).as_array().unwrap().clone();
    for packet in &mut list {
        packet.as_object_mut().unwrap().remove("received_at");
    }
    list.sort_by_key(|packet| packet["id"].to_string());
    list
}

fn phrase(wallet: &Wallet, words: &str) -> String {
    let phrase = wallet.run(&["backup", "phrase", "--words", words]);
    let words: Vec<&str> = phrase["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    words.join(" ")
}

/// Restores from a phrase, which is piped in as a person would type it.
fn restore_phrase(wallet: &Wallet, phrase: &str) -> std::process::Output {
    let mut command = wallet.command(&["restore", "--phrase"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(phrase.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn error(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    fits("error", &output.stderr)["error"]["type"].as_str().unwrap().to_owned()
}

#[test]
fn everything_comes_back_on_an_empty_computer() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let [collected, forwarded, new] = [(); 3].map(|()| world.issue_to(&campaign, &ming));
    ming.run(&["friend", "add", hao.card().to_str().unwrap()]);
    ming.run(&["open", &collected]);
    ming.wait_for_collection(&collected, &account);
    ming.run(&["open", &forwarded]);
    world.hand_over(&forwarded, &ming, &hao);
    ming.run(&["archive", &new]);

    let file = world.path("ming.hongbao-backup");
    let saved = ming.run(&["backup", "save", file.to_str().unwrap()]);
    assert_eq!((&saved["packets"], saved["path"].as_str()), (&json!(3), file.to_str()));
    assert_eq!(ming.refused(&["backup", "save", file.to_str().unwrap()])["type"], "exists");

    // What happens after the backup: more is collected, and a reward is earned.
    ming.wait_for_collection(&forwarded, &account);
    hao.run(&["open", &forwarded]);
    ming.wait_for_rewards(1);
    let before = all(&ming);
    assert_eq!(before.len(), 4);

    let other = world.bare_wallet("other");
    assert_eq!(other.refused(&["restore", world.path("out").to_str().unwrap()])["type"], "file");
    let back = other.run(&["restore", file.to_str().unwrap()]);
    assert_eq!((&back["packets"], &back["client"]), (&json!(3), &json!(ming.id())));
    assert_eq!(back["synced"]["found"], json!([forwarded]), "{back}");
    eventually("all is as it was", || {
        other.run(&["sync"]);
        (all(&other) == before).then_some(())
    });
    assert_eq!(other.run(&["friend", "list"]), ming.run(&["friend", "list"]));
    assert_eq!(other.run(&["account", "list"]), ming.run(&["account", "list"]));
    let again = other.run(&["collect", &forwarded, "--account", &account]);
    assert_eq!(again["collection"], ming.run(&["show", &forwarded])["collection"]["collection"]);
    assert_eq!(world.balance(&world.collecting, &account), 2 * 8800);

    // The files come out of either, and stay genuine when all is collected.
    let folder = world.path("all");
    let packed = other.run(&["export", folder.to_str().unwrap()]);
    assert_eq!((&packed["written"], &packed["there"]), (&json!(4), &json!(0)));
    for entry in std::fs::read_dir(&folder).unwrap() {
        let (exit, inspection) = other.inspect(&entry.unwrap().path());
        assert_eq!((exit, &inspection["verdict"]), (Some(0), &json!("genuine")));
    }
    world.audit();
}

#[test]
fn a_phrase_brings_back_the_key_and_what_the_servers_have() {
    let world = World::new();
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms::default());
    let [collected, new] = [(); 2].map(|()| world.issue_to(&campaign, &ming));
    ming.run(&["open", &collected]);
    ming.wait_for_collection(&collected, &account);

    let other = world.bare_wallet("other");
    let words = phrase(&ming, "zh-CN");
    assert_eq!(error(&restore_phrase(&other, "some words that are no phrase")), "phrase-word");
    let output = restore_phrase(&other, &words);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fits("restore", &output.stdout)["client"], ming.id());
    assert_eq!(phrase(&other, "en"), phrase(&ming, "en"));
    assert_eq!(error(&restore_phrase(&other, &words)), "wallet-in-use");

    other.run(&["issuer", "add", &world.enterprise.url]);
    other.run(&["bank", "add", &world.issuing.url]);
    other.run(&["bank", "add", &world.collecting.url]);
    other.run(&["sync"]);
    assert_eq!(other.state(&new).as_deref(), Some("received"));
    let code = world.collecting.run(&["account", "code", &account])["code"].as_str().unwrap().to_owned();
    other.run(&["account", "link", &account, "--code", &code]);
    assert_eq!(other.run(&["sync"])["found"], json!([collected]));
    assert_eq!(other.run(&["show", &collected])["collection"]["state"], "paid");
    assert_eq!(other.state(&collected).as_deref(), Some("opened"));
    world.audit();
}

#[test]
fn a_backup_that_is_wrong_changes_nothing() {
    let world = World::new();
    let ming = world.wallet("ming");
    world.issue_to(&world.campaign(&Terms::default()), &ming);
    let file = world.path("ming.hongbao-backup");
    ming.run(&["backup", "save", file.to_str().unwrap()]);
    let bytes = std::fs::read(&file).unwrap();

    let other = world.bare_wallet("other");
    let wrong = |bytes: &[u8]| {
        let path = world.path("wrong");
        std::fs::write(&path, bytes).unwrap();
        other.refused(&["restore", path.to_str().unwrap()])["type"].as_str().unwrap().to_owned()
    };
    let mut altered = bytes.clone();
    altered[bytes.len() / 2] ^= 1;
    assert_eq!(wrong(&altered), "backup-shut");
    assert_eq!(wrong(&bytes[..bytes.len() / 2]), "backup-shut");
    assert_eq!(wrong(b""), "not-a-backup");
    let newer = String::from_utf8_lossy(&bytes[..200]).replace("hongbao-backup/1", "hongbao-backup/2");
    assert_eq!(wrong(newer.as_bytes()), "backup-newer");
    let passphrase = other.dir.with_extension("passphrase");
    let right = std::fs::read(&passphrase).unwrap();
    std::fs::write(&passphrase, "another\n").unwrap();
    assert_eq!(wrong(&bytes), "backup-shut");
    std::fs::write(&passphrase, right).unwrap();
    assert_eq!(other.run(&["list"]), json!([]));
    assert!(!Path::new(&other.dir).join("identity.json").exists(), "no key was kept");
    assert_eq!(other.run(&["restore", file.to_str().unwrap()])["packets"], 1);
    // A wallet in use stays what it is.
    assert_eq!(ming.refused(&["restore", file.to_str().unwrap()])["type"], "wallet-in-use");
}
