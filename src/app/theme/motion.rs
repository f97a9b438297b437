//! How things move: durations in seconds, and easings from 0 to 1.

/// Under the pointer.
pub const HOVER: f32 = 0.12;
/// A sheet coming in.
pub const SHEET: f32 = 0.22;
/// One page giving way to the next.
pub const PAGE: f32 = 0.18;

/// How far a stretch of time from `start` to `end` is gone at `now`, from 0 to 1; all in the same unit.
#[must_use]
pub fn part(now: f32, start: f32, end: f32) -> f32 {
    if end <= start { 1.0 } else { ((now - start) / (end - start)).clamp(0.0, 1.0) }
}

/// Fast, then slow.
#[must_use]
pub fn out_quad(t: f32) -> f32 {
    1.0 - (1.0 - t) * (1.0 - t)
}

/// Faster, then slower still.
#[must_use]
pub fn out_cubic(t: f32) -> f32 {
    1.0 - (1.0 - t).powi(3)
}

/// Slow, then fast.
#[must_use]
pub fn in_cubic(t: f32) -> f32 {
    t * t * t
}

/// Slow, fast, slow.
#[must_use]
pub fn in_out_cubic(t: f32) -> f32 {
    if t < 0.5 { 4.0 * t * t * t } else { 1.0 - (-2.0 * t + 2.0).powi(3) / 2.0 }
}

/// Very fast, then coming to rest for long.
#[must_use]
pub fn out_expo(t: f32) -> f32 {
    if t >= 1.0 { 1.0 } else { 1.0 - (-10.0 * t).exp2() }
}

/// Beyond the goal by about `over`, and back.
#[must_use]
pub fn out_back(t: f32, over: f32) -> f32 {
    let u = t - 1.0;
    1.0 + (over + 1.0) * u.powi(3) + over * u.powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_easing_begins_and_ends_where_it_should() {
        let back = |t| out_back(t, 1.1);
        for ease in [out_quad, out_cubic, in_cubic, in_out_cubic, out_expo, back] as [fn(f32) -> f32; 6] {
            assert!(ease(0.0).abs() < 1e-3 && (ease(1.0) - 1.0).abs() < 1e-6);
        }
        assert!((part(0.5, 0.0, 1.0) - 0.5).abs() < 1e-6);
        assert_eq!((part(-1.0, 0.0, 1.0), part(9.0, 0.0, 1.0), part(0.0, 1.0, 1.0)), (0.0, 1.0, 1.0));
    }
}
