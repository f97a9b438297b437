//! Books of every earlier version of this program: no row is lost, and the audit holds them to be right.

use super::audits::story;
use super::world::{World, client};
use crate::enterprise::audit;
use crate::store::earlier::brought_up;
use crate::store::{Schema, Store};

/// What enterprises could do from the first version on: packets, forwarded files, notices, rewards, what banks say of them.
async fn plain_story() -> World {
    let world = World::new().await;
    let [zhang, li, wang] = [1, 2, 3].map(client);
    let held = world.packet(Some(&zhang), |it| it.per_person = 2).await;
    let open = world.forwarded(&held, &zhang, None);
    for opener in [&zhang, &li, &wang] {
        world.open(&open, opener).await;
    }
    world.settle().await;
    world.bank.pay(&held.packet, &li.id());
    world.packet(None, |it| it.reward = None).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn books_of_each_earlier_version_keep_every_row_and_are_in_order() {
    for (world, is_plain) in [(plain_story().await, true), (story().await, false)] {
        world.audit_is_clean().await;
        let Some(file) = world.closed().await else { return };
        for brought in brought_up(&file, Schema::Enterprise) {
            for table in ["campaign", "packet", "voucher", "notice", "reward", "inbox"] {
                assert!(brought.rows[table] > 0, "after {} steps there was a {table}", brought.steps);
            }
            let store = Store::open(&brought.path, Schema::Enterprise).unwrap();
            let found = audit(&store).await.unwrap();
            assert!(found.ok || !is_plain, "after {} steps: {:#?}", brought.steps, found.differences);
            store.close().await;
        }
    }
}
