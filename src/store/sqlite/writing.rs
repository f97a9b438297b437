//! SQLite's side of the writer: a transaction for a group of decisions, a savepoint for each.

use std::collections::VecDeque;

use rusqlite::{Savepoint, Transaction, TransactionBehavior};

use super::Writing;
use crate::store::StoreError;
use crate::store::tx::Tx;
use crate::store::writer::{Backend, Done, Fate, Job};

impl Backend for Writing {
    fn decide_together(&mut self, group: &mut VecDeque<Box<dyn Job>>) -> Fate {
        let mut transaction = match Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate) {
            Ok(transaction) => transaction,
            Err(error) => return (group.drain(..).map(Done::new).collect(), Err(StoreError::from_sqlite(&error))),
        };
        let mut done = Vec::new();
        while let Some(job) = group.pop_front() {
            let mut running = Done::new(job);
            let apart = decide_apart(&mut transaction, &mut running);
            done.push(running);
            if let Err(lost) = apart {
                return (done, Err(lost));
            }
        }
        (done, transaction.commit().map_err(|error| StoreError::from_sqlite(&error)))
    }

    fn finish(self: Box<Self>) {
        self.end();
    }
}

/// Runs one decision in a savepoint. An error means that the whole transaction is lost.
fn decide_apart(transaction: &mut Transaction<'_>, done: &mut Done) -> Result<(), StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    let savepoint: Savepoint<'_> = transaction.savepoint().map_err(sqlite)?;
    let mut tx = Tx::on_sqlite(&savepoint);
    let keep = done.run(&mut tx);
    // SQLite gives up the whole transaction when the disk is full or fails.
    if savepoint.is_autocommit() {
        return Err(tx.failure().unwrap_or_else(given_up));
    }
    if keep { savepoint.commit().map_err(sqlite) } else { savepoint.finish().map_err(sqlite) }
}

fn given_up() -> StoreError {
    StoreError::Other("the database gave up this transaction and nothing of it was kept: try again".into())
}
