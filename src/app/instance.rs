//! One window for each wallet: a second start hands over what it was given, and ends. What is handed over is shown, and
//! nothing is done with it. Knows no wallet and no window.
//!
//! Who is first holds a lock on a file in the wallet's folder, which the system lets go of however a program ends. How it is reached is a
//! matter of the system (`handover`).

#[cfg(not(unix))]
mod alone;
#[cfg(unix)]
mod handover;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

#[cfg(not(unix))]
use self::alone as handover;
use self::handover::Listener;
use crate::identity::keystore::private_dir;

const LOCK: &str = "window.lock";
/// Messages that may wait for the window.
const QUEUE: usize = 16;

/// Whether this is the first window of a wallet.
#[derive(Debug)]
pub enum Turn {
    /// It is; further starts can hand over to it.
    First(Door),
    /// There is one, and it has taken what was given.
    HandedOver,
    /// There is one, and it does not answer.
    Unanswered,
}

/// What further starts come to.
#[derive(Debug)]
pub struct Door {
    /// Held until the window ends.
    lock: File,
    listener: Option<Listener>,
}

/// What was handed over, for the window.
#[derive(Debug)]
pub(super) struct Handed {
    messages: Receiver<Vec<String>>,
    _lock: File,
}

impl Handed {
    /// The next message, if there is one.
    pub(super) fn next(&self) -> Option<Vec<String>> {
        self.messages.try_recv().ok()
    }
}

/// Becomes the first window of the wallet in `dir`, or gives `take` to the one that is.
///
/// # Errors
/// When the wallet's folder cannot be used.
pub fn turn(dir: &Path, take: &[String]) -> io::Result<Turn> {
    private_dir(dir)?;
    let dir = dir.canonicalize()?;
    let lock = File::create(dir.join(LOCK))?;
    if lock.try_lock().is_ok() {
        // Without a socket, because its path is too long say, it is a window like any other.
        let listener = handover::listen(&dir);
        let listener = listener.inspect_err(|error| tracing::warn!(%error, "nothing can be handed over")).ok();
        return Ok(Turn::First(Door { lock, listener }));
    }
    Ok(handover::hand_over_in_time(&dir, take))
}

impl Door {
    /// Listens from now on. `wake` is called after each message.
    pub(super) fn open(self, wake: Arc<dyn Fn() + Send + Sync>) -> Handed {
        let (send, messages) = sync_channel(QUEUE);
        if let Some(listener) = self.listener {
            let thread = std::thread::Builder::new().name("hongbao-door".to_owned());
            // Without it nothing is handed over; and it ends with the program.
            let _ = thread.spawn(move || handover::serve(&listener, &send, &*wake));
        }
        Handed { messages, _lock: self.lock }
    }
}

/// Whether this stands for itself, and is no path.
pub(super) fn is_link(text: &str) -> bool {
    ["hongbao:", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
}
