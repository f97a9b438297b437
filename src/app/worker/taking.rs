//! Taking in what comes from outside: files, texts, links, addresses. All of it may be hostile; the wallet judges it.

use std::path::Path;

use super::desk::{Desk, Done};
use crate::app::message::Event;
use crate::app::share;
use crate::identity::card::{self, MAX_CARD_BYTES};
use crate::packet::Origin;
use crate::packet::file::MAX_FILE_BYTES;
use crate::wallet::{WalletError, inspect};

impl Desk {
    /// Takes in a packet, a contact card, or a picture with a packet's code; all say at their beginning what they are.
    pub(super) async fn take(&self, bytes: &[u8]) -> Done {
        if card::is_card(bytes) {
            let friend = self.wallet.add_friend(bytes, None).await?;
            self.reload().await;
            self.out.send(Event::Befriended(friend)).await;
            return Ok(());
        }
        if share::is_picture(bytes) {
            let picture = bytes.to_vec();
            let link = tokio::task::spawn_blocking(move || share::link_on(&picture)).await.ok().flatten();
            if let Some(link) = link {
                return self.take_link(&link).await;
            }
        }
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
        let inspection = inspect(&self.dir, bytes).await?;
        self.out.send(Event::Refused(Box::new(inspection))).await;
        Ok(())
    }

    pub(super) async fn take_text(&self, text: &str) -> Done {
        let text = text.trim();
        if ["hongbao:", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme)) {
            return self.take_link(text).await;
        }
        self.take(&read(Path::new(text)).await?).await
    }

    async fn take_link(&self, link: &str) -> Done {
        let imported = match self.wallet.import_link(link).await {
            Err(WalletError::NotGenuine(_)) if link.starts_with("hongbao:") => {
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

/// A file's bytes; at most one over the limit, so that its reader sees that it is too large.
pub(super) async fn read(path: &Path) -> Result<Vec<u8>, WalletError> {
    read_upto(path, MAX_FILE_BYTES.max(MAX_CARD_BYTES).max(share::MAX_BYTES)).await
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
