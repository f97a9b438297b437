//! What stands in the way of a packet, told from the first that matters: what happened, that the money is safe, what to do.

use egui::{Color32, CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};
use fluent_bundle::FluentValue;

use super::{Model, bank, figure, title};
use crate::api::states::{CollectionState, GoodsState, VoucherState};
use crate::app::format;
use crate::app::look::Look;
use crate::app::message::{Data, Packet};
use crate::app::theme::{fixed, fonts, icons};
use crate::packet::Verdict;
use crate::wallet::{Inspection, VoucherStanding};

/// What a packet is like apart from an ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Condition {
    Fine,
    Tampered,
    /// Signed with a key that a known party may have, or not: nobody asked it yet.
    KeyUnknown,
    /// It was asked, and does not have it.
    Forged,
    Unreadable,
    Unchecked,
    /// Its money is in this wallet's account.
    Paid,
    /// The bank says that this person had a share before.
    Collected,
    Gone,
    Withdrawn,
    Expired,
    NotYours,
    Early,
    Rejected,
}

/// What this packet is like, as far as file, wallet and bank have told.
pub(in crate::app) fn condition(
    packet: &Packet,
    standing: Option<&VoucherStanding>,
    data: &Data,
    now: i64,
) -> Condition {
    let (shown, inspection) = (&packet.shown, &packet.shown.inspection);
    if inspection.verdict == Verdict::NotGenuine {
        return Condition::Tampered;
    }
    let collection = shown.collection.as_ref();
    if let Some(collection) = collection {
        match (collection.state, collection.reason.as_deref()) {
            (CollectionState::Paid, _) => return Condition::Paid,
            (CollectionState::Rejected, Some("already-collected")) => return Condition::Collected,
            (CollectionState::Rejected, Some("all-shares-collected")) => return Condition::Gone,
            (CollectionState::Rejected, Some("withdrawn")) => return Condition::Withdrawn,
            // Extended since: it can be tried once more.
            (CollectionState::Rejected, Some("expired")) if standing.is_some_and(|bank| bank.payable) => {
                return Condition::Rejected;
            }
            (CollectionState::Rejected, Some("expired")) => return Condition::Expired,
            (CollectionState::Rejected, _) => return Condition::Rejected,
            _ => return Condition::Fine,
        }
    }
    if let Some(goods) = &shown.handover {
        match (goods.state, goods.reason.as_deref()) {
            (GoodsState::Rejected, Some("already-collected")) => return Condition::Collected,
            (GoodsState::Rejected, Some("all-shares-collected")) => return Condition::Gone,
            (GoodsState::Rejected, Some("withdrawn")) => return Condition::Withdrawn,
            (GoodsState::Rejected, Some("expired")) => return Condition::Expired,
            (GoodsState::Rejected, _) => return Condition::Rejected,
            // A code is good for longer than its packet.
            _ => return Condition::Fine,
        }
    }
    if inspection.verdict == Verdict::Unchecked && shown.opened_at.is_none() {
        return Condition::Unchecked;
    }
    match standing.map(|standing| standing.state) {
        Some(VoucherState::Withdrawn) => return Condition::Withdrawn,
        Some(VoucherState::Paid) => return Condition::Gone,
        Some(VoucherState::Returned) => return Condition::Expired,
        _ => {}
    }
    // The bank's word goes further than the file: the issuer may have had it paid for longer.
    let extended = standing.map(|standing| standing.expires);
    if inspection.expires.is_some_and(|expires| expires.max(extended.unwrap_or(expires)).0 < now) {
        return Condition::Expired;
    }
    let meant = Model::meant_for(packet);
    if let (Some(meant), Some(own)) = (meant, data.client)
        && meant != own
    {
        return Condition::NotYours;
    }
    if inspection.valid_from.is_some_and(|from| from.0 > now) {
        return Condition::Early;
    }
    Condition::Fine
}

/// The words for a condition.
pub(super) struct Words {
    pub(super) icon: char,
    pub(super) tag: String,
    pub(super) title: String,
    pub(super) why: String,
    pub(super) money: String,
    pub(super) next: String,
    pub(super) band: Color32,
    pub(super) striped: bool,
}

impl Condition {
    /// Whether nobody can collect it any more.
    pub(super) const fn is_over(self) -> bool {
        matches!(self, Self::Expired | Self::Gone | Self::Withdrawn)
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Fine | Self::Paid => "",
            Self::Tampered => "warn-tampered",
            Self::KeyUnknown => "warn-key-unknown",
            Self::Forged => "warn-forged",
            Self::Unreadable => "warn-unreadable",
            Self::Unchecked => "warn-unchecked",
            Self::Collected => "warn-collected",
            Self::Gone => "warn-gone",
            Self::Withdrawn => "warn-withdrawn",
            Self::Expired => "warn-expired",
            Self::NotYours => "warn-not-yours",
            Self::Early => "warn-early",
            Self::Rejected => "warn-rejected",
        }
    }

    const fn look(self) -> (char, Color32) {
        match self {
            Self::Tampered | Self::Forged | Self::Unreadable => (icons::SHIELD_WARNING, fixed::BAND_TAMPERED),
            Self::Unchecked | Self::KeyUnknown => (icons::ISSUER_UNKNOWN, fixed::BAND_UNCHECKED),
            Self::Collected => (icons::CHECK_CIRCLE, fixed::BAND_COLLECTED),
            Self::Early => (icons::CALENDAR, fixed::BAND_EXPIRED),
            Self::Rejected => (icons::WARNING_CIRCLE, fixed::BAND_UNCHECKED),
            _ => (icons::EXPIRED, fixed::BAND_EXPIRED),
        }
    }

    /// What a file is like that was refused.
    pub(super) fn of_refused(inspection: &Inspection) -> Self {
        match (inspection.verdict, inspection.ask.is_empty(), inspection.asked) {
            (Verdict::Unreadable, ..) => Self::Unreadable,
            (_, true, _) => Self::Tampered,
            (_, false, false) => Self::KeyUnknown,
            (_, false, true) => Self::Forged,
        }
    }

    /// The words for a packet in this condition.
    pub(super) fn words(self, look: &Look<'_>, packet: &Packet) -> Words {
        self.words_with(look, &values(look, packet))
    }

    /// The words for a file that was refused.
    pub(super) fn words_of_refused(self, look: &Look<'_>, inspection: &Inspection) -> Words {
        let party = inspection.ask.first().map(crate::packet::Origin::host).unwrap_or_default();
        self.words_with(look, &[("domain", party.into())])
    }

    fn words_with(self, look: &Look<'_>, values: &[(&'static str, FluentValue<'static>)]) -> Words {
        let key = self.key();
        let (icon, band) = self.look();
        let told = |suffix: &str| look.tell(&format!("{key}{suffix}"), values);
        let title = if self == Self::Tampered { look.say("tampered-title") } else { told("") };
        let why = if self == Self::Collected { look.say("reason-already-collected") } else { told("-why") };
        Words {
            icon,
            tag: told("-tag"),
            title,
            why,
            money: if self == Self::Collected { look.say("money-unchanged") } else { told("-money") },
            next: told("-next"),
            band,
            striped: matches!(self, Self::Tampered | Self::Forged),
        }
    }
}

/// Everything that the words of a warning may name.
fn values(look: &Look<'_>, packet: &Packet) -> Vec<(&'static str, FluentValue<'static>)> {
    let (shown, inspection) = (&packet.shown, &packet.shown.inspection);
    let collection = shown.collection.as_ref();
    let paid_at = collection.and_then(|collection| collection.steps.last()).map(|step| step.at.0);
    let day = match (collection.map(|collection| collection.state), inspection.valid_from) {
        (Some(CollectionState::Paid), _) => paid_at.map(|at| look.formats.day_and_time(at)),
        (_, Some(from)) if from.0 > look.now => Some(look.formats.day(from.0)),
        _ => inspection.expires.map(|expires| look.formats.day(expires.0)),
    };
    let amount = figure::share(look, packet);
    let reason = collection.and_then(|collection| collection.reason.as_deref()).unwrap_or_default();
    let reason = reason_words(look, reason);
    let text = |value: Option<String>| FluentValue::from(value.unwrap_or_default());
    vec![
        ("domain", text(inspection.issuer.as_ref().map(crate::packet::Origin::host))),
        ("issuer", text(Some(title(packet).to_owned()))),
        ("bank", text(Some(bank(packet)))),
        ("day", text(day)),
        ("amount", text(Some(amount))),
        ("tail", text(collection.map(|collection| format::tail(collection.account.as_str())))),
        ("count", inspection.shares.unwrap_or(1).into()),
        ("reason", text(Some(reason))),
    ]
}

/// The words for a bank's reason.
pub(super) fn reason_words(look: &Look<'_>, code: &str) -> String {
    let key = reason_key(code);
    let general = format!("error-{code}");
    look.say(if key == UNKNOWN_REASON && look.texts.has(&general) { &general } else { key })
}

/// What is said of a reason without words of its own.
const UNKNOWN_REASON: &str = "collect-refused";

fn reason_key(code: &str) -> &'static str {
    match code {
        "already-collected" => "reason-already-collected",
        "all-shares-collected" => "reason-all-shares",
        "expired" => "reason-expired",
        "withdrawn" => "reason-withdrawn",
        "not-yet-valid" => "reason-not-yet",
        "not-entitled" => "reason-not-entitled",
        "account-not-linked" => "reason-not-linked",
        "cap-reached" => "reason-cap-reached",
        "unknown-voucher" => "reason-unknown-voucher",
        "timed-out" => "reason-timed-out",
        "identity-unclear" => "reason-identity-unclear",
        "account-restricted" => "reason-account-restricted",
        "irregular" => "reason-irregular",
        "declined" => "reason-declined",
        _ => UNKNOWN_REASON,
    }
}

/// The band over a warning: its colour, its icon, and stripes for what somebody changed, so that it is unmistakable in grey. By
/// night the darkest of them has an edge.
pub(super) fn band(ui: &mut Ui, look: &Look<'_>, words: &Words) -> Rect {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 46.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Alert, true, &words.tag));
    let painter = ui.painter().with_clip_rect(rect);
    let round = CornerRadius::same(14);
    painter.rect_filled(rect, round, words.band);
    let at = pos2(rect.left() + 32.0, rect.center().y);
    painter.text(at, egui::Align2::CENTER_CENTER, words.icon, fonts::icon_fill(23.0), fixed::ON_PRIMARY);
    let at = pos2(rect.left() + 54.0, rect.center().y);
    let tag = painter.text(at, egui::Align2::LEFT_CENTER, &words.tag, fonts::strong(16.0), fixed::ON_PRIMARY);
    if words.striped {
        let stripe = Stroke::new(5.0, fixed::STRIPE);
        let mut x = tag.right() + 44.0;
        while x < rect.right() - 8.0 {
            painter.line_segment([pos2(x, rect.top()), pos2(x - 22.0, rect.bottom())], stripe);
            x += 30.0;
        }
    }
    if look.theme.dark {
        painter.rect_stroke(rect, round, Stroke::new(1.0, look.tokens().ink3), egui::StrokeKind::Inside);
    }
    rect
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::tests::fixture::{collected_one, opened_one, payable};
    use crate::wallet::{Shown, Time};

    fn judged(shown: Shown, standing: Option<VoucherStanding>) -> Condition {
        let now = shown.received_at.0;
        let packet = Packet { shown, cover: None, emblem: None, goods: None };
        condition(&packet, standing.as_ref(), &Data::default(), now)
    }

    #[test]
    fn what_the_bank_says_of_a_voucher_is_its_condition() {
        for (state, expected) in [
            (VoucherState::Issued, Condition::Fine),
            (VoucherState::PartlyPaid, Condition::Fine),
            (VoucherState::Paid, Condition::Gone),
            (VoucherState::Withdrawn, Condition::Withdrawn),
            (VoucherState::Returned, Condition::Expired),
        ] {
            assert_eq!(judged(opened_one(), Some(VoucherStanding { state, ..payable() })), expected, "{state}");
        }
    }

    #[test]
    fn every_reason_of_a_bank_has_words_of_its_own() {
        use crate::api::states::RefusalReason as Why;
        let all = [
            Why::AlreadyCollected,
            Why::AllSharesCollected,
            Why::Expired,
            Why::Withdrawn,
            Why::NotYetValid,
            Why::NotEntitled,
            Why::CapReached,
            Why::UnknownVoucher,
            Why::TimedOut,
            Why::IdentityUnclear,
            Why::AccountRestricted,
            Why::Irregular,
            Why::Declined,
        ];
        let keys: std::collections::BTreeSet<_> = all.iter().map(|reason| reason_key(reason.as_str())).collect();
        assert!(keys.len() == all.len() && !keys.contains(UNKNOWN_REASON), "{keys:?}");
    }

    #[test]
    fn a_voucher_that_the_bank_pays_for_longer_has_not_expired() {
        let mut shown = opened_one();
        let now = shown.received_at.0;
        shown.inspection.expires = Some(Time(now - 1));
        let says = |expires| Some(VoucherStanding { expires: Time(expires), ..payable() });
        assert_eq!(judged(shown.clone(), None), Condition::Expired);
        assert_eq!(judged(shown.clone(), says(now - 1)), Condition::Expired);
        assert_eq!(judged(shown, says(now)), Condition::Fine);
        let mut late = collected_one(CollectionState::Rejected);
        late.collection.as_mut().unwrap().reason = Some("expired".to_owned());
        assert_eq!(judged(late.clone(), None), Condition::Expired);
        assert_eq!(judged(late, says(now)), Condition::Rejected, "to be collected again");
    }

    #[test]
    fn what_became_of_collecting_goes_before_everything_but_a_forgery() {
        for (reason, expected) in [
            ("all-shares-collected", Condition::Gone),
            ("withdrawn", Condition::Withdrawn),
            ("expired", Condition::Expired),
            ("already-collected", Condition::Collected),
            ("cap-reached", Condition::Rejected),
        ] {
            let mut shown = collected_one(CollectionState::Rejected);
            if let Some(collection) = &mut shown.collection {
                collection.reason = Some(reason.to_owned());
            }
            assert_eq!(judged(shown, None), expected, "{reason}");
        }
        assert_eq!(judged(collected_one(CollectionState::Applied), None), Condition::Fine);
        let mut paid = collected_one(CollectionState::Paid);
        paid.inspection.expires = Some(Time(0));
        assert_eq!(judged(paid.clone(), None), Condition::Paid, "what is paid does not expire");
        paid.inspection.verdict = Verdict::NotGenuine;
        assert_eq!(judged(paid, None), Condition::Tampered);
    }
}
