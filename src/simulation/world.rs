//! Two banks, an enterprise and five people with their real code, books in files of a folder in memory, and one clock each. Anybody can be
//! killed and started again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use super::chance::Chance;
use super::net::{End, Net, Server};
use crate::api::account::AccountNumber;
use crate::bank::admin::{self as bank_admin, AddMember, OpenAccount};
use crate::bank::{self, Bank, settlement};
use crate::clock::{Clock as _, ManualClock};
use crate::enterprise::{self, Enterprise, Holds};
use crate::identity::card::{Card, CardClaims};
use crate::identity::keystore::{KeySource, KeystoreError};
use crate::identity::{Identity, Seed};
use crate::jose::{ClientId, SigningKey};
use crate::money::{Amount, Currency};
use crate::net::client::{Client, Reach};
use crate::packet::Origin;
use crate::party::Party;
use crate::random::Random as _;
use crate::store::inline::{self, Fuse};
use crate::store::{Database, Schema, Store, Tx};
use crate::wallet::{Surroundings, Wallet};

pub(super) const START: i64 = 1_771_300_000;
/// What the enterprise pays in at each bank, in minor units.
pub(super) const DEPOSIT: i64 = 100_000_000;
const PREFIXES: [&str; 2] = ["620000", "620001"];
/// At which bank somebody has an account, and which document that person showed: the last two are one person with two wallets.
pub(super) const PEOPLE: [(usize, usize); 5] = [(0, 0), (1, 1), (0, 2), (1, 3), (0, 3)];

/// Whose process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Bank(usize),
    Shop,
    Person(usize),
}

impl Who {
    pub(super) fn all() -> Vec<Self> {
        let people = (0..PEOPLE.len()).map(Self::Person);
        [Self::Bank(0), Self::Bank(1), Self::Shop].into_iter().chain(people).collect()
    }
}

/// What outlives a process.
pub(super) struct Host {
    pub(super) path: PathBuf,
    pub(super) clock: Arc<ManualClock>,
    random: Arc<Chance>,
    client: Client,
}

/// A process, while it runs.
pub(super) struct Running<T> {
    pub(super) it: T,
    pub(super) fuse: Arc<Fuse>,
}

pub(super) struct World {
    pub(super) net: Arc<Net>,
    hosts: BTreeMap<Who, Host>,
    pub(super) banks: [Option<Running<Arc<Bank>>>; 2],
    pub(super) shop: Option<Running<Shop>>,
    pub(super) people: Vec<Option<Running<Arc<Wallet>>>>,
    pub(super) known: Known,
    // Removed last.
    folder: TempDir,
}

/// The net has the servers, and the servers reach the net: without this each would keep the other, and all its files open.
impl Drop for World {
    fn drop(&mut self) {
        self.net.forget_all();
    }
}

/// An enterprise with the operator's door.
pub(super) struct Shop {
    pub(super) enterprise: Arc<Enterprise>,
    pub(super) admin: Router,
}

/// What is the same in every world.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// The enterprise's account at each bank.
    pub(super) shop: Vec<AccountNumber>,
    /// Each person's account.
    pub(super) people: Vec<AccountNumber>,
}

/// A world in which everybody knows everybody and nothing has happened yet.
struct Template {
    files: Vec<(String, Vec<u8>)>,
    known: Known,
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let made = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(World::found())
    });
    made.join().unwrap()
});

/// In memory where there is such a folder: simulated people need no disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.unwrap()
}

const fn schema(who: Who) -> Schema {
    match who {
        Who::Bank(_) => Schema::Bank,
        Who::Shop => Schema::Enterprise,
        Who::Person(_) => Schema::Wallet,
    }
}

fn name(who: Who) -> String {
    match who {
        Who::Bank(n) => format!("bank-{n}"),
        Who::Shop => "shop".to_owned(),
        Who::Person(n) => format!("person-{n}"),
    }
}

pub(super) fn bank_origin(n: usize) -> Origin {
    Origin::parse(&format!("https://bank-{n}.example")).unwrap()
}

pub(super) fn shop_origin() -> Origin {
    Origin::parse("https://shop.example").unwrap()
}

pub(super) fn identity(n: usize) -> Identity {
    Identity::from_seed(&seed(n))
}

pub(super) fn client(n: usize) -> ClientId {
    identity(n).id()
}

fn seed(n: usize) -> Seed {
    Seed::from_bytes(Zeroizing::new([100 + u8::try_from(n).unwrap(); 32]))
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_secret(&Zeroizing::new([n; 32]))
}

pub(super) fn cny(minor: i64) -> Amount {
    Amount::new(minor, Currency::CNY)
}

/// A person's contact card, which says that the enterprise keeps an inbox.
pub(super) fn card(n: usize) -> Card {
    let claims = CardClaims { name: Some(name(Who::Person(n))), iat: START, inbox: vec![shop_origin()], age: None };
    Card::sign(&identity(n), claims).unwrap()
}

/// A seed that is known.
struct InHand(Seed);

impl KeySource for InHand {
    fn load(&self) -> Result<Option<Seed>, KeystoreError> {
        Ok(Some(self.0.clone()))
    }

    fn keep(&self, _: &Seed) -> Result<(), KeystoreError> {
        Err(KeystoreError::Exists)
    }
}

impl World {
    /// A world as the template left it. Its weather is rough.
    pub(super) async fn new(chance: &Chance) -> Self {
        let folder = folder();
        for (file, bytes) in &TEMPLATE.files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let mut world = Self::empty(folder, chance, TEMPLATE.known.clone());
        for who in Who::all() {
            world.start(who).await;
        }
        world.net.set_rough(true);
        world
    }

    fn empty(folder: TempDir, chance: &Chance, known: Known) -> Self {
        inline::forget();
        let net = Net::new(chance.split());
        let plain = Client::new(Reach::Public { loopback: std::collections::BTreeSet::new() }, "simulated").unwrap();
        let host = |who: Who| {
            let path = folder.path().join(name(who)).join(crate::wallet::DATABASE);
            let clock = Arc::new(ManualClock::new(START));
            let (random, client) = (Arc::new(chance.split()), plain.over(Arc::new(End(net.clone()))));
            (who, Host { path, clock, random, client })
        };
        let hosts = Who::all().into_iter().map(host).collect();
        let people = PEOPLE.iter().map(|_| None).collect();
        Self { net, hosts, banks: [None, None], shop: None, people, known, folder }
    }

    /// Makes the template: accounts, links, trust, friends.
    async fn found() -> Template {
        let mut world = Self::empty(folder(), &Chance::new(0), Known::default());
        for who in Who::all() {
            std::fs::create_dir_all(world.hosts[&who].path.parent().unwrap()).unwrap();
            world.start(who).await;
        }
        for n in 0..2 {
            let other = 1 - n;
            let bank = world.banks[n].as_ref().unwrap().it.clone();
            let member = AddMember { origin: bank_origin(other), prefix: PREFIXES[other].into(), limit: None };
            bank_admin::add(&bank, member).await.unwrap();
            let opened = world.open_account(n, "Shop Ltd", None, true).await;
            world.known.shop.push(opened.account);
        }
        for (n, (bank, document)) in PEOPLE.into_iter().enumerate() {
            let opened = world.open_account(bank, "Zhang San", Some(format!("ID {document}")), false).await;
            let wallet = world.people[n].as_ref().unwrap().it.clone();
            wallet.add_issuer(&shop_origin()).await.unwrap();
            for bank in 0..2 {
                wallet.add_bank(&bank_origin(bank)).await.unwrap();
            }
            wallet.link_account(&opened.account, &opened.code).await.unwrap();
            for friend in (0..PEOPLE.len()).filter(|friend| *friend != n) {
                wallet.add_friend(&card(friend).to_bytes(), None).await.unwrap();
            }
            world.known.people.push(opened.account);
        }
        world.into_template()
    }

    async fn open_account(
        &self,
        n: usize,
        holder: &str,
        document: Option<String>,
        is_shop: bool,
    ) -> bank_admin::AccountCode {
        let request = OpenAccount {
            request: self.hosts[&Who::Bank(n)].random.uuid(START * 1000),
            holder: holder.into(),
            identity: document.map(Into::into),
            applicant: is_shop.then(shop_origin),
            deposit: is_shop.then(|| cny(DEPOSIT)),
            hold: false,
        };
        bank_admin::open(&self.banks[n].as_ref().unwrap().it, request).await.unwrap()
    }

    fn into_template(mut self) -> Template {
        // Whoever goes last brings all into the main file.
        self.banks = [None, None];
        self.shop = None;
        self.people.clear();
        self.net.forget_all();
        let file = |who: Who| {
            let path = &self.hosts[&who].path;
            let wal = path.with_extension("db-wal");
            assert!(std::fs::metadata(wal).map_or(0, |it| it.len()) == 0, "{who:?} is still open");
            (format!("{}/{}", name(who), crate::wallet::DATABASE), std::fs::read(path).unwrap())
        };
        Template { files: Who::all().into_iter().map(file).collect(), known: self.known.clone() }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn host(&self, who: Who) -> &Host {
        &self.hosts[&who]
    }

    pub(super) fn fuse(&self, who: Who) -> Option<Arc<Fuse>> {
        match who {
            Who::Bank(n) => self.banks[n].as_ref().map(|it| it.fuse.clone()),
            Who::Shop => self.shop.as_ref().map(|it| it.fuse.clone()),
            Who::Person(n) => self.people[n].as_ref().map(|it| it.fuse.clone()),
        }
    }

    pub(super) fn is_up(&self, who: Who) -> bool {
        self.fuse(who).is_some_and(|fuse| !fuse.is_blown())
    }

    /// Lets the time pass for everybody.
    pub(super) fn pass(&self, seconds: u64) {
        for host in self.hosts.values() {
            host.clock.advance(Duration::from_secs(seconds));
        }
    }

    /// Sets a person's clock so far ahead of the others', or right again.
    pub(super) fn set_clock(&self, person: usize, ahead: i64) {
        let right = self.hosts[&Who::Shop].clock.now();
        self.hosts[&Who::Person(person)].clock.set(right + ahead);
    }

    /// Copies a server's books, as `hongbao-server backup` does while it runs.
    pub(super) fn copy(&self, who: Who, nth: u64) -> PathBuf {
        let copy = self.folder.path().join(format!("{}.{nth}", name(who)));
        assert!(Database::File(self.hosts[&who].path.clone()).copy_to(&copy, schema(who)).unwrap());
        copy
    }

    /// A server is lost with all that it has, and its books are put back from a copy, as `hongbao-server restore` does, or without
    /// its mark.
    pub(super) async fn put_back(&mut self, who: Who, copy: &Path, copied_at: Option<i64>) {
        self.stop(who);
        let path = &self.hosts[&who].path;
        for file in ["db", "db-wal", "db-shm"].map(|kind| path.with_extension(kind)) {
            assert!(std::fs::remove_file(&file).is_ok() || !file.exists());
        }
        std::fs::rename(copy, path).unwrap();
        if let Some(copied_at) = copied_at {
            inline::place(path, &Fuse::new());
            let (store, now) = (Store::open(path, schema(who)).unwrap(), self.hosts[&who].clock.now());
            let mark = move |tx: &mut Tx<'_>| match who {
                Who::Shop => enterprise::mark_restored(tx, copied_at, now),
                _ => bank::mark_restored(tx, copied_at, now),
            };
            store.decide(mark).await.unwrap();
        }
        self.start(who).await;
    }

    fn stop(&mut self, who: Who) {
        self.net.forget(&origin_of(who));
        match who {
            Who::Bank(n) => self.banks[n] = None,
            Who::Shop => self.shop = None,
            Who::Person(n) => self.people[n] = None,
        }
    }

    /// Starts a process anew: all that was in memory is gone.
    pub(super) async fn start(&mut self, who: Who) {
        self.stop(who);
        let fuse = Fuse::new();
        inline::place(&self.hosts[&who].path, &fuse);
        match who {
            Who::Bank(n) => {
                let bank = self.open_bank(n);
                settlement::make_due(&bank).await.unwrap();
                self.put(who, bank::router(bank.clone()), &fuse);
                self.banks[n] = Some(Running { it: bank, fuse });
            }
            Who::Shop => {
                let settings = enterprise::Settings { holds: none_held(), ..enterprise::Settings::default() };
                let party = self.party(who, "Shop", key(50));
                let enterprise = Enterprise::open(party, settings).await.unwrap();
                self.put(who, enterprise::router(enterprise.clone()), &fuse);
                let admin = enterprise::admin_router(enterprise.clone());
                self.shop = Some(Running { it: Shop { enterprise, admin }, fuse });
            }
            Who::Person(n) => {
                let host = &self.hosts[&who];
                let surroundings = Surroundings {
                    keys: Arc::new(InHand(seed(n))),
                    clock: host.clock.clone(),
                    random: host.random.clone(),
                    client: host.client.clone(),
                };
                let wallet = Wallet::open(host.path.parent().unwrap(), surroundings).await.unwrap();
                self.people[n] = Some(Running { it: Arc::new(wallet), fuse });
            }
        }
    }

    fn put(&self, who: Who, router: Router, fuse: &Arc<Fuse>) {
        let server = Server::new(router, fuse.clone(), self.hosts[&who].clock.clone());
        self.net.put(&origin_of(who), server);
    }

    fn open_bank(&self, n: usize) -> Arc<Bank> {
        let settings = bank::Settings { account_prefix: PREFIXES[n].into(), ..bank::Settings::default() };
        let number = u8::try_from(n).unwrap() + 1;
        Bank::new(self.party(Who::Bank(n), &format!("Bank {n}"), key(number)), settings).unwrap()
    }

    fn party(&self, who: Who, name: &str, key: SigningKey) -> Arc<Party> {
        let host = &self.hosts[&who];
        Arc::new(Party {
            origin: origin_of(who),
            name: name.to_owned(),
            own: key.into(),
            store: Store::open(&host.path, schema(who)).unwrap(),
            clock: host.clock.clone(),
            random: host.random.clone(),
            client: host.client.clone(),
        })
    }
}

fn none_held() -> Holds {
    Holds { burst_rewards: 0, burst_openings: 0, burst_minutes: 0, ring: 0, friends_unpaid: 0 }
}

pub(super) fn origin_of(who: Who) -> Origin {
    match who {
        Who::Bank(n) => bank_origin(n),
        Who::Shop => shop_origin(),
        Who::Person(n) => Origin::parse(&format!("https://nobody-{n}.example")).unwrap(),
    }
}

/// The operator's request: a local one, but the server may die of it.
pub(super) async fn operate<T: DeserializeOwned>(
    shop: &Running<Shop>,
    path: &str,
    body: Option<&impl Serialize>,
) -> Option<Result<T, String>> {
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.map_or_else(Body::empty, |body| Body::from(serde_json::to_vec(body).unwrap()));
    let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json").body(body);
    let work = async {
        let response = shop.it.admin.clone().oneshot(request.unwrap()).await.unwrap();
        let is_success = response.status().is_success();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        if is_success {
            Ok(serde_json::from_slice(&bytes).unwrap())
        } else {
            Err(String::from_utf8_lossy(&bytes).into())
        }
    };
    shop.fuse.alive(work).await
}
