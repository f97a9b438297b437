//! The demo in a window on the display: the first packet is issued, and the person plays on, as the one or as the other.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::stage::Stage;
use super::watch::{PartyView, follow};
use super::{DemoError, Failed, Options, Told, at};
use crate::app::strip::Board;
use crate::app::{self, Launch, Session, Settings};
use crate::clock::SystemClock;
use crate::net::server::wait_for_stop;

/// How the window went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It was closed, and nothing is left running.
    Closed,
    /// There was none, and why.
    Never(String),
}

/// Between two times that a window which is to close is told so: one that is only now coming up hears the second.
const AGAIN: Duration = Duration::from_millis(200);

/// Sets the stage and shows the window on it until it is closed. Must be called by the main thread, outside of `runtime`.
///
/// # Errors
/// [`Failed`] when the stage cannot be set; then nothing is left running.
pub fn show(runtime: &Runtime, options: &Options, tell: &mut dyn FnMut(Told<'_>)) -> Result<Shown, Failed> {
    let early = |why| Failed { step: 0, why };
    let stop = runtime.block_on(async { wait_for_stop() });
    let mut stop = Box::pin(stop.map_err(at(&options.program)).map_err(early)?);
    let stage = runtime.block_on(async {
        tokio::select! {
            biased;
            () = &mut stop => Err(DemoError::Interrupted),
            set = set(options) => set,
        }
    });
    let stage = Arc::new(stage.map_err(early)?);
    tell(Told::Parties(stage.parties.all()));
    let board = Board::new([stage.first.name, stage.friend.name]);
    let launch = launch(&stage, options, &board).map_err(early)?;
    let beside = runtime.spawn(beside(Arc::clone(&stage), board, stop));
    let shown = app::run(launch);
    beside.abort();
    runtime.block_on(async {
        // It was only told to end.
        let _ = beside.await;
        if let Some(stage) = Arc::into_inner(stage) {
            stage.stop().await;
        }
    });
    Ok(shown.map_or_else(Shown::Never, |()| Shown::Closed))
}

async fn set(options: &Options) -> Result<Stage, DemoError> {
    let stage = Stage::set(options).await?;
    stage.issue().await?;
    Ok(stage)
}

fn launch(stage: &Stage, options: &Options, board: &Board) -> Result<Launch, DemoError> {
    let settings = Settings { welcomed: true, backed_up: true, ..Settings::default() };
    Ok(Launch {
        // Whoever is shown sees at once what came.
        sessions: [&stage.first, &stage.friend]
            .into_iter()
            .map(|person| Ok(Session { greets: true, ..person.session(&settings)? }))
            .collect::<Result<_, DemoError>>()?,
        board: Some(board.clone()),
        door: None,
        language: Some(options.language),
        theme: Some(options.theme),
        announcer: None,
        clock: Arc::new(SystemClock),
    })
}

/// Tells the window what the parties see, and to close when the program is told to stop.
async fn beside(stage: Arc<Stage>, board: Board, stop: impl Future<Output = ()>) {
    let (sender, mut sees) = watch::channel(Vec::new());
    let told = async {
        while sees.changed().await.is_ok() {
            let parties = sees.borrow_and_update().iter().map(PartyView::seen).collect();
            board.show(parties);
        }
    };
    let stop = pin!(stop);
    tokio::select! {
        () = stop => {}
        () = follow(&stage, &sender) => {}
        () = told => {}
    }
    loop {
        board.close();
        tokio::time::sleep(AGAIN).await;
    }
}
