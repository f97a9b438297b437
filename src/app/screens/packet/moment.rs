//! The moment of opening (开), as long as it lasts: its own time, what ends it, and what may be said in it. It can be skipped at
//! any time; standing still, it shows its last picture, the money in sight. It says "real money" only after the bank said that
//! the voucher can be paid, and never of one that was collected.

mod paint;
mod timeline;

use egui::{Rect, Role, Sense, Ui, WidgetInfo};

pub(super) use self::paint::order_ahead;
use self::paint::{Show, Stage, paint};
use self::timeline::{FADE, ROOM, SETTLE, STILL, STILL_FADE};
use super::{Action, Model, figure, title};
use crate::app::look::Look;
use crate::app::message::Packet;
use crate::app::state::Act;
use crate::app::theme::motion::part;

/// Presses that belong to opening are no wish to skip.
const DEAF: f32 = 0.12;

/// A moment of opening that has begun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app) struct Moment {
    start: f64,
}

/// What is still to be seen of the page below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// The closed envelope that it began with.
    Closed,
    /// What it gives way to.
    Contents,
    /// Nothing.
    Nothing,
}

impl Moment {
    /// Begins at `time`, in seconds of the window.
    pub(in crate::app) const fn start(time: f64) -> Self {
        Self { start: time }
    }

    /// Goes to where it settles.
    pub(super) fn skip(&mut self, time: f64) {
        self.start = self.start.min(time - f64::from(SETTLE));
    }

    /// Seconds since it began.
    fn at(&self, time: f64) -> f32 {
        (time - self.start) as f32
    }

    /// What the page shows behind it.
    pub(super) fn below(&self, time: f64) -> Below {
        match self.at(time) {
            now if now < ROOM => Below::Closed,
            now if now < SETTLE => Below::Nothing,
            _ => Below::Contents,
        }
    }
}

/// Paints the moment over the whole window, whose closed envelope stands at `closed`.
pub(super) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    rect: Rect,
    closed: (egui::Pos2, f32),
) -> Option<Act> {
    let moment = model.moment?;
    let still = look.theme.still;
    let now = moment.at(look.time);
    let response = ui.interact(rect, ui.scope_id().with("moment"), Sense::click());
    let skip = look.say("opening-skip");
    let heading = look.say(heading_key(model, packet));
    let (from, greeting) = (title(packet), packet.shown.inspection.greeting.as_deref().unwrap_or_default());
    let spoken = format!("{heading} {} {from} {} {skip}", figure::share(look, packet), greeting.replace('\n', " "));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let mut painter = ui.painter_at(rect);
    let gone = timeline::gone(now, still);
    painter.multiply_opacity(1.0 - gone);
    if still {
        painter.multiply_opacity(part(now, 0.0, STILL_FADE));
    }
    let t = if still { STILL } else { now.clamp(0.0, SETTLE) };
    let show = Show::of(&painter, Stage::of(rect, closed), packet, t, still);
    paint(&show, look, [&heading, &skip]);
    let moves = !still || !(STILL_FADE..SETTLE).contains(&now);
    if moves {
        ui.ctx().request_repaint();
    } else {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f32(SETTLE - now));
    }
    if now >= SETTLE + if still { STILL_FADE } else { FADE } {
        return Some(Act::Packet(Action::Settled));
    }
    let keys = [egui::Key::Space, egui::Key::Escape, egui::Key::Enter];
    let pressed = ui.input(|input| keys.iter().any(|key| input.key_pressed(*key)));
    let skips = (response.clicked() || pressed) && now > DEAF && now < SETTLE;
    skips.then_some(Act::Packet(Action::Skip))
}

/// What may be said: of real money only when the bank said so, and nobody of this wallet collected it.
fn heading_key(model: &Model, packet: &Packet) -> &'static str {
    let payable = model.standing.is_some_and(|standing| standing.payable);
    if packet.shown.inspection.kind == Some("goods") {
        "opening-goods"
    } else if payable && packet.shown.collection.is_none() {
        "opened-real"
    } else {
        "opened-now"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::states::CollectionState;
    use crate::app::tests::fixture::{collected_one, goods_one, opened_one, payable};
    use crate::wallet::{Shown, VoucherStanding};

    #[test]
    fn a_moment_ends_and_can_be_skipped() {
        let mut moment = Moment::start(10.0);
        assert_eq!(moment.below(10.0), Below::Closed, "the page is still there");
        assert_eq!(moment.below(12.0), Below::Nothing);
        assert_eq!(moment.below(10.0 + f64::from(SETTLE)), Below::Contents);
        moment.skip(10.5);
        assert_eq!(moment.below(10.5), Below::Contents);
    }

    #[test]
    fn a_moment_that_was_left_is_over_when_one_comes_back() {
        let moment = Moment::start(10.0);
        assert!(moment.at(500.0) > SETTLE + FADE);
    }

    #[test]
    fn real_money_is_claimed_only_of_what_a_bank_will_pay_and_nobody_collected() {
        let said = |shown: Shown, standing: Option<VoucherStanding>| {
            let packet = Packet { shown, cover: None, emblem: None, goods: None };
            heading_key(&Model { standing, ..Model::default() }, &packet)
        };
        assert_eq!(said(opened_one(), None), "opened-now");
        assert_eq!(said(opened_one(), Some(VoucherStanding { payable: false, ..payable() })), "opened-now");
        assert_eq!(said(opened_one(), Some(payable())), "opened-real");
        assert_eq!(said(collected_one(CollectionState::Paid), Some(payable())), "opened-now");
        assert_eq!(said(goods_one(), Some(payable())), "opening-goods");
    }
}
