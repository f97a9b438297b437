//! What is shown of very many packets, found once for what the person looks for and not in every frame. The worker finds;
//! the window keeps what was found until there is something newer, and looks only at the rows that can be seen.

use std::sync::Arc;

use super::{Filter, Sort, is_to_open, rows, shelf};
use crate::app::message::Data;
use crate::jose::Digest;
use crate::wallet::Listed;

/// What the person looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Query {
    pub(in crate::app) search: String,
    pub(in crate::app) filter: Filter,
    pub(in crate::app) sort: Sort,
}

/// What was found: places in the data it was found in, which it keeps for as long as it is shown.
#[derive(Debug, Default)]
pub(in crate::app) struct Found {
    pub(in crate::app) query: Query,
    data: Arc<Data>,
    shelf: Vec<u32>,
    rows: Vec<u32>,
    waiting: usize,
    /// The first two to open, so that there is another one beside any that is shown.
    first: [Option<Digest>; 2],
    /// When the next packet's time runs out, which makes all of this another answer.
    until: Option<i64>,
}

impl Found {
    /// Finds what answers a query at this moment.
    pub(in crate::app) fn of(data: &Arc<Data>, query: Query, now: i64) -> Self {
        let all = &data.packets;
        let mut to_open = all.iter().filter(|packet| is_to_open(packet, now)).map(|packet| packet.id);
        let first = [to_open.next(), to_open.next()];
        let waiting = first.iter().flatten().count() + to_open.count();
        // Time runs out when the second of the expiry is over.
        let until = all.iter().map(|packet| packet.expires.0).filter(|expires| *expires >= now).min();
        let (shelf, rows) = (shelf(data, &query, now), rows(data, &query, now));
        Self { query, data: Arc::clone(data), shelf, rows, waiting, first, until: until.map(|at| at.saturating_add(1)) }
    }

    /// From when on it must be found anew.
    pub(in crate::app) const fn until(&self) -> Option<i64> {
        self.until
    }

    /// Whether it is still what one would find: the same was looked for in the same, and no packet's time ran out.
    pub(in crate::app) fn holds(&self, data: &Arc<Data>, query: &Query, now: i64) -> bool {
        Arc::ptr_eq(&self.data, data) && self.query == *query && self.until.is_none_or(|until| now < until)
    }

    /// Whether it shows just what this other one shows.
    pub(in crate::app) fn shows_the_same(&self, other: &Self) -> bool {
        let shown = |found: &Self| (found.waiting, found.first);
        Arc::ptr_eq(&self.data, &other.data)
            && (&self.query, &self.shelf, &self.rows) == (&other.query, &other.shelf, &other.rows)
            && shown(self) == shown(other)
    }

    /// How many packets lie on the shelf.
    pub(in crate::app) fn shelf_len(&self) -> usize {
        self.shelf.len()
    }

    /// One of them.
    pub(in crate::app) fn on_shelf(&self, at: usize) -> Option<&Listed> {
        self.shelf.get(at).and_then(|place| self.data.packets.get(*place as usize))
    }

    /// How many rows the list has.
    pub(in crate::app) fn len(&self) -> usize {
        self.rows.len()
    }

    /// One of them.
    pub(in crate::app) fn row(&self, at: usize) -> Option<&Listed> {
        self.rows.get(at).and_then(|place| self.data.packets.get(*place as usize))
    }

    /// How many packets wait to be opened, whatever is looked for.
    pub(in crate::app) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The next packet to open, apart from this one.
    pub(in crate::app) fn next_to_open(&self, but: &Digest) -> Option<Digest> {
        self.first.into_iter().flatten().find(|id| id != but)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::super::tests::{data, packet};
    use super::*;
    use crate::api::states::CollectionState;
    use crate::wallet::Time;

    fn found(data: &Arc<Data>, query: &Query, now: i64) -> Found {
        Found::of(data, query.clone(), now)
    }

    #[test]
    fn an_answer_holds_until_a_time_runs_out_or_something_else_is_looked_for() {
        let data = Arc::new(data());
        let query = Query::default();
        let first = found(&data, &query, 1000);
        assert_eq!((first.waiting(), first.shelf_len(), first.until()), (1, 1, Some(2001)));
        assert!(first.holds(&data, &query, 2000) && !first.holds(&data, &query, 2001));
        assert!(!first.holds(&Arc::new(Data::clone(&data)), &query, 1000));
        assert!(!first.holds(&data, &Query { search: "x".into(), ..Query::default() }, 1000));
        let later = found(&data, &query, 2001);
        assert_eq!((later.waiting(), later.shelf_len(), later.until()), (0, 0, None));
        assert!(!later.shows_the_same(&first) && later.shows_the_same(&found(&data, &query, 9000)));
    }

    #[test]
    fn there_is_another_one_to_open_beside_any_that_is_shown() {
        let packets: Vec<_> = (1..=3).map(|serial| packet(serial, |packet| packet.opened = false)).collect();
        let data = Arc::new(Data { packets: Arc::new(packets), ..Data::default() });
        let found = found(&data, &Query::default(), 1000);
        let id = |at: usize| data.packets[at].id;
        assert_eq!(found.next_to_open(&id(0)), Some(id(1)));
        assert_eq!(found.next_to_open(&id(2)), Some(id(0)));
    }

    fn any_packet() -> impl Strategy<Value = Listed> {
        let collection = prop_oneof![
            Just(None),
            Just(Some(CollectionState::Paid)),
            Just(Some(CollectionState::Accepted)),
            Just(Some(CollectionState::Rejected)),
        ];
        let state = (any::<bool>(), 0..3_u32, collection, 900..1100_i64);
        (0..500_u64, state, prop_oneof!["山茶花超市", "Mountain & Sea", "İstanbul ß"]).prop_map(
            |(serial, (opened, forwards, collection, expires), title)| {
                packet(serial, |packet| {
                    packet.opened = opened;
                    packet.forwards = forwards;
                    packet.collection = collection;
                    packet.expires = Time(expires);
                    packet.title = title;
                })
            },
        )
    }

    proptest! {
        #[test]
        fn every_packet_is_on_the_shelf_or_in_the_list_and_nothing_changes_before_it_is_said_to(
            packets in proptest::collection::vec(any_packet(), 0..40),
            search in prop_oneof![Just(""), Just("山"), Just("SEA"), Just("0001"), Just("i")],
            sort in prop_oneof![Just(Sort::Date), Just(Sort::Amount), Just(Sort::Expiry)],
        ) {
            let data = Arc::new(Data { packets: Arc::new(packets), ..Data::default() });
            let query = Query { search: search.into(), filter: Filter::All, sort };
            let now = 1000;
            let found = found(&data, &query, now);
            let mut all: Vec<u32> = found.shelf.iter().chain(&found.rows).copied().collect();
            all.sort_unstable();
            let fits = |at: &u32| super::super::fits(&data.packets[*at as usize], &super::super::wanted(search));
            let wanted: Vec<u32> = (0..u32::try_from(data.packets.len()).unwrap()).filter(fits).collect();
            prop_assert_eq!(all, wanted);
            for later in now..found.until().unwrap_or(1200) {
                prop_assert!(found.shows_the_same(&Found::of(&data, query.clone(), later)));
            }
        }
    }
}
