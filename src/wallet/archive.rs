//! Putting packets away, and taking them out again. It changes where a packet is shown, and nothing of what it is: what is
//! under way goes on, and everything that could be done with it still can be.

use serde::Serialize;

use super::{Wallet, WalletError, forwarding, history, packets};
use crate::api::states::PacketState;
use crate::jose::Digest;
use crate::store::{Tx, values};

/// Where a packet stands after it was put away or taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// The packet.
    pub id: Digest,
    /// `archived`, or what it was before.
    pub state: PacketState,
}

impl Wallet {
    /// Puts a packet away. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`WalletError::UnknownPacket`], [`WalletError::AmbiguousId`].
    pub async fn archive(&self, id: &str) -> Result<Archived, WalletError> {
        self.move_to(id, true).await
    }

    /// Takes a packet out of the archive. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`WalletError::UnknownPacket`], [`WalletError::AmbiguousId`].
    pub async fn unarchive(&self, id: &str) -> Result<Archived, WalletError> {
        self.move_to(id, false).await
    }

    async fn move_to(&self, id: &str, away: bool) -> Result<Archived, WalletError> {
        let (id, now) = (id.to_owned(), self.now());
        self.store
            .decide(move |tx| {
                let packet = packets::find(tx, &id)?;
                let id = packet.file.packet.id();
                if away == (packet.state == PacketState::Archived) {
                    return Ok(Archived { id, state: packet.state });
                }
                let state = if away { PacketState::Archived } else { without_archive(tx, &packet)? };
                tx.execute("UPDATE packet SET state = ?2 WHERE id = ?1", &values![id.to_string(), state.as_str()])?;
                history::record(tx, now, if away { "archived" } else { "unarchived" }, &id, None)?;
                Ok(Archived { id, state })
            })
            .await
    }
}

/// What a packet's state is apart from the archive: it follows from what was done with it.
fn without_archive(tx: &mut Tx<'_>, packet: &packets::Stored) -> Result<PacketState, WalletError> {
    Ok(if forwarding::count(tx, &packet.file.packet.id())? > 0 {
        PacketState::Forwarded
    } else if packet.opened_at.is_some() {
        PacketState::Opened
    } else {
        PacketState::Received
    })
}
