//! `hongbao demo`: plays the demo and prints it step by step.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::runtime::Runtime;

use super::{Failure, Output, print};
use crate::app::ThemeChoice;
use crate::app::text::{Language, Line, Texts};
use crate::demo::story::Step;
use crate::demo::watch::PartyView;
use crate::demo::window::{self, Shown};
use crate::demo::{self, Failed, Options, Outcome, Told};

/// What a command of a server that has ended may still take.
const REST: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct Demo {
    /// Play the whole story without a display, checked at everybody.
    #[arg(long)]
    headless: bool,
    /// Play it so too, and keep the report, pictures, the packet files and everybody's keys in this new or empty folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// zh-CN or en; without it the system's language.
    #[arg(long)]
    lang: Option<Language>,
    /// system, light or dark.
    #[arg(long)]
    theme: Option<ThemeChoice>,
}

impl Demo {
    /// Opens the window on the demo; where there is none, or when a report is wanted, plays the story.
    pub(super) fn run(self, output: Output) -> ExitCode {
        let language = self.lang.unwrap_or_else(Language::of_system);
        let texts = Texts::new(language);
        let mut said = Vec::new();
        let mut tell = |told: Told<'_>| show(output, &texts, &told, &mut said);
        match self.play(language, &mut tell) {
            Ok(outcome) => {
                let report = outcome.and_then(|outcome| outcome.report);
                let end = json!({ "event": "end", "ok": true, "report": report });
                let _ = print(&if output.json { end.to_string() } else { texts.say("demo-end") });
                ExitCode::SUCCESS
            }
            Err(failed) => output.fail(&failure(&texts, &failed)),
        }
    }

    /// What came of the story; none when a person played.
    fn play(self, language: Language, tell: &mut dyn FnMut(Told<'_>)) -> Result<Option<Outcome>, Failed> {
        let early = |error| Failed { step: 0, why: demo::DemoError::File(PathBuf::from("hongbao"), error) };
        let program = std::env::current_exe().map_err(early)?;
        let headless = self.headless || self.out.is_some();
        let options = Options { program, out: self.out, language, theme: self.theme.unwrap_or_default() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(early)?;
        let played = play(&runtime, headless || !has_display(), &options, tell);
        runtime.shutdown_timeout(REST);
        played
    }
}

fn play(
    runtime: &Runtime,
    headless: bool,
    options: &Options,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Option<Outcome>, Failed> {
    if !headless {
        match window::show(runtime, options, tell)? {
            Shown::Closed => return Ok(None),
            Shown::Never(why) => tell(Told::NoWindow(&why)),
        }
    }
    runtime.block_on(demo::run(options, tell)).map(Some)
}

/// Whether a window can be hoped for.
fn has_display() -> bool {
    let named = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(unix) || cfg!(target_os = "macos") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

fn failure(texts: &Texts, failed: &Failed) -> Failure {
    let args = [("step", failed.step.to_string().into()), ("reason", failed.why.to_string().into())];
    let next = match failed.why {
        demo::DemoError::NotEmpty(_) => "Name a new or an empty folder with --out.",
        demo::DemoError::Interrupted => "Start it again when you like.",
        _ => "Nothing is left running. With --out DIR, DIR/work/*.log has what each server said.",
    };
    // Before the first step, the reason alone says it.
    let detail = if failed.step == 0 { failed.why.to_string() } else { texts.tell("demo-failed", &args) };
    Failure::new(failed.why.code(), detail, next)
}

/// Where standard output is closed, the demo goes on: its exit code still tells.
fn show(output: Output, texts: &Texts, told: &Told<'_>, said: &mut Vec<String>) {
    let text = match (told, output.json) {
        (Told::Parties(parties), true) => {
            let parties = parties.map(|server| {
                json!({ "party": server.party, "name": server.name, "origin": server.origin, "pid": server.pid })
            });
            json!({ "event": "parties", "parties": parties }).to_string()
        }
        (Told::NoWindow(why), true) => json!({ "event": "no-window", "detail": why }).to_string(),
        (Told::NoWindow(why), false) => texts.tell("demo-no-window", &[("reason", (*why).into())]),
        (Told::Step(step, sees), true) => {
            let sees: Vec<_> =
                sees.iter().map(|view| json!({ "party": view.party, "lines": words(texts, view) })).collect();
            json!({ "event": "step", "step": step, "sees": sees }).to_string()
        }
        (Told::Parties(parties), false) => {
            let line = |server: &&demo::parties::Server| {
                format!("{} {}: {}", texts.say(server.party.role()), server.name, server.origin)
            };
            parties.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        (Told::Step(step, sees), false) => step_text(texts, step, sees, said),
    };
    let _ = print(&text);
}

fn words(texts: &Texts, view: &PartyView) -> Vec<String> {
    view.lines.iter().map(|line: &Line| line.text(texts)).collect()
}

/// A step, and below it what is new at the parties.
fn step_text(texts: &Texts, step: &Step, sees: &[PartyView], said: &mut Vec<String>) -> String {
    let role = |view: &PartyView| format!("{} {}", texts.say(view.party.role()), view.name);
    let now: Vec<String> =
        sees.iter().map(|view| format!("      {}: {}", role(view), words(texts, view).join(" · "))).collect();
    let mut lines = vec![format!("{:2}. {}", step.n, step.text)];
    lines.extend(now.iter().filter(|line| !said.contains(line)).cloned());
    *said = now;
    lines.join("\n")
}
