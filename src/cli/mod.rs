//! The frame of both programs' commands: arguments in, one answer out as text or JSON, exit codes. Knows no domain.
//!
//! Exit codes: 0 done, 1 refused or failed, 64 usage (EX_USAGE of BSD's sysexits.h); `hongbao inspect` has its own.
//! With `--json` an answer is one line on standard output, an error `{"error":{"type","detail","next"}}` on standard
//! error. docs/cli.md and docs/cli.schema.json fix the shapes.

#[cfg(all(feature = "desktop", feature = "server"))]
mod demo;
#[cfg(feature = "desktop")]
mod keeping;
#[cfg(feature = "desktop")]
mod manual;
#[cfg(feature = "desktop")]
mod passphrase;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "desktop")]
pub mod wallet;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use serde::Serialize;

use crate::jose::Digest;

/// Exit code of a command that was refused or failed.
pub const EXIT_FAILED: u8 = 1;
/// Exit code of a command line that cannot be read.
pub const EXIT_USAGE: u8 = 64;

/// Why a command did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The stable code.
    #[serde(rename = "type")]
    pub code: String,
    /// What happened.
    pub detail: String,
    /// What to do.
    pub next: String,
}

impl Failure {
    /// A failure with its stable code, what happened and what to do.
    pub fn new(code: impl Into<String>, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into(), next: next.into() }
    }
}

/// What a person reads instead of JSON; lines without the last line feed.
pub trait Text {
    /// The text.
    fn text(&self) -> String;
}

/// How a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// As JSON.
    pub json: bool,
}

impl Output {
    /// Prints an answer.
    ///
    /// # Errors
    /// A failure `output` when standard output cannot be written, for instance because its reader has gone.
    pub fn show<T: Serialize + Text>(self, answer: &T) -> Result<(), Failure> {
        let text = if self.json {
            serde_json::to_string(answer)
                .map_err(|error| Failure::new("internal", error.to_string(), "Please report this."))?
        } else {
            answer.text()
        };
        print(&text).map_err(|error| Failure::new("output", error.to_string(), "Check where the output goes."))
    }

    /// Prints a failure to standard error and gives its exit code.
    #[must_use]
    pub fn fail(self, failure: &Failure) -> ExitCode {
        self.complain(failure);
        ExitCode::from(EXIT_FAILED)
    }

    /// Prints a mistake in the command line and gives its exit code.
    #[must_use]
    pub fn misused(self, failure: &Failure) -> ExitCode {
        self.complain(failure);
        ExitCode::from(EXIT_USAGE)
    }

    fn complain(self, failure: &Failure) {
        let text = if self.json {
            serde_json::json!({ "error": failure }).to_string()
        } else {
            format!("{}.\n{}", failure.detail.trim_end_matches('.'), failure.next)
        };
        // Where standard error is closed, only the exit code is left to tell it.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Writes what happens to standard error: what `HONGBAO_LOG` asks for, such as `hongbao=debug`, else what is `usual`.
#[cfg(any(feature = "desktop", feature = "server"))]
fn log(usual: Option<&str>) {
    use std::io::IsTerminal as _;

    use tracing_subscriber::EnvFilter;

    let asked = EnvFilter::try_from_env("HONGBAO_LOG").ok();
    if let Some(filter) = asked.or_else(|| usual.and_then(|usual| EnvFilter::try_new(usual).ok())) {
        let to = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
        // Only a second call would fail, and there is none.
        let _ = to.with_ansi(io::stderr().is_terminal()).try_init();
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Reads a command line. Help and version are printed and exit 0; a mistake is told and exits [`EXIT_USAGE`].
///
/// # Errors
/// The exit code, when there is no command to run.
pub fn parse<C: Parser>(args: impl IntoIterator<Item = OsString>) -> Result<C, ExitCode> {
    let args: Vec<OsString> = args.into_iter().map(mark_id).collect();
    C::try_parse_from(&args).map_err(|error| {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) };
        }
        if args.iter().any(|arg| arg == "--json") {
            Output { json: true }.complain(&Failure::new("usage", usage_detail(&error), "See the command's --help."));
        } else {
            let _ = error.print();
        }
        ExitCode::from(EXIT_USAGE)
    })
}

/// What is wrong with a command line, on one line: everything before the usage.
fn usage_detail(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let words: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

/// An id is base64url and may begin with `-`; it is marked, so that it is never taken for an option.
fn mark_id(arg: OsString) -> OsString {
    match arg.to_str() {
        Some(text) if text.starts_with('-') && text.parse::<Digest>().is_ok() => format!("id:{text}").into(),
        _ => arg,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Parser)]
    struct Command {
        id: String,
        #[arg(long)]
        json: bool,
    }

    fn run(args: &[&str]) -> Result<Command, ExitCode> {
        parse(args.iter().map(OsString::from))
    }

    #[test]
    fn an_id_is_never_an_option() {
        let id = format!("-h{}", "A".repeat(41));
        let command = run(&["x", &id, "--json"]).unwrap_or_else(|_| panic!("an id"));
        assert_eq!((command.id, command.json), (format!("id:{id}"), true));
    }

    #[test]
    fn mistakes_and_help_have_their_codes() {
        let code = |args: &[&str]| format!("{:?}", run(args).err().unwrap());
        assert_eq!(code(&["x", "--json"]), format!("{:?}", ExitCode::from(EXIT_USAGE)));
        let missing = Command::try_parse_from(["x"]).err().unwrap();
        assert_eq!(usage_detail(&missing), "the following required arguments were not provided: <ID>");
        assert_eq!(code(&["x", "--help"]), format!("{:?}", ExitCode::SUCCESS));
    }
}
