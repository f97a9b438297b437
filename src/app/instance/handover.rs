//! Reaches the first window over a socket that only the same user can reach: one short message, one answer.

mod socket;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub(super) use self::socket::{Listener, listen};
use self::socket::{Stream, connect};
use super::{LOCK, Turn, is_link};
use crate::jose::json;

/// Longest message: some links of the greatest length.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Most files and links in one message.
const MAX_ITEMS: usize = 1000;
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

/// Gives `take` to the first window, and waits a little for it.
pub(super) fn hand_over_in_time(dir: &Path, take: &[String]) -> Turn {
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

/// Hears every further start until the program ends.
pub(super) fn serve(listener: &Listener, send: &SyncSender<Vec<String>>, wake: &(dyn Fn() + Send + Sync)) {
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

/// A connection that is over at a moment, however slowly it speaks.
struct Until<'a> {
    connection: &'a Stream,
    end: Instant,
}

impl io::Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut connection = self.connection;
        connection.read(buffer)
    }
}

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{Handed, QUEUE, turn};
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
    fn a_socket_of_somebody_else_is_not_spoken_to() {
        let dir = tempfile::tempdir().unwrap();
        let _first = first(dir.path());
        let dir = dir.path().canonicalize().unwrap();
        assert!(connect(&dir).is_ok());
        // Only the superuser can give a file away.
        if std::os::unix::fs::chown(socket(&dir), Some(12_345), None).is_ok() {
            assert_eq!(connect(&dir).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
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
        // Nor does whoever never comes to an end.
        let (mut endless, begun) = (connect(&dir.path().canonicalize().unwrap()).unwrap(), Instant::now());
        while endless.write_all(b" ").is_ok() && begun.elapsed() < 3 * HEARING {
            std::thread::park_timeout(PAUSE);
        }
        assert!(begun.elapsed() < 2 * HEARING, "{:?}", begun.elapsed());
        // More than the window can hear is refused, and later ones are heard again.
        let answers: Vec<String> = (0..QUEUE + 4).map(|_| say(dir.path(), b"{\"take\":[]}\n")).collect();
        assert!(answers.iter().any(|answer| answer == NOT_TAKEN));
        while handed.next().is_some() {}
        assert_eq!(say(dir.path(), b"{\"take\":[]}\n"), TAKEN);
    }
}
