//! A register that was put back from a copy: what may have been decided before is decided by nobody until a person has looked.

use serde_json::Value;

use super::world::{Answer, START, World, client, code};
use crate::api::states::ReceiptResult as Result;
use crate::enterprise::{admin, mark_restored};
use crate::party::recovery::{Finish, PATH};

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
