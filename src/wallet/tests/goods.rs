//! Collecting goods: what a wallet keeps, whom it believes, and that its code is shown to nobody by accident.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use uuid::Uuid;

use super::doubles::{Answering, Bank, Enterprise, Person, Terms, json, not_found, refuse, yuan};
use super::{CODE, TELL, code, into, passed_by, take};
use crate::api::code::RedeemCode;
use crate::api::goods::{self, Address, GoodsAnswer, GoodsAnswerClaims, GoodsResult, GoodsStatus, GoodsStep};
use crate::api::problem::Problem;
use crate::api::states::{CollectionState, GoodsState, RefusalReason};
use crate::jose::{ClientId, Jws, SigningKey, Typ};
use crate::packet::{Cash, Contents, Handover, Mode, PacketFile};
use crate::wallet::{GoodsCollected, GoodsOptions, Wallet};

/// What an enterprise's counter does.
#[derive(Default)]
pub(crate) struct Shop {
    given: BTreeMap<Uuid, (ClientId, Vec<GoodsStep>)>,
    /// Refuses with this word, or with a problem.
    refuses: Option<RefusalReason>,
    problem: Option<Problem>,
    /// Tells another code than it signs for.
    lies: bool,
    /// Speaks of another collection than was asked for.
    mistakes: bool,
    tracking: Option<String>,
    asked: usize,
}

impl Enterprise {
    pub(super) fn goods(&self, body: &[u8]) -> Answering {
        let judged = goods::judge(body, &self.origin, &self.keys(), self.now()).map_err(|refusal| refuse(&refusal))?;
        let mut shop = self.shop.lock().unwrap();
        shop.asked += 1;
        if let Some(problem) = shop.problem.clone() {
            return Err(problem);
        }
        let code = RedeemCode::of(*judged.claims.jti.as_bytes());
        let refused = shop.refuses;
        let claims = GoodsAnswerClaims {
            iss: self.origin.clone(),
            aud: judged.client,
            iat: self.now(),
            collect: if shop.mistakes { Uuid::nil() } else { judged.claims.jti },
            packet: judged.packet.id(),
            result: if refused.is_some() { GoodsResult::Refused } else { GoodsResult::Collected },
            reason: refused,
            share: refused.is_none().then_some(1),
            code: refused.is_none().then(|| code.digest()),
            until: refused.is_none().then(|| self.now() + 1000),
        };
        let collected = GoodsStep { state: GoodsState::Collected, at: self.now() };
        shop.given.entry(judged.claims.jti).or_insert((judged.client, vec![collected]));
        let told = if shop.lies { RedeemCode::of([7; 16]) } else { code };
        let answer = Jws::sign(&self.key, Typ::Goods, &claims).unwrap().as_str().to_owned();
        Ok(json(GoodsAnswer { answer, code: refused.is_none().then_some(told) }))
    }

    pub(super) fn goods_status(&self, id: &str, client: &ClientId) -> Answering {
        let id = id.parse().unwrap();
        let shop = self.shop.lock().unwrap();
        let Some((_, steps)) = shop.given.get(&id).filter(|(owner, _)| owner == client) else {
            return Err(not_found());
        };
        let state = steps.last().unwrap().state;
        let (reason, tracking) = (None, shop.tracking.clone());
        let id = if shop.mistakes { Uuid::nil() } else { id };
        Ok(json(GoodsStatus { id, state, until: self.now() + 2000, reason, tracking, steps: steps.clone() }))
    }

    /// Something happened to all that was collected.
    fn step(&self, state: GoodsState) {
        let mut shop = self.shop.lock().unwrap();
        for (_, steps) in shop.given.values_mut() {
            steps.push(GoodsStep { state, at: self.now() });
        }
    }

    /// A packet of tea.
    pub(crate) fn tea(&self, bank: &Bank, handover: Handover) -> PacketFile {
        let mut file = self.packet(bank, &Terms::default());
        file.packet.claims.contents = Contents::Goods {
            item: "明前龙井".into(),
            quantity: 2,
            unit: Some("盒".into()),
            merchant: "云栖茶舍".into(),
            terms: None,
            redeem: "到店出示兑换码".into(),
            picture: None,
            value: None,
            mode: Mode::Each,
            shares: 2,
            gtin: None,
            handover: Some(handover),
            cash: None,
        };
        file.packet.jws = Jws::sign(&self.key, Typ::Packet, &file.packet.claims).unwrap();
        PacketFile { voucher: None, ..file }
    }
}

async fn world() -> (std::sync::Arc<Enterprise>, std::sync::Arc<Bank>, Person, Wallet) {
    let (enterprise, bank, anna) = (Enterprise::start(1).await, Bank::start(2, "620000").await, Person::new());
    let wallet = anna.wallet_knowing(&enterprise, &[&bank]).await;
    (enterprise, bank, anna, wallet)
}

async fn collect(wallet: &Wallet, id: &str) -> GoodsCollected {
    wallet.collect_goods(id, &GoodsOptions::default()).await.unwrap()
}

#[tokio::test]
async fn goods_are_collected_once_and_followed_to_their_end() {
    let (enterprise, bank, _anna, wallet) = world().await;
    let id = take(&wallet, &enterprise.tea(&bank, Handover::Pickup)).await;
    wallet.open_packet(&id, TELL).await.unwrap();
    enterprise.mood.mute.store(true, SeqCst);
    let waiting = collect(&wallet, &id).await;
    assert_eq!((waiting.state, waiting.sent, waiting.code), (GoodsState::Applied, false, None));
    enterprise.mood.mute.store(false, SeqCst);
    let options = GoodsOptions { wait: Duration::from_secs(20), ..GoodsOptions::default() };
    let collected = wallet.collect_goods(&id, &options).await.unwrap();
    assert_eq!((collected.state, collected.sent), (GoodsState::Collected, true));
    assert_eq!(collected.collection, waiting.collection, "the same request");
    assert_eq!(collected.code, Some(RedeemCode::of(*collected.collection.as_bytes())));
    assert!(!format!("{collected:?}").contains(&collected.code.unwrap().to_string()));
    assert_eq!(collect(&wallet, &id).await, collected);
    assert_eq!(wallet.list().await.unwrap()[0].goods, Some(GoodsState::Collected));
    enterprise.step(GoodsState::Redeemed);
    wallet.sync().await.unwrap();
    let redeemed = wallet.show(&id).await.unwrap().handover.unwrap();
    let states: Vec<_> = redeemed.steps.iter().map(|step| step.state.as_str()).collect();
    assert_eq!((redeemed.state, states), (GoodsState::Redeemed, vec!["applied", "collected", "redeemed"]));
    let asked = enterprise.mood.requests.load(SeqCst);
    wallet.sync().await.unwrap();
    assert_eq!(enterprise.mood.requests.load(SeqCst), asked + 1, "only the inbox: what is over is not asked for again");
    let kinds: Vec<_> = wallet.history().await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["received", "opened", "told", "applied", "collected", "redeemed"]);
}

#[tokio::test]
async fn another_code_than_was_signed_and_a_strangers_words_are_not_believed() {
    let (enterprise, bank, _anna, wallet) = world().await;
    let id = take(&wallet, &enterprise.tea(&bank, Handover::Pickup)).await;
    wallet.open_packet(&id, TELL).await.unwrap();
    enterprise.shop.lock().unwrap().lies = true;
    assert_eq!(collect(&wallet, &id).await.state, GoodsState::Applied);
    enterprise.shop.lock().unwrap().lies = false;
    enterprise.shop.lock().unwrap().mistakes = true;
    wallet.sync().await.unwrap();
    assert_eq!(collect(&wallet, &id).await.state, GoodsState::Applied, "an answer to something else");
    enterprise.shop.lock().unwrap().mistakes = false;
    wallet.sync().await.unwrap();
    assert_eq!(collect(&wallet, &id).await.state, GoodsState::Collected);
    enterprise.step(GoodsState::Applied);
    assert_eq!(wallet.sync().await.unwrap().problems[0].code, "bad-answer", "a state that only a wallet gives");
    enterprise.step(GoodsState::Shipped);
    enterprise.shop.lock().unwrap().mistakes = true;
    assert_eq!(wallet.sync().await.unwrap().problems[0].code, "bad-answer", "another collection");
    enterprise.shop.lock().unwrap().mistakes = false;
    enterprise.shop.lock().unwrap().tracking = Some("SF\u{202e}1".into());
    assert_eq!(wallet.sync().await.unwrap().problems[0].code, "bad-answer");
    enterprise.shop.lock().unwrap().tracking = Some("SF1".into());
    wallet.sync().await.unwrap();
    assert_eq!(collect(&wallet, &id).await.tracking.as_deref(), Some("SF1"));
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_may_be_tried_anew() {
    let (enterprise, bank, _anna, wallet) = world().await;
    let id = take(&wallet, &enterprise.tea(&bank, Handover::Pickup)).await;
    wallet.open_packet(&id, TELL).await.unwrap();
    enterprise.shop.lock().unwrap().refuses = Some(RefusalReason::NotYetValid);
    let refused = collect(&wallet, &id).await;
    assert_eq!((refused.state, refused.reason.as_deref()), (GoodsState::Rejected, Some("not-yet-valid")));
    enterprise.shop.lock().unwrap().refuses = None;
    enterprise.shop.lock().unwrap().problem = Some(Problem::new("unknown-packet", 422, "Unknown", "Never issued."));
    let refused = collect(&wallet, &id).await;
    assert_eq!((refused.state, refused.reason.as_deref()), (GoodsState::Rejected, Some("unknown-packet")));
    assert!(!refused.problem.unwrap().detail.is_empty());
    enterprise.shop.lock().unwrap().problem = None;
    assert_eq!(collect(&wallet, &id).await.state, GoodsState::Collected);
    assert_eq!(enterprise.shop.lock().unwrap().asked, 3);
}

#[tokio::test]
async fn whoever_is_refused_the_goods_can_take_the_money_at_once() {
    let (enterprise, bank, _anna, wallet) = world().await;
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    let mut file = enterprise.tea(&bank, Handover::Pickup);
    if let Contents::Goods { cash, .. } = &mut file.packet.claims.contents {
        *cash = Some(Cash { bank: bank.origin.clone(), amount: yuan(88), revocable: false });
    }
    file.packet.jws = Jws::sign(&enterprise.key, Typ::Packet, &file.packet.claims).unwrap();
    file.voucher = Some(bank.voucher(&file.packet));
    let id = take(&wallet, &file).await;
    wallet.open_packet(&id, TELL).await.unwrap();
    enterprise.shop.lock().unwrap().refuses = Some(RefusalReason::NotYetValid);
    assert_eq!(collect(&wallet, &id).await.state, GoodsState::Rejected);
    wallet.collect(&id, &into(&bank)).await.unwrap();
    for _ in 0..3 {
        wallet.sync().await.unwrap();
    }
    let paid = wallet.collect(&id, &into(&bank)).await.unwrap();
    assert_eq!((paid.state, paid.amount), (CollectionState::Paid, Some(yuan(88))));
    let both = wallet.collect_goods(&id, &GoodsOptions::default()).await;
    assert_eq!(code(both), "chosen-otherwise", "nobody has both");
}

#[tokio::test]
async fn nothing_is_asked_for_that_cannot_be_had() {
    let (enterprise, bank, _anna, wallet) = world().await;
    let stranger = Person::new().wallet().await;
    let file = enterprise.tea(&bank, Handover::Delivery);
    let id = take(&stranger, &file).await;
    let address = Address::new("杭州市西湖区").ok();
    let options = GoodsOptions { address, ..GoodsOptions::default() };
    assert_eq!(code(stranger.collect_goods(&id, &options).await), "open-first", "no address to an unknown issuer");
    let id = take(&wallet, &file).await;
    assert_eq!(code(wallet.collect_goods(&id, &GoodsOptions::default()).await), "address-needed");
    let sent = wallet.collect_goods(&id, &options).await.unwrap();
    assert_eq!((sent.state, &sent.address), (GoodsState::Collected, &options.address));
    assert!(!format!("{sent:?}").contains("西湖"));
    let picked = take(&wallet, &enterprise.tea(&bank, Handover::Pickup)).await;
    assert_eq!(code(wallet.collect_goods(&picked, &options).await), "no-address-taken");
    assert_eq!(code(wallet.collect(&picked, &into(&bank)).await), "not-bank-voucher");
    let money = take(&wallet, &enterprise.packet(&bank, &Terms { amount: 5, ..Terms::default() })).await;
    assert_eq!(code(wallet.collect_goods(&money, &GoodsOptions::default()).await), "no-goods");
    let elsewhere = SigningKey::from_secret(&zeroize::Zeroizing::new([77; 32]));
    let passed = passed_by(&enterprise.tea(&bank, Handover::Pickup), &elsewhere, Some(elsewhere.public().thumbprint()));
    let passed = take(&wallet, &passed).await;
    assert_eq!(code(wallet.collect_goods(&passed, &GoodsOptions::default()).await), "not-holder");
}
