//! The rules of ARCHITECTURE.md that a compiler does not check: which rooms may import which, what pure rooms may not
//! touch, and that each file says what it is for.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod secrets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("money", &[]),
    ("clock", &[]),
    ("jose", &[]),
    ("random", &["jose"]),
    ("packet", &["jose", "money"]),
    ("identity", &["jose", "packet", "random"]),
    ("api", &["jose", "money", "packet", "identity"]),
    ("net", &["api", "packet", "jose"]),
    ("store", &[]),
    ("art", &[]),
    ("party", &["api", "clock", "jose", "net", "packet", "random", "store"]),
    ("wallet", &["api", "clock", "identity", "jose", "money", "net", "packet", "random", "store"]),
    ("app", &["api", "art", "clock", "identity", "jose", "money", "packet", "random", "wallet"]),
    ("demo", &["api", "app", "art", "clock", "identity", "jose", "money", "net", "packet", "random", "wallet"]),
    ("load", &["api", "clock", "jose", "packet", "party", "random"]),
    // Tests only: the one place besides `cli` where everybody meets in one process.
    (
        "simulation",
        &[
            "api",
            "bank",
            "clock",
            "enterprise",
            "identity",
            "jose",
            "money",
            "net",
            "packet",
            "party",
            "random",
            "store",
            "wallet",
        ],
    ),
    ("enterprise", &["api", "art", "clock", "identity", "jose", "money", "net", "packet", "party", "random", "store"]),
    ("bank", &["api", "clock", "identity", "jose", "money", "net", "packet", "party", "random", "store"]),
];

/// What a room's tests (its folder `tests`) may import besides: a window's tests give its wallet a network of their own.
const TESTS_MAY_IMPORT: &[(&str, &[&str])] = &[("app", &["net"])];

/// What rooms without IO, clock, randomness and async may not even name.
const PURE: &[&str] = &["money", "jose", "packet", "api", "art"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::time",
    "std::thread",
    "SystemTime",
    "getrandom",
    "tokio",
    "reqwest",
    "rusqlite",
    "tokio_postgres",
    "async fn",
];

/// Only these rooms know a database's own words.
const DATABASES: &[&str] = &["store"];

fn files() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&src).unwrap();
                let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((room, path, text));
            }
        }
    }
    assert!(found.len() > 40, "the sources are where they were");
    found
}

/// The rooms that a file names as `crate::room`, comments apart.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for name in names {
            let room: String = name.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            rooms.insert(room);
        }
    }
    rooms
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else { continue };
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        let in_tests =
            TESTS_MAY_IMPORT.iter().find(|(name, _)| is_test && *name == room).map_or(&[][..], |(_, more)| more);
        for imported in imports(&text) {
            let is_room = MAY_IMPORT.iter().any(|(name, _)| *name == imported) || imported == "cli";
            let allowed = [*allowed, in_tests].concat();
            if is_room && imported != room && !allowed.contains(&imported.as_str()) {
                wrong.push(format!("{} imports {imported}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_its_rule() {
    let known: BTreeSet<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).chain(["lib", "bin", "cli"]).collect();
    for (room, path, _) in files() {
        assert!(known.contains(room.as_str()), "{} has no rule in tests/house", path.display());
    }
}

#[test]
fn pure_rooms_stay_pure() {
    for (room, path, text) in files() {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        // What a room's tests do is theirs: a gallery of drawings is written to look at.
        let is_tests = path.file_stem().is_some_and(|name| name == "tests");
        if PURE.contains(&room.as_str()) && !is_tests {
            for word in IMPURE {
                assert!(!code.contains(word), "{} names {word}", path.display());
            }
        }
        // Tests of audits damage rows behind the store's back.
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        let may_know = is_test || DATABASES.contains(&room.as_str());
        for word in ["rusqlite", "tokio_postgres"] {
            assert!(may_know || !code.contains(word), "{} knows {word}", path.display());
        }
    }
}

#[test]
fn every_route_is_registered_with_its_description() {
    for (room, path, text) in files() {
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        let code = text.split("#[cfg(test)]").next().unwrap();
        if ["enterprise", "bank", "party"].contains(&room.as_str()) && !is_test {
            for way in [".route(", ".route_service(", ".nest(", ".nest_service(", ".fallback", "axum::routing"] {
                assert!(!code.contains(way), "{}: {way} makes a route that no document knows", path.display());
            }
        }
    }
}

#[test]
fn each_file_says_what_it_is_for() {
    for (_, path, text) in files() {
        assert!(text.starts_with("//!"), "{}", path.display());
    }
}

#[test]
fn the_reader_of_imports_reads() {
    let text = "use crate::{jose, money};\nuse crate::store::Tx; // crate::bank\nlet x = crate::api::routes::FEED;";
    assert_eq!(imports(text).into_iter().collect::<Vec<_>>(), ["api", "jose", "money", "store"]);
}

/// The names in the last column of a table's row, those between backquotes.
fn named_tests(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.contains("| test |"));
    let columns = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    columns.flat_map(|column| column.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_test_of_the_threat_model_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let sources: Vec<String> = ["src", "tests"].iter().flat_map(|folder| texts(&root.join(folder))).collect();
    let is_a_test = |name: &str| {
        let head = format!("fn {name}(");
        sources.iter().any(|text| {
            text.find(&head).is_some_and(|at| {
                let before: Vec<&str> = text[..at].lines().rev().take(4).collect();
                before.iter().any(|line| line.contains("test"))
            })
        })
    };
    let named = named_tests(&page);
    assert!(named.len() > 100, "the tables are read: {}", named.len());
    let missing: Vec<&str> = named.into_iter().filter(|name| !is_a_test(name)).collect();
    assert!(missing.is_empty(), "docs/threat-model.md names what is no test: {missing:#?}");
    assert!(!is_a_test("no_such_test_was_ever_written"), "what is not there is missed");
}

/// The texts of all Rust files below a folder.
fn texts(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => texts(&path),
            Some(extension) if extension == "rs" => vec![std::fs::read_to_string(&path).unwrap()],
            _ => Vec::new(),
        })
        .collect()
}
