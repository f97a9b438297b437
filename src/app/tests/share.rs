//! The share card: the same input gives the same pixels, its code is read again, and no word leaves its place.

use super::fixture;
use crate::app::art::{SHARE_SIZE, ShareLayout};
use crate::app::format::Formats;
use crate::app::share::{Card, link_on};
use crate::app::text::{Language, Texts};
use crate::jose::Digest;
use crate::packet::Verdict;
use crate::wallet::Inspection;

/// A link so long: signed messages look like chance.
fn link(length: usize) -> String {
    let digests = (0_u32..).map(|at| Digest::of(&at.to_le_bytes()).to_string());
    let parts = digests.take(length / 40).collect::<String>();
    format!("hongbao:1?p={parts}").chars().take(length).collect()
}

fn card(inspection: &Inspection, link: Option<&str>, language: Language) -> Card {
    let formats = Formats { language, zone: jiff::tz::TimeZone::UTC };
    Card::of(inspection, None, (link, false), (&Texts::new(language), &formats))
}

fn inspection(title: &str, greeting: &str) -> Inspection {
    let known = fixture::inspection(fixture::id("card"));
    Inspection { title: Some(title.into()), greeting: Some(greeting.into()), ..known }
}

#[test]
fn the_code_is_read_again_at_full_and_at_half_size() {
    for length in [1500, 1700, 1860, 2100, 2500] {
        let link = link(length);
        let card = card(&inspection("临江银行", "新春纳福"), Some(&link), Language::Chinese);
        let png = card.png().unwrap();
        assert_eq!(png, card.png().unwrap(), "the same card has the same bytes");
        assert_eq!(link_on(&png).as_ref(), Some(&link), "{length}");
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!([picture.width(), picture.height()], SHARE_SIZE);
        let half = picture.resize_exact(540, 720, image::imageops::FilterType::Triangle);
        let mut bytes = std::io::Cursor::new(Vec::new());
        half.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        assert_eq!(link_on(&bytes.into_inner()), Some(link), "{length} at half size");
    }
}

#[test]
fn a_code_that_cannot_be_read_again_is_not_sent() {
    let known = inspection("临江银行", "新春纳福");
    let (right, wrong) = (link(1500), link(1600));
    let make = |link: Option<&str>| card(&known, link, Language::Chinese);
    let (file, has_link) = Card::file(Some(&right), make).unwrap();
    assert!(has_link && link_on(&file) == Some(right.clone()));
    // A card that was drawn with another link stands for one whose code a camera would read wrongly.
    let (file, has_link) = Card::file(Some(&right), |link| make(link.map(|_| wrong.as_str()))).unwrap();
    assert!(!has_link && link_on(&file).is_none());
}

#[test]
fn without_room_for_the_link_there_is_no_code() {
    let known = inspection("临江银行", "新春纳福");
    let (long, short) = (link(2700), link(1800));
    for (link, has_code) in [(None, false), (Some(long.as_str()), false), (Some(short.as_str()), true)] {
        let card = card(&known, link, Language::English);
        assert_eq!(card.has_code(), has_code);
        let said: Vec<String> = card.said().into_iter().map(|(_, _, text)| text).collect();
        let texts = Texts::new(Language::English);
        assert_eq!(said.contains(&texts.say("card-scan")), has_code, "{said:?}");
        assert_eq!(said.contains(&texts.say("card-file")), !has_code, "{said:?}");
        assert_eq!(link_on(&card.png().unwrap()).is_some(), has_code);
    }
}

#[test]
fn no_word_leaves_its_place() {
    let long = "May every single day of this year bring you and yours good news. ".repeat(4);
    let titles = ["福".repeat(64), "Mountain & Sea Books of the Old Harbour and the New Town, est. 19".into()];
    let greetings = [format!("{}\n{}", "恭喜发财".repeat(10), "愿你今年每一天都有好消息".repeat(12)), long];
    for language in Language::ALL {
        for (title, greeting) in titles.iter().zip(&greetings) {
            for link in [None, Some(link(1800))] {
                let card = card(&inspection(title, greeting), link.as_deref(), language);
                let layout = ShareLayout::of(card.has_code());
                let places = [
                    Some(layout.title.0),
                    Some(layout.greeting.0),
                    Some(layout.wish.0),
                    Some(layout.call.0),
                    Some(layout.what.0),
                    Some(layout.facts.0),
                    layout.hint.map(|hint| hint.0),
                    Some(layout.foot.0),
                ];
                for (rect, _, text) in card.said() {
                    let within = places.iter().flatten().any(|[left, top, width, height]| {
                        let place = egui::Rect::from_min_size(egui::pos2(*left, *top), egui::vec2(*width, *height));
                        place.expand(1.0).contains_rect(rect)
                    });
                    assert!(within, "{language}: {text} at {rect:?}");
                }
                let all = card.said();
                for (at, (one, _, text)) in all.iter().enumerate() {
                    assert!(
                        all[at + 1..].iter().all(|(other, ..)| !other.shrink(1.0).intersects(one.shrink(1.0))),
                        "{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_card_says_nothing_of_a_check() {
    for language in Language::ALL {
        let texts = Texts::new(language);
        for verdict in [Verdict::Genuine, Verdict::Unchecked] {
            let known =
                Inspection { verdict, checked_by: Some("临江银行".into()), ..inspection("福来", "新春") };
            let said = card(&known, Some(&link(1800)), language).said();
            for (_, _, text) in &said {
                assert!(!text.contains(&texts.say("issuer-checked")), "{text}");
                assert!(!text.chars().any(|c| ('\u{e000}'..'\u{f8ff}').contains(&c)), "no icon: {text}");
            }
            assert_eq!(said.iter().any(|(_, _, text)| text == "“福来”"), verdict == Verdict::Unchecked);
        }
    }
}
