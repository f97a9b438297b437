//! Killed between deciding and answering, between paying and answering, between asking and hearing: what was
//! acknowledged is there once, and nothing is paid twice.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::world::{Terms, World, eventually};

#[test]
fn the_enterprise_dies_between_deciding_a_notice_and_answering() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    world.hand_over(&id, &ming, &hao);
    world.enterprise.proxy.lose_answer("POST /v1/notices", world.enterprise.killer());
    assert_eq!(hao.run(&["open", &id])["notice"], "queued");
    assert!(world.enterprise.proxy.faults_are_over());
    world.enterprise.restart();
    assert_eq!(hao.run(&["sync"])["waiting"], 0);
    let known = hao.run(&["open", &id]);
    assert_eq!((&known["notice"], &known["receipt"]), (&json!("answered"), &json!("rewarded")), "the first answer");
    assert_eq!(ming.wait_for_rewards(1).len(), 1);
    ming.run(&["sync"]);
    assert_eq!(ming.run(&["rewards"]).as_array().unwrap().len(), 1, "once");
    world.audit();
}

#[test]
fn the_issuing_bank_dies_between_paying_and_answering() {
    let world = World::new();
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms::default());
    let id = world.issue_to(&campaign, &ming);
    world.issuing.proxy.lose_answer("POST /v1/orders", world.issuing.killer());
    ming.run(&["collect", &id, "--account", &account]);
    let uncertain = eventually("the collecting bank is uncertain", || {
        ming.run(&["sync"]);
        let now = ming.run(&["collect", &id, "--account", &account]);
        (now["state"] == "uncertain").then_some(now)
    });
    assert_eq!(uncertain["reason"], json!(null));
    assert_eq!(world.balance(&world.collecting, &account), 0, "not before the answer");
    world.issuing.restart();
    assert_eq!(ming.wait_for_collection(&id, &account)["state"], "paid");
    assert_eq!(world.balance(&world.collecting, &account), 8800);
    world.audit();
}

#[test]
fn the_collecting_bank_dies_between_accepting_and_answering() {
    let world = World::new();
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.campaign(&Terms::default());
    let id = world.issue_to(&campaign, &ming);
    world.collecting.proxy.lose_answer("POST /v1/collections", world.collecting.killer());
    let applied = ming.run(&["collect", &id, "--account", &account]);
    assert_eq!((&applied["state"], &applied["sent"]), (&json!("applied"), &json!(false)));
    world.collecting.restart();
    assert_eq!(ming.wait_for_collection(&id, &account)["state"], "paid");
    assert_eq!(world.balance(&world.collecting, &account), 8800);
    world.audit();
}

#[test]
fn the_wallet_dies_between_asking_and_hearing() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let account = world.account_for(&hao, "doc-hao");
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    world.hand_over(&id, &ming, &hao);
    for (server, request, args) in [
        (&world.enterprise, "POST /v1/notices", vec!["open", &id]),
        (&world.collecting, "POST /v1/collections", vec!["collect", &id, "--account", &account]),
    ] {
        let child = Arc::new(Mutex::new(None::<std::process::Child>));
        let killed = child.clone();
        server.proxy.lose_answer(request, move || {
            let mut child = killed.lock().unwrap().take().expect("the wallet was started");
            child.kill().unwrap();
            child.wait().unwrap();
        });
        {
            // Held until the child is stored, so that the hook finds it.
            let mut slot = child.lock().unwrap();
            *slot = Some(hao.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        }
        eventually("the wallet was killed", || server.proxy.faults_are_over().then_some(()));
        eventually("it is gone", || child.lock().unwrap().is_none().then_some(()));
    }
    assert_eq!(hao.wait_for_collection(&id, &account)["state"], "paid");
    assert_eq!(hao.run(&["open", &id])["receipt"], "rewarded");
    assert_eq!(hao.run(&["sync"])["waiting"], 0);
    assert_eq!(ming.wait_for_rewards(1).len(), 1);
    assert_eq!(world.balance(&world.collecting, &account), 8800);
    world.audit();
}

#[test]
fn a_reward_survives_the_enterprise_dying_while_its_voucher_is_made() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    world.hand_over(&id, &ming, &hao);
    world.issuing.proxy.lose_answer("POST /v1/vouchers", world.enterprise.killer());
    hao.run(&["open", &id]);
    eventually("the enterprise was killed", || world.issuing.proxy.faults_are_over().then_some(()));
    world.enterprise.restart();
    assert_eq!(ming.wait_for_rewards(1).len(), 1);
    ming.run(&["sync"]);
    assert_eq!(ming.run(&["rewards"]).as_array().unwrap().len(), 1, "once");
    world.audit();
}
