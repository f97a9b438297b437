//! The packets of this wallet: taking them in, listing, showing.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use serde::Serialize;
use url::Url;

use super::friends::MIN_PREFIX;
use super::scan::{Inside, in_picture};
use super::view::Inspection;
use super::{
    Collected, DrawView, Event, Forwarded, GoodsCollected, Notice, Time, Wallet, WalletError, collecting, draws,
    forwarding, friends, goods, history, lines, opening, own_client, parsed, strangers, trust,
};
use crate::api::problem::Problem;
use crate::api::states::{CollectionState, GoodsState, PacketState};
use crate::api::{inbox, routes};
use crate::identity::{card, sealed};
use crate::jose::{ClientId, Digest};
use crate::money::Amount;
use crate::net::client::Request;
use crate::packet::chain::{Holder, holder};
use crate::packet::claims::{Contents, reward_for};
use crate::packet::file::MAX_FILE_BYTES;
use crate::packet::origin::OriginError;
use crate::packet::{CheckKind, Origin, Outcome, PacketFile, Report, Trust, Verdict, link, verify};
use crate::packet::{media, picture};
use crate::store::{Row, StoreError, Tx, values};

/// What came of taking a packet in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The packet.
    pub id: Digest,
    /// Whether it was not here before.
    pub new: bool,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The packet.
    pub id: Digest,
    /// The enterprise's serial number.
    pub serial: u64,
    /// Who made it.
    pub issuer: Origin,
    /// The company's name.
    pub title: String,
    /// The greeting.
    pub greeting: String,
    /// The look that the issuer chose, by name.
    pub theme: Option<String>,
    /// `bank` or `goods`.
    pub kind: &'static str,
    /// Over all checks.
    pub verdict: Verdict,
    /// Where it stands.
    pub state: PacketState,
    /// The figure on the voucher; of a lucky share what was paid, and none before.
    pub amount: Option<Amount>,
    /// Until when it can be collected.
    pub expires: Time,
    /// When it arrived.
    pub received_at: Time,
    /// Whether it was opened.
    pub opened: bool,
    /// How often it was forwarded from here.
    pub forwards: u32,
    /// Whether it is a reward for a forwarding.
    pub reward: bool,
    /// Who put it into the inbox, while that is no friend and the person has not kept it.
    pub stranger: Option<ClientId>,
    /// Where collecting stands, if it was begun.
    pub collection: Option<CollectionState>,
    /// Where collecting its goods stands, if it was begun.
    pub goods: Option<GoodsState>,
}

/// Whom a packet came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// The last forwarder.
    pub client: ClientId,
    /// The friend's name, if it is a friend.
    pub name: Option<String>,
}

/// All about one packet.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What the file says.
    #[serde(flatten)]
    pub inspection: Inspection,
    /// Where it stands.
    pub state: PacketState,
    /// When it arrived.
    pub received_at: Time,
    /// When it was opened.
    pub opened_at: Option<Time>,
    /// The last forwarder; none when it came straight from the enterprise.
    pub from: Option<Sender>,
    /// Whether a stranger put it into the inbox and the person has not kept it.
    pub from_stranger: bool,
    /// What became of telling the enterprise.
    pub opening: Option<super::Opened>,
    /// How collecting stands.
    pub collection: Option<Collected>,
    /// How the draw of its shares stands, when they are drawn by lot.
    pub draw: Option<DrawView>,
    /// How collecting its goods stands.
    pub handover: Option<GoodsCollected>,
    /// The forwards made here.
    pub forwards: Vec<Forwarded>,
    /// For a reward: for what.
    #[serde(rename = "for")]
    pub reward_for: Option<RewardFor>,
    /// What happened with it here.
    pub history: Vec<Event>,
}

/// What a reward is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RewardFor {
    /// The packet that was forwarded.
    pub packet: Digest,
    /// Who opened it, if that client agreed to be named.
    pub opener: Option<ClientId>,
}

/// One reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RewardListed {
    /// The reward packet.
    pub id: Digest,
    /// For what; none when it did not come by an inbox.
    #[serde(rename = "for")]
    pub reward_for: Option<RewardFor>,
    /// How much.
    pub amount: Option<Amount>,
    /// Where it stands.
    pub state: PacketState,
    /// Where collecting stands, if it was begun.
    pub collection: Option<CollectionState>,
}

/// The pictures of a packet, as PNG, JPEG or WebP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// Behind the envelope's words.
    pub cover: Option<Vec<u8>>,
    /// The company's emblem.
    pub emblem: Option<Vec<u8>>,
    /// The goods.
    pub goods: Option<Vec<u8>>,
}

/// A packet as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) file: PacketFile,
    pub(super) state: PacketState,
    pub(super) received_at: i64,
    pub(super) opened_at: Option<i64>,
    pub(super) reward_for: Option<RewardFor>,
    pub(super) from_stranger: bool,
}

const COLUMNS: &str =
    "SELECT id, file, state, received_at, opened_at, reward_packet, reward_opener, stranger FROM packet";

fn stored(row: &Row) -> Result<Stored, WalletError> {
    let opener = row.opt_text("reward_opener")?.map(parsed).transpose()?;
    let reward = row.opt_text("reward_packet")?.map(parsed).transpose()?;
    Ok(Stored {
        file: PacketFile::read(row.text("file")?.as_bytes()).map_err(|_| StoreError::Corrupt)?,
        state: parsed(row.text("state")?)?,
        received_at: row.int("received_at")?,
        opened_at: row.opt_int("opened_at")?,
        reward_for: reward.map(|packet| RewardFor { packet, opener }),
        from_stranger: row.opt_text("stranger")?.is_some(),
    })
}

/// The packet that `named` (an id, or the unique beginning of one) stands for.
pub(super) fn find(tx: &mut Tx<'_>, named: &str) -> Result<Stored, WalletError> {
    let named = named.strip_prefix("id:").unwrap_or(named);
    if named.chars().count() < MIN_PREFIX {
        return Err(WalletError::AmbiguousId(named.to_owned()));
    }
    // All that begin so, and nothing else, by the index: an id is written in ASCII.
    let end = format!("{named}\u{10ffff}");
    let rows = tx.rows(&format!("{COLUMNS} WHERE id >= ?1 AND id < ?2 LIMIT 2"), &values![named, end])?;
    match rows.as_slice() {
        [row] => stored(row),
        [] => Err(WalletError::UnknownPacket(named.to_owned())),
        _ => Err(WalletError::AmbiguousId(named.to_owned())),
    }
}

pub(super) fn get(tx: &mut Tx<'_>, id: &Digest) -> Result<Option<Stored>, WalletError> {
    let row = tx.first(&format!("{COLUMNS} WHERE id = ?1"), &values![id.to_string()])?;
    row.as_ref().map(stored).transpose()
}

/// Raises a packet's state; it never goes back.
pub(super) fn raise(tx: &mut Tx<'_>, id: &Digest, state: PacketState) -> Result<(), WalletError> {
    let now = get(tx, id)?.map(|stored| stored.state);
    if now.is_some_and(|now| now < state) {
        // Whoever does something with a packet keeps it.
        let sql = "UPDATE packet SET state = ?2, stranger = NULL WHERE id = ?1";
        tx.execute(sql, &values![id.to_string(), state.as_str()])?;
    }
    Ok(())
}

/// The first check that failed, as the error that stops everything else.
pub(super) fn refuse_failed(report: &Report) -> Result<(), WalletError> {
    match report.checks.iter().find(|check| check.result == Outcome::Failed) {
        Some(check) => Err(WalletError::NotGenuine(*check)),
        None => Ok(()),
    }
}

fn entitles(file: &PacketFile, own: Option<ClientId>) -> bool {
    match holder(&file.packet.claims, &file.hops) {
        Holder::Anyone => true,
        Holder::Client(client) => own == Some(client),
    }
}

/// How far a file stands: that no check failed, and that a known bank signed its voucher.
fn standing(file: &PacketFile, trust: &Trust) -> (bool, bool) {
    let report = verify(file, trust);
    let vouched = report.outcome(CheckKind::VoucherSignature) == Some(Outcome::Passed);
    (report.verdict != Verdict::NotGenuine, vouched)
}

/// Whether a second copy of a packet must take the first one's place: anybody can plant a copy with a forged voucher or
/// a chain that leads elsewhere. What was applied for keeps its chain.
fn is_better(tx: &mut Tx<'_>, new: &PacketFile, old: &PacketFile) -> Result<bool, WalletError> {
    let trust = trust::load(tx)?;
    Ok(match standing(new, &trust).cmp(&standing(old, &trust)) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => {
            let own = own_client(tx)?;
            let begun = collecting::standing(tx, &old.packet.id())?.is_some()
                || goods::standing(tx, &old.packet.id())?.is_some();
            entitles(new, own) && !entitles(old, own) && !begun
        }
    })
}

/// The first copy with the pictures that only the second has: nothing that anybody signed is replaced by these, and
/// the packet names their hashes.
fn with_pictures(old: &PacketFile, new: &PacketFile) -> Option<Vec<u8>> {
    let more = new.media.len() > old.media.len();
    let bytes = more.then(|| PacketFile { media: new.media.clone(), ..old.clone() }.to_bytes())?;
    (bytes.len() <= MAX_FILE_BYTES).then_some(bytes)
}

/// Keeps a file that was judged. The first copy stays, unless a better one comes.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    file: &PacketFile,
    reward: Option<&inbox::RewardFor>,
    now: i64,
) -> Result<Imported, WalletError> {
    let id = file.packet.id();
    // It was read as text within the limits, and is written as text again.
    let text = String::from_utf8(file.to_bytes()).map_err(|_| StoreError::Corrupt)?;
    let reward = reward.filter(|reward| is_for(file, reward));
    let packet = reward.map(|reward| reward.packet.to_string());
    let opener = reward.and_then(|reward| reward.opener).map(|opener| opener.to_string());
    if let Some(old) = get(tx, &id)? {
        let untouched =
            old.opened_at.is_none() && collecting::latest(tx, &id)?.is_none() && goods::latest(tx, &id)?.is_none();
        let kept = if is_better(tx, file, &old.file)? {
            Some(text)
        } else if untouched {
            with_pictures(&old.file, file).map(String::from_utf8).transpose().map_err(|_| StoreError::Corrupt)?
        } else {
            None
        };
        if let Some(text) = kept {
            tx.execute("UPDATE packet SET file = ?2 WHERE id = ?1", &values![id.to_string(), &text])?;
            let file = PacketFile::read(text.as_bytes()).map_err(|_| StoreError::Corrupt)?;
            let trust = trust::load(tx)?;
            lines::keep(tx, &file, &trust)?;
        }
        tx.execute(
            "UPDATE packet SET reward_packet = ?2, reward_opener = ?3 WHERE id = ?1 AND reward_packet IS NULL",
            &values![id.to_string(), packet, opener],
        )?;
        return Ok(Imported { id, new: false });
    }
    tx.execute(
        "INSERT INTO packet (id, number, file, state, received_at, reward_packet, reward_opener) \
         VALUES (?1, (SELECT COALESCE(MAX(number), 0) + 1 FROM packet), ?2, 'received', ?3, ?4, ?5)",
        &values![id.to_string(), text, now, packet, opener],
    )?;
    let trust = trust::load(tx)?;
    lines::keep(tx, file, &trust)?;
    let from = file.hops.last().map(|hop| hop.by().to_string());
    history::record(tx, now, "received", &id, from.as_deref())?;
    Ok(Imported { id, new: true })
}

/// What an inbox says a reward is for is unsigned, but where it names the opener the packet's own hash must agree.
fn is_for(file: &PacketFile, reward: &inbox::RewardFor) -> bool {
    let signed = file.packet.claims.reward_for;
    signed.is_some() && reward.opener.is_none_or(|opener| signed == Some(reward_for(&reward.packet, &opener)))
}

impl Wallet {
    /// Takes a packet file in, one that is sealed for this wallet, or what a picture carries. Not genuine is refused; not yet
    /// checked is kept. Taking it in again changes nothing.
    ///
    /// # Errors
    /// [`WalletError::Unreadable`], [`WalletError::NotGenuine`]; of pictures also [`WalletError::NothingInside`], and what
    /// [`Wallet::import_link`] has.
    pub async fn import(&self, bytes: &[u8]) -> Result<Imported, WalletError> {
        if card::is_card(bytes) {
            return Err(WalletError::IsCard);
        }
        if !picture::is_picture(bytes) {
            return self.import_bytes(&self.unsealed(bytes).await?).await;
        }
        match in_picture(bytes).await? {
            Inside::File(file) => self.import_bytes(&file).await,
            Inside::Link(link) => self.import_link(&link).await,
        }
    }

    /// A sealed file opened by this wallet's key; any other as it is.
    ///
    /// # Errors
    /// [`WalletError::Sealed`], also when it is for somebody else.
    pub async fn unsealed<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, WalletError> {
        if !sealed::is_sealed(bytes) {
            return Ok(Cow::Borrowed(bytes));
        }
        // What breaks a limit asks for no passphrase.
        sealed::check(bytes)?;
        Ok(Cow::Owned(sealed::open(bytes, &*self.identity().await?)?))
    }

    async fn import_bytes(&self, bytes: &[u8]) -> Result<Imported, WalletError> {
        self.take_in(PacketFile::read(bytes)?).await
    }

    /// Takes in what a link holds or names: a `hongbao:` link, or the address of a download, with or without `hongbao:` before
    /// it, as on the page at that address.
    ///
    /// # Errors
    /// As [`Wallet::import`], and [`WalletError::Link`], [`WalletError::Net`], [`WalletError::Refused`].
    pub async fn import_link(&self, text: &str) -> Result<Imported, WalletError> {
        let text = text.trim();
        if card::is_card(text.as_bytes()) {
            return Err(WalletError::IsCard);
        }
        let text = address_within(text).unwrap_or(text);
        if text.starts_with("hongbao:") {
            return self.take_in(link::read(text)?).await;
        }
        let (origin, path) = download_address(text)?;
        let net = |why| WalletError::Net { origin: origin.clone(), why };
        let request = Request::get(&origin, path).max_answer(MAX_FILE_BYTES);
        let answer = self.surroundings.client.send(request).await.map_err(net)?;
        if !answer.is_success() {
            let problem = Problem::of_answer(answer.status, answer.content_type.as_deref(), &answer.body);
            return Err(WalletError::Refused { origin, problem: Box::new(problem) });
        }
        let file = PacketFile::read(&answer.body)?;
        // Nobody is told by it what was not known already, and what the network brought is judged with the newest keys there are.
        if let Err(error @ WalletError::Store(_)) = self.catch_up_with_keys(&file).await {
            return Err(error);
        }
        self.take_in(file).await
    }

    async fn take_in(&self, file: PacketFile) -> Result<Imported, WalletError> {
        let now = self.now();
        self.store
            .decide(move |tx| {
                refuse_failed(&verify(&file, &trust::load(tx)?))?;
                let imported = keep(tx, &file, None, now)?;
                // Whoever takes it in by hand has it from somebody.
                strangers::let_in(tx, &imported.id)?;
                Ok(imported)
            })
            .await
    }

    /// All packets, newest first, with the verdict of each as it was last judged.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn list(&self) -> Result<Vec<Listed>, WalletError> {
        Ok(Arc::unwrap_or_clone(self.list_again(Arc::default()).await?))
    }

    /// The same, for whoever listed them before: that list, if it is the same.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn list_again(&self, before: Arc<Vec<Listed>>) -> Result<Arc<Vec<Listed>>, WalletError> {
        self.store.read(|tx| lines::list(tx, before)).await
    }

    /// All about one packet, by its id or the unique beginning of it.
    ///
    /// # Errors
    /// [`WalletError::UnknownPacket`], [`WalletError::AmbiguousId`].
    pub async fn show(&self, id: &str) -> Result<Shown, WalletError> {
        let id = id.to_owned();
        self.store
            .read(move |tx| {
                let packet = find(tx, &id)?;
                shown(tx, packet)
            })
            .await
    }

    /// The pictures that a packet carries and names, each checked to be a picture within the limits, in no way decoded.
    ///
    /// # Errors
    /// As [`Wallet::show`].
    pub async fn pictures(&self, id: &str) -> Result<Pictures, WalletError> {
        let id = id.to_owned();
        let file = self.store.read(move |tx| find(tx, &id)).await?.file;
        let carried: Vec<Vec<u8>> = file.media.iter().filter_map(|media| media.check().ok()).collect();
        let named = |name: Option<&String>| {
            let name = name?;
            carried.iter().find(|bytes| media::integrity(bytes) == *name).cloned()
        };
        let claims = &file.packet.claims;
        let goods = match &claims.contents {
            Contents::Goods { picture, .. } => named(picture.as_ref()),
            Contents::Bank { .. } => None,
        };
        Ok(Pictures {
            cover: named(claims.envelope.cover.as_ref()),
            emblem: named(claims.envelope.emblem.as_ref()),
            goods,
        })
    }

    /// All rewards, newest first.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn rewards(&self) -> Result<Vec<RewardListed>, WalletError> {
        self.store.read(lines::rewards).await
    }
}

/// The address in a link of the scheme `hongbao:` that holds no packet but says where one is.
#[must_use]
pub fn address_within(link: &str) -> Option<&str> {
    let rest = link.strip_prefix("hongbao:")?;
    ["https://", "http://"].iter().any(|scheme| rest.starts_with(scheme)).then_some(rest)
}

/// Origin and path of a download: only `/p/<id>`, so that no packet's link makes a wallet call anything else.
pub(super) fn download_address(text: &str) -> Result<(Origin, String), WalletError> {
    let url = Url::parse(text).map_err(|_| OriginError::NotHttp)?;
    let origin = Origin::parse(&url.origin().ascii_serialization())?;
    let id = url.path().strip_prefix(routes::DOWNLOAD).unwrap_or_default();
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_id || origin.url(url.path()) != text {
        return Err(link::LinkError::Form.into());
    }
    Ok((origin, url.path().to_owned()))
}

fn shown(tx: &mut Tx<'_>, packet: Stored) -> Result<Shown, WalletError> {
    let id = packet.file.packet.id();
    let inspection = Inspection::of(&packet.file, &trust::load(tx)?);
    let from = match packet.file.hops.last().map(crate::packet::file::Hop::by) {
        Some(client) => {
            let name = friends::load(tx)?.into_iter().find(|friend| friend.client == client).map(|friend| friend.name);
            Some(Sender { client, name })
        }
        None => None,
    };
    let opening = opening::result(tx, &id)?;
    debug_assert!(opening.as_ref().is_none_or(|opened| opened.notice != Notice::None || opened.receipt.is_none()));
    Ok(Shown {
        inspection,
        state: packet.state,
        received_at: Time(packet.received_at),
        opened_at: packet.opened_at.map(Time),
        from,
        from_stranger: packet.from_stranger,
        opening,
        collection: collecting::latest(tx, &id)?.map(|collection| collection.view()),
        draw: draws::stands(tx, &packet.file.packet)?,
        handover: goods::latest(tx, &id)?.map(goods::Kept::view),
        forwards: forwarding::of_packet(tx, &packet.file)?,
        reward_for: packet.reward_for,
        history: history::load(tx, &id)?,
    })
}
