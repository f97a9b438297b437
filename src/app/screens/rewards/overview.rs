//! What rewards tell, counted once for each change of the wallet: sums, weeks, and who opened what was forwarded. Pure, and
//! no more than this wallet really knows: what is not known is in nobody's place.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::{Date, Weekday};

use super::season::{Season, offered};
use super::{believed, is_waiting};
use crate::app::format::Formats;
use crate::app::message::Data;
use crate::jose::{ClientId, Digest};
use crate::money::{Amount, Currency};
use crate::wallet::{ForwardState, Given, RewardListed};

/// How many weeks the bars show.
pub(super) const WEEKS: usize = 8;

/// A week that begins on a Monday, and what came in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Week {
    pub(super) monday: Date,
    /// In minor units of the first currency.
    pub(super) sum: i64,
    pub(super) is_now: bool,
}

/// Somebody who opened: named only who agreed to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opener {
    pub(super) client: Option<ClientId>,
}

/// What one packet was given to: a person, or whoever finds the file or the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) packet: Digest,
    pub(super) to: Option<ClientId>,
    pub(super) at: i64,
    pub(super) state: ForwardState,
    /// Who opened through it; of a person's own branch that is the person.
    pub(super) openers: Vec<Opener>,
}

impl Branch {
    pub(super) fn is_opened(&self) -> bool {
        !self.openers.is_empty()
    }
}

/// Everything that the page of rewards shows of one season.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Overview {
    pub(super) seasons: Vec<Season>,
    /// Where in the wallet's list they stand, newest first.
    pub(super) rewards: Vec<usize>,
    /// What is to be collected still.
    pub(super) waiting: Vec<Digest>,
    pub(super) waiting_sums: Vec<Amount>,
    /// One sum for each currency; the most usual one first.
    pub(super) sums: Vec<Amount>,
    pub(super) weeks: Vec<Week>,
    /// How often something was forwarded.
    pub(super) forwards: usize,
    /// How many openings are known of.
    pub(super) opened: usize,
    /// After how many of them the friend was paid; none when no packet told that.
    pub(super) paid: Option<usize>,
    /// Newest first.
    pub(super) branches: Vec<Branch>,
    /// Openings of which it is not known through which forwarding they came.
    pub(super) others: usize,
}

impl Overview {
    /// Counts what a season holds.
    pub(super) fn of(data: &Data, season: Season, formats: &Formats, now: i64) -> Self {
        let today = formats.date(now).unwrap_or_default();
        let received: HashMap<Digest, i64> = data
            .rewards
            .iter()
            .filter_map(|reward| Some((reward.id, data.packet(&reward.id)?.received_at.0)))
            .collect();
        let day_of = |id: &Digest| received.get(id).and_then(|at| formats.date(*at));
        let days = data.rewards.iter().filter_map(|reward| day_of(&reward.id));
        let given = data.given.iter().filter_map(|given| formats.date(given.at.0));
        let mut overview = Self { seasons: offered(days.chain(given), today), ..Self::default() };
        overview.count_rewards(data, season, &day_of, today);
        overview.grow(data, season, formats, &day_of);
        overview
    }

    fn count_rewards(&mut self, data: &Data, season: Season, day_of: &dyn Fn(&Digest) -> Option<Date>, today: Date) {
        let counts = |id: &Digest| season == Season::All || day_of(id).is_some_and(|day| season.holds(day));
        let here = |reward: &RewardListed| counts(&reward.id);
        self.rewards = (0..data.rewards.len()).filter(|at| here(&data.rewards[*at])).collect();
        self.rewards.sort_by_key(|at| std::cmp::Reverse(day_of(&data.rewards[*at].id)));
        let believed: Vec<&RewardListed> = believed(data).filter(|reward| here(reward)).collect();
        self.sums = sums(believed.iter().filter_map(|reward| reward.amount));
        let waiting: Vec<&RewardListed> = believed.iter().copied().filter(|reward| is_waiting(reward)).collect();
        self.waiting_sums = sums(waiting.iter().filter_map(|reward| reward.amount));
        self.waiting = waiting.iter().map(|reward| reward.id).collect();
        let Some(currency) = self.sums.first().map(|sum| sum.currency) else { return };
        let earned = believed.iter().filter_map(|reward| {
            let amount = reward.amount.filter(|amount| amount.currency == currency)?;
            Some((day_of(&reward.id)?, amount.minor))
        });
        self.weeks = weeks(earned.collect(), season, today);
    }

    /// Hangs each opening on the forwarding it came through, where that is known.
    fn grow(&mut self, data: &Data, season: Season, formats: &Formats, day_of: &dyn Fn(&Digest) -> Option<Date>) {
        // Every way a packet was given away counts for what is known; only those of the season are shown.
        let mut ways: HashMap<Digest, Vec<(Way, Option<usize>)>> = HashMap::new();
        let holds = |day: Option<Date>| season == Season::All || day.is_some_and(|day| season.holds(day));
        for given in &data.given {
            let is_shown = holds(formats.date(given.at.0));
            self.forwards += usize::from(is_shown && given.stands);
            let ways = ways.entry(given.packet).or_default();
            if let Some((_, place)) = ways.iter_mut().find(|(way, _)| *way == given.to) {
                // Passed on again by a newer file: the newest one stands for both.
                if place.is_some() || !is_shown {
                    continue;
                }
                *place = Some(self.branch(given));
            } else {
                ways.push((given.to, is_shown.then(|| self.branch(given))));
            }
        }
        let rewarded = believed(data).filter_map(|reward| {
            let reason = reward.reward_for.as_ref()?;
            Some((reason.packet, reason.opener, holds(day_of(&reward.id)), data.paid_first.contains(&reason.packet)))
        });
        // Of an opening that brought a reward the reward tells already.
        let rewarded: Vec<_> = rewarded.collect();
        let told: HashSet<(Digest, ClientId)> = rewarded.iter().filter_map(|it| Some((it.0, it.1?))).collect();
        let shown = data.shown.iter().filter(|opening| !told.contains(opening));
        let shown = shown.map(|(packet, opener)| (*packet, Some(*opener), false, false));
        for (packet, opener, is_of_season, is_paid) in rewarded.into_iter().chain(shown) {
            let ways = ways.get(&packet).map_or(&[][..], Vec::as_slice);
            let place = match way_of(ways, opener) {
                Some(Some(place)) => Some(place),
                // What a forwarding brought counts with it, whenever it came.
                Some(None) => continue,
                None if ways.is_empty() && !is_of_season => continue,
                None if !ways.is_empty() && ways.iter().all(|(_, place)| place.is_none()) => continue,
                None => None,
            };
            self.opened += 1;
            if is_paid {
                *self.paid.get_or_insert(0) += 1;
            }
            match place.and_then(|place| self.branches.get_mut(place)) {
                Some(branch) => branch.openers.push(Opener { client: opener }),
                None => self.others += 1,
            }
        }
    }

    fn branch(&mut self, given: &Given) -> usize {
        let Given { packet, to, state, at, .. } = *given;
        self.branches.push(Branch { packet, to, at: at.0, state, openers: Vec::new() });
        self.branches.len() - 1
    }
}

/// For whom a forwarding was: one person, or whoever finds it.
type Way = Option<ClientId>;

/// Through which forwarding somebody opened, and where that one is shown. Whoever is named is the one whom a forwarding was
/// for, or else came by the open one; who is not named came by the open one only when there was no other: who did not agree
/// to be shown is not guessed.
fn way_of(ways: &[(Way, Option<usize>)], opener: Option<ClientId>) -> Option<Option<usize>> {
    let find = |wanted: Way| ways.iter().find(|(way, _)| *way == wanted).map(|(_, place)| *place);
    match opener {
        Some(_) => find(opener).or_else(|| find(None)),
        None => find(None).filter(|_| ways.len() == 1),
    }
}

/// One sum for each currency, that with the most amounts first; what does not fit into a number stays out.
fn sums(amounts: impl Iterator<Item = Amount>) -> Vec<Amount> {
    let mut all: BTreeMap<Currency, (usize, Amount)> = BTreeMap::new();
    for amount in amounts {
        let (count, sum) = all.entry(amount.currency).or_insert((0, Amount::new(0, amount.currency)));
        *count += 1;
        *sum = sum.plus(amount).unwrap_or(*sum);
    }
    let mut all: Vec<(usize, Amount)> = all.into_values().collect();
    all.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    all.into_iter().map(|(_, sum)| sum).collect()
}

fn monday(day: Date) -> Date {
    let back = day.weekday().since(Weekday::Monday);
    day.checked_sub(jiff::Span::new().days(i64::from(back))).unwrap_or(day)
}

/// The last weeks until now; of a season that is over, until the last one in which something came.
fn weeks(earned: Vec<(Date, i64)>, season: Season, today: Date) -> Vec<Week> {
    let is_over = season.days().is_some_and(|(_, last)| last < today);
    let newest = earned.iter().map(|(day, _)| *day).max();
    let last = monday(if is_over { newest.unwrap_or(today) } else { today });
    let mut weeks: Vec<Week> = (0..WEEKS)
        .rev()
        .filter_map(|ago| {
            let span = jiff::Span::new().weeks(i64::try_from(ago).ok()?);
            let monday = last.checked_sub(span).ok()?;
            Some(Week { monday, sum: 0, is_now: ago == 0 && !is_over })
        })
        .collect();
    for (day, minor) in earned {
        let begins = monday(day);
        if let Some(week) = weeks.iter_mut().find(|week| week.monday == begins) {
            week.sum = week.sum.saturating_add(minor);
        }
    }
    weeks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::app::tests::fixture::{self, NOON, id, person, yuan};
    use crate::app::text::Language;
    use crate::wallet::{RewardFor, Time};
    use jiff::tz::TimeZone;

    fn formats() -> Formats {
        Formats { language: Language::English, zone: TimeZone::UTC }
    }

    fn overview(data: &Data, season: Season) -> Overview {
        Overview::of(data, season, &formats(), NOON)
    }

    const DAY: i64 = 86_400;

    /// A wallet with these forwardings and rewards: packet and addressee; packet, opener and days ago.
    fn wallet(given: &[(&str, Option<&str>)], rewards: &[(&str, Option<&str>, i64)]) -> Data {
        let mut data = Data::default();
        for (packet, to) in given {
            let to = to.map(person);
            let state = ForwardState::Made;
            data.given.push(Given {
                packet: id(packet),
                to,
                state,
                can_recall: false,
                stands: true,
                at: Time(NOON - DAY),
            });
        }
        for (at, (packet, opener, days)) in rewards.iter().enumerate() {
            let reward = id(&format!("reward {at}"));
            let mut listed = fixture::listed(reward);
            listed.received_at = Time(NOON - days * DAY);
            Arc::make_mut(&mut data.packets).push(listed);
            data.rewards.push(RewardListed {
                id: reward,
                reward_for: Some(RewardFor { packet: id(packet), opener: opener.map(person) }),
                amount: Some(yuan(2)),
                state: crate::api::states::PacketState::Received,
                collection: None,
            });
        }
        data
    }

    fn openers(overview: &Overview) -> Vec<usize> {
        overview.branches.iter().map(|branch| branch.openers.len()).collect()
    }

    #[test]
    fn an_opening_hangs_where_it_is_known_to_belong_and_nowhere_else() {
        let both: &[(&str, Option<&str>)] = &[("p", Some("Hao")), ("p", Some("Mei")), ("p", None)];
        // Named and addressed; named, by the open way; not named, and there is more than one way.
        let seen =
            overview(&wallet(both, &[("p", Some("Hao"), 0), ("p", Some("Zoe"), 0), ("p", None, 0)]), Season::All);
        assert_eq!((openers(&seen), seen.others, seen.opened), (vec![1, 0, 1], 1, 3));
        // The only way is the open one.
        let seen = overview(&wallet(&[("p", None)], &[("p", None, 0), ("p", None, 0)]), Season::All);
        assert_eq!((openers(&seen), seen.others), (vec![2], 0));
        // Only Hao can have opened, but did not agree to be shown.
        let seen = overview(&wallet(&[("p", Some("Hao"))], &[("p", None, 0)]), Season::All);
        assert_eq!((openers(&seen), seen.others), (vec![0], 1));
        // Somebody else's packet: it was not forwarded from here.
        let seen = overview(&wallet(&[("p", None)], &[("q", None, 0), ("q", Some("Hao"), 0)]), Season::All);
        assert_eq!((openers(&seen), seen.others), (vec![0], 2));
    }

    #[test]
    fn an_opening_that_brought_no_reward_is_shown_too_and_one_that_did_only_once() {
        let mut data = wallet(&[("p", Some("Hao")), ("p", Some("Mei"))], &[("p", Some("Hao"), 0)]);
        data.shown = [(id("p"), person("Hao")), (id("p"), person("Mei")), (id("q"), person("Hao"))].into();
        let seen = overview(&data, Season::Spring(2026));
        assert_eq!((openers(&seen), seen.others, seen.opened), (vec![1, 1], 0, 2));
    }

    #[test]
    fn what_an_older_forwarding_brought_is_not_this_seasons() {
        let mut data =
            wallet(&[("p", Some("Hao")), ("p", None)], &[("p", Some("Hao"), 0), ("p", None, 0), ("p", Some("Zoe"), 0)]);
        data.given[0].at = Time(NOON - 400 * DAY);
        let seen = overview(&data, Season::Spring(2026));
        assert_eq!(
            (openers(&seen), seen.others, seen.opened),
            (vec![1], 1, 2),
            "Hao's own is last year's; one is not known"
        );
        data.given[1].at = Time(NOON - 400 * DAY);
        assert_eq!(overview(&data, Season::Spring(2026)).opened, 0);
    }

    #[test]
    fn that_a_friend_was_paid_is_counted_only_where_it_is_known() {
        let mut data = wallet(&[("p", None), ("q", None)], &[("p", None, 0), ("q", None, 0), ("q", None, 0)]);
        assert_eq!(overview(&data, Season::All).paid, None);
        data.paid_first.insert(id("q"));
        assert_eq!(overview(&data, Season::All).paid, Some(2));
    }

    #[test]
    fn a_season_counts_its_own() {
        let data = wallet(&[("p", None)], &[("p", None, 0), ("p", None, 9), ("old", None, 400)]);
        let spring = overview(&data, Season::Spring(2026));
        assert_eq!((spring.rewards.len(), spring.sums.clone(), spring.opened), (2, vec![yuan(4)], 2));
        assert_eq!(
            spring.seasons,
            [Season::All, Season::Spring(2026), Season::Year(2026), Season::Year(2025), Season::Spring(2025)]
        );
        assert_eq!(overview(&data, Season::Year(2025)).rewards.len(), 1);
        assert_eq!(overview(&data, Season::All).sums, [yuan(6)]);
        assert_eq!(overview(&data, Season::Year(2024)).forwards, 0);
    }

    #[test]
    fn nothing_is_counted_twice_or_in_the_wrong_week() {
        // Noon is on a Monday.
        let data = wallet(&[], &[("p", None, 0), ("p", None, 1), ("p", None, 7), ("p", None, 49), ("p", None, 56)]);
        let seen = overview(&data, Season::All);
        let sums: Vec<i64> = seen.weeks.iter().map(|week| week.sum).collect();
        assert_eq!(sums, [200, 0, 0, 0, 0, 0, 400, 200]);
        assert!(seen.weeks.iter().all(|week| week.monday.weekday() == Weekday::Monday));
        assert!(seen.weeks.last().unwrap().is_now);
        let year = overview(&data, Season::Year(2025)).weeks;
        assert_eq!(
            year.last().map(|week| (week.sum, week.is_now)),
            Some((200, false)),
            "a year that is over ends then"
        );
    }

    #[test]
    fn rewards_that_nobody_vouches_for_are_shown_and_not_counted() {
        let mut data = wallet(&[("p", None)], &[("p", None, 0), ("p", None, 0)]);
        Arc::make_mut(&mut data.packets)[0].verdict = crate::packet::Verdict::Unchecked;
        let seen = overview(&data, Season::All);
        assert_eq!((seen.rewards.len(), seen.sums.clone(), seen.opened, seen.waiting.len()), (2, vec![yuan(2)], 1, 1));
    }

    #[test]
    fn several_currencies_are_never_added_up() {
        let mut data = wallet(&[], &[("p", None, 0), ("p", None, 0), ("p", None, 0)]);
        data.rewards[0].amount = Some(Amount::new(500, "USD".parse().unwrap()));
        assert_eq!(overview(&data, Season::All).sums, [yuan(4), Amount::new(500, "USD".parse().unwrap())]);
    }
}
