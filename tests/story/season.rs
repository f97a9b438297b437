//! A season by the commands: a draft looked at and opened, a list issued through kills of command and server, packets found
//! and sent again, a pause and an end.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::world::{Terms, World, eventually};

/// The rows of a batch's answer.
fn answer(path: &std::path::Path) -> Vec<csv::StringRecord> {
    let bytes = std::fs::read(path).unwrap();
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a mark at the beginning");
    csv::Reader::from_reader(text).records().map(Result::unwrap).collect()
}

#[test]
fn a_batch_goes_on_whoever_is_killed() {
    let world = World::new();
    let campaign = world.campaign(&Terms { count: 1000, per_person: 1, ..Terms::default() });
    let out = world.path("batch.csv");
    let args = ["packet", "batch", "--campaign", &campaign, "--count", "900", "--out", out.to_str().unwrap()];
    let signed = |least: u64| {
        eventually("packets are signed", || {
            let shown = world.enterprise.run(&["campaign", "show", &campaign]);
            (shown["issued"].as_u64().unwrap() >= least).then_some(())
        });
    };
    // The command is killed, then the server under the next one.
    let start = || world.enterprise.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut child = start();
    signed(1);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut child = start();
    signed(300);
    world.enterprise.kill();
    child.wait().unwrap();
    world.enterprise.restart();
    let done = world.enterprise.run(&args);
    assert_eq!((&done["state"], &done["issued"], &done["held"]), (&json!("done"), &json!(900), &json!(0)));
    let rows = answer(&out);
    let serials: Vec<u64> = rows.iter().map(|row| row[2].parse().unwrap()).collect();
    assert_eq!(serials, (1..=900).collect::<Vec<_>>(), "none twice, no gap");
    assert!(rows.iter().all(|row| row[4].contains("/p/") && &row[6] == "issued"));
    assert_eq!(world.enterprise.run(&args)["id"], done["id"], "and again: the same answer");
    let other = ["packet", "batch", "--campaign", &campaign, "--count", "9", "--out", out.to_str().unwrap()];
    assert_eq!(world.enterprise.refused(&other)["type"], "request-reused");
    world.audit();
}

#[test]
fn a_season_is_planned_issued_watched_and_closed() {
    let world = World::new();
    let ming = world.wallet("ming");
    let card = ming.card();
    let out = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let draft = world.enterprise.run(&[
        "campaign",
        "create",
        "--draft",
        "--title",
        "福来公司",
        "--greeting",
        "新春纳福",
        "--count",
        "10",
        "--amount",
        "88.00CNY",
        "--shares",
        "2",
        "--reward",
        "1.00CNY",
        "--per-day",
        "1",
        "--utc-offset",
        "+08:00",
        "--ends",
        "2099-01-01T00:00:00+08:00",
        "--bank",
        &world.issuing.url,
        "--account",
        &world.account,
    ]);
    let campaign = draft["id"].as_str().unwrap();
    assert_eq!((&draft["state"], &draft["expires"]), (&json!("draft"), &json!("2098-12-31T16:00:00Z")));
    let balance = world.balance(&world.issuing, &world.account);
    let picture = out("envelope.png");
    world.enterprise.run(&["campaign", "preview", campaign, "--out", &picture, "--lang", "en"]);
    let picture = image::ImageReader::open(&picture).unwrap().decode().unwrap();
    assert_eq!((picture.width(), picture.height()), (2240, 1520));
    let test = world.enterprise.run(&["packet", "test", "--campaign", campaign, "--to", card.to_str().unwrap()]);
    ming.run(&["sync"]);
    let shown = ming.run(&["show", test["id"].as_str().unwrap()]);
    assert_eq!((&shown["verdict"], &shown["kind"]), (&json!("genuine"), &json!("goods")));
    assert!(shown["title"].as_str().unwrap().starts_with("测试 TEST"));
    assert_eq!(world.balance(&world.issuing, &world.account), balance, "nothing is frozen for a look");
    assert_eq!(world.enterprise.run(&["campaign", "open", campaign, "--by", "Li"])["state"], "open");

    let list = out("list.csv");
    let batch = [
        "packet",
        "batch",
        "--campaign",
        campaign,
        "--csv",
        &list,
        "--out",
        &out("answer.csv"),
        "--save",
        &out("files"),
    ];
    std::fs::write(&list, "name,note,card\n王小明,,ming.hongbao-contact\n\"\",x,\n").unwrap();
    let wrong = world.enterprise.refused(&batch);
    assert_eq!(wrong["type"], "bad-list");
    assert!(wrong["detail"].as_str().unwrap().contains("Line 3"), "{wrong}");
    std::fs::write(&list, "name,note,card\n王小明,贵宾,ming.hongbao-contact\n=李四,,\n").unwrap();
    world.enterprise.run(&batch);
    let rows = answer(&world.path("answer.csv"));
    assert_eq!((&rows[0][1], &rows[1][1], rows.len()), ("王小明", "'=李四", 2), "no formula");
    for row in &rows {
        let file = world.path("files").join(format!("hongbao-{:06}.hongbao", row[2].parse::<u64>().unwrap()));
        assert_eq!(ming.inspect(&file).1["id"], row[3]);
    }

    let found = world.enterprise.run(&["packet", "find", "--recipient", "王小明"])["packets"].clone();
    assert_eq!((&found[0]["serial"], &found[0]["note"]), (&json!(1), &json!("贵宾")));
    let found = world.enterprise.run(&["packet", "find", "--recipient", card.to_str().unwrap()])["packets"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1);
    let lost = world.enterprise.run(&["packet", "reissue", "--serial", "2", "--reason", "lost", "--by", "Li"]);
    assert_ne!(lost["link"], rows[1][4], "a new link");
    let found = world.enterprise.run(&["packet", "find", "--link", lost["link"].as_str().unwrap()]);
    assert_eq!(found["packets"][0]["id"], rows[1][3]);
    assert_eq!(
        world.enterprise.refused(&["packet", "reissue", "--serial", "77", "--reason", "x"])["type"],
        "not-found"
    );

    let paused = world.enterprise.run(&["campaign", "pause", campaign, "--reason", "a look"]);
    assert_eq!(paused["state"], "paused");
    let issue = ["packet", "issue", "--campaign", campaign, "--count", "1"];
    assert_eq!(world.enterprise.refused(&issue)["type"], "campaign-paused");
    world.enterprise.run(&["campaign", "resume", campaign]);
    world.enterprise.run(&issue);
    let closed = world.enterprise.run(&["campaign", "close", campaign, "--by", "Li", "--reason", "over"]);
    let last = closed["changes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["after"], &last["actor"], &last["reason"]), (&json!("closed"), &json!("Li"), &json!("over")));
    assert_eq!(world.enterprise.run(&["reward", "list", "--held"])["rewards"], json!([]));
    world.audit();
}

#[test]
fn a_reward_that_waits_for_a_look_is_given_by_a_person() {
    let holds = json!({"name": "福来公司", "holds": {"burst_rewards": 1}});
    let world = World::with_enterprise(&holds);
    let (ming, hao, lan) = (world.wallet("ming"), world.wallet("hao"), world.wallet("lan"));
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let told = |friend: &crate::world::Wallet| -> Value {
        world.hand_over(&id, &ming, friend);
        friend.run(&["open", &id])["receipt"].clone()
    };
    assert_eq!((told(&hao), told(&lan)), (json!("rewarded"), json!("waiting")));
    let held = world.enterprise.run(&["reward", "list", "--held"])["rewards"][0].clone();
    assert_eq!(held["reason"], "review:burst-forwarder");
    let reward = held["id"].as_str().unwrap();
    let given = world.enterprise.run(&["reward", "approve", reward, "--by", "Li"]);
    assert_eq!(given["reason"], Value::Null);
    assert_eq!(ming.wait_for_rewards(2).len(), 2);
    let refused = world.enterprise.refused(&["reward", "refuse", reward, "--by", "Li", "--reason", "late"]);
    assert_eq!(refused["type"], "already-judged");
    world.audit();
}
