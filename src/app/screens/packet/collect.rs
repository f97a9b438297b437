//! What is known of an account number while it is typed. Pure.

use crate::api::account::{AccountError, AccountNumber};
use crate::app::message::Data;
use crate::wallet::LinkedAccount;

/// What was typed, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum AccountEntry {
    /// Nothing yet.
    Empty,
    /// Not a number, and why.
    Wrong(AccountError),
    /// An account of this wallet.
    Linked(LinkedAccount),
    /// A right number that this wallet does not know yet; the name of its bank, where that is known.
    Unlinked(AccountNumber, Option<String>),
}

/// Judges an account number as far as it was typed.
pub(in crate::app) fn check_account(text: &str, data: &Data) -> AccountEntry {
    if text.trim().is_empty() {
        return AccountEntry::Empty;
    }
    let number: AccountNumber = match text.parse() {
        Ok(number) => number,
        Err(why) => return AccountEntry::Wrong(why),
    };
    if let Some(known) = data.accounts.iter().find(|known| known.account == number) {
        return AccountEntry::Linked(known.clone());
    }
    let fits = |prefix: &&String| number.as_str().starts_with(prefix.as_str());
    let bank = data
        .banks
        .iter()
        .filter_map(|bank| Some((bank.account_prefixes.iter().filter(fits).map(String::len).max()?, bank)))
        .max_by_key(|(length, _)| *length);
    AccountEntry::Unlinked(number, bank.map(|(_, bank)| bank.name.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::packet::Origin;
    use crate::wallet::KnownBank;

    #[test]
    fn every_stage_of_typing_has_its_answer() {
        let bank = |prefix: &str, name: &str| KnownBank {
            origin: Origin::parse("https://bank.example").unwrap(),
            name: name.into(),
            keys: Vec::new(),
            account_prefixes: vec![prefix.into()],
            added: true,
        };
        let known = AccountNumber::with_check_digit("620000000188012").unwrap();
        let other = AccountNumber::with_check_digit("411111111111111").unwrap();
        let linked = LinkedAccount {
            account: known.clone(),
            holder: "林夏".into(),
            bank: Origin::parse("https://a.example").unwrap(),
            acceptance: None,
        };
        let data = Data {
            accounts: vec![linked.clone()],
            banks: vec![bank("41", "Short"), bank("4111", "Long")],
            ..Data::default()
        };
        assert_eq!(check_account("  ", &data), AccountEntry::Empty);
        assert_eq!(check_account("6200 0000 0188 01", &data), AccountEntry::Wrong(AccountError::Short(2)));
        assert_eq!(check_account("62a", &data), AccountEntry::Wrong(AccountError::Characters));
        assert_eq!(check_account(known.as_str(), &data), AccountEntry::Linked(linked));
        assert_eq!(check_account(other.as_str(), &data), AccountEntry::Unlinked(other, Some("Long".into())));
    }
}
