//! The load command on servers of its own, which are killed on the way, and on an operator's: what was acknowledged is
//! there, the audits find nothing, and both banks' books agree; and a book that was tampered with is told.

use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shapes::fits;
use crate::world::World;

fn load(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hongbao-server")).arg("load").args(args).arg("--json").output().unwrap()
}

fn holds(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let loaded = fits("server-load", &output.stdout);
    assert_eq!((&loaded["lost"], &loaded["books"]["ok"]), (&json!(0), &json!(true)), "{loaded}");
    assert_eq!(loaded["books"]["owed"], loaded["books"]["claimed"]);
    loaded
}

#[test]
fn what_was_acknowledged_survives_kills_and_the_books_agree() {
    let dir = TempDir::new().unwrap();
    let own = ["--own", dir.path().to_str().unwrap(), "--connections", "8", "--kill"];
    let told = holds(&load(&[&["notices", "--count", "1500"][..], &own].concat()));
    assert_eq!((&told["done"], &told["others"]), (&json!(1500), &json!({})));
    assert_eq!(told["again"]["differing"], 0);
    assert!(told["kills"].as_u64().unwrap() > 0, "{told}");
    let paid = holds(&load(&[&["collects", "--count", "150", "--one-packet", "100"][..], &own].concat()));
    assert_eq!((&paid["done"], &paid["others"]), (&json!(100), &json!({"all-shares-collected": 50})));
    assert_eq!(paid["books"]["owed"], 100 * 100);
    assert!(paid["kills"].as_u64().unwrap() > 0, "{paid}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn rewards_and_packets_arrive() {
    let dir = TempDir::new().unwrap();
    let own = ["--own", dir.path().to_str().unwrap()];
    let made = holds(&load(&[&["rewards", "--count", "100", "--rate", "50"][..], &own].concat()));
    assert_eq!(made["done"], 100);
    let issued = holds(&load(&[&["issuing", "--count", "1200"][..], &own].concat()));
    assert_eq!(issued["done"], 1200);
}

#[test]
fn an_operators_own_servers_are_loaded_and_a_false_book_is_told() {
    let world = World::new();
    let dirs = [&world.enterprise, &world.issuing, &world.collecting].map(|it| it.dir().to_str().unwrap().to_owned());
    let named = ["--enterprise", &dirs[0], "--issuing", &dirs[1], "--collecting", &dirs[2], "--count", "20"];
    let told = holds(&load(&[&["notices"][..], &named].concat()));
    assert_eq!(told["done"], 20);
    let books = rusqlite::Connection::open(world.issuing.dir().join("hongbao.sqlite3")).unwrap();
    let changed = "UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE kind = 'customer'";
    assert!(books.execute(changed, ()).unwrap() > 0);
    let output = load(&[&["notices"][..], &named].concat());
    assert_eq!(output.status.code(), Some(1));
    let loaded = fits("server-load", &output.stdout);
    assert_eq!(loaded["books"]["ok"], false);
    assert!(loaded["books"]["differences"][0].as_str().unwrap().starts_with("issuing-bank: "), "{loaded}");
}

#[test]
fn a_load_is_bounded_and_names_its_servers() {
    for args in [&["notices"][..], &["notices", "--own", "x", "--count", "1000001"], &["notices", "--enterprise", "x"]]
    {
        assert_eq!(load(args).status.code(), Some(64), "{args:?}");
    }
    let nowhere = load(&["notices", "--enterprise", "x", "--issuing", "y", "--collecting", "z"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert_eq!(fits("error", &nowhere.stderr)["error"]["type"], "load-failed");
}
