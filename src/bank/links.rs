//! Ties an account to a client with a one-time code, which the bank gave to the holder when the account was opened.
//!
//! Codes are kept only as a keyed hash whose key is not in the database. Five wrong tries and a code is dead.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::api::account::AccountNumber;
use crate::api::collect::{LinkRequest, Linked};
use crate::api::problem::Problem;
use crate::bank::accounts;
use crate::bank::error::{BankError, strange};
use crate::jose::{ClientId, from_base64url, to_base64url};
use crate::random::Random;
use crate::store::{StoreError, Tx};
use crate::values;

/// Wrong tries that kill a code.
const MAX_WRONG_TRIES: i64 = 5;
/// Characters of a code: 40 bits, of which five tries find nothing.
const CODE_CHARS: usize = 8;
/// No 0, 1, I, O, which are read for one another.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The key under which codes are hashed.
#[derive(Clone)]
pub struct CodeKey(pub(super) Zeroizing<[u8; 32]>);

impl CodeKey {
    fn mac(&self, account: &AccountNumber, code: &str) -> Option<Hmac<Sha256>> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).ok()?;
        for part in [account.as_str(), "\0", &typed.to_ascii_uppercase()] {
            mac.update(part.as_bytes());
        }
        Some(mac)
    }

    fn tag(&self, account: &AccountNumber, code: &str) -> String {
        // HMAC takes keys of any length, so there is always a tag; an empty one would fit no code.
        self.mac(account, code).map(|mac| to_base64url(&mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Compares in constant time.
    fn fits(&self, account: &AccountNumber, code: &str, tag: &str) -> Result<bool, StoreError> {
        let tag = from_base64url(tag).map_err(|_| strange("tag"))?;
        Ok(self.mac(account, code).is_some_and(|mac| mac.verify_slice(&tag).is_ok()))
    }
}

impl std::fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeKey(secret)")
    }
}

/// A fresh code.
#[must_use]
pub fn new_code(random: &dyn Random) -> String {
    let mut bytes = [0; CODE_CHARS];
    random.fill(&mut bytes);
    // 32 characters: the low five bits of a random byte are uniform over them.
    bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31))).map(|c| char::from(*c)).collect()
}

/// Makes `code` the one code that can link this account; one given before is dead.
///
/// # Errors
/// [`StoreError`].
pub fn set_code(
    tx: &mut Tx<'_>,
    key: &CodeKey,
    account: &AccountNumber,
    code: &str,
    now: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO link_code (account, tag, wrong_tries, issued_at) VALUES (?1, ?2, 0, ?3) \
         ON CONFLICT (account) DO UPDATE SET tag = excluded.tag, wrong_tries = 0, issued_at = excluded.issued_at",
        &values![account.as_str(), key.tag(account, code), now],
    )?;
    Ok(())
}

/// Links an account to the client that asks. The same client with the same code again gets the same answer.
///
/// The refusal is a value and not an error, because a wrong try must be counted on disk.
///
/// # Errors
/// [`BankError::Store`].
pub fn link(
    tx: &mut Tx<'_>,
    key: &CodeKey,
    client: &ClientId,
    request: &LinkRequest,
    now: i64,
) -> Result<Result<Linked, Problem>, BankError> {
    let Some(account) = accounts::find(tx, &request.account)? else { return Ok(Err(wrong_code())) };
    let linked = Linked { account: account.number.clone(), holder: account.holder };
    let (client, number) = (client.to_string(), account.number);
    let before =
        tx.first("SELECT tag FROM link WHERE client = ?1 AND account = ?2", &values![&client, number.as_str()])?;
    if let Some(row) = before
        && key.fits(&number, &request.code, row.text("tag")?)?
    {
        return Ok(Ok(linked));
    }
    let sql = "SELECT tag, wrong_tries FROM link_code WHERE account = ?1";
    let Some(row) = tx.first(sql, &values![number.as_str()])? else { return Ok(Err(wrong_code())) };
    if row.int("wrong_tries")? >= MAX_WRONG_TRIES {
        return Ok(Err(wrong_code()));
    }
    if !key.fits(&number, &request.code, row.text("tag")?)? {
        let sql = "UPDATE link_code SET wrong_tries = wrong_tries + 1 WHERE account = ?1";
        tx.execute(sql, &values![number.as_str()])?;
        return Ok(Err(wrong_code()));
    }
    tx.execute("DELETE FROM link_code WHERE account = ?1", &values![number.as_str()])?;
    tx.execute(
        "INSERT INTO link (client, account, tag, at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (client, account) DO UPDATE SET tag = excluded.tag",
        &values![&client, number.as_str(), row.text("tag")?, now],
    )?;
    Ok(Ok(linked))
}

/// Whether an account is this client's.
///
/// # Errors
/// [`StoreError`].
pub fn is_linked(tx: &mut Tx<'_>, client: &ClientId, account: &AccountNumber) -> Result<bool, StoreError> {
    let sql = "SELECT at FROM link WHERE client = ?1 AND account = ?2";
    Ok(tx.first(sql, &values![client.to_string(), account.as_str()])?.is_some())
}

/// The same for an unknown account, a wrong code and a dead one: nobody learns which accounts there are.
fn wrong_code() -> Problem {
    Problem::new("wrong-code", 403, "Account or code is wrong", "The account number or the code is not right.")
        .with_next("Check both. After five wrong tries, ask the bank for a new code.")
}
