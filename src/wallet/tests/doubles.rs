//! Small honest doubles of an enterprise and a bank on real sockets, and wallets to meet them. They judge what they get
//! with the same judgements as the real ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::api::auth::{self, Asked};
use crate::api::collect::{self, AcceptanceChoice, CollectionStatus, LinkRequest, Linked, Step};
use crate::api::delivery::{self, DeliveryName, DeliveryState, OpeningsPage, Recalled, ShownOpening, StatesAnswer};
use crate::api::discovery::{Discovery, Member, Role};
use crate::api::draw::{DrawClaims, DrawPage};
use crate::api::inbox::{self, InboxItem, InboxPage, ItemKind, Relayed, RewardFor};
use crate::api::keys::KnownKeys;
use crate::api::notice::{self, NoticeAnswer, ReceiptClaims};
use crate::api::posting::{self, Posted};
use crate::api::problem::{General, MEDIA_TYPE, Problem};
use crate::api::states::{CollectionState, ReceiptResult, RefusalReason, VoucherState};
use crate::api::voucher::VoucherStatus;
use crate::api::{Refusal, routes};
use crate::clock::{Clock, ManualClock};
use crate::identity::Seed;
use crate::identity::keystore::{KeySource, KeystoreError};
use crate::jose::{ClientId, Digest, Jws, KeySet, PublicKey, SigningKey, Typ};
use crate::money::{Amount, Currency};
use crate::net::client::{Client, Reach};
use crate::packet::claims::{Forward, MAX_HOPS, reward_for};
use crate::packet::file::{Packet, Voucher};
use crate::packet::{
    Applicant, BankKeys, Confirmation, Contents, Envelope, Mode, Origin, PacketClaims, PacketFile, Placement, Reward,
    Trust, VoucherClaims, When, chain,
};
use crate::random::{Random, SystemRandom};
use crate::wallet::{Surroundings, Wallet};

pub(crate) const NOW: i64 = 1_771_300_000;

pub(crate) struct Asking {
    method: String,
    path: String,
    authorization: String,
    body: Vec<u8>,
}

pub(crate) type Answering = Result<serde_json::Value, Problem>;

pub(super) fn json(value: impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

/// What every double can be told to do wrong.
#[derive(Default)]
pub(crate) struct Mood {
    /// Refuses connections' requests by closing them at once.
    pub(crate) down: AtomicBool,
    /// Does what is asked and closes before answering.
    pub(crate) mute: AtomicBool,
    /// How far its clock is ahead, in seconds.
    pub(crate) ahead: AtomicI64,
    pub(crate) requests: AtomicUsize,
    /// Takes requests and answers none while this is so.
    pub(crate) holds: tokio::sync::watch::Sender<bool>,
}

async fn listen() -> (TcpListener, Origin) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, origin)
}

fn serve(listener: TcpListener, mood: Arc<Mood>, handle: impl Fn(&Asking) -> Answering + Send + Sync + 'static) {
    let handle = Arc::new(handle);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (mood, handle) = (Arc::clone(&mood), Arc::clone(&handle));
            tokio::spawn(async move { answer(stream, &mood, &*handle).await });
        }
    });
}

async fn answer(mut stream: TcpStream, mood: &Mood, handle: &(dyn Fn(&Asking) -> Answering + Send + Sync)) {
    if mood.down.load(Ordering::SeqCst) {
        return;
    }
    let Some(asking) = read(&mut stream).await else { return };
    mood.requests.fetch_add(1, Ordering::SeqCst);
    let _ = mood.holds.subscribe().wait_for(|holds| !holds).await;
    let answer = handle(&asking);
    if mood.mute.load(Ordering::SeqCst) {
        return;
    }
    let (status, kind, body) = match answer {
        Ok(body) => (200, "application/json", body.to_string()),
        Err(problem) => (problem.status(), MEDIA_TYPE, serde_json::to_string(&problem).unwrap()),
    };
    let date = jiff::Timestamp::from_second(NOW + mood.ahead.load(Ordering::SeqCst)).unwrap();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
    let text = format!(
        "HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Asking> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|it| it.1)
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    let mut first = head.split(' ');
    Some(Asking {
        method: first.next()?.to_owned(),
        path: first.next()?.to_owned(),
        authorization: header("authorization").unwrap_or_default().to_owned(),
        body,
    })
}

pub(super) fn refuse(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Stale => Problem::general(General::ClockSkew, "clock"),
        other => Problem::general(General::BadRequest, other.to_string()),
    }
}

pub(super) fn not_found() -> Problem {
    Problem::general(General::NotFound, "")
}

fn asker(asking: &Asking, own: &Origin, now: i64) -> Result<ClientId, Problem> {
    let asked = Asked { server: own, method: &asking.method, path: &asking.path, body: &asking.body };
    auth::judge(&asking.authorization, asked, now).map(|asker| asker.key).map_err(|refusal| refuse(&refusal))
}

/// An enterprise that rewards every notice that earns a reward.
pub(crate) struct Enterprise {
    pub(crate) origin: Origin,
    pub(crate) key: SigningKey,
    pub(crate) mood: Arc<Mood>,
    pub(crate) receipts: Mutex<BTreeMap<Uuid, String>>,
    pub(crate) items: Mutex<Vec<(ClientId, InboxItem)>>,
    pub(crate) downloads: Mutex<BTreeMap<String, serde_json::Value>>,
    pub(crate) shop: Mutex<super::goods::Shop>,
    /// Its keys in use and the signed change that led to them, once it changed its key.
    shown_keys: Mutex<Option<(Vec<PublicKey>, String)>>,
    deliveries: Mutex<Vec<Delivery>>,
    /// By forwarder.
    pub(crate) openings: Mutex<Vec<(ClientId, ShownOpening)>>,
}

/// What somebody passed on, and where it stands.
struct Delivery {
    cursor: i64,
    sender: ClientId,
    name: DeliveryName,
    state: DeliveryState,
}

impl Enterprise {
    pub(crate) async fn start(secret: u8) -> Arc<Self> {
        let (listener, origin) = listen().await;
        let enterprise = Arc::new(Self {
            origin,
            key: key(secret),
            mood: Arc::default(),
            receipts: Mutex::default(),
            items: Mutex::default(),
            downloads: Mutex::default(),
            shop: Mutex::default(),
            shown_keys: Mutex::default(),
            deliveries: Mutex::default(),
            openings: Mutex::default(),
        });
        let own = Arc::clone(&enterprise);
        serve(listener, Arc::clone(&enterprise.mood), move |asking| own.handle(asking));
        enterprise
    }

    pub(super) fn now(&self) -> i64 {
        NOW + self.mood.ahead.load(Ordering::SeqCst)
    }

    pub(super) fn keys(&self) -> KeySet {
        KeySet { keys: vec![self.key.public()] }
    }

    /// Signs with another key from now on, as it shows; what the one before signed stays believed.
    pub(crate) fn change_key(&self, new: &SigningKey) {
        let known = KnownKeys { current: self.keys().keys, ..KnownKeys::default() };
        let (keys, retired) = (vec![new.public()], self.keys().keys);
        let (change, _) = known.change((&self.origin, &self.key), keys.clone(), retired, NOW).unwrap();
        *self.shown_keys.lock().unwrap() = Some((keys, change.as_str().to_owned()));
    }

    fn handle(&self, asking: &Asking) -> Answering {
        let path = asking.path.split('?').next().unwrap();
        let shown = self.shown_keys.lock().unwrap().clone();
        let (keys, changes) =
            shown.map_or_else(|| (self.keys().keys, Vec::new()), |(keys, change)| (keys, vec![change]));
        if let Some(file) = path.strip_prefix(routes::DOWNLOAD) {
            return self.downloads.lock().unwrap().get(file).cloned().ok_or_else(not_found);
        }
        match path {
            routes::WELL_KNOWN => Ok(json(Discovery {
                role: Role::Enterprise,
                origin: self.origin.clone(),
                name: "福来公司".into(),
                keys,
                changes,
                account_prefixes: Vec::new(),
                members: Vec::new(),
            })),
            routes::NOTICES => self.notice(&asking.body),
            routes::INBOX => self.inbox(asking),
            routes::RELAY => self.relay(asking),
            routes::RELAY_STATES => self.relay_states(asking),
            routes::RELAY_RECALL => self.recall(asking),
            routes::OPENINGS => self.openings(asking),
            routes::FORWARDS => self.host(asking),
            routes::GOODS => self.goods(&asking.body),
            path => match path.strip_prefix(routes::GOODS).and_then(|rest| rest.strip_prefix('/')) {
                Some(id) => self.goods_status(id, &asker(asking, &self.origin, self.now())?),
                None => Err(not_found()),
            },
        }
    }

    fn notice(&self, body: &[u8]) -> Answering {
        let judged = notice::judge(body, &self.origin, &self.keys(), |_| None, self.now());
        let judged = judged.map_err(|refusal| refuse(&refusal))?;
        let earned = judged.earns(self.now());
        let claims = ReceiptClaims {
            iss: self.origin.clone(),
            aud: judged.opener,
            iat: self.now(),
            notice: judged.claims.jti,
            packet: judged.packet.id(),
            result: if earned.is_ok() { ReceiptResult::Rewarded } else { ReceiptResult::NotRewarded },
            reason: earned.as_ref().err().copied(),
            reward: earned.is_ok().then(|| reward_for(&judged.packet.id(), &judged.opener)),
        };
        let receipt = Jws::sign(&self.key, Typ::Receipt, &claims).unwrap().as_str().to_owned();
        if let Some(hop) = judged.hops.last().filter(|_| judged.claims.show_opener) {
            self.show(hop.by(), judged.packet.id(), judged.opener);
        }
        let receipt = self.receipts.lock().unwrap().entry(judged.claims.jti).or_insert(receipt).clone();
        Ok(json(NoticeAnswer { receipt }))
    }

    fn inbox(&self, asking: &Asking) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let after: i64 = asking.path.split_once("after=").unwrap().1.parse().unwrap();
        let items = self.items.lock().unwrap();
        let mut deliveries = self.deliveries.lock().unwrap();
        let recalled: Vec<i64> =
            deliveries.iter().filter(|it| it.state == DeliveryState::Recalled).map(|it| it.cursor).collect();
        let is_there = |item: &InboxItem| item.cursor > after && !recalled.contains(&item.cursor);
        let mine = items.iter().filter(|(to, item)| *to == client && is_there(item)).map(|(_, item)| item.clone());
        // Two on a page, so that paging is tried.
        let items: Vec<_> = mine.take(2).collect();
        let next = items.last().map_or(after, |item| item.cursor);
        for delivery in deliveries.iter_mut().filter(|it| items.iter().any(|item| item.cursor == it.cursor)) {
            delivery.state = DeliveryState::Delivered;
        }
        Ok(json(InboxPage { more: items.len() == 2, items, next }))
    }

    fn relay(&self, asking: &Asking) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let (to, file) = inbox::judge_relay(&asking.body, &client).map_err(|refusal| refuse(&refusal))?;
        self.put(to, ItemKind::Forwarded, file.to_value().unwrap(), None);
        let cursor = i64::try_from(self.items.lock().unwrap().len()).unwrap();
        let name = DeliveryName { to, head: file.head() };
        let state = DeliveryState::Kept;
        self.deliveries.lock().unwrap().push(Delivery { cursor, sender: client, name, state });
        Ok(json(Relayed { head: file.head() }))
    }

    fn relay_states(&self, asking: &Asking) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let names = delivery::judge_states(&asking.body).map_err(|refusal| refuse(&refusal))?;
        let deliveries = self.deliveries.lock().unwrap();
        let state = |name: &DeliveryName| {
            let found = deliveries.iter().find(|it| it.name == *name && it.sender == client);
            found.map_or(DeliveryState::Unknown, |it| it.state)
        };
        Ok(json(StatesAnswer { states: names.iter().map(state).collect() }))
    }

    fn recall(&self, asking: &Asking) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let name = delivery::judge_recall(&asking.body).map_err(|refusal| refuse(&refusal))?;
        let mut deliveries = self.deliveries.lock().unwrap();
        let found = deliveries.iter_mut().find(|it| it.name == name && it.sender == client);
        let state = found.map_or(DeliveryState::Unknown, |it| {
            if it.state == DeliveryState::Kept {
                it.state = DeliveryState::Recalled;
            }
            it.state
        });
        Ok(json(Recalled { state }))
    }

    fn openings(&self, asking: &Asking) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let after: i64 = asking.path.split_once("after=").unwrap().1.parse().unwrap();
        let all = self.openings.lock().unwrap();
        let mine = all.iter().filter(|(to, it)| *to == client && it.cursor > after).map(|(_, it)| *it);
        // One on a page, so that paging is tried.
        let openings: Vec<_> = mine.take(1).collect();
        let next = openings.last().map_or(after, |it| it.cursor);
        Ok(json(OpeningsPage { more: openings.len() == 1, openings, next }))
    }

    /// Tells a forwarder of an opening.
    pub(crate) fn show(&self, forwarder: ClientId, packet: Digest, opener: ClientId) {
        let mut all = self.openings.lock().unwrap();
        let cursor = i64::try_from(all.len()).unwrap() + 1;
        all.push((forwarder, ShownOpening { cursor, at: NOW, packet, opener }));
    }

    fn host(&self, asking: &Asking) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let file = posting::judge_post(&asking.body, &client).map_err(|refusal| refuse(&refusal))?;
        let head = chain::head(&file.packet, &file.hops);
        let outer = serde_json::from_slice(&file.to_bytes()).unwrap();
        self.downloads.lock().unwrap().entry(head.to_string()).or_insert(outer);
        Ok(json(Posted { head, link: self.origin.url(&format!("{}{head}", routes::DOWNLOAD)) }))
    }

    pub(crate) fn put(&self, to: ClientId, kind: ItemKind, file: serde_json::Value, reward: Option<RewardFor>) {
        let mut items = self.items.lock().unwrap();
        let cursor = i64::try_from(items.len()).unwrap() + 1;
        items.push((to, InboxItem { cursor, at: NOW, kind, file, reward_for: reward }));
    }

    /// A packet of this enterprise.
    pub(crate) fn packet(&self, bank: &Bank, terms: &Terms) -> PacketFile {
        let reward = terms.reward.then(|| Reward {
            amount: yuan(1),
            when: terms.when,
            per_person: 10,
            until: NOW + 3600,
            fund: "F1".into(),
        });
        let claims = PacketClaims {
            iss: self.origin.clone(),
            jti: SystemRandom.uuid(NOW * 1000),
            iat: NOW,
            nbf: NOW,
            exp: NOW + terms.lasts,
            cnf: terms.to.map(|jkt| Confirmation { jkt }),
            campaign: "spring".into(),
            envelope: Envelope {
                title: "福来公司".into(),
                greeting: terms.greeting.into(),
                serial: terms.serial,
                emblem: None,
                theme: None,
                cover: None,
            },
            contents: Contents::Bank {
                bank: bank.origin.clone(),
                amount: yuan(terms.amount),
                mode: if terms.draw.is_some() { Mode::Lucky } else { Mode::Each },
                shares: terms.shares,
                draw: terms.draw,
                revocable: false,
            },
            forward: terms.max_hops.map(|max_hops| Forward { placement: terms.placement, max_hops, reward }),
            reward_for: terms.reward_for,
        };
        Self::signed_by(&self.key, bank, claims)
    }

    /// A packet that says to be this enterprise's, signed by this key.
    pub(crate) fn packet_by(&self, key: &SigningKey, bank: &Bank, terms: &Terms) -> PacketFile {
        Self::signed_by(key, bank, self.packet(bank, terms).packet.claims)
    }

    fn signed_by(key: &SigningKey, bank: &Bank, claims: PacketClaims) -> PacketFile {
        let packet = Packet { jws: Jws::sign(key, Typ::Packet, &claims).unwrap(), claims };
        let voucher = Some(bank.voucher(&packet));
        PacketFile { packet, voucher, hops: Vec::new(), note: None, media: Vec::new() }
    }
}

/// What a packet of the tests promises.
pub(crate) struct Terms {
    pub(crate) to: Option<ClientId>,
    pub(crate) shares: u32,
    pub(crate) max_hops: Option<u32>,
    pub(crate) placement: Placement,
    pub(crate) reward: bool,
    /// When a forwarding has earned it.
    pub(crate) when: When,
    pub(crate) reward_for: Option<Digest>,
    pub(crate) greeting: &'static str,
    pub(crate) serial: u64,
    /// In whole yuan, for each share; the whole pot of lucky ones.
    pub(crate) amount: i64,
    /// The draw of lucky shares.
    pub(crate) draw: Option<Digest>,
    /// In seconds.
    pub(crate) lasts: i64,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            to: None,
            shares: 1,
            max_hops: Some(MAX_HOPS),
            placement: Placement::Both,
            reward: true,
            when: When::Opened,
            reward_for: None,
            greeting: "新春纳福",
            serial: 1,
            amount: 88,
            draw: None,
            lasts: 3600,
        }
    }
}

/// A bank that pays a collection the second time it is asked about it.
pub(crate) struct Bank {
    pub(crate) origin: Origin,
    pub(crate) key: SigningKey,
    pub(crate) mood: Arc<Mood>,
    prefix: String,
    pub(crate) members: Mutex<Vec<Member>>,
    pub(crate) collections: Mutex<BTreeMap<Uuid, (ClientId, u32)>>,
    pub(crate) refuses: Mutex<Option<Problem>>,
    /// What it pays of a lucky packet, and at which place.
    pub(crate) pays: Mutex<Option<(Amount, u32)>>,
    /// The salted digests of accounts that it was asked to pay into.
    pub(crate) accounts: Mutex<Vec<Digest>>,
    /// What it says of a draw; nothing while it is not closed.
    pub(crate) drawn: Mutex<Option<DrawClaims>>,
    /// Why its clerk rejects what it took, and in which words.
    pub(crate) rejects: Mutex<Option<(RefusalReason, &'static str)>>,
    /// What holders said of how their collections are accepted, first to last.
    pub(crate) chosen: Mutex<Vec<AcceptanceChoice>>,
}

pub(crate) const CODE: &str = "Q7XKWM2P";

impl Bank {
    pub(crate) async fn start(secret: u8, prefix: &str) -> Arc<Self> {
        let (listener, origin) = listen().await;
        let bank = Arc::new(Self {
            origin,
            key: key(secret),
            mood: Arc::default(),
            prefix: prefix.to_owned(),
            members: Mutex::default(),
            collections: Mutex::default(),
            refuses: Mutex::default(),
            pays: Mutex::default(),
            accounts: Mutex::default(),
            drawn: Mutex::default(),
            rejects: Mutex::default(),
            chosen: Mutex::default(),
        });
        let own = Arc::clone(&bank);
        serve(listener, Arc::clone(&bank.mood), move |asking| own.handle(asking));
        bank
    }

    pub(crate) fn as_member(&self) -> Member {
        Member {
            origin: self.origin.clone(),
            name: format!("Bank {}", self.prefix),
            account_prefixes: vec![self.prefix.clone()],
            keys: vec![self.key.public()],
        }
    }

    /// Makes two banks deal with each other.
    pub(crate) fn befriend(&self, other: &Self) {
        self.members.lock().unwrap().push(other.as_member());
        other.members.lock().unwrap().push(self.as_member());
    }

    pub(crate) fn account(&self) -> crate::api::account::AccountNumber {
        crate::api::account::AccountNumber::with_check_digit(&format!("{:0<15}", self.prefix)).unwrap()
    }

    pub(super) fn voucher(&self, packet: &Packet) -> Voucher {
        let claims = VoucherClaims {
            iss: self.origin.clone(),
            iat: NOW,
            number: "V1".into(),
            packet: packet.id(),
            frozen: packet.claims.contents.total().unwrap().unwrap(),
            applicant: Applicant { origin: packet.claims.iss.clone(), name: "福来公司".into() },
            fund: None,
            pays_within: None,
        };
        Voucher { jws: Jws::sign(&self.key, Typ::Voucher, &claims).unwrap(), claims }
    }

    /// How many collections were applied for.
    pub(super) fn applications(&self) -> usize {
        self.collections.lock().unwrap().len()
    }

    fn now(&self) -> i64 {
        NOW + self.mood.ahead.load(Ordering::SeqCst)
    }

    fn handle(&self, asking: &Asking) -> Answering {
        if let Some(id) = asking.path.strip_prefix("/v1/collections/") {
            return self.status(asking, id.parse().unwrap());
        }
        if let Some(packet) = asking.path.strip_prefix("/v1/vouchers/") {
            return Ok(json(standing(packet.parse().unwrap())));
        }
        if asking.path.starts_with(routes::DRAWS) {
            let open = || Problem::new("not-yet-closed", 409, "Not closed", "");
            let claims = self.drawn.lock().unwrap().clone().ok_or_else(open)?;
            return Ok(json(DrawPage { draw: Jws::sign(&self.key, Typ::Draw, &claims).unwrap().as_str().to_owned() }));
        }
        match asking.path.as_str() {
            routes::WELL_KNOWN => {
                let own = self.as_member();
                Ok(json(Discovery {
                    role: Role::Bank,
                    origin: own.origin,
                    name: own.name,
                    keys: own.keys,
                    changes: Vec::new(),
                    account_prefixes: own.account_prefixes,
                    members: self.members.lock().unwrap().clone(),
                }))
            }
            routes::LINKS => {
                asker(asking, &self.origin, self.now())?;
                let request: LinkRequest = serde_json::from_slice(&asking.body).unwrap();
                if request.code != CODE {
                    return Err(Problem::new("wrong-code", 403, "Wrong code", "The code is wrong."));
                }
                Ok(json(Linked { account: request.account, holder: "李小明".into() }))
            }
            routes::ACCEPTANCE => {
                asker(asking, &self.origin, self.now())?;
                let choice: AcceptanceChoice = serde_json::from_slice(&asking.body).unwrap();
                self.chosen.lock().unwrap().push(choice.clone());
                Ok(json(choice))
            }
            routes::COLLECTIONS => self.apply(&asking.body),
            _ => Err(not_found()),
        }
    }

    fn apply(&self, body: &[u8]) -> Answering {
        if let Some(problem) = self.refuses.lock().unwrap().clone() {
            return Err(problem);
        }
        let members = self.members.lock().unwrap().clone();
        let banks = members.into_iter().chain([self.as_member()]);
        let banks = banks.map(|bank| (bank.origin, BankKeys { name: bank.name, keys: KeySet { keys: bank.keys } }));
        let trust = Trust { banks: banks.collect(), ..Trust::default() };
        let judged = collect::judge(body, &self.origin, &trust, self.now()).map_err(|refusal| refuse(&refusal))?;
        self.collections.lock().unwrap().entry(judged.claims.jti).or_insert((judged.client, 0));
        self.accounts.lock().unwrap().push(judged.claims.account);
        Ok(json(self.told(judged.claims.jti, false)))
    }

    fn status(&self, asking: &Asking, id: Uuid) -> Answering {
        let client = asker(asking, &self.origin, self.now())?;
        let mut collections = self.collections.lock().unwrap();
        let (owner, asked) = collections.get_mut(&id).ok_or_else(not_found)?;
        if *owner != client {
            return Err(not_found());
        }
        if let Some((reason, words)) = *self.rejects.lock().unwrap() {
            let state = CollectionState::Rejected;
            let (reason, told) = (Some(reason), Some(words.to_owned()));
            return Ok(json(CollectionStatus { state, reason, told, ..status(id, false) }));
        }
        *asked += 1;
        Ok(json(self.told(id, *asked > 1)))
    }

    /// How a collection stands; of a lucky share how much it is only when it is paid.
    fn told(&self, id: Uuid, paid: bool) -> CollectionStatus {
        let status = status(id, paid);
        match *self.pays.lock().unwrap() {
            Some((amount, share)) if paid => CollectionStatus { amount: Some(amount), share: Some(share), ..status },
            Some(_) => CollectionStatus { amount: None, ..status },
            None => status,
        }
    }
}

/// Every voucher's money is there.
fn standing(packet: Digest) -> VoucherStatus {
    VoucherStatus {
        packet,
        number: "V1".into(),
        state: VoucherState::Issued,
        frozen: yuan(88),
        shares: 1,
        left: 1,
        payable: true,
        since: NOW,
        expires: NOW + 3600,
    }
}

fn status(id: Uuid, paid: bool) -> CollectionStatus {
    let mut steps = vec![(CollectionState::Applied, NOW), (CollectionState::Accepted, NOW)];
    if paid {
        steps.extend([(CollectionState::Released, NOW + 1), (CollectionState::Paid, NOW + 1)]);
    }
    CollectionStatus {
        share: None,
        id,
        state: steps.last().unwrap().0,
        amount: Some(yuan(88)),
        reason: None,
        told: None,
        decides_by: None,
        steps: steps.into_iter().map(|(state, at)| Step { state, at }).collect(),
    }
}

pub(crate) fn key(secret: u8) -> SigningKey {
    SigningKey::from_secret(&zeroize::Zeroizing::new([secret; 32]))
}

pub(crate) fn yuan(count: i64) -> Amount {
    Amount::new(count * 100, Currency::CNY)
}

/// A seed that is in no file.
#[derive(Default)]
pub(crate) struct MemoryKeys(Mutex<Option<Seed>>);

impl KeySource for MemoryKeys {
    fn load(&self) -> Result<Option<Seed>, KeystoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn asks(&self) -> bool {
        true
    }

    fn keep(&self, seed: &Seed) -> Result<(), KeystoreError> {
        let mut kept = self.0.lock().unwrap();
        if kept.is_some() {
            return Err(KeystoreError::Exists);
        }
        *kept = Some(seed.clone());
        Ok(())
    }
}

/// A person: a folder, a key, a clock.
pub(crate) struct Person {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) clock: Arc<ManualClock>,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), keys: Arc::default(), clock: Arc::new(ManualClock::new(NOW)) }
    }

    pub(super) fn keys_are_empty(&self) -> bool {
        self.keys.0.lock().unwrap().is_none()
    }

    /// The person's wallet, as a newly started program opens it.
    pub(crate) async fn wallet(&self) -> Wallet {
        open(self.dir.path(), self.keys.clone(), self.clock.clone()).await
    }

    /// A wallet that knows an enterprise and some banks.
    pub(crate) async fn wallet_knowing(&self, enterprise: &Enterprise, banks: &[&Bank]) -> Wallet {
        let wallet = self.wallet().await;
        wallet.add_issuer(&enterprise.origin).await.unwrap();
        for bank in banks {
            wallet.add_bank(&bank.origin).await.unwrap();
        }
        wallet
    }
}

pub(crate) async fn open(dir: &Path, keys: Arc<MemoryKeys>, clock: Arc<dyn Clock>) -> Wallet {
    let client = Client::new(Reach::Public { loopback: std::collections::BTreeSet::new() }, "hongbao/test").unwrap();
    Wallet::open(dir, Surroundings { keys, clock, random: Arc::new(SystemRandom), client }).await.unwrap()
}
