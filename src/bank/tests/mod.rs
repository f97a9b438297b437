//! The bank's rooms together, over their real routes and, between banks, real sockets. Time is the tests' own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audits;
mod clocks;
mod collecting;
mod desk;
mod earlier;
mod issuing;
mod life;
mod lucky;
mod operating;
mod others;
mod paying;
mod restored;
mod sums;
mod surrendering;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::admin::{self, AddMember, OpenAccount};
use super::parties::{self, Pinned};
use super::{Bank, BankError, Settings, audit, router, settlement};
use crate::api::account::AccountNumber;
use crate::api::auth::{Asked, authorize};
use crate::api::collect::{self, Choice, CollectionStatus};
use crate::api::fund::FundClaims;
use crate::api::keys::KnownKeys;
use crate::api::routes;
use crate::api::voucher::VoucherStatus;
use crate::clock::{Clock as _, ManualClock};
use crate::jose::{Jws, SigningKey, Typ};
use crate::money::{Amount, Currency};
use crate::net::client::{Client, Reach};
use crate::net::server::{Limits, serve};
use crate::packet::file::Voucher;
use crate::packet::{
    Confirmation, Contents, Envelope, Forward, Mode, Origin, Packet, PacketClaims, PacketFile, Placement, Reward, When,
};
use crate::party::Party;
use crate::party::audit::Audit;
use crate::party::worker::Next;
use crate::random::{Random as _, SystemRandom};
use crate::store::testing::Place;
use crate::store::{Schema, Store};
use crate::values;

/// When every test begins.
pub(super) const START: i64 = 1_770_000_000;
/// The salt of every test's collection.
pub(super) const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";
/// How long test packets can be collected.
pub(super) const DAY: i64 = 24 * 60 * 60;

pub(super) fn cny(minor: i64) -> Amount {
    Amount::new(minor, Currency::CNY)
}

pub(super) fn key(number: u8) -> SigningKey {
    SigningKey::from_secret(&Zeroizing::new([number; 32]))
}

/// A party's one key, as others know it.
pub(super) fn known(key: &SigningKey) -> KnownKeys {
    KnownKeys { current: vec![key.public()], ..KnownKeys::default() }
}

pub(super) fn uuid() -> Uuid {
    SystemRandom.uuid(START * 1000)
}

/// A bank with its own database and socket, which can be stopped and started again.
pub(super) struct TestBank {
    pub(super) bank: Arc<Bank>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) place: Place,
    key: u8,
    served: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl TestBank {
    pub(super) async fn start(key: u8, prefix: &'static str, clock: &Arc<ManualClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let place = Place::new();
        let settings = Settings { account_prefix: prefix.into(), ..Settings::default() };
        let bank = open(&place, &origin, key, settings, clock);
        let mut this = Self { bank, clock: clock.clone(), place, key, served: None };
        this.listen(listener);
        this
    }

    fn listen(&mut self, listener: TcpListener) {
        let (stopper, mut stop) = watch::channel(false);
        let router = router(self.bank.clone());
        let served = tokio::spawn(serve(listener, router, Limits::default(), async move {
            let _ = stop.wait_for(|stop| *stop).await;
        }));
        self.served = Some((stopper, served));
    }

    /// Stops listening; the books stay open.
    pub(super) async fn hang_up(&mut self) {
        if let Some((stopper, served)) = self.served.take() {
            stopper.send_replace(true);
            served.await.unwrap();
        }
    }

    /// Listens again at the same address.
    pub(super) async fn pick_up(&mut self) {
        let address = self.origin().as_str().strip_prefix("http://").unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        self.listen(listener);
    }

    /// All that was in memory is gone, as after a kill; the database is opened again.
    pub(super) async fn restart(&mut self) {
        self.hang_up().await;
        let origin = self.origin().clone();
        self.bank.party.store.clone().close().await;
        let settings = self.bank.settings.clone();
        self.bank = open(&self.place, &origin, self.key, settings, &self.clock);
        self.pick_up().await;
    }

    /// Starts again with other settings.
    pub(super) async fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.bank.settings.clone();
        change(&mut settings);
        self.bank = Bank::new(self.bank.party.clone(), settings).unwrap();
        self.hang_up().await;
        self.pick_up().await;
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.bank.party.origin
    }

    pub(super) fn store(&self) -> &Store {
        &self.bank.party.store
    }

    /// Asks over the public routes as `by`.
    pub(super) async fn ask(&self, by: &Asking<'_>, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
        let asked = Asked { server: self.origin(), method, path, body: &body };
        let header = authorize(by.key, asked, by.origin, uuid(), self.clock.now()).unwrap();
        send(router(self.bank.clone()), method, path, Some(header), body).await
    }

    /// Asks the operator's side.
    pub(super) async fn operate(&self, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
        send(admin::router(self.bank.clone()), method, path, None, body).await
    }

    pub(super) async fn open_account(&self, holder: &str, identity: Option<&str>) -> (AccountNumber, String) {
        let request = OpenAccount {
            request: uuid(),
            holder: holder.into(),
            identity: identity.map(|document| document.to_owned().into()),
            applicant: None,
            deposit: None,
            hold: false,
        };
        let opened = admin::open(&self.bank, request).await.unwrap();
        (opened.account, opened.code)
    }

    pub(super) async fn balance(&self, account: &AccountNumber) -> i64 {
        let shown = self.operate("GET", &admin::account_path(account.as_str()), Value::Null).await.unwrap();
        shown["balance"]["minor"].as_i64().unwrap()
    }

    pub(super) async fn status(&self, packet: &Packet) -> VoucherStatus {
        let path = format!("{}/{}", routes::VOUCHERS, packet.id());
        let answer = send(router(self.bank.clone()), "GET", &path, None, Vec::new()).await.unwrap();
        serde_json::from_value(answer).unwrap()
    }

    pub(super) async fn audit(&self) -> Audit {
        audit(self.store()).await.unwrap()
    }

    /// One number out of the database.
    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        let counted = self.store().read(move |tx| tx.one(sql, &values![])?.int("n"));
        counted.await.unwrap()
    }

    pub(super) async fn settle(&self) {
        self.settle_some().await;
    }
}

impl TestBank {
    /// As [`TestBank::settle`], and says when to go on.
    pub(super) async fn settle_some(&self) -> Next {
        let (_stopper, stop) = watch::channel(false);
        settlement::step(&self.bank, &stop).await
    }
}

fn open(place: &Place, origin: &Origin, number: u8, settings: Settings, clock: &Arc<ManualClock>) -> Arc<Bank> {
    let party = Arc::new(Party {
        origin: origin.clone(),
        name: format!("Bank {number}"),
        own: key(number).into(),
        store: place.open(Schema::Bank),
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        client: Client::new(Reach::Configured, "hongbao-server/test").unwrap(),
    });
    Bank::new(party, settings).unwrap()
}

/// Sends one request to a router; a refusal is its problem's code.
async fn send(
    router: Router,
    method: &str,
    path: &str,
    authorization: Option<String>,
    body: Vec<u8>,
) -> Result<Value, String> {
    let mut request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
    if let Some(header) = authorization {
        request = request.header(AUTHORIZATION, header);
    }
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let is_success = response.status().is_success();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    if is_success {
        return Ok(answer);
    }
    Err(answer["type"].as_str().unwrap().strip_prefix("urn:hongbao:problem:").unwrap().to_owned())
}

/// Who asks.
pub(super) struct Asking<'a> {
    pub(super) key: &'a SigningKey,
    pub(super) origin: Option<&'a Origin>,
}

/// An enterprise with an account at a bank.
pub(super) struct Shop {
    pub(super) key: SigningKey,
    pub(super) origin: Origin,
    pub(super) account: AccountNumber,
}

impl Shop {
    /// With 1000.00 on its account.
    pub(super) async fn at(bank: &TestBank) -> Self {
        Self::named(bank, "https://shop.example", 50).await
    }

    pub(super) async fn named(bank: &TestBank, origin: &str, number: u8) -> Self {
        let (key, origin) = (key(number), Origin::parse(origin).unwrap());
        let pinned = Pinned { origin: origin.clone(), name: "Shop".into(), keys: known(&key) };
        let number = bank.store().decide(move |tx| {
            parties::pin_applicant(tx, &pinned, START)?;
            let opening = super::accounts::Opening {
                prefix: "620000".into(),
                holder: "Shop Ltd".into(),
                identity: None,
                applicant: Some(pinned.origin),
                currency: Currency::CNY,
            };
            let account = super::accounts::open(tx, &opening, &SystemRandom, START)?;
            super::accounts::deposit(tx, &account, cny(100_000), START)?;
            Ok::<_, BankError>(account.number)
        });
        Self { key, origin, account: number.await.unwrap() }
    }

    pub(super) fn asking(&self) -> Asking<'_> {
        Asking { key: &self.key, origin: Some(&self.origin) }
    }

    /// The claims of a packet of `shares` times 10.00, which anybody may collect for a day.
    pub(super) fn claims(&self, bank: &TestBank, shares: u32) -> PacketClaims {
        let now = bank.clock.now();
        PacketClaims {
            iss: self.origin.clone(),
            jti: uuid(),
            iat: now,
            nbf: now,
            exp: now + DAY,
            cnf: None,
            campaign: "spring".into(),
            envelope: Envelope {
                title: "Shop".into(),
                greeting: "恭喜发财".into(),
                serial: 1,
                emblem: None,
                theme: None,
                cover: None,
            },
            contents: Contents::Bank {
                bank: bank.origin().clone(),
                amount: cny(1000),
                mode: Mode::Each,
                shares,
                draw: None,
                revocable: false,
            },
            forward: None,
            reward_for: None,
        }
    }

    pub(super) fn sign(&self, claims: &PacketClaims) -> Packet {
        Packet::read(Jws::sign(&self.key, Typ::Packet, claims).unwrap().as_str()).unwrap()
    }

    /// Applies for a voucher.
    pub(super) async fn apply(&self, bank: &TestBank, packet: &Packet, source: Value) -> Result<PacketFile, String> {
        let body = json!({ "packet": packet.jws.as_str(), "source": source });
        let answer = bank.ask(&self.asking(), "POST", routes::VOUCHERS, body).await?;
        let voucher = Voucher::read(answer["voucher"].as_str().unwrap()).unwrap();
        Ok(PacketFile { packet: packet.clone(), voucher: Some(voucher), hops: vec![], note: None, media: vec![] })
    }

    /// A packet with its voucher, paid for from the account.
    pub(super) async fn issue(&self, bank: &TestBank, claims: &PacketClaims) -> Result<PacketFile, String> {
        self.apply(bank, &self.sign(claims), json!({ "account": self.account })).await
    }

    /// Freezes a fund of 100.00.
    pub(super) async fn freeze(&self, bank: &TestBank, jti: Uuid, per_person: u32) -> Result<String, String> {
        self.freeze_of(bank, jti, per_person, cny(10_000), self.account.clone()).await
    }

    pub(super) async fn freeze_of(
        &self,
        bank: &TestBank,
        jti: Uuid,
        per_person: u32,
        total: Amount,
        account: AccountNumber,
    ) -> Result<String, String> {
        let claims = FundClaims { per_person, total, account, ..self.fund(bank, jti) };
        self.freeze_as(bank, &claims).await
    }

    /// The claims of a request for a fund of 100.00 for a day after the start.
    pub(super) fn fund(&self, bank: &TestBank, jti: Uuid) -> FundClaims {
        FundClaims {
            iss: self.origin.clone(),
            aud: bank.origin().clone(),
            jti,
            iat: bank.clock.now(),
            account: self.account.clone(),
            campaign: "spring".into(),
            total: cny(10_000),
            per_person: 1,
            until: START + DAY,
        }
    }

    pub(super) async fn freeze_as(&self, bank: &TestBank, claims: &FundClaims) -> Result<String, String> {
        let fund = Jws::sign(&self.key, Typ::Fund, claims).unwrap();
        let answer = bank.ask(&self.asking(), "POST", routes::FUNDS, json!({ "fund": fund.as_str() })).await?;
        Ok(answer["fund"].as_str().unwrap().to_owned())
    }
}

/// A reward promised on a packet.
pub(super) fn reward(fund: &str, until: i64) -> Option<Forward> {
    let reward = Reward { amount: cny(100), when: When::Opened, per_person: 5, until, fund: fund.into() };
    Some(Forward { placement: Placement::Both, max_hops: 5, reward: Some(reward) })
}

/// A person with a wallet and an account.
pub(super) struct Person {
    pub(super) key: SigningKey,
    pub(super) account: AccountNumber,
}

impl Person {
    /// Who showed the document `ID <number>` and linked the account.
    pub(super) async fn at(bank: &TestBank, number: u8) -> Self {
        Self::with(bank, number, &format!("ID {number}")).await
    }

    pub(super) async fn with(bank: &TestBank, number: u8, identity: &str) -> Self {
        let (account, code) = bank.open_account("Zhang San", Some(identity)).await;
        let person = Self { key: key(number), account };
        let body = json!({ "account": person.account, "code": code });
        bank.ask(&person.asking(), "POST", routes::LINKS, body).await.unwrap();
        person
    }

    pub(super) fn asking(&self) -> Asking<'_> {
        Asking { key: &self.key, origin: None }
    }

    pub(super) fn confirmation(&self) -> Option<Confirmation> {
        Some(Confirmation { jkt: self.key.public().thumbprint() })
    }

    /// Applies at the bank with the account.
    pub(super) async fn collect(
        &self,
        bank: &TestBank,
        file: &PacketFile,
        jti: Uuid,
    ) -> Result<CollectionStatus, String> {
        let choice = Choice { bank: bank.origin(), jti, account: &self.account, salt: SALT };
        let request = collect::write(&self.key, file, &choice, bank.clock.now()).unwrap();
        let body = serde_json::to_value(request).unwrap();
        let answer = bank.ask(&self.asking(), "POST", routes::COLLECTIONS, body).await?;
        Ok(serde_json::from_value(answer).unwrap())
    }

    /// Where a collection stands.
    pub(super) async fn collection(&self, bank: &TestBank, jti: Uuid) -> Result<CollectionStatus, String> {
        let path = format!("{}/{jti}", routes::COLLECTIONS);
        Ok(serde_json::from_value(bank.ask(&self.asking(), "GET", &path, Value::Null).await?).unwrap())
    }

    /// Applies, lets the bank settle, and looks.
    pub(super) async fn collect_and_settle(&self, bank: &TestBank, file: &PacketFile) -> CollectionStatus {
        let jti = uuid();
        self.collect(bank, file, jti).await.unwrap();
        bank.settle().await;
        self.collection(bank, jti).await.unwrap()
    }
}

/// An issuing and a collecting bank that are each other's members.
pub(super) async fn two_banks() -> (TestBank, TestBank) {
    let clock = Arc::new(ManualClock::new(START));
    let (issuing, collecting) =
        tokio::join!(TestBank::start(1, "620000", &clock), TestBank::start(2, "620001", &clock));
    for (bank, other, prefix) in [(&issuing, &collecting, "620001"), (&collecting, &issuing, "620000")] {
        let member = AddMember { origin: other.origin().clone(), prefix: prefix.into(), limit: None };
        admin::add(&bank.bank, member).await.unwrap();
    }
    (issuing, collecting)
}

/// One bank in both roles.
pub(super) async fn one_bank() -> TestBank {
    TestBank::start(1, "620000", &Arc::new(ManualClock::new(START))).await
}

/// The books hold, each by itself and against each other.
pub(super) async fn assert_mirrored(issuing: &TestBank, collecting: &TestBank) {
    for bank in [issuing, collecting] {
        assert_eq!(bank.audit().await, Audit { ok: true, ..Audit::default() });
    }
    let books = async |bank: &TestBank| bank.operate("GET", admin::BOOKS, Value::Null).await.unwrap();
    let (owing, owed) = (books(issuing).await, books(collecting).await);
    let find = |list: &Value, bank: &TestBank| {
        let list = list.as_array().unwrap();
        let due = list.iter().find(|due| due["bank"] == bank.origin().as_str());
        let minor = |due: &Value, what: &str| due[what]["minor"].as_i64().unwrap();
        due.map_or(0, |due| minor(due, "amount") + minor(due, "settled"))
    };
    assert_eq!(find(&owing["due_to"], collecting), find(&owed["due_from"], issuing));
}
