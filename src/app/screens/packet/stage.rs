//! The envelope on its stage: paper, words, seal, the button that forwards, and the light around them.

use egui::{Painter, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::envelope_view::{PANEL, Scene};
use super::view::{Places, paint_pool};
use super::{Action, Condition, forward_on_envelope, title};
use crate::app::format;
use crate::app::look::{Look, Room};
use crate::app::message::Packet;
use crate::app::pictures::{Drawing, on_envelope};
use crate::app::screens::envelope::{self, Face};
use crate::app::state::Act;
use crate::app::theme::{CONTACT_SHADOW, ENVELOPE_SHADOW, HIT, PAPER_SHADOW, fixed, fonts, icons, motion};
use crate::app::widgets;
use crate::art::{Layout, SealFace};
use crate::wallet::Inspection;

/// Height of the sheet at the bottom of a narrow window while it is down: who sent it, and what opening tells.
const SHEET_BAR: f32 = 96.0;

/// Whether the sheet of a narrow window is up, and how high it is. What has to be told of a packet leaves its envelope in sight.
pub(super) fn sheet_height(scene: &Scene<'_>, all: Rect) -> (bool, f32) {
    let model = scene.model;
    match (scene.condition == Condition::Fine, model.details || model.fault.is_some()) {
        (_, true) => (true, (all.height() * 0.66).min(460.0)),
        (false, _) => (true, all.height() * 0.5),
        _ => (false, SHEET_BAR),
    }
}

/// What a narrow window leaves to the envelope.
pub(super) fn narrow_stage(scene: &Scene<'_>, all: Rect) -> Rect {
    // What has to be told of an opened packet is told on its voucher.
    let told = scene.condition != Condition::Fine && scene.packet.shown.opened_at.is_none();
    let sheet = if told { all.height() * 0.5 } else { SHEET_BAR };
    Rect::from_min_max(all.min, pos2(all.right(), all.bottom() - sheet))
}

/// The envelope in the middle of its stage, with the pattern of its signature behind it.
pub(super) fn stage(ui: &mut Ui, look: &mut Look<'_>, scene: &Scene<'_>, stage: Rect, can_open: bool) -> Option<Act> {
    let Scene { packet, condition, opening, .. } = *scene;
    let inspection = &packet.shown.inspection;
    let over = condition.is_over();
    let verdict = inspection.verdict;
    let face = Face {
        paper: envelope::paper(verdict, inspection.theme.as_deref(), over),
        guilloche: envelope::guilloche(inspection.id.as_ref(), verdict),
        issuer: envelope::issuer_seed(inspection.issuer.as_ref()),
        title: title(packet),
        greeting: inspection.greeting.as_deref().unwrap_or_default(),
        emblem: packet.emblem.as_ref(),
        cover: packet.cover.as_ref(),
        seal: envelope::seal_face(verdict, over, look.is_chinese()),
        stamp: stamp(look, packet, condition),
        foot: Some(foot(look, inspection)),
    };
    let (at, width) = place(look, stage);
    // What moves is painted by the moment of opening.
    let moves = scene.model.moment.is_some();
    paint_stage(ui, look, at, width, (&face, moves));
    if moves {
        return None;
    }
    envelope::say(ui, look, at, width, &face);
    let mut act = None;
    if forward_on_envelope(packet) && face.paper.is_gift() {
        let label = look.say("forward");
        let rect = forward_place(ui.painter(), at, width, &label);
        if widgets::gradient_button(ui, rect, icons::FORWARD, &label).clicked() {
            act = Some(Act::OpenForward);
        }
    }
    act.or(seal(ui, look, (at, width), &face, (can_open, opening)))
}

/// What is stamped on an envelope that is over: the day on which it ended, or why.
fn stamp(look: &Look<'_>, packet: &Packet, condition: Condition) -> Option<String> {
    match condition {
        Condition::Expired => packet.shown.inspection.expires.map(|expires| look.formats.day(expires.0)),
        Condition::Gone | Condition::Withdrawn => Some(condition.words(look, packet).tag),
        _ => None,
    }
}

/// Where the button lies that forwards, on an envelope at `at`.
pub(super) fn forward_place(painter: &Painter, at: Pos2, width: f32, label: &str) -> Rect {
    let (centre, size) = on_envelope(at, width, Layout::of(width).forward);
    let text = crate::app::look::cut_by(painter, label, fonts::strong(17.0), fixed::ON_ENVELOPE, width);
    let rect = Rect::from_center_size(centre, vec2((size * 3.3).max(text.size().x + 86.0), size.max(HIT)));
    // On a small envelope, where it is larger than to scale, it keeps clear of the greeting above it.
    let below =
        if Layout::of(width).foot.is_some() { 0.0 } else { at.y + envelope::height(width) - 5.0 - rect.bottom() };
    rect.translate(vec2(0.0, below))
}

pub(super) fn foot(look: &Look<'_>, inspection: &Inspection) -> [String; 2] {
    let day = inspection.expires.map(|expires| look.formats.day(expires.0)).unwrap_or_default();
    [format::serial(inspection.serial.unwrap_or_default()), look.tell("valid-until-day", &[("day", day.into())])]
}

/// Where the closed envelope of this page stands, and how wide it is.
pub(super) fn standing(ui: &Ui, look: &Look<'_>, scene: &Scene<'_>) -> (Pos2, f32) {
    let all = ui.max_rect();
    let stage = match look.room {
        Room::Wide => Places::of(ui, look, PANEL.0, PANEL.1).stage,
        Room::Middle => Rect::from_min_size(all.min, vec2(all.width(), (all.height() - 60.0).clamp(420.0, 700.0))),
        Room::Narrow => narrow_stage(scene, all),
    };
    place(look, stage)
}

/// Where the envelope stands: as high as fits, at most 539 points.
pub(super) fn place(look: &Look<'_>, stage: Rect) -> (Pos2, f32) {
    let above: f32 = if look.room == Room::Narrow { 66.0 } else { 81.0 };
    // Where little room is left, it is for the envelope.
    let around = (2.0 * above).min((stage.height() - 230.0).max(above + 16.0));
    let high = 539.0_f32.min(stage.height() - around).max(200.0);
    let width = (high / crate::art::ENVELOPE_RATIO).min(stage.width() - 48.0).floor();
    let high = envelope::height(width);
    // A little below the middle, as a picture hangs.
    let top = (stage.top() + (stage.height() - high) / 2.0 + 1.0).max(stage.top() + 60.0);
    (pos2((stage.center().x - width / 2.0).round(), top.round()), width)
}

/// Paints the envelope in its light; where it moves, the light alone.
pub(super) fn paint_stage(ui: &Ui, look: &mut Look<'_>, at: Pos2, width: f32, (face, moves): (&Face<'_>, bool)) {
    let painter = ui.painter().clone();
    let rect = Rect::from_min_size(at, vec2(width, envelope::height(width)));
    if face.paper.is_gift() {
        paint_pool(ui, look, rect.center(), width * 2.2);
        let watermark = Drawing::Watermark(face.guilloche.seed, look.theme.dark);
        look.pictures.paint_centred(
            &painter,
            &watermark,
            rect.center() - vec2(0.0, rect.height() * 0.066),
            width * 1.7,
        );
        if moves {
            return;
        }
        look.pictures.shadow(&painter, rect, 18, ENVELOPE_SHADOW);
        look.pictures.shadow(&painter, rect, 18, CONTACT_SHADOW);
    } else {
        look.pictures.shadow(&painter, rect, 18, PAPER_SHADOW);
    }
    envelope::paint(&painter, look, at, width, face);
}

/// The seal: a button as long as the packet can be opened, darker while it is being opened.
fn seal(
    ui: &mut Ui,
    look: &mut Look<'_>,
    (at, width): (Pos2, f32),
    face: &Face<'_>,
    (can_open, opening): (bool, bool),
) -> Option<Act> {
    let (centre, size) = envelope::seal_place(at, width);
    let rect = Rect::from_center_size(centre, Vec2::splat(2.0 * size));
    let sense = if can_open { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with("seal"), sense);
    let name = look.tell("open-seal-of", &[("title", face.title.into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, can_open, &name));
    widgets::into_sight(&response);
    let painter = ui.painter().clone();
    let time = if look.theme.still { 0.0 } else { motion::HOVER };
    let warm = ui.ctx().animate_bool_with_time(response.id, can_open && response.hovered(), time);
    let down = can_open && response.is_pointer_button_down_on();
    if warm > 0.0 && !down {
        let place = Drawing::Halo.size(2.0 * size) * (0.9 + 0.1 * warm);
        let tint = egui::Color32::WHITE.gamma_multiply(warm);
        let rect = Rect::from_center_size(centre, place);
        look.pictures.paint_in(&painter, &Drawing::Halo, 2.0 * size, rect, tint);
    }
    let factor = match (down, look.theme.still) {
        (true, _) => 0.95,
        (false, true) => 1.0,
        (false, false) => 1.0 + 0.04 * warm,
    };
    let gold = if look.is_chinese() { SealFace::Gold } else { SealFace::GoldOpen };
    let shown = match face.seal {
        SealFace::Unknown if can_open => gold,
        SealFace::Gold | SealFace::GoldOpen if !can_open && !opening => SealFace::Disabled,
        other => other,
    };
    envelope::paint_seal(&painter, look, at, width, shown, factor);
    if down || opening {
        painter.circle_filled(centre, size * factor, fixed::SEAL_PRESSED);
    }
    if response.has_focus() {
        painter.circle_stroke(centre, size + 6.0, egui::Stroke::new(2.5, fixed::ON_ENVELOPE));
    }
    let response = if can_open { response.on_hover_cursor(egui::CursorIcon::PointingHand) } else { response };
    response.clicked().then_some(Act::Packet(Action::Open { tell: true }))
}
