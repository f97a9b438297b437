//! An enterprise with its bank and its clients, and what a test does with them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use super::bank::Bank;
use crate::api::account::AccountNumber;
use crate::api::auth::{self, Asked};
use crate::api::inbox::InboxPage;
use crate::api::notice::{self, NoticeAnswer, NoticeRequest, ReceiptClaims};
use crate::api::problem::Problem;
use crate::api::routes;
use crate::clock::{Clock, ManualClock};
use crate::enterprise::admin::{
    self, CampaignView, CreateCampaign, IssuePackets, IssuedPacket, IssuedPackets, Step, TakeStep,
};
use crate::enterprise::{Enterprise, Settings, admin_router, router};
use crate::identity::card::{Card, CardClaims};
use crate::identity::{Identity, Seed};
use crate::jose::SigningKey;
use crate::money::{Amount, Currency};
use crate::net::client::{Client, Reach};
use crate::packet::chain::{NextHop, forward};
use crate::packet::{Mode, Origin, PacketFile, Placement, When};
use crate::party::Party;
use crate::party::audit::Audit;
use crate::random::{Random as _, SystemRandom};
use crate::store::testing::Place;
use crate::store::{Row, Schema, Value as Column};

pub(super) const START: i64 = 1_771_300_000;

/// The enterprise's own origin. Nobody needs to reach it.
pub(super) fn origin() -> Origin {
    Origin::parse("https://hongbao.example").unwrap()
}

pub(super) struct World {
    place: Place,
    pub(super) clock: Arc<ManualClock>,
    pub(super) bank: Arc<Bank>,
    pub(super) enterprise: Arc<Enterprise>,
    settings: Settings,
}

/// What a server answered: its JSON, or its problem.
pub(super) type Answer<T> = Result<T, Problem>;

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        let place = Place::new();
        let clock = Arc::new(ManualClock::new(START));
        let party = party(&place, &clock);
        let bank = Bank::start(party.keys(), START).await;
        let enterprise = Enterprise::open(party, settings.clone()).await.unwrap();
        Self { place, clock, bank, enterprise, settings }
    }

    /// Another process on the same database, as after a kill: whatever the first one was doing is lost.
    pub(super) async fn reopened(self) -> Self {
        let Self { place, clock, bank, enterprise, settings } = self;
        drop(enterprise);
        let enterprise = Enterprise::open(party(&place, &clock), settings.clone()).await.unwrap();
        Self { place, clock, bank, enterprise, settings }
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.bank.at(self.clock.now());
    }

    /// Does all background work there is to do now.
    pub(super) async fn settle(&self) {
        for _ in 0..3 {
            self.enterprise.work().await;
            self.enterprise.read_feeds().await;
        }
    }

    pub(super) fn app(&self) -> Router {
        router(self.enterprise.clone())
    }

    pub(super) async fn admin<T: DeserializeOwned>(&self, path: &str, body: Option<&impl Serialize>) -> Answer<T> {
        let body = body.map(|body| serde_json::to_vec(body).unwrap());
        let (status, _, body) = send(admin_router(self.enterprise.clone()), path, body, None).await;
        read(status, &body)
    }

    /// A campaign with rewards for openings, changed as the test likes.
    pub(super) async fn campaign(&self, change: impl FnOnce(&mut CreateCampaign)) -> Answer<CampaignView> {
        let mut request = create(&self.bank.origin);
        change(&mut request);
        self.admin(admin::CAMPAIGNS, Some(&request)).await
    }

    /// A step in a campaign's life.
    pub(super) async fn step(&self, id: &str, step: Step) -> Answer<CampaignView> {
        let take = TakeStep { step, by: Some("王经理".into()), reason: Some("看一看".into()) };
        self.admin(&admin::CAMPAIGN_STEPS.replace("{id}", id), Some(&take)).await
    }

    pub(super) async fn issue(&self, campaign: &str, count: u32, to: Option<&Identity>) -> Answer<IssuedPackets> {
        self.admin(admin::PACKETS, Some(&order(campaign, count, to))).await
    }

    /// A new campaign's first packet, as a file.
    pub(super) async fn packet(&self, to: Option<&Identity>, change: impl FnOnce(&mut CreateCampaign)) -> PacketFile {
        let campaign = self.campaign(change).await.unwrap();
        let issued = self.issue(&campaign.id, 1, to).await.unwrap();
        self.packet_file(&issued.packets[0]).await
    }

    /// An issued packet's file, as the operator gets it.
    pub(super) async fn packet_file(&self, packet: &IssuedPacket) -> PacketFile {
        let path = admin::PACKET_FILE.replace("{id}", &packet.id.to_string());
        file(&self.admin(&path, None::<&()>).await.unwrap())
    }

    /// A forwarded file.
    pub(super) fn forwarded(&self, held: &PacketFile, by: &Identity, to: Option<&Identity>) -> PacketFile {
        let (jti, iat) = (SystemRandom.uuid(self.clock.now_ms()), self.clock.now());
        forward(held, by.key(), &NextHop { jti, iat, to: to.map(Identity::id), note: None }).unwrap()
    }

    pub(super) fn notice(&self, held: &PacketFile, by: &Identity) -> NoticeRequest {
        let jti = SystemRandom.uuid(self.clock.now_ms());
        notice::write(by.key(), &held.packet, &held.hops, jti, true, self.clock.now()).unwrap()
    }

    pub(super) async fn tell(&self, notice: &NoticeRequest) -> Answer<NoticeAnswer> {
        self.post(routes::NOTICES, serde_json::to_vec(notice).unwrap(), None).await
    }

    /// Opens a packet and tells, as somebody who agrees that the forwarder learns of it, or not.
    pub(super) async fn open_showing(&self, held: &PacketFile, by: &Identity, show_opener: bool) {
        let jti = SystemRandom.uuid(self.clock.now_ms());
        let notice = notice::write(by.key(), &held.packet, &held.hops, jti, show_opener, self.clock.now()).unwrap();
        self.tell(&notice).await.unwrap();
    }

    /// Opens a packet and tells, and reads the receipt.
    pub(super) async fn open(&self, held: &PacketFile, by: &Identity) -> ReceiptClaims {
        let notice = self.notice(held, by);
        let answer = self.tell(&notice).await.unwrap();
        self.receipt(&answer.receipt, &notice, by)
    }

    pub(super) fn receipt(&self, receipt: &str, notice: &NoticeRequest, by: &Identity) -> ReceiptClaims {
        let claims = crate::jose::Jws::parse(&notice.notice, crate::jose::Typ::Notice).unwrap();
        let claims: notice::NoticeClaims = claims.claims().unwrap();
        let keys = self.enterprise.party.keys();
        notice::read_receipt(receipt, &origin(), &keys, &by.id(), claims.jti).unwrap()
    }

    pub(super) async fn inbox(&self, of: &Identity, after: i64) -> InboxPage {
        self.get(&format!("{}?after={after}", routes::INBOX), of).await.unwrap()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, as_client: &Identity) -> Answer<T> {
        let header = self.authorization(as_client, "GET", path, b"");
        let (status, _, body) = send(self.app(), path, None, Some(header)).await;
        read(status, &body)
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Vec<u8>,
        as_client: Option<&Identity>,
    ) -> Answer<T> {
        let header = as_client.map(|client| self.authorization(client, "POST", path, &body));
        let (status, _, body) = send(self.app(), path, Some(body), header).await;
        read(status, &body)
    }

    pub(super) fn authorization(&self, client: &Identity, method: &str, path: &str, body: &[u8]) -> String {
        let (server, now_ms) = (origin(), self.clock.now_ms());
        let asked = Asked { server: &server, method, path, body };
        auth::authorize(client.key(), asked, None, SystemRandom.uuid(now_ms), now_ms / 1000).unwrap()
    }

    pub(super) async fn rows(&self, sql: &'static str) -> Vec<Row> {
        let none: [Column; 0] = [];
        self.enterprise.party.store.read(move |tx| tx.rows(sql, &none)).await.unwrap()
    }

    /// Changes rows as no decision would.
    pub(super) async fn write(&self, sql: String) {
        let none: [Column; 0] = [];
        let write = move |tx: &mut crate::store::Tx<'_>| tx.execute(&sql, &none);
        assert!(self.enterprise.party.store.decide(write).await.unwrap() > 0);
    }

    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        self.rows(sql).await[0].int("n").unwrap()
    }

    /// What an audit finds in a copy in which rows were changed behind the stopped server's back.
    pub(super) async fn audit_after(&self, change: &str) -> Audit {
        self.audit_if(change).await.unwrap_or_else(|| panic!("{change}"))
    }

    /// The same, if there were such rows.
    pub(super) async fn audit_if(&self, change: &str) -> Option<Audit> {
        let copy = self.place.copy();
        if copy.damage(change) == 0 {
            return None;
        }
        let store = copy.open_read_only(Schema::Enterprise).unwrap();
        let found = crate::enterprise::audit(&store).await.unwrap();
        store.close().await;
        Some(found)
    }

    /// The closed books, where they are a file.
    pub(super) async fn closed(&self) -> Option<std::path::PathBuf> {
        self.enterprise.party.store.clone().close().await;
        self.place.as_file()
    }

    /// Every test ends here: the register must agree with itself.
    pub(super) async fn audit_is_clean(&self) {
        let audit = crate::enterprise::audit(&self.enterprise.party.store).await.unwrap();
        assert!(audit.ok, "{:#?}", audit.differences);
    }
}

fn party(place: &Place, clock: &Arc<ManualClock>) -> Arc<Party> {
    Arc::new(Party {
        origin: origin(),
        name: "星河科技".into(),
        own: SigningKey::from_secret(&Zeroizing::new([100; 32])).into(),
        store: place.open(Schema::Enterprise),
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        client: Client::new(Reach::Configured, "test").unwrap(),
    })
}

pub(super) fn client(n: u8) -> Identity {
    Identity::from_seed(&Seed::from_bytes(Zeroizing::new([n; 32])))
}

pub(super) fn yuan(yuan: i64) -> Amount {
    Amount::new(yuan * 100, Currency::CNY)
}

pub(super) fn file(outer: &Value) -> PacketFile {
    PacketFile::read(outer.to_string().as_bytes()).unwrap()
}

pub(super) fn card(of: &Identity) -> Value {
    let card =
        Card::sign(of, CardClaims { name: Some("张三".into()), iat: START, inbox: vec![origin()], age: None }).unwrap();
    serde_json::from_slice(&card.to_bytes()).unwrap()
}

pub(super) fn order(campaign: &str, count: u32, to: Option<&Identity>) -> IssuePackets {
    let request = SystemRandom.uuid(START * 1000);
    IssuePackets { request, campaign: campaign.to_owned(), count, to: to.map(card), replaces: None }
}

pub(super) fn create(bank: &Origin) -> CreateCampaign {
    CreateCampaign {
        request: SystemRandom.uuid(START * 1000),
        title: "星河科技".into(),
        greeting: "新春纳福\n愿你今年每一天都有好消息".into(),
        count: 10,
        amount: yuan(88),
        mode: Mode::Each,
        shares: 3,
        reward: Some(yuan(1)),
        when: When::Opened,
        per_person: 10,
        reward_budget: None,
        reward_greeting: None,
        expires: 30 * 24 * 3600,
        starts: None,
        ends: None,
        reward_until: None,
        reward_delay: 0,
        per_day: None,
        day_limit: None,
        utc_offset: 0,
        addressed: false,
        draft: false,
        bank: Some(bank.clone()),
        account: Some(account()),
        goods: None,
        max_hops: 5,
        placement: Placement::Both,
        theme: None,
        cover: None,
        emblem: None,
        revocable: false,
    }
}

/// An account number whose check digit fits.
fn account() -> AccountNumber {
    (0..10).find_map(|digit| format!("620000000000000000{digit}").parse().ok()).unwrap()
}

/// One request to a router, without a socket.
pub(super) async fn send(
    router: Router,
    path: &str,
    body: Option<Vec<u8>>,
    authorization: Option<String>,
) -> (StatusCode, header::HeaderMap, Vec<u8>) {
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

pub(super) fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Answer<T> {
    if status.is_success() {
        return Ok(serde_json::from_slice(body).unwrap());
    }
    Err(Problem::of_answer(status.as_u16(), Some("application/problem+json"), body))
}

/// The code of what was refused.
pub(super) fn code<T>(answer: Answer<T>) -> String {
    match answer {
        Ok(_) => "ok".into(),
        Err(problem) => problem.code().to_owned(),
    }
}
