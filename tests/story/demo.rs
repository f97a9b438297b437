//! The demo as anybody starts it: what it leaves behind can be checked without it, and it leaves nothing running.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use hongbao::app::ThemeChoice;
use hongbao::app::text::{Language, Texts};
use hongbao::demo::Options;
use hongbao::demo::stage::Stage;
use hongbao::demo::watch::{PartyView, follow};
use hongbao::jose::KeySet;
use hongbao::packet::{BankKeys, Origin, PacketFile, Trust, Verdict, verify};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shapes::fits;
use crate::world::{eventually, parsed};

fn hongbao(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao"));
    command.args(args).arg("--json").stdin(Stdio::null());
    command
}

/// The demo, in a home that is its own.
struct Playing {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    home: TempDir,
    /// Address and process of each party.
    parties: Vec<(String, u64)>,
}

impl Playing {
    fn start(args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = hongbao(&[&["demo", "--lang", "zh-CN"], args].concat());
        for variable in ["DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(variable);
        }
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "TMPDIR"] {
            command.env(variable, home.path());
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut playing = Self { child, lines, home, parties: Vec::new() };
        let first = playing.next().unwrap_or_else(|| panic!("{}", playing.error()));
        assert_eq!(first["event"], "parties");
        let of = |party: &Value| (party["origin"].as_str().unwrap().to_owned(), party["pid"].as_u64().unwrap());
        playing.parties = first["parties"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(playing.parties.len(), 3);
        playing
    }

    fn next(&mut self) -> Option<Value> {
        self.lines.next().map(|line| fits("demo", line.unwrap().as_bytes()))
    }

    /// Reads until a step has been taken.
    fn until(&mut self, step: &str) {
        while let Some(line) = self.next() {
            if line["step"]["step"] == step {
                return;
            }
        }
        panic!("the demo ended before {step}: {}", self.error());
    }

    fn error(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Nobody answers at the parties' addresses any more.
    fn nothing_is_left_running(&self) {
        for (origin, _) in &self.parties {
            let address = origin.strip_prefix("http://").unwrap();
            eventually("a party ends", || TcpStream::connect(address).is_err().then_some(()));
        }
    }

    /// Nothing was written where a person's own wallet would be, nor left with temporary files.
    fn nothing_is_left_in_the_home(&self) {
        assert_eq!(std::fs::read_dir(self.home.path()).unwrap().count(), 0);
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What somebody believes who has only the report's folder.
fn trust(out: &Path, report: &Value) -> Trust {
    let mut trust = Trust::default();
    for party in report["parties"].as_array().unwrap() {
        let keys: KeySet = serde_json::from_slice(&read(&out.join(party["keys"].as_str().unwrap()))).unwrap();
        assert_eq!(keys.keys.len(), 1);
        let origin = Origin::parse(party["origin"].as_str().unwrap()).unwrap();
        if party["party"] == "enterprise" {
            trust.issuers.insert(origin, keys);
        } else {
            let name = party["name"].as_str().unwrap().to_owned();
            trust.banks.insert(origin, BankKeys { name, keys });
        }
    }
    trust
}

fn inspected(wallet: &Path, file: &Path) -> (Option<i32>, Value) {
    let command = ["inspect", file.to_str().unwrap(), "--wallet", wallet.to_str().unwrap()];
    let Output { status, stdout, .. } = hongbao(&command).output().unwrap();
    (status.code(), fits("inspect", &stdout))
}

/// Numbered in their order, each of the window's size and of many colours, and not all the same.
fn pictures_are_of_the_window(out: &Path, steps: &[Value]) {
    let names = [
        "shelf",
        "envelope",
        "moment",
        "voucher",
        "collected",
        "forward",
        "sent",
        "friend-envelope",
        "friend-collected",
        "rewards",
        "reward-collected",
        "activity",
        "everybody",
    ];
    let taken = steps.iter().flat_map(|step| step["pictures"].as_array().unwrap());
    let taken: Vec<&str> = taken.map(|file| file.as_str().unwrap()).collect();
    let wanted: Vec<String> = (1..).zip(names).map(|(at, name)| format!("{at:02}-{name}.png")).collect();
    assert_eq!(taken, wanted);
    let mut pictures = Vec::new();
    for (file, name) in wanted.iter().zip(names) {
        let picture = image::load_from_memory(&read(&out.join(file))).unwrap().into_rgb8();
        let strip = if name == "everybody" { 88 } else { 0 };
        assert_eq!(picture.dimensions(), (1120, 760 + strip), "{file}");
        let colours: BTreeSet<_> = picture.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() > 100, "{file} has {} colours", colours.len());
        pictures.push(picture);
    }
    let differ = |one: usize, other: usize| {
        pictures[one].pixels().zip(pictures[other].pixels()).filter(|(one, other)| one != other).count()
    };
    for (one, other) in [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (1, 7), (9, 10)] {
        assert!(differ(one, other) > 1000, "{} and {} look the same", wanted[one], wanted[other]);
    }
    assert!(differ(1, 3) > 200_000, "a voucher is no envelope");
}

#[test]
fn the_demo_leaves_what_can_be_checked_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let mut playing = Playing::start(&["--headless", "--out", out.to_str().unwrap()]);
    let mut steps = Vec::new();
    let end = loop {
        let line = playing.next().unwrap_or_else(|| panic!("{}", playing.error()));
        if line["event"] == "end" {
            break line;
        }
        steps.push(line["step"].clone());
    };
    assert_eq!(end["report"], out.join("report.json").to_str().unwrap());
    assert_eq!(playing.child.wait().unwrap().code(), Some(0));
    playing.nothing_is_left_running();
    playing.nothing_is_left_in_the_home();

    let report = fits("demo-report", parsed(&read(&out.join("report.json"))).to_string().as_bytes());
    assert_eq!((&report["ok"], &report["error"], &report["steps"]), (&json!(true), &Value::Null, &json!(steps)));
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    let story = ["issue", "arrive", "open", "collect", "forward", "friend-open", "friend-collect", "reward"];
    assert_eq!(names, [&story[..], &["reward-collect", "audit"]].concat());
    for check in steps.iter().flat_map(|step| step["checks"].as_array().unwrap()) {
        assert_eq!((&check["ok"], &check["found"]), (&json!(true), &check["expected"]), "{check}");
    }

    pictures_are_of_the_window(&out, &steps);

    // The packet files say what the report says, to whoever has the keys beside them.
    let trust = trust(&out, &report);
    let mut seen = Vec::new();
    for step in steps.iter().filter(|step| !step["file"].is_null()) {
        let path = out.join(step["file"].as_str().unwrap());
        let file = PacketFile::read(&read(&path)).unwrap();
        assert_eq!(verify(&file, &trust).verdict, Verdict::Genuine, "{}", path.display());
        assert!(file.media.len() == 2 && file.packet.claims.envelope.cover.is_some(), "its own cover and emblem");
        let (code, inspection) = inspected(&out.join("work").join("first"), &path);
        assert_eq!((code, &inspection["verdict"]), (Some(0), &json!("genuine")));
        assert_eq!(inspection["id"], step["packet"]);
        let hops = inspection["hops"].as_array().unwrap().len();
        seen.push((step["step"].as_str().unwrap(), inspection["amount"]["minor"].as_i64().unwrap(), hops));
    }
    assert_eq!(seen, [("issue", 8800, 0), ("forward", 8800, 1), ("reward", 660, 0)]);

    // The books are in order afterwards too, and what is there is not written over.
    for party in ["enterprise", "bank-issuing", "bank-collecting"] {
        let data = out.join("work").join(party);
        let audit = hongbao(&["server", "audit", "--data", data.to_str().unwrap()]).output().unwrap();
        assert_eq!(fits("server-audit", &audit.stdout)["ok"], true);
    }
    let again = hongbao(&["demo", "--headless", "--out", out.to_str().unwrap()]).output().unwrap();
    assert_eq!((again.status.code(), &fits("error", &again.stderr)["error"]["type"]), (Some(1), &json!("not-empty")));
}

#[cfg(unix)]
#[test]
fn a_party_that_dies_midway_is_noticed() {
    let mut playing = Playing::start(&["--headless"]);
    playing.until("open");
    let (_, pid) = playing.parties[1].clone();
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    while playing.next().is_some() {}
    assert_eq!(playing.child.wait().unwrap().code(), Some(1));
    let error = fits("error", playing.error().as_bytes())["error"].take();
    assert_eq!(error["type"], "party-stopped");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("临江银行") && detail.contains(&pid.to_string()), "{detail}");
    playing.nothing_is_left_running();
    playing.nothing_is_left_in_the_home();
}

#[test]
fn parties_end_with_a_demo_that_is_killed() {
    // Where windows come by variables, there is none without them.
    let windowless = cfg!(all(unix, not(target_os = "macos")));
    let mut playing = Playing::start(if windowless { &[] } else { &["--headless"] });
    playing.until("issue");
    playing.child.kill().unwrap();
    playing.child.wait().unwrap();
    playing.nothing_is_left_running();
}

#[cfg(unix)]
#[test]
fn a_demo_that_is_told_to_stop_stops_everybody() {
    let mut playing = Playing::start(&["--headless"]);
    playing.until("arrive");
    assert!(Command::new("kill").args(["-TERM", &playing.child.id().to_string()]).status().unwrap().success());
    while playing.next().is_some() {}
    assert_eq!(playing.child.wait().unwrap().code(), Some(1));
    assert_eq!(fits("error", playing.error().as_bytes())["error"]["type"], "interrupted");
    playing.nothing_is_left_running();
    playing.nothing_is_left_in_the_home();
}

#[cfg(unix)]
#[tokio::test]
async fn whoever_watches_sees_what_the_parties_see() {
    let program = env!("CARGO_BIN_EXE_hongbao").into();
    let stage = Stage::set(&Options { program, out: None, language: Language::English, theme: ThemeChoice::Light })
        .await
        .unwrap();
    let texts = Texts::new(Language::English);
    let (sender, mut sees) = tokio::sync::watch::channel(Vec::new());
    let watching = async {
        let mut wait = async |what: &str, party: usize, holds: &dyn Fn(&PartyView) -> bool| {
            let seen = sees.wait_for(|views| views.get(party).is_some_and(holds));
            let seen = tokio::time::timeout(std::time::Duration::from_secs(30), seen).await;
            assert!(seen.is_ok_and(|seen| seen.is_ok()), "{what}");
        };
        let says = |view: &PartyView, words: &str| view.lines.iter().any(|line| line.text(&texts) == words);
        wait("nothing is issued", 0, &|view| view.running && says(view, "Issued 0 packets")).await;
        stage.issue().await.unwrap();
        wait("a packet is issued", 0, &|view| says(view, "Issued 1 packet")).await;
        let pid = stage.parties.enterprise.pid.to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        wait("a party stops", 0, &|view| !view.running && says(view, "Issued 1 packet")).await;
    };
    tokio::select! {
        () = watching => {}
        () = follow(&stage, &sender) => panic!("somebody still looks"),
    }
    stage.stop().await;
}
