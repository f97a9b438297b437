//! Taking in what comes from outside: files, texts, links, addresses. All of it may be hostile; the wallet judges it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::clipboard::{self, Copied};
use super::desk::{Desk, Done};
use crate::app::instance::is_link;
use crate::app::message::{Event, Pixels, Progress, Refusal, Task, Took};
use crate::identity::card::{self, MAX_CARD_BYTES};
use crate::packet::file::MAX_FILE_BYTES;
use crate::packet::{Origin, Verdict, picture};
use crate::wallet::{CardSeen, Imported, Inside, Inspection, WalletError, address_within, gather, in_picture, inspect};

/// Most links and files that one text is taken for.
const MOST_PASTED: usize = 1000;

/// One of many.
enum Taken {
    Packet(Imported),
    Card(CardSeen, Arc<[u8]>),
}

impl Desk {
    /// Takes in a packet, also a sealed one, a contact card, or a picture with a packet in it or on it; all say at their beginning what they are.
    pub(super) async fn take(&self, bytes: &[u8]) -> Done {
        if card::is_card(bytes) {
            return self.look_at_card(bytes).await;
        }
        if picture::is_picture(bytes) {
            return match in_picture(bytes).await? {
                Inside::File(file) => self.take_packet(&file).await,
                Inside::Link(link) => self.take_link(&link).await,
            };
        }
        self.take_packet(&self.wallet.unsealed(bytes).await?).await
    }

    /// Takes in a picture that was pasted: whatever was in its file is not there any more, but a code still is.
    pub(super) async fn take_picture(&self, picture: &Pixels) -> Done {
        let Pixels { size: [width, height], rgb } = picture.clone();
        let file = tokio::task::spawn_blocking(move || picture::write((width, height), &rgb, None)).await;
        self.take(&file.ok().flatten().ok_or(WalletError::NothingInside)?).await
    }

    /// Takes in what lies on the clipboard.
    pub(super) async fn take_clipboard(&self) -> Done {
        self.take_copied(tokio::task::spawn_blocking(clipboard::copied).await.ok().flatten()).await
    }

    pub(super) async fn take_copied(&self, copied: Option<Copied>) -> Done {
        match copied {
            Some(Copied::Files(files)) => {
                let files = files.into_iter().take(MOST_PASTED).map(|file| file.display().to_string());
                self.take_all(files.collect()).await
            }
            Some(Copied::Text(text)) => self.take_text(&text).await,
            Some(Copied::Picture(picture)) => self.take_picture(&picture).await,
            None => Err(WalletError::NothingCopied),
        }
    }

    async fn take_packet(&self, bytes: &[u8]) -> Done {
        match self.wallet.import(bytes).await {
            Ok(imported) => {
                self.reload().await;
                self.out.send(Event::Imported(imported)).await;
                Ok(())
            }
            Err(WalletError::NotGenuine(_) | WalletError::Unreadable(_)) => self.refuse(bytes).await,
            Err(error) => Err(error),
        }
    }

    /// Shows what was refused, and why.
    async fn refuse(&self, bytes: &[u8]) -> Done {
        self.show_refused(inspect(&self.dir, bytes).await?, bytes).await;
        Ok(())
    }

    async fn show_refused(&self, inspection: Inspection, bytes: &[u8]) {
        self.out.send(Event::Refused(Refusal { inspection: Box::new(inspection), file: bytes.into() })).await;
    }

    /// Asks whether the keys were changed by which a file is signed that was refused; takes it in if that is so, else it stays refused.
    pub(super) async fn ask_about(&self, bytes: &[u8]) -> Done {
        let inspection = self.wallet.inspect_asking(bytes).await?;
        if inspection.verdict == Verdict::NotGenuine {
            self.show_refused(inspection, bytes).await;
            return Ok(());
        }
        match std::str::from_utf8(bytes).ok().filter(|text| is_link(text)) {
            Some(link) => self.take_link(link).await,
            None => self.take_packet(bytes).await,
        }
    }

    /// Takes in what was typed or pasted: a link, the path of a file or of several, a file's own text, or a message with links.
    pub(super) async fn take_text(&self, text: &str) -> Done {
        let text = text.trim();
        if text.starts_with('{') {
            return self.take(text.as_bytes()).await;
        }
        let meant = meant_by(text);
        match meant.as_slice() {
            [] => self.take(&read(Path::new(text)).await?).await,
            [one] if is_link(one) => self.take_link(one).await,
            _ => self.take_all(meant).await,
        }
    }

    /// Takes in many, each by itself, and tells what came of it; one alone is shown. Cards are only looked at, one after the other.
    pub(super) async fn take_all(&self, items: Vec<String>) -> Done {
        let (links, paths): (Vec<String>, Vec<String>) = items.into_iter().partition(|item| is_link(item));
        let paths = paths.into_iter().map(PathBuf::from).collect::<Vec<_>>();
        let files = tokio::task::spawn_blocking(move || gather(&paths)).await.unwrap_or_default();
        match (links.as_slice(), files.as_slice()) {
            ([link], []) => return self.take_link(link).await,
            ([], [file]) => return self.take(&read(file).await?).await,
            _ => {}
        }
        let (mut took, all) = (Took::default(), links.len() + files.len());
        let mut cards = Vec::new();
        let names = links.iter().map(|link| link.chars().take(24).collect());
        let names = names.chain(files.iter().map(|file| file.file_name().unwrap_or_default().display().to_string()));
        for (done, name) in names.enumerate().collect::<Vec<(usize, String)>>() {
            self.out.send(Event::Progress(Progress { task: Task::Take, done, all })).await;
            let taken = match (links.get(done), files.get(done.saturating_sub(links.len()))) {
                (Some(link), _) if card::is_card(link.as_bytes()) => self.card_of(link.as_bytes()).await,
                (Some(link), _) => self.wallet.import_link(link).await.map(Taken::Packet),
                (None, Some(file)) => self.take_one(file).await,
                (None, None) => break,
            };
            match taken {
                Ok(Taken::Packet(imported)) if imported.new => took.new += 1,
                Ok(Taken::Packet(_)) => took.there += 1,
                Ok(Taken::Card(seen, card)) => cards.push((seen, card)),
                Err(error @ WalletError::Store(_)) => return Err(error),
                Err(_) => took.refused.push(name),
            }
        }
        took.cards = cards.len();
        self.reload().await;
        self.out.send(Event::TookMany(took)).await;
        if !cards.is_empty() {
            self.out.send(Event::CardsSeen(cards)).await;
        }
        Ok(())
    }

    /// A packet, taken in; or a contact card, only looked at.
    async fn take_one(&self, file: &Path) -> Result<Taken, WalletError> {
        let bytes = read(file).await?;
        if card::is_card(&bytes) {
            return self.card_of(&bytes).await;
        }
        self.wallet.import(&bytes).await.map(Taken::Packet)
    }

    async fn card_of(&self, card: &[u8]) -> Result<Taken, WalletError> {
        Ok(Taken::Card(self.wallet.look_at_card(card).await?, card.into()))
    }

    /// Shows whose card it is; only the person adds a friend.
    async fn look_at_card(&self, card: &[u8]) -> Done {
        let seen = self.wallet.look_at_card(card).await?;
        self.out.send(Event::CardSeen(seen, card.into())).await;
        Ok(())
    }

    async fn take_link(&self, link: &str) -> Done {
        if card::is_card(link.as_bytes()) {
            return self.look_at_card(link.as_bytes()).await;
        }
        let imported = match self.wallet.import_link(link).await {
            Err(WalletError::NotGenuine(_)) if link.starts_with("hongbao:") && address_within(link).is_none() => {
                return self.refuse(link.as_bytes()).await;
            }
            other => other?,
        };
        self.reload().await;
        self.out.send(Event::Imported(imported)).await;
        Ok(())
    }

    /// What stands at an address is found out by asking.
    pub(super) async fn add_party(&self, address: &str) -> Done {
        let origin = Origin::from_input(address)?;
        let name = match self.wallet.add_bank(&origin).await {
            Ok(bank) => bank.name,
            Err(WalletError::NotThatParty { .. }) => self.wallet.add_issuer(&origin).await?.name,
            Err(error) => return Err(error),
        };
        self.reload().await;
        self.out.send(Event::Known(name)).await;
        Ok(())
    }
}

/// The links and whole paths in a text: one a line as file managers copy them, or links among a friend's words. A path with spaces
/// stands on a line of its own.
fn meant_by(text: &str) -> Vec<String> {
    let file = |part: &str| Url::parse(part).ok().filter(|url| url.scheme() == "file")?.to_file_path().ok();
    let meant = |part: &str| {
        if is_link(part) {
            return Some(part.to_owned());
        }
        file(part).map(|path| path.display().to_string())
    };
    let mut all = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_path = Path::new(line).is_absolute();
        match meant(line).or_else(|| is_path.then(|| line.to_owned())) {
            Some(whole) if !whole.contains(char::is_whitespace) || is_path => all.push(whole),
            _ => all.extend(line.split_whitespace().filter_map(meant)),
        }
    }
    all.truncate(MOST_PASTED);
    all
}

/// A file's bytes; at most one over the limit, so that its reader sees that it is too large.
pub(super) async fn read(path: &Path) -> Result<Vec<u8>, WalletError> {
    read_upto(path, MAX_FILE_BYTES.max(MAX_CARD_BYTES).max(picture::MAX_BYTES)).await
}

/// A file's bytes; at most one over this limit.
pub(super) async fn read_upto(path: &Path, limit: usize) -> Result<Vec<u8>, WalletError> {
    use tokio::io::AsyncReadExt as _;
    let at = |error| WalletError::File(path.to_owned(), error);
    let file = tokio::fs::File::open(path).await.map_err(at)?;
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).await.map_err(at)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::meant_by;

    #[test]
    fn what_is_meant_by_a_text() {
        let cases: [(&str, &[&str]); 7] = [
            ("hongbao:1?p=x", &["hongbao:1?p=x"]),
            (
                "file:///home/lin/a%20b.hongbao\nfile:///home/lin/c.hongbao\r\n",
                &["/home/lin/a b.hongbao", "/home/lin/c.hongbao"],
            ),
            ("/home/lin/a b.hongbao", &["/home/lin/a b.hongbao"]),
            ("给你一个红包 https://shop.example/p/x 新年好", &["https://shop.example/p/x"]),
            ("half/typed.hongbao", &[]),
            ("", &[]),
            ("javascript:alert(1)", &[]),
        ];
        for (text, meant) in cases {
            assert_eq!(meant_by(text), meant, "{text}");
        }
    }
}
