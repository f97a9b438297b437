//! What was measured, line by line, and whether all goals are met.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The table as it grows.
#[derive(Default)]
pub(crate) struct Table {
    missed: usize,
}

impl Table {
    pub(crate) fn begin(&self) {
        println!("{:<58} {:>12} {:>12} {:>8} {:>8}", "what", "this", "beside", "ratio", "goal");
    }

    /// Two medians of things that were measured by turns.
    pub(crate) fn ratio(&mut self, what: &str, [this, beside]: [Duration; 2], goal: f64) {
        let ratio = this.as_secs_f64() / beside.as_secs_f64();
        self.line(
            what,
            [format!("{this:.1?}"), format!("{beside:.1?}"), format!("{ratio:.2}")],
            format!("{goal:.1}"),
            ratio <= goal,
        );
    }

    /// Something with a goal of its own.
    pub(crate) fn line(&mut self, what: &str, [this, beside, ratio]: [String; 3], goal: String, met: bool) {
        let word = if met { "met" } else { "MISSED" };
        println!("{what:<58} {this:>12} {beside:>12} {ratio:>8} {goal:>8} {word}");
        self.missed += usize::from(!met);
    }

    /// Something that is only told.
    pub(crate) fn told(&self, what: &str, value: String) {
        println!("{what:<58} {value:>12}");
    }

    pub(crate) fn end(&self) -> ExitCode {
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The medians of two things done by turns, so that whatever else the machine does falls on both.
pub(crate) fn by_turns(turns: usize, mut this: impl FnMut(), mut beside: impl FnMut()) -> [Duration; 2] {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        first.push(timed(&mut this));
        second.push(timed(&mut beside));
    }
    [median(first), median(second)]
}

pub(crate) fn timed(mut work: impl FnMut()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}
