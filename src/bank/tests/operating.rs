//! The operator's side, linking, and what the bank says about itself.

use super::*;
use crate::api::discovery::{Discovery, Role};
use crate::bank::accounts;

#[tokio::test]
async fn accounts_are_opened_shown_and_paid_into() {
    let bank = one_bank().await;
    let body = json!({ "request": uuid(), "holder": "Zhang San", "deposit": { "minor": 500, "currency": "CNY" } });
    let opened = bank.operate("POST", admin::ACCOUNTS, body.clone()).await.unwrap();
    let nameless = json!({ "request": body["request"], "holder": "" });
    assert_eq!(bank.operate("POST", admin::ACCOUNTS, nameless).await.unwrap_err(), "bad-request", "also when repeated");
    let number = opened["account"].as_str().unwrap();
    let again = bank.operate("POST", admin::ACCOUNTS, body.clone()).await.unwrap();
    assert!(again["account"] == number && again["code"] != opened["code"], "one account, and a fresh code");
    let request = &body["request"];
    for others in [
        json!({ "request": request, "holder": "Li Si", "deposit": { "minor": 500, "currency": "CNY" } }),
        json!({ "request": request, "holder": "Zhang San", "deposit": { "minor": 501, "currency": "CNY" } }),
        json!({ "request": request, "holder": "Zhang San", "deposit": { "minor": 500, "currency": "CNY" }, "hold": true }),
        json!({ "request": request, "holder": "Zhang San" }),
    ] {
        assert_eq!(bank.operate("POST", admin::ACCOUNTS, others).await.unwrap_err(), "id-reused");
    }
    assert!(number.starts_with("620000") && number.len() == 16 && number.parse::<AccountNumber>().is_ok());
    assert_eq!(opened["code"].as_str().unwrap().len(), 8);

    let body = json!({ "request": uuid(), "amount": { "minor": 7, "currency": "CNY" } });
    let paid = bank.operate("POST", &admin::deposit_path(number), body.clone()).await.unwrap();
    assert_eq!(paid["balance"], json!({ "minor": 507, "currency": "CNY" }));
    let shown = bank.operate("GET", &admin::account_path(number), Value::Null).await.unwrap();
    assert_eq!((&shown["holder"], &shown["balance"]["minor"]), (&json!("Zhang San"), &json!(507)));
    let entry = json!({ "at": "2026-02-02T02:40:00Z", "amount": { "minor": 7, "currency": "CNY" },
        "kind": "deposit", "state": "posted" });
    assert_eq!(shown["entries"][1], entry);
    let list = bank.operate("GET", admin::ACCOUNTS, Value::Null).await.unwrap();
    assert_eq!((&list["accounts"][0]["account"], &list["more"]), (&json!(number), &json!(false)));
    let behind = format!("{}?after={number}", admin::ACCOUNTS);
    assert_eq!(bank.operate("GET", &behind, Value::Null).await.unwrap()["accounts"], json!([]));
    let behind_nobody = format!("{}?after=4111111111111111", admin::ACCOUNTS);
    assert_eq!(bank.operate("GET", &behind_nobody, Value::Null).await.unwrap_err(), "not-found");

    let more = json!({ "request": body["request"], "amount": { "minor": 8, "currency": "CNY" } });
    assert_eq!(bank.operate("POST", &admin::deposit_path(number), more).await.unwrap_err(), "id-reused");
    let dollars = json!({ "request": uuid(), "amount": { "minor": 7, "currency": "USD" } });
    for (path, body, code) in [
        (admin::deposit_path(number), dollars, "wrong-currency"),
        (
            admin::deposit_path(number),
            json!({ "request": uuid(), "amount": { "minor": 0, "currency": "CNY" } }),
            "bad-request",
        ),
        (admin::deposit_path("4111111111111111"), body, "not-found"),
        (admin::code_path("1"), json!({}), "bad-request"),
        (admin::ACCOUNTS.to_owned(), json!({ "request": uuid(), "holder": " " }), "bad-request"),
        (admin::ACCOUNTS.to_owned(), json!([uuid(), "An array", null, null, null, false]), "bad-request"),
        (admin::ACCOUNTS.to_owned(), json!({ "request": uuid(), "holder": "A", "deposit": [7, "CNY"] }), "bad-request"),
        (admin::ACCOUNTS.to_owned(), json!({ "request": uuid(), "holder": "A", "identity": " - " }), "bad-request"),
    ] {
        assert_eq!(bank.operate("POST", &path, body).await.unwrap_err(), code, "{path}");
    }
    for path in [super::super::shown::voucher_path("%00"), super::super::desk::collection_path("%00")] {
        assert_eq!(bank.operate("GET", &path, Value::Null).await.unwrap_err(), "not-found", "{path}");
    }
    assert!(bank.audit().await.ok);
}

#[tokio::test]
async fn an_account_is_linked_with_its_code_and_five_wrong_tries_kill_it() {
    let bank = one_bank().await;
    let (account, code) = bank.open_account("Zhang San", None).await;
    let (first, second) = (key(70), key(71));
    let link = async |key: &SigningKey, account: &AccountNumber, code: &str| {
        let body = json!({ "account": account, "code": code });
        bank.ask(&Asking { key, origin: None }, "POST", routes::LINKS, body).await
    };
    let unknown = AccountNumber::with_check_digit("620000999999999").unwrap();
    assert_eq!(link(&first, &unknown, &code).await.unwrap_err(), "wrong-code");
    for _ in 0..4 {
        assert_eq!(link(&first, &account, "AAAAAAAA").await.unwrap_err(), "wrong-code");
    }
    let spaced = format!(" {}-{} ", &code[..4], code[4..].to_lowercase());
    let linked = link(&first, &account, &spaced).await.unwrap();
    assert_eq!(linked, json!({ "account": account, "holder": "Zhang San" }));
    assert_eq!(link(&first, &account, &code).await.unwrap(), linked, "a lost answer is given again");
    assert_eq!(link(&second, &account, &code).await.unwrap_err(), "wrong-code", "a code links once");

    let renewed = bank.operate("POST", &admin::code_path(account.as_str()), json!({})).await.unwrap();
    for _ in 0..5 {
        assert_eq!(link(&second, &account, "AAAAAAAA").await.unwrap_err(), "wrong-code");
    }
    let renewed = renewed["code"].as_str().unwrap();
    assert_eq!(link(&second, &account, renewed).await.unwrap_err(), "wrong-code", "the code is dead");
    let renewed = bank.operate("POST", &admin::code_path(account.as_str()), json!({})).await.unwrap();
    assert!(link(&second, &account, renewed["code"].as_str().unwrap()).await.is_ok());
    assert_eq!(link(&first, &account, &code).await.unwrap(), linked, "the first client keeps its link");
    let stored = bank.store().read(move |tx| tx.rows("SELECT tag FROM link", &values![])).await.unwrap();
    assert!(stored.iter().all(|row| !row.text("tag").unwrap().contains(&code)));
}

#[tokio::test]
async fn members_are_added_by_what_they_publish() {
    let (issuing, collecting) = two_banks().await;
    let origin = collecting.origin().clone();
    let add = async |bank: &TestBank, origin: &Origin, prefix: &str| {
        let body = json!({ "origin": origin, "prefix": prefix, "limit": { "minor": 5, "currency": "CNY" } });
        bank.operate("POST", admin::MEMBERS, body).await
    };
    let again = add(&issuing, &origin, "620001").await.unwrap();
    assert_eq!((&again["prefixes"], &again["limit"]["minor"]), (&json!(["620001"]), &json!(5)));
    assert_eq!(
        issuing.operate("GET", admin::MEMBERS, Value::Null).await.unwrap(),
        json!({ "members": [again], "more": false })
    );
    let behind = async |origin: &str| {
        issuing.operate("GET", &format!("{}?after={origin}", admin::MEMBERS), Value::Null).await.unwrap()
    };
    assert_eq!(behind(origin.as_str()).await["members"], json!([]));
    let below = json!({ "origin": origin, "prefix": "620001", "limit": { "minor": -1, "currency": "CNY" } });
    assert_eq!(issuing.operate("POST", admin::MEMBERS, below).await.unwrap_err(), "bad-request");
    let many = "INSERT INTO member (origin, name, keys, since) WITH RECURSIVE many (n) AS \
                (SELECT 1000 UNION ALL SELECT n + 1 FROM many WHERE n < 1499) \
                SELECT 'https://bank' || n || '.example', member.name, member.keys, member.since FROM member, many";
    let store = issuing.store().clone();
    let before = store.read(crate::bank::parties::members).await.unwrap().len();
    store.decide(move |tx| tx.execute(many, &values![])).await.unwrap();
    let first = issuing.operate("GET", admin::MEMBERS, Value::Null).await.unwrap();
    let members = first["members"].as_array().unwrap();
    assert_eq!((members.len(), &first["more"]), (admin::PAGE_MEMBERS, &json!(true)));
    let rest = behind(members[members.len() - 1]["origin"].as_str().unwrap()).await;
    assert_eq!(
        (rest["members"].as_array().unwrap().len(), &rest["more"]),
        (before + 500 - admin::PAGE_MEMBERS, &json!(false))
    );
    store.decide(|tx| tx.execute("DELETE FROM member WHERE origin LIKE 'https://bank1%'", &values![])).await.unwrap();
    assert_eq!(add(&issuing, &origin, "620009").await.unwrap_err(), "prefix-mismatch");
    assert_eq!(add(&issuing, &origin, "620000").await.unwrap_err(), "prefix-taken");
    assert_eq!(add(&issuing, &origin, "?").await.unwrap_err(), "bad-request");
    assert_eq!(add(&issuing, issuing.origin(), "620001").await.unwrap_err(), "bad-request");
    let nobody = Origin::parse("http://127.0.0.1:1").unwrap();
    assert_eq!(add(&issuing, &nobody, "620001").await.unwrap_err(), "party-unreachable");
    let twin = TestBank::start(3, "620001", &issuing.clock).await;
    assert_eq!(add(&issuing, twin.origin(), "620001").await.unwrap_err(), "prefix-taken");
    assert_eq!(issuing.count("SELECT COUNT(*) AS n FROM member").await, 1);

    let alike = Pinned { origin: twin.origin().clone(), name: "Bank 3".into(), keys: known(&key(3)) };
    for prefix in ["62", "62000123"] {
        let alike = alike.clone();
        let added = issuing.store().decide(move |tx| parties::add_member(tx, &alike, prefix, None, START)).await;
        assert!(matches!(added, Err(BankError::Refused(problem)) if problem.code() == "prefix-taken"), "{prefix}");
    }

    let forged = Pinned { origin, name: "Bank 2".into(), keys: known(&key(9)) };
    let changed = issuing.store().decide(move |tx| parties::add_member(tx, &forged, "620001", None, START)).await;
    assert!(matches!(changed, Err(BankError::Refused(problem)) if problem.code() == "keys-changed"));
}

#[tokio::test]
async fn the_bank_describes_itself() {
    let (issuing, collecting) = two_banks().await;
    let party = &collecting.bank.party;
    let said: Discovery = party.discover(issuing.origin(), Role::Bank).await.unwrap();
    assert_eq!((said.name.as_str(), said.keys), ("Bank 1", issuing.bank.party.keys().keys));
    assert_eq!(said.account_prefixes, ["620000"]);
    assert_eq!(
        (&said.members[0].origin, &said.members[0].account_prefixes[0]),
        (collecting.origin(), &"620001".into())
    );
    assert!(party.discover(issuing.origin(), Role::Enterprise).await.is_err());
    let jwks = send(router(issuing.bank.clone()), "GET", routes::JWKS, None, vec![]).await.unwrap();
    assert_eq!(jwks["keys"][0]["kid"], key(1).public().thumbprint().to_string());
}

#[tokio::test]
async fn an_applicants_keys_are_pinned_when_its_account_is_opened() {
    let bank = one_bank().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let served = Arc::new(std::sync::Mutex::new(key(50)));
    let (shown, own) = (served.clone(), origin.clone());
    let document = axum::routing::get(async move || {
        let keys = vec![shown.lock().unwrap().public()];
        let name = "Shop".to_owned();
        let (changes, account_prefixes, members) = (vec![], vec![], vec![]);
        axum::Json(Discovery { role: Role::Enterprise, origin: own, name, keys, changes, account_prefixes, members })
    });
    let shop = Router::new().route(routes::WELL_KNOWN, document);
    tokio::spawn(serve(listener, shop, Limits::default(), std::future::pending()));

    let body = json!({ "request": uuid(), "holder": "Shop Ltd", "applicant": origin, "deposit": { "minor": 5000, "currency": "CNY" } });
    let opened = bank.operate("POST", admin::ACCOUNTS, body.clone()).await.unwrap();
    let account = opened["account"].as_str().unwrap().parse().unwrap();
    let shop = Shop { key: key(50), origin, account };
    assert!(shop.issue(&bank, &shop.claims(&bank, 1)).await.is_ok());
    *served.lock().unwrap() = key(51);
    assert_eq!(bank.operate("POST", admin::ACCOUNTS, body).await.unwrap_err(), "keys-changed");
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM account").await, 1);
    let body = json!({ "request": uuid(), "holder": "Bank", "applicant": bank.origin() });
    assert_eq!(bank.operate("POST", admin::ACCOUNTS, body).await.unwrap_err(), "party-unreachable");
}

#[tokio::test]
async fn holder_keys_are_for_members_only() {
    let (issuing, collecting) = two_banks().await;
    let ask = async |key: &SigningKey, origin: Option<&Origin>| {
        issuing.ask(&Asking { key, origin }, "GET", routes::HOLDER_KEY, Value::Null).await
    };
    assert!(ask(&key(2), Some(collecting.origin())).await.unwrap()["key"].as_str().unwrap().len() == 43);
    for (number, origin) in [(2, None), (3, Some(collecting.origin())), (2, Some(issuing.origin()))] {
        assert_eq!(ask(&key(number), origin).await.unwrap_err(), "forbidden");
    }
}

/// Counts up.
struct Scripted(std::sync::atomic::AtomicU64);

impl crate::random::Random for Scripted {
    fn fill(&self, bytes: &mut [u8]) {
        // Each number is drawn twice.
        let drawn = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) / 2;
        bytes.copy_from_slice(&(5_123_456_789 + drawn).to_le_bytes());
    }
}

#[tokio::test]
async fn account_numbers_are_drawn_and_never_twice() {
    let bank = one_bank().await;
    let random = Scripted(std::sync::atomic::AtomicU64::new(0));
    let numbers = bank.store().decide(move |tx| {
        let opening = accounts::Opening {
            prefix: "620000".into(),
            holder: "A".into(),
            identity: None,
            applicant: None,
            currency: Currency::CNY,
        };
        let mut open = || accounts::open(tx, &opening, &random, START).map(|account| account.number);
        Ok::<_, BankError>([open()?, open()?, open()?])
    });
    let drawn = ["620000123456789", "620000123456790", "620000123456791"];
    assert_eq!(numbers.await.unwrap(), drawn.map(|digits| AccountNumber::with_check_digit(digits).unwrap()));
}

#[test]
fn documents_are_not_shown_where_things_are_logged() {
    let document = || Some(accounts::Document::from("ID 4711".to_owned()));
    let opening = accounts::Opening {
        prefix: "620000".into(),
        holder: "A".into(),
        identity: document(),
        applicant: None,
        currency: Currency::CNY,
    };
    let request = OpenAccount {
        request: uuid(),
        holder: "A".into(),
        identity: document(),
        applicant: None,
        deposit: None,
        hold: false,
    };
    assert_eq!(serde_json::to_value(&request).unwrap()["identity"], "ID 4711");
    for shown in [format!("{opening:?}"), format!("{request:?}")] {
        assert!(shown.contains("holder: \"A\"") && !shown.contains("4711"), "{shown}");
    }
}
