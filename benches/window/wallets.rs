//! Wallets with many packets, made once and kept beside what is built: every packet is signed, taken in as any other is, and
//! genuine. Whom the wallet trusts, and what was done with its packets, is written into its database, for no server runs here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use hongbao::clock::{Clock as _, SystemClock};
use hongbao::identity::Seed;
use hongbao::identity::keystore::{KeySource, KeystoreError};
use hongbao::jose::{Digest, Jws, SigningKey, Typ};
use hongbao::net::client::{Client, Reach};
use hongbao::packet::claims::{Applicant, Contents, Envelope, Forward, Mode, PacketClaims, VoucherClaims};
use hongbao::packet::file::Signed;
use hongbao::packet::media::{self, Media};
use hongbao::packet::{Origin, PacketFile, Placement};
use hongbao::random::SystemRandom;
use hongbao::wallet::{DATABASE, Surroundings, Wallet};
use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use crate::table::Table;

/// Raised when these wallets become others.
const VERSION: u32 = 1;
/// How many are taken in at a time.
const TOGETHER: usize = 64;

pub(crate) fn key(secret: u8) -> SigningKey {
    SigningKey::from_secret(&Zeroizing::new([secret; 32]))
}

fn origin(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.invalid")).unwrap_or_else(|error| panic!("{error}"))
}

fn now() -> i64 {
    SystemClock.now()
}

/// The packet with this serial number: a bank's gift that may be forwarded.
pub(crate) fn packet(serial: u64, now: i64) -> PacketFile {
    with_cover(serial, now, None)
}

/// One with a cover of some 200 KiB.
pub(crate) fn pictured() -> PacketFile {
    // Noise, which no format makes small.
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(270, 260, |_, _| {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        image::Rgb([next(), next(), next()])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut png, image::ImageFormat::Png).unwrap_or_else(|error| panic!("{error}"));
    let media = Media::from_bytes(png.get_ref()).unwrap_or_else(|error| panic!("{error}"));
    let file = with_cover(1, 1_771_286_400, Some(media::integrity(png.get_ref())));
    PacketFile { media: vec![media], ..file }
}

fn with_cover(serial: u64, now: i64, cover: Option<String>) -> PacketFile {
    let currency = "CNY".parse().unwrap_or_else(|error| panic!("{error}"));
    let amount = hongbao::money::Amount::new(8800, currency);
    let claims = PacketClaims {
        iss: origin("shop"),
        jti: uuid::Uuid::from_u64_pair(0x019c_68e5_8c00_7000, 0x8000_0000_0000_0000 | serial),
        iat: now,
        nbf: now,
        exp: now + 90 * 86_400,
        cnf: None,
        campaign: "spring".into(),
        envelope: Envelope {
            title: "山茶花超市".into(),
            greeting: "新春纳福\n愿你日日有好消息".into(),
            serial,
            emblem: None,
            theme: None,
            cover,
        },
        contents: Contents::Bank {
            bank: origin("bank"),
            amount,
            mode: Mode::Each,
            shares: 1,
            draw: None,
            revocable: false,
        },
        forward: Some(Forward { placement: Placement::Both, max_hops: 4, reward: None }),
        reward_for: None,
    };
    let signed = |jws: Result<Jws, _>| jws.unwrap_or_else(|error| panic!("{error}"));
    let packet = Signed { jws: signed(Jws::sign(&key(1), Typ::Packet, &claims)), claims };
    let claims = VoucherClaims {
        iss: origin("bank"),
        iat: now,
        number: format!("V{serial}"),
        packet: packet.id(),
        frozen: amount,
        applicant: Applicant { origin: origin("shop"), name: "山茶花超市".into() },
        fund: None,
        pays_within: None,
    };
    let voucher = Some(Signed { jws: signed(Jws::sign(&key(2), Typ::Voucher, &claims)), claims });
    PacketFile { packet, voucher, hops: Vec::new(), note: None, media: Vec::new() }
}

/// The key of the wallets' owner.
struct Owner;

impl KeySource for Owner {
    fn load(&self) -> Result<Option<Seed>, KeystoreError> {
        Ok(Some(Seed::from_bytes(Zeroizing::new([9; 32]))))
    }

    fn keep(&self, _: &Seed) -> Result<(), KeystoreError> {
        Ok(())
    }
}

pub(crate) fn surroundings() -> Surroundings {
    let client = Client::new(Reach::Public { loopback: BTreeSet::new() }, "hongbao/bench");
    let client = client.unwrap_or_else(|error| panic!("{error}"));
    Surroundings { keys: Arc::new(Owner), clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), client }
}

pub(crate) async fn open(dir: &Path) -> Wallet {
    Wallet::open(dir, surroundings()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// A wallet with so many packets: every twentieth waits to be opened.
pub(crate) fn with(runtime: &Runtime, count: u64) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wallets-{VERSION}")).join(count.to_string());
    let made = dir.join("made");
    if !made.exists() {
        let begin = Instant::now();
        let _ = std::fs::remove_dir_all(&dir);
        runtime.block_on(make(&dir, count));
        std::fs::write(made, format!("{:?}", begin.elapsed())).unwrap_or_else(|error| panic!("{error}"));
    }
    dir
}

async fn make(dir: &Path, count: u64) {
    open(dir).await.close().await;
    let settings = hongbao::app::Settings { welcomed: true, backed_up: true, ..Default::default() };
    settings.save(dir).unwrap_or_else(|error| panic!("{error}"));
    let database = || Connection::open(dir.join(DATABASE)).unwrap_or_else(|error| panic!("{error}"));
    let run = |sql: &str| database().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let keys = |secret| serde_json::to_string(&[key(secret).public()]).unwrap_or_default();
    run(&format!(
        "INSERT INTO issuer (origin, name, keys, added, at) VALUES ('{}', '山茶花超市', '{}', 1, 1);
         INSERT INTO bank (origin, name, keys, prefixes, members, added, at) VALUES ('{}', '禾风银行', '{}', '[]', '[]', 1, 1);",
        origin("shop"),
        keys(1),
        origin("bank"),
        keys(2)
    ));
    let (wallet, now) = (Arc::new(open(dir).await), now());
    let mut taking = JoinSet::new();
    for serial in 1..=count {
        if taking.len() >= TOGETHER {
            taking.join_next().await;
        }
        let wallet = Arc::clone(&wallet);
        taking.spawn(async move { wallet.import(&packet(serial, now).to_bytes()).await.map(drop) });
    }
    while taking.join_next().await.is_some() {}
    let listed = wallet.list().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(listed.len() as u64, count);
    drop(listed);
    if let Some(wallet) = Arc::into_inner(wallet) {
        wallet.close().await;
    }
    run("UPDATE packet SET state = 'opened', opened_at = received_at WHERE number % 20 <> 0;
         INSERT INTO event (number, at, kind, packet) SELECT number + (SELECT MAX(number) FROM event), received_at, 'opened', id
         FROM packet WHERE opened_at IS NOT NULL;");
}

/// Copies a wallet as it is now, also while somebody still has it open.
pub(crate) fn copy(from: &Path, to: &Path) {
    let database = Connection::open(from.join(DATABASE)).unwrap_or_else(|error| panic!("{error}"));
    let path = to.join(DATABASE).display().to_string();
    database.execute("VACUUM INTO ?1", [path]).unwrap_or_else(|error| panic!("{error}"));
    std::fs::copy(from.join("window.json"), to.join("window.json")).unwrap_or_else(|error| panic!("{error}"));
}

/// How long the worker reads after a change. Told, not judged: no frame waits for it.
pub(crate) async fn readings(table: &mut Table, large: &Path, huge: &Path) {
    for (dir, count) in [(large, "10,000"), (huge, "100,000")] {
        let wallet = open(dir).await;
        let mut times = Vec::new();
        for _ in 0..5 {
            let begin = Instant::now();
            let _ = (wallet.list().await, wallet.history().await, wallet.rewards().await);
            times.push(begin.elapsed());
        }
        table.told(
            &format!("reading {count} packets and their history again"),
            format!("{:.1?}", crate::table::median(times)),
        );
        wallet.close().await;
    }
}

/// What a packet's own bytes are judged with.
pub(crate) fn trust() -> hongbao::packet::Trust {
    use hongbao::jose::KeySet;
    use hongbao::packet::BankKeys;
    let mut trust = hongbao::packet::Trust::default();
    trust.issuers.insert(origin("shop"), KeySet { keys: vec![key(1).public()] });
    let keys = KeySet { keys: vec![key(2).public()] };
    trust.banks.insert(origin("bank"), BankKeys { name: "禾风银行".into(), keys });
    trust
}

/// The digest by which a packet is known.
pub(crate) fn digest(compact: &str) -> Digest {
    Digest::of(compact.as_bytes())
}
