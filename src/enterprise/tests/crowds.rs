//! Invented people: whatever they do with keys that cost nothing, they take no more than caps and fund give.
//!
//! `HONGBAO_DEEP=1` (`.ci/run`, `.ci/deep`) invents ten thousand; else there are some hundreds.
// All schemes have one shape.
#![allow(clippy::ptr_arg)]

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::world::{World, client, yuan};
use crate::enterprise::{Holds, Settings};
use crate::identity::{Identity, Seed};
use crate::packet::PacketFile;

const CAP: i64 = 10;
const FUND: i64 = 40;

fn crowd() -> u32 {
    if std::env::var_os("HONGBAO_DEEP").is_some_and(|deep| deep == "1") { 10_000 } else { 300 }
}

fn invented(n: u32) -> Identity {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&n.to_be_bytes());
    Identity::from_seed(&Seed::from_bytes(Zeroizing::new(seed)))
}

/// A world in which nothing waits for anybody to look: caps and fund alone stand against invented people.
async fn world() -> World {
    let holds = Holds { burst_rewards: 0, burst_openings: 0, burst_minutes: 0, ring: 0, friends_unpaid: 0 };
    World::with(Settings { holds, ..Settings::default() }).await
}

/// One way of using many keys: the copy that the n-th opens, of the copies that were made before.
type Scheme = fn(&World, &mut Vec<PacketFile>, u32) -> PacketFile;

/// One real person's copy for everybody.
fn star(world: &World, copies: &mut Vec<PacketFile>, _: u32) -> PacketFile {
    if copies.len() == 1 {
        copies.push(world.forwarded(&copies[0], &invented(0), None));
    }
    copies[1].clone()
}

/// Each forwards to the next, as far as a chain may go, and then from the beginning again.
fn chain(world: &World, copies: &mut Vec<PacketFile>, n: u32) -> PacketFile {
    let last = copies.last().filter(|held| held.hops.len() < 5).unwrap_or(&copies[0]);
    let next = world.forwarded(last, &invented(n - 1), None);
    copies.push(next.clone());
    next
}

/// Two forward to and fro, and every third to itself.
fn ring(world: &World, copies: &mut Vec<PacketFile>, n: u32) -> PacketFile {
    let by = if n.is_multiple_of(3) { n } else { n ^ 1 };
    world.forwarded(&copies[0], &invented(by), None)
}

/// Everybody forwards a copy to a new key of the same person, addressed.
fn addressed(world: &World, copies: &mut Vec<PacketFile>, n: u32) -> PacketFile {
    world.forwarded(&copies[0], &invented(1_000_000 + n % 7), Some(&invented(n)))
}

#[tokio::test]
async fn ten_thousand_invented_people_take_no_more_than_caps_and_fund() {
    for (name, scheme) in [("star", star as Scheme), ("chain", chain), ("ring", ring), ("addressed", addressed)] {
        let world = world().await;
        let held = world
            .packet(None, |request| {
                request.per_person = u32::try_from(CAP).unwrap();
                request.reward_budget = Some(yuan(FUND));
            })
            .await;
        let mut copies = vec![held];
        for n in 1..=crowd() / 4 {
            let copy = scheme(&world, &mut copies, n);
            // Whether there is a reward, and why not, is the receipt's; that somebody is refused is as good.
            let _ = world.tell(&world.notice(&copy, &invented(n))).await;
        }
        world.settle().await;
        let rows = world.rows("SELECT forwarder, opener, amount FROM reward").await;
        let mut by_forwarder = BTreeMap::<String, i64>::new();
        let mut given = 0;
        for row in &rows {
            let (forwarder, opener) = (row.text("forwarder").unwrap(), row.text("opener").unwrap());
            assert_ne!(forwarder, opener, "{name}: nobody earns by opening their own");
            *by_forwarder.entry(forwarder.to_owned()).or_default() += 1;
            given += row.int("amount").unwrap();
        }
        assert!(by_forwarder.values().all(|count| *count <= CAP), "{name}: {by_forwarder:?}");
        assert!(given <= FUND * 100, "{name}: {given}");
        assert!(!rows.is_empty(), "{name}: the scheme earns what one person may earn");
        world.audit_is_clean().await;
    }
}

#[tokio::test]
async fn a_chain_that_was_cut_or_grafted_earns_nobody_anything() {
    let world = world().await;
    let [zhang, li, wang, eve] = [1, 2, 3, 9].map(client);
    let held = world.packet(None, |_| ()).await;
    let other = world.packet(None, |_| ()).await;
    let honest = world.forwarded(&world.forwarded(&held, &zhang, Some(&li)), &li, None);
    let elsewhere = world.forwarded(&other, &eve, None);
    let hops = &honest.hops;
    let forged = [
        ("the first is cut off", vec![hops[1].clone()]),
        ("turned round", vec![hops[1].clone(), hops[0].clone()]),
        ("one twice", vec![hops[0].clone(), hops[0].clone()]),
        ("grafted from another packet", elsewhere.hops.clone()),
        ("grafted behind", vec![hops[0].clone(), elsewhere.hops[0].clone()]),
        (
            "a stranger's behind one for somebody else",
            vec![hops[0].clone(), world.forwarded(&held, &eve, None).hops[0].clone()],
        ),
    ];
    for (at, (what, hops)) in forged.into_iter().enumerate() {
        let file = PacketFile { hops, ..held.clone() };
        let opener = invented(u32::try_from(at).unwrap() + 50);
        let answer = world.tell(&world.notice(&file, &opener)).await;
        assert_eq!(answer.unwrap_err().code(), "not-genuine", "{what}");
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM reward").await, 0);
    world.open(&honest, &wang).await;
    let rows = world.rows("SELECT forwarder FROM reward").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].text("forwarder").unwrap(), li.id().to_string(), "the direct forwarder alone");
    world.audit_is_clean().await;
}
