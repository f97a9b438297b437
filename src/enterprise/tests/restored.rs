//! A register that was put back from a copy: what may have been decided before is decided by nobody until a person has looked.

use serde_json::Value;

use super::world::{Answer, START, World, client, code, origin, read, send};
use crate::api::auth::{self, Asked};
use crate::api::feed::FeedKind;
use crate::api::recovery::{Part, RecoveryPage};
use crate::api::routes;
use crate::api::states::{NoRewardReason, ReceiptResult as Result};
use crate::enterprise::admin::stats::{STATS, Stats};
use crate::enterprise::admin::{CAMPAIGNS, CampaignView};
use crate::enterprise::{admin, mark_restored};
use crate::packet::{Origin, When};
use crate::party::recovery::{Finish, PATH};
use crate::random::{Random as _, SystemRandom};

impl World {
    /// Put back from a copy that was taken just now.
    async fn put_back(self) -> Self {
        let now = crate::clock::Clock::now(&*self.clock);
        self.enterprise.party.store.decide(move |tx| mark_restored(tx, now, now)).await.unwrap();
        self.reopened().await
    }

    async fn end_recovery(&self) -> Answer<Value> {
        let finish = Finish { by: "王经理".into(), reason: "已核对".into(), without: None };
        self.admin(PATH, Some(&finish)).await
    }
}

#[tokio::test]
async fn only_what_the_copy_has_is_doubted_whatever_the_clock_says() {
    let world = World::new().await;
    let old = world.campaign(|_| ()).await.unwrap();
    let held = world.packet_file(&world.issue(&old.id, 1, None).await.unwrap().packets[0]).await;
    let forwarded = world.forwarded(&held, &client(1), None);
    assert_eq!(world.open(&forwarded, &client(10)).await.result, Result::Rewarded);

    let world = world.put_back().await;
    let state = "SELECT COUNT(*) AS n FROM reward WHERE state = 'held' AND signal = 'restored'";
    assert_eq!(world.count(state).await, 1, "it was owed in the copy, and may have been given since");
    assert_eq!(world.open(&forwarded, &client(11)).await.result, Result::Waiting);
    assert_eq!(code(world.issue(&old.id, 1, None).await), "campaign-restored");

    // In the same second, and by a clock that a new machine has wrong.
    for back in [0, 200] {
        world.clock.set(START - back);
        let new = world.campaign(|_| ()).await.unwrap();
        let issued = world.issue(&new.id, 1, None).await.unwrap().packets;
        assert!(issued[0].serial > 1_000_000, "no number twice");
        let forwarded = world.forwarded(&world.packet_file(&issued[0]).await, &client(1), None);
        assert_eq!(world.open(&forwarded, &client(10)).await.result, Result::Rewarded);
    }
    world.clock.set(START);
    world.settle().await;
    world.audit_is_clean().await;

    assert_eq!(world.end_recovery().await.unwrap()["state"], "recovered");
    world.issue(&old.id, 1, None).await.unwrap();
    assert_eq!(world.open(&forwarded, &client(12)).await.result, Result::Rewarded);
    assert_eq!(code(world.end_recovery().await), "not-recovering");

    // A second time, the campaigns made since are as old as the others.
    let world = world.put_back().await;
    assert_eq!(code(world.issue(&old.id, 1, None).await), "campaign-restored");
    let list: admin::CampaignList = world.admin(admin::CAMPAIGNS, None::<&()>).await.unwrap();
    for campaign in &list.campaigns {
        assert_eq!(code(world.issue(&campaign.id, 1, None).await), "campaign-restored");
    }
    world.audit_is_clean().await;
}

/// A copy may be older than a packet's voucher, and the packet is out all the same.
#[tokio::test]
async fn what_ended_before_its_voucher_was_stored_earns_nothing_more() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.when = When::Collected).await.unwrap();
    let issued = world.issue(&campaign.id, 2, None).await.unwrap().packets;
    let held = world.packet_file(&issued[0]).await;
    let forwarded = world.forwarded(&held, &client(1), None);
    let id = held.packet.id();
    world.write(format!("DELETE FROM voucher WHERE packet = '{id}'")).await;
    world.write(format!("UPDATE packet SET state = 'signed', issued_at = NULL, next_ms = 0 WHERE id = '{id}'")).await;
    assert_eq!(world.open(&forwarded, &client(10)).await.result, Result::Waiting);

    world.bank.give_back(&held.packet);
    world.enterprise.read_feeds().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'signed'").await, 1);
    let refused = "SELECT COUNT(*) AS n FROM reward WHERE state = 'held' AND judged = 'refused'";
    assert_eq!(world.count(refused).await, 1, "its money is there for others");
    let late = world.open(&forwarded, &client(11)).await;
    assert_eq!((late.result, late.reason), (Result::NotRewarded, Some(NoRewardReason::NotCollected)));

    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM voucher WHERE finished = 1").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward WHERE state <> 'held'").await, 0);
    world.audit_is_clean().await;
}

/// Who asked for a withdrawal may be lost with the register.
#[tokio::test]
async fn only_of_what_the_copy_has_a_withdrawal_may_be_unasked_for() {
    let world = World::new().await;
    let old = world.packet(None, |it| it.revocable = true).await;
    let world = world.put_back().await;
    let new = world.packet(None, |it| it.revocable = true).await;
    let audit = async || crate::enterprise::audit(&world.enterprise.party.store).await.unwrap();
    world.bank.claim(&old.packet, FeedKind::Withdrawn, 26_400, None);
    world.settle().await;
    assert!(audit().await.ok, "{:#?}", audit().await.differences);
    world.bank.claim(&new.packet, FeedKind::Withdrawn, 26_400, None);
    world.settle().await;
    let found: Vec<_> = audit().await.differences.into_iter().map(|it| (it.invariant, it.subject)).collect();
    assert_eq!(found, [("withdrawn-as-asked".into(), new.packet.id().to_string())]);
}

#[tokio::test]
async fn figures_say_that_the_register_is_not_whole() {
    let world = World::new().await;
    let old = world.campaign(|_| ()).await.unwrap();
    let of = |id: &str| format!("{CAMPAIGNS}/{id}");
    let shown = async |world: &World, id: &str| -> CampaignView { world.admin(&of(id), None::<&()>).await.unwrap() };
    let stats = async |world: &World| -> Stats { world.admin(STATS, None::<&()>).await.unwrap() };
    assert!(!stats(&world).await.recovering);
    assert_eq!(shown(&world, &old.id).await, old);

    let world = world.put_back().await;
    let new = world.campaign(|_| ()).await.unwrap();
    assert!(stats(&world).await.recovering);
    let doubted = shown(&world, &old.id).await;
    assert!(doubted.recovering && doubted.reason.unwrap().starts_with("restored: "));
    assert_eq!(shown(&world, &new.id).await, new, "it is all there");

    world.end_recovery().await.unwrap();
    assert!(!stats(&world).await.recovering);
    assert_eq!(shown(&world, &old.id).await, old);
}

/// An applicant whose account was opened by a bank that it never asked for anything.
#[tokio::test]
async fn a_bank_that_signed_nothing_here_hears_so() {
    let world = World::new().await;
    world.campaign(|_| ()).await.unwrap();
    let path = format!("{}{}", routes::RECOVERY, Part::Issued.as_str());
    let (server, key) = (origin(), client(90));
    let ask = async |world: &World, bank: &Origin| -> Answer<RecoveryPage> {
        let (asked, id) = (Asked { server: &server, method: "GET", path: &path, body: b"" }, SystemRandom.uuid(1));
        let header = auth::authorize(key.key(), asked, Some(bank), id, START).unwrap();
        let (status, _, body) = send(world.app(), &path, None, Some(header)).await;
        read(status, &body)
    };
    let stranger = Origin::parse("https://new-bank.example").unwrap();
    assert_eq!(code(ask(&world, &stranger).await), "unknown-party", "it never asked that one for anything");
    assert_eq!(code(ask(&world, &world.bank.origin).await), "forbidden", "by another key it is not that bank");
    let world = world.put_back().await;
    assert_eq!(code(ask(&world, &stranger).await), "recovering", "it may have forgotten that bank");
}

/// The bank told of a voucher, was put back from a copy that lacks it, and signed another one.
#[tokio::test]
async fn a_voucher_that_never_came_is_void_when_another_one_comes() {
    let world = World::new().await;
    let held = world.packet(None, |_| ()).await;
    let (id, bank) = (held.packet.id(), world.bank.origin.clone());
    world.write(format!("DELETE FROM voucher WHERE packet = '{id}'")).await;
    world.write(format!("UPDATE packet SET state = 'signed', issued_at = NULL, next_ms = 0 WHERE id = '{id}'")).await;
    let told = format!(
        "INSERT INTO feed (bank, cursor, at, kind, packet, voucher, amount, currency) \
         VALUES ('{bank}', 1, {START}, 'issued', '{id}', 'V-lost', 26400, 'CNY')"
    );
    world.write(told).await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM voucher").await, 1);
    world.audit_is_clean().await;
}
