//! The whole story, again and again: packets issued, forwarded, opened, rewarded, collected, withdrawn and expired by the real code of banks,
//! enterprise and wallets in one process, with a clock, randomness and a network that come from one seed. The network loses, doubles,
//! delays and garbles; anybody is killed around any commit. In the end all books must say what a small model of the rules says.
//!
//! `HONGBAO_SEED=n cargo test --lib simulation::a_world_by_its_seed` shows one world again; `HONGBAO_STEPS` says how many steps
//! `simulation::everybody_keeps_the_rules` takes at least, `HONGBAO_SEEDS_FROM` with which seed it begins.
//!
//! This room is tests only, and the one place besides `cli` and `demo` where everybody meets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod books;
mod chance;
mod model;
mod net;
mod story;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use self::model::Flaw;
use self::net::Fault;
use self::story::Story;
use self::world::Who;
use crate::api::states::VoucherState;

/// How many steps a world takes before it comes to rest.
const STEPS_EACH: u64 = 300;
/// After so many steps everybody's audit is clean in the middle of everything.
const AUDIT_EACH: u64 = 75;
/// How many steps all worlds take together, unless the environment says otherwise, as `.ci/run` and `.ci/deep` do.
const STEPS: u64 = 20_000;
/// How many worlds run at once.
const THREADS: usize = 2;
/// After so many days all money is where it stays.
const LONG_AFTER: u64 = 80 * 24 * 3600;

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// The model has a rule wrong.
    Rule(Flaw),
    /// A store forgets decisions that it has told to be kept.
    Forgetful(Who),
}

/// What happened in a world, or in many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tale {
    steps: u64,
    worlds: u64,
    kills: u64,
    decisions: u64,
    counts: BTreeMap<String, u64>,
    faults: BTreeMap<Fault, u64>,
    /// By this two tales are told apart.
    digest: u64,
}

impl Tale {
    fn of(story: &Story) -> Self {
        let mut counts = BTreeMap::new();
        let mut add = |what: &str, count: usize| *counts.entry(what.to_owned()).or_default() += count as u64;
        for voucher in story.model.banks.iter().flat_map(|books| books.vouchers.values()) {
            add("vouchers", 1);
            add("shares paid", voucher.paid.len());
            add("vouchers withdrawn", usize::from(voucher.state == VoucherState::Withdrawn));
            add("vouchers returned", usize::from(voucher.state == VoucherState::Returned));
            add(
                "lucky shares paid",
                if voucher.packet.claims.contents.draw().is_some() { voucher.paid.len() } else { 0 },
            );
            add("rewards collected", if voucher.is_reward { voucher.paid.len() } else { 0 });
        }
        add("openings", story.model.openings.len());
        add("rewards earned", story.model.rewards.len());
        for reason in story.model.openings.values().flatten() {
            add(&format!("not rewarded: {}", reason.as_str()), 1);
        }
        for (reason, count) in &story.refusals {
            add(&format!("not paid: {}", reason.as_str()), *count);
        }
        let (faults, digest) = (story.world.net.faults(), story.digest());
        Self { steps: story.steps, worlds: 1, kills: story.kills, decisions: story.decisions, counts, faults, digest }
    }

    fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.worlds += other.worlds;
        self.kills += other.kills;
        self.decisions += other.decisions;
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }
}

/// One world from its beginning to its end. Panics where somebody's books are not as they must be.
fn live(seed: u64, mistake: Option<Mistake>) -> Tale {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let flaw = match mistake {
            Some(Mistake::Rule(flaw)) => Some(flaw),
            _ => None,
        };
        let mut story = Story::begin(seed, flaw).await;
        for _ in 0..STEPS_EACH {
            if let Some(Mistake::Forgetful(who)) = mistake {
                story.forget_something(who);
            }
            story.step().await;
            if story.steps.is_multiple_of(AUDIT_EACH) {
                story.audit().await;
            }
        }
        story.come_to_rest().await;
        story.compare().await;
        if seed.is_multiple_of(3) {
            story.long_after(LONG_AFTER).await;
            story.compare().await;
        }
        Tale::of(&story)
    })
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn everybody_keeps_the_rules() {
    let most = number("HONGBAO_STEPS").unwrap_or(STEPS);
    let next = AtomicU64::new(number("HONGBAO_SEEDS_FROM").unwrap_or(1));
    let all = Mutex::new(Tale::default());
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while all.lock().unwrap().steps < most && broken.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    match catch_unwind(|| live(seed, None)) {
                        Ok(tale) => all.lock().unwrap().add(&tale),
                        Err(_) => broken.lock().unwrap().push(seed),
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(
        broken.is_empty(),
        "see it again: HONGBAO_SEED={} cargo test --lib simulation::a_world_by_its_seed",
        broken[0]
    );
    let all = all.into_inner().unwrap();
    eprintln!("{all:#?}");
    // A simulation in which nothing happens would find nothing.
    for what in [
        "shares paid",
        "lucky shares paid",
        "vouchers withdrawn",
        "vouchers returned",
        "rewards collected",
        "not rewarded: not-forwarded",
        "not rewarded: too-late",
        "not rewarded: cap-reached",
        "not rewarded: day-cap-reached",
        "not rewarded: day-exhausted",
        "not rewarded: fund-exhausted",
        "not paid: already-collected",
        "not paid: all-shares-collected",
        "not paid: expired",
        "not paid: withdrawn",
    ] {
        assert!(all.counts.get(what).is_some_and(|count| *count > 0), "nothing of this happened: {what}");
    }
    assert_eq!(all.faults.len(), 6, "every fault of the network");
    assert!(all.kills > all.worlds, "{} kills in {} worlds", all.kills, all.worlds);
}

#[test]
fn a_world_by_its_seed() {
    let tale = live(number("HONGBAO_SEED").unwrap_or(3), None);
    eprintln!("{tale:#?}");
    assert!(tale.steps >= STEPS_EACH);
}

#[test]
fn the_same_seed_tells_the_same_tale() {
    for seed in [11, 12, 13] {
        assert_eq!(live(seed, None), live(seed, None), "{seed}");
    }
    assert_ne!(live(11, None).digest, live(12, None).digest);
}

#[test]
fn planted_mistakes_are_noticed() {
    let rules = [Flaw::TwoShares, Flaw::EarlyReturn, Flaw::OneOverCap, Flaw::LateReward, Flaw::GreedyWithdrawal]
        .map(Mistake::Rule);
    let stores = [Who::Bank(0), Who::Bank(1), Who::Shop].map(Mistake::Forgetful);
    for mistake in rules.into_iter().chain(stores) {
        let is_noticed = |seed: u64| catch_unwind(AssertUnwindSafe(|| live(seed, Some(mistake)))).is_err();
        let seed = (1..40).find(|seed| is_noticed(*seed));
        eprintln!("{mistake:?}: noticed in world {seed:?}");
        assert!(seed.is_some(), "nobody noticed {mistake:?}");
    }
}
