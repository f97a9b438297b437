//! Goods or cash at the issuing bank: a share's money goes back once, nobody has both, and never more than there is.

use super::audits::audit_after;
use super::*;
use crate::api::states::{CollectionState, RefusalReason, VoucherState};
use crate::api::surrender::{SurrenderClaims, SurrenderRequest, SurrenderResult, SurrenderedClaims, read_answer};
use crate::bank::expiry;
use crate::jose::ClientId;
use crate::packet::Cash;

impl Shop {
    /// Tea, or 10.00, for each of `shares`.
    pub(super) fn tea(&self, bank: &TestBank, shares: u32) -> PacketClaims {
        let cash = Cash { bank: bank.origin().clone(), amount: cny(1000), revocable: false };
        let contents = Contents::Goods {
            item: "明前龙井".into(),
            quantity: 2,
            unit: None,
            merchant: "Shop".into(),
            terms: None,
            redeem: "Ask.".into(),
            picture: None,
            value: None,
            mode: Mode::Each,
            shares,
            gtin: None,
            handover: None,
            cash: Some(cash),
        };
        PacketClaims { contents, ..self.claims(bank, shares) }
    }

    pub(super) fn surrender(&self, bank: &TestBank, file: &PacketFile, client: ClientId) -> SurrenderClaims {
        let (iss, aud, iat) = (self.origin.clone(), bank.origin().clone(), bank.clock.now());
        SurrenderClaims { iss, aud, jti: uuid(), iat, packet: file.packet.id(), client }
    }

    pub(super) async fn ask(&self, bank: &TestBank, claims: &SurrenderClaims) -> Result<String, String> {
        let surrender = Jws::sign(&self.key, Typ::Surrender, claims).unwrap().as_str().to_owned();
        let body = serde_json::to_value(SurrenderRequest { surrender }).unwrap();
        let answer = bank.ask(&self.asking(), "POST", routes::SURRENDERS, body).await?;
        Ok(answer["answer"].as_str().unwrap().to_owned())
    }

    async fn give_up(&self, bank: &TestBank, file: &PacketFile, client: ClientId) -> SurrenderedClaims {
        let claims = self.surrender(bank, file, client);
        let answer = self.ask(bank, &claims).await.unwrap();
        read_answer(&answer, bank.origin(), &bank.bank.party.keys(), &claims).unwrap()
    }
}

fn id(of: &Person) -> ClientId {
    of.key.public().thumbprint()
}

#[tokio::test]
async fn each_share_is_goods_or_money_and_never_both() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let [li, wang, zhao] = [Person::at(&bank, 60).await, Person::at(&bank, 61).await, Person::at(&bank, 62).await];
    let file = shop.issue(&bank, &shop.tea(&bank, 2)).await.unwrap();
    assert_eq!(bank.balance(&shop.account).await, 98_000, "money for every share");
    let claims = shop.surrender(&bank, &file, id(&li));
    let answer = shop.ask(&bank, &claims).await.unwrap();
    let told = read_answer(&answer, bank.origin(), &bank.bank.party.keys(), &claims).unwrap();
    assert_eq!((told.result, told.amount), (SurrenderResult::Surrendered, Some(cny(1000))));
    assert_eq!(shop.ask(&bank, &claims).await.unwrap(), answer, "word for word");
    assert_eq!(bank.balance(&shop.account).await, 99_000);
    let other = SurrenderClaims { client: id(&wang), ..claims };
    assert_eq!(shop.ask(&bank, &other).await.unwrap_err(), "id-reused");
    let again = shop.give_up(&bank, &file, id(&li)).await;
    assert_eq!(again.reason, Some(RefusalReason::AlreadyCollected));
    let both = li.collect_and_settle(&bank, &file).await;
    assert_eq!((both.state, both.reason), (CollectionState::Rejected, Some(RefusalReason::AlreadyCollected)));
    assert_eq!(wang.collect_and_settle(&bank, &file).await.state, CollectionState::Paid);
    let status = bank.status(&file.packet).await;
    assert_eq!((status.state, status.left), (VoucherState::Paid, 0));
    let had = shop.give_up(&bank, &file, id(&wang)).await;
    assert_eq!(had.reason, Some(RefusalReason::AlreadyCollected));
    let gone = shop.give_up(&bank, &file, id(&zhao)).await;
    assert_eq!(gone.reason, Some(RefusalReason::AllSharesCollected));
    assert_eq!(zhao.collect_and_settle(&bank, &file).await.reason, Some(RefusalReason::AllSharesCollected));
    assert_eq!(bank.balance(&shop.account).await, 99_000);
    assert_mirrored(&bank, &bank).await;
}

#[tokio::test]
async fn the_rest_goes_back_when_its_time_is_over() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let li = Person::at(&bank, 60).await;
    let file = shop.issue(&bank, &shop.tea(&bank, 3)).await.unwrap();
    shop.give_up(&bank, &file, id(&li)).await;
    let all = shop.issue(&bank, &shop.tea(&bank, 1)).await.unwrap();
    shop.give_up(&bank, &all, id(&li)).await;
    assert_eq!(bank.status(&all.packet).await.state, VoucherState::Paid, "nothing of it is left");
    bank.clock.set(START + DAY + 301);
    expiry::step(&bank.bank).await;
    assert_eq!(bank.status(&file.packet).await.state, VoucherState::Returned);
    assert_eq!(bank.balance(&shop.account).await, 100_000);
    let late = shop.give_up(&bank, &file, file.packet.id().to_string().parse().unwrap()).await;
    assert_eq!(late.reason, Some(RefusalReason::Expired));
    assert_mirrored(&bank, &bank).await;
}

#[tokio::test]
async fn money_without_goods_in_its_place_is_not_given_up_and_only_the_applicant_may() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let other = Shop::named(&bank, "https://other.example", 51).await;
    let li = Person::at(&bank, 60).await;
    let money = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    let asked = shop.surrender(&bank, &money, id(&li));
    assert_eq!(shop.ask(&bank, &asked).await.unwrap_err(), "forbidden");
    let tea = shop.issue(&bank, &shop.tea(&bank, 1)).await.unwrap();
    let strange = other.surrender(&bank, &tea, id(&li));
    assert_eq!(other.ask(&bank, &strange).await.unwrap_err(), "unknown-party");
    let forged = SurrenderClaims { iss: shop.origin.clone(), ..strange };
    assert_eq!(other.ask(&bank, &forged).await.unwrap_err(), "unknown-party", "not with that key");
    let old = SurrenderClaims { iat: START - 301, ..shop.surrender(&bank, &tea, id(&li)) };
    assert_eq!(shop.ask(&bank, &old).await.unwrap_err(), "clock-skew");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM surrender").await, 0);
    assert_mirrored(&bank, &bank).await;
}

#[tokio::test]
async fn a_surrender_and_an_order_for_the_last_share_at_once() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let [li, wang] = [Person::at(&bank, 60).await, Person::at(&bank, 61).await];
    let file = shop.issue(&bank, &shop.tea(&bank, 1)).await.unwrap();
    let (given, paid) = tokio::join!(shop.give_up(&bank, &file, id(&li)), wang.collect_and_settle(&bank, &file));
    let goods = given.result == SurrenderResult::Surrendered;
    assert_ne!(goods, paid.state == CollectionState::Paid, "one of them");
    assert_mirrored(&bank, &bank).await;
}

#[tokio::test]
async fn a_changed_surrender_is_found() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let [li, wang] = [Person::at(&bank, 60).await, Person::at(&bank, 61).await];
    let file = shop.issue(&bank, &shop.tea(&bank, 3)).await.unwrap();
    shop.give_up(&bank, &file, id(&li)).await;
    wang.collect_and_settle(&bank, &file).await;
    shop.give_up(&bank, &file, id(&wang)).await;
    assert!(bank.audit().await.ok);
    bank.store().clone().close().await;
    for (change, invariant) in [
        ("DELETE FROM surrender WHERE result = 'surrendered'", "voucher-rest"),
        (
            "UPDATE surrender SET transfer = (SELECT MIN(id) FROM transfer) WHERE transfer IS NOT NULL",
            "surrender-transfer",
        ),
        ("UPDATE surrender SET client = 'x' WHERE transfer IS NOT NULL", "surrender-signed"),
        (
            "UPDATE surrender SET client = (SELECT client FROM bank_order) WHERE transfer IS NOT NULL",
            "surrender-or-paid",
        ),
        ("UPDATE surrender SET reason = 'expired' WHERE result = 'refused'", "surrender-answer"),
        ("UPDATE surrender SET request = 'x' WHERE seq = 1", "surrender-signed"),
        ("UPDATE voucher SET shares = 1, frozen = 1000", "surrender-within-shares"),
    ] {
        let found = audit_after(&bank.place, change).await;
        let named: Vec<&str> = found.differences.iter().map(|it| it.invariant.as_str()).collect();
        assert!(named.contains(&invariant), "{change}: {named:?}");
    }
}
