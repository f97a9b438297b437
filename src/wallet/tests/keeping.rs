//! Backups and what they bring back, with servers that remember.

use super::doubles::{Bank, CODE, Enterprise, Person, Terms, yuan};
use super::{TELL, by, code, into, take};
use crate::api::states::CollectionState;
use crate::identity::phrase::WordList;
use crate::wallet::{Carrier, ForwardState, Wallet, WalletError};
use zeroize::Zeroizing;

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

async fn saved(wallet: &Wallet, person: &Person) -> Vec<u8> {
    let path = person.dir.path().join("my.hongbao-backup");
    wallet.back_up(&path, secret("春风")).await.unwrap();
    assert!(matches!(wallet.back_up(&path, secret("x")).await, Err(WalletError::Exists(_))));
    std::fs::read(path).unwrap()
}

async fn phrase(wallet: &Wallet) -> String {
    let phrase = wallet.recovery_phrase(WordList::Chinese).await.unwrap();
    phrase.words().collect()
}

#[tokio::test]
async fn everything_comes_back_from_a_backup() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, again) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    a.link_account(&bank.account(), CODE).await.unwrap();
    let ids = [
        take(&a, &enterprise.packet(&bank, &Terms::default())).await,
        take(&a, &enterprise.packet(&bank, &Terms { shares: 2, ..Terms::default() })).await,
    ];
    a.open_packet(&ids[0], TELL).await.unwrap();
    a.open_packet(&ids[1], TELL).await.unwrap();
    a.forward(&ids[1], by(Carrier::Link)).await.unwrap();
    let file = saved(&a, &anna).await;
    let left: Vec<_> = std::fs::read_dir(anna.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".backup-")), "{left:?}");

    // After the backup one more thing happens, of which only the bank knows then.
    a.collect(&ids[0], &into(&bank)).await.unwrap();

    let b = again.wallet().await;
    assert_eq!(code(b.restore(file.clone(), secret("冬风")).await), "backup-shut");
    assert!(b.client_id().await.unwrap().is_none() && again.keys_are_empty(), "nothing was kept");
    let restored = b.restore(file.clone(), secret("春风")).await.unwrap();
    assert_eq!((Some(restored.client), restored.packets), (a.client_id().await.unwrap(), 2));
    for (one, other) in a.list().await.unwrap().iter().zip(b.list().await.unwrap()) {
        assert_eq!(
            (one.id, one.verdict, one.state, one.forwards),
            (other.id, other.verdict, other.state, other.forwards)
        );
    }
    assert_eq!(b.accounts().await.unwrap(), a.accounts().await.unwrap());
    assert_eq!(b.show(&ids[1]).await.unwrap().forwards[0].state, ForwardState::Made);
    let synced = b.sync().await.unwrap();
    assert_eq!((synced.found.len(), synced.problems.len()), (1, 0), "{synced:?}");
    b.sync().await.unwrap();
    let (one, other) = (a.show(&ids[0]).await.unwrap(), b.show(&ids[0]).await.unwrap());
    let (one, other) = (one.collection.unwrap(), other.collection.unwrap());
    assert_eq!((one.collection, &one.account), (other.collection, &other.account));
    assert_eq!((other.state, other.amount), (CollectionState::Paid, Some(yuan(88))));
    assert_eq!(b.sync().await.unwrap().found, [], "it is asked once");

    // Into what is in use nothing is restored, not even the same.
    for used in [&a, &b] {
        assert_eq!(code(used.restore(file.clone(), secret("春风")).await), "wallet-in-use");
        assert_eq!(code(used.restore_phrase(&phrase(&a).await).await), "wallet-in-use");
    }
}

#[tokio::test]
async fn a_restore_that_was_interrupted_is_done_again() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, again, other) = (Person::new(), Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    take(&a, &enterprise.packet(&bank, &Terms::default())).await;
    let file = saved(&a, &anna).await;
    // The key was kept, and then the power went.
    let seed = crate::identity::keystore::KeySource::load(&*anna.keys).unwrap().unwrap();
    crate::identity::keystore::KeySource::keep(&*again.keys, &seed).unwrap();
    assert_eq!(again.wallet().await.restore(file.clone(), secret("春风")).await.unwrap().packets, 1);
    // Somebody else's key stays.
    let kept = crate::identity::Seed::from_bytes(Zeroizing::new([5; 32]));
    crate::identity::keystore::KeySource::keep(&*other.keys, &kept).unwrap();
    assert_eq!(code(other.wallet().await.restore(file, secret("春风")).await), "wallet-in-use");
}

#[tokio::test]
async fn a_phrase_finds_what_it_had_collected() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, again) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    a.link_account(&bank.account(), CODE).await.unwrap();
    let file = enterprise.packet(&bank, &Terms::default());
    let id = take(&a, &file).await;
    let opened = a.open_packet(&id, TELL).await.unwrap();
    a.collect(&id, &into(&bank)).await.unwrap();

    let b = again.wallet().await;
    assert_eq!(code(b.restore_phrase("abandon").await), "phrase-count");
    let restored = b.restore_phrase(&phrase(&a).await).await.unwrap();
    assert_eq!(Some(restored.client), a.client_id().await.unwrap());
    let untrusted = b.sync().await.unwrap();
    assert_eq!((untrusted.found.len(), untrusted.problems.len()), (0, 0), "nobody is known, so nobody is asked");
    b.add_issuer(&enterprise.origin).await.unwrap();
    b.add_bank(&bank.origin).await.unwrap();
    take(&b, &file).await;
    b.sync().await.unwrap();
    assert!(b.show(&id).await.unwrap().collection.is_none());
    b.link_account(&bank.account(), CODE).await.unwrap();
    assert_eq!(b.sync().await.unwrap().found.len(), 1, "with the account its bank is asked");
    b.sync().await.unwrap();
    let shown = b.show(&id).await.unwrap();
    assert_eq!(shown.collection.unwrap().state, CollectionState::Paid);
    assert!(shown.opened_at.is_some());
    assert_eq!(opened.notice, crate::wallet::Notice::Answered);
    assert_eq!(bank.applications(), 1, "the money was applied for once");
}

#[tokio::test]
async fn two_devices_of_one_person_apply_once() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, phone) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    a.link_account(&bank.account(), CODE).await.unwrap();
    let id = take(&a, &enterprise.packet(&bank, &Terms::default())).await;
    let file = saved(&a, &anna).await;
    let b = phone.wallet().await;
    b.restore(file, secret("春风")).await.unwrap();
    let options = into(&bank);
    let (one, other) = tokio::join!(a.collect(&id, &options), b.collect(&id, &options));
    assert_eq!(one.unwrap().collection, other.unwrap().collection);
    let (one, other) = (a.open_packet(&id, TELL).await.unwrap(), b.open_packet(&id, TELL).await.unwrap());
    assert_eq!(one, other);
}

#[tokio::test]
async fn packet_files_are_written_beside_nothing_else() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    for shares in 1..4 {
        let mut packet = enterprise.packet(&bank, &Terms { shares, ..Terms::default() });
        packet.packet.claims.envelope.title = "../../evil".into();
        packet.packet.jws =
            crate::jose::Jws::sign(&enterprise.key, crate::jose::Typ::Packet, &packet.packet.claims).unwrap();
        packet.voucher = Some(bank.voucher(&packet.packet));
        take(&wallet, &packet).await;
    }
    let folder = person.dir.path().join("all/of them");
    let packed = wallet.export_packets(&folder).await.unwrap();
    assert_eq!((packed.written, packed.there), (3, 0));
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
    };
    let first = names();
    for path in &first {
        let name = path.file_name().unwrap().to_str().unwrap();
        let own = name.strip_prefix("hongbao-").and_then(|name| name.strip_suffix(".hongbao")).unwrap();
        assert!(
            own.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{name}: nothing of a packet's words"
        );
    }
    // Another file of the same name stays as it is.
    std::fs::write(&first[0], "mine").unwrap();
    let packed = wallet.export_packets(&folder).await.unwrap();
    assert_eq!((packed.written, packed.there), (1, 2));
    assert_eq!(std::fs::read(&first[0]).unwrap(), b"mine");
    assert_eq!(names().len(), 4);
    let again = Person::new().wallet().await;
    for path in &first[1..] {
        assert!(again.import(&std::fs::read(path).unwrap()).await.unwrap().new);
    }
}
