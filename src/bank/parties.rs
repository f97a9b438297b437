//! Whom the bank deals with: applicants (enterprises with an account) and members (other banks). Their keys are pinned
//! when the operator adds them, and afterwards change only by what they sign themselves.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::api::auth::Asker;
use crate::api::discovery::{Discovery, Member};
use crate::api::keys::KnownKeys;
use crate::api::problem::Problem;
use crate::bank::error::{BankError, forbidden, stored_opt, strange};
use crate::jose::{Jws, KeySet, PublicKey, Typ};
use crate::money::{Amount, Currency};
use crate::packet::Origin;
use crate::packet::verify::BankKeys;
use crate::party::Party;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// A pinned party: an enterprise or a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Its origin.
    pub origin: Origin,
    /// The name it gave.
    pub name: String,
    /// Its keys, as far as they were followed.
    pub keys: KnownKeys,
}

impl Pinned {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let keys: KnownKeys = serde_json::from_str(row.text("keys")?).map_err(|_| strange("keys"))?;
        let origin = Origin::parse(row.text("origin")?).map_err(|_| strange("origin"))?;
        Ok(Self { origin, name: row.text("name")?.to_owned(), keys })
    }

    fn keys_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(&self.keys).map_err(|_| strange("keys"))
    }

    /// Whether this asker holds one of the keys in use.
    fn is(&self, asker: &Asker) -> bool {
        self.keys.current().find(&asker.key).is_some()
    }
}

/// Signs what is stored with the decision, which also keeps the public key: the audit has nothing but the database.
///
/// # Errors
/// [`BankError`].
pub(super) fn sign(tx: &mut Tx<'_>, party: &Party, typ: Typ, claims: &impl Serialize) -> Result<String, BankError> {
    keep_key(tx, party, &party.own.signer().public())?;
    Ok(party.sign(typ, claims)?.as_str().to_owned())
}

/// Keeps all keys that the bank ever signed with: books that were put back from a copy may be older than one of them.
pub(super) fn keep_own_keys(tx: &mut Tx<'_>, party: &Party) -> Result<(), StoreError> {
    party.own.known().ever().keys.iter().try_for_each(|key| keep_key(tx, party, key))
}

fn keep_key(tx: &mut Tx<'_>, party: &Party, key: &PublicKey) -> Result<(), StoreError> {
    let jwk = serde_json::to_string(key).map_err(|_| strange("jwk"))?;
    tx.execute(
        "INSERT INTO own_key (kid, origin, jwk, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        &values![key.thumbprint().to_string(), party.origin.as_str(), jwk, party.now()],
    )
    .map(drop)
}

/// Keys by the origin of who signs with them.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<String, KeySet>);

impl Keys {
    /// The applicants'.
    pub(super) fn of_applicants(tx: &mut Tx<'_>) -> Result<Self, StoreError> {
        let rows = tx.rows("SELECT * FROM applicant", &values![])?;
        rows.iter()
            .map(Pinned::read)
            .map(|party| party.map(|party| (party.origin.to_string(), party.keys.ever())))
            .collect()
    }

    /// The members' and the bank's own.
    pub(super) fn of_banks(tx: &mut Tx<'_>) -> Result<Self, StoreError> {
        let rows = tx.rows("SELECT * FROM member", &values![])?;
        let members = rows.iter().map(Pinned::read);
        let mut keys: Self = members
            .map(|party| party.map(|party| (party.origin.to_string(), party.keys.ever())))
            .collect::<Result<_, _>>()?;
        for row in tx.rows("SELECT origin, jwk FROM own_key", &values![])? {
            let key: PublicKey = serde_json::from_str(row.text("jwk")?).map_err(|_| strange("jwk"))?;
            keys.0.entry(row.text("origin")?.to_owned()).or_default().keys.push(key);
        }
        Ok(keys)
    }

    /// Whether this party signed this.
    pub(super) fn signed(&self, origin: &str, jws: &Jws) -> bool {
        let key = self.0.get(origin).and_then(|keys| keys.find(&jws.signer()));
        key.is_some_and(|key| jws.verify(key).is_ok())
    }
}

impl FromIterator<(String, KeySet)> for Keys {
    fn from_iter<T: IntoIterator<Item = (String, KeySet)>>(parties: T) -> Self {
        Self(parties.into_iter().collect())
    }
}

/// The applicant of this origin.
///
/// # Errors
/// [`StoreError`].
pub fn applicant(tx: &mut Tx<'_>, origin: &Origin) -> Result<Option<Pinned>, StoreError> {
    let row = tx.first("SELECT * FROM applicant WHERE origin = ?1", &values![origin.as_str()])?;
    row.as_ref().map(Pinned::read).transpose()
}

/// The member of this origin.
///
/// # Errors
/// [`StoreError`].
pub fn member(tx: &mut Tx<'_>, origin: &Origin) -> Result<Option<Pinned>, StoreError> {
    let row = tx.first("SELECT * FROM member WHERE origin = ?1", &values![origin.as_str()])?;
    row.as_ref().map(Pinned::read).transpose()
}

/// The applicant who asks.
///
/// # Errors
/// `forbidden` for anybody else.
pub fn asking_applicant(tx: &mut Tx<'_>, asker: &Asker) -> Result<Pinned, BankError> {
    let known = asker.origin.as_ref().map(|origin| applicant(tx, origin)).transpose()?.flatten();
    let known = known.filter(|applicant| applicant.is(asker));
    Ok(known.ok_or_else(|| {
        forbidden("Only an enterprise with an account here may ask this.")
            .with_next("Ask the bank to open an account for your address.")
    })?)
}

/// The member bank that asks.
///
/// # Errors
/// `forbidden` for anybody else.
pub fn asking_member(tx: &mut Tx<'_>, asker: &Asker) -> Result<Pinned, BankError> {
    let known = asker.origin.as_ref().map(|origin| member(tx, origin)).transpose()?.flatten();
    let known = known.filter(|member| member.is(asker));
    Ok(known.ok_or_else(|| forbidden("Only a bank that this bank deals with may ask this."))?)
}

/// Pins an applicant; the same one again changes nothing.
///
/// # Errors
/// `keys-changed` when its keys are others than those pinned before.
pub fn pin_applicant(tx: &mut Tx<'_>, party: &Pinned, now: i64) -> Result<(), BankError> {
    if let Some(known) = applicant(tx, &party.origin)? {
        return same_keys(&known, party);
    }
    tx.execute(
        "INSERT INTO applicant (origin, name, keys, since) VALUES (?1, ?2, ?3, ?4)",
        &values![party.origin.as_str(), &party.name, party.keys_json()?, now],
    )?;
    Ok(())
}

/// Follows a pinned party to the keys that it shows, and says whether they are others than before; what no signed change leads
/// to is told and not taken.
///
/// # Errors
/// [`StoreError`].
pub fn follow(tx: &mut Tx<'_>, document: &Discovery) -> Result<bool, StoreError> {
    let mut changed = false;
    let known = [("applicant", applicant(tx, &document.origin)?), ("member", member(tx, &document.origin)?)];
    for (table, known) in known.into_iter().filter_map(|(table, known)| known.map(|known| (table, known))) {
        match known.keys.follow(document) {
            Ok(None) => {}
            Ok(Some(keys)) => {
                let followed = Pinned { keys, ..known };
                let sql = format!("UPDATE {table} SET keys = ?2 WHERE origin = ?1");
                tx.execute(&sql, &values![document.origin.as_str(), followed.keys_json()?])?;
                changed = true;
            }
            Err(error) => super::keys::refused(&document.origin, error),
        }
    }
    Ok(changed)
}

fn same_keys(known: &Pinned, offered: &Pinned) -> Result<(), BankError> {
    if known.keys.current == offered.keys.current {
        return Ok(());
    }
    let detail = format!("{} now shows other keys than those pinned before.", known.origin);
    Err(Problem::new("keys-changed", 409, "The keys have changed", detail)
        .with_next("Ask its operator, over another channel, whether that is right.")
        .into())
}

/// A member with what the operator set for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberBank {
    /// Who.
    pub pinned: Pinned,
    /// How its account numbers begin.
    pub prefixes: Vec<String>,
    /// Most that it may owe this bank.
    pub limit: Option<Amount>,
}

/// Adds a member with one prefix, or one more prefix or another limit to a known one.
///
/// # Errors
/// `keys-changed`; `prefix-taken` when another bank's accounts begin like that.
pub fn add_member(
    tx: &mut Tx<'_>,
    party: &Pinned,
    prefix: &str,
    limit: Option<Amount>,
    now: i64,
) -> Result<MemberBank, BankError> {
    if let Some(known) = member(tx, &party.origin)? {
        same_keys(&known, party)?;
    }
    let origin = party.origin.as_str();
    refuse_taken(tx, prefix, origin)?;
    tx.execute(
        "INSERT INTO member (origin, name, keys, limit_amount, limit_currency, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (origin) DO UPDATE SET name = excluded.name, \
         limit_amount = COALESCE(excluded.limit_amount, member.limit_amount), \
         limit_currency = COALESCE(excluded.limit_currency, member.limit_currency)",
        &values![
            origin,
            &party.name,
            party.keys_json()?,
            limit.map(|limit| limit.minor),
            limit.map(|limit| limit.currency.to_string()),
            now
        ],
    )?;
    let sql = "INSERT INTO member_prefix (prefix, member) VALUES (?1, ?2) ON CONFLICT (prefix) DO NOTHING";
    tx.execute(sql, &values![prefix, origin])?;
    let added = members(tx)?.into_iter().find(|member| member.pinned.origin == party.origin);
    added.ok_or_else(|| strange("origin").into())
}

/// A number that begins like two banks' numbers would be nobody's.
fn refuse_taken(tx: &mut Tx<'_>, prefix: &str, origin: &str) -> Result<(), BankError> {
    for row in tx.rows("SELECT prefix FROM member_prefix WHERE member <> ?1", &values![origin])? {
        let taken = row.text("prefix")?;
        if taken.starts_with(prefix) || prefix.starts_with(taken) {
            return Err(prefix_taken(prefix).into());
        }
    }
    Ok(())
}

/// Two banks cannot have account numbers that begin alike.
pub(super) fn prefix_taken(prefix: &str) -> Problem {
    let detail = format!("Account numbers that begin with {prefix} belong to another bank.");
    Problem::new("prefix-taken", 409, "This prefix is taken", detail).with_next("Look at the list of members.")
}

/// All members.
///
/// # Errors
/// [`StoreError`].
pub fn members(tx: &mut Tx<'_>) -> Result<Vec<MemberBank>, StoreError> {
    members_behind(tx, "", usize::MAX)
}

/// The members whose origins come behind this one, at most so many.
///
/// # Errors
/// [`StoreError`].
pub fn members_behind(tx: &mut Tx<'_>, origin: &str, most: usize) -> Result<Vec<MemberBank>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = tx.rows("SELECT * FROM member WHERE origin > ?1 ORDER BY origin LIMIT ?2", &values![origin, most])?;
    let prefixes = "SELECT prefix, member FROM member_prefix WHERE member > ?1 ORDER BY prefix";
    let prefixes = tx.rows(prefixes, &values![origin])?;
    rows.iter()
        .map(|row| {
            let origin = row.text("origin")?;
            let mut own = Vec::new();
            for prefix in &prefixes {
                if prefix.text("member")? == origin {
                    own.push(prefix.text("prefix")?.to_owned());
                }
            }
            Ok(MemberBank { pinned: Pinned::read(row)?, prefixes: own, limit: limit(row)? })
        })
        .collect()
}

fn limit(row: &Row) -> Result<Option<Amount>, StoreError> {
    let currency: Option<Currency> = stored_opt(row, "limit_currency")?;
    Ok(row.opt_int("limit_amount")?.zip(currency).map(|(minor, currency)| Amount { minor, currency }))
}

impl From<MemberBank> for Member {
    fn from(member: MemberBank) -> Self {
        let MemberBank { pinned, prefixes, .. } = member;
        Self { origin: pinned.origin, name: pinned.name, account_prefixes: prefixes, keys: pinned.keys.current }
    }
}

impl From<Pinned> for BankKeys {
    fn from(pinned: Pinned) -> Self {
        Self { name: pinned.name, keys: pinned.keys.believed() }
    }
}
