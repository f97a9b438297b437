//! The banks this enterprise uses: found once, pinned, and from then on believed by their pinned keys, and by those to which
//! their own signed changes lead.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, reason};
use super::{Enterprise, stored};
use crate::api::discovery::{Discovery, Role};
use crate::api::keys::KnownKeys;
use crate::api::problem::Problem;
use crate::jose::{KeySet, PublicKey, key_named_by};
use crate::packet::{BankKeys, Origin};
use crate::party::Party;
use crate::store::{StoreError, Tx, values};

/// A pinned bank.
pub(super) fn pinned(tx: &mut Tx<'_>, bank: &Origin) -> Result<Option<BankKeys>, StoreError> {
    let Some(row) = tx.first("SELECT name FROM bank WHERE origin = ?1", &values![bank.as_str()])? else {
        return Ok(None);
    };
    Ok(Some(BankKeys { name: row.text("name")?.to_owned(), keys: known(tx, bank)?.believed() }))
}

/// A key of a bank as it is kept: with its place, unless it is in use.
#[derive(Serialize, Deserialize)]
struct KeptKey {
    #[serde(flatten)]
    key: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

/// Where a key stands that is out of use.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Retired,
    Dropped,
}

/// A pinned bank's keys, as far as they were followed.
pub(super) fn known(tx: &mut Tx<'_>, bank: &Origin) -> Result<KnownKeys, StoreError> {
    let rows = tx.rows("SELECT jwk FROM bank_key WHERE bank = ?1 ORDER BY kid", &values![bank.as_str()])?;
    let mut known = KnownKeys::default();
    for row in &rows {
        let KeptKey { key, place } = stored::json(row, "jwk")?;
        match place {
            None => known.current.push(key),
            Some(Place::Retired) => known.retired.push(key),
            Some(Place::Dropped) => known.dropped.push(key),
        }
    }
    Ok(known)
}

fn keep(tx: &mut Tx<'_>, bank: &Origin, keys: &KnownKeys) -> Result<(), StoreError> {
    let places = [(&keys.current, None), (&keys.retired, Some(Place::Retired)), (&keys.dropped, Some(Place::Dropped))];
    for (key, place) in places.into_iter().flat_map(|(keys, place)| keys.iter().map(move |key| (key, place))) {
        let kept = stored::to_json(&KeptKey { key: key.clone(), place })?;
        tx.execute(
            "INSERT INTO bank_key (bank, kid, jwk) VALUES (?1, ?2, ?3) \
             ON CONFLICT (bank, kid) DO UPDATE SET jwk = excluded.jwk",
            &values![bank.as_str(), key.thumbprint().to_string(), kept],
        )?;
    }
    Ok(())
}

/// The keys of a pinned bank that a message of it is judged with. A bank that names one that is not known is asked whether it
/// changed its keys; what it answers is believed as far as those that are known lead there.
pub(super) async fn keys_for(enterprise: &Enterprise, bank: &Origin, message: &str) -> Result<KeySet, StoreError> {
    let (party, asked) = (&enterprise.party, bank.clone());
    let keys = party.store.read(move |tx| known(tx, &asked)).await?;
    // Whom nobody pinned is not asked, whatever a message says of it.
    if keys.current.is_empty() {
        return Ok(KeySet::default());
    }
    let Some(signer) = key_named_by(message) else { return Ok(keys.believed()) };
    if keys.ever().find(&signer).is_some() {
        return Ok(keys.believed());
    }
    let mut turn = enterprise.patience.turn(bank).await;
    // Somebody else may have asked meanwhile.
    let (asked, now) = (bank.clone(), party.now());
    let keys = party.store.read(move |tx| known(tx, &asked)).await?;
    if keys.ever().find(&signer).is_some() || !turn.is_due(now) {
        return Ok(keys.believed());
    }
    let document = match party.discover(bank, Role::Bank).await {
        Ok(document) => document,
        Err(error) => {
            turn.asked(now, false);
            tracing::warn!(%bank, error = reason(&error), "it signs with an unknown key and cannot be asked");
            return Ok(keys.believed());
        }
    };
    turn.asked(now, true);
    match keys.follow(&document) {
        Ok(None) => Ok(keys.believed()),
        Ok(Some(followed)) => {
            let (bank, believed) = (bank.clone(), followed.believed());
            party.store.decide(move |tx| keep(tx, &bank, &followed)).await?;
            Ok(believed)
        }
        Err(error) => {
            tracing::warn!(%bank, %error, "other keys are shown and not believed");
            Ok(keys.believed())
        }
    }
}

/// All pinned banks, with every key that they ever had: for what stands in the register.
pub(super) fn ever(tx: &mut Tx<'_>) -> Result<Vec<(Origin, BankKeys)>, StoreError> {
    let mut banks = all(tx)?;
    for (origin, bank) in &mut banks {
        bank.keys = known(tx, origin)?.ever();
    }
    Ok(banks)
}

/// All pinned banks.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<(Origin, BankKeys)>, StoreError> {
    let rows = tx.rows("SELECT origin FROM bank ORDER BY origin", &[])?;
    let mut banks = Vec::new();
    for row in &rows {
        let origin = stored::origin(row, "origin")?;
        if let Some(keys) = pinned(tx, &origin)? {
            banks.push((origin, keys));
        }
    }
    Ok(banks)
}

/// Pins a bank as it described itself. A bank that is already pinned stays as it is.
pub(super) fn pin(tx: &mut Tx<'_>, bank: &Discovery, now: i64) -> Result<(), StoreError> {
    let origin = bank.origin.as_str();
    let new = tx.execute(
        "INSERT INTO bank (origin, name, pinned) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &values![origin, &bank.name, now],
    )?;
    if new == 0 {
        return Ok(());
    }
    keep(tx, &bank.origin, &KnownKeys::of(bank))
}

/// Where there is no bank, because goods alone are promised, the enterprise itself keeps the promise: it stands in the
/// register by its own origin, without keys, so that no voucher is ever believed to be its.
pub(super) fn keep_self(tx: &mut Tx<'_>, party: &Party, now: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO bank (origin, name, pinned) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &values![party.origin.as_str(), &party.name, now],
    )?;
    Ok(())
}

/// Asks an unknown bank who it is; none for one that is pinned.
pub(super) async fn discover(party: &Arc<Party>, bank: &Origin) -> Result<Option<Discovery>, Failure> {
    let asked = bank.clone();
    if party.store.read(move |tx| pinned(tx, &asked)).await?.is_some() {
        return Ok(None);
    }
    let found = party.discover(bank, Role::Bank).await.map_err(|error| {
        Problem::new("bank-not-found", 422, "The bank cannot be used", reason(&error))
            .with_next("Check the bank's address and whether it is running, then try again.")
    })?;
    Ok(Some(found))
}
