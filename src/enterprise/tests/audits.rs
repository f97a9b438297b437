//! The audit: clean after a whole story, and it finds every single row that someone changed.

use std::path::Path;

use rusqlite::Connection;

use super::world::{World, client};
use crate::enterprise::admin::{self, InstructPackets, Instructed};
use crate::enterprise::audit;
use crate::packet::{Mode, When};
use crate::store::{Schema, Store};

/// A register with a bit of everything: rewards paid, waiting and held, refused notices, forwarded files, a finished
/// voucher.
async fn story() -> World {
    let world = World::new().await;
    let [zhang, li, wang, zhao] = [1, 2, 3, 4].map(client);
    let held = world
        .packet(Some(&zhang), |it| {
            it.per_person = 2;
            it.reward_budget = Some(super::world::yuan(2));
            it.count = 2;
        })
        .await;
    let open = world.forwarded(&held, &zhang, None);
    for opener in [&zhang, &li, &wang, &zhao] {
        world.open(&open, opener).await;
    }
    world.settle().await;
    world.bank.pay(&held.packet, &li.id());
    world.bank.pay(&held.packet, &wang.id());
    world.bank.give_back(&held.packet);
    let waiting = world.packet(None, |it| it.when = When::Collected).await;
    world.open(&world.forwarded(&waiting, &zhang, None), &li).await;
    world.packet(None, |it| (it.mode, it.reward) = (Mode::Lucky, None)).await;
    let taken = world.packet(None, |it| it.revocable = true).await;
    let wish = InstructPackets {
        request: uuid::Uuid::from_u128(1),
        campaign: None,
        serials: None,
        packet: Some(taken.packet.id()),
        reason: "发错了".into(),
        extend_seconds: None,
    };
    let _: Instructed = world.admin(admin::INSTRUCTIONS, Some(&wish)).await.unwrap();
    world.settle().await;
    world.audit_is_clean().await;
    world
}

/// Changes that leave everything else as it was, and the invariant that each breaks.
const CHANGES: [(&str, &str); 45] = [
    ("UPDATE packet SET serial = 9 WHERE serial = 3", "serials-consecutive"),
    ("UPDATE packet SET amount = amount + 1 WHERE serial = 1", "packet-as-signed"),
    ("UPDATE packet SET recipient = NULL WHERE serial = 2", "packet-as-signed"),
    ("UPDATE packet SET jws = (SELECT jws FROM packet WHERE serial = 2) WHERE serial = 1", "packet-genuine"),
    ("UPDATE packet SET state = 'signed' WHERE serial = 1", "issued-has-voucher"),
    ("UPDATE packet SET issue = NULL WHERE serial = 1", "packet-has-request"),
    ("DELETE FROM voucher WHERE packet = (SELECT id FROM packet WHERE serial = 1)", "issued-has-voucher"),
    ("UPDATE voucher SET number = 'V-1' WHERE packet = (SELECT id FROM packet WHERE serial = 1)", "voucher-as-signed"),
    (
        "UPDATE voucher SET jws = (SELECT voucher.jws FROM voucher JOIN packet ON packet.id = voucher.packet \
         WHERE serial = 2) WHERE packet = (SELECT id FROM packet WHERE serial = 1)",
        "voucher-genuine",
    ),
    ("UPDATE voucher SET finished = 0 WHERE finished = 1", "finished-as-told"),
    ("UPDATE bank_key SET jwk = (SELECT jwk FROM own_key)", "voucher-genuine"),
    ("UPDATE campaign SET terms = REPLACE(terms, '\"count\":2', '\"count\":0')", "campaign-count"),
    ("UPDATE campaign SET terms = REPLACE(terms, '\"per_person\":2', '\"per_person\":1')", "rewards-within-cap"),
    ("UPDATE campaign SET terms = REPLACE(terms, '\"minor\":200,', '\"minor\":100,')", "rewards-within-fund"),
    ("UPDATE issue SET count = 5", "request-issued-whole"),
    ("DELETE FROM inbox WHERE kind = 'reward' AND cursor = 2", "delivered-once"),
    ("UPDATE inbox SET cursor = 7 WHERE cursor = 1", "inbox-without-holes"),
    ("UPDATE inbox SET client = 'nobody' WHERE cursor = 1", "delivered-once"),
    ("DELETE FROM notice WHERE result = 'rewarded'", "reward-has-notice"),
    ("UPDATE notice SET opener = 'nobody' WHERE opener = (SELECT MIN(opener) FROM reward)", "notice-genuine"),
    ("UPDATE notice SET result = 'not-rewarded' WHERE result = 'rewarded'", "receipt-says-so"),
    ("UPDATE notice SET receipt = (SELECT MAX(receipt) FROM notice)", "receipt-genuine"),
    ("DELETE FROM reward WHERE state = 'waiting'", "reward-as-promised"),
    ("UPDATE notice SET evidence = NULL WHERE result = 'rewarded'", "notice-genuine"),
    ("UPDATE notice SET reason = 'too-late' WHERE reason = 'own-packet'", "denied-as-earned"),
    ("UPDATE notice SET reason = 'own-forward' WHERE reason = 'cap-reached'", "denied-as-earned"),
    ("UPDATE notice SET signers = '[]' WHERE reason = 'own-packet'", "denied-as-earned"),
    ("UPDATE opened SET openings = openings + 1", "openings-counted"),
    ("UPDATE reward SET state = 'owed', owed_at = 1 WHERE state = 'waiting'", "reward-collected"),
    ("UPDATE reward SET forwarder = opener WHERE state = 'delivered'", "reward-earned"),
    ("UPDATE reward SET amount = 500 WHERE state = 'delivered'", "reward-packet"),
    ("UPDATE feed SET amount = amount * 9 WHERE kind = 'returned'", "paid-within-frozen"),
    ("UPDATE draw SET packet = NULL WHERE packet IS NOT NULL", "packet-draw"),
    ("UPDATE draw SET bank = 'x' WHERE packet IS NOT NULL", "packet-draw"),
    ("UPDATE draw SET packet = 'x' WHERE packet IS NOT NULL", "draw-has-packet"),
    ("UPDATE draw_request SET count = count + 1", "draws-kept"),
    ("UPDATE draw_request SET answered_at = NULL", "draws-kept"),
    ("DELETE FROM instructed WHERE result = 'withdrawn'", "withdrawn-as-asked"),
    ("UPDATE instructed SET amount = amount + 1 WHERE result = 'withdrawn'", "withdrawn-as-told"),
    ("UPDATE instructed SET result = 'paid' WHERE result = 'withdrawn'", "outcome-as-kept"),
    ("DELETE FROM change WHERE after = 'withdrawn'", "withdrawal-changed"),
    ("UPDATE instruction SET state = 'waiting'", "instruction-answered"),
    ("UPDATE instruction SET outcome = 'x'", "outcome-genuine"),
    ("UPDATE instruction SET kind = 'extend'", "outcome-genuine"),
    ("DELETE FROM feed WHERE cursor = (SELECT MAX(cursor) FROM feed WHERE kind = 'collected')", "finished-adds-up"),
];

#[tokio::test]
async fn every_single_change_is_found() {
    let world = story().await;
    let original = world.database();
    world.enterprise.party().store.clone().close().await;
    for (change, invariant) in CHANGES {
        assert_found(&original, change, invariant).await;
    }
}

/// Changes rows of a stopped register's copy as no decision would, and the audit names what that breaks.
pub(super) async fn assert_found(original: &Path, change: &str, invariant: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("copy.sqlite3");
    std::fs::copy(original, &path).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let changed = connection.execute(change, []).unwrap_or_else(|error| panic!("{change}: {error}"));
    assert!(changed > 0, "{change}");
    drop(connection);
    let store = Store::open_read_only(&path, Schema::Enterprise).unwrap();
    let found = audit(&store).await.unwrap();
    let named: Vec<&str> = found.differences.iter().map(|it| it.invariant.as_str()).collect();
    assert!(named.contains(&invariant), "{change}: {named:?}");
}

#[tokio::test]
async fn a_friend_who_collected_makes_a_waiting_reward_owed() {
    let world = story().await;
    let path = world.database();
    let connection = Connection::open(&path).unwrap();
    let paid = "UPDATE feed SET kind = 'collected', share = 1, reward_for = (SELECT id FROM reward WHERE state = 'waiting') \
                WHERE packet = (SELECT packet FROM reward WHERE state = 'waiting')";
    assert_eq!(connection.execute(paid, []).unwrap(), 1);
    let found = audit(&world.enterprise.party.store).await.unwrap();
    let named: Vec<&str> = found.differences.iter().map(|it| it.invariant.as_str()).collect();
    assert_eq!(named, ["waiting-becomes-owed"]);
}
