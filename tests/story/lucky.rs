//! A lucky packet by the commands alone: drawn, collected at two banks, and computed again by everybody when it is closed.

use serde_json::{Value, json};

use crate::world::{Terms, Wallet, World};

/// The answer of `verify-draw`, with its exit code.
fn verify(wallet: &Wallet, id: &str) -> (Option<i32>, Value) {
    let output = wallet.output(&["verify-draw", id]);
    let text = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{text}")))
}

#[test]
fn a_lucky_packet_is_drawn_paid_and_computed_again() {
    let world = World::new();
    let campaign = world.campaign(&Terms { shares: 3, mode: "lucky", ..Terms::default() });
    let (id, path) = world.issue_file(&campaign);
    let mut paid = Vec::new();
    for n in 0..3 {
        let wallet = world.wallet(&format!("w{n}"));
        let bank = if n == 0 { &world.issuing } else { &world.collecting };
        let account = world.account_at(bank, &wallet, &format!("doc-{n}"));
        wallet.run(&["import", path.to_str().unwrap()]);
        if n == 1 {
            let first: &(Wallet, String, Value) = &paid[0];
            let (code, draw) = verify(&first.0, &id);
            assert_eq!((code, &draw["state"], &draw["share"]), (Some(4), &json!("waiting"), &json!(1)));
            // The seed is in no memory: a bank that was killed draws the same.
            world.issuing.kill();
            world.issuing.restart();
        }
        let collected = wallet.run(&["collect", &id, "--account", &account, "--wait", "30"]);
        assert_eq!((&collected["state"], &collected["share"]), (&json!("paid"), &json!(n + 1)));
        assert_eq!(world.balance(bank, &account), collected["amount"]["minor"]);
        paid.push((wallet, account, collected));
    }
    let amounts: Vec<i64> = paid.iter().map(|(_, _, paid)| paid["amount"]["minor"].as_i64().unwrap()).collect();
    assert_eq!(amounts.iter().sum::<i64>(), 8800, "{amounts:?}");
    for (wallet, _, collected) in &paid {
        let synced = wallet.run(&["sync"]);
        assert_eq!(synced["draws"], json!([id]), "a wallet that was paid checks by itself");
        let (code, draw) = verify(wallet, &id);
        assert_eq!((code, &draw["state"], &draw["compared"]), (Some(0), &json!("holds"), &json!(3)), "{draw}");
        assert_eq!((&draw["share"], &draw["amount"]), (&collected["share"], &collected["amount"]));
        assert_eq!(wallet.run(&["show", &id])["draw"]["state"], "holds");
    }
    let late = world.wallet("late");
    late.run(&["import", path.to_str().unwrap()]);
    let (code, draw) = verify(&late, &id);
    assert_eq!((code, &draw["state"], &draw["share"]), (Some(0), &json!("holds"), &Value::Null), "anybody can");
    world.audit();
}
