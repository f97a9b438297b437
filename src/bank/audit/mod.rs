//! The audit: everything that must hold between the bank's rows, counted again from the raw ones. Read-only, and may run
//! while the server is stopped.
//!
//! What SQL can say stands in `rules`, of what became of vouchers later in `life`; what the signed messages say, and whose
//! they are, in `signed`; what lucky draws came to, in `draws`.

mod draws;
mod life;
mod rules;
mod signed;

use crate::party::audit::{Audit, Auditor};
use crate::store::{Store, StoreError, Tx};
use crate::values;

/// Audits a bank's books as they are at one moment.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn audit(store: &Store) -> Result<Audit, StoreError> {
    store.read(run).await
}

fn run(tx: &mut Tx<'_>) -> Result<Audit, StoreError> {
    let mut auditor = Auditor::default();
    for (invariant, rule) in rules::RULES.iter().chain(life::RULES) {
        // Every rule lists what it looked at with two values that must be the same.
        let sql = format!(
            "SELECT subject, CAST(expected AS TEXT) AS expected, CAST(found AS TEXT) AS found \
             FROM ({rule}) AS checked WHERE expected <> found ORDER BY subject"
        );
        for row in tx.rows(&sql, &values![])? {
            auditor.differ(invariant, row.text("subject")?, row.text("expected")?, row.text("found")?);
        }
    }
    signed::check(tx, &mut auditor)?;
    draws::check(tx, &mut auditor)?;
    auditor.finish(tx)
}
