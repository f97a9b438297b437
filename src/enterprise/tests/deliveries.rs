//! What a sender learns of what it passed on, and taking it back.

use super::inboxes::pass_on;
use super::world::{Answer, World, client, code, file};
use crate::api::delivery::{
    DeliveryName, DeliveryState, MAX_DELIVERIES, OpeningsPage, Recalled, StatesAnswer, StatesRequest,
};
use crate::api::inbox::ItemKind;
use crate::api::routes;
use crate::enterprise::{KEPT_SECONDS, MAX_PER_SENDER};
use crate::identity::Identity;
use crate::packet::{PacketFile, chain};

fn name(forwarded: &PacketFile, to: &Identity) -> DeliveryName {
    DeliveryName { to: to.id(), head: chain::head(&forwarded.packet, &forwarded.hops) }
}

async fn states(world: &World, by: &Identity, deliveries: &[DeliveryName]) -> Vec<DeliveryState> {
    let request = StatesRequest { deliveries: deliveries.to_vec() };
    let answer: Answer<StatesAnswer> =
        world.post(routes::RELAY_STATES, serde_json::to_vec(&request).unwrap(), Some(by)).await;
    answer.unwrap().states
}

async fn state(world: &World, by: &Identity, delivery: DeliveryName) -> DeliveryState {
    states(world, by, &[delivery]).await[0]
}

async fn recall(world: &World, by: &Identity, delivery: DeliveryName) -> DeliveryState {
    let body = serde_json::to_vec(&delivery).unwrap();
    let answer: Answer<Recalled> = world.post(routes::RELAY_RECALL, body, Some(by)).await;
    answer.unwrap().state
}

#[tokio::test]
async fn a_delivery_is_kept_until_the_friend_fetches_it_and_its_sender_alone_learns_that() {
    let world = World::new().await;
    let [zhang, li, eve] = [1, 2, 9].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.inbox(&li, 0).await;
    let forwarded = world.forwarded(&held, &zhang, Some(&li));
    let it = name(&forwarded, &li);
    assert_eq!(state(&world, &zhang, it).await, DeliveryState::Unknown);
    pass_on(&world, &forwarded, &zhang, &li).await.unwrap();
    assert_eq!(state(&world, &zhang, it).await, DeliveryState::Kept);
    for other in [&eve, &li] {
        assert_eq!(state(&world, other, it).await, DeliveryState::Unknown, "another's is as good as none");
        assert_eq!(recall(&world, other, it).await, DeliveryState::Unknown);
    }
    assert_eq!(world.inbox(&li, 0).await.items.len(), 1, "nobody else takes it back");
    let other_friend = DeliveryName { to: eve.id(), ..it };
    assert_eq!(states(&world, &zhang, &[other_friend, it]).await, [DeliveryState::Unknown, DeliveryState::Delivered]);
    // What was handed over stays handed over, also when its file is dropped.
    world.advance(KEPT_SECONDS.unsigned_abs());
    world.settle().await;
    assert_eq!(state(&world, &zhang, it).await, DeliveryState::Delivered);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_nobody_fetched_is_taken_back_for_good() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.inbox(&li, 0).await;
    let [first, second] = [0, 1].map(|_| world.forwarded(&held, &zhang, Some(&li)));
    for forwarded in [&first, &second] {
        pass_on(&world, forwarded, &zhang, &li).await.unwrap();
    }
    for _ in 0..2 {
        assert_eq!(recall(&world, &zhang, name(&first, &li)).await, DeliveryState::Recalled);
    }
    // A request to pass it on that was under way, or is sent twice, brings it back to nobody.
    pass_on(&world, &first, &zhang, &li).await.unwrap();
    let page = world.inbox(&li, 0).await;
    assert_eq!(page.items.iter().map(|item| item.cursor).collect::<Vec<_>>(), [2], "cursors do not move");
    assert_eq!(file(&page.items[0].file), second);
    assert_eq!(
        states(&world, &zhang, &[name(&first, &li), name(&second, &li)]).await,
        [DeliveryState::Recalled, DeliveryState::Delivered]
    );
    assert_eq!(recall(&world, &zhang, name(&second, &li)).await, DeliveryState::Delivered, "the friend was first");
    assert_eq!(world.inbox(&li, 0).await.items.len(), 1, "and keeps it");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn of_fetching_and_taking_back_one_comes_first() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    let mut after = world.inbox(&li, 0).await.next;
    for _ in 0..12 {
        let forwarded = world.forwarded(&held, &zhang, Some(&li));
        pass_on(&world, &forwarded, &zhang, &li).await.unwrap();
        let (page, state) = tokio::join!(world.inbox(&li, after), recall(&world, &zhang, name(&forwarded, &li)));
        let fetched = page.items.len() == 1;
        let expected = if fetched { DeliveryState::Delivered } else { DeliveryState::Recalled };
        assert_eq!(state, expected, "never both and never neither");
        after = page.next;
    }
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_nobody_fetched_in_time_is_told_as_dropped_and_taking_back_makes_no_room() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let held = world.packet(None, |_| ()).await;
    world.inbox(&li, 0).await;
    let forwarded: Vec<_> = (0..MAX_PER_SENDER).map(|_| world.forwarded(&held, &zhang, Some(&li))).collect();
    for forwarded in &forwarded {
        pass_on(&world, forwarded, &zhang, &li).await.unwrap();
    }
    assert_eq!(recall(&world, &zhang, name(&forwarded[0], &li)).await, DeliveryState::Recalled);
    let one_more = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(code(pass_on(&world, &one_more, &zhang, &li).await), "inbox-full");
    world.advance(KEPT_SECONDS.unsigned_abs());
    world.settle().await;
    let dropped = states(&world, &zhang, &[name(&forwarded[0], &li), name(&forwarded[1], &li)]).await;
    assert_eq!(dropped, [DeliveryState::Recalled, DeliveryState::Dropped]);
    pass_on(&world, &one_more, &zhang, &li).await.unwrap();
}

#[tokio::test]
async fn what_came_before_this_was_noted_is_not_known_and_not_taken_back() {
    let world = World::new().await;
    let [zhang, li] = [1, 2].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    world.inbox(&li, 0).await;
    let forwarded = world.forwarded(&held, &zhang, Some(&li));
    pass_on(&world, &forwarded, &zhang, &li).await.unwrap();
    world.write("UPDATE inbox SET handed_at = 0 WHERE sender IS NOT NULL".to_owned()).await;
    assert_eq!(state(&world, &zhang, name(&forwarded, &li)).await, DeliveryState::Unknown);
    assert_eq!(recall(&world, &zhang, name(&forwarded, &li)).await, DeliveryState::Unknown);
    assert_eq!(world.inbox(&li, 0).await.items.len(), 1);
}

#[tokio::test]
async fn deliveries_are_asked_about_in_batches_of_limited_size_and_signed() {
    let world = World::new().await;
    let zhang = client(1);
    let it = DeliveryName { to: client(2).id(), head: crate::jose::Digest::of(b"none") };
    assert_eq!(states(&world, &zhang, &vec![it; MAX_DELIVERIES]).await.len(), MAX_DELIVERIES);
    for count in [0, MAX_DELIVERIES + 1] {
        let request = serde_json::to_vec(&StatesRequest { deliveries: vec![it; count] }).unwrap();
        let answer: Answer<StatesAnswer> = world.post(routes::RELAY_STATES, request, Some(&zhang)).await;
        assert_eq!(code(answer), "forbidden");
    }
    for path in [routes::RELAY_STATES, routes::RELAY_RECALL] {
        let answer: Answer<StatesAnswer> = world.post(path, b"{}".to_vec(), None).await;
        assert_eq!(code(answer), "unauthorized");
        let answer: Answer<StatesAnswer> = world.post(path, b"{}".to_vec(), Some(&zhang)).await;
        assert_eq!(code(answer), "bad-request");
    }
}

#[tokio::test]
async fn who_opened_is_shown_to_the_direct_forwarder_alone_and_only_if_the_opener_agreed() {
    let world = World::new().await;
    let [zhang, li, wang, mei] = [1, 2, 3, 4].map(client);
    let held = world.packet(None, |it| it.shares = 4).await;
    let to_li = world.forwarded(&held, &zhang, Some(&li));
    let open = world.forwarded(&held, &zhang, None);
    let from_li = world.forwarded(&to_li, &li, Some(&mei));
    world.open_showing(&to_li, &li, true).await;
    world.open_showing(&open, &wang, false).await;
    world.open_showing(&from_li, &mei, true).await;
    let openings = async |by: &Identity, after: i64| -> OpeningsPage {
        world.get(&format!("{}?after={after}", routes::OPENINGS), by).await.unwrap()
    };
    let page = openings(&zhang, 0).await;
    let shown: Vec<_> = page.openings.iter().map(|opening| (opening.packet, opening.opener)).collect();
    assert_eq!((shown, page.next, page.more), (vec![(held.packet.id(), li.id())], 1, false));
    assert_eq!(openings(&zhang, 1).await, OpeningsPage { openings: Vec::new(), next: 1, more: false });
    assert_eq!(openings(&li, 0).await.openings.iter().map(|it| it.opener).collect::<Vec<_>>(), [mei.id()]);
    for nobody in [&wang, &mei] {
        assert_eq!(openings(nobody, 0).await.openings, []);
    }
    // Telling of the same opening again shows it once.
    world.open_showing(&to_li, &li, true).await;
    assert_eq!(openings(&zhang, 0).await.openings.len(), 1);
    let bad: Answer<OpeningsPage> = world.get(&format!("{}?after=-1", routes::OPENINGS), &zhang).await;
    assert_eq!(code(bad), "bad-request");
    world.settle().await;
    assert_eq!(world.inbox(&zhang, 0).await.items[0].kind, ItemKind::Reward);
    world.audit_is_clean().await;
}
