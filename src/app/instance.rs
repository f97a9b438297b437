//! One window for each wallet: a second start hands over what it was given, and ends. What is handed over is shown, and
//! nothing is done with it. Knows no wallet and no window.
//!
//! Who is first holds a lock on a file in the wallet's folder, which the system lets go of however a program ends. It listens on
//! a socket that only the same user can reach. Where there are no such sockets nothing is handed over: each start is a window.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

#[cfg(unix)]
use self::socket::{Listener, Stream, connect, listen};
use crate::identity::keystore::private_dir;
use crate::jose::json;

const LOCK: &str = "window.lock";
/// Longest message: some links of the greatest length.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Most files and links in one message.
const MAX_ITEMS: usize = 1000;
/// Messages that may wait for the window.
const QUEUE: usize = 16;
/// For one message, so that nobody who says nothing keeps others waiting.
const HEARING: Duration = Duration::from_secs(2);
/// For the first window to begin listening, and to answer.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

const TAKEN: &str = "ok";
const NOT_TAKEN: &str = "no";

/// What a second start says to the first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    /// Paths that are whole, and links.
    take: Vec<String>,
}

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
    #[cfg(unix)]
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
        return Ok(Turn::First(Door {
            lock,
            #[cfg(unix)]
            listener: listen(&dir).inspect_err(|error| tracing::warn!(%error, "nothing can be handed over")).ok(),
        }));
    }
    #[cfg(unix)]
    return Ok(hand_over_in_time(&dir, take));
    #[cfg(not(unix))]
    Ok(Turn::Unanswered)
}

#[cfg(unix)]
fn hand_over_in_time(dir: &Path, take: &[String]) -> Turn {
    let until = Instant::now() + PATIENCE;
    loop {
        match hand_over(dir, take) {
            Ok(true) => return Turn::HandedOver,
            Ok(false) | Err(_) if Instant::now() >= until => return Turn::Unanswered,
            // It is beginning, or has much to do.
            Ok(false) | Err(_) => std::thread::park_timeout(PAUSE),
        }
    }
}

impl Door {
    /// Listens from now on. `wake` is called after each message.
    pub(super) fn open(self, wake: Arc<dyn Fn() + Send + Sync>) -> Handed {
        let (send, messages) = sync_channel(QUEUE);
        #[cfg(unix)]
        if let Some(listener) = self.listener {
            let thread = std::thread::Builder::new().name("hongbao-door".to_owned());
            // Without it nothing is handed over; and it ends with the program.
            let _ = thread.spawn(move || serve(&listener, &send, &*wake));
        }
        Handed { messages, _lock: self.lock }
    }
}

#[cfg(unix)]
fn serve(listener: &Listener, send: &SyncSender<Vec<String>>, wake: &(dyn Fn() + Send + Sync)) {
    for connection in listener.incoming() {
        let Ok(connection) = connection else {
            // Such as too many open files; nothing to hurry for.
            std::thread::park_timeout(PAUSE);
            continue;
        };
        let message = hear(&connection);
        let is_taken = message.is_some_and(|message| send.try_send(message.take).is_ok());
        // The window is woken before the other start hears that it may end.
        if is_taken {
            wake();
        }
        let _ = writeln!(&connection, "{}", if is_taken { TAKEN } else { NOT_TAKEN });
    }
}

#[cfg(unix)]
/// One message; none when it is too long, too late, or anything else.
fn hear(connection: &Stream) -> Option<Message> {
    connection.set_read_timeout(Some(HEARING)).ok()?;
    connection.set_write_timeout(Some(HEARING)).ok()?;
    let mut line = Vec::new();
    let most = MAX_MESSAGE_BYTES as u64 + 1;
    BufReader::new(Until { connection, end: Instant::now() + HEARING }.take(most)).read_until(b'\n', &mut line).ok()?;
    if line.len() > MAX_MESSAGE_BYTES || line.pop() != Some(b'\n') {
        return None;
    }
    let message: Message = json::read(&line).ok()?;
    let is_whole = |item: &String| is_link(item) || Path::new(item).is_absolute();
    (message.take.len() <= MAX_ITEMS && message.take.iter().all(is_whole)).then_some(message)
}

/// Whether this stands for itself, and is no path.
pub(super) fn is_link(text: &str) -> bool {
    ["hongbao:", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
}

#[cfg(unix)]
/// A connection that is over at a moment, however slowly it speaks.
struct Until<'a> {
    connection: &'a Stream,
    end: Instant,
}

#[cfg(unix)]
impl io::Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut connection = self.connection;
        connection.read(buffer)
    }
}

#[cfg(unix)]
/// Gives `take` to the first window; whether it took it.
fn hand_over(dir: &Path, take: &[String]) -> io::Result<bool> {
    let connection = connect(dir)?;
    connection.set_read_timeout(Some(HEARING))?;
    connection.set_write_timeout(Some(HEARING))?;
    let mut message = serde_json::to_vec(&Message { take: take.to_vec() })?;
    message.push(b'\n');
    let mut stream = &connection;
    stream.write_all(&message)?;
    let mut answer = String::new();
    BufReader::new(stream.take(16)).read_line(&mut answer)?;
    Ok(answer.trim_end() == TAKEN)
}

#[cfg(unix)]
mod socket;

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::socket::socket;
    use super::*;

    fn first(dir: &Path) -> (Handed, Arc<AtomicUsize>) {
        let Turn::First(door) = turn(dir, &[]).unwrap() else { panic!("the first") };
        let woken = Arc::new(AtomicUsize::new(0));
        let wakes = Arc::clone(&woken);
        (
            door.open(Arc::new(move || {
                wakes.fetch_add(1, Ordering::SeqCst);
            })),
            woken,
        )
    }

    /// Says something to the first window, as anybody who can reach it may.
    fn say(dir: &Path, bytes: &[u8]) -> String {
        let mut connection = connect(&dir.canonicalize().unwrap()).unwrap();
        let _ = connection.write_all(bytes);
        let mut answer = String::new();
        let _ = BufReader::new(connection).read_line(&mut answer);
        answer.trim_end().to_owned()
    }

    #[test]
    fn a_second_start_hands_over() {
        let dir = tempfile::tempdir().unwrap();
        let (handed, woken) = first(dir.path());
        let take = ["/home/lin/a.hongbao".to_owned(), "hongbao:1?p=x".to_owned()];
        assert!(matches!(turn(dir.path(), &take).unwrap(), Turn::HandedOver));
        assert_eq!(handed.next().as_deref(), Some(&take[..]));
        assert!(matches!(turn(dir.path(), &[]).unwrap(), Turn::HandedOver), "to be shown is enough");
        assert_eq!(handed.next(), Some(Vec::new()));
        assert_eq!((handed.next(), woken.load(Ordering::SeqCst)), (None, 2));
        let other = tempfile::tempdir().unwrap();
        assert!(matches!(turn(other.path(), &take).unwrap(), Turn::First(_)), "another wallet has a window of its own");
    }

    #[test]
    fn a_socket_that_is_left_over_is_in_nobodys_way() {
        let dir = tempfile::tempdir().unwrap();
        drop(first(dir.path()).0);
        // The thread still holds it, as a file that a killed program left would be there.
        assert!(socket(&dir.path().canonicalize().unwrap()).exists());
        let (handed, _) = first(dir.path());
        assert!(matches!(turn(dir.path(), &["/a".to_owned()]).unwrap(), Turn::HandedOver));
        assert!(handed.next().is_some());
    }

    #[test]
    fn only_the_owner_can_reach_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let _first = first(dir.path());
        let mode = std::fs::metadata(socket(&dir.path().canonicalize().unwrap())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_makes_no_sense_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let (handed, woken) = first(dir.path());
        let long = format!("{{\"take\":[\"/{}\"]}}\n", "a".repeat(MAX_MESSAGE_BYTES));
        let many = format!("{{\"take\":[{}]}}\n", vec!["\"/a\""; MAX_ITEMS + 1].join(","));
        for junk in [
            &b"\n"[..],
            b"{}\n",
            b"\xff\xfe\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"{\"take\":[\"../relative\"]}\n",
            b"{\"take\":[\"/a\"],\"do\":\"collect\"}\n",
            long.as_bytes(),
            many.as_bytes(),
        ] {
            assert_ne!(say(dir.path(), junk), TAKEN, "{:?}", String::from_utf8_lossy(&junk[..junk.len().min(60)]));
        }
        assert_eq!((handed.next(), woken.load(Ordering::SeqCst)), (None, 0));
        // Whoever says nothing keeps nobody waiting for long.
        let silent = connect(&dir.path().canonicalize().unwrap()).unwrap();
        assert!(matches!(turn(dir.path(), &["/a".to_owned()]).unwrap(), Turn::HandedOver | Turn::Unanswered));
        drop(silent);
        // More than the window can hear is refused, and later ones are heard again.
        let answers: Vec<String> = (0..QUEUE + 4).map(|_| say(dir.path(), b"{\"take\":[]}\n")).collect();
        assert!(answers.iter().any(|answer| answer == NOT_TAKEN));
        while handed.next().is_some() {}
        assert_eq!(say(dir.path(), b"{\"take\":[]}\n"), TAKEN);
    }
}
