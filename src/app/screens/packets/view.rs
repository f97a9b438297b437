//! How the page of packets looks: what stands above and between the shelf and the list, and the page before there is any packet.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::drop::drop_card;
use super::list::{self, list};
use super::shelf::{self, show_shelf};
use super::{Action, Filter, Found, Model, Sort};
use crate::app::look::{Look, Room};
use crate::app::message::{Command, Data, Pick};
use crate::app::pictures::Drawing;
use crate::app::shell::{SyncSign, sync_icon};
use crate::app::state::{Act, Page, Reminder};
use crate::app::theme::{HIT, fonts, icons, radius};
use crate::app::widgets::{self, Button, Field};

/// What the page needs beside its own model.
pub(in crate::app) struct Around<'a> {
    pub(in crate::app) data: &'a Data,
    pub(in crate::app) found: &'a Found,
    pub(in crate::app) sync: SyncSign,
    pub(in crate::app) reminds_of_backup: Option<Reminder>,
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let found = around.found;
    widgets::page(ui, look, "packets", |ui, look| {
        let mut act = header(ui, look, model, &around.sync);
        ui.add_space(6.0);
        act = act.or(paste_line(ui, look, model));
        if around.data.packets.is_empty() {
            return act.or(nothing_yet(ui, look));
        }
        act = act.or(show_shelf(ui, look, found));
        if let Some(reminder) = around.reminds_of_backup {
            act = act.or(backup_reminder(ui, look, reminder));
        }
        ui.add_space(4.0);
        act = act.or(filters(ui, look, model, around.data));
        act.or(list(ui, look, found))
    })
}

/// What the page draws first in a window as wide as it opens, with the widths: the envelopes at the front of the shelf, their
/// seals, and the small ones of the first rows.
pub(in crate::app) fn first_drawings(found: &Found, chinese: bool, now: i64) -> Vec<(Drawing, f32)> {
    let mut drawings = vec![(Drawing::AppIcon, 38.0)];
    let others = shelf::first_drawings(found, chinese).chain(list::first_drawings(found, now));
    for drawing in others {
        if !drawings.contains(&drawing) {
            drawings.push(drawing);
        }
    }
    drawings
}

/// Reminds of what would be lost with this machine: what it is at the left, what one can do at the right, or below.
fn backup_reminder(ui: &mut Ui, look: &mut Look<'_>, reminder: Reminder) -> Option<Act> {
    let (tokens, narrow) = (look.tokens(), look.room == Room::Narrow);
    let (see, later) = (look.say("backup"), look.say("backup-later"));
    let of_money = reminder != Reminder::Gentle;
    let see = if of_money { Button::primary(&see) } else { Button::secondary(&see) };
    let later = Button::ghost(&later);
    let sizes = [see.size(ui), later.size(ui)];
    let room = sizes[0].x + sizes[1].x + 8.0;
    let width = ui.available_width() - 76.0 - if narrow { 0.0 } else { room };
    let why = match reminder {
        Reminder::Gentle => look.say("backup-why"),
        Reminder::OfMoney(count) => look.tell("backup-why-money", &[("count", count.into())]),
    };
    let words = crate::app::look::wrapped(ui.painter(), &why, fonts::body(fonts::SECONDARY), tokens.gold, width, false);
    let high = if narrow { words.size().y + HIT + 28.0 } else { words.size().y.max(HIT) + 16.0 };
    ui.add_space(4.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &why));
    ui.add_space(4.0);
    ui.painter().rect_filled(rect, CornerRadius::same(radius::TILE), tokens.gold_tint);
    let top = if narrow { rect.top() + 12.0 } else { rect.center().y - words.size().y / 2.0 };
    let icon = pos2(rect.left() + 30.0, top + words.size().y.min(34.0) / 2.0);
    ui.painter().text(icon, Align2::CENTER_CENTER, icons::KEY, fonts::icon(20.0), tokens.gold);
    ui.painter().galley(pos2(rect.left() + 54.0, top), words, tokens.gold);
    let y = if narrow { rect.bottom() - HIT - 8.0 } else { rect.center().y - HIT / 2.0 };
    let first = Rect::from_min_size(pos2(rect.right() - 16.0 - room, y), sizes[1]);
    let second = Rect::from_min_size(pos2(rect.right() - 16.0 - sizes[0].x, y), sizes[0]);
    let put_off = later.show_at(ui, look, first).clicked();
    let seen = see.show_at(ui, look, second).clicked();
    seen.then_some(Act::Go(Page::Settings)).or(put_off.then_some(Act::BackupLater))
}

fn header(ui: &mut Ui, look: &mut Look<'_>, model: &Model, sync: &SyncSign) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        ui.set_height(44.0);
        let title = look.say("page-packets");
        widgets::heading(ui, look, &title, fonts::PAGE);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if look.room == Room::Narrow {
                act = narrow_buttons(ui, look, sync);
                return;
            }
            let open = look.say("open-file");
            if Button::secondary(&open).icon(icons::FOLDER).show(ui, look).clicked() {
                act = Some(Act::Pick(Pick::Open));
            }
            let link = look.say("open-link");
            if Button::secondary(&link).icon(icons::LINK).show(ui, look).clicked() {
                act = Some(open_paste(ui));
            }
            let width = (ui.available_width() - 12.0).clamp(120.0, 270.0);
            ui.allocate_ui(vec2(width, HIT), |ui| act = act.take().or(search(ui, look, model)));
        });
    });
    if look.room == Room::Narrow && model.searching {
        act = act.or(search(ui, look, model));
    }
    act
}

fn narrow_buttons(ui: &mut Ui, look: &mut Look<'_>, sync: &SyncSign) -> Option<Act> {
    let mut act = None;
    ui.spacing_mut().item_spacing.x = 2.0;
    act = act.or(sync_icon(ui, look, sync));
    for (icon, key, then) in [
        (icons::FOLDER, "open-file", Act::Pick(Pick::Open)),
        (icons::LINK, "open-link", Act::Packets(Action::Paste(Some(String::new())))),
        (icons::SEARCH, "search-hint", Act::Packets(Action::ToggleSearch)),
    ] {
        let name = look.say(key);
        if widgets::icon_button(ui, look, icon, &name).clicked() {
            act = Some(if key == "open-link" { open_paste(ui) } else { then });
        }
    }
    act
}

/// Opens the field for links, which has the keyboard from its first frame on.
fn open_paste(ui: &Ui) -> Act {
    let field = Field::new("paste", "").id;
    ui.memory_mut(|memory| memory.request_focus(field));
    Act::Packets(Action::Paste(Some(String::new())))
}

fn search(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let hint = look.say("search-hint");
    let mut text = model.search.clone();
    let field = Field { height: HIT, ..Field::new("search", &hint).hint(&hint).bare().icon(icons::SEARCH) };
    let response = widgets::field(ui, look, &field, &mut text);
    response.changed().then(|| Act::Packets(Action::Search(text)))
}

/// A field for a link or a path: what serves when there is no native dialog.
fn paste_line(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut text = model.paste.clone()?;
    let (label, hint) = (look.say("paste-label"), look.say("paste-hint"));
    let [take, paste, cancel] = ["paste-take", "paste-now", "cancel"].map(|key| look.say(key));
    let mut act = None;
    ui.horizontal(|ui| {
        let room = ui.available_width() - 220.0;
        let response = ui
            .allocate_ui(vec2(room.max(140.0), 44.0), |ui| {
                let field = Field { height: HIT, ..Field::new("paste", &label).hint(&hint).bare().icon(icons::LINK) };
                widgets::field(ui, look, &field, &mut text)
            })
            .inner;
        let entered = widgets::entered(ui, &response);
        let ready = !text.trim().is_empty();
        // What was copied elsewhere need not go through the field, and files or pictures could not.
        let take = if ready { Button::primary(&take) } else { Button::primary(&paste).icon(icons::CLIPBOARD) };
        let clicked = take.show(ui, look).clicked();
        if ready && (clicked || entered) {
            act = Some(Act::TakeText(text.trim().to_owned()));
        } else if clicked {
            act = Some(Act::Do(Command::TakeClipboard));
        } else if Button::ghost(&cancel).show(ui, look).clicked() {
            act = Some(Act::Packets(Action::Paste(None)));
        } else if response.changed() {
            act = Some(Act::Packets(Action::Paste(Some(text))));
        }
        if ui.memory(|memory| memory.focused().is_none()) && model.paste.as_deref() == Some("") {
            response.request_focus();
        }
    });
    ui.add_space(8.0);
    act
}

fn nothing_yet(ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
    let mut act = None;
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(198.0, 275.0), Sense::hover());
        drop_card(ui, look, rect);
        ui.add_space(16.0);
        let (title, more) = (look.say("empty-title"), look.say("empty-more"));
        widgets::label(ui, &title, fonts::strong(fonts::SECTION), look.tokens().ink);
        ui.set_max_width(ui.available_width().min(460.0));
        widgets::note(ui, &more, fonts::body(fonts::BODY), look.tokens().ink2);
        ui.add_space(10.0);
        let open = look.say("welcome-open");
        if Button::primary(&open).large().icon(icons::FOLDER).show(ui, look).clicked() {
            act = Some(Act::Pick(Pick::Open));
        }
    });
    act
}

/// Whether a filter has something to show, or is the one that is chosen.
fn is_offered(filter: Filter, model: &Model, data: &Data) -> bool {
    let has_some = match filter {
        Filter::Archived => data.index().has_archive,
        Filter::Others => data.index().others > 0,
        _ => true,
    };
    has_some || model.filter == filter
}

fn filters(ui: &mut Ui, look: &mut Look<'_>, model: &Model, data: &Data) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        let room = ui.available_width() - if look.room == Room::Narrow { 0.0 } else { 170.0 };
        let area = egui::ScrollArea::horizontal().id_salt("filters").max_width(room);
        widgets::sideways(ui, area, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for filter in Filter::ALL.into_iter().filter(|filter| is_offered(*filter, model, data)) {
                    let label = look.tell(filter.key(), &[("count", data.index().others.into())]);
                    if widgets::chip(ui, look, &label, model.filter == filter).clicked() {
                        act = Some(Act::Packets(Action::Filter(filter)));
                    }
                }
            });
        });
        if look.room != Room::Narrow {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                act = act.take().or(sorting(ui, look, model));
            });
        }
    });
    act
}

/// One press for the next order.
fn sorting(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let label = format!("{} {}", look.say(model.sort.key()), icons::CARET_DOWN);
    let name = look.say(model.sort.key());
    let at = Sort::ALL.iter().position(|sort| *sort == model.sort).unwrap_or(0);
    let next = Sort::ALL[(at + 1) % Sort::ALL.len()];
    let clicked = Button::ghost(&label).plain().name(&name).show(ui, look).clicked();
    clicked.then_some(Act::Packets(Action::Sort(next)))
}
