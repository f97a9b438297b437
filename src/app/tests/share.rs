//! The share card: the same input gives the same pixels, its code is read again, and no word leaves its place.

use super::fixture;
use crate::app::format::Formats;
use crate::app::share::{Card, worsened};
use crate::app::text::{Language, Texts};
use crate::art::{SHARE_SIZE, ShareLayout};
use crate::packet::{PacketFile, Verdict, picture};
use crate::wallet::{Inspection, link_on};

/// A short link whose host has so many letters.
fn link(host: usize) -> String {
    format!("https://{}.example/p/Gl5UFZMdyqb6PEX2e3YwtQ", "a.".repeat(host / 2).trim_end_matches('.'))
}

fn packet() -> PacketFile {
    PacketFile::read(include_bytes!("../../../tests/vectors/packets/gift.hongbao")).unwrap()
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
fn the_code_is_read_again_after_a_chat_made_it_worse() {
    for host in [10, 24, 60, 120] {
        let link = link(host);
        let card = card(&inspection("临江银行", "新春纳福"), Some(&link), Language::Chinese);
        let png = card.png(Some(&packet())).unwrap();
        assert_eq!(png, card.png(Some(&packet())).unwrap(), "the same card has the same bytes");
        assert_eq!(link_on(&png).as_ref(), Some(&link), "{host}");
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!([picture.width(), picture.height()], SHARE_SIZE);
        let worse = worsened(&png).unwrap();
        let small = image::load_from_memory(&worse).unwrap();
        assert_eq!([small.width(), small.height()], [540, 720]);
        assert_eq!(link_on(&worse), Some(link), "{host}, made worse");
    }
}

#[test]
fn the_packet_is_in_the_cards_file_with_a_code_or_without() {
    let known = inspection("临江银行", "新春纳福");
    for link in [None, Some(link(20))] {
        let (file, has_link) =
            Card::file(&packet(), link.as_deref(), |link| card(&known, link, Language::English)).unwrap();
        assert_eq!(has_link, link.is_some());
        assert_eq!(picture::read(&file), Ok(Some(packet().to_bytes())));
        assert_eq!(picture::read(&worsened(&file).unwrap()), Ok(None), "a chat that makes it smaller loses it");
    }
}

#[test]
fn a_code_that_cannot_be_read_again_is_not_sent() {
    let known = inspection("临江银行", "新春纳福");
    let (right, wrong) = (link(20), link(30));
    // A card that was drawn with another link stands for one whose code a camera would read wrongly.
    let make = |link: Option<&str>| card(&known, link.map(|_| wrong.as_str()), Language::Chinese);
    let (file, has_link) = Card::file(&packet(), Some(&right), make).unwrap();
    assert!(!has_link && link_on(&file).is_none());
}

#[test]
fn without_a_link_or_room_for_one_there_is_no_code_and_the_card_says_how_to_send_it() {
    let known = inspection("临江银行", "新春纳福");
    let (long, short) = (link(500), link(20));
    for (link, has_code) in [(None, false), (Some(long.as_str()), false), (Some(short.as_str()), true)] {
        for language in Language::ALL {
            let card = card(&known, link, language);
            assert_eq!(card.has_code(), has_code);
            let said: Vec<String> = card.said().into_iter().map(|(_, _, text)| text).collect();
            let texts = Texts::new(language);
            assert_eq!(said.contains(&texts.say("card-scan")), has_code, "{said:?}");
            assert_eq!(said.contains(&texts.say("card-original")), !has_code, "{said:?}");
        }
    }
}

#[test]
fn no_word_leaves_its_place() {
    let long = "May every single day of this year bring you and yours good news. ".repeat(4);
    let titles = ["福".repeat(64), "Mountain & Sea Books of the Old Harbour and the New Town, est. 19".into()];
    let greetings = [format!("{}\n{}", "恭喜发财".repeat(10), "愿你今年每一天都有好消息".repeat(12)), long];
    for language in Language::ALL {
        for (title, greeting) in titles.iter().zip(&greetings) {
            for link in [None, Some(link(20))] {
                let card = card(&inspection(title, greeting), link.as_deref(), language);
                let layout = ShareLayout::of(card.has_code());
                let places = [
                    Some(layout.title.0),
                    Some(layout.greeting.0),
                    Some(layout.wish.0),
                    Some(layout.call.0),
                    Some(layout.what.0),
                    Some(layout.facts.0),
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
            let said = card(&known, Some(&link(20)), language).said();
            for (_, _, text) in &said {
                assert!(!text.contains(&texts.say("issuer-checked")), "{text}");
                assert!(!text.chars().any(|c| ('\u{e000}'..'\u{f8ff}').contains(&c)), "no icon: {text}");
            }
            assert_eq!(said.iter().any(|(_, _, text)| text == "“福来”"), verdict == Verdict::Unchecked);
        }
    }
}
