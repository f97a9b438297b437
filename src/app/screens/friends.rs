//! Friends, by the contact cards they gave.

use egui::{Align2, Color32, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::super::art::avatar_colours;
use super::super::format::short_id;
use super::super::look::{Look, Room, cut_line};
use super::super::message::{Data, Pick};
use super::super::pictures::Drawing;
use super::super::state::{Act, Page};
use super::super::theme::{fonts, icons};
use super::super::widgets::{self, Button};
use crate::jose::ClientId;
use crate::wallet::Friend;

/// How high a friend's row is.
const ROW: f32 = 62.0;

/// The pattern of a person's key with the first letter of the name.
pub(in crate::app) fn avatar(ui: &Ui, look: &mut Look<'_>, client: &ClientId, name: &str, centre: Pos2, size: f32) {
    let key = client.as_bytes();
    let painter = ui.painter().clone();
    look.pictures.paint_centred(&painter, &Drawing::Avatar(*key), centre, size);
    let letter: String = if name.chars().any(|c| c > '\u{2e7f}') {
        name.chars().last().into_iter().collect()
    } else {
        name.chars().take(1).collect::<String>().to_uppercase()
    };
    let ink = Color32::from_hex(avatar_colours(key).letter).unwrap_or(Color32::WHITE);
    painter.text(centre, Align2::CENTER_CENTER, letter, fonts::strong(size * 0.4), ink);
}

/// When something was last forwarded to or received from a friend.
pub(in crate::app) fn last_exchange(look: &Look<'_>, data: &Data, client: &ClientId) -> String {
    match data.index().last_exchange(client) {
        Some(at) => {
            let day = look.formats.when(at, look.now, look.texts);
            look.tell("friend-last", &[("day", day.into())])
        }
        None => look.say("friend-never"),
    }
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, data: &Data) -> Option<Act> {
    widgets::page(ui, look, "friends", |ui, look| {
        let mut act = None;
        ui.horizontal(|ui| {
            ui.set_height(44.0);
            let title = look.say("page-friends");
            widgets::heading(ui, look, &title, fonts::PAGE);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let add = look.say(if look.room == Room::Narrow { "add" } else { "friend-add" });
                if Button::secondary(&add).icon(icons::ADD_FRIEND).show(ui, look).clicked() {
                    act = Some(Act::Pick(Pick::Open));
                }
            });
        });
        ui.add_space(8.0);
        let more = look.say("friends-add-more");
        widgets::note(ui, &more, fonts::body(fonts::BODY), look.tokens().ink2);
        ui.add_space(8.0);
        if data.friends.is_empty() {
            let (title, more) = (look.say("friends-empty"), look.say("friends-empty-more"));
            widgets::empty(ui, look, icons::FRIENDS, [&title, &more]);
            ui.vertical_centered(|ui| {
                let give = look.say("friends-give-card");
                if Button::primary(&give).icon(icons::ACCOUNT).show(ui, look).clicked() {
                    act = Some(Act::Go(Page::Settings));
                }
            });
            return act;
        }
        widgets::card(ui, look, |ui, look| {
            let count = look.tell("friends-count", &[("count", data.friends.len().into())]);
            widgets::heading(ui, look, &count, 16.0);
            let (count, gap) = (data.friends.len(), ui.spacing().item_spacing.y);
            let size = vec2(ui.available_width(), count as f32 * (ROW + gap) - gap);
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            widgets::Run { count, step: ROW + gap, start: all.top() }.down(ui, |ui, at, top| {
                let rect = Rect::from_min_size(pos2(all.left(), top), vec2(all.width(), ROW));
                Some(row(ui, look, data, data.friends.get(at)?, rect))
            });
        });
        act
    })
}

fn row(ui: &mut Ui, look: &mut Look<'_>, data: &Data, friend: &Friend, rect: Rect) -> egui::Response {
    let response = ui.interact(rect, ui.scope_id().with(("friend", friend.client)), Sense::hover());
    avatar(ui, look, &friend.client, &friend.name, pos2(rect.left() + 24.0, rect.center().y), 46.0);
    let last = last_exchange(look, data, &friend.client);
    let since = look.tell("friend-since", &[("day", look.formats.day(friend.since.0).into())]);
    let id = look.say("friend-id");
    let spoken = format!("{} {last} {since} {id} {}", friend.name, friend.client);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListItem, true, &spoken));
    let tokens = look.tokens();
    let left = rect.left() + 62.0;
    let painter = ui.painter();
    let right = if look.room == Room::Narrow { rect.right() } else { rect.right() - 260.0 };
    let width = right - left;
    let (above, below) = (rect.center().y - 11.0, rect.center().y + 11.0);
    cut_line(painter, pos2(left, above), &friend.name, fonts::strong(fonts::STRONG), tokens.ink, width);
    let line = if friend.inbox.is_empty() { look.say("friend-no-inbox") } else { last };
    cut_line(painter, pos2(left, below), &line, fonts::body(fonts::SECONDARY), tokens.ink2, width);
    if look.room != Room::Narrow {
        let short = format!("{id} {}", short_id(&friend.client.to_string()));
        for (text, font, ink, y) in [
            (since, fonts::body(fonts::SECONDARY), tokens.ink2, above),
            (short, fonts::body(fonts::SMALL), tokens.ink3, below),
        ] {
            painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, text, font, ink);
        }
    }
    response
}
