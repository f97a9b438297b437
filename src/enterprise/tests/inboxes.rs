//! Inboxes, events and passing files on.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::world::{START, World, client, code, file, origin, send};
use crate::api::auth::{self, Asked};
use crate::api::inbox::{InboxPage, ItemKind, MAX_RELAYED_SEALED_BYTES, PAGE_BYTES, RelayRequest, Relayed};
use crate::api::routes;
use crate::enterprise::{KEPT_SECONDS, MAX_CLIENTS, MAX_PER_RECIPIENT, MAX_PER_SENDER, MAX_SEALED_PER_SENDER};
use crate::identity::Identity;
use crate::jose::{Digest, Jws, Typ, to_base64, to_base64url};
use crate::net::server::{Limits, serve};
use crate::packet::{PacketFile, chain};
use crate::store::{StoreError, Tx, values};

fn outer(file: &PacketFile) -> Value {
    serde_json::from_slice(&file.to_bytes()).unwrap()
}

pub(super) async fn pass_on(
    world: &World,
    held: &PacketFile,
    from: &Identity,
    to: &Identity,
) -> super::world::Answer<Relayed> {
    let request = RelayRequest { to: to.id(), file: outer(held) };
    world.post(routes::RELAY, serde_json::to_vec(&request).unwrap(), Some(from)).await
}

#[tokio::test]
async fn an_inbox_is_read_by_cursor_and_by_its_owner_only() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.issue(&campaign.id, 3, Some(&zhang)).await.unwrap();
    let page = world.inbox(&zhang, 0).await;
    assert_eq!(page.items.iter().map(|it| it.cursor).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((page.next, page.more), (3, false));
    assert_eq!(world.inbox(&zhang, 2).await.items.len(), 1);
    assert_eq!(world.inbox(&zhang, 3).await, InboxPage { items: Vec::new(), next: 3, more: false });
    assert_eq!(world.inbox(&li, 0).await.items.len(), 0);

    assert_eq!(send(world.app(), routes::INBOX, None, None).await.0, 401);
    let other_path = world.authorization(&zhang, "GET", "/v1/inbox?after=1", b"");
    assert_eq!(send(world.app(), "/v1/inbox?after=0", None, Some(other_path)).await.0, 401);
    let server = origin();
    let asked = Asked { server: &server, method: "GET", path: routes::INBOX, body: b"" };
    let party = auth::authorize(zhang.key(), asked, Some(&server), uuid::Uuid::nil(), START).unwrap();
    assert_eq!(send(world.app(), routes::INBOX, None, Some(party)).await.0, 403);
    assert_eq!(code(world.get::<InboxPage>("/v1/inbox?after=-1", &zhang).await), "bad-request");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_page_holds_a_limited_number_of_bytes() {
    let world = World::new().await;
    let zhang = client(1);
    let mut png = std::io::Cursor::new(Vec::new());
    // Noise does not compress: 250 × 250 × 3 bytes stay that.
    let noise = (0_u32..187_500).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    image::RgbImage::from_raw(250, 250, noise).unwrap().write_to(&mut png, image::ImageFormat::Png).unwrap();
    let picture = to_base64(png.get_ref());
    assert!(picture.len() > 100_000, "{}", picture.len());
    let campaign = world
        .campaign(|it| {
            it.count = 40;
            it.cover = Some(picture);
        })
        .await
        .unwrap();
    world.issue(&campaign.id, 40, Some(&zhang)).await.unwrap();
    let (mut cursors, mut after, mut pages) = (Vec::new(), 0, 0);
    loop {
        let page = world.inbox(&zhang, after).await;
        let bytes: usize = page.items.iter().map(|it| it.file.to_string().len()).sum();
        assert!(bytes <= PAGE_BYTES, "{bytes}");
        cursors.extend(page.items.iter().map(|it| it.cursor));
        after = page.next;
        pages += 1;
        if !page.more {
            break;
        }
    }
    assert_eq!(cursors, (1..=40).collect::<Vec<i64>>());
    assert!(pages > 1);
}

#[tokio::test]
async fn a_friends_inbox_gets_what_was_forwarded_once() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(Some(&zhang), |_| ()).await;
    let forwarded = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &forwarded, &zhang, &li).await), "unknown-recipient");
    // Reading makes Li one who reads here.
    world.inbox(&li, 0).await;
    let relayed = pass_on(&world, &forwarded, &zhang, &li).await.unwrap();
    assert_eq!(relayed.head, chain::head(&forwarded.packet, &forwarded.hops));
    assert_eq!(pass_on(&world, &forwarded, &zhang, &li).await.unwrap(), relayed);
    let page = world.inbox(&li, 0).await;
    assert_eq!((page.items.len(), page.items[0].kind), (1, ItemKind::Forwarded));
    assert_eq!(file(&page.items[0].file), forwarded);
    // The friend's opening earns Zhang his reward.
    world.open(&file(&page.items[0].file), &li).await;
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 1).await.items[0].kind, ItemKind::Reward);
    world.audit_is_clean().await;
}

async fn pass_on_sealed(world: &World, sealed: &[u8], from: &Identity, to: &Identity) -> super::world::Answer<Relayed> {
    let request = RelayRequest { to: to.id(), file: to_base64url(sealed).into() };
    world.post(routes::RELAY, serde_json::to_vec(&request).unwrap(), Some(from)).await
}

/// What stands like a sealed file: an enterprise sees no more of one than this.
fn sealed_like(number: u32) -> Vec<u8> {
    format!("age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n{number}").into_bytes()
}

#[tokio::test]
async fn what_is_sealed_is_passed_on_unread_for_clients_that_are_known_here() {
    let world = World::new().await;
    let [zhang, li, wang] = [1, 2, 3].map(client);
    world.inbox(&li, 0).await;
    let sealed = sealed_like(0);
    assert_eq!(code(pass_on_sealed(&world, &sealed, &zhang, &li).await), "sender-unknown", "keys are free");
    // Something arrives for Zhang; Wang tells of an opening.
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.open(&world.packet(None, |_| ()).await, &wang).await;
    let relayed = pass_on_sealed(&world, &sealed, &zhang, &li).await.unwrap();
    assert_eq!(relayed.head, Digest::of(&sealed));
    assert_eq!(pass_on_sealed(&world, &sealed, &zhang, &li).await.unwrap(), relayed);
    pass_on_sealed(&world, &sealed_like(1), &wang, &li).await.unwrap();
    world.inbox(&zhang, 0).await;
    assert_eq!(
        code(pass_on_sealed(&world, &sealed, &li, &zhang).await),
        "sender-unknown",
        "what is sealed vouches for nobody"
    );
    let page = world.inbox(&li, 0).await;
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.items[0].file, Value::from(to_base64url(&sealed)));
    assert_eq!(page.items[0].kind, ItemKind::Forwarded);
    assert_eq!(code(pass_on_sealed(&world, &sealed, &zhang, &client(8)).await), "unknown-recipient");
    for bad in [&b"age-encryption.org/v1\n-> scrypt AAAA 18\nAAAA\n--- AAAA\n"[..], b"no age file", b""] {
        assert_eq!(code(pass_on_sealed(&world, bad, &zhang, &li).await), "forbidden");
    }
    let mut large = sealed_like(0);
    large.resize(MAX_RELAYED_SEALED_BYTES + 1, 0);
    assert_eq!(code(pass_on_sealed(&world, &large, &zhang, &li).await), "forbidden");
    large.truncate(MAX_RELAYED_SEALED_BYTES);
    pass_on_sealed(&world, &large, &zhang, &li).await.unwrap();
    for number in 2..MAX_SEALED_PER_SENDER as u32 {
        pass_on_sealed(&world, &sealed_like(number), &zhang, &li).await.unwrap();
    }
    assert_eq!(code(pass_on_sealed(&world, &sealed_like(100), &zhang, &li).await), "inbox-full");
    // Few for one friend, and few of all: written directly, because it takes long otherwise.
    let kept = |client: &str, count: i64| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             INSERT INTO inbox (client, cursor, at, kind, head, sender, file, sealed) \
             SELECT '{client}', 1000 + i, {START}, 'forwarded', 'head ' || i, 'sender ' || i, '{{}}', 1 FROM n"
        )
    };
    let to_li = li.id().to_string();
    let there = world.count("SELECT COUNT(*) AS n FROM inbox WHERE sealed = 1").await;
    world.write(kept(&to_li, 100 - there)).await;
    assert_eq!(code(pass_on_sealed(&world, &sealed_like(200), &wang, &li).await), "inbox-full", "for one friend");
    pass_on_sealed(&world, &sealed_like(200), &wang, &zhang).await.unwrap();
    world.write(format!("INSERT INTO client (id, since, place) VALUES ('crowd', {START}, 1000)")).await;
    world.write(kept("crowd", 2000 - 101)).await;
    assert_eq!(code(pass_on_sealed(&world, &sealed_like(201), &wang, &zhang).await), "inbox-full", "of all");
    world.write("DELETE FROM inbox WHERE cursor > 1000".to_owned()).await;
    // What can be looked into has limits of its own.
    pass_on(&world, &world.forwarded(&held, &zhang, Some(&li)), &zhang, &li).await.unwrap();
    world.audit_is_clean().await;
}

#[tokio::test]
async fn only_ones_own_genuine_forwardings_are_passed_on() {
    let world = World::new().await;
    let [zhang, li, eve] = [1, 2, 9].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.inbox(&li, 0).await;
    let forwarded = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &forwarded, &eve, &li).await), "forbidden", "another's forwarding");
    assert_eq!(code(pass_on(&world, &forwarded, &zhang, &zhang).await), "forbidden", "to somebody else");
    assert_eq!(code(pass_on(&world, &held, &zhang, &li).await), "forbidden", "not forwarded at all");
    assert_eq!(code(pass_on(&world, &world.forwarded(&held, &zhang, None), &zhang, &li).await), "forbidden", "open");

    let mut claims = held.packet.claims.clone();
    claims.contents = world.packet(None, |it| it.shares = 1).await.packet.claims.contents;
    let forged = Jws::sign(eve.key(), Typ::Packet, &claims).unwrap();
    let forged = PacketFile { packet: crate::packet::Packet { jws: forged, claims: claims.clone() }, ..held.clone() };
    let forged = world.forwarded(&forged, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &forged, &zhang, &li).await), "not-genuine", "not our signature");

    claims.iss = crate::packet::Origin::parse("https://other.example").unwrap();
    let elsewhere = Jws::sign(eve.key(), Typ::Packet, &claims).unwrap();
    let mut elsewhere = PacketFile { packet: crate::packet::Packet { jws: elsewhere, claims }, ..held.clone() };
    elsewhere.voucher = None;
    let elsewhere = world.forwarded(&elsewhere, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &elsewhere, &zhang, &li).await), "not-genuine", "no voucher");
    let stranger = crate::packet::Origin::parse("https://bank.example").unwrap();
    let mut claims = elsewhere.packet.claims.clone();
    let crate::packet::Contents::Bank { bank, .. } = &mut claims.contents else { panic!("a bank voucher") };
    *bank = stranger.clone();
    let jws = Jws::sign(eve.key(), Typ::Packet, &claims).unwrap();
    let voucher = crate::packet::VoucherClaims {
        iss: stranger,
        packet: jws.digest(),
        frozen: claims.contents.total().unwrap().unwrap(),
        applicant: crate::packet::Applicant { origin: claims.iss.clone(), name: "another".into() },
        ..held.voucher.as_ref().unwrap().claims.clone()
    };
    let vouched = Jws::sign(eve.key(), Typ::Voucher, &voucher).unwrap();
    let unknown = PacketFile {
        packet: crate::packet::Packet { jws, claims },
        voucher: Some(crate::packet::file::Voucher::read(vouched.as_str()).unwrap()),
        ..held.clone()
    };
    let unknown = world.forwarded(&unknown, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &unknown, &zhang, &li).await), "not-genuine", "a bank that nobody here knows");
    let unsigned: super::world::Answer<Relayed> = world.post(routes::RELAY, b"{}".to_vec(), None).await;
    assert_eq!(code(unsigned), "unauthorized");
    let bad: super::world::Answer<Relayed> = world.post(routes::RELAY, b"{}".to_vec(), Some(&zhang)).await;
    assert_eq!(code(bad), "bad-request");
    assert_eq!(world.inbox(&li, 0).await.items.len(), 0);
}

/// Whoever names unknown keys has nobody asked all the time, and nobody who is not known here.
#[tokio::test]
async fn a_bank_is_asked_once_however_many_unknown_keys_are_named() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.inbox(&li, 0).await;
    let unknown = super::bank::Bank::start(world.enterprise.party.keys(), START).await;
    let claims = held.voucher.as_ref().unwrap().claims.clone();
    let before = world.bank.presented();
    for (secret, bank) in [(50, &world.bank), (51, &world.bank), (52, &world.bank), (53, &unknown)] {
        let claims = crate::packet::VoucherClaims { iss: bank.origin.clone(), ..claims.clone() };
        let forged = Jws::sign(client(secret).key(), Typ::Voucher, &claims).unwrap();
        let voucher = Some(crate::packet::file::Voucher::read(forged.as_str()).unwrap());
        let forged = world.forwarded(&PacketFile { voucher, ..held.clone() }, &zhang, Some(&li));
        assert_eq!(code(pass_on(&world, &forged, &zhang, &li).await), "not-genuine");
    }
    assert_eq!((world.bank.presented() - before, unknown.presented()), (1, 0));
}

#[tokio::test]
async fn kept_files_are_limited_per_sender_and_recipient() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(None, |_| ()).await;
    world.inbox(&li, 0).await;
    for _ in 0..MAX_PER_SENDER {
        pass_on(&world, &world.forwarded(&held, &zhang, Some(&li)), &zhang, &li).await.unwrap();
    }
    let one_more = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &one_more, &zhang, &li).await), "inbox-full");
    // That all of it was read makes no room; that it is old does.
    let old = world.inbox(&li, 0).await.items.len();
    assert!(old > 0);
    assert_eq!(code(pass_on(&world, &one_more, &zhang, &li).await), "inbox-full");
    world.advance(KEPT_SECONDS.unsigned_abs() - 1);
    world.settle().await;
    assert_eq!(world.inbox(&li, 0).await.items.len(), old);
    world.advance(1);
    world.settle().await;
    assert_eq!(world.inbox(&li, 0).await.items, []);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM inbox").await, MAX_PER_SENDER, "known as delivered");
    let one_more = world.forwarded(&held, &zhang, Some(&li));
    pass_on(&world, &one_more, &zhang, &li).await.unwrap();
    let page = world.inbox(&li, 0).await;
    assert_eq!((page.items.len(), page.next), (1, MAX_PER_SENDER + 1));

    // Filled by many senders; written directly, because it takes long otherwise.
    let owner = li.id().to_string();
    let fill = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
        for cursor in MAX_PER_SENDER + 2..=MAX_PER_SENDER + MAX_PER_RECIPIENT {
            tx.execute(
                "INSERT INTO inbox (client, cursor, at, kind, head, sender, file) \
                 VALUES (?1, ?2, 0, 'forwarded', ?3, ?4, '{}')",
                &values![&owner, cursor, format!("head {cursor}"), format!("sender {cursor}")],
            )?;
        }
        Ok(())
    };
    world.enterprise.party.store.decide(fill).await.unwrap();
    let another = client(99);
    let forwarded = world.forwarded(&held, &another, Some(&li));
    assert_eq!(code(pass_on(&world, &forwarded, &another, &li).await), "inbox-full");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn who_only_ever_asked_is_forgotten_after_many_others() {
    let world = World::new().await;
    let [zhang, li, wang, zhao] = [1, 2, 3, 4].map(client);
    world.packet(Some(&zhang), |_| ()).await;
    world.inbox(&li, 0).await;
    world.inbox(&li, 0).await;
    let clients = "SELECT COUNT(*) AS n FROM client";
    assert_eq!(world.count(clients).await, 2);
    // As if so many others had come in between; Zhang, who got a packet, stays.
    world.write(format!("UPDATE client SET place = place - {MAX_CLIENTS} + 1")).await;
    world.write("INSERT INTO client (id, since, place) VALUES ('another', 0, 1)".to_owned()).await;
    world.inbox(&wang, 0).await;
    assert_eq!(world.count(clients).await, 4);
    world.inbox(&zhao, 0).await;
    assert_eq!(world.count(clients).await, 4, "Li is forgotten");
    let forgotten = li.id().to_string();
    assert!(world.rows("SELECT id FROM client").await.iter().all(|row| row.text("id").unwrap() != forgotten));
    world.inbox(&li, 0).await;
    assert_eq!(world.count(clients).await, 5);
}

/// Reads from a stream of events until it has said `wanted`.
async fn hear(stream: &mut TcpStream, heard: &mut String, wanted: &str) {
    let read = async {
        while !heard.contains(wanted) {
            let mut buffer = [0; 1024];
            let bytes = stream.read(&mut buffer).await.unwrap();
            assert!(bytes > 0, "{heard}");
            heard.push_str(std::str::from_utf8(&buffer[..bytes]).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.expect(wanted);
}

#[tokio::test]
async fn an_event_wakes_the_one_who_waits() {
    let world = Arc::new(World::new().await);
    let (zhang, li) = (client(1), client(2));
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.issue(&campaign.id, 1, Some(&zhang)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, world.app(), Limits::default(), async { stopped.await.unwrap() }));

    let mut stream = TcpStream::connect(address).await.unwrap();
    let authorization = world.authorization(&zhang, "GET", routes::INBOX_EVENTS, b"");
    let request = format!("GET {} HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\r\n", routes::INBOX_EVENTS);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = String::new();
    hear(&mut stream, &mut heard, "event: inbox\ndata: {\"next\":1}").await;
    assert!(heard.contains("content-type: text/event-stream"), "{heard}");
    world.issue(&campaign.id, 1, Some(&li)).await.unwrap();
    world.issue(&campaign.id, 1, Some(&zhang)).await.unwrap();
    hear(&mut stream, &mut heard, "data: {\"next\":2}").await;
    assert_eq!(heard.matches("event: inbox").count(), 2, "what is Li's is no event for Zhang: {heard}");
    stop.send(()).unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn the_enterprise_says_who_it_is() {
    let world = World::new().await;
    let (_, _, body) = send(world.app(), routes::WELL_KNOWN, None, None).await;
    let found =
        crate::api::discovery::Discovery::read(&body, &origin(), crate::api::discovery::Role::Enterprise).unwrap();
    assert_eq!((found.name.as_str(), found.key_set()), ("星河科技", world.enterprise.party.keys()));
    let (status, _, body) = send(world.app(), routes::JWKS, None, None).await;
    let keys: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status.as_u16(), &keys["keys"][0]["alg"]), (200, &json!("EdDSA")));
}
