//! Friends, by the contact cards they gave.

use egui::{Align2, Color32, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::super::format::short_id;
use super::super::kept::counted;
use super::super::look::{Look, Room};
use super::super::message::{Command, Data, Pick, Task};
use super::super::pictures::Drawing;
use super::super::state::{Act, Page};
use super::super::theme::{fonts, icons};
use super::super::widgets::{self, Button, Field};
use super::rewards;
use crate::art::avatar_colours;
use crate::jose::{ClientId, Digest};
use crate::wallet::Friend;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// How high a friend's row is where there is room for two columns, for one, and for hardly that.
const ROW: [f32; 3] = [68.0, 100.0, 190.0];
/// Above this width there are two columns; below that one the words stand under the face.
const WIDTHS: (f32, f32) = (560.0, 260.0);

fn row_height(width: f32) -> f32 {
    if width > WIDTHS.0 {
        ROW[0]
    } else if width > WIDTHS.1 {
        ROW[1]
    } else {
        ROW[2]
    }
}

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

/// What is typed here.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Model {
    /// The path of a card, while one is being added.
    pub(in crate::app) card: Option<String>,
    /// A card that came, or a friend that is looked at.
    pub(in crate::app) seen: Option<Seen>,
    /// Further cards that came at once, to be looked at after that one.
    further: VecDeque<Seen>,
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    /// Begin adding a friend, or stop.
    Add(bool),
    Path(String),
    /// Look at a friend.
    Look(Box<Friend>),
    /// Look at whoever forwarded this packet.
    LookAtSender(Digest, ClientId),
    /// The words of whom is looked at were compared aloud, and are the same.
    Compared,
    /// Another name for whom is looked at.
    Name(String),
    /// Add whom is looked at, or keep the new name.
    Keep,
    /// Look no longer.
    Close,
}

impl Model {
    /// What an action changes, and what the worker shall do.
    pub(in crate::app) fn update(&mut self, action: Action) -> Option<Command> {
        match action {
            Action::Add(add) => self.card = add.then(String::new),
            Action::Path(path) => self.card = Some(path),
            Action::Look(friend) => self.seen = Some(Seen::of_friend(*friend)),
            Action::LookAtSender(packet, client) => self.seen = Some(Seen::of_sender(packet, client)),
            Action::Compared => return self.seen.as_ref().map(Seen::compared),
            Action::Name(name) => self.seen.as_mut()?.name = name,
            Action::Keep => return self.seen.as_ref()?.keep(),
            Action::Close => self.next(),
        }
        None
    }

    /// Cards came, and are looked at one after the other.
    pub(in crate::app) fn came(&mut self, cards: VecDeque<Seen>) {
        self.card = None;
        self.further = cards;
        self.next();
    }

    /// The one that is looked at is done with.
    pub(in crate::app) fn next(&mut self) {
        self.seen = self.further.pop_front();
    }
}

mod blocked;
mod seen;

pub(in crate::app) use self::seen::Seen;

/// How often packets went from one to the other, and how many of them are known to have been opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Exchange {
    given: u32,
    got: u32,
    opened: u32,
}

/// What was exchanged with each client.
fn exchanges(data: &Data) -> HashMap<ClientId, Exchange> {
    let mut all: HashMap<ClientId, Exchange> = HashMap::new();
    for given in data.given.iter().filter(|given| given.stands) {
        if let Some(to) = given.to {
            all.entry(to).or_default().given += 1;
        }
    }
    for event in data.history.iter().filter(|event| event.kind == "received") {
        if let Some(from) = event.detail.as_deref().and_then(|detail| detail.parse().ok()) {
            all.entry(from).or_default().got += 1;
        }
    }
    for (_, opener) in rewards::named_openings(data) {
        all.entry(opener).or_default().opened += 1;
    }
    all
}

/// Shows the page.
pub(in crate::app) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    data: &Arc<Data>,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    widgets::page(ui, look, "friends", |ui, look| {
        let mut act = None;
        ui.horizontal(|ui| {
            ui.set_height(44.0);
            let title = look.say("page-friends");
            widgets::heading(ui, look, &title, fonts::PAGE);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let add = look.say(if look.room == Room::Narrow { "add" } else { "friend-add" });
                if Button::secondary(&add).icon(icons::ADD_FRIEND).show(ui, look).clicked() {
                    act = Some(Act::Friends(Action::Add(model.card.is_none())));
                }
            });
        });
        ui.add_space(8.0);
        let more = look.say("friends-add-more");
        widgets::note(ui, &more, fonts::body(fonts::BODY), look.tokens().ink2);
        ui.add_space(8.0);
        if let Some(path) = &model.card {
            act = act.or(widgets::card(ui, look, |ui, look| add(ui, look, path, busy)).inner);
            ui.add_space(8.0);
        }
        if let Some(seen) = &model.seen {
            let idle = !busy.contains(&Task::Card);
            act = act.or(widgets::card(ui, look, |ui, look| seen::view(ui, look, seen, idle)).inner);
            ui.add_space(8.0);
        }
        if !data.blocked.is_empty() {
            act = act.or(widgets::card(ui, look, |ui, look| blocked::view(ui, look, data, busy)).inner);
            ui.add_space(8.0);
        }
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
        let exchanges = counted(ui, "friends", data, (), || exchanges(data));
        let list = |ui: &mut Ui, look: &mut Look<'_>| {
            let count = look.tell("friends-count", &[("count", data.friends.len().into())]);
            widgets::heading(ui, look, &count, 16.0);
            let height = row_height(ui.available_width());
            let mut act = None;
            widgets::rows(ui, data.friends.len(), height, |ui, at, rect| {
                let friend = data.friends.get(at)?;
                let exchange = exchanges.get(&friend.client).copied().unwrap_or_default();
                let (response, chosen) = row(ui, look, data, (friend, exchange), rect);
                if chosen {
                    act = Some(Act::Friends(Action::Look(Box::new(friend.clone()))));
                }
                Some(response)
            });
            act
        };
        act.or(widgets::card(ui, look, list).inner)
    })
}

/// A card's path, or a dialog to choose one.
fn add(ui: &mut Ui, look: &mut Look<'_>, path: &str, busy: &BTreeSet<Task>) -> Option<Act> {
    let mut act = None;
    let mut text = path.to_owned();
    let (label, hint) = (look.say("card-path"), look.say("card-path-hint"));
    let response = widgets::field(ui, look, &Field::new("friend-card", &label).hint(&hint), &mut text);
    let entered = widgets::entered(ui, &response);
    let ready = !text.trim().is_empty() && !busy.contains(&Task::Take);
    let take = Act::TakeFile(text.trim().into());
    if response.changed() {
        act = Some(Act::Friends(Action::Path(text)));
    }
    ui.horizontal_wrapped(|ui| {
        let (add, choose, close) = (look.say("friend-take"), look.say("choose-card"), look.say("cancel"));
        if Button::primary(&add).icon(icons::ADD_FRIEND).enabled(ready).show(ui, look).clicked() || entered && ready {
            act = Some(take);
        }
        if Button::secondary(&choose).icon(icons::FOLDER).show(ui, look).clicked() {
            act = Some(Act::Pick(Pick::Open));
        }
        if Button::ghost(&close).show(ui, look).clicked() {
            act = Some(Act::Friends(Action::Add(false)));
        }
    });
    act
}

/// What was exchanged, in a few words; nothing when there was nothing.
fn exchange_words(look: &Look<'_>, exchange: Exchange) -> String {
    let parts = [("friend-given", exchange.given), ("friend-opened", exchange.opened), ("friend-got", exchange.got)];
    let told = parts.into_iter().filter(|(_, count)| *count > 0);
    told.map(|(key, count)| look.tell(key, &[("count", count.into())])).collect::<Vec<_>>().join(" · ")
}

/// A friend; and whether to look at it.
fn row(
    ui: &mut Ui,
    look: &mut Look<'_>,
    data: &Data,
    (friend, exchange): (&Friend, Exchange),
    rect: Rect,
) -> (egui::Response, bool) {
    let response = ui.interact(rect, ui.scope_id().with(("friend", friend.client)), Sense::hover());
    let last = last_exchange(look, data, &friend.client);
    let what = exchange_words(look, exchange);
    let since = look.tell("friend-since", &[("day", look.formats.day(friend.since.0).into())]);
    let id = look.say("friend-id");
    let mut no_inbox = if friend.inbox.is_empty() { look.say("friend-no-inbox") } else { String::new() };
    if !friend.compared {
        no_inbox = format!("{} · {no_inbox}", look.say("friend-not-compared"));
    }
    let spoken = format!("{} {last} {what} {no_inbox} {since} {id} {}", friend.name, friend.client);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListItem, true, &spoken));
    let tokens = look.tokens();
    let (wide, compact) = (rect.width() > WIDTHS.0, rect.width() < WIDTHS.1);
    let middle = if compact { rect.top() + 34.0 } else { rect.center().y };
    avatar(ui, look, &friend.client, &friend.name, pos2(rect.left() + 24.0, middle), 46.0);
    let left = if compact { rect.left() } else { rect.left() + 62.0 };
    let button_at = Rect::from_center_size(pos2(rect.right() - 20.0, middle), vec2(40.0, 40.0));
    let short = format!("{id} {}", short_id(&friend.client.to_string()));
    let small = fonts::body(fonts::SECONDARY);
    if wide {
        for (text, font, ink, y) in [
            (&since, small.clone(), tokens.ink2, rect.center().y - 11.0),
            (&short, fonts::body(fonts::SMALL), tokens.ink3, rect.center().y + 11.0),
        ] {
            ui.painter().text(pos2(button_at.left() - 8.0, y), Align2::RIGHT_CENTER, text, font, ink);
        }
    }
    let width = match (wide, compact) {
        (true, _) => button_at.left() - 230.0 - left,
        (_, true) => rect.width(),
        _ => button_at.left() - 4.0 - left,
    };
    let line = match (what.is_empty(), friend.inbox.is_empty()) {
        (_, true) => no_inbox,
        (true, false) => last,
        (false, false) if data.index().last_exchange(&friend.client).is_none() => what,
        (false, false) => format!("{last} · {what}"),
    };
    let mut lines =
        vec![(friend.name.clone(), fonts::strong(fonts::STRONG), tokens.ink, 2), (line, small, tokens.ink2, 2)];
    if !wide {
        lines.push((short, fonts::body(fonts::SMALL), tokens.ink3, 1));
    }
    let galleys: Vec<_> = lines
        .into_iter()
        .map(|(words, font, ink, rows)| {
            let mut job = egui::text::LayoutJob::simple(words, font, ink, width);
            job.wrap.max_rows = if compact { 3 } else { rows };
            (ui.painter().layout_job(job), ink)
        })
        .collect();
    let high: f32 = galleys.iter().map(|(galley, _)| galley.size().y + 2.0).sum();
    let mut y = if compact { rect.top() + 62.0 } else { rect.center().y - high / 2.0 };
    for (galley, ink) in galleys {
        let down = galley.size().y + 2.0;
        ui.painter().galley(pos2(left, y), galley, ink);
        y += down;
    }
    let words = look.tell("friend-look", &[("name", friend.name.as_str().into())]);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(button_at).id_salt(("look", friend.client)));
    let button = widgets::icon_button(&mut child, look, icons::PENCIL, &words);
    let clicked = button.clicked();
    // It is the button that has the keyboard.
    (button, clicked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::fixture::{self, person};

    #[test]
    fn what_was_exchanged_is_counted_from_what_happened() {
        let all = exchanges(&fixture::data());
        let of = |name: &str| all.get(&person(name)).copied().unwrap_or_default();
        assert_eq!(of("林浩"), Exchange { given: 1, got: 1, opened: 1 }, "what was not delivered was not given");
        assert_eq!(of("Amelia"), Exchange { given: 2, got: 0, opened: 1 });
        assert_eq!(of("me"), Exchange::default());
    }
}
