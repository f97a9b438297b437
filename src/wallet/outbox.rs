//! What still has to be told, kept until it is answered: notices, relayed and hosted files, applications to collect.
//!
//! A row stands here from the decision that made it to the decision that keeps its answer. Ids are kept and servers
//! are idempotent by them, so sending twice, after a crash or from two processes, tells once.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::talk::CallError;
use super::{Wallet, WalletError, collecting, goods, hosting, opening, relaying, stored_origin, to_json};
use crate::net::backoff;
use crate::net::client::NetError;
use crate::packet::Origin;
use crate::store::{Row, StoreError, Tx, values};

/// For a person who waits; in the background there is more time.
pub(super) const SHORT: Duration = Duration::from_secs(5);

/// Something that did not work with one server; everything else goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Which server.
    pub origin: Origin,
    /// The stable code.
    #[serde(rename = "type")]
    pub code: String,
    /// What happened.
    pub detail: String,
    /// What to do.
    pub next: String,
}

impl Trouble {
    pub(super) fn new(origin: &Origin, error: &WalletError) -> Self {
        Self { origin: origin.clone(), code: error.code().to_owned(), detail: error.to_string(), next: error.next() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Tells an enterprise of an opening; the subject is the packet.
    Notice,
    /// Passes a file on to a friend's inbox; the subject is the hop.
    Relay,
    /// Takes that back; the subject is the hop.
    Recall,
    /// Has a forwarded file hosted by its issuer; the subject is the hop.
    Link,
    /// Applies to a bank, or for goods to their issuer; the subject is the collection.
    Collect,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Relay => "relay",
            Self::Recall => "recall",
            Self::Link => "link",
            Self::Collect => "collect",
        }
    }

    fn read(text: &str) -> Result<Self, StoreError> {
        let all = [Self::Notice, Self::Relay, Self::Recall, Self::Link, Self::Collect];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or(StoreError::Corrupt)
    }
}

/// One thing to tell.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) subject: String,
    pub(super) origin: Origin,
    attempts: i64,
    refusals: i64,
}

/// How one try ended.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Answered, and the answer is kept.
    Answered,
    /// Answered with a no that stays; it is kept.
    Refused(Trouble),
    /// Answered, but not with what settles it; it is tried again, and the server is there for other items.
    Doubtful(Trouble),
    /// The server could not be reached; it is tried again.
    Waiting(Trouble),
}

/// How often a notice is refused before that is believed: only a signed receipt is the enterprise's own answer, and a
/// wrong server at its address for a while must not cost the forwarder the reward.
const REFUSALS_BELIEVED: i64 = 20;

/// Puts something to tell into the outbox, once.
pub(super) fn put(tx: &mut Tx<'_>, kind: Kind, subject: &str, origin: &Origin, now_ms: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outbox (id, kind, subject, origin, attempts, due_ms) \
         VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM outbox), ?1, ?2, ?3, 0, ?4) ON CONFLICT (kind, subject) DO NOTHING",
        &values![kind.as_str(), subject, origin.as_str(), now_ms],
    )?;
    Ok(())
}

/// Takes an answered item out. False when another process was first, and has kept the answer already.
pub(super) fn take(tx: &mut Tx<'_>, item: &Item) -> Result<bool, StoreError> {
    let gone =
        tx.execute("DELETE FROM outbox WHERE kind = ?1 AND subject = ?2", &values![item.kind.as_str(), &item.subject])?;
    Ok(gone > 0)
}

pub(super) fn find(tx: &mut Tx<'_>, kind: Kind, subject: &str) -> Result<Option<Item>, WalletError> {
    let sql = "SELECT kind, subject, origin, attempts, refusals FROM outbox WHERE kind = ?1 AND subject = ?2";
    tx.first(sql, &values![kind.as_str(), subject])?.as_ref().map(item).transpose()
}

fn waiting(tx: &mut Tx<'_>, due_ms: i64) -> Result<Vec<Item>, WalletError> {
    let sql = "SELECT kind, subject, origin, attempts, refusals FROM outbox WHERE due_ms <= ?1 ORDER BY id";
    tx.rows(sql, &values![due_ms])?.iter().map(item).collect()
}

fn item(row: &Row) -> Result<Item, WalletError> {
    Ok(Item {
        kind: Kind::read(row.text("kind")?)?,
        subject: row.text("subject")?.to_owned(),
        origin: stored_origin(row.text("origin")?)?,
        attempts: row.int("attempts")?,
        refusals: row.int("refusals")?,
    })
}

/// What came of going through the outbox.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    pub(super) sent: usize,
    pub(super) troubles: Vec<Trouble>,
    /// Servers that could not be reached: not asked again in this round.
    pub(super) down: BTreeSet<Origin>,
}

impl Wallet {
    /// When the next try is due, in milliseconds since the epoch.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn next_due_ms(&self) -> Result<Option<i64>, WalletError> {
        self.store
            .read(|tx| Ok(tx.one("SELECT MIN(due_ms) AS due_ms FROM outbox", &values![])?.opt_int("due_ms")?))
            .await
    }

    pub(super) async fn deliver_until(&self, due_ms: i64) -> Result<Delivered, WalletError> {
        let mut round = Delivered::default();
        for item in self.store.read(move |tx| waiting(tx, due_ms)).await? {
            if round.down.contains(&item.origin) {
                continue;
            }
            match self.deliver(&item).await? {
                Delivery::Answered => round.sent += 1,
                Delivery::Refused(trouble) => {
                    round.sent += 1;
                    round.troubles.push(trouble);
                }
                Delivery::Doubtful(trouble) => round.troubles.push(trouble),
                Delivery::Waiting(trouble) => {
                    round.down.insert(item.origin);
                    round.troubles.push(trouble);
                }
            }
        }
        Ok(round)
    }

    /// How many messages wait to be sent.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn waiting_count(&self) -> Result<usize, WalletError> {
        let count = self
            .store
            .read(|tx| Ok::<_, WalletError>(tx.one("SELECT COUNT(*) AS n FROM outbox", &values![])?.int("n")?))
            .await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Tries the item of this kind and subject now, if it still waits.
    pub(super) async fn deliver_now(&self, kind: Kind, subject: &str) -> Result<(), WalletError> {
        let subject = subject.to_owned();
        if let Some(item) = self.store.read(move |tx| find(tx, kind, &subject)).await? {
            self.deliver(&item).await?;
        }
        Ok(())
    }

    async fn deliver(&self, item: &Item) -> Result<Delivery, WalletError> {
        let answered = match item.kind {
            Kind::Notice => self.tell(item).await,
            Kind::Relay => self.relay(item).await,
            Kind::Recall => self.take_back_delivery(item).await,
            Kind::Link => self.post_link(item).await,
            Kind::Collect if self.is_for_goods(item).await? => self.apply_for_goods(item).await,
            Kind::Collect => self.apply(item).await,
        };
        let error = match answered {
            Ok(()) => return Ok(Delivery::Answered),
            Err(error) => error,
        };
        let (refused, retry_after) = match &error {
            CallError::Refused(_) => (true, None),
            CallError::Later(_, seconds) => (false, *seconds),
            _ => (false, None),
        };
        let down = is_down(&error);
        let error = WalletError::call(&item.origin, error);
        if matches!(error, WalletError::Store(_) | WalletError::Key(_) | WalletError::KeyMissing) {
            return Err(error);
        }
        let trouble = Trouble::new(&item.origin, &error);
        if refused && item.kind == Kind::Notice && item.refusals < REFUSALS_BELIEVED {
            self.postpone(item, retry_after, true).await?;
            return Ok(Delivery::Doubtful(trouble));
        }
        if refused {
            self.keep_refusal(item, &trouble).await?;
            return Ok(Delivery::Refused(trouble));
        }
        self.postpone(item, retry_after, false).await?;
        Ok(if down { Delivery::Waiting(trouble) } else { Delivery::Doubtful(trouble) })
    }

    async fn is_for_goods(&self, item: &Item) -> Result<bool, WalletError> {
        let subject = item.subject.clone();
        self.store.read(move |tx| goods::is_goods(tx, &subject)).await
    }

    async fn keep_refusal(&self, item: &Item, trouble: &Trouble) -> Result<(), WalletError> {
        let (item, code, problem, now) = (item.clone(), trouble.code.clone(), to_json(trouble)?, self.now());
        self.store
            .decide(move |tx| {
                if !take(tx, &item)? {
                    return Ok(());
                }
                match item.kind {
                    Kind::Notice => opening::refused(tx, &item.subject, &problem),
                    Kind::Relay => relaying::refused(tx, &item.subject, &problem),
                    Kind::Recall => relaying::recall_refused(tx, &item.subject, &problem, now),
                    Kind::Link => hosting::refused(tx, &item.subject, &problem),
                    Kind::Collect if goods::is_goods(tx, &item.subject)? => {
                        goods::refused(tx, &item.subject, &code, &problem, now)
                    }
                    Kind::Collect => collecting::refused(tx, &item.subject, &code, &problem, now),
                }
            })
            .await
    }

    async fn postpone(&self, item: &Item, retry_after: Option<u64>, refused: bool) -> Result<(), WalletError> {
        let mut random = [0; 8];
        self.surroundings.random.fill(&mut random);
        let attempts = u32::try_from(item.attempts).unwrap_or(u32::MAX);
        let asked = retry_after.unwrap_or(0).saturating_mul(1000);
        let delay = backoff::delay_ms(attempts, u64::from_ne_bytes(random)).max(asked);
        let due = self.surroundings.clock.now_ms().saturating_add_unsigned(delay);
        let item = item.clone();
        self.store
            .decide(move |tx| {
                tx.execute(
                    "UPDATE outbox SET attempts = attempts + 1, refusals = refusals + ?3, due_ms = ?4 \
                     WHERE kind = ?1 AND subject = ?2",
                    &values![item.kind.as_str(), &item.subject, refused, due],
                )?;
                Ok(())
            })
            .await
    }
}

/// How a refusal stands in a column, read again.
pub(super) fn read_problem(text: Option<&str>) -> Result<Option<Trouble>, WalletError> {
    text.map(super::stored_json).transpose()
}

/// A server that is not there or hangs up, as opposed to one that answers oddly.
pub(super) const fn is_down(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Net(NetError::Unreachable | NetError::TimedOut | NetError::Broken | NetError::NotAllowed(_))
    )
}
