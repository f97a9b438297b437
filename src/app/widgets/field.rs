//! A field to type in: its label above, a sentence below that says what is right or wrong with it.

use egui::{
    Align2, CornerRadius, Event, Id, ImeEvent, Rect, Response, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, pos2,
    text::CCursor, vec2,
};

use super::super::look::Look;
use super::super::theme::{fonts, icons, radius};

/// What is known about what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum FieldState {
    /// Nothing to say, or a hint.
    #[default]
    Neutral,
    /// It is right.
    Valid(String),
    /// It is not right yet, and why.
    Wrong(String),
}

/// A field to show.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    /// Said to a screen reader, and written above unless `bare`.
    pub label: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// What is known about the text.
    pub state: FieldState,
    /// In points.
    pub height: f32,
    /// Text as dots.
    pub secret: bool,
    /// Without the label above.
    pub bare: bool,
    /// Whether undoing brings nothing back; always so for text as dots.
    pub forgets: bool,
    /// An icon at the left.
    pub icon: Option<char>,
    /// Tells fields apart.
    pub id: Id,
}

impl<'a> Field<'a> {
    /// A plain one.
    #[must_use]
    pub(crate) fn new(id: impl std::hash::Hash + std::fmt::Debug, label: &'a str) -> Self {
        let id = Id::unique(("field", id));
        Self {
            label,
            hint: "",
            state: FieldState::Neutral,
            height: 44.0,
            secret: false,
            bare: false,
            forgets: false,
            icon: None,
            id,
        }
    }

    /// With a hint.
    #[must_use]
    pub(crate) const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// With what is known.
    #[must_use]
    pub(crate) fn state(mut self, state: FieldState) -> Self {
        self.state = state;
        self
    }

    /// Without a label above it.
    #[must_use]
    pub(crate) const fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// With an icon.
    #[must_use]
    pub(crate) const fn icon(mut self, icon: char) -> Self {
        self.icon = Some(icon);
        self
    }

    /// As dots.
    #[must_use]
    pub(crate) const fn secret(mut self, secret: bool) -> Self {
        self.secret = secret;
        self
    }

    /// With nothing left of it once it is gone.
    #[must_use]
    pub(crate) const fn forgets(mut self) -> Self {
        self.forgets = true;
        self
    }

    /// With large figures, as for an account number.
    #[must_use]
    pub(crate) const fn large(mut self) -> Self {
        self.height = 50.0;
        self
    }
}

/// Shows a field as wide as there is room; its response, with the text changed in place.
pub(crate) fn field(ui: &mut Ui, look: &mut Look<'_>, field: &Field<'_>, text: &mut String) -> Response {
    let tokens = look.tokens();
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        if !field.bare {
            super::label(ui, field.label, fonts::strong(fonts::SECONDARY), tokens.ink2);
        }
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), field.height), egui::Sense::hover());
        let round = CornerRadius::same(radius::CONTROL);
        ui.painter().rect_filled(rect, round, tokens.surface);
        let response = edit(ui, look, field, text, rect);
        let edge = match (&field.state, response.has_focus()) {
            (FieldState::Valid(_), _) => Stroke::new(1.5, tokens.celadon),
            (FieldState::Wrong(_), _) => Stroke::new(1.5, tokens.ochre),
            (FieldState::Neutral, true) => Stroke::new(1.5, tokens.ink),
            (FieldState::Neutral, false) => Stroke::new(1.0, tokens.line),
        };
        ui.painter().rect_stroke(rect, round, edge, StrokeKind::Inside);
        if response.has_focus() {
            let ring = Stroke::new(2.5, tokens.focus);
            ui.painter().rect_stroke(
                rect.expand(3.5),
                CornerRadius::same(radius::CONTROL + 3),
                ring,
                StrokeKind::Middle,
            );
        }
        below(ui, look, field, rect);
        response
    })
    .inner
}

fn edit(ui: &mut Ui, look: &mut Look<'_>, field: &Field<'_>, text: &mut String, rect: Rect) -> Response {
    let tokens = look.tokens();
    let mut inner = rect.shrink2(vec2(14.0, 0.0));
    if let Some(icon) = field.icon {
        let at = pos2(rect.left() + 22.0, rect.center().y);
        ui.painter().text(at, Align2::CENTER_CENTER, icon, fonts::icon(19.0), tokens.ink2);
        inner.min.x += 26.0;
    }
    if field.state != FieldState::Neutral {
        inner.max.x -= 30.0;
    }
    let font = if field.height > 46.0 { fonts::body(18.0) } else { fonts::body(fonts::BODY) };
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)));
    let edit = TextEdit::singleline(text)
        .id(field.id)
        .frame(egui::Frame::NONE)
        .font(font.clone())
        .password(field.secret)
        .align(Align2::LEFT_CENTER)
        .desired_width(inner.width())
        .min_size(vec2(inner.width(), field.height));
    // As long as an input method is at work, Enter is its own.
    let edit = if composes(ui, field.id) { edit.return_key(None) } else { edit };
    let output = edit.show(&mut child);
    let response = output.response.response;
    let response = response.accessible_name(field.label);
    super::into_sight(&response);
    if field.secret || field.forgets {
        let mut state = output.state;
        state.clear_undoer();
        state.store(ui.ctx(), response.id);
    }
    if text.is_empty() && !field.hint.is_empty() {
        // Drawn here, so that it stands at the same height as the text.
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_placeholder(field.hint));
        // The caret stands in it then.
        let ink = if response.has_focus() { tokens.ink2 } else { tokens.ink3 };
        let hint = super::super::look::cut(ui, field.hint, font, ink, inner.width());
        let at = Align2::LEFT_CENTER.anchor_size(pos2(inner.left(), rect.center().y), hint.size());
        ui.painter().galley(at.min, hint, ink);
    }
    response
}

/// Whether an input method composes something for the field, or did until this frame.
fn composes(ui: &Ui, id: Id) -> bool {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return false;
    }
    let key = id.with("composes");
    let before: bool = ui.data(|data| data.get_temp(key)).unwrap_or_default();
    let now = ui.input(|input| {
        input.events.iter().fold(before, |now, event| match event {
            Event::Ime(ImeEvent::Preedit { text, .. }) => !text.is_empty(),
            Event::Ime(ImeEvent::Commit(_)) => false,
            _ => now,
        })
    });
    ui.data_mut(|data| data.insert_temp(key, now));
    before || now
}

fn below(ui: &mut Ui, look: &mut Look<'_>, field: &Field<'_>, rect: Rect) {
    let tokens = look.tokens();
    let (icon, colour, words) = match &field.state {
        FieldState::Neutral => return,
        FieldState::Valid(words) => (icons::CHECK_CIRCLE, tokens.celadon, words),
        FieldState::Wrong(words) => (icons::WARNING, tokens.ochre, words),
    };
    let at = pos2(rect.right() - 24.0, rect.center().y);
    ui.painter().text(at, Align2::CENTER_CENTER, icon, fonts::icon_fill(21.0), colour);
    if !words.is_empty() {
        super::note(ui, words, fonts::body(fonts::SECONDARY), colour);
    }
}

/// Whether Enter was pressed in a field. What was typed within the same frame goes first: the answer comes a frame later then.
pub(crate) fn entered(ui: &Ui, response: &Response) -> bool {
    let id = response.id.with("entered");
    let late = ui.data_mut(|data| data.remove_temp::<bool>(id)).is_some();
    let now = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if now && response.changed() {
        ui.data_mut(|data| data.insert_temp(id, true));
        ui.ctx().request_repaint();
        return false;
    }
    now || late
}

/// Keeps the caret of the field `id` behind the same character, after `typed` was put in order as `shown` by moving its
/// spaces; and with it the other end of what is marked, or of what an input method is still composing.
pub(crate) fn keep_caret(ui: &Ui, id: Id, typed: &str, shown: &str) {
    let Some(mut state) = egui::text_edit::TextEditState::load(ui.ctx(), id) else { return };
    let Some(range) = state.cursor.char_range() else { return };
    let moved = |end: CCursor| {
        let before = typed.chars().take(end.index.into()).filter(|c| !c.is_whitespace()).count();
        CCursor::new(place_behind(shown, before))
    };
    let (primary, secondary) = (moved(range.primary), moved(range.secondary));
    state.cursor.set_char_range(Some(egui::text::CCursorRange { primary, secondary, ..range }));
    state.store(ui.ctx(), id);
}

/// Where in `shown` so many characters other than spaces are behind one.
fn place_behind(shown: &str, count: usize) -> usize {
    let mut left = count;
    for (at, c) in shown.chars().enumerate() {
        if left == 0 {
            return at;
        }
        left -= usize::from(!c.is_whitespace());
    }
    shown.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stays_behind_its_digit() {
        for (count, place) in [(0, 0), (3, 3), (4, 4), (5, 6), (8, 9), (99, 14)] {
            assert_eq!(place_behind("6200 0000 0188", count), place, "{count}");
        }
    }
}
