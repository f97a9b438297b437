//! The audit: clean after a whole story, and it finds every single row that someone changed.

use super::world::{World, card, client, file};
use crate::enterprise::admin::batch::{self, BatchView, CreateBatch, LoadRows, Recipient};
use crate::enterprise::admin::life::{self, Reissue};
use crate::enterprise::admin::review::{self, Judge, RewardPage};
use crate::enterprise::admin::{self, InstructPackets, Instructed, Step};
use crate::enterprise::{Holds, Settings, audit};
use crate::packet::{Mode, When};

/// A register with a bit of everything: rewards paid, waiting and held, refused notices, forwarded files, a finished
/// voucher, a campaign that was paused and closed.
pub(super) async fn story() -> World {
    let world = World::new().await;
    let [zhang, li, wang, zhao] = [1, 2, 3, 4].map(client);
    let held = world
        .packet(Some(&zhang), |it| {
            it.per_person = 2;
            it.reward_budget = Some(super::world::yuan(2));
            it.count = 2;
            it.day_limit = Some(5);
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
    // The first campaign has a pause behind it, and is over.
    let first = &held.packet.claims.campaign;
    for (step, seconds) in [(Step::Pause, 10), (Step::Resume, 10), (Step::Pause, 10), (Step::Close, 10)] {
        world.advance(seconds);
        world.step(first, step).await.unwrap();
    }
    world.audit_is_clean().await;
    world
}

/// Changes that leave everything else as it was, and the invariant that each breaks.
const CHANGES: [(&str, &str); 66] = [
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
    ("UPDATE campaign SET signed = signed + 1 WHERE standing = 'closed'", "campaign-signed"),
    ("UPDATE campaign SET standing = 'running' WHERE standing = 'closed'", "campaign-as-decided"),
    ("UPDATE change SET before = 'open' WHERE after = 'open' AND before = 'paused'", "changes-follow"),
    ("UPDATE packet SET signed_at = 1771300035 WHERE serial = 1", "nothing-while-not-open"),
    ("UPDATE packet SET signed_at = 1771300015 WHERE kind = 'reward' AND serial = 2", "nothing-while-not-open"),
    ("UPDATE reward SET decided_at = 1771300041 WHERE state = 'delivered'", "nothing-earned-once-closed"),
    ("UPDATE earned SET rewards = 9 WHERE forwarder = '' AND day = -1", "earned-as-counted"),
    ("UPDATE campaign SET terms = REPLACE(terms, '\"day_limit\":5', '\"day_limit\":1')", "rewards-within-day"),
    ("UPDATE notice SET reason = 'campaign-closed' WHERE reason = 'cap-reached'", "denied-as-earned"),
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
    ("UPDATE issue SET first_serial = first_serial + 1", "packet-has-request"),
    ("UPDATE voucher SET packet = 'x' WHERE packet = (SELECT id FROM packet WHERE serial = 1)", "voucher-has-packet"),
    ("UPDATE campaign SET fund = NULL WHERE standing = 'closed'", "open-campaign-has-fund"),
    ("UPDATE feed SET packet = 'x' WHERE kind = 'returned'", "feed-is-about-us"),
    ("UPDATE bank SET feed_cursor = 1", "feed-cursor"),
    ("UPDATE feed SET share = 1 WHERE share = 2", "share-paid-once"),
    ("UPDATE feed SET reward_for = (SELECT MIN(reward_for) FROM feed) WHERE kind = 'collected'", "share-per-person"),
    ("UPDATE feed SET voucher = 'V-1' WHERE kind = 'returned'", "feed-names-voucher"),
    (
        "UPDATE reward SET packet = (SELECT MAX(id) FROM packet WHERE kind = 'reward') \
         WHERE id = (SELECT MIN(id) FROM reward WHERE state = 'delivered')",
        "reward-named",
    ),
    ("UPDATE reward SET owed_at = NULL WHERE state = 'delivered'", "reward-owed-since"),
    (
        "INSERT INTO replacement SELECT old.id, new.id, 0 FROM packet AS old, packet AS new \
         WHERE old.serial = 1 AND new.serial = (SELECT MAX(serial) FROM packet WHERE kind = 'first')",
        "replaced-after-withdrawal",
    ),
    (
        "INSERT INTO replacement SELECT old.id, new.id, 0 FROM packet AS old, packet AS new \
         WHERE new.serial = 1 AND old.serial = (SELECT MAX(serial) FROM packet WHERE kind = 'first')",
        "replaced-after-withdrawal",
    ),
];

#[tokio::test]
async fn every_single_change_is_found() {
    each_is_found(&story().await, &CHANGES).await;
}

#[tokio::test]
async fn every_single_change_of_a_season_is_found() {
    each_is_found(&season().await, &SEASON).await;
}

async fn each_is_found(world: &World, changes: &[(&str, &str)]) {
    world.enterprise.party().store.clone().close().await;
    for (change, invariant) in changes {
        assert_found(world, change, invariant).await;
    }
}

/// Changes rows of a stopped register's copy as no decision would, and the audit names what that breaks.
pub(super) async fn assert_found(world: &World, change: &str, invariant: &str) {
    let found = world.audit_after(change).await;
    assert!(!found.ok, "{change}");
    let named: Vec<&str> = found.differences.iter().map(|it| it.invariant.as_str()).collect();
    assert!(named.contains(&invariant), "{change}: {named:?}");
}

/// A batch from a list, a packet sent again, a reward that was given after a look and one that was refused.
async fn season() -> World {
    let holds = Holds { burst_rewards: 1, ..Holds::default() };
    let world = World::with(Settings { holds, ..Settings::default() }).await;
    let zhang = client(1);
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    let request = uuid::Uuid::from_u128(2);
    let create = CreateBatch { request, campaign, size: 2, listed: true, addressed: false };
    world.admin::<BatchView>(batch::BATCHES, Some(&create)).await.unwrap();
    let named = |name: &str, card| Recipient { name: name.into(), note: None, card };
    let rows = vec![named("张三", Some(card(&zhang))), named("李四", None)];
    let path = batch::BATCH_ROWS.replace("{id}", &request.to_string());
    world.admin::<BatchView>(&path, Some(&LoadRows { first: 1, rows })).await.unwrap();
    world.settle().await;
    let held = file(&world.inbox(&zhang, 0).await.items[0].file);
    let forwarded = world.forwarded(&held, &zhang, None);
    for opener in 10..13 {
        world.open(&forwarded, &client(opener)).await;
    }
    let waiting: RewardPage = world.admin(&format!("{}?held=true", review::REWARDS), None::<&()>).await.unwrap();
    for (reward, approve) in waiting.rewards.iter().zip([true, false]) {
        let judge = Judge { approve, by: "王经理".into(), reason: Some("查过了".into()) };
        let path = review::JUDGEMENT.replace("{id}", &reward.id.to_string());
        world.admin::<review::RewardRow>(&path, Some(&judge)).await.unwrap();
    }
    world.settle().await;
    let again = Reissue { request, reason: "丢了".into(), by: None };
    let path = life::REISSUE.replace("{id}", &held.packet.id().to_string());
    world.admin::<life::Reissued>(&path, Some(&again)).await.unwrap();
    world.audit_is_clean().await;
    world
}

/// As [`CHANGES`], of a season.
const SEASON: [(&str, &str); 13] = [
    ("UPDATE batch SET signed = 1", "batch-signed"),
    ("UPDATE batch SET state = 'running'", "batch-state"),
    ("UPDATE batch SET loaded = 1", "batch-rows"),
    ("DELETE FROM batch_row WHERE number = 2", "batch-packet"),
    ("UPDATE batch_row SET recipient = NULL WHERE number = 1", "batch-packet"),
    ("UPDATE batch_row SET number = 12 - number", "batch-in-order"),
    ("UPDATE campaign SET promised = 1", "campaign-promised"),
    ("UPDATE packet SET batch = NULL WHERE serial = 2", "packet-has-request"),
    ("UPDATE reward SET judged = NULL WHERE judged = 'refused'", "judged-on-record"),
    ("UPDATE reward SET state = 'owed' WHERE judged = 'refused'", "held-until-seen"),
    ("UPDATE earned SET amount = amount + 1 WHERE forwarder <> ''", "earned-as-counted"),
    ("DELETE FROM change WHERE subject = 'reward'", "judged-on-record"),
    ("DELETE FROM reissue", "sent-again-as-asked"),
];

#[tokio::test]
async fn a_friend_who_collected_makes_a_waiting_reward_owed() {
    let world = story().await;
    let paid = "INSERT INTO feed (bank, cursor, at, kind, packet, voucher, amount, currency, share, reward_for) \
                SELECT voucher.bank, 0, 1, 'collected', reward.packet, voucher.number, 1, packet.currency, 1, reward.id \
                FROM reward JOIN voucher ON voucher.packet = reward.packet JOIN packet ON packet.id = reward.packet \
                WHERE reward.state = 'waiting'";
    world.write(paid.to_owned()).await;
    let found = audit(&world.enterprise.party.store).await.unwrap();
    let named: Vec<&str> = found.differences.iter().map(|it| it.invariant.as_str()).collect();
    assert_eq!(named, ["waiting-becomes-owed"]);
}
