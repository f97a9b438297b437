//! Step 7: the issuing bank's decision, as member banks ask for it.

use super::*;
use crate::api::collect::CollectClaims;
use crate::api::feed::FeedKind;
use crate::api::order::{AnswerClaims, OrderClaims, OrderRequest, OrderResult, read_answer};
use crate::api::states::{RefusalReason, VoucherState};
use crate::bank::{expiry, orders};
use crate::packet::chain::{self, NextHop};
use crate::packet::claims::{HopClaims, reward_for};
use crate::packet::file::Hop;

/// An order as the collecting bank `by` would send it.
pub(super) struct Draft<'a> {
    pub(super) by: &'a TestBank,
    pub(super) to: &'a TestBank,
    pub(super) file: &'a PacketFile,
    pub(super) client: &'a SigningKey,
    pub(super) holder: &'a str,
    pub(super) jti: Uuid,
}

impl Draft<'_> {
    pub(super) fn request(&self) -> OrderRequest {
        let choice = Choice { bank: self.by.origin(), jti: uuid(), account: &account(), salt: SALT };
        let now = self.by.clock.now();
        let collect = collect::write(self.client, self.file, &choice, now).unwrap();
        self.with_collect(&collect.collect, now)
    }

    fn with_collect(&self, collect: &str, iat: i64) -> OrderRequest {
        let claims = OrderClaims {
            iss: self.by.origin().clone(),
            aud: self.to.origin().clone(),
            jti: self.jti,
            iat,
            voucher: self.file.voucher.as_ref().unwrap().claims.number.clone(),
            collect: collect.to_owned(),
            holder: format!("{:0>43}", self.holder),
        };
        let order = self.by.bank.party.sign(Typ::Order, &claims).unwrap();
        let hops = self.file.hops.iter().map(|hop| hop.jws.as_str().to_owned()).collect();
        OrderRequest { order: order.as_str().to_owned(), hops }
    }

    async fn send(&self) -> Result<String, String> {
        post(self.to, &self.request()).await
    }

    pub(super) async fn answer(&self) -> AnswerClaims {
        let answer = self.send().await.unwrap();
        let keys = self.to.bank.party.keys();
        read_answer(&answer, self.to.origin(), &keys, self.by.origin(), self.jti).unwrap()
    }

    async fn reason(&self) -> RefusalReason {
        let answer = self.answer().await;
        assert_eq!((answer.result, answer.amount, answer.share), (OrderResult::Refused, None, None));
        answer.reason.unwrap()
    }
}

async fn post(to: &TestBank, request: &OrderRequest) -> Result<String, String> {
    let body = serde_json::to_vec(request).unwrap();
    let answer = send(router(to.bank.clone()), "POST", routes::ORDERS, None, body).await?;
    Ok(answer["answer"].as_str().unwrap().to_owned())
}

fn account() -> AccountNumber {
    "6200000001880124".parse().unwrap()
}

#[tokio::test]
async fn an_order_is_paid_once_and_answered_alike_forever() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let (client, jti) = (key(70), uuid());
    let draft = Draft { by: &collecting, to: &issuing, file: &file, client: &client, holder: "a", jti };
    let first = draft.send().await.unwrap();
    let answer = draft.answer().await;
    assert_eq!((answer.result, answer.amount, answer.share), (OrderResult::Paid, Some(cny(1000)), Some(1)));
    issuing.clock.set(START + 3 * DAY);
    assert_eq!(draft.send().await.unwrap(), first, "also long after its end");
    issuing.clock.set(START);

    let other = Draft { holder: "b", ..draft };
    assert_eq!(other.send().await.unwrap_err(), "id-reused");
    let status = issuing.status(&file.packet).await;
    assert_eq!((status.state, status.left), (VoucherState::PartlyPaid, 1));

    let last = Draft { holder: "b", jti: uuid(), client: &key(71), ..draft };
    assert_eq!(last.answer().await.share, Some(2));
    assert_eq!(issuing.status(&file.packet).await.state, VoucherState::Paid);
    let feed = super::issuing::read_feed(&issuing, &shop, 1).await.entries;
    let kinds: Vec<_> = feed.iter().map(|entry| (entry.kind, entry.amount.minor, entry.share)).collect();
    assert_eq!(
        kinds,
        [(FeedKind::Collected, 1000, Some(1)), (FeedKind::Collected, 1000, Some(2)), (FeedKind::Paid, 2000, None)]
    );
    assert_eq!(feed[0].reward_for, Some(reward_for(&file.packet.id(), &client.public().thumbprint())));
    assert!(issuing.audit().await.ok);
}

#[tokio::test]
async fn refusals_are_signed_told_apart_and_stored() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let mut claims = shop.claims(&issuing, 1);
    claims.nbf = START + 100;
    let file = shop.issue(&issuing, &claims).await.unwrap();
    let (first, second) = (key(70), key(71));
    let base = Draft { by: &collecting, to: &issuing, file: &file, client: &first, holder: "a", jti: uuid() };
    assert_eq!(base.reason().await, RefusalReason::NotYetValid);
    issuing.clock.set(START + 100);
    assert_eq!(base.reason().await, RefusalReason::NotYetValid, "the same order, the same answer");

    let again = |client, holder| Draft { client, holder, jti: uuid(), ..base };
    assert_eq!(again(&first, "a").answer().await.share, Some(1));
    assert_eq!(again(&first, "a").reason().await, RefusalReason::AlreadyCollected);
    assert_eq!(again(&second, "a").reason().await, RefusalReason::AlreadyCollected, "a person, not a key");
    assert_eq!(again(&second, "b").reason().await, RefusalReason::AllSharesCollected);

    let mut unknown = file.clone();
    unknown.voucher.as_mut().unwrap().claims.number = "V0".into();
    let nowhere = Draft { file: &unknown, ..again(&second, "b") };
    assert_eq!(nowhere.reason().await, RefusalReason::UnknownVoucher);
    assert_eq!(issuing.count("SELECT COUNT(*) AS n FROM bank_order WHERE result = 'refused'").await, 5);
    assert!(issuing.audit().await.ok);
}

#[tokio::test]
async fn time_is_the_issuing_banks_with_grace() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 3)).await.unwrap();
    let clients = [key(70), key(71), key(72)];
    let draft = |at: usize, holder| Draft {
        by: &collecting,
        to: &issuing,
        file: &file,
        client: &clients[at],
        holder,
        jti: uuid(),
    };
    issuing.clock.set(START + DAY + 300);
    assert_eq!(draft(0, "a").answer().await.share, Some(1));
    issuing.clock.set(START + DAY + 301);
    assert_eq!(draft(1, "b").reason().await, RefusalReason::Expired);
    expiry::step(&issuing.bank).await;
    assert_eq!(draft(1, "b").reason().await, RefusalReason::Expired);
    assert_eq!(draft(0, "a").reason().await, RefusalReason::AlreadyCollected);

    let other = shop.issue(&issuing, &shop.claims(&issuing, 3)).await.unwrap();
    let number = other.voucher.clone().unwrap().claims.number;
    let withdraw = "UPDATE voucher SET state = 'withdrawn' WHERE number = ?1";
    issuing.store().decide(move |tx| tx.execute(withdraw, &values![number])).await.unwrap();
    assert_eq!(Draft { file: &other, ..draft(2, "c") }.reason().await, RefusalReason::Withdrawn);
}

#[tokio::test]
async fn the_chain_says_who_is_paid() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (owner, friend, thief) = (key(70), key(71), key(72));
    let mut claims = shop.claims(&issuing, 1);
    claims.cnf = Some(Confirmation { jkt: owner.public().thumbprint() });
    claims.forward = Some(Forward { placement: Placement::Both, max_hops: 2, reward: None });
    let file = shop.issue(&issuing, &claims).await.unwrap();
    let to = Some(friend.public().thumbprint());
    let forwarded = chain::forward(&file, &owner, &NextHop { jti: uuid(), iat: START, to, note: None }).unwrap();
    let draft = |file, client| Draft { by: &collecting, to: &issuing, file, client, holder: "a", jti: uuid() };
    assert_eq!(draft(&file, &thief).reason().await, RefusalReason::NotEntitled);
    assert_eq!(draft(&forwarded, &thief).reason().await, RefusalReason::NotEntitled);
    assert_eq!(draft(&forwarded, &owner).reason().await, RefusalReason::NotEntitled);

    // The hops that the client signed for, and no others.
    let by_friend = draft(&forwarded, &friend);
    let mut cut = by_friend.request();
    cut.hops.clear();
    let answer = post(&issuing, &cut).await.unwrap();
    let claims: AnswerClaims = Jws::parse(&answer, Typ::Answer).unwrap().claims().unwrap();
    assert_eq!(claims.reason, Some(RefusalReason::NotEntitled));
    assert_eq!(draft(&forwarded, &friend).answer().await.share, Some(1));
    assert!(issuing.audit().await.ok);
}

/// Whatever the collecting bank let pass.
#[tokio::test]
async fn the_issuing_bank_checks_the_chain_again() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (owner, other) = (key(70), key(72));
    let forward = Some(Forward { placement: Placement::Both, max_hops: 2, reward: None });
    let open = PacketClaims { forward, ..shop.claims(&issuing, 1) };
    let cnf = Some(Confirmation { jkt: owner.public().thumbprint() });
    let addressed = shop.issue(&issuing, &PacketClaims { cnf, jti: uuid(), ..open.clone() }).await.unwrap();
    let open = shop.issue(&issuing, &open).await.unwrap();
    let draft = |file, jti| Draft { by: &collecting, to: &issuing, file, client: &other, holder: "a", jti };

    let claims = HopClaims { jti: uuid(), iat: START, n: 1, prev: addressed.packet.id(), to: None };
    let hop = Hop { jws: Jws::sign(&other, Typ::Hop, &claims).unwrap(), claims };
    let stolen = PacketFile { hops: vec![hop], ..addressed };
    assert_eq!(draft(&stolen, uuid()).reason().await, RefusalReason::NotEntitled, "by somebody who did not hold it");

    let mut longer = draft(&open, uuid()).request();
    let order: OrderClaims = Jws::parse(&longer.order, Typ::Order).unwrap().claims().unwrap();
    let mut collect: CollectClaims = Jws::parse(&order.collect, Typ::Collect).unwrap().claims().unwrap();
    collect.packet = stolen.packet.id();
    let collect = Jws::sign(&other, Typ::Collect, &collect).unwrap();
    let elsewhere = draft(&open, uuid()).with_collect(collect.as_str(), START);
    let next = NextHop { jti: uuid(), iat: START, to: None, note: None };
    longer.hops = vec![chain::forward(&open, &owner, &next).unwrap().hops[0].jws.as_str().to_owned()];
    for (why, request) in [("for another packet", elsewhere), ("by another chain than was signed for", longer)] {
        let answer = post(&issuing, &request).await.unwrap();
        let claims: AnswerClaims = Jws::parse(&answer, Typ::Answer).unwrap().claims().unwrap();
        assert_eq!(claims.reason, Some(RefusalReason::NotEntitled), "{why}");
    }
    assert_eq!(draft(&open, uuid()).answer().await.result, OrderResult::Paid);
}

#[tokio::test]
async fn only_members_orders_for_their_own_customers_are_heard() {
    let (issuing, collecting) = two_banks().await;
    let stranger = TestBank::start(9, "620009", &issuing.clock).await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let client = key(70);
    let good = Draft { by: &collecting, to: &issuing, file: &file, client: &client, holder: "a", jti: uuid() };
    assert_eq!(Draft { by: &stranger, ..good }.send().await.unwrap_err(), "unknown-party");
    assert_eq!(Draft { to: &stranger, ..good }.send().await.unwrap_err(), "unknown-party");

    let mut forged: OrderClaims = Jws::parse(&good.request().order, Typ::Order).unwrap().claims().unwrap();
    let signed = |claims: &OrderClaims, number| OrderRequest {
        order: Jws::sign(&key(number), Typ::Order, claims).unwrap().as_str().to_owned(),
        hops: vec![],
    };
    assert_eq!(post(&issuing, &signed(&forged, 9)).await.unwrap_err(), "unknown-party", "another key");
    forged.iat = START - 301;
    assert_eq!(post(&issuing, &signed(&forged, 2)).await.unwrap_err(), "clock-skew");
    forged.iat = START;
    forged.aud = stranger.origin().clone();
    assert_eq!(post(&issuing, &signed(&forged, 2)).await.unwrap_err(), "wrong-audience");

    // A collect that the client signed for another bank or another voucher.
    let mut collect: CollectClaims = Jws::parse(&forged.collect, Typ::Collect).unwrap().claims().unwrap();
    collect.aud = stranger.origin().clone();
    let elsewhere = Jws::sign(&client, Typ::Collect, &collect).unwrap();
    let request = good.with_collect(elsewhere.as_str(), START);
    assert_eq!(post(&issuing, &request).await.unwrap_err(), "not-genuine");

    // One that the bank made itself, in a customer's name.
    collect.aud = collecting.origin().clone();
    let [named, made] = [&client, &key(2)].map(|key| Jws::sign(key, Typ::Collect, &collect).unwrap());
    let (Some((header, _)), Some((_, rest))) = (named.as_str().split_once('.'), made.as_str().split_once('.')) else {
        unreachable!()
    };
    let request = good.with_collect(&format!("{header}.{rest}"), START);
    assert_eq!(post(&issuing, &request).await.unwrap_err(), "not-genuine");
    assert_eq!(issuing.count("SELECT COUNT(*) AS n FROM bank_order").await, 0);
}

#[tokio::test]
async fn one_person_is_paid_so_many_vouchers_of_a_fund() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let fund = shop.freeze(&issuing, uuid(), 2).await.unwrap();
    let client = key(70);
    let mut ends = Vec::new();
    for number in 0..3 {
        let mut claims = shop.claims(&issuing, 1);
        claims.reward_for = Some(crate::jose::Digest::of(&[number]));
        let file = shop.apply(&issuing, &shop.sign(&claims), json!({ "fund": fund })).await.unwrap();
        let draft = Draft { by: &collecting, to: &issuing, file: &file, client: &client, holder: "a", jti: uuid() };
        ends.push(draft.answer().await.reason);
        if number == 2 {
            let other = Draft { holder: "b", jti: uuid(), ..draft };
            assert_eq!(other.answer().await.share, Some(1), "the cap is per person");
        }
    }
    assert_eq!(ends, [None, None, Some(RefusalReason::CapReached)]);
    assert!(issuing.audit().await.ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_collectors_on_ten_shares() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 10)).await.unwrap();
    let client = key(70);
    let mut rush = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let holder = number.to_string();
        let draft = Draft { by: &collecting, to: &issuing, file: &file, client: &client, holder: &holder, jti: uuid() };
        let (bank, body) = (issuing.bank.clone(), serde_json::to_vec(&draft.request()).unwrap());
        rush.spawn(async move { orders::receive(&bank, &body).await.unwrap().answer });
    }
    let mut places = Vec::new();
    let mut refused = 0;
    for answer in rush.join_all().await {
        let claims: AnswerClaims = Jws::parse(&answer, Typ::Answer).unwrap().claims().unwrap();
        match claims.share {
            Some(place) => places.push(place),
            None => refused += i32::from(claims.reason == Some(RefusalReason::AllSharesCollected)),
        }
    }
    places.sort_unstable();
    assert_eq!((places, refused), ((1..=10).collect::<Vec<_>>(), 990));
    assert_eq!(issuing.status(&file.packet).await.state, VoucherState::Paid);
    assert!(issuing.audit().await.ok);
}
