//! The closed envelope on its stage, and what is known about it beside it.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::stage::{narrow_stage, sheet_height, stage, standing};
use super::view::{Around, Places, archive_item, fact, fault, header, menu_item, warning_words};
use super::{Action, Condition, Model, bank, condition, forward_on_envelope, moment, relayed, stranger, warning, who};
use crate::app::format;
use crate::app::look::{Look, Room};
use crate::app::message::{Command, Packet, Task};
use crate::app::pictures::Drawing;
use crate::app::screens::packets::days_left;
use crate::app::state::Act;
use crate::app::theme::{fixed, fonts, icons, radius};
use crate::app::widgets::{self, Band, Button};
use crate::packet::{CheckKind, Outcome, Verdict};

/// Width of the panel and its distance from the right.
pub(super) const PANEL: (f32, f32) = (340.0, 60.0);

/// One packet and everything that its page is drawn from.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) model: &'a Model,
    pub(super) packet: &'a Packet,
    pub(super) around: &'a Around<'a>,
    pub(super) condition: Condition,
    /// Whether it is being opened now.
    pub(super) opening: bool,
}

impl<'a> Scene<'a> {
    pub(super) fn of(model: &'a Model, packet: &'a Packet, around: &'a Around<'a>, now: i64) -> Self {
        let condition = condition(packet, model.standing.as_ref(), around.data, now);
        let opening = packet.shown.inspection.id.is_some_and(|id| around.busy.contains(&Task::Open(id)));
        Self { model, packet, around, condition, opening }
    }

    /// Whether nothing about the packet speaks against opening it.
    fn may_open(&self) -> bool {
        match self.condition {
            Condition::Fine | Condition::Early | Condition::NotYours => true,
            Condition::Unchecked => self.model.accepted,
            _ => false,
        }
    }

    /// Whether it can be opened now.
    pub(super) fn can_open(&self) -> bool {
        self.may_open() && !self.opening
    }
}

pub(super) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
) -> Option<Act> {
    let scene = Scene::of(model, packet, around, look.now);
    let can_open = scene.can_open();
    let places = Places::of(ui, look, PANEL.0, PANEL.1);
    let mut act = None;
    if places.panel.is_some() {
        act = act.or(stage(ui, look, &scene, places.stage, can_open));
        if let Some(panel) = places.panel {
            let top = panel.top() + ((panel.height() - 480.0) / 2.0).clamp(-12.0, 99.0);
            let inner = Rect::from_min_max(pos2(panel.left(), top), panel.max);
            act = act.or(widgets::inside(ui, inner, |ui| {
                egui::ScrollArea::vertical()
                    .id_salt("facts")
                    .show(ui, |ui| {
                        ui.set_width(PANEL.0);
                        panel_contents(ui, look, &scene)
                    })
                    .inner
            }));
        }
    } else {
        act = act.or(stacked(ui, look, &scene));
    }
    let mut menu = |ui: &mut Ui, look: &mut Look<'_>| menu(ui, look, packet, can_open);
    act = act.or(header(ui, look, Some(&mut menu)));
    if can_open && packet.shown.inspection.verdict == Verdict::Genuine {
        let (rect, closed) = (ui.ctx().content_rect(), standing(ui, look, &scene));
        moment::order_ahead(ui.painter(), look, packet, rect, closed);
    }
    act.or(keys(ui, model, can_open))
}

/// Enter opens, as long as nothing else has the keyboard; Esc closes the details.
fn keys(ui: &Ui, model: &Model, can_open: bool) -> Option<Act> {
    if egui::Popup::is_any_open(ui.ctx()) || super::view::is_covered(ui) {
        return None;
    }
    if model.details && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        return Some(Act::Packet(Action::Details(false)));
    }
    let free = ui.memory(|memory| memory.focused().is_none());
    let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
    (can_open && free && enter).then_some(Act::Packet(Action::Open { tell: true }))
}

fn menu(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, can_open: bool) -> Option<Act> {
    let mut act = None;
    if can_open {
        let words = look.say("look-quietly");
        if menu_item(ui, look, &words) {
            act = Some(Act::Packet(Action::Open { tell: false }));
        }
    }
    if forward_on_envelope(packet) {
        let words = look.say("forward");
        if menu_item(ui, look, &words) {
            act = Some(Act::OpenForward);
        }
    }
    act = act.or(archive_item(ui, look, packet));
    if let Some(id) = packet.shown.inspection.id {
        let words = look.say("copy-id");
        if menu_item(ui, look, &words) {
            act = Some(Act::Copy(id.to_string(), "copied"));
        }
    }
    act
}

/// A narrower window: the envelope first, what is known below it; in the narrowest in a sheet from the bottom.
fn stacked(ui: &mut Ui, look: &mut Look<'_>, scene: &Scene<'_>) -> Option<Act> {
    let all = ui.max_rect();
    if look.room == Room::Narrow {
        let can_open = scene.can_open() && !scene.model.details;
        let act = low_stage(ui, look, scene, narrow_stage(scene, all), can_open);
        return act.or(bottom_sheet(ui, look, scene, all));
    }
    egui::ScrollArea::vertical()
        .id_salt("packet")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let size = vec2(ui.available_width(), (all.height() - 60.0).clamp(420.0, 700.0));
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let act = stage(ui, look, scene, rect, scene.can_open());
            let below = widgets::centred(ui, 420.0, |ui| panel_contents(ui, look, scene));
            ui.add_space(24.0);
            act.or(below)
        })
        .inner
}

/// The stage of a narrow window. In one that is very low the envelope is scrolled to, for nothing of it may lie below the sheet
/// for good.
fn low_stage(ui: &mut Ui, look: &mut Look<'_>, scene: &Scene<'_>, place: Rect, can_open: bool) -> Option<Act> {
    if place.height() >= LEAST_STAGE {
        return stage(ui, look, scene, place, can_open);
    }
    widgets::inside(ui, place, |ui| {
        let area = egui::ScrollArea::vertical().id_salt("stage").auto_shrink([false, false]);
        area.show(ui, |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(place.width(), LEAST_STAGE), Sense::hover());
            stage(ui, look, scene, rect, can_open)
        })
        .inner
    })
}

/// How high a stage is at least: an envelope that can be read, and the way back above it.
const LEAST_STAGE: f32 = 300.0;

/// What a narrow window shows at its bottom: who sent it and how long there is time; pulled up, everything.
fn bottom_sheet(ui: &mut Ui, look: &mut Look<'_>, scene: &Scene<'_>, all: Rect) -> Option<Act> {
    let Scene { model, packet, around, .. } = *scene;
    let tokens = look.tokens();
    let (open, height) = sheet_height(scene, all);
    let rect = Rect::from_min_max(
        pos2(all.left() + 11.0, all.bottom() - height),
        pos2(all.right() - 11.0, all.bottom() + 20.0),
    );
    ui.painter().add(crate::app::theme::CARD_SHADOW.as_shape(rect, 18));
    ui.painter().rect_filled(rect, 18.0, tokens.surface);
    let mut act = None;
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), 62.0));
    let response = ui.interact(bar, ui.scope_id().with("details"), Sense::click());
    let label = look.say("details");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, &label));
    if response.clicked() {
        act = Some(Act::Packet(Action::Details(!model.details)));
    }
    let expires = packet.shown.inspection.expires.map_or(0, |expires| expires.0);
    let days = look.formats.days_until(expires, look.now);
    let left_words = if expires < look.now { look.say("state-expired") } else { days_left(look, days) };
    let painter = ui.painter();
    let from = from_words(look, packet, around.data);
    let left = bar.left() + 18.0;
    let said = crate::app::look::cut_line(
        painter,
        pos2(left, bar.top() + 21.0),
        &from,
        fonts::strong(fonts::BODY),
        tokens.ink,
        bar.width() - 110.0,
    );
    let said = ui.interact(said, ui.scope_id().with("from"), Sense::hover());
    said.widget_info(|| WidgetInfo::labeled(Role::Label, true, &from));
    crate::app::look::cut_line(
        painter,
        pos2(left, bar.top() + 42.0),
        &left_words,
        fonts::body(fonts::SECONDARY),
        tokens.ink2,
        200.0,
    );
    let caret = if open { icons::CARET_DOWN } else { icons::CARET_UP };
    let right = pos2(bar.right() - 18.0, bar.center().y);
    painter.text(
        right,
        egui::Align2::RIGHT_CENTER,
        format!("{label}  {caret}"),
        fonts::strong(fonts::SECONDARY),
        tokens.ink2,
    );
    widgets::ring(ui, look, &response, bar.shrink(6.0), egui::CornerRadius::same(radius::CONTROL));
    if !open {
        // What opening tells to whom stands beside the seal in every window.
        let domain = packet.shown.inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
        let tells = look.tell("open-tells", &[("domain", domain.into())]);
        let words = crate::app::look::wrapped(
            ui.painter(),
            &tells,
            fonts::body(fonts::SMALL),
            tokens.ink3,
            bar.width() - 36.0,
            false,
        );
        let response = ui.interact(
            Rect::from_min_size(pos2(left, bar.bottom() - 4.0), words.size()),
            ui.scope_id().with("tells"),
            Sense::hover(),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &tells));
        ui.painter().galley(pos2(left, bar.bottom() - 4.0), words, tokens.ink3);
    }
    if open {
        let inner =
            Rect::from_min_max(pos2(rect.left() + 18.0, bar.bottom()), pos2(rect.right() - 18.0, all.bottom() - 8.0));
        act = act.or(widgets::inside(ui, inner, |ui| {
            egui::ScrollArea::vertical().id_salt("sheet").show(ui, |ui| panel_contents(ui, look, scene)).inner
        }));
    }
    act
}

pub(super) fn from_words(look: &Look<'_>, packet: &Packet, data: &crate::app::message::Data) -> String {
    match &packet.shown.from {
        Some(from) => look.tell("forwarded-to-you", &[("name", who(data, &from.client).into())]),
        None => look.say("from-issuer"),
    }
}

fn panel_contents(ui: &mut Ui, look: &mut Look<'_>, scene: &Scene<'_>) -> Option<Act> {
    let Scene { model, packet, around, condition, .. } = *scene;
    let mut act = None;
    if let Some(trouble) = &model.fault {
        fault(ui, look, trouble);
        ui.add_space(10.0);
    }
    act = act.or(stranger::view(ui, look, packet, around));
    match condition {
        Condition::Fine => issuer(ui, look, packet),
        Condition::Unchecked if model.accepted => issuer(ui, look, packet),
        other => act = act.or(warn(ui, look, packet, other)),
    }
    if condition == Condition::Tampered {
        return act;
    }
    facts(ui, look, packet, around);
    act = act.or(relayed::view(ui, look, packet, around));
    ui.add_space(12.0);
    pattern(ui, look, packet);
    if scene.may_open() {
        act = act.or(telling(ui, look, scene));
    }
    act
}

/// Issuer and who checked it.
fn issuer(ui: &mut Ui, look: &Look<'_>, packet: &Packet) {
    let tokens = look.tokens();
    let inspection = &packet.shown.inspection;
    let domain = inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
    let passed =
        |kind: CheckKind| inspection.checks.iter().any(|check| check.check == kind && check.result == Outcome::Passed);
    let (title, more, band) = if let Some(bank) = &inspection.checked_by {
        let by = look.tell("checked-by", &[("bank", bank.as_str().into())]);
        let band = Band { icon: icons::VERIFIED, ink: tokens.celadon, ground: tokens.celadon_tint };
        (look.say("issuer-checked"), format!("{domain} · {by}"), band)
    } else if passed(CheckKind::PacketSignature) {
        let band = Band { icon: icons::SHIELD_CHECK, ink: tokens.ink2, ground: tokens.rail };
        (look.say("signature-holds"), domain, band)
    } else {
        let band = Band { icon: icons::ISSUER_UNKNOWN, ink: tokens.ochre, ground: tokens.ochre_tint };
        let more = look.tell("issuer-unchecked-more", &[("domain", domain.into())]);
        (look.say("issuer-unchecked"), more, band)
    };
    widgets::banner(ui, band, [&title, &more]);
    ui.add_space(4.0);
}

fn facts(ui: &mut Ui, look: &Look<'_>, packet: &Packet, around: &Around<'_>) {
    let inspection = &packet.shown.inspection;
    ui.spacing_mut().item_spacing.y = 0.0;
    let kind = look.say(if inspection.kind == Some("goods") { "envelope-kind-goods" } else { "envelope-kind-bank" });
    fact(ui, look, &look.say("fact-kind"), &kind, "");
    fact(ui, look, &look.say("fact-serial"), &format::serial(inspection.serial.unwrap_or_default()), "");
    if let Some(expires) = inspection.expires {
        let days = look.formats.days_until(expires.0, look.now);
        let more = if expires.0 >= look.now { days_left(look, days) } else { String::new() };
        fact(ui, look, &look.say("fact-until"), &look.formats.day_and_time(expires.0), &more);
    }
    match &packet.shown.from {
        Some(from) => {
            let times = look.tell("forwarded-times", &[("count", inspection.hops.len().into())]);
            fact(ui, look, &look.say("fact-from"), &who(around.data, &from.client), &times);
        }
        None => fact(ui, look, &look.say("fact-from"), &look.say("from-issuer"), ""),
    }
    ui.spacing_mut().item_spacing.y = 8.0;
    if let Some(note) = &inspection.note {
        ui.add_space(8.0);
        let by = inspection.note_by.map(|by| who(around.data, &by));
        greeting_card(ui, look, note, by.as_deref());
    }
}

/// A forwarder's own words, as the card that lies in an envelope.
fn greeting_card(ui: &mut Ui, look: &Look<'_>, words: &str, by: Option<&str>) {
    let tokens = look.tokens();
    let line = egui::Stroke::new(1.0, fixed::GOLD_LINE);
    let card = egui::Frame::NONE.fill(tokens.gold_tint).stroke(line).corner_radius(radius::TILE);
    card.inner_margin(egui::Margin::symmetric(16, 10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        widgets::label(ui, &look.say("envelope-note"), fonts::body(fonts::SECONDARY), tokens.gold);
        widgets::note(ui, &format!("“{words}”"), fonts::body(fonts::STRONG), tokens.ink);
        if let Some(by) = by {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                widgets::label(ui, &format!("— {by}"), fonts::body(fonts::SECONDARY), tokens.ink2);
            });
        }
    });
}

/// The pattern, and what it says.
fn pattern(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) {
    let words = look.say("envelope-pattern");
    let tokens = look.tokens();
    let width = ui.available_width() - 76.0;
    let galley =
        crate::app::look::wrapped(ui.painter(), &words, fonts::body(fonts::SECONDARY), tokens.ink2, width, false);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y.max(62.0)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let seed = packet.shown.inspection.id.map_or([0; 32], |id| *id.as_bytes());
    let painter = ui.painter().clone();
    let centre = pos2(rect.left() + 31.0, rect.center().y);
    look.pictures.paint_centred(&painter, &Drawing::Medallion(seed), centre, 62.0);
    painter.galley(pos2(rect.left() + 76.0, rect.center().y - galley.size().y / 2.0), galley, tokens.ink2);
}

/// How to open, and what is told to whom when one does.
fn telling(ui: &mut Ui, look: &mut Look<'_>, scene: &Scene<'_>) -> Option<Act> {
    let Scene { packet, around, opening, .. } = *scene;
    let tokens = look.tokens();
    let mut act = None;
    ui.add_space(4.0);
    let hint = look.say(if opening { "opening" } else { "open-hint" });
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(22.0, 24.0), Sense::hover());
        ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, icons::TAP, fonts::icon(21.0), tokens.gold);
        widgets::label(ui, &hint, fonts::body(fonts::BODY), tokens.ink2);
    });
    let domain = packet.shown.inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
    let tells = look.tell("open-tells", &[("domain", domain.into())]);
    widgets::note(ui, &tells, fonts::body(fonts::SMALL), tokens.ink3);
    if packet.shown.from.is_some() {
        let words = look.say("consent-show-me");
        ui.horizontal(|ui| {
            if widgets::toggle(ui, look, &words, around.show_me).clicked() {
                act = Some(Act::ShowMe(!around.show_me));
            }
            widgets::note(ui, &words, fonts::body(fonts::SECONDARY), tokens.ink2);
        });
    }
    if packet.shown.inspection.kind == Some("bank") {
        let known = packet.shown.inspection.bank_name.is_some();
        let key = if known { "money-unknown" } else { "money-bank-unknown" };
        let words = look.tell(key, &[("bank", bank(packet).into())]);
        widgets::note(ui, &words, fonts::body(fonts::SMALL), tokens.ink3);
    }
    act
}

/// A warning with what one can do.
fn warn(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, condition: Condition) -> Option<Act> {
    let words = condition.words(look, packet);
    warning::band(ui, look, &words);
    warning_words(ui, look, &words);
    let mut act = None;
    if condition == Condition::Unchecked {
        let check = look.say("warn-unchecked-check");
        let open = look.say("warn-unchecked-open");
        ui.horizontal_wrapped(|ui| {
            if Button::dark(&check, words.band).show(ui, look).clicked() {
                act = packet.shown.inspection.id.map(|id| Act::Do(Command::CheckIssuer(id)));
            }
            if Button::secondary(&open).show(ui, look).clicked() {
                act = Some(Act::Packet(Action::Accept));
            }
        });
        ui.add_space(8.0);
    }
    if condition == Condition::Expired {
        let ask = look.say("warn-expired-ask");
        let archive = look.say("warn-expired-archive");
        let away = packet.shown.state != crate::api::states::PacketState::Archived;
        ui.horizontal_wrapped(|ui| {
            if Button::dark(&ask, words.band).show(ui, look).clicked() {
                act = Some(Act::Copy(look.say("warn-expired-message"), "copied"));
            }
            if away && Button::secondary(&archive).show(ui, look).clicked() {
                act = packet.shown.inspection.id.map(|id| Act::Archive(id, true));
            }
        });
        ui.add_space(8.0);
    }
    act
}
