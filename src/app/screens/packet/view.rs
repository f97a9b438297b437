//! The page of one packet: which of envelope, moment and voucher is shown, and the way back and the menu above them.

use std::collections::BTreeSet;

use egui::{Rect, Ui, pos2, vec2};

use super::{Model, envelope_view, moment, stage, voucher_view, warning};
use crate::app::look::{Look, Room};
use crate::app::message::{Data, Packet, Task};
use crate::app::pictures::Drawing;
use crate::app::state::{Act, Page};
use crate::app::theme::{fonts, icons};
use crate::app::widgets;

/// What the page needs to know beside its packet.
pub(in crate::app) struct Around<'a> {
    pub(in crate::app) data: &'a Data,
    pub(in crate::app) found: &'a crate::app::screens::packets::Found,
    pub(in crate::app) busy: &'a BTreeSet<Task>,
    pub(in crate::app) show_me: bool,
    pub(in crate::app) offline: bool,
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let Some(packet) = model.packet.as_ref() else {
        let words = look.say("loading");
        let act = header(ui, look, None);
        ui.centered_and_justified(|ui| widgets::label(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2));
        return act;
    };
    say_face(ui, look, packet, around.data);
    let Some(moment) = model.moment else { return still_view(ui, look, model, packet, around) };
    let closed = stage::standing(ui, look, &envelope_view::Scene::of(model, packet, around, look.now));
    let rect = ui.ctx().content_rect();
    ui.scope(|ui| {
        // Not to be used now, and not the paler for it.
        ui.visuals_mut().disabled_alpha = 1.0;
        ui.disable();
        // What is below is only to be seen.
        let _ = match moment.below(look.time) {
            moment::Below::Closed => envelope_view::view(ui, look, model, packet, around),
            moment::Below::Contents => still_view(ui, look, model, packet, around),
            moment::Below::Nothing => None,
        };
    });
    moment::view(ui, look, model, packet, rect, closed)
}

/// Says what is printed on envelope and voucher, all of it, also what there was no room for.
fn say_face(ui: &Ui, look: &Look<'_>, packet: &Packet, data: &Data) {
    let inspection = &packet.shown.inspection;
    let title = format!("{} {}", look.say("voucher-issuer"), super::title(packet));
    let greeting = inspection.greeting.as_deref().unwrap_or_default().replace('\n', " ");
    let from = super::envelope_view::from_words(look, packet, data);
    let merchant = inspection.goods.as_ref().map(|goods| format!(" {}", goods.merchant)).unwrap_or_default();
    let words = look.tell("packet-name", &[("title", title.into()), ("greeting", greeting.into())]);
    let response = ui.interact(ui.max_rect(), ui.scope_id().with("face"), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{words}{merchant} {from}")));
}

/// The page without anything that moves.
fn still_view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    if packet.shown.opened_at.is_some() {
        voucher_view::view(ui, look, model, packet, around)
    } else {
        envelope_view::view(ui, look, model, packet, around)
    }
}

/// What the menu of a page holds.
type Menu<'a> = &'a mut dyn FnMut(&mut Ui, &mut Look<'_>) -> Option<Act>;

/// The way back at the left; whatever is given at the right.
pub(super) fn header(ui: &mut Ui, look: &mut Look<'_>, menu: Option<Menu<'_>>) -> Option<Act> {
    let mut act = None;
    let side = if look.room == Room::Narrow { 6.0 } else { 28.0 };
    let bar = Rect::from_min_size(ui.max_rect().min + vec2(side, 20.0), vec2(ui.max_rect().width() - 2.0 * side, 40.0));
    // Named by itself: what lies under a finger stays the same button while the page behind it is still being read.
    let place = egui::UiBuilder::new().max_rect(bar).scope_id(egui::Id::unique("packet-header"));
    ui.scope_builder(place, |ui| {
        ui.horizontal(|ui| {
            let to = if look.room == Room::Narrow { String::new() } else { look.say("page-packets") };
            if widgets::back(ui, look, &to).clicked() {
                act = Some(Act::Go(Page::Packets));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some(menu) = menu {
                    let name = look.say("more");
                    let button = widgets::icon_button(ui, look, icons::MORE, &name);
                    let shown = egui::Popup::menu(&button).show(|ui| {
                        ui.set_min_width(200.0);
                        menu(ui, look)
                    });
                    act = act.take().or(shown.and_then(|shown| shown.inner));
                }
            });
        });
    });
    act
}

/// The picture at the left and the panel at the right; or the panel below, in narrower windows.
pub(super) struct Places {
    pub(super) stage: Rect,
    /// None where the panel stands in the flow below the stage.
    pub(super) panel: Option<Rect>,
}

impl Places {
    /// A stage and a panel `width` wide, `margin` from the right.
    pub(super) fn of(ui: &Ui, look: &Look<'_>, width: f32, margin: f32) -> Self {
        let all = ui.max_rect();
        if look.room != Room::Wide {
            return Self { stage: all, panel: None };
        }
        let left = all.right() - margin - width;
        let panel = Rect::from_min_max(pos2(left, all.top() + 80.0), pos2(left + width, all.bottom() - 20.0));
        Self { stage: Rect::from_min_max(all.min, pos2(left + 52.0, all.bottom())), panel: Some(panel) }
    }
}

/// The light in which an envelope or a voucher stands, `size` points across; it stays on the page.
pub(super) fn paint_pool(ui: &Ui, look: &mut Look<'_>, centre: egui::Pos2, size: f32) {
    let page = Rect::from_x_y_ranges(ui.max_rect().x_range(), ui.clip_rect().y_range());
    let painter = ui.painter().with_clip_rect(page.intersect(ui.clip_rect()));
    look.pictures.paint_centred(&painter, &Drawing::Pool(look.theme.dark), centre, size);
}

/// A button of the menu.
pub(super) fn menu_item(ui: &mut Ui, look: &mut Look<'_>, label: &str) -> bool {
    let clicked = widgets::Button::ghost(label).show(ui, look).clicked();
    if clicked {
        ui.close();
    }
    clicked
}

/// What puts a packet away, or takes it out again.
pub(super) fn archive_item(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let id = packet.shown.inspection.id?;
    let away = packet.shown.state != crate::api::states::PacketState::Archived;
    let words = look.say(if away { "archive" } else { "unarchive" });
    menu_item(ui, look, &words).then_some(Act::Archive(id, away))
}

/// Title, reason, money and next step of a warning.
pub(super) fn warning_words(ui: &mut Ui, look: &Look<'_>, words: &warning::Words) {
    let tokens = look.tokens();
    ui.add_space(14.0);
    widgets::heading(ui, look, &words.title, 21.0);
    ui.add_space(2.0);
    widgets::note(ui, &words.why, fonts::body(fonts::BODY), tokens.ink2);
    widgets::note(ui, &words.money, fonts::strong(fonts::BODY), tokens.ink2);
    ui.add_space(8.0);
    widgets::hairline(ui, look);
    ui.add_space(4.0);
    widgets::label(ui, &look.say("next-step"), fonts::body(fonts::SECONDARY), tokens.ink2);
    widgets::note(ui, &words.next, fonts::body(fonts::BODY), tokens.ink);
    ui.add_space(10.0);
}

/// One line of facts: what it is at the left, what it says at the right.
pub(super) fn fact(ui: &mut Ui, look: &Look<'_>, name: &str, value: &str, more: &str) {
    let tokens = look.tokens();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 47.0), egui::Sense::hover());
    let spoken = format!("{name}: {value} {more}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let y = rect.center().y;
    let painter = ui.painter();
    let left = rect.left() + if look.is_chinese() { 88.0 } else { 104.0 };
    crate::app::look::cut_line(
        painter,
        pos2(rect.left() + 2.0, y),
        name,
        fonts::body(fonts::BODY),
        tokens.ink3,
        left - rect.left() - 8.0,
    );
    let shown = crate::app::look::cut_line(
        painter,
        pos2(left, y),
        value,
        fonts::strong(fonts::BODY),
        tokens.ink,
        rect.right() - left,
    );
    if !more.is_empty() {
        let at = pos2(shown.right() + 5.0, y);
        let width = rect.right() - at.x;
        crate::app::look::cut_line(painter, at, more, fonts::body(fonts::BODY), tokens.ink3, width);
    }
    painter.hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.line));
}

/// Whether a sheet lies over the page.
pub(super) fn is_covered(ui: &Ui) -> bool {
    let modal = ui.memory(egui::Memory::top_modal_layer);
    modal.is_some_and(|modal| modal != ui.layer_id())
}

/// What went wrong, whether the money is safe, and what to do.
pub(super) fn fault(ui: &mut Ui, look: &Look<'_>, fault: &crate::app::message::Fault) {
    let (what, money, next) = crate::app::fault_words(look.texts, fault);
    let tokens = look.tokens();
    let band = widgets::Band { icon: icons::WARNING_CIRCLE, ink: tokens.ochre, ground: tokens.ochre_tint };
    widgets::banner(ui, band, [&what, &format!("{money} {next}")]);
}
