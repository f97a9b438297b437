//! Goods from stock to the counter, by the commands alone: no bank has anything to do with it.

use std::path::Path;

use serde_json::{Value, json};

use crate::world::{Wallet, World, eventually};

impl World {
    pub fn tea(&self, options: &[&str]) -> String {
        let mut args = vec!["campaign", "create", "--title", "云栖茶舍", "--greeting", "一叶知春", "--count", "5"];
        args.extend(["--goods-item", "明前龙井", "--quantity", "2", "--unit", "盒", "--merchant", "云栖茶舍"]);
        args.extend(["--redeem", "到店出示兑换码", "--gtin", "6901028075831", "--stock", "8", "--expires", "30d"]);
        args.extend(options);
        self.enterprise.run(&args)["id"].as_str().unwrap().to_owned()
    }

    fn places(&self, campaign: &str) -> [i64; 5] {
        let stock = self.enterprise.run(&["campaign", "stock", "show", campaign]);
        ["stocked", "free", "promised", "given", "handed"].map(|place| stock[place].as_i64().unwrap())
    }
}

fn code(collected: &Value) -> String {
    assert_eq!(collected["state"], "collected", "{collected}");
    collected["code"].as_str().unwrap().to_owned()
}

/// The files of a folder, read as text as far as they are text.
fn contains(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let path = file.unwrap().path();
        path.is_file() && String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(text)
    })
}

fn state(wallet: &Wallet, id: &str, wanted: &str) -> Value {
    eventually(wanted, || {
        wallet.run(&["sync"]);
        let now = wallet.run(&["show", id])["handover"].clone();
        (now["state"] == wanted).then_some(now)
    })
}

#[test]
fn goods_are_collected_once_and_handed_over_once() {
    let world = World::new();
    let (ming, hao) = (world.bare_wallet("ming"), world.bare_wallet("hao"));
    for wallet in [&ming, &hao] {
        wallet.run(&["issuer", "add", &world.enterprise.url]);
    }
    let campaign = world.tea(&["--shares", "2"]);
    assert_eq!(world.places(&campaign), [8, 8, 0, 0, 0]);
    let short = world.enterprise.refused(&["packet", "issue", "--campaign", &campaign, "--count", "3"]);
    assert_eq!(short["type"], "out-of-stock");
    let id = world.issue_to(&campaign, &ming);
    assert_eq!(world.places(&campaign), [8, 4, 4, 0, 0]);
    assert_eq!(ming.run(&["show", &id])["goods"]["gtin"], "6901028075831");
    ming.run(&["open", &id]);
    // The answer is lost on its way: asked again, it is the same, and so is the code.
    world.enterprise.proxy.lose_answer("POST /v1/goods", || ());
    let waiting = ming.run(&["collect", &id]);
    assert_eq!(
        (&waiting["state"], &waiting["sent"], &waiting["code"]),
        (&json!("applied"), &json!(false), &Value::Null)
    );
    let first = state(&ming, &id, "collected");
    let secret = code(&first);
    assert_eq!(code(&ming.run(&["collect", &id])), secret, "a second call tells how the first stands");
    assert_eq!(ming.run(&["list"])[0]["goods"], "collected");
    world.hand_over(&id, &ming, &hao);
    hao.run(&["open", &id]);
    let other = code(&hao.run(&["collect", &id, "--wait", "10"]));
    assert_ne!(other, secret);
    assert_eq!(world.places(&campaign), [8, 4, 0, 4, 0]);
    world.enterprise.restart();
    let handed = world.enterprise.run(&["redeem", &secret.to_lowercase(), "--by", "小李"]);
    assert_eq!(
        (&handed["state"], &handed["by"], &handed["item"]),
        (&json!("redeemed"), &json!("小李"), &json!("明前龙井"))
    );
    let again = world.enterprise.refused(&["redeem", &secret]);
    assert_eq!(again["type"], "already-redeemed");
    assert!(again["detail"].as_str().unwrap().contains("小李"), "{again}");
    assert_eq!(world.enterprise.refused(&["redeem", &secret.replace('-', "")[1..]])["type"], "bad-code");
    assert_eq!(state(&ming, &id, "redeemed")["steps"].as_array().unwrap().len(), 3);
    assert_eq!((world.stats(&id)["collected"].clone(), world.stats(&id)["handed"].clone()), (json!(2), json!(1)));
    for secret in [&secret, &other] {
        assert!(!contains(&world.path("enterprise"), secret), "the enterprise keeps no code");
    }
    world.audit();
}

#[test]
fn a_parcel_is_followed_to_the_door() {
    let world = World::new();
    let ming = world.bare_wallet("ming");
    ming.run(&["issuer", "add", &world.enterprise.url]);
    let campaign = world.tea(&["--handover", "delivery"]);
    let id = world.issue_to(&campaign, &ming);
    ming.run(&["open", &id]);
    assert_eq!(ming.refused(&["collect", &id])["type"], "address-needed");
    assert_eq!(ming.refused(&["collect", &id, "--choose", "cash"])["type"], "account-needed");
    let address = world.path("address.txt");
    std::fs::write(&address, "明\r\n杭州市西湖区龙井路1号\n").unwrap();
    let collected = ming.run(&["collect", &id, "--address", address.to_str().unwrap(), "--wait", "10"]);
    assert_eq!(collected["address"], "明\n杭州市西湖区龙井路1号");
    let list = world.enterprise.run(&["goods", "list", "--campaign", &campaign, "--state", "collected"]);
    let one = &list["collections"][0];
    assert_eq!((&one["address"], &one["serial"]), (&collected["address"], &json!(1)));
    let number = one["id"].as_str().unwrap();
    world.enterprise.run(&["goods", "out-of-stock", number, "--reason", "周三到货"]);
    assert_eq!(state(&ming, &id, "out-of-stock")["reason"], "周三到货");
    world.enterprise.run(&["goods", "ship", number, "--tracking", "SF1234567890", "--by", "仓库"]);
    assert_eq!(state(&ming, &id, "shipped")["tracking"], "SF1234567890");
    world.enterprise.run(&["goods", "delivered", number]);
    state(&ming, &id, "delivered");
    let shown = world.enterprise.run(&["goods", "show", number]);
    assert_eq!(shown["changes"].as_array().unwrap().len(), 4);
    world.enterprise.run(&["campaign", "stock", "add", &campaign, "5"]);
    world.enterprise.run(&["campaign", "stock", "remove", &campaign, "1"]);
    assert_eq!(world.places(&campaign), [12, 10, 0, 0, 2]);
    world.audit();
}

#[test]
fn goods_that_are_not_there_at_the_counter_become_money() {
    let world = World::new();
    let ming = world.wallet("ming");
    let account = world.account_for(&ming, "doc-ming");
    let campaign = world.tea(&["--cash", "168.00CNY", "--bank", &world.issuing.url, "--account", &world.account]);
    let (id, path) = world.issue_file(&campaign);
    ming.run(&["import", path.to_str().unwrap()]);
    ming.run(&["open", &id]);
    let secret = code(&ming.run(&["collect", &id, "--wait", "30"]));
    assert_eq!(world.balance(&world.issuing, &world.account), 10_000_000, "the money was given up for the goods");
    let refund = ["goods", "refund", &secret, "--reason", "摔坏了", "--by", "小李"];
    let ended = world.enterprise.run(&refund);
    assert_eq!((&ended["state"], &ended["by"]), (&json!("refunded"), &json!("小李")));
    world.enterprise.restart();
    assert_eq!(world.enterprise.refused(&refund)["type"], "already-redeemed");
    assert_eq!(world.enterprise.refused(&["redeem", &secret])["type"], "already-redeemed");
    assert_eq!(state(&ming, &id, "refunded")["reason"], "摔坏了");
    let back = ended["refund"].as_str().unwrap();
    eventually("the money is in the inbox", || {
        ming.run(&["sync"]);
        (ming.state(back).as_deref() == Some("received")).then_some(())
    });
    ming.run(&["open", back]);
    let paid = ming.run(&["collect", back, "--account", &account, "--wait", "30"]);
    assert_eq!((&paid["state"], &paid["amount"]["minor"]), (&json!("paid"), &json!(16_800)));
    assert_eq!(world.balance(&world.issuing, &world.account), 10_000_000 - 16_800);
    assert_eq!(world.places(&campaign), [6, 6, 0, 0, 0]);
    let found = world.enterprise.run(&["packet", "find", "--packet", back]);
    assert_eq!(found["packets"][0]["campaign"], json!(campaign));
    world.audit();
}

#[test]
fn of_goods_or_cash_everybody_has_one() {
    let world = World::new();
    let (ming, hao, lan) = (world.wallet("ming"), world.wallet("hao"), world.wallet("lan"));
    let account = world.account_for(&hao, "doc-hao");
    let campaign =
        world.tea(&["--shares", "2", "--cash", "168.00CNY", "--bank", &world.issuing.url, "--account", &world.account]);
    let (id, path) = world.issue_file(&campaign);
    assert_eq!(world.balance(&world.issuing, &world.account), 10_000_000 - 2 * 16_800);
    for wallet in [&ming, &hao, &lan] {
        wallet.run(&["import", path.to_str().unwrap()]);
        wallet.run(&["open", &id]);
    }
    assert_eq!(ming.run(&["show", &id])["goods"]["cash"]["amount"]["minor"], 16_800);
    // The bank takes the money back and is killed before it says so.
    world.issuing.proxy.lose_answer("POST /v1/surrenders", world.issuing.killer());
    assert_eq!(ming.run(&["collect", &id])["state"], "applied");
    world.issuing.restart();
    code(&state(&ming, &id, "collected"));
    assert_eq!(world.balance(&world.issuing, &world.account), 10_000_000 - 16_800);
    assert_eq!(ming.refused(&["collect", &id, "--choose", "cash", "--account", &account])["type"], "chosen-otherwise");
    let paid = hao.run(&["collect", &id, "--choose", "cash", "--account", &account, "--wait", "30"]);
    assert_eq!((&paid["state"], &paid["amount"]["minor"]), (&json!("paid"), &json!(16_800)));
    assert_eq!(hao.refused(&["collect", &id])["type"], "chosen-otherwise");
    let late = lan.run(&["collect", &id, "--wait", "10"]);
    assert_eq!((&late["state"], &late["reason"]), (&json!("rejected"), &json!("all-shares-collected")));
    eventually("the goods of the money are in stock again", || {
        (world.places(&campaign) == [8, 6, 0, 2, 0]).then_some(())
    });
    world.audit();
}
