//! The machine's clock jumps a year ahead for a minute, and is right again: nothing is lost, and what was put off goes on.

use serde_json::Value;

use super::bank::Mood;
use super::world::{World, client};
use crate::api::inbox::RelayRequest;
use crate::api::routes;
use crate::api::states::ReceiptResult as Result;
use crate::enterprise::admin::CampaignView;
use crate::packet::When;

const YEAR: i64 = 365 * 24 * 3600;

#[tokio::test]
async fn what_a_clock_a_year_ahead_put_off_goes_on_when_it_is_right() {
    let world = World::new().await;
    let open = world.campaign(|_| ()).await.unwrap();
    world.settle().await;
    world.bank.feel(Mood::Away);
    world.issue(&open.id, 2, None).await.unwrap();
    let draft: CampaignView = world.campaign(|_| ()).await.unwrap();
    assert_eq!(draft.state, "draft");
    world.advance(3600);
    world.clock.jump(YEAR);
    world.settle().await;
    world.clock.jump(-YEAR);
    let far = "SELECT (SELECT COUNT(*) FROM packet WHERE state = 'signed' AND next_ms > 1790000000000) \
               + (SELECT COUNT(*) FROM campaign WHERE state = 'draft' AND next_ms > 1790000000000) AS n";
    assert_eq!(world.count(far).await, 3, "they would wait for a year");

    world.bank.feel(Mood::Honest);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 2);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM campaign WHERE state = 'open'").await, 2);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_reward_that_was_owed_a_year_ahead_is_made_as_if_it_were_owed_now() {
    let world = World::new().await;
    let held = world
        .packet(None, |it| {
            it.when = When::Collected;
            it.reward_delay = 600;
        })
        .await;
    let (li, wang) = (client(2), client(3));
    let forwarded = world.forwarded(&held, &client(1), None);
    assert_eq!(world.open(&forwarded, &li).await.result, Result::Waiting);
    assert_eq!(world.open(&forwarded, &wang).await.result, Result::Waiting);
    world.settle().await;
    world.bank.pay(&held.packet, &li.id());
    world.clock.jump(YEAR);
    world.settle().await;
    world.clock.jump(-YEAR);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward WHERE state = 'owed' AND owed_at > 1790000000").await, 1);
    world.bank.pay(&held.packet, &wang.id());
    world.settle().await;
    let delivered = "SELECT COUNT(*) AS n FROM reward WHERE state = 'delivered'";
    assert_eq!(world.count(delivered).await, 0, "not before the delay that was promised");
    world.advance(601);
    world.settle().await;
    assert_eq!(world.count(delivered).await, 2);
    assert_eq!(world.inbox(&client(1), 0).await.items.len(), 2);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn nothing_is_made_or_dropped_by_a_clock_that_has_just_jumped() {
    let world = World::new().await;
    let held = world.packet(None, |_| ()).await;
    let (zhang, li) = (client(1), client(2));
    world.inbox(&li, 0).await;
    let forwarded = world.forwarded(&held, &zhang, Some(&li));
    let request = RelayRequest { to: li.id(), file: serde_json::from_slice(&forwarded.to_bytes()).unwrap() };
    let _: Value = world.post(routes::RELAY, serde_json::to_vec(&request).unwrap(), Some(&zhang)).await.unwrap();
    world.settle().await;
    assert_eq!(world.open(&forwarded, &li).await.result, Result::Rewarded);
    let kept = "SELECT COUNT(*) AS n FROM inbox WHERE file IS NOT NULL";
    let made = "SELECT COUNT(*) AS n FROM packet WHERE kind = 'reward'";
    world.clock.jump(YEAR);
    world.settle().await;
    assert_eq!((world.count(kept).await, world.count(made).await), (1, 0), "a packet would bear that time for ever");
    world.clock.jump(-YEAR);
    world.settle().await;
    assert_eq!((world.count(kept).await, world.count(made).await), (1, 1));
    world.advance(31 * 24 * 3600);
    world.settle().await;
    assert_eq!(world.count(kept).await, 0, "time that passes ends what it ends");
    world.audit_is_clean().await;
}
