//! Very many things of one size in a row: only those that can be seen are drawn, and one beyond each edge, so that the
//! keyboard goes on where the eye ends. The thing that has the keyboard stays, however far it was scrolled away.

use std::ops::Range;
use std::sync::Arc;

use egui::{Id, Rect, Response, Sense, Ui, pos2, vec2};

/// Where the things stand: so many, each so long, from here on down or to the right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// How many.
    pub count: usize,
    /// From the beginning of one to that of the next.
    pub step: f32,
    /// Where the first one begins.
    pub start: f32,
}

impl Run {
    /// Those that can be seen between two places, and one beyond each.
    fn seen(self, from: f32, to: f32) -> Range<usize> {
        let at = |place: f32| ((place - self.start) / self.step).max(0.0) as usize;
        let end = at(to).saturating_add(2).min(self.count);
        at(from).saturating_sub(1).min(end)..end
    }

    /// Where this one begins.
    fn place(self, at: usize) -> f32 {
        self.start + at as f32 * self.step
    }

    /// Draws what can be seen within the clip, down the page.
    pub(crate) fn down(self, ui: &mut Ui, each: impl FnMut(&mut Ui, usize, f32) -> Option<Response>) {
        let clip = ui.clip_rect();
        self.show(ui, self.seen(clip.top(), clip.bottom()), each);
    }

    /// Draws what can be seen within the clip, across the page.
    pub(crate) fn across(self, ui: &mut Ui, each: impl FnMut(&mut Ui, usize, f32) -> Option<Response>) {
        let clip = ui.clip_rect();
        self.show(ui, self.seen(clip.left(), clip.right()), each);
    }

    fn show(self, ui: &mut Ui, seen: Range<usize>, mut each: impl FnMut(&mut Ui, usize, f32) -> Option<Response>) {
        let key = ui.scope_id().with("drawn");
        let last: Arc<Vec<(Id, usize)>> = ui.data(|data| data.get_temp(key)).unwrap_or_default();
        let focused = ui.memory(|memory| memory.focused());
        let far = last.iter().find(|(id, _)| Some(*id) == focused).map(|(_, at)| *at);
        // With its neighbours, to which the keyboard goes next.
        let far = far.filter(|at| *at < self.count && !seen.contains(at));
        let far = far.map_or(0..0, |at| at.saturating_sub(1)..(at + 2).min(self.count));
        let before = far.start..far.end.min(seen.start);
        let after = far.start.max(seen.end)..far.end;
        let mut drawn = Vec::new();
        for at in before.chain(seen).chain(after) {
            let Some(response) = each(ui, at, self.place(at)) else { continue };
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            drawn.push((response.id, at));
        }
        ui.data_mut(|data| data.insert_temp(key, Arc::new(drawn)));
    }
}

/// Rows of one height, as wide as there is room; each is drawn at its place.
pub(crate) fn rows(
    ui: &mut Ui,
    count: usize,
    height: f32,
    mut row: impl FnMut(&mut Ui, usize, Rect) -> Option<Response>,
) {
    let (all, _) = ui.allocate_exact_size(vec2(ui.available_width(), height * count as f32), Sense::hover());
    let run = Run { count, step: height, start: all.top() };
    run.down(ui, |ui, at, top| row(ui, at, Rect::from_min_size(pos2(all.left(), top), vec2(all.width(), height))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_drawn_as_can_be_seen_however_many_there_are() {
        for (count, start) in [(10, 0.0), (100, 100.0), (100_000, -620_000.0), (100_000, -6_190_000.0)] {
            let run = Run { count, step: 62.0, start };
            let seen = run.seen(0.0, 760.0);
            assert!(seen.len() <= 16, "{seen:?}");
            for at in [seen.start, seen.end.saturating_sub(1)] {
                assert!((-200.0..=900.0).contains(&run.place(at)), "{at} stands at {}", run.place(at));
            }
            let is_seen = |at: usize| run.place(at) + 62.0 > 0.0 && run.place(at) < 760.0;
            let missed = (0..count).find(|at| is_seen(*at) && !seen.contains(at));
            assert_eq!(missed, None);
        }
        assert!(Run { count: 0, step: 62.0, start: 5.0 }.seen(0.0, 760.0).is_empty());
        assert!(Run { count: 3, step: 62.0, start: 5000.0 }.seen(0.0, 760.0).len() <= 2);
        assert!(Run { count: 3, step: 62.0, start: -5000.0 }.seen(0.0, 760.0).len() <= 2);
    }

    #[test]
    fn far_down_the_list_rows_stand_as_far_apart_as_at_its_top() {
        let run = Run { count: 100_000, step: 62.0, start: -6_100_000.5 };
        let seen = run.seen(0.0, 760.0);
        for at in seen.start..seen.end - 1 {
            assert!((run.place(at + 1) - run.place(at) - 62.0).abs() < f32::EPSILON);
        }
    }
}
