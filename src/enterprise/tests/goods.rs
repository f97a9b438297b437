//! Goods: stock, collecting, codes, the counter, the parcel office, and what time ends.

use std::collections::BTreeSet;

use super::audits::assert_found;
use super::bank::Mood;
use super::world::{Answer, START, World, client, code, create, file, yuan};
use crate::api::code::RedeemCode;
use crate::api::goods::{self, Address, GoodsAnswer, GoodsAnswerClaims, GoodsChoice, GoodsResult, GoodsStatus};
use crate::api::routes;
use crate::api::states::{GoodsState, ReceiptResult, RefusalReason};
use crate::clock::Clock as _;
use crate::enterprise::admin::{
    self, CampaignGoods, CampaignView, ChangeStock, CreateCampaign, Delivered, GoodsList, GoodsOne, Missing, Redeem,
    Refund, Ship, Step, StockView,
};
use crate::identity::Identity;
use crate::packet::{Contents, Handover, PacketFile, When};
use crate::random::{Random as _, SystemRandom};

const DAY: u64 = 24 * 3600;

fn tea() -> CampaignGoods {
    CampaignGoods {
        item: "明前龙井".into(),
        quantity: 2,
        unit: Some("盒".into()),
        merchant: "云栖茶舍".into(),
        terms: Some("逾期作废".into()),
        redeem: "到店出示兑换码".into(),
        picture: None,
        value: Some(yuan(168)),
        gtin: Some("6901028075831".into()),
        handover: Handover::Pickup,
        stock: 20,
    }
}

/// Two boxes of tea for each of three people, and nothing of any bank.
pub(super) fn of_tea(request: &mut CreateCampaign) {
    request.goods = Some(tea());
    request.amount.minor = 0;
    (request.bank, request.account, request.reward) = (None, None, None);
}

impl World {
    async fn tea(&self, change: impl FnOnce(&mut CreateCampaign)) -> Answer<CampaignView> {
        self.campaign(|request| {
            of_tea(request);
            change(request);
        })
        .await
    }

    async fn tea_packet(&self, to: Option<&Identity>, change: impl FnOnce(&mut CreateCampaign)) -> PacketFile {
        let campaign = self.tea(change).await.unwrap();
        let issued = self.issue(&campaign.id, 1, to).await.unwrap();
        assert_eq!(issued.packets[0].state, "issued", "goods alone wait for no bank");
        self.packet_file(&issued.packets[0]).await
    }

    fn request(&self, held: &PacketFile, by: &Identity, address: Option<&Address>) -> goods::GoodsRequest {
        let jti = SystemRandom.uuid(START * 1000);
        let choice = GoodsChoice { jti, address: address.map(|address| (address, "AAAAAAAAAAAAAAAAAAAAAA")) };
        goods::write(by.key(), held, &choice, self.clock.now()).unwrap()
    }

    async fn ask(&self, request: &goods::GoodsRequest) -> Answer<GoodsAnswer> {
        self.post(routes::GOODS, serde_json::to_vec(request).unwrap(), None).await
    }

    /// Collects, and reads the answer.
    async fn collect_as(
        &self,
        held: &PacketFile,
        by: &Identity,
        address: Option<&Address>,
    ) -> (GoodsAnswerClaims, Option<RedeemCode>) {
        let request = self.request(held, by, address);
        let answer = self.ask(&request).await.unwrap();
        let jws = crate::jose::Jws::parse(&request.collect, crate::jose::Typ::Collect).unwrap();
        let signed: goods::GoodsClaims = jws.claims().unwrap();
        let ours = (&super::world::origin(), &self.enterprise.party.keys());
        let claims = goods::read_answer(&answer, ours, &by.id(), (signed.jti, &held.packet.id())).unwrap();
        (claims, answer.code)
    }

    async fn take(&self, held: &PacketFile, by: &Identity) -> RedeemCode {
        let (claims, code) = self.collect_as(held, by, None).await;
        assert_eq!(claims.result, GoodsResult::Collected, "{:?}", claims.reason);
        code.unwrap()
    }

    async fn redeem(&self, code: &str, by: Option<&str>) -> Answer<GoodsOne> {
        self.admin(admin::REDEEM, Some(&Redeem { code: code.into(), by: by.map(Into::into) })).await
    }

    async fn stock(&self, campaign: &str) -> StockView {
        self.admin(&admin::STOCK.replace("{id}", campaign), None::<&()>).await.unwrap()
    }

    async fn restock(&self, campaign: &str, units: i64) -> Answer<StockView> {
        let change = ChangeStock { request: SystemRandom.uuid(START * 1000), units };
        self.admin(&admin::STOCK.replace("{id}", campaign), Some(&change)).await
    }

    async fn standing(&self, id: uuid::Uuid, of: &Identity) -> Answer<GoodsStatus> {
        self.get(&format!("{}/{id}", routes::GOODS), of).await
    }
}

fn places(stock: &StockView) -> [u64; 5] {
    [stock.stocked, stock.free, stock.promised, stock.given, stock.handed]
}

#[tokio::test]
async fn goods_go_from_stock_to_the_counter_without_a_bank() {
    let world = World::new().await;
    let campaign = world.tea(|_| ()).await.unwrap();
    assert_eq!((campaign.state.as_str(), &campaign.bank, campaign.budget.minor), ("open", &None, 0));
    assert_eq!(places(&world.stock(&campaign.id).await), [20, 20, 0, 0, 0]);
    let zhang = client(1);
    let issued = world.issue(&campaign.id, 1, Some(&zhang)).await.unwrap();
    let held = world.packet_file(&issued.packets[0]).await;
    assert!(held.voucher.is_none());
    let Contents::Goods { gtin, handover, .. } = &held.packet.claims.contents else { panic!("goods") };
    assert_eq!((gtin.as_deref(), handover), (Some("6901028075831"), &None));
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 1, "delivered at once");
    assert_eq!(places(&world.stock(&campaign.id).await), [20, 14, 6, 0, 0]);
    let code = world.take(&held, &zhang).await;
    assert_eq!(places(&world.stock(&campaign.id).await), [20, 14, 4, 2, 0]);
    let handed = world.redeem(&code.to_string().to_lowercase(), Some("小李")).await.unwrap();
    assert_eq!((handed.state, handed.by.as_deref(), handed.quantity), (GoodsState::Redeemed, Some("小李"), 2));
    assert_eq!(places(&world.stock(&campaign.id).await), [20, 14, 4, 0, 2]);
    let again = world.redeem(&code.to_string(), None).await.unwrap_err();
    assert_eq!(again.code(), "already-redeemed");
    assert!(again.detail().contains("小李") && again.detail().contains("2026-02-17T"), "{}", again.detail());
    let stats: admin::stats::Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    assert_eq!((stats.totals.issued, stats.totals.collected, stats.totals.handed), (1, 1, 1));
    assert_eq!(world.bank.asked(), 0);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_campaign_of_goods_keeps_the_rules() {
    let world = World::new().await;
    for (change, why) in [
        (
            (|it| it.goods.as_mut().unwrap().gtin = Some("6901028075832".into())) as fn(&mut CreateCampaign),
            "a wrong digit",
        ),
        (|it| it.goods.as_mut().unwrap().quantity = 0, "nothing"),
        (|it| it.goods.as_mut().unwrap().item = "\u{202e}".into(), "hidden characters"),
        (|it| it.goods.as_mut().unwrap().redeem = String::new(), "no way to get it"),
        (|it| it.amount = yuan(88), "cash without a bank"),
        (|it| it.reward = Some(yuan(1)), "rewards without a bank"),
        (|it| it.account = create(&super::world::origin()).account, "an account for nothing"),
    ] {
        assert_eq!(code(world.tea(change).await), "bad-campaign", "{why}");
    }
    assert_eq!(code(world.campaign(|it| (it.bank, it.account) = (None, None)).await), "bad-campaign");
    assert_eq!(code(world.tea(|it| it.goods.as_mut().unwrap().stock = i64::MAX.unsigned_abs()).await), "bad-stock");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn packets_promise_only_what_is_in_stock() {
    let world = World::new().await;
    let campaign = world.tea(|_| ()).await.unwrap();
    let short = world.issue(&campaign.id, 4, None).await.unwrap_err();
    assert_eq!(short.code(), "out-of-stock");
    assert!(short.detail().contains("24 units") && short.detail().contains("20 are"), "{}", short.detail());
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 0, "all of a request or none");
    world.issue(&campaign.id, 3, None).await.unwrap();
    assert_eq!(code(world.restock(&campaign.id, -3).await), "out-of-stock", "18 of 20 are promised");
    assert_eq!(places(&world.restock(&campaign.id, -2).await.unwrap()), [18, 0, 18, 0, 0]);
    assert_eq!(code(world.restock(&campaign.id, 0).await), "bad-stock");
    assert_eq!(code(world.restock(&campaign.id, i64::MIN).await), "out-of-stock");
    assert_eq!(code(world.restock(&campaign.id, i64::MAX).await), "bad-stock");
    let request = ChangeStock { request: SystemRandom.uuid(START * 1000), units: 6 };
    let path = admin::STOCK.replace("{id}", &campaign.id);
    for _ in 0..2 {
        let stock: StockView = world.admin(&path, Some(&request)).await.unwrap();
        assert_eq!(places(&stock), [24, 6, 18, 0, 0], "the same request adds once");
    }
    let other = ChangeStock { units: 7, ..request };
    assert_eq!(code(world.admin::<StockView>(&path, Some(&other)).await), "request-reused");
    world.issue(&campaign.id, 1, None).await.unwrap();
    let money = world.campaign(|_| ()).await.unwrap();
    assert_eq!(code(world.restock(&money.id, 1).await), "no-goods");
    assert_eq!(code(world.restock("nothing", 1).await), "unknown-campaign");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn an_answer_is_repeated_word_for_word_and_each_refusal_is_its_own() {
    let world = World::new().await;
    let [zhang, li, wang, zhao] = [1, 2, 3, 4].map(client);
    let held = world.tea_packet(None, |_| ()).await;
    let request = world.request(&held, &zhang, None);
    let first = world.ask(&request).await.unwrap();
    assert_eq!(world.ask(&request).await.unwrap(), first);
    let world = world.reopened().await;
    assert_eq!(world.ask(&request).await.unwrap(), first, "the code is made anew from the key");
    let stored = world.rows("SELECT * FROM goods_collection").await;
    let secret = first.code.unwrap().to_string();
    assert!(!format!("{stored:?}").contains(&secret) && !stored[0].text("answer").unwrap().contains(&secret));
    let reason = async |by: &Identity| world.collect_as(&held, by, None).await.0.reason;
    assert_eq!(reason(&zhang).await, Some(RefusalReason::AlreadyCollected));
    world.take(&held, &li).await;
    let third = world.take(&held, &wang).await;
    assert_ne!(third.to_string(), secret);
    assert_eq!(reason(&zhao).await, Some(RefusalReason::AllSharesCollected));
    world.audit_is_clean().await;

    let late = world.tea_packet(None, |it| it.expires = 60).await;
    world.advance(361);
    assert_eq!(world.collect_as(&late, &zhao, None).await.0.reason, Some(RefusalReason::Expired));
    world.settle().await;
    assert_eq!(world.collect_as(&late, &zhao, None).await.0.reason, Some(RefusalReason::Expired));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn only_whom_the_chain_names_collects_and_only_what_was_signed() {
    let world = World::new().await;
    let [zhang, li, wang] = [1, 2, 3].map(client);
    let held = world.tea_packet(Some(&zhang), |_| ()).await;
    assert_eq!(code(world.ask(&world.request(&held, &li, None)).await), "forbidden");
    let for_li = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(code(world.ask(&world.request(&for_li, &wang, None)).await), "forbidden");
    let good = world.request(&for_li, &li, None);
    let mut cut = good.clone();
    cut.hops.clear();
    assert_eq!(code(world.ask(&cut).await), "not-genuine", "another head than was signed");
    let other = world.tea_packet(None, |_| ()).await;
    let mut swapped = good.clone();
    swapped.packet = other.packet.jws.as_str().to_owned();
    assert_eq!(code(world.ask(&swapped).await), "not-genuine");
    let mut addressed = good.clone();
    addressed.address = Address::new("杭州").ok();
    assert_eq!(code(world.ask(&addressed).await), "bad-request", "nothing is sent");
    let money = world.packet(None, |_| ()).await;
    assert_eq!(code(world.ask(&world.request(&money, &li, None)).await), "bad-request");
    world.take(&for_li, &li).await;
    // An id that somebody else's collection has.
    let taken = world.request(&other, &li, None);
    world.ask(&taken).await.unwrap();
    let jws = crate::jose::Jws::parse(&taken.collect, crate::jose::Typ::Collect).unwrap();
    let signed: goods::GoodsClaims = jws.claims().unwrap();
    let choice = GoodsChoice { jti: signed.jti, address: None };
    let reused = goods::write(wang.key(), &other, &choice, world.clock.now()).unwrap();
    assert_eq!(code(world.ask(&reused).await), "id-reused");
    world.advance(301);
    assert_eq!(code(world.ask(&good).await), "clock-skew");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn of_many_who_ask_at_once_exactly_the_shares_collect() {
    let world = World::new().await;
    let held = world.tea_packet(None, |_| ()).await;
    let people = [1, 2, 3, 4, 5].map(client);
    let ask = |n: usize| world.collect_as(&held, &people[n], None);
    let (a, b, c, d, e) = tokio::join!(ask(0), ask(1), ask(2), ask(3), ask(4));
    let answers = [a, b, c, d, e];
    let codes: BTreeSet<String> = answers.iter().filter_map(|(_, code)| code.map(|code| code.to_string())).collect();
    assert_eq!(codes.len(), 3);
    assert!(
        answers.iter().filter(|it| it.1.is_none()).all(|it| it.0.reason == Some(RefusalReason::AllSharesCollected))
    );
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_mistyped_code_an_unknown_one_and_an_expired_one_differ() {
    let world = World::new().await;
    let held = world.tea_packet(None, |it| it.expires = 60).await;
    let text = world.take(&held, &client(1)).await.to_string();
    let mut typed: Vec<char> = text.chars().collect();
    typed[2] = if typed[2] == 'Z' { 'Y' } else { 'Z' };
    let mistyped = world.redeem(&typed.iter().collect::<String>(), None).await.unwrap_err();
    assert_eq!(mistyped.code(), "bad-code");
    assert!(mistyped.detail().contains("mistyped"), "{}", mistyped.detail());
    assert_eq!(code(world.redeem("1234", None).await), "bad-code");
    assert_eq!(code(world.redeem(&text, Some("\n")).await), "bad-request");
    for _ in 0..20 {
        let mut bits = [0; 16];
        SystemRandom.fill(&mut bits);
        assert_eq!(code(world.redeem(&RedeemCode::of(bits).to_string(), None).await), "unknown-code");
    }
    assert_eq!(code(world.redeem(&text, None).await), "too-many-requests", "guessing ends for a while");
    world.advance(601);
    // The code is good for thirty days, though its packet ended a minute after it was issued.
    world.advance(29 * DAY);
    world.settle().await;
    assert_eq!(places(&world.stock(&held.packet.claims.campaign).await), [20, 18, 0, 2, 0]);
    world.advance(2 * DAY);
    assert_eq!(code(world.redeem(&text, None).await), "code-expired");
    world.settle().await;
    assert_eq!(code(world.redeem(&text, None).await), "code-expired");
    assert_eq!(places(&world.stock(&held.packet.claims.campaign).await), [20, 20, 0, 0, 0]);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn goods_that_are_not_there_get_a_later_date() {
    let world = World::new().await;
    let held = world.tea_packet(None, |_| ()).await;
    let zhang = client(1);
    let (claims, code_given) = world.collect_as(&held, &zhang, None).await;
    let text = code_given.unwrap().to_string();
    let missing =
        Missing { goods: text.clone(), reason: "周三到货".into(), extend: Some(60 * 24 * 3600), by: None };
    let told: GoodsOne = world.admin(admin::OUT_OF_STOCK, Some(&missing)).await.unwrap();
    assert_eq!((told.state, told.reason.as_deref()), (GoodsState::OutOfStock, Some("周三到货")));
    let by_id = Missing { goods: told.id.clone(), ..missing.clone() };
    assert_eq!(code(world.admin::<GoodsOne>(admin::OUT_OF_STOCK, Some(&by_id)).await), "ok");
    let status = world.standing(claims.collect, &zhang).await.unwrap();
    assert_eq!((status.state, status.reason.as_deref()), (GoodsState::OutOfStock, Some("周三到货")));
    assert_eq!(status.until, START + 60 * 24 * 3600);
    assert_eq!(code(world.standing(claims.collect, &client(2)).await), "not-found", "nobody else's");
    world.advance(45 * DAY);
    world.settle().await;
    assert_eq!(world.redeem(&text, None).await.unwrap().state, GoodsState::Redeemed);
    let states: Vec<_> =
        world.standing(claims.collect, &zhang).await.unwrap().steps.iter().map(|it| it.state).collect();
    assert_eq!(states, [GoodsState::Collected, GoodsState::OutOfStock, GoodsState::OutOfStock, GoodsState::Redeemed]);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_parcel_is_sent_to_an_address_that_only_staff_see_and_that_is_forgotten() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.tea_packet(None, |it| it.goods.as_mut().unwrap().handover = Handover::Delivery).await;
    assert_eq!(code(world.ask(&world.request(&held, &zhang, None)).await), "bad-request", "where to?");
    let address = Address::new("张三\n杭州市西湖区龙井路1号\n13800000000").unwrap();
    let mut moved = world.request(&held, &zhang, Some(&address));
    moved.address = Address::new("别处").ok();
    assert_eq!(code(world.ask(&moved).await), "not-genuine", "not the address that was signed");
    for salt in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAA"] {
        let choice = GoodsChoice { jti: SystemRandom.uuid(START * 1000), address: Some((&address, salt)) };
        let guessed = goods::write(zhang.key(), &held, &choice, world.clock.now()).unwrap();
        assert_eq!(code(world.ask(&guessed).await), "bad-request", "{salt:?}: addresses could be tried out");
    }
    let (claims, given) = world.collect_as(&held, &zhang, Some(&address)).await;
    assert_eq!(code(world.redeem(&given.unwrap().to_string(), None).await), "other-handover");
    let list: GoodsList = world.admin(&format!("{}?state=collected", admin::GOODS), None::<&()>).await.unwrap();
    assert_eq!(list.collections[0].address.as_deref(), Some(address.as_str()));
    assert!(!format!("{list:?}").contains("龙井路"), "no log shows it");
    let id = claims.collect;
    let done = Delivered { id, by: None };
    assert_eq!(code(world.admin::<GoodsOne>(admin::DELIVERED, Some(&done)).await), "wrong-state");
    let sent = Ship { id, tracking: "SF1234567890".into(), by: Some("仓库".into()) };
    assert_eq!(code(world.admin::<GoodsOne>(admin::SHIP, Some(&sent)).await), "ok");
    assert_eq!(code(world.admin::<GoodsOne>(admin::SHIP, Some(&sent)).await), "already-redeemed");
    let status = world.standing(id, &zhang).await.unwrap();
    assert_eq!((status.state, status.tracking.as_deref()), (GoodsState::Shipped, Some("SF1234567890")));
    world.advance(40 * DAY);
    world.settle().await;
    assert_eq!(code(world.admin::<GoodsOne>(admin::DELIVERED, Some(&done)).await), "ok");
    world.advance(89 * DAY);
    world.settle().await;
    let path = format!("{}/{id}", admin::GOODS);
    assert!(world.admin::<GoodsOne>(&path, None::<&()>).await.unwrap().address.is_some());
    world.advance(2 * DAY);
    world.settle().await;
    let one: GoodsOne = world.admin(&path, None::<&()>).await.unwrap();
    assert_eq!((one.state, one.address), (GoodsState::Delivered, None));
    let words: Vec<_> = one.changes.iter().map(|it| (it.actor.as_str(), it.after.as_str())).collect();
    assert_eq!(words[1..], [("仓库", "shipped"), ("operator", "delivered")]);
    assert_eq!(world.rows("SELECT salt FROM goods_collection").await[0].opt_text("salt").unwrap(), None);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_reward_for_a_friend_who_collects_goods_is_owed_then() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let with_rewards = |it: &mut CreateCampaign| {
        let money = create(&world.bank.origin);
        (it.bank, it.account, it.reward, it.when) = (money.bank, money.account, Some(yuan(1)), When::Collected);
    };
    let held = world.tea_packet(Some(&zhang), with_rewards).await;
    let for_li = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(world.open(&for_li, &li).await.result, ReceiptResult::Waiting);
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 1);
    world.take(&for_li, &li).await;
    world.settle().await;
    let items = world.inbox(&zhang, 0).await.items;
    assert_eq!(items.len(), 2, "the reward, in money");
    assert!(super::world::file(&items[1].file).voucher.is_some());
    // Who collected before telling is rewarded at once.
    let second = world.tea_packet(Some(&zhang), with_rewards).await;
    let for_li = world.forwarded(&second, &zhang, Some(&li));
    world.take(&for_li, &li).await;
    assert_eq!(world.open(&for_li, &li).await.result, ReceiptResult::Rewarded);
    world.settle().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_nobody_collected_is_in_stock_again_and_the_server_wakes_for_it() {
    let world = World::new().await;
    let held = world.tea_packet(None, |it| it.expires = 60).await;
    let campaign = held.packet.claims.campaign.clone();
    assert_eq!(world.enterprise.work().await, crate::party::worker::Next::At((START + 60 + 300 + 1) * 1000));
    world.advance(360);
    world.settle().await;
    assert_eq!(places(&world.stock(&campaign).await), [20, 14, 6, 0, 0], "not before its time is over");
    world.advance(1);
    world.settle().await;
    assert_eq!(places(&world.stock(&campaign).await), [20, 20, 0, 0, 0]);
    assert_eq!(world.enterprise.work().await, crate::party::worker::Next::WhenWoken);
    world.audit_is_clean().await;
}

/// Tea, or 168 yuan.
fn or_cash(world: &World) -> impl FnOnce(&mut CreateCampaign) {
    let money = create(&world.bank.origin);
    move |it| {
        it.amount = yuan(168);
        (it.bank, it.account) = (money.bank, money.account);
    }
}

async fn choice(world: &World) -> PacketFile {
    let campaign = world.tea(or_cash(world)).await.unwrap();
    let issued = world.issue(&campaign.id, 1, None).await.unwrap();
    let held = world.packet_file(&issued.packets[0]).await;
    assert_eq!(held.voucher.as_ref().unwrap().claims.frozen, yuan(504), "money for every share");
    held
}

#[tokio::test]
async fn of_goods_or_cash_nobody_has_both() {
    let world = World::new().await;
    let [zhang, li, wang, zhao] = [1, 2, 3, 4].map(client);
    let held = choice(&world).await;
    let campaign = held.packet.claims.campaign.clone();
    let request = world.request(&held, &zhang, None);
    let first = world.ask(&request).await.unwrap();
    assert_eq!((first.code.is_some(), world.bank.given_up()), (true, 1));
    assert_eq!(world.ask(&request).await.unwrap(), first);
    // Who had the money is told so by the bank, before and after its feed was read.
    world.bank.pay(&held.packet, &li.id());
    let had = world.collect_as(&held, &li, None).await.0;
    assert_eq!(had.reason, Some(RefusalReason::AlreadyCollected));
    assert_eq!(places(&world.stock(&campaign).await), [20, 14, 4, 2, 0]);
    world.settle().await;
    assert_eq!(places(&world.stock(&campaign).await), [20, 16, 2, 2, 0], "goods of the money are free again");
    world.take(&held, &wang).await;
    assert_eq!(world.collect_as(&held, &zhao, None).await.0.reason, Some(RefusalReason::AllSharesCollected));
    assert_eq!(world.bank.given_up(), 2);
    let stats: admin::stats::Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    assert_eq!((stats.totals.collected, stats.campaigns[0].paid), (3, yuan(168)));
    world.advance(31 * DAY);
    world.settle().await;
    assert_eq!(places(&world.stock(&campaign).await), [20, 20, 0, 0, 0]);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn whoever_chose_goods_that_are_not_there_is_given_the_money_once() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let held = choice(&world).await;
    let campaign = held.packet.claims.campaign.clone();
    let (claims, given) = world.collect_as(&held, &zhang, None).await;
    let text = given.unwrap().to_string();
    let wish = Refund { goods: text.clone(), reason: "摔坏了".into(), by: Some("小李".into()) };
    let refund = async |goods: &str| {
        let wish = Refund { goods: goods.to_owned(), ..wish.clone() };
        world.admin::<GoodsOne>(admin::REFUND, Some(&wish)).await
    };
    let told = refund(&text).await.unwrap();
    assert_eq!((told.state, told.by.as_deref()), (GoodsState::Refunded, Some("小李")));
    assert_eq!(places(&world.stock(&campaign).await), [18, 14, 4, 0, 0], "what is not there is in no stock");
    assert_eq!(code(refund(&text).await), "already-redeemed");
    assert_eq!(code(refund(&told.id).await), "already-redeemed");
    assert_eq!(code(world.redeem(&text, None).await), "already-redeemed");
    let status = world.standing(claims.collect, &zhang).await.unwrap();
    assert_eq!((status.state, status.reason.as_deref()), (GoodsState::Refunded, Some("摔坏了")));
    // What was owed before is given back also while nothing new is issued, and when all packets of the campaign are.
    world.step(&campaign, Step::Pause).await.unwrap();
    world.advance(10);
    let other = world.take(&held, &li).await.to_string();
    refund(&other).await.unwrap();
    world.advance(10);
    world.step(&campaign, Step::Close).await.unwrap();
    world.settle().await;
    let arrived = world.inbox(&zhang, 0).await.items;
    let [back] = arrived.as_slice() else { panic!("{} packets", arrived.len()) };
    let back = file(&back.file);
    assert_eq!(Some(back.packet.id()), told.refund);
    assert_eq!(
        (back.packet.claims.contents.total(), back.packet.claims.forward.is_none()),
        (Ok(Some(yuan(168))), true)
    );
    assert_eq!(back.voucher.unwrap().claims.frozen, yuan(168));
    assert_eq!(world.inbox(&li, 0).await.items.len(), 1);
    assert_eq!(world.inbox(&client(3), 0).await.items.len(), 0);
    world.audit_is_clean().await;
    let alone = world.tea_packet(None, |_| ()).await;
    let nothing_else = world.take(&alone, &zhang).await.to_string();
    assert_eq!(code(refund(&nothing_else).await), "no-money");
    world.audit_is_clean().await;
    world.enterprise.party().store.clone().close().await;
    for (change, invariant) in REFUND_CHANGES {
        assert_found(&world, change, invariant).await;
    }
}

/// As [`CHANGES`], of money that was given back.
const REFUND_CHANGES: [(&str, &str); 5] = [
    ("DELETE FROM goods_refund WHERE collection = (SELECT MIN(collection) FROM goods_refund)", "goods-refunded"),
    (
        "UPDATE goods_refund SET collection = 'nobody' WHERE collection = (SELECT MIN(collection) FROM goods_refund)",
        "goods-refunded",
    ),
    (
        "UPDATE goods_refund SET packet = (SELECT id FROM packet WHERE serial = 1) \
         WHERE collection = (SELECT MIN(collection) FROM goods_refund)",
        "goods-refunded",
    ),
    ("UPDATE goods_collection SET state = 'redeemed' WHERE state = 'refunded'", "goods-refunded"),
    ("DELETE FROM goods_move WHERE why = 'missing'", "goods-collection-moved"),
];

#[tokio::test]
async fn collections_are_listed_page_by_page() {
    let world = World::new().await;
    let held = world.tea_packet(None, |_| ()).await;
    for taker in 1..=3 {
        world.take(&held, &client(taker)).await;
        world.advance(1);
    }
    let page = async |after: &str| world.admin::<GoodsList>(&format!("{}{after}", admin::GOODS), None::<&()>).await;
    let all = page("").await.unwrap();
    let takers: Vec<_> = all.collections.iter().map(|one| one.client).collect();
    assert_eq!((takers, all.more), ([3, 2, 1].map(|taker| client(taker).id()).to_vec(), false));
    let rest = page(&format!("?after={}", all.collections[0].id)).await.unwrap();
    assert_eq!(rest.collections, all.collections[1..]);
    let none = page(&format!("?after={}", all.collections[2].id)).await.unwrap();
    assert!(none.collections.is_empty() && !none.more);
    assert_eq!(code(page(&format!("?after={}", uuid::Uuid::nil())).await), "unknown-goods");
}

async fn instruct(world: &World, held: &PacketFile, extend_seconds: Option<u32>) -> String {
    let wish = admin::InstructPackets {
        request: SystemRandom.uuid(START * 1000),
        campaign: None,
        serials: None,
        packet: Some(held.packet.id()),
        reason: "发错了".into(),
        extend_seconds,
    };
    let instructed: admin::Instructed = world.admin(admin::INSTRUCTIONS, Some(&wish)).await.unwrap();
    instructed.packets[0].result.clone()
}

#[tokio::test]
async fn goods_go_back_into_stock_with_a_withdrawn_voucher_and_last_as_long_as_an_extended_one() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let alone = world.tea_packet(None, |_| ()).await;
    assert_eq!(instruct(&world, &alone, None).await, "not-revocable", "goods alone are a promise");
    let choices = async |revocable: bool| {
        let cash = or_cash(&world);
        let campaign = world
            .tea(|it| {
                cash(it);
                it.revocable = revocable;
            })
            .await
            .unwrap();
        let issued = world.issue(&campaign.id, 1, None).await.unwrap();
        world.packet_file(&issued.packets[0]).await
    };
    let gone = choices(true).await;
    world.take(&gone, &zhang).await;
    assert_eq!(instruct(&world, &gone, None).await, "withdrawn");
    world.settle().await;
    let stock = world.stock(&gone.packet.claims.campaign).await;
    assert_eq!(places(&stock), [20, 18, 0, 2, 0], "but for the share that was given");
    assert_eq!(world.collect_as(&gone, &li, None).await.0.reason, Some(RefusalReason::Withdrawn));
    world.audit_is_clean().await;

    let longer = choices(false).await;
    assert_eq!(instruct(&world, &longer, Some(60 * 24 * 3600)).await, "extended");
    let end = u64::try_from(longer.packet.claims.exp - START).unwrap();
    assert!(end < 60 * DAY, "the file says its old end");
    world.advance(end + DAY);
    world.settle().await;
    world.take(&longer, &li).await;
    world.audit_is_clean().await;
    world.advance(60 * DAY);
    world.settle().await;
    let stock = world.stock(&longer.packet.claims.campaign).await;
    assert_eq!(places(&stock), [20, 20, 0, 0, 0], "and ends at the new one");
    world.audit_is_clean().await;
    world.enterprise.party().store.clone().close().await;
    let change =
        "UPDATE goods_packet SET expires = expires - 1 WHERE packet IN (SELECT packet FROM instructed WHERE until > 0)";
    assert_found(&world, change, "goods-packet-as-signed").await;
}

#[tokio::test]
async fn a_wish_outlives_a_bank_that_is_away_and_a_server_that_is_killed() {
    let world = World::new().await;
    let zhang = client(1);
    let held = choice(&world).await;
    world.bank.feel(Mood::Away);
    let request = world.request(&held, &zhang, None);
    assert_eq!(code(world.ask(&request).await), "unavailable");
    let other = world.collect_as(&held, &zhang, None).await.0;
    assert_eq!(other.reason, Some(RefusalReason::AlreadyCollected), "the first request is under way");
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.bank.given_up(), 1);
    let answer = world.ask(&request).await.unwrap();
    assert!(answer.code.is_some(), "given in the background, and told now");
    // The answer is lost after the bank took the money back: asked again, it is the same surrender.
    let li = client(2);
    world.bank.feel(Mood::Fenced);
    let request = world.request(&held, &li, None);
    assert_eq!(code(world.ask(&request).await), "unavailable");
    world.bank.feel(Mood::Honest);
    world.advance(60);
    assert_eq!(code(world.ask(&world.request(&held, &li, None)).await), "ok");
    world.settle().await;
    assert_eq!((world.bank.given_up(), world.count("SELECT COUNT(*) AS n FROM goods_collection").await), (2, 2));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn changes_of_goods_or_cash_are_found() {
    let world = World::new().await;
    let held = choice(&world).await;
    world.take(&held, &client(1)).await;
    world.bank.pay(&held.packet, &client(2).id());
    world.settle().await;
    world.audit_is_clean().await;
    world.enterprise.party().store.clone().close().await;
    for (change, invariant) in [
        ("DELETE FROM goods_wish", "goods-surrendered"),
        ("UPDATE goods_wish SET answer = 'x'", "goods-surrendered"),
        ("UPDATE goods_wish SET state = 'refused'", "goods-surrendered"),
        ("DELETE FROM feed WHERE kind = 'collected'", "goods-or-cash"),
        (
            "INSERT INTO feed SELECT bank, cursor + more, at, kind, packet, voucher, amount, currency, share, reward_for \
             FROM feed, (SELECT 10 AS more UNION SELECT 20 AS more) AS extra WHERE kind = 'collected'",
            "goods-within-shares",
        ),
    ] {
        assert_found(&world, change, invariant).await;
    }
}

/// A bit of everything: handed over, sent, expired, waiting, not there, and a packet that ended.
async fn story() -> World {
    let world = World::new().await;
    let people: Vec<Identity> = (1..=5).map(client).collect();
    let held = world.tea_packet(Some(&people[0]), |_| ()).await;
    let open = world.forwarded(&held, &people[0], None);
    let code = world.take(&held, &people[0]).await;
    world.redeem(&code.to_string(), None).await.unwrap();
    let missing = world.take(&open, &people[1]).await.to_string();
    let told = Missing { goods: missing, reason: "later".into(), extend: Some(60 * 24 * 3600), by: None };
    world.admin::<GoodsOne>(admin::OUT_OF_STOCK, Some(&told)).await.unwrap();
    let parcel = world
        .tea_packet(None, |it| {
            it.goods.as_mut().unwrap().handover = Handover::Delivery;
            it.expires = 3600;
        })
        .await;
    let address = Address::new("杭州").unwrap();
    let (sent, _) = world.collect_as(&parcel, &people[2], Some(&address)).await;
    let ship = Ship { id: sent.collect, tracking: "SF1".into(), by: None };
    world.admin::<GoodsOne>(admin::SHIP, Some(&ship)).await.unwrap();
    let lapsing = world.tea_packet(None, |it| it.expires = 60).await;
    world.take(&lapsing, &people[3]).await;
    world.advance(30 * DAY + 1);
    world.settle().await;
    // The first packet has ended by now as well; its second code has a later date.
    let last = world.tea_packet(None, |_| ()).await;
    world.take(&last, &people[4]).await;
    world.audit_is_clean().await;
    world
}

/// Changes that leave everything else as it was, and the invariant that each breaks.
const CHANGES: [(&str, &str); 28] = [
    ("UPDATE goods_stock SET free = free + 1", "goods-stock-as-moved"),
    ("UPDATE goods_stock SET handed = handed + 1 WHERE handed > 0", "goods-stock-as-moved"),
    ("DELETE FROM goods_move WHERE why = 'redeemed'", "goods-collection-moved"),
    ("DELETE FROM goods_move WHERE seq = 1", "goods-moves-without-gap"),
    ("UPDATE goods_move SET seq = 1000 WHERE why = 'stocked' AND seq = 1", "goods-never-negative"),
    ("UPDATE goods_move SET units = 1 WHERE why = 'shipped'", "goods-collection-moved"),
    ("UPDATE goods_move SET units = 1 WHERE why = 'collected'", "goods-collected-as-moved"),
    ("UPDATE goods_move SET units = 7 WHERE why = 'issued' AND seq = 2", "goods-issued-once"),
    ("UPDATE goods_move SET why = 'gone' WHERE why = 'lapsed'", "goods-move-legal"),
    ("UPDATE goods_move SET target = 'outside' WHERE why = 'lapsed'", "goods-move-legal"),
    ("UPDATE goods_move SET collection = NULL WHERE why = 'redeemed'", "goods-move-named"),
    ("UPDATE goods_move SET collection = 'nobody' WHERE why = 'redeemed'", "goods-collection-moved"),
    ("DELETE FROM goods_packet WHERE ended = 0", "goods-packet-known"),
    ("UPDATE goods_packet SET shares = 4 WHERE ended = 0", "goods-packet-as-signed"),
    ("UPDATE goods_packet SET units = 3 WHERE ended = 0", "goods-packet-as-signed"),
    ("UPDATE goods_packet SET cash = 1 WHERE ended = 0", "goods-packet-as-signed"),
    ("UPDATE goods_packet SET expires = expires + 1 WHERE ended = 0", "goods-packet-as-signed"),
    ("UPDATE goods_packet SET ended = 1 WHERE ended = 0", "goods-ended-empty"),
    ("UPDATE goods_collection SET share = 9 WHERE state = 'redeemed'", "goods-within-shares"),
    ("UPDATE goods_collection SET state = 'redeemed' WHERE state = 'expired'", "goods-collection-moved"),
    ("UPDATE goods_collection SET state = 'collected' WHERE state = 'out-of-stock'", "goods-state-recorded"),
    ("UPDATE goods_collection SET done_at = NULL WHERE state = 'redeemed'", "goods-done-when"),
    ("UPDATE goods_collection SET client = 'nobody' WHERE state = 'redeemed'", "goods-request-genuine"),
    ("UPDATE goods_collection SET address = 'elsewhere' WHERE state = 'shipped'", "goods-request-genuine"),
    ("UPDATE goods_collection SET reward_for = 'x' WHERE state = 'redeemed'", "goods-named"),
    ("UPDATE goods_collection SET code = 'x' WHERE state = 'redeemed'", "goods-answer-says-so"),
    ("UPDATE goods_collection SET until = until - 1 WHERE state = 'expired'", "goods-answer-says-so"),
    (
        "UPDATE goods_collection SET answer = (SELECT MAX(answer) FROM goods_collection) \
         WHERE answer <> (SELECT MAX(answer) FROM goods_collection)",
        "goods-answer-genuine",
    ),
];

#[tokio::test]
async fn every_single_change_of_the_ledger_of_goods_is_found() {
    let world = story().await;
    world.enterprise.party().store.clone().close().await;
    for (change, invariant) in CHANGES {
        assert_found(&world, change, invariant).await;
    }
}
