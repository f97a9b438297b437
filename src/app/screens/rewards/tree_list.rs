//! The same as the tree, one below the other: for all forwardings at once, and for windows too narrow for a tree.

use egui::{CornerRadius, Rect, Response, Sense, Ui, pos2, vec2};

use super::Action;
use super::overview::{Branch, Overview};
use super::tree::{about, branch_face, branch_name, branch_words, icon_face, state_words};
use crate::app::look::{Look, cut_line};
use crate::app::message::Data;
use crate::app::screens::friends;
use crate::app::state::{Act, Page};
use crate::app::theme::{fixed, fonts, icons, radius};
use crate::app::widgets::{self, Button};

/// How high a row is; and where each of its lines stands by itself.
const HEIGHT: (f32, f32) = (64.0, 138.0);
/// Below this width each line stands by itself.
const COMPACT: f32 = 300.0;
/// How far the branches stand in.
const INDENT: f32 = 34.0;
/// The face at a branch, and how far the words stand from it; and both where each line stands by itself.
const FACE: [(f32, f32); 2] = [(38.0, 54.0), (30.0, 40.0)];

/// Shows all branches; `can_grow` where there is room for the tree.
pub(super) fn view(ui: &mut Ui, look: &mut Look<'_>, data: &Data, overview: &Overview, can_grow: bool) -> Option<Act> {
    let mut act = None;
    if can_grow {
        let words = look.say("rewards-as-tree");
        if Button::ghost(&words).icon(icons::CARET_LEFT).show(ui, look).clicked() {
            act = Some(Act::Rewards(Action::Listed(false)));
        }
    }
    let branches = &overview.branches;
    let others = usize::from(overview.others > 0);
    let count = 1 + branches.len() + others;
    ui.add_space(4.0);
    let height = if ui.available_width() < COMPACT { HEIGHT.1 } else { HEIGHT.0 };
    widgets::rows(ui, count, height, |ui, at, rect| {
        trunk(ui, look, rect, at, count);
        let branch = at.checked_sub(1).map(|at| branches.get(at));
        Some(match branch {
            None => me(ui, look, data, rect),
            Some(None) => others_row(ui, look, overview.others, rect),
            Some(Some(branch)) => {
                let response = row(ui, look, data, branch, rect, (at - 1, count));
                if response.clicked() {
                    act = Some(Act::Go(Page::Packet(branch.packet)));
                }
                response
            }
        })
    });
    act
}

/// The line that all hang on.
fn trunk(ui: &Ui, look: &Look<'_>, rect: Rect, at: usize, count: usize) {
    let stroke = egui::Stroke::new(1.6, look.tokens().line);
    let x = rect.left() + 20.0;
    let (top, bottom) = if at == 0 { (rect.center().y + 20.0, rect.bottom()) } else { (rect.top(), rect.bottom()) };
    let bottom = if at + 1 == count { rect.center().y } else { bottom };
    if count > 1 {
        ui.painter().vline(x, top..=bottom, stroke);
    }
    if at > 0 {
        ui.painter().hline(x..=rect.left() + INDENT, rect.center().y, stroke);
    }
}

fn me(ui: &mut Ui, look: &mut Look<'_>, data: &Data, rect: Rect) -> Response {
    let me = look.say("me");
    let centre = pos2(rect.left() + 20.0, rect.center().y);
    ui.painter().circle_stroke(centre, 20.0, egui::Stroke::new(2.0, fixed::GOLD_LINE));
    if let Some(client) = data.client {
        friends::avatar(ui, look, &client, &me, centre, 34.0);
    }
    let response = ui.interact(rect, ui.scope_id().with("me"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TreeItem, true, &me));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_level(1));
    let at = pos2(rect.left() + 52.0, rect.center().y);
    cut_line(ui.painter(), at, &me, fonts::strong(fonts::STRONG), look.tokens().ink, rect.width() - 52.0);
    response
}

fn row(
    ui: &mut Ui,
    look: &mut Look<'_>,
    data: &Data,
    branch: &Branch,
    rect: Rect,
    (at, count): (usize, usize),
) -> Response {
    let tokens = look.tokens();
    let place = Rect::from_min_max(pos2(rect.left() + INDENT, rect.top() + 2.0), rect.max - vec2(0.0, 2.0));
    let response = ui.interact(place, ui.scope_id().with(("row", branch.packet, branch.to)), Sense::click());
    let words = branch_words(look, data, branch);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TreeItem, true, &words));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_level(2);
        node.set_position_in_set(at + 1);
        node.set_size_of_set(count - 1);
    });
    if response.hovered() {
        ui.painter().rect_filled(place, radius::CONTROL, tokens.hover);
    }
    let is_high = rect.height() > HEIGHT.0;
    let (face, text) = FACE[usize::from(is_high)];
    branch_face(ui, look, data, branch, pos2(place.left() + face / 2.0 + 3.0, place.center().y), face);
    let (name, state) = (branch_name(look, data, branch), state_words(look, branch));
    let y = place.center().y;
    let left = place.left() + text;
    let ink = if branch.is_opened() { tokens.celadon } else { tokens.ink3 };
    let width = place.right() - 4.0 - left;
    let more = about(look, data, branch);
    let small = fonts::body(fonts::SECONDARY);
    let painter = ui.painter();
    if is_high {
        let mut top = place.top() + 8.0;
        let lines =
            [(name, fonts::strong(fonts::BODY), tokens.ink), (state, small.clone(), ink), (more, small, tokens.ink2)];
        for (words, font, ink) in lines {
            let mut job = egui::text::LayoutJob::simple(words, font, ink, width);
            job.wrap.max_rows = 2;
            let galley = painter.layout_job(job);
            let high = galley.size().y;
            painter.galley(pos2(left, top), galley, ink);
            top += high + 2.0;
        }
    } else {
        let shown =
            cut_line(painter, pos2(left, y - 11.0), &name, fonts::strong(fonts::BODY), tokens.ink, width * 0.62);
        let state_at = pos2(shown.right() + 10.0, y - 11.0);
        cut_line(painter, state_at, &state, small.clone(), ink, left + width - state_at.x);
        cut_line(painter, pos2(left, y + 11.0), &more, small, tokens.ink2, width);
    }
    widgets::ring(ui, look, &response, place.shrink(4.0), CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn others_row(ui: &mut Ui, look: &mut Look<'_>, count: usize, rect: Rect) -> Response {
    let tokens = look.tokens();
    let response = ui.interact(rect, ui.scope_id().with("others"), Sense::hover());
    let opened = look.tell("rewards-opened-times", &[("count", count.into())]);
    let name = look.say("rewards-others");
    let spoken = format!("{name}, {opened}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TreeItem, true, &spoken));
    let y = rect.center().y;
    let (face, text) = FACE[usize::from(rect.height() > HEIGHT.0)];
    icon_face(ui, look, icons::FRIENDS, pos2(rect.left() + INDENT + face / 2.0 + 3.0, y), face);
    let left = rect.left() + INDENT + text;
    let width = rect.right() - left;
    cut_line(ui.painter(), pos2(left, y - 11.0), &name, fonts::strong(fonts::BODY), tokens.ink, width);
    cut_line(ui.painter(), pos2(left, y + 11.0), &opened, fonts::body(fonts::SECONDARY), tokens.ink2, width);
    response
}
