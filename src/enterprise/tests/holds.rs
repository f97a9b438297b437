//! Rewards that wait for a look: each signal at its threshold, approving, refusing, and what the opener is told.

use super::world::{Answer, World, client, code, yuan};
use crate::api::states::{NoRewardReason as Why, ReceiptResult as Result};
use crate::enterprise::admin;
use crate::enterprise::admin::review::{JUDGEMENT, Judge, REWARDS, RewardPage, RewardRow};
use crate::enterprise::admin::stats::Stats;
use crate::enterprise::{Holds, Settings};
use crate::packet::When;

const DELIVERED: &str = "SELECT COUNT(*) AS n FROM reward WHERE state = 'delivered'";
const NEVER: Holds = Holds { burst_rewards: 0, burst_openings: 0, burst_minutes: 10, ring: 0, friends_unpaid: 0 };

async fn world(holds: Holds) -> World {
    World::with(Settings { holds, ..Settings::default() }).await
}

impl World {
    async fn held(&self) -> Vec<RewardRow> {
        self.admin::<RewardPage>(&format!("{REWARDS}?held=true"), None::<&()>).await.unwrap().rewards
    }

    async fn judge(&self, id: &crate::jose::Digest, approve: bool) -> Answer<RewardRow> {
        let judge = Judge { approve, by: "王经理".into(), reason: Some("查过了".into()) };
        self.admin(&JUDGEMENT.replace("{id}", &id.to_string()), Some(&judge)).await
    }
}

#[tokio::test]
async fn a_burst_waits_for_a_look_and_is_given_or_refused_once() {
    let world = world(Holds { burst_rewards: 2, ..NEVER }).await;
    let held = world.packet(None, |it| it.reward_budget = Some(yuan(4))).await;
    let forwarded = world.forwarded(&held, &client(1), None);
    let mut results = Vec::new();
    for opener in 10..14 {
        results.push(world.open(&forwarded, &client(opener)).await.result);
    }
    assert_eq!(results, [Result::Rewarded, Result::Rewarded, Result::Waiting, Result::Waiting]);
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 2);
    let waiting = world.held().await;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|it| it.reason.as_deref() == Some("review:burst-forwarder") && it.state == "held"));
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    assert_eq!((stats.totals.rewarded, stats.totals.held, stats.totals.waiting), (2, 2, 0));
    world.audit_is_clean().await;
    assert_eq!(world.open(&forwarded, &client(14)).await.reason, Some(Why::FundExhausted));

    let (given, refused) = (waiting[0].id, waiting[1].id);
    assert_eq!(world.judge(&given, true).await.unwrap().state, "owed");
    assert_eq!(world.judge(&given, true).await.unwrap().reason, None, "once");
    assert_eq!(code(world.judge(&given, false).await), "already-judged");
    let no = world.judge(&refused, false).await.unwrap();
    assert_eq!((no.state.as_str(), no.reason.as_deref()), ("refused", Some("refused: 查过了")));
    assert_eq!(code(world.judge(&refused, true).await), "already-judged");
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!((world.count(DELIVERED).await, world.held().await.len()), (3, 0));
    // What was refused is there for others.
    world.advance(700);
    assert_eq!(world.open(&forwarded, &client(15)).await.result, Result::Rewarded);
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 4);
    let path = JUDGEMENT.replace("{id}", &given.to_string());
    let silent = Judge { approve: false, by: "王经理".into(), reason: None };
    assert_eq!(code(world.admin::<RewardRow>(&path, Some(&silent)).await), "bad-request");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn many_openings_of_one_packet_wait() {
    let world = world(Holds { burst_openings: 2, ..NEVER }).await;
    let held = world.packet(None, |_| ()).await;
    for (forwarder, result) in [(1, Result::Rewarded), (2, Result::Rewarded), (3, Result::Waiting)] {
        let forwarded = world.forwarded(&held, &client(forwarder), None);
        assert_eq!(world.open(&forwarded, &client(forwarder + 10)).await.result, result);
    }
    world.advance(601);
    let forwarded = world.forwarded(&held, &client(4), None);
    assert_eq!(world.open(&forwarded, &client(14)).await.result, Result::Rewarded, "not in ten minutes any more");
    assert_eq!(world.held().await[0].reason.as_deref(), Some("review:burst-packet"));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn two_who_open_each_others_packets_wait() {
    let world = world(Holds { ring: 2, ..NEVER }).await;
    let (zhang, li) = (client(1), client(2));
    let mut results = Vec::new();
    for _ in 0..2 {
        let held = world.packet(None, |_| ()).await;
        results.push(world.open(&world.forwarded(&held, &zhang, None), &li).await.result);
    }
    let held = world.packet(None, |_| ()).await;
    results.push(world.open(&world.forwarded(&held, &li, None), &zhang).await.result);
    assert_eq!(results, [Result::Rewarded, Result::Rewarded, Result::Waiting]);
    assert_eq!(world.held().await[0].reason.as_deref(), Some("review:ring"));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn friends_whom_the_bank_never_pays_look_like_one_person() {
    let world = world(Holds { friends_unpaid: 2, ..NEVER }).await;
    let held = world.packet(None, |it| it.shares = 5).await;
    let (one, two) = (world.forwarded(&held, &client(1), None), world.forwarded(&held, &client(2), None));
    for (forwarded, openers) in [(&one, [10, 11]), (&two, [20, 21])] {
        for opener in openers {
            assert_eq!(world.open(forwarded, &client(opener)).await.result, Result::Rewarded);
        }
    }
    world.settle().await;
    world.bank.pay(&held.packet, &client(21).id());
    world.settle().await;
    assert_eq!(world.open(&one, &client(12)).await.result, Result::Rewarded, "they may still collect");
    world.advance(3601);
    world.settle().await;
    assert_eq!(world.open(&one, &client(13)).await.result, Result::Waiting);
    assert_eq!(world.open(&two, &client(22)).await.result, Result::Rewarded, "a friend was paid");
    assert_eq!(world.held().await[0].reason.as_deref(), Some("review:one-account"));
    // With one share, friends only look.
    let single = world.packet(None, |it| it.shares = 1).await;
    let single = world.forwarded(&single, &client(3), None);
    for opener in 30..33 {
        assert_eq!(world.open(&single, &client(opener)).await.result, Result::Rewarded);
        world.advance(3601);
    }
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_look_comes_before_or_after_the_friend_collects() {
    let world = world(Holds { burst_rewards: 1, ..NEVER }).await;
    let held = world.packet(None, |it| it.when = When::Collected).await;
    let forwarded = world.forwarded(&held, &client(1), None);
    for opener in [10, 11, 12] {
        assert_eq!(world.open(&forwarded, &client(opener)).await.result, Result::Waiting);
    }
    let waiting = world.held().await;
    assert_eq!(waiting.len(), 2);
    assert_eq!(world.judge(&waiting[0].id, true).await.unwrap().state, "waiting", "the friend has not collected");
    for opener in [10, 11, 12] {
        world.bank.pay(&held.packet, &client(opener).id());
    }
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 2, "one still waits for a look");
    world.audit_is_clean().await;
    assert_eq!(world.judge(&waiting[1].id, true).await.unwrap().state, "owed");
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 3);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_no_friend_can_collect_any_more_is_not_waited_for() {
    let world = world(Holds { burst_rewards: 2, ..NEVER }).await;
    let held = world
        .packet(None, |it| {
            (it.when, it.shares, it.reward_budget) = (When::Collected, 1, Some(yuan(3)));
        })
        .await;
    let forwarded = world.forwarded(&held, &client(1), None);
    for opener in [10, 11, 12] {
        assert_eq!(world.open(&forwarded, &client(opener)).await.result, Result::Waiting);
    }
    let looked_at = world.held().await[0].id;
    world.bank.pay(&held.packet, &client(10).id());
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1, "who collected earned it");
    let ended = world.rows("SELECT reason, state FROM reward WHERE judged = 'refused'").await;
    assert_eq!(ended.len(), 1, "and the other who waited never will");
    assert!(ended[0].text("reason").unwrap().contains("before the friend collected"));
    let refused = world.judge(&looked_at, true).await;
    assert_eq!(code(refused), "not-collected", "nobody can approve what was not earned");
    assert_eq!(world.judge(&looked_at, false).await.unwrap().state, "refused");
    let late = world.open(&forwarded, &client(13)).await;
    assert_eq!((late.result, late.reason), (Result::NotRewarded, Some(Why::NotCollected)));
    let everybody = "SELECT rewards AS n FROM earned WHERE forwarder = '' AND day = -1";
    assert_eq!(world.count(everybody).await, 1, "their money is there for others");
    world.audit_is_clean().await;
    world.enterprise.party().store.clone().close().await;
    let change = "UPDATE voucher SET finished = 0 WHERE packet IN (SELECT packet FROM notice)";
    super::audits::assert_found(&world, change, "finished-as-told").await;
    let change = "DELETE FROM feed WHERE kind IN ('paid', 'returned', 'withdrawn')";
    super::audits::assert_found(&world, change, "denied-as-earned").await;
}
