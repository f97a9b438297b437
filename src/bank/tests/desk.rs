//! The clerk's desk: held, accepted, rejected with reasons, timed out; deadlines told and kept.

use super::*;
use crate::api::collect::AcceptanceChoice;
use crate::api::states::CollectionState::{Accepted, Applied, Paid, Rejected, Released, Uncertain};
use crate::api::states::{AcceptedBy, CollectionState, RefusalReason};
use crate::bank::desk::{self, CollectionHistory, CollectionList, CollectionView};
use crate::bank::{SettingsError, expiry};

/// An issuing bank, and a collecting bank with settings of its own.
async fn banks(change: impl FnOnce(&mut Settings)) -> (TestBank, TestBank) {
    let (issuing, mut collecting) = two_banks().await;
    collecting.set(change).await;
    (issuing, collecting)
}

async fn list(bank: &TestBank, state: &str) -> Vec<CollectionView> {
    let path = format!("{}?state={state}", desk::COLLECTIONS);
    let page: CollectionList = serde_json::from_value(bank.operate("GET", &path, Value::Null).await.unwrap()).unwrap();
    assert!(!page.more);
    page.collections
}

async fn accept(bank: &TestBank, id: Uuid) -> Result<Value, String> {
    bank.operate("POST", &desk::accept_path(&id.to_string()), json!({ "by": "李四" })).await
}

async fn reject(bank: &TestBank, id: Uuid, reason: &str) -> Result<Value, String> {
    let body = json!({ "by": "李四", "reason": reason, "text": "请带身份证来" });
    bank.operate("POST", &desk::reject_path(&id.to_string()), body).await
}

async fn choose(bank: &TestBank, person: &Person, acceptance: Option<AcceptedBy>) -> Result<Value, String> {
    let body = serde_json::to_value(AcceptanceChoice { account: person.account.clone(), acceptance }).unwrap();
    bank.ask(&person.asking(), "POST", routes::ACCEPTANCE, body).await
}

fn states(status: &CollectionStatus) -> Vec<CollectionState> {
    status.steps.iter().map(|step| step.state).collect()
}

#[tokio::test]
async fn a_held_collection_waits_for_a_clerk_and_is_then_paid() {
    let (issuing, collecting) = banks(|it| it.acceptance = AcceptedBy::Clerk).await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let jti = uuid();
    let held = person.collect(&collecting, &file, jti).await.unwrap();
    assert_eq!((held.state, held.decides_by, states(&held)), (Applied, Some(START + 3 * DAY), vec![Applied]));
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap(), held, "nothing was asked of the issuing bank");
    assert_eq!(issuing.count("SELECT COUNT(*) AS n FROM bank_order").await, 0);
    assert!(collecting.audit().await.ok, "{:?}", collecting.audit().await);

    let shown = list(&collecting, "held").await;
    let seen = &shown[0];
    assert_eq!((seen.id, seen.holder.as_str(), seen.identified, seen.amount), (jti, "Zhang San", true, cny(1000)));
    assert_eq!((&seen.bank, seen.decides_by.as_deref()), (issuing.origin(), Some("2026-02-05T02:40:00Z")));
    let behind = |order: Uuid| format!("{}?state=held&after={order}", desk::COLLECTIONS);
    let none = collecting.operate("GET", &behind(seen.order), Value::Null).await.unwrap();
    assert_eq!(none, json!({ "collections": [], "more": false }));
    assert_eq!(collecting.operate("GET", &behind(uuid()), Value::Null).await.unwrap_err(), "not-found");
    collecting.clock.set(START + 60);
    accept(&collecting, jti).await.unwrap();
    collecting.settle().await;
    assert_eq!(accept(&collecting, seen.order).await.unwrap()["state"], "paid", "the same decision again");
    assert_eq!(reject(&collecting, jti, "irregular").await.unwrap_err(), "collection-decided");
    let paid = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((paid.state, states(&paid)), (Paid, vec![Applied, Accepted, Released, Paid]));
    assert_eq!(paid.steps[1].at, START + 60);
    let history = collecting.operate("GET", &desk::collection_path(&jti.to_string()), Value::Null).await.unwrap();
    let history: CollectionHistory = serde_json::from_value(history).unwrap();
    let actors: Vec<_> = history.steps.iter().map(|step| step.actor.as_str()).collect();
    let client = person.key.public().thumbprint().to_string();
    assert_eq!(actors, [client.as_str(), "李四", "bank", issuing.origin().as_str()]);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn a_clerk_rejects_with_a_reason_that_the_customer_sees() {
    let (issuing, collecting) = banks(|it| it.acceptance = AcceptedBy::Clerk).await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    for reason in ["expired", "timed-out", "nonsense"] {
        assert_eq!(reject(&collecting, jti, reason).await.unwrap_err(), "bad-request", "{reason}");
    }
    assert_eq!(reject(&collecting, uuid(), "irregular").await.unwrap_err(), "not-found");
    reject(&collecting, jti, "identity-unclear").await.unwrap();
    reject(&collecting, jti, "identity-unclear").await.unwrap();
    assert_eq!(accept(&collecting, jti).await.unwrap_err(), "collection-decided");
    let rejected = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((rejected.state, rejected.reason), (Rejected, Some(RefusalReason::IdentityUnclear)));
    assert_eq!((rejected.told.as_deref(), rejected.decides_by), (Some("请带身份证来"), None));
    assert_eq!(collecting.count("SELECT COUNT(*) AS n FROM resolution WHERE outcome = 'voided'").await, 1);

    // The money is still there: the person collects again, and this time the clerk is content.
    let again = uuid();
    person.collect(&collecting, &file, again).await.unwrap();
    accept(&collecting, again).await.unwrap();
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, again).await.unwrap().state, Paid);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn the_holder_the_clerk_and_the_sum_say_who_accepts() {
    let (issuing, collecting) = banks(|it| it.clerk_above = Some(cny(1000))).await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let collect = async |minor: i64| {
        let mut claims = shop.claims(&issuing, 1);
        if let Contents::Bank { amount, .. } = &mut claims.contents {
            *amount = cny(minor);
        }
        let file = shop.issue(&issuing, &claims).await.unwrap();
        person.collect(&collecting, &file, uuid()).await.unwrap().state
    };
    assert_eq!((collect(1000).await, collect(1001).await), (Accepted, Applied));
    choose(&collecting, &person, Some(AcceptedBy::Clerk)).await.unwrap();
    assert_eq!(collect(1).await, Applied);
    choose(&collecting, &person, Some(AcceptedBy::Auto)).await.unwrap();
    assert_eq!((collect(1).await, collect(1001).await), (Accepted, Applied), "the bank's own limit stays");
    let path = admin::account_path(person.account.as_str());
    let set = collecting.operate("POST", &path, json!({ "acceptance": "clerk", "by": "李四" })).await.unwrap();
    assert_eq!((&set["acceptance"], collect(1).await), (&json!("clerk"), Applied));
    choose(&collecting, &person, None).await.unwrap();
    assert_eq!(collect(1).await, Accepted);
    let borrowed = Person { key: key(71), account: person.account.clone() };
    assert_eq!(choose(&collecting, &borrowed, None).await.unwrap_err(), "account-not-linked");
    let shown = collecting.operate("GET", &path, Value::Null).await.unwrap();
    let words: Vec<_> = shown["changes"].as_array().unwrap().iter().map(|it| it["after"].as_str().unwrap()).collect();
    assert_eq!(words, ["clerk", "auto", "clerk", "bank"]);
    assert!(collecting.audit().await.ok, "{:?}", collecting.audit().await);
}

#[tokio::test]
async fn what_no_clerk_decides_is_given_up_in_time_also_after_a_kill() {
    let (issuing, mut collecting) = banks(|it| {
        it.acceptance = AcceptedBy::Clerk;
        it.hold_seconds = 3600;
    })
    .await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    assert_eq!(expiry::step(&collecting.bank).await, Next::At((START + 3601) * 1000));
    collecting.restart().await;
    collecting.clock.set(START + 3601);
    assert_eq!(
        accept(&collecting, jti).await.unwrap_err(),
        "collection-decided",
        "too late, although not rejected yet"
    );
    expiry::step(&collecting.bank).await;
    let ended = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((ended.state, ended.reason), (Rejected, Some(RefusalReason::TimedOut)));
    assert!(list(&collecting, "held").await.is_empty());
    assert_eq!(list(&collecting, "all").await.len(), 1);
    assert_eq!(issuing.status(&file.packet).await.left, 1, "the money stays frozen");
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn an_unanswered_order_is_uncertain_after_a_while_and_overdue_as_promised() {
    let (mut issuing, mut collecting) = two_banks().await;
    issuing.set(|it| it.pays_within_seconds = Some(90)).await;
    collecting.set(|it| it.uncertain_after_seconds = 60).await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    assert_eq!(file.voucher.as_ref().unwrap().claims.pays_within, Some(90));
    issuing.hang_up().await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    for (at, state, overdue) in [(0, Released, 0), (59, Released, 0), (61, Uncertain, 0), (91, Uncertain, 1)] {
        collecting.clock.set(START + at);
        let sql = "UPDATE collection SET next_at_ms = 0";
        collecting.store().decide(move |tx| tx.execute(sql, &values![])).await.unwrap();
        collecting.settle().await;
        assert_eq!(person.collection(&collecting, jti).await.unwrap().state, state, "{at}");
        let open = list(&collecting, "open").await;
        assert_eq!(open[0].pays_by.as_deref(), Some("2026-02-02T02:41:30Z"));
        assert_eq!(list(&collecting, "overdue").await.len(), overdue, "{at}");
        assert_eq!(open[0].overdue, overdue > 0, "{at}");
    }
    assert_eq!(collecting.count("SELECT COUNT(*) AS n FROM resolution").await, 0, "never voided on a timeout");
    issuing.pick_up().await;
    collecting.clock.set(START + 120);
    let sql = "UPDATE collection SET next_at_ms = 0";
    collecting.store().decide(move |tx| tx.execute(sql, &values![])).await.unwrap();
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap().state, Paid);
    assert!(list(&collecting, "overdue").await.is_empty());
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn a_voucher_withdrawn_while_a_clerk_looks_is_refused_by_its_bank() {
    let (issuing, collecting) = banks(|it| it.acceptance = AcceptedBy::Clerk).await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &super::life::revocable(&shop, &issuing, 1)).await.unwrap();
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    super::life::withdraw(&shop, &issuing, &[&file]).await;
    accept(&collecting, jti).await.unwrap();
    collecting.settle().await;
    let refused = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((refused.state, refused.reason), (Rejected, Some(RefusalReason::Withdrawn)));
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn settings_outside_their_bounds_are_refused() {
    let bank = one_bank().await;
    let refused = |change: fn(&mut Settings)| {
        let mut settings = bank.bank.settings.clone();
        change(&mut settings);
        Bank::new(bank.bank.party.clone(), settings).err()
    };
    assert_eq!(refused(|it| it.hold_seconds = 59), Some(SettingsError::Hold));
    assert_eq!(refused(|it| it.uncertain_after_seconds = -1), Some(SettingsError::Uncertain));
    assert_eq!(refused(|it| it.pays_within_seconds = Some(0)), Some(SettingsError::PaysWithin));
    assert_eq!(refused(|it| it.clerk_above = Some(cny(-1))), Some(SettingsError::ClerkAbove));
    assert_eq!(refused(|it| it.clerk_above = Some(cny(0))), None);
}
