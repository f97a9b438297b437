//! Pages with the longest, greatest and oddest values that a packet, a friend or a bank may bring.

use std::sync::Arc;

use super::fixture;
use super::pages::{Do, covered, on, whereabouts};
use crate::api::draw::Flaw;
use crate::api::states::CollectionState;
use crate::app::message::{Data, Event};
use crate::app::screens::{packet, packets};
use crate::app::state::{Act, Page};
use crate::money::Amount;
use crate::packet::Handover;
use crate::wallet::{DrawState, GoodsView, Shown};

/// 64 letters that break nowhere.
const SOLID: &str = "WWWWMMMMWWWWMMMMWWWWMMMMWWWWMMMMWWWWMMMMWWWWMMMMWWWWMMMMWWWWMMMM";
/// 64 letters of a language with long words.
const LONG_WORDS: &str = "Rechtsschutzversicherungsgesellschaften und Donaudampfschifffahr";

fn chinese(count: usize) -> String {
    "岁岁平安万事如意恭喜发财".chars().cycle().take(count).collect()
}

/// 500 letters of a greeting, in lines of every length.
fn greeting() -> String {
    let line = "May the year that begins tonight bring you more than you wished for, and take nothing away. ";
    let text: String = line.chars().cycle().take(430).collect();
    format!("{text}\n\n{}\n{SOLID}", chinese(3)).chars().take(500).collect()
}

fn amount(minor: i64, currency: &str) -> Amount {
    Amount::new(minor, currency.parse().unwrap())
}

fn great() -> Amount {
    amount(1_000_000_000_000, "CNY")
}

/// Everything about a packet as long as it may be.
fn stretch(mut shown: Shown) -> Shown {
    let inspection = &mut shown.inspection;
    inspection.title = Some(SOLID.into());
    inspection.greeting = Some(greeting());
    inspection.amount = Some(great());
    inspection.serial = Some(i64::MAX.unsigned_abs());
    inspection.bank_name = Some(chinese(64));
    inspection.checked_by = Some(chinese(64));
    inspection.shares = Some(1_000_000);
    if let Some(voucher) = &mut inspection.voucher {
        voucher.number = SOLID.into();
        voucher.frozen = great();
    }
    inspection.note = Some(format!("{LONG_WORDS} {}", chinese(70)));
    if let Some(from) = &mut shown.from {
        from.name = Some(LONG_WORDS.into());
    }
    shown
}

fn data() -> Data {
    let mut data = fixture::data();
    for (at, packet) in Arc::make_mut(&mut data.packets).iter_mut().enumerate() {
        packet.title = if at % 2 == 0 { SOLID.into() } else { chinese(64) };
        packet.greeting = greeting();
        packet.serial = i64::MAX.unsigned_abs();
        packet.amount = packet.amount.map(|_| match at % 3 {
            0 => great(),
            1 => amount(1_000_000_000_000, "JPY"),
            _ => amount(1_000_000_000_000, "KWD"),
        });
        packet.forwards *= 400;
    }
    for friend in &mut data.friends {
        friend.name = if friend.name.is_ascii() { LONG_WORDS.into() } else { chinese(64) };
    }
    for reward in &mut data.rewards {
        reward.amount = Some(great());
    }
    for collected in data.collected.values_mut() {
        *collected = great();
    }
    for bank in &mut data.banks {
        bank.name = chinese(64);
    }
    for issuer in &mut data.issuers {
        issuer.name = SOLID.into();
    }
    for account in &mut data.accounts {
        account.holder = chinese(64);
    }
    data.name = Some(LONG_WORDS.into());
    data.waiting = 12_345;
    data
}

fn with(doing: Vec<Do>) -> Vec<Do> {
    let mut all = doing;
    all.extend(fixture::told(data()).into_iter().map(Do::Hear));
    all
}

fn page(page: Page) -> Vec<Do> {
    let mut doing = with(Vec::new());
    doing.extend([Do::Hear(Event::Synced(fixture::in_step(), 0)), Do::Act(Act::Go(page))]);
    doing
}

fn in_currency(currency: &str) -> Vec<Do> {
    let mut shown = fixture::opened_one();
    shown.inspection.amount = Some(amount(1_234_567_890, currency));
    on(shown)
}

fn goods() -> Shown {
    let mut shown = stretch(fixture::goods_one());
    shown.inspection.amount = None;
    shown.inspection.goods = Some(GoodsView {
        item: SOLID.into(),
        quantity: 1_000_000,
        unit: Some(chinese(64)),
        merchant: LONG_WORDS.into(),
        terms: Some(chinese(1000)),
        redeem: greeting(),
        gtin: Some("6901028075831".into()),
        handover: Handover::Pickup,
        cash: None,
    });
    shown
}

/// The pages, by name.
pub(super) fn pages() -> Vec<(&'static str, Vec<Do>)> {
    let mut forwarding = with(on(stretch(fixture::from_a_friend())));
    forwarding.push(Do::Act(Act::OpenForward));
    let script = |title: &str, greeting: &str| {
        let mut shown = fixture::from_a_friend();
        shown.inspection.title = Some(title.into());
        shown.inspection.greeting = Some(greeting.into());
        on(shown)
    };
    let mut linking = on(fixture::opened_one());
    linking.extend(fixture::told(Data { accounts: Vec::new(), ..fixture::data() }).into_iter().map(Do::Hear));
    let typed = packet::Action::Account(fixture::account().as_str().to_owned());
    linking.push(Do::Act(Act::Packet(typed)));
    let mut pasting = page(Page::Packets);
    pasting.push(Do::Act(Act::Packets(packets::Action::Paste(Some(String::new())))));
    let mut finding = on(fixture::from_a_friend());
    let friends = (0..9).map(|at| fixture::friend(&format!("friend {at}"))).collect();
    finding.extend(fixture::told(Data { friends, ..fixture::data() }).into_iter().map(Do::Hear));
    finding.push(Do::Act(Act::OpenForward));
    vec![
        ("extreme, code", linking),
        ("extreme, pasting", pasting),
        ("extreme, many friends", finding),
        ("extreme, packets", page(Page::Packets)),
        ("extreme, rewards", page(Page::Rewards)),
        ("extreme, friends", page(Page::Friends)),
        ("extreme, activity", page(Page::Activity)),
        ("extreme, money", page(Page::Money)),
        ("extreme, where", with(whereabouts(stretch(fixture::collected_one(CollectionState::Uncertain))))),
        ("extreme, settings", page(Page::Settings)),
        ("extreme, envelope", with(on(stretch(fixture::from_a_friend())))),
        ("extreme, voucher", with(on(stretch(fixture::opened_one())))),
        ("extreme, paid", with(on(stretch(fixture::collected_one(CollectionState::Paid))))),
        ("extreme, draw holds", with(on(stretch(fixture::drawn_one(DrawState::Holds, None))))),
        ("extreme, draw broken", with(on(stretch(fixture::drawn_one(DrawState::Broken, Some(Flaw::OwnPlace)))))),
        ("extreme, goods", with(on(goods()))),
        ("extreme, forward", forwarding),
        ("extreme, yen", in_currency("JPY")),
        ("extreme, dinar", in_currency("KWD")),
        ("extreme, white cover", covered("cinnabar", fixture::white())),
        ("extreme, white cover, crimson", covered("crimson", fixture::white())),
        ("extreme, white cover, vermilion", covered("vermilion", fixture::white())),
        ("extreme, white cover, garnet", covered("garnet", fixture::white())),
        ("extreme, emoji", script("🧧 Lucky 🐴", "新年快乐 🎉👨‍👩‍👧❤️\n👍🏽 万事如意 🍊")),
        ("extreme, long words", script(LONG_WORDS, "Glückwunsch zum Geschwindigkeitsbegrenzungsjubiläum")),
    ]
}
