//! The vectors: what each should come to, and that the program agrees. `BLESS=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hongbao::jose::KeySet;
use hongbao::packet::{BankKeys, Origin, PacketFile, Report, Trust, chain, link, verify};
use serde_json::{Value, json};

use super::maker::{self, BANK, OTHER_BANK, Outer, SHOP, sorted};
use super::{broken, valid};

/// One vector.
pub struct Case {
    pub name: &'static str,
    pub content: Content,
    pub trust: &'static str,
    pub verdict: &'static str,
    /// Every check that did not simply pass: check, result, reason.
    pub findings: Vec<[&'static str; 3]>,
    pub why: &'static str,
}

pub enum Content {
    File(Vec<u8>),
    Link(String),
}

impl Case {
    pub fn genuine(name: &'static str, outer: &Outer, why: &'static str) -> Self {
        Self::of(name, outer, "genuine", &[], why)
    }

    pub fn broken(
        name: &'static str,
        outer: &Outer,
        check: &'static str,
        reason: &'static str,
        why: &'static str,
    ) -> Self {
        Self::of(name, outer, "not-genuine", &[[check, "failed", reason]], why)
    }

    pub fn malformed(name: &'static str, bytes: impl Into<Vec<u8>>, why: &'static str) -> Self {
        let findings = vec![["form", "failed", "malformed"]];
        Self { name, content: Content::File(bytes.into()), trust: "all", verdict: "unreadable", findings, why }
    }

    pub fn of(
        name: &'static str,
        outer: &Outer,
        verdict: &'static str,
        findings: &[[&'static str; 3]],
        why: &'static str,
    ) -> Self {
        let content = Content::File(outer.text().into_bytes());
        Self { name, content, trust: "all", verdict, findings: findings.to_vec(), why }
    }

    pub fn trusting(self, trust: &'static str) -> Self {
        Self { trust, ..self }
    }

    pub fn linked(self, link: String) -> Self {
        Self { content: Content::Link(link), ..self }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// Whom one trusts, by name: JSON as `cases.json` holds it.
fn trusts() -> Value {
    let set = |key: &hongbao::jose::SigningKey| KeySet { keys: vec![key.public()] }.to_json();
    let shop = json!({SHOP: set(&maker::shop_key())});
    let moved = json!({SHOP: set(&maker::key(9))});
    let bank = json!({"name": "Example Bank", "keys": set(&maker::bank_key())});
    let banks = json!({BANK: bank, OTHER_BANK: {"name": "Other Bank", "keys": set(&maker::other_bank_key())}});
    json!({
        "all": {"issuers": shop, "banks": banks},
        "banks": {"issuers": {}, "banks": banks},
        "issuers": {"issuers": shop, "banks": {}},
        "nobody": {"issuers": {}, "banks": {}},
        "issuer-with-another-key": {"issuers": moved, "banks": banks},
    })
}

fn trust(named: &Value) -> Trust {
    let mut trust = Trust::default();
    for (origin, keys) in named["issuers"].as_object().unwrap() {
        trust.issuers.insert(Origin::parse(origin).unwrap(), serde_json::from_value(keys.clone()).unwrap());
    }
    for (origin, bank) in named["banks"].as_object().unwrap() {
        let keys = serde_json::from_value(bank["keys"].clone()).unwrap();
        let bank = BankKeys { name: bank["name"].as_str().unwrap().to_owned(), keys };
        trust.banks.insert(Origin::parse(origin).unwrap(), bank);
    }
    trust
}

pub fn trust_all() -> Trust {
    trust(&trusts()["all"])
}

fn describe(case: &Case) -> Value {
    let findings: Vec<_> = case
        .findings
        .iter()
        .map(|[check, result, reason]| json!({"check": check, "result": result, "reason": reason}))
        .collect();
    let mut entry = json!({
        "name": case.name, "trust": case.trust, "verdict": case.verdict, "findings": findings, "why": case.why
    });
    match &case.content {
        Content::File(_) => entry["file"] = format!("packets/{}.hongbao", case.name).into(),
        Content::Link(link) => entry["link"] = link.as_str().into(),
    }
    entry
}

/// One case a line, so that a change shows as one line.
fn cases_json(cases: &[Case]) -> String {
    let lines: Vec<_> = cases.iter().map(|case| sorted(&describe(case))).collect();
    format!("{{\"trusts\":{},\n\"cases\":[\n{}\n]}}\n", sorted(&trusts()), lines.join(",\n"))
}

pub fn all() -> Vec<Case> {
    let mut cases = valid::cases();
    cases.extend(broken::cases());
    cases
}

#[test]
fn files_on_disk_are_what_the_maker_makes() {
    let cases = all();
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for case in &cases {
        if let Content::File(bytes) = &case.content {
            let path = folder().join(format!("packets/{}.hongbao", case.name));
            assert!(files.insert(path, bytes.clone()).is_none(), "two cases are called {}", case.name);
        }
    }
    files.insert(folder().join("cases.json"), cases_json(&cases).into_bytes());
    if std::env::var_os("BLESS").is_some() {
        let _ = fs::remove_dir_all(folder().join("packets"));
        fs::create_dir_all(folder().join("packets")).unwrap();
        files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    }
    for (path, bytes) in &files {
        let name = path.file_name().unwrap();
        assert!(fs::read(path).is_ok_and(|there| there == *bytes), "{name:?} differs; BLESS=1 writes it anew");
    }
    assert_eq!(fs::read_dir(folder().join("packets")).unwrap().count(), files.len() - 1, "a file without a case");
}

fn judge(case: &Value, trust: &Trust) -> Report {
    if let Some(text) = case["link"].as_str() {
        return link::read(text).map_or_else(|why| Report::unreadable_link(&why), |file| verify(&file, trust));
    }
    let bytes = fs::read(folder().join(case["file"].as_str().unwrap())).unwrap();
    PacketFile::read(&bytes).map_or_else(|why| Report::unreadable(&why), |file| verify(&file, trust))
}

/// From the files alone, as another implementation would.
#[test]
fn every_case_comes_to_its_verdict() {
    let document: Value = serde_json::from_slice(&fs::read(folder().join("cases.json")).unwrap()).unwrap();
    let (mut reasons, mut wrong) = (BTreeSet::new(), Vec::new());
    for case in document["cases"].as_array().unwrap() {
        let trust = trust(&document["trusts"][case["trust"].as_str().unwrap()]);
        let report = serde_json::to_value(judge(case, &trust)).unwrap();
        let mut findings = report["checks"].as_array().unwrap().clone();
        findings.retain(|check| check["result"] != "passed" || !check["reason"].is_null());
        let (came, should) =
            ((&report["verdict"], Value::from(findings)), (&case["verdict"], case["findings"].clone()));
        if came != should {
            wrong.push(format!("{} ({}): {came:?}, not {should:?}", case["name"], case["why"]));
        }
        let named = case["findings"].as_array().unwrap().iter();
        reasons.extend(named.map(|finding| finding["reason"].as_str().unwrap().to_owned()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all: BTreeSet<String> = EVERY_REASON.iter().map(|reason| (*reason).to_owned()).collect();
    assert_eq!(reasons, all, "each reason has a case");
}

/// docs/packet-format.md, Reasons.
const EVERY_REASON: [&str; 24] = [
    "too-large",
    "malformed",
    "unknown-version",
    "bank-unknown",
    "bank-key-unknown",
    "voucher-missing",
    "voucher-unexpected",
    "other-packet",
    "other-applicant",
    "other-bank",
    "other-amount",
    "issuer-unknown",
    "issuer-key-unknown",
    "vouched-by-bank",
    "signature",
    "not-forwardable",
    "too-many-hops",
    "hop-order",
    "hop-elsewhere",
    "hop-not-holder",
    "note-elsewhere",
    "media-missing",
    "media-unexpected",
    "media-malformed",
];

#[test]
fn what_the_program_writes_is_canonical() {
    for case in all() {
        let Content::File(bytes) = &case.content else { continue };
        let Ok(file) = PacketFile::read(bytes) else { continue };
        let written = file.to_bytes();
        assert_eq!(PacketFile::read(&written).as_ref(), Ok(&file), "{}", case.name);
        assert_eq!(PacketFile::read(&written).unwrap().to_bytes(), written, "{}", case.name);
        if let Ok(link) = link::write(&file) {
            assert_eq!(link::read(&link), Ok(PacketFile { media: Vec::new(), ..file.clone() }), "{}", case.name);
        }
    }
}

#[test]
fn the_holder_of_each_sample() {
    use chain::Holder;
    let holder = |outer: Outer| {
        let file = PacketFile::read(outer.text().as_bytes()).unwrap();
        chain::holder(&file.packet.claims, &file.hops)
    };
    let clients: Vec<_> = (0..3).map(maker::client).collect();
    let named = |n: usize| Holder::Client(clients[n].public().thumbprint());
    let (zero, one, two) = (&clients[0], &clients[1], &clients[2]);
    assert_eq!(holder(maker::Draft::gift().seal()), Holder::Anyone);
    assert_eq!(holder(maker::Draft::addressed().seal()), named(0));
    assert_eq!(holder(maker::Draft::addressed().seal().forward(zero, None)), Holder::Anyone);
    assert_eq!(holder(maker::Draft::addressed().seal().forward(zero, Some(one)).forward(one, Some(two))), named(2));
}
