//! Long lists: only the rows in sight are laid out, and a few beyond them, so that the keyboard finds the next one.

use egui::{Rect, Response, Sense, Ui, pos2, vec2};

/// Rows laid out above and below those in sight.
const BEYOND: usize = 2;

/// Rows of one height, as wide as there is room. `row` draws one at its place.
pub(crate) fn rows(ui: &mut Ui, count: usize, height: f32, mut row: impl FnMut(&mut Ui, usize, Rect)) {
    let size = vec2(ui.available_width(), height * count as f32);
    let (all, _) = ui.allocate_exact_size(size, Sense::hover());
    for at in in_sight(ui.clip_rect(), all, height, count) {
        let top = all.top() + height * at as f32;
        row(ui, at, Rect::from_min_max(pos2(all.left(), top), pos2(all.right(), top + height)));
    }
}

fn in_sight(clip: Rect, all: Rect, height: f32, count: usize) -> std::ops::Range<usize> {
    // A negative number becomes zero, and one too large the largest.
    let first = (((clip.top() - all.top()) / height).floor() as usize).saturating_sub(BEYOND);
    let last = (((clip.bottom() - all.top()) / height).ceil() as usize).saturating_add(BEYOND);
    first.min(count)..last.min(count)
}

/// What one can press in such a row; it comes into sight when it gets the keyboard.
pub(crate) fn pressable(ui: &Ui, rect: Rect, id: impl std::hash::Hash + std::fmt::Debug) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(id), Sense::click());
    if response.gained_focus() {
        ui.scroll_to_rect(rect, None);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_sight_is_laid_out() {
        let all = |top: f32| Rect::from_min_size(pos2(0.0, top), vec2(100.0, 70.0 * 100_000.0));
        let clip = Rect::from_min_size(pos2(0.0, 100.0), vec2(100.0, 700.0));
        assert_eq!(in_sight(clip, all(100.0), 70.0, 100_000), 0..12);
        assert_eq!(in_sight(clip, all(100.0 - 7000.0), 70.0, 100_000), 98..112);
        assert_eq!(in_sight(clip, all(2000.0), 70.0, 3), 0..2);
        assert_eq!(in_sight(clip, all(-9_000_000.0), 70.0, 3), 3..3);
    }
}
