//! Vectors in which nothing is wrong: genuine, or unchecked for want of a key.

use serde_json::json;

use super::maker::{BANK, Draft, NOW, client, id_of, png};
use super::vectors::{Case, Content};
use hongbao::packet::media::integrity;

/// A JPEG of one pixel.
pub const JPEG: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAQL/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCABb//2Q==";
/// A WebP of one pixel.
pub const WEBP: &str = "UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQjyLXo/+BiOh/AAA=";

pub fn cases() -> Vec<Case> {
    [plain(), chains(), pictures(), links()].into_iter().flatten().collect()
}

fn plain() -> Vec<Case> {
    let gift = Draft::gift().seal();
    let goods = Draft::goods().seal();
    let vouched = ["packet-signature", "passed", "vouched-by-bank"];
    let issuer_unknown = ["packet-signature", "not-done", "issuer-unknown"];
    let bank_unknown = ["voucher-signature", "not-done", "bank-unknown"];
    vec![
        Case::genuine("gift", &gift, "a single gift, issuer and bank known"),
        Case::of("gift-vouched", &gift, "genuine", &[vouched], "the issuer is unknown, a known bank vouches")
            .trusting("banks"),
        Case::of("gift-issuer-moved", &gift, "genuine", &[vouched], "signed with a retired key; a known bank vouches")
            .trusting("issuer-with-another-key"),
        Case::of("gift-bank-unknown", &gift, "unchecked", &[bank_unknown], "the bank is not on the list")
            .trusting("issuers"),
        Case::of("gift-nobody-known", &gift, "unchecked", &[bank_unknown, issuer_unknown], "no key is known")
            .trusting("nobody"),
        Case::genuine("goods", &goods, "a goods voucher has no bank voucher"),
        Case::of("goods-issuer-unknown", &goods, "unchecked", &[issuer_unknown], "nobody vouches for goods")
            .trusting("banks"),
        Case::genuine("goods-least", &least_goods().seal(), "only what a goods voucher must say"),
        Case::genuine("goods-delivered", &delivered().seal(), "sent to an address, with a GTIN"),
        Case::genuine(
            "goods-or-cash",
            &goods_or_cash().seal(),
            "each share is goods or money: the bank froze all shares",
        ),
        Case::of(
            "goods-or-cash-vouched",
            &goods_or_cash().seal(),
            "genuine",
            &[vouched],
            "the bank vouches for it all",
        )
        .trusting("banks"),
        Case::genuine("lucky", &lucky().seal(), "100 random shares of one pot, with the hash of the draw's seed"),
        Case::genuine("shares", &shares().seal(), "100 equal shares; the bank froze 100 times the amount"),
        Case::genuine("reward", &reward().seal(), "a reward: from a fund, for client 0, not forwardable"),
        Case::genuine("unicode", &unicode().seal(), "a greeting of many scripts and lines"),
        Case::genuine("longest", &longest().seal(), "texts and amount exactly at their limits"),
        Case::genuine("later-claims", &later().seal(), "unknown claims and header members are ignored"),
        Case {
            content: Content::File(spaced(&gift.text())),
            ..Case::genuine("white-space", &gift, "white space between members means nothing")
        },
    ]
}

fn least_goods() -> Draft {
    let contents = json!({
        "kind": "goods", "item": "Tea", "quantity": 1, "merchant": "Example Tea Company", "redeem": "Ask.",
        "mode": "each", "shares": 1
    });
    Draft::goods().with("contents", contents)
}

fn delivered() -> Draft {
    Draft::goods().with("contents.handover", "delivery".into()).with("contents.gtin", "6901028075831".into())
}

/// Two boxes of tea, or 168.00 CNY, for each of three people.
pub fn goods_or_cash() -> Draft {
    let cash = json!({"bank": BANK, "amount": {"minor": 16_800, "currency": "CNY"}, "revocable": true});
    let goods = Draft::goods().with("contents.cash", cash).with("contents.shares", 3.into());
    let gift = Draft::gift();
    Draft { voucher: gift.voucher, ..goods }.voucher_with("frozen.minor", 50_400.into())
}

pub fn lucky() -> Draft {
    let seed = hongbao::jose::Digest::of(b"the bank's one-use seed").to_string();
    Draft::gift()
        .with("contents.mode", "lucky".into())
        .with("contents.shares", 100.into())
        .with("contents.draw", seed.into())
}

fn shares() -> Draft {
    Draft::gift()
        .with("contents.shares", 100.into())
        .with("contents.revocable", true.into())
        .voucher_with("frozen.minor", 880_000.into())
        .voucher_with("pays_within", 60.into())
}

pub fn reward() -> Draft {
    Draft::gift()
        .with("cnf", json!({"jkt": id_of(&client(0))}))
        .with("reward_for", hongbao::jose::Digest::of(b"packet and opener").to_string().into())
        .voucher_with("fund", "F-2026-01".into())
}

fn unicode() -> Draft {
    let greeting = "马到成功 🐎\n👨‍👩‍👧 חג שמח · عيد سعيد · สวัสดี\n第三行: é e\u{301}";
    Draft::gift().with("envelope.greeting", greeting.into()).with("envelope.title", "示例茶业（集团）".into())
}

fn longest() -> Draft {
    Draft::gift()
        .with("envelope.title", "福".repeat(64).into())
        .with("envelope.greeting", "喜".repeat(500).into())
        .with("envelope.serial", i64::MAX.into())
        .with("campaign", "c".repeat(64).into())
        .with("contents.amount.minor", 1_000_000_000_000_i64.into())
        .voucher_with("frozen.minor", 1_000_000_000_000_i64.into())
}

fn later() -> Draft {
    Draft::gift()
        .with("envelope.sound", json!({"of": ["gongs", 3]}))
        .with("weather", "fine".into())
        .header_with("later", json!({"a": 1}))
}

fn spaced(text: &str) -> Vec<u8> {
    text.replace("\",\"", "\"\r\n\t,  \"").into_bytes()
}

fn chains() -> Vec<Case> {
    let rules = json!({
        "placement": "envelope", "max_hops": 3,
        "reward": {
            "amount": {"minor": 200, "currency": "CNY"}, "when": "opened", "per_person": 10, "until": NOW + 86400,
            "fund": "F-2026-01"
        }
    });
    let rewarded = Draft::gift().with("forward", rules).seal().forward(&client(0), None);
    let open = Draft::forwardable(4).seal();
    let sixteen =
        (0..16).fold(Draft::forwardable(16).seal(), |outer, n| outer.forward(&client(n), Some(&client(n + 1))));
    let (zero, one, two) = (client(0), client(1), client(2));
    let endorsed = Draft::addressed().seal().forward(&zero, Some(&one)).forward(&one, Some(&two));
    vec![
        Case::genuine("hop", &rewarded, "forwarded once, to whom it may concern"),
        Case::genuine("hop-note", &open.clone().forward(&zero, None).note(&zero, "新年好！\n给你的。"), "with words"),
        Case::genuine(
            "hop-note-kept",
            &open.clone().forward(&zero, None).note(&zero, "给你").forward(&one, None),
            "with the words of the forwarder before",
        ),
        Case::genuine("hop-again", &open.forward(&zero, None).forward(&zero, None), "twice by the same client"),
        Case::genuine("hops-endorsed", &endorsed, "addressed at every step, like a cheque"),
        Case::genuine("hops-sixteen", &sixteen, "as many forwardings as any packet may have"),
    ]
}

pub fn with_pictures(cover: &[u8], emblem: &[u8], picture: &[u8]) -> Draft {
    let set = |draft: Draft, parent: &str, name: &str, bytes: &[u8]| {
        let mut packet = draft.packet.clone();
        packet[parent][name] = integrity(bytes).into();
        Draft { packet, ..draft }
    };
    let draft = set(Draft::goods(), "envelope", "cover#integrity", cover);
    let draft = set(draft, "envelope", "emblem#integrity", emblem);
    set(draft, "contents", "picture#integrity", picture)
}

pub fn decoded(base64: &str) -> Vec<u8> {
    hongbao::jose::from_base64(base64).unwrap()
}

fn pictures() -> Vec<Case> {
    let (png, jpeg, webp) = (png(1, 1), decoded(JPEG), decoded(WEBP));
    let bare = with_pictures(&png, &webp, &jpeg).seal();
    let full = bare.clone().picture("image/png", &png).picture("image/webp", &webp).picture("image/jpeg", &jpeg);
    let shared = with_pictures(&png, &png, &png).seal().picture("image/png", &png);
    let missing = [["media", "not-done", "media-missing"]];
    vec![
        Case::genuine("pictures", &full, "a cover, an emblem and the goods, in three formats"),
        Case::genuine("picture-shared", &shared, "one picture named three times travels once"),
        Case::of("picture-missing", &bare.picture("image/png", &png), "genuine", &missing, "pictures may stay behind"),
    ]
}

fn links() -> Vec<Case> {
    let gift = Draft::gift().seal();
    let (zero, one) = (client(0), client(1));
    let chain = Draft::addressed().seal().forward(&zero, Some(&one)).forward(&one, None).note(&one, "给你");
    let goods = Draft::goods().seal();
    let pictures = with_pictures(&png(1, 1), &png(1, 1), &png(1, 1)).seal();
    let missing = [["media", "not-done", "media-missing"]];
    vec![
        Case::genuine("link", &gift, "a packet in one line of text").linked(gift.link()),
        Case::genuine("link-chain", &chain, "with forwardings and words").linked(chain.link()),
        Case::genuine("link-goods", &goods, "without voucher").linked(goods.link()),
        Case::of("link-pictures", &pictures, "genuine", &missing, "links carry no pictures").linked(pictures.link()),
    ]
}
