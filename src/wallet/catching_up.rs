//! After a restore: what this client had collected that the wallet no longer knows of. Each bank of one's accounts and each
//! issuer whose inbox is read is asked by the ids that only this client can make; nobody else is told anything.

use super::inbox::read_ones;
use super::outbox::{Delivered, Kind, is_down};
use super::talk::CallError;
use super::{LinkedAccount, Wallet, WalletError, collecting, goods, packets, parsed, trust};
use crate::api::collect::CollectionStatus;
use crate::api::goods::GoodsStatus;
use crate::api::problem::General;
use crate::api::routes;
use crate::api::states::PacketState;
use crate::identity::Identity;
use crate::jose::Digest;
use crate::net::client::Request;
use crate::packet::PacketFile;
use crate::packet::chain::holder;
use crate::store::{StoreError, Tx, values};

/// Most packets that are asked about in one round, so that no server is overrun; the next round goes on.
const AT_ONCE: i64 = 50;
/// Most refused applications of one packet that are passed over in search of the last one.
const MOST_TRIES: i64 = 8;

/// Has everything that was made until now asked about.
pub(super) fn begin(tx: &mut Tx<'_>, now: i64) -> Result<(), StoreError> {
    for (key, value) in [("restored", now), ("asked", 0)] {
        let sql =
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        tx.execute(sql, &values![key, value.to_string()])?;
    }
    Ok(())
}

/// Begins anew, because there is one more to ask.
pub(super) fn ask_again(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE meta SET value = '0' WHERE key = 'asked'", &values![])?;
    Ok(())
}

/// One packet to ask about, and whom.
struct Question {
    number: i64,
    file: PacketFile,
    accounts: Vec<LinkedAccount>,
    asks_issuer: bool,
    next: (i64, i64),
}

impl Wallet {
    /// Asks about the next packets; those of which something was found.
    pub(super) async fn catch_up(&self, round: &mut Delivered) -> Result<Vec<Digest>, WalletError> {
        let (asked, questions) = self.store.read(questions).await?;
        let mut found = Vec::new();
        if questions.is_empty() {
            return Ok(found);
        }
        let identity = self.identity().await?;
        let mut upto = asked;
        for question in questions {
            let down = |origin| round.down.contains(origin);
            let issuer = &question.file.packet.claims.iss;
            // Nobody is passed over because of a bad line.
            if question.accounts.iter().any(|account| down(&account.bank)) || question.asks_issuer && down(issuer) {
                break;
            }
            match self.ask(&identity, &question, round).await? {
                Some(true) => found.push(question.file.packet.id()),
                Some(false) => {}
                None => break,
            }
            upto = question.number;
        }
        // Unless it was begun anew meanwhile.
        let keep = move |tx: &mut Tx<'_>| {
            let sql = "UPDATE meta SET value = ?1 WHERE key = 'asked' AND value = ?2";
            Ok::<_, WalletError>(tx.execute(sql, &values![upto.to_string(), asked.to_string()])?)
        };
        self.store.decide(keep).await?;
        Ok(found)
    }

    /// Whether something was found; none when it has to be asked again.
    async fn ask(
        &self,
        identity: &Identity,
        question: &Question,
        round: &mut Delivered,
    ) -> Result<Option<bool>, WalletError> {
        for account in &question.accounts {
            match self.ask_bank(identity, question, account).await {
                Ok(false) => {}
                Ok(true) => return Ok(Some(true)),
                Err(error) => {
                    let again = must_ask_again(&error);
                    round.note(&account.bank, error)?;
                    if again {
                        return Ok(None);
                    }
                }
            }
        }
        if !question.asks_issuer {
            return Ok(Some(false));
        }
        match self.ask_issuer(identity, question).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                let again = must_ask_again(&error);
                round.note(&question.file.packet.claims.iss, error)?;
                Ok(if again { None } else { Some(false) })
            }
        }
    }

    async fn ask_bank(
        &self,
        identity: &Identity,
        question: &Question,
        account: &LinkedAccount,
    ) -> Result<bool, CallError> {
        let packet = question.file.packet.id();
        for number in (question.next.0..).take(usize::try_from(MOST_TRIES).unwrap_or(1)) {
            let (id, salt) = collecting::named(identity, &packet, &account.account, number);
            let path = format!("{}/{id}", routes::COLLECTIONS);
            let Some(status) = known(self.call_as_self(|| Request::get(&account.bank, path.clone())).await)? else {
                return Ok(number > question.next.0);
            };
            let status: CollectionStatus = status;
            if status.id != id {
                return Err(CallError::Nonsense);
            }
            let (file, account, now) = (question.file.clone(), account.clone(), self.now());
            let is_over = status.state == crate::api::states::CollectionState::Rejected;
            let keep = move |tx: &mut Tx<'_>| {
                let is_new = collecting::keep_found(tx, &file, (number, &account), (&status, &salt), now)?;
                if is_new {
                    opened(tx, &file.packet.id(), now)?;
                }
                Ok::<_, WalletError>(is_new)
            };
            if !self.store.decide(keep).await? || !is_over {
                return Ok(true);
            }
        }
        Ok(true)
    }

    async fn ask_issuer(&self, identity: &Identity, question: &Question) -> Result<bool, CallError> {
        let (packet, issuer) = (question.file.packet.id(), &question.file.packet.claims.iss);
        let number = question.next.1;
        let (id, _) = goods::named(identity, &packet, number);
        let path = format!("{}/{id}", routes::GOODS);
        let status: Option<GoodsStatus> = known(self.call_as_self(|| Request::get(issuer, path.clone())).await)?;
        let Some(status) = status else { return Ok(false) };
        if status.id != id || goods::is_only_here(status.state) {
            return Err(CallError::Nonsense);
        }
        let (file, now, now_ms) = (question.file.clone(), self.now(), self.surroundings.clock.now_ms());
        let keep = move |tx: &mut Tx<'_>| {
            let is_new = goods::keep_found(tx, &file, (number, &status), (now, now_ms))?;
            if is_new {
                opened(tx, &file.packet.id(), now)?;
            }
            Ok::<_, WalletError>(is_new)
        };
        let is_new = self.store.decide(keep).await?;
        self.deliver_now(Kind::Collect, &id.to_string()).await?;
        Ok(is_new)
    }
}

/// An answer; none where there is nothing of ours.
fn known<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CallError::Refused(problem)) if problem.is(General::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

const fn must_ask_again(error: &CallError) -> bool {
    is_down(error) || matches!(error, CallError::Later(..))
}

/// Whoever collected has opened.
fn opened(tx: &mut Tx<'_>, packet: &Digest, now: i64) -> Result<(), WalletError> {
    let sql = "UPDATE packet SET opened_at = ?2 WHERE id = ?1 AND opened_at IS NULL";
    tx.execute(sql, &values![packet.to_string(), now])?;
    packets::raise(tx, packet, PacketState::Opened)
}

fn number_of(tx: &mut Tx<'_>, key: &str) -> Result<Option<i64>, WalletError> {
    let row = tx.first("SELECT value FROM meta WHERE key = ?1", &values![key])?;
    row.map(|row| parsed(row.text("value")?)).transpose()
}

/// Up to which packet all is asked, and what is to be asked next: of a wallet that was never restored nothing.
fn questions(tx: &mut Tx<'_>) -> Result<(i64, Vec<Question>), WalletError> {
    let (Some(restored), Some(asked), Some(own)) =
        (number_of(tx, "restored")?, number_of(tx, "asked")?, super::own_client(tx)?)
    else {
        return Ok((0, Vec::new()));
    };
    let (accounts, issuers) = (trust::accounts(tx)?, read_ones(tx)?);
    let sql = "SELECT id, number FROM packet WHERE number > ?1 ORDER BY number LIMIT ?2";
    let rows = tx.rows(sql, &values![asked, AT_ONCE])?;
    let mut questions = Vec::new();
    for row in rows {
        let id: Digest = parsed(row.text("id")?)?;
        let file = packets::get(tx, &id)?.ok_or(StoreError::Corrupt)?.file;
        let claims = &file.packet.claims;
        let begun = collecting::standing(tx, &id)?.is_some() || goods::standing(tx, &id)?.is_some();
        // What was made later cannot have been collected before.
        let is_open = claims.iat <= restored && !begun && holder(claims, &file.hops).admits(&own);
        let has_money = is_open && claims.contents.money().is_some() && file.voucher.is_some();
        let has_goods = is_open && matches!(claims.contents, crate::packet::Contents::Goods { .. });
        questions.push(Question {
            number: row.int("number")?,
            accounts: if has_money { accounts.clone() } else { Vec::new() },
            asks_issuer: has_goods && issuers.iter().any(|issuer| issuer.origin == claims.iss),
            next: (collecting::next_number(tx, &id)?, goods::next_number(tx, &id)?),
            file,
        });
    }
    Ok((asked, questions))
}
