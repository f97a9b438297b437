//! Made-up values that are the same in every run: what a wallet would have told the window. The window's time is noon of
//! New Year's Eve, in UTC.

use std::sync::Arc;

use crate::api::account::AccountNumber;
use crate::api::code::RedeemCode;
use crate::api::draw::Flaw;
use crate::api::states::{AcceptedBy, CollectionState, GoodsState, PacketState, ReceiptResult, VoucherState};
use crate::app::index::Index;
use crate::app::message::{Data, Event, Fault, Packet, SyncState};
use crate::app::pictures::Photo;
use crate::app::screens::packets::{Found, Query};
use crate::jose::{ClientId, Digest};
use crate::packet::claims::{Mode, When};
use crate::packet::{Check, CheckKind, Handover, Origin, Outcome, Placement, Verdict};
use crate::wallet::{
    Collected, DrawState, DrawView, Event as Happened, ForwardState, ForwardView, Forwarded, Friend, Given,
    GoodsCollected, GoodsStepView, GoodsView, HopView, Inspection, KnownBank, KnownIssuer, LinkedAccount, Listed,
    Money, Notice, Opened, RewardFor, RewardListed, RewardView, Sender, Shown, StepView, Time, VoucherStanding,
    VoucherView,
};

/// 2026-02-16 12:00 in UTC, New Year's Eve.
pub(crate) const NOON: i64 = 1_771_243_200;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

pub(crate) fn id(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// A person's key.
pub(crate) fn person(name: &str) -> ClientId {
    id(name).to_string().parse().unwrap()
}

pub(super) fn origin() -> Origin {
    Origin::parse("https://gift.example").unwrap()
}

pub(super) fn account() -> AccountNumber {
    AccountNumber::with_check_digit("620000000188012").unwrap()
}

pub(crate) fn yuan(count: i64) -> crate::money::Amount {
    crate::money::Amount::new(count * 100, "CNY".parse().unwrap())
}

pub(super) fn fault(code: &str) -> Fault {
    Fault { code: code.into(), detail: "it happened".into(), next: "try again".into(), domain: None }
}

pub(super) fn inspection(id: Digest) -> Inspection {
    Inspection {
        ask: Vec::new(),
        asked: false,
        verdict: Verdict::Genuine,
        sealed: false,
        id: Some(id),
        issuer: Some(origin()),
        kind: Some("bank"),
        title: Some("山茶花超市".into()),
        greeting: Some("新春纳福".into()),
        theme: None,
        serial: Some(1),
        amount: Some(yuan(88)),
        goods: None,
        revocable: false,
        mode: None,
        shares: Some(1),
        valid_from: None,
        expires: Some(Time(NOON + 12 * DAY)),
        bank: Some(origin()),
        bank_name: None,
        voucher: None,
        checked_by: None,
        addressed_to: None,
        forward: None,
        reward: false,
        note: None,
        note_by: None,
        hops: Vec::new(),
        checks: Vec::new(),
    }
}

pub(super) fn shown(id: Digest) -> Shown {
    Shown {
        inspection: inspection(id),
        state: PacketState::Received,
        received_at: Time(NOON - 2 * HOUR),
        opened_at: None,
        from: None,
        from_stranger: false,
        opening: None,
        collection: None,
        draw: None,
        handover: None,
        forwards: Vec::new(),
        reward_for: None,
        history: Vec::new(),
    }
}

pub(super) fn read(shown: Shown) -> Event {
    let goods = (shown.inspection.kind == Some("goods")).then(tea);
    Event::Packet(Box::new(Packet { shown, cover: None, emblem: None, goods }))
}

/// The same with the issuer's pictures.
pub(super) fn read_with(shown: Shown, cover: Photo) -> Event {
    Event::Packet(Box::new(Packet { shown, cover: Some(cover), emblem: Some(tea()), goods: None }))
}

/// The brightest cover that there can be.
pub(super) fn white() -> Photo {
    let mut file = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(8, 8, image::Rgb([255; 3])).write_to(&mut file, image::ImageFormat::Png).unwrap();
    Photo::new(file.into_inner())
}

pub(crate) fn listed(id: Digest) -> Listed {
    Listed {
        id,
        serial: 7,
        issuer: origin(),
        title: "山茶花超市".into(),
        greeting: "新春纳福".into(),
        theme: None,
        kind: "bank",
        verdict: Verdict::Genuine,
        state: PacketState::Received,
        amount: Some(yuan(88)),
        expires: Time(NOON + 12 * DAY),
        received_at: Time(NOON - 2 * HOUR),
        opened: false,
        forwards: 0,
        reward: false,
        stranger: None,
        collection: None,
        goods: None,
    }
}

pub(super) fn opened(id: Digest, notice: Notice) -> Opened {
    Opened {
        id,
        state: PacketState::Opened,
        amount: None,
        notice,
        receipt: None,
        reason: None,
        reward: None,
        problem: None,
    }
}

pub(super) fn collected(id: Digest, state: CollectionState) -> Collected {
    Collected {
        id,
        collection: uuid::Uuid::nil(),
        state,
        amount: Some(yuan(88)),
        share: None,
        steps: Vec::new(),
        reason: None,
        told: None,
        decides_by: None,
        sent: true,
        bank: Origin::parse("https://sea.example").unwrap(),
        account: account(),
        problem: None,
    }
}

pub(super) fn forwarded(id: Digest) -> Forwarded {
    Forwarded {
        id,
        path: None,
        link: None,
        hosted: None,
        n: 1,
        to: None,
        state: ForwardState::Made,
        can_recall: false,
        stands: true,
        opened: false,
        money: Money::FirstCome,
        meant_for_only: false,
        sealed: false,
        problem: None,
        at: Time(NOON - HOUR),
    }
}

/// For whom files are sealed; of the seed in docs/packet-format.md.
const SEAL: &str = "age1ul6l2qm0pnh39lyvtkt8klxr9r9m0d6h6an87cexlnkltlpam35s8hyn66";

pub(super) fn friend(name: &str) -> Friend {
    Friend {
        client: person(name),
        name: name.into(),
        inbox: vec![origin()],
        age: SEAL.parse().ok(),
        since: Time(NOON - 40 * DAY),
        compared: true,
    }
}

fn bank(name: &str, host: &str, prefix: &str) -> KnownBank {
    KnownBank {
        origin: Origin::parse(&format!("https://{host}")).unwrap(),
        name: name.into(),
        keys: Vec::new(),
        account_prefixes: vec![prefix.into()],
        added: true,
    }
}

/// One line of a full list: its name, and what sets it apart.
fn line(name: &str, title: &str, greeting: &str, change: impl FnOnce(&mut Listed)) -> Listed {
    let mut listed = Listed { title: title.into(), greeting: greeting.into(), ..listed(id(name)) };
    listed.serial = u64::from(id(name).as_bytes()[0]) * 100 + 7;
    let (host, theme) = match title {
        "Mountain & Sea Books" => ("sea.example", Some("garnet")),
        "云栖茶舍" => ("tea.example", Some("vermilion")),
        "禾风乳业" => ("milk.example", Some("crimson")),
        _ => ("gift.example", None),
    };
    listed.issuer = Origin::parse(&format!("https://{host}")).unwrap();
    listed.theme = theme.map(str::to_owned);
    change(&mut listed);
    listed
}

fn packets() -> Vec<Listed> {
    let opened = |packet: &mut Listed| packet.opened = true;
    let mut packets = vec![
        line("to open", "山茶花超市", "新春纳福\n愿你日日有好消息", |packet| {
            packet.expires = Time(NOON + 2 * DAY)
        }),
        line("from hao", "Mountain & Sea Books", "Good luck in the Year of the Horse", |_| {}),
        line("goods", "云栖茶舍", "一叶知春", |packet| {
            packet.kind = "goods";
            packet.amount = None;
        }),
        line("opened", "山茶花超市", "元宵安康", |packet| {
            opened(packet);
            packet.received_at = Time(NOON - DAY);
        }),
        line("collecting", "禾风乳业", "开门大吉", |packet| {
            opened(packet);
            packet.collection = Some(CollectionState::Accepted);
            packet.amount = Some(yuan(1288));
        }),
        line("paid", "禾风乳业", "岁岁平安", |packet| {
            opened(packet);
            packet.collection = Some(CollectionState::Paid);
        }),
        line("passed on", "A company with a rather long name, Limited", "May all you wish for come true", |packet| {
            opened(packet);
            packet.forwards = 3;
        }),
        line("expired", "旧年公司", "旧岁已去", |packet| packet.expires = Time(NOON - 3 * DAY)),
    ];
    packets.extend(reward_packets());
    packets
}

/// The reward's name, for which packet, by whom, how much, how many days ago, and how far it is.
type Earned = (&'static str, &'static str, Option<&'static str>, i64, i64, Option<CollectionState>);

/// What forwarding earned.
const EARNED: [Earned; 9] = [
    ("reward 2", "passed on", Some("林浩"), 1, 0, None),
    ("reward 3", "paid", None, 1, 0, None),
    ("reward 4", "paid", None, 1, 1, Some(CollectionState::Accepted)),
    ("reward 5", "paid", Some("Zoe"), 3, 4, Some(CollectionState::Paid)),
    ("reward", "passed on", Some("Amelia"), 2, 8, Some(CollectionState::Paid)),
    ("reward 6", "passed on", None, 1, 17, Some(CollectionState::Paid)),
    ("reward 7", "opened", None, 2, 30, Some(CollectionState::Paid)),
    ("reward 8", "opened", None, 1, 45, Some(CollectionState::Rejected)),
    ("reward 9", "older", None, 5, 390, Some(CollectionState::Paid)),
];

fn reward_packets() -> Vec<Listed> {
    let made = EARNED.iter().map(|(name, _, _, amount, days, collection)| {
        line(name, "山茶花超市", "谢谢你", |packet| {
            packet.opened = true;
            packet.reward = true;
            packet.amount = Some(yuan(*amount));
            packet.collection = *collection;
            packet.received_at = Time(NOON - 2 * HOUR - days * DAY);
        })
    });
    made.collect()
}

fn rewards() -> Vec<RewardListed> {
    let made = EARNED.iter().map(|(name, packet, opener, amount, _, collection)| RewardListed {
        id: id(name),
        reward_for: Some(RewardFor { packet: id(packet), opener: opener.map(person) }),
        amount: Some(yuan(*amount)),
        state: PacketState::Opened,
        collection: *collection,
    });
    made.collect()
}

fn given() -> Vec<Given> {
    let given = |name: &str, to: Option<&str>, hours: i64, state| Given {
        packet: id(name),
        to: to.map(person),
        state,
        can_recall: matches!(state, ForwardState::Queued | ForwardState::Sent),
        stands: !state.is_void(),
        at: Time(NOON - hours * HOUR),
    };
    vec![
        given("from hao", Some("Someone with a long name, far away"), 3, ForwardState::Queued),
        given("passed on", Some("林浩"), 30, ForwardState::Sent),
        given("paid", None, 80, ForwardState::Made),
        given("passed on", Some("Amelia"), 200, ForwardState::Delivered),
        given("passed on", None, 500, ForwardState::Made),
        given("opened", Some("Amelia"), 900, ForwardState::Sent),
        given("opened", Some("林浩"), 901, ForwardState::Refused),
    ]
}

fn history() -> Vec<Happened> {
    let event = |hours: i64, kind: &str, name: &str, detail: Option<String>| Happened {
        at: Time(NOON - hours * HOUR),
        kind: kind.into(),
        packet: id(name),
        detail,
    };
    let hao = Some(person("林浩").to_string());
    vec![
        event(90, "received", "paid", None),
        event(89, "opened", "paid", None),
        event(89, "told", "paid", None),
        event(70, "applied", "paid", None),
        event(70, "accepted", "paid", None),
        event(69, "paid", "paid", None),
        event(30, "forwarded", "passed on", hao.clone()),
        event(30, "relayed", "passed on", hao.clone()),
        event(26, "uncertain", "collecting", None),
        event(2, "received", "from hao", hao),
    ]
}

/// A wallet in which everything is.
pub(crate) fn data() -> Data {
    Data {
        packets: packets().into(),
        rewards: rewards(),
        friends: vec![
            friend("Amelia"),
            friend("林浩"),
            Friend { inbox: Vec::new(), ..friend("Someone with a long name, far away") },
        ],
        accounts: vec![linked()],
        issuers: vec![KnownIssuer {
            origin: origin(),
            name: "山茶花超市".into(),
            keys: Vec::new(),
            added: false,
            since: Time(NOON - 40 * DAY),
        }],
        banks: vec![bank("禾风银行", "hefeng.example", "620000"), bank("Bank of the Sea", "sea.example", "620001")],
        history: history().into(),
        collected: [(id("collecting"), yuan(1288)), (id("paid"), yuan(88))].into(),
        given: given(),
        shown: std::collections::BTreeSet::new(),
        blocked: Vec::new(),
        paid_first: [id("paid")].into(),
        client: Some(person("me")),
        name: Some("林夏".into()),
        waiting: 0,
        key_in_file: true,
        made: Index::default(),
    }
}

/// An account that is tied.
pub(super) fn linked() -> LinkedAccount {
    LinkedAccount {
        account: account(),
        holder: "林夏".into(),
        bank: Origin::parse("https://hefeng.example").unwrap(),
        acceptance: Some(AcceptedBy::Clerk),
    }
}

/// How the wallet stands to its servers, at noon.
pub(super) fn in_step() -> SyncState {
    SyncState { synced_at: Some(NOON - 60), offline: false, trouble: None }
}

/// What is known of a bank's packet that a friend forwarded with a few words.
pub(super) fn from_a_friend() -> Shown {
    let mut shown = shown(id("from hao"));
    let inspection = &mut shown.inspection;
    inspection.title = Some("Mountain & Sea Books".into());
    inspection.greeting = Some("新春纳福\n愿你日日有好消息".into());
    inspection.serial = Some(2026);
    inspection.bank = Some(Origin::parse("https://hefeng.example").unwrap());
    inspection.bank_name = Some("禾风银行".into());
    inspection.checked_by = Some("禾风银行".into());
    inspection.voucher = Some(VoucherView {
        number: "HF-2026-0000128".into(),
        frozen: yuan(264),
        at: Time(NOON - 5 * DAY),
        pays_within: None,
    });
    inspection.mode = Some(Mode::Each);
    inspection.shares = Some(3);
    inspection.valid_from = Some(Time(NOON - 5 * DAY));
    inspection.hops = vec![HopView { client: person("林浩"), to: Some(person("me")) }];
    inspection.note = Some("过年好！ Open it at midnight.".into());
    inspection.checks = vec![Check { check: CheckKind::PacketSignature, result: Outcome::Passed, reason: None }];
    inspection.forward = Some(ForwardView {
        placement: Placement::Both,
        max_hops: 5,
        reward: Some(RewardView { amount: yuan(2), when: When::Opened, per_person: 10, until: Time(NOON + 10 * DAY) }),
    });
    shown.from = Some(Sender { client: person("林浩"), name: Some("林浩".into()) });
    shown
}

/// The same, opened and told.
pub(crate) fn opened_one() -> Shown {
    let mut shown = from_a_friend();
    shown.opened_at = Some(Time(NOON - HOUR));
    shown.state = PacketState::Opened;
    shown.opening = Some(Opened { receipt: Some(ReceiptResult::Rewarded), ..opened(id("from hao"), Notice::Answered) });
    shown
}

/// The same, being collected or collected.
pub(crate) fn collected_one(state: CollectionState) -> Shown {
    let mut shown = opened_one();
    let steps = [CollectionState::Applied, CollectionState::Accepted, CollectionState::Released, CollectionState::Paid];
    let steps = steps.into_iter().take_while(|step| *step <= state);
    let steps = steps.map(|step| StepView { state: step, at: Time(NOON - HOUR) }).collect();
    shown.collection = Some(Collected { steps, ..collected(id("from hao"), state) });
    shown
}

/// A lucky share that was paid, and how its draw stands.
pub(crate) fn drawn_one(state: DrawState, flaw: Option<Flaw>) -> Shown {
    let mut shown = collected_one(CollectionState::Paid);
    (shown.inspection.mode, shown.inspection.shares) = (Some(Mode::Lucky), Some(8));
    let collected = shown.collection.as_mut().unwrap();
    (collected.amount, collected.share) = (Some(yuan(13)), Some(3));
    shown.draw = Some(DrawView {
        id: id("from hao"),
        state,
        flaw,
        share: Some(3),
        amount: Some(yuan(13)),
        shares: 8,
        paid: Some(8),
        compared: Some(8),
        until: Time(NOON + 14 * DAY),
        checked_at: Some(Time(NOON)),
        evidence: Vec::new(),
    });
    shown
}

/// A voucher for goods, opened.
pub(crate) fn goods_one() -> Shown {
    let mut shown = opened_one();
    let inspection = &mut shown.inspection;
    inspection.kind = Some("goods");
    inspection.bank = None;
    inspection.amount = None;
    inspection.goods = Some(GoodsView {
        item: "明前龙井礼盒".into(),
        quantity: 2,
        unit: Some("盒".into()),
        merchant: "云栖茶舍".into(),
        terms: Some("每人限领一次".into()),
        redeem: "到店出示兑换码领取".into(),
        gtin: None,
        handover: Handover::Pickup,
        cash: None,
    });
    shown.handover = Some(goods_collected(GoodsState::Collected));
    shown
}

/// How collecting those goods stands, with a code that nobody was given.
pub(crate) fn goods_collected(state: GoodsState) -> GoodsCollected {
    let step = |state, ago| GoodsStepView { state, at: Time(NOON - ago) };
    let mut steps = vec![step(GoodsState::Applied, HOUR), step(GoodsState::Collected, HOUR - 2)];
    if !matches!(state, GoodsState::Applied | GoodsState::Collected) {
        steps.push(step(state, 60));
    }
    GoodsCollected {
        id: id("from hao"),
        collection: uuid::Uuid::nil(),
        state,
        code: Some(sample_code()),
        until: Some(Time(NOON + 30 * DAY)),
        steps,
        reason: None,
        tracking: None,
        address: None,
        sent: state != GoodsState::Applied,
        issuer: origin(),
        problem: None,
    }
}

/// A code that nobody was given.
pub(crate) fn sample_code() -> RedeemCode {
    RedeemCode::of(*b"sample code only")
}

/// The bank says that the money is there.
pub(crate) fn payable() -> VoucherStanding {
    VoucherStanding {
        state: VoucherState::Issued,
        shares: 3,
        left: 3,
        payable: true,
        since: Time(NOON - 3600),
        expires: Time(NOON - 60),
        at: Time(NOON - 60),
    }
}

/// What the worker tells a window that shows a wallet with everything in it.
pub(super) fn full() -> Vec<Event> {
    let mut told = told(data());
    told.push(Event::Synced(in_step(), 0));
    told
}

/// What the worker tells after a reading, before the person looks for anything.
pub(super) fn told(data: Data) -> Vec<Event> {
    let data = Arc::new(data);
    let found = Found::of(&data, Query::default(), NOON);
    vec![Event::Found(Arc::new(found)), Event::Data(data)]
}

/// A picture of goods as an enterprise sends one: tea in a tin, and a cup of it.
pub(super) fn tea() -> Photo {
    static PICTURE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        let drawn = crate::art::render(TEA, 984, 508).unwrap();
        let picture = image::RgbaImage::from_raw(drawn.width, drawn.height, drawn.rgba).unwrap();
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
        file.into_inner()
    });
    Photo::new(PICTURE.clone())
}

const TEA: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="492" height="254" viewBox="0 0 492 254">
<defs>
<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#DDEBE4"/><stop offset="1" stop-color="#B9D5C8"/></linearGradient>
<linearGradient id="table" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#E0BE96"/><stop offset="1" stop-color="#C39A6B"/></linearGradient>
<linearGradient id="tin" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#2C7A68"/><stop offset=".25" stop-color="#1F6152"/><stop offset="1" stop-color="#123F36"/></linearGradient>
<linearGradient id="lid" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#C98F3C"/><stop offset=".4" stop-color="#F0D08A"/><stop offset="1" stop-color="#A8742C"/></linearGradient>
<linearGradient id="cup" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#FFFFFF"/><stop offset="1" stop-color="#CFDAD6"/></linearGradient>
</defs>
<rect width="492" height="254" fill="url(#wall)"/>
<circle cx="330" cy="96" r="150" fill="#FFFFFF" opacity=".28"/>
<rect y="194" width="492" height="60" fill="url(#table)"/>
<path d="M0 26C60 20 100 44 128 80" fill="none" stroke="#4E8672" stroke-width="3"/>
<path d="M30 24c-6-20 8-34 14-40c8 16 4 32-14 40zM66 34c2-18 18-28 30-30c-2 18-14 30-30 30zM92 50c14-4 26 4 30 14c-14 4-26-2-30-14zM54 36c-10 10-10 24-6 34c12-8 14-24 6-34zM96 62c-10 6-14 18-10 28c12-4 16-18 10-28z" fill="#6FA58F"/>
<ellipse cx="190" cy="218" rx="92" ry="14" fill="#6B4A25" opacity=".35"/>
<ellipse cx="354" cy="226" rx="76" ry="11" fill="#6B4A25" opacity=".3"/>
<rect x="118" y="66" width="144" height="154" rx="10" fill="url(#tin)"/>
<rect x="128" y="84" width="9" height="126" rx="4.500" fill="#FFFFFF" opacity=".22"/>
<rect x="114" y="42" width="152" height="42" rx="12" fill="url(#lid)"/>
<rect x="114" y="76" width="152" height="4" fill="#8A5E1F" opacity=".55"/>
<rect x="146" y="100" width="88" height="100" rx="4" fill="#FBF4E2"/>
<rect x="151" y="105" width="78" height="90" rx="2" fill="none" stroke="#C98F3C"/>
<path d="M190 118c22 10 26 36 0 62c-26-26-22-52 0-62zM190 128v46" fill="#2C7A68" stroke="#FBF4E2" stroke-width="2"/>
<path d="M302 160h104c0 34-20 62-52 62s-52-28-52-62z" fill="url(#cup)"/>
<ellipse cx="354" cy="160" rx="52" ry="13" fill="#EEF3F1"/>
<ellipse cx="354" cy="161" rx="46" ry="10" fill="#B4B84E"/>
<path d="M318 192c14-14 26 8 40-4s22-6 34-2" fill="none" stroke="#6D9DB5" stroke-width="3"/>
<path d="M338 142c-10-14 8-22 0-38M366 142c-10-14 10-24 0-44" fill="none" stroke="#FFFFFF" stroke-width="6" stroke-linecap="round" opacity=".75"/>
</svg>"##;
