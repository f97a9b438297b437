//! What becomes of packets after their issue: taken back, paid for longer, and how everybody is told.

use serde_json::json;

use crate::world::{Terms, World, eventually};

#[test]
fn what_nobody_collected_is_taken_back_and_everybody_is_told() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let (ming_account, hao_account) = (world.account_for(&ming, "doc-ming"), world.account_for(&hao, "doc-hao"));
    let campaign = world.campaign(&Terms { shares: 3, revocable: true, ..Terms::default() });
    let (id, path) = world.issue_file(&campaign);
    for wallet in [&ming, &hao] {
        wallet.run(&["import", path.to_str().unwrap()]);
    }
    assert_eq!(ming.inspect(&path).1["revocable"], true, "whoever gets it is told");
    assert_eq!(ming.run(&["collect", &id, "--account", &ming_account, "--wait", "30"])["state"], "paid");
    let partly = hao.run(&["status", &id]);
    assert_eq!(
        (&partly["state"], &partly["left"], &partly["payable"]),
        (&json!("partly-paid"), &json!(2), &json!(true))
    );

    let request = "0197b2d4-1d3c-7a52-8f00-000000000001";
    let withdraw = ["packet", "withdraw", "--campaign", &campaign, "--reason", "发错了", "--request", request];
    world.issuing.kill();
    let waiting = world.enterprise.run(&withdraw);
    assert_eq!(waiting["packets"][0]["result"], "waiting");
    world.enterprise.kill();
    world.issuing.restart();
    world.enterprise.restart();
    let withdrawn = eventually("the bank answers", || {
        let now = world.enterprise.run(&withdraw);
        (now["packets"][0]["result"] == "withdrawn").then_some(now)
    });
    assert_eq!(withdrawn["packets"][0]["amount"], json!({"minor": 17_600, "currency": "CNY"}));

    let taken = hao.run(&["status", &id]);
    assert_eq!((&taken["state"], &taken["payable"]), (&json!("withdrawn"), &json!(false)));
    let late = hao.run(&["collect", &id, "--account", &hao_account, "--wait", "30"]);
    assert_eq!((&late["state"], &late["reason"]), (&json!("rejected"), &json!("withdrawn")));
    eventually("the enterprise hears of it", || (world.stats(&id)["voucher"] == "withdrawn").then_some(()));
    let stats = world.stats(&id);
    assert_eq!(
        (&stats["collected"], &stats["shares"], &stats["returned"]["minor"]),
        (&json!(1), &json!(3), &json!(17_600))
    );
    let life = world.issuing.run(&["voucher", "show", &id]);
    let words: Vec<_> = life["changes"].as_array().unwrap().iter().map(|change| &change["after"]).collect();
    assert_eq!((words, &life["revocable"]), (vec![&json!("partly-paid"), &json!("withdrawn")], &json!(true)));
    assert_eq!(
        (&life["changes"][1]["actor"], &life["changes"][1]["reason"]),
        (&json!(world.enterprise.url), &json!("发错了"))
    );
    let again = world.enterprise.run(&["packet", "withdraw", "--packet", &format!("id:{id}"), "--reason", "again"]);
    assert_eq!(again["results"], json!({"already-withdrawn": 1}));
    world.audit();
}

#[test]
fn packets_are_paid_for_longer_than_they_say() {
    let world = World::with_grace(120);
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms { expires: "5s", ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let extended = world.enterprise.run(&[
        "packet",
        "extend",
        "--for",
        "1d",
        "--campaign",
        &campaign,
        "--serial",
        "1",
        "--reason",
        "holiday",
    ]);
    assert_eq!(extended["results"], json!({"extended": 1}));
    let status = eventually("the packet's own time is over", || {
        let (shown, status) = (ming.run(&["show", &id]), ming.run(&["status", &id]));
        (shown["expires"].as_str() < status["at"].as_str()).then_some(status)
    });
    assert_eq!((&status["expires"], &status["payable"]), (&extended["packets"][0]["until"], &json!(true)));
    assert_eq!(ming.run(&["collect", &id, "--account", &account, "--wait", "30"])["state"], "paid");
    let firm =
        world.enterprise.run(&["packet", "withdraw", "--campaign", &campaign, "--serials", "1-9", "--reason", "late"]);
    assert_eq!(firm["results"], json!({"paid": 1}));
    world.audit();
}

#[test]
fn a_clerk_decides_and_the_customer_sees_why() {
    let world = World::new();
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms::default());
    let id = world.issue_to(&campaign, &ming);
    assert_eq!(ming.run(&["account", "set", &account, "--acceptance", "clerk"])["acceptance"], "clerk");
    let held = ming.run(&["collect", &id, "--account", &account]);
    assert_eq!(held["state"], "applied");
    assert!(held["decides_by"].is_string());
    let due = world.collecting.run(&["due"]);
    let one = due["held"][0]["id"].as_str().unwrap();
    assert_eq!((&due["held"][0]["holder"], &due["overdue"]), (&json!("doc-ming"), &json!([])));
    let reject =
        ["collection", "reject", one, "--by", "李四", "--reason", "identity-unclear", "--text", "请带身份证来"];
    world.collecting.run(&reject);
    ming.run(&["sync"]);
    let rejected = ming.run(&["show", &id])["collection"].clone();
    assert_eq!((&rejected["reason"], &rejected["told"]), (&json!("identity-unclear"), &json!("请带身份证来")));
    let again = ming.run(&["collect", &id, "--account", &account]);
    assert_eq!(again["state"], "applied", "a new application, for the money is still there");
    let shown = world.collecting.run(&["collection", "list", "--state", "all"]);
    assert_eq!((&shown[0]["reason"], &shown[0]["told"]), (&json!("identity-unclear"), &json!("请带身份证来")));

    let again = world.collecting.run(&["collection", "list"])[0]["order"].as_str().unwrap().to_owned();
    world.collecting.kill();
    world.collecting.restart();
    world.collecting.run(&["collection", "accept", &again, "--by", "李四"]);
    assert_eq!(ming.run(&["collect", &id, "--account", &account, "--wait", "30"])["state"], "paid");
    let history = world.collecting.run(&["collection", "show", &again]);
    assert_eq!(history["steps"][1]["actor"], "李四");
    let refused = world.collecting.refused(&["collection", "reject", &again, "--by", "李四", "--reason", "irregular"]);
    assert_eq!(refused["type"], "collection-decided");
    assert_eq!(
        world.collecting.run(&["account", "set", &account, "--acceptance", "bank", "--by", "李四"])["account"],
        account.as_str()
    );
    world.audit();
}
