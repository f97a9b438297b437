//! Campaigns' lives: drafts, pauses, ends, dates, delays and caps by day.

use super::world::{START, World, client, code, yuan};
use crate::api::notice::ReceiptClaims;
use crate::api::states::{NoRewardReason as Why, ReceiptResult as Result};
use crate::enterprise::admin::{self, CampaignView, Step, TakeStep};
use crate::packet::{PacketFile, When};
use crate::party::worker::Next;

const DAY: i64 = 24 * 3600;
const DELIVERED: &str = "SELECT COUNT(*) AS n FROM reward WHERE state = 'delivered'";

fn came_to(receipt: &ReceiptClaims) -> (Result, Option<Why>) {
    (receipt.result, receipt.reason)
}

/// A campaign's packet, forwarded by client 1.
async fn forwarded(world: &World, campaign: &str) -> PacketFile {
    let issued = world.issue(campaign, 1, None).await.unwrap();
    world.forwarded(&world.packet_file(&issued.packets[0]).await, &client(1), None)
}

#[tokio::test]
async fn a_draft_freezes_and_issues_nothing_until_it_is_opened() {
    let world = World::new().await;
    let draft = world.campaign(|it| it.draft = true).await.unwrap();
    assert_eq!((draft.state.as_str(), draft.changes.len()), ("draft", 1));
    assert!(draft.reason.unwrap().contains("campaign open"));
    world.settle().await;
    assert_eq!((world.bank.asked(), world.bank.frozen_in_funds()), (0, vec![]));
    assert_eq!(code(world.issue(&draft.id, 1, None).await), "campaign-not-open");
    for wrong in [Step::Pause, Step::Resume] {
        assert_eq!(code(world.step(&draft.id, wrong).await), "campaign-not-open");
    }
    let opened = world.step(&draft.id, Step::Open).await.unwrap();
    assert_eq!((opened.state.as_str(), world.bank.frozen_in_funds().len()), ("open", 1));
    assert_eq!(world.step(&draft.id, Step::Open).await.unwrap(), opened, "once");
    assert_eq!(world.issue(&draft.id, 1, None).await.unwrap().packets[0].state, "issued");
    let plain = world.campaign(|it| (it.draft, it.reward) = (true, None)).await.unwrap();
    assert_eq!(world.step(&plain.id, Step::Open).await.unwrap().state, "open");
    assert_eq!(code(world.step("nonsense", Step::Open).await), "unknown-campaign");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_pause_makes_rewards_wait_and_an_end_keeps_what_was_promised() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    let held = forwarded(&world, &campaign).await;
    world.advance(10);
    let paused = world.step(&campaign, Step::Pause).await.unwrap();
    assert_eq!((paused.state.as_str(), paused.reason), ("paused", None));
    assert_eq!(code(world.issue(&campaign, 1, None).await), "campaign-paused");
    world.advance(10);
    assert_eq!(came_to(&world.open(&held, &client(2)).await), (Result::Rewarded, None));
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 0);
    assert_eq!(world.enterprise.work().await, Next::WhenWoken, "what is parked wakes nobody");
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 0, "still paused");
    world.audit_is_clean().await;
    world.advance(10);
    let resumed = world.step(&campaign, Step::Resume).await.unwrap();
    let words: Vec<_> = resumed.changes.iter().map(|it| it.after.as_str()).collect();
    assert_eq!(words, ["draft", "open", "paused", "open"]);
    assert_eq!((resumed.changes[2].actor.as_str(), resumed.changes[2].reason.as_deref()), ("王经理", Some("看一看")));
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    // What is owed in a pause is still made when the campaign is closed from there.
    world.advance(10);
    world.step(&campaign, Step::Pause).await.unwrap();
    world.open(&held, &client(3)).await;
    world.settle().await;
    world.advance(10);
    let closed = world.step(&campaign, Step::Close).await.unwrap();
    assert_eq!(closed.state, "closed");
    assert_eq!(came_to(&world.open(&held, &client(4)).await), (Result::NotRewarded, Some(Why::CampaignClosed)));
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 2);
    assert_eq!(code(world.issue(&campaign, 1, None).await), "campaign-closed");
    for wrong in [Step::Open, Step::Pause, Step::Resume] {
        assert_eq!(code(world.step(&campaign, wrong).await), "campaign-closed");
    }
    assert_eq!(world.step(&campaign, Step::Close).await.unwrap(), closed, "once");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_friend_who_collects_after_the_end_still_earns_what_was_promised() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.when = When::Collected).await.unwrap().id;
    let held = forwarded(&world, &campaign).await;
    assert_eq!(world.open(&held, &client(2)).await.result, Result::Waiting);
    world.advance(10);
    world.step(&campaign, Step::Close).await.unwrap();
    world.bank.pay(&held.packet, &client(2).id());
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn dates_are_in_the_packet_and_rewards_wait_for_the_start() {
    let world = World::new().await;
    let campaign = world.campaign(|it| {
        (it.starts, it.ends, it.expires) = (Some(START + DAY), Some(START + 3 * DAY), 0);
        it.reward_until = Some(START + 2 * DAY);
        it.reward_delay = 3600;
    });
    let campaign = campaign.await.unwrap();
    assert_eq!(campaign.starts.as_deref(), Some("2026-02-18T03:46:40Z"));
    let held = forwarded(&world, &campaign.id).await;
    let claims = &held.packet.claims;
    assert_eq!((claims.iat, claims.nbf, claims.exp), (START, START + DAY, START + 3 * DAY));
    let reward = claims.forward.as_ref().unwrap().reward.as_ref().unwrap();
    assert_eq!(reward.until, START + 2 * DAY);
    assert_eq!(world.open(&held, &client(2)).await.result, Result::Rewarded);
    world.settle().await;
    let due = (START + DAY + 3600) * 1000;
    assert_eq!((world.count(DELIVERED).await, world.enterprise.work().await), (0, Next::At(due)));
    let world = world.reopened().await;
    world.advance(86_400 + 3600 - 1);
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 0);
    world.advance(1);
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    world.advance(86_400);
    assert_eq!(came_to(&world.open(&held, &client(3)).await), (Result::NotRewarded, Some(Why::TooLate)));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn caps_by_day_begin_anew_at_the_enterprises_midnight() {
    let world = World::new().await;
    // 03:46:40 in UTC is 11:46:40 in Beijing: 12 hours and 800 seconds to midnight there.
    let campaign = world.campaign(|it| {
        (it.per_day, it.day_limit, it.utc_offset) = (Some(2), Some(3), 8 * 60);
    });
    let campaign = campaign.await.unwrap().id;
    let issued = world.issue(&campaign, 1, None).await.unwrap();
    let held = world.packet_file(&issued.packets[0]).await;
    let (by_one, by_two) = (world.forwarded(&held, &client(1), None), world.forwarded(&held, &client(2), None));
    let mut results = Vec::new();
    for (at, held) in [&by_one, &by_one, &by_one, &by_two, &by_two].into_iter().enumerate() {
        results.push(came_to(&world.open(held, &client(100 + u8::try_from(at).unwrap())).await));
    }
    let (yes, no) = ((Result::Rewarded, None), |why| (Result::NotRewarded, Some(why)));
    assert_eq!(results, [yes, yes, no(Why::DayCapReached), yes, no(Why::DayExhausted)]);
    world.advance(12 * 3600 + 799);
    assert_eq!(came_to(&world.open(&by_two, &client(110)).await), no(Why::DayExhausted), "a second before midnight");
    world.advance(1);
    assert_eq!(came_to(&world.open(&by_one, &client(111)).await), yes);
    world.settle().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_campaign_for_named_clients_issues_to_nobody_else() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.addressed = true).await.unwrap();
    assert!(campaign.addressed);
    assert_eq!(code(world.issue(&campaign.id, 1, None).await), "needs-recipient");
    assert_eq!(world.issue(&campaign.id, 1, Some(&client(1))).await.unwrap().packets[0].state, "issued");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn dates_and_caps_that_cannot_be_are_refused() {
    let world = World::new().await;
    let changes: [fn(&mut admin::CreateCampaign); 9] = [
        |it| it.expires = 0,
        |it| it.ends = Some(START + DAY),
        |it| (it.expires, it.ends) = (0, Some(START)),
        |it| it.starts = Some(START + 30 * DAY),
        |it| it.reward_until = Some(START),
        |it| it.reward_until = Some(START + 31 * DAY),
        |it| it.per_day = Some(0),
        |it| it.day_limit = Some(0),
        |it| it.utc_offset = 19 * 60,
    ];
    for change in changes {
        assert_eq!(code(world.campaign(change).await), "bad-campaign");
    }
    let campaign = world.campaign(|it| it.reward = Some(yuan(1))).await.unwrap();
    let path = admin::CAMPAIGN_STEPS.replace("{id}", &campaign.id);
    let hidden = TakeStep { step: Step::Pause, by: Some("a\u{202e}b".into()), reason: None };
    assert_eq!(code(world.admin::<CampaignView>(&path, Some(&hidden)).await), "bad-request");
    world.audit_is_clean().await;
}
