//! The program `hongbao` as a script meets it: real processes, and every answer held against docs/cli.schema.json.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shapes::{SCHEMA, fits};

struct Home {
    dir: TempDir,
}

impl Home {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("passphrase"), "春风十里\n").unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao"));
        command.args(args).args(["--wallet", &self.path("wallet"), "--json"]).env_clear();
        command.env("HONGBAO_PASSPHRASE_FILE", self.path("passphrase"));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The answer of a command that succeeds, which fits its definition.
    fn answer(&self, definition: &str, args: &[&str]) -> Value {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        fits(definition, &output.stdout)
    }

    /// The type of the error of a command that fails with this exit code.
    fn error(&self, exit: i32, args: &[&str]) -> String {
        failed(exit, &self.run(args))
    }
}

fn failed(exit: i32, output: &Output) -> String {
    assert_eq!(output.status.code(), Some(exit), "{output:?}");
    assert!(output.stdout.is_empty());
    fits("error", &output.stderr)["error"]["type"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_wallet_answers_in_shape() {
    let home = Home::new();
    for (definition, args) in [
        ("list", &["list"][..]),
        ("rewards", &["rewards"]),
        ("history", &["history"]),
        ("friend-list", &["friend", "list"]),
        ("issuer-list", &["issuer", "list"]),
        ("bank-list", &["bank", "list"]),
        ("account-list", &["account", "list"]),
    ] {
        assert_eq!(home.answer(definition, args), json!([]), "{args:?}");
    }
    let table = home.path("history.csv");
    let export = ["history", "--csv", &table];
    assert_eq!(home.answer("history-csv", &export), json!({"path": table, "events": 0}));
    let head = "\u{feff}time,what,serial,issuer,title,amount,currency,state,detail\r\n";
    assert_eq!(std::fs::read_to_string(&table).unwrap(), head);
    assert_eq!(failed(1, &home.run(&export)), "exists", "nothing is written over");
    assert!(!Path::new(&home.path("wallet/identity.json")).exists(), "no key is made for looking");
    assert_eq!(
        home.answer("sync", &["sync"]),
        json!({"sent": 0, "waiting": 0, "received": [], "others": [], "draws": [], "found": [], "forwards": [], "problems": []})
    );
}

#[test]
fn identities_and_friends() {
    let (anna, ben) = (Home::new(), Home::new());
    let card = ben.path("ben.card");
    let own = ben.answer("identity", &["identity", "--card", &card, "--name", "本"]);
    assert_eq!((own["card"].as_str(), own["name"].as_str()), (Some(card.as_str()), Some("本")));
    assert_eq!(ben.answer("identity", &["identity"])["client"], own["client"], "the same key again");
    assert_eq!(ben.error(1, &["identity", "--card", &card]), "exists");
    let friend = anna.answer("friend-add", &["friend", "add", &card]);
    assert_eq!((&friend["client"], friend["name"].as_str()), (&own["client"], Some("本")));
    assert_eq!(anna.answer("friend-list", &["friend", "list"])[0], friend);
    assert_eq!(anna.error(1, &["friend", "add", &anna.path("passphrase")]), "bad-card");

    std::fs::write(ben.path("passphrase"), "another\n").unwrap();
    assert_eq!(ben.error(1, &["identity"]), "wrong-passphrase");
    let mut nobody = ben.command(&["identity"]);
    nobody.env_remove("HONGBAO_PASSPHRASE_FILE").stdin(std::process::Stdio::null());
    assert_eq!(failed(1, &nobody.output().unwrap()), "passphrase-needed");
    std::fs::remove_file(ben.path("wallet/identity.json")).unwrap();
    assert_eq!(ben.error(1, &["identity"]), "key-missing", "never silently somebody else");
}

#[test]
fn files_that_are_no_packets() {
    let home = Home::new();
    std::fs::write(home.path("letter"), "Dear friend").unwrap();
    let output = home.run(&["inspect", &home.path("letter")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fits("inspect", &output.stdout)["verdict"], "unreadable");
    assert!(!Path::new(&home.path("wallet")).exists(), "inspecting makes no wallet");
    assert_eq!(home.error(1, &["inspect", &home.path("nothing")]), "file");
    assert_eq!(home.error(1, &["import", &home.path("letter")]), "unreadable");
    assert_eq!(home.error(1, &["import", "hongbao:1?x"]), "bad-link");
    assert_eq!(home.error(1, &["import", "http://127.0.0.1:1/p/x"]), "not-allowed");
}

/// Desktops name a file by its address. Where there is no display such a start gets as far as any other, and no further.
#[test]
fn a_file_is_named_by_its_path_or_its_address() {
    let home = Home::new();
    let packet = home.path("from lin 红包.hongbao");
    std::fs::write(&packet, "{}").unwrap();
    let window = |take: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao"));
        let output = command.args([take, "--wallet", &home.path("wallet")]).env_clear().output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let address = url::Url::from_file_path(&packet).unwrap().to_string();
    assert!(address.starts_with("file:///") && address.contains("%20") && !address.contains('红'));
    let (code, said) = window(&packet);
    assert_eq!(code, Some(1), "no display: {said}");
    assert_eq!(window(&address), (code, said));
    for missing in
        ["file:///nothing/there.hongbao", "file://elsewhere.example/a.hongbao", "ftp://shop.example/a.hongbao"]
    {
        assert_eq!(window(missing).0, Some(64), "{missing}");
    }
}

#[test]
fn the_manual_is_of_both_programs() {
    let home = Home::new();
    let folder = home.path("manual");
    for _ in 0..2 {
        assert_eq!(home.answer("manual", &["manual", &folder]), json!({ "folder": folder }));
    }
    let page = |name: &str| std::fs::read_to_string(Path::new(&folder).join("man").join(name));
    assert!(page("hongbao-collect.1").unwrap().contains(".TH hongbao-collect 1"));
    assert!(page("hongbao-server-campaign-create.1").unwrap().contains("\\fB\\-\\-reward"));
    for none in ["hongbao-manual.1", "hongbao-help.1", "hongbao-help-collect.1", "hongbao-account-help.1"] {
        assert!(page(none).is_err(), "{none} helps nobody");
    }
    for shell in
        ["hongbao.bash", "_hongbao", "hongbao.fish", "hongbao-server.bash", "_hongbao-server", "hongbao-server.fish"]
    {
        let script = std::fs::read_to_string(Path::new(&folder).join("completions").join(shell)).unwrap();
        assert!(script.contains("audit") == shell.contains("server"), "{shell} completes its own program's words");
    }
    assert_eq!(home.error(1, &["manual", &home.path("passphrase")]), "file", "a file is no folder");
    assert!(!Path::new(&home.path("wallet")).exists(), "it makes no wallet");
}

#[test]
fn a_folder_is_taken_in_file_by_file() {
    let home = Home::new();
    let folder = home.path("from lin");
    std::fs::create_dir_all(Path::new(&folder).join("more")).unwrap();
    let vector = |name: &str| format!("{}/tests/vectors/packets/{name}.hongbao", env!("CARGO_MANIFEST_DIR"));
    for (from, to) in [("gift", "1.hongbao"), ("goods", "more/2.hongbao"), ("hop-forged", "3.hongbao")] {
        std::fs::copy(vector(from), Path::new(&folder).join(to)).unwrap();
    }
    std::fs::write(Path::new(&folder).join("letter.txt"), "Dear friend").unwrap();
    let many = home.answer("import-many", &["import", &folder, &vector("gift"), "hongbao:1?x"]);
    let new: Vec<&Value> = many["packets"].as_array().unwrap().iter().map(|packet| &packet["new"]).collect();
    assert_eq!(new, [&json!(true), &json!(true), &json!(false)], "{many}");
    let refused = many["refused"].as_array().unwrap();
    let codes: Vec<&str> = refused.iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(codes, ["not-genuine", "bad-link"]);
    assert!(refused[0]["path"].as_str().unwrap().ends_with("3.hongbao"));
    assert_eq!(home.answer("list", &["list"]).as_array().unwrap().len(), 2);
}

#[test]
fn refusals_and_mistakes() {
    let home = Home::new();
    let id = format!("-{}", "A".repeat(42));
    assert_eq!(home.error(1, &["show", &id]), "unknown-packet", "an id may begin with a hyphen");
    assert_eq!(home.error(1, &["show", "short"]), "ambiguous-id");
    assert_eq!(home.error(1, &["open", "AAAAAA"]), "unknown-packet");
    assert_eq!(home.error(1, &["forward", "AAAAAA", "--link"]), "unknown-packet");
    assert_eq!(home.error(1, &["issuer", "add", "http://127.0.0.1:1"]), "unreachable");
    assert_eq!(home.error(1, &["bank", "add", "not an address"]), "bad-address");
    let account = "6200000001880124";
    assert_eq!(home.error(1, &["account", "link", account, "--code", "x"]), "bank-unknown");
    assert_eq!(home.error(1, &["collect", "AAAAAA", "--account", account]), "unknown-packet");
    for args in [
        &["collect", "AAAAAA", "--account", "6200000001880125"][..],
        &["forward", "AAAAAA"],
        &["forward", "AAAAAA", "--link", "--save", "x"],
        &["forward", "AAAAAA", "--to", "Ben", "--for", "Ben"],
        &["open", "AAAAAA", "--show-me", "--without-telling"],
        &["nonsense"],
        &[],
    ] {
        assert_eq!(home.error(64, args), "usage", "{args:?}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_hongbao")).arg("--help").output().unwrap();
    assert!(help.status.success() && !help.stdout.is_empty());
}

#[test]
fn every_definition_is_a_schema() {
    for definition in SCHEMA["$defs"].as_object().unwrap().keys() {
        let mut wanted = SCHEMA.clone();
        wanted["$ref"] = json!(format!("#/$defs/{definition}"));
        assert!(jsonschema::validator_for(&wanted).is_ok(), "{definition}");
    }
}
