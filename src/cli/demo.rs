//! `hongbao demo`: plays the demo and prints it step by step.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{Failure, Output, print};
use crate::app::ThemeChoice;
use crate::app::text::{Language, Line, Texts};
use crate::demo::story::Step;
use crate::demo::watch::PartyView;
use crate::demo::{self, Failed, Options, Outcome, Told};

/// What a command of a server that has ended may still take.
const REST: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct Demo {
    /// Play it without a window.
    #[arg(long)]
    headless: bool,
    /// Keep the report, the packet files and everybody's keys in this new or empty folder.
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
    /// Plays the demo. There is no window yet, so with and without `--headless` it plays the same.
    pub(super) fn run(self, output: Output) -> ExitCode {
        let Self { headless: _, out, lang, theme } = self;
        let language = lang.unwrap_or_else(Language::of_system);
        let texts = Texts::new(language);
        let mut said = Vec::new();
        let theme = theme.unwrap_or_default();
        match play(out, (language, theme), &mut |told| show(output, &texts, &told, &mut said)) {
            Ok(outcome) => {
                let end = json!({ "event": "end", "ok": true, "report": outcome.report });
                let _ = print(&if output.json { end.to_string() } else { texts.say("demo-end") });
                ExitCode::SUCCESS
            }
            Err(failed) => output.fail(&failure(&texts, &failed)),
        }
    }
}

fn play(
    out: Option<PathBuf>,
    (language, theme): (Language, ThemeChoice),
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Outcome, Failed> {
    let early = |error| Failed { step: 0, why: demo::DemoError::File(PathBuf::from("hongbao"), error) };
    let program = std::env::current_exe().map_err(early)?;
    let options = Options { program, out, language, theme };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(early)?;
    let played = runtime.block_on(demo::run(&options, tell));
    runtime.shutdown_timeout(REST);
    played
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
