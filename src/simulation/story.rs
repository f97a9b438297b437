//! What happens in a world: one step after another, chosen by chance, each an act of somebody by the real code; and the model, told
//! of what was decided.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

use uuid::Uuid;

use super::chance::Chance;
use super::model::{Caps, Flaw, Model, Ordered, Register};
use super::net::Seen;
use super::restores::{Copy, Lost};
use super::world::{DEPOSIT, PEOPLE, Running, Who, World, bank_origin, card, client, cny, operate, shop_origin};
use crate::api::collect::CollectClaims;
use crate::api::fund::{FundClaims, FundRequest};
use crate::api::instruction::{InstructionClaims, InstructionRequest, Kind};
use crate::api::notice::{NoticeClaims, NoticeRequest};
use crate::api::order::OrderClaims;
use crate::api::routes;
use crate::api::states::RefusalReason;
use crate::api::voucher::Batch;
use crate::bank::{expiry, recovery, settlement};
use crate::clock::Clock as _;
use crate::enterprise::admin::{
    self, CampaignView, CreateCampaign, InstructPackets, Instructed, IssuePackets, IssuedPackets,
};
use crate::jose::{Digest, Jws, Typ};
use crate::packet::{Mode, Placement, When};
use crate::random::Random as _;
use crate::store::inline::Moment;
use crate::store::{Row, StoreError, Value};
use crate::wallet::{Carrier, CollectOptions, ForwardOptions, OpenOptions, Wallet, WalletError, Words};

/// How many campaigns a world has.
const MOST_CAMPAIGNS: usize = 4;

/// A packet on its way to somebody, by whatever means.
struct Parcel {
    to: usize,
    carried: Carried,
}

#[derive(Clone)]
enum Carried {
    File(Vec<u8>),
    Link(String),
}

/// What the operator wants, until it was answered.
#[derive(Clone)]
pub(super) enum Wish {
    Campaign(Box<CreateCampaign>),
    Issue(IssuePackets, Option<usize>),
    Instruct(InstructPackets),
    /// That the enterprise goes on as ever after it was put back from a copy.
    Recover,
}

impl Wish {
    /// The same, as a request that nobody knows.
    pub(super) fn renew(&mut self, id: Uuid) {
        match self {
            Self::Campaign(request) => request.request = id,
            Self::Issue(request, _) => request.request = id,
            Self::Instruct(request) => request.request = id,
            Self::Recover => {}
        }
    }
}

pub(super) struct Story {
    pub(super) world: World,
    pub(super) model: Model,
    pub(super) chance: Chance,
    pub(super) wishes: Vec<Wish>,
    pub(super) campaigns: Vec<String>,
    /// Packets that nobody was given yet, and all.
    pub(super) fresh: Vec<Digest>,
    pub(super) issued: Vec<Digest>,
    post: Vec<Parcel>,
    /// Which packets each wallet said it holds, or was told to by its inbox.
    pub(super) held: Vec<BTreeSet<Digest>>,
    /// Which packets may have reached each wallet.
    pub(super) sent: Vec<BTreeSet<Digest>>,
    /// For whom an addressed packet is.
    pub(super) addressed: BTreeMap<Digest, usize>,
    /// What was told to be in a friend's inbox.
    pub(super) relayed: Vec<(Digest, usize)>,
    /// What somebody ever wanted passed on, heard of or not.
    pub(super) passed_on: BTreeSet<(Digest, usize)>,
    /// What was told to be opened, with the enterprise told or to be told.
    pub(super) opened: BTreeSet<(Digest, usize)>,
    pub(super) orders_answered: BTreeSet<Uuid>,
    pub(super) orders_seen: BTreeSet<Uuid>,
    pub(super) last_order: [i64; 2],
    pub(super) last_read: [i64; 2],
    /// The last copy of each server's books.
    pub(super) copies: BTreeMap<Who, Copy>,
    /// Which servers were put back from theirs, in order.
    pub(super) restores: Vec<Who>,
    /// Whose operator forgets to say so: a mistake on purpose.
    pub(super) unmarked: Option<Who>,
    pub(super) steps: u64,
    /// Whether nobody is killed by chance.
    pub(super) is_calm: bool,
    pub(super) kills: u64,
    /// Made by processes that are gone.
    pub(super) decisions: u64,
    /// Why orders were not paid.
    pub(super) refusals: Vec<(RefusalReason, usize)>,
    /// Of everything that was seen.
    tale: DefaultHasher,
}

/// What a step did. None: it could not be done.
pub(super) type Done = Option<()>;

impl Story {
    pub(super) async fn begin(seed: u64, flaw: Option<Flaw>) -> Self {
        let chance = Chance::new(seed);
        let world = World::new(&chance).await;
        let clients = || (0..PEOPLE.len()).map(client);
        let mut model = Model {
            banks: Default::default(),
            caps: BTreeMap::new(),
            shop: Register::default(),
            lost: Lost::default(),
            answers: BTreeMap::new(),
            accounts: clients().map(|client| (client, 0)).collect(),
            persons: clients().zip(PEOPLE.iter().map(|(_, person)| *person)).collect(),
            flaw,
        };
        for books in &mut model.banks {
            books.shop = DEPOSIT;
        }
        let none = || vec![BTreeSet::new(); PEOPLE.len()];
        let mut story = Self {
            world,
            model,
            chance,
            wishes: Vec::new(),
            campaigns: Vec::new(),
            fresh: Vec::new(),
            issued: Vec::new(),
            post: Vec::new(),
            held: none(),
            sent: none(),
            addressed: BTreeMap::new(),
            relayed: Vec::new(),
            passed_on: BTreeSet::new(),
            opened: BTreeSet::new(),
            orders_answered: BTreeSet::new(),
            orders_seen: BTreeSet::new(),
            last_order: [0; 2],
            last_read: [0; 2],
            copies: BTreeMap::new(),
            restores: Vec::new(),
            unmarked: None,
            steps: 0,
            is_calm: false,
            kills: 0,
            decisions: 0,
            refusals: Vec::new(),
            tale: DefaultHasher::new(),
        };
        for _ in 0..=story.chance.below(2) {
            story.plan_campaign();
        }
        story
    }

    /// One step: somebody acts, or something happens.
    pub(super) async fn step(&mut self) {
        loop {
            let who = self.who();
            let done = match self.chance.below(if self.is_calm { 96 } else { 103 }) {
                0..4 => self.wish().await,
                4..14 => self.hand_out().await,
                14..28 => self.receive().await,
                28..44 => self.open().await,
                44..57 => self.forward().await,
                57..68 => self.collect().await,
                68..74 => self.sync().await,
                74..78 => self.shop_works().await,
                78..81 => self.shop_reads().await,
                81..85 => self.settle().await,
                85..87 => self.expire().await,
                87..90 => self.time_passes(),
                90..93 => self.world.net.arrive().await.then_some(()),
                93..96 => self.plan(),
                96 => self.kill(who),
                97..99 => self.doom(who),
                99 => self.restart(who).await,
                100 => self.copy().await,
                _ => self.put_back().await,
            };
            self.take_note().await;
            self.raise_some().await;
            if done.is_some() {
                self.steps += 1;
                return;
            }
        }
    }

    fn who(&self) -> Who {
        *self.chance.pick(&Who::all()).unwrap()
    }

    fn person(&self) -> usize {
        self.chance.index(PEOPLE.len())
    }

    pub(super) fn now(&self) -> i64 {
        self.world.host(Who::Shop).clock.now()
    }

    pub(super) fn uuid(&self) -> Uuid {
        self.chance.uuid(self.now() * 1000)
    }

    fn plan_campaign(&mut self) {
        let chance = &self.chance;
        let some = |most: u64| u32::try_from(1 + chance.below(most)).unwrap();
        let (mode, shares) = if chance.one_in(3) { (Mode::Lucky, 1 + some(3)) } else { (Mode::Each, some(3)) };
        let bank = chance.index(2);
        let expires = *chance.pick(&[7200, 24 * 3600, 3 * 24 * 3600]).unwrap();
        let (per_person, count) = (some(4), 40);
        let reward = (!chance.one_in(4)).then(|| cny(100));
        let reward_until = chance.one_in(3).then(|| self.now() + i64::from(expires) / 2);
        let reward_budget = reward.filter(|_| chance.one_in(2)).map(|_| cny(100 * i64::from(some(6))));
        let request = CreateCampaign {
            request: self.uuid(),
            title: "星河科技".into(),
            greeting: "新春纳福".into(),
            count,
            amount: cny(i64::from(shares) + i64::try_from(chance.below(20_000)).unwrap()),
            goods: None,
            mode,
            shares,
            reward,
            when: if chance.one_in(2) { When::Opened } else { When::Collected },
            per_person,
            reward_budget,
            reward_greeting: None,
            expires,
            starts: None,
            ends: None,
            reward_until: reward_until.filter(|_| reward.is_some()),
            reward_delay: if chance.one_in(4) { 60 } else { 0 },
            per_day: chance.one_in(4).then(|| some(3)),
            day_limit: chance.one_in(4).then(|| some(5)),
            utc_offset: 0,
            addressed: false,
            draft: false,
            bank: Some(bank_origin(bank)),
            account: Some(self.world.known.shop[bank].clone()),
            max_hops: some(4),
            placement: Placement::Both,
            theme: None,
            cover: None,
            emblem: None,
            revocable: chance.one_in(2),
        };
        let most = 100 * i64::from(per_person) * i64::from(count);
        let budget = reward_budget.map_or(most, |budget| budget.minor);
        let caps = Caps { per_day: request.per_day, day_limit: request.day_limit, budget };
        self.model.caps.insert(request.request.to_string(), caps);
        self.wishes.push(Wish::Campaign(Box::new(request)));
    }

    /// The operator wants another campaign, packets, or some back.
    fn plan(&mut self) -> Done {
        if self.campaigns.len() < MOST_CAMPAIGNS && self.chance.one_in(4) {
            self.plan_campaign();
            return Some(());
        }
        if self.chance.one_in(3) {
            let packet = *self.chance.pick(&self.issued)?;
            let extend_seconds = self.chance.one_in(2).then_some(2 * 24 * 3600);
            let reason = "We made a mistake".to_owned();
            let (request, packet) = (self.uuid(), Some(packet));
            let wish = InstructPackets { request, campaign: None, serials: None, packet, reason, extend_seconds };
            self.wishes.push(Wish::Instruct(wish));
            return Some(());
        }
        self.plan_issue()
    }

    fn plan_issue(&mut self) -> Done {
        let campaign = self.chance.pick(&self.campaigns)?.clone();
        let to = self.chance.one_in(4).then(|| self.person());
        let card = to.map(|n| serde_json::from_slice(&card(n).to_bytes()).unwrap());
        let count = if to.is_some() { 1 } else { u32::try_from(1 + self.chance.below(2)).unwrap() };
        let request = IssuePackets { request: self.uuid(), campaign, count, to: card, replaces: None };
        self.wishes.push(Wish::Issue(request, to));
        Some(())
    }

    /// The operator asks until there is an answer.
    async fn wish(&mut self) -> Done {
        if self.wishes.is_empty() {
            self.plan_issue()?;
        }
        let wish = self.wishes.first()?.clone();
        let shop = self.world.shop.as_ref().filter(|shop| !shop.fuse.is_blown())?;
        let is_answered = match &wish {
            Wish::Campaign(request) => {
                let made: Result<CampaignView, _> = operate(shop, admin::CAMPAIGNS, Some(request)).await?;
                made.map(|view| self.campaigns.push(view.id)).is_ok()
            }
            Wish::Issue(request, to) => {
                let made: Result<IssuedPackets, _> = operate(shop, admin::PACKETS, Some(request)).await?;
                // What a campaign that is over or not open yet refuses is given up.
                for packet in made.map_or(Vec::new(), |made| made.packets) {
                    self.issued.push(packet.id);
                    match to {
                        Some(to) => {
                            self.addressed.insert(packet.id, *to);
                            self.sent[*to].insert(packet.id);
                        }
                        None => self.fresh.push(packet.id),
                    }
                }
                true
            }
            Wish::Instruct(request) => {
                let _: Result<Instructed, _> = operate(shop, admin::INSTRUCTIONS, Some(request)).await?;
                true
            }
            Wish::Recover => self.finish_recovery(shop).await.is_some(),
        };
        if is_answered {
            self.wishes.remove(0);
        }
        Some(())
    }

    /// What was asked for and not answered may have been done: the operator asks again.
    pub(super) async fn ask_until_answered(&mut self) {
        for _ in 0..2 * self.wishes.len() {
            let before = self.wishes.len();
            if before > 0 {
                self.wish().await;
                self.take_note().await;
            }
            // Whoever cannot be answered now keeps nobody waiting.
            if before > 0 && self.wishes.len() == before {
                self.wishes.rotate_left(1);
            }
        }
    }

    /// The enterprise gives a new packet to somebody.
    async fn hand_out(&mut self) -> Done {
        let packet = *self.chance.pick(&self.fresh)?;
        let shop = self.world.shop.as_ref().filter(|shop| !shop.fuse.is_blown())?;
        let path = admin::PACKET_FILE.replace("{id}", &packet.to_string());
        let file: Result<serde_json::Value, _> = operate(shop, &path, None::<&()>).await?;
        // Without its voucher it is no file yet.
        let file = file.ok()?;
        self.fresh.retain(|fresh| *fresh != packet);
        let to = self.person();
        self.mail(to, packet, Carried::File(file.to_string().into_bytes()));
        Some(())
    }

    fn mail(&mut self, to: usize, packet: Digest, carried: Carried) {
        self.sent[to].insert(packet);
        self.post.push(Parcel { to, carried });
    }

    /// Somebody takes in what came, in whatever order; at times more than once.
    async fn receive(&mut self) -> Done {
        let at = if self.post.is_empty() { None } else { Some(self.chance.index(self.post.len())) }?;
        let (to, carried) = (self.post[at].to, self.post[at].carried.clone());
        let running = self.living(to)?;
        let taken = match &carried {
            Carried::File(bytes) => running.fuse.alive(running.it.import(bytes)).await?,
            Carried::Link(link) => running.fuse.alive(running.it.import_link(link)).await?,
        };
        let imported = judged(taken)?;
        self.held[to].insert(imported.id);
        if !self.chance.one_in(10) {
            self.post.swap_remove(at);
        }
        Some(())
    }

    fn living(&self, n: usize) -> Option<&Running<std::sync::Arc<Wallet>>> {
        self.world.people[n].as_ref().filter(|running| !running.fuse.is_blown())
    }

    /// Somebody, and a packet of theirs.
    fn holding(&self) -> Option<(usize, Digest)> {
        let n = self.person();
        let held: Vec<Digest> = self.held[n].iter().copied().collect();
        Some((n, *self.chance.pick(&held)?))
    }

    async fn open(&mut self) -> Done {
        let (n, packet) = self.holding()?;
        let running = self.living(n)?;
        let tell = !self.chance.one_in(8);
        let options = OpenOptions { tell, show_me: self.chance.one_in(2) };
        let again = self.opened.contains(&(packet, n));
        let opened = running.fuse.alive(running.it.open_packet(&packet.to_string(), options)).await?;
        let opened = judged(opened)?;
        if opened.notice != crate::wallet::Notice::None {
            self.opened.insert((packet, n));
        }
        (!again || self.chance.one_in(3)).then_some(())
    }

    async fn forward(&mut self) -> Done {
        let (n, packet) = self.holding()?;
        let running = self.living(n)?;
        let friend = (n + 1 + self.chance.index(PEOPLE.len() - 1)) % PEOPLE.len();
        let relay = self.chance.one_in(3);
        let is_named = relay || self.chance.one_in(2);
        let options = ForwardOptions {
            carrier: if relay { Carrier::Relay } else { Carrier::Link },
            friend: is_named.then(|| client(friend).to_string()),
            words: if self.chance.one_in(3) { Words::Own("恭喜发财".to_owned()) } else { Words::None },
        };
        let forwarded = running.fuse.alive(running.it.forward(&packet.to_string(), options)).await;
        if relay {
            // Even if it was not told: the friend may find it.
            self.sent[friend].insert(packet);
            self.passed_on.insert((packet, friend));
        }
        let forwarded = judged(forwarded?)?;
        match forwarded.link {
            Some(link) => self.mail(friend, packet, Carried::Link(link)),
            None if forwarded.state == crate::wallet::ForwardState::Sent => self.relayed.push((packet, friend)),
            None => {}
        }
        Some(())
    }

    async fn collect(&mut self) -> Done {
        let (n, packet) = self.holding()?;
        let running = self.living(n)?;
        let account = self.world.known.people[n].clone();
        let options = CollectOptions { account, anyway: self.chance.one_in(2), wait: Duration::ZERO };
        let collected = running.fuse.alive(running.it.collect(&packet.to_string(), &options)).await?;
        judged(collected).map(drop)
    }

    async fn sync(&mut self) -> Done {
        let n = self.person();
        self.sync_of(n).await
    }

    pub(super) async fn sync_of(&mut self, n: usize) -> Done {
        let running = self.living(n)?;
        let synced = judged(running.fuse.alive(running.it.sync()).await?)?;
        self.held[n].extend(synced.received);
        Some(())
    }

    pub(super) async fn shop_works(&mut self) -> Done {
        let shop = self.world.shop.as_ref().filter(|shop| !shop.fuse.is_blown())?;
        shop.fuse.alive(shop.it.enterprise.work()).await.map(drop)
    }

    pub(super) async fn shop_reads(&mut self) -> Done {
        let shop = self.world.shop.as_ref().filter(|shop| !shop.fuse.is_blown())?;
        shop.fuse.alive(shop.it.enterprise.read_feeds()).await.map(drop)
    }

    async fn settle(&mut self) -> Done {
        let n = self.chance.index(2);
        self.settle_of(n).await
    }

    pub(super) async fn settle_of(&mut self, n: usize) -> Done {
        let bank = self.world.banks[n].as_ref().filter(|bank| !bank.fuse.is_blown())?;
        let (_stopper, stop) = tokio::sync::watch::channel(false);
        let work = async {
            recovery::step(&bank.it, &stop).await;
            settlement::step(&bank.it, &stop).await;
        };
        bank.fuse.alive(work).await
    }

    async fn expire(&mut self) -> Done {
        let n = self.chance.index(2);
        self.expire_of(n).await
    }

    pub(super) async fn expire_of(&mut self, n: usize) -> Done {
        let bank = self.world.banks[n].as_ref().filter(|bank| !bank.fuse.is_blown())?;
        if self.is_recovering(Who::Bank(n)).await {
            return None;
        }
        let (before, now) = (bank.fuse.changes(), self.now());
        let done = bank.fuse.alive(expiry::step(&bank.it)).await;
        if done.is_some() || bank.fuse.changes() > before {
            self.model.returned(n, now);
        }
        done.map(drop)
    }

    /// Time passes for everybody; or somebody's clock goes wrong, by more than a year.
    fn time_passes(&mut self) -> Done {
        if self.chance.one_in(5) {
            let wrong = *self.chance.pick(&[-400, 0, 0, 400])?;
            self.world.set_clock(self.person(), wrong * 24 * 3600);
            return Some(());
        }
        let spans = [1, 10, 60, 600, 3600, 6 * 3600, 20 * 3600];
        self.world.pass(1 + self.chance.below(*self.chance.pick(&spans)?));
        Some(())
    }

    fn kill(&mut self, who: Who) -> Done {
        let fuse = self.world.fuse(who).filter(|fuse| !fuse.is_blown())?;
        fuse.blow();
        Some(())
    }

    /// One of the next decisions is somebody's last.
    fn doom(&mut self, who: Who) -> Done {
        let fuse = self.world.fuse(who).filter(|fuse| !fuse.is_blown())?;
        let moment = if self.chance.one_in(2) { Moment::Before } else { Moment::After };
        fuse.arm(1 + self.chance.below(6), moment);
        Some(())
    }

    async fn restart(&mut self, who: Who) -> Done {
        self.start(who).await;
        Some(())
    }

    async fn start(&mut self, who: Who) {
        self.decisions += self.world.fuse(who).map_or(0, |fuse| fuse.decisions());
        self.world.start(who).await;
    }

    /// Starts some of those who were killed.
    async fn raise_some(&mut self) {
        for who in Who::all() {
            if !self.world.is_up(who) && self.chance.one_in(2) {
                self.kills += 1;
                self.start(who).await;
                self.take_note().await;
            }
        }
    }

    /// Ends the bad weather: everybody is up, and nothing is under way.
    pub(super) async fn calm(&mut self) {
        self.world.net.set_rough(false);
        while self.chance.one_in(2) && self.world.net.arrive().await {
            self.take_note().await;
        }
        self.world.net.drop_late();
        for n in 0..PEOPLE.len() {
            self.world.set_clock(n, 0);
        }
        for who in Who::all() {
            // Also who was doomed and lives on.
            self.start(who).await;
        }
        for n in 0..2 {
            self.settle_of(n).await;
        }
        self.take_note().await;
    }

    /// Tells the model what was decided.
    pub(super) async fn take_note(&mut self) {
        for seen in self.world.net.take_seen() {
            self.saw(&seen);
        }
        for n in 0..2 {
            if self.world.is_up(Who::Bank(n)) {
                self.read_orders(n).await;
            }
            if self.world.is_up(Who::Shop) {
                self.read_feed(n).await;
            }
        }
        if self.world.is_up(Who::Shop) && self.restores.contains(&Who::Shop) {
            self.read_judgements().await;
        }
    }

    fn saw(&mut self, seen: &Seen) {
        (&seen.path, seen.at, seen.status, seen.changed, seen.body.len()).hash(&mut self.tale);
        let is_good = seen.changed || seen.status.is_some_and(|status| status < 300);
        if seen.to == shop_origin() {
            if seen.path == routes::NOTICES {
                self.saw_notice(seen, is_good);
            }
            return;
        }
        let bank = (0..2).find(|n| bank_origin(*n) == seen.to).unwrap();
        match seen.path.as_str() {
            routes::FUNDS if is_good => {
                let request: FundRequest = serde_json::from_slice(&seen.body).unwrap();
                self.model.funded(bank, &claims::<FundClaims>(&request.fund, Typ::Fund));
            }
            routes::VOUCHER_BATCH if is_good => {
                self.model.applied(bank, &serde_json::from_slice::<Batch>(&seen.body).unwrap(), seen.at);
            }
            routes::INSTRUCTIONS if is_good => {
                let request: InstructionRequest = serde_json::from_slice(&seen.body).unwrap();
                let read = [Kind::Withdraw, Kind::Extend].into_iter();
                let claims = read.filter_map(|kind| Jws::parse(&request.instruction, kind.typ()).ok()).next();
                self.model.instructed(bank, &claims.unwrap().claims::<InstructionClaims>().unwrap(), seen.at);
            }
            routes::ORDERS if seen.status == Some(200) => {
                let request: crate::api::order::OrderRequest = serde_json::from_slice(&seen.body).unwrap();
                self.orders_answered.insert(claims::<OrderClaims>(&request.order, Typ::Order).jti);
            }
            _ => {}
        }
    }

    fn saw_notice(&mut self, seen: &Seen, is_good: bool) {
        let request: NoticeRequest = serde_json::from_slice(&seen.body).unwrap();
        let jws = Jws::parse(&request.notice, Typ::Notice).unwrap();
        let (claims, opener) = (jws.claims::<NoticeClaims>().unwrap(), jws.verify_client().unwrap());
        let is_kept = self.model.told(&request, opener, &claims, seen.at);
        assert!(is_good || !is_kept, "a good notice was refused: {:?}", seen.status);
    }

    /// What a bank says of the orders it took since, against what the model makes of them.
    async fn read_orders(&mut self, n: usize) {
        let sql = "SELECT o.seq, o.id, o.request, o.client, o.at, o.result, o.reason, s.amount, s.place FROM bank_order o \
                   LEFT JOIN share s ON s.bank = o.bank AND s.order_id = o.id WHERE o.seq > ?1 ORDER BY o.seq";
        let after = self.last_order[n];
        for row in self.bank_rows(n, sql, vec![after.into()]).await {
            self.last_order[n] = row.int("seq").unwrap();
            self.orders_seen.insert(row.text("id").unwrap().parse().unwrap());
            let order: OrderClaims = claims(row.text("request").unwrap(), Typ::Order);
            let collect: CollectClaims = claims(&order.collect, Typ::Collect);
            let (id, paid) = (order.jti, row.opt_int("amount").unwrap());
            let client = row.text("client").unwrap().parse().unwrap();
            let ordered = Ordered { id, packet: collect.packet, client, at: row.int("at").unwrap(), paid };
            let known = self.model.answers.get(&id).map(|answer| answer.result);
            let expected = known.unwrap_or_else(|| self.model.ordered(n, &ordered));
            if let Err(reason) = expected
                && known.is_none()
            {
                self.refusals.push((reason, 1));
            }
            (ordered.at, format!("{expected:?}")).hash(&mut self.tale);
            let told = match paid {
                Some(minor) => Ok((minor, usize::try_from(row.int("place").unwrap()).unwrap())),
                None => Err(row.text("reason").unwrap().parse().unwrap()),
            };
            assert_eq!(told, expected, "bank {n} on order {} for {}", order.jti, collect.packet);
        }
    }

    /// What the enterprise has read of a bank's feed since.
    async fn read_feed(&mut self, n: usize) {
        let sql = "SELECT cursor, kind, packet, reward_for FROM feed WHERE bank = ?1 AND cursor > ?2 ORDER BY cursor";
        for row in self.shop_rows(sql, vec![bank_origin(n).as_str().into(), self.last_read[n].into()]).await {
            self.last_read[n] = row.int("cursor").unwrap();
            let name = row.opt_text("reward_for").unwrap().map(|name| name.parse().unwrap());
            let kind = serde_json::from_value(row.text("kind").unwrap().into()).unwrap();
            self.model.read(kind, row.text("packet").unwrap().parse().unwrap(), name);
        }
    }

    pub(super) async fn shop_rows(&self, sql: &'static str, values: Vec<Value>) -> Vec<Row> {
        let store = self.world.shop.as_ref().unwrap().it.enterprise.party().store.clone();
        let rows: Result<_, StoreError> = store.read(move |tx| tx.rows(sql, &values)).await;
        rows.unwrap()
    }

    pub(super) async fn bank_rows(&self, n: usize, sql: &'static str, values: Vec<Value>) -> Vec<Row> {
        let store = self.world.banks[n].as_ref().unwrap().it.party.store.clone();
        let rows: Result<_, StoreError> = store.read(move |tx| tx.rows(sql, &values)).await;
        rows.unwrap()
    }

    pub(super) fn digest(&self) -> u64 {
        self.tale.finish()
    }

    /// A store loses what it will say that it keeps.
    pub(super) fn forget_something(&self, who: Who) {
        if let Some(fuse) = self.world.fuse(who)
            && self.chance.one_in(5)
        {
            fuse.forget(1 + self.chance.below(4));
        }
    }

    /// When all is over, what is left goes back.
    pub(super) async fn long_after(&mut self, seconds: u64) {
        self.world.pass(seconds);
        for n in 0..2 {
            self.expire_of(n).await;
        }
        self.steps += 3;
    }
}

fn claims<T: serde::de::DeserializeOwned + serde::Serialize>(compact: &str, typ: Typ) -> T {
    Jws::parse(compact, typ).unwrap().claims().unwrap()
}

/// What a wallet answered. It may say no; but its books are sound, and nobody made anything that is not genuine.
fn judged<T>(answer: Result<T, WalletError>) -> Option<T> {
    if let Err(
        error @ (WalletError::Store(_) | WalletError::NotGenuine(_) | WalletError::Key(_) | WalletError::KeyChanged(_)),
    ) = &answer
    {
        panic!("{error:?}");
    }
    answer.ok()
}
