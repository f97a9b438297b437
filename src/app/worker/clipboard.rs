//! The system's clipboard, for what the window's library does not do: files, and taking back what shall not lie there for long.

use std::path::Path;
use std::time::Duration;

use crate::app::message::Passphrase;

/// How long a text lies there by which anybody could collect: every program can read a clipboard.
const A_MINUTE: Duration = Duration::from_secs(60);

/// What holds one text at a time.
trait Board {
    fn text(&mut self) -> Option<String>;
    fn clear(&mut self);
}

impl Board for arboard::Clipboard {
    fn text(&mut self) -> Option<String> {
        self.get_text().ok()
    }

    fn clear(&mut self) {
        if let Err(error) = arboard::Clipboard::clear(self) {
            tracing::warn!(%error, "the clipboard cannot be cleared");
        }
    }
}

/// Waits a minute, and then takes a text back that the window copied, unless something else was copied since.
pub(super) async fn take_back_in_a_minute(text: Passphrase) {
    tokio::time::sleep(A_MINUTE).await;
    let taken = tokio::task::spawn_blocking(move || match arboard::Clipboard::new() {
        Ok(mut board) => take_back(&mut board, &text.0),
        Err(error) => tracing::debug!(%error, "there is no clipboard to take anything back from"),
    });
    let _ = taken.await;
}

fn take_back(board: &mut impl Board, text: &str) {
    if board.text().map(zeroize::Zeroizing::new).is_some_and(|there| *there == text) {
        board.clear();
    }
}

/// Puts a file onto the clipboard as file managers do.
pub(super) fn copy_file(path: &Path) -> Result<(), String> {
    let path = std::path::absolute(path).map_err(|error| error.to_string())?;
    let mut clipboard = arboard::Clipboard::new().map_err(|error| error.to_string())?;
    clipboard.set().file_list(&[path]).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Paper(Option<String>);

    impl Board for Paper {
        fn text(&mut self) -> Option<String> {
            self.0.clone()
        }

        fn clear(&mut self) {
            self.0 = None;
        }
    }

    #[test]
    fn only_what_was_put_there_is_taken_back() {
        let mut board = Paper(Some("hongbao:1?p=x".into()));
        take_back(&mut board, "hongbao:1?p=x");
        assert_eq!(board.0, None);
        take_back(&mut board, "hongbao:1?p=x");
        let mut other = Paper(Some("a poem".into()));
        take_back(&mut other, "hongbao:1?p=x");
        assert_eq!(other.0.as_deref(), Some("a poem"), "the person copied something else since");
    }
}
