//! What was inside: the bank voucher with its sum, or the goods voucher; and beside it, collecting.

use egui::{Align2, Color32, Rect, Sense, Ui, pos2, vec2};

use super::collect_view::{form, may_collect, progress, steps};
use super::draw_view::drawn;
use super::goods_side::{goods_side, refusal};
use super::goods_view::code_view;
use super::paper_view::{COMPACT, paper};
use super::view::{Around, Places, archive_item, header, menu_item, paint_pool, warning_words};
use super::where_view::where_words;
use super::{Action, Condition, Model, condition, relayed, warning};
use crate::api::states::GoodsState;
use crate::app::look::{Look, Room, Tracked, tracked};
use crate::app::message::Packet;
use crate::app::pictures::Drawing;
use crate::app::screens::envelope;
use crate::app::state::{Act, Page};
use crate::app::theme::{SHEET_SHADOW, fixed, fonts, icons};
use crate::app::widgets::{self, Button};
use crate::art::Paper;
use crate::packet::When;
use crate::wallet::Notice;

/// Width of the panel and its distance from the right.
const PANEL: (f32, f32) = (328.0, 32.0);
/// Height of the whole picture: voucher, and the pocket it comes out of.
const STAGE: f32 = 700.0;

pub(super) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
) -> Option<Act> {
    let places = Places::of(ui, look, PANEL.0, PANEL.1);
    let mut act = None;
    let all = ui.max_rect();
    if let Some(panel) = places.panel {
        let area = Rect::from_min_max(places.stage.min, pos2(panel.left() - 24.0, all.bottom()));
        act = act.or(widgets::inside(ui, area, |ui| {
            egui::ScrollArea::vertical()
                .id_salt("voucher")
                .auto_shrink([false, false])
                .show(ui, |ui| {
                    let size = vec2(area.width(), area.height().max(STAGE));
                    let (stage, _) = ui.allocate_exact_size(size, Sense::hover());
                    in_pocket(ui, look, model, packet, around, stage)
                })
                .inner
        }));
        act = act.or(widgets::inside(ui, panel, |ui| {
            egui::ScrollArea::vertical()
                .id_salt("collect")
                .show(ui, |ui| widgets::card(ui, look, |ui, look| side(ui, look, model, packet, around)).inner)
                .inner
        }));
    } else {
        act = act.or(flat(ui, look, model, packet, around, all));
    }
    let mut menu = |ui: &mut Ui, look: &mut Look<'_>| menu(ui, look, packet);
    act = act.or(header(ui, look, Some(&mut menu)));
    if model.code_shown {
        act = act.or(code_view(&ui.ctx().clone(), look, packet));
    }
    act
}

fn menu(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let again = look.say("opening-again");
    if menu_item(ui, look, &again) {
        return Some(Act::Packet(Action::Replay));
    }
    if let Some(act) = archive_item(ui, look, packet) {
        return Some(act);
    }
    let id = packet.shown.inspection.id?;
    let place = where_words(look, Some(packet), "where-title");
    if menu_item(ui, look, &place) {
        return Some(Act::Go(Page::Where(id)));
    }
    let copy = look.say("copy-id");
    menu_item(ui, look, &copy).then(|| Act::Copy(id.to_string(), "copied"))
}

/// A narrower window: the voucher whole, everything else below it; Collect stays in sight at the bottom.
fn flat(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    all: Rect,
) -> Option<Act> {
    let narrow = look.room == Room::Narrow;
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    let collects = narrow && packet.shown.inspection.kind == Some("bank") && may_collect(condition, packet);
    // As high as it was drawn last: it grows with what has to be typed and told.
    let id = ui.scope_id().with("pinned");
    let last: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(220.0);
    let pinned = if collects { last.min(all.height() * 0.62) } else { 0.0 };
    let area = Rect::from_min_max(all.min + vec2(0.0, 64.0), pos2(all.right(), all.bottom() - pinned));
    let side_margin = if narrow { 16.0 } else { 40.0 };
    let mut act = widgets::inside(ui, area, |ui| {
        egui::ScrollArea::vertical()
            .id_salt("voucher")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                let width = (area.width() - 2.0 * side_margin).min(560.0);
                let left = area.left() + (area.width() - width) / 2.0;
                let is_goods = packet.shown.inspection.goods.is_some();
                let height = match (is_goods, width >= COMPACT) {
                    (true, _) => 430.0_f32.max(width * 0.9),
                    (false, true) => 580.0,
                    (false, false) => 322.0 * (width / 380.0).clamp(1.0, 1.25),
                };
                let (space, _) = ui.allocate_exact_size(vec2(area.width(), height + 18.0), Sense::hover());
                let rect = Rect::from_min_size(pos2(left, space.top() + 4.0), vec2(width, height));
                let act = paper(ui, look, model, packet, around, rect, true);
                let column = Rect::from_min_size(pos2(left, ui.cursor().top()), vec2(width, f32::INFINITY));
                let below = ui.scope_builder(egui::UiBuilder::new().max_rect(column), |ui| {
                    ui.set_width(width);
                    if narrow {
                        below_narrow(ui, look, model, packet, around)
                    } else {
                        side_card(ui, look, model, packet, around)
                    }
                });
                ui.add_space(24.0);
                act.or(below.inner)
            })
            .inner
    });
    if collects {
        let rect = Rect::from_min_max(pos2(all.left(), all.bottom() - pinned), pos2(all.right(), all.bottom() + 20.0));
        ui.painter().add(SHEET_SHADOW.as_shape(rect, 18));
        ui.painter().rect_filled(rect, 18.0, look.tokens().surface);
        let inner = Rect::from_min_max(rect.min + vec2(16.0, 14.0), pos2(rect.right() - 16.0, all.bottom() - 8.0));
        let mut high = last;
        act = act.or(widgets::inside(ui, inner, |ui| {
            let shown =
                egui::ScrollArea::vertical().id_salt("pinned").show(ui, |ui| form(ui, look, model, packet, around));
            high = shown.content_size.y + 24.0;
            shown.inner
        }));
        if (high - last).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(id, high));
            ui.ctx().request_repaint();
        }
    }
    act
}

fn side_card(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    widgets::card(ui, look, |ui, look| side(ui, look, model, packet, around)).inner
}

fn below_narrow(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    if packet.shown.inspection.goods.is_some() {
        let act = goods_or_warning(ui, look, model, packet, around, condition);
        return act.or(relayed::view(ui, look, packet, around));
    }
    let mut act = None;
    if !matches!(condition, Condition::Fine | Condition::Paid) {
        act = warn(ui, look, packet, condition);
    }
    if packet.shown.collection.is_some() || !condition.is_over() {
        widgets::steps_across(ui, look, &steps(look, packet, around));
        act = act.or(where_button(ui, look, packet));
    }
    if let Some(collected) = &packet.shown.collection {
        act = act.or(progress(ui, look, packet, collected, around));
    }
    drawn(ui, look, packet);
    told(ui, look, packet);
    act.or(relayed::view(ui, look, packet, around))
}

/// The voucher coming out of its envelope.
fn in_pocket(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    stage: Rect,
) -> Option<Act> {
    let inspection = &packet.shown.inspection;
    let width = 536.0_f32.min(stage.width() - 72.0);
    let left = (stage.center().x - width / 2.0 + 8.0).round();
    let mouth = stage.bottom() - 148.0;
    let sheet = Rect::from_min_max(pos2(left, stage.top() + 80.0), pos2(left + width, mouth + 60.0));
    let pocket_width = width + 48.0;
    let at = pos2(left - 24.0, mouth);
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    let paper_kind = match envelope::paper(inspection.verdict, inspection.theme.as_deref(), condition.is_over()) {
        Paper::Kraft => Paper::Gift(crate::art::Colourway::named(inspection.theme.as_deref())),
        other => other,
    };
    let seed = inspection.id.map_or([0; 32], |id| *id.as_bytes());
    let height = (stage.bottom() - mouth + 30.0) as u32;
    let dip = 56;
    let painter = ui.painter().clone();
    paint_pool(ui, look, pos2(sheet.center().x, sheet.top() + 280.0), 920.0);
    let back = Drawing::PocketBack { height, dip, paper: paper_kind, seed };
    look.pictures.paint(&painter, &back, at, pocket_width);
    let act = paper(ui, look, model, packet, around, sheet, false);
    if inspection.goods.is_none() {
        paint_coins(ui, look, condition, at, pocket_width);
    }
    let front = Drawing::Pocket { height, dip, paper: paper_kind, seed, lit: false };
    look.pictures.paint(&painter, &front, at, pocket_width);
    let greeting = inspection.greeting.as_deref().unwrap_or_default();
    let (first, _) = envelope::greeting_parts(greeting);
    let place = Rect::from_min_max(pos2(at.x, mouth + 70.0), pos2(at.x + pocket_width, mouth + 120.0));
    let response = ui.interact(place, ui.scope_id().with("greeting"), Sense::hover());
    let spoken = greeting.replace('\n', " ");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let ink = Color32::from_hex(paper_kind.colours().text).unwrap_or(fixed::ON_ENVELOPE);
    let spacing = if look.is_chinese() { 4.0 } else { 0.5 };
    let style = Tracked { font: fonts::bold(26.0), spacing, colour: ink };
    tracked(&painter, pos2(at.x + pocket_width / 2.0, mouth + 95.0), first, style, pocket_width * 0.8);
    act
}

/// A few coins in the mouth of the pocket, as long as there is money to collect or it was collected.
fn paint_coins(ui: &Ui, look: &mut Look<'_>, condition: Condition, at: egui::Pos2, width: f32) {
    if condition.is_over() || condition == Condition::Tampered {
        return;
    }
    let painter = ui.painter().clone();
    for (x, y, size, tilt, turn) in
        [(54.0, 10.0, 60.0, 60, -14), (width - 46.0, 8.0, 60.0, 60, 14), (117.0, 38.0, 50.0, 45, 8)]
    {
        let centre = pos2(at.x + x, at.y + y);
        look.pictures.paint_centred(&painter, &Drawing::Coin(tilt, turn), centre, size);
    }
}

/// The panel beside the voucher.
fn side(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    if packet.shown.inspection.goods.is_some() {
        let act = goods_or_warning(ui, look, model, packet, around, condition);
        return act.or(relayed::view(ui, look, packet, around));
    }
    let mut act = None;
    match (condition, &packet.shown.collection) {
        _ if may_collect(condition, packet) => {
            if condition != Condition::Fine {
                act = act.or(warn(ui, look, packet, condition));
            }
            let title = look.say("collect-title");
            widgets::heading(ui, look, &title, fonts::SECTION);
            ui.add_space(4.0);
            act = act.or(form(ui, look, model, packet, around));
        }
        (Condition::Fine | Condition::Paid, Some(collected)) => {
            act = act.or(progress(ui, look, packet, collected, around));
        }
        (other, _) => act = act.or(warn(ui, look, packet, other)),
    }
    if packet.shown.collection.is_some() || !condition.is_over() {
        ui.add_space(10.0);
        if packet.shown.collection.is_none() {
            widgets::hairline(ui, look);
            ui.add_space(10.0);
        }
        widgets::steps_down(ui, look, &steps(look, packet, around));
        act = act.or(where_button(ui, look, packet));
    }
    drawn(ui, look, packet);
    told(ui, look, packet);
    act.or(relayed::view(ui, look, packet, around))
}

/// How to get the goods; or why one can no longer.
fn goods_or_warning(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    condition: Condition,
) -> Option<Act> {
    let refused = packet.shown.handover.as_ref().filter(|goods| goods.state == GoodsState::Rejected);
    match (condition, refused) {
        (Condition::Fine | Condition::Paid, _) => {}
        (Condition::Rejected, Some(goods)) => {
            let t = look.tokens();
            let ochre = widgets::Band { icon: icons::WARNING_CIRCLE, ink: t.ochre, ground: t.ochre_tint };
            widgets::banner(ui, ochre, [&look.say("goods-refused"), &refusal(look, goods)]);
        }
        _ => {
            warn(ui, look, packet, condition);
        }
    }
    let act = goods_side(ui, look, model, packet, around, condition);
    act.or(where_button(ui, look, packet))
}

/// The way to the page that says where the money is.
fn where_button(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let id = packet.shown.inspection.id?;
    let words = where_words(look, Some(packet), "where-title");
    let clicked = Button::ghost(&words).icon(icons::WALLET).show(ui, look).clicked();
    clicked.then_some(Act::Go(Page::Where(id)))
}

fn warn(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, condition: Condition) -> Option<Act> {
    let words = condition.words(look, packet);
    warning::band(ui, look, &words);
    warning_words(ui, look, &words);
    if let Some(words) = packet.shown.collection.as_ref().and_then(|collected| collected.told.as_ref()) {
        let words = look.tell("collect-told", &[("words", words.as_str().into())]);
        widgets::note(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2);
    }
    None
}

/// What a reward waits for that opening alone would earn: that the issuer has a look.
fn waiting_for(packet: &Packet) -> &'static str {
    let promised = packet.shown.inspection.forward.as_ref().and_then(|forward| forward.reward.as_ref());
    if promised.is_some_and(|reward| reward.when == When::Opened) { "told-waiting-look" } else { "told-waiting" }
}

/// What became of telling the enterprise.
pub(super) fn told(ui: &mut Ui, look: &Look<'_>, packet: &Packet) {
    use crate::api::states::ReceiptResult;
    let Some(opening) = &packet.shown.opening else { return };
    let domain = packet.shown.inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
    let (icon, words) = match (opening.notice, opening.receipt, &opening.problem) {
        (_, _, Some(_)) => (icons::WARNING_CIRCLE, look.tell("told-refused", &[("domain", domain.into())])),
        (Notice::None, _, _) => (icons::EYE, look.say("told-nobody")),
        (Notice::Queued, _, _) => (icons::CLOUD_OFF, look.say("told-later")),
        (_, Some(ReceiptResult::Rewarded), _) => (icons::GIFT, look.say("told-rewarded")),
        (_, Some(ReceiptResult::Waiting), _) => (icons::CLOCK, look.say(waiting_for(packet))),
        // Why whoever forwarded it gets nothing, where it was forwarded at all.
        _ => match opening.reason.filter(|_| packet.shown.from.is_some()) {
            Some(reason) => (icons::INFO, look.say(&format!("no-reward-{reason}"))),
            None => (icons::CHECK_CIRCLE, look.say("told")),
        },
    };
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, fonts::icon(17.0), look.tokens().ink3);
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), look.tokens().ink3);
    });
}
