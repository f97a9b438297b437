//! What each party's own books say, as plain figures: to compare with what the story makes of them, and to show.

use serde::Serialize;
use serde_json::Value;

use super::parties::Server;
use super::stage::{Person, Stage, Who};
use super::{DemoError, WalletError};
use crate::api::states::{CollectionState, PacketState};
use crate::wallet::Wallet;

/// One figure: whose, what, how much. Money is in minor units.
pub type Figure = (&'static str, &'static str, i64);

/// The enterprise's statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// Packets with a voucher, rewards among them.
    pub issued: i64,
    /// Notices of openings.
    pub opened: i64,
    /// Those of them of forwarded packets.
    pub forwarded: i64,
    /// Shares paid.
    pub collected: i64,
    /// Rewards earned.
    pub rewarded: i64,
    /// Money paid to collectors.
    pub paid: i64,
}

impl Company {
    /// Reads them.
    ///
    /// # Errors
    /// [`DemoError`] when the party does not answer.
    pub async fn read(server: &Server) -> Result<Self, DemoError> {
        let stats = server.run(&["stats"]).await?;
        let total = |what: &str| server.number(&stats, &format!("/totals/{what}"));
        Ok(Self {
            issued: total("issued")?,
            opened: total("opened")?,
            forwarded: total("forwarded")?,
            collected: total("collected")?,
            rewarded: total("rewarded")?,
            paid: server.sum(&stats, "/campaigns", "/paid/minor")?,
        })
    }
}

/// The issuing bank's ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Issuing {
    /// What the company has left.
    pub balance: i64,
    /// What is frozen of the company's money and not paid out.
    pub frozen: i64,
    /// What was paid out, and is owed to the other bank or settled.
    pub paid_out: i64,
}

impl Issuing {
    /// Reads it; `account` is the company's.
    ///
    /// # Errors
    /// [`DemoError`] when the party does not answer.
    pub async fn read(server: &Server, account: &str) -> Result<Self, DemoError> {
        let show = ["account", "show", account];
        let (shown, books) = tokio::try_join!(server.run(&show), server.run(&["books"]))?;
        let none = Vec::new();
        let entries = shown["entries"].as_array().unwrap_or(&none);
        let moved = |entry: &&Value| entry["kind"] != "deposit" && entry["state"] != "voided";
        let out: i64 = entries.iter().filter(moved).filter_map(|entry| entry["amount"]["minor"].as_i64()).sum();
        let paid_out = dues(server, &books, "/due_to")?;
        Ok(Self { balance: server.number(&shown, "/balance/minor")?, frozen: -out - paid_out, paid_out })
    }
}

/// The collecting bank's ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collecting {
    /// What the first client has.
    pub first: i64,
    /// What the friend has.
    pub friend: i64,
    /// What the issuing bank owed it, settled or not.
    pub owed: i64,
}

impl Collecting {
    /// Reads it; `accounts` are the first client's and the friend's.
    ///
    /// # Errors
    /// [`DemoError`] when the party does not answer.
    pub async fn read(server: &Server, accounts: [&str; 2]) -> Result<Self, DemoError> {
        let [first, friend] = accounts.map(|account| ["account", "show", account]);
        let (first, friend, books) = tokio::try_join!(server.run(&first), server.run(&friend), server.run(&["books"]))?;
        Ok(Self {
            first: server.number(&first, "/balance/minor")?,
            friend: server.number(&friend, "/balance/minor")?,
            owed: dues(server, &books, "/due_from")?,
        })
    }
}

fn dues(server: &Server, books: &Value, list: &str) -> Result<i64, DemoError> {
    let (open, settled) = (server.sum(books, list, "/amount/minor")?, server.sum(books, list, "/settled/minor")?);
    Ok(open.saturating_add(settled))
}

/// What a wallet holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Packets, rewards among them.
    pub packets: i64,
    /// Those opened.
    pub opened: i64,
    /// Those forwarded.
    pub forwarded: i64,
    /// Rewards among them.
    pub rewards: i64,
    /// Money collected and paid.
    pub paid: i64,
}

impl Holder {
    async fn read(wallet: &Wallet) -> Result<Self, WalletError> {
        let (list, rewards) = (wallet.list().await?, wallet.rewards().await?);
        let count = |holds: &dyn Fn(&crate::wallet::Listed) -> bool| {
            i64::try_from(list.iter().filter(|packet| holds(packet)).count()).unwrap_or(i64::MAX)
        };
        let paid = list.iter().filter(|packet| packet.collection == Some(CollectionState::Paid));
        Ok(Self {
            packets: count(&|_| true),
            opened: count(&|packet| packet.opened),
            forwarded: count(&|packet| packet.state == PacketState::Forwarded),
            rewards: i64::try_from(rewards.len()).unwrap_or(i64::MAX),
            paid: paid.filter_map(|packet| packet.amount).map(|amount| amount.minor).sum(),
        })
    }
}

/// All of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The enterprise.
    pub company: Company,
    /// The issuing bank.
    pub issuing: Issuing,
    /// The collecting bank.
    pub collecting: Collecting,
    /// The first client's wallet.
    pub first: Holder,
    /// The friend's wallet.
    pub friend: Holder,
}

impl Seen {
    /// Reads everybody's books.
    ///
    /// # Errors
    /// [`DemoError`] when somebody does not answer.
    pub async fn read(stage: &Stage) -> Result<Self, DemoError> {
        let parties = &stage.parties;
        let (company, issuing, collecting, first, friend) = tokio::try_join!(
            Company::read(&parties.enterprise),
            Issuing::read(&parties.issuing, &stage.account),
            Collecting::read(&parties.collecting, stage.accounts()),
            holder(&stage.first),
            holder(&stage.friend),
        )?;
        Ok(Self { company, issuing, collecting, first, friend })
    }

    /// The person's own figures.
    pub const fn holder(&mut self, who: Who) -> &mut Holder {
        match who {
            Who::First => &mut self.first,
            Who::Friend => &mut self.friend,
        }
    }

    /// The figures of the three parties and of the one wallet that acted: the other may meanwhile have read its inbox.
    #[must_use]
    pub fn figures(&self, actor: Option<Who>) -> Vec<Figure> {
        let Self { company, issuing, collecting, first, friend } = self;
        let mut figures = vec![
            ("enterprise", "issued", company.issued),
            ("enterprise", "opened", company.opened),
            ("enterprise", "forwarded", company.forwarded),
            ("enterprise", "collected", company.collected),
            ("enterprise", "rewarded", company.rewarded),
            ("enterprise", "paid", company.paid),
            ("bank-issuing", "balance", issuing.balance),
            ("bank-issuing", "frozen", issuing.frozen),
            ("bank-issuing", "paid_out", issuing.paid_out),
            ("bank-collecting", "first", collecting.first),
            ("bank-collecting", "friend", collecting.friend),
            ("bank-collecting", "owed", collecting.owed),
        ];
        let holder = actor.map(|who| match who {
            Who::First => (who, first),
            Who::Friend => (who, friend),
        });
        figures.extend(holder.into_iter().flat_map(|(who, holder)| {
            [
                (who.as_str(), "packets", holder.packets),
                (who.as_str(), "opened", holder.opened),
                (who.as_str(), "forwarded", holder.forwarded),
                (who.as_str(), "rewards", holder.rewards),
                (who.as_str(), "paid", holder.paid),
            ]
        }));
        figures
    }
}

async fn holder(person: &Person) -> Result<Holder, DemoError> {
    Holder::read(&person.wallet).await.map_err(|error| person.error(error))
}

/// A figure as the story makes it and as the party says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Who says it.
    pub party: &'static str,
    /// Which figure.
    pub what: &'static str,
    /// As it should be.
    pub expected: i64,
    /// As it is.
    pub found: i64,
    /// Whether they agree.
    pub ok: bool,
}

/// What should be, beside what is.
#[must_use]
pub fn compared(should: &Seen, seen: &Seen, actor: Option<Who>) -> Vec<Check> {
    let both = should.figures(actor).into_iter().zip(seen.figures(actor));
    both.map(|((party, what, expected), (.., found))| Check { party, what, expected, found, ok: expected == found })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_otherwise_is_named() {
        let should = Seen { issuing: Issuing { frozen: 5, ..Issuing::default() }, ..Seen::default() };
        let mut seen = should;
        seen.friend.packets = 1;
        let differing = |actor| -> Vec<_> {
            compared(&should, &seen, actor).into_iter().filter(|check| !check.ok).map(|check| check.party).collect()
        };
        assert!(differing(Some(Who::First)).is_empty(), "who did not act may have read an inbox");
        assert_eq!(differing(Some(Who::Friend)), ["friend"]);
        seen.issuing.frozen = 4;
        let check = compared(&should, &seen, None).into_iter().find(|check| !check.ok);
        assert_eq!(check.map(|check| (check.what, check.expected, check.found)), Some(("frozen", 5, 4)));
    }
}
