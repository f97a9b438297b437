//! Where all the money is that was opened here: what waits at banks, what is under way, what arrived, what is over.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Rect, Response, Sense, Ui, pos2, vec2};

use super::envelope;
use crate::api::states::CollectionState;
use crate::app::format;
use crate::app::kept::counted;
use crate::app::look::{Look, cut_line};
use crate::app::message::{Data, SyncState};
use crate::app::pictures::Drawing;
use crate::app::state::{Act, Page};
use crate::app::theme::{fonts, icons, radius};
use crate::app::widgets::{self, Button};
use crate::money::{Amount, Currency};
use crate::packet::Verdict;
use crate::wallet::Listed;

/// Where the money of a packet is, as far as the list knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Applied for, not in the account yet.
    Moving,
    /// At its bank by the voucher; it can be collected.
    Waiting,
    /// In an account.
    Arrived,
    /// Refused, or past its last day.
    Over,
}

impl Group {
    const ALL: [Self; 4] = [Self::Moving, Self::Waiting, Self::Arrived, Self::Over];

    const fn key(self) -> &'static str {
        match self {
            Self::Moving => "money-moving",
            Self::Waiting => "money-waiting",
            Self::Arrived => "money-arrived",
            Self::Over => "money-over",
        }
    }

    fn of(packet: &Listed, now: i64) -> Option<Self> {
        // What was not opened keeps its surprise; and nobody knows of money that no bank vouches for.
        let is_money = packet.kind == "bank" || packet.collection.is_some();
        if !is_money || !packet.opened || packet.verdict != Verdict::Genuine {
            return None;
        }
        Some(match packet.collection {
            Some(CollectionState::Paid) => Self::Arrived,
            Some(CollectionState::Rejected) => Self::Over,
            Some(_) => Self::Moving,
            None if packet.expires.0 < now => Self::Over,
            None => Self::Waiting,
        })
    }
}

/// Below this width the amount stands under the words.
const COMPACT: f32 = 260.0;

/// A line of the page: a heading, or a packet by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Heading(Group),
    Packet(usize),
}

/// What the page shows, counted once for each change of the wallet.
#[derive(Debug, Default, PartialEq, Eq)]
struct Overview {
    lines: Vec<Line>,
    /// How many packets of each group, and their sums by currency.
    groups: [(usize, Vec<Amount>); 4],
}

impl Overview {
    fn of(data: &Data, now: i64) -> Self {
        let mut found: [Vec<usize>; 4] = Default::default();
        for (at, packet) in data.packets.iter().enumerate() {
            if let Some(group) = Group::of(packet, now) {
                found[group as usize].push(at);
            }
        }
        let mut overview = Self::default();
        for (group, places) in Group::ALL.into_iter().zip(found) {
            if places.is_empty() {
                continue;
            }
            let amounts = places.iter().filter_map(|at| data.packets.get(*at)?.amount);
            overview.groups[group as usize] = (places.len(), sums(amounts));
            overview.lines.push(Line::Heading(group));
            overview.lines.extend(places.into_iter().map(Line::Packet));
        }
        overview
    }
}

/// One sum for each currency; what does not fit into a number stays out.
fn sums(amounts: impl Iterator<Item = Amount>) -> Vec<Amount> {
    let mut all = std::collections::BTreeMap::<Currency, Amount>::new();
    for amount in amounts {
        let sum = all.entry(amount.currency).or_insert(Amount::new(0, amount.currency));
        *sum = sum.plus(amount).unwrap_or(*sum);
    }
    all.into_values().collect()
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, data: &Arc<Data>, sync: &SyncState) -> Option<Act> {
    widgets::page(ui, look, "money", |ui, look| {
        let back = look.say("page-activity");
        let mut act = None;
        if Button::ghost(&back).icon(icons::BACK).show(ui, look).clicked() {
            act = Some(Act::Go(Page::Activity));
        }
        let title = look.say("where-title");
        widgets::heading(ui, look, &title, fonts::PAGE);
        // A minute is fine enough for what expires; and at rest nothing is counted.
        let minute = look.now / 60;
        let overview = counted(ui, "money", data, minute, || Overview::of(data, look.now));
        if overview.lines.is_empty() {
            let (title, more) = (look.say("money-empty"), look.say("money-empty-more"));
            widgets::empty(ui, look, icons::WALLET, [&title, &more]);
            return act;
        }
        let known = match sync.synced_at.filter(|_| !sync.offline) {
            Some(at) => look.tell("money-known", &[("time", look.formats.clock(at).into())]),
            None => look.say("where-last-known"),
        };
        let more = format!("{known} {}", look.say("money-known-more"));
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        ui.add_space(6.0);
        tiles(ui, look, &overview);
        ui.add_space(10.0);
        act.or(widgets::card(ui, look, |ui, look| lines(ui, look, data, &overview)).inner)
    })
}

/// The sums of what waits, moves and arrived.
fn tiles(ui: &mut Ui, look: &mut Look<'_>, overview: &Overview) {
    let tokens = look.tokens();
    let across = if ui.available_width() > 560.0 { 3 } else { 1 };
    let gap = 12.0;
    let width = (ui.available_width() - gap * (across as f32 - 1.0)) / across as f32;
    let shown = [
        (Group::Waiting, icons::LOCK, tokens.celadon, tokens.celadon_tint),
        (Group::Moving, icons::BANK, tokens.gold, tokens.gold_tint),
        (Group::Arrived, icons::WALLET, tokens.celadon, tokens.celadon_tint),
    ];
    let height = if across == 1 { 64.0 } else { 96.0 };
    for row in shown.chunks(across) {
        let (all, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        for (at, (group, icon, ink, ground)) in row.iter().enumerate() {
            let left = all.left() + (width + gap) * at as f32;
            let rect = Rect::from_min_size(pos2(left, all.top()), vec2(width, height));
            let (count, sums) = &overview.groups[*group as usize];
            let sums: Vec<String> = sums.iter().map(|sum| format::money(*sum)).collect();
            let sum = if sums.is_empty() { "—".to_owned() } else { sums.join(" + ") };
            let name = look.tell(group.key(), &[("count", (*count).into())]);
            let response = ui.interact(rect, ui.scope_id().with(("tile", group.key())), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name} {sum}")));
            let painter = ui.painter();
            painter.rect_filled(rect, radius::TILE, *ground);
            painter.text(
                rect.left_center() + vec2(30.0, 0.0),
                Align2::CENTER_CENTER,
                *icon,
                fonts::icon_fill(26.0),
                *ink,
            );
            let x = rect.left() + 56.0;
            let room = rect.right() - x - 10.0;
            cut_line(painter, pos2(x, rect.center().y - 13.0), &name, fonts::body(fonts::SECONDARY), *ink, room);
            cut_line(painter, pos2(x, rect.center().y + 11.0), &sum, fonts::strong(fonts::SECTION), *ink, room);
        }
    }
}

fn lines(ui: &mut Ui, look: &mut Look<'_>, data: &Data, overview: &Overview) -> Option<Act> {
    let mut act = None;
    let height = if ui.available_width() < COMPACT { 88.0 } else { 62.0 };
    // The first heading stands where that of any other card stands.
    let mut rest = overview.lines.as_slice();
    if let [Line::Heading(group), after @ ..] = rest {
        let (count, _) = overview.groups[*group as usize];
        let words = look.tell(group.key(), &[("count", count.into())]);
        widgets::heading(ui, look, &words, fonts::STRONG);
        rest = after;
    }
    widgets::rows(ui, rest.len(), height, |ui, at, rect| match rest.get(at)? {
        Line::Heading(group) => {
            let (count, _) = overview.groups[*group as usize];
            let words = look.tell(group.key(), &[("count", count.into())]);
            let response = ui.interact(rect, ui.scope_id().with(group.key()), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &words));
            let place = pos2(rect.left(), rect.bottom() - 20.0);
            cut_line(ui.painter(), place, &words, fonts::strong(fonts::STRONG), look.tokens().ink, rect.width());
            Some(response)
        }
        Line::Packet(place) => {
            let packet = data.packets.get(*place)?;
            let response = row(ui, look, packet, rect);
            if response.clicked() {
                act = Some(Act::Go(Page::Where(packet.id)));
            }
            Some(response)
        }
    });
    act
}

fn row(ui: &mut Ui, look: &mut Look<'_>, packet: &Listed, rect: Rect) -> Response {
    let tokens = look.tokens();
    let response = ui.interact(rect, ui.scope_id().with(("money", packet.id)), Sense::click());
    let amount = packet.amount.map(format::money).unwrap_or_default();
    let is_over = packet.expires.0 < look.now;
    let state = match packet.collection {
        Some(CollectionState::Paid) => look.say("reward-paid"),
        Some(CollectionState::Rejected) => look.say("state-rejected"),
        Some(CollectionState::Uncertain) => look.say("event-uncertain"),
        Some(CollectionState::Accepted) => look.say("event-accepted"),
        Some(CollectionState::Released) => look.say("event-released"),
        Some(CollectionState::Applied) => look.say("event-applied"),
        None if is_over => look.say("state-expired"),
        None => look.tell("valid-until-day", &[("day", look.formats.day(packet.expires.0).into())]),
    };
    let greeting = envelope::greeting_parts(&packet.greeting).0;
    let more = format!("{} · {state}", format::serial(packet.serial));
    let spoken = format!("{} {greeting} {amount} {more}", packet.title);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(8.0, -2.0)), radius::CONTROL, tokens.hover);
    }
    let painter = ui.painter().clone();
    let y = rect.center().y;
    let paper = envelope::paper(packet.verdict, packet.theme.as_deref(), is_over && packet.collection.is_none());
    look.pictures.paint(&painter, &Drawing::Thumb(paper, true), pos2(rect.left() + 2.0, y - 18.0), 27.0);
    let left = rect.left() + 46.0;
    if rect.width() < COMPACT {
        let width = rect.right() - left;
        cut_line(&painter, pos2(left, y - 24.0), &packet.title, fonts::strong(fonts::BODY), tokens.ink, width);
        cut_line(&painter, pos2(left, y), &amount, fonts::strong(17.0), tokens.ink, width);
        cut_line(&painter, pos2(left, y + 24.0), &state, fonts::body(fonts::SECONDARY), tokens.ink2, width);
    } else {
        let end = painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, &amount, fonts::strong(17.0), tokens.ink);
        let width = end.left() - left - 10.0;
        cut_line(&painter, pos2(left, y - 11.0), &packet.title, fonts::strong(fonts::BODY), tokens.ink, width);
        cut_line(&painter, pos2(left, y + 11.0), &more, fonts::body(fonts::SECONDARY), tokens.ink2, width);
    }
    widgets::ring(ui, look, &response, rect.shrink2(vec2(0.0, 5.0)), CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::tests::fixture::{self, NOON, id, yuan};
    use crate::wallet::Time;

    #[test]
    fn each_packet_is_in_one_group_and_no_surprise_is_told() {
        let packet = |name: &str, change: &dyn Fn(&mut Listed)| {
            let mut packet = Listed { opened: true, ..fixture::listed(id(name)) };
            change(&mut packet);
            packet
        };
        let data = Data {
            packets: vec![
                packet("closed", &|packet| packet.opened = false),
                packet("goods", &|packet| packet.kind = "goods"),
                packet("kraft", &|packet| packet.verdict = Verdict::Unchecked),
                packet("waiting", &|_| {}),
                packet("late", &|packet| packet.expires = Time(NOON - 1)),
                packet("moving", &|packet| packet.collection = Some(CollectionState::Uncertain)),
                packet("paid late", &|packet| {
                    packet.expires = Time(NOON - 1);
                    packet.collection = Some(CollectionState::Paid);
                }),
                packet("refused", &|packet| packet.collection = Some(CollectionState::Rejected)),
                packet("waiting too", &|_| {}),
            ]
            .into(),
            ..Data::default()
        };
        let seen = Overview::of(&data, NOON);
        let expected = [
            Line::Heading(Group::Moving),
            Line::Packet(5),
            Line::Heading(Group::Waiting),
            Line::Packet(3),
            Line::Packet(8),
            Line::Heading(Group::Arrived),
            Line::Packet(6),
            Line::Heading(Group::Over),
            Line::Packet(4),
            Line::Packet(7),
        ];
        assert_eq!(seen.lines, expected);
        assert_eq!(seen.groups[Group::Waiting as usize], (2, vec![yuan(176)]));
    }
}
