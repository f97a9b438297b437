//! The rewards one got, one below the other.

use egui::{Align2, Color32, CornerRadius, Rect, Response, Sense, Ui, pos2, vec2};

use super::is_genuine;
use super::overview::Overview;
use crate::api::states::CollectionState;
use crate::app::format;
use crate::app::look::{Look, cut, cut_line};
use crate::app::message::Data;
use crate::app::pictures::Drawing;
use crate::app::screens::envelope;
use crate::app::state::{Act, Page};
use crate::app::theme::{fonts, radius};
use crate::app::widgets;
use crate::art::Paper;
use crate::wallet::RewardListed;

/// Below this width the amount stands under the words.
const COMPACT: f32 = 330.0;
/// How high a row is; and where everything stands one below the other.
const HEIGHT: (f32, f32) = (71.0, 172.0);

/// Shows the rows; the packet that was pressed.
pub(super) fn rows(ui: &mut Ui, look: &mut Look<'_>, data: &Data, overview: &Overview) -> Option<Act> {
    let mut act = None;
    let height = if ui.available_width() < COMPACT { HEIGHT.1 } else { HEIGHT.0 };
    widgets::rows(ui, overview.rewards.len(), height, |ui, at, rect| {
        let reward = overview.rewards.get(at).and_then(|at| data.rewards.get(*at))?;
        if at > 0 {
            let line = egui::Stroke::new(1.0, look.tokens().line.gamma_multiply(0.7));
            ui.painter().hline(rect.left() + 54.0..=rect.right(), rect.top(), line);
        }
        let response = row(ui, look, data, reward, rect);
        if response.clicked() {
            act = Some(Act::Go(Page::Packet(reward.id)));
        }
        Some(response)
    });
    act
}

/// What is written in a row.
struct Words {
    title: String,
    greeting: String,
    /// With what stands between it and the greeting.
    day: String,
    state: String,
    colours: (Color32, Color32),
    amount: String,
}

fn words(look: &Look<'_>, data: &Data, reward: &RewardListed) -> Words {
    let tokens = look.tokens();
    let reason = reward.reward_for.as_ref();
    let paid = reason.is_some_and(|reason| data.paid_first.contains(&reason.packet));
    let name = reason.and_then(|reason| reason.opener).and_then(|opener| data.friend_name(&opener));
    let title = match (name, paid) {
        (Some(name), true) => look.tell("reward-paid-to", &[("name", name.into())]),
        (Some(name), false) => look.tell("reward-by-friend", &[("name", name.into())]),
        (None, true) => look.say("reward-paid-somebody"),
        (None, false) => look.say("reward-by-somebody"),
    };
    let packet = data.packet(&reward.id);
    let about = reason.and_then(|reason| data.packet(&reason.packet)).or(packet);
    let greeting = about.map(|packet| envelope::greeting_parts(&packet.greeting).0.to_owned()).unwrap_or_default();
    let day = packet.map(|packet| look.formats.when(packet.received_at.0, look.now, look.texts)).unwrap_or_default();
    let day = look.tell("reward-from-packet", &[("greeting", "".into()), ("day", day.into())]);
    let gold = (tokens.gold, tokens.gold_tint);
    let ochre = (tokens.ochre, tokens.ochre_tint);
    let (key, colours) = match reward.collection {
        Some(CollectionState::Paid) => ("reward-paid", (tokens.celadon, tokens.celadon_tint)),
        Some(CollectionState::Rejected) => ("state-rejected", ochre),
        Some(_) => ("reward-collecting", gold),
        None if !is_genuine(data, reward) => ("reward-unchecked", ochre),
        None => ("reward-open", gold),
    };
    let amount = reward.amount.map(format::money).unwrap_or_default();
    Words { title, greeting, day, state: look.say(key), colours, amount }
}

fn row(ui: &mut Ui, look: &mut Look<'_>, data: &Data, reward: &RewardListed, rect: Rect) -> Response {
    let tokens = look.tokens();
    let words = words(look, data, reward);
    let response = ui.interact(rect, ui.scope_id().with(("reward", reward.id)), Sense::click());
    let spoken = format!("{} {}{} {} {}", words.title, words.greeting, words.day, words.amount, words.state);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(8.0, -3.0)), radius::CONTROL, tokens.hover);
    }
    let painter = ui.painter().clone();
    let packet = data.packet(&reward.id);
    let paper = packet.map_or(Paper::Kraft, |packet| envelope::paper(packet.verdict, packet.theme.as_deref(), false));
    let compact = rect.width() < COMPACT;
    let y = if compact { rect.top() + 38.0 } else { rect.center().y };
    look.pictures.paint(&painter, &Drawing::Reward(paper), pos2(rect.left() + 4.0, y - 20.0), 30.0);
    if compact {
        stacked(ui, look, &words, rect)
    } else {
        beside(ui, look, &words, rect)
    }
    widgets::ring(ui, look, &response, rect.shrink2(vec2(0.0, 4.0)), CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Words, state and amount side by side.
fn beside(ui: &Ui, look: &Look<'_>, words: &Words, rect: Rect) {
    let tokens = look.tokens();
    let painter = ui.painter();
    let (left, y) = (rect.left() + 54.0, rect.center().y);
    let end = pos2(rect.right(), y);
    let amount = painter.text(end, Align2::RIGHT_CENTER, &words.amount, fonts::strong(18.0), tokens.ink);
    let tag = cut(ui, &words.state, fonts::strong(fonts::SMALL), tokens.ink, 200.0).size().x + 20.0;
    // In a column of its own where there is room.
    let column = if rect.width() > 430.0 { rect.left() + rect.width() * 0.615 } else { f32::INFINITY };
    let tag_at = column.min(amount.left() - tag - 10.0);
    widgets::tag(ui, pos2(tag_at, y), None, &words.state, words.colours, false);
    let width = tag_at - left - 8.0;
    cut_line(painter, pos2(left, y - 10.0), &words.title, fonts::strong(fonts::BODY), tokens.ink, width);
    // The greeting is cut before the day is.
    let small = fonts::body(fonts::SECONDARY);
    let day = cut(ui, &words.day, small.clone(), tokens.ink3, width);
    let room = (width - day.size().x).max(1.0);
    let shown = cut_line(painter, pos2(left, y + 11.0), &words.greeting, small, tokens.ink3, room);
    painter.galley(pos2(shown.right(), y + 11.0 - day.size().y / 2.0), day, tokens.ink3);
}

/// One below the other, on as many lines as they need.
fn stacked(ui: &Ui, look: &Look<'_>, words: &Words, rect: Rect) {
    let tokens = look.tokens();
    let painter = ui.painter();
    let left = rect.left() + 46.0;
    let width = rect.right() - left;
    let mut y = rect.top() + 16.0;
    for (text, font, ink) in [
        (words.title.clone(), fonts::strong(fonts::BODY), tokens.ink),
        (format!("{}{}", words.greeting, words.day), fonts::body(fonts::SECONDARY), tokens.ink3),
    ] {
        let mut job = egui::text::LayoutJob::simple(text, font, ink, width);
        job.wrap.max_rows = 2;
        let galley = painter.layout_job(job);
        let high = galley.size().y;
        painter.galley(pos2(left, y), galley, ink);
        y += high + 4.0;
    }
    let place = pos2(left, y + 13.0);
    let amount = painter.text(place, Align2::LEFT_CENTER, &words.amount, fonts::strong(18.0), tokens.ink);
    let tag = cut(ui, &words.state, fonts::strong(fonts::SMALL), tokens.ink, 200.0).size().x + 20.0;
    let fits = amount.right() + 10.0 + tag <= rect.right();
    let at = if fits { pos2(amount.right() + 10.0, place.y) } else { pos2(left, place.y + 30.0) };
    widgets::tag(ui, at, None, &words.state, words.colours, false);
}
