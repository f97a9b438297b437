//! What is sealed for one friend, and contact cards that are looked at first: between wallets that are processes of their own.

use serde_json::json;

use crate::world::{Terms, World};

#[test]
fn what_is_sealed_reaches_one_friend_and_earns_its_reward() {
    let world = World::new();
    let [ming, hao, mei, eve] = ["ming", "hao", "mei", "eve"].map(|name| world.wallet(name));
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    ming.run(&["open", &id]);

    // Looking at a card adds nobody; its link is the same card.
    let card = hao.card();
    let link = hao.run(&["identity"])["link"].as_str().unwrap().to_owned();
    let seen = ming.run(&["friend", "look", &link]);
    assert_eq!((&seen["standing"], &seen["client"], &seen["seals"]), (&json!("new"), &json!(hao.id()), &json!(true)));
    assert_eq!(seen["fingerprint"], hao.run(&["identity"])["fingerprint"], "both read the same words");
    assert_eq!(ming.run(&["friend", "list"]), json!([]));
    ming.run(&["friend", "add", card.to_str().unwrap(), "--name", "小浩"]);
    assert_eq!(ming.run(&["friend", "rename", "小浩", "阿浩"])["name"], "阿浩");
    ming.run(&["friend", "add", mei.card().to_str().unwrap(), "--name", "小梅"]);

    // Into an inbox: nobody but Hao can read it, and the enterprise passes it on.
    hao.run(&["sync"]);
    let sent = ming.run(&["forward", &id, "--to", "阿浩", "--seal", "--note", "只给你"]);
    assert_eq!((&sent["state"], &sent["sealed"]), (&json!("sent"), &json!(true)), "{sent}");
    assert_eq!(hao.run(&["sync"])["received"], json!([id]));
    assert_eq!(hao.run(&["show", &id])["from"]["client"], ming.id());
    assert_eq!(hao.run(&["open", &id, "--show-me"])["receipt"], "rewarded");
    let rewards = ming.wait_for_rewards(1);
    assert_eq!(rewards[0]["for"], json!({"packet": id, "opener": hao.id()}), "the notice names both");

    // As a file: Mei opens it, a third wallet and the sender do not.
    let path = world.path("for-mei.hongbao.age");
    let file = path.to_str().unwrap();
    ming.run(&["forward", &id, "--save", file, "--for", "小梅", "--seal"]);
    assert!(std::fs::read(&path).unwrap().starts_with(b"age-encryption.org/v1\n"));
    for other in [&eve, &ming, &hao] {
        assert_eq!(other.refused(&["import", file])["type"], "sealed-for-another");
    }
    assert_eq!(eve.run(&["list"]), json!([]));
    assert_eq!(mei.run(&["import", file])["id"], id.as_str());
    assert_eq!(mei.run(&["open", &id])["receipt"], "rewarded");
    assert_eq!(ming.wait_for_rewards(2).len(), 2);
    world.audit();
}
