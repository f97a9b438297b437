//! Withdrawing and extending: what is asked once is done once, through silence, refusals and kills.

use serde_json::json;

use super::bank::Mood;
use super::world::{Answer, START, World, client, code, yuan};
use crate::api::feed::FeedKind;
use crate::api::states::VoucherState;
use crate::enterprise::admin::stats::Stats;
use crate::enterprise::admin::{self, CampaignView, InstructPackets, Instructed, Serials};
use crate::packet::Contents;
use crate::random::{Random as _, SystemRandom};

fn wish(campaign: &CampaignView) -> InstructPackets {
    InstructPackets {
        request: SystemRandom.uuid(START * 1000),
        campaign: Some(campaign.id.clone()),
        serials: None,
        packet: None,
        reason: "发错了".into(),
        extend_seconds: None,
    }
}

async fn instruct(world: &World, wish: &InstructPackets) -> Answer<Instructed> {
    world.admin(admin::INSTRUCTIONS, Some(wish)).await
}

async fn revocable(world: &World) -> CampaignView {
    world.campaign(|it| it.revocable = true).await.unwrap()
}

fn words(instructed: &Instructed) -> Vec<(u64, &str)> {
    instructed.packets.iter().map(|it| (it.serial, it.result.as_str())).collect()
}

#[tokio::test]
async fn packets_are_withdrawn_one_by_one_by_serials_and_as_a_campaign() {
    let world = World::new().await;
    let campaign = revocable(&world).await;
    assert!(campaign.revocable);
    let issued = world.issue(&campaign.id, 6, None).await.unwrap().packets;
    let first = world.packet_file(&issued[0]).await;
    assert!(matches!(first.packet.claims.contents, Contents::Bank { revocable: true, .. }));
    world.bank.pay(&first.packet, &client(1).id());

    let one = InstructPackets { campaign: None, packet: Some(issued[5].id), ..wish(&campaign) };
    assert_eq!(words(&instruct(&world, &one).await.unwrap()), [(6, "withdrawn")]);
    let some = InstructPackets { serials: Some(Serials { from: 1, to: 2 }), ..wish(&campaign) };
    let withdrawn = instruct(&world, &some).await.unwrap();
    assert_eq!(words(&withdrawn), [(1, "withdrawn"), (2, "withdrawn")]);
    assert_eq!((withdrawn.packets[0].amount, withdrawn.packets[1].amount), (Some(yuan(176)), Some(yuan(264))));
    let rest = instruct(&world, &wish(&campaign)).await.unwrap();
    assert_eq!(rest.results, [("already-withdrawn".to_owned(), 3), ("withdrawn".to_owned(), 3)].into());
    assert_eq!(words(&instruct(&world, &some).await.unwrap()), words(&withdrawn), "the same request, the same answer");
    assert_eq!(world.bank.instructed(), 3);

    world.settle().await;
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    let first = &stats.packets[0];
    assert_eq!((first.voucher, first.collected, first.shares), (Some(VoucherState::Withdrawn), 1, 3));
    assert_eq!((first.paid, first.returned), (yuan(88), yuan(176)));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_was_not_promised_so_is_not_withdrawn_and_partly_paid_is_told() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    let held = world.issue(&campaign.id, 1, None).await.unwrap().packets;
    assert_eq!(words(&instruct(&world, &wish(&campaign)).await.unwrap()), [(1, "not-revocable")]);
    let file = world.packet_file(&held[0]).await;
    world.advance(7);
    world.bank.pay(&file.packet, &client(1).id());
    world.settle().await;
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    let packet = &stats.packets[0];
    assert_eq!((packet.voucher, packet.collected, packet.shares), (Some(VoucherState::PartlyPaid), 1, 3));
    assert_eq!(packet.voucher_since.as_deref(), Some("2026-02-17T03:46:47Z"));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_wish_survives_silence_and_a_kill_and_is_carried_out_once() {
    let world = World::new().await;
    let campaign = revocable(&world).await;
    world.issue(&campaign.id, 2, None).await.unwrap();
    for mood in [Mood::Away, Mood::Mute] {
        world.bank.feel(mood);
        let wish = InstructPackets {
            serials: Some(if mood == Mood::Away { Serials { from: 1, to: 1 } } else { Serials { from: 2, to: 2 } }),
            ..wish(&campaign)
        };
        let waiting = instruct(&world, &wish).await.unwrap();
        assert_eq!(waiting.packets[0].result, "waiting");
        assert!(waiting.packets[0].problem.as_ref().unwrap().contains("unavailable"));
    }
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM instructed WHERE result = 'withdrawn'").await, 2);
    assert_eq!(world.bank.instructed(), 2, "the lost answer was given again");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM change WHERE after = 'withdrawn'").await, 2);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn requests_that_cannot_be_are_refused_with_a_reason() {
    let world = World::new().await;
    let campaign = revocable(&world).await;
    assert_eq!(code(instruct(&world, &wish(&campaign)).await), "not-found", "nothing was issued");
    world.issue(&campaign.id, 1, None).await.unwrap();
    let base = wish(&campaign);
    instruct(&world, &base).await.unwrap();
    for (wish, expected) in [
        (InstructPackets { campaign: None, ..wish(&campaign) }, "bad-request"),
        (InstructPackets { campaign: Some("no".into()), ..wish(&campaign) }, "unknown-campaign"),
        (InstructPackets { serials: Some(Serials { from: 2, to: 1 }), ..wish(&campaign) }, "bad-request"),
        (InstructPackets { serials: Some(Serials { from: 7, to: 9 }), ..wish(&campaign) }, "not-found"),
        (InstructPackets { reason: "\u{202e}".into(), ..wish(&campaign) }, "bad-request"),
        (InstructPackets { reason: "another".into(), ..base.clone() }, "request-reused"),
        (InstructPackets { extend_seconds: Some(5), ..base.clone() }, "request-reused"),
    ] {
        assert_eq!(code(instruct(&world, &wish).await), expected, "{wish:?}");
    }
    world.bank.feel(Mood::Refusing);
    let refused = instruct(&world, &wish(&campaign)).await.unwrap();
    assert_eq!(refused.packets[0].result, "refused");
    assert!(refused.packets[0].problem.as_ref().unwrap().contains("insufficient-funds"));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn packets_without_a_voucher_are_named_and_others_extended() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.issue(&campaign.id, 1, None).await.unwrap();
    world.bank.feel(Mood::Away);
    world.issue(&campaign.id, 1, None).await.unwrap();
    world.bank.feel(Mood::Honest);
    let extend = InstructPackets { extend_seconds: Some(60 * 24 * 3600), ..wish(&campaign) };
    let extended = instruct(&world, &extend).await.unwrap();
    assert_eq!(words(&extended), [(1, "extended"), (2, "not-issued")]);
    assert_eq!(extended.packets[0].until.as_deref(), Some("2026-04-18T03:46:40Z"));
    assert_eq!(instruct(&world, &extend).await.unwrap(), extended);
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    assert_eq!((&stats.packets[0].extended, &stats.packets[1].extended), (&extended.packets[0].until, &None));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn many_packets_go_in_many_messages() {
    let world = World::new().await;
    let campaign = world
        .campaign(|it| {
            it.revocable = true;
            it.count = 201;
            it.reward = None;
        })
        .await
        .unwrap();
    world.issue(&campaign.id, 201, None).await.unwrap();
    let withdrawn = instruct(&world, &wish(&campaign)).await.unwrap();
    assert_eq!(withdrawn.results, [("withdrawn".to_owned(), 201)].into());
    assert_eq!(world.bank.instructed(), 3);
    world.settle().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_withdrawal_that_nobody_asked_for_is_found() {
    let world = World::new().await;
    let held = world.packet(None, |it| it.revocable = true).await;
    world.bank.claim(&held.packet, FeedKind::Withdrawn, 26_400, None);
    world.settle().await;
    let audit = crate::enterprise::audit(&world.enterprise.party().store).await.unwrap();
    let named: Vec<_> = audit.differences.iter().map(|it| it.invariant.as_str()).collect();
    assert_eq!(json!(named), json!(["withdrawn-as-asked"]));
}
