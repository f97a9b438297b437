//! A wallet of every earlier version of this program: nothing in it is lost, and this one reads it.

use super::doubles::{Bank, CODE, Enterprise, Person, Terms};
use super::{TELL, befriend, by, into, take, to};
use crate::store::Schema;
use crate::store::earlier::brought_up;
use crate::wallet::{Carrier, DATABASE, Wallet, tests::doubles};

/// What a person sees of a wallet, without what earlier versions did not know.
async fn seen(wallet: &Wallet) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for packet in wallet.list().await.unwrap() {
        seen.push(format!(
            "{} {:?} {} {:?} {:?}",
            packet.id, packet.verdict, packet.state, packet.amount, packet.collection
        ));
        let shown = wallet.show(&packet.id.to_string()).await.unwrap();
        seen.push(format!("{:?} {:?} {:?}", shown.opened_at, shown.opening, shown.history));
        seen.extend(shown.forwards.iter().map(|forward| format!("{:?} {}", forward.to, forward.n)));
    }
    seen.extend(wallet.friends().await.unwrap().iter().map(|friend| format!("{} {}", friend.client, friend.name)));
    seen.extend(
        wallet.accounts().await.unwrap().iter().map(|account| format!("{} {}", account.account.as_str(), account.bank)),
    );
    seen.extend(wallet.issuers().await.unwrap().iter().map(|issuer| format!("{issuer:?}")));
    seen.extend(wallet.banks().await.unwrap().iter().map(|bank| format!("{bank:?}")));
    seen.extend(wallet.rewards().await.unwrap().iter().map(|reward| format!("{reward:?}")));
    seen.push(format!("{:?} {}", wallet.client_id().await.unwrap(), wallet.waiting_count().await.unwrap()));
    seen
}

#[tokio::test]
async fn a_wallet_of_each_earlier_version_keeps_every_row_and_is_read() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let b = ben.wallet_knowing(&enterprise, &[&bank]).await;
    befriend(&a, &b, "Ben", &ben).await;
    a.link_account(&bank.account(), CODE).await.unwrap();
    let packet = |serial| enterprise.packet(&bank, &Terms { serial, shares: 2, ..Terms::default() });
    let [paid, forwarded, waiting] =
        [take(&a, &packet(1)).await, take(&a, &packet(2)).await, take(&a, &packet(3)).await];
    take(&a, &packet(4)).await;
    for id in [&paid, &forwarded] {
        a.open_packet(id, TELL).await.unwrap();
    }
    a.collect(&paid, &into(&bank)).await.unwrap();
    a.forward(&forwarded, to("Ben")).await.unwrap();
    a.forward(&forwarded, by(Carrier::Save(anna.dir.path().join("x.hongbao")))).await.unwrap();
    // One notice and one forwarding wait to be sent.
    enterprise.mood.down.store(true, std::sync::atomic::Ordering::SeqCst);
    a.open_packet(&waiting, TELL).await.unwrap();
    a.forward(&waiting, to("Ben")).await.unwrap();
    let now = seen(&a).await;
    a.close().await;

    for brought in brought_up(&anna.dir.path().join(DATABASE), Schema::Wallet) {
        for table in
            ["packet", "opening", "forward", "collection", "event", "outbox", "issuer", "bank", "account", "friend"]
        {
            assert!(brought.rows[table] > 0, "after {} steps there was a {table}", brought.steps);
        }
        let dir = brought.path.parent().unwrap();
        let wallet = doubles::open(dir, anna.keys.clone(), anna.clock.clone()).await;
        assert_eq!(seen(&wallet).await, now, "after {} steps", brought.steps);
        wallet.close().await;
    }
}
