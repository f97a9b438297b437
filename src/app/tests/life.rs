//! What banks say of a voucher's life, on its page: partly collected, paid for longer, looked at by a clerk, refused in words.

use super::fixture::{self, NOON, collected_one, opened_one, payable};
use super::pages::{Do, on, show, window};
use super::play::{Opening, Play};
use crate::api::states::{CollectionState, RefusalReason, VoucherState};
use crate::app::message::Event;
use crate::app::text::Language;
use crate::wallet::tests::doubles::Person;
use crate::wallet::{Shown, Time, VoucherStanding};

/// The words for a key up to the day they name.
fn begun(play: &Play, key: &str) -> String {
    let words = play.tell(key, &[("day", "@".into())]);
    words.split('@').next().unwrap().trim_end_matches('\u{2068}').to_owned()
}

fn said(shown: Shown, standing: VoucherStanding) -> Vec<Do> {
    let mut doing = on(shown);
    doing.push(Do::Hear(Event::Standing(fixture::id("from hao"), standing)));
    doing
}

fn waiting(state: CollectionState) -> Shown {
    let mut shown = collected_one(state);
    shown.collection.as_mut().unwrap().decides_by = Some(Time(NOON + 3600));
    shown.inspection.voucher.as_mut().unwrap().pays_within = Some(60);
    shown
}

#[test]
fn shares_and_a_later_end_are_the_banks_word() {
    let person = Person::new();
    for language in Language::ALL {
        let mut play = window(&person, Opening { language, ..Opening::default() });
        let partly = VoucherStanding { state: VoucherState::PartlyPaid, left: 2, ..payable() };
        show(&mut play, said(opened_one(), partly));
        let count = [("taken", 1.into()), ("count", 3.into())];
        assert!(play.sees(&play.tell("money-partly", &count)), "{:#?}", play.shown());
        let later = begun(&play, "money-extended");
        assert!(!play.sees(&later));

        let mut late = opened_one();
        late.inspection.expires = Some(Time(NOON - 1));
        let longer = VoucherStanding { expires: Time(NOON + 86_400), ..payable() };
        show(&mut play, said(late.clone(), longer));
        assert!(play.sees(&later), "{:#?}", play.shown());
        assert!(play.sees(&play.say("collect-title")), "it can be collected");
        late.inspection.revocable = true;
        show(&mut play, said(late, longer));
        assert!(play.sees(&play.say("voucher-revocable")), "{:#?}", play.shown());
    }
}

#[test]
fn until_when_is_told_only_where_a_bank_promised_it() {
    let person = Person::new();
    for language in Language::ALL {
        let mut play = window(&person, Opening { language, ..Opening::default() });
        let (held, promised) = (begun(&play, "collect-held"), begun(&play, "collect-pays-by"));
        show(&mut play, on(waiting(CollectionState::Applied)));
        assert!(play.sees(&held) && !play.sees(&promised), "{:#?}", play.shown());
        show(&mut play, on(waiting(CollectionState::Accepted)));
        assert!(play.sees(&promised) && !play.sees(&held), "{:#?}", play.shown());
        show(&mut play, on(collected_one(CollectionState::Accepted)));
        assert!(!play.sees(&promised) && !play.sees(&held), "{:#?}", play.shown());
    }
}

#[test]
fn a_refusal_is_told_with_its_reason_and_the_banks_own_words() {
    let person = Person::new();
    for language in Language::ALL {
        let mut play = window(&person, Opening { language, ..Opening::default() });
        for (reason, key) in [
            (RefusalReason::IdentityUnclear, "reason-identity-unclear"),
            (RefusalReason::TimedOut, "reason-timed-out"),
            (RefusalReason::CapReached, "reason-cap-reached"),
        ] {
            let mut shown = collected_one(CollectionState::Rejected);
            let collection = shown.collection.as_mut().unwrap();
            collection.reason = Some(reason.as_str().to_owned());
            collection.told = Some("请带身份证来".to_owned());
            show(&mut play, on(shown));
            assert!(play.sees(&play.say(key)), "{key}: {:#?}", play.shown());
            assert!(play.sees("请带身份证来"), "{:#?}", play.shown());
            assert!(play.sees(&play.say("collect-title")), "it can be collected again");
        }
    }
}
