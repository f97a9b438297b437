//! Who gets the money: one person once, first come first served, and offline in between.

use serde_json::json;

use crate::world::{Terms, World, eventually};

#[test]
fn the_second_collector_of_a_single_gift_gets_a_plain_answer() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let (ming_account, hao_account) = (world.account_for(&ming, "doc-ming"), world.account_for(&hao, "doc-hao"));
    let campaign = world.campaign(&Terms::default());
    let id = world.issue_to(&campaign, &ming);
    world.hand_over(&id, &ming, &hao);
    assert_eq!(hao.run(&["collect", &id, "--account", &hao_account, "--wait", "30"])["state"], "paid");
    let late = ming.run(&["collect", &id, "--account", &ming_account, "--wait", "30"]);
    assert_eq!((&late["state"], &late["reason"]), (&json!("rejected"), &json!("all-shares-collected")));
    assert_eq!(world.balance(&world.collecting, &ming_account), 0);
    world.audit();
}

#[test]
fn one_person_with_two_wallets_collects_once() {
    let world = World::new();
    let (one, two) = (world.wallet("one"), world.wallet("two"));
    let account = world.account_for(&one, "doc-same");
    let other_bank = world.account_at(&world.issuing, &two, "doc-same");
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let (id, path) = world.issue_file(&campaign);
    for wallet in [&one, &two] {
        wallet.run(&["import", path.to_str().unwrap()]);
    }
    assert_eq!(one.run(&["collect", &id, "--account", &account, "--wait", "30"])["state"], "paid");
    let again = two.run(&["collect", &id, "--account", &other_bank, "--wait", "30"]);
    assert_eq!((&again["state"], &again["reason"]), (&json!("rejected"), &json!("already-collected")));
    world.audit();
}

#[test]
fn the_issuing_bank_can_be_the_collecting_bank() {
    let world = World::new();
    let ming = world.wallet("ming");
    let account = world.account_at(&world.issuing, &ming, "doc-ming");
    let campaign = world.campaign(&Terms::default());
    let id = world.issue_to(&campaign, &ming);
    assert_eq!(ming.run(&["collect", &id, "--account", &account, "--wait", "30"])["state"], "paid");
    assert_eq!(world.balance(&world.issuing, &account), 8800);
    world.audit();
}

#[test]
fn of_eight_collectors_at_once_exactly_the_shares_are_paid() {
    let world = World::new();
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let (id, path) = world.issue_file(&campaign);
    let wallets: Vec<_> = (0..8)
        .map(|n| {
            let wallet = world.wallet(&format!("w{n}"));
            let account = world.account_for(&wallet, &format!("doc-{n}"));
            wallet.run(&["import", path.to_str().unwrap()]);
            (wallet, account)
        })
        .collect();
    let results: Vec<_> = std::thread::scope(|scope| {
        let collect = |(wallet, account): &(crate::world::Wallet, String)| {
            wallet.run(&["collect", &id, "--account", account, "--wait", "50"])
        };
        let running: Vec<_> = wallets.iter().map(|each| scope.spawn(move || collect(each))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let paid = results.iter().filter(|result| result["state"] == "paid").count();
    let refused = results.iter().filter(|result| result["reason"] == "all-shares-collected").count();
    assert_eq!((paid, refused), (3, 5), "{results:?}");
    let total: i64 = wallets.iter().map(|(_, account)| world.balance(&world.collecting, account)).sum();
    assert_eq!(total, 3 * 8800);
    world.audit();
}

#[test]
fn collecting_and_opening_work_offline_and_are_sent_later() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let hao_account = world.account_for(&hao, "doc-hao");
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    world.hand_over(&id, &ming, &hao);
    for server in [&world.enterprise, &world.issuing, &world.collecting] {
        server.kill();
    }
    let opened = hao.run(&["open", &id]);
    assert_eq!((&opened["state"], &opened["notice"]), (&json!("opened"), &json!("queued")));
    let applied = hao.run(&["collect", &id, "--account", &hao_account]);
    assert_eq!((&applied["state"], &applied["sent"]), (&json!("applied"), &json!(false)));
    let offline = hao.run(&["sync"]);
    assert_eq!((&offline["sent"], &offline["waiting"]), (&json!(0), &json!(2)));
    assert!(!offline["problems"].as_array().unwrap().is_empty());
    for server in [&world.enterprise, &world.issuing, &world.collecting] {
        server.restart();
    }
    assert_eq!(hao.wait_for_collection(&id, &hao_account)["state"], "paid");
    assert_eq!(hao.run(&["sync"])["waiting"], 0);
    assert_eq!(ming.wait_for_rewards(1).len(), 1);
    world.audit();
}

#[test]
fn an_addressed_packet_is_for_that_client_and_those_it_forwards_to() {
    let world = World::new();
    let (ming, thief) = (world.wallet("ming"), world.wallet("thief"));
    let thief_account = world.account_for(&thief, "doc-thief");
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let card = ming.card();
    let issued = world.enterprise.run(&[
        "packet",
        "issue",
        "--campaign",
        &campaign,
        "--count",
        "1",
        "--to",
        card.to_str().unwrap(),
    ]);
    let (id, link) = (issued["packets"][0]["id"].as_str().unwrap(), issued["packets"][0]["link"].as_str().unwrap());
    // Somebody reads over Ming's shoulder and takes the file before it was ever forwarded.
    thief.run(&["import", link]);
    assert_eq!(thief.run(&["show", id])["addressed_to"], ming.id());
    let refused = thief.refused(&["collect", id, "--account", &thief_account]);
    assert_eq!(refused["type"], "not-holder");
    let refused = thief.refused(&["forward", id, "--link"]);
    assert_eq!(refused["type"], "not-holder");
    world.audit();
}

#[test]
fn a_persons_rewards_are_capped() {
    let world = World::new();
    let ming = world.wallet("ming");
    let campaign = world.campaign(&Terms { shares: 5, per_person: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let receipts: Vec<_> = (0..3)
        .map(|n| {
            let friend = world.wallet(&format!("friend{n}"));
            world.hand_over(&id, &ming, &friend);
            let opened = friend.run(&["open", &id]);
            (opened["receipt"].clone(), opened["reason"].clone())
        })
        .collect();
    assert_eq!(receipts[0].0, "rewarded");
    assert_eq!(receipts[1].0, "rewarded");
    assert_eq!(receipts[2], (json!("not-rewarded"), json!("cap-reached")));
    assert_eq!(ming.wait_for_rewards(2).len(), 2);
    eventually("nothing more is owed", || (world.stats(&id)["rewarded"] == 2).then_some(()));
    world.audit();
}
