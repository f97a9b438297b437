//! The short https link of a forwarding: its file is hosted by the packet's issuer, once and for all. Asked for like everything that
//! others must be told: kept first, sent when that is possible, idempotent.

use serde::Serialize;

use super::outbox::{self, Item, Kind, Trouble};
use super::packets::download_address;
use super::talk::{CallError, JSON};
use super::{Wallet, WalletError, forwarding, parsed, to_json};
use crate::api::posting::{PostRequest, Posted};
use crate::api::routes;
use crate::jose::Digest;
use crate::net::client::Request;
use crate::packet::PacketFile;
use crate::packet::file::Note;
use crate::store::{Row, StoreError, Tx, values};

/// Where the link of a forwarding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// It waits in the outbox.
    Queued,
    /// It is there.
    Made,
    /// The issuer does not host it.
    Refused,
}

impl LinkState {
    fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "queued" => Ok(Self::Queued),
            "made" => Ok(Self::Made),
            "refused" => Ok(Self::Refused),
            _ => Err(StoreError::Corrupt),
        }
    }
}

/// A forwarding's own address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hosted {
    /// Where it stands.
    pub state: LinkState,
    /// The address, once it is there.
    pub link: Option<String>,
    /// Why it was refused.
    pub problem: Option<Trouble>,
}

/// The columns of a forwarding that [`hosted`] reads.
pub(super) const COLUMNS: &str = "link, link_state, link_problem";

/// How the link of a forwarding stands, if one was asked for.
pub(super) fn hosted(row: &Row) -> Result<Option<Hosted>, WalletError> {
    let Some(state) = row.opt_text("link_state")? else { return Ok(None) };
    Ok(Some(Hosted {
        state: LinkState::read(state)?,
        link: row.opt_text("link")?.map(str::to_owned),
        problem: outbox::read_problem(row.opt_text("link_problem")?)?,
    }))
}

/// Has a forwarding hosted with the words that it has now, unless that was asked for before; then those words stay.
pub(super) fn ask(tx: &mut Tx<'_>, head: &Digest, file: &PacketFile, now_ms: i64) -> Result<(), WalletError> {
    let note = file.note.as_ref().map_or("", |note| note.jws.as_str());
    let row = tx.first("SELECT link_state, link_note FROM forward WHERE head = ?1", &values![head.to_string()])?;
    let row = row.ok_or(StoreError::Corrupt)?;
    match row.opt_text("link_state")?.map(LinkState::read).transpose()? {
        Some(LinkState::Queued | LinkState::Made) if row.opt_text("link_note")? != Some(note) => {
            return Err(WalletError::LinkSays);
        }
        Some(LinkState::Queued | LinkState::Made) => return Ok(()),
        Some(LinkState::Refused) | None => {}
    }
    tx.execute(
        "UPDATE forward SET link_state = 'queued', link_note = ?2, link_problem = NULL WHERE head = ?1",
        &values![head.to_string(), note],
    )?;
    outbox::put(tx, Kind::Link, &head.to_string(), &file.packet.claims.iss, now_ms)?;
    Ok(())
}

/// Keeps the issuer's refusal.
pub(super) fn refused(tx: &mut Tx<'_>, head: &str, problem: &str) -> Result<(), WalletError> {
    let sql = "UPDATE forward SET link_state = 'refused', link_problem = ?2 WHERE head = ?1";
    tx.execute(sql, &values![head, problem])?;
    Ok(())
}

/// The file of a forwarding with the words that its link shall carry.
fn wanted(tx: &mut Tx<'_>, head: &Digest) -> Result<PacketFile, WalletError> {
    let file = forwarding::file(tx, head)?;
    let row = tx.first("SELECT link_note FROM forward WHERE head = ?1", &values![head.to_string()])?;
    let note = row.ok_or(StoreError::Corrupt)?.opt_text("link_note")?.unwrap_or_default().to_owned();
    let note = (!note.is_empty()).then(|| Note::read(&note)).transpose().map_err(|_| StoreError::Corrupt)?;
    Ok(PacketFile { note, ..file })
}

impl Wallet {
    /// Has one forwarded file hosted.
    pub(super) async fn post_link(&self, item: &Item) -> Result<(), CallError> {
        let head: Digest = parsed(&item.subject)?;
        let file = self.store.read(move |tx| wanted(tx, &head)).await?;
        let file = super::stored_json(&String::from_utf8_lossy(&file.to_bytes()))?;
        let body = to_json(&PostRequest { file })?.into_bytes();
        let posted: Posted =
            self.call_as_self(|| Request::post(&item.origin, routes::FORWARDS, JSON, body.clone())).await?;
        // An address of the issuer's own that can be taken in again, or it is no answer.
        let is_there = download_address(&posted.link).is_ok_and(|(origin, _)| origin == item.origin);
        if posted.head != head || !is_there {
            return Err(CallError::Nonsense);
        }
        let item = item.clone();
        let keep = move |tx: &mut Tx<'_>| {
            if outbox::take(tx, &item)? {
                let sql = "UPDATE forward SET link_state = 'made', link = ?2 WHERE head = ?1";
                tx.execute(sql, &values![head.to_string(), posted.link])?;
            }
            Ok::<_, WalletError>(())
        };
        Ok(self.store.decide(keep).await?)
    }
}
