//! What was measured, as a table in Markdown, and whether all goals are met.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;

/// The table as it grows.
#[derive(Default)]
pub(crate) struct Table {
    missed: usize,
}

impl Table {
    pub(crate) fn begin(&self, title: &str) {
        println!("{title}\n\n| what | this | beside | ratio | goal | |\n|---|---|---|---|---|---|");
    }

    /// A ratio that must not be larger than its goal.
    pub(crate) fn at_most(&mut self, what: &str, [this, beside]: [String; 2], ratio: f64, goal: f64) {
        self.judged(what, [this, beside, format!("{ratio:.2}")], &format!("≤ {goal}"), ratio <= goal);
    }

    /// A ratio that must not be smaller than its goal.
    pub(crate) fn at_least(&mut self, what: &str, [this, beside]: [String; 2], ratio: f64, goal: f64) {
        self.judged(what, [this, beside, format!("{ratio:.2}")], &format!("≥ {goal}"), ratio >= goal);
    }

    /// Something with a goal of its own.
    pub(crate) fn judged(&mut self, what: &str, [this, beside, ratio]: [String; 3], goal: &str, met: bool) {
        let word = if met { "met" } else { "**MISSED**" };
        println!("| {what} | {this} | {beside} | {ratio} | {goal} | {word} |");
        self.missed += usize::from(!met);
    }

    /// Something that is only told.
    pub(crate) fn told(&self, what: &str, this: impl std::fmt::Display) {
        println!("| {what} | {this} | | | | |");
    }

    pub(crate) fn end(&self) -> ExitCode {
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
