//! Rewards: what forwarding has brought, what waits to be collected, and by whom.

use egui::{Align2, CornerRadius, Rect, Sense, Ui, pos2, vec2};

use super::super::art::{Colourway, Paper};
use super::super::format;
use super::super::look::{Look, Room, cut_line};
use super::super::message::{Data, Task};
use super::super::pictures::Drawing;
use super::super::state::{Act, Page};
use super::super::theme::{fixed, fonts, icons, radius};
use super::super::widgets::{self, Button};
use crate::api::states::CollectionState;
use crate::money::Amount;
use crate::packet::Verdict;
use crate::wallet::RewardListed;
use std::collections::BTreeSet;

/// Rewards whose money was not asked for yet.
pub(in crate::app) fn to_collect(data: &Data) -> Vec<&RewardListed> {
    let open = |reward: &&RewardListed| reward.amount.is_some() && reward.collection.is_none();
    believed(data).filter(open).collect()
}

/// The rewards that a known bank vouches for, and that no bank refused: anybody can address a packet that calls itself one.
fn believed(data: &Data) -> impl Iterator<Item = &RewardListed> {
    data.rewards.iter().filter(|reward| {
        let packet = data.packet(&reward.id);
        packet.is_some_and(|packet| packet.verdict == Verdict::Genuine)
            && reward.collection != Some(CollectionState::Rejected)
    })
}

/// The sum of rewards in one currency; none when they are of several or of none.
fn sum<'a>(rewards: impl Iterator<Item = &'a RewardListed>) -> Option<Amount> {
    let mut amounts = rewards.filter_map(|reward| reward.amount);
    let first = amounts.next()?;
    amounts.try_fold(first, |sum, amount| sum.plus(amount).ok())
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, data: &Data, busy: &BTreeSet<Task>) -> Option<Act> {
    widgets::page(ui, look, "rewards", |ui, look| {
        let title = look.say("page-rewards");
        widgets::heading(ui, look, &title, fonts::PAGE);
        ui.add_space(10.0);
        if data.rewards.is_empty() {
            let (title, more) = (look.say("rewards-empty"), look.say("rewards-empty-more"));
            widgets::empty(ui, look, icons::COINS, [&title, &more]);
            let mut act = None;
            ui.vertical_centered(|ui| {
                let go = look.say("rewards-go-forward");
                if Button::primary(&go).icon(icons::FORWARD).show(ui, look).clicked() {
                    act = Some(Act::Go(Page::Packets));
                }
            });
            return act;
        }
        if look.room == Room::Wide {
            let all = ui.available_rect_before_wrap();
            let split = all.left() + (all.width() - 20.0) * 0.59;
            let left = Rect::from_min_max(all.min, pos2(split, all.bottom()));
            let right = Rect::from_min_max(pos2(split + 20.0, all.top()), all.max);
            let act = widgets::inside(ui, left, |ui| {
                let act = total(ui, look, data, busy);
                ui.add_space(12.0);
                act.or(list(ui, look, data))
            });
            widgets::inside(ui, right, |ui| reach(ui, look, data));
            act
        } else {
            let act = total(ui, look, data, busy);
            ui.add_space(10.0);
            let act = act.or(list(ui, look, data));
            ui.add_space(10.0);
            reach(ui, look, data);
            act
        }
    })
}

/// How many weeks the bars show.
const WEEKS: usize = 8;
const WEEK: i64 = 7 * 86_400;

/// What came in each of the last weeks, in minor units of the first reward's currency; the last one ends now.
fn by_week(data: &Data, now: i64) -> [i64; WEEKS] {
    let mut sums = [0_i64; WEEKS];
    let currency = data.rewards.iter().find_map(|reward| reward.amount).map(|amount| amount.currency);
    for reward in believed(data) {
        let Some(amount) = reward.amount.filter(|amount| Some(amount.currency) == currency) else { continue };
        let Some(packet) = data.packet(&reward.id) else { continue };
        let arrived = packet.received_at.0;
        let ago = usize::try_from(now.saturating_sub(arrived).max(0) / WEEK).unwrap_or(WEEKS);
        if let Some(sum) = WEEKS.checked_sub(1 + ago).and_then(|at| sums.get_mut(at)) {
            *sum = sum.saturating_add(amount.minor);
        }
    }
    sums
}

/// The last weeks as bars, the present one in full gold.
fn bars(ui: &mut Ui, look: &mut Look<'_>, data: &Data, rect: Rect) {
    let tokens = look.tokens();
    let sums = by_week(data, look.now);
    let most = sums.into_iter().max().unwrap_or(0).max(1);
    let Some(currency) = data.rewards.iter().find_map(|reward| reward.amount).map(|amount| amount.currency) else {
        return;
    };
    let step = rect.width() / WEEKS as f32;
    let base = rect.bottom() - 26.0;
    let painter = ui.painter().clone();
    painter.hline(rect.x_range(), base, egui::Stroke::new(1.0, tokens.line));
    let mut spoken = Vec::new();
    for (at, sum) in sums.into_iter().enumerate() {
        let is_now = at + 1 == WEEKS;
        let middle = rect.left() + step * (at as f32 + 0.5);
        let share = sum as f32 / most as f32;
        let high = if sum > 0 { (share * (base - rect.top() - 22.0)).max(6.0) } else { 3.0 };
        let bar = Rect::from_min_max(pos2(middle - 11.0, base - high), pos2(middle + 11.0, base));
        let fill = match (sum, is_now) {
            (0, _) => tokens.line,
            (_, true) => fixed::BAR_NOW,
            _ => tokens.bar,
        };
        painter.rect_filled(bar, CornerRadius { nw: 5, ne: 5, sw: 0, se: 0 }, fill);
        let weeks_ago = i64::try_from(WEEKS - 1 - at).unwrap_or(0);
        let day = if is_now { look.say("rewards-week") } else { look.formats.short_day(look.now - weeks_ago * WEEK) };
        // Every second week has its day below it, or they would touch.
        let label = if weeks_ago % 2 == 0 { day.as_str() } else { "" };
        let figure = format::figure(Amount::new(sum, currency));
        if sum > 0 && (is_now || sum == most) {
            let ink = if is_now { tokens.gold } else { tokens.ink2 };
            painter.text(
                pos2(middle, bar.top() - 10.0),
                Align2::CENTER_CENTER,
                &figure,
                fonts::strong(fonts::SMALL),
                ink,
            );
        }
        let font = if is_now { fonts::strong(fonts::SMALL) } else { fonts::body(fonts::SMALL) };
        let ink = if is_now { tokens.ink } else { tokens.ink3 };
        painter.text(pos2(middle, base + 15.0), Align2::CENTER_CENTER, label, font, ink);
        if sum > 0 {
            spoken.push(format!("{day} {figure}"));
        }
    }
    let words = look.tell("rewards-by-week", &[("weeks", spoken.join(", ").into())]);
    let response = ui.interact(rect, ui.scope_id().with("bars"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
}

fn total(ui: &mut Ui, look: &mut Look<'_>, data: &Data, busy: &BTreeSet<Task>) -> Option<Act> {
    let shown = widgets::card(ui, look, |ui, look| {
        let place = ui.available_rect_before_wrap();
        if look.room == Room::Wide {
            ui.set_min_height(158.0);
            let left = (place.right() - 312.0).max(place.left() + 240.0);
            bars(ui, look, data, Rect::from_min_max(pos2(left, place.top()), pos2(place.right(), place.top() + 158.0)));
        }
        let act = totals(ui, look, data, busy);
        if look.room != Room::Wide {
            ui.add_space(12.0);
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 120.0), Sense::hover());
            bars(ui, look, data, rect);
        }
        act
    });
    shown.inner
}

fn totals(ui: &mut Ui, look: &mut Look<'_>, data: &Data, busy: &BTreeSet<Task>) -> Option<Act> {
    let tokens = look.tokens();
    let waiting = to_collect(data);
    let words = look.say("rewards-total");
    widgets::label(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
    if let Some(sum) = sum(believed(data)) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), Sense::hover());
        let spoken = format::money(sum);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
        let sign = format::currency_sign(sum);
        let sign = ui.painter().text(
            rect.left_bottom() - vec2(0.0, 7.0),
            Align2::LEFT_BOTTOM,
            sign,
            fonts::display(30.0),
            tokens.ink,
        );
        let at = pos2(sign.right() + 6.0, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, format::figure(sum), fonts::display(54.0), tokens.ink);
    }
    let counts = look.tell("rewards-count", &[("all", data.rewards.len().into()), ("waiting", waiting.len().into())]);
    widgets::note(ui, &counts, fonts::body(fonts::BODY), tokens.ink2);
    ui.add_space(6.0);
    collect_all(ui, look, data, &waiting, busy)
}

fn collect_all(
    ui: &mut Ui,
    look: &mut Look<'_>,
    data: &Data,
    waiting: &[&RewardListed],
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    if waiting.is_empty() {
        return None;
    }
    let tokens = look.tokens();
    let sum = sum(waiting.iter().copied()).map(format::money).unwrap_or_default();
    let label = format!("{}  {sum}", look.say("collect-all"));
    let account = data.accounts.last();
    let ready = account.is_some() && !busy.contains(&Task::CollectAll);
    let clicked = Button::primary(&label).enabled(ready).show(ui, look).clicked();
    let hint = match account {
        Some(account) => look.tell("collect-all-into", &[("tail", format::tail(account.account.as_str()).into())]),
        None => look.say("rewards-no-account"),
    };
    widgets::note(ui, &hint, fonts::body(fonts::SECONDARY), tokens.ink3);
    let all = waiting.iter().map(|reward| reward.id).collect();
    account.filter(|_| clicked).map(|account| Act::CollectAll(all, account.account.clone()))
}

fn list(ui: &mut Ui, look: &mut Look<'_>, data: &Data) -> Option<Act> {
    widgets::card(ui, look, |ui, look| {
        let words = look.say("rewards-received");
        widgets::heading(ui, look, &words, 16.0);
        let mut act = None;
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, reward) in data.rewards.iter().enumerate() {
            if at > 0 {
                widgets::hairline(ui, look);
            }
            if row(ui, look, data, reward) {
                act = Some(Act::Go(Page::Packet(reward.id)));
            }
        }
        act
    })
    .inner
}

fn row(ui: &mut Ui, look: &mut Look<'_>, data: &Data, reward: &RewardListed) -> bool {
    let tokens = look.tokens();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 70.0), Sense::click());
    let opener = reward.reward_for.as_ref().and_then(|reason| reason.opener);
    let title = match opener.as_ref().and_then(|opener| data.friend_name(opener)) {
        Some(name) => look.tell("reward-by-friend", &[("name", name.into())]),
        None => look.say("reward-by-somebody"),
    };
    let packet = data.packet(&reward.id);
    let greeting = reward.reward_for.as_ref().and_then(|reason| data.packet(&reason.packet));
    let greeting = greeting.or(packet).map(|packet| super::envelope::greeting_parts(&packet.greeting).0.to_owned());
    let day = packet.map(|packet| look.formats.when(packet.received_at.0, look.now, look.texts)).unwrap_or_default();
    let more =
        look.tell("reward-from-packet", &[("greeting", greeting.unwrap_or_default().into()), ("day", day.into())]);
    let (key, colours) = match reward.collection {
        Some(CollectionState::Paid) => ("reward-paid", (tokens.celadon, tokens.celadon_tint)),
        Some(state) if !state.is_final() => ("reward-collecting", (tokens.gold, tokens.gold_tint)),
        _ => ("reward-open", (tokens.gold, tokens.gold_tint)),
    };
    let word = look.say(key);
    let amount = reward.amount.map(format::money).unwrap_or_default();
    let spoken = format!("{title} {more} {amount} {word}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(8.0, -3.0)), radius::CONTROL, tokens.hover);
    }
    let painter = ui.painter().clone();
    let y = rect.center().y;
    let thumb = Drawing::Thumb(Paper::Gift(Colourway::Cinnabar), false);
    look.pictures.paint(&painter, &thumb, pos2(rect.left() + 4.0, y - 20.0), 30.0);
    painter.circle_filled(pos2(rect.left() + 19.0, y - 2.0), 6.0, fixed::GOLD_EDGE);
    let left = rect.left() + 54.0;
    let end = painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, amount, fonts::strong(17.0), tokens.ink);
    let tag = crate::app::look::cut(ui, &word, fonts::strong(fonts::SMALL), tokens.ink, 200.0).size().x + 20.0;
    let tag_at = if look.room == Room::Narrow {
        end.left() - tag - 8.0
    } else {
        (rect.left() + rect.width() * 0.62).min(end.left() - 84.0)
    };
    widgets::tag(ui, pos2(tag_at, y), None, &word, colours, false);
    let width = tag_at - left - 8.0;
    cut_line(&painter, pos2(left, y - 10.0), &title, fonts::strong(fonts::BODY), tokens.ink, width);
    cut_line(&painter, pos2(left, y + 11.0), &more, fonts::body(fonts::SECONDARY), tokens.ink2, width);
    widgets::ring(ui, look, &response, rect, CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// How far one's forwardings went; only what this wallet knows.
fn reach(ui: &mut Ui, look: &mut Look<'_>, data: &Data) {
    widgets::card(ui, look, |ui, look| {
        let tokens = look.tokens();
        let forwards: u32 = data.packets.iter().map(|packet| packet.forwards).sum();
        let opened = data.rewards.len();
        for (icon, key, count) in
            [(icons::FORWARD, "rewards-forwards", forwards as usize), (icons::ENVELOPE_OPEN, "rewards-opened", opened)]
        {
            let words = look.tell(key, &[("count", count.into())]);
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, fonts::icon(21.0), tokens.ink2);
                widgets::label(ui, &words, fonts::strong(fonts::STRONG), tokens.ink);
            });
        }
        ui.add_space(6.0);
        widgets::hairline(ui, look);
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                icons::SHIELD_CHECK,
                fonts::icon(18.0),
                tokens.ink3,
            );
            let words = look.say("rewards-privacy");
            widgets::note(ui, &words, fonts::body(fonts::SECONDARY), tokens.ink3);
        });
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_is_counted_twice_or_in_the_wrong_week() {
        let now = 100 * WEEK;
        assert_eq!(by_week(&Data::default(), now), [0; WEEKS]);
        let data = crate::app::tests::fixture::data();
        let here = |reward: &&RewardListed| data.packet(&reward.id).is_some();
        let total: i64 =
            data.rewards.iter().filter(here).filter_map(|reward| reward.amount).map(|amount| amount.minor).sum();
        assert!(total > 0);
        let latest = data.packets.iter().map(|packet| packet.received_at.0).max().unwrap();
        assert_eq!(by_week(&data, latest).into_iter().sum::<i64>(), total);
        assert_eq!(by_week(&data, latest + WEEKS as i64 * WEEK).into_iter().sum::<i64>(), 0);
    }
}
