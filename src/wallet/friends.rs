//! Friends, by the contact cards they gave; and this wallet's own card.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Time, Wallet, WalletError, own_client, packets, parsed, stored_json, strangers, to_json};
use crate::identity::card::{Card, CardClaims, MAX_INBOXES};
use crate::identity::fingerprint::Fingerprint;
use crate::identity::keystore::sync_dir;
use crate::identity::sealed::{self, Recipient};
use crate::jose::ClientId;
use crate::packet::Origin;
use crate::packet::file::Hop;
use crate::packet::text;
use crate::store::{Row, Tx, values};

/// Fewest characters by which a client or a packet may be named.
pub(super) const MIN_PREFIX: usize = 6;

/// A friend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Friend {
    /// The unique id.
    pub client: ClientId,
    /// The name one calls the friend by.
    pub name: String,
    /// Where the friend reads what arrives.
    pub inbox: Vec<Origin>,
    /// For whom files are sealed that the friend alone shall open; none on older cards.
    pub age: Option<Recipient>,
    /// Since when.
    pub since: Time,
    /// Whether the key is known by more than a forwarding that it signed: by a card, or by words that were compared aloud.
    pub compared: bool,
}

/// What is read of each friend.
const FRIEND: &str = "SELECT client, name, card, at, compared FROM friend";

/// This wallet's own id, and its card when one was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnCard {
    /// The unique id.
    pub client: ClientId,
    /// Where the card was written.
    pub card: Option<PathBuf>,
    /// The name on it.
    pub name: Option<String>,
    /// The card as a link.
    pub link: String,
    /// Six words by which others compare this wallet's key aloud.
    pub fingerprint: Fingerprint,
}

/// All friends, by name.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<Vec<Friend>, WalletError> {
    let rows = tx.rows(&format!("{FRIEND} ORDER BY name, client"), &values![])?;
    rows.iter().map(friend).collect()
}

fn friend(row: &Row) -> Result<Friend, WalletError> {
    let claims: CardClaims = stored_json(row.text("card")?)?;
    Ok(Friend {
        client: parsed(row.text("client")?)?,
        name: row.text("name")?.to_owned(),
        inbox: claims.inbox,
        age: claims.age,
        since: Time(row.int("at")?),
        compared: row.flag("compared")?,
    })
}

/// The friend of this name, or whose id begins so.
pub(super) fn find(tx: &mut Tx<'_>, named: &str) -> Result<Friend, WalletError> {
    let named = named.strip_prefix("id:").unwrap_or(named);
    let fits = |friend: &Friend| {
        friend.name == named || named.len() >= MIN_PREFIX && friend.client.to_string().starts_with(named)
    };
    let mut found = load(tx)?.into_iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(friend), None) => Ok(friend),
        (None, _) => Err(WalletError::UnknownFriend(named.to_owned())),
        _ => Err(WalletError::AmbiguousFriend(named.to_owned())),
    }
}

impl Wallet {
    /// Adds a friend by contact card, as a file's bytes or as a link, or takes over a newer card of a friend.
    ///
    /// # Errors
    /// [`WalletError::Card`], [`WalletError::Text`] for the name.
    pub async fn add_friend(&self, card: &[u8], name: Option<&str>) -> Result<Friend, WalletError> {
        let card = Card::read(card)?;
        let short = || card.client.to_string().chars().take(8).collect();
        let suggested = card.claims.name.clone().unwrap_or_else(short);
        let given = name.map(str::to_owned);
        text::NAME.check(given.as_ref().unwrap_or(&suggested))?;
        let claims = to_json(&card.claims)?;
        let now = self.now();
        self.store
            .decide(move |tx| {
                let client = card.client.to_string();
                let known = tx.first("SELECT name, card FROM friend WHERE client = ?1", &values![&client])?;
                // The name that the person gave stays, and an older card replaces no newer one.
                let (name, claims) = match known {
                    None => (given.unwrap_or(suggested), claims),
                    Some(row) => {
                        let kept: CardClaims = stored_json(row.text("card")?)?;
                        let newest = if kept.iat > card.claims.iat { row.text("card")?.to_owned() } else { claims };
                        (given.map_or_else(|| row.text("name").map(str::to_owned), Ok)?, newest)
                    }
                };
                tx.execute(
                    "INSERT INTO friend (client, name, card, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (client) \
                     DO UPDATE SET name = excluded.name, card = excluded.card, compared = 1",
                    &values![&client, name, claims, now],
                )?;
                strangers::befriended(tx, &card.client)?;
                friend(&tx.one(&format!("{FRIEND} WHERE client = ?1"), &values![client])?)
            })
            .await
    }

    /// Makes whoever forwarded this packet a friend without a card, by the key that signed the forwarding. Whose key it is nobody has
    /// said, so the friend counts as not compared; where that friend reads, and for whom to seal, only a card says. One who is a friend is only renamed.
    ///
    /// # Errors
    /// [`WalletError::UnknownFriend`] for a packet that nobody forwarded; [`WalletError::UnknownPacket`], [`WalletError::Text`].
    pub async fn befriend_sender(&self, id: &str, name: &str) -> Result<Friend, WalletError> {
        text::NAME.check(name)?;
        let (id, name, now) = (id.to_owned(), name.to_owned(), self.now());
        self.store
            .decide(move |tx| {
                let packet = packets::find(tx, &id)?;
                let sender = packet.file.hops.last().map(Hop::by).ok_or(WalletError::UnknownFriend(id))?;
                if own_client(tx)? == Some(sender) {
                    return Err(WalletError::UnknownFriend(sender.to_string()));
                }
                // Older than any card: the first that comes takes its place.
                let nothing = CardClaims { name: None, iat: 0, inbox: Vec::new(), age: None };
                tx.execute(
                    "INSERT INTO friend (client, name, card, at, compared) VALUES (?1, ?2, ?3, ?4, 0) \
                     ON CONFLICT (client) DO UPDATE SET name = excluded.name",
                    &values![sender.to_string(), name, to_json(&nothing)?, now],
                )?;
                strangers::befriended(tx, &sender)?;
                friend(&tx.one(&format!("{FRIEND} WHERE client = ?1"), &values![sender.to_string()])?)
            })
            .await
    }

    /// Notes that the words of a friend's key were compared aloud.
    ///
    /// # Errors
    /// [`WalletError::UnknownFriend`], [`WalletError::AmbiguousFriend`].
    pub async fn compared(&self, named: &str) -> Result<Friend, WalletError> {
        let named = named.to_owned();
        self.store
            .decide(move |tx| {
                let friend = find(tx, &named)?;
                tx.execute("UPDATE friend SET compared = 1 WHERE client = ?1", &values![friend.client.to_string()])?;
                Ok(Friend { compared: true, ..friend })
            })
            .await
    }

    /// All friends, by name.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn friends(&self) -> Result<Vec<Friend>, WalletError> {
        self.store.read(load).await
    }

    /// The name on this wallet's card, if it has one; needs no key.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn own_name(&self) -> Result<Option<String>, WalletError> {
        self.store.read(own_name).await
    }

    /// This wallet's unique id; with `card` also writes the contact card there, a new file. A name is kept.
    ///
    /// # Errors
    /// [`WalletError::Exists`], [`WalletError::Card`] for a name outside the limits, [`WalletError::Key`].
    pub async fn own_card(&self, card: Option<&Path>, name: Option<&str>) -> Result<OwnCard, WalletError> {
        let identity = self.identity().await?;
        if let Some(name) = name {
            text::NAME.check(name)?;
        }
        let given = name.map(str::to_owned);
        let (name, inbox) = self.store.decide(move |tx| card_facts(tx, given)).await?;
        let age = Some(sealed::recipient(&identity)?);
        let signed = Card::sign(&identity, CardClaims { name: name.clone(), iat: self.now(), inbox, age })?;
        if let Some(path) = card {
            write_new(path, &signed.to_bytes()).await?;
        }
        let (client, link) = (identity.id(), signed.to_link());
        Ok(OwnCard { client, card: card.map(Path::to_owned), name, link, fingerprint: Fingerprint::of(&client) })
    }
}

/// Keeps a new name; the name to use, and the issuers whose inboxes this wallet reads.
fn card_facts(tx: &mut Tx<'_>, name: Option<String>) -> Result<(Option<String>, Vec<Origin>), WalletError> {
    if let Some(name) = name {
        tx.execute(
            "INSERT INTO meta (key, value) VALUES ('name', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &values![name],
        )?;
    }
    let name = own_name(tx)?;
    let inbox = super::inbox::read_ones(tx)?.into_iter().map(|issuer| issuer.origin).take(MAX_INBOXES).collect();
    Ok((name, inbox))
}

fn own_name(tx: &mut Tx<'_>) -> Result<Option<String>, WalletError> {
    let row = tx.first("SELECT value FROM meta WHERE key = 'name'", &values![])?;
    Ok(row.map(|row| row.text("value").map(str::to_owned)).transpose()?)
}

/// Writes a file that was not there, as a whole or not at all, and lasting.
pub(super) async fn write_new(path: &Path, bytes: &[u8]) -> Result<(), WalletError> {
    let (path, bytes) = (path.to_owned(), bytes.to_owned());
    let write = tokio::task::spawn_blocking(move || {
        let at = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => WalletError::Exists(path.clone()),
            _ => WalletError::File(path.clone(), error),
        };
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".hongbao-").tempfile_in(dir).map_err(at)?;
        std::io::Write::write_all(&mut file, &bytes).map_err(at)?;
        file.as_file().sync_all().map_err(at)?;
        file.persist_noclobber(&path).map_err(|error| at(error.error))?;
        sync_dir(dir).map_err(at)
    });
    write.await.map_err(|_| WalletError::Message("writing a file stopped".into()))?
}
