//! An honest small bank on a real socket: freezes funds, signs vouchers, tells its feed, and pays when a test says so.
//! It can also be away, or refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::api::discovery::{Discovery, Role};
use crate::api::draw::{DrawAnswer, DrawRequest};
use crate::api::feed::{FeedAnswer, FeedClaims, FeedEntry, FeedKind, PAGE};
use crate::api::fund::{self, FundAnswer};
use crate::api::instruction::{self, InstructionAnswer, Kind, OutcomeClaims, PacketResult};
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::api::states::InstructionResult;
use crate::api::states::RefusalReason;
use crate::api::surrender::{self, SurrenderAnswer, SurrenderResult, SurrenderedClaims};
use crate::api::voucher::{Answered, Application, Batch, BatchAnswer, MAX_BATCH, MAX_BATCH_BYTES, Source};
use crate::jose::{ClientId, Digest, Jws, KeySet, SigningKey, Typ};
use crate::money::Amount;
use crate::net::json::JsonBytes;
use crate::packet::claims::reward_for;
use crate::packet::draw::{Seed, shares};
use crate::packet::file::Voucher;
use crate::packet::{Applicant, Origin, Packet, VoucherClaims};

/// How the bank behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Honest,
    Away,
    Refusing,
    /// Signs vouchers over another sum.
    Wrong,
    /// Gives every voucher the same number.
    Doubling,
    /// Refuses the second of several applications.
    Picky,
    /// Answers fewer applications than it was asked.
    Forgetful,
    /// A proxy in front of it answers, without a problem document of ours.
    Fenced,
    /// Gives the same draws to every request.
    Repeating,
    /// Gives draws, but its answers get lost.
    Losing,
    /// Decides instructions, but its answer is lost.
    Mute,
}

pub(super) struct Bank {
    pub(super) origin: Origin,
    key: SigningKey,
    applicant: KeySet,
    book: Mutex<Book>,
}

struct Book {
    now: i64,
    mood: Mood,
    funds: BTreeMap<String, (String, fund::FundClaims)>,
    vouchers: BTreeMap<String, (VoucherClaims, String)>,
    by_reward: BTreeMap<(String, String), String>,
    packets: BTreeMap<String, Packet>,
    outcomes: BTreeMap<String, String>,
    feed: Vec<FeedEntry>,
    draws: BTreeMap<String, Vec<Seed>>,
    drawn: BTreeSet<Digest>,
    surrenders: BTreeMap<uuid::Uuid, String>,
    given_up: Vec<(crate::jose::Digest, ClientId)>,
    asked: usize,
    presented: usize,
}

impl Bank {
    pub(super) async fn start(applicant: KeySet, now: i64) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let book = Book {
            now,
            mood: Mood::Honest,
            funds: BTreeMap::new(),
            vouchers: BTreeMap::new(),
            by_reward: BTreeMap::new(),
            packets: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            feed: Vec::new(),
            draws: BTreeMap::new(),
            drawn: BTreeSet::new(),
            surrenders: BTreeMap::new(),
            given_up: Vec::new(),
            asked: 0,
            presented: 0,
        };
        let key = SigningKey::from_secret(&Zeroizing::new([200; 32]));
        let bank = Arc::new(Self { origin, key, applicant, book: Mutex::new(book) });
        let router = Router::new()
            .route(routes::WELL_KNOWN, get(well_known))
            .route(routes::FUNDS, post(freeze))
            .route(routes::VOUCHER_BATCH, post(issue).layer(DefaultBodyLimit::max(MAX_BATCH_BYTES)))
            .route(routes::DRAWS, post(draw))
            .route(routes::FEED, get(feed))
            .route(routes::SURRENDERS, post(surrender))
            .route(routes::INSTRUCTIONS, post(instruct))
            .layer(axum::middleware::from_fn_with_state(bank.clone(), fence))
            .with_state(bank.clone());
        // Not our own server, which makes a problem document of every refusal.
        tokio::spawn(async { axum::serve(listener, router).await });
        bank
    }

    pub(super) fn feel(&self, mood: Mood) {
        self.book.lock().unwrap().mood = mood;
    }

    /// How often it was asked who it is.
    pub(super) fn presented(&self) -> usize {
        self.book.lock().unwrap().presented
    }

    /// Another voucher by the same key.
    pub(super) fn sign_voucher(&self, claims: &VoucherClaims) -> Voucher {
        Voucher::read(Jws::sign(&self.key, Typ::Voucher, claims).unwrap().as_str()).unwrap()
    }

    pub(super) fn at(&self, now: i64) {
        self.book.lock().unwrap().now = now;
    }

    /// How many vouchers and funds were asked for.
    pub(super) fn asked(&self) -> usize {
        self.book.lock().unwrap().asked
    }

    /// The draws it gave for each request.
    pub(super) fn draws(&self) -> Vec<Vec<Digest>> {
        self.book.lock().unwrap().draws.values().map(|seeds| seeds.iter().map(Seed::draw).collect()).collect()
    }

    /// How many instructions were decided.
    pub(super) fn instructed(&self) -> usize {
        self.book.lock().unwrap().outcomes.len()
    }

    /// How much is frozen in funds.
    pub(super) fn frozen_in_funds(&self) -> Vec<i64> {
        self.book.lock().unwrap().funds.values().map(|(_, claims)| claims.total.minor).collect()
    }

    /// Pays one share of a packet to a client.
    pub(super) fn pay(&self, packet: &Packet, to: &ClientId) {
        let mut book = self.book.lock().unwrap();
        let id = packet.id();
        let collected = book.feed.iter().filter(|it| it.packet == id && it.kind == FeedKind::Collected).count();
        let share = u32::try_from(collected + 1).unwrap();
        let amount = book.share(packet, share);
        book.tell(packet, FeedKind::Collected, amount, Some((share, to)));
        let given_up = book.given_up.iter().filter(|(packet, _)| *packet == id).count();
        if share + u32::try_from(given_up).unwrap() == packet.claims.contents.shares() {
            let total = packet.claims.contents.total().unwrap().unwrap();
            book.tell(packet, FeedKind::Paid, total, None);
        }
    }

    /// Tells something of a packet, whether or not it is so.
    pub(super) fn claim(&self, packet: &Packet, kind: FeedKind, minor: i64, to: Option<&ClientId>) {
        let mut book = self.book.lock().unwrap();
        let amount = Amount::new(minor, packet.claims.contents.amount().unwrap().currency);
        book.tell(packet, kind, amount, to.map(|to| (1, to)));
    }

    /// How many shares were given up for goods.
    pub(super) fn given_up(&self) -> usize {
        self.book.lock().unwrap().given_up.len()
    }

    /// Gives back what was not collected.
    pub(super) fn give_back(&self, packet: &Packet) {
        let mut book = self.book.lock().unwrap();
        let id = packet.id();
        let paid: i64 = book
            .feed
            .iter()
            .filter(|it| it.packet == id && it.kind == FeedKind::Collected)
            .map(|it| it.amount.minor)
            .sum();
        let total = packet.claims.contents.total().unwrap().unwrap();
        let each = packet.claims.contents.money().unwrap().amount.minor;
        let given_up = i64::try_from(book.given_up.iter().filter(|it| it.0 == id).count()).unwrap() * each;
        let rest = Amount::new(total.minor - paid - given_up, total.currency);
        book.tell(packet, FeedKind::Returned, rest, None);
    }

    fn check(&self) -> Result<(), Problem> {
        let mut book = self.book.lock().unwrap();
        book.asked += 1;
        match book.mood {
            Mood::Away => Err(Problem::general(General::Unavailable, "Closed for lunch.")),
            Mood::Refusing => Err(Problem::new("insufficient-funds", 409, "Not enough money", "The account is empty.")),
            _ => Ok(()),
        }
    }

    fn voucher(&self, application: &Application) -> Result<String, Problem> {
        let packet = Packet::read(&application.packet).map_err(|e| bad(&e.to_string()))?;
        packet.jws.verify(self.applicant.find(&packet.jws.signer()).unwrap()).map_err(|e| bad(&e.to_string()))?;
        let mut book = self.book.lock().unwrap();
        let id = packet.id().to_string();
        if let Some((_, jws)) = book.vouchers.get(&id) {
            return Ok(jws.clone());
        }
        if let Some(draw) = packet.claims.contents.draw()
            && (book.seed(&draw).is_none() || !book.drawn.insert(draw))
        {
            return Err(Problem::new("unknown-draw", 409, "Unknown draw", "It is another packet's or nobody's."));
        }
        let fund = match &application.source {
            Source::Fund(fund) => {
                let name = packet.claims.reward_for.ok_or_else(|| bad("no reward"))?.to_string();
                if book.by_reward.insert((fund.clone(), name), id.clone()).is_some() {
                    return Err(Problem::new("already-drawn", 409, "Drawn", "One voucher per fund and reward."));
                }
                Some(fund.clone())
            }
            Source::Account(_) => None,
        };
        let mut frozen = packet.claims.contents.total().unwrap().unwrap();
        book.tell(&packet, FeedKind::Issued, frozen, None);
        frozen.minor += i64::from(book.mood == Mood::Wrong);
        let claims = VoucherClaims {
            iss: self.origin.clone(),
            iat: book.now,
            number: if book.mood == Mood::Doubling { "V-1".into() } else { number(&packet) },
            packet: packet.id(),
            frozen,
            applicant: Applicant { origin: packet.claims.iss.clone(), name: "星河科技".into() },
            fund,
            pays_within: None,
        };
        let jws = Jws::sign(&self.key, Typ::Voucher, &claims).unwrap().as_str().to_owned();
        if !matches!(book.mood, Mood::Wrong | Mood::Doubling) {
            book.vouchers.insert(id.clone(), (claims, jws.clone()));
            book.packets.insert(id, packet);
        } else {
            book.feed.pop();
        }
        Ok(jws)
    }
}

impl Book {
    fn seed(&self, draw: &Digest) -> Option<&Seed> {
        self.draws.values().flatten().find(|seed| seed.draw() == *draw)
    }

    /// What this share of a packet is.
    fn share(&self, packet: &Packet, place: u32) -> Amount {
        let amount = packet.claims.contents.money().unwrap().amount;
        let Some(draw) = packet.claims.contents.draw() else { return amount };
        let seed = self.seed(&draw).unwrap();
        let drawn = shares(seed, &packet.id(), amount.minor, packet.claims.contents.shares()).unwrap();
        Amount { minor: drawn[place as usize - 1], ..amount }
    }

    /// Withdraws what is revocable and not all paid; extends whatever is asked.
    fn carry_out(&mut self, packet: &Packet, until: Option<i64>) -> (InstructionResult, Option<Amount>) {
        if until.is_some() {
            return (InstructionResult::Extended, None);
        }
        let money = packet.claims.contents.money().unwrap();
        if !money.revocable {
            return (InstructionResult::NotRevocable, None);
        }
        let id = packet.id();
        let of_packet = || self.feed.iter().filter(|it| it.packet == id);
        if of_packet().any(|it| it.kind == FeedKind::Withdrawn) {
            return (InstructionResult::AlreadyWithdrawn, None);
        }
        let paid: i64 = of_packet().filter(|it| it.kind == FeedKind::Collected).map(|it| it.amount.minor).sum();
        let total = packet.claims.contents.total().unwrap().unwrap();
        let given_up = i64::try_from(self.given_up.iter().filter(|it| it.0 == id).count()).unwrap();
        let rest = Amount::new(total.minor - paid - given_up * money.amount.minor, total.currency);
        if rest.minor == 0 {
            return (InstructionResult::Paid, None);
        }
        self.tell(packet, FeedKind::Withdrawn, rest, None);
        (InstructionResult::Withdrawn, Some(rest))
    }

    fn tell(&mut self, packet: &Packet, kind: FeedKind, amount: Amount, share: Option<(u32, &ClientId)>) {
        self.feed.push(FeedEntry {
            cursor: i64::try_from(self.feed.len()).unwrap() + 1,
            at: self.now,
            kind,
            packet: packet.id(),
            voucher: number(packet),
            amount,
            share: share.map(|(share, _)| share),
            reward_for: share.map(|(_, to)| reward_for(&packet.id(), to)),
        });
    }
}

fn number(packet: &Packet) -> String {
    format!("V-{}", &packet.id().to_string()[..12])
}

fn bad(why: &str) -> Problem {
    Problem::general(General::BadRequest, why)
}

async fn fence(State(bank): State<Arc<Bank>>, request: Request, next: Next) -> Response {
    if bank.book.lock().unwrap().mood == Mood::Fenced {
        return (StatusCode::FORBIDDEN, "<h1>403 Forbidden</h1>").into_response();
    }
    next.run(request).await
}

async fn well_known(State(bank): State<Arc<Bank>>) -> Json<Discovery> {
    bank.book.lock().unwrap().presented += 1;
    Json(Discovery {
        role: Role::Bank,
        origin: bank.origin.clone(),
        name: "测试银行".into(),
        keys: vec![bank.key.public()],
        changes: Vec::new(),
        account_prefixes: vec!["620000".into()],
        members: Vec::new(),
    })
}

async fn freeze(State(bank): State<Arc<Bank>>, JsonBytes(body): JsonBytes) -> Result<Json<FundAnswer>, Problem> {
    bank.check()?;
    let (jws, claims) = fund::read(&body)?;
    let now = bank.book.lock().unwrap().now;
    fund::judge(&jws, &claims, &bank.origin, &bank.applicant, now)?;
    let mut book = bank.book.lock().unwrap();
    let next = format!("F-{}", book.funds.len() + 1);
    let (fund, _) = book.funds.entry(claims.jti.to_string()).or_insert((next, claims));
    Ok(Json(FundAnswer { fund: fund.clone() }))
}

async fn issue(State(bank): State<Arc<Bank>>, JsonBytes(body): JsonBytes) -> Result<Json<BatchAnswer>, Problem> {
    bank.check()?;
    let batch: Batch = crate::jose::json::read(&body).map_err(|e| bad(&e.to_string()))?;
    assert!((1..=MAX_BATCH).contains(&batch.applications.len()));
    let mood = bank.book.lock().unwrap().mood;
    let mut answers = Vec::new();
    for (at, application) in batch.applications.iter().enumerate() {
        let picked = mood == Mood::Picky && at == 1;
        let refused = || Problem::new("insufficient-funds", 409, "Not enough money", "Not for this one.");
        answers.push(match if picked { Err(refused()) } else { bank.voucher(application) } {
            Ok(voucher) => Answered::Voucher(voucher),
            Err(problem) => Answered::Problem(serde_json::to_value(problem).unwrap()),
        });
    }
    answers.truncate(batch.applications.len() - usize::from(mood == Mood::Forgetful));
    Ok(Json(BatchAnswer { answers }))
}

async fn draw(State(bank): State<Arc<Bank>>, JsonBytes(body): JsonBytes) -> Result<Json<DrawAnswer>, Problem> {
    bank.check()?;
    let request: DrawRequest = crate::jose::json::read(&body).map_err(|e| bad(&e.to_string()))?;
    let mut book = bank.book.lock().unwrap();
    let id = request.request.to_string();
    let name = if book.mood == Mood::Repeating { String::new() } else { id.clone() };
    let seed = |n: u32| Digest::of(format!("{name} {n}").as_bytes()).to_string().parse().unwrap();
    let seeds = book.draws.entry(id).or_insert_with(|| (0..request.count).map(seed).collect());
    let draws = seeds.iter().map(Seed::draw).collect();
    if book.mood == Mood::Losing {
        return Err(Problem::general(General::Unavailable, "The line was cut."));
    }
    Ok(Json(DrawAnswer { draws }))
}

async fn instruct(
    State(bank): State<Arc<Bank>>,
    JsonBytes(body): JsonBytes,
) -> Result<Json<InstructionAnswer>, Problem> {
    bank.check()?;
    let (kind, jws, claims) = instruction::read(&body)?;
    let mut book = bank.book.lock().unwrap();
    instruction::judge((kind, &jws, &claims), &bank.origin, &bank.applicant, book.now)?;
    let jti = claims.jti.to_string();
    if let Some(outcome) = book.outcomes.get(&jti) {
        return Ok(Json(InstructionAnswer { outcome: outcome.clone() }));
    }
    let results = claims.packets.iter().map(|id| {
        let packet = book.packets.get(&id.to_string()).cloned();
        let (result, amount) =
            packet.map_or((InstructionResult::Unknown, None), |packet| book.carry_out(&packet, claims.until));
        let until = claims.until.filter(|_| kind == Kind::Extend && result == InstructionResult::Extended);
        PacketResult { packet: *id, result, amount, until }
    });
    let results = results.collect();
    let outcome =
        OutcomeClaims { iss: bank.origin.clone(), aud: claims.iss, iat: book.now, instruction: claims.jti, results };
    let outcome = Jws::sign(&bank.key, Typ::Outcome, &outcome).unwrap().as_str().to_owned();
    book.outcomes.insert(jti, outcome.clone());
    if book.mood == Mood::Mute {
        return Err(Problem::general(General::Unavailable, "The line broke."));
    }
    Ok(Json(InstructionAnswer { outcome }))
}

async fn surrender(
    State(bank): State<Arc<Bank>>,
    JsonBytes(body): JsonBytes,
) -> Result<Json<SurrenderAnswer>, Problem> {
    bank.check()?;
    let (jws, asked) = surrender::read(&body)?;
    let mut book = bank.book.lock().unwrap();
    surrender::judge(&jws, &asked, &bank.origin, &bank.applicant, book.now)?;
    let paid = book
        .feed
        .iter()
        .any(|it| it.reward_for == Some(reward_for(&asked.packet, &asked.client)) && it.kind == FeedKind::Collected);
    let is_withdrawn = book.feed.iter().any(|it| it.packet == asked.packet && it.kind == FeedKind::Withdrawn);
    let refusal = match (paid, is_withdrawn) {
        (true, _) => Some(RefusalReason::AlreadyCollected),
        (false, is_withdrawn) => is_withdrawn.then_some(RefusalReason::Withdrawn),
    };
    let claims = SurrenderedClaims {
        iss: bank.origin.clone(),
        aud: asked.iss.clone(),
        iat: book.now,
        surrender: asked.jti,
        packet: asked.packet,
        client: asked.client,
        result: if refusal.is_some() { SurrenderResult::Refused } else { SurrenderResult::Surrendered },
        reason: refusal,
        amount: refusal.is_none().then_some(Amount::new(16_800, crate::money::Currency::CNY)),
    };
    let answer = Jws::sign(&bank.key, Typ::Surrendered, &claims).unwrap().as_str().to_owned();
    if refusal.is_none() && !book.surrenders.contains_key(&asked.jti) {
        book.given_up.push((asked.packet, asked.client));
    }
    let answer = book.surrenders.entry(asked.jti).or_insert(answer).clone();
    Ok(Json(SurrenderAnswer { answer }))
}

#[derive(Deserialize)]
struct After {
    after: i64,
}

async fn feed(
    State(bank): State<Arc<Bank>>,
    Query(After { after }): Query<After>,
) -> Result<Json<FeedAnswer>, Problem> {
    let book = bank.book.lock().unwrap();
    if book.mood == Mood::Away {
        return Err(Problem::general(General::Unavailable, "Closed for lunch."));
    }
    let entries: Vec<_> = book.feed.iter().filter(|entry| entry.cursor > after).take(PAGE).cloned().collect();
    let claims = FeedClaims {
        iss: bank.origin.clone(),
        aud: super::world::origin(),
        iat: book.now,
        after,
        next: entries.last().map_or(after, |entry| entry.cursor),
        entries,
    };
    Ok(Json(FeedAnswer { feed: Jws::sign(&bank.key, Typ::Feed, &claims).unwrap().as_str().to_owned() }))
}
