//! Without a command: the window, and the files and links that it is started with.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use url::Url;

use super::words::Cli;
use super::{default_dir, is_link, surroundings};
use crate::app;
use crate::app::instance::{self, Turn};
use crate::cli::passphrase::FileOrTerminal;
use crate::cli::{Failure, Output, Text, log};
use crate::clock::SystemClock;
use crate::identity::keystore::AskPassphrase;
use crate::wallet::WalletError;

/// Desktops name the files to be opened by paths, or by `file:` addresses.
pub(super) fn path_of_address(take: String) -> String {
    let path = Url::parse(&take).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    path.map_or(take, |path| path.display().to_string())
}

/// What is neither a command nor a link nor a file is a mistake in typing, and no reason to open a window.
pub(super) fn nothing_there(take: &str) -> Option<Failure> {
    let missing = !is_link(take) && !Path::new(take).exists();
    missing.then(|| {
        Failure::new(
            "usage",
            format!("{take:?} is no command, no link, and no file that is there"),
            "See: hongbao help",
        )
    })
}

/// The window on the wallet that is named, or the person's own. Where there is one already, that one shows what was given.
pub(super) fn show(cli: Cli, output: Output) -> Result<(), Failure> {
    let named = cli.wallet.is_some();
    log(None);
    let dir = cli.wallet.map_or_else(default_dir, Ok)?;
    let take: Vec<String> = cli.take.into_iter().map(absolute).collect();
    let door = match instance::turn(&dir, &take) {
        Ok(Turn::First(door)) => Some(door),
        Ok(Turn::HandedOver) => return output.show(&HandedOver),
        // Two windows may show one wallet.
        Ok(Turn::Unanswered) => None,
        Err(error) => return Err(WalletError::File(dir, error).into()),
    };
    let folder = dir.clone();
    let opener = move |window: Arc<dyn AskPassphrase>| {
        // A passphrase that the environment names is taken before anybody is asked.
        let ask: Arc<dyn AskPassphrase> = match FileOrTerminal::from_environment() {
            ask if ask.has_file() => Arc::new(ask),
            _ => window,
        };
        let surroundings = surroundings(&folder, named, ask).map_err(fault)?;
        Ok((folder, surroundings))
    };
    let session = app::Session { dir, opener: Box::new(opener), take, greets: false };
    let launch = app::Launch {
        sessions: vec![session],
        board: None,
        door,
        language: cli.lang,
        theme: cli.theme,
        announcer: Some(Arc::new(app::announce::Desktop::start())),
        clock: Arc::new(SystemClock),
    };
    app::run(launch).map_err(|error| {
        let next = "Start it where there is a display, or use a command such as: hongbao list";
        Failure::new("no-window", format!("the window cannot be shown: {error}"), next)
    })
}

/// What a second start says.
#[derive(Serialize)]
struct HandedOver;

impl Text for HandedOver {
    fn text(&self) -> String {
        "The window that is open shows it.".to_owned()
    }
}

fn fault(failure: Failure) -> app::Fault {
    app::Fault { code: failure.code, detail: failure.detail, next: failure.next, domain: None }
}

/// A path stands for the same file wherever the program goes.
fn absolute(take: String) -> String {
    if is_link(&take) {
        return take;
    }
    std::path::absolute(&take).map_or(take, |path| path.display().to_string())
}
