//! What may be depended on: permissive licences, one source, and no library that is banned, with the reason.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

/// Never in the lock file, also not for another system.
const BANNED: &[(&str, &str)] = &[
    ("native-tls", "TLS is rustls, with the same rules on every system"),
    ("openssl-sys", "TLS is rustls, with the same rules on every system"),
    ("jsonwebtoken", "signed messages are read by `jose` alone, strictly"),
    ("rsa", "one suite, and this one leaks by its timing (RUSTSEC-2023-0071)"),
    ("sqlx-core", "there is one way to a database"),
    ("async-std", "one runtime"),
    ("serde_yaml", "nobody keeps it any more"),
];

/// The packages of the lock file: each with its lines.
fn locked() -> Vec<String> {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    lock.split("[[package]]").skip(1).map(str::to_owned).collect()
}

fn member<'a>(package: &'a str, name: &str) -> Option<&'a str> {
    let rest = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
    rest.strip_suffix('"')
}

#[test]
fn dependencies_come_from_one_place_and_none_is_banned() {
    let packages = locked();
    assert!(packages.len() > 100);
    for package in &packages {
        let name = member(package, "name").unwrap();
        if name == "hongbao" {
            continue;
        }
        assert_eq!(member(package, "source"), Some(SOURCE), "{name}");
        assert!(member(package, "checksum").is_some_and(|sum| sum.len() == 64), "{name} has no checksum");
        let banned = BANNED.iter().find(|(banned, _)| *banned == name);
        assert!(banned.is_none(), "{name} is banned: {banned:?}");
    }
}

/// Whether a licence expression (SPDX, or the older form with strokes) can be met by licences of the list.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let mut words: Vec<String> = Vec::new();
    for word in expression.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
        match (words.last_mut(), word) {
            // A licence with its exception is one licence.
            (Some(before), "WITH") => before.push_str(" WITH"),
            (Some(before), exception) if before.ends_with(" WITH") => {
                before.push(' ');
                before.push_str(exception);
            }
            _ => words.push(word.to_owned()),
        }
    }
    let mut rest = words.as_slice();
    let allowed = any(&mut rest);
    assert!(rest.is_empty(), "{expression}");
    allowed
}

fn any(rest: &mut &[String]) -> bool {
    let mut allowed = all(rest);
    while let Some(("OR", after)) = rest.split_first().map(|(word, after)| (word.as_str(), after)) {
        *rest = after;
        allowed |= all(rest);
    }
    allowed
}

fn all(rest: &mut &[String]) -> bool {
    let mut allowed = one(rest);
    while let Some(("AND", after)) = rest.split_first().map(|(word, after)| (word.as_str(), after)) {
        *rest = after;
        allowed &= one(rest);
    }
    allowed
}

fn one(rest: &mut &[String]) -> bool {
    let Some((word, after)) = rest.split_first() else { return false };
    *rest = after;
    if word != "(" {
        return LICENCES.contains(&word.as_str());
    }
    let allowed = any(rest);
    let Some((")", after)) = rest.split_first().map(|(word, after)| (word.as_str(), after)) else { return false };
    *rest = after;
    allowed
}

#[test]
fn every_dependency_may_be_used_and_passed_on() {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let told = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--locked",
            "--offline",
            "--format-version",
            "1",
            "--filter-platform",
            host,
            "--manifest-path",
        ])
        .arg(manifest)
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let packages = told["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence), "{}: {licence:?}", package["name"]);
    }
}

#[test]
fn licences_are_read_as_they_are_meant() {
    for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR GPL-2.0-only) AND Unicode-3.0"] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND AGPL-3.0-only",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ] {
        assert!(!is_allowed(bad), "{bad}");
    }
}
