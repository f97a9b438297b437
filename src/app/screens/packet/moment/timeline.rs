//! What moves when in the moment of opening, in seconds since the seal was pressed: pure functions of time, so that each can be
//! looked at by itself. It knows nothing of what is painted.

use crate::app::theme::motion::{in_cubic, in_out_cubic, out_back, out_cubic, out_expo, out_quad, part};

/// When the flap begins to turn, and the seal is gone.
pub(super) const OPENS: f32 = 0.42;
/// When the flap stands edge-on: its front folded away, its gold inside not yet up.
pub(super) const EDGE_ON: f32 = 0.62;
/// When the room is there, and nothing of the page is seen any more.
pub(super) const ROOM: f32 = 0.56;
/// When everything has come to rest and the moment begins to give way to what was inside.
pub(super) const SETTLE: f32 = 2.4;
/// How long it takes to give way.
pub(super) const FADE: f32 = 0.35;
/// How long everything takes to come and to go when things stand still.
pub(super) const STILL_FADE: f32 = 0.15;
/// The picture that is shown when things stand still: all there, nothing flying.
pub(super) const STILL: f32 = 2.0;
/// How many banknotes rise, how many coins pop, how many flecks of foil fall at most.
pub(super) const NOTES: usize = 4;
pub(super) const COINS: usize = 10;
pub(super) const FLECKS: usize = 34;

/// How large the pressed seal is, as a part of its size.
pub(super) fn seal_size(t: f32) -> f32 {
    1.0 - 0.05 * out_quad(part(t, 0.0, 0.12))
}

/// How far the seal has spun and faded, from 0 to 1.
pub(super) fn seal_gone(t: f32) -> f32 {
    in_out_cubic(part(t, 0.12, OPENS))
}

/// How broad a coin is seen that has spun so far: three times round its edge.
pub(super) fn seal_breadth(gone: f32) -> f32 {
    (gone * std::f32::consts::PI * 1.5).cos().abs().max(0.04)
}

/// How far the page has become lacquer.
pub(super) fn room(t: f32) -> f32 {
    out_cubic(part(t, 0.3, ROOM))
}

/// How far the envelope has slid down to its place.
pub(super) fn slide(t: f32) -> f32 {
    out_cubic(part(t, 0.3, ROOM))
}

/// How high the flap stands: 1 closed, 0 edge-on, −1 open, a little beyond on its way there.
pub(super) fn flap(t: f32) -> f32 {
    if t < EDGE_ON { 1.0 - in_cubic(part(t, OPENS, EDGE_ON)) } else { -out_back(part(t, EDGE_ON, 0.82), 1.1) }
}

/// How far a banknote has risen, each 50 ms after the one before.
pub(super) fn note(at: usize, t: f32) -> f32 {
    let begin = 0.7 + 0.05 * at as f32;
    out_back(part(t, begin, begin + 0.4), 1.1)
}

/// How far a coin is on its way, from 0 to 1; and how high above a straight way it flies, 1 at the top.
pub(super) fn coin(at: usize, t: f32) -> (f32, f32) {
    let begin = 0.76 + 0.22 * at as f32 / (COINS - 1) as f32;
    let gone = part(t, begin, begin + 0.42);
    (out_cubic(gone), 4.0 * gone * (1.0 - gone))
}

/// How long a fleck has been falling; before, nothing. They leave one after the other, as chance (from 0 to 1) has it.
pub(super) fn fleck(chance: f32, t: f32) -> Option<f32> {
    let age = t - 0.76 - 0.2 * chance;
    (age > 0.0).then_some(age)
}

/// How far the voucher has risen.
pub(super) fn voucher(t: f32) -> f32 {
    out_expo(part(t, 0.9, 1.5))
}

/// How much of a sum is shown while it counts up: all of it at the end, to the last minor unit.
pub(super) fn counted(minor: i64, t: f32) -> i64 {
    let part = out_expo(part(t, 0.9, 1.5));
    if part >= 1.0 { minor } else { (minor as f64 * f64::from(part)) as i64 }
}

/// How far the headline has come.
pub(super) fn headline(t: f32) -> f32 {
    out_quad(part(t, 0.9, 1.3))
}

/// How far the moment has given way to what was inside.
pub(super) fn gone(now: f32, still: bool) -> f32 {
    in_out_cubic(part(now, SETTLE, SETTLE + if still { STILL_FADE } else { FADE }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f32, other: f32) {
        assert!((one - other).abs() < 2e-3, "{one} is not {other}");
    }

    /// Each phase: its function, when it begins and ends, its easing, from where to where it goes.
    #[test]
    fn every_phase_has_its_time_and_its_easing() {
        type Phase = (fn(f32) -> f32, f32, f32, fn(f32) -> f32, f32, f32);
        let phases: [Phase; 10] = [
            (seal_size, 0.0, 0.12, out_quad, 1.0, 0.95),
            (seal_gone, 0.12, 0.42, in_out_cubic, 0.0, 1.0),
            (room, 0.3, 0.56, out_cubic, 0.0, 1.0),
            (slide, 0.3, 0.56, out_cubic, 0.0, 1.0),
            (flap, 0.42, 0.62, in_cubic, 1.0, 0.0),
            (flap, 0.62, 0.82, |t| out_back(t, 1.1), 0.0, -1.0),
            (|t| note(0, t), 0.7, 1.1, |t| out_back(t, 1.1), 0.0, 1.0),
            (|t| note(3, t), 0.85, 1.25, |t| out_back(t, 1.1), 0.0, 1.0),
            (voucher, 0.9, 1.5, out_expo, 0.0, 1.0),
            (|t| gone(t, false), 2.4, 2.75, in_out_cubic, 0.0, 1.0),
        ];
        for (is, begin, end, ease, from, to) in phases {
            for step in 0..=20 {
                let part = step as f32 / 20.0;
                near(is(begin + part * (end - begin)), from + (to - from) * ease(part));
            }
        }
    }

    #[test]
    fn nothing_moves_before_its_time_nor_after_it() {
        for t in [-1.0, 0.0] {
            near(seal_size(t), 1.0);
            near(seal_gone(t) + room(t) + slide(t) + voucher(t) + gone(t, false), 0.0);
            near(flap(t), 1.0);
            assert!((0..NOTES).all(|at| note(at, t).abs() < 1e-3) && (0..COINS).all(|at| coin(at, t).0 == 0.0));
            assert_eq!(fleck(0.0, t), None);
        }
        for t in [STILL, SETTLE] {
            near(seal_gone(t) + room(t) + slide(t) + voucher(t), 4.0);
            near(flap(t), -1.0);
            assert!((0..NOTES).all(|at| (note(at, t) - 1.0).abs() < 1e-3));
            assert!((0..COINS).all(|at| coin(at, t) == (1.0, 0.0)), "every coin lies where it comes to lie");
        }
        near(gone(9.0, false), 1.0);
    }

    #[test]
    fn coins_pop_from_760_to_1400_and_flecks_begin_then() {
        assert_eq!(coin(0, 0.76).0, 0.0);
        assert!(coin(0, 0.77).0 > 0.0 && coin(COINS - 1, 1.38).0 < 1.0);
        assert_eq!(coin(COINS - 1, 1.401), (1.0, 0.0));
        let (_, top) = coin(0, 0.76 + 0.21);
        near(top, 1.0);
        assert_eq!(fleck(0.0, 0.76), None);
        assert!(fleck(0.0, 0.77).is_some() && fleck(1.0, 0.97).is_some() && fleck(1.0, 0.95).is_none());
        const { assert!(FLECKS <= 34) }
    }

    #[test]
    fn the_sum_counts_up_and_never_beyond_to_the_last_minor_unit() {
        let mut before = 0;
        for step in 0..=300 {
            let shown = counted(8_888_888_888_889, step as f32 * 0.01);
            assert!(shown >= before && shown <= 8_888_888_888_889);
            before = shown;
        }
        assert_eq!((counted(8800, 0.9), counted(8800, 1.5), counted(1, STILL)), (0, 8800, 1));
    }

    #[test]
    fn the_seal_spins_over_its_edge_and_vanishes_edge_on() {
        near(seal_breadth(0.0), 1.0);
        near(seal_breadth(1.0 / 3.0), 0.04);
        near(seal_breadth(2.0 / 3.0), 1.0);
        near(seal_breadth(1.0), 0.04);
    }

    #[test]
    fn standing_still_it_comes_and_goes_in_150_ms() {
        near(gone(SETTLE + 0.075, true), 0.5);
        near(gone(SETTLE + 0.15, true), 1.0);
    }
}
