//! Steps 3 to 7 seen from the collecting bank: accepted, released, paid, refused, uncertain, and after a crash.

use super::*;
use crate::api::states::CollectionState::{Accepted, Applied, Paid, Rejected, Released, Uncertain};
use crate::api::states::{CollectionState, RefusalReason};
use crate::packet::chain::{self, NextHop};

fn states(status: &CollectionStatus) -> Vec<CollectionState> {
    status.steps.iter().map(|step| step.state).collect()
}

#[tokio::test]
async fn a_collection_is_paid_between_banks() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let jti = uuid();
    let accepted = person.collect(&collecting, &file, jti).await.unwrap();
    assert_eq!(
        (accepted.state, accepted.amount, states(&accepted)),
        (Accepted, Some(cny(1000)), vec![Applied, Accepted])
    );
    assert_eq!(person.collect(&collecting, &file, jti).await.unwrap(), accepted, "the same request, the same answer");
    assert_eq!(collecting.balance(&person.account).await, 0, "only promised");

    collecting.settle().await;
    let paid = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((paid.state, states(&paid)), (Paid, vec![Applied, Accepted, Released, Paid]));
    assert_eq!(person.collect(&collecting, &file, jti).await.unwrap(), paid);
    assert_eq!(collecting.balance(&person.account).await, 1000);
    let shown = collecting.operate("GET", &admin::account_path(person.account.as_str()), Value::Null).await.unwrap();
    assert_eq!(shown["entries"][0]["kind"], "collect");
    assert_eq!(shown["entries"][0]["voucher"], file.voucher.as_ref().unwrap().claims.number);
    assert_mirrored(&issuing, &collecting).await;

    assert_eq!(person.collect(&collecting, &file, uuid()).await.unwrap_err(), "already-collected");
    let stranger = Person::at(&collecting, 71).await;
    assert_eq!(stranger.collection(&collecting, jti).await.unwrap_err(), "not-found");
    assert_eq!(person.collection(&collecting, uuid()).await.unwrap_err(), "not-found");
}

#[tokio::test]
async fn a_bank_pays_its_own_voucher_by_the_same_path() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let person = Person::at(&bank, 70).await;
    let file = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    let paid = person.collect_and_settle(&bank, &file).await;
    assert_eq!((paid.state, states(&paid)), (Paid, vec![Applied, Accepted, Released, Paid]));
    assert_eq!(bank.balance(&person.account).await, 1000);
    assert_mirrored(&bank, &bank).await;
}

#[tokio::test]
async fn collections_are_refused_with_a_reason() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let other = Person::at(&collecting, 71).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let borrowed = Person { key: key(70), account: other.account.clone() };
    assert_eq!(borrowed.collect(&collecting, &file, uuid()).await.unwrap_err(), "account-not-linked");
    let unknown = AccountNumber::with_check_digit("620001999999999").unwrap();
    let nowhere = Person { key: key(70), account: unknown };
    assert_eq!(nowhere.collect(&collecting, &file, uuid()).await.unwrap_err(), "account-not-linked");

    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    assert_eq!(person.collect(&collecting, &file, uuid()).await.unwrap_err(), "collection-in-progress");
    let second = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    assert_eq!(person.collect(&collecting, &second, jti).await.unwrap_err(), "id-reused");

    // Without the client's authorization header the signed request itself is what counts, so it must be whole.
    let choice = Choice { bank: collecting.origin(), jti: uuid(), account: &person.account, salt: SALT };
    let mut lifted = collect::write(&person.key, &second, &choice, START).unwrap();
    lifted.voucher = file.voucher.as_ref().unwrap().jws.as_str().to_owned();
    let body = serde_json::to_value(lifted).unwrap();
    let refused = collecting.ask(&person.asking(), "POST", routes::COLLECTIONS, body).await;
    assert_eq!(refused.unwrap_err(), "not-genuine");
    for salt in ["c2FsdA", &SALT[1..], "AAECAwQFBgcICQoLDA0OD=", "AAECAwQFBgcICQoLDA0ODx"] {
        let choice = Choice { bank: collecting.origin(), jti: uuid(), account: &person.account, salt };
        let request = collect::write(&person.key, &second, &choice, START).unwrap();
        let body = serde_json::to_value(request).unwrap();
        let refused = collecting.ask(&person.asking(), "POST", routes::COLLECTIONS, body).await;
        assert_eq!(refused.unwrap_err(), "bad-request", "{salt}");
    }

    let stranger = TestBank::start(9, "620009", &issuing.clock).await;
    let foreign_shop = Shop::at(&stranger).await;
    let foreign = foreign_shop.issue(&stranger, &foreign_shop.claims(&stranger, 1)).await.unwrap();
    assert_eq!(person.collect(&collecting, &foreign, uuid()).await.unwrap_err(), "unknown-party");
    assert!(collecting.audit().await.ok);
}

#[tokio::test]
async fn a_members_limit_counts_what_is_promised() {
    let (issuing, collecting) = two_banks().await;
    let limit = AddMember { origin: issuing.origin().clone(), prefix: "620000".into(), limit: Some(cny(1500)) };
    admin::add(&collecting.bank, limit).await.unwrap();
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let (first, second) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    first.collect(&collecting, &file, uuid()).await.unwrap();
    assert_eq!(second.collect(&collecting, &file, uuid()).await.unwrap_err(), "member-limit");
}

#[tokio::test]
async fn settled_dues_make_room_under_the_limit() {
    let (issuing, collecting) = two_banks().await;
    let limit = AddMember { origin: issuing.origin().clone(), prefix: "620000".into(), limit: Some(cny(1500)) };
    admin::add(&collecting.bank, limit).await.unwrap();
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let (first, second) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    first.collect_and_settle(&collecting, &file).await;
    assert_eq!(second.collect(&collecting, &file, uuid()).await.unwrap_err(), "member-limit");

    let settle = async |bank: &TestBank, other: &TestBank, request: Uuid, way: &str, minor: i64| {
        let body = json!({ "request": request, "bank": other.origin(), "direction": way, "amount": cny(minor) });
        bank.operate("POST", admin::SETTLEMENTS, body).await
    };
    let due = |other: &TestBank, open, settled| json!({ "bank": other.origin(), "amount": cny(open), "settled": cny(settled) });
    let request = uuid();
    let received = due(&issuing, 400, 600);
    assert_eq!(settle(&collecting, &issuing, request, "received", 600).await.unwrap(), received);
    assert_eq!(settle(&collecting, &issuing, request, "received", 600).await.unwrap(), received, "booked once");
    assert_mirrored(&issuing, &collecting).await;
    assert_eq!(settle(&issuing, &collecting, uuid(), "paid", 1000).await.unwrap(), due(&collecting, 0, 1000));
    assert_mirrored(&issuing, &collecting).await;
    assert_eq!(second.collect_and_settle(&collecting, &file).await.state, Paid);
    let books = collecting.operate("GET", admin::BOOKS, Value::Null).await.unwrap();
    assert_eq!(books, json!({ "due_to": [], "due_from": [due(&issuing, 1400, 600)] }));
    assert_mirrored(&issuing, &collecting).await;

    let stranger = TestBank::start(9, "620009", &issuing.clock).await;
    for (bank, other, request, way, minor, code) in [
        (&collecting, &issuing, uuid(), "received", 1401, "more-than-owed"),
        (&collecting, &issuing, uuid(), "paid", 1, "more-than-owed"),
        (&issuing, &collecting, uuid(), "paid", 1001, "more-than-owed"),
        (&issuing, &collecting, uuid(), "paid", 0, "bad-request"),
        (&issuing, &collecting, uuid(), "paid", -5, "bad-request"),
        (&issuing, &stranger, uuid(), "paid", 1, "not-found"),
        (&collecting, &issuing, request, "received", 601, "id-reused"),
        (&collecting, &issuing, request, "paid", 600, "id-reused"),
        (&collecting, &stranger, request, "received", 600, "id-reused"),
    ] {
        assert_eq!(settle(bank, other, request, way, minor).await.unwrap_err(), code, "{way} {minor}");
    }
    let body = json!({ "request": request, "amount": cny(1) });
    let deposit = collecting.operate("POST", &admin::deposit_path(first.account.as_str()), body).await;
    assert_eq!(deposit.unwrap_err(), "id-reused");
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn one_person_is_one_person_with_any_key_account_or_bank() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 3)).await.unwrap();
    let person = Person::with(&collecting, 70, "id-7 7").await;
    assert_eq!(person.collect_and_settle(&collecting, &file).await.state, Paid);
    let same_here = Person::with(&collecting, 71, "ID77").await;
    assert_eq!(same_here.collect(&collecting, &file, uuid()).await.unwrap_err(), "already-collected");
    let same_there = Person::with(&issuing, 72, " ID 77").await;
    let refused = same_there.collect_and_settle(&issuing, &file).await;
    assert_eq!((refused.state, refused.reason), (Rejected, Some(RefusalReason::AlreadyCollected)));
    assert_eq!(states(&refused), [Applied, Accepted, Released, Rejected]);
    assert_eq!(issuing.balance(&same_there.account).await, 0);
    let other = Person::at(&issuing, 73).await;
    assert_eq!(other.collect_and_settle(&issuing, &file).await.state, Paid);
    assert_mirrored(&issuing, &collecting).await;

    // After a refusal the person may ask again, and is refused again.
    assert_eq!(same_there.collect_and_settle(&issuing, &file).await.state, Rejected);
    assert_mirrored(&issuing, &issuing).await;
}

#[tokio::test]
async fn two_collectors_at_once_and_one_gift() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let (here, there) = (Person::at(&issuing, 70).await, Person::at(&collecting, 71).await);
    let ends = tokio::join!(here.collect_and_settle(&issuing, &file), there.collect_and_settle(&collecting, &file));
    let mut states = [(ends.0.state, ends.0.reason), (ends.1.state, ends.1.reason)];
    states.sort();
    assert_eq!(states, [(Paid, None), (Rejected, Some(RefusalReason::AllSharesCollected))]);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn a_forwarded_packet_is_paid_to_the_friend() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (owner, friend) = (Person::at(&issuing, 70).await, Person::at(&collecting, 71).await);
    let mut claims = shop.claims(&issuing, 1);
    claims.cnf = owner.confirmation();
    claims.forward = Some(Forward { placement: Placement::Both, max_hops: 2, reward: None });
    let file = shop.issue(&issuing, &claims).await.unwrap();
    let to = Some(friend.key.public().thumbprint());
    let forwarded = chain::forward(&file, &owner.key, &NextHop { jti: uuid(), iat: START, to, note: None }).unwrap();
    assert_eq!(friend.collect(&collecting, &file, uuid()).await.unwrap_err(), "forbidden");
    assert_eq!(friend.collect_and_settle(&collecting, &forwarded).await.state, Paid);
    let late = owner.collect_and_settle(&issuing, &file).await;
    assert_eq!((late.state, late.reason), (Rejected, Some(RefusalReason::AllSharesCollected)));
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn silence_is_never_a_refusal() {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    issuing.hang_up().await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    let mut again = Next::WhenWoken;
    for attempt in 0..3 {
        again = collecting.settle_some().await;
        let Next::At(at) = again else { panic!("it must be asked again") };
        assert!(at > collecting.clock.now_ms() && at <= collecting.clock.now_ms() + (1000 << attempt) + 1);
        collecting.clock.set(collecting.clock.now() + 60);
    }
    let waiting = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((waiting.state, states(&waiting)), (Uncertain, vec![Applied, Accepted, Released, Uncertain]));
    assert_eq!(collecting.count("SELECT COUNT(*) AS n FROM resolution").await, 0);
    assert!(collecting.audit().await.ok);

    issuing.pick_up().await;
    assert!(again != Next::WhenWoken && collecting.settle_some().await == Next::WhenWoken);
    let paid = person.collection(&collecting, jti).await.unwrap();
    assert_eq!((paid.state, paid.steps.len()), (Paid, 5));
    assert_mirrored(&issuing, &collecting).await;
}

/// Serves in the place of the issuing bank.
pub(super) async fn impostor(issuing: &TestBank, answer: axum::routing::MethodRouter) -> watch::Sender<bool> {
    let address = issuing.origin().as_str().strip_prefix("http://").unwrap();
    let listener = TcpListener::bind(address).await.unwrap();
    let app = router(issuing.bank.clone());
    let held = Router::new().route(routes::ORDERS, answer).fallback_service(app);
    let (stopper, mut stop) = watch::channel(false);
    tokio::spawn(serve(listener, held, Limits::default(), async move {
        let _ = stop.wait_for(|stop| *stop).await;
    }));
    stopper
}

#[tokio::test]
async fn killed_between_paying_and_answering_pays_once() {
    let (mut issuing, mut collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    issuing.hang_up().await;
    // Decides and stores, but the answer never arrives.
    let bank = issuing.bank.clone();
    let lost = axum::routing::post(async move |body: axum::body::Bytes| {
        super::super::orders::receive(&bank, &body).await.unwrap();
        axum::http::StatusCode::BAD_GATEWAY
    });
    let stopper = impostor(&issuing, lost).await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap().state, Uncertain);
    assert_eq!(issuing.status(&file.packet).await.left, 1, "it was paid");
    stopper.send_replace(true);
    stopper.closed().await;

    // Both are killed and started again.
    while TcpListener::bind(issuing.origin().as_str().strip_prefix("http://").unwrap()).await.is_err() {
        tokio::task::yield_now().await;
    }
    issuing.restart().await;
    collecting.restart().await;
    collecting.clock.set(START + 60);
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap().state, Paid);
    assert_eq!(issuing.status(&file.packet).await.left, 1);
    assert_eq!(collecting.balance(&person.account).await, 1000);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn nonsense_is_no_answer() {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 9)).await.unwrap();
    issuing.hang_up().await;
    let forged = |number: u8, amount: i64, order: Uuid| {
        let claims = json!({ "iss": issuing.origin(), "aud": collecting.origin(), "iat": START, "order": order,
            "result": "paid", "amount": cny(amount), "share": 1 });
        json!({ "answer": Jws::sign(&key(number), Typ::Answer, &claims).unwrap().as_str() })
    };
    let person = Person::at(&collecting, 70).await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    let sql = "SELECT order_id FROM collection";
    let order = collecting.store().read(move |tx| tx.one(sql, &values![])).await.unwrap();
    let order: Uuid = order.text("order_id").unwrap().parse().unwrap();
    let refusal = (axum::http::StatusCode::CONFLICT, "no");
    let answers = [forged(9, 1000, order), forged(1, 1000, uuid()), forged(1, 999, order), json!({})];
    let mut given =
        answers.into_iter().map(|answer| axum::routing::post(async move || axum::Json(answer))).collect::<Vec<_>>();
    given.push(axum::routing::post(async move || refusal));
    for answer in given {
        let stopper = impostor(&issuing, answer).await;
        collecting.clock.set(collecting.clock.now() + 60);
        collecting.settle().await;
        assert_eq!(person.collection(&collecting, jti).await.unwrap().state, Uncertain);
        stopper.send_replace(true);
        stopper.closed().await;
        while TcpListener::bind(issuing.origin().as_str().strip_prefix("http://").unwrap()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(collecting.count("SELECT attempts AS n FROM collection").await, 5);
    issuing.pick_up().await;
    collecting.clock.set(collecting.clock.now() + 60);
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap().state, Paid);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn the_background_work_settles_what_waits_from_before_a_kill() {
    let (issuing, mut collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    // The clock ran years ahead once: what was to be tried then is tried now.
    let far = "UPDATE collection SET next_at_ms = next_at_ms * 2";
    collecting.store().decide(move |tx| tx.execute(far, &values![])).await.unwrap();
    collecting.restart().await;
    let (stopper, stop) = watch::channel(false);
    let running = tokio::spawn(super::super::run(collecting.bank.clone(), stop));
    while person.collection(&collecting, jti).await.unwrap().state != Paid {
        tokio::task::yield_now().await;
    }
    stopper.send_replace(true);
    running.await.unwrap();
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn a_silent_bank_keeps_nobody_else_waiting() {
    let (mut silent, collecting) = two_banks().await;
    let (shop, own_shop) = (Shop::at(&silent).await, Shop::named(&collecting, "https://own.example", 52).await);
    let (first, second) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    let file = shop.issue(&silent, &shop.claims(&silent, 1)).await.unwrap();
    let own = own_shop.issue(&collecting, &own_shop.claims(&collecting, 1)).await.unwrap();
    silent.hang_up().await;
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let held = axum::routing::post(async move || {
        asked.send(()).unwrap();
        std::future::pending::<axum::http::StatusCode>().await
    });
    let _impostor = impostor(&silent, held).await;
    first.collect(&collecting, &file, uuid()).await.unwrap();
    let (_stopper, stop) = watch::channel(false);
    let running = tokio::spawn(super::super::run(collecting.bank.clone(), stop));
    was_asked.recv().await.unwrap();
    let jti = uuid();
    second.collect(&collecting, &own, jti).await.unwrap();
    let paid = async {
        while second.collection(&collecting, jti).await.unwrap().state != Paid {
            tokio::task::yield_now().await;
        }
    };
    // Sooner than the silent one's time is over.
    tokio::time::timeout(std::time::Duration::from_secs(5), paid).await.expect("it is settled meanwhile");
    running.abort();
}

/// Whoever names unknown keys has nobody asked all the time, and nobody who is not known here.
#[tokio::test]
async fn a_known_party_is_asked_once_however_many_unknown_keys_are_named() {
    let (mut issuing, collecting) = two_banks().await;
    issuing.hang_up().await;
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let count = axum::routing::get(async move || {
        asked.send(()).unwrap();
        axum::http::StatusCode::NOT_FOUND
    });
    let known = issuing.origin().clone();
    let [known_at, unknown_at] = [known.as_str().strip_prefix("http://").unwrap(), "127.0.0.1:0"];
    let mut origins = Vec::new();
    for address in [known_at, unknown_at] {
        let listener = TcpListener::bind(address).await.unwrap();
        origins.push(Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap());
        let app = Router::new().route(routes::WELL_KNOWN, count.clone());
        tokio::spawn(serve(listener, app, Limits::default(), std::future::pending()));
    }
    for party in &origins {
        for number in 90..93 {
            let signer = key(number).public().thumbprint();
            assert!(!super::super::keys::catch_up(&collecting.bank, party, &signer).await.unwrap());
        }
    }
    assert!(was_asked.try_recv().is_ok(), "the one that is known");
    assert!(was_asked.try_recv().is_err(), "once, and no other");
}

#[tokio::test]
async fn one_damaged_collection_stops_no_other() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let mut asked = Vec::new();
    for number in 70..75 {
        let person = Person::at(&collecting, number).await;
        let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
        let jti = uuid();
        person.collect(&collecting, &file, jti).await.unwrap();
        asked.push((person, jti));
    }
    // One row cannot be read; another's money was posted already, which its own answer then runs into.
    let (unreadable, posted) = (asked[0].1.to_string(), asked[1].1.to_string());
    let damaged = collecting.store().decide(move |tx| {
        tx.execute("UPDATE collection SET hops = '?' WHERE id = ?1", &values![unreadable])?;
        let sql = "INSERT INTO resolution (transfer, outcome, at) SELECT transfer, 'posted', 1 FROM collection \
                   WHERE id = ?1";
        tx.execute(sql, &values![posted])
    });
    damaged.await.unwrap();
    let Next::At(again) = collecting.settle_some().await else { panic!("the damaged ones are tried again") };
    assert!(again > collecting.clock.now_ms(), "but not at once");
    for (place, (person, jti)) in asked.iter().enumerate() {
        let paid = person.collection(&collecting, *jti).await.unwrap().state == Paid;
        assert_eq!(paid, place > 1, "{place}");
    }
    assert_eq!(collecting.count("SELECT SUM(attempts) AS n FROM collection").await, 2);
}

#[tokio::test]
async fn a_server_that_stops_starts_nothing_new() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (first, second) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let (stopper, stop) = watch::channel(false);
    let (mut issuing, release) = (issuing, Arc::new(tokio::sync::Notify::new()));
    issuing.hang_up().await;
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let (bank, held) = (issuing.bank.clone(), release.clone());
    let slow = axum::routing::post(async move |body: axum::body::Bytes| {
        asked.send(()).unwrap();
        held.notified().await;
        axum::Json(super::super::orders::receive(&bank, &body).await.unwrap())
    });
    let _impostor = impostor(&issuing, slow).await;
    let (early, late) = (uuid(), uuid());
    first.collect(&collecting, &file, early).await.unwrap();
    let bank = collecting.bank.clone();
    let step = tokio::spawn(async move { settlement::step(&bank, &stop).await });
    was_asked.recv().await.unwrap();
    stopper.send_replace(true);
    second.collect(&collecting, &file, late).await.unwrap();
    release.notify_one();
    step.await.unwrap();
    assert_eq!(first.collection(&collecting, early).await.unwrap().state, Paid, "what is under way is finished");
    assert_eq!(second.collection(&collecting, late).await.unwrap().state, Accepted);
}
