//! The strip below a window on several wallets: what each of the other parties sees, who one is, and what to try next. It
//! knows no party: whoever opens the window tells it by a [`Board`].

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Align2, Area, CornerRadius, Order, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::look::{Look, Room, cut_line};
use super::message::Data;
use super::text::Line;
use super::theme::{fonts, icons, radius};
use super::widgets::Button;
use super::window::Waker;
use crate::api::states::CollectionState;
use crate::wallet::Listed;

/// How high the strip is, in points.
pub const HEIGHT: f32 = 88.0;
/// The same in a narrow window, where it is one line.
const LOW: f32 = 56.0;
/// Most lines of a party.
const LINES: usize = 3;

/// A party as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartySeen {
    /// The key of the word for what it is.
    pub role: &'static str,
    /// Whether it is a bank.
    pub is_bank: bool,
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
    /// What it sees.
    pub lines: Vec<Line>,
}

/// What the strip shows. Its clones are the same board; what is put on it wakes the window.
#[derive(Clone, Default)]
pub struct Board {
    people: [String; 2],
    parties: Arc<Mutex<Vec<PartySeen>>>,
    pub(super) waker: Waker,
}

impl Board {
    /// An empty board, and the names of the wallets' people in their order.
    #[must_use]
    pub fn new(people: [&str; 2]) -> Self {
        Self { people: people.map(str::to_owned), ..Self::default() }
    }

    /// Shows these from now on.
    pub fn show(&self, parties: Vec<PartySeen>) {
        *self.parties.lock().unwrap_or_else(PoisonError::into_inner) = parties;
        self.waker.wake();
    }

    /// Closes the window.
    pub fn close(&self) {
        self.waker.close();
    }

    fn parties(&self) -> Vec<PartySeen> {
        self.parties.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").field("people", &self.people).finish_non_exhaustive()
    }
}

/// How high the strip is in a window so many points wide.
pub(super) fn height(width: f32) -> f32 {
    if Room::of(width) == Room::Narrow { LOW } else { HEIGHT }
}

/// What to try next, by how far the packet of the first has come; `shown` is who one is.
fn next(people: &[String; 2], data: [&Data; 2], shown: usize) -> Option<Line> {
    let become_one = |key, who: usize| Some(Line::tell(key, [("name", people[who].as_str().into())]));
    let gift = |data: &Data| data.packets.iter().find(|packet| !packet.reward).cloned();
    let own = |packet: Option<&Listed>| match packet {
        Some(packet) if !packet.opened => Some(Line::tell("demo-next-open", [])),
        Some(packet) if is_left(packet.collection) => Some(Line::tell("demo-next-collect", [])),
        _ => None,
    };
    let [first, friend] = data.map(gift);
    let first_left = own(first.as_ref());
    if first_left.is_some() || first.is_none() {
        return if shown == 0 { first_left } else { None };
    }
    if first.is_some_and(|packet| packet.forwards == 0) {
        return if shown == 0 { become_one("demo-next-forward", 1) } else { None };
    }
    let reward = data[0].packets.iter().find(|packet| packet.reward);
    // It comes as soon as the friend has opened, whether or not the friend has collected yet.
    if shown == 0 && reward.is_some_and(|packet| is_left(packet.collection)) {
        return own(reward);
    }
    let friend_left = own(friend.as_ref());
    if friend_left.is_some() || friend.is_none() {
        return if shown == 1 { friend_left } else { become_one("demo-next-friend", 1) };
    }
    if reward.is_some_and(|packet| !is_left(packet.collection)) {
        return None;
    }
    if shown == 1 { become_one("demo-next-reward", 0) } else { own(reward) }
}

fn is_left(collection: Option<CollectionState>) -> bool {
    collection.is_none_or(|state| state == CollectionState::Rejected)
}

/// Shows the strip in `place`, over everything; true when one wants to be the other.
pub(super) fn view(ui: &Ui, look: &mut Look<'_>, board: &Board, data: [&Data; 2], shown: usize, place: Rect) -> bool {
    let line = next(&board.people, data, shown);
    let hint = line.map_or_else(|| look.say("demo-more"), |line| line.text(look.texts));
    let area = Area::new(egui::Id::unique("strip")).order(Order::Tooltip).fixed_pos(place.min).movable(false);
    let shown_area = area.constrain_to(ui.ctx().viewport_rect()).show(ui.ctx(), |ui| {
        ui.set_min_size(place.size());
        let tokens = look.tokens();
        ui.painter().rect_filled(place, 0.0, tokens.rail);
        ui.painter().hline(place.x_range(), place.top(), egui::Stroke::new(1.0, tokens.line));
        if look.room == Room::Narrow {
            return one_line(ui, look, board, shown, &hint, place);
        }
        let side = if look.room == Room::Wide { 336.0 } else { 284.0 };
        let split = place.right() - side;
        let parties = board.parties();
        let width = (split - place.left() - 12.0) / parties.len().max(1) as f32;
        for (at, party) in parties.iter().enumerate() {
            let left = place.left() + 12.0 + width * at as f32;
            cell(ui, look, at, party, Rect::from_min_size(pos2(left, place.top()), vec2(width - 8.0, place.height())));
        }
        you_are(ui, look, board, shown, &hint, Rect::from_min_max(pos2(split, place.top()), place.max))
    });
    shown_area.inner
}

/// A party: icon, name, whether it runs, what it sees.
fn cell(ui: &Ui, look: &Look<'_>, at: usize, party: &PartySeen, place: Rect) {
    let tokens = look.tokens();
    let response = ui.interact(place, ui.scope_id().with(("party", at)), Sense::hover());
    let (role, lines) = (look.say(party.role), party.lines.iter().map(|line| line.text(look.texts)));
    let runs = look.say(if party.running { "demo-running" } else { "demo-stopped" });
    let lines: Vec<String> = lines.collect();
    let spoken = format!("{role} {}, {runs}. {}", party.name, lines.join(". "));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let painter = ui.painter_at(place);
    let centre = pos2(place.left() + 18.0, place.top() + 25.0);
    let icon = if party.is_bank { icons::BANK } else { icons::ENTERPRISE };
    painter.circle_filled(centre, 17.0, tokens.surface);
    painter.text(centre, Align2::CENTER_CENTER, icon, fonts::icon(20.0), tokens.celadon);
    let dot = if party.running { tokens.celadon } else { tokens.red };
    painter.circle_filled(centre + vec2(12.0, 12.0), 5.5, tokens.rail);
    painter.circle_filled(centre + vec2(12.0, 12.0), 4.0, dot);
    let (left, right) = (place.left() + 44.0, place.right());
    let y = place.top() + 18.0;
    let name =
        cut_line(&painter, pos2(left, y), &party.name, fonts::strong(fonts::SECONDARY), tokens.ink, right - left);
    let (more, ink) = if party.running { (role.clone(), tokens.ink3) } else { (runs, tokens.red) };
    let more = painter.layout_no_wrap(more, small(), ink);
    // Half a word says nothing; the pointer and the name for screen readers have it whole.
    if name.right() + 7.0 + more.size().x <= right {
        painter.galley(pos2(name.right() + 7.0, y - more.size().y / 2.0), more, ink);
    }
    for (at, line) in lines.iter().take(LINES).enumerate() {
        let y = place.top() + 38.0 + 17.0 * at as f32;
        cut_line(&painter, pos2(left, y), line, fonts::body(fonts::SMALL), tokens.ink2, right - left);
    }
    if right - left < 200.0 {
        // Where lines are cut, the pointer brings up the whole.
        response.on_hover_text(format!("{role}\n{}", lines.join("\n")));
    }
}

/// Who one is, what to try, and the way to be the other.
fn you_are(ui: &mut Ui, look: &mut Look<'_>, board: &Board, shown: usize, hint: &str, place: Rect) -> bool {
    let tokens = look.tokens();
    let card = place.shrink2(vec2(10.0, 5.0));
    ui.painter().rect_filled(card, CornerRadius::same(radius::CONTROL), tokens.surface);
    let switch = switch_words(look, board, shown);
    let button = Button::secondary(&switch).icon(icons::SWITCH);
    let size = button.size(ui).min(vec2(card.width() * 0.5, f32::INFINITY));
    let left = card.left() + 14.0;
    let width = card.right() - 10.0 - size.x - 10.0 - left;
    let words = look.tell("demo-you-are", &[("name", board.people[shown].as_str().into())]);
    let name =
        cut_line(ui.painter(), pos2(left, card.top() + 15.0), &words, fonts::strong(fonts::BODY), tokens.ink, width);
    let mut job = egui::text::LayoutJob::simple(hint.to_owned(), small(), tokens.gold, width.max(1.0));
    job.wrap.max_rows = LINES;
    let below = Rect::from_min_max(pos2(left, card.top() + 27.0), pos2(left + width, card.bottom()));
    let hint_words = ui.painter().layout_job(job);
    ui.painter().galley(below.min, hint_words, tokens.gold);
    say(ui, "you-are", name.union(below), &format!("{words}. {hint}"));
    let at = pos2(card.right() - 10.0 - size.x, card.center().y - size.y / 2.0);
    button.show_at(ui, look, Rect::from_min_size(at, size)).clicked()
}

/// All of it in one line.
fn one_line(ui: &mut Ui, look: &mut Look<'_>, board: &Board, shown: usize, hint: &str, place: Rect) -> bool {
    let tokens = look.tokens();
    let switch = switch_words(look, board, shown);
    let button = Button::secondary(&switch).icon(icons::SWITCH);
    let size = button.size(ui).min(vec2(place.width() * 0.5, f32::INFINITY));
    let left = place.left() + 16.0;
    let width = place.right() - 12.0 - size.x - 10.0 - left;
    let words = look.tell("demo-you-are", &[("name", board.people[shown].as_str().into())]);
    for (text, font, ink, y) in
        [(words.as_str(), fonts::strong(fonts::SECONDARY), tokens.ink, -9.0), (hint, small(), tokens.gold, 10.0)]
    {
        cut_line(ui.painter(), pos2(left, place.center().y + y), text, font, ink, width);
    }
    let parties = board.parties();
    let stopped = parties.iter().filter(|party| !party.running).map(|party| party.name.as_str());
    let stopped: Vec<&str> = stopped.collect();
    let more = if stopped.is_empty() {
        String::new()
    } else {
        format!(". {}: {}", look.say("demo-stopped"), stopped.join(", "))
    };
    let words_place = Rect::from_min_max(pos2(left, place.top()), pos2(left + width, place.bottom()));
    say(ui, "you-are", words_place, &format!("{words}. {hint}{more}"));
    let at = pos2(place.right() - 12.0 - size.x, place.center().y - size.y / 2.0);
    button.show_at(ui, look, Rect::from_min_size(at, size)).clicked()
}

fn small() -> egui::FontId {
    fonts::body(fonts::SMALL)
}

fn switch_words(look: &Look<'_>, board: &Board, shown: usize) -> String {
    look.tell("demo-switch", &[("name", board.people[1 - shown.min(1)].as_str().into())])
}

fn say(ui: &Ui, id: &str, place: Rect, words: &str) {
    let response = ui.interact(place, ui.scope_id().with(id), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, words));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::api::states::PacketState;
    use crate::jose::Digest;
    use crate::packet::Verdict;
    use crate::wallet::Time;

    fn packet(opened: bool, collected: bool, forwards: u32, reward: bool) -> Listed {
        Listed {
            id: Digest::of(&[u8::from(reward)]),
            serial: 1,
            issuer: crate::packet::Origin::parse("https://gift.example").unwrap(),
            title: "山茶花商行".into(),
            greeting: "恭喜发财".into(),
            theme: None,
            kind: "bank",
            verdict: Verdict::Genuine,
            state: PacketState::Opened,
            amount: None,
            expires: Time(2000),
            received_at: Time(500),
            opened,
            forwards,
            reward,
            stranger: None,
            collection: collected.then_some(CollectionState::Paid),
            goods: None,
        }
    }

    #[test]
    fn each_step_has_its_hint_for_whoever_can_take_it() {
        let people = ["Lin".to_owned(), "Hao".to_owned()];
        let said = |first: &[Listed], friend: &[Listed]| {
            let [first, friend] =
                [first, friend].map(|packets| Data { packets: packets.to_vec().into(), ..Data::default() });
            [0, 1].map(|shown| next(&people, [&first, &friend], shown).map(|line| line.key))
        };
        let done = packet(true, true, 1, false);
        let (open, collect) = (Some("demo-next-open"), Some("demo-next-collect"));
        assert_eq!(said(&[], &[]), [None, None]);
        assert_eq!(said(&[packet(false, false, 0, false)], &[]), [open, None]);
        assert_eq!(said(&[packet(true, false, 0, false)], &[]), [collect, None]);
        assert_eq!(said(&[packet(true, true, 0, false)], &[]), [Some("demo-next-forward"), None]);
        let friend = Some("demo-next-friend");
        assert_eq!(said(std::slice::from_ref(&done), &[]), [friend, None]);
        assert_eq!(said(std::slice::from_ref(&done), &[packet(false, false, 0, false)]), [friend, open]);
        assert_eq!(said(std::slice::from_ref(&done), &[packet(true, false, 0, false)]), [friend, collect]);
        let (theirs, reward) = (packet(true, true, 0, false), Some("demo-next-reward"));
        assert_eq!(said(std::slice::from_ref(&done), std::slice::from_ref(&theirs)), [None, reward]);
        let earned = [done.clone(), packet(false, false, 0, true)];
        assert_eq!(said(&earned, std::slice::from_ref(&theirs)), [open, reward]);
        assert_eq!(
            said(&earned, &[packet(true, false, 0, false)]),
            [open, collect],
            "it does not wait for the friend's money"
        );
        assert_eq!(said(&[done, packet(true, true, 0, true)], &[theirs]), [None, None]);
    }
}
