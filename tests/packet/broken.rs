//! Vectors in which something is wrong, one thing each.

use hongbao::jose::{SigningKey, to_base64, to_base64url};
use serde_json::{Value, json};

use super::maker::{
    Draft, NOW, OTHER_BANK, Outer, bank_key, client, client_header, digest, id_of, jws, key, other_bank_key,
    party_header, png, raw_jws, set, shop_key, sorted, stranger_key,
};
use super::valid::{JPEG, decoded, goods_or_cash, lucky, reward, with_pictures};
use super::vectors::{Case, Content};

pub fn cases() -> Vec<Case> {
    let parts = [
        json_rules(),
        outer_rules(),
        jose_rules(),
        text_rules(),
        claim_rules(),
        voucher(),
        signatures(),
        hops(),
        notes(),
        pictures(),
        links(),
    ];
    parts.into_iter().flatten().collect()
}

/// A gift whose claims were changed as text and signed as they then stand.
fn claims_text(from: &str, to: &str) -> String {
    let draft = Draft::gift();
    let claims = sorted(&draft.packet);
    assert!(claims.contains(from), "{from}");
    let packet = raw_jws(&draft.packet_key, &sorted(&draft.packet_header), claims.replacen(from, to, 1).as_bytes());
    draft.seal_as(packet).text()
}

fn json_rules() -> Vec<Case> {
    let deep = format!(r#""serial":1,"deep":{}1{}"#, "[".repeat(15), "]".repeat(15));
    let serial = |name, to: &str, why| Case::malformed(name, claims_text(r#""serial":1"#, to), why);
    let amount = r#"{"currency":"CNY","minor":8800}"#;
    let gift = Draft::gift().seal().text();
    let not_utf8 = [b"{\"\xff\":1,".as_slice(), &gift.as_bytes()[1..]].concat();
    vec![
        serial("json-duplicate-claim", r#""serial":1,"serial":2"#, "which one is meant?"),
        serial("json-duplicate-escaped", r#""serial":1,"s\u0065rial":2"#, "the same name in another spelling"),
        serial("json-float", r#""serial":1.5"#, "numbers are integers"),
        serial("json-float-whole", r#""serial":1.0"#, "a whole float is a float"),
        serial("json-exponent", r#""serial":1e0"#, "an exponent makes it a float"),
        serial("json-minus-zero", r#""serial":1,"zero":-0"#, "zero has no sign"),
        serial("json-over-64-bits", r#""serial":9223372036854775808"#, "more than a signed 64-bit integer holds"),
        serial("json-null", r#""serial":1,"theme":null"#, "absent is absent, not null"),
        serial("json-null-unknown", r#""serial":1,"later":[null]"#, "nor in a claim that nobody knows"),
        serial("json-deep", &deep, "17 levels"),
        serial("json-lone-surrogate", r#""serial":1,"theme":"\ud83d""#, "half a character"),
        Case::malformed("json-array-for-object", claims_text(amount, r#"[8800,"CNY"]"#), "an array for an object"),
        Case::malformed("json-not-utf8", not_utf8, "a byte that is not UTF-8"),
        Case::malformed("json-bom", format!("\u{feff}{gift}"), "a byte order mark"),
        Case::malformed("json-two-documents", format!("{gift}{{}}"), "something after the end"),
        Case::malformed("json-cut", &gift.as_bytes()[..900], "the end is missing"),
        Case::malformed("json-empty", "", "no bytes at all"),
    ]
}

fn outer_rules() -> Vec<Case> {
    let gift = Draft::gift().seal();
    let text = gift.text();
    let member = |more: &str| text.replacen("{\"format\"", &format!("{{{more},\"format\""), 1);
    let version = |format: &str| text.replacen("hongbao/1", format, 1);
    let many = (0..17).fold(Draft::forwardable(16).seal(), |outer, n| outer.forward(&client(n), None));
    let four = (1..=4).fold(gift.clone(), |outer, width| outer.picture("image/png", &png(width, 1)));
    let array = format!(r#"["hongbao/1","{}","{}"]"#, gift.packet, gift.voucher.as_deref().unwrap_or_default());
    let newer = Case::malformed("outer-newer", version("hongbao/2"), "a later version of the format");
    let media_array = text.replacen('}', r#","media":[["image/png",""]]}"#, 1);
    let media_more = text.replacen('}', r#","media":[{"type":"image/png","data":"","alt":""}]}"#, 1);
    vec![
        Case { findings: vec![["form", "failed", "unknown-version"]], ..newer },
        Case::malformed("outer-other-format", version("other/1"), "another format"),
        Case::malformed("outer-no-format", text.replacen("\"format\":\"hongbao/1\",", "", 1), "no format"),
        Case::malformed("outer-no-packet", "{\"format\":\"hongbao/1\"}", "no packet"),
        Case::malformed("outer-unknown-member", member("\"paid\":true"), "unknown members are refused"),
        Case::malformed("outer-duplicate-member", member(&format!("\"packet\":\"{}\"", gift.packet)), "two packets"),
        Case::malformed("outer-null", member("\"note\":null"), "absent is absent, not null"),
        Case::malformed("outer-array", array, "an array for the object"),
        Case::malformed("outer-media-array", media_array, "an array for a picture"),
        Case::malformed("outer-media-unknown-member", media_more, "unknown members are refused in pictures, too"),
        Case::malformed("outer-hops-17", many.text(), "more forwardings than any packet may have"),
        Case::malformed("outer-media-4", four.text(), "more pictures than a packet can name"),
    ]
}

fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    // RFC 2104 over the library's SHA-256; the secret is never longer than a block.
    use hongbao::jose::Digest;
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(secret).for_each(|(byte, secret)| *byte ^= secret);
        block
    };
    let inner = Digest::of(&[&pad(0x36)[..], message].concat());
    Digest::of(&[&pad(0x5c)[..], inner.as_bytes()].concat()).as_bytes().to_vec()
}

/// A packet whose header was changed and signed as it then stands.
fn header(name: &'static str, member: &str, value: Value, why: &'static str) -> Case {
    Case::malformed(name, Draft::gift().header_with(member, value).seal().text(), why)
}

/// A packet whose compact form was changed.
fn compact(name: &'static str, change: impl FnOnce(&str) -> String, why: &'static str) -> Case {
    let draft = Draft::gift();
    let packet = draft.seal().packet;
    Case::malformed(name, draft.seal_as(change(&packet)).text(), why)
}

fn jose_rules() -> Vec<Case> {
    let shop = shop_key();
    let payload = to_base64url(sorted(&Draft::gift().packet).as_bytes());
    let hs256 = format!("{}.{payload}", to_base64url(sorted(&set_alg("HS256")).as_bytes()));
    let mac = to_base64url(&hmac_sha256(shop.public().as_bytes(), hs256.as_bytes()));
    let none = format!("{}.{payload}.", to_base64url(sorted(&set_alg("none")).as_bytes()));
    let with_jwk = jws(&shop, &client_header(&shop, "hongbao+jwt"), &Draft::gift().packet);
    let mut both = client_header(&shop, "hongbao+jwt");
    set(&mut both, "kid", id_of(&shop).into());
    let mut voucher_as_packet = Draft::gift();
    voucher_as_packet.voucher_header = party_header(&bank_key(), "hongbao+jwt");
    let weak = json!({"alg": "EdDSA", "typ": "hongbao-hop+jwt",
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(&[&[1_u8][..], &[0; 31]].concat())}});
    // From ed25519-speccheck, case 3: a point that is a good key plus one of small order.
    let mixed = json!({"alg": "EdDSA", "typ": "hongbao-hop+jwt",
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "zbJnzkDFzUUwb6XS8pcxRZOH2_nrkzt71a7Zp2W4jU0"}});
    let hop_with = |header: &Value| {
        let mut outer = Draft::forwardable(4).seal();
        let claims = outer.hop_claims(None);
        outer.hops.push(jws(&client(0), header, &claims));
        outer.text()
    };
    vec![
        compact("jose-alg-none", |_| none, "no signature at all"),
        compact("jose-alg-hs256", |_| format!("{hs256}.{mac}"), "the public key used as a secret"),
        header("jose-alg-ed25519", "alg", "Ed25519".into(), "the algorithm has one name here"),
        header("jose-typ-jwt", "typ", json!("JWT"), "not said to be a packet"),
        header("jose-typ-case", "typ", "hongbao+JWT".into(), "another spelling"),
        Case::malformed("jose-typ-swapped", voucher_as_packet.seal().text(), "a voucher that says it is a packet"),
        header("jose-crit", "crit", json!(["exp"]), "no extension is understood"),
        header("jose-crit-null", "crit", Value::Null, "not even an empty one"),
        header("jose-b64", "b64", json!(false), "an unencoded payload"),
        header("jose-kid-short", "kid", "shop".into(), "a kid is a thumbprint"),
        compact("jose-jwk-for-kid", |_| with_jwk, "a party's key never comes from the message"),
        compact("jose-jwk-and-kid", |_| jws(&shop, &both, &Draft::gift().packet), "which key is meant?"),
        Case::malformed("jose-jwk-weak", hop_with(&weak), "a key of small order"),
        Case::malformed("jose-jwk-torsion", hop_with(&mixed), "a key with a torsion component"),
        Case::malformed(
            "jose-hop-kid",
            hop_with(&party_header(&client(0), "hongbao-hop+jwt")),
            "a client's key is missing",
        ),
        compact("jose-padding", |jws| format!("{jws}=="), "base64url with padding"),
        compact("jose-spare-bits", spare_bits, "the last character carries bits that nobody reads"),
        compact("jose-four-parts", |jws| format!("{jws}.e30"), "four parts"),
        compact("jose-space", |jws| jws.replacen('.', " .", 1), "white space"),
        compact("jose-standard-alphabet", |jws| jws.replace(['-', '_'], "+"), "base64, not base64url"),
        compact("jose-short-signature", |jws| jws[..jws.len() - 2].to_owned(), "63 bytes of signature"),
    ]
}

fn set_alg(alg: &str) -> Value {
    json!({"alg": alg, "typ": "hongbao+jwt", "kid": id_of(&shop_key())})
}

/// 64 bytes end in a character of which two bits are used: sets a third.
fn spare_bits(jws: &str) -> String {
    let (rest, last) = jws.split_at(jws.len() - 1);
    let other = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    format!("{rest}{other}")
}

fn claim(name: &'static str, path: &str, value: Value, why: &'static str) -> Case {
    Case::malformed(name, Draft::gift().with(path, value).seal().text(), why)
}

fn text_rules() -> Vec<Case> {
    let title = |name, text: &str, why| claim(name, "envelope.title", text.into(), why);
    let long_note = Draft::forwardable(4).seal().forward(&client(0), None).note(&client(0), &"福".repeat(141));
    vec![
        title("text-title-long", &"福".repeat(65), "65 characters"),
        title("text-title-stacked", &format!("a{}", "\u{301}".repeat(300)), "one character of 601 bytes"),
        title("text-title-empty", "", "empty"),
        title("text-title-blank", " \u{3000}", "only white space"),
        title("text-title-joiners", "\u{200d}\u{fe0f}", "nothing to see"),
        title("text-title-filler", "\u{3164}", "a filler shows as nothing"),
        title("text-title-lines", "two\nlines", "a title is one line"),
        title("text-title-bidi", "Example \u{202e}knaB", "an override turns the text around"),
        title("text-title-isolate", "Example \u{2067}knaB", "an isolate does, too"),
        title("text-title-tag", "Example\u{e0041}", "a tag character is invisible"),
        title("text-title-zero-width", "Exam\u{200b}ple", "a zero-width space imitates another name"),
        claim("text-greeting-control", "envelope.greeting", "a\u{7}b".into(), "a control character"),
        claim("text-greeting-return", "envelope.greeting", "a\r\nb".into(), "lines end in a line feed alone"),
        claim("text-greeting-long", "envelope.greeting", "喜".repeat(501).into(), "501 characters"),
        Case::malformed("text-note-long", long_note.text(), "141 characters"),
    ]
}

fn claim_rules() -> Vec<Case> {
    let cny = |minor: i64| json!({"minor": minor, "currency": "CNY"});
    let uuid = "019c68e5-8c00-7000-8000-000000000001";
    let goods = |name, path, value, why| Case::malformed(name, Draft::goods().with(path, value).seal().text(), why);
    let total = Draft::gift().with("contents.amount", cny(1_000_000_000_000)).with("contents.shares", 2.into());
    let many = lucky().with("contents.shares", 8801.into());
    let forwardable = reward().with("forward", json!({"placement": "both", "max_hops": 1}));
    let missing = |path: &str| claims_text(path, "\"other\":0,");
    vec![
        claim("claim-amount-zero", "contents.amount", cny(0), "nothing"),
        claim("claim-amount-negative", "contents.amount", cny(-1), "less than nothing"),
        claim("claim-amount-over", "contents.amount", cny(1_000_000_000_001), "more than any packet carries"),
        claim("claim-amount-text", "contents.amount", "88.00CNY".into(), "an amount is an object of two members"),
        claim("claim-currency", "contents.amount.currency", "cny".into(), "three capital letters"),
        Case::malformed("claim-total-over", total.seal().text(), "the shares together are over the limit"),
        claim("claim-shares-zero", "contents.shares", 0.into(), "for nobody"),
        claim("claim-shares-over", "contents.shares", 1_000_001.into(), "over a million"),
        claim("claim-mode", "contents.mode", "auction".into(), "no such mode"),
        claim("claim-kind", "contents.kind", "stock".into(), "no such contents"),
        claim("claim-lucky-without-draw", "contents.mode", "lucky".into(), "shares that nobody can check"),
        claim("claim-draw-in-each", "contents.draw", digest("").into(), "nothing to draw"),
        Case::malformed("claim-lucky-thin", many.seal().text(), "fewer minor units than shares"),
        claim("claim-max-hops-zero", "forward", json!({"placement": "both", "max_hops": 0}), "say nothing instead"),
        claim("claim-max-hops-over", "forward", json!({"placement": "both", "max_hops": 17}), "over 16"),
        claim("claim-placement", "forward", json!({"placement": "back", "max_hops": 1}), "no such place"),
        Case::malformed("claim-reward-forwardable", forwardable.seal().text(), "one level of rewards, by design"),
        claim("claim-exp", "exp", NOW.into(), "it ends when it begins"),
        claim("claim-exp-far", "exp", 253_402_300_800_i64.into(), "the year 10000"),
        claim("claim-iat-negative", "iat", (-1).into(), "before 1970"),
        claim("claim-serial-zero", "envelope.serial", 0.into(), "numbers begin at 1"),
        claim("claim-iss-path", "iss", "https://shop.example/".into(), "an origin has no path"),
        claim("claim-iss-case", "iss", "https://Shop.example".into(), "another spelling"),
        claim("claim-iss-port", "iss", "https://shop.example:443".into(), "the default port is left out"),
        claim("claim-iss-dot", "iss", "https://shop.example.".into(), "another spelling"),
        claim("claim-iss-number", "iss", "https://10.1".into(), "an address in short"),
        claim("claim-iss-ipv6", "iss", "https://[0:0::1]".into(), "an address in long"),
        claim("claim-iss-http", "iss", "http://shop.example".into(), "plain http, and not this machine"),
        claim("claim-jti-spelling", "jti", uuid.to_uppercase().into(), "a UUID is written in lower case"),
        claim("claim-jti-plain", "jti", uuid.replace('-', "").into(), "and with its hyphens"),
        claim("claim-cnf", "cnf", json!({"jkt": "somebody"}), "a thumbprint has 43 characters"),
        claim("claim-integrity", "envelope.cover#integrity", "sha256-AAAA".into(), "not a SHA-256"),
        claim("claim-campaign-long", "campaign", "c".repeat(65).into(), "65 characters"),
        Case::malformed("claim-missing", missing("\"exp\":1772582400,"), "no end"),
        goods("claim-goods-lucky", "contents.mode", "lucky".into(), "goods are not drawn by lot"),
        goods("claim-goods-none", "contents.quantity", 0.into(), "no goods"),
        goods("claim-goods-gtin", "contents.gtin", "6901028075832".into(), "a GTIN whose check digit does not fit"),
        goods("claim-goods-gtin-short", "contents.gtin", "69010280758".into(), "eleven digits"),
        goods("claim-goods-handover", "contents.handover", "by-owl".into(), "an unknown way"),
        Case::malformed(
            "claim-cash-zero",
            goods_or_cash().with("contents.cash.amount", cny(0)).seal().text(),
            "no money instead",
        ),
        Case::malformed(
            "claim-cash-over",
            goods_or_cash().with("contents.cash.amount", cny(1_000_000_000_000)).seal().text(),
            "the shares together are over the limit",
        ),
    ]
}

fn voucher() -> Vec<Case> {
    let other = Draft::gift().with("envelope.serial", 2.into()).seal();
    let swapped = Outer { voucher: other.voucher, ..Draft::gift().seal() };
    let missing = Outer { voucher: None, ..Draft::gift().seal() };
    let cash_missing = Outer { voucher: None, ..goods_or_cash().seal() };
    let cash_short = goods_or_cash().voucher_with("frozen.minor", 33_600.into());
    let cash_bank = goods_or_cash().with("contents.cash.bank", OTHER_BANK.into());
    let unexpected = Outer { voucher: Draft::gift().seal().voucher, ..Draft::goods().seal() };
    let applicant = Draft::gift().voucher_with("applicant.origin", "https://thief.example".into());
    let by_other_bank = Draft::gift().voucher_with("iss", OTHER_BANK.into()).vouched_by(other_bank_key());
    let signature_and_match = |reason| [["voucher-signature", "failed", reason], ["voucher-match", "failed", reason]];
    vec![
        Case::of(
            "voucher-missing",
            &missing,
            "not-genuine",
            &signature_and_match("voucher-missing"),
            "money without a bank",
        ),
        Case::of(
            "cash-voucher-missing",
            &cash_missing,
            "not-genuine",
            &signature_and_match("voucher-missing"),
            "money instead of goods, without a bank",
        ),
        Case::broken("cash-voucher-short", &cash_short.seal(), "voucher-match", "other-amount", "not for all shares"),
        Case::broken("cash-voucher-bank", &cash_bank.seal(), "voucher-match", "other-bank", "another bank's money"),
        Case::broken(
            "voucher-unexpected",
            &unexpected,
            "voucher-match",
            "voucher-unexpected",
            "goods with a bank voucher",
        ),
        Case::broken("voucher-swapped", &swapped, "voucher-match", "other-packet", "the voucher of another packet"),
        Case::broken(
            "voucher-applicant",
            &applicant.seal(),
            "voucher-match",
            "other-applicant",
            "issued for someone else",
        ),
        Case::broken(
            "voucher-bank",
            &by_other_bank.seal(),
            "voucher-match",
            "other-bank",
            "a good bank, but not the one named",
        ),
        voucher_amount("voucher-amount", "frozen.minor", 8799.into(), "the bank froze less"),
        voucher_amount("voucher-amount-more", "frozen.minor", 8801.into(), "the bank froze more"),
        voucher_amount("voucher-currency", "frozen.currency", "JPY".into(), "the bank froze something else"),
        Case::broken(
            "voucher-strange-key",
            &Draft::gift().vouched_by(stranger_key()).seal(),
            "voucher-signature",
            "bank-key-unknown",
            "a key that is not the bank's",
        ),
        Case::broken(
            "voucher-by-shop",
            &Draft::gift().vouched_by(shop_key()).seal(),
            "voucher-signature",
            "bank-key-unknown",
            "the issuer vouches for itself",
        ),
        Case::malformed(
            "voucher-number-long",
            Draft::gift().voucher_with("number", "V".repeat(65).into()).seal().text(),
            "65 characters",
        ),
    ]
}

fn voucher_amount(name: &'static str, path: &str, value: Value, why: &'static str) -> Case {
    Case::broken(name, &Draft::gift().voucher_with(path, value).seal(), "voucher-match", "other-amount", why)
}

/// Signed with one key, named as another's.
fn forged(draft: Draft, by: SigningKey) -> Draft {
    Draft { packet_key: by, ..draft }
}

/// S + L: another spelling of the same signature, which lenient checks accept.
fn malleable(jws: &str) -> String {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let (signed, signature) = jws.rsplit_once('.').unwrap();
    let mut signature = hongbao::jose::from_base64url(signature).unwrap();
    let mut carry = 0;
    for (byte, more) in signature[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    format!("{signed}.{}", to_base64url(&signature))
}

fn signatures() -> Vec<Case> {
    let goods = Draft::goods();
    let gift = Draft::gift().seal();
    let malleable_voucher = gift.voucher.as_deref().map(malleable);
    let forged_voucher = Draft { voucher_key: stranger_key(), ..Draft::gift() };
    let (cut, _) = goods.seal().packet.rsplit_once('.').map(|(signed, s)| (signed.to_owned(), s.len())).unwrap();
    let zeros = goods.seal_as(format!("{cut}.{}", to_base64url(&[0; 64])));
    let unsure = [["voucher-signature", "not-done", "bank-unknown"], ["packet-signature", "failed", "signature"]];
    let packet = |name, outer: &Outer, reason, why| Case::broken(name, outer, "packet-signature", reason, why);
    vec![
        packet("signature-packet", &forged(goods.clone(), stranger_key()).seal(), "signature", "named as the issuer's"),
        packet("signature-zeros", &zeros, "signature", "64 zero bytes"),
        packet("signature-malleable", &goods.seal_as(malleable(&goods.seal().packet)), "signature", "S + L"),
        packet(
            "issuer-strange-key",
            &goods.clone().signed_by(stranger_key()).seal(),
            "issuer-key-unknown",
            "not its key",
        ),
        packet("issuer-moved", &goods.seal(), "issuer-key-unknown", "a retired key, and no bank vouches for goods")
            .trusting("issuer-with-another-key"),
        packet("issuer-forged", &forged(Draft::gift(), stranger_key()).seal(), "signature", "though a bank vouches"),
        Case::of(
            "signature-bank-unknown",
            &forged(Draft::gift(), stranger_key()).seal(),
            "not-genuine",
            &unsure,
            "one failed check outweighs one that could not be done",
        )
        .trusting("issuers"),
        Case::broken(
            "signature-voucher",
            &forged_voucher.seal(),
            "voucher-signature",
            "signature",
            "named as the bank's",
        ),
        Case::broken(
            "signature-voucher-malleable",
            &Outer { voucher: malleable_voucher, ..gift },
            "voucher-signature",
            "signature",
            "S + L",
        ),
    ]
}

fn hops() -> Vec<Case> {
    let (zero, one, two) = (client(0), client(1), client(2));
    let open = Draft::forwardable(4).seal();
    let chain = open.clone().forward(&zero, None).forward(&one, None).forward(&two, None);
    let picked = |from: &Outer, hops: &[usize]| Outer {
        hops: hops.iter().map(|at| from.hops[*at].clone()).collect(),
        ..from.clone()
    };
    let other = Draft::forwardable(4).with("envelope.serial", 2.into()).seal().forward(&zero, None);
    let changed = |path, value| {
        let outer = open.clone().forward(&zero, None);
        let mut claims = outer.hop_claims(None);
        set(&mut claims, path, value);
        outer.hop(&one, &claims)
    };
    let cut_middle = {
        let mut last = chain.hop_claims(None);
        set(&mut last, "n", 2.into());
        picked(&chain, &[0]).hop(&two, &last)
    };
    let endorsed = Draft::addressed().seal();
    let stolen = endorsed.clone().forward(&zero, Some(&one)).forward(&two, None);
    let forged = {
        let claims = open.hop_claims(None);
        Outer { hops: vec![jws(&one, &client_header(&zero, "hongbao-hop+jwt"), &claims)], ..open.clone() }
    };
    let hop = |name, outer: &Outer, reason, why| Case::broken(name, outer, "hops", reason, why);
    vec![
        hop("hop-forbidden", &Draft::gift().seal().forward(&zero, None), "not-forwardable", "it may not be forwarded"),
        hop(
            "hop-too-many",
            &(0..3).fold(Draft::forwardable(2).seal(), |o, n| o.forward(&client(n), None)),
            "too-many-hops",
            "three, where two are allowed",
        ),
        hop("hop-forged", &forged, "signature", "signed by someone else"),
        hop("hop-malleable", &Outer { hops: vec![malleable(&chain.hops[0])], ..chain.clone() }, "signature", "S + L"),
        hop("hop-first-cut", &picked(&chain, &[1, 2]), "hop-order", "the first is cut off"),
        hop("hop-middle-cut", &picked(&chain, &[0, 2]), "hop-order", "the middle is cut out"),
        hop("hop-reordered", &picked(&chain, &[1, 0, 2]), "hop-order", "in another order"),
        hop("hop-duplicated", &picked(&chain, &[0, 0]), "hop-order", "the same twice"),
        hop("hop-number", &changed("n", 3.into()), "hop-order", "a number left out"),
        hop("hop-regrafted", &cut_middle, "hop-elsewhere", "renumbered, but it follows on another"),
        hop("hop-other-packet", &Outer { hops: other.hops, ..open.clone() }, "hop-elsewhere", "of another packet"),
        hop("hop-previous", &changed("prev", digest(&open.packet).into()), "hop-elsewhere", "it follows on the packet"),
        hop("hop-not-addressee", &endorsed.clone().forward(&one, None), "hop-not-holder", "the packet is for another"),
        hop("hop-stolen", &stolen, "hop-not-holder", "it was forwarded to another"),
        Case::malformed("hop-number-zero", changed("n", 0.into()).text(), "numbers begin at 1"),
        Case::malformed("hop-time", changed("iat", (-1).into()).text(), "before 1970"),
        Case::malformed("hop-to", changed("to", "friend".into()).text(), "a thumbprint has 43 characters"),
    ]
}

fn notes() -> Vec<Case> {
    let (zero, one) = (client(0), client(1));
    let once = Draft::forwardable(4).seal().forward(&zero, None);
    let mixed = {
        let claims = json!({"hop": digest(&once.hops[0]), "text": "for you"});
        let note = jws(&one, &client_header(&one, "hongbao-note+jwt"), &claims);
        Outer { note: Some(note), ..once.clone().forward(&one, None) }
    };
    let grafted = {
        let other = Draft::forwardable(4).seal().forward(&zero, Some(&one)).note(&zero, "for you");
        Outer { note: other.note, ..once.clone() }
    };
    let forged = {
        let claims = json!({"hop": digest(&once.hops[0]), "text": "for you"});
        Outer { note: Some(jws(&one, &client_header(&zero, "hongbao-note+jwt"), &claims)), ..once.clone() }
    };
    let note = |name, outer: &Outer, reason, why| Case::broken(name, outer, "note", reason, why);
    vec![
        note("note-by-another", &once.clone().note(&one, "for you"), "note-elsewhere", "not the forwarder's"),
        note("note-of-other-hop", &mixed, "note-elsewhere", "names a forwarding of somebody else"),
        note("note-grafted", &grafted, "note-elsewhere", "of a forwarding that is not in this chain"),
        note("note-without-hop", &Draft::gift().seal().note(&zero, "for you"), "note-elsewhere", "nobody forwarded"),
        note("note-forged", &forged, "signature", "signed by someone else"),
    ]
}

fn pictures() -> Vec<Case> {
    let small = png(1, 1);
    let named = with_pictures(&small, &small, &small).seal();
    let mut altered = small.clone();
    *altered.last_mut().unwrap() ^= 1;
    let of = |bytes: &[u8], kind| with_pictures(bytes, bytes, bytes).seal().picture(kind, bytes);
    let raw = |data: String| Outer { media: vec![("image/png", data)], ..named.clone() };
    let media = |name, outer: &Outer, reason, why| Case::broken(name, outer, "media", reason, why);
    let malformed = |name, outer: &Outer, why| media(name, outer, "media-malformed", why);
    vec![
        media("media-altered", &named.clone().picture("image/png", &altered), "media-unexpected", "not the one named"),
        media("media-twice", &of(&small, "image/png").picture("image/png", &small), "media-unexpected", "there twice"),
        media("media-extra", &Draft::gift().seal().picture("image/png", &small), "media-unexpected", "nobody named it"),
        malformed("media-mistyped", &of(&decoded(JPEG), "image/png"), "a JPEG that says it is a PNG"),
        malformed("media-svg", &of(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), "no such format"),
        malformed("media-too-wide", &of(&png(2049, 1), "image/png"), "2049 pixels wide"),
        malformed("media-huge", &of(&png(1 << 31, 1 << 31), "image/png"), "it claims 2^62 pixels"),
        malformed("media-cut", &of(&small[..20], "image/png"), "no size to be read"),
        malformed("media-unpadded", &raw(to_base64(&small).trim_end_matches('=').to_owned()), "base64 without padding"),
        malformed("media-not-base64", &raw("not base64".into()), "not base64"),
    ]
}

fn links() -> Vec<Case> {
    let (zero, gift) = (client(0), Draft::gift().seal());
    let chain = Draft::forwardable(4).seal().forward(&zero, None);
    let link = |name, link: String, why| Case { content: Content::Link(link), ..Case::malformed(name, "", why) };
    let voucher = gift.voucher.clone().unwrap_or_default();
    let long = (0..16).fold(Draft::forwardable(16).seal(), |outer, n| outer.forward(&client(n), Some(&key(n)))).link();
    let long = format!("{long}&n={}", "A".repeat(16 * 1024 + 1 - long.len().min(16 * 1024)));
    let reordered = format!("hongbao:1?v={voucher}&p={}", gift.packet);
    let hops_first = format!("hongbao:1?p={}&h={}&v={voucher}", chain.packet, chain.hops[0]);
    vec![
        Case { findings: vec![["size", "failed", "too-large"]], ..link("link-too-long", long, "over 16 KiB") },
        link("link-version", gift.link().replacen(":1?", ":2?", 1), "another version of links"),
        link("link-scheme", gift.link().replacen("hongbao:", "HONGBAO:", 1), "one spelling"),
        link("link-space", format!("{}\n", gift.link()), "white space: whoever pastes it, trims it"),
        link("link-reordered", reordered, "packet, voucher, forwardings, words: in this order"),
        link("link-voucher-late", hops_first, "packet, voucher, forwardings, words: in this order"),
        link("link-twice", format!("{}&v={voucher}", gift.link()), "two vouchers"),
        link("link-unknown", format!("{}&x=1", gift.link()), "unknown parts are refused"),
        link("link-empty", "hongbao:1?".into(), "nothing in it"),
        link("link-fragment", format!("{}#top", gift.link()), "no fragment"),
        link("link-cut", gift.link()[..500].to_owned(), "the end is missing"),
    ]
}
