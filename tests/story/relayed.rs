//! What lies in a friend's inbox: told as it stands, taken back in time or too late; and what strangers send, by the commands.

use serde_json::json;

use crate::world::{Terms, World};

#[test]
fn what_was_passed_on_is_followed_and_taken_back_and_a_strangers_waits_apart() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    ming.run(&["friend", "add", hao.card().to_str().unwrap(), "--name", "阿浩"]);
    hao.run(&["sync"]);
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let sent = ming.run(&["forward", &id, "--to", "阿浩"]);
    assert_eq!((&sent["state"], &sent["can_recall"]), (&json!("sent"), &json!(true)));

    // In time; and while the server is away, later.
    assert_eq!(ming.run(&["recall", &id, "阿浩"])["state"], "recalled");
    assert_eq!(hao.run(&["sync"])["received"], json!([]));
    ming.run(&["forward", &id, "--to", "阿浩", "--seal"]);
    world.enterprise.kill();
    assert_eq!(ming.run(&["recall", &id, "阿浩"])["state"], "recalling");
    world.enterprise.restart();
    ming.run(&["sync"]);
    assert_eq!(hao.run(&["sync"])["received"], json!([]));
    assert!(ming.run(&["show", &id])["forwards"].as_array().unwrap().iter().all(|it| it["state"] == "recalled"));

    // Too late: Hao's wallet has it, apart, for Hao does not know Ming.
    ming.run(&["forward", &id, "--to", "阿浩"]);
    let synced = hao.run(&["sync"]);
    assert_eq!((&synced["received"], &synced["others"]), (&json!([id]), &json!([id])));
    assert_eq!(hao.run(&["list"])[0]["stranger"], json!(ming.id()));
    assert_eq!(ming.run(&["recall", &id, "阿浩"])["state"], "delivered");
    assert_eq!(ming.refused(&["recall", &id, "nobody"])["type"], "unknown-friend");

    // Opened by somebody who agreed that Ming knows.
    assert_eq!(hao.run(&["keep", &id]), json!({"id": id}));
    assert_eq!(hao.run(&["list"])[0]["stranger"], json!(null));
    hao.run(&["open", &id, "--show-me"]);
    assert_eq!(ming.run(&["sync"])["forwards"], json!([id]));
    let forwards = ming.run(&["show", &id])["forwards"].clone();
    let opened = forwards.as_array().unwrap().iter().filter(|it| it["opened"] == true && it["state"] == "delivered");
    assert_eq!(opened.count(), 1, "{forwards}");

    // Blocked: nothing more is kept, and Ming is not told.
    assert_eq!(hao.run(&["friend", "block", &ming.id()])["dropped"], 0);
    let other = world.issue_to(&campaign, &ming);
    ming.run(&["forward", &other, "--to", "阿浩"]);
    assert_eq!(hao.run(&["sync"])["received"], json!([]));
    assert_eq!(hao.run(&["friend", "blocked"])[0]["dropped"], 1);
    assert_eq!(hao.run(&["friend", "unblock", &ming.id()])["client"], json!(ming.id()));
    assert_eq!(hao.run(&["friend", "blocked"]), json!([]));
    world.audit();
}

#[test]
fn a_file_is_sealed_for_somebody_and_says_that_it_is_sealed() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    ming.run(&["friend", "add", hao.card().to_str().unwrap(), "--name", "阿浩"]);
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let path = world.path("for-hao.hongbao.age");
    let sealed = ["forward", &id, "--seal", "--save", path.to_str().unwrap()];
    let misused = ming.output(&sealed);
    assert_eq!(misused.status.code(), Some(64), "{misused:?}");
    assert!(!path.exists());
    ming.run(&[&sealed[..], &["--for", "阿浩"]].concat());
    for wallet in [&hao, &ming] {
        let (code, seen) = wallet.inspect(&path);
        assert_eq!((code, &seen["verdict"], &seen["sealed"]), (Some(2), &json!("unreadable"), &json!(true)));
    }
    assert_eq!(hao.run(&["import", path.to_str().unwrap()])["new"], true);
    world.audit();
}
