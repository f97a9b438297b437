//! Parties that change their keys. The bank follows their signed changes, and asks a party that it knows for them when a message
//! names a key of it that it does not know.

use crate::api::auth::Asker;
use crate::api::collect::CollectRequest;
use crate::api::discovery::{Discovery, Role};
use crate::api::keys::{KeysError, KnownKeys};
use crate::bank::Bank;
use crate::bank::error::BankError;
use crate::bank::parties::{self, Pinned};
use crate::jose::{ClientId, json};
use crate::packet::Origin;
use crate::packet::file::Voucher;
use crate::store::{StoreError, Tx};

/// Before a message that names this signer is judged: asks a known party whether it changed its keys. What it answers is believed
/// only as far as the keys that are known lead there. True when other keys of it are known now. A party that does not answer is
/// a stranger like any other, so that nobody learns by naming it whether it is known here.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn catch_up(bank: &Bank, party: &Origin, signer: &ClientId) -> Result<bool, StoreError> {
    let knows = |keys: &KnownKeys| keys.ever().find(signer).is_some();
    let Some((role, keys)) = known(bank, party).await? else { return Ok(false) };
    if knows(&keys) {
        return Ok(false);
    }
    let mut turn = bank.patience.turn(party).await;
    // Somebody else may have asked meanwhile.
    if known(bank, party).await?.is_some_and(|(_, keys)| knows(&keys)) {
        return Ok(true);
    }
    let now = bank.party.now();
    if !turn.is_due(now) {
        return Ok(false);
    }
    match bank.party.discover(party, role).await {
        Ok(document) => {
            turn.asked(now, true);
            follow(bank, document).await
        }
        Err(error) => {
            turn.asked(now, false);
            tracing::warn!(%party, %signer, %error, "it signs with an unknown key and cannot be asked");
            Ok(false)
        }
    }
}

/// A party in the bank's tables.
async fn known(bank: &Bank, party: &Origin) -> Result<Option<(Role, KnownKeys)>, StoreError> {
    let party = party.clone();
    let query = move |tx: &mut Tx<'_>| {
        let applicant = parties::applicant(tx, &party)?.map(|known| (Role::Enterprise, known.keys));
        Ok::<_, StoreError>(applicant.or(parties::member(tx, &party)?.map(|known| (Role::Bank, known.keys))))
    };
    bank.party.store.read(query).await
}

/// As [`catch_up`], for the issuing bank of a voucher that somebody wants to collect, by its own word so far.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn catch_up_with_voucher(bank: &Bank, collect: &[u8]) -> Result<bool, StoreError> {
    let request = json::read::<CollectRequest>(collect).ok();
    let Some(voucher) = request.and_then(|request| Voucher::read(&request.voucher).ok()) else { return Ok(false) };
    catch_up(bank, &voucher.claims.iss, &voucher.jws.signer()).await
}

/// The applicant who asks.
///
/// # Errors
/// `forbidden` for anybody else.
pub(super) async fn asking_applicant(bank: &Bank, asker: Asker) -> Result<Pinned, BankError> {
    catch_up_asker(bank, &asker).await?;
    bank.party.store.read(move |tx| parties::asking_applicant(tx, &asker)).await
}

/// The member bank that asks.
///
/// # Errors
/// `forbidden` for anybody else.
pub(super) async fn asking_member(bank: &Bank, asker: Asker) -> Result<Pinned, BankError> {
    catch_up_asker(bank, &asker).await?;
    bank.party.store.read(move |tx| parties::asking_member(tx, &asker)).await
}

async fn catch_up_asker(bank: &Bank, asker: &Asker) -> Result<bool, StoreError> {
    match &asker.origin {
        Some(party) => catch_up(bank, party, &asker.key).await,
        None => Ok(false),
    }
}

/// Follows a known party to the keys that it shows.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn follow(bank: &Bank, document: Discovery) -> Result<bool, StoreError> {
    bank.party.store.decide(move |tx| parties::follow(tx, &document)).await
}

/// Tells the operator of keys that are not believed.
pub(super) fn refused(party: &Origin, error: KeysError) {
    tracing::warn!(%party, %error, "other keys are shown and not believed");
}
