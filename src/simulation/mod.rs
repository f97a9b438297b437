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
mod restores;
mod story;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(target_os = "linux")]
use std::path::Path;
use std::sync::Mutex;

use self::model::Flaw;
use self::net::Fault;
use self::story::Story;
use self::world::Who;
use crate::api::states::VoucherState;
use crate::store::inline::Moment;

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
    /// Who is put back from a copy goes on as if nothing had happened.
    Unmarked(Who),
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
        for who in &story.restores {
            add(&format!("put back: {who:?}"), 1);
        }
        add("payments that nobody heard of", story.model.lost.payments);
        add("packets that the enterprise lost", story.model.lost.packets.len());
        add("openings", story.model.shop.openings.len());
        add("rewards earned", story.model.shop.rewards.len());
        for reason in story.model.shop.openings.values().flatten() {
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

/// What is to happen in a world.
#[derive(Clone, Copy, Debug)]
struct Plan {
    seed: u64,
    steps: u64,
    mistake: Option<Mistake>,
    /// In calm weather nobody dies but whose decision it is.
    doom: Option<(Who, u64, Moment)>,
    is_calm: bool,
}

impl Plan {
    const fn rough(seed: u64) -> Self {
        Self { seed, steps: STEPS_EACH, mistake: None, doom: None, is_calm: false }
    }

    async fn begin(self) -> Story {
        let flaw = match self.mistake {
            Some(Mistake::Rule(flaw)) => Some(flaw),
            _ => None,
        };
        let mut story = Story::begin(self.seed, flaw).await;
        story.is_calm = self.is_calm;
        story.unmarked = match self.mistake {
            Some(Mistake::Unmarked(who)) => Some(who),
            _ => None,
        };
        story.world.net.set_rough(!self.is_calm);
        if let Some((who, nth, moment)) = self.doom {
            story.world.fuse(who).unwrap().arm(nth, moment);
        }
        story
    }

    async fn steps(self, story: &mut Story) {
        for _ in 0..self.steps {
            if let Some(Mistake::Forgetful(who)) = self.mistake {
                story.forget_something(who);
            }
            story.step().await;
            if story.steps.is_multiple_of(AUDIT_EACH) {
                story.audit().await;
            }
        }
    }

    /// One world from its beginning to its end. Panics where somebody's books are not as they must be.
    fn live(self) -> Tale {
        runtime().block_on(async {
            let mut story = self.begin().await;
            self.steps(&mut story).await;
            story.come_to_rest().await;
            story.compare().await;
            if self.seed.is_multiple_of(3) {
                story.long_after(LONG_AFTER).await;
                story.compare().await;
            }
            Tale::of(&story)
        })
    }

    /// How many decisions each of them makes until the world comes to rest.
    fn decisions(self) -> BTreeMap<Who, u64> {
        runtime().block_on(async {
            let mut story = self.begin().await;
            let count = |story: &Story| {
                Who::all().into_iter().map(|who| (who, story.world.fuse(who).unwrap().decisions())).collect()
            };
            let before: BTreeMap<Who, u64> = count(&story);
            self.steps(&mut story).await;
            count(&story).into_iter().map(|(who, after)| (who, after - before[&who])).collect()
        })
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// More of them tell nothing new.
const MOST_BROKEN: usize = 10;

/// Does all of this on several threads, until a good many panicked. What did.
fn all<T: Copy + std::fmt::Debug + Send + Sync>(
    work: impl IntoIterator<Item = T, IntoIter: Send>,
    act: impl Fn(T) + Sync,
) -> Vec<T> {
    let (work, broken) = (Mutex::new(work.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while broken.lock().unwrap().len() < MOST_BROKEN {
                    let next = work.lock().unwrap().next();
                    let Some(next) = next else { break };
                    if catch_unwind(AssertUnwindSafe(|| act(next))).is_err() {
                        eprintln!("that was {next:?}");
                        broken.lock().unwrap().push(next);
                    }
                }
            });
        }
    });
    broken.into_inner().unwrap()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn everybody_keeps_the_rules() {
    let most = number("HONGBAO_STEPS").unwrap_or(STEPS);
    let from = number("HONGBAO_SEEDS_FROM").unwrap_or(1);
    let told = Mutex::new(Tale::default());
    let seeds = (from..).take_while(|_| told.lock().unwrap().steps < most);
    let broken = all(seeds, |seed| {
        let tale = Plan::rough(seed).live();
        told.lock().unwrap().add(&tale);
    });
    assert!(
        broken.is_empty(),
        "see each again, such as the first, by HONGBAO_SEED={} cargo test --lib simulation::a_world_by_its_seed: {broken:?}",
        broken[0]
    );
    let all = told.into_inner().unwrap();
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
        "put back: Bank(0)",
        "put back: Bank(1)",
        "put back: Shop",
        "packets that the enterprise lost",
    ] {
        assert!(all.counts.get(what).is_some_and(|count| *count > 0), "nothing of this happened: {what}");
    }
    assert_eq!(all.faults.len(), 6, "every fault of the network");
    assert!(all.kills > all.worlds, "{} kills in {} worlds", all.kills, all.worlds);
}

#[test]
fn a_world_by_its_seed() {
    let tale = Plan::rough(number("HONGBAO_SEED").unwrap_or(3)).live();
    eprintln!("{tale:#?}");
    assert!(tale.steps >= STEPS_EACH);
}

/// Thousands of worlds are one process: what one keeps open, the last ones lack.
#[cfg(target_os = "linux")]
#[test]
fn nothing_of_a_world_stays_open() {
    let open = |folder: &Path| {
        let files =
            std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|it| std::fs::read_link(it.unwrap().path()).ok());
        files.filter(|file| file.starts_with(folder)).count()
    };
    let folder = runtime().block_on(async {
        let story = Plan::rough(1).begin().await;
        let folder = story.world.folder().to_owned();
        assert!(open(&folder) > 0, "it is looked for where it is");
        folder
    });
    assert_eq!(open(&folder), 0);
}

#[test]
fn the_same_seed_tells_the_same_tale() {
    for seed in [11, 12, 13] {
        assert_eq!(Plan::rough(seed).live(), Plan::rough(seed).live(), "{seed}");
    }
    assert_ne!(Plan::rough(11).live().digest, Plan::rough(12).live().digest);
}

#[test]
fn planted_mistakes_are_noticed() {
    let rules = [Flaw::TwoShares, Flaw::EarlyReturn, Flaw::OneOverCap, Flaw::LateReward, Flaw::GreedyWithdrawal]
        .map(Mistake::Rule);
    let servers = [Who::Bank(0), Who::Bank(1), Who::Shop];
    for mistake in rules.into_iter().chain(servers.map(Mistake::Forgetful)).chain(servers.map(Mistake::Unmarked)) {
        let is_noticed = |seed: u64| {
            let plan = Plan { mistake: Some(mistake), ..Plan::rough(seed) };
            catch_unwind(AssertUnwindSafe(|| plan.live())).is_err()
        };
        let seed = (1..40).find(|seed| is_noticed(*seed));
        eprintln!("{mistake:?}: noticed in world {seed:?}");
        assert!(seed.is_some(), "nobody noticed {mistake:?}");
    }
}

#[test]
fn somebody_dies_at_every_commit() {
    // Of a longer story each of many more commits: that is for `.ci/deep`.
    let steps = std::env::var("HONGBAO_DEATHS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(48);
    let plan = Plan { steps, is_calm: true, ..Plan::rough(8) };
    let mut dooms = Vec::new();
    for (who, count) in plan.decisions() {
        for nth in 1..=count {
            dooms.extend([Moment::Before, Moment::After].map(|moment| (who, nth, moment)));
        }
    }
    let broken = all(dooms.iter().copied(), |doom| {
        let tale = Plan { doom: Some(doom), ..plan }.live();
        assert_eq!(tale.kills, 1, "{doom:?}");
    });
    assert!(broken.is_empty(), "who died as {broken:?} lost something");
    let who: std::collections::BTreeSet<Who> = dooms.iter().map(|doom| doom.0).collect();
    eprintln!("{} deaths of {} processes", dooms.len(), who.len());
    assert!(dooms.len() > 60 && who.len() >= 6, "{} deaths of {who:?}", dooms.len());
}
