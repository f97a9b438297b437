//! Laws that hold for every packet, not just for the samples.

use hongbao::jose::{Jws, Typ};
use hongbao::money::{Amount, Currency};
use hongbao::packet::chain::{self, NextHop};
use hongbao::packet::{Origin, PacketFile, Verdict, link, text, verify};
use proptest::prelude::*;

use super::maker::{Draft, client};
use super::vectors::trust_all;

/// The program's own forwarding, by these clients in turn; each one's `to` names the next when its flag says so.
fn forwarded(holders: &[(u8, bool)]) -> PacketFile {
    let start = PacketFile::read(Draft::forwardable(16).seal().text().as_bytes()).unwrap();
    holders.iter().enumerate().fold(start, |file, (at, (by, addressed))| {
        let to = holders.get(at + 1).filter(|_| *addressed).map(|(next, _)| client(*next).public().thumbprint());
        let jti = uuid::Builder::from_unix_timestamp_millis(at as u64, &[*by; 10]).into_uuid();
        let next = NextHop { jti, iat: at as i64, to, note: (*by % 2 == 0).then_some("给你") };
        chain::forward(&file, &client(*by), &next).unwrap()
    })
}

fn verdict(file: &PacketFile) -> Verdict {
    verify(file, &trust_all()).verdict
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_of_any_holders_is_genuine_and_no_other_order_of_it(
        holders in prop::collection::vec((0..6_u8, any::<bool>()), 1..=16),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 2..5),
    ) {
        let file = forwarded(&holders);
        prop_assert_eq!(verdict(&file), Verdict::Genuine);
        prop_assert_eq!(&PacketFile::read(&file.to_bytes()).unwrap(), &file);
        prop_assert_eq!(PacketFile::read(&file.to_bytes()).unwrap().to_bytes(), file.to_bytes());

        let (one, two) = (picks[0].index(holders.len()), picks[1].index(holders.len()));
        if one != two {
            let mut swapped = PacketFile { note: None, ..file.clone() };
            swapped.hops.swap(one, two);
            prop_assert_eq!(verdict(&swapped), Verdict::NotGenuine);
        }
        if one + 1 < holders.len() {
            let mut cut = PacketFile { note: None, ..file.clone() };
            cut.hops.remove(one);
            prop_assert_eq!(verdict(&cut), Verdict::NotGenuine, "cut in the middle");
        }
        // Whoever holds a chain can cut its end: what is left is what an earlier holder had.
        let mut shorter = PacketFile { note: None, ..file };
        shorter.hops.truncate(one);
        prop_assert_eq!(verdict(&shorter), Verdict::Genuine);
    }

    #[test]
    fn bytes_never_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(PacketFile::read(&bytes).is_err());
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(link::read(&text).is_err());
        let in_a_link = format!("hongbao:1?p={text}");
        prop_assert!(link::read(&in_a_link).is_err());
        prop_assert!(Jws::parse(&text, Typ::Hop).is_err());
        let _ = (Origin::parse(&text), Origin::from_input(&text), text.parse::<Amount>(), text::GREETING.check(&text));
    }

    /// Packets whose claims are any JSON: signed well, read or refused, never a panic.
    #[test]
    fn any_claims_are_read_or_refused(member in 0..12_usize, value in json()) {
        let names = [
            "iss", "jti", "iat", "exp", "cnf", "campaign", "envelope", "contents", "forward", "reward_for",
            "envelope.title", "contents.amount",
        ];
        let outer = Draft::gift().with(names[member], value).seal();
        if let Ok(file) = PacketFile::read(outer.text().as_bytes()) {
            let _ = verify(&file, &trust_all());
            prop_assert_eq!(PacketFile::read(&file.to_bytes()).unwrap(), file);
        }
    }

    #[test]
    fn an_amount_is_what_it_shows(minor in 0..=i64::MAX, code in "CNY|EUR|JPY|KWD|USD|XOF") {
        let currency: Currency = code.parse().unwrap();
        let amount = Amount::new(minor, currency);
        prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
    }

    #[test]
    fn an_origin_has_one_spelling(text in "(https?://)?[a-zA-Z0-9.:\\[\\]-]{1,20}") {
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert_eq!(origin.as_str(), &text);
            prop_assert_eq!(Origin::from_input(&text.to_uppercase()).unwrap(), origin);
        }
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec(("[a-z_]{1,8}", inner), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}
