//! Who opened what was forwarded: counts, and below them a tree with oneself at the top. A direct friend is shown by name, and
//! only where it is known that the friend opened is there a golden line; those who came by an open file or link are counted.

use egui::epaint::{CubicBezierShape, PathStroke};
use egui::{Align2, Color32, CornerRadius, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::overview::{Branch, Opener, Overview};
use super::{Action, Model, tree_list};
use crate::app::look::{Look, cut_by};
use crate::app::message::Data;
use crate::app::screens::packet::relayed;
use crate::app::screens::{envelope, friends, packet};
use crate::app::state::{Act, Page};
use crate::app::theme::{fixed, fonts, icons, radius};
use crate::app::widgets;
use crate::wallet::ForwardState;

/// The least room across for one branch; and the most.
const COLUMN: (f32, f32) = (80.0, 118.0);
/// Fewer branches than this are no tree: they stand one below the other.
const LEAST: usize = 3;
/// How far down oneself, the branches and the openers are; and the ends of a tree without and with openers.
const ROOT: f32 = 42.0;
const FIRST: f32 = 180.0;
const SECOND: f32 = 320.0;
const END: (f32, f32) = (262.0, 350.0);

/// Shows the card's contents; `height` where they end with the window.
pub(super) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    data: &Data,
    overview: &Overview,
    height: Option<f32>,
) -> Option<Act> {
    let top = ui.cursor().top();
    let words = look.say("rewards-reach");
    widgets::heading(ui, look, &words, 16.0);
    ui.add_space(6.0);
    counts(ui, look, overview);
    ui.add_space(10.0);
    widgets::hairline(ui, look);
    let columns = (ui.available_width() / COLUMN.0) as usize;
    let act = if overview.branches.is_empty() && overview.others == 0 {
        ui.add_space(14.0);
        let words = look.say("rewards-tree-empty");
        widgets::note(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2);
        None
    } else if columns < LEAST || model.listed {
        tree_list::view(ui, look, data, overview, columns >= LEAST)
    } else {
        ui.add_space(6.0);
        let act = grown(ui, look, data, overview, columns);
        legend(ui, look);
        act
    };
    let used = ui.cursor().top() - top;
    // The last line stands at the foot of a card that is as high as the window.
    ui.add_space(height.map_or(6.0, |height| (height - used - 24.0).max(6.0)));
    privacy(ui, look);
    act
}

/// How often forwarded, how often opened, and after how many openings a friend was paid.
fn counts(ui: &mut Ui, look: &Look<'_>, overview: &Overview) {
    let tokens = look.tokens();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(26.0, 0.0);
        let counts = [
            ("rewards-forwards", Some(overview.forwards)),
            ("rewards-opened", Some(overview.opened)),
            ("rewards-paid", overview.paid),
        ];
        for (key, count) in counts {
            let Some(count) = count else { continue };
            let words = look.tell(key, &[("count", count.into())]);
            let painter = ui.painter();
            let figure = cut_by(painter, &count.to_string(), fonts::display(28.0), tokens.ink, f32::INFINITY);
            let unit = cut_by(painter, &words, fonts::body(fonts::SECONDARY), tokens.ink2, f32::INFINITY);
            let (rect, response) =
                ui.allocate_exact_size(vec2(figure.size().x + 5.0 + unit.size().x, 38.0), Sense::hover());
            let spoken = format!("{count} {words}");
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
            let unit_at = pos2(rect.right() - unit.size().x, rect.center().y + 4.0 - unit.size().y / 2.0);
            ui.painter().galley(pos2(rect.left(), rect.center().y - figure.size().y / 2.0), figure, tokens.ink);
            ui.painter().galley(unit_at, unit, tokens.ink2);
        }
    });
}

fn privacy(ui: &mut Ui, look: &Look<'_>) {
    let tokens = look.tokens();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 7.0;
        let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
        let painter = ui.painter();
        painter.text(rect.center(), Align2::CENTER_CENTER, icons::SHIELD_CHECK, fonts::icon(18.0), tokens.ink3);
        let words = look.say("rewards-privacy");
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), tokens.ink3);
    });
}

/// What stands at the end of a line from oneself.
#[derive(Clone, Copy, Debug)]
enum Leaf<'a> {
    Branch(&'a Branch),
    /// Openings of which the way is not known.
    Others(usize),
    /// Branches for which there is no room.
    More(usize),
}

/// The newest branches that fit, and what stands for the others.
fn leaves(overview: &Overview, columns: usize) -> Vec<Leaf<'_>> {
    let others = (overview.others > 0).then_some(Leaf::Others(overview.others));
    let room = columns - usize::from(others.is_some());
    let all = overview.branches.len();
    let shown = if all > room { room - 1 } else { all };
    let more = (all > shown).then(|| Leaf::More(all - shown));
    overview.branches.iter().take(shown).map(Leaf::Branch).chain(others).chain(more).collect()
}

fn grown(ui: &mut Ui, look: &mut Look<'_>, data: &Data, overview: &Overview, columns: usize) -> Option<Act> {
    let leaves = leaves(overview, columns);
    let has_second = leaves.iter().any(|leaf| below(leaf) > 0);
    let height = if has_second { END.1 } else { END.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let step = (rect.width() / leaves.len() as f32).clamp(COLUMN.0, COLUMN.1);
    let at = |index: usize| {
        let left = rect.center().x - step * (leaves.len() as f32 - 1.0) / 2.0;
        pos2(left + step * index as f32, rect.top() + FIRST)
    };
    let spoken: Vec<String> = leaves.iter().map(|leaf| leaf_words(look, data, leaf)).collect();
    let whole = format!("{}: {}", look.say("rewards-reach"), spoken.join("; "));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Tree, true, &whole));
    let root = pos2(rect.center().x, rect.top() + ROOT);
    let mut act = None;
    // What lies below: the ground of what is pointed at, then lines, then faces.
    for (index, leaf) in leaves.iter().enumerate() {
        let place = Rect::from_min_max(at(index) - vec2(step / 2.0, 30.0), at(index) + vec2(step / 2.0, 72.0));
        if pressed(ui, look, leaf, place, (&spoken[index], index, leaves.len())) {
            act = leaf_act(leaf);
        }
    }
    for (index, leaf) in leaves.iter().enumerate() {
        line(ui, look, root + vec2(0.0, 28.0), at(index) - vec2(0.0, 24.0), is_gold(leaf));
        twigs(ui, look, data, leaf, at(index), rect.top() + SECOND);
    }
    myself(ui, look, data, root);
    for (index, leaf) in leaves.iter().enumerate() {
        face(ui, look, data, leaf, at(index));
        name_below(ui, look, data, leaf, at(index), step - 6.0);
    }
    act
}

fn pressed(
    ui: &Ui,
    look: &Look<'_>,
    leaf: &Leaf<'_>,
    place: Rect,
    (words, index, count): (&str, usize, usize),
) -> bool {
    let id = match leaf {
        Leaf::Branch(branch) => ui.scope_id().with(("branch", branch.packet, branch.to)),
        Leaf::Others(_) => ui.scope_id().with("others"),
        Leaf::More(_) => ui.scope_id().with("more"),
    };
    let sense = if matches!(leaf, Leaf::Others(_)) { Sense::hover() } else { Sense::click() };
    let response = ui.interact(place, id, sense);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TreeItem, true, words));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_level(2);
        node.set_position_in_set(index + 1);
        node.set_size_of_set(count);
    });
    let round = CornerRadius::same(radius::TILE);
    if response.sense.senses_click() && response.hovered() {
        ui.painter().rect_filled(place.shrink(1.0), round, look.tokens().hover);
    }
    widgets::ring(ui, look, &response, place.shrink(4.0), round);
    response.sense.senses_click() && response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn leaf_act(leaf: &Leaf<'_>) -> Option<Act> {
    match leaf {
        Leaf::Branch(branch) => Some(Act::Go(Page::Packet(branch.packet))),
        Leaf::More(_) => Some(Act::Rewards(Action::Listed(true))),
        Leaf::Others(_) => None,
    }
}

fn is_gold(leaf: &Leaf<'_>) -> bool {
    match leaf {
        Leaf::Branch(branch) => branch.is_opened(),
        Leaf::Others(_) => true,
        Leaf::More(_) => false,
    }
}

/// How many stand below a leaf: a direct friend's own opening is told by the friend's own mark.
fn below(leaf: &Leaf<'_>) -> usize {
    match leaf {
        Leaf::Branch(branch) if branch.to.is_none() => branch.openers.len(),
        Leaf::Others(count) => *count,
        _ => 0,
    }
}

/// A curve from above to below: golden, or dashed where nothing is known yet.
fn line(ui: &Ui, look: &Look<'_>, from: Pos2, to: Pos2, gold: bool) {
    let middle = (from.y + to.y) / 2.0;
    let points = [from, pos2(from.x, middle), pos2(to.x, middle), to];
    let stroke = Stroke::new(2.2, fixed::GOLD_LINE);
    let curve = CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, PathStroke::from(stroke));
    if gold {
        ui.painter().add(curve);
    } else {
        let path = curve.flatten(Some(0.3));
        ui.painter().extend(Shape::dashed_line(&path, faint(look), 3.0, 5.0));
    }
}

fn faint(look: &Look<'_>) -> Stroke {
    Stroke::new(1.6, look.tokens().ink3.gamma_multiply(0.55))
}

/// Those who opened by an open file or link, or by a way that is not known: two at most, and how many more.
fn twigs(ui: &mut Ui, look: &mut Look<'_>, data: &Data, leaf: &Leaf<'_>, from: Pos2, y: f32) {
    let count = below(leaf);
    if count == 0 {
        return;
    }
    let spread = if count == 1 { 0.0 } else { 21.0 };
    for side in [-1.0, 1.0].into_iter().take(count.min(2)) {
        line(ui, look, from + vec2(0.0, 22.0), pos2(from.x + spread * side, y - 15.0), true);
    }
    let opener = |at: usize| match leaf {
        Leaf::Branch(branch) => branch.openers.get(at).copied(),
        _ => None,
    };
    let left = pos2(from.x - spread, y);
    opened_dot(ui, look, data, opener(0), left);
    let right = pos2(from.x + spread, y);
    match count {
        0 | 1 => {}
        2 => opened_dot(ui, look, data, opener(1), right),
        more => {
            let tokens = look.tokens();
            let painter = ui.painter();
            painter.circle_filled(right, 15.0, tokens.red_tint);
            let words = if more > 100 { "99+".to_owned() } else { format!("+{}", more - 1) };
            painter.text(right, Align2::CENTER_CENTER, words, fonts::strong(fonts::SMALL), tokens.red);
        }
    }
}

/// Somebody who opened: by face where named, else a red mark.
fn opened_dot(ui: &Ui, look: &mut Look<'_>, data: &Data, opener: Option<Opener>, centre: Pos2) {
    if let Some(client) = opener.and_then(|opener| opener.client) {
        friends::avatar(ui, look, &client, &packet::who(data, &client), centre, 30.0);
        return;
    }
    let painter = ui.painter();
    painter.circle_filled(centre, 15.0, fixed::PRIMARY[1]);
    painter.circle_stroke(centre, 12.5, Stroke::new(1.0, fixed::GOLD_EDGE.gamma_multiply(0.7)));
    painter.text(centre, Align2::CENTER_CENTER, icons::CHECK, fonts::icon(15.0), fixed::ON_ENVELOPE);
}

fn myself(ui: &Ui, look: &mut Look<'_>, data: &Data, centre: Pos2) {
    ui.painter().circle_filled(centre, 30.0, look.tokens().surface);
    ui.painter().circle_stroke(centre, 30.0, Stroke::new(2.5, fixed::GOLD_LINE));
    let me = look.say("me");
    if let Some(client) = data.client {
        friends::avatar(ui, look, &client, &me, centre, 50.0);
    }
}

/// The round picture of a leaf, with its mark.
fn face(ui: &Ui, look: &mut Look<'_>, data: &Data, leaf: &Leaf<'_>, centre: Pos2) {
    match leaf {
        Leaf::Branch(branch) => branch_face(ui, look, data, branch, centre, 44.0),
        Leaf::Others(_) => icon_face(ui, look, icons::FRIENDS, centre, 44.0),
        Leaf::More(count) => {
            let tokens = look.tokens();
            ui.painter().circle_filled(centre, 22.0, tokens.surface);
            ui.painter().circle_stroke(centre, 21.0, Stroke::new(1.5, tokens.line));
            let words = format!("+{count}");
            ui.painter().text(centre, Align2::CENTER_CENTER, words, fonts::strong(fonts::BODY), tokens.ink2);
        }
    }
}

/// A person's face, or the sign of the open way; with a celadon mark once it was opened, paler before.
pub(super) fn branch_face(ui: &Ui, look: &mut Look<'_>, data: &Data, branch: &Branch, centre: Pos2, size: f32) {
    let tokens = look.tokens();
    match &branch.to {
        Some(client) => friends::avatar(ui, look, client, &packet::who(data, client), centre, size),
        None => icon_face(ui, look, icons::LINK, centre, size),
    }
    if !branch.is_opened() {
        ui.painter().circle_filled(centre, size / 2.0 + 0.5, tokens.surface.gamma_multiply(0.5));
        return;
    }
    let at = centre + vec2(size * 0.39, size * 0.34);
    ui.painter().circle_filled(at, size * 0.23, tokens.surface);
    ui.painter().text(at, Align2::CENTER_CENTER, icons::CHECK_CIRCLE, fonts::icon_fill(size * 0.45), tokens.celadon);
}

/// A sign instead of a face.
pub(super) fn icon_face(ui: &Ui, look: &Look<'_>, icon: char, centre: Pos2, size: f32) {
    let tokens = look.tokens();
    ui.painter().circle_filled(centre, size / 2.0, tokens.gold_tint);
    ui.painter().circle_stroke(centre, size / 2.0 - 0.5, Stroke::new(1.0, fixed::GOLD_EDGE.gamma_multiply(0.6)));
    ui.painter().text(centre, Align2::CENTER_CENTER, icon, fonts::icon(size * 0.52), tokens.gold);
}

fn name_below(ui: &Ui, look: &Look<'_>, data: &Data, leaf: &Leaf<'_>, at: Pos2, width: f32) {
    let tokens = look.tokens();
    let (name, state) = match leaf {
        Leaf::Branch(branch) => (branch_name(look, data, branch), Some(state_words(look, branch))),
        Leaf::Others(count) => (look.say("rewards-others"), Some(opened_words(look, *count))),
        Leaf::More(_) => (look.say("rewards-more"), None),
    };
    let ink = if is_gold(leaf) { tokens.ink } else { tokens.ink2 };
    let lines = [
        (Some(name), fonts::strong(fonts::SECONDARY), ink, 40.0),
        (state, fonts::body(fonts::SMALL), tokens.ink3, 58.0),
    ];
    for (words, font, ink, down) in lines {
        let Some(words) = words else { continue };
        let galley = cut_by(ui.painter(), &words, font, ink, width);
        let place = Align2::CENTER_CENTER.anchor_size(at + vec2(0.0, down), galley.size());
        // A line that passes behind the words stops before them.
        if below(leaf) > 0 {
            ui.painter().rect_filled(place.expand2(vec2(3.0, 1.0)), 4.0, tokens.surface);
        }
        ui.painter().galley(place.min, galley, ink);
    }
}

/// For whom a forwarding was.
pub(super) fn branch_name(look: &Look<'_>, data: &Data, branch: &Branch) -> String {
    branch.to.as_ref().map_or_else(|| look.say("rewards-open-way"), |client| packet::who(data, client))
}

fn opened_words(look: &Look<'_>, count: usize) -> String {
    look.tell("rewards-opened-times", &[("count", count.into())])
}

/// What is known of a forwarding; that nothing was heard is not that nothing happened.
pub(super) fn state_words(look: &Look<'_>, branch: &Branch) -> String {
    match (branch.openers.len(), branch.state) {
        (0, ForwardState::Made) => look.say("rewards-no-word"),
        (0, state) => look.say(relayed::state_key(state)),
        (_, _) if branch.to.is_some() => look.say("rewards-is-open"),
        (count, _) => opened_words(look, count),
    }
}

/// Of which packet and when.
pub(super) fn about(look: &Look<'_>, data: &Data, branch: &Branch) -> String {
    let greeting = data.packet(&branch.packet).map(|packet| envelope::greeting_parts(&packet.greeting).0.to_owned());
    let day = look.formats.when(branch.at, look.now, look.texts);
    look.tell("reward-from-packet", &[("greeting", greeting.unwrap_or_default().into()), ("day", day.into())])
}

fn leaf_words(look: &Look<'_>, data: &Data, leaf: &Leaf<'_>) -> String {
    match leaf {
        Leaf::Branch(branch) => branch_words(look, data, branch),
        Leaf::Others(count) => format!("{}, {}", look.say("rewards-others"), opened_words(look, *count)),
        Leaf::More(count) => look.tell("rewards-more-spoken", &[("count", (*count).into())]),
    }
}

/// Name, state, and the names of those who agreed to be named.
pub(super) fn branch_words(look: &Look<'_>, data: &Data, branch: &Branch) -> String {
    let named = branch.openers.iter().filter_map(|opener| opener.client.filter(|client| Some(*client) != branch.to));
    let named: Vec<String> = named.map(|client| packet::who(data, &client)).collect();
    let names = if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
    let (name, state) = (branch_name(look, data, branch), state_words(look, branch));
    format!("{name}, {state}{names}, {}", about(look, data, branch))
}

fn legend(ui: &mut Ui, look: &Look<'_>) {
    let tokens = look.tokens();
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(22.0, 4.0);
        for (at, key) in ["rewards-is-open", "rewards-no-word", "rewards-brings"].into_iter().enumerate() {
            let words = look.say(key);
            let galley = cut_by(ui.painter(), &words, fonts::body(fonts::SECONDARY), tokens.ink2, f32::INFINITY);
            let sign = if at == 2 { 26.0 } else { 14.0 };
            let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + sign + 7.0, 22.0), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
            let left = rect.left_center();
            let painter = ui.painter();
            match at {
                0 => {
                    painter.circle_filled(left + vec2(7.0, 0.0), 7.0, fixed::PRIMARY[1]);
                }
                1 => {
                    let round: Vec<Pos2> = (0..=32)
                        .map(|part| {
                            left + vec2(7.0, 0.0) + egui::Vec2::angled(part as f32 / 32.0 * std::f32::consts::TAU) * 6.3
                        })
                        .collect();
                    painter.extend(Shape::dashed_line(&round, faint(look), 3.0, 3.0));
                }
                _ => {
                    painter.hline(left.x..=left.x + 26.0, left.y, Stroke::new(2.2, fixed::GOLD_LINE));
                }
            }
            let text = pos2(rect.right() - galley.size().x, left.y - galley.size().y / 2.0);
            painter.galley(text, galley, tokens.ink2);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::fixture::{id, person};

    fn overview(branches: usize, others: usize) -> Overview {
        let branch = |at: usize| Branch {
            packet: id("p"),
            to: Some(person(&at.to_string())),
            at: 0,
            state: ForwardState::Made,
            openers: Vec::new(),
        };
        Overview { branches: (0..branches).map(branch).collect(), others, ..Overview::default() }
    }

    #[test]
    fn there_are_never_more_leaves_than_columns_and_none_is_lost() {
        for columns in LEAST..8 {
            for branches in 0..20 {
                for others in [0, 5] {
                    let overview = overview(branches, others);
                    let leaves = leaves(&overview, columns);
                    assert!(leaves.len() <= columns, "{branches} in {columns}");
                    let shown = leaves.iter().filter(|leaf| matches!(leaf, Leaf::Branch(_))).count();
                    let more: usize =
                        leaves.iter().map(|leaf| if let Leaf::More(more) = leaf { *more } else { 0 }).sum();
                    assert_eq!(shown + more, branches);
                    assert_ne!(more, 1, "one more has room itself");
                    assert_eq!(leaves.iter().any(|leaf| matches!(leaf, Leaf::Others(5))), others > 0);
                }
            }
        }
    }
}
