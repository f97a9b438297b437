//! Draws of lucky shares: asked for before a packet is signed, published when the voucher is closed, and judged by whoever
//! collected. What the shares are is computed in [`crate::packet::draw`].
//!
//! A publication names nobody. Each place carries a mark that only its collector and the two banks can make, so that a wallet
//! knows its own place again and the bank cannot give one place to two people.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Refusal;
use super::states::{UnknownState, words};
use crate::jose::{Digest, Jws, KeySet, Typ};
use crate::money::Amount;
use crate::packet::claims::{Contents, Mode};
use crate::packet::draw::{self, Seed};
use crate::packet::{Origin, Packet};

/// Most draws of one request.
pub const MAX_AT_ONCE: u32 = 1000;
/// Places of one page: a page is one signed message and must fit its size.
pub const PAGE: u32 = 200;
/// How long after a packet's `exp` its draw is published at the latest, in seconds: a bank's time of grace is at most half of it.
pub const PUBLISHED_WITHIN_SECONDS: i64 = 2 * 24 * 60 * 60;
/// Under what a collector's place is marked.
const MARK: &[u8] = b"hongbao/1 place\0";

/// What an applicant posts to [`super::routes::DRAWS`].
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawRequest {
    /// The request's id: the same id gets the same draws.
    pub request: Uuid,
    /// How many, 1 … [`MAX_AT_ONCE`].
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 1000))]
    pub count: u32,
}

/// The bank's answer: hashes of seeds, each for one packet.
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawAnswer {
    /// In the order in which the bank made them.
    pub draws: Vec<Digest>,
}

/// One place that was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which, from 1.
    pub place: u32,
    /// How much, in minor units of the pot's currency.
    pub minor: i64,
    /// Whose it is, recognisable by the collector alone ([`mark`]).
    pub mark: Digest,
}

/// The claims of `hongbao-draw+jwt`: a closed draw with one page of its places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawClaims {
    /// The issuing bank.
    pub iss: Origin,
    /// When the voucher was closed.
    pub iat: i64,
    /// The packet.
    pub packet: Digest,
    /// The voucher's number.
    pub voucher: String,
    /// The seed, whose hash is the packet's `draw`.
    pub seed: Seed,
    /// The pot.
    pub total: Amount,
    /// How many shares it was cut into.
    pub shares: u32,
    /// How many of them were paid: the first ones.
    pub paid: u32,
    /// Places behind this one.
    pub after: u32,
    /// In order, without gaps, [`PAGE`] or as many as there are.
    pub places: Vec<Place>,
}

/// The answer to `GET /v1/draws/<digest of the packet>?after=<place>`.
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawPage {
    /// The signed page, the same bytes forever.
    pub draw: String,
}

/// The mark of the collector who asked for `packet` with this salted digest of an account ([`super::collect::account_digest`]).
#[must_use]
pub fn mark(packet: &Digest, account: &Digest) -> Digest {
    Digest::of(&[MARK, packet.as_bytes(), account.as_bytes()].concat())
}

/// The path of a page, relative to the bank's origin.
#[must_use]
pub fn path(packet: &Digest, after: u32) -> String {
    format!("{}/{packet}?after={after}", super::routes::DRAWS)
}

/// Reads a page. What the bank says in it is not judged yet.
///
/// # Errors
/// [`Refusal`] when it is not that bank's page about that packet behind that place.
pub fn read(compact: &str, bank: &Origin, keys: &KeySet, packet: &Digest, after: u32) -> Result<DrawClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Draw)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    let claims: DrawClaims = jws.claims()?;
    if claims.iss != *bank || claims.packet != *packet || claims.after != after {
        return Err(Refusal::NotGenuine("the draw is another one"));
    }
    Ok(claims)
}

/// What a collector was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// At which place.
    pub place: u32,
    /// How much.
    pub amount: Amount,
    /// How that place must be marked.
    pub mark: Digest,
}

/// What a draw that holds proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many shares were computed again: all.
    pub shares: u32,
    /// How many were paid.
    pub paid: u32,
    /// How many of the paid ones were compared with what the bank published.
    pub compared: u32,
}

words! {
    /// In what a bank's published draw is wrong. The bank signed it, so each of these is its word against itself.
    Flaw {
        /// The seed is not the one whose hash the packet has.
        OtherSeed = "other-seed",
        /// The pot, the number of shares or the voucher is not the packet's.
        OtherTerms = "other-terms",
        /// A place was paid another amount than was drawn for it.
        OtherShares = "other-shares",
        /// Places are missing, too many or out of order, or two pages say different things.
        PlacesMissing = "places-missing",
        /// Two places have the same mark: one collector was paid twice.
        PlaceTwice = "place-twice",
        /// This collector was paid another amount than was drawn for the place.
        OwnAmount = "own-amount",
        /// The place that this collector was paid at is marked as somebody else's, or as not paid.
        OwnPlace = "own-place",
    }
}

/// Judges a published draw: computes every share again and compares them with the pages, and with what the collector was paid.
///
/// # Errors
/// The [`Flaw`] found first.
pub fn judge(packet: &Packet, voucher: &str, pages: &[DrawClaims], own: Option<&Own>) -> Result<Proof, Flaw> {
    let Contents::Bank { amount: pot, mode: Mode::Lucky, shares, draw: Some(draw), .. } = &packet.claims.contents
    else {
        return Err(Flaw::OtherTerms);
    };
    let first = pages.first().ok_or(Flaw::PlacesMissing)?;
    if first.seed.draw() != *draw {
        return Err(Flaw::OtherSeed);
    }
    if first.total != *pot || first.shares != *shares || first.voucher != voucher {
        return Err(Flaw::OtherTerms);
    }
    let drawn = draw::shares(&first.seed, &packet.id(), pot.minor, *shares).map_err(|_| Flaw::OtherTerms)?;
    let mut marks = BTreeSet::new();
    let mut compared = 0;
    for page in pages {
        check_page(page, first)?;
        for place in &page.places {
            if drawn_at(&drawn, place.place) != Some(place.minor) {
                return Err(Flaw::OtherShares);
            }
            if !marks.insert(place.mark) {
                return Err(Flaw::PlaceTwice);
            }
            compared += 1;
        }
    }
    own.map_or(Ok(()), |own| check_own(own, pot, &drawn, pages))?;
    Ok(Proof { shares: *shares, paid: first.paid, compared })
}

fn drawn_at(drawn: &[i64], place: u32) -> Option<i64> {
    drawn.get(usize::try_from(place.checked_sub(1)?).ok()?).copied()
}

/// A page says of the draw what the first one does, and has all the places it should have.
fn check_page(page: &DrawClaims, first: &DrawClaims) -> Result<(), Flaw> {
    let same = DrawClaims { after: first.after, places: first.places.clone(), ..page.clone() };
    let expected = page.paid.saturating_sub(page.after).min(PAGE);
    let consecutive = (1..).zip(&page.places).all(|(n, place)| page.after.checked_add(n) == Some(place.place));
    let whole = u32::try_from(page.places.len()) == Ok(expected);
    if same == *first && page.paid <= page.shares && whole && consecutive { Ok(()) } else { Err(Flaw::PlacesMissing) }
}

fn check_own(own: &Own, pot: &Amount, drawn: &[i64], pages: &[DrawClaims]) -> Result<(), Flaw> {
    if own.amount.currency != pot.currency || drawn_at(drawn, own.place) != Some(own.amount.minor) {
        return Err(Flaw::OwnAmount);
    }
    let published = pages.iter().flat_map(|page| &page.places).find(|place| place.place == own.place);
    if published.is_some_and(|place| place.mark == own.mark) { Ok(()) } else { Err(Flaw::OwnPlace) }
}

/// Behind which places pages must be read so that the page with `own` is among them: the one with it first, then the others
/// up to `most` places.
#[must_use]
pub fn pages(paid: u32, own: Option<u32>, most: u32) -> Vec<u32> {
    let of_own = own.map(|place| (place.saturating_sub(1)) / PAGE * PAGE);
    let others = (0..paid.min(most)).step_by(PAGE as usize).filter(|after| Some(*after) != of_own);
    of_own.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zeroize::Zeroizing;

    use super::*;
    use crate::jose::SigningKey;
    use crate::money::Currency;
    use crate::packet::Mode;

    fn key(number: u8) -> SigningKey {
        SigningKey::from_secret(&Zeroizing::new([number; 32]))
    }

    fn seed(number: u8) -> Seed {
        Seed::from_bytes(Zeroizing::new([number; 32]))
    }

    fn bank() -> Origin {
        Origin::parse("https://bank.example").unwrap()
    }

    fn packet(shares: u32) -> Packet {
        let claims = serde_json::json!({
            "iss": "https://shop.example", "jti": "019c68e5-8c00-7000-8000-000000000001", "iat": 1, "nbf": 1, "exp": 2,
            "campaign": "spring", "envelope": { "title": "Shop", "greeting": "恭喜发财", "serial": 1 },
            "contents": { "kind": "bank", "bank": bank(), "amount": { "minor": 8800, "currency": "CNY" },
                "mode": Mode::Lucky, "shares": shares, "draw": seed(7).draw(), "revocable": false }
        });
        Packet::read(Jws::sign(&key(1), Typ::Packet, &claims).unwrap().as_str()).unwrap()
    }

    fn mark_of(place: u32) -> Digest {
        mark(&Digest::of(b"packet"), &Digest::of(&place.to_be_bytes()))
    }

    /// What an honest bank says behind `after`.
    fn page(packet: &Packet, paid: u32, after: u32) -> DrawClaims {
        let shares = packet.claims.contents.shares();
        let drawn = draw::shares(&seed(7), &packet.id(), 8800, shares).unwrap();
        let places = (after + 1..=paid.min(after + PAGE))
            .map(|place| Place { place, minor: drawn[place as usize - 1], mark: mark_of(place) })
            .collect();
        let total = Amount::new(8800, Currency::CNY);
        let (iss, packet, voucher) = (bank(), packet.id(), "V-1".to_owned());
        DrawClaims { iss, iat: 9, packet, voucher, seed: seed(7), total, shares, paid, after, places }
    }

    fn own(page: &DrawClaims, at: usize) -> Own {
        let Place { place, minor, mark } = page.places[at].clone();
        Own { place, amount: Amount::new(minor, Currency::CNY), mark }
    }

    #[test]
    fn an_honest_draw_holds_whole_and_in_part() {
        let packet = packet(8);
        let whole = page(&packet, 8, 0);
        let proof = Proof { shares: 8, paid: 8, compared: 8 };
        assert_eq!(judge(&packet, "V-1", std::slice::from_ref(&whole), Some(&own(&whole, 2))), Ok(proof));
        let part = page(&packet, 3, 0);
        assert_eq!(judge(&packet, "V-1", &[part], None), Ok(Proof { paid: 3, compared: 3, ..proof }));
        assert_eq!(judge(&packet, "V-1", &[page(&packet, 0, 0)], None).unwrap().compared, 0);
    }

    #[test]
    fn every_way_to_cheat_has_its_name() {
        let packet = packet(8);
        let honest = page(&packet, 8, 0);
        let mine = own(&honest, 2);
        let told = |change: &dyn Fn(&mut DrawClaims)| {
            let mut page = honest.clone();
            change(&mut page);
            judge(&packet, "V-1", &[page], Some(&mine)).unwrap_err()
        };
        assert_eq!(told(&|it| it.seed = seed(8)), Flaw::OtherSeed);
        assert_eq!(told(&|it| it.total.minor += 1), Flaw::OtherTerms);
        assert_eq!(told(&|it| it.shares = 9), Flaw::OtherTerms);
        assert_eq!(told(&|it| it.voucher = "V-2".into()), Flaw::OtherTerms);
        assert_eq!(told(&|it| it.places[7].minor += 1), Flaw::OtherShares);
        assert_eq!(told(&|it| (it.places[0].minor, it.places[1].minor) = (1, 2)), Flaw::OtherShares);
        assert_eq!(told(&|it| it.places[7].mark = it.places[0].mark), Flaw::PlaceTwice);
        assert_eq!(told(&|it| it.places.truncate(7)), Flaw::PlacesMissing);
        assert_eq!(told(&|it| it.places.swap(0, 1)), Flaw::PlacesMissing);
        assert_eq!(told(&|it| it.paid = 7), Flaw::PlacesMissing);
        assert_eq!(told(&|it| it.places[2].mark = mark_of(99)), Flaw::OwnPlace);
        // Not paid at all, says the bank.
        assert_eq!(told(&|it| (it.paid, it.places) = (2, it.places[..2].to_vec())), Flaw::OwnPlace);
        let judged = |own: Own| judge(&packet, "V-1", std::slice::from_ref(&honest), Some(&own)).unwrap_err();
        let amount = Amount::new(mine.amount.minor - 1, Currency::CNY);
        assert_eq!(judged(Own { amount, ..mine.clone() }), Flaw::OwnAmount);
        assert_eq!(judged(Own { place: 9, ..mine.clone() }), Flaw::OwnAmount);
        assert_eq!(judge(&packet, "V-1", &[], None), Err(Flaw::PlacesMissing));
    }

    #[test]
    fn a_long_draw_comes_in_pages_that_agree() {
        let packet = packet(450);
        let all: Vec<_> = pages(450, Some(431), 1000).iter().map(|after| page(&packet, 450, *after)).collect();
        assert_eq!(all.iter().map(|page| page.after).collect::<Vec<_>>(), [400, 0, 200]);
        let mine = own(&all[0], 30);
        assert_eq!(judge(&packet, "V-1", &all, Some(&mine)).unwrap().compared, 450);
        assert_eq!(judge(&packet, "V-1", &all[..1], Some(&mine)).unwrap().compared, 50);
        let mut torn = all;
        torn[1].iat += 1;
        assert_eq!(judge(&packet, "V-1", &torn, Some(&mine)), Err(Flaw::PlacesMissing));
        assert_eq!((pages(0, None, 1000), pages(1_000_000, None, 400)), (vec![], vec![0, 200]));
    }

    #[test]
    fn a_page_is_one_banks_about_one_packet_and_fits_its_size() {
        let packet = packet(8);
        let (claims, id) = (page(&packet, 8, 0), packet.id());
        let compact = Jws::sign(&key(2), Typ::Draw, &claims).unwrap().as_str().to_owned();
        let keys = |number| KeySet { keys: vec![key(number).public()] };
        assert_eq!(read(&compact, &bank(), &keys(2), &id, 0), Ok(claims.clone()));
        let other = Origin::parse("https://other.example").unwrap();
        assert!(read(&compact, &other, &keys(2), &id, 0).is_err());
        assert!(read(&compact, &bank(), &keys(3), &id, 0).is_err());
        assert!(read(&compact, &bank(), &keys(2), &Digest::of(b"other"), 0).is_err());
        assert!(read(&compact, &bank(), &keys(2), &id, 200).is_err());

        let longest = Place { place: 1_000_000, minor: 1_000_000_000_000, mark: id };
        let places = vec![longest; PAGE as usize];
        let iss = Origin::parse(&format!("https://{}.example", "a".repeat(63))).unwrap();
        let full = DrawClaims { iss, voucher: "V".repeat(64), places, paid: 1_000_000, ..claims };
        assert!(Jws::sign(&key(2), Typ::Draw, &full).is_ok());
    }
}
