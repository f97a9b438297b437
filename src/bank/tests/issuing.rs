//! Steps 1 and 2, and what goes back: funds, vouchers, expiry, the feed.

use super::*;
use crate::api::feed::{self, FeedClaims, FeedKind};
use crate::api::states::VoucherState;
use crate::bank::expiry;
use crate::packet::claims::reward_for;
use crate::party::worker::Next;

pub(super) async fn read_feed(bank: &TestBank, shop: &Shop, after: i64) -> FeedClaims {
    let path = format!("{}?after={after}", routes::FEED);
    let answer = bank.ask(&shop.asking(), "GET", &path, Value::Null).await.unwrap();
    let keys = bank.bank.party.keys();
    feed::read(answer["feed"].as_str().unwrap(), bank.origin(), &keys, &shop.origin, after).unwrap()
}

#[tokio::test]
async fn a_voucher_is_issued_once_per_packet() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let claims = shop.claims(&bank, 3);
    let file = shop.issue(&bank, &claims).await.unwrap();
    let voucher = file.voucher.clone().unwrap();
    assert_eq!((voucher.claims.frozen, voucher.claims.packet), (cny(3000), file.packet.id()));
    assert_eq!((voucher.claims.applicant.name.as_str(), voucher.claims.fund), ("Shop Ltd", None));
    assert_eq!(bank.balance(&shop.account).await, 97_000);

    bank.clock.set(START + 2 * DAY);
    assert_eq!(shop.apply(&bank, &file.packet, json!({ "account": shop.account })).await.unwrap(), file);
    assert_eq!(bank.balance(&shop.account).await, 97_000);
    bank.clock.set(START);

    let status = bank.status(&file.packet).await;
    assert_eq!((status.state, status.shares, status.left, status.payable), (VoucherState::Issued, 3, 3, true));
    let page = read_feed(&bank, &shop, 0).await;
    assert_eq!((page.entries.len(), page.entries[0].kind, page.entries[0].amount), (1, FeedKind::Issued, cny(3000)));
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn applications_are_refused_with_a_reason() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let base = shop.claims(&bank, 3);
    let with = |change: &dyn Fn(&mut PacketClaims)| {
        let mut claims = base.clone();
        change(&mut claims);
        shop.sign(&claims)
    };
    let contents = |change: fn(&mut Contents)| with(&move |claims| change(&mut claims.contents));
    let own = json!({ "account": shop.account });
    let elsewhere = contents(|c| {
        if let Contents::Bank { bank, .. } = c {
            *bank = Origin::parse("https://bank.example").unwrap();
        }
    });
    let lucky = contents(|c| {
        if let Contents::Bank { mode, draw, .. } = c {
            (*mode, *draw) = (Mode::Lucky, Some(crate::jose::Digest::of(b"seed")));
        }
    });
    let large = contents(|c| {
        if let Contents::Bank { shares, .. } = c {
            *shares = 101;
        }
    });
    let dollars = contents(|c| {
        if let Contents::Bank { amount, .. } = c {
            *amount = "1.00USD".parse().unwrap();
        }
    });
    let other_shop = Shop::named(&bank, "https://other.example", 51).await;
    let mut foreign = base.clone();
    foreign.iss = other_shop.origin.clone();
    let digest = crate::jose::Digest::of(b"reward");
    let others = other_shop.freeze(&bank, uuid(), 1).await.unwrap();
    // Signed, but not this.
    let (signed, more) = (shop.sign(&base), with(&|c| c.campaign = "autumn".into()));
    let (Some((text, _)), Some((_, signature))) =
        (more.jws.as_str().rsplit_once('.'), signed.jws.as_str().rsplit_once('.'))
    else {
        unreachable!()
    };
    let changed = Packet::read(&format!("{text}.{signature}")).unwrap();
    let cases = [
        (elsewhere, own.clone(), "wrong-audience"),
        (lucky, own.clone(), "unknown-draw"),
        (large, own.clone(), "insufficient-funds"),
        (dollars, own.clone(), "wrong-currency"),
        (with(&|c| (c.nbf, c.exp) = (START - 9, START)), own.clone(), "expired"),
        (with(&|c| c.forward = reward("F1", START)), own.clone(), "fund-not-frozen"),
        (with(&|c| c.reward_for = Some(digest)), own.clone(), "bad-request"),
        (shop.sign(&foreign), own.clone(), "forbidden"),
        (other_shop.sign(&base), own.clone(), "unknown-party"),
        (changed, own.clone(), "not-genuine"),
        (with(&|_| ()), json!({ "fund": others }), "fund-not-frozen"),
        (with(&|_| ()), json!({ "account": other_shop.account }), "unknown-account"),
        (with(&|_| ()), json!({ "fund": "F1" }), "fund-not-frozen"),
        (with(&|_| ()), json!({ "cash": 1 }), "bad-request"),
    ];
    for (packet, source, code) in cases {
        assert_eq!(shop.apply(&bank, &packet, source).await.err().as_deref(), Some(code));
    }
    let body = json!({ "packet": shop.sign(&base).jws.as_str(), "source": own });
    for asking in [
        Asking { key: &shop.key, origin: None },
        Asking { key: &key(99), origin: Some(&shop.origin) },
        Asking { key: &key(99), origin: Some(bank.origin()) },
    ] {
        let answer = bank.ask(&asking, "POST", routes::VOUCHERS, body.clone()).await;
        assert_eq!(answer.err().as_deref(), Some("forbidden"));
    }
    let unsigned = send(router(bank.bank.clone()), "POST", routes::VOUCHERS, None, serde_json::to_vec(&body).unwrap());
    assert_eq!(unsigned.await.err().as_deref(), Some("unauthorized"));
    assert_eq!(bank.balance(&shop.account).await, 100_000);
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM voucher").await, 0);
    assert!(bank.audit().await.ok);
}

/// Asks for several vouchers at once: each is a voucher, or the code of the problem that it was answered with.
async fn ask_for_many(
    bank: &TestBank,
    shop: &Shop,
    applications: Vec<Value>,
) -> Result<Vec<Result<String, String>>, String> {
    let body = json!({ "applications": applications });
    let answer = bank.ask(&shop.asking(), "POST", routes::VOUCHER_BATCH, body).await?;
    let code = |problem: &Value| problem["type"].as_str().unwrap().strip_prefix("urn:hongbao:problem:").unwrap().into();
    let one = |it: &Value| it["voucher"].as_str().map(str::to_owned).ok_or_else(|| code(&it["problem"]));
    Ok(answer["answers"].as_array().unwrap().iter().map(one).collect())
}

fn applying(packet: &Packet, source: &Value) -> Value {
    json!({ "packet": packet.jws.as_str(), "source": source })
}

#[tokio::test]
async fn many_applications_are_each_answered_by_themselves() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let other = Shop::named(&bank, "https://other.example", 51).await;
    let own = json!({ "account": shop.account });
    let of = |shares: u32| shop.sign(&shop.claims(&bank, shares));
    // 40.00, more than there is, 50.00 in another's name, 30.00, nothing readable, and 30.00 again.
    let (first, last) = (of(4), of(3));
    let applications = vec![
        applying(&first, &own),
        applying(&of(97), &own),
        applying(&other.sign(&shop.claims(&bank, 5)), &own),
        applying(&last, &own),
        json!({ "packet": "a.b.c", "source": own }),
        applying(&last, &own),
        applying(&of(1), &json!({ "account": other.account })),
    ];
    let answers = ask_for_many(&bank, &shop, applications.clone()).await.unwrap();
    let codes: Vec<_> = answers.iter().map(|it| it.as_ref().err().map(String::as_str)).collect();
    let (refused, unknown) = (Some("insufficient-funds"), Some("unknown-account"));
    assert_eq!(codes, [None, refused, Some("unknown-party"), None, Some("bad-request"), None, unknown]);
    assert_eq!(answers[3], answers[5], "the same packet gets the same voucher");
    for (packet, answer) in [(&first, &answers[0]), (&last, &answers[3])] {
        let alone = shop.apply(&bank, packet, own.clone()).await.unwrap();
        assert_eq!(alone.voucher.unwrap().jws.as_str(), answer.as_ref().unwrap(), "as if it had come alone");
    }
    assert_eq!(bank.balance(&shop.account).await, 93_000);
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM voucher").await, 2);
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM ledger_account WHERE kind = 'escrow'").await, 2);
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM transfer WHERE kind = 'freeze'").await, 2);
    assert_eq!(ask_for_many(&bank, &shop, applications).await.unwrap(), answers, "word for word");
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn a_batch_holds_a_thousand_and_is_one_applicants_own() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let own = json!({ "account": shop.account });
    assert_eq!(ask_for_many(&bank, &shop, vec![]).await.unwrap_err(), "bad-request");
    let application = applying(&shop.sign(&shop.claims(&bank, 1)), &own);
    let many = vec![application.clone(); 1001];
    assert_eq!(ask_for_many(&bank, &shop, many).await.unwrap_err(), "bad-request");
    let many = ask_for_many(&bank, &shop, vec![application.clone(); 1000]).await.unwrap();
    assert_eq!(many.len(), 1000);
    assert!(many.iter().all(|it| it.is_ok() && *it == many[0]), "one voucher, however often it is asked for");
    let thief = Shop { key: key(99), origin: shop.origin.clone(), account: shop.account.clone() };
    assert_eq!(ask_for_many(&bank, &thief, vec![application]).await.unwrap_err(), "forbidden");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM voucher").await, 1);
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn a_fund_pays_one_voucher_per_reward() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let jti = uuid();
    let fund = shop.freeze(&bank, jti, 2).await.unwrap();
    assert_eq!(shop.freeze(&bank, jti, 2).await.unwrap(), fund, "the same request freezes once");
    assert_eq!(bank.balance(&shop.account).await, 90_000);
    let source = json!({ "fund": fund });

    let mut promising = shop.claims(&bank, 1);
    promising.forward = reward(&fund, START + DAY);
    assert!(shop.issue(&bank, &promising).await.is_ok());
    promising.forward = reward(&fund, START + DAY + 1);
    assert_eq!(shop.issue(&bank, &promising).await.unwrap_err(), "fund-not-frozen", "the fund must outlast the reward");

    let mut claims = shop.claims(&bank, 1);
    claims.reward_for = Some(reward_for(&crate::jose::Digest::of(b"p"), &key(3).public().thumbprint()));
    let first = shop.apply(&bank, &shop.sign(&claims), source.clone()).await.unwrap();
    assert_eq!(first.voucher.unwrap().claims.fund.as_deref(), Some(fund.as_str()));
    claims.jti = uuid();
    let second = shop.apply(&bank, &shop.sign(&claims), source.clone()).await;
    assert_eq!(second.unwrap_err(), "already-issued");

    let too_much = shop.apply(&bank, &shop.sign(&shop.claims(&bank, 10)), source).await;
    assert_eq!(too_much.unwrap_err(), "insufficient-funds");
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn a_request_for_a_fund_is_answered_alike_forever() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let (other, asked) = (Shop::at(&bank).await, shop.fund(&bank, uuid()));
    let number = shop.freeze_as(&bank, &asked).await.unwrap();
    for changed in [
        FundClaims { total: cny(9999), ..asked.clone() },
        FundClaims { per_person: 2, ..asked.clone() },
        FundClaims { until: START + 2 * DAY, ..asked.clone() },
        FundClaims { account: other.account.clone(), ..asked.clone() },
        FundClaims { campaign: "autumn".into(), ..asked.clone() },
    ] {
        assert_eq!(shop.freeze_as(&bank, &changed).await.unwrap_err(), "id-reused", "{changed:?}");
    }
    bank.clock.set(START + 2 * DAY);
    let late = FundClaims { iat: bank.clock.now(), ..asked };
    assert_eq!(shop.freeze_as(&bank, &late).await.unwrap(), number, "also after its end");
    let fresh = FundClaims { jti: uuid(), ..late };
    assert_eq!(shop.freeze_as(&bank, &fresh).await.unwrap_err(), "bad-request", "but nothing new");
    let endless = FundClaims { until: crate::packet::claims::MAX_TIME + 1, ..fresh };
    assert_eq!(shop.freeze_as(&bank, &endless).await.unwrap_err(), "bad-request");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM fund").await, 1);
}

#[tokio::test]
async fn funds_are_refused_with_a_reason() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let other = Shop::named(&bank, "https://other.example", 51).await;
    let of = async |shop: &Shop, total: Amount, account: &AccountNumber| {
        shop.freeze_of(&bank, uuid(), 1, total, account.clone()).await.unwrap_err()
    };
    assert_eq!(of(&shop, cny(100_001), &shop.account).await, "insufficient-funds");
    assert_eq!(of(&shop, cny(1), &other.account).await, "unknown-account");
    assert_eq!(of(&shop, cny(0), &shop.account).await, "bad-request");
    assert_eq!(of(&shop, "1USD".parse().unwrap(), &shop.account).await, "wrong-currency");
    let stranger =
        Shop { key: key(60), origin: Origin::parse("https://x.example").unwrap(), account: shop.account.clone() };
    assert_eq!(of(&stranger, cny(1), &shop.account).await, "unknown-party");
    let thief = Shop { key: key(60), origin: shop.origin.clone(), account: shop.account.clone() };
    assert_eq!(of(&thief, cny(1), &shop.account).await, "unknown-party");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM fund").await, 0);
}

#[tokio::test]
async fn what_nobody_collected_goes_back() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let person = Person::at(&bank, 70).await;
    let file = shop.issue(&bank, &shop.claims(&bank, 3)).await.unwrap();
    let fund = shop.freeze(&bank, uuid(), 1).await.unwrap();
    let mut claims = shop.claims(&bank, 2);
    claims.exp += 100;
    shop.apply(&bank, &shop.sign(&claims), json!({ "fund": fund })).await.unwrap();
    person.collect_and_settle(&bank, &file).await;
    assert_eq!(bank.balance(&shop.account).await, 87_000);

    bank.clock.set(START + DAY + 300);
    assert_eq!(expiry::step(&bank.bank).await, Next::At((START + DAY + 301) * 1000));
    assert_eq!(bank.status(&file.packet).await.state, VoucherState::PartlyPaid);
    assert!(!bank.status(&file.packet).await.payable);

    bank.clock.set(START + DAY + 301);
    assert_eq!(expiry::step(&bank.bank).await, Next::At((START + DAY + 401) * 1000));
    assert_eq!(bank.status(&file.packet).await.state, VoucherState::Returned);
    assert_eq!(bank.balance(&shop.account).await, 89_000);

    bank.clock.set(START + 31 * DAY);
    assert_eq!(expiry::step(&bank.bank).await, Next::At((START + 31 * DAY + 1) * 1000));
    assert_eq!(bank.balance(&shop.account).await, 91_000);
    bank.clock.set(START + 31 * DAY + 1);
    assert_eq!(expiry::step(&bank.bank).await, Next::WhenWoken);
    assert_eq!(bank.balance(&shop.account).await, 99_000);
    assert_eq!(
        shop.apply(&bank, &shop.sign(&shop.claims(&bank, 1)), json!({ "fund": fund })).await.unwrap_err(),
        "fund-not-frozen"
    );

    let kinds: Vec<_> = read_feed(&bank, &shop, 0).await.entries.iter().map(|e| (e.kind, e.amount.minor)).collect();
    let expected = [
        (FeedKind::Issued, 3000),
        (FeedKind::Issued, 2000),
        (FeedKind::Collected, 1000),
        (FeedKind::Returned, 2000),
        (FeedKind::Returned, 2000),
    ];
    assert_eq!(kinds, expected);
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn the_feed_goes_on_page_by_page_and_is_the_applicants_own() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let other = Shop::named(&bank, "https://other.example", 51).await;
    for _ in 0..45 {
        shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    }
    let first = read_feed(&bank, &shop, 0).await;
    assert_eq!((first.entries.len(), first.next), (feed::PAGE, 40));
    let second = read_feed(&bank, &shop, first.next).await;
    assert_eq!((second.entries.len(), second.next), (5, 45));
    let last = read_feed(&bank, &shop, second.next).await;
    assert_eq!((last.entries.len(), last.next), (0, 45));
    assert_eq!(read_feed(&bank, &other, 0).await.entries, []);
    let stranger = Asking { key: &key(99), origin: Some(&shop.origin) };
    let refused = bank.ask(&stranger, "GET", &format!("{}?after=0", routes::FEED), Value::Null).await;
    assert_eq!(refused.unwrap_err(), "forbidden");
    assert_eq!(bank.ask(&shop.asking(), "GET", routes::FEED, Value::Null).await.unwrap_err(), "bad-request");
}
