//! Finding one packet with its whole life, and sending again what was lost.

use axum::http::StatusCode;

use super::bank::Mood;
use super::world::{START, World, card, client, code, file, order, send};
use crate::enterprise::admin::batch::{self, BatchView, CreateBatch, LoadRows, Recipient};
use crate::enterprise::admin::life::{FIND, Life, Lives, REISSUE, Reissue, Reissued};
use crate::enterprise::admin::{
    INSTRUCTIONS, InstructPackets, Instructed, IssuePackets, IssuedPackets, PACKETS, Replaces,
};
use crate::packet::PacketFile;
use crate::random::{Random as _, SystemRandom};

async fn found(world: &World, query: &str) -> Vec<Life> {
    world.admin::<Lives>(&format!("{FIND}?{query}"), None::<&()>).await.unwrap().packets
}

fn words(life: &Life) -> Vec<&str> {
    life.events.iter().map(|it| it.event.as_str()).collect()
}

fn reissue(reason: &str) -> Reissue {
    Reissue { request: SystemRandom.uuid(START * 1000), reason: reason.into(), by: Some("小李".into()) }
}

#[tokio::test]
async fn a_packet_is_found_by_whatever_is_known_of_it() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    let request = SystemRandom.uuid(START * 1000);
    let create = CreateBatch { request, campaign, size: 2, listed: true, addressed: false };
    world.admin::<BatchView>(batch::BATCHES, Some(&create)).await.unwrap();
    let rows = vec![
        Recipient { name: "张三".into(), note: Some("老客户".into()), card: Some(card(&zhang)) },
        Recipient { name: "李四".into(), note: None, card: None },
    ];
    let path = batch::BATCH_ROWS.replace("{id}", &request.to_string());
    world.admin::<BatchView>(&path, Some(&LoadRows { first: 1, rows })).await.unwrap();
    world.settle().await;
    let held = file(&world.inbox(&zhang, 0).await.items[0].file);
    world.advance(60);
    world.open(&world.forwarded(&held, &zhang, None), &li).await;
    world.settle().await;
    world.advance(60);
    world.bank.pay(&held.packet, &li.id());
    world.settle().await;

    let by_serial = found(&world, "serial=1").await;
    let life = &by_serial[0];
    assert_eq!((life.name.as_deref(), life.note.as_deref(), life.to), (Some("张三"), Some("老客户"), Some(zhang.id())));
    assert_eq!(
        words(life),
        ["signed", "issued", "delivered", "opened", "reward-owed", "reward-made", "reward-delivered", "bank-collected"]
    );
    let opened = &life.events[3];
    assert_eq!((opened.client, opened.from, opened.hops), (Some(li.id()), Some(zhang.id()), Some(1)));
    let name = url::form_urlencoded::byte_serialize("张三".as_bytes()).collect::<String>();
    for query in [format!("packet={}", life.id), format!("name={name}"), format!("client={}", li.id())] {
        assert_eq!(found(&world, &query).await, by_serial, "{query}");
    }
    let to = found(&world, &format!("to={}", zhang.id())).await;
    assert_eq!(to.iter().map(|it| (it.serial, it.kind.as_str())).collect::<Vec<_>>(), [(1, "first"), (3, "reward")]);
    assert_eq!(words(&to[1]), ["reward-owed", "signed", "issued", "delivered"]);
    let link = found(&world, "serial=2").await.remove(0).link.unwrap();
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(found(&world, &format!("link={token}")).await[0].serial, 2);
    assert_eq!(found(&world, "serial=9").await, []);
    for wrong in ["", "serial=1&client=x", &format!("serial=1&packet={}", life.id), "serial=x", "other=1"] {
        let answer = world.admin::<Lives>(&format!("{FIND}?{wrong}"), None::<&()>).await;
        assert_eq!(answer.unwrap_err().status(), 400, "{wrong}");
    }
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_lost_packet_is_sent_again_and_never_a_second_one() {
    let world = World::new().await;
    let zhang = client(1);
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    let addressed = world.issue(&campaign, 1, Some(&zhang)).await.unwrap().packets.remove(0);
    let linked = world.issue(&campaign, 1, None).await.unwrap().packets.remove(0);
    let path = |id: &crate::jose::Digest| REISSUE.replace("{id}", &id.to_string());

    let request = reissue("换了手机");
    let first: Reissued = world.admin(&path(&addressed.id), Some(&request)).await.unwrap();
    assert_eq!((first.serial, first.to, first.link.as_ref()), (1, Some(zhang.id()), None));
    assert_eq!(world.admin::<Reissued>(&path(&addressed.id), Some(&request)).await.unwrap(), first, "once");
    let page = world.inbox(&zhang, 0).await;
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.items[0].file, page.items[1].file, "the very same");

    let request = reissue("链接丢了");
    let second: Reissued = world.admin(&path(&linked.id), Some(&request)).await.unwrap();
    assert_eq!(world.admin::<Reissued>(&path(&linked.id), Some(&request)).await.unwrap(), second, "once");
    let link = second.link.unwrap();
    let at = |link: &str| link.strip_prefix("https://hongbao.example").unwrap().to_owned();
    assert_eq!(send(world.app(), &at(&linked.link), None, None).await.0, StatusCode::NOT_FOUND, "the old one is dead");
    let (status, _, body) = send(world.app(), &at(&link), None, None).await;
    assert_eq!((status, PacketFile::read(&body).unwrap().packet.id()), (StatusCode::OK, linked.id));
    let changed = found(&world, "serial=2").await[0].events.last().unwrap().clone();
    assert_eq!((changed.result.as_deref(), changed.reason.as_deref()), (Some("new-link"), Some("链接丢了")));
    assert_eq!(changed.by.as_deref(), Some("小李"));
    assert_eq!(code(world.admin::<Reissued>(&path(&addressed.id), Some(&request)).await), "request-reused");

    world.bank.feel(Mood::Away);
    let waiting = world.issue(&campaign, 1, None).await.unwrap().packets.remove(0);
    assert_eq!(code(world.admin::<Reissued>(&path(&waiting.id), Some(&reissue("x"))).await), "not-issued");
    assert_eq!(code(world.admin::<Reissued>(&REISSUE.replace("{id}", "x"), Some(&reissue("x"))).await), "not-found");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 3);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn another_packet_stands_in_the_place_of_one_that_was_withdrawn() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let campaign = world.campaign(|it| it.revocable = true).await.unwrap().id;
    let lost = world.issue(&campaign, 1, Some(&zhang)).await.unwrap().packets.remove(0);
    let replaces = |packet| Some(Replaces { packet, reason: "密钥丢了".into(), by: Some("小李".into()) });
    let ask = |replaces| IssuePackets { replaces, ..order(&campaign, 1, Some(&li)) };
    let wish = ask(replaces(lost.id));
    assert_eq!(code(world.admin::<IssuedPackets>(PACKETS, Some(&wish)).await), "not-withdrawn");
    let withdraw = InstructPackets {
        request: uuid::Uuid::from_u128(1),
        campaign: None,
        serials: None,
        packet: Some(lost.id),
        reason: "密钥丢了".into(),
        extend_seconds: None,
    };
    world.admin::<Instructed>(INSTRUCTIONS, Some(&withdraw)).await.unwrap();
    world.settle().await;
    let other = IssuePackets { count: 2, ..ask(replaces(lost.id)) };
    assert_eq!(code(world.admin::<IssuedPackets>(PACKETS, Some(&other)).await), "bad-request");
    let made: IssuedPackets = world.admin(PACKETS, Some(&wish)).await.unwrap();
    assert_eq!(world.admin::<IssuedPackets>(PACKETS, Some(&wish)).await.unwrap(), made, "once");
    assert_eq!((made.packets[0].serial, made.packets[0].to), (2, Some(li.id())));
    assert_eq!(code(world.admin::<IssuedPackets>(PACKETS, Some(&ask(replaces(lost.id)))).await), "already-replaced");
    assert_eq!(
        code(world.admin::<IssuedPackets>(PACKETS, Some(&ask(replaces(crate::jose::Digest::of(b"x"))))).await),
        "not-found"
    );
    let changed = found(&world, "serial=1").await[0].events.last().unwrap().clone();
    assert_eq!((changed.result.as_deref(), changed.reason.as_deref()), (Some("replaced"), Some("密钥丢了")));
    assert_eq!(world.inbox(&li, 0).await.items.len(), 1);
    world.audit_is_clean().await;
}
