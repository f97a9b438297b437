//! Files by a key that is not known of somebody who is: looked at, asked about, and judged again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::doubles::{Bank, Enterprise, Person, Terms, key};
use crate::packet::{PacketFile, Verdict};
use crate::wallet::{Wallet, inspect};

struct Scene {
    enterprise: Arc<Enterprise>,
    bank: Arc<Bank>,
    person: Person,
    wallet: Wallet,
}

impl Scene {
    /// An enterprise that is known and changed its key to number 9 since; its bank is not known, so nobody vouches for it.
    async fn new() -> Self {
        let (enterprise, bank, person) = (Enterprise::start(1).await, Bank::start(2, "620000").await, Person::new());
        let wallet = person.wallet_knowing(&enterprise, &[]).await;
        enterprise.change_key(&key(9));
        Self { enterprise, bank, person, wallet }
    }

    fn packet_by(&self, secret: u8) -> PacketFile {
        self.enterprise.packet_by(&key(secret), &self.bank, &Terms::default())
    }

    fn asked(&self) -> usize {
        self.enterprise.mood.requests.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_yet_is_asked_for_only_when_one_says_so() {
    let scene = Scene::new().await;
    let (file, before) = (scene.packet_by(9).to_bytes(), scene.asked());
    let seen = inspect(scene.person.dir.path(), &file).await.unwrap();
    assert_eq!((seen.verdict, seen.asked), (Verdict::NotGenuine, false), "nobody takes it for genuine");
    assert_eq!(seen.ask, std::slice::from_ref(&scene.enterprise.origin));
    let refused = scene.wallet.import(&file).await.unwrap_err();
    assert_eq!(refused.code(), "not-genuine");
    assert!(refused.next().contains("--ask"), "{}", refused.next());
    assert_eq!(scene.asked(), before, "looking asks nobody");

    let judged = scene.wallet.inspect_asking(&file).await.unwrap();
    assert_eq!(
        (judged.verdict, judged.asked, judged.ask.len()),
        (Verdict::Unchecked, true, 0),
        "its bank is not known"
    );
    assert_eq!(scene.asked(), before + 1);
    assert!(scene.wallet.import(&file).await.unwrap().new);
}

#[tokio::test]
async fn a_forged_key_stays_refused_after_asking() {
    let scene = Scene::new().await;
    let file = scene.packet_by(8).to_bytes();
    let judged = scene.wallet.inspect_asking(&file).await.unwrap();
    assert_eq!((judged.verdict, judged.asked), (Verdict::NotGenuine, true));
    assert_eq!(judged.ask, std::slice::from_ref(&scene.enterprise.origin));
    assert_eq!(scene.wallet.import(&file).await.unwrap_err().code(), "not-genuine");
}

#[tokio::test]
async fn one_who_is_known_is_asked_once_however_many_unknown_keys_are_named() {
    let scene = Scene::new().await;
    let before = scene.asked();
    for secret in 50..53 {
        let judged = scene.wallet.inspect_asking(&scene.packet_by(secret).to_bytes()).await.unwrap();
        assert_eq!(judged.verdict, Verdict::NotGenuine);
    }
    assert_eq!(scene.asked(), before + 1);
    // One whom nobody pinned is not asked at all, whatever a file says of it.
    let unknown = Enterprise::start(5).await;
    let file = unknown.packet(&scene.bank, &Terms::default());
    scene.wallet.surroundings.client.allow(unknown.origin.clone());
    scene.wallet.inspect_asking(&file.to_bytes()).await.unwrap();
    assert_eq!(unknown.mood.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_is_asked_about_what_is_wrong_anyway_and_who_is_away_decides_nothing() {
    let scene = Scene::new().await;
    let mut other = scene.packet_by(8);
    other.voucher = scene.packet_by(9).voucher;
    let before = scene.asked();
    let judged = scene.wallet.inspect_asking(&other.to_bytes()).await.unwrap();
    assert_eq!((judged.verdict, judged.asked, judged.ask.len()), (Verdict::NotGenuine, false, 0));
    assert_eq!(scene.asked(), before);

    scene.enterprise.mood.down.store(true, Ordering::SeqCst);
    let file = scene.packet_by(9).to_bytes();
    assert_eq!(scene.wallet.inspect_asking(&file).await.unwrap_err().code(), "unreachable");
    assert!(!inspect(scene.person.dir.path(), &file).await.unwrap().ask.is_empty(), "it can be asked later");
}
