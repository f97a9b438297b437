//! That a list never says anything of a packet that its file and the trusted keys do not say. Every list in any test is
//! compared with the files; here it is the changes of trust, the older wallets and the cost that are tried.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::api::discovery::{Discovery, Role};
use crate::wallet::Wallet;
use crate::wallet::tests::doubles::{Bank, CODE, Enterprise, NOW, Person, Terms};

async fn verdicts(wallet: &Wallet) -> Vec<Verdict> {
    // Compared with the files on the way.
    wallet.list().await.unwrap().into_iter().map(|listed| listed.verdict).collect()
}

/// Whom a wallet comes to know, in one of the ways in which it does.
#[derive(Clone, Copy, Debug)]
enum Step {
    AddIssuer(usize),
    AddBank(usize),
    Link(usize),
    Take(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..2_usize).prop_map(Step::AddIssuer),
        (0..2_usize).prop_map(Step::AddBank),
        (0..2_usize).prop_map(Step::Link),
        (0..3_usize, 0..3_usize).prop_map(|(issuer, bank)| Step::Take(issuer, bank)),
    ];
    proptest::collection::vec(step, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_trusted_when_every_verdict_is_the_fresh_one(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let issuers = [Enterprise::start(1).await, Enterprise::start(2).await, Enterprise::start(3).await];
            let banks = [
                Bank::start(4, "620000").await, Bank::start(5, "620001").await, Bank::start(6, "620002").await,
            ];
            // The third bank is known by the first one's word only.
            banks[0].befriend(&banks[2]);
            let wallet = Person::new().wallet().await;
            for step in steps {
                match step {
                    Step::AddIssuer(at) => drop(wallet.add_issuer(&issuers[at].origin).await.unwrap()),
                    Step::AddBank(at) => drop(wallet.add_bank(&banks[at].origin).await.unwrap()),
                    // Only at a bank that is known; it brings along those that the bank deals with.
                    Step::Link(at) => drop(wallet.link_account(&banks[at].account(), CODE).await),
                    Step::Take(issuer, bank) => {
                        let file = issuers[issuer].packet(&banks[bank], &Terms::default());
                        wallet.import(&file.to_bytes()).await.unwrap();
                    }
                }
                verdicts(&wallet).await;
            }
        });
    }
}

#[tokio::test]
async fn a_key_that_becomes_known_unmasks_what_was_taken_in_before() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let wallet = Person::new().wallet().await;
    let file = enterprise.packet(&bank, &Terms::default());
    wallet.import(&file.to_bytes()).await.unwrap();
    assert_eq!(verdicts(&wallet).await, [Verdict::Unchecked]);
    let other = Enterprise::start(7).await;
    let document = Discovery { origin: enterprise.origin.clone(), ..document(&other, Role::Enterprise) };
    wallet.store.decide(move |tx| trust::pin_issuer(tx, &document, false, NOW)).await.unwrap();
    assert_eq!(verdicts(&wallet).await, [Verdict::NotGenuine], "its signature is none of the pinned keys");
    wallet.add_bank(&bank.origin).await.unwrap();
    assert_eq!(verdicts(&wallet).await, [Verdict::Genuine], "a known bank vouches for it");
}

fn document(of: &Enterprise, role: Role) -> Discovery {
    Discovery {
        role,
        origin: of.origin.clone(),
        name: "福来公司".into(),
        keys: vec![of.key.public()],
        changes: Vec::new(),
        account_prefixes: Vec::new(),
        members: Vec::new(),
    }
}

#[tokio::test]
async fn a_wallet_of_an_older_version_is_filled_in_and_a_crash_on_the_way_is_made_up_for() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    for serial in 1..=7 {
        let terms = Terms { serial, ..Terms::default() };
        wallet.import(&enterprise.packet(&bank, &terms).to_bytes()).await.unwrap();
    }
    let before = wallet.list().await.unwrap();

    // As an older version left it: no lines, no mark.
    let forget = |tx: &mut Tx<'_>| {
        tx.execute("DELETE FROM line", &values![])?;
        Ok::<_, WalletError>(tx.execute("DELETE FROM meta WHERE key = 'lines'", &values![])?)
    };
    wallet.store.decide(forget).await.unwrap();
    wallet.close().await;
    let wallet = person.wallet().await;
    assert_eq!(wallet.list().await.unwrap(), before);

    // As a crash left it: some are judged under the new rules, and others say what no rule says any more.
    let crash = |tx: &mut Tx<'_>| {
        tx.execute("DELETE FROM line WHERE number > 5", &values![])?;
        tx.execute("UPDATE line SET verdict = 'not-genuine' WHERE number > 3", &values![])?;
        let mark = format!("{} up to 3", rules());
        Ok::<_, WalletError>(tx.execute("UPDATE meta SET value = ?1 WHERE key = 'lines'", &values![mark])?)
    };
    wallet.store.decide(crash).await.unwrap();
    wallet.close().await;
    let wallet = person.wallet().await;
    assert_eq!(wallet.list().await.unwrap(), before);

    // As an older program that still ran left it.
    let late = |tx: &mut Tx<'_>| Ok::<_, WalletError>(tx.execute("DELETE FROM line WHERE number = 4", &values![])?);
    wallet.store.decide(late).await.unwrap();
    wallet.close().await;
    let wallet = person.wallet().await;
    assert_eq!(wallet.list().await.unwrap(), before);
    assert_eq!(wallet.store.read(work).await.unwrap(), None, "nothing is left to be done");
}

#[tokio::test]
async fn other_rules_judge_everything_again() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    wallet.import(&enterprise.packet(&bank, &Terms::default()).to_bytes()).await.unwrap();
    let other = |tx: &mut Tx<'_>| {
        tx.execute("UPDATE line SET verdict = 'unchecked'", &values![])?;
        Ok::<_, WalletError>(tx.execute("UPDATE meta SET value = '0.0.9 other' WHERE key = 'lines'", &values![])?)
    };
    wallet.store.decide(other).await.unwrap();
    wallet.close().await;
    assert_eq!(verdicts(&person.wallet().await).await, [Verdict::Genuine]);
}

#[tokio::test]
async fn a_list_reads_no_file_and_searches_nothing() {
    let wallet = Person::new().wallet().await;
    let store = &wallet.store;
    let plan = |sql: String, with: Vec<crate::store::Value>| async move {
        let explain =
            move |tx: &mut Tx<'_>| Ok::<_, WalletError>(tx.rows(&format!("EXPLAIN QUERY PLAN {sql}"), &with)?);
        let rows = store.read(explain).await.unwrap();
        rows.iter().map(|row| row.text("detail").unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = plan(page(), values![i64::MAX, PAGE].to_vec()).await;
    assert!(list.iter().any(|step| step.contains("packet USING COVERING INDEX packet_row")), "{list:?}");
    let rewards = plan(REWARDS.to_owned(), values!["x"].to_vec()).await;
    assert!(rewards.iter().any(|step| step.contains("packet USING COVERING INDEX packet_row")), "{rewards:?}");
    for step in list.iter().chain(&rewards) {
        assert!(!step.contains("TEMP B-TREE"), "{step}");
    }
}
