//! Lucky draws: given, used once, paid as drawn, published when closed, and judged with what was published.

use super::paying::Draft;
use super::*;
use crate::api::draw::{self, DrawClaims, Flaw, Own, PAGE};
use crate::api::order::{AnswerClaims, OrderResult};
use crate::api::states::{CollectionState, InstructionResult, RefusalReason, VoucherState};
use crate::bank::draws::MAX_UNUSED;
use crate::bank::{expiry, orders};
use crate::jose::Digest;
use crate::packet::draw::{Seed, shares};

impl Shop {
    pub(super) async fn draws(&self, bank: &TestBank, request: Uuid, count: u32) -> Result<Vec<Digest>, String> {
        let body = json!({ "request": request, "count": count });
        let answer = bank.ask(&self.asking(), "POST", routes::DRAWS, body).await?;
        Ok(serde_json::from_value(answer["draws"].clone()).unwrap())
    }

    /// The claims of a packet with this draw.
    fn lucky(&self, bank: &TestBank, draw: Digest, total: i64, places: u32) -> PacketClaims {
        let mut claims = self.claims(bank, places);
        if let Contents::Bank { mode, draw: drawn, amount, .. } = &mut claims.contents {
            (*mode, *drawn, *amount) = (Mode::Lucky, Some(draw), cny(total));
        }
        claims
    }

    /// A lucky packet with its voucher.
    pub(super) async fn issue_lucky(&self, bank: &TestBank, total: i64, places: u32) -> PacketFile {
        let draw = self.draws(bank, uuid(), 1).await.unwrap()[0];
        self.issue(bank, &self.lucky(bank, draw, total, places)).await.unwrap()
    }
}

impl Person {
    /// What this person was paid of a lucky packet.
    fn own(&self, file: &PacketFile, paid: &CollectionStatus) -> Own {
        let account = collect::account_digest(SALT, &self.account);
        let mark = draw::mark(&file.packet.id(), &account);
        Own { place: paid.share.unwrap(), amount: paid.amount.unwrap(), mark }
    }
}

/// One page of a closed draw, as anybody can ask for it.
async fn page(bank: &TestBank, packet: &Packet, after: u32) -> Result<DrawClaims, String> {
    let path = draw::path(&packet.id(), after);
    let answer = send(router(bank.bank.clone()), "GET", &path, None, Vec::new()).await?;
    let (compact, keys) = (answer["draw"].as_str().unwrap(), bank.bank.party.keys());
    Ok(draw::read(compact, bank.origin(), &keys, &packet.id(), after).unwrap())
}

fn number(file: &PacketFile) -> &str {
    &file.voucher.as_ref().unwrap().claims.number
}

#[tokio::test]
async fn draws_are_given_once_per_request_and_never_two_alike() {
    let mut bank = one_bank().await;
    let (shop, other) = (Shop::at(&bank).await, Shop::named(&bank, "https://other.example", 51).await);
    let request = uuid();
    let draws = shop.draws(&bank, request, 1000).await.unwrap();
    bank.restart().await;
    assert_eq!(shop.draws(&bank, request, 1000).await.unwrap(), draws, "the same request, also after a kill");
    assert_eq!(shop.draws(&bank, request, 999).await.unwrap_err(), "id-reused");
    let mut all = [draws, other.draws(&bank, request, 1000).await.unwrap()].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 2000, "the same id of another enterprise is another request");
    for count in [0, 1001] {
        assert_eq!(shop.draws(&bank, uuid(), count).await.unwrap_err(), "bad-request");
    }
    let body = json!({ "request": uuid(), "count": 1 });
    let stranger = Asking { key: &key(99), origin: Some(&shop.origin) };
    assert_eq!(bank.ask(&stranger, "POST", routes::DRAWS, body).await.unwrap_err(), "forbidden");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM draw WHERE seed IS NOT NULL").await, 0);
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn an_enterprise_cannot_pile_up_draws() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let fill = format!(
        "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {}) INSERT INTO draw \
         (draw, applicant, request, n, at) SELECT 'draw ' || n, '{}', 'fill', n, 1 FROM many",
        MAX_UNUSED - 2,
        shop.origin
    );
    bank.store().decide(move |tx| tx.execute(&fill, &values![])).await.unwrap();
    assert_eq!(shop.draws(&bank, uuid(), 3).await.unwrap_err(), "too-many-draws");
    assert_eq!(shop.draws(&bank, uuid(), 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_draw_is_for_one_packet_of_its_own_enterprise() {
    let bank = one_bank().await;
    let (shop, other) = (Shop::at(&bank).await, Shop::named(&bank, "https://other.example", 51).await);
    let draw = shop.draws(&bank, uuid(), 1).await.unwrap()[0];
    let foreign = other.lucky(&bank, draw, 1000, 3);
    assert_eq!(other.issue(&bank, &foreign).await.unwrap_err(), "unknown-draw");
    let first = shop.sign(&shop.lucky(&bank, draw, 1000, 3));
    let source = json!({ "account": shop.account });
    let file = shop.apply(&bank, &first, source.clone()).await.unwrap();
    assert_eq!(file.voucher.clone().unwrap().claims.frozen, cny(1000), "the pot");
    assert_eq!(shop.apply(&bank, &first, source).await.unwrap(), file, "the same packet again");
    assert_eq!(shop.issue(&bank, &shop.lucky(&bank, draw, 1000, 3)).await.unwrap_err(), "draw-used");
    assert_eq!(bank.balance(&shop.account).await, 99_000);
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn a_lucky_packet_is_paid_as_drawn_and_everybody_can_check_it() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue_lucky(&issuing, 1000, 4).await;
    let mut people = Vec::new();
    for (n, bank) in (70..).zip([&issuing, &collecting, &collecting, &collecting]) {
        let person = Person::at(bank, n).await;
        assert_eq!(page(&issuing, &file.packet, 0).await.unwrap_err(), "not-yet-closed");
        let jti = uuid();
        let applied = person.collect(bank, &file, jti).await.unwrap();
        assert_eq!((applied.amount, applied.share), (None, None), "nobody here knows before the answer");
        assert_mirrored(&issuing, &collecting).await;
        bank.settle().await;
        let paid = person.collection(bank, jti).await.unwrap();
        assert_eq!((paid.state, paid.share), (CollectionState::Paid, Some(u32::from(n - 69))));
        assert_eq!(bank.balance(&person.account).await, paid.amount.unwrap().minor);
        assert_mirrored(&issuing, &collecting).await;
        people.push((person, paid));
    }
    assert_eq!(people.iter().map(|(_, paid)| paid.amount.unwrap().minor).sum::<i64>(), 1000);
    assert_eq!(issuing.status(&file.packet).await.state, VoucherState::Paid);

    let closed = page(&issuing, &file.packet, 0).await.unwrap();
    assert_eq!((closed.paid, closed.shares, closed.total), (4, 4, cny(1000)));
    for (person, paid) in &people {
        let own = person.own(&file, paid);
        let proof = draw::judge(&file.packet, number(&file), std::slice::from_ref(&closed), Some(&own)).unwrap();
        assert_eq!((proof.shares, proof.compared), (4, 4));
    }
    // Whoever is told another place, or another's, sees it.
    let (first, second) = (people[0].0.own(&file, &people[0].1), people[1].0.own(&file, &people[1].1));
    let swapped = Own { mark: first.mark, ..second };
    assert_eq!(
        draw::judge(&file.packet, number(&file), std::slice::from_ref(&closed), Some(&swapped)),
        Err(Flaw::OwnPlace)
    );
    issuing.clock.set(START + DAY);
    assert_eq!(page(&issuing, &file.packet, 0).await.unwrap(), closed, "the same bytes forever");

    // A page names nobody.
    let text = serde_json::to_string(&closed).unwrap();
    for (person, _) in &people {
        assert!(!text.contains(&person.key.public().thumbprint().to_string()));
        assert!(!text.contains(person.account.as_str()));
    }
}

#[tokio::test]
async fn what_is_left_goes_back_and_the_draw_is_published_then() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let (file, untouched) = (shop.issue_lucky(&bank, 1000, 5).await, shop.issue_lucky(&bank, 7, 7).await);
    let person = Person::at(&bank, 70).await;
    let paid = person.collect_and_settle(&bank, &file).await;
    bank.clock.set(START + DAY + 301);
    assert_eq!(page(&bank, &file.packet, 0).await.unwrap_err(), "not-yet-closed", "until it is given back");
    expiry::step(&bank.bank).await;
    let share = paid.amount.unwrap().minor;
    assert_eq!(bank.balance(&shop.account).await, 100_000 - share);
    let closed = page(&bank, &file.packet, 0).await.unwrap();
    assert_eq!((closed.paid, closed.iat), (1, START + DAY + 301));
    let own = person.own(&file, &paid);
    assert_eq!(draw::judge(&file.packet, number(&file), &[closed], Some(&own)).unwrap().compared, 1);
    assert_eq!(page(&bank, &untouched.packet, 0).await.unwrap().places, []);

    let equal = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    assert_eq!(page(&bank, &equal.packet, 0).await.unwrap_err(), "not-found");
    for path in [format!("{}/x?after=0", routes::DRAWS), format!("{}/{}", routes::DRAWS, file.packet.id())] {
        let refused = send(router(bank.bank.clone()), "GET", &path, None, Vec::new()).await.unwrap_err();
        assert!(refused == "not-found" || refused == "bad-request", "{refused}");
    }
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn a_refused_collection_of_a_lucky_packet_leaves_nothing_behind() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue_lucky(&issuing, 1000, 1).await;
    let (first, second) = (Person::at(&issuing, 70).await, Person::at(&collecting, 71).await);
    let only = first.collect_and_settle(&issuing, &file).await;
    assert_eq!((only.amount, only.share), (Some(cny(1000)), Some(1)));
    let refused = second.collect_and_settle(&collecting, &file).await;
    assert_eq!(refused.reason, Some(RefusalReason::AllSharesCollected));
    assert_eq!((refused.amount, refused.share), (None, None));
    assert_eq!(collecting.balance(&second.account).await, 0);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn the_limit_between_banks_counts_a_pot_once() {
    let (issuing, collecting) = two_banks().await;
    let limit = json!({ "origin": issuing.origin(), "prefix": "620000", "limit": cny(1500) });
    collecting.operate("POST", admin::MEMBERS, limit).await.unwrap();
    let shop = Shop::at(&issuing).await;
    let (file, other) = (shop.issue_lucky(&issuing, 1000, 99).await, shop.issue_lucky(&issuing, 600, 2).await);
    // Each could get nearly all of it, but together they get no more than the pot.
    let mut asked = Vec::new();
    for n in 70..74 {
        let person = Person::at(&collecting, n).await;
        person.collect(&collecting, &file, uuid()).await.unwrap();
        asked.push(person);
    }
    assert_eq!(asked[0].collect(&collecting, &other, uuid()).await.unwrap_err(), "member-limit");
    collecting.settle().await;
    asked[0].collect(&collecting, &other, uuid()).await.unwrap();
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn an_answer_of_more_than_the_pot_is_no_answer() {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue_lucky(&issuing, 1000, 4).await;
    let person = Person::at(&collecting, 70).await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    issuing.hang_up().await;
    let order = collecting.store().read(|tx| tx.one("SELECT order_id FROM collection", &values![])).await.unwrap();
    let order: Uuid = order.text("order_id").unwrap().parse().unwrap();
    for minor in [998, 0] {
        let claims = json!({ "iss": issuing.origin(), "aud": collecting.origin(), "iat": START, "order": order,
            "result": "paid", "amount": cny(minor), "share": 1 });
        let answer = json!({ "answer": Jws::sign(&key(1), Typ::Answer, &claims).unwrap().as_str() });
        let answer = axum::routing::post(async move || axum::Json(answer));
        let stopper = super::collecting::impostor(&issuing, answer).await;
        collecting.clock.set(collecting.clock.now() + 60);
        collecting.settle().await;
        assert_ne!(person.collection(&collecting, jti).await.unwrap().state, CollectionState::Paid);
        stopper.send_replace(true);
        stopper.closed().await;
        while TcpListener::bind(issuing.origin().as_str().strip_prefix("http://").unwrap()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
    issuing.pick_up().await;
    collecting.clock.set(collecting.clock.now() + 60);
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap().state, CollectionState::Paid);
    assert_mirrored(&issuing, &collecting).await;
}

/// The amounts that a bank whose key is known drew.
fn drawn_by(bank_key: u8, file: &PacketFile, seed: &str, total: i64, places: u32) -> Vec<i64> {
    let seed: Seed = seed.parse().unwrap();
    assert_eq!(file.packet.claims.contents.draw(), Some(seed.draw()), "bank {bank_key}");
    shares(&seed, &file.packet.id(), total, places).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_collectors_on_three_hundred_lucky_shares() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue_lucky(&issuing, 88_000, 300).await;
    let client = key(70);
    let mut rush = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let holder = number.to_string();
        let draft = Draft { by: &collecting, to: &issuing, file: &file, client: &client, holder: &holder, jti: uuid() };
        let (bank, body) = (issuing.bank.clone(), serde_json::to_vec(&draft.request()).unwrap());
        rush.spawn(async move { orders::receive(&bank, &body).await.unwrap().answer });
    }
    let mut paid = Vec::new();
    for answer in rush.join_all().await {
        let claims: AnswerClaims = Jws::parse(&answer, Typ::Answer).unwrap().claims().unwrap();
        match claims.result {
            OrderResult::Paid => paid.push((claims.share.unwrap(), claims.amount.unwrap().minor)),
            OrderResult::Refused => assert_eq!(claims.reason, Some(RefusalReason::AllSharesCollected)),
        }
    }
    paid.sort_unstable();
    let closed = [page(&issuing, &file.packet, 0).await.unwrap(), page(&issuing, &file.packet, PAGE).await.unwrap()];
    let drawn = drawn_by(1, &file, &String::from(closed[0].seed.clone()), 88_000, 300);
    assert_eq!(paid, (1..).zip(drawn).collect::<Vec<_>>());
    // One person's key stands for all of them here, with one account, so the marks are all the same: a flaw that shows.
    assert_eq!(draw::judge(&file.packet, number(&file), &closed, None), Err(Flaw::PlaceTwice));
    assert!(issuing.audit().await.ok);
}

#[tokio::test]
async fn a_bank_with_another_key_pays_nothing_it_cannot_have_drawn() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue_lucky(&issuing, 1000, 4).await;
    let damaged = "UPDATE draw SET request = request || 'x'";
    issuing.store().decide(move |tx| tx.execute(damaged, &values![])).await.unwrap();
    let person = Person::at(&collecting, 70).await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    collecting.settle().await;
    assert_ne!(person.collection(&collecting, jti).await.unwrap().state, CollectionState::Paid);
    assert_eq!(issuing.status(&file.packet).await.left, 4);
    // Its money goes back all the same; the audit says what is wrong.
    issuing.clock.set(START + DAY + 301);
    expiry::step(&issuing.bank).await;
    assert_eq!(issuing.balance(&shop.account).await, 100_000);
    let found: Vec<_> = issuing.audit().await.differences.into_iter().map(|found| found.invariant).collect();
    assert_eq!(found, ["draw-published"]);
}

#[tokio::test]
async fn a_withdrawn_draw_is_published_and_an_extended_one_is_not_yet() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let person = Person::at(&bank, 70).await;
    let draws = shop.draws(&bank, uuid(), 2).await.unwrap();
    let mut files = Vec::new();
    for draw in draws {
        let mut claims = shop.lucky(&bank, draw, 1000, 5);
        if let Contents::Bank { revocable, .. } = &mut claims.contents {
            *revocable = true;
        }
        files.push(shop.issue(&bank, &claims).await.unwrap());
    }
    let paid = person.collect_and_settle(&bank, &files[0]).await;
    assert_eq!(super::life::extend(&shop, &bank, &files[1], START + 2 * DAY).await, InstructionResult::Extended);
    assert_eq!(super::life::withdraw(&shop, &bank, &[&files[0]]).await, [InstructionResult::Withdrawn]);
    let closed = page(&bank, &files[0].packet, 0).await.unwrap();
    let own = person.own(&files[0], &paid);
    assert_eq!(draw::judge(&files[0].packet, number(&files[0]), &[closed], Some(&own)).unwrap().compared, 1);
    bank.clock.set(START + DAY + 301);
    expiry::step(&bank.bank).await;
    assert_eq!(page(&bank, &files[1].packet, 0).await.unwrap_err(), "not-yet-closed");
    bank.clock.set(START + 2 * DAY + 301);
    expiry::step(&bank.bank).await;
    assert_eq!(page(&bank, &files[1].packet, 0).await.unwrap().places, []);
    assert!(bank.audit().await.ok);
}
