//! Opening a packet (开): checked with the issuer first, then opened and, if the person wants, told to the enterprise.

use serde::Serialize;
use uuid::Uuid;

use super::outbox::{self, Item, Kind, SHORT, Trouble};
use super::talk::{CallError, JSON};
use super::{Wallet, WalletError, history, packets, parsed, to_json, trust};
use crate::api::discovery::Role;
use crate::api::notice::{self, NoticeAnswer, ReceiptClaims};
use crate::api::routes;
use crate::api::states::{NoRewardReason, PacketState, ReceiptResult};
use crate::identity::Identity;
use crate::jose::{Digest, Jws, Typ};
use crate::money::Amount;
use crate::net::client::Request;
use crate::packet::{Origin, PacketFile, chain, verify};
use crate::store::{StoreError, Tx, values};

/// What the person agreed to when opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// Whether the enterprise is told.
    pub tell: bool,
    /// Whether the forwarder may see who opened.
    pub show_me: bool,
}

/// What became of telling the enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Notice {
    /// The person opened without telling.
    None,
    /// It waits in the outbox.
    Queued,
    /// The enterprise answered.
    Answered,
}

/// An opened packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// The packet.
    pub id: Digest,
    /// Where it stands.
    pub state: PacketState,
    /// The figure on the voucher.
    pub amount: Option<Amount>,
    /// What became of telling the enterprise.
    pub notice: Notice,
    /// What the enterprise's receipt says.
    pub receipt: Option<ReceiptResult>,
    /// Why there is no reward for the forwarder.
    pub reason: Option<NoRewardReason>,
    /// The reward's name, when one is owed or waits.
    pub reward: Option<Digest>,
    /// The enterprise's refusal, when it refused.
    pub problem: Option<Trouble>,
}

impl Wallet {
    /// Opens a packet. The issuer is asked for its key first if it is not pinned; offline, only a packet whose issuer's
    /// signature is vouched for already is opened. Opening again shows what there is.
    ///
    /// # Errors
    /// [`WalletError::NotGenuine`], [`WalletError::CannotCheck`]; nothing was opened then.
    pub async fn open_packet(&self, id: &str, options: OpenOptions) -> Result<Opened, WalletError> {
        let named = id.to_owned();
        let packet = self.store.read(move |tx| packets::find(tx, &named)).await?;
        let id = packet.file.packet.id();
        if packet.opened_at.is_none() {
            self.check_with_issuer(&packet.file).await?;
            let jti = if options.tell {
                // Signing comes later; whoever cannot sign is told before anything is promised.
                notice_id(&*self.identity().await?, &packet.file, options.show_me)
            } else {
                self.uuid()
            };
            let (jti, now, now_ms) = (jti.to_string(), self.now(), self.surroundings.clock.now_ms());
            let issuer = packet.file.packet.claims.iss.clone();
            self.store.decide(move |tx| decide(tx, &id, &issuer, options, &jti, now, now_ms)).await?;
            self.deliver_now(Kind::Notice, &id.to_string()).await?;
        }
        let opened = self.store.read(move |tx| result(tx, &id)).await?;
        opened.ok_or_else(|| WalletError::UnknownPacket(id.to_string()))
    }

    /// Refuses a packet that fails a check, or whose issuer's signature nobody vouches for.
    async fn check_with_issuer(&self, file: &PacketFile) -> Result<(), WalletError> {
        let issuer = &file.packet.claims.iss;
        let fetched = match self.ensure_issuer(issuer).await {
            Ok(()) => self.catch_up_with_keys(file).await,
            Err(error) => Err(error),
        };
        let trust = self.store.read(trust::load).await?;
        let report = verify(file, &trust);
        packets::refuse_failed(&report)?;
        match fetched {
            Err(why @ (WalletError::Store(_) | WalletError::KeyChanged(_))) => Err(why),
            Err(why) if !report.issuer_passed() => {
                let why = match why {
                    WalletError::Net { why, .. } => why.to_string(),
                    other => other.to_string(),
                };
                Err(WalletError::CannotCheck { issuer: issuer.clone(), why })
            }
            _ => Ok(()),
        }
    }

    /// Fetches and pins the key of a packet's issuer, if it is not pinned: the issuer's own word for its signature. It makes
    /// nobody a bank, and allows no address that the person did not add.
    ///
    /// # Errors
    /// As [`Wallet::open_packet`], and [`WalletError::UnknownPacket`].
    pub async fn check_issuer(&self, id: &str) -> Result<(), WalletError> {
        let named = id.to_owned();
        let packet = self.store.read(move |tx| packets::find(tx, &named)).await?;
        self.check_with_issuer(&packet.file).await
    }

    /// Pins an issuer's keys if they are not pinned.
    pub(super) async fn ensure_issuer(&self, issuer: &Origin) -> Result<(), WalletError> {
        let wanted = issuer.clone();
        if self.store.read(move |tx| trust::known_issuer(tx, &wanted)).await?.is_some() {
            return Ok(());
        }
        let (document, now) = (self.discover(issuer, Role::Enterprise).await?, self.now());
        self.store.decide(move |tx| trust::pin_issuer(tx, &document, false, now)).await
    }

    /// Sends one notice and keeps the receipt.
    pub(super) async fn tell(&self, item: &Item) -> Result<(), CallError> {
        let id: Digest = parsed(&item.subject)?;
        self.ensure_issuer(&item.origin).await?;
        let key = self.identity().await?;
        let (file, jti, show) = self
            .store
            .read(move |tx| {
                let file = packets::get(tx, &id)?.ok_or(StoreError::Corrupt)?.file;
                let sql = "SELECT jti, show_opener FROM opening WHERE packet = ?1";
                let row = tx.one(sql, &values![id.to_string()])?;
                Ok::<_, WalletError>((file, parsed(row.text("jti")?)?, row.flag("show_opener")?))
            })
            .await?;
        let answer: NoticeAnswer = self
            .call(&item.origin, |now| {
                let request = notice::write(key.key(), &file.packet, &file.hops, jti, show, now);
                let request = request.map_err(|error| WalletError::Message(error.to_string()))?;
                let body = to_json(&request)?.into_bytes();
                Ok(Request::post(&item.origin, routes::NOTICES, JSON, body).timeout(SHORT))
            })
            .await?;
        let keys = self.keys_for(&item.origin, Role::Enterprise, &answer.receipt).await?;
        let receipt = notice::read_receipt(&answer.receipt, &item.origin, &keys, &key.id(), jti);
        if !receipt.is_ok_and(|receipt| receipt.packet == id) {
            return Err(CallError::Nonsense);
        }
        let (item, now) = (item.clone(), self.now());
        Ok(self.store.decide(move |tx| answered(tx, &item, &id, &answer.receipt, now)).await?)
    }
}

/// The id of one's notice: the same wherever this client opens this copy of the packet, so that it is told of once.
fn notice_id(identity: &Identity, file: &PacketFile, show_me: bool) -> Uuid {
    let (packet, head) = (file.packet.id().to_string(), chain::head(&file.packet, &file.hops).to_string());
    identity.uuid_for(&["notice", &packet, &head, if show_me { "shown" } else { "hidden" }])
}

/// The one decision of an opening: opened, and what is to be told waits in the outbox under an id of its own.
fn decide(
    tx: &mut Tx<'_>,
    id: &Digest,
    issuer: &Origin,
    options: OpenOptions,
    jti: &str,
    now: i64,
    now_ms: i64,
) -> Result<(), WalletError> {
    let notice = if options.tell { "queued" } else { "none" };
    let new = tx.execute(
        "INSERT INTO opening (packet, jti, at, show_opener, notice) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (packet) DO NOTHING",
        &values![id.to_string(), jti, now, options.show_me, notice],
    )?;
    if new == 0 {
        return Ok(());
    }
    tx.execute("UPDATE packet SET opened_at = ?2 WHERE id = ?1", &values![id.to_string(), now])?;
    packets::raise(tx, id, PacketState::Opened)?;
    history::record(tx, now, "opened", id, None)?;
    if options.tell {
        outbox::put(tx, Kind::Notice, &id.to_string(), issuer, now_ms)?;
        // Whoever was told may answer into the inbox that it keeps; one that was not told is not asked for one.
        super::inbox::read_from_now_on(tx, issuer)?;
    }
    Ok(())
}

fn answered(tx: &mut Tx<'_>, item: &Item, id: &Digest, receipt: &str, now: i64) -> Result<(), WalletError> {
    if outbox::take(tx, item)? {
        tx.execute(
            "UPDATE opening SET notice = 'answered', receipt = ?2 WHERE packet = ?1",
            &values![id.to_string(), receipt],
        )?;
        history::record(tx, now, "told", id, None)?;
    }
    Ok(())
}

/// Keeps the enterprise's refusal as the answer.
pub(super) fn refused(tx: &mut Tx<'_>, packet: &str, problem: &str) -> Result<(), WalletError> {
    tx.execute("UPDATE opening SET notice = 'answered', problem = ?2 WHERE packet = ?1", &values![packet, problem])?;
    Ok(())
}

/// The opening of a packet and what came of it, if it was opened.
pub(super) fn result(tx: &mut Tx<'_>, id: &Digest) -> Result<Option<Opened>, WalletError> {
    let sql = "SELECT notice, receipt, problem FROM opening WHERE packet = ?1";
    let Some(row) = tx.first(sql, &values![id.to_string()])? else { return Ok(None) };
    let packet = packets::get(tx, id)?.ok_or(StoreError::Corrupt)?;
    let receipt = row.opt_text("receipt")?.map(receipt).transpose()?;
    let notice = match row.text("notice")? {
        "none" => Notice::None,
        "queued" => Notice::Queued,
        _ => Notice::Answered,
    };
    Ok(Some(Opened {
        id: *id,
        state: packet.state,
        amount: packet.file.packet.claims.contents.amount(),
        notice,
        receipt: receipt.as_ref().map(|receipt| receipt.result),
        reason: receipt.as_ref().and_then(|receipt| receipt.reason),
        reward: receipt.and_then(|receipt| receipt.reward),
        problem: outbox::read_problem(row.opt_text("problem")?)?,
    }))
}

/// A receipt as it is kept; its signature was checked before.
fn receipt(compact: &str) -> Result<ReceiptClaims, WalletError> {
    let claims = Jws::parse(compact, Typ::Receipt).and_then(|jws| jws.claims());
    claims.map_err(|_| WalletError::Store(StoreError::Corrupt))
}
