//! What each party sees, in words to show beside the story. Read from the parties' own commands.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use super::DemoError;
use super::books::{Collecting, Company, Issuing, Seen};
use super::campaign::{self, Sample, yuan};
use super::parties::{Party, Server};
use super::stage::Stage;
use crate::app::strip::PartySeen;
use crate::app::text::{Line, Value};

/// How often the parties are asked while somebody watches.
const INTERVAL: Duration = Duration::from_secs(1);

/// One party as the strip shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartyView {
    /// Which.
    pub party: Party,
    /// Its name.
    pub name: &'static str,
    /// Whether its process runs.
    pub running: bool,
    /// What it sees.
    pub lines: Vec<Line>,
}

impl PartyView {
    fn of(server: &Server, lines: Vec<Line>) -> Self {
        Self { party: server.party, name: server.name, running: server.is_running(), lines }
    }

    /// For the window.
    #[must_use]
    pub fn seen(&self) -> PartySeen {
        let is_bank = self.party != Party::Enterprise;
        let (role, name, lines) = (self.party.role(), self.name.to_owned(), self.lines.clone());
        PartySeen { role, is_bank, name, running: self.running, lines }
    }
}

/// What all three see.
#[must_use]
pub fn views(stage: &Stage, seen: &Seen) -> Vec<PartyView> {
    let [enterprise, issuing, collecting] = stage.parties.all();
    vec![
        PartyView::of(enterprise, company(&seen.company)),
        PartyView::of(issuing, issuing_bank(&seen.issuing, &stage.sample)),
        PartyView::of(collecting, collecting_bank(&seen.collecting, &stage.sample)),
    ]
}

fn company(seen: &Company) -> Vec<Line> {
    let mut lines = vec![Line::tell("demo-sees-issued", [("count", seen.issued.into())])];
    if seen.opened > 0 {
        lines.push(Line::tell("demo-sees-notices", [("count", seen.opened.into())]));
    }
    if seen.rewarded > 0 {
        let amount = yuan(campaign::REWARD.minor.saturating_mul(seen.rewarded));
        lines.push(Line::tell("demo-sees-rewards", [("count", seen.rewarded.into()), ("amount", amount.into())]));
    }
    lines
}

fn issuing_bank(seen: &Issuing, sample: &Sample) -> Vec<Line> {
    let mut lines = vec![Line::tell("demo-sees-frozen", [("amount", yuan(seen.frozen).into())])];
    if seen.paid_out > 0 {
        let amount = || Value::from(yuan(seen.paid_out));
        lines.push(Line::tell("demo-sees-paid", [("amount", amount())]));
        lines.push(Line::tell("demo-sees-owes", [("bank", sample.collecting.into()), ("amount", amount())]));
    }
    lines
}

fn collecting_bank(seen: &Collecting, sample: &Sample) -> Vec<Line> {
    let balance =
        |name: &str, minor| Line::tell("demo-sees-balance", [("name", name.into()), ("amount", yuan(minor).into())]);
    let mut lines = vec![balance(sample.first, seen.first), balance(sample.friend, seen.friend)];
    if seen.owed > 0 {
        let owed = [("bank", sample.issuing.into()), ("amount", yuan(seen.owed).into())];
        lines.push(Line::tell("demo-sees-owed", owed));
    }
    lines
}

/// Keeps `sees` up to date until nobody looks any more. A party that does not answer keeps what it last said.
pub async fn follow(stage: &Stage, sees: &watch::Sender<Vec<PartyView>>) {
    let parties = &stage.parties;
    while !sees.is_closed() {
        let (one, two, three) = tokio::join!(
            Company::read(&parties.enterprise),
            Issuing::read(&parties.issuing, &stage.account),
            Collecting::read(&parties.collecting, stage.accounts()),
        );
        let read = [
            one.map(|seen| company(&seen)),
            two.map(|seen| issuing_bank(&seen, &stage.sample)),
            three.map(|seen| collecting_bank(&seen, &stage.sample)),
        ];
        sees.send_if_modified(|before| renew(before, &parties.all(), read));
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Whether something is new.
fn renew(before: &mut Vec<PartyView>, servers: &[&Server; 3], read: [Result<Vec<Line>, DemoError>; 3]) -> bool {
    let mut old = before.iter();
    let now: Vec<PartyView> = servers
        .iter()
        .zip(read)
        .map(|(server, read)| {
            let last = old.next().map(|view| view.lines.clone());
            PartyView::of(server, read.ok().or(last).unwrap_or_default())
        })
        .collect();
    let differs = *before != now;
    *before = now;
    differs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::text::{Language, Texts};

    #[test]
    fn each_role_has_its_words() {
        for texts in Language::ALL.map(Texts::new) {
            assert!(Party::ALL.iter().all(|party| texts.has(party.role())));
        }
    }

    #[test]
    fn a_bank_says_what_it_holds_and_owes() {
        let (texts, sample) = (Texts::new(Language::English), Sample::of(Language::English));
        let seen = Issuing { balance: 0, frozen: 44_000, paid_out: 8800 };
        let said: Vec<_> = issuing_bank(&seen, &sample).iter().map(|line| line.text(&texts)).collect();
        let money = |text: &str| text.replace('\u{a0}', " ");
        let said: Vec<_> = said.iter().map(|text| money(text)).collect();
        assert_eq!(said, ["Holds ¥ 440.00", "Paid out ¥ 88.00", "Owes Begonia Bank ¥ 88.00"]);
    }
}
