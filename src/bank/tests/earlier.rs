//! Books of every earlier version of this program: no row is lost, and the audit holds them to be right.

use super::*;
use crate::bank::expiry;
use crate::store::earlier::brought_up;

/// What banks could do from the first version on: accounts, vouchers that are paid, wait and expire, funds.
async fn plain_bank() -> TestBank {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let person = Person::at(&bank, 70).await;
    let paid = shop.issue(&bank, &shop.claims(&bank, 2)).await.unwrap();
    person.collect_and_settle(&bank, &paid).await;
    shop.freeze(&bank, uuid(), 5).await.unwrap();
    let mut brief = shop.claims(&bank, 2);
    brief.exp = START + 1;
    shop.issue(&bank, &brief).await.unwrap();
    bank.settle().await;
    bank.clock.set(START + 302);
    expiry::step(&bank.bank).await;
    shop.issue(&bank, &shop.claims(&bank, 2)).await.unwrap();
    bank
}

#[tokio::test]
async fn books_of_each_earlier_version_keep_every_row_and_are_in_order() {
    for (bank, is_plain) in [(plain_bank().await, true), (audits::busy_bank().await, false)] {
        assert!(bank.audit().await.ok);
        bank.store().clone().close().await;
        let Some(file) = bank.place.as_file() else { return };
        for brought in brought_up(&file, Schema::Bank) {
            for table in
                ["account", "ledger_account", "transfer", "voucher", "share", "fund", "collection", "applicant"]
            {
                assert!(brought.rows[table] > 0, "after {} steps there was a {table}", brought.steps);
            }
            let store = Store::open(&brought.path, Schema::Bank).unwrap();
            let found = audit(&store).await.unwrap();
            // The first version noted no change of a voucher, and the second not since when: the audit tells no more than that.
            let is_noted = |told: &str| brought.steps > 2 || !["voucher-changed", "voucher-since"].contains(&told);
            let wrong: Vec<_> = found.differences.iter().filter(|it| is_noted(&it.invariant)).collect();
            assert!(wrong.is_empty() || !is_plain, "after {} steps: {wrong:#?}", brought.steps);
            store.close().await;
        }
    }
}
