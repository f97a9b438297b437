//! Second packets: what they are, that each is made once whatever is killed, and rewards that wait for the bank's feed.

use super::bank::{Bank, Mood};
use super::world::{START, World, client, file};
use crate::api::feed::FeedKind;
use crate::api::inbox::ItemKind;
use crate::api::states::ReceiptResult;
use crate::enterprise::admin;
use crate::enterprise::admin::stats::Stats;
use crate::packet::{Contents, Mode, When};
use crate::party::worker::Next;

const DELIVERED: &str = "SELECT COUNT(*) AS n FROM reward WHERE state = 'delivered'";

#[tokio::test]
async fn a_reward_is_a_packet_of_its_own_in_the_forwarders_inbox() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.open(&world.forwarded(&held, &zhang, Some(&li)), &li).await;
    world.settle().await;
    let page = world.inbox(&zhang, 1).await;
    let item = &page.items[0];
    let reward_for = item.reward_for.as_ref().unwrap();
    assert_eq!((item.kind, reward_for.packet, reward_for.opener), (ItemKind::Reward, held.packet.id(), Some(li.id())));
    let reward = file(&item.file);
    let claims = &reward.packet.claims;
    assert_eq!((claims.envelope.serial, claims.forward.as_ref(), claims.exp), (2, None, START + 30 * 24 * 3600));
    assert_eq!(claims.cnf.as_ref().map(|it| it.jkt), Some(zhang.id()));
    assert!(
        matches!(&claims.contents, Contents::Bank { amount, mode: Mode::Each, shares: 1, .. } if amount.minor == 100)
    );
    assert_eq!(reward.voucher.unwrap().claims.fund.as_deref(), Some("F-1"));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn an_opener_who_does_not_want_to_be_named_is_not() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(None, |_| ()).await;
    let held = world.forwarded(&held, &zhang, None);
    let notice =
        crate::api::notice::write(li.key(), &held.packet, &held.hops, uuid::Uuid::from_u128(5), false, START).unwrap();
    world.tell(&notice).await.unwrap();
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 0).await.items[0].reward_for.as_ref().unwrap().opener, None);
}

#[tokio::test]
async fn a_kill_between_any_two_steps_makes_each_reward_once() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |_| ()).await;
    let forwarded = world.forwarded(&held, &zhang, None);
    // Killed between the decision and making.
    world.open(&forwarded, &client(2)).await;
    let world = world.reopened().await;
    // Killed between making and the voucher.
    world.bank.feel(Mood::Away);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward WHERE state = 'made'").await, 1);
    world.audit_is_clean().await;
    let world = world.reopened().await;
    world.bank.feel(Mood::Honest);
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    let world = world.reopened().await;
    world.settle().await;
    let page = world.inbox(&zhang, 0).await;
    assert_eq!((page.items.len(), world.count("SELECT COUNT(*) AS n FROM packet").await), (1, 2));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn an_answer_of_the_bank_that_was_lost_is_asked_for_again() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |_| ()).await;
    world.open(&world.forwarded(&held, &zhang, None), &client(2)).await;
    // The process dies while the request for the voucher is under way, at many different points.
    for polls in 1..12 {
        let work = world.enterprise.work();
        let mut work = std::pin::pin!(work);
        for _ in 0..polls {
            tokio::select! { biased; _ = &mut work => break, () = tokio::task::yield_now() => {} }
        }
    }
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE kind = 'reward'").await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_reward_for_collecting_waits_for_the_banks_word() {
    let world = World::new().await;
    let (zhang, li, wang) = (client(1), client(2), client(3));
    let held = world.packet(None, |it| it.when = When::Collected).await;
    let forwarded = world.forwarded(&held, &zhang, None);
    // Li tells first and collects then; Wang collects first and tells then.
    assert_eq!(world.open(&forwarded, &li).await.result, ReceiptResult::Waiting);
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 0);
    world.bank.pay(&held.packet, &li.id());
    world.bank.pay(&held.packet, &wang.id());
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    assert_eq!(world.open(&forwarded, &wang).await.result, ReceiptResult::Rewarded);
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 2);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn rewards_made_after_the_campaign_can_be_collected_as_long_as_the_fund_is_kept() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |it| it.expires = 20).await;
    world.open(&world.forwarded(&held, &zhang, None), &client(2)).await;
    world.advance(10 * 24 * 3600);
    world.settle().await;
    let reward = file(&world.inbox(&zhang, 0).await.items[0].file);
    assert_eq!(reward.packet.claims.exp, START + 20 + 30 * 24 * 3600);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_reward_too_late_for_its_fund_is_held() {
    let world = World::new().await;
    let held = world.packet(None, |it| it.expires = 20).await;
    world.open(&world.forwarded(&held, &client(1), None), &client(2)).await;
    world.advance(31 * 24 * 3600);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward WHERE state = 'held'").await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn feeds_are_read_in_pages_and_only_while_something_is_open() {
    let world = World::new().await;
    assert_eq!(world.enterprise.read_feeds().await, Next::WhenWoken);
    let campaign = world.campaign(|it| it.count = 60).await.unwrap();
    let issued = world.issue(&campaign.id, 60, None).await.unwrap();
    let now_ms = START * 1000;
    assert_eq!(world.enterprise.read_feeds().await, Next::At(now_ms + 1000));
    assert_eq!(world.count("SELECT feed_cursor AS n FROM bank").await, 60);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM feed").await, 0, "the vouchers say that they were issued");
    world.advance(3600);
    assert_eq!(world.enterprise.read_feeds().await, Next::At(now_ms + 3_600_000 + 30_000), "nothing is expected");
    for packet in &issued.packets {
        world.bank.give_back(&world.packet_file(packet).await.packet);
    }
    world.enterprise.read_feeds().await;
    assert_eq!(world.enterprise.read_feeds().await, Next::WhenWoken, "all is finished");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM feed").await, 60);
    world.bank.feel(Mood::Away);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_bank_is_believed_about_its_own_vouchers_only() {
    let world = World::new().await;
    let other = Bank::start(world.enterprise.party.keys(), START).await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(None, |it| it.when = When::Collected).await;
    let elsewhere = world.packet(None, |it| it.bank = Some(other.origin.clone())).await;
    assert_eq!(world.open(&world.forwarded(&held, &zhang, None), &li).await.result, ReceiptResult::Waiting);
    other.pay(&held.packet, &li.id());
    // Of its own vouchers too, only what can be.
    for minor in [1 << 62, 1 << 62, 0, -1, 3 * 8800 + 1] {
        other.claim(&elsewhere.packet, FeedKind::Collected, minor, Some(&li.id()));
    }
    other.claim(&elsewhere.packet, FeedKind::Returned, 1 << 62, None);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward WHERE state = 'waiting'").await, 1);
    // Told before the notice came, it counts as little.
    let wang = client(3);
    other.pay(&held.packet, &wang.id());
    world.settle().await;
    assert_eq!(world.open(&world.forwarded(&held, &zhang, None), &wang).await.result, ReceiptResult::Waiting);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM feed").await, 0, "both vouchers are at hand");
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    assert_eq!((stats.totals.collected, stats.totals.issued), (0, 2));
    world.audit_is_clean().await;
    world.bank.pay(&held.packet, &li.id());
    world.settle().await;
    assert_eq!(world.count(DELIVERED).await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn an_end_told_before_the_voucher_arrived_finishes_it() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.issue(&campaign.id, 1, None).await.unwrap();
    world.bank.feel(Mood::Fenced);
    let late = world.issue(&campaign.id, 1, None).await.unwrap().packets[0].id.to_string();
    let jws = world.rows("SELECT jws FROM packet WHERE state = 'signed'").await[0].text("jws").unwrap().to_owned();
    world.bank.feel(Mood::Honest);
    let packet = crate::packet::Packet::read(&jws).unwrap();
    assert_eq!(packet.id().to_string(), late);
    world.bank.give_back(&packet);
    world.enterprise.read_feeds().await;
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM voucher").await, 2);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM voucher WHERE finished = 1").await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn that_a_voucher_was_issued_is_kept_only_where_the_bank_tells_it_otherwise() {
    let world = World::new().await;
    let held = world.packet(None, |_| ()).await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM feed").await, 0);
    world.bank.claim(&held.packet, FeedKind::Issued, 1, None);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM feed").await, 1);
    let audit = crate::enterprise::audit(&world.enterprise.party.store).await.unwrap();
    let found: Vec<_> = audit.differences.iter().map(|it| it.invariant.as_str()).collect();
    assert_eq!(found, ["issued-as-frozen"]);
}
