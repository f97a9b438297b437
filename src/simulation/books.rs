//! The end of a world: everything is brought to rest, and what everybody's books say is compared with the model, to the cent.

use std::collections::{BTreeMap, BTreeSet};

use super::story::Story;
use super::world::{PEOPLE, Who, bank_origin, client};
use crate::api::states::{CollectionState, NoRewardReason, VoucherState};
use crate::bank;
use crate::enterprise;
use crate::jose::{ClientId, Digest};
use crate::packet::claims::reward_for;
use crate::store::Row;

/// How often everybody may act until all is at rest.
const ROUNDS: usize = 14;
/// How much time passes between, in seconds: longer than anybody waits before trying again.
const BETWEEN: u64 = 1000;

impl Story {
    /// In calm weather everybody does what is left to do, until nothing is.
    pub(super) async fn come_to_rest(&mut self) {
        self.calm().await;
        self.ask_until_answered().await;
        // Whoever lost something is asked more often.
        let most = if self.restores.is_empty() { ROUNDS } else { 3 * ROUNDS };
        for round in 0.. {
            assert!(round < most, "there is no rest: {}", self.open_business().await.join(", "));
            self.round().await;
            if self.open_business().await.is_empty() {
                break;
            }
        }
        // What was made in the last round is still to be fetched.
        self.round().await;
        self.round().await;
    }

    async fn round(&mut self) {
        self.world.pass(BETWEEN);
        for n in 0..PEOPLE.len() {
            self.sync_of(n).await;
            self.take_note().await;
        }
        for n in 0..2 {
            self.settle_of(n).await;
            self.take_note().await;
        }
        self.shop_reads().await;
        self.shop_works().await;
        self.take_note().await;
        for n in 0..2 {
            self.expire_of(n).await;
        }
        self.steps += PEOPLE.len() as u64 + 6;
    }

    async fn open_business(&self) -> Vec<String> {
        let mut open = Vec::new();
        for n in 0..2 {
            if self.is_recovering(Who::Bank(n)).await {
                open.push(format!("bank {n} recovers: {:?}", self.differences(n).await));
            }
        }
        for (n, wallet) in self.world.people.iter().enumerate() {
            let wallet = &wallet.as_ref().unwrap().it;
            let (waiting, unfinished) =
                (wallet.waiting_count().await.unwrap(), wallet.unfinished_collections().await.unwrap());
            if waiting + unfinished > 0 {
                open.push(format!("wallet {n}: {waiting} to send, {unfinished} collections"));
            }
        }
        for (what, sql) in [
            ("rewards", "SELECT COUNT(*) AS n FROM reward WHERE state IN ('owed', 'made')"),
            ("packets", "SELECT COUNT(*) AS n FROM packet WHERE state = 'signed'"),
            ("instructions", "SELECT COUNT(*) AS n FROM instruction WHERE state = 'waiting'"),
            ("campaigns", "SELECT COUNT(*) AS n FROM campaign WHERE state = 'draft'"),
        ] {
            let count = self.shop_rows(sql, Vec::new()).await[0].int("n").unwrap();
            if count > 0 {
                open.push(format!("{count} {what}"));
            }
        }
        open
    }

    /// Everybody's audit is clean.
    pub(super) async fn audit(&self) {
        for n in 0..2 {
            let bank = self.world.banks[n].as_ref().filter(|bank| !bank.fuse.is_blown());
            // What was not heard yet is missing.
            if let Some(bank) = bank
                && !self.is_recovering(Who::Bank(n)).await
            {
                let audit = bank::audit(&bank.it.party.store).await.unwrap();
                assert!(audit.ok, "bank {n}: {:#?}", audit.differences);
            }
        }
        if let Some(shop) = self.world.shop.as_ref().filter(|shop| !shop.fuse.is_blown()) {
            let audit = enterprise::audit(&shop.it.enterprise.party().store).await.unwrap();
            assert!(audit.ok, "the enterprise: {:#?}", audit.differences);
        }
    }

    /// Compares everything.
    pub(super) async fn compare(&self) {
        self.audit().await;
        self.compare_openings().await;
        self.compare_rewards().await;
        for n in 0..2 {
            self.compare_vouchers(n).await;
            self.compare_accounts(n).await;
            self.compare_mirror(n).await;
        }
        self.compare_wallets().await;
        let lost: Vec<_> = self.orders_answered.difference(&self.orders_seen).collect();
        assert!(lost.is_empty(), "orders were answered and are not in the books: {lost:?}");
        assert_eq!(self.model.total(), 2 * super::world::DEPOSIT, "the model itself keeps its sums");
    }

    async fn compare_openings(&self) {
        let mut found = BTreeMap::new();
        for row in self.shop_rows("SELECT packet, opener, result, reason FROM notice", Vec::new()).await {
            let reason = row.opt_text("reason").unwrap().map(|word| word.parse::<NoRewardReason>().unwrap());
            let earned = matches!(row.text("result").unwrap(), "rewarded" | "waiting");
            assert_eq!(earned, reason.is_none());
            found.insert((digest(&row, "packet"), client_of(&row, "opener")), reason);
        }
        assert_eq!(found, self.model.shop.openings, "openings on record");
        for (packet, n) in &self.opened {
            let is_known = found.contains_key(&(*packet, client(*n)));
            let lost = &self.model.lost;
            let is_lost = lost.packets.contains(packet) || lost.openings.contains(&(*packet, client(*n)));
            assert!(is_known || is_lost, "the opening of {packet} by {n} is lost");
        }
    }

    async fn compare_rewards(&self) {
        let sql = "SELECT id, packet, opener, forwarder, amount, state, reason, made FROM reward";
        let mut found = BTreeSet::new();
        for row in self.shop_rows(sql, Vec::new()).await {
            let name = digest(&row, "id");
            let earned = self.model.shop.rewards.get(&name).unwrap_or_else(|| panic!("nobody earned {name}"));
            assert_eq!(name, reward_for(&digest(&row, "packet"), &client_of(&row, "opener")));
            assert_eq!(client_of(&row, "forwarder"), earned.forwarder, "who earned {name}");
            assert_eq!(row.int("amount").unwrap(), earned.minor, "how much {name} is");
            let made: Option<Digest> = row.opt_text("made").unwrap().map(|made| made.parse().unwrap());
            // The bank refuses what it issued before the register was lost, or has no money for any more.
            let is_refused =
                self.restores.contains(&Who::Shop) && made.is_some_and(|made| !self.model.is_issued(&made));
            let expected = match earned {
                it if it.is_missed || is_refused => "held",
                it if self.model.is_due(it) => "delivered",
                _ => "waiting",
            };
            let reason = row.opt_text("reason").unwrap();
            assert_eq!(row.text("state").unwrap(), expected, "how {name} stands: {reason:?}");
            if let Some(made) = made.filter(|_| !is_refused) {
                self.is_in_wallet(&earned.forwarder, made).await;
            }
            found.insert(name);
        }
        let expected: BTreeSet<_> = self.model.shop.rewards.keys().copied().collect();
        assert_eq!(found, expected, "rewards that were earned");
    }

    async fn is_in_wallet(&self, client: &ClientId, packet: Digest) {
        let n = (0..PEOPLE.len()).find(|n| super::world::client(*n) == *client).unwrap();
        let listed = self.world.people[n].as_ref().unwrap().it.list().await.unwrap();
        assert!(listed.iter().any(|listed| listed.id == packet), "{packet} is not in the wallet of {n}");
    }

    async fn compare_vouchers(&self, n: usize) {
        let sql = "SELECT packet, state, frozen, (SELECT COUNT(*) FROM share WHERE share.voucher = voucher.number) AS paid, \
                   (SELECT COALESCE(SUM(amount), 0) FROM share WHERE share.voucher = voucher.number) AS sum, \
                   credits_posted - debits_posted AS escrow \
                   FROM voucher JOIN ledger_account ON ledger_account.id = voucher.escrow";
        let mut found = BTreeSet::new();
        for row in self.bank_rows(n, sql, Vec::new()).await {
            let packet = digest(&row, "packet");
            let voucher =
                self.model.banks[n].vouchers.get(&packet).unwrap_or_else(|| panic!("{packet} was not applied for"));
            let state: VoucherState = row.text("state").unwrap().parse().unwrap();
            let paid: i64 = voucher.paid.iter().map(|(_, minor)| minor).sum();
            let kept =
                if matches!(state, VoucherState::Issued | VoucherState::PartlyPaid) { voucher.rest() } else { 0 };
            let told = (state, row.int("frozen").unwrap(), row.int("paid").unwrap(), row.int("sum").unwrap());
            let expected = (voucher.state, voucher.frozen, i64::try_from(voucher.paid.len()).unwrap(), paid);
            assert_eq!(told, expected, "bank {n} on the voucher of {packet}");
            assert_eq!(row.int("escrow").unwrap(), kept, "what is frozen for {packet}");
            found.insert(packet);
        }
        let expected: BTreeSet<_> = self.model.banks[n].vouchers.keys().copied().collect();
        assert_eq!(found, expected, "vouchers of bank {n}");
    }

    async fn compare_accounts(&self, n: usize) {
        let sql = "SELECT kind, owner, number, credits_posted - debits_posted AS balance, debits_pending + credits_pending AS pending \
                   FROM ledger_account LEFT JOIN account ON account.ledger = ledger_account.id WHERE kind IN ('customer', 'fund')";
        let mut funds = 0;
        for row in self.bank_rows(n, sql, Vec::new()).await {
            let balance = row.int("balance").unwrap();
            assert_eq!(row.int("pending").unwrap(), 0, "nothing is promised any more");
            if row.text("kind").unwrap() == "fund" {
                funds += balance;
                continue;
            }
            let number = row.text("number").unwrap();
            let person = self.world.known.people.iter().position(|account| account.as_str() == number);
            let expected = person.map_or(self.model.banks[n].shop, |person| self.model.accounts[&client(person)]);
            assert_eq!(balance, expected, "bank {n}: the account of {person:?}");
        }
        let expected: i64 = self.model.banks[n].funds.values().map(|fund| fund.left).sum();
        assert_eq!(funds, expected, "bank {n}: funds");
    }

    /// What this bank owes the other is what the other is owed.
    async fn compare_mirror(&self, n: usize) {
        let due = async |bank: usize, kind: &'static str, sql: &'static str| {
            let owner = bank_origin(1 - bank);
            let rows = self.bank_rows(bank, sql, vec![kind.into(), owner.as_str().into()]).await;
            rows.first().map_or(0, |row| row.int("due").unwrap())
        };
        let owing = "SELECT credits_posted - debits_posted AS due FROM ledger_account WHERE kind = ?1 AND owner = ?2";
        let owed = "SELECT debits_posted - credits_posted AS due FROM ledger_account WHERE kind = ?1 AND owner = ?2";
        let told = due(n, "due-to", owing).await;
        assert_eq!(told, due(1 - n, "due-from", owed).await, "the banks' books mirror each other");
        let paid_there = |(client, minor): &(ClientId, i64)| {
            let at = (0..PEOPLE.len()).find(|person| super::world::client(*person) == *client).unwrap();
            if PEOPLE[at].0 == n { 0 } else { *minor }
        };
        let expected: i64 =
            self.model.banks[n].vouchers.values().flat_map(|voucher| &voucher.paid).map(paid_there).sum();
        assert_eq!(told, expected, "what bank {n} owes the other");
    }

    async fn compare_wallets(&self) {
        for n in 0..PEOPLE.len() {
            let wallet = &self.world.people[n].as_ref().unwrap().it;
            let listed = wallet.list().await.unwrap();
            let ids: BTreeSet<Digest> = listed.iter().map(|listed| listed.id).collect();
            let lost: Vec<_> = self.held[n].difference(&ids).collect();
            assert!(lost.is_empty(), "wallet {n} lost {lost:?}");
            let rewards = self.reward_packets(n);
            let strange: Vec<_> = ids.difference(&self.sent[n]).filter(|id| !rewards.contains(id)).collect();
            assert!(strange.is_empty(), "nobody gave {strange:?} to wallet {n}");
            let is_lost = |relayed: &&(Digest, usize)| self.model.lost.relayed.contains(relayed);
            for (packet, friend) in self.relayed.iter().filter(|relayed| !is_lost(relayed)) {
                assert!(*friend != n || ids.contains(packet), "{packet} was passed on to {n} and is not there");
            }
            for (packet, to) in &self.addressed {
                let is_issued = self.model.is_issued(packet);
                assert!(*to != n || !is_issued || ids.contains(packet), "{packet} is for {n} and is not there");
            }
            let paid = listed.iter().filter(|listed| listed.collection == Some(CollectionState::Paid));
            let sum: i64 = paid.map(|listed| listed.amount.unwrap().minor).sum();
            assert_eq!(sum, self.model.accounts[&client(n)], "what wallet {n} says it was paid");
        }
    }

    /// The rewards that this person's client earned.
    fn reward_packets(&self, n: usize) -> BTreeSet<Digest> {
        let earned = |name: &Digest| self.model.shop.rewards.get(name).map(|it| it.forwarder);
        let given = |name: &Digest| self.model.lost.rewards.get(name).copied();
        let is_mine = |name: &Digest| [earned(name), given(name)].contains(&Some(client(n)));
        let all = self.model.banks.iter().flat_map(|books| books.vouchers.iter());
        all.filter(|(_, it)| it.packet.claims.reward_for.as_ref().is_some_and(is_mine)).map(|(id, _)| *id).collect()
    }
}

fn digest(row: &Row, column: &'static str) -> Digest {
    row.text(column).unwrap().parse().unwrap()
}

fn client_of(row: &Row, column: &'static str) -> ClientId {
    row.text(column).unwrap().parse().unwrap()
}
