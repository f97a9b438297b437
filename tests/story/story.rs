//! From the campaign to the reward in the account, as people live it.

use serde_json::json;

use crate::world::{Terms, World, eventually};

#[test]
fn a_packet_goes_all_the_way() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let (ming_account, hao_account) = (world.account_for(&ming, "doc-ming"), world.account_for(&hao, "doc-hao"));
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    assert_eq!(ming.state(&id).as_deref(), Some("received"));

    // Ming opens: the enterprise counts it, nobody earns.
    let opened = ming.run(&["open", &id]);
    assert_eq!((&opened["state"], &opened["notice"]), (&json!("opened"), &json!("answered")));
    assert_eq!((&opened["receipt"], &opened["reason"]), (&json!("not-rewarded"), &json!("not-forwarded")));
    assert_eq!(opened["amount"], json!({"minor": 8800, "currency": "CNY"}));

    // Ming collects at the other bank.
    let collected = ming.run(&["collect", &id, "--account", &ming_account, "--wait", "30"]);
    assert_eq!(collected["state"], "paid");
    let steps: Vec<_> = collected["steps"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
    assert_eq!(json!(steps), json!(["applied", "accepted", "released", "paid"]));
    assert_eq!(world.balance(&world.collecting, &ming_account), 8800);

    // Ming forwards the file; Hao sees who sent it, opens it, and Ming earns.
    let file = world.hand_over(&id, &ming, &hao);
    assert_eq!(ming.state(&id).as_deref(), Some("forwarded"));
    let (code, seen) = hao.inspect(&file);
    assert_eq!((code, &seen["verdict"]), (Some(0), &json!("genuine")), "{seen}");
    assert_eq!(seen["hops"], json!([{"client": ming.id(), "to": null}]));
    let opened = hao.run(&["open", &id]);
    assert_eq!((&opened["notice"], &opened["receipt"]), (&json!("answered"), &json!("rewarded")));
    let rewards = ming.wait_for_rewards(1);
    assert_eq!(rewards[0]["for"]["packet"], id.as_str());
    assert_eq!(rewards[0]["amount"], json!({"minor": 100, "currency": "CNY"}));

    // Hao collects the second share, Ming the reward.
    assert_eq!(hao.run(&["collect", &id, "--account", &hao_account, "--wait", "30"])["state"], "paid");
    let reward = rewards[0]["id"].as_str().unwrap();
    assert_eq!(ming.run(&["collect", reward, "--account", &ming_account, "--wait", "30"])["state"], "paid");
    assert_eq!(world.balance(&world.collecting, &ming_account), 8900);
    assert_eq!(world.balance(&world.collecting, &hao_account), 8800);

    // The enterprise can account for it.
    let row = eventually("the feed reports both shares", || {
        let row = world.stats(&id);
        (row["collected"] == 2).then_some(row)
    });
    assert_eq!(
        (&row["serial"], &row["opened"], &row["forwarded"], &row["rewarded"]),
        (&json!(1), &json!(2), &json!(1), &json!(1))
    );
    world.audit();
}

#[test]
fn links_relays_and_downloads_carry_it_too() {
    let world = World::new();
    let (ming, hao, mei) = (world.wallet("ming"), world.wallet("hao"), world.wallet("mei"));
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });

    // A download link, taken from the enterprise.
    let issued = world.enterprise.run(&["packet", "issue", "--campaign", &campaign, "--count", "1"]);
    let link = issued["packets"][0]["link"].as_str().unwrap();
    let id = ming.run(&["import", link])["id"].as_str().unwrap().to_owned();
    assert_eq!(json!(id), issued["packets"][0]["id"]);
    ming.run(&["open", &id]);

    // The same packet as a file, and the same request again: nothing is issued twice.
    let path = world.path("by-id.hongbao");
    world.enterprise.run(&["packet", "file", &id, "--out", path.to_str().unwrap()]);
    assert_eq!(ming.run(&["import", path.to_str().unwrap()])["new"], false);
    let request = issued["request"].as_str().unwrap();
    let again = ["packet", "issue", "--campaign", &campaign, "--count", "1", "--request", request];
    assert_eq!(world.enterprise.run(&again), issued);

    // To a friend's inbox: Hao has read an inbox here, so the relay knows him.
    let card = hao.card();
    hao.run(&["sync"]);
    ming.run(&["friend", "add", card.to_str().unwrap(), "--name", "阿浩"]);
    let sent = ming.run(&["forward", &id, "--to", "阿浩", "--note", "新年快乐"]);
    assert_eq!((&sent["n"], &sent["to"]), (&json!(1), &json!(hao.id())));
    let received = hao.run(&["sync"])["received"].clone();
    assert_eq!(received, json!([id]));
    assert_eq!(hao.run(&["open", &id])["receipt"], "rewarded");

    // A hongbao: link in one line of text.
    let forwarded = hao.run(&["forward", &id, "--link"]);
    let line = forwarded["link"].as_str().unwrap();
    assert!(line.starts_with("hongbao:1?") && line.len() <= 16 * 1024);
    assert_eq!(mei.run(&["import", line])["id"], id.as_str());
    assert_eq!(mei.run(&["open", &id])["receipt"], "rewarded");
    assert_eq!((ming.wait_for_rewards(1).len(), hao.wait_for_rewards(1).len()), (1, 1));
    world.audit();
}

#[test]
fn a_reward_for_collecting_waits_until_the_friend_was_paid() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let hao_account = world.account_for(&hao, "doc-hao");
    let campaign = world.campaign(&Terms { shares: 2, when: "collected", ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    world.hand_over(&id, &ming, &hao);
    assert_eq!(hao.run(&["open", &id])["receipt"], "waiting");
    ming.run(&["sync"]);
    assert_eq!(ming.run(&["rewards"]), json!([]));
    assert_eq!(hao.run(&["collect", &id, "--account", &hao_account, "--wait", "30"])["state"], "paid");
    assert_eq!(ming.wait_for_rewards(1)[0]["for"]["packet"], id.as_str());
    world.audit();
}

#[test]
fn looking_touches_no_network_and_opening_needs_a_check() {
    let world = World::new();
    let campaign = world.campaign(&Terms::default());
    let (id, path) = world.issue_file(&campaign);
    let stranger = world.bare_wallet("stranger");
    let before = world.enterprise.proxy.requests();
    let (code, seen) = stranger.inspect(&path);
    assert_eq!((code, &seen["verdict"]), (Some(4), &json!("unchecked")));
    assert_eq!((&seen["id"], &seen["kind"], &seen["serial"]), (&json!(id), &json!("bank"), &json!(1)));
    stranger.run(&["import", path.to_str().unwrap()]);
    stranger.run(&["list"]);
    stranger.run(&["show", &id]);
    assert_eq!(world.enterprise.proxy.requests(), before, "looking asks nobody");
    // The issuer lives on this machine and was never added: opening must not connect there.
    let error = stranger.refused(&["open", &id]);
    assert!(error["next"].as_str().unwrap().contains("issuer add"), "{error}");
    assert_eq!(world.enterprise.proxy.requests(), before);
    stranger.run(&["issuer", "add", &world.enterprise.url]);
    assert_eq!(stranger.run(&["open", &id, "--without-telling"])["notice"], "none");
    assert_eq!(world.stats(&id)["opened"], 0);
}

#[test]
fn what_nobody_collected_goes_back_at_the_end() {
    let world = World::with_grace(1);
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms { shares: 2, count: 1, expires: "8s", ..Terms::default() });
    let before = world.balance(&world.issuing, &world.account);
    let id = world.issue_to(&campaign, &ming);
    assert_eq!(world.balance(&world.issuing, &world.account), before - 2 * 8800);
    assert_eq!(ming.run(&["collect", &id, "--account", &account, "--wait", "30"])["state"], "paid");
    eventually("the rest comes back", || {
        (world.balance(&world.issuing, &world.account) == before - 8800).then_some(())
    });
    let row = eventually("the enterprise hears of it", || {
        let row = world.stats(&id);
        (row["returned"]["minor"] == 8800).then_some(row)
    });
    assert_eq!(row["collected"], 1);
    let hao = world.wallet("hao");
    world.account_for(&hao, "doc-hao");
    let late = ming.refused(&["forward", &id, "--link"]);
    assert_eq!(late["type"], "expired");
    world.audit();
}

#[test]
fn mistakes_are_refused_with_a_next_step_and_leave_nothing_behind() {
    let world = World::new();
    let create = |change: &[(&str, &str)]| {
        let mut options = vec![
            ("--title", "福来公司"),
            ("--greeting", "新春纳福"),
            ("--count", "2"),
            ("--amount", "88.00CNY"),
            ("--expires", "30d"),
            ("--bank", world.issuing.url.as_str()),
            ("--account", world.account.as_str()),
        ];
        for (name, value) in change {
            options.retain(|(option, _)| option != name);
            options.push((name, value));
        }
        let mut args = vec!["campaign", "create"];
        args.extend(options.into_iter().flat_map(|(name, value)| [name, value]));
        world.enterprise.refused(&args)
    };
    for change in [
        &[("--title", "红\u{202e}包")][..],
        &[("--title", " ")],
        &[("--count", "0")],
        &[("--amount", "0CNY")],
        &[("--amount", "92000000000000000CNY")],
        &[("--shares", "0")],
        &[("--expires", "0s")],
        &[("--mode", "lucky"), ("--amount", "0.03CNY"), ("--shares", "4")],
        &[("--bank", world.enterprise.url.as_str())],
        &[("--reward", "1.00CNY"), ("--reward-budget", "0.50CNY")],
        &[("--reward", "1.00USD")],
        &[("--reward", "90000.00CNY"), ("--per-person", "1")],
    ] {
        let error = create(change);
        assert!(!error["next"].as_str().unwrap().is_empty(), "{change:?}: {error}");
    }
    assert_eq!(world.balance(&world.issuing, &world.account), 10_000_000, "no money moved");
    let unknown = world.enterprise.refused(&["packet", "issue", "--campaign", "nobody", "--count", "1"]);
    assert_eq!(unknown["type"], "unknown-campaign");
    let campaign = world.campaign(&Terms { count: 2, ..Terms::default() });
    let many = world.enterprise.refused(&["packet", "issue", "--campaign", &campaign, "--count", "3"]);
    assert_eq!(many["type"], "campaign-exhausted");
    world.audit();
}
