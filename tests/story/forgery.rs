//! Replays, forged and cut chains, foreign vouchers: refused, or counted once.

use std::path::Path;

use hongbao::jose::{Jws, SigningKey, Typ};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::world::{Server, Terms, Wallet, World, parsed};

fn read(path: &Path) -> Value {
    parsed(&std::fs::read(path).unwrap())
}

fn write(world: &World, name: &str, file: &Value) -> std::path::PathBuf {
    let path = world.path(name);
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

/// Posts bytes to a server as anyone on the network could.
fn post(server: &Server, path: &str, body: Vec<u8>) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let origin = hongbao::packet::Origin::parse(&server.url).unwrap();
        let client = hongbao::net::client::Client::new(hongbao::net::client::Reach::Configured, "test").unwrap();
        let request = hongbao::net::client::Request::post(&origin, path, "application/json", body);
        let answer = client.send(request).await.unwrap();
        (answer.status, parsed(&answer.body))
    })
}

/// Two wallets, a packet at Ming's, handed over to Hao.
fn handed_over(world: &World) -> (Wallet, Wallet, String, std::path::PathBuf) {
    let (ming, hao) = (world.wallet("ming"), world.wallet("hao"));
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let path = world.hand_over(&id, &ming, &hao);
    (ming, hao, id, path)
}

#[test]
fn a_replayed_notice_counts_once_in_any_encoding() {
    let world = World::new();
    let (ming, hao, id, _) = handed_over(&world);
    assert_eq!(hao.run(&["open", &id])["receipt"], "rewarded");
    let sent = world.enterprise.proxy.bodies("POST /v1/notices").pop().unwrap();
    let tree = parsed(&sent);
    let (status, first) = post(&world.enterprise, "/v1/notices", sent);
    assert_eq!(status, 200);
    for other in [serde_json::to_vec_pretty(&tree).unwrap(), format!(" {tree}\n").into_bytes()] {
        assert_eq!(post(&world.enterprise, "/v1/notices", other), (200, first.clone()), "identical bytes");
    }
    // The signature's last character has four bits to spare.
    let notice = tree["notice"].as_str().unwrap();
    let (most, last) = notice.split_at(notice.len() - 1);
    let respelled = [format!("{most}{}", char::from(last.as_bytes()[0] + 1)), format!("{notice}==")];
    for spelling in respelled {
        let mut other = tree.clone();
        other["notice"] = spelling.into();
        assert_eq!(post(&world.enterprise, "/v1/notices", other.to_string().into_bytes()).0, 400, "{other}");
    }
    let doubled = tree.to_string().replacen('{', "{\"packet\":\"x\",", 1).into_bytes();
    assert_eq!(post(&world.enterprise, "/v1/notices", doubled).0, 400);
    assert_eq!(ming.wait_for_rewards(1).len(), 1);
    assert_eq!((&world.stats(&id)["rewarded"], &world.stats(&id)["opened"]), (&json!(1), &json!(1)));
    world.audit();
}

#[test]
fn forged_cut_and_regrafted_hops_are_refused() {
    let world = World::new();
    let (ming, hao, id, path) = handed_over(&world);
    let mei = world.wallet("mei");
    let second = world.path("second.hongbao");
    hao.run(&["forward", &id, "--save", second.to_str().unwrap()]);
    let two_hops = read(&second);
    let (first_hop, second_hop) = (two_hops["hops"][0].clone(), two_hops["hops"][1].clone());

    let cut = json!({"hops": [second_hop]});
    let swapped = json!({"hops": [second_hop, first_hop]});
    let doubled = json!({"hops": [first_hop, first_hop]});
    // Somebody without Ming's key cannot make the addressed packet's first hop.
    let thief = SigningKey::from_secret(&Zeroizing::new([66; 32]));
    let claims = json!({"jti": "019c0000-0000-7000-8000-000000000000", "iat": 1_771_300_000, "n": 1, "prev": id});
    let forged = json!({"hops": [Jws::sign(&thief, Typ::Hop, &claims).unwrap().as_str()]});
    // Hao's hop, moved onto another packet.
    let other = read(&world.issue_file(&world.campaign(&Terms::default())).1);
    let regrafted = json!({"packet": other["packet"], "voucher": other["voucher"], "hops": [first_hop]});
    // Somebody else's voucher in a packet.
    let lifted = json!({"voucher": other["voucher"], "hops": []});
    for (name, change) in [
        ("cut", cut),
        ("swapped", swapped),
        ("doubled", doubled),
        ("forged", forged),
        ("regrafted", regrafted),
        ("lifted", lifted),
    ] {
        let mut file = read(&path);
        for (member, value) in change.as_object().unwrap() {
            file[member] = value.clone();
        }
        let bad = write(&world, &format!("{name}.hongbao"), &file);
        let (code, seen) = mei.inspect(&bad);
        assert_eq!((code, &seen["verdict"]), (Some(3), &json!("not-genuine")), "{name}: {seen}");
        assert_eq!(mei.refused(&["import", bad.to_str().unwrap()])["type"], "not-genuine", "{name}");
    }
    drop(ming);
    world.audit();
}

#[test]
fn a_notice_with_a_false_chain_is_refused_by_the_enterprise() {
    let world = World::new();
    let (_ming, hao, id, _) = handed_over(&world);
    assert_eq!(hao.run(&["open", &id])["receipt"], "rewarded");
    let sent = parsed(&world.enterprise.proxy.bodies("POST /v1/notices").pop().unwrap());
    let thief = SigningKey::from_secret(&Zeroizing::new([66; 32]));
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let claims = json!({"jti": "019c0000-0000-7000-8000-000000000001", "iat": now, "n": 1, "prev": id});
    let hop = Jws::sign(&thief, Typ::Hop, &claims).unwrap();
    let friend = SigningKey::from_secret(&Zeroizing::new([67; 32]));
    let notice = json!({
        "aud": world.enterprise.url, "jti": "019c0000-0000-7000-8000-000000000002", "iat": now, "packet": id,
        "head": hop.digest(), "from": thief.public().thumbprint(), "show_opener": false,
    });
    let notice = Jws::sign(&friend, Typ::Notice, &notice).unwrap();
    let body = json!({"packet": sent["packet"], "hops": [hop.as_str()], "notice": notice.as_str()});
    let (status, problem) = post(&world.enterprise, "/v1/notices", body.to_string().into_bytes());
    assert_eq!((status, &problem["type"]), (422, &json!("urn:hongbao:problem:not-genuine")));
    world.audit();
}

#[test]
fn forwarding_to_oneself_earns_nothing() {
    let world = World::new();
    let ming = world.wallet("ming");
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let (id, path) = world.issue_file(&campaign);
    ming.run(&["import", path.to_str().unwrap()]);
    let own = world.path("own.hongbao");
    ming.run(&["forward", &id, "--save", own.to_str().unwrap()]);
    // The same person's wallet, with the same key, on another disk: it knows only the forwarded copy.
    let again = world.bare_wallet("again");
    std::fs::copy(ming.dir.join("identity.json"), again.dir.join("identity.json")).unwrap();
    again.run(&["issuer", "add", &world.enterprise.url]);
    again.run(&["import", own.to_str().unwrap()]);
    let opened = again.run(&["open", &id]);
    assert_eq!((&opened["receipt"], &opened["reason"]), (&json!("not-rewarded"), &json!("own-forward")));
    world.audit();
}

#[test]
fn a_file_is_never_overwritten() {
    let world = World::new();
    let ming = world.wallet("ming");
    let (id, path) = world.issue_file(&world.campaign(&Terms::default()));
    ming.run(&["import", path.to_str().unwrap()]);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(ming.refused(&["forward", &id, "--save", path.to_str().unwrap()])["type"], "exists");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
