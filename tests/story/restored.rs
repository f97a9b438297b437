//! A server that is put back from a copy of its directory: what it signed since stands with others, nothing of that is done a second
//! time, and what was acknowledged is there once.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{Server, Terms, Wallet, World, eventually, parsed};

/// A person with an account at the collecting bank.
struct Person {
    wallet: Wallet,
    account: String,
}

impl Person {
    fn new(world: &World, name: &str) -> Self {
        let wallet = world.wallet(name);
        let account = world.account_for(&wallet, &format!("doc-{name}"));
        Self { wallet, account }
    }

    fn collects(&self, id: &str) -> Value {
        self.wallet.run(&["collect", id, "--account", &self.account]);
        self.wallet.wait_for_collection(id, &self.account)
    }
}

fn backup_of(world: &World, server: &Server, name: &str) -> PathBuf {
    let out = world.path(name);
    let taken = server.back_up(&out);
    let books = if server.is_on_postgres() { "postgresql" } else { "copied" };
    assert_eq!((&taken["ok"], &taken["books"]), (&json!(true), &json!(books)));
    out
}

#[test]
fn an_issuing_bank_that_is_put_back_learns_what_it_paid_and_pays_none_of_it_again() {
    let world = World::new();
    let [ming, hao, lin] = ["ming", "hao", "lin"].map(|name| Person::new(&world, name));
    let campaign = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let (shared, file) = world.issue_file(&campaign);
    for person in [&ming, &hao, &lin] {
        person.wallet.run(&["import", file.to_str().unwrap()]);
    }
    // While an order is under way.
    ming.wallet.run(&["collect", &shared, "--account", &ming.account]);
    let backup = backup_of(&world, &world.issuing, "copy");
    assert_eq!(ming.wallet.wait_for_collection(&shared, &ming.account)["state"], "paid");
    assert_eq!(hao.collects(&shared)["state"], "paid", "the last share, which the copy does not know");
    // A fund, a voucher and a reward's voucher that the copy does not know.
    let later = world.campaign(&Terms { shares: 2, ..Terms::default() });
    let packet = world.issue_to(&later, &ming.wallet);
    world.hand_over(&packet, &ming.wallet, &hao.wallet);
    hao.wallet.run(&["open", &packet]);
    let reward = ming.wallet.wait_for_rewards(1)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ming.collects(&reward)["state"], "paid");
    assert_eq!(hao.collects(&packet)["state"], "paid");
    let balances = || [&ming, &hao, &lin].map(|person| world.balance(&world.collecting, &person.account));
    let (before, books) = (balances(), world.issuing.run(&["books"]));
    let left = world.balance(&world.issuing, &world.account);

    // Nothing is decided before the others were heard: who would be paid a share that is gone gets no answer.
    world.collecting.kill();
    world.issuing.lose(&backup);
    world.issuing.restart();
    eventually("the member is missed", || {
        let status = world.issuing.recovery();
        let parties = status["parties"].as_array().unwrap();
        let member = parties.iter().find(|party| party["party"] == world.collecting.url.as_str())?;
        (status["state"] == "recovering" && member["problem"].is_string()).then_some(())
    });
    assert_eq!(world.issuing.run(&["audit"])["recovering"], true);
    let kept = world.enterprise.run(&["packet", "issue", "--campaign", &later, "--count", "1"]);
    assert_eq!(kept["packets"][0]["state"], "signed", "no voucher while it recovers: {kept}");
    assert!(kept["packets"][0]["reason"].as_str().unwrap().starts_with("recovering"), "{kept}");
    world.collecting.restart();
    world.issuing.wait_until_recovered();

    let late = lin.wallet.run(&["collect", &shared, "--account", &lin.account, "--wait", "30"]);
    assert_eq!((&late["state"], &late["reason"]), (&json!("rejected"), &json!("all-shares-collected")));
    assert_eq!(balances(), before, "nobody has more or less");
    assert_eq!(world.issuing.run(&["books"]), books, "what it owes is what it owed");
    let waiting = kept["packets"][0]["id"].as_str().unwrap();
    eventually("the voucher that waited is there", || (world.stats(waiting)["state"] == "issued").then_some(()));
    assert_eq!(world.balance(&world.issuing, &world.account), left - 2 * 8800, "that, and nothing else");
    let last = world.issue_to(&world.campaign(&Terms::default()), &lin.wallet);
    assert_eq!(lin.collects(&last)["state"], "paid", "it goes on as ever");
    eventually("the enterprise has heard of it", || (world.stats(&last)["collected"] == 1).then_some(()));
    world.audit();
}

#[test]
fn draws_surrenders_and_instructions_of_a_bank_that_is_put_back_are_not_forgotten() {
    let world = World::new();
    let [ming, hao] = ["ming", "hao"].map(|name| Person::new(&world, name));
    let take = |file: &std::path::Path| {
        for person in [&ming, &hao] {
            person.wallet.run(&["import", file.to_str().unwrap()]);
        }
    };
    let recalled = world.campaign(&Terms { revocable: true, ..Terms::default() });
    let (gone, file) = world.issue_file(&recalled);
    take(&file);
    let longer = world.campaign(&Terms::default());
    let (extended, file) = world.issue_file(&longer);
    take(&file);
    let tea =
        world.tea(&["--shares", "2", "--cash", "168.00CNY", "--bank", &world.issuing.url, "--account", &world.account]);
    let (either, file) = world.issue_file(&tea);
    take(&file);
    let backup = backup_of(&world, &world.issuing, "copy");

    let done = world.enterprise.run(&["packet", "withdraw", "--campaign", &recalled, "--reason", "发错了"]);
    assert_eq!(done["packets"][0]["result"], "withdrawn");
    let done = world.enterprise.run(&["packet", "extend", "--campaign", &longer, "--for", "60d", "--reason", "雨天"]);
    assert_eq!(done["packets"][0]["result"], "extended", "{done}");
    assert_eq!(ming.wallet.run(&["collect", &either, "--wait", "30"])["state"], "collected", "the goods");
    let lucky = world.campaign(&Terms { shares: 2, mode: "lucky", ..Terms::default() });
    let (pot, file) = world.issue_file(&lucky);
    take(&file);
    assert_eq!([&ming, &hao].map(|person| person.collects(&pot)["state"].clone()), [json!("paid"), json!("paid")]);
    let end = |id: &str| ming.wallet.run(&["status", id])["expires"].clone();
    let left = world.balance(&world.issuing, &world.account);
    let before = end(&extended);

    world.issuing.lose(&backup);
    world.issuing.restart();
    world.issuing.wait_until_recovered();
    assert_eq!(world.balance(&world.issuing, &world.account), left);
    assert_eq!(end(&extended), before, "as long as was promised");
    let late = hao.wallet.run(&["collect", &gone, "--account", &hao.account, "--wait", "30"]);
    assert_eq!((&late["state"], &late["reason"]), (&json!("rejected"), &json!("withdrawn")));
    let cash = hao.wallet.run(&["collect", &either, "--choose", "cash", "--account", &hao.account, "--wait", "30"]);
    assert_eq!(cash["state"], "paid", "the other share");
    eventually("the enterprise has heard of it", || (world.stats(&either)["voucher"] == "paid").then_some(()));
    for person in [&ming, &hao] {
        eventually("the same draw is published", || {
            person.wallet.run(&["sync"]);
            (person.wallet.run(&["show", &pot])["draw"]["state"] == "holds").then_some(())
        });
    }
    world.audit();
}

#[test]
fn a_collecting_bank_that_is_put_back_credits_once_what_was_paid_since() {
    let world = World::new();
    let [ming, hao] = ["ming", "hao"].map(|name| Person::new(&world, name));
    let campaign = world.campaign(&Terms::default());
    let (first, second) = (world.issue_to(&campaign, &ming.wallet), world.issue_to(&campaign, &hao.wallet));
    let backup = backup_of(&world, &world.collecting, "copy");
    assert_eq!(ming.collects(&first)["state"], "paid");
    // Of this one the bank never said to its customer how it ended.
    world.issuing.proxy.lose_answer("POST /v1/orders", world.collecting.killer());
    hao.wallet.run(&["collect", &second, "--account", &hao.account]);
    eventually("the bank was killed", || world.issuing.proxy.faults_are_over().then_some(()));
    world.collecting.lose(&backup);
    world.collecting.restart();
    world.collecting.wait_until_recovered();
    for (person, packet) in [(&ming, &first), (&hao, &second)] {
        assert_eq!(person.wallet.wait_for_collection(packet, &person.account)["state"], "paid");
        eventually("it is credited", || (world.balance(&world.collecting, &person.account) == 8800).then_some(()));
    }
    world.audit();
}

#[test]
fn a_party_that_never_answers_is_left_out_by_the_operators_word() {
    let world = World::new();
    let ming = Person::new(&world, "ming");
    let campaign = world.campaign(&Terms::default());
    let backup = backup_of(&world, &world.issuing, "copy");
    let id = world.issue_to(&campaign, &ming.wallet);
    world.collecting.kill();
    world.issuing.lose(&backup);
    world.issuing.restart();
    eventually("it has begun", || {
        world.issuing.recovery()["parties"].as_array().is_some_and(|parties| parties.len() == 2).then_some(())
    });
    let said = ["--by", "王经理", "--reason", "该行已停业"];
    let over = [&["recovery", "finish"], &said[..]].concat();
    let stranger = [&over[..], &["--without", "https://nobody.example"]].concat();
    assert_eq!(world.issuing.refused(&stranger)["type"], "not-found");
    world.issuing.run(&[&over[..], &["--without", &world.collecting.url]].concat());
    world.issuing.wait_until_recovered();
    let parties = world.issuing.recovery()["parties"].clone();
    let states: Vec<_> = parties.as_array().unwrap().iter().map(|party| party["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "without").count(), 1, "{parties}");
    assert_eq!(world.issuing.refused(&over)["type"], "not-recovering");
    world.collecting.restart();
    assert_eq!(ming.collects(&id)["state"], "paid", "the applicant was heard: its voucher is there");
    world.audit();
}

#[test]
fn an_enterprise_that_is_put_back_rewards_no_opening_twice() {
    let world = World::new();
    let (ming, hao, lin) = (world.wallet("ming"), world.wallet("hao"), world.wallet("lin"));
    let campaign = world.campaign(&Terms { shares: 3, ..Terms::default() });
    let id = world.issue_to(&campaign, &ming);
    let known = world.hand_over(&id, &ming, &hao);
    lin.run(&["import", known.to_str().unwrap()]);
    let backup = backup_of(&world, &world.enterprise, "copy");
    // Rewarded after the copy; the opener never heard of it and tells again.
    world.enterprise.proxy.lose_answer("POST /v1/notices", || ());
    assert_eq!(hao.run(&["open", &id])["notice"], "queued");
    assert_eq!(ming.wait_for_rewards(1).len(), 1);
    let later = world.issue_to(&campaign, &lin);
    world.enterprise.lose(&backup);
    world.enterprise.restart();
    assert_eq!(world.enterprise.run(&["audit"]), json!({"ok": true, "differences": [], "recovering": true}));

    assert_eq!(hao.run(&["sync"])["waiting"], 0);
    assert_eq!(hao.run(&["open", &id])["receipt"], "waiting", "it is true that somebody looks first");
    let held = world.enterprise.run(&["reward", "list", "--held"]);
    assert_eq!(held["rewards"].as_array().unwrap().len(), 1, "{held}");
    assert_eq!(held["rewards"][0]["reason"], "review:restored");
    let refused = world.enterprise.refused(&["packet", "issue", "--campaign", &campaign, "--count", "1"]);
    assert_eq!(refused["type"], "campaign-restored");
    assert_eq!(
        lin.run(&["open", &later])["notice"],
        "queued",
        "a packet that it signed and lost is not called unknown"
    );
    // By mistake somebody approves: the bank has paid this reward and signs no second voucher.
    let reward = held["rewards"][0]["id"].as_str().unwrap();
    world.enterprise.run(&["reward", "approve", reward, "--by", "王经理"]);
    eventually("the bank has refused", || {
        let all = world.enterprise.run(&["reward", "list"]);
        all["rewards"][0]["reason"].as_str().is_some_and(|why| why.starts_with("already-issued")).then_some(())
    });
    ming.run(&["sync"]);
    assert_eq!(ming.run(&["rewards"]).as_array().unwrap().len(), 1, "once");
    // New campaigns go on, with numbers that nothing had.
    let fresh = world.issue_to(&world.campaign(&Terms::default()), &ming);
    assert!(world.stats(&fresh)["serial"].as_u64().unwrap() > 1_000_000);
    world.enterprise.run(&["recovery", "finish", "--by", "王经理", "--reason", "已核对"]);
    world.enterprise.run(&["packet", "issue", "--campaign", &campaign, "--count", "1"]);
    world.audit();
}

#[test]
fn a_backup_is_whole_or_none_and_nothing_is_written_over() {
    let world = World::new();
    let out = backup_of(&world, &world.issuing, "copy");
    let names = || std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let manifest = parsed(&std::fs::read(out.join("backup.json")).unwrap());
    assert_eq!((&manifest["role"], &manifest["url"]), (&json!("bank"), &json!(world.issuing.url)));
    assert_eq!(names().len(), manifest["files"].as_array().unwrap().len() + 1, "{manifest}");
    assert!(!out.join("admin.token").exists() && out.join("signing.key").exists());
    #[cfg(unix)]
    for path in names().iter().chain([&out]) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    assert_eq!(world.issuing.refused(&["backup", "--out", &text(&out)])["type"], "already-there");
    // Into a directory that is in use, nothing is put back.
    assert_eq!(world.issuing.refused(&["restore", &text(&out)])["type"], "already-there");
    world.issuing.kill();
    let lost = world.path("lost");
    std::fs::rename(world.issuing.dir(), &lost).unwrap();
    // Of a database there are no books in it.
    let books = (!world.issuing.is_on_postgres()).then_some("hongbao.sqlite3");
    for damage in ["signing.key", "settings.json"].into_iter().chain(books) {
        let whole = std::fs::read(out.join(damage)).unwrap();
        let mut other = whole.clone();
        *other.last_mut().unwrap() ^= 1;
        std::fs::write(out.join(damage), other).unwrap();
        assert_eq!(world.issuing.refused(&["restore", &text(&out)])["type"], "damaged-backup", "{damage}");
        std::fs::write(out.join(damage), whole).unwrap();
    }
    let renamed = out.with_extension("new");
    std::fs::rename(out.join("backup.json"), &renamed).unwrap();
    assert_eq!(world.issuing.refused(&["restore", &text(&out)])["type"], "no-backup", "cut off");
    std::fs::rename(&renamed, out.join("backup.json")).unwrap();
    assert!(!world.issuing.dir().exists(), "nothing is left of what was refused");
    let beside = std::fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(beside.filter(|name| name.to_str().unwrap().ends_with(".new")).count(), 0);
    std::fs::rename(&lost, world.issuing.dir()).unwrap();
    world.issuing.restart();
    assert_eq!(world.issuing.recovery()["state"], "never-restored");
}
