//! How often a party is asked for what it changes seldom: by one at a time, and not again at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::packet::Origin;

/// How long a party is not asked again, in seconds.
const PAUSE_SECONDS: i64 = 10;

/// When each party was last asked.
#[derive(Debug, Default)]
pub struct Patience(Mutex<HashMap<Origin, Arc<tokio::sync::Mutex<Turn>>>>);

/// One party's turn: whoever has it asks, and others wait to learn what came of it.
#[derive(Debug, Default)]
pub struct Turn {
    asked_at: Option<i64>,
    answered: bool,
}

impl Patience {
    /// Waits until nobody else asks this party. Only for parties that are known, which are few.
    pub async fn turn(&self, party: &Origin) -> OwnedMutexGuard<Turn> {
        let turn = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(party.clone()).or_default());
        turn.lock_owned().await
    }
}

impl Turn {
    /// Whether the party may be asked now.
    #[must_use]
    pub fn is_due(&self, now: i64) -> bool {
        self.asked_at.is_none_or(|last| now.saturating_sub(last) >= PAUSE_SECONDS || now < last)
    }

    /// Notes that it was asked, and whether it answered.
    pub const fn asked(&mut self, now: i64, answered: bool) {
        self.asked_at = Some(now);
        self.answered = answered;
    }

    /// Whether it answered when it was asked last.
    #[must_use]
    pub const fn answered(&self) -> bool {
        self.answered
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_party_is_asked_now_and_then_and_each_for_itself() {
        let [one, other] = ["https://one.example", "https://other.example"].map(|it| Origin::parse(it).unwrap());
        let patience = Patience::default();
        let mut turn = patience.turn(&one).await;
        assert!(turn.is_due(100));
        assert!(patience.turn(&other).await.is_due(100), "nobody waits for another party");
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), patience.turn(&one)).await.is_err());
        turn.asked(100, true);
        drop(turn);
        let turn = patience.turn(&one).await;
        assert!(turn.answered() && !turn.is_due(100) && !turn.is_due(109) && turn.is_due(110));
        assert!(turn.is_due(50), "a clock that was put back stops nobody");
    }
}
