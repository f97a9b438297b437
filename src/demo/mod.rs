//! The demo: an enterprise, two banks and two wallets that are made for it, and the whole story between them, checked at
//! everyone. It is the only room that knows both sides; servers it knows as processes and by their commands' JSON alone.

pub mod books;
pub mod campaign;
mod flower;
pub mod parties;
pub mod player;
pub mod preview;
mod report;
pub mod stage;
pub mod story;
pub mod watch;
pub mod window;

use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;

use self::books::Check;
use self::parties::Server;
use self::player::Player;
use self::stage::Stage;
use self::story::{Step, Story};
use self::watch::PartyView;
use crate::app::ThemeChoice;
use crate::app::camera::CameraError;
use crate::app::text::{Language, Texts};
use crate::net::server::wait_for_stop;
use crate::wallet::WalletError;

/// How the demo is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// This program, which children run too.
    pub program: PathBuf,
    /// Where report, packets and keys are kept; nowhere without.
    pub out: Option<PathBuf>,
    /// The language of names and texts.
    pub language: Language,
    /// How the window looks.
    pub theme: ThemeChoice,
}

/// What is told while it happens.
pub enum Told<'a> {
    /// All three run.
    Parties([&'a Server; 3]),
    /// No window could be opened, and why; the story is played without one.
    NoWindow(&'a str),
    /// A step was taken and agrees with what everybody says.
    Step(&'a Step, &'a [PartyView]),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How many steps were taken.
    pub steps: usize,
    /// The report that was written.
    pub report: Option<PathBuf>,
}

/// Why it ended too early.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Failed {
    /// In which step; 0: before the first.
    pub step: usize,
    /// Why.
    pub why: DemoError,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file, a folder or the program cannot be used.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, #[source] io::Error),
    /// What is there must not be mixed with the demo's.
    #[error("the folder {} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A server did not start.
    #[error("{name} did not start: {why}")]
    Start {
        /// Which.
        name: &'static str,
        /// Its own words.
        why: String,
    },
    /// A server's process is gone.
    #[error("{name} (process {pid}) has stopped")]
    Ended {
        /// Which.
        name: &'static str,
        /// Its process.
        pid: u32,
    },
    /// A server refused a command.
    #[error("{name} refused ({code}): {detail}")]
    Refused {
        /// Which.
        name: &'static str,
        /// The stable code.
        code: String,
        /// What it says.
        detail: String,
    },
    /// A server's command gave no answer of the form that docs/cli.md says.
    #[error("{name} gave an answer that cannot be read")]
    Answer {
        /// Which.
        name: &'static str,
    },
    /// A wallet could not do what it was asked.
    #[error("the wallet of {name}: {error}")]
    Wallet {
        /// Whose.
        name: &'static str,
        /// Why.
        error: Box<WalletError>,
    },
    /// Something was waited for in vain.
    #[error("this never happened: {0}")]
    Never(&'static str),
    /// Figures differ from what the story makes of them.
    #[error("{} says {} = {}, and it should be {}", .0.party, .0.what, .0.found, .0.expected)]
    Disagrees(Check),
    /// An audit found differences.
    #[error("the books of {0} are not in order")]
    Audit(&'static str),
    /// A picture cannot be made.
    #[error("a picture cannot be drawn: {0}")]
    Picture(String),
    /// The window does not show what it should.
    #[error(transparent)]
    Window(#[from] CameraError),
    /// Somebody told the program to stop.
    #[error("it was told to stop")]
    Interrupted,
}

impl DemoError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(..) => "file",
            Self::NotEmpty(_) => "not-empty",
            Self::Start { .. } => "party-not-started",
            Self::Ended { .. } => "party-stopped",
            Self::Refused { .. } | Self::Answer { .. } => "party-refused",
            Self::Wallet { .. } => "wallet-refused",
            Self::Never(_) => "never-happened",
            Self::Disagrees(_) => "disagrees",
            Self::Audit(_) => "books-differ",
            Self::Picture(_) => "picture",
            Self::Window(_) => "window",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What went wrong with a file.
fn at(path: &Path) -> impl FnOnce(io::Error) -> DemoError + use<> {
    let path = path.to_owned();
    move |error| DemoError::File(path, error)
}

/// Plays the whole story, tells each step, and ends everything that was started, however it goes.
///
/// # Errors
/// [`Failed`] when a step fails or anybody disagrees.
pub async fn run(options: &Options, tell: &mut dyn FnMut(Told<'_>)) -> Result<Outcome, Failed> {
    let early = |why| Failed { step: 0, why };
    let mut stop = pin!(wait_for_stop().map_err(at(&options.program)).map_err(early)?);
    let set = tokio::select! {
        biased;
        () = &mut stop => Err(DemoError::Interrupted),
        set = Stage::set(options) => set,
    };
    let stage = set.map_err(early)?;
    tell(Told::Parties(stage.parties.all()));
    let (mut player, texts) = (Player::new(&stage, options).map_err(early)?, Texts::new(options.language));
    let mut story = Story::new(&stage, &mut player, &texts, options.out.as_deref(), tell);
    let played = tokio::select! {
        biased;
        () = &mut stop => Err(DemoError::Interrupted),
        ended = stage.parties.one_ends() => Err(ended),
        // What fails because a party is gone is told as that.
        played = story.play() => played.map_err(|error| stage.parties.ended().unwrap_or(error)),
    };
    let told = story.told();
    drop(player);
    let steps = told.steps.len();
    let written = report::write(options, &stage, &told, played.as_ref().err());
    stage.stop().await;
    let failed = |why| Failed { step: steps + 1, why };
    played.map_err(failed)?;
    Ok(Outcome { steps, report: written.map_err(failed)? })
}
