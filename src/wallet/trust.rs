//! Whom this wallet believes: pinned issuers; banks shipped, added, or dealing with a bank that holds an account.
//!
//! Keys come from here and from the parties themselves, never from a packet file. Pinned keys change only by what they sign
//! themselves ([`super::keys`]).

use serde::{Deserialize, Serialize};

use super::keys::followed;
use super::talk::JSON;
use super::{Time, Wallet, WalletError, catching_up, lines, parsed, stored_json, stored_origin, to_json};
use crate::api::account::AccountNumber;
use crate::api::collect::{AcceptanceChoice, LinkRequest, Linked};
use crate::api::discovery::{self, Discovery, Member, Role};
use crate::api::keys::KnownKeys;
use crate::api::states::AcceptedBy;
use crate::api::{problem::Problem, routes};
use crate::jose::{ClientId, Digest, KeySet, PublicKey, json};
use crate::net::client::Request;
use crate::packet::{BankKeys, Origin, Trust};
use crate::store::{Row, StoreError, Tx, values};

/// The banks that every wallet knows from the start. The list is empty: no bank runs Hongbao yet.
const SHIPPED: &str = include_str!("../../assets/banks.json");

#[derive(Deserialize)]
struct Shipped {
    banks: Vec<Member>,
}

/// An issuer whose keys are pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownIssuer {
    /// Its origin.
    pub origin: Origin,
    /// Its name, as it says itself.
    pub name: String,
    /// Thumbprints of its keys.
    pub keys: Vec<ClientId>,
    /// Whether the person added it; else it was pinned when a packet was opened.
    pub added: bool,
    /// Since when.
    pub since: Time,
}

/// A bank whose vouchers are believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownBank {
    /// Its origin.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// Thumbprints of its keys.
    pub keys: Vec<ClientId>,
    /// How its account numbers begin.
    pub account_prefixes: Vec<String>,
    /// Whether the person added it; else it is shipped, holds an account, or deals with a bank that does.
    pub added: bool,
}

/// An account that is tied to this wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkedAccount {
    /// Its number.
    pub account: AccountNumber,
    /// Who holds it (收证人).
    pub holder: String,
    /// Its bank.
    pub bank: Origin,
    /// Who accepts what is collected into it, as this wallet chose last; none: as the bank has set for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptedBy>,
}

/// A bank as the database and the shipped list hold it.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    pub(super) entry: Member,
    /// Its keys, as far as they were followed; those of `entry` are the ones in use.
    pub(super) keys: KnownKeys,
    pub(super) members: Vec<Member>,
    pub(super) added: bool,
}

fn shipped() -> Vec<Member> {
    // A test reads the list, so it can be read.
    json::read::<Shipped>(SHIPPED.as_bytes()).map(|list| list.banks).unwrap_or_default()
}

/// Changes with the shipped list.
pub(super) fn shipped_digest() -> Digest {
    Digest::of(SHIPPED.as_bytes())
}

/// What a wallet trusts that has not been used yet.
pub(super) fn shipped_trust() -> Trust {
    let mut trust = Trust::default();
    for bank in shipped() {
        trust.banks.insert(bank.origin, BankKeys { name: bank.name, keys: KeySet { keys: bank.keys } });
    }
    trust
}

/// All that this wallet trusts.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<Trust, WalletError> {
    let mut trust = shipped_trust();
    for row in tx.rows("SELECT origin, keys FROM issuer", &values![])? {
        let keys: KnownKeys = stored_json(row.text("keys")?)?;
        trust.issuers.insert(stored_origin(row.text("origin")?)?, keys.believed());
    }
    for bank in banks(tx)? {
        let keys = BankKeys { name: bank.entry.name, keys: bank.keys.believed() };
        trust.banks.insert(bank.entry.origin, keys);
    }
    Ok(trust)
}

/// The origins that the person added, which alone may be loopback ones.
pub(super) fn added(tx: &mut Tx<'_>) -> Result<Vec<Origin>, WalletError> {
    let sql = "SELECT origin FROM issuer WHERE added = 1 UNION SELECT origin FROM bank WHERE added = 1";
    tx.rows(sql, &values![])?.iter().map(|row| stored_origin(row.text("origin")?)).collect()
}

pub(super) fn known_issuer(tx: &mut Tx<'_>, origin: &Origin) -> Result<Option<KnownKeys>, WalletError> {
    let row = tx.first("SELECT keys FROM issuer WHERE origin = ?1", &values![origin.as_str()])?;
    row.map(|row| stored_json(row.text("keys")?)).transpose()
}

pub(super) fn issuers(tx: &mut Tx<'_>) -> Result<Vec<KnownIssuer>, WalletError> {
    let rows = tx.rows("SELECT origin, name, keys, added, at FROM issuer ORDER BY at, origin", &values![])?;
    rows.iter().map(issuer).collect()
}

fn issuer(row: &Row) -> Result<KnownIssuer, WalletError> {
    Ok(KnownIssuer {
        origin: stored_origin(row.text("origin")?)?,
        name: row.text("name")?.to_owned(),
        keys: thumbprints(&stored_json::<KnownKeys>(row.text("keys")?)?.current),
        added: row.flag("added")?,
        since: Time(row.int("at")?),
    })
}

/// Shipped banks, overlaid by what this wallet pinned itself.
pub(super) fn banks(tx: &mut Tx<'_>) -> Result<Vec<Bank>, WalletError> {
    let sql = "SELECT origin, name, keys, prefixes, members, added FROM bank ORDER BY at, origin";
    let pinned: Vec<Bank> = tx.rows(sql, &values![])?.iter().map(bank).collect::<Result<_, _>>()?;
    let mut all: Vec<Bank> = shipped()
        .into_iter()
        .filter(|entry| pinned.iter().all(|bank| bank.entry.origin != entry.origin))
        .map(|entry| Bank { keys: first(&entry), entry, members: Vec::new(), added: false })
        .collect();
    all.extend(pinned);
    Ok(all)
}

/// The keys of a bank by another's word, or the list's.
fn first(entry: &Member) -> KnownKeys {
    KnownKeys { current: entry.keys.clone(), ..KnownKeys::default() }
}

fn bank(row: &Row) -> Result<Bank, WalletError> {
    let keys: KnownKeys = stored_json(row.text("keys")?)?;
    let entry = Member {
        origin: stored_origin(row.text("origin")?)?,
        name: row.text("name")?.to_owned(),
        account_prefixes: stored_json(row.text("prefixes")?)?,
        keys: keys.current.clone(),
    };
    Ok(Bank { entry, keys, members: stored_json(row.text("members")?)?, added: row.flag("added")? })
}

fn thumbprints(keys: &[PublicKey]) -> Vec<ClientId> {
    keys.iter().map(PublicKey::thumbprint).collect()
}

/// The entry whose prefix fits an account best: the longest.
pub(super) fn by_account<'a>(entries: impl Iterator<Item = &'a Member>, account: &AccountNumber) -> Option<&'a Member> {
    let fit = |entry: &Member| {
        let fits = entry.account_prefixes.iter().filter(|prefix| account.as_str().starts_with(prefix.as_str()));
        fits.map(String::len).max()
    };
    entries
        .filter_map(|entry| fit(entry).map(|length| (length, entry)))
        .max_by_key(|(length, _)| *length)
        .map(|it| it.1)
}

pub(super) fn as_member(document: &Discovery) -> Member {
    Member {
        origin: document.origin.clone(),
        name: document.name.clone(),
        account_prefixes: document.account_prefixes.clone(),
        keys: document.keys.clone(),
    }
}

/// Pins an issuer; one that is pinned is followed to the keys that it shows.
pub(super) fn pin_issuer(tx: &mut Tx<'_>, document: &Discovery, by_person: bool, now: i64) -> Result<(), WalletError> {
    let origin = &document.origin;
    let known = known_issuer(tx, origin)?;
    let keys = followed(known.as_ref(), document)?;
    tx.execute(
        "INSERT INTO issuer (origin, name, keys, added, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (origin) DO UPDATE \
         SET name = excluded.name, keys = excluded.keys, \
         added = CASE WHEN issuer.added = 1 THEN 1 ELSE excluded.added END",
        &values![origin.as_str(), &document.name, to_json(&keys)?, by_person, now],
    )?;
    if known == Some(keys) { Ok(()) } else { lines::judge_again(tx, origin) }
}

/// Pins a bank; one that is pinned or shipped is followed to the keys that it shows.
pub(super) fn pin_bank(tx: &mut Tx<'_>, document: &Discovery, by_person: bool, now: i64) -> Result<(), WalletError> {
    let known = banks(tx)?.into_iter().find(|bank| bank.entry.origin == document.origin);
    let known = known.map(|bank| bank.keys);
    let keys = followed(known.as_ref(), document)?;
    let values = values![
        document.origin.as_str(),
        &document.name,
        to_json(&keys)?,
        to_json(&document.account_prefixes)?,
        to_json(&document.members)?,
        by_person,
        now
    ];
    tx.execute(
        "INSERT INTO bank (origin, name, keys, prefixes, members, added, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (origin) DO UPDATE SET name = excluded.name, keys = excluded.keys, prefixes = excluded.prefixes, \
         members = excluded.members, added = CASE WHEN bank.added = 1 THEN 1 ELSE excluded.added END",
        &values,
    )?;
    if known == Some(keys) { Ok(()) } else { lines::judge_again(tx, &document.origin) }
}

/// The banks that an account's bank deals with are believed too; a pinned one keeps its keys.
fn pin_members(tx: &mut Tx<'_>, members: &[Member], now: i64) -> Result<(), WalletError> {
    for member in members {
        let new = tx.execute(
            "INSERT INTO bank (origin, name, keys, prefixes, members, added, at) VALUES (?1, ?2, ?3, ?4, '[]', 0, ?5) \
             ON CONFLICT (origin) DO NOTHING",
            &values![
                member.origin.as_str(),
                &member.name,
                to_json(&member.keys)?,
                to_json(&member.account_prefixes)?,
                now
            ],
        )?;
        if new > 0 {
            lines::judge_again(tx, &member.origin)?;
        }
    }
    Ok(())
}

impl Wallet {
    /// Adds an issuer: asks it who it is and pins its keys. Plain http to a loopback origin becomes allowed by this.
    ///
    /// # Errors
    /// [`WalletError::KeyChanged`] when it was pinned with other keys; [`WalletError::NotThatParty`],
    /// [`WalletError::Net`].
    pub async fn add_issuer(&self, origin: &Origin) -> Result<KnownIssuer, WalletError> {
        let (document, now) = (self.discover_added(origin, Role::Enterprise).await?, self.now());
        let wanted = origin.clone();
        self.store
            .decide(move |tx| {
                pin_issuer(tx, &document, true, now)?;
                catching_up::ask_again(tx)?;
                let found = issuers(tx)?.into_iter().find(|issuer| issuer.origin == wanted);
                found.ok_or(WalletError::Store(StoreError::Corrupt))
            })
            .await
    }

    /// Adds a bank, as [`Wallet::add_issuer`] adds an issuer.
    ///
    /// # Errors
    /// As [`Wallet::add_issuer`].
    pub async fn add_bank(&self, origin: &Origin) -> Result<KnownBank, WalletError> {
        let (document, now) = (self.discover_added(origin, Role::Bank).await?, self.now());
        self.store
            .decide(move |tx| {
                pin_bank(tx, &document, true, now)?;
                let entry = as_member(&document);
                Ok(known_bank(Bank { keys: first(&entry), entry, members: Vec::new(), added: true }))
            })
            .await
    }

    /// The pinned issuers.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn issuers(&self) -> Result<Vec<KnownIssuer>, WalletError> {
        self.store.read(issuers).await
    }

    /// The banks that are believed.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn banks(&self) -> Result<Vec<KnownBank>, WalletError> {
        Ok(self.store.read(banks).await?.into_iter().map(known_bank).collect())
    }

    /// The accounts tied to this wallet.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn accounts(&self) -> Result<Vec<LinkedAccount>, WalletError> {
        self.store.read(accounts).await
    }

    /// Ties an account to this wallet with the one-time code that its bank gave.
    ///
    /// # Errors
    /// [`WalletError::BankUnknown`]; [`WalletError::Refused`] for a wrong code.
    pub async fn link_account(&self, account: &AccountNumber, code: &str) -> Result<LinkedAccount, WalletError> {
        let known = self.store.read(banks).await?;
        // What a bank says of itself goes before what another says of it: the code must not go astray.
        let entry = by_account(known.iter().map(|bank| &bank.entry), account)
            .or_else(|| by_account(known.iter().flat_map(|bank| &bank.members), account))
            .ok_or_else(|| WalletError::BankUnknown(account.clone()))?
            .clone();
        let pinned = known.into_iter().find(|bank| bank.entry.origin == entry.origin).map(|bank| bank.keys);
        let document = self.discover(&entry.origin, Role::Bank).await?;
        followed(Some(&pinned.unwrap_or_else(|| first(&entry))), &document)?;
        let body = to_json(&LinkRequest { account: account.clone(), code: code.to_owned() })?.into_bytes();
        let request = || Request::post(&entry.origin, routes::LINKS, JSON, body.clone());
        let linked: Linked =
            self.call_as_self(request).await.map_err(|error| WalletError::call(&entry.origin, error))?;
        let holds = linked.account == *account && crate::packet::text::NAME.check(&linked.holder).is_ok();
        if !holds {
            return Err(WalletError::Nonsense(entry.origin));
        }
        let (account, holder, bank) = (linked.account, linked.holder, entry.origin);
        let (now, linked) = (self.now(), LinkedAccount { account, holder, bank, acceptance: None });
        self.store.decide(move |tx| keep_account(tx, &document, linked, now)).await
    }

    /// Says whether what is collected into an account waits for a clerk of its bank; without a choice, as the bank has set.
    ///
    /// # Errors
    /// [`WalletError::BankUnknown`] for an account that is not linked; [`WalletError::Refused`], [`WalletError::Net`].
    pub async fn choose_acceptance(
        &self,
        account: &AccountNumber,
        acceptance: Option<AcceptedBy>,
    ) -> Result<AcceptanceChoice, WalletError> {
        let linked = self.store.read(accounts).await?.into_iter().find(|linked| linked.account == *account);
        let bank = linked.ok_or_else(|| WalletError::BankUnknown(account.clone()))?.bank;
        let choice = AcceptanceChoice { account: account.clone(), acceptance };
        let body = to_json(&choice)?.into_bytes();
        let request = || Request::post(&bank, routes::ACCEPTANCE, JSON, body.clone());
        let chosen: AcceptanceChoice =
            self.call_as_self(request).await.map_err(|error| WalletError::call(&bank, error))?;
        if chosen != choice {
            return Err(WalletError::Nonsense(bank));
        }
        self.store.decide(move |tx| keep_acceptance(tx, &choice)).await?;
        Ok(chosen)
    }

    /// What a party says about itself.
    pub(super) async fn discover(&self, origin: &Origin, role: Role) -> Result<Discovery, WalletError> {
        let request = Request::get(origin, routes::WELL_KNOWN).max_answer(discovery::MAX_BYTES);
        let net = |why| WalletError::Net { origin: origin.clone(), why };
        let answer = self.surroundings.client.send(request).await.map_err(net)?;
        if !answer.is_success() {
            let problem = Problem::of_answer(answer.status, answer.content_type.as_deref(), &answer.body);
            return Err(WalletError::Refused { origin: origin.clone(), problem: Box::new(problem) });
        }
        Discovery::read(&answer.body, origin, role)
            .map_err(|why| WalletError::NotThatParty { origin: origin.clone(), why })
    }

    /// As [`Wallet::discover`], for a party that the person names: that is what allows a loopback origin.
    async fn discover_added(&self, origin: &Origin, role: Role) -> Result<Discovery, WalletError> {
        let known = self.store.read(added).await?;
        self.surroundings.client.allow(origin.clone());
        let found = self.discover(origin, role).await;
        if found.is_err() && !known.contains(origin) {
            self.surroundings.client.disallow(origin);
        }
        found
    }
}

fn keep_acceptance(tx: &mut Tx<'_>, choice: &AcceptanceChoice) -> Result<(), WalletError> {
    let acceptance = choice.acceptance.map(AcceptedBy::as_str);
    tx.execute("UPDATE account SET acceptance = ?2 WHERE number = ?1", &values![choice.account.as_str(), acceptance])?;
    Ok(())
}

fn keep_account(
    tx: &mut Tx<'_>,
    document: &Discovery,
    linked: LinkedAccount,
    now: i64,
) -> Result<LinkedAccount, WalletError> {
    pin_bank(tx, document, false, now)?;
    pin_members(tx, &document.members, now)?;
    catching_up::ask_again(tx)?;
    tx.execute(
        "INSERT INTO account (number, bank, holder, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (number) DO UPDATE \
         SET bank = excluded.bank, holder = excluded.holder",
        &values![linked.account.as_str(), linked.bank.as_str(), &linked.holder, now],
    )?;
    // What was chosen for one that is tied again still holds at its bank.
    let kept = accounts(tx)?.into_iter().find(|kept| kept.account == linked.account);
    Ok(kept.unwrap_or(linked))
}

pub(super) fn accounts(tx: &mut Tx<'_>) -> Result<Vec<LinkedAccount>, WalletError> {
    let rows = tx.rows("SELECT number, bank, holder, acceptance FROM account ORDER BY at, number", &values![])?;
    rows.iter()
        .map(|row| {
            Ok(LinkedAccount {
                account: parsed(row.text("number")?)?,
                holder: row.text("holder")?.to_owned(),
                bank: stored_origin(row.text("bank")?)?,
                acceptance: row.opt_text("acceptance")?.map(parsed).transpose()?,
            })
        })
        .collect()
}

fn known_bank(bank: Bank) -> KnownBank {
    KnownBank {
        keys: thumbprints(&bank.entry.keys),
        origin: bank.entry.origin,
        name: bank.entry.name,
        account_prefixes: bank.entry.account_prefixes,
        added: bank.added,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_shipped_list_can_be_read() {
        assert!(json::read::<Shipped>(SHIPPED.as_bytes()).is_ok());
    }

    #[test]
    fn the_longest_prefix_wins() {
        let member = |port: u16, prefix: &str| Member {
            origin: Origin::parse(&format!("https://bank.example:{port}")).unwrap(),
            name: "Bank".into(),
            account_prefixes: vec![prefix.into()],
            keys: Vec::new(),
        };
        let entries = [member(1, "62"), member(2, "620000"), member(3, "6200")];
        let account = AccountNumber::with_check_digit("620000000001234").unwrap();
        assert_eq!(by_account(entries.iter(), &account).unwrap().origin, entries[1].origin);
        let other = AccountNumber::with_check_digit("411111111111111").unwrap();
        assert!(by_account(entries.iter(), &other).is_none());
    }
}
