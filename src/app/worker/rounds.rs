//! Rounds of synchronising: what waits is sent, what arrived is fetched, and the window hears of it when something is new.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::desk::Desk;
use crate::app::announce::about_to_expire;
use crate::app::message::{Event, Fault, SyncState, Task};
use crate::identity::keystore::KeystoreError;
use crate::jose::Digest;
use crate::packet::Origin;
use crate::wallet::{Synced, WalletError};

/// Between two rounds of synchronising.
pub(super) const ROUND: Duration = Duration::from_secs(30);

impl Desk {
    /// Until the next round: sooner when something that waits is due.
    pub(super) async fn pause(&self) -> Duration {
        let due = self.wallet.next_due_ms().await.ok().flatten();
        let left = due.map(|due| due.saturating_sub(self.clock.now_ms()));
        let left = left.and_then(|left| u64::try_from(left).ok()).map(Duration::from_millis);
        left.map_or(ROUND, |left| left.clamp(Duration::from_secs(2), ROUND))
    }

    /// One round of synchronising. One at a time; the window hears of it when something is new, or when it asked.
    pub(super) async fn round(&self, asked: bool) {
        // One at a time: a round that nobody asked for is left out while another is under way.
        let mut state = match self.syncing.try_lock() {
            Ok(state) => state,
            Err(_) if !asked => return,
            Err(_) => self.syncing.lock().await,
        };
        if !asked && self.locked.load(Ordering::Relaxed) {
            return;
        }
        self.tell_what_expires().await;
        let synced = if asked { self.wallet.sync().await } else { self.wallet.sync_due().await };
        let synced = match synced {
            Ok(synced) => synced,
            Err(error) => return self.round_failed(asked, &error).await,
        };
        let after = self.state_after(&synced, state.synced_at).await;
        let before = std::mem::replace(&mut *state, after);
        let changed = before.offline != state.offline || before.trouble != state.trouble;
        let news = [&synced.received, &synced.draws, &synced.forwards];
        let moved = news.iter().any(|packets| !packets.is_empty()) || synced.sent > 0;
        let collecting = self.has_unfinished().await;
        let first = before.synced_at.is_none() && state.synced_at.is_some();
        if asked || changed || moved || collecting || first {
            let news = self.reload().await;
            // A round that changed nothing does not wake the window.
            if asked || changed || moved || first || news {
                let arrived = synced.received.len() - synced.others.len();
                self.out.send(Event::Synced(state.clone(), arrived)).await;
            }
        }
    }

    /// Tells which packets are about to expire since the last look.
    async fn tell_what_expires(&self) {
        let Some(data) = self.reading.lock().await.data.clone() else { return };
        let soon = about_to_expire(&data, self.clock.now());
        let before = self.expiring.lock().unwrap_or_else(PoisonError::into_inner).replace(soon.clone());
        let new: Vec<Digest> = before.map(|before| soon.difference(&before).copied().collect()).unwrap_or_default();
        if !new.is_empty() {
            self.out.send(Event::Expiring(new)).await;
        }
    }

    /// A key that nobody unlocked stops the rounds until the person does something; a wrong passphrase is told in any case.
    async fn round_failed(&self, asked: bool, error: &WalletError) {
        let is_key = matches!(error, WalletError::Key(_) | WalletError::KeyMissing);
        let was_declined = matches!(error, WalletError::Key(KeystoreError::PassphraseNeeded));
        if is_key {
            self.locked.store(true, Ordering::Relaxed);
        }
        if asked || is_key && !was_declined {
            self.out.send(Event::Failed(Some(Task::Sync), Fault::from(error))).await;
        }
    }

    async fn has_unfinished(&self) -> bool {
        self.wallet.unfinished_collections().await.is_ok_and(|count| count > 0)
    }

    async fn state_after(&self, synced: &Synced, before: Option<i64>) -> SyncState {
        let unreachable: Vec<&Origin> = synced
            .problems
            .iter()
            .filter(|trouble| trouble.code == "unreachable")
            .map(|trouble| &trouble.origin)
            .collect();
        // Offline is whoever reached none of those that a round asks.
        let asked = self.wallet.issuers().await.unwrap_or_default();
        let reached_nobody = asked.iter().all(|issuer| unreachable.contains(&&issuer.origin));
        let offline = !unreachable.is_empty() && synced.sent == 0 && reached_nobody;
        let trouble = synced.problems.first().map(|trouble| trouble.origin.host()).filter(|_| !offline);
        // In step is only who heard all that was asked and has nothing left to say.
        let in_step = synced.problems.is_empty() && synced.waiting == 0;
        let synced_at = if in_step { Some(self.clock.now()) } else { before };
        SyncState { synced_at, offline, trouble }
    }
}
