//! What stands around every page: the rail or the bottom bar, and how the wallet stands to its servers.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::look::{Look, Room, cut};
use super::pictures::Drawing;
use super::state::{Act, Page, State};
use super::theme::{CARD_SHADOW, fixed, fonts, icons, radius};
use super::widgets::{self, ring};

/// Width of the rail.
pub(super) const RAIL: f32 = 88.0;
/// Height of the bottom bar.
pub(super) const BAR: f32 = 60.0;

const PAGES: [(Page, char, &str); 5] = [
    (Page::Packets, icons::ENVELOPE, "page-packets"),
    (Page::Rewards, icons::COINS, "page-rewards"),
    (Page::Friends, icons::FRIENDS, "page-friends"),
    (Page::Activity, icons::ACTIVITY, "page-activity"),
    (Page::Settings, icons::SETTINGS, "page-settings"),
];

/// Shows rail or bar around the page, and gives back the page's place.
pub(super) fn around(ui: &mut Ui, look: &mut Look<'_>, state: &State) -> (Rect, Option<Act>) {
    let all = ui.max_rect();
    let on_packet = matches!(state.page, Page::Packet(_) | Page::Where(_) | Page::Refused);
    match look.room {
        Room::Narrow if on_packet => (all, None),
        Room::Narrow => {
            let bar = Rect::from_min_max(pos2(all.left(), all.bottom() - BAR), all.max);
            let act = bottom_bar(ui, look, state, bar);
            (Rect::from_min_max(all.min, bar.right_top()), act)
        }
        _ => {
            let rail_rect = Rect::from_min_max(all.min, pos2(all.left() + RAIL, all.bottom()));
            let act = rail(ui, look, state, rail_rect);
            (Rect::from_min_max(rail_rect.right_top(), all.max), act)
        }
    }
}

fn is_here(state: &State, page: &Page) -> bool {
    let rail = match state.page {
        Page::Packet(_) | Page::Where(_) | Page::Refused => Page::Packets,
        Page::Money => Page::Activity,
        page => page,
    };
    rail == *page
}

fn badge(state: &State, page: &Page) -> usize {
    match page {
        Page::Packets => state.found.waiting(),
        Page::Rewards => state.data.rewards_to_collect(),
        _ => 0,
    }
}

fn rail(ui: &mut Ui, look: &mut Look<'_>, state: &State, rect: Rect) -> Option<Act> {
    ui.painter().rect_filled(rect, 0.0, look.tokens().rail);
    let painter = ui.painter().clone();
    look.pictures.paint_centred(&painter, &Drawing::AppIcon, rect.min + vec2(44.0, 39.0), 38.0);
    let mut act = None;
    for (at, (page, icon, key)) in PAGES.into_iter().enumerate() {
        let place = Rect::from_min_size(rect.min + vec2(10.0, 86.0 + 63.5 * at as f32), vec2(68.0, 58.0));
        if item(ui, look, state, (page, icon, key), place) {
            act = Some(Act::Go(page));
        }
    }
    let bottom = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 76.0), rect.max);
    // On a very low window the pages go before the sign of being in step.
    if bottom.top() > rect.top() + 86.0 + 5.0 * 63.5 {
        act = act.or(sync_block(ui, look, state, bottom));
    }
    act
}

fn bottom_bar(ui: &mut Ui, look: &mut Look<'_>, state: &State, rect: Rect) -> Option<Act> {
    ui.painter().rect_filled(rect, 0.0, look.tokens().rail);
    let width = rect.width() / PAGES.len() as f32;
    let mut act = None;
    for (at, (page, icon, key)) in PAGES.into_iter().enumerate() {
        let place =
            Rect::from_min_size(pos2(rect.left() + width * at as f32, rect.top() + 1.0), vec2(width, BAR - 2.0));
        if item(ui, look, state, (page, icon, key), place) {
            act = Some(Act::Go(page));
        }
    }
    act
}

fn item(ui: &mut Ui, look: &mut Look<'_>, state: &State, (page, icon, key): (Page, char, &str), rect: Rect) -> bool {
    let tokens = look.tokens();
    let here = is_here(state, &page);
    let response = ui.interact(rect, ui.scope_id().with(("page", key)), Sense::click());
    let label = look.say(key);
    let count = if here { 0 } else { badge(state, &page) };
    let spoken = if count > 0 { format!("{label} {count}") } else { label.clone() };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, here, &spoken));
    let round = CornerRadius::same(radius::TILE);
    let on_rail = look.room != Room::Narrow;
    if here && on_rail {
        ui.painter().add(CARD_SHADOW.as_shape(rect, round));
        ui.painter().rect_filled(rect, round, tokens.surface);
    } else if response.hovered() {
        ui.painter().rect_filled(rect.shrink(if on_rail { 0.0 } else { 4.0 }), round, tokens.hover);
    }
    let ink = if here { tokens.red } else { tokens.ink2 };
    let font = if here { fonts::icon_fill(24.0) } else { fonts::icon(24.0) };
    let middle = rect.center().x;
    ui.painter().text(pos2(middle, rect.top() + 20.0), Align2::CENTER_CENTER, icon, font, ink);
    let font = if here { fonts::strong(fonts::SMALL) } else { fonts::body(fonts::SMALL) };
    let text = cut(ui, &label, font, ink, rect.width() - 4.0);
    let place = Align2::CENTER_CENTER.anchor_size(pos2(middle, rect.top() + 42.0), text.size());
    ui.painter().galley(place.min, text, ink);
    if count > 0 {
        let centre = pos2(middle + 14.0, rect.top() + 12.0);
        ui.painter().circle_filled(centre, 8.5, fixed::PRIMARY[1]);
        let text = if count > 99 { "99+".to_owned() } else { count.to_string() };
        ui.painter().text(centre, Align2::CENTER_CENTER, text, fonts::strong(11.0), fixed::ON_PRIMARY);
    }
    ring(ui, look, &response, rect.shrink(2.0), round);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// Icon, colour, words, and what a screen reader says of how the wallet stands to its servers.
fn sync_look(look: &Look<'_>, state: &State) -> (char, Color32, String, String) {
    let tokens = look.tokens();
    let waiting = state.data.waiting;
    let time = state.sync.synced_at.map(|at| look.formats.clock(at)).unwrap_or_default();
    if state.is_syncing() {
        return (icons::SYNC, tokens.ink2, look.say("syncing"), time);
    }
    if state.sync.offline {
        let words = look.say("offline");
        let more = if waiting > 0 { waiting.to_string() } else { time };
        return (icons::CLOUD_OFF, tokens.ink2, words, more);
    }
    if state.sync.trouble.is_some() {
        return (icons::WARNING_CIRCLE, tokens.ochre, look.say("sync-trouble"), time);
    }
    if state.sync.synced_at.is_none() {
        return (icons::SYNC, tokens.ink2, look.say("never-synced"), String::new());
    }
    (icons::CLOUD_CHECK, tokens.celadon, look.say("synced"), time)
}

fn sync_name(look: &Look<'_>, state: &State) -> String {
    let (_, _, words, _) = sync_look(look, state);
    let waiting = state.data.waiting;
    let more = if waiting > 0 { look.tell("waiting", &[("count", waiting.into())]) } else { String::new() };
    let trouble = state.sync.trouble.as_ref();
    let trouble = trouble.map(|domain| look.tell("sync-problem", &[("domain", domain.as_str().into())]));
    let now = look.say("sync-now");
    let all = [words, more, trouble.unwrap_or_default(), now];
    all.iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(". ")
}

fn sync_block(ui: &mut Ui, look: &mut Look<'_>, state: &State, rect: Rect) -> Option<Act> {
    let tokens = look.tokens();
    let response = ui.interact(rect, ui.scope_id().with("sync"), Sense::click());
    let name = sync_name(look, state);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let (icon, ink, words, more) = sync_look(look, state);
    if response.hovered() {
        ui.painter().rect_filled(rect.shrink2(vec2(10.0, 2.0)), radius::CONTROL, tokens.hover);
    }
    let painter = ui.painter();
    let middle = rect.center().x;
    painter.text(pos2(middle, rect.top() + 14.0), Align2::CENTER_CENTER, icon, fonts::icon(20.0), ink);
    for (text, font, colour, y) in
        [(&words, fonts::body(fonts::SMALL), ink, 33.0), (&more, fonts::body(fonts::SMALL), tokens.ink3, 52.0)]
    {
        let galley = cut(ui, text, font, colour, RAIL - 8.0);
        let place = Align2::CENTER_CENTER.anchor_size(pos2(middle, rect.top() + y), galley.size());
        ui.painter().galley(place.min, galley, colour);
    }
    ring(ui, look, &response, rect.shrink2(vec2(10.0, 4.0)), CornerRadius::same(radius::CONTROL));
    let clicked = response.on_hover_text(name).clicked();
    clicked.then_some(Act::Sync)
}

/// The sign of being in step, for the header of narrow windows.
#[derive(Clone, Debug)]
pub(super) struct SyncSign {
    icon: char,
    ink: Color32,
    name: String,
}

impl SyncSign {
    pub(super) fn of(look: &Look<'_>, state: &State) -> Self {
        let (icon, ink, _, _) = sync_look(look, state);
        Self { icon, ink, name: sync_name(look, state) }
    }
}

/// Shows the sign as a button.
pub(super) fn sync_icon(ui: &mut Ui, look: &mut Look<'_>, sign: &SyncSign) -> Option<Act> {
    let response = widgets::icon_button(ui, look, sign.icon, &sign.name);
    ui.painter().rect_filled(response.rect.shrink(6.0), 0.0, look.tokens().bg);
    ui.painter().text(response.rect.center(), Align2::CENTER_CENTER, sign.icon, fonts::icon(22.0), sign.ink);
    response.clicked().then_some(Act::Sync)
}
