//! The panel of a goods voucher: asking for the goods, the one-time code, and what became of them.

use egui::{Align2, FontId, Rect, Sense, Ui, Vec2, pos2, vec2};

use super::goods_view::{CODE, paint_code};
use super::view::Around;
use super::voucher_view::told;
use super::{Action, Condition, Model, collect_view, warning};
use crate::api::goods::Address;
use crate::api::states::GoodsState;
use crate::app::format;
use crate::app::look::Look;
use crate::app::message::{Packet, Task};
use crate::app::state::Act;
use crate::app::theme::{HIT, fonts, icons, radius};
use crate::app::widgets::{self, Band, Button, Field, Segment, Step, StepState};
use crate::packet::Handover;
use crate::wallet::GoodsCollected;

/// Of goods or cash, which one a person is about to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum Choice {
    #[default]
    Goods,
    Cash,
}

/// One line of a delivery address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum AddressLine {
    Name,
    Phone,
    Place,
}

impl AddressLine {
    const ALL: [Self; 3] = [Self::Name, Self::Phone, Self::Place];

    pub(in crate::app) const fn at(self) -> usize {
        self as usize
    }

    const fn keys(self) -> [&'static str; 3] {
        match self {
            Self::Name => ["goods-address-name", "goods-address-name-hint", "address-name"],
            Self::Phone => ["goods-address-phone", "goods-address-phone-hint", "address-phone"],
            Self::Place => ["goods-address-place", "goods-address-place-hint", "address-place"],
        }
    }
}

/// What was typed as an address; none as long as a line is missing or too long.
pub(in crate::app) fn typed_address(lines: &[String; 3]) -> Option<Address> {
    let complete = lines.iter().all(|line| !line.trim().is_empty());
    let lines = lines.each_ref().map(|line| line.trim());
    complete.then(|| Address::new(&lines.join("\n")).ok()).flatten()
}

/// The panel.
pub(super) fn goods_side(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    condition: Condition,
) -> Option<Act> {
    let title = look.say("goods-title");
    widgets::heading(ui, look, &title, fonts::SECTION);
    let mut act = None;
    let open = matches!(condition, Condition::Fine | Condition::Early | Condition::Rejected);
    let cash_begun = packet.shown.collection.as_ref();
    match (&packet.shown.handover, cash_begun) {
        (Some(goods), _) if goods.state != GoodsState::Rejected => {
            act = act.or(stands(ui, look, packet, around, goods))
        }
        (_, Some(collected)) if condition != Condition::Rejected => {
            act = act.or(collect_view::progress(ui, look, packet, collected, around));
        }
        _ if open => act = act.or(ask(ui, look, model, packet, around)),
        _ => {}
    }
    ui.add_space(8.0);
    widgets::hairline(ui, look);
    ui.add_space(6.0);
    facts(ui, look, packet);
    told(ui, look, packet);
    act
}

/// What the issuer says of the goods.
fn facts(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) {
    let inspection = &packet.shown.inspection;
    let Some(goods) = &inspection.goods else { return };
    let tokens = look.tokens();
    let until = inspection.expires.map(|expires| look.formats.day(expires.0)).unwrap_or_default();
    let sections = [
        (look.say("goods-redeem"), Some(goods.redeem.clone())),
        (look.say("goods-terms"), goods.terms.clone()),
        (look.say("fact-until"), Some(look.tell("goods-until", &[("day", until.into())]))),
        (look.say("fact-serial"), inspection.serial.map(format::serial)),
        (look.say("goods-gtin"), goods.gtin.clone()),
    ];
    for (name, text) in sections {
        let Some(text) = text else { continue };
        widgets::label(ui, &name, fonts::strong(fonts::SECONDARY), tokens.ink2);
        widgets::note(ui, &text, fonts::body(fonts::BODY), tokens.ink);
        ui.add_space(6.0);
    }
}

/// Asking for the goods; where there is a choice, for goods or money.
fn ask(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let goods = packet.shown.inspection.goods.as_ref()?;
    let mut act = None;
    if let Some(cash) = &goods.cash {
        let money = look.tell("goods-choice-cash", &[("amount", format::money(cash.amount).into())]);
        let all = [
            Segment { value: Choice::Goods, label: look.say("goods-choice-goods") },
            Segment { value: Choice::Cash, label: money },
        ];
        let name = look.say("goods-choice");
        let chosen = widgets::segments(ui, look, &name, model.form.choice, &all);
        act = act.or(chosen.map(|choice| Act::Packet(Action::Choose(choice))));
        let more = look.say("goods-choice-more");
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        ui.add_space(6.0);
        if model.form.choice == Choice::Cash {
            return act.or(collect_view::form(ui, look, model, packet, around));
        }
    }
    if let Some(trouble) = &model.fault {
        super::view::fault(ui, look, trouble);
    }
    let address = typed_address(&model.form.address);
    let needs = goods.handover == Handover::Delivery;
    if needs {
        act = act.or(address_fields(ui, look, model));
    }
    let id = packet.shown.inspection.id?;
    let busy = around.busy.contains(&Task::Collect(id));
    let key = match (busy, needs) {
        (true, _) => "goods-asking",
        (false, true) => "goods-send",
        (false, false) => "goods-collect",
    };
    let label = look.say(key);
    let ready = !busy && (!needs || address.is_some());
    let width = ui.available_width();
    if Button::primary(&label).large().width(width).enabled(ready).show(ui, look).clicked() {
        act = Some(Act::Packet(Action::CollectGoods(address.filter(|_| needs))));
    }
    let more = look.say(if needs { "goods-address-more" } else { "goods-collect-more" });
    widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink3);
    act
}

fn address_fields(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut act = None;
    for line in AddressLine::ALL {
        let [label, hint, id] = line.keys();
        let (label, hint) = (look.say(label), look.say(hint));
        let mut text = model.form.address[line.at()].clone();
        let response = widgets::field(ui, look, &Field::new(id, &label).hint(&hint).forgets(), &mut text);
        if response.changed() {
            act = Some(Act::Packet(Action::Address(line, text)));
        }
    }
    act
}

/// Where the goods stand, and the code as long as it is good.
fn stands(
    ui: &mut Ui,
    look: &mut Look<'_>,
    packet: &Packet,
    around: &Around<'_>,
    goods: &GoodsCollected,
) -> Option<Act> {
    let mut act = None;
    let t = look.tokens();
    let delivered = packet.shown.inspection.goods.as_ref().is_some_and(|goods| goods.handover == Handover::Delivery);
    let gold = Band { icon: icons::CLOCK, ink: t.gold, ground: t.gold_tint };
    let celadon = Band { icon: icons::CHECK_CIRCLE, ink: t.celadon, ground: t.celadon_tint };
    let ochre = Band { icon: icons::WARNING_CIRCLE, ink: t.ochre, ground: t.ochre_tint };
    let at = goods.steps.last().map(|step| look.formats.day_and_time(step.at.0)).unwrap_or_default();
    match goods.state {
        GoodsState::Applied => {
            widgets::banner(ui, gold, [&look.say("goods-waiting"), &look.say("goods-waiting-more")]);
            let again = look.say("ask-again");
            let busy = around.busy.contains(&Task::Sync);
            if Button::secondary(&again).icon(icons::REFRESH).enabled(!busy).show(ui, look).clicked() {
                act = Some(Act::Packet(Action::AskAgain));
            }
        }
        GoodsState::OutOfStock => {
            widgets::banner(ui, ochre, [&look.say("goods-missing"), goods.reason.as_deref().unwrap_or_default()]);
        }
        GoodsState::Collected if delivered => {
            widgets::banner(ui, gold, [&look.say("goods-to-send"), &look.say("goods-to-send-more")]);
        }
        GoodsState::Redeemed => {
            let more = look.tell("goods-handed-more", &[("day", at.into())]);
            widgets::banner(ui, celadon, [&look.say("goods-handed"), &more]);
        }
        GoodsState::Shipped => {
            let number = goods.tracking.clone().unwrap_or_default();
            let more = look.tell("goods-sent-more", &[("number", number.into())]);
            widgets::banner(ui, gold, [&look.say("goods-sent"), &more]);
        }
        GoodsState::Delivered => {
            widgets::banner(ui, celadon, [&look.say("goods-arrived"), goods.tracking.as_deref().unwrap_or_default()]);
        }
        GoodsState::Expired => {
            widgets::banner(ui, ochre, [&look.say("goods-code-over"), &look.say("goods-code-over-more")]);
        }
        GoodsState::Refunded => {
            let reason = goods.reason.clone().unwrap_or_default();
            let more = look.tell("goods-refunded-more", &[("reason", reason.into())]);
            widgets::banner(ui, ochre, [&look.say("goods-refunded"), &more]);
        }
        GoodsState::Collected | GoodsState::Rejected => {}
    }
    if goods.state.is_open() && !delivered {
        act = act.or(code(ui, look, goods));
    }
    if let (true, Some(address)) = (delivered && !goods.state.is_final(), &goods.address) {
        let name = look.say("goods-address");
        widgets::label(ui, &name, fonts::strong(fonts::SECONDARY), t.ink2);
        widgets::note(ui, address.as_str(), fonts::body(fonts::BODY), t.ink);
    }
    ui.add_space(8.0);
    widgets::steps_down(ui, look, &steps(look, goods, delivered));
    act
}

/// The code as a picture and as text, and the way to show both large.
fn code(ui: &mut Ui, look: &mut Look<'_>, goods: &GoodsCollected) -> Option<Act> {
    let code = goods.code?.to_string();
    let tokens = look.tokens();
    let mut act = None;
    let show = look.say("goods-show");
    widgets::note(ui, &show, fonts::body(fonts::SECONDARY), tokens.ink2);
    ui.add_space(6.0);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), CODE.1), Sense::hover());
    let name = look.say("goods-code");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    paint_code(ui, look, &code, row.center(), CODE);
    ui.add_space(4.0);
    widgets::label(ui, &look.say("goods-code-name"), fonts::strong(fonts::SECONDARY), tokens.ink2);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 72.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &code));
    ui.painter().rect_filled(rect, radius::CONTROL, tokens.rail);
    for (line, y) in halves(&code).into_iter().zip([-14.0, 14.0]) {
        let at = pos2(rect.left() + 15.0, rect.center().y + y);
        ui.painter().text(at, Align2::LEFT_CENTER, line, fitting(ui, line, 19.0, rect.width() - 70.0), tokens.ink);
    }
    let copy = Rect::from_center_size(pos2(rect.right() - 27.0, rect.center().y), Vec2::splat(HIT));
    let name = look.say("goods-copy");
    if widgets::inside(ui, copy, |ui| widgets::icon_button(ui, look, icons::COPY, &name)).clicked() {
        act = Some(Act::CopySecret(code, "copied"));
    }
    // The button beside the letters is less high than they are.
    ui.add_space(22.0);
    let larger = look.say("goods-larger");
    let width = ui.available_width();
    if Button::primary(&larger).large().icon(icons::QR_CODE).width(width).show(ui, look).clicked() {
        act = Some(Act::Packet(Action::ShowCode(true)));
    }
    let until = goods.until.map(|until| look.formats.day(until.0)).unwrap_or_default();
    let more = look.tell("goods-more", &[("day", until.into())]);
    widgets::note(ui, &more, fonts::body(fonts::SECONDARY), tokens.ink3);
    act
}

/// The letters in which all of a line can be read: nothing of a code is ever cut off.
pub(super) fn fitting(ui: &Ui, line: &str, size: f32, width: f32) -> FontId {
    let wide = |size: f32| {
        let font = fonts::display(size);
        ui.painter().layout_no_wrap(line.to_owned(), font, ui.visuals().text_color()).size().x
    };
    let taken = wide(size);
    fonts::display(if taken > width { size * width / taken } else { size })
}

/// Four groups of a code, and the other three.
pub(super) fn halves(code: &str) -> [&str; 2] {
    let (first, second) = code.split_at_checked(19).unwrap_or((code, ""));
    [first, second.trim_start_matches('-')]
}

/// From asking to having them.
fn steps(look: &Look<'_>, goods: &GoodsCollected, delivered: bool) -> Vec<Step> {
    let done = match goods.state {
        GoodsState::Applied | GoodsState::Rejected => 0,
        GoodsState::Collected | GoodsState::OutOfStock | GoodsState::Expired | GoodsState::Refunded => 1,
        GoodsState::Shipped => 2,
        GoodsState::Redeemed | GoodsState::Delivered => 3,
    };
    let keys = if delivered {
        ["goods-step-asked", "goods-step-sent", "goods-step-arrived"]
    } else {
        ["goods-step-code", "goods-step-shown", "goods-step-handed"]
    };
    let at = |states: &[GoodsState]| {
        let step = goods.steps.iter().find(|step| states.contains(&step.state));
        step.map(|step| look.formats.clock(step.at.0)).unwrap_or_default()
    };
    let times = [
        at(&[GoodsState::Collected]),
        at(&[GoodsState::Redeemed, GoodsState::Shipped]),
        at(&[GoodsState::Redeemed, GoodsState::Delivered]),
    ];
    let stopped = matches!(goods.state, GoodsState::Expired | GoodsState::Refunded);
    keys.into_iter()
        .zip(times)
        .enumerate()
        .map(|(index, (key, at))| {
            let state = match index {
                index if index < done => StepState::Done,
                index if index == done && stopped => StepState::Stopped,
                index if index == done => StepState::Now,
                _ => StepState::Next,
            };
            Step { title: look.say(key), more: String::new(), at, state }
        })
        .collect()
}

/// The words for why goods were refused.
pub(super) fn refusal(look: &Look<'_>, goods: &GoodsCollected) -> String {
    warning::reason_words(look, goods.reason.as_deref().unwrap_or_default())
}
