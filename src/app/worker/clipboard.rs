//! The system's clipboard, for what the window's library does not do: files, asking what is there, and taking back what shall
//! not lie there for long.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::message::{Passphrase, Pixels};

/// What lies on the clipboard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Copied {
    Files(Vec<PathBuf>),
    Text(String),
    Picture(Pixels),
}

/// What holds one thing at a time.
trait Board {
    fn files(&mut self) -> Vec<PathBuf>;
    fn text(&mut self) -> Option<String>;
    fn picture(&mut self) -> Option<Pixels>;
    fn clear(&mut self);
}

impl Board for arboard::Clipboard {
    fn files(&mut self) -> Vec<PathBuf> {
        self.get().file_list().unwrap_or_default()
    }

    fn text(&mut self) -> Option<String> {
        self.get_text().ok()
    }

    fn picture(&mut self) -> Option<Pixels> {
        let picture = self.get_image().ok()?;
        let size = [picture.width, picture.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let rgb = picture.bytes.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Some(Pixels { size, rgb })
    }

    fn clear(&mut self) {
        if let Err(error) = arboard::Clipboard::clear(self) {
            tracing::warn!(%error, "the clipboard cannot be cleared");
        }
    }
}

/// Every program can read a clipboard: waits so long, and then takes a text back that the window copied, unless something else was copied since.
pub(super) async fn take_back_after(wait: Duration, text: Passphrase) {
    tokio::time::sleep(wait).await;
    let taken = tokio::task::spawn_blocking(move || match arboard::Clipboard::new() {
        Ok(mut board) => take_back(&mut board, &text.0),
        Err(error) => tracing::debug!(%error, "there is no clipboard to take anything back from"),
    });
    let _ = taken.await;
}

/// What lies there now, if it is anything that could be taken in. Waits for whoever copied it.
pub(super) fn copied() -> Option<Copied> {
    let mut board =
        arboard::Clipboard::new().inspect_err(|error| tracing::debug!(%error, "there is no clipboard")).ok()?;
    what_is_on(&mut board)
}

/// Files before texts: file managers put their names there as well.
fn what_is_on(board: &mut impl Board) -> Option<Copied> {
    let files = board.files();
    if !files.is_empty() {
        return Some(Copied::Files(files));
    }
    let text = board.text().filter(|text| !text.trim().is_empty()).map(Copied::Text);
    text.or_else(|| board.picture().map(Copied::Picture))
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

    #[derive(Default)]
    struct Paper {
        files: Vec<PathBuf>,
        text: Option<String>,
        picture: Option<Pixels>,
    }

    impl Board for Paper {
        fn files(&mut self) -> Vec<PathBuf> {
            self.files.clone()
        }

        fn text(&mut self) -> Option<String> {
            self.text.clone()
        }

        fn picture(&mut self) -> Option<Pixels> {
            self.picture.clone()
        }

        fn clear(&mut self) {
            self.text = None;
        }
    }

    fn paper(text: &str) -> Paper {
        Paper { text: Some(text.into()), ..Paper::default() }
    }

    #[test]
    fn only_what_was_put_there_is_taken_back() {
        let mut board = paper("hongbao:1?p=x");
        take_back(&mut board, "hongbao:1?p=x");
        assert_eq!(board.text, None);
        take_back(&mut board, "hongbao:1?p=x");
        let mut other = paper("a poem");
        take_back(&mut other, "hongbao:1?p=x");
        assert_eq!(other.text.as_deref(), Some("a poem"), "the person copied something else since");
    }

    #[test]
    fn files_are_meant_before_their_names_and_a_text_before_a_picture() {
        let pixel = Pixels { size: [1, 1], rgb: [0; 3].into() };
        let mut board = paper("a.hongbao");
        board.picture = Some(pixel.clone());
        board.files = vec!["/home/lin/a.hongbao".into()];
        assert_eq!(what_is_on(&mut board), Some(Copied::Files(board.files.clone())));
        board.files.clear();
        assert_eq!(what_is_on(&mut board), Some(Copied::Text("a.hongbao".into())));
        board.text = Some(" \n".into());
        assert_eq!(what_is_on(&mut board), Some(Copied::Picture(pixel)));
        assert_eq!(what_is_on(&mut Paper::default()), None);
    }
}
