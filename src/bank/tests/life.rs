//! What becomes of vouchers after their issue: withdrawn and extended, over the routes, in races, and after a kill.

use super::*;
use crate::api::feed::FeedKind;
use crate::api::instruction::{InstructionClaims, Kind, PacketResult, read_outcome};
use crate::api::states::InstructionResult::{
    self, AlreadyWithdrawn, BeyondFund, Expired, Extended, NotLater, NotRevocable, TooFar, Unknown, Withdrawn,
};
use crate::api::states::{CollectionState, RefusalReason, VoucherState};
use crate::bank::expiry;
use crate::jose::Digest;

/// The claims of a packet that can be withdrawn.
pub(super) fn revocable(shop: &Shop, bank: &TestBank, shares: u32) -> PacketClaims {
    let mut claims = shop.claims(bank, shares);
    if let Contents::Bank { revocable, .. } = &mut claims.contents {
        *revocable = true;
    }
    claims
}

/// An instruction of a shop.
pub(super) struct Wish {
    pub(super) jti: Uuid,
    pub(super) kind: Kind,
    pub(super) claims: InstructionClaims,
}

impl Wish {
    pub(super) fn new(shop: &Shop, bank: &TestBank, files: &[&PacketFile], until: Option<i64>) -> Self {
        let jti = uuid();
        let claims = InstructionClaims {
            iss: shop.origin.clone(),
            aud: bank.origin().clone(),
            jti,
            iat: bank.clock.now(),
            packets: files.iter().map(|file| file.packet.id()).collect(),
            reason: "sent by mistake".into(),
            until,
        };
        let kind = if until.is_some() { Kind::Extend } else { Kind::Withdraw };
        Self { jti, kind, claims }
    }

    /// The bank's outcome, word for word.
    pub(super) async fn send(&self, shop: &Shop, bank: &TestBank) -> Result<String, String> {
        let claims = InstructionClaims { iat: bank.clock.now(), ..self.claims.clone() };
        let signed = Jws::sign(&shop.key, self.kind.typ(), &claims).unwrap();
        let body = json!({ "instruction": signed.as_str() });
        let answer =
            send(router(bank.bank.clone()), "POST", routes::INSTRUCTIONS, None, serde_json::to_vec(&body).unwrap());
        Ok(answer.await?["outcome"].as_str().unwrap().to_owned())
    }

    async fn results(&self, shop: &Shop, bank: &TestBank) -> Vec<PacketResult> {
        let outcome = self.send(shop, bank).await.unwrap();
        let asked = (self.jti, self.kind, self.claims.packets.as_slice());
        let keys = bank.bank.party.keys();
        read_outcome(&outcome, (bank.origin(), &keys), &shop.origin, asked).unwrap().results
    }
}

pub(super) async fn withdraw(shop: &Shop, bank: &TestBank, files: &[&PacketFile]) -> Vec<InstructionResult> {
    let results = Wish::new(shop, bank, files, None).results(shop, bank).await;
    results.into_iter().map(|result| result.result).collect()
}

pub(super) async fn extend(shop: &Shop, bank: &TestBank, file: &PacketFile, until: i64) -> InstructionResult {
    Wish::new(shop, bank, &[file], Some(until)).results(shop, bank).await[0].result
}

#[tokio::test]
async fn what_nobody_collected_is_withdrawn_and_told_to_everybody() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (first, second) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    let file = shop.issue(&issuing, &revocable(&shop, &issuing, 3)).await.unwrap();
    assert_eq!(first.collect_and_settle(&collecting, &file).await.state, CollectionState::Paid);
    assert_eq!(issuing.balance(&shop.account).await, 97_000);
    issuing.clock.set(START + 10);

    let wish = Wish::new(&shop, &issuing, &[&file], None);
    let outcome = wish.send(&shop, &issuing).await.unwrap();
    let results = wish.results(&shop, &issuing).await;
    assert_eq!((results[0].result, results[0].amount), (Withdrawn, Some(cny(2000))));
    assert_eq!(issuing.balance(&shop.account).await, 99_000);
    let status = issuing.status(&file.packet).await;
    assert_eq!((status.state, status.left, status.payable), (VoucherState::Withdrawn, 2, false));
    assert_eq!(status.since, START + 10);
    let entries = super::issuing::read_feed(&issuing, &shop, 2).await.entries;
    let told: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.amount.minor)).collect();
    assert_eq!(told, [(FeedKind::Withdrawn, 2000)]);

    let late = second.collect_and_settle(&collecting, &file).await;
    assert_eq!((late.state, late.reason), (CollectionState::Rejected, Some(RefusalReason::Withdrawn)));
    assert_eq!(collecting.balance(&second.account).await, 0);

    issuing.clock.set(START + 3 * DAY);
    expiry::step(&issuing.bank).await;
    assert_eq!(wish.send(&shop, &issuing).await.unwrap(), outcome, "the same words, also long after its end");
    assert_eq!(withdraw(&shop, &issuing, &[&file]).await, [AlreadyWithdrawn]);
    assert_eq!(issuing.balance(&shop.account).await, 99_000);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn only_what_is_signed_revocable_and_still_there_is_withdrawn() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let person = Person::at(&bank, 70).await;
    let firm = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    let paid = shop.issue(&bank, &revocable(&shop, &bank, 1)).await.unwrap();
    person.collect_and_settle(&bank, &paid).await;
    let mut brief = revocable(&shop, &bank, 1);
    brief.exp = START + 1;
    let expired = shop.issue(&bank, &brief).await.unwrap();
    let fund = shop.freeze(&bank, uuid(), 5).await.unwrap();
    let mut claims = revocable(&shop, &bank, 1);
    claims.reward_for = Some(Digest::of(b"reward"));
    let reward = shop.apply(&bank, &shop.sign(&claims), json!({ "fund": fund })).await.unwrap();
    let open = shop.issue(&bank, &revocable(&shop, &bank, 2)).await.unwrap();
    let never = PacketFile { packet: shop.sign(&revocable(&shop, &bank, 1)), ..open.clone() };
    bank.clock.set(START + 302);
    assert_eq!(withdraw(&shop, &bank, &[&expired]).await, [Expired], "time decides, not when the bank comes to it");
    expiry::step(&bank.bank).await;

    let all = [&firm, &paid, &expired, &reward, &open, &never];
    let results = withdraw(&shop, &bank, &all).await;
    let words = [NotRevocable, InstructionResult::Paid, Expired, NotRevocable, Withdrawn, Unknown];
    assert_eq!(results, words);

    let other = Shop::named(&bank, "https://other.example", 51).await;
    assert_eq!(withdraw(&other, &bank, &[&firm]).await, [Unknown], "another enterprise's");
    assert!(bank.audit().await.ok, "{:?}", bank.audit().await);
}

#[tokio::test]
async fn an_instruction_is_its_applicants_and_one_id_is_one_instruction() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let file = shop.issue(&bank, &revocable(&shop, &bank, 1)).await.unwrap();
    let other = shop.issue(&bank, &revocable(&shop, &bank, 1)).await.unwrap();
    let stranger = Shop { key: key(99), origin: shop.origin.clone(), account: shop.account.clone() };
    let wish = Wish::new(&shop, &bank, &[&file], None);
    assert_eq!(wish.send(&stranger, &bank).await.unwrap_err(), "unknown-party");
    wish.send(&shop, &bank).await.unwrap();
    let mut reused = Wish::new(&shop, &bank, &[&other], None);
    reused.claims.jti = wish.jti;
    assert_eq!(reused.send(&shop, &bank).await.unwrap_err(), "id-reused");
    let mut extending = Wish::new(&shop, &bank, &[&file], Some(START + 2 * DAY));
    extending.claims.jti = wish.jti;
    assert_eq!(extending.send(&shop, &bank).await.unwrap_err(), "id-reused");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM withdrawal").await, 1);
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn of_a_withdrawal_and_orders_at_once_the_first_commit_wins() {
    for round in 0..8 {
        let (issuing, collecting) = two_banks().await;
        let shop = Shop::at(&issuing).await;
        let file = shop.issue(&issuing, &revocable(&shop, &issuing, 2)).await.unwrap();
        let (here, there) = (Person::at(&issuing, 70).await, Person::at(&collecting, 71).await);
        let files = [&file];
        let (result, first, second) = tokio::join!(
            withdraw(&shop, &issuing, &files),
            here.collect_and_settle(&issuing, &file),
            there.collect_and_settle(&collecting, &file),
        );
        let paid = [&first, &second].iter().filter(|it| it.state == CollectionState::Paid).count();
        for end in [&first, &second].iter().filter(|it| it.state != CollectionState::Paid) {
            assert_eq!(end.reason, Some(RefusalReason::Withdrawn), "round {round}");
        }
        let expected = if paid == 2 { InstructionResult::Paid } else { Withdrawn };
        assert_eq!(result, [expected], "round {round}");
        let back = 98_000 + if paid == 2 { 0 } else { 2000 - 1000 * i64::try_from(paid).unwrap() };
        assert_eq!(issuing.balance(&shop.account).await, back, "round {round}");
        assert_mirrored(&issuing, &collecting).await;
    }
}

#[tokio::test]
async fn a_withdrawal_decided_before_a_kill_is_answered_after_it() {
    let mut bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let file = shop.issue(&bank, &revocable(&shop, &bank, 1)).await.unwrap();
    let wish = Wish::new(&shop, &bank, &[&file], None);
    let outcome = wish.send(&shop, &bank).await.unwrap();
    bank.restart().await;
    assert_eq!(wish.send(&shop, &bank).await.unwrap(), outcome);
    assert_eq!(bank.balance(&shop.account).await, 100_000);
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn an_extended_voucher_is_paid_after_its_old_end_and_returned_after_the_new_one() {
    let (issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (first, second) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    assert_eq!(issuing.status(&file.packet).await.expires, START + DAY);
    issuing.clock.set(START + DAY + 300);
    assert_eq!(extend(&shop, &issuing, &file, START + 3 * DAY).await, Extended, "until the money goes back");
    issuing.clock.set(START + 2 * DAY);
    expiry::step(&issuing.bank).await;
    let status = issuing.status(&file.packet).await;
    assert_eq!((status.state, status.payable, status.expires), (VoucherState::Issued, true, START + 3 * DAY));
    assert_eq!(first.collect_and_settle(&collecting, &file).await.state, CollectionState::Paid);

    for (until, result) in [
        (START + 3 * DAY, NotLater),
        (START + DAY, NotLater),
        (START + 2 * DAY + 366 * DAY + 1, TooFar),
        (START + 4 * DAY, Extended),
    ] {
        assert_eq!(extend(&shop, &issuing, &file, until).await, result, "{until}");
    }
    issuing.clock.set(START + 4 * DAY + 301);
    assert_eq!(extend(&shop, &issuing, &file, START + 9 * DAY).await, Expired, "due to go back");
    let late = second.collect_and_settle(&collecting, &file).await;
    assert_eq!(late.reason, Some(RefusalReason::Expired));
    expiry::step(&issuing.bank).await;
    assert_eq!(extend(&shop, &issuing, &file, START + 9 * DAY).await, Expired);
    assert_eq!(issuing.status(&file.packet).await.state, VoucherState::Returned);
    assert_eq!(issuing.balance(&shop.account).await, 99_000);
    assert_mirrored(&issuing, &collecting).await;
}

#[tokio::test]
async fn a_reward_is_never_paid_for_longer_than_its_fund_is_kept() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let fund = shop.freeze(&bank, uuid(), 5).await.unwrap();
    let mut claims = shop.claims(&bank, 1);
    claims.reward_for = Some(Digest::of(b"reward"));
    let reward = shop.apply(&bank, &shop.sign(&claims), json!({ "fund": fund })).await.unwrap();
    assert_eq!(extend(&shop, &bank, &reward, START + 31 * DAY + 1).await, BeyondFund);
    assert_eq!(extend(&shop, &bank, &reward, START + 31 * DAY).await, Extended);
    assert!(bank.audit().await.ok);
}

/// Who gives back may be late.
#[tokio::test]
async fn what_has_ended_is_not_extended_though_its_money_is_still_there() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let file = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    bank.clock.set(START + DAY + 301);
    assert_eq!(bank.status(&file.packet).await.state, VoucherState::Issued);
    assert_eq!(extend(&shop, &bank, &file, START + 3 * DAY).await, Expired);
}

#[tokio::test]
async fn of_an_extension_and_the_end_at_once_the_first_commit_wins() {
    for _ in 0..4 {
        let bank = one_bank().await;
        let shop = Shop::at(&bank).await;
        let file = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
        bank.clock.set(START + DAY + 300);
        let signed = Wish::new(&shop, &bank, &[&file], Some(START + 3 * DAY));
        // The clock ticks between the two, so either may be first.
        let (results, _) = tokio::join!(signed.results(&shop, &bank), async {
            bank.clock.set(START + DAY + 301);
            expiry::step(&bank.bank).await
        });
        let state = bank.status(&file.packet).await.state;
        match results[0].result {
            Extended => assert_eq!(state, VoucherState::Issued),
            Expired => assert_eq!(state, VoucherState::Returned),
            other => panic!("{other}"),
        }
        assert!(bank.audit().await.ok);
    }
}
