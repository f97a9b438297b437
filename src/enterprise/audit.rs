//! The enterprise's audit: every promise checked again from raw rows and signatures, never from counters.
//!
//! It only reads, so it runs beside a server as well as on a stopped one.

mod batched;
mod decided;
mod goods;
mod instructed;
mod issued;
mod paid;
mod posted;
mod rewarded;

use super::{banks, own_keys};
use crate::jose::KeySet;
use crate::packet::{BankKeys, Origin};
use crate::party::audit::{Audit, Auditor};
use crate::store::{Store, StoreError, Tx};

/// The keys that rows are verified with.
struct Keys {
    own: KeySet,
    banks: Vec<(Origin, BankKeys)>,
}

/// Checks everything; all is read of one moment.
///
/// # Errors
/// [`StoreError`] when the database cannot be read, or a row holds what this program could never have written.
pub async fn audit(store: &Store) -> Result<Audit, StoreError> {
    store.read(check).await
}

fn check(tx: &mut Tx<'_>) -> Result<Audit, StoreError> {
    let keys = Keys { own: own_keys(tx)?, banks: banks::ever(tx)? };
    let mut auditor = Auditor::default();
    issued::check(tx, &keys, &mut auditor)?;
    rewarded::check(tx, &keys, &mut auditor)?;
    paid::check(tx, &mut auditor)?;
    decided::check(tx, &mut auditor)?;
    batched::check(tx, &mut auditor)?;
    goods::check(tx, &keys, &mut auditor)?;
    instructed::check(tx, &keys, &mut auditor)?;
    posted::check(tx, &mut auditor)?;
    auditor.finish(tx)
}
