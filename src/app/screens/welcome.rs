//! The first run: what this is, and a way to look around at once. It asks for nothing.

use egui::{Sense, pos2, vec2};

use super::super::look::{Look, Room};
use super::super::message::Pick;
use super::super::state::Act;
use super::super::theme::{THUMB_SHADOW, fonts, icons};
use super::super::widgets::{self, Button};
use super::{envelope, keep};
use crate::art::{Colourway, Guilloche, Paper, SealFace};

/// Shows the welcome over everything.
pub(in crate::app) fn view(ctx: &egui::Context, look: &mut Look<'_>) -> Option<Act> {
    let size = vec2(720.0, 480.0);
    let (act, close) = widgets::sheet(ctx, look, "welcome", size, |ui, look| {
        let all = ui.max_rect();
        let narrow = look.room == Room::Narrow;
        let width = if narrow { 150.0 } else { 220.0 };
        let at = if narrow {
            pos2(all.center().x - width / 2.0, all.top() + 40.0)
        } else {
            pos2(all.left() + 48.0, all.center().y - envelope::height(width) / 2.0)
        };
        picture(ui, look, at, width);
        let inner = if narrow {
            let top = at.y + envelope::height(width) + 24.0;
            egui::Rect::from_min_max(pos2(all.left() + 24.0, top), all.max - vec2(24.0, 16.0))
        } else {
            egui::Rect::from_min_max(pos2(at.x + width + 48.0, all.top() + 56.0), all.max - vec2(40.0, 32.0))
        };
        widgets::inside(ui, inner, |ui| egui::ScrollArea::vertical().show(ui, |ui| words(ui, look)).inner)
    });
    act.or(close.then_some(Act::Welcomed(None)))
}

fn picture(ui: &egui::Ui, look: &mut Look<'_>, at: egui::Pos2, width: f32) {
    let painter = ui.painter().clone();
    let body = egui::Rect::from_min_size(at, vec2(width, envelope::height(width)));
    look.pictures.shadow(&painter, body, 12, THUMB_SHADOW);
    let title = look.say("app-name");
    let face = envelope::Face {
        paper: Paper::Gift(Colourway::Cinnabar),
        guilloche: Guilloche { seed: [7; 32], intact: true },
        issuer: [8; 32],
        title: &title,
        greeting: "恭喜发财",
        emblem: None,
        cover: None,
        seal: if look.is_chinese() { SealFace::Gold } else { SealFace::GoldOpen },
        stamp: None,
        foot: None,
    };
    envelope::paint(&painter, look, at, width, &face);
    envelope::paint_seal(&painter, look, at, width, face.seal, 1.0);
}

fn words(ui: &mut egui::Ui, look: &mut Look<'_>) -> Option<Act> {
    let tokens = look.tokens();
    let title = look.say("welcome-title");
    widgets::heading(ui, look, &title, fonts::PAGE);
    let line = look.say("welcome-line");
    widgets::note(ui, &line, fonts::body(fonts::STRONG), tokens.ink);
    ui.add_space(10.0);
    for (icon, key) in
        [(icons::TAP, "welcome-no-account"), (icons::EYE_OFF, "welcome-private"), (icons::LOCK, "welcome-money")]
    {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(26.0, 28.0), Sense::hover());
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, icon, fonts::icon(21.0), tokens.celadon);
            let words = look.say(key);
            widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
        });
    }
    ui.add_space(14.0);
    let mut act = None;
    let start = look.say("welcome-look");
    if Button::primary(&start).large().width(ui.available_width().min(280.0)).show(ui, look).clicked() {
        act = Some(Act::Welcomed(None));
    }
    let open = look.say("welcome-open");
    if Button::secondary(&open).icon(icons::FOLDER).width(ui.available_width().min(280.0)).show(ui, look).clicked() {
        act = Some(Act::Welcomed(Some(Pick::Open)));
    }
    let restore = look.say("welcome-restore");
    if Button::ghost(&restore).icon(icons::KEY).width(ui.available_width().min(280.0)).show(ui, look).clicked() {
        act = Some(Act::Keep(keep::Action::Open(keep::Sheet::Restore)));
    }
    act
}
