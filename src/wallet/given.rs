//! What this wallet gave away, in short, for whoever looks at all of it at once: each forwarding without its file.

use std::collections::BTreeSet;

use super::forwarding::{CAN_RECALL, ForwardState};
use super::relaying::STANDS;
use super::{Time, Wallet, WalletError, lines, parsed};
use crate::jose::{ClientId, Digest};
use crate::store::{Row, values};

/// One forwarding, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The packet.
    pub packet: Digest,
    /// For whom, if for one client.
    pub to: Option<ClientId>,
    /// Where it stands.
    pub state: ForwardState,
    /// Whether it can be taken back, as far as is known here.
    pub can_recall: bool,
    /// Whether it may be in somebody's hands, or come there.
    pub stands: bool,
    /// When it was made.
    pub at: Time,
}

fn given(row: &Row) -> Result<Given, WalletError> {
    let to = Some(row.text("to_client")?).filter(|to| !to.is_empty()).map(parsed).transpose()?;
    Ok(Given {
        packet: parsed(row.text("packet")?)?,
        to,
        state: ForwardState::read(row.text("state")?)?,
        can_recall: row.flag("can_recall")?,
        stands: row.flag("stands")?,
        at: Time(row.int("at")?),
    })
}

impl Wallet {
    /// Every forwarding made here, newest first.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn given(&self) -> Result<Vec<Given>, WalletError> {
        self.store
            .read(|tx| {
                let sql = format!(
                    "SELECT packet, to_client, state, at, {CAN_RECALL} AS can_recall, {STANDS} AS stands \
                     FROM forward ORDER BY at DESC, head"
                );
                tx.rows(&sql, &values![])?.iter().map(given).collect()
            })
            .await
    }

    /// Of the packets that earned a reward here, those that earn it only once the friend was paid too: each such reward
    /// says that somebody was paid.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn paid_first(&self) -> Result<BTreeSet<Digest>, WalletError> {
        self.store.read(lines::paid_first).await
    }
}
