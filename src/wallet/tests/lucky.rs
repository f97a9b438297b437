//! Lucky draws computed again: an honest bank's holds; of one that cheats its own signature is the evidence.

use super::*;
use crate::api::draw::{self, DrawClaims, Flaw, Place};
use crate::money::Amount;
use crate::packet::draw::{Seed, shares};

/// What a cheating bank changes in what it publishes.
type Change<'a> = &'a dyn Fn(&mut DrawClaims);

const SHARES: u32 = 8;
const OWN: usize = 2;
const TWO_DAYS: u64 = 2 * 24 * 60 * 60;

fn seed(number: u8) -> Seed {
    Seed::from_bytes(zeroize::Zeroizing::new([number; 32]))
}

/// A wallet that was paid the third of eight shares of 88 yuan.
struct Lucky {
    bank: Arc<Bank>,
    person: Person,
    wallet: Wallet,
    id: String,
    honest: DrawClaims,
}

impl Lucky {
    /// `drawn` changes what the bank pays.
    async fn paid(drawn: impl FnOnce(&mut Amount, &mut u32)) -> Self {
        let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
        let person = Person::new();
        let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
        let terms = Terms { shares: SHARES, draw: Some(seed(7).draw()), ..Terms::default() };
        let file = enterprise.packet(&bank, &terms);
        let id = take(&wallet, &file).await;
        let packet = file.packet.id();
        let amounts = shares(&seed(7), &packet, 8800, SHARES).unwrap();
        let (mut amount, mut place) = (Amount { minor: amounts[OWN], ..yuan(1) }, 3);
        drawn(&mut amount, &mut place);
        *bank.pays.lock().unwrap() = Some((amount, place));
        wallet.open_packet(&id, TELL).await.unwrap();
        wallet.link_account(&bank.account(), CODE).await.unwrap();
        let applied = wallet.collect(&id, &into(&bank)).await.unwrap();
        assert_eq!((applied.amount, applied.share), (None, None), "nobody knows before it is paid");
        assert_eq!(wallet.list().await.unwrap()[0].amount, None);
        while wallet.follow_collection(&id, Duration::from_secs(5)).await.unwrap().state != CollectionState::Paid {}
        let account = bank.accounts.lock().unwrap()[0];
        let mark = |place: u32| match place {
            3 => draw::mark(&packet, &account),
            other => draw::mark(&packet, &Digest::of(&other.to_be_bytes())),
        };
        let places = (1..).zip(&amounts).map(|(place, minor)| Place { place, minor: *minor, mark: mark(place) });
        let honest = DrawClaims {
            iss: bank.origin.clone(),
            iat: NOW,
            packet,
            voucher: "V1".into(),
            seed: seed(7),
            total: yuan(88),
            shares: SHARES,
            paid: SHARES,
            after: 0,
            places: places.collect(),
        };
        Self { bank, person, wallet, id, honest }
    }

    fn publish(&self, change: impl FnOnce(&mut DrawClaims)) {
        let mut claims = self.honest.clone();
        change(&mut claims);
        *self.bank.drawn.lock().unwrap() = Some(claims);
    }

    async fn draw(&self) -> DrawView {
        self.wallet.show(&self.id).await.unwrap().draw.unwrap()
    }
}

#[tokio::test]
async fn an_honest_draw_is_checked_when_it_is_closed() {
    let lucky = Lucky::paid(|_, _| ()).await;
    let waiting = lucky.wallet.verify_draw(&lucky.id).await.unwrap();
    assert_eq!((waiting.state, waiting.share, waiting.shares), (DrawState::Waiting, Some(3), 8));
    assert!(lucky.wallet.sync().await.unwrap().draws.is_empty());
    lucky.publish(|_| ());
    let synced = lucky.wallet.sync().await.unwrap();
    assert_eq!((synced.draws, synced.problems.len()), (vec![lucky.honest.packet], 0), "by itself");
    let draw = lucky.draw().await;
    assert_eq!((draw.state, draw.compared, draw.paid, draw.flaw), (DrawState::Holds, Some(8), Some(8), None));
    assert_eq!((draw.amount.unwrap().minor, draw.evidence.len()), (lucky.honest.places[OWN].minor, 1));
    assert!(lucky.wallet.sync().await.unwrap().draws.is_empty(), "once");
    assert_eq!(lucky.wallet.verify_draw(&lucky.id).await.unwrap().state, DrawState::Holds);
    let listed = lucky.wallet.list().await.unwrap();
    assert_eq!(listed[0].amount, draw.amount, "what was paid, not the pot");
}

#[tokio::test]
async fn a_bank_that_cheats_is_caught_by_its_own_signature() {
    let other = Digest::of(b"somebody else");
    let cases: [(Change<'_>, Flaw); 6] = [
        // Another seed, whose shares it paid.
        (&|it| it.seed = seed(8), Flaw::OtherSeed),
        // Another function of the same seed.
        (
            &|it| (it.places[6].minor, it.places[7].minor) = (1, it.places[6].minor + it.places[7].minor - 1),
            Flaw::OtherShares,
        ),
        // Swapped places.
        (&|it| (it.places[1].minor, it.places[5].minor) = (it.places[5].minor, it.places[1].minor), Flaw::OtherShares),
        // The place given to two.
        (&|it| it.places[OWN].mark = other, Flaw::OwnPlace),
        (&|it| it.places[7].mark = it.places[OWN].mark, Flaw::PlaceTwice),
        (&|it| it.total = yuan(80), Flaw::OtherTerms),
    ];
    let lucky = Lucky::paid(|_, _| ()).await;
    for (change, flaw) in cases {
        // Each is found by a wallet that has not heard of it before.
        lucky
            .wallet
            .store
            .decide(|tx| tx.execute("UPDATE draw SET state = 'waiting', flaw = NULL", &values![]))
            .await
            .unwrap();
        lucky.publish(change);
        let draw = lucky.wallet.verify_draw(&lucky.id).await.unwrap();
        assert_eq!((draw.state, draw.flaw), (DrawState::Broken, Some(flaw)));
        assert!(!draw.evidence.is_empty());
    }
    // It cannot take back what it signed.
    lucky.publish(|_| ());
    assert_eq!(lucky.wallet.verify_draw(&lucky.id).await.unwrap().state, DrawState::Broken);
    lucky.wallet.sync().await.unwrap();
    assert_eq!(lucky.draw().await.state, DrawState::Broken);
}

#[tokio::test]
async fn a_share_that_was_not_drawn_is_found() {
    let short = Lucky::paid(|amount, _| amount.minor -= 1).await;
    short.publish(|_| ());
    assert_eq!(short.wallet.verify_draw(&short.id).await.unwrap().flaw, Some(Flaw::OwnAmount));
    let swapped = Lucky::paid(|_, place| *place = 4).await;
    swapped.publish(|_| ());
    let flaw = swapped.wallet.verify_draw(&swapped.id).await.unwrap().flaw;
    assert!(matches!(flaw, Some(Flaw::OwnAmount | Flaw::OwnPlace)), "{flaw:?}");
}

#[tokio::test]
async fn a_bank_that_never_publishes_is_told_after_some_time() {
    let lucky = Lucky::paid(|_, _| ()).await;
    lucky.wallet.sync().await.unwrap();
    assert_eq!(lucky.draw().await.state, DrawState::Waiting);
    lucky.person.clock.advance(Duration::from_secs(3600 + TWO_DAYS + 1));
    assert_eq!(lucky.draw().await.state, DrawState::Waiting, "the bank was not asked since");
    lucky.bank.mood.down.store(true, SeqCst);
    assert_eq!(code(lucky.wallet.verify_draw(&lucky.id).await), "unreachable");
    assert_eq!(lucky.draw().await.state, DrawState::Waiting, "silence is nobody's word");
    lucky.bank.mood.down.store(false, SeqCst);
    assert_eq!(lucky.wallet.verify_draw(&lucky.id).await.unwrap().state, DrawState::Overdue);
    lucky.publish(|_| ());
    assert_eq!(lucky.wallet.verify_draw(&lucky.id).await.unwrap().state, DrawState::Holds);
}

#[tokio::test]
async fn what_is_no_page_of_the_bank_proves_nothing() {
    let lucky = Lucky::paid(|_, _| ()).await;
    lucky.publish(|it| it.packet = Digest::of(b"other"));
    assert_eq!(code(lucky.wallet.verify_draw(&lucky.id).await), "bad-answer");
    assert_eq!(lucky.draw().await.state, DrawState::Waiting);
    let enterprise = Enterprise::start(5).await;
    let equal = take(&lucky.wallet, &enterprise.packet(&lucky.bank, &Terms::default())).await;
    assert_eq!(code(lucky.wallet.verify_draw(&equal).await), "not-lucky");
    assert!(lucky.wallet.show(&equal).await.unwrap().draw.is_none());
}
