//! Enterprise and bank change their keys: wallets and banks follow the signed changes, what older keys signed stays genuine, and keys
//! that nobody announced are refused.

use serde_json::{Value, json};

use crate::world::{Server, Terms, World};

/// Changes a stopped server's keys; the server then starts with them.
fn change(server: &Server, args: &[&str]) -> Value {
    server.kill();
    let list = server.run(args);
    server.restart();
    assert_eq!(server.run(&["keys", "list"]), list);
    list
}

/// The thumbprints of keys in this state, first to last.
fn of_state(list: &Value, state: &str) -> Vec<String> {
    let keys = list["keys"].as_array().unwrap().iter().filter(|key| key["state"] == state);
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// A new key, while the one before stays in use.
fn add(server: &Server) -> (String, String) {
    let list = change(server, &["keys", "add"]);
    let current = of_state(&list, "current");
    let [old, new] = [current[current.len() - 2].clone(), current[current.len() - 1].clone()];
    let signs: Vec<_> = list["keys"].as_array().unwrap().iter().filter(|key| key["signs"] == true).collect();
    assert_eq!(signs, [&json!({"kid": new, "state": "current", "signs": true})]);
    (old, new)
}

#[test]
fn keys_change_and_nobody_loses_anything() {
    let world = World::new();
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let (ming_account, hao_account) = (world.account_for(&ming, "doc-ming"), world.account_for(&hao, "doc-hao"));
    // Meets everybody now, and hears nothing for long.
    let late = world.wallet("late");
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let before = world.issue_to(&campaign, &ming);
    let kept = world.path("before.hongbao");
    ming.run(&["open", &before]);
    ming.run(&["forward", &before, "--save", kept.to_str().unwrap()]);
    world.enterprise.refused(&["keys", "add"]);

    // Everybody gets a new key: the applicant is heard at its bank, and the banks by each other, without anybody's help.
    let (first, _) = add(&world.enterprise);
    let (bank_first, _) = add(&world.issuing);
    add(&world.collecting);
    let during = world.issue_to(&campaign, &ming);
    assert_eq!(ming.run(&["open", &during])["notice"], "answered");
    assert_eq!(ming.run(&["collect", &during, "--account", &ming_account, "--wait", "30"])["state"], "paid");
    assert_eq!(ming.run(&["collect", &before, "--account", &ming_account, "--wait", "30"])["state"], "paid");
    hao.run(&["sync"]);
    assert_eq!(hao.inspect(&kept).1["verdict"], "genuine", "signed before");
    hao.run(&["import", kept.to_str().unwrap()]);
    assert_eq!(hao.run(&["open", &before])["receipt"], "rewarded");
    assert_eq!(ming.wait_for_rewards(1).len(), 1);

    // The old keys go out of use. What they signed stays what it is.
    world.enterprise.kill();
    let retired = world.enterprise.run(&["keys", "retire", &first]);
    assert_eq!(of_state(&retired, "retired"), std::slice::from_ref(&first));
    assert_eq!(world.enterprise.refused(&["keys", "retire", &first])["type"], "unknown-key");
    let signer = of_state(&retired, "current");
    assert_eq!(world.enterprise.refused(&["keys", "retire", &signer[0]])["type"], "key-signs");
    world.enterprise.restart();
    change(&world.issuing, &["keys", "retire", &bank_first]);
    let after = world.issue_to(&campaign, &ming);
    assert_eq!(ming.run(&["open", &after])["notice"], "answered");
    // By a file alone nobody hears of the change: it is told as what it is, and whoever is named is asked only when one says so.
    let (_, file) = world.issue_file(&campaign);
    let (code, seen) = late.inspect(&file);
    assert_eq!((code, &seen["ask"]), (Some(3), &json!([world.enterprise.url, world.issuing.url])), "{seen}");
    assert_eq!(late.refused(&["import", file.to_str().unwrap()])["type"], "not-genuine");
    assert_eq!(late.run(&["inspect", file.to_str().unwrap(), "--ask"])["verdict"], "genuine");
    late.run(&["import", file.to_str().unwrap()]);
    assert_eq!(hao.run(&["collect", &before, "--account", &hao_account, "--wait", "30"])["state"], "paid");
    for wallet in [&ming, &hao] {
        assert_eq!(wallet.inspect(&kept).1["verdict"], "genuine", "signed before its key went out of use");
    }
    // Whoever meets them only now believes what both keys signed.
    let newcomer = world.wallet("newcomer");
    assert_eq!(newcomer.inspect(&kept).1["verdict"], "genuine");
    world.audit();
}

#[test]
fn keys_that_were_not_announced_or_were_rolled_back_are_refused() {
    let world = World::new();
    let ming = world.wallet("ming");
    let campaign = world.campaign(&Terms::default());
    let data = world.enterprise.dir().to_owned();
    let ring = data.join("keys.json");
    let (first, stolen) = add(&world.enterprise);
    let older = std::fs::read(&ring).unwrap();
    let stolen_key = std::fs::read(data.join(format!("signing-{stolen}.key"))).unwrap();
    add(&world.enterprise);
    let list = change(&world.enterprise, &["keys", "retire", &stolen, "--stolen"]);
    assert_eq!(of_state(&list, "dropped"), std::slice::from_ref(&stolen));
    assert!(!data.join(format!("signing-{stolen}.key")).exists());
    let shown = ming.run(&["issuer", "add", &world.enterprise.url]);
    assert_eq!(shown["keys"].as_array().unwrap().len(), 2);
    assert!(!shown["keys"].as_array().unwrap().contains(&json!(stolen)));
    let newest = std::fs::read(&ring).unwrap();
    // Its bank hears of the change with the next packet.
    world.issue_to(&campaign, &ming);

    // Whoever has the stolen key shows the list of before, which was genuine then.
    world.enterprise.kill();
    std::fs::write(&ring, older).unwrap();
    std::fs::write(data.join(format!("signing-{stolen}.key")), stolen_key).unwrap();
    world.enterprise.restart();
    assert_eq!(ming.refused(&["issuer", "add", &world.enterprise.url])["type"], "key-changed", "rolled back");
    // And goes on from there, by a change that the stolen key signs.
    world.enterprise.kill();
    world.enterprise.run(&["keys", "add"]);
    world.enterprise.restart();
    assert_eq!(ming.refused(&["issuer", "add", &world.enterprise.url])["type"], "key-changed", "parted");
    let held = world.enterprise.run(&["packet", "issue", "--campaign", &campaign, "--count", "1"]);
    assert_ne!(held["packets"][0]["state"], "issued", "a stolen key gets no voucher");
    // Another key without any word.
    world.enterprise.kill();
    std::fs::remove_file(&ring).unwrap();
    std::fs::rename(data.join("signing.key"), data.join("first.key")).unwrap();
    std::fs::write(data.join("signing.key"), hongbao::jose::to_base64url(&[7; 32])).unwrap();
    world.enterprise.restart();
    assert_eq!(ming.refused(&["issuer", "add", &world.enterprise.url])["type"], "key-changed", "unannounced");
    assert_eq!(ming.run(&["issuer", "list"])[0]["keys"], shown["keys"], "nothing of it was taken");

    // The true one comes back, and all goes on.
    world.enterprise.kill();
    std::fs::rename(data.join("first.key"), data.join("signing.key")).unwrap();
    std::fs::write(&ring, newest).unwrap();
    world.enterprise.restart();
    assert_eq!(ming.run(&["issuer", "add", &world.enterprise.url])["keys"], shown["keys"]);
    assert_ne!(first, stolen);
    world.issue_to(&campaign, &ming);
}
