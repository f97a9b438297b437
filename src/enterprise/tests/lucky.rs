//! Lucky packets: their draws are fetched before they are signed, and none is lost or used twice.

use super::bank::Mood;
use super::world::{World, client, code, order, yuan};
use crate::api::feed::FeedKind;
use crate::enterprise::admin::{self, CreateCampaign, IssuedPackets};
use crate::jose::Digest;
use crate::packet::Mode;

fn lucky(campaign: &mut CreateCampaign) {
    (campaign.mode, campaign.shares, campaign.reward) = (Mode::Lucky, 8, None);
}

/// The draws of all packets, in the order of their serial numbers.
async fn used(world: &World) -> Vec<Digest> {
    let rows = world.rows("SELECT jws FROM packet ORDER BY serial").await;
    let draw = |jws: &str| crate::packet::Packet::read(jws).unwrap().claims.contents.draw().unwrap();
    rows.iter().map(|row| draw(row.text("jws").unwrap())).collect()
}

#[tokio::test]
async fn a_lucky_campaign_freezes_its_pots_and_every_packet_has_its_own_draw() {
    let world = World::new().await;
    let campaign = world.campaign(lucky).await.unwrap();
    assert_eq!(campaign.budget, yuan(880), "ten pots of 88, however many shares");
    let first = world.issue(&campaign.id, 3, None).await.unwrap();
    assert!(first.packets.iter().all(|packet| packet.state == "issued"), "{first:?}");
    world.advance(1);
    world.issue(&campaign.id, 2, Some(&client(1))).await.unwrap();
    let mut draws = used(&world).await;
    assert_eq!(draws, world.bank.draws().concat(), "in the order in which the bank gave them");
    draws.sort_unstable();
    draws.dedup();
    assert_eq!(draws.len(), 5);

    // What the friends are paid is told as it was drawn, and adds up.
    let packet = world.packet_file(&first.packets[0]).await.packet;
    for n in 1..=8 {
        world.bank.pay(&packet, &client(n).id());
    }
    world.settle().await;
    let told = world.rows("SELECT kind, amount FROM feed WHERE kind <> 'issued' ORDER BY cursor").await;
    let amounts: Vec<i64> = told.iter().map(|row| row.int("amount").unwrap()).collect();
    assert_eq!((amounts.len(), amounts[..8].iter().sum::<i64>(), amounts[8]), (9, 8800, 8800));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn without_draws_nothing_is_signed_and_the_same_request_goes_on_later() {
    let world = World::new().await;
    let campaign = world.campaign(lucky).await.unwrap();
    let request = order(&campaign.id, 2, None);
    for (mood, why) in [(Mood::Away, "unavailable"), (Mood::Refusing, "draws-refused"), (Mood::Fenced, "unavailable")] {
        world.bank.feel(mood);
        let answer: Result<IssuedPackets, _> = world.admin(admin::PACKETS, Some(&request)).await;
        assert_eq!(code(answer), why);
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 0);
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    let issued: IssuedPackets = world.admin(admin::PACKETS, Some(&request)).await.unwrap();
    assert_eq!(issued.packets.len(), 2);
    let again: IssuedPackets = world.admin(admin::PACKETS, Some(&request)).await.unwrap();
    assert_eq!((again, world.bank.draws().len()), (issued, 1), "one request for draws, with one id");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn draws_whose_answer_was_lost_are_fetched_again_and_used() {
    let world = World::new().await;
    let campaign = world.campaign(lucky).await.unwrap();
    world.bank.feel(Mood::Losing);
    assert_eq!(code(world.issue(&campaign.id, 3, None).await), "unavailable");
    assert_eq!(world.bank.draws().concat().len(), 3, "the bank gave them");
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    world.issue(&campaign.id, 1, None).await.unwrap();
    world.issue(&campaign.id, 2, None).await.unwrap();
    assert_eq!(used(&world).await, world.bank.draws().concat());
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_bank_that_gives_a_draw_twice_is_not_believed() {
    let world = World::new().await;
    let campaign = world.campaign(lucky).await.unwrap();
    world.bank.feel(Mood::Repeating);
    world.issue(&campaign.id, 2, None).await.unwrap();
    let twice = world.issue(&campaign.id, 1, None).await.unwrap_err();
    assert_eq!(twice.code(), "draws-refused");
    assert!(twice.detail().contains("given before"), "{}", twice.detail());
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 2);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn requests_at_the_same_time_share_no_draw() {
    let world = World::new().await;
    let campaign = world.campaign(|it| (lucky(it), it.count = 40).0).await.unwrap();
    let issue = || async { world.issue(&campaign.id, 7, None).await.unwrap().packets.len() };
    assert_eq!(tokio::join!(issue(), issue(), issue(), issue()), (7, 7, 7, 7));
    let mut draws = used(&world).await;
    draws.sort_unstable();
    draws.dedup();
    assert_eq!(draws.len(), 28);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_lucky_share_of_more_than_the_pot_is_not_believed() {
    let world = World::new().await;
    let packet = world.packet(None, lucky).await.packet;
    world.bank.claim(&packet, FeedKind::Collected, 8801, Some(&client(1).id()));
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM feed WHERE kind = 'collected'").await, 0);
    world.audit_is_clean().await;
}
