//! One packet: the envelope, the moment of opening, the voucher, collecting it, and everything that can be wrong with it.

mod collect;
mod collect_view;
mod draw_view;
mod envelope_view;
mod figure;
mod goods_side;
mod goods_view;
mod moment;
mod paper_view;
mod place;
mod refused;
pub(in crate::app) mod relayed;
mod stage;
mod stranger;
mod view;
mod voucher_view;
mod warning;
mod where_view;

pub(in crate::app) use self::collect::{AccountEntry, check_account};
pub(in crate::app) use self::goods_side::{AddressLine, Choice};
pub(in crate::app) use self::moment::Moment;
pub(in crate::app) use self::refused::refused_view;
pub(in crate::app) use self::view::{Around, view};
pub(in crate::app) use self::warning::{Condition, condition};
pub(in crate::app) use self::where_view::view as where_view;
use crate::api::account::AccountNumber;
use crate::api::goods::Address;
use crate::app::message::{Command, Data, Fault, OneTimeCode, Packet};
use crate::jose::{ClientId, Digest};
use crate::wallet::{OpenOptions, VoucherStanding};
use zeroize::Zeroizing;

/// What is shown of one packet.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Model {
    /// Which packet; none before one was chosen.
    pub(in crate::app) id: Option<Digest>,
    /// What the worker read of it.
    pub(in crate::app) packet: Option<Packet>,
    /// Whether its bank was asked already.
    pub(in crate::app) asked: bool,
    /// What its bank said.
    pub(in crate::app) standing: Option<VoucherStanding>,
    /// The moment of opening, while it lasts.
    pub(in crate::app) moment: Option<Moment>,
    /// The form for collecting.
    pub(in crate::app) form: Form,
    /// What went wrong with this packet.
    pub(in crate::app) fault: Option<Fault>,
    /// Whether a narrow window shows the details.
    pub(in crate::app) details: bool,
    /// Whether the code of goods fills the window, for whoever hands them out.
    pub(in crate::app) code_shown: bool,
    /// Whether a packet whose issuer nobody vouches for is shown all the same.
    pub(in crate::app) accepted: bool,
}

/// What is typed to collect.
#[derive(Clone, Default)]
pub(in crate::app) struct Form {
    pub(in crate::app) account: String,
    pub(in crate::app) code: Zeroizing<String>,
    /// Whether another account than a known one is typed.
    pub(in crate::app) other: bool,
    pub(in crate::app) anyway: bool,
    /// Of goods or cash.
    pub(in crate::app) choice: Choice,
    /// Where goods shall be sent: name, telephone number, place.
    pub(in crate::app) address: [String; 3],
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Form").field("other", &self.other).finish_non_exhaustive()
    }
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    /// Press the seal.
    Open {
        tell: bool,
    },
    /// Skip what moves.
    Skip,
    Account(String),
    Code(OneTimeCode),
    Other(bool),
    Anyway(bool),
    Link(AccountNumber),
    Collect(AccountNumber),
    Choose(Choice),
    Address(AddressLine, String),
    CollectGoods(Option<Address>),
    AskAgain,
    Details(bool),
    /// The code of goods over the whole window, or no more.
    ShowCode(bool),
    /// Open a packet although nobody vouches for its issuer.
    Accept,
    /// The moment of opening is over.
    Settled,
    /// Look at the moment of opening once more.
    Replay,
}

impl Model {
    /// The packet to show; whatever was typed for another one is forgotten.
    pub(in crate::app) fn choose(&mut self, id: Digest) {
        if self.id != Some(id) {
            *self = Self { id: Some(id), ..Self::default() };
        }
        self.asked = false;
        self.code_shown = false;
    }

    /// What an action changes, and what the worker shall do.
    pub(in crate::app) fn update(&mut self, action: Action, show_me: bool, time: f64) -> Option<Command> {
        let id = self.id?;
        match action {
            Action::Open { tell } => {
                self.fault = None;
                return Some(Command::Open(id, OpenOptions { tell, show_me: tell && show_me }));
            }
            Action::Skip => {
                if let Some(moment) = &mut self.moment {
                    moment.skip(time);
                }
            }
            Action::Account(text) => {
                self.form.account = text;
                self.fault = None;
            }
            Action::Code(code) => self.form.code = code.0,
            Action::Other(other) => {
                self.form.other = other;
                self.form.account.clear();
            }
            Action::Anyway(anyway) => self.form.anyway = anyway,
            Action::Link(account) => {
                self.fault = None;
                let code = Zeroizing::new(self.form.code.trim().to_owned());
                return Some(Command::LinkAccount(account, OneTimeCode(code)));
            }
            Action::Collect(account) => {
                self.fault = None;
                return Some(Command::Collect { id, account, anyway: self.form.anyway });
            }
            Action::Choose(choice) => {
                self.form.choice = choice;
                self.fault = None;
            }
            Action::Address(line, text) => {
                self.form.address[line.at()] = text;
                self.fault = None;
            }
            Action::CollectGoods(address) => {
                self.fault = None;
                return Some(Command::CollectGoods { id, address, anyway: self.form.anyway });
            }
            Action::AskAgain => return Some(Command::Sync),
            Action::Details(open) => self.details = open,
            Action::ShowCode(shown) => self.code_shown = shown,
            Action::Accept => self.accepted = true,
            Action::Settled => self.moment = None,
            Action::Replay => self.moment = Some(Moment::start(time)),
        }
        None
    }

    /// Whether its bank is to be asked now: once, and only for a packet whose opening was told, for whoever only looks asks
    /// nobody.
    pub(in crate::app) fn wants_standing(&mut self) -> Option<Digest> {
        let shown = &self.packet.as_ref()?.shown;
        let told = shown.opening.as_ref().is_some_and(|opening| opening.notice != crate::wallet::Notice::None);
        // What was too late may have been extended since.
        let may_change = shown.collection.as_ref().is_none_or(|it| it.reason.as_deref() == Some("expired"));
        let open = shown.inspection.kind == Some("bank") && may_change;
        let wanted = told && open && !self.asked;
        self.asked |= wanted;
        shown.inspection.id.filter(|_| wanted)
    }

    /// Who may collect it, if only one client may: named by the last forwarding, or by the enterprise.
    pub(in crate::app) fn meant_for(packet: &Packet) -> Option<ClientId> {
        let inspection = &packet.shown.inspection;
        match inspection.hops.last() {
            Some(hop) => hop.to,
            None => inspection.addressed_to,
        }
    }
}

/// The name of whoever made a packet.
pub(in crate::app) fn title(packet: &Packet) -> &str {
    packet.shown.inspection.title.as_deref().unwrap_or_default()
}

/// The name of the issuing bank; its address while the wallet does not know it.
pub(in crate::app) fn bank(packet: &Packet) -> String {
    let inspection = &packet.shown.inspection;
    let host = || inspection.bank.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
    inspection.bank_name.clone().unwrap_or_else(host)
}

/// Whether Forward sits on the envelope.
pub(in crate::app) fn forward_on_envelope(packet: &Packet) -> bool {
    use crate::packet::Placement;
    let forward = packet.shown.inspection.forward.as_ref();
    forward.is_some_and(|forward| matches!(forward.placement, Placement::Envelope | Placement::Both))
        && hops_left(packet)
}

/// Whether Forward sits on the contents.
pub(in crate::app) fn forward_on_contents(packet: &Packet) -> bool {
    use crate::packet::Placement;
    let forward = packet.shown.inspection.forward.as_ref();
    forward.is_some_and(|forward| matches!(forward.placement, Placement::Contents | Placement::Both))
        && hops_left(packet)
}

fn hops_left(packet: &Packet) -> bool {
    let inspection = &packet.shown.inspection;
    let max = inspection.forward.as_ref().map_or(0, |forward| forward.max_hops as usize);
    inspection.hops.len() < max
}

/// Who a client is: a friend's name, else the beginning of the id.
pub(in crate::app) fn who(data: &Data, client: &ClientId) -> String {
    data.friend_name(client).map_or_else(|| crate::app::format::short_id(&client.to_string()), str::to_owned)
}
