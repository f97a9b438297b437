//! The page of rewards: the sum with its weeks, the list, the tree; and the choice of what is counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Align2, CornerRadius, FontId, Frame, Margin, Rect, Sense, Ui, pos2, vec2};

use super::overview::Overview;
use super::season::Season;
use super::{Action, Model, bars, list, tree};
use crate::app::format;
use crate::app::kept::counted;
use crate::app::look::{Look, Room, cut_by};
use crate::app::message::{Data, Task};
use crate::app::state::{Act, Page};
use crate::app::theme::{CARD_SHADOW, fonts, icons, radius};
use crate::app::widgets::{self, Button};
use crate::money::Amount;

/// Room between two cards.
const GAP: f32 = 20.0;
/// The least height of both columns in a wide window; a lower one scrolls.
const LEAST: f32 = 560.0;

/// Shows the page.
pub(in crate::app) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    data: &Arc<Data>,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    let high = ui.max_rect().height();
    widgets::page(ui, look, "rewards", |ui, look| {
        if data.rewards.is_empty() && data.given.is_empty() {
            let title = look.say("page-rewards");
            widgets::heading(ui, look, &title, fonts::PAGE);
            ui.add_space(10.0);
            return nothing_yet(ui, look);
        }
        let today = look.formats.date(look.now).unwrap_or_default();
        let usual = Season::usual(today);
        let season = model.season.unwrap_or(usual);
        let count = || Overview::of(data, season, look.formats, look.now);
        let overview = counted(ui, "rewards", data, (season, today), count);
        let mut act = head(ui, look, season, &overview);
        ui.add_space(GAP - 8.0);
        let page = Shown { model, data, season, usual, overview: &overview, busy };
        if look.room == Room::Wide {
            let size = vec2(ui.available_width(), (high - 24.0 - 44.0 - GAP - 28.0).max(LEAST));
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            act = act.or(page.columns(ui, look, all));
        } else {
            act = act.or(page.total(ui, look));
            ui.add_space(GAP - 8.0);
            act = act.or(widgets::card(ui, look, |ui, look| tree::view(ui, look, model, data, &overview, None)).inner);
            ui.add_space(GAP - 8.0);
            act = act.or(widgets::card(ui, look, |ui, look| page.list(ui, look)).inner);
        }
        act
    })
}

fn nothing_yet(ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
    let (title, more) = (look.say("rewards-empty"), look.say("rewards-empty-more"));
    widgets::empty(ui, look, icons::COINS, [&title, &more]);
    let mut act = None;
    ui.vertical_centered(|ui| {
        let go = look.say("rewards-go-forward");
        if Button::primary(&go).icon(icons::FORWARD).show(ui, look).clicked() {
            act = Some(Act::Go(Page::Packets));
        }
    });
    act
}

/// What a season is called.
fn season_words(look: &Look<'_>, season: Season) -> String {
    let year = |key: &str, year: i16| look.tell(key, &[("year", year.to_string().into())]);
    match season {
        Season::All => look.say("season-all"),
        Season::Year(number) => year("season-year", number),
        Season::Spring(number) => year("season-spring", number),
    }
}

/// The title, and at the right the choice of the season; below it where there is no room beside it.
fn head(ui: &mut Ui, look: &mut Look<'_>, season: Season, overview: &Overview) -> Option<Act> {
    let title = look.say("page-rewards");
    if ui.available_width() < 320.0 {
        widgets::heading(ui, look, &title, fonts::PAGE);
        return season_button(ui, look, season, overview);
    }
    ui.horizontal(|ui| {
        ui.set_height(44.0);
        widgets::heading(ui, look, &title, fonts::PAGE);
        let at_right = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(at_right, |ui| season_button(ui, look, season, overview)).inner
    })
    .inner
}

fn season_button(ui: &mut Ui, look: &mut Look<'_>, season: Season, overview: &Overview) -> Option<Act> {
    let words = season_words(look, season);
    let name = look.tell("season-choose", &[("season", words.as_str().into())]);
    let label = format!("{words}  {}", icons::CARET_DOWN);
    let button = Button::secondary(&label).name(&name).show(ui, look);
    let shown = egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(180.0);
        let all = overview.seasons.iter();
        all.filter_map(|other| season_item(ui, look, *other, *other == season)).last()
    });
    shown.and_then(|shown| shown.inner)
}

fn season_item(ui: &mut Ui, look: &mut Look<'_>, season: Season, chosen: bool) -> Option<Act> {
    let words = season_words(look, season);
    let tokens = look.tokens();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, &words));
    if response.hovered() {
        ui.painter().rect_filled(rect, radius::CONTROL, tokens.hover);
    }
    let (font, ink) =
        if chosen { (fonts::strong(fonts::BODY), tokens.red) } else { (fonts::body(fonts::BODY), tokens.ink) };
    ui.painter().text(rect.left_center() + vec2(14.0, 0.0), Align2::LEFT_CENTER, &words, font, ink);
    if chosen {
        let at = rect.right_center() - vec2(18.0, 0.0);
        ui.painter().text(at, Align2::CENTER_CENTER, icons::CHECK, fonts::icon(16.0), tokens.red);
    }
    widgets::ring(ui, look, &response, rect.shrink(4.0), CornerRadius::same(radius::CONTROL));
    if !response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        return None;
    }
    ui.close();
    Some(Act::Rewards(Action::Season(season)))
}

/// A card of a size of its own, and its contents.
fn fixed_card<R>(ui: &mut Ui, look: &mut Look<'_>, rect: Rect, then: impl FnOnce(&mut Ui, &mut Look<'_>) -> R) -> R {
    ui.painter().add(CARD_SHADOW.as_shape(rect, radius::CARD));
    ui.painter().rect_filled(rect, radius::CARD, look.tokens().surface);
    let inner = Rect::from_min_max(rect.min + vec2(26.0, 18.0), rect.max - vec2(26.0, 6.0));
    widgets::inside(ui, inner, |ui| then(ui, look))
}

/// What the parts of the page show.
struct Shown<'a> {
    model: &'a Model,
    data: &'a Arc<Data>,
    season: Season,
    usual: Season,
    overview: &'a Overview,
    busy: &'a BTreeSet<Task>,
}

impl Shown<'_> {
    /// Sum and list at the left, the tree at the right; both end with the window.
    fn columns(&self, ui: &mut Ui, look: &mut Look<'_>, all: Rect) -> Option<Act> {
        let split = all.right() - (all.width() * 0.4).clamp(384.0, 560.0);
        let left = Rect::from_min_max(all.min, pos2(split - GAP, all.bottom()));
        let right = Rect::from_min_max(pos2(split, all.top()), all.max);
        let mut act = None;
        let below = widgets::inside(ui, left, |ui| {
            act = self.total(ui, look);
            ui.min_rect().bottom() + GAP
        });
        let list = Rect::from_min_max(pos2(left.left(), below), left.max);
        act = act.or(fixed_card(ui, look, list, |ui, look| {
            title(ui, look, "rewards-received");
            egui::ScrollArea::vertical()
                .id_salt("received")
                .auto_shrink([false, false])
                .show(ui, |ui| list::rows(ui, look, self.data, self.overview))
                .inner
        }));
        let tree = |ui: &mut Ui, look: &mut Look<'_>| {
            let height = right.height() - 38.0;
            egui::ScrollArea::vertical()
                .id_salt("tree")
                .auto_shrink([false, false])
                .show(ui, |ui| tree::view(ui, look, self.model, self.data, self.overview, Some(height)))
                .inner
        };
        act.or(fixed_card(ui, look, right, tree))
    }

    fn list(&self, ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
        title(ui, look, "rewards-received");
        list::rows(ui, look, self.data, self.overview)
    }

    /// The sum, its weeks, and the button that collects everything.
    fn total(&self, ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
        let margin = if look.room == Room::Narrow { Margin::same(16) } else { Margin::symmetric(28, 24) };
        let frame = Frame::NONE
            .fill(look.tokens().surface)
            .corner_radius(CornerRadius::same(radius::CARD))
            .shadow(CARD_SHADOW)
            .inner_margin(margin);
        frame
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let left = ui.available_width() - bars::WIDTH - 12.0;
                let beside = look.room != Room::Narrow && left > 160.0 && self.fits(ui, look, left);
                if !beside {
                    let act = self.figures(ui, look, ui.available_width());
                    if !self.overview.weeks.is_empty() {
                        ui.add_space(12.0);
                        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 150.0), Sense::hover());
                        bars::bars(ui, look, self.overview, rect);
                    }
                    return act;
                }
                ui.set_min_height(158.0);
                let room = ui.available_rect_before_wrap();
                let width = room.width() - bars::WIDTH - 12.0;
                let left = Rect::from_min_max(room.min, pos2(room.left() + width, room.bottom()));
                let inner = ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| {
                    ui.set_width(width);
                    self.figures(ui, look, width)
                });
                let high = inner.response.rect.height().max(158.0);
                let bars_at = Rect::from_min_size(pos2(left.right() + 12.0, room.top()), vec2(bars::WIDTH, high));
                bars::bars(ui, look, self.overview, bars_at.translate(vec2(0.0, 4.0)));
                inner.inner
            })
            .inner
    }

    /// Whether sum and button have room in such a width, the sum hardly smaller than it is.
    fn fits(&self, ui: &Ui, look: &Look<'_>, width: f32) -> bool {
        let sum = self.overview.sums.first().map_or(0.0, |sum| figure_width(ui, *sum));
        let label = self.collect_label(look);
        let button = Button::primary(&label).size(ui).x;
        sum * 0.6 <= width && (self.overview.waiting.is_empty() || button <= width)
    }

    fn collect_label(&self, look: &Look<'_>) -> String {
        let sums: Vec<String> = self.overview.waiting_sums.iter().map(|sum| format::money(*sum)).collect();
        format!("{}  {}", look.say("collect-all"), sums.join(" + "))
    }

    fn figures(&self, ui: &mut Ui, look: &mut Look<'_>, width: f32) -> Option<Act> {
        let tokens = look.tokens();
        ui.spacing_mut().item_spacing.y = 2.0;
        let words = match self.season {
            Season::All => look.say("rewards-total"),
            season if season == self.usual => look.say("rewards-total-season"),
            season => look.tell("rewards-total-in", &[("season", season_words(look, season).into())]),
        };
        widgets::label(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
        if let Some(sum) = self.overview.sums.first() {
            figure(ui, look, *sum, width);
        }
        for more in self.overview.sums.iter().skip(1) {
            widgets::label(ui, &format!("+ {}", format::money(*more)), fonts::strong(fonts::SECTION), tokens.ink);
        }
        let (all, waiting) = (self.overview.rewards.len(), self.overview.waiting.len());
        let counts = look.tell("rewards-count", &[("all", all.into()), ("waiting", waiting.into())]);
        widgets::note(ui, &counts, fonts::body(fonts::BODY), tokens.ink2);
        self.collect_all(ui, look)
    }

    fn collect_all(&self, ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
        if self.overview.waiting.is_empty() {
            return None;
        }
        ui.add_space(14.0);
        let label = self.collect_label(look);
        let account = self.data.accounts.last();
        let ready = account.is_some() && !self.busy.contains(&Task::CollectAll);
        let button = Button::primary(&label).enabled(ready).show(ui, look);
        let Some(account) = account else {
            let hint = look.say("rewards-no-account");
            ui.add_space(4.0);
            widgets::note(ui, &hint, fonts::body(fonts::SECONDARY), look.tokens().ink3);
            return None;
        };
        let tail = format::tail(account.account.as_str());
        let into = look.tell("collect-all-into", &[("tail", tail.into())]);
        let clicked = button.on_hover_text(into).clicked();
        clicked.then(|| Act::CollectAll(self.overview.waiting.clone(), account.account.clone()))
    }
}

fn title(ui: &mut Ui, look: &Look<'_>, key: &str) {
    let words = look.say(key);
    widgets::heading(ui, look, &words, 16.0);
}

/// How wide a sum is at its full size.
fn figure_width(ui: &Ui, sum: Amount) -> f32 {
    let wide =
        |text: &str, font: FontId| cut_by(ui.painter(), text, font, egui::Color32::WHITE, f32::INFINITY).size().x;
    wide(&format::figure(sum), fonts::figure(54.0)) + wide(&format::currency_sign(sum), fonts::display(32.0)) + 6.0
}

/// The sum, as large as fits.
fn figure(ui: &mut Ui, look: &Look<'_>, sum: Amount, width: f32) {
    let tokens = look.tokens();
    let (sign, digits) = (format::currency_sign(sum), format::figure(sum));
    let layout = |text: &str, font: FontId| cut_by(ui.painter(), text, font, tokens.ink, f32::INFINITY);
    let scale = (width / figure_width(ui, sum)).clamp(0.4, 1.0);
    let (digits, sign) = (layout(&digits, fonts::figure(54.0 * scale)), layout(&sign, fonts::display(32.0 * scale)));
    let (rect, response) = ui.allocate_exact_size(vec2(width, 64.0 * scale.max(0.6)), Sense::hover());
    let spoken = format::money(sum);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    // Both stand on one line.
    let base =
        |galley: &egui::Galley| galley.rows.first().map_or(0.0, |row| row.glyphs.first().map_or(0.0, |g| g.pos.y));
    let line = rect.center().y - digits.size().y / 2.0 + base(&digits);
    let left = rect.left() + sign.size().x + 6.0 * scale;
    ui.painter().galley(pos2(rect.left(), line - base(&sign)), sign, tokens.ink);
    ui.painter().galley(pos2(left, line - base(&digits)), digits, tokens.ink);
}
