//! The banks this enterprise uses: found once, pinned, and from then on believed by their pinned keys only.

use std::sync::Arc;

use super::failure::{Failure, reason};
use super::stored;
use crate::api::discovery::{Discovery, Role};
use crate::api::problem::Problem;
use crate::jose::{KeySet, PublicKey};
use crate::packet::{BankKeys, Origin};
use crate::party::Party;
use crate::store::{StoreError, Tx, values};

/// A pinned bank.
pub(super) fn pinned(tx: &mut Tx<'_>, bank: &Origin) -> Result<Option<BankKeys>, StoreError> {
    let Some(row) = tx.first("SELECT name FROM bank WHERE origin = ?1", &values![bank.as_str()])? else {
        return Ok(None);
    };
    let keys = tx.rows("SELECT jwk FROM bank_key WHERE bank = ?1 ORDER BY kid", &values![bank.as_str()])?;
    let keys = keys.iter().map(|row| stored::json::<PublicKey>(row, "jwk")).collect::<Result<_, _>>()?;
    Ok(Some(BankKeys { name: row.text("name")?.to_owned(), keys: KeySet { keys } }))
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
    for key in &bank.keys {
        tx.execute(
            "INSERT INTO bank_key (bank, kid, jwk) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            &values![origin, key.thumbprint().to_string(), stored::to_json(key)?],
        )?;
    }
    Ok(())
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
