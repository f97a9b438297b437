//! The story in its order. Each step is acted by a player, and then everybody's figures are held against what the story
//! makes of them; the first that disagrees ends it.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::books::{Check, Seen, compared};
use super::campaign::{DEPOSIT, FUND, POT, REWARD, SHARE};
use super::player::Player;
use super::stage::{Person, Stage, Who};
use super::watch::views;
use super::{DemoError, Told, report};
use crate::api::states::CollectionState;
use crate::app::text::{Line, Texts};
use crate::jose::Digest;
use crate::money::Amount;
use crate::packet::Verdict;
use crate::wallet::{Carrier, ForwardOptions, Listed, Words};

/// Longest that is waited for something that must happen.
const PATIENCE: Duration = Duration::from_secs(45);
const PAUSE: Duration = Duration::from_millis(150);

/// A step that was taken.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its number, from 1.
    pub n: usize,
    /// Its name.
    pub step: &'static str,
    /// What happened, in words.
    pub text: String,
    /// The money that it is about.
    pub amount: Option<Amount>,
    /// The packet that it is about.
    pub packet: Option<Digest>,
    /// The packet's file in the report's folder.
    pub file: Option<String>,
    /// What was to be seen, in the report's folder.
    pub pictures: Vec<String>,
    /// What everybody said.
    pub checks: Vec<Check>,
}

/// What is left of the story for the report.
pub(super) struct Recorded {
    pub(super) steps: Vec<Step>,
    /// Each audit, by party.
    pub(super) audits: Vec<(&'static str, serde_json::Value)>,
}

/// What a step was about.
#[derive(Default)]
struct About {
    actor: Option<Who>,
    amount: Option<Amount>,
    packet: Option<Digest>,
    file: Option<String>,
    checks: Vec<Check>,
}

/// The story while it is played.
pub struct Story<'a> {
    stage: &'a Stage,
    player: &'a mut Player,
    texts: &'a Texts,
    out: Option<&'a Path>,
    tell: &'a mut dyn FnMut(Told<'_>),
    /// What everybody should say.
    should: Seen,
    recorded: Recorded,
}

impl<'a> Story<'a> {
    /// The story before its first step.
    pub fn new(
        stage: &'a Stage,
        player: &'a mut Player,
        texts: &'a Texts,
        out: Option<&'a Path>,
        tell: &'a mut dyn FnMut(Told<'_>),
    ) -> Self {
        let mut should = Seen::default();
        should.issuing.balance = DEPOSIT.minor - FUND.minor;
        should.issuing.frozen = FUND.minor;
        let recorded = Recorded { steps: Vec::new(), audits: Vec::new() };
        Self { stage, player, texts, out, tell, should, recorded }
    }

    /// What was played.
    pub(super) fn told(self) -> Recorded {
        self.recorded
    }

    /// Plays it from the first step to the last.
    ///
    /// # Errors
    /// [`DemoError`]: a step failed, or somebody disagrees.
    pub async fn play(&mut self) -> Result<(), DemoError> {
        report::keys(self.stage, self.out).await?;
        let id = self.issue().await?;
        self.arrive(id).await?;
        self.open(id).await?;
        self.collect(id).await?;
        self.forward(id).await?;
        self.friend_open(id).await?;
        self.friend_collect(id).await?;
        let reward = self.reward(id).await?;
        self.reward_collect(reward).await?;
        self.audit().await
    }

    async fn issue(&mut self) -> Result<Digest, DemoError> {
        let (stage, sample) = (self.stage, self.stage.sample);
        let id = stage.issue().await?;
        let file = self.packet_file("issued", id).await?;
        self.should.company.issued = 1;
        self.should.issuing.balance -= POT.minor;
        self.should.issuing.frozen += POT.minor;
        let line = Line::tell(
            "demo-step-issue",
            [("title", sample.company.into()), ("amount", SHARE.into()), ("bank", sample.issuing.into())],
        );
        self.done(line, About { amount: Some(SHARE), packet: Some(id), file, ..About::default() }).await?;
        Ok(id)
    }

    async fn arrive(&mut self, id: Digest) -> Result<(), DemoError> {
        self.received(Who::First, id).await?;
        let genuine = self.seen_in_wallet(Who::First, id, SHARE, 0).await?;
        self.should.first.packets = 1;
        let line = Line::tell("demo-step-arrive", [("name", self.stage.first.name.into())]);
        self.done(line, about(Who::First, id, None, genuine)).await
    }

    async fn open(&mut self, id: Digest) -> Result<(), DemoError> {
        self.player.open(Who::First, &id).await?;
        self.should.first.opened = 1;
        self.should.company.opened = 1;
        let args = [("name", self.stage.first.name.into()), ("amount", SHARE.into())];
        let line = Line::tell("demo-step-open", args);
        self.done(line, about(Who::First, id, Some(SHARE), Vec::new())).await
    }

    async fn collect(&mut self, id: Digest) -> Result<(), DemoError> {
        self.paid(Who::First, id, SHARE).await?;
        let args = [("name", self.stage.first.name.into()), ("amount", SHARE.into())];
        let line = Line::tell("demo-step-collect", args);
        self.done(line, about(Who::First, id, Some(SHARE), Vec::new())).await
    }

    async fn forward(&mut self, id: Digest) -> Result<(), DemoError> {
        let (first, friend) = (&self.stage.first, self.stage.friend.name);
        self.player.forward(Who::First, &id, friend).await?;
        let file = match self.file("forwarded") {
            Some((path, name)) => {
                // The same forwarding once more, as a file.
                let options =
                    ForwardOptions { carrier: Carrier::Save(path), friend: Some(friend.into()), words: Words::None };
                let saved = first.wallet.forward(&id.to_string(), options).await;
                saved.map_err(|error| first.error(error))?;
                Some(name)
            }
            None => None,
        };
        self.should.first.forwarded = 1;
        let line = Line::tell("demo-step-forward", [("name", first.name.into()), ("friend", friend.into())]);
        self.done(line, About { file, ..about(Who::First, id, None, Vec::new()) }).await
    }

    async fn friend_open(&mut self, id: Digest) -> Result<(), DemoError> {
        self.received(Who::Friend, id).await?;
        let genuine = self.seen_in_wallet(Who::Friend, id, SHARE, 1).await?;
        self.player.open(Who::Friend, &id).await?;
        self.should.friend.packets = 1;
        self.should.friend.opened = 1;
        let company = &mut self.should.company;
        // The reward is earned by the notice, and its packet is issued in the background.
        (company.opened, company.forwarded, company.rewarded, company.issued) = (2, 1, 1, 2);
        let sample = self.stage.sample;
        let args = [("friend", sample.friend.into()), ("title", sample.company.into())];
        let line = Line::tell("demo-step-friend-open", args);
        self.done(line, about(Who::Friend, id, None, genuine)).await
    }

    async fn friend_collect(&mut self, id: Digest) -> Result<(), DemoError> {
        self.paid(Who::Friend, id, SHARE).await?;
        let args = [("friend", self.stage.friend.name.into()), ("amount", SHARE.into())];
        let line = Line::tell("demo-step-friend-collect", args);
        self.done(line, about(Who::Friend, id, Some(SHARE), Vec::new())).await
    }

    async fn reward(&mut self, id: Digest) -> Result<Digest, DemoError> {
        let first = &self.stage.first;
        let reward = patiently("the reward arrives", self.rewarded_for(id)).await?;
        let genuine = self.seen_in_wallet(Who::First, reward, REWARD, 0).await?;
        let file = self.packet_file("reward", reward).await?;
        self.should.first.packets = 2;
        self.should.first.rewards = 1;
        let line = Line::tell("demo-step-reward", [("name", first.name.into()), ("amount", REWARD.into())]);
        self.done(line, About { file, ..about(Who::First, reward, Some(REWARD), genuine) }).await?;
        Ok(reward)
    }

    async fn reward_collect(&mut self, reward: Digest) -> Result<(), DemoError> {
        self.player.open(Who::First, &reward).await?;
        self.should.first.opened = 2;
        self.should.company.opened = 3;
        self.paid(Who::First, reward, REWARD).await?;
        let args = [("name", self.stage.first.name.into()), ("amount", REWARD.into())];
        let line = Line::tell("demo-step-reward-collect", args);
        self.done(line, about(Who::First, reward, Some(REWARD), Vec::new())).await
    }

    async fn audit(&mut self) -> Result<(), DemoError> {
        for server in self.stage.parties.all() {
            let audit = server.audit().await?;
            let in_order = audit["ok"] == true;
            self.recorded.audits.push((server.party.as_str(), audit));
            if !in_order {
                return Err(DemoError::Audit(server.name));
            }
        }
        self.player.look_around().await?;
        self.done(Line::tell("demo-step-audit", []), About::default()).await
    }
}

/// The frame of all steps.
impl Story<'_> {
    /// Refreshes a wallet, after a pause that leaves others time to act.
    async fn refresh(&mut self, who: Who) -> Result<(), DemoError> {
        self.player.refresh(who).await?;
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }

    /// Refreshes until a packet is in the wallet's list as it should be.
    async fn listed(&mut self, who: Who, id: Digest, holds: impl Fn(&Listed) -> bool) -> Result<(), DemoError> {
        let person: &Person = self.stage.person(who);
        loop {
            let list = person.wallet.list().await.map_err(|error| person.error(error))?;
            if list.iter().any(|packet| packet.id == id && holds(packet)) {
                return Ok(());
            }
            self.refresh(who).await?;
        }
    }

    /// Refreshes until the first client has the reward for a packet.
    async fn rewarded_for(&mut self, id: Digest) -> Result<Digest, DemoError> {
        let first = &self.stage.first;
        loop {
            self.refresh(Who::First).await?;
            let rewards = first.wallet.rewards().await.map_err(|error| first.error(error))?;
            let found = rewards.iter().find(|reward| reward.reward_for.as_ref().is_some_and(|it| it.packet == id));
            if let Some(reward) = found {
                return Ok(reward.id);
            }
        }
    }

    async fn received(&mut self, who: Who, id: Digest) -> Result<(), DemoError> {
        patiently("the packet arrives", self.listed(who, id, |_| true)).await
    }

    /// Collects a packet's money, and what all should say then.
    async fn paid(&mut self, who: Who, id: Digest, amount: Amount) -> Result<(), DemoError> {
        self.player.collect(who, &id).await?;
        let paid = |packet: &Listed| packet.collection == Some(CollectionState::Paid);
        patiently("the money is paid", self.listed(who, id, paid)).await?;
        let should = &mut self.should;
        should.holder(who).paid += amount.minor;
        should.company.collected += 1;
        should.company.paid += amount.minor;
        should.issuing.frozen -= amount.minor;
        should.issuing.paid_out += amount.minor;
        should.collecting.owed += amount.minor;
        match who {
            Who::First => should.collecting.first += amount.minor,
            Who::Friend => should.collecting.friend += amount.minor,
        }
        Ok(())
    }

    /// What the wallet says of a packet that arrived.
    async fn seen_in_wallet(&self, who: Who, id: Digest, amount: Amount, hops: usize) -> Result<Vec<Check>, DemoError> {
        let person = self.stage.person(who);
        let shown = person.wallet.show(&id.to_string()).await.map_err(|error| person.error(error))?.inspection;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let check = |what, expected, found| Check { party: who.as_str(), what, expected, found, ok: expected == found };
        Ok(vec![
            check("genuine", 1, i64::from(shown.verdict == Verdict::Genuine)),
            check("amount", amount.minor, shown.amount.map_or(0, |amount| amount.minor)),
            check("hops", count(hops), count(shown.hops.len())),
        ])
    }

    /// A path in the report's folder for this step, and its name there.
    fn file(&self, what: &str) -> Option<(std::path::PathBuf, String)> {
        let name = format!("{:02}-{what}.hongbao", self.recorded.steps.len() + 1);
        self.out.map(|out| (out.join(&name), name))
    }

    /// Has the enterprise write a packet's file into the report's folder.
    async fn packet_file(&self, what: &str, id: Digest) -> Result<Option<String>, DemoError> {
        let Some((path, name)) = self.file(what) else { return Ok(None) };
        let (id, path) = (format!("id:{id}"), path.to_string_lossy().into_owned());
        self.stage.parties.enterprise.run(&["packet", "file", &id, "--out", &path]).await?;
        Ok(Some(name))
    }

    /// Waits until all agree, and records and tells the step.
    async fn done(&mut self, line: Line, about: About) -> Result<(), DemoError> {
        let mut seen = Seen::read(self.stage).await?;
        let agreed = async {
            while seen.figures(about.actor) != self.should.figures(about.actor) {
                tokio::time::sleep(PAUSE).await;
                seen = Seen::read(self.stage).await?;
            }
            Ok::<(), DemoError>(())
        };
        // When time is over, the comparison below says who disagrees.
        if let Ok(read) = tokio::time::timeout(PATIENCE, agreed).await {
            read?;
        }
        let mut checks = about.checks;
        checks.extend(compared(&self.should, &seen, about.actor));
        let differs = checks.iter().find(|check| !check.ok).cloned();
        let (n, name) = (self.recorded.steps.len() + 1, line.key.trim_start_matches("demo-step-"));
        let pictures = self.player.pictures();
        let (text, amount, packet, file) = (line.text(self.texts), about.amount, about.packet, about.file);
        let step = Step { n, step: name, text, amount, packet, file, pictures, checks };
        if let Some(check) = differs {
            return Err(DemoError::Disagrees(check));
        }
        let views = views(self.stage, &seen);
        self.player.see(&views);
        (self.tell)(Told::Step(&step, &views));
        self.recorded.steps.push(step);
        Ok(())
    }
}

fn about(who: Who, id: Digest, amount: Option<Amount>, checks: Vec<Check>) -> About {
    About { actor: Some(who), amount, packet: Some(id), file: None, checks }
}

/// Waits no longer than is reasonable.
async fn patiently<T>(what: &'static str, happens: impl Future<Output = Result<T, DemoError>>) -> Result<T, DemoError> {
    tokio::time::timeout(PATIENCE, happens).await.unwrap_or(Err(DemoError::Never(what)))
}
