//! Parties that change their keys: the wallet follows their signed changes from the keys that it pinned, and no others.
//!
//! It asks when a message that came over the network names a key that is not known, and once a day those it deals with anyway.
//! Looking at a file asks nobody.

use super::outbox::{Delivered, Trouble};
use super::{Wallet, WalletError, inbox, trust};
use crate::api::discovery::{Discovery, Role};
use crate::api::keys::KnownKeys;
use crate::jose::{ClientId, KeySet, key_named_by};
use crate::net::client::NetError;
use crate::packet::{Origin, PacketFile};
use crate::store::{Tx, values};

/// How often those one deals with are asked, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// The keys that a party shows, as far as those that are known lead there.
///
/// # Errors
/// [`WalletError::KeyChanged`] when they do not: nothing of what is known changes then.
pub(super) fn followed(known: Option<&KnownKeys>, document: &Discovery) -> Result<KnownKeys, WalletError> {
    let Some(known) = known else { return Ok(KnownKeys::of(document)) };
    let now = known.follow(document).map_err(|_| WalletError::KeyChanged(document.origin.clone()))?;
    Ok(now.unwrap_or_else(|| known.clone()))
}

impl Wallet {
    /// Asks a party who it is, and pins the keys that it shows as far as those that are known lead there.
    pub(super) async fn follow_party(&self, party: &Origin, role: Role) -> Result<(), WalletError> {
        let (document, now) = (self.discover(party, role).await?, self.now());
        let pin = move |tx: &mut Tx<'_>| match role {
            Role::Enterprise => trust::pin_issuer(tx, &document, false, now),
            Role::Bank => trust::pin_bank(tx, &document, false, now),
        };
        self.store.decide(pin).await
    }

    /// The believed keys of a known party, for a message of it that came over the network.
    pub(super) async fn keys_for(&self, party: &Origin, role: Role, message: &str) -> Result<KeySet, WalletError> {
        if let Some(signer) = key_named_by(message) {
            match self.catch_up_with(party, role, &signer).await {
                // Then it is judged with the keys that are known.
                Err(WalletError::Net { .. } | WalletError::KeyChanged(_)) | Ok(()) => {}
                Err(other) => return Err(other),
            }
        }
        let party = party.clone();
        Ok(self.store.read(move |tx| known(tx, &party, role)).await?.unwrap_or_default().believed())
    }

    /// Before a file is judged that the network brought, or that is to be opened: its issuer and bank are asked whether they changed
    /// their keys, if they are known and it names another.
    pub(super) async fn catch_up_with_keys(&self, file: &PacketFile) -> Result<(), WalletError> {
        self.catch_up_with(&file.packet.claims.iss, Role::Enterprise, &file.packet.jws.signer()).await?;
        match &file.voucher {
            Some(voucher) => self.catch_up_with(&voucher.claims.iss, Role::Bank, &voucher.jws.signer()).await,
            None => Ok(()),
        }
    }

    async fn catch_up_with(&self, party: &Origin, role: Role, signer: &ClientId) -> Result<(), WalletError> {
        let is_new = async || -> Result<bool, WalletError> {
            let asked = party.clone();
            let keys = self.store.read(move |tx| known(tx, &asked, role)).await?;
            Ok(keys.is_some_and(|keys| keys.ever().find(signer).is_none()))
        };
        if !is_new().await? {
            return Ok(());
        }
        let mut turn = self.patience.turn(party).await;
        // Somebody else may have asked meanwhile.
        if !is_new().await? {
            return Ok(());
        }
        let now = self.now();
        if !turn.is_due(now) {
            let why = NetError::TimedOut;
            return if turn.answered() { Ok(()) } else { Err(WalletError::Net { origin: party.clone(), why }) };
        }
        let followed = self.follow_party(party, role).await;
        turn.asked(now, !matches!(followed, Err(WalletError::Net { .. })));
        followed
    }

    /// Once a day asks those whose inbox is read, and the banks that one deals with, so that what comes by other ways can be judged.
    pub(super) async fn follow_keys(&self, round: &mut Delivered) -> Result<(), WalletError> {
        let now = self.now();
        for (party, role) in self.store.decide(move |tx| due(tx, now)).await? {
            if round.down.contains(&party) {
                continue;
            }
            match self.follow_party(&party, role).await {
                Err(error @ WalletError::KeyChanged(_)) => round.troubles.push(Trouble::new(&party, &error)),
                Err(error @ WalletError::Store(_)) => return Err(error),
                // Whoever is away is asked again.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn known(tx: &mut Tx<'_>, party: &Origin, role: Role) -> Result<Option<KnownKeys>, WalletError> {
    match role {
        Role::Enterprise => trust::known_issuer(tx, party),
        Role::Bank => Ok(trust::banks(tx)?.into_iter().find(|bank| bank.entry.origin == *party).map(|bank| bank.keys)),
    }
}

/// Whom to ask now: nobody on the first day, as all that is pinned was asked just before.
fn due(tx: &mut Tx<'_>, now: i64) -> Result<Vec<(Origin, Role)>, WalletError> {
    let mark = tx.first("SELECT value FROM meta WHERE key = 'followed'", &values![])?;
    let last = mark.map(|row| row.text("value").map(|at| at.parse::<i64>().unwrap_or(0))).transpose()?;
    if last.is_some_and(|last| now.saturating_sub(last) < DAY && now >= last) {
        return Ok(Vec::new());
    }
    let sql = "INSERT INTO meta (key, value) VALUES ('followed', ?1) \
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &values![now.to_string()])?;
    if last.is_none() {
        return Ok(Vec::new());
    }
    let accounts = trust::accounts(tx)?;
    let is_mine = |bank: &trust::Bank| bank.added || accounts.iter().any(|account| account.bank == bank.entry.origin);
    let issuers = inbox::read_ones(tx)?.into_iter().map(|issuer| (issuer.origin, Role::Enterprise));
    let banks = trust::banks(tx)?.into_iter().filter(is_mine).map(|bank| (bank.entry.origin, Role::Bank));
    Ok(issuers.chain(banks).collect())
}
