//! Forwarding (转发): one more hop, kept before anything leaves, given away as a file, a link, or to a friend's inbox.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::friends::{self, Friend, write_new};
use super::hosting::{self, Hosted};
use super::outbox::{self, Kind, Trouble};
use super::relaying::STANDS;
use super::{Time, Wallet, WalletError, collecting, goods, history, inbox, packets, parsed, shown, trust};
use crate::api::inbox::MAX_RELAYED_SEALED_BYTES;
use crate::api::states::PacketState;
use crate::identity::Identity;
use crate::identity::sealed::{self, Recipient};
use crate::jose::{ClientId, Digest, Jws, Typ, to_base64url};
use crate::packet::chain::{self, ChainError, ForwardError, NextHop, holder};
use crate::packet::file::{MAX_FILE_BYTES, Signed};
use crate::packet::{NoteClaims, Origin, PacketFile, Placement, Unreadable, link, text, verify};
use crate::store::{Row, StoreError, Tx, values};

/// How a forwarded packet leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// As a new file.
    Save(PathBuf),
    /// As a `hongbao:` link.
    Link,
    /// As a short https link, hosted by the issuer.
    HttpsLink,
    /// As a picture that the caller gives away; only with [`Wallet::forward_drawn`].
    Picture,
    /// Into the inbox of the friend it is for.
    Relay,
    /// As a new file that the friend it is for alone can open.
    SaveSealed(PathBuf),
    /// Into the inbox of the friend it is for, who alone can open it.
    RelaySealed,
}

impl Carrier {
    /// Where the file goes, if one is written.
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Save(path) | Self::SaveSealed(path) => Some(path),
            Self::Link | Self::HttpsLink | Self::Picture | Self::Relay | Self::RelaySealed => None,
        }
    }

    const fn is_sealed(&self) -> bool {
        matches!(self, Self::SaveSealed(_) | Self::RelaySealed)
    }
}

/// What one forwarding says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardOptions {
    /// How it leaves.
    pub carrier: Carrier,
    /// The friend, by name or id; needed for [`Carrier::Relay`] and for what is sealed.
    pub friend: Option<String>,
    /// What is said with it.
    pub words: Words,
}

/// What a forwarder says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// Nothing; what an earlier forwarder said stays behind.
    #[default]
    None,
    /// The forwarder's own words, in the place of those before.
    Own(String),
    /// What an earlier forwarder said goes on with it.
    Kept,
}

impl Words {
    fn own(&self) -> Option<&str> {
        match self {
            Self::Own(words) => Some(words),
            Self::None | Self::Kept => None,
        }
    }
}

/// A picture that leaves instead of the packet's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The picture's file.
    pub bytes: Vec<u8>,
    /// Whether the link is in it.
    pub has_link: bool,
}

/// What happens to the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Money {
    /// Friends get a share of their own.
    OwnShare,
    /// One gift: whoever collects first.
    FirstCome,
    /// It was collected here; friends can only look.
    AlreadyCollected,
}

/// Where a forward stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ForwardState {
    /// Given away as a file or a link.
    Made,
    /// It waits in the outbox.
    Queued,
    /// It is in the friend's inbox; whether it was fetched is not known.
    Sent,
    /// The relay handed it to the friend's wallet.
    Delivered,
    /// Taking it back waits in the outbox.
    Recalling,
    /// It was taken back before anybody fetched it.
    Recalled,
    /// The relay kept it for 30 days, and nobody fetched it.
    Dropped,
    /// The server refused to pass it on.
    Refused,
}

impl ForwardState {
    /// Whether nobody has got it by this way, and nobody will.
    #[must_use]
    pub const fn is_void(self) -> bool {
        matches!(self, Self::Recalled | Self::Dropped | Self::Refused)
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "made" => Ok(Self::Made),
            "queued" => Ok(Self::Queued),
            "sent" => Ok(Self::Sent),
            "delivered" => Ok(Self::Delivered),
            "recalling" => Ok(Self::Recalling),
            "recalled" => Ok(Self::Recalled),
            "dropped" => Ok(Self::Dropped),
            "refused" => Ok(Self::Refused),
            _ => Err(StoreError::Corrupt),
        }
    }
}

/// One forwarding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forwarded {
    /// The packet.
    pub id: Digest,
    /// The file that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How its short https link stands, if one was asked for.
    pub hosted: Option<Hosted>,
    /// Which forwarding of the packet it is, from 1.
    pub n: u32,
    /// For whom, if for one client.
    pub to: Option<ClientId>,
    /// Where it stands.
    pub state: ForwardState,
    /// Whether it can be taken back, as far as is known here.
    pub can_recall: bool,
    /// Whether it may be in somebody's hands, or come there: by this way, or as a file, a link or a picture.
    pub stands: bool,
    /// Whether the friend it is for opened it and agreed that this is known.
    pub opened: bool,
    /// What happens to the money.
    pub money: Money,
    /// Whether nobody but `to` can collect by this chain, so that cutting it gains nothing.
    pub meant_for_only: bool,
    /// Whether it went to the friend's inbox sealed, or waits to.
    pub sealed: bool,
    /// Why it was refused.
    pub problem: Option<Trouble>,
    /// When it was made.
    pub at: Time,
}

/// Which forwardings can be taken back: those that wait, and those that a relay has and nobody is known to have fetched.
pub(super) const CAN_RECALL: &str = "(state = 'queued' OR state = 'sent' AND relay IS NOT NULL)";

/// A forward as it is kept.
pub(super) struct Made {
    head: Digest,
    pub(super) file: PacketFile,
    pub(super) to: Option<ClientId>,
    state: ForwardState,
    can_recall: bool,
    stands: bool,
    problem: Option<Trouble>,
    hosted: Option<Hosted>,
    /// As it leaves for the friend's inbox, if it does so sealed.
    pub(super) sealed: Option<String>,
    at: i64,
}

fn columns() -> String {
    let own = "head, to_client, file, state, problem, at, sealed";
    format!("SELECT {own}, {CAN_RECALL} AS can_recall, {STANDS} AS stands, {} FROM forward", hosting::COLUMNS)
}

fn made(row: &Row) -> Result<Made, WalletError> {
    let to = Some(row.text("to_client")?).filter(|to| !to.is_empty()).map(parsed).transpose()?;
    Ok(Made {
        head: parsed(row.text("head")?)?,
        file: PacketFile::read(row.text("file")?.as_bytes()).map_err(|_| StoreError::Corrupt)?,
        to,
        state: ForwardState::read(row.text("state")?)?,
        can_recall: row.flag("can_recall")?,
        stands: row.flag("stands")?,
        problem: outbox::read_problem(row.opt_text("problem")?)?,
        hosted: hosting::hosted(row)?,
        sealed: row.opt_text("sealed")?.map(str::to_owned),
        at: row.int("at")?,
    })
}

/// All forwards of a packet, first to last.
pub(super) fn of_packet(tx: &mut Tx<'_>, file: &PacketFile) -> Result<Vec<Forwarded>, WalletError> {
    let id = file.packet.id();
    let rows = tx.rows(&format!("{} WHERE packet = ?1 ORDER BY at, head", columns()), &values![id.to_string()])?;
    rows.iter().map(|row| view(tx, made(row)?)).collect()
}

/// How often a packet was forwarded from here; what nobody can have got is not counted.
pub(super) fn count(tx: &mut Tx<'_>, packet: &Digest) -> Result<u32, WalletError> {
    let sql = format!("SELECT COUNT(*) AS n FROM forward WHERE packet = ?1 AND {STANDS}");
    let count = tx.one(&sql, &values![packet.to_string()])?.int("n")?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

pub(super) fn view(tx: &mut Tx<'_>, made: Made) -> Result<Forwarded, WalletError> {
    let claims = &made.file.packet.claims;
    let id = made.file.packet.id();
    Ok(Forwarded {
        id,
        path: None,
        link: None,
        hosted: made.hosted,
        n: made.file.hops.last().map_or(0, |hop| hop.claims.n),
        to: made.to,
        state: made.state,
        can_recall: made.can_recall,
        stands: made.stands,
        opened: made.to.map_or(Ok(false), |to| shown::has_opened(tx, &id, &to))?,
        money: money(tx, &made.file)?,
        meant_for_only: claims.cnf.is_some() && made.file.hops.iter().all(|hop| hop.claims.to.is_some()),
        sealed: made.sealed.is_some(),
        problem: made.problem,
        at: Time(made.at),
    })
}

fn money(tx: &mut Tx<'_>, file: &PacketFile) -> Result<Money, WalletError> {
    if file.packet.claims.contents.shares() > 1 {
        return Ok(Money::OwnShare);
    }
    let packet = file.packet.id();
    let collected = collecting::standing(tx, &packet)?.is_some() || goods::standing(tx, &packet)?.is_some();
    Ok(if collected { Money::AlreadyCollected } else { Money::FirstCome })
}

/// Whether the one gift of this packet was passed on to a friend, other than `to`. Of several shares one's own is left.
pub(super) fn passed_on(tx: &mut Tx<'_>, file: &PacketFile, to: Option<ClientId>) -> Result<bool, WalletError> {
    let sql = format!(
        "SELECT COUNT(*) AS n FROM forward WHERE packet = ?1 AND to_client <> '' AND to_client <> ?2 AND {STANDS}"
    );
    let to = to.map(|to| to.to_string()).unwrap_or_default();
    let count = tx.one(&sql, &values![file.packet.id().to_string(), to])?.int("n")?;
    Ok(file.packet.claims.contents.shares() == 1 && count > 0)
}

/// What a forwarding needs from outside its decision.
struct Plan {
    named: String,
    options: ForwardOptions,
    /// Whether a short link is asked for.
    link: bool,
    identity: Identity,
    jti: uuid::Uuid,
    now: i64,
    now_ms: i64,
}

impl Wallet {
    /// Forwards a packet. Forwarding the same to the same friend again passes the same hop on again.
    ///
    /// # Errors
    /// [`WalletError::NotForwardable`], [`WalletError::HopsUsedUp`], [`WalletError::NotHolder`],
    /// [`WalletError::OpenFirst`], [`WalletError::Expired`], [`WalletError::PassedOn`], [`WalletError::NoInbox`],
    /// [`WalletError::CannotSeal`], [`WalletError::Exists`]; nothing left then.
    pub async fn forward(&self, id: &str, options: ForwardOptions) -> Result<Forwarded, WalletError> {
        let is_hosted = options.carrier == Carrier::HttpsLink;
        let decided = self.decide_forward(id, &options, is_hosted).await?;
        let (head, link) = (decided.head, decided.link.clone());
        let path = match options.carrier {
            Carrier::Save(path) => {
                let bytes = decided.file.to_bytes();
                Some(self.give_away(decided, path, bytes).await?)
            }
            Carrier::SaveSealed(path) => {
                let recipient = decided.recipient.as_ref().ok_or(StoreError::Corrupt)?;
                let sealed = sealed::seal(&decided.file.to_bytes(), recipient)?;
                Some(self.give_away(decided, path, sealed).await?)
            }
            Carrier::Link => None,
            Carrier::HttpsLink => {
                self.deliver_now(Kind::Link, &head.to_string()).await?;
                None
            }
            Carrier::Picture => return Err(WalletError::Message("a picture is drawn first".into())),
            Carrier::Relay | Carrier::RelaySealed => {
                self.deliver_now(Kind::Relay, &head.to_string()).await?;
                None
            }
        };
        let forwarded = self.made(head).await?;
        let link = link.or_else(|| hosted_link(&forwarded).filter(|_| is_hosted));
        Ok(Forwarded { path, link, ..forwarded })
    }

    async fn made(&self, head: Digest) -> Result<Forwarded, WalletError> {
        self.store.read(move |tx| find(tx, &head).and_then(|made| view(tx, made))).await
    }

    /// Forwards a packet as a picture that `draw` makes of its file and its short link, if one can be had now; as a new file, or given
    /// back to be given away. The answer's link is what `draw` told to be in the picture. `draw` runs where work may take its time.
    ///
    /// # Errors
    /// As [`Self::forward`]; [`WalletError::Message`] when there is no picture. Nothing left then, but the link may be there.
    pub async fn forward_drawn(
        &self,
        id: &str,
        options: ForwardOptions,
        draw: impl FnOnce(Option<&str>, &PacketFile) -> Option<Drawn> + Send + 'static,
    ) -> Result<(Forwarded, Vec<u8>), WalletError> {
        let decided = self.decide_forward(id, &options, true).await?;
        let head = decided.head;
        self.deliver_now(Kind::Link, &head.to_string()).await?;
        let link = hosted_link(&self.made(head).await?);
        let (given, file) = (link.clone(), decided.file.clone());
        let drawn = tokio::task::spawn_blocking(move || draw(given.as_deref(), &file)).await.ok().flatten();
        let Some(Drawn { bytes, has_link }) = drawn else {
            self.take_back(decided).await?;
            return Err(WalletError::Message("the picture could not be drawn".into()));
        };
        let path = match options.carrier {
            Carrier::Save(path) => Some(self.give_away(decided, path, bytes.clone()).await?),
            _ => None,
        };
        let forwarded = self.made(head).await?;
        Ok((Forwarded { path, link: link.filter(|_| has_link), ..forwarded }, bytes))
    }

    async fn decide_forward(&self, id: &str, options: &ForwardOptions, link: bool) -> Result<Decided, WalletError> {
        if let Some(path) = options.carrier.path().filter(|path| path.exists()) {
            return Err(WalletError::Exists(path.to_owned()));
        }
        let plan = Plan {
            named: id.to_owned(),
            options: options.clone(),
            link,
            identity: Identity::clone(&*self.identity().await?),
            jti: self.uuid(),
            now: self.now(),
            now_ms: self.surroundings.clock.now_ms(),
        };
        self.store.decide(move |tx| decide(tx, &plan)).await
    }

    /// Writes what leaves; when nothing left, the hop was not made.
    async fn give_away(&self, decided: Decided, path: PathBuf, bytes: Vec<u8>) -> Result<PathBuf, WalletError> {
        if let Err(error) = write_new(&path, &bytes).await {
            // A file that is there, though perhaps not safely so, may have left.
            if matches!(error, WalletError::Exists(_)) || !path.exists() {
                self.take_back(decided).await?;
            }
            return Err(error);
        }
        Ok(path)
    }

    async fn take_back(&self, decided: Decided) -> Result<(), WalletError> {
        let Decided { head, file, new, before, .. } = decided;
        if new {
            self.store.decide(move |tx| undo(tx, &head, &file.packet.id(), before)).await?;
        }
        Ok(())
    }
}

/// The short link of a forwarding, if it is there.
fn hosted_link(forwarded: &Forwarded) -> Option<String> {
    forwarded.hosted.as_ref().and_then(|hosted| hosted.link.clone())
}

/// The file of a forwarding.
pub(super) fn file(tx: &mut Tx<'_>, head: &Digest) -> Result<PacketFile, WalletError> {
    Ok(find(tx, head)?.file)
}

pub(super) fn find(tx: &mut Tx<'_>, head: &Digest) -> Result<Made, WalletError> {
    let row = tx.first(&format!("{} WHERE head = ?1", columns()), &values![head.to_string()])?;
    made(&row.ok_or(StoreError::Corrupt)?)
}

/// What a forwarding's decision leads to.
struct Decided {
    head: Digest,
    file: PacketFile,
    link: Option<String>,
    /// For whom it is sealed, if it is.
    recipient: Option<Recipient>,
    /// Whether the hop was made by this decision.
    new: bool,
    /// The packet's state before.
    before: PacketState,
}

/// The one decision of a forwarding: judged, the hop kept, and for a friend's inbox waiting in the outbox.
fn decide(tx: &mut Tx<'_>, plan: &Plan) -> Result<Decided, WalletError> {
    let packet = packets::find(tx, &plan.named)?;
    let id = packet.file.packet.id();
    let friend = plan.options.friend.as_deref().map(|named| friends::find(tx, named)).transpose()?;
    let to = friend.as_ref().map(|friend| friend.client);
    check(tx, &packet, plan, to)?;
    packets::refuse_failed(&verify(&packet.file, &trust::load(tx)?))?;
    let recipient = plan.options.carrier.is_sealed().then(|| recipient(friend.as_ref())).transpose()?;
    let (head, file, new) = next_hop(tx, &packet.file, plan, to)?;
    let link = match plan.options.carrier {
        Carrier::Link => Some(link::write(&file)?),
        _ => None,
    };
    if matches!(plan.options.carrier, Carrier::Relay | Carrier::RelaySealed) {
        let friend = friend.ok_or_else(nobody)?;
        queue(tx, (&head, &file), &friend, recipient.as_ref(), plan.now_ms)?;
    } else {
        tx.execute("UPDATE forward SET elsewhere = 1 WHERE head = ?1", &values![head.to_string()])?;
    }
    if plan.link {
        hosting::ask(tx, &head, &file, plan.now_ms)?;
    }
    packets::raise(tx, &id, PacketState::Forwarded)?;
    // What the forwarding earns comes into the issuer's inbox; the hop names this wallet to the issuer already.
    inbox::read_from_now_on(tx, &packet.file.packet.claims.iss)?;
    Ok(Decided { head, file, link, recipient, new, before: packet.state })
}

fn nobody() -> WalletError {
    WalletError::UnknownFriend(String::new())
}

/// For whom a file for this friend is sealed.
fn recipient(friend: Option<&Friend>) -> Result<Recipient, WalletError> {
    let friend = friend.ok_or_else(nobody)?;
    friend.age.clone().ok_or_else(|| WalletError::CannotSeal(friend.name.clone()))
}

/// Takes back a hop that never left, as if it had not been made. Where a link was asked for, it may have left.
fn undo(tx: &mut Tx<'_>, head: &Digest, packet: &Digest, before: PacketState) -> Result<(), WalletError> {
    let id = packet.to_string();
    let made = tx.execute(
        "DELETE FROM forward WHERE head = ?1 AND state = 'made' AND link_state IS NULL",
        &values![head.to_string()],
    )?;
    if made > 0 {
        tx.execute(
            "DELETE FROM event WHERE number = \
             (SELECT MAX(number) FROM event WHERE packet = ?1 AND kind = 'forwarded')",
            &values![&id],
        )?;
        tx.execute(
            "UPDATE packet SET state = ?2 WHERE id = ?1 AND state = 'forwarded' \
             AND NOT EXISTS (SELECT 1 FROM forward WHERE packet = ?1)",
            &values![&id, before.as_str()],
        )?;
    }
    Ok(())
}

/// Whether this packet can be forwarded, by this person, now.
fn check(tx: &mut Tx<'_>, packet: &packets::Stored, plan: &Plan, to: Option<ClientId>) -> Result<(), WalletError> {
    let (claims, hops) = (&packet.file.packet.claims, &packet.file.hops);
    let rules = claims.forward.as_ref().ok_or(WalletError::NotForwardable)?;
    if plan.now > claims.exp {
        return Err(WalletError::Expired);
    }
    if rules.placement == Placement::Contents && packet.opened_at.is_none() {
        return Err(WalletError::OpenFirst);
    }
    if hops.len() >= rules.max_hops as usize {
        return Err(WalletError::HopsUsedUp);
    }
    if !holder(claims, hops).admits(&plan.identity.id()) {
        return Err(WalletError::NotHolder);
    }
    if passed_on(tx, &packet.file, to)? {
        return Err(WalletError::PassedOn);
    }
    Ok(())
}

/// The hop for this addressee: the one made before, or a new one that is kept now; and whether it is new.
fn next_hop(
    tx: &mut Tx<'_>,
    file: &PacketFile,
    plan: &Plan,
    to: Option<ClientId>,
) -> Result<(Digest, PacketFile, bool), WalletError> {
    let (id, prev) = (file.packet.id().to_string(), chain::head(&file.packet, &file.hops).to_string());
    let to_client = to.map(|to| to.to_string()).unwrap_or_default();
    // What nobody got is made anew: its relay gives that one to nobody any more.
    let standing = "state NOT IN ('recalled', 'dropped')";
    let sql = format!("{} WHERE packet = ?1 AND prev = ?2 AND to_client = ?3 AND {standing}", columns());
    if let Some(row) = tx.first(&sql, &values![&id, &prev, &to_client])? {
        let made = made(&row)?;
        let (head, file) = again(tx, file, made, plan)?;
        return Ok((head, file, false));
    }
    let (words, key) = (&plan.options.words, plan.identity.key());
    let next = NextHop { jti: plan.jti, iat: plan.now, to, note: words.own() };
    let mut forwarded = match chain::forward(file, key, &next) {
        // The limit is reached by pictures, which a friend can do without.
        Err(ForwardError::TooLarge) => chain::forward(&PacketFile { media: Vec::new(), ..file.clone() }, key, &next),
        forwarded => forwarded,
    }
    .map_err(not_forwarded)?;
    if *words == Words::Kept {
        forwarded.note.clone_from(&file.note);
        within_limit(&mut forwarded);
    }
    let head = chain::head(&forwarded.packet, &forwarded.hops);
    let text = String::from_utf8(forwarded.to_bytes()).map_err(|_| StoreError::Corrupt)?;
    let n = i64::try_from(forwarded.hops.len()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO forward (head, packet, prev, to_client, n, file, state, at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'made', ?7)",
        &values![head.to_string(), id, prev, to_client, n, text, plan.now],
    )?;
    let detail = to.map(|to| to.to_string());
    history::record(tx, plan.now, "forwarded", &file.packet.id(), detail.as_deref())?;
    Ok((head, forwarded, true))
}

/// The same hop, with the words and pictures of this time.
fn again(tx: &mut Tx<'_>, file: &PacketFile, made: Made, plan: &Plan) -> Result<(Digest, PacketFile), WalletError> {
    let note = match &plan.options.words {
        Words::None => None,
        Words::Own(words) => Some(sign_note(&plan.identity, made.head, words)?),
        Words::Kept => file.note.clone(),
    };
    let mut forwarded = PacketFile { note, media: file.media.clone(), ..made.file };
    within_limit(&mut forwarded);
    let text = String::from_utf8(forwarded.to_bytes()).map_err(|_| StoreError::Corrupt)?;
    tx.execute("UPDATE forward SET file = ?2 WHERE head = ?1", &values![made.head.to_string(), text])?;
    Ok((made.head, forwarded))
}

/// The limit is reached by pictures, which a friend can do without.
fn within_limit(file: &mut PacketFile) {
    if file.to_bytes().len() > MAX_FILE_BYTES {
        file.media.clear();
    }
}

fn sign_note(identity: &Identity, hop: Digest, words: &str) -> Result<Signed<NoteClaims>, WalletError> {
    text::NOTE.check(words)?;
    let claims = NoteClaims { hop, text: words.to_owned() };
    let jws = Jws::sign(identity.key(), Typ::Note, &claims).map_err(|error| WalletError::Message(error.to_string()))?;
    Ok(Signed { jws, claims })
}

fn not_forwarded(error: ForwardError) -> WalletError {
    match error {
        ForwardError::Chain(ChainError::TooManyHops) => WalletError::HopsUsedUp,
        ForwardError::Chain(ChainError::NotHolder) => WalletError::NotHolder,
        ForwardError::Chain(_) => WalletError::NotForwardable,
        ForwardError::TooLarge => Unreadable::TooLarge.into(),
        ForwardError::Note(error) => error.into(),
        ForwardError::Sign(error) => WalletError::Message(error.to_string()),
    }
}

/// Puts a file into the outbox for a friend, unless it is there or was delivered.
fn queue(
    tx: &mut Tx<'_>,
    (head, file): (&Digest, &PacketFile),
    friend: &Friend,
    recipient: Option<&Recipient>,
    now_ms: i64,
) -> Result<(), WalletError> {
    let origin = relay_origin(tx, friend, &file.packet.claims.iss)?;
    // Kept as it is sealed now: sealed again it would be another file.
    let sealed = recipient.map(|recipient| sealed_text(file, recipient)).transpose()?;
    let queued = tx.execute(
        "UPDATE forward SET state = 'queued', problem = NULL, sealed = ?2 \
         WHERE head = ?1 AND state IN ('made', 'refused')",
        &values![head.to_string(), sealed],
    )?;
    if queued > 0 {
        outbox::put(tx, Kind::Relay, &head.to_string(), &origin, now_ms)?;
    }
    Ok(())
}

/// A file sealed for a relay, which takes less of a sealed one: without its pictures if it must be.
fn sealed_text(file: &PacketFile, recipient: &Recipient) -> Result<String, WalletError> {
    let mut sealed = sealed::seal(&file.to_bytes(), recipient)?;
    if sealed.len() > MAX_RELAYED_SEALED_BYTES {
        sealed = sealed::seal(&PacketFile { media: Vec::new(), ..file.clone() }.to_bytes(), recipient)?;
    }
    Ok(to_base64url(&sealed))
}

/// Which of the friend's inboxes: the packet's issuer, else an issuer this wallet knows, else any that can be reached.
/// A card without inboxes leaves only the packet's issuer.
fn relay_origin(tx: &mut Tx<'_>, friend: &Friend, issuer: &Origin) -> Result<Origin, WalletError> {
    let added = trust::added(tx)?;
    let known: Vec<Origin> = trust::issuers(tx)?.into_iter().map(|issuer| issuer.origin).collect();
    let reachable = |origin: &&Origin| !origin.is_loopback() || added.contains(origin);
    let own = [issuer.clone()];
    let inboxes = if friend.inbox.is_empty() { &own[..] } else { &friend.inbox[..] };
    let mut candidates: Vec<&Origin> = inboxes.iter().filter(reachable).collect();
    candidates.sort_by_key(|origin| (*origin != issuer, !known.contains(origin)));
    candidates.first().map(|origin| (*origin).clone()).ok_or_else(|| WalletError::NoInbox(friend.name.clone()))
}
