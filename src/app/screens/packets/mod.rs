//! All packets: a shelf of those to open, a list of the others, search, filters, sorting.

mod drop;
mod find;
mod list;
mod shelf;
mod view;

use std::cmp::Reverse;

pub(in crate::app) use self::drop::drop_overlay;
pub(in crate::app) use self::find::{Found, Query};
pub(in crate::app) use self::shelf::days_left;
pub(in crate::app) use self::view::{Around, first_drawings, view};
use crate::app::message::Data;
use crate::packet::Verdict;
use crate::wallet::Listed;

/// What is shown of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum Filter {
    #[default]
    All,
    Opened,
    Collected,
    Forwarded,
    Expired,
    /// Put into the inbox by strangers, and not kept yet; all others are not.
    Others,
    /// Put away; all others are not.
    Archived,
}

impl Filter {
    pub(in crate::app) const ALL: [Self; 7] =
        [Self::All, Self::Opened, Self::Collected, Self::Forwarded, Self::Expired, Self::Others, Self::Archived];

    const fn key(self) -> &'static str {
        match self {
            Self::All => "filter-all",
            Self::Opened => "filter-opened",
            Self::Collected => "filter-collected",
            Self::Forwarded => "filter-forwarded",
            Self::Expired => "filter-expired",
            Self::Others => "filter-others",
            Self::Archived => "filter-archived",
        }
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum Sort {
    #[default]
    Date,
    Amount,
    Expiry,
}

impl Sort {
    const ALL: [Self; 3] = [Self::Date, Self::Amount, Self::Expiry];

    const fn key(self) -> &'static str {
        match self {
            Self::Date => "sort-by-date",
            Self::Amount => "sort-by-amount",
            Self::Expiry => "sort-by-expiry",
        }
    }
}

/// What the person looks for.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Model {
    pub(in crate::app) search: String,
    pub(in crate::app) filter: Filter,
    pub(in crate::app) sort: Sort,
    /// What is typed into the field for links, while that is open.
    pub(in crate::app) paste: Option<String>,
    /// Whether a narrow window shows the search field.
    pub(in crate::app) searching: bool,
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    Search(String),
    ToggleSearch,
    Filter(Filter),
    Sort(Sort),
    Paste(Option<String>),
}

impl Model {
    /// What the person looks for.
    pub(in crate::app) fn query(&self) -> Query {
        Query { search: self.search.clone(), filter: self.filter, sort: self.sort }
    }

    /// What an action changes; what is to be found, if that is something else now.
    pub(in crate::app) fn update(&mut self, action: Action) -> Option<Query> {
        let before = self.query();
        self.change(action);
        Some(self.query()).filter(|query| *query != before)
    }

    fn change(&mut self, action: Action) {
        match action {
            Action::Search(text) => self.search = text,
            Action::ToggleSearch => {
                self.searching = !self.searching;
                self.search.clear();
            }
            Action::Filter(filter) => self.filter = filter,
            Action::Sort(sort) => self.sort = sort,
            Action::Paste(text) => self.paste = text,
        }
    }
}

/// Where a packet stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Standing {
    ToOpen,
    Opened,
    ToCollect,
    Collecting,
    Paid,
    /// There is a code for its goods.
    Code,
    /// Its goods were handed over or sent.
    Handed,
    Rejected,
    Forwarded(u32),
    Expired,
}

/// Whether time has run out for what nobody collected.
pub(in crate::app) fn is_expired(packet: &Listed, now: i64) -> bool {
    packet.expires.0 < now
        && packet.collection.is_none_or(|state| state == crate::api::states::CollectionState::Rejected)
        && packet.goods.is_none_or(|state| state == crate::api::states::GoodsState::Rejected)
}

/// Where a packet stands.
pub(in crate::app) fn standing(packet: &Listed, now: i64) -> Standing {
    use crate::api::states::{CollectionState as State, GoodsState as Goods};
    match packet.collection {
        Some(State::Paid) => return Standing::Paid,
        Some(State::Rejected) => return Standing::Rejected,
        Some(_) => return Standing::Collecting,
        None => {}
    }
    match packet.goods {
        Some(Goods::Applied) => return Standing::Collecting,
        Some(Goods::Collected | Goods::OutOfStock) => return Standing::Code,
        Some(Goods::Redeemed | Goods::Shipped | Goods::Delivered) => return Standing::Handed,
        Some(Goods::Rejected | Goods::Refunded) => return Standing::Rejected,
        Some(Goods::Expired) => return Standing::Expired,
        None => {}
    }
    if is_expired(packet, now) {
        Standing::Expired
    } else if packet.forwards > 0 {
        Standing::Forwarded(packet.forwards)
    } else if !packet.opened {
        Standing::ToOpen
    } else if packet.kind == "bank" {
        Standing::ToCollect
    } else {
        Standing::Opened
    }
}

/// Whether a packet was put away.
pub(in crate::app) fn is_archived(packet: &Listed) -> bool {
    packet.state == crate::api::states::PacketState::Archived
}

/// Whether a stranger's packet waits apart.
pub(in crate::app) fn is_apart(packet: &Listed) -> bool {
    packet.stranger.is_some() && !is_archived(packet)
}

/// Whether a packet waits to be opened; a stranger's waits for something else first.
pub(in crate::app) fn is_to_open(packet: &Listed, now: i64) -> bool {
    !packet.opened
        && !is_archived(packet)
        && !is_apart(packet)
        && packet.verdict != Verdict::NotGenuine
        && !is_expired(packet, now)
}

/// The places of the packets on the shelf, those that arrived last first.
fn shelf(data: &Data, query: &Query, now: i64) -> Vec<u32> {
    let wanted = wanted(&query.search);
    places(data).filter(|(_, packet)| is_to_open(packet, now) && fits(packet, &wanted)).map(|(at, _)| at).collect()
}

/// The places of the list's rows.
fn rows(data: &Data, query: &Query, now: i64) -> Vec<u32> {
    let wanted = wanted(&query.search);
    let passes = |packet: &Listed| {
        let standing = standing(packet, now);
        !is_to_open(packet, now)
            && is_archived(packet) == (query.filter == Filter::Archived)
            && is_apart(packet) == (query.filter == Filter::Others)
            && match query.filter {
                Filter::All | Filter::Archived | Filter::Others => true,
                Filter::Opened => {
                    packet.opened && !matches!(standing, Standing::Paid | Standing::Handed | Standing::Expired)
                }
                Filter::Collected => matches!(standing, Standing::Paid | Standing::Handed),
                Filter::Forwarded => packet.forwards > 0,
                Filter::Expired => standing == Standing::Expired,
            }
            && fits(packet, &wanted)
    };
    let mut rows: Vec<(u32, &Listed)> = places(data).filter(|(_, packet)| passes(packet)).collect();
    match query.sort {
        // The wallet lists the newest first.
        Sort::Date => {}
        Sort::Amount => rows.sort_by_key(|(_, packet)| Reverse(packet.amount.map_or(0, |amount| amount.minor))),
        Sort::Expiry => rows.sort_by_key(|(_, packet)| (packet.expires.0 < now, packet.expires)),
    }
    rows.into_iter().map(|(at, _)| at).collect()
}

fn places(data: &Data) -> impl Iterator<Item = (u32, &Listed)> {
    (0_u32..).zip(data.packets.iter())
}

/// What is looked for, as it is compared.
fn wanted(search: &str) -> String {
    search.trim().to_lowercase()
}

/// Whether a packet's title, greeting or serial number holds what is looked for.
fn fits(packet: &Listed, wanted: &str) -> bool {
    wanted.is_empty()
        || packet.title.to_lowercase().contains(wanted)
        || packet.greeting.to_lowercase().contains(wanted)
        || crate::app::format::serial(packet.serial).to_lowercase().contains(wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::api::states::{CollectionState, PacketState};
    use crate::wallet::Time;

    pub(super) fn packet(serial: u64, change: impl FnOnce(&mut Listed)) -> Listed {
        let mut packet = Listed {
            id: crate::jose::Digest::of(&serial.to_be_bytes()),
            serial,
            issuer: crate::packet::Origin::parse("https://gift.example").unwrap(),
            title: "山茶花超市".into(),
            greeting: "新春纳福\n愿你日日有好消息".into(),
            theme: None,
            kind: "bank",
            verdict: Verdict::Genuine,
            state: PacketState::Opened,
            amount: Some(crate::money::Amount::new(8800, "CNY".parse().unwrap())),
            expires: Time(2000),
            received_at: Time(500),
            opened: true,
            forwards: 0,
            reward: false,
            stranger: None,
            collection: None,
            goods: None,
        };
        change(&mut packet);
        packet
    }

    pub(super) fn data() -> Data {
        let packets = vec![
            packet(1, |packet| packet.opened = false),
            packet(2, |_| {}),
            packet(3, |packet| packet.collection = Some(CollectionState::Paid)),
            packet(4, |packet| packet.forwards = 2),
            packet(5, |packet| packet.expires = Time(900)),
            packet(6, |packet| {
                packet.expires = Time(900);
                packet.opened = false;
            }),
            packet(7, |packet| {
                packet.opened = false;
                packet.state = PacketState::Archived;
            }),
            packet(8, |packet| {
                packet.opened = false;
                packet.stranger = Some(crate::app::tests::fixture::person("a stranger"));
            }),
        ];
        Data { packets: packets.into(), ..Data::default() }
    }

    fn serials(data: &Data, places: &[u32]) -> Vec<u64> {
        places.iter().map(|at| data.packets[*at as usize].serial).collect()
    }

    #[test]
    fn each_filter_shows_its_packets() {
        let (data, now) = (data(), 1000);
        let mut model = Model::default();
        assert_eq!(serials(&data, &shelf(&data, &model.query(), now)), [1]);
        for (filter, shown) in [
            (Filter::All, vec![2, 3, 4, 5, 6]),
            (Filter::Opened, vec![2, 4]),
            (Filter::Collected, vec![3]),
            (Filter::Forwarded, vec![4]),
            (Filter::Expired, vec![5, 6]),
            (Filter::Others, vec![8]),
            (Filter::Archived, vec![7]),
        ] {
            model.update(Action::Filter(filter));
            assert_eq!(serials(&data, &rows(&data, &model.query(), now)), shown, "{filter:?}");
        }
    }

    #[test]
    fn search_looks_at_title_greeting_and_serial() {
        let (data, now) = (data(), 1000);
        let mut model = Model::default();
        for (search, found) in [("山茶", 5), ("好消息", 5), ("000003", 1), ("no. 000004", 1), ("nothing", 0)] {
            model.update(Action::Search(search.into()));
            assert_eq!(rows(&data, &model.query(), now).len(), found, "{search}");
        }
    }

    #[test]
    fn only_what_changes_the_answer_is_asked_again() {
        let mut model = Model::default();
        let asked = model.update(Action::Search("x".into()));
        assert_eq!(asked.map(|query| query.search), Some("x".into()));
        assert_eq!(model.update(Action::Search("x".into())), None);
        assert_eq!(model.update(Action::Paste(Some("hongbao:".into()))), None);
        assert_eq!(model.update(Action::Filter(Filter::Expired)).map(|query| query.filter), Some(Filter::Expired));
        assert_eq!(model.update(Action::Sort(Sort::Date)), None, "as it was");
        assert_eq!(model.update(Action::ToggleSearch).map(|query| query.search), Some(String::new()));
    }
}
