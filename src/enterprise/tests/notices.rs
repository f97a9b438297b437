//! Notices: every result and reason, replays, forgeries, caps, and many at once.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, client, code, file, origin, yuan};
use crate::api::notice::{NoticeAnswer, NoticeClaims, NoticeRequest, ReceiptClaims};
use crate::api::routes;
use crate::api::states::{NoRewardReason as Why, ReceiptResult as Result};
use crate::clock::Clock as _;
use crate::identity::Identity;
use crate::jose::{ClientId, Jws, Typ};
use crate::packet::claims::{HopClaims, reward_for};
use crate::packet::file::Hop;
use crate::packet::{PacketFile, When, chain};

fn came_to(receipt: &ReceiptClaims) -> (Result, Option<Why>) {
    (receipt.result, receipt.reason)
}

#[tokio::test]
async fn each_opening_comes_to_what_the_rules_say() {
    let world = World::new().await;
    let [zhang, li, wang, zhao] = [1, 2, 3, 4].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    let no = |why| (Result::NotRewarded, Some(why));

    assert_eq!(came_to(&world.open(&held, &zhang).await), no(Why::NotForwarded));
    let open = world.forwarded(&held, &zhang, None);
    let receipt = world.open(&open, &li).await;
    assert_eq!(came_to(&receipt), (Result::Rewarded, None));
    assert_eq!(receipt.reward, Some(reward_for(&held.packet.id(), &li.id())));
    assert_eq!(came_to(&world.open(&open, &li).await), (Result::AlreadyKnown, None));
    // Zhang's own opening is known, so his trick of opening his own forwarding earns nothing either way.
    assert_eq!(came_to(&world.open(&open, &zhang).await), (Result::AlreadyKnown, None));

    let second = world.packet(Some(&zhang), |_| ()).await;
    let open = world.forwarded(&second, &zhang, None);
    assert_eq!(came_to(&world.open(&open, &zhang).await), no(Why::OwnPacket));
    let further = world.forwarded(&open, &li, None);
    assert_eq!(came_to(&world.open(&further, &li).await), no(Why::OwnForward));
    let to_wang = world.forwarded(&further, &wang, Some(&wang));
    assert_eq!(came_to(&world.open(&to_wang, &zhao).await), no(Why::NotAddressee));
    assert_eq!(came_to(&world.open(&further, &wang).await), (Result::Rewarded, None), "to the direct forwarder");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward").await, 2);

    let plain = world.packet(None, |it| it.reward = None).await;
    let plain = world.forwarded(&plain, &zhang, None);
    assert_eq!(came_to(&world.open(&plain, &li).await), no(Why::NoReward));

    let waiting = world.packet(None, |it| it.when = When::Collected).await;
    let waiting = world.forwarded(&waiting, &zhang, None);
    assert_eq!(came_to(&world.open(&waiting, &li).await), (Result::Waiting, None));

    let late = world.packet(None, |it| it.expires = 20).await;
    let late = world.forwarded(&late, &zhang, None);
    world.advance(20);
    assert_eq!(came_to(&world.open(&late, &li).await), (Result::Rewarded, None), "the last second counts");
    world.advance(1);
    assert_eq!(came_to(&world.open(&late, &wang).await), no(Why::TooLate));
    world.settle().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn caps_and_funds_end() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world
        .packet(None, |it| {
            it.per_person = 2;
            it.reward_budget = Some(yuan(3));
        })
        .await;
    let (by_zhang, by_li) = (world.forwarded(&held, &zhang, None), world.forwarded(&held, &li, None));
    let mut results = Vec::new();
    for (at, held) in [&by_zhang, &by_zhang, &by_zhang, &by_li, &by_li].into_iter().enumerate() {
        let opener = client(100 + u8::try_from(at).unwrap());
        results.push(came_to(&world.open(held, &opener).await));
    }
    let (yes, no) = ((Result::Rewarded, None), |why| (Result::NotRewarded, Some(why)));
    assert_eq!(results, [yes, yes, no(Why::CapReached), yes, no(Why::FundExhausted)]);
    world.settle().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_replay_counts_once_and_gets_the_same_receipt() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(None, |_| ()).await;
    let held = world.forwarded(&held, &zhang, None);
    let notice = world.notice(&held, &li);
    let first = world.tell(&notice).await.unwrap();
    world.advance(100);
    assert_eq!(world.tell(&notice).await.unwrap(), first);
    // Other encodings of the same request: white space, order of members, another id, another chain.
    let spaced = format!(
        "  {{\n \"notice\" : {:?} ,\"hops\":[ {:?} ], \"packet\":{:?} }}\t",
        notice.notice, notice.hops[0], notice.packet
    );
    let again: NoticeAnswer = world.post(routes::NOTICES, spaced.into_bytes(), None).await.unwrap();
    assert_eq!(again, first);
    for other in [world.notice(&held, &li), world.notice(&world.forwarded(&held, &client(3), None), &li)] {
        let answer = world.tell(&other).await.unwrap();
        assert_eq!(world.receipt(&answer.receipt, &other, &li).result, Result::AlreadyKnown);
        world.advance(1);
        assert_eq!(world.tell(&other).await.unwrap(), answer, "the same bytes, though nothing was stored");
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward").await, 1);
    world.advance(200);
    assert_eq!(code(world.tell(&notice).await), "clock-skew", "too old");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_was_verified_before_vouches_for_nothing_else() {
    let world = World::new().await;
    let [zhang, li, wang] = [1, 2, 3].map(client);
    let held = world.packet(None, |_| ()).await;
    let held = world.forwarded(&held, &zhang, None);
    assert_eq!(came_to(&world.open(&held, &li).await), (Result::Rewarded, None));
    let good = world.notice(&held, &wang);
    let broken = |compact: &str| {
        let (signed, signature) = compact.rsplit_once('.').unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        format!("{signed}.{other}{}", &signature[1..])
    };
    let packet = NoticeRequest { packet: broken(&good.packet), ..good.clone() };
    let hops = NoticeRequest { hops: vec![broken(&good.hops[0])], ..good.clone() };
    let notice = NoticeRequest { notice: broken(&good.notice), ..good.clone() };
    let joined = NoticeRequest { packet: format!("{}{}", good.packet, good.hops[0]), hops: Vec::new(), ..good.clone() };
    let longer = NoticeRequest { hops: vec![good.hops[0].clone(); 2], ..good.clone() };
    let shorter = NoticeRequest { hops: Vec::new(), ..good.clone() };
    for (what, bad) in [
        ("packet", packet),
        ("hop", hops),
        ("notice", notice),
        ("joined", joined),
        ("longer", longer),
        ("shorter", shorter),
    ] {
        assert!(world.tell(&bad).await.is_err(), "{what}");
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice").await, 1, "nothing was recorded");
    assert!(world.tell(&good).await.is_ok());
    world.audit_is_clean().await;
}

/// A hop as a cheat would sign it.
fn hop(by: &Identity, claims: &HopClaims) -> Hop {
    let jws = Jws::sign(by.key(), Typ::Hop, claims).unwrap();
    Hop { jws, claims: claims.clone() }
}

/// A notice as a cheat would sign it, over any chain.
fn claim(held: &PacketFile, hops: &[Hop], by: &Identity, iat: i64, from: Option<ClientId>) -> NoticeRequest {
    let claims = NoticeClaims {
        aud: origin(),
        jti: Uuid::from_u128(7),
        iat,
        packet: held.packet.id(),
        head: chain::head(&held.packet, hops),
        from,
        show_opener: false,
    };
    NoticeRequest {
        packet: held.packet.jws.as_str().to_owned(),
        hops: hops.iter().map(|hop| hop.jws.as_str().to_owned()).collect(),
        notice: Jws::sign(by.key(), Typ::Notice, &claims).unwrap().as_str().to_owned(),
    }
}

#[tokio::test]
async fn forged_cut_and_regrafted_chains_are_refused() {
    let world = World::new().await;
    let [zhang, li, wang, eve] = [1, 2, 3, 9].map(client);
    let (one, two) = (world.packet(Some(&zhang), |_| ()).await, world.packet(Some(&zhang), |_| ()).await);
    let to_li = world.forwarded(&one, &zhang, Some(&li));
    let to_wang = world.forwarded(&to_li, &li, Some(&wang));
    let now = world.clock.now();
    let base = to_li.hops[0].claims.clone();

    let stolen = hop(&eve, &base);
    let tampered = {
        let text = to_li.hops[0].jws.as_str();
        let at = text.len() - 20;
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        Hop::read(&format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap()
    };
    let by_eve = hop(&eve, &HopClaims { n: 2, prev: to_li.hops[0].jws.digest(), to: None, ..base.clone() });
    let skipped = hop(&zhang, &HopClaims { n: 2, ..base.clone() });
    for (why, hops) in [
        ("someone else in the holder's place", vec![stolen]),
        ("a signature that does not fit", vec![tampered]),
        ("cut at the front", vec![to_wang.hops[1].clone()]),
        ("by someone to whom it was not addressed", vec![to_li.hops[0].clone(), by_eve]),
        ("numbered wrongly", vec![skipped]),
        ("twice the same", vec![to_li.hops[0].clone(), to_li.hops[0].clone()]),
        ("of another packet", world.forwarded(&two, &zhang, None).hops),
    ] {
        let from = hops.last().map(Hop::by);
        assert_eq!(code(world.tell(&claim(&one, &hops, &eve, now, from)).await), "not-genuine", "{why}");
    }
    let hops = &to_li.hops;
    let wrong_from = claim(&one, hops, &li, now, Some(eve.id()));
    assert_eq!(code(world.tell(&wrong_from).await), "not-genuine", "another forwarder named");
    let mut other_packet = claim(&one, hops, &li, now, Some(zhang.id()));
    other_packet.packet = two.packet.jws.as_str().to_owned();
    assert_eq!(code(world.tell(&other_packet).await), "not-genuine", "lifted onto another packet");
    // Both are Zhang's, and each chain holds for itself; the opener signed for one of them.
    let lifted = claim(&one, &to_li.hops, &li, now, Some(zhang.id()));
    let elsewhere = claim(&two, &world.forwarded(&two, &zhang, Some(&li)).hops, &li, now, Some(zhang.id()));
    let other_chain = claim(&one, &world.forwarded(&one, &zhang, None).hops, &li, now, Some(zhang.id()));
    for (why, other) in [("with its chain", elsewhere), ("another chain of the same forwarder", other_chain)] {
        let moved = NoticeRequest { notice: lifted.notice.clone(), ..other };
        assert_eq!(code(world.tell(&moved).await), "not-genuine", "{why}");
    }
    let mut cut = claim(&to_wang, &to_wang.hops, &wang, now, Some(li.id()));
    cut.hops.pop();
    assert_eq!(code(world.tell(&cut).await), "not-genuine", "a chain cut after the notice was signed");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice").await, 0);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn only_packets_of_this_register_and_requests_of_the_right_shape() {
    let world = World::new().await;
    let li = client(2);
    let held = world.packet(None, |_| ()).await;
    let mut claims = held.packet.claims.clone();
    claims.envelope.serial = 77;
    let never = world.enterprise.party.sign(Typ::Packet, &claims).unwrap();
    let never = PacketFile { packet: crate::packet::Packet { jws: never, claims }, ..held.clone() };
    assert_eq!(code(world.tell(&world.notice(&never, &li)).await), "unknown-packet");

    let mut elsewhere = held.packet.claims.clone();
    elsewhere.iss = crate::packet::Origin::parse("https://other.example").unwrap();
    let jws = world.enterprise.party.sign(Typ::Packet, &elsewhere).unwrap();
    let elsewhere = PacketFile { packet: crate::packet::Packet { jws, claims: elsewhere }, ..held.clone() };
    assert_eq!(code(world.tell(&world.notice(&elsewhere, &li)).await), "wrong-audience");

    let jws = Jws::sign(li.key(), Typ::Packet, &held.packet.claims).unwrap();
    let forged =
        PacketFile { packet: crate::packet::Packet { jws, claims: held.packet.claims.clone() }, ..held.clone() };
    assert_eq!(code(world.tell(&world.notice(&forged, &li)).await), "not-genuine");

    let good = serde_json::to_value(world.notice(&held, &li)).unwrap();
    let mut more = good.clone();
    more["note"] = json!("x");
    for bad in [json!({}), json!([]), Value::Null, more] {
        let answer: std::result::Result<NoticeAnswer, _> =
            world.post(routes::NOTICES, bad.to_string().into_bytes(), None).await;
        assert_eq!(code(answer), "bad-request", "{bad}");
    }
    let twice = good.to_string().replacen('{', "{\"hops\":[],", 1);
    let answer: std::result::Result<NoticeAnswer, _> = world.post(routes::NOTICES, twice.into_bytes(), None).await;
    assert_eq!(code(answer), "bad-request", "the same member twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_notice_fifty_times_at_once() {
    let world = Arc::new(World::new().await);
    let held = world.packet(None, |_| ()).await;
    let held = world.forwarded(&held, &client(1), None);
    let notice = world.notice(&held, &client(2));
    let sent = (0..50).map(|_| {
        let (world, notice) = (world.clone(), notice.clone());
        tokio::spawn(async move { world.tell(&notice).await.unwrap().receipt })
    });
    let mut receipts = Vec::new();
    for answer in sent.collect::<Vec<_>>() {
        receipts.push(answer.await.unwrap());
    }
    receipts.dedup();
    assert_eq!(receipts.len(), 1);
    world.settle().await;
    assert_eq!(world.inbox(&client(1), 0).await.items.len(), 1);
    world.audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_holds_when_many_open_at_once() {
    let world = Arc::new(World::new().await);
    let held = world.packet(None, |it| it.per_person = 5).await;
    let held = world.forwarded(&held, &client(1), None);
    let sent = (2..32).map(|n| {
        let (world, held) = (world.clone(), held.clone());
        tokio::spawn(async move { world.open(&held, &client(n)).await.result })
    });
    let mut rewarded = 0;
    for result in sent.collect::<Vec<_>>() {
        rewarded += usize::from(result.await.unwrap() == Result::Rewarded);
    }
    assert_eq!(rewarded, 5);
    world.settle().await;
    let page = world.inbox(&client(1), 0).await;
    assert_eq!(page.items.len(), 5);
    let serials: Vec<u64> = page.items.iter().map(|it| file(&it.file).packet.claims.envelope.serial).collect();
    assert_eq!(serials.len(), 5);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn strangers_fill_no_register() {
    let world = World::new().await;
    let [zhang, li, wang, eve] = [1, 2, 3, 9].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    let to_li = world.forwarded(&held, &zhang, Some(&li));
    for (held, why) in [(&held, Why::NotForwarded), (&to_li, Why::NotAddressee)] {
        let notice = world.notice(held, &eve);
        let first = world.tell(&notice).await.unwrap();
        assert_eq!(came_to(&world.receipt(&first.receipt, &notice, &eve)), (Result::NotRewarded, Some(why)));
        world.advance(1);
        assert_eq!(world.tell(&notice).await.unwrap(), first, "the same bytes, though nothing was stored");
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice").await, 0);
    // What earns is kept as it was signed; of what does not, only what came of it.
    world.open(&held, &zhang).await;
    world.open(&to_li, &li).await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice").await, 2);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notice WHERE evidence IS NULL").await, 1);
    world.audit_is_clean().await;

    let open = world.forwarded(&held, &zhang, None);
    let many = crate::enterprise::MAX_OPENINGS - 2;
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) \
         INSERT INTO notice SELECT packet, 'opener ' || i, jti, 0, '[]', NULL, at, result, reason, receipt \
         FROM notice CROSS JOIN n WHERE result = 'not-rewarded'"
    );
    world.write(fill).await;
    let counted = "UPDATE opened SET openings = (SELECT COUNT(*) FROM notice WHERE notice.packet = opened.packet)";
    world.write(counted.to_owned()).await;
    assert_eq!(code(world.tell(&world.notice(&open, &wang)).await), "too-many-openings");
    assert_eq!(world.open(&to_li, &li).await.result, Result::AlreadyKnown);
}
