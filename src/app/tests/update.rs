//! Acts and events change the state: no egui, no thread, no wallet. What a person would see is asked of the state alone.

use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::fixture::{
    NOON, account, collected, fault, forwarded, friend, id, inspection, linked, listed, opened, payable, person, read,
    shown,
};
use crate::api::states::{CollectionState, PacketState};
use crate::app::message::{Command, Data, Event, OneTimeCode, Passphrase, Pick, Progress, Refusal, SyncState, Task};
use crate::app::screens::packets::{Found, Query};
use crate::app::screens::{forward, packet, packets, passphrase, settings as settings_page};
use crate::app::settings::{IdleLock, Settings, TextSize, ThemeChoice};
use crate::app::state::{Act, Effect, Page, State};
use crate::app::text::{Language, Texts};
use crate::identity::keystore::Asking;
use crate::jose::Digest;
use crate::packet::Verdict;
use crate::wallet::{Archived, Carrier, Forwarded, Imported, Inspection, Listed, Notice, OpenOptions, Shown};

/// A state, and the words it speaks.
struct Desk {
    state: State,
    texts: Texts,
}

impl Desk {
    /// A window that has loaded an empty wallet and whose welcome was seen.
    fn new() -> Self {
        let settings = Settings { welcomed: true, ..Settings::default() };
        let state = State::new(settings, PathBuf::from("/wallet"));
        let mut desk = Self { state, texts: Texts::new(Language::English) };
        desk.hear(Event::Data(Arc::default()));
        desk
    }

    /// One that shows this packet, read.
    fn on_packet(id: Digest, change: impl FnOnce(&mut Shown)) -> Self {
        let mut desk = Self::new();
        desk.hear(Event::Data(Arc::new(Data { packets: vec![listed(id)].into(), ..Data::default() })));
        desk.act(Act::Go(Page::Packet(id)));
        let mut shown = shown(id);
        change(&mut shown);
        desk.hear(read(shown));
        desk
    }

    fn act(&mut self, act: Act) -> Vec<Effect> {
        self.state.act(act, &self.texts)
    }

    fn hear(&mut self, event: Event) -> Vec<Effect> {
        self.state.hear(event, &self.texts)
    }

    fn toasts(&self) -> Vec<&str> {
        self.state.toasts.iter().map(|toast| toast.words.as_str()).collect()
    }
}

fn one(command: Command) -> Vec<Effect> {
    vec![Effect::Command(command)]
}

#[test]
fn the_time_until_the_lock_is_kept_and_a_key_in_the_keyring_is_given_a_passphrase_when_asked_for() {
    let mut desk = Desk::new();
    assert_eq!(desk.state.settings.idle_lock.minutes(), Some(15));
    let effects = desk.act(Act::Settings(settings_page::Action::IdleLock(IdleLock::ALL[0])));
    let kept = Settings { idle_lock: IdleLock::ALL[0], ..desk.state.settings.clone() };
    assert_eq!(effects, [Effect::Command(Command::Keep(kept))]);
    assert_eq!(desk.state.settings.idle_lock.minutes(), Some(1));
    assert_eq!(desk.act(Act::Do(Command::Protect)), [Effect::Command(Command::Protect)]);
    assert_eq!(desk.act(Act::Do(Command::Protect)), [], "once at a time");
    desk.hear(Event::Protected);
    assert!(desk.toasts()[0].contains("passphrase"), "{:?}", desk.toasts());
}

#[test]
fn every_page_is_reached_and_a_packet_is_read_when_it_is_shown() {
    let mut desk = Desk::new();
    for page in [Page::Rewards, Page::Friends, Page::Activity, Page::Settings, Page::Packets] {
        assert_eq!(desk.act(Act::Go(page)), []);
        assert_eq!(desk.state.page, page);
    }
    let (first, second) = (id("first"), id("second"));
    assert_eq!(desk.act(Act::Go(Page::Packet(first))), one(Command::Show(first)));
    assert!(desk.state.packet.packet.is_none(), "nothing is shown before it was read");
    desk.hear(read(shown(second)));
    assert!(desk.state.packet.packet.is_none(), "another packet's news are not this one's");
    desk.hear(read(shown(first)));
    assert!(desk.state.packet.packet.is_some());
    desk.state.packet.form.account = "6200".into();
    desk.act(Act::Go(Page::Packets));
    desk.act(Act::Go(Page::Packet(first)));
    assert_eq!(desk.state.packet.form.account, "6200", "what was typed is still there");
    desk.act(Act::Go(Page::Packet(second)));
    assert_eq!(desk.state.packet.form.account, "", "but not for another packet");
    assert!(desk.state.packet.packet.is_none());
}

#[test]
fn nothing_is_done_twice_at_the_same_time() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    let commands = [
        (Act::Sync, Task::Sync),
        (Act::TakeText("hongbao:1?p=x".into()), Task::Take),
        (Act::Pick(Pick::Open), Task::Pick),
        (Act::CollectAll(vec![packet], account()), Task::CollectAll),
        (Act::Packet(packet::Action::Open { tell: true }), Task::Open(packet)),
        (Act::Packet(packet::Action::Collect(account())), Task::Collect(packet)),
        (Act::Packet(packet::Action::Link(account())), Task::Link),
        (Act::Settings(settings_page::Action::Acceptance(account(), None)), Task::Acceptance),
        (Act::Do(Command::AddParty("https://bank.example".into())), Task::Party),
    ];
    for (act, task) in commands {
        assert_eq!(desk.act(act.clone()).len(), 1, "{act:?}");
        assert!(desk.state.busy.contains(&task), "{act:?}");
        assert_eq!(desk.act(act.clone()), [], "{act:?} again");
        desk.hear(Event::Ended(task));
        assert_eq!(desk.act(act.clone()).len(), 1, "{act:?} after the first ended");
    }
    // Typing waits for what is being taken in; of files that are dropped none is lost.
    assert_eq!(desk.act(Act::TakeText("hongbao:1?p=y".into())), []);
    assert_eq!(desk.act(Act::TakeFile("/x".into())).len(), 1);
    assert_eq!(desk.act(Act::TakeFile("/y".into())).len(), 1);
    // Two packets are opened side by side.
    desk.act(Act::Go(Page::Packet(id("other"))));
    assert_eq!(desk.act(Act::Packet(packet::Action::Open { tell: true })).len(), 1);
}

#[test]
fn opening_tells_only_when_asked_to_and_asks_the_bank_only_then() {
    let packet = id("packet");
    for (tell, show_me, expected) in [
        (true, false, OpenOptions { tell: true, show_me: false }),
        (true, true, OpenOptions { tell: true, show_me: true }),
        (false, true, OpenOptions { tell: false, show_me: false }),
    ] {
        let mut desk = Desk::on_packet(packet, |_| {});
        desk.act(Act::ShowMe(show_me));
        let effects = desk.act(Act::Packet(packet::Action::Open { tell }));
        assert_eq!(effects, one(Command::Open(packet, expected)));
        let notice = if tell { Notice::Answered } else { Notice::None };
        let asks = if tell { one(Command::AskBank(packet)) } else { Vec::new() };
        let mut after = shown(packet);
        after.opening = Some(opened(packet, notice));
        assert_eq!(desk.hear(read(after.clone())), asks);
        assert_eq!(desk.hear(read(after)), [], "once");
        assert_eq!(desk.hear(Event::Opened(opened(packet, notice))), []);
        assert!(desk.state.packet.moment.is_some(), "the moment of opening begins");
    }
}

#[test]
fn goods_and_other_packets_ask_no_bank() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    let mut goods = shown(packet);
    goods.inspection.kind = Some("goods");
    goods.opening = Some(opened(packet, Notice::Answered));
    assert_eq!(desk.hear(read(goods)), []);
    let mut desk = Desk::on_packet(packet, |_| {});
    assert_eq!(desk.hear(Event::Opened(opened(id("other"), Notice::Answered))), []);
    assert!(desk.state.packet.moment.is_none(), "another packet's moment is not shown here");
}

#[test]
fn the_moment_of_opening_ends_when_it_is_skipped() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.hear(Event::Opened(opened(packet, Notice::None)));
    desk.act(Act::Packet(packet::Action::Skip));
    assert!(desk.state.packet.moment.is_some(), "it gives way to what was inside, and does not vanish");
    desk.act(Act::Packet(packet::Action::Settled));
    assert!(desk.state.packet.moment.is_none());
    desk.act(Act::Packet(packet::Action::Replay));
    assert!(desk.state.packet.moment.is_some(), "it can be looked at again");
}

#[test]
fn what_the_bank_says_is_kept_with_its_packet() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    let standing = payable();
    desk.hear(Event::Standing(id("other"), standing));
    assert!(desk.state.packet.standing.is_none());
    desk.hear(Event::Standing(packet, standing));
    assert_eq!(desk.state.packet.standing, Some(standing));
    desk.act(Act::Go(Page::Packet(id("other"))));
    assert!(desk.state.packet.standing.is_none());
}

#[test]
fn trouble_is_told_where_the_person_is_looking() {
    let packet = id("packet");
    for task in [Task::Open(packet), Task::Collect(packet), Task::Link] {
        let mut desk = Desk::on_packet(packet, |_| {});
        desk.hear(Event::Failed(Some(task), fault("unreachable")));
        assert_eq!(desk.state.packet.fault, Some(fault("unreachable")), "{task:?}");
        assert!(desk.toasts().is_empty(), "{task:?}");
        desk.act(Act::Packet(packet::Action::Collect(account())));
        assert!(desk.state.packet.fault.is_none(), "trying again takes the trouble away");
    }

    let mut desk = Desk::on_packet(packet, |_| {});
    desk.act(Act::OpenForward);
    desk.hear(Event::Failed(Some(Task::Forward), fault("exists")));
    assert_eq!(desk.state.forward.as_ref().unwrap().fault, Some(fault("exists")));
    assert!(desk.toasts().is_empty());
    desk.act(Act::Forward(forward::Action::Path("/other".into())));
    assert!(desk.state.forward.as_ref().unwrap().fault.is_none());

    // Elsewhere by then, or about nothing on the page: a passing word that is marked as trouble.
    for task in [Some(Task::Open(id("other"))), Some(Task::Sync), Some(Task::Take), Some(Task::Forward), None] {
        let mut desk = Desk::on_packet(packet, |_| {});
        desk.hear(Event::Failed(task, fault("unreachable")));
        assert!(desk.state.packet.fault.is_none(), "{task:?}");
        assert_eq!(desk.state.toasts.len(), 1, "{task:?}");
        assert!(desk.state.toasts[0].is_trouble);
        let words = desk.texts.say("error-unreachable");
        assert!(desk.toasts()[0].starts_with(&words), "{:?}", desk.toasts());
    }

    // The voucher itself says that its bank was not asked.
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.hear(Event::Failed(Some(Task::AskBank(packet)), fault("unreachable")));
    assert!(desk.toasts().is_empty() && desk.state.packet.fault.is_none());
}

#[test]
fn a_code_without_words_is_told_with_the_servers_own() {
    let mut desk = Desk::new();
    desk.hear(Event::Failed(Some(Task::Party), fault("something-new")));
    assert!(desk.toasts()[0].contains("it happened"), "{:?}", desk.toasts());
    assert!(!desk.toasts()[0].contains("error-"), "{:?}", desk.toasts());
}

#[test]
fn toasts_make_room_and_go() {
    let mut desk = Desk::new();
    for name in ["1", "2", "3", "4"] {
        desk.hear(Event::Befriended(friend(name)));
    }
    assert_eq!(desk.state.toasts.len(), 3);
    assert!(desk.toasts()[0].contains('2'), "the oldest went");
    desk.act(Act::DropToast(1));
    assert!(desk.toasts()[1].contains('4'));
    desk.act(Act::DropToast(9));
    assert_eq!(desk.state.toasts.len(), 2);
    assert!(desk.state.toasts[0].extra() > 0.0, "longer words stay longer");
}

#[test]
fn a_packet_that_was_taken_in_is_shown() {
    for (new, key) in [(true, "toast-imported"), (false, "toast-again")] {
        let mut desk = Desk::new();
        desk.state.settings.welcomed = false;
        desk.act(Act::Packets(packets::Action::Paste(Some("hongbao:1?p=x".into()))));
        let effects = desk.hear(Event::Imported(Imported { id: id("packet"), new }));
        assert_eq!(effects, one(Command::Show(id("packet"))));
        assert_eq!(desk.state.page, Page::Packet(id("packet")));
        assert_eq!(desk.toasts(), [desk.texts.say(key)]);
        assert!(desk.state.packets.paste.is_none(), "the field for links closes");
        assert!(desk.state.settings.welcomed, "whoever takes something in needs no welcome");
    }
}

#[test]
fn a_refused_file_is_shown_with_what_it_says() {
    let mut desk = Desk::on_packet(id("packet"), |_| {});
    desk.act(Act::OpenForward);
    let refused = Inspection { verdict: Verdict::NotGenuine, ..inspection(id("forged")) };
    let refusal = Refusal { inspection: Box::new(refused), file: Arc::default() };
    assert_eq!(desk.hear(Event::Refused(refusal)), []);
    assert_eq!(desk.state.page, Page::Refused);
    assert!(desk.state.forward.is_none());
    assert_eq!(desk.state.refused.as_ref().unwrap().inspection.verdict, Verdict::NotGenuine);
    desk.act(Act::Go(Page::Packets));
    assert_eq!(desk.state.page, Page::Packets);
}

#[test]
fn the_welcome_is_shown_once_and_only_to_an_empty_wallet() {
    let mut desk =
        Desk { state: State::new(Settings::default(), "/wallet".into()), texts: Texts::new(Language::English) };
    assert!(!desk.state.is_first_run(), "not before the wallet was read");
    desk.hear(Event::Data(Arc::default()));
    assert!(desk.state.is_first_run());
    desk.act(Act::Go(Page::Settings));
    assert!(!desk.state.is_first_run(), "over the first page only");
    desk.act(Act::Go(Page::Packets));
    desk.hear(Event::Data(Arc::new(Data { packets: vec![listed(id("packet"))].into(), ..Data::default() })));
    assert!(!desk.state.is_first_run(), "a wallet with packets is no first run");
    desk.hear(Event::Data(Arc::default()));

    let effects = desk.act(Act::Welcomed(Some(Pick::Open)));
    let [Effect::Command(Command::Keep(kept)), Effect::Command(Command::Pick(Pick::Open))] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(kept.welcomed);
    assert!(!desk.state.is_first_run());
    assert_eq!(desk.act(Act::Welcomed(None)).len(), 1, "only kept");
}

#[test]
fn the_passphrase_is_answered_once_and_forgotten() {
    let typed = |text: &str| Passphrase(Zeroizing::new(text.to_owned()));
    let mut desk = Desk::new();
    desk.hear(Event::Ask(Asking::Existing));
    assert_eq!(desk.state.passphrase.as_ref().unwrap().asking, Asking::Existing);
    assert_eq!(desk.act(Act::Passphrase(passphrase::Action::Answer)), [], "nothing was typed");
    desk.act(Act::Passphrase(passphrase::Action::First(typed("开心"))));
    assert!(!format!("{:?}", desk.state).contains("开心"));
    let answer = desk.act(Act::Passphrase(passphrase::Action::Answer));
    assert_eq!(answer, one(Command::Passphrase(Some(typed("开心")))));
    assert!(!format!("{answer:?}").contains("开心"));
    assert!(desk.state.passphrase.is_none());
    assert_eq!(desk.act(Act::Passphrase(passphrase::Action::Answer)), [], "nobody asks any more");

    desk.hear(Event::Ask(Asking::New));
    desk.act(Act::Passphrase(passphrase::Action::First(typed("一"))));
    assert_eq!(desk.act(Act::Passphrase(passphrase::Action::Answer)), [], "a new one is typed twice");
    assert_eq!(desk.act(Act::Passphrase(passphrase::Action::Cancel)), one(Command::Passphrase(None)));
    assert!(desk.state.passphrase.is_none());
}

#[test]
fn forwarding_suggests_a_file_and_waits_for_what_is_missing() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    assert_eq!(Desk::new().act(Act::OpenForward), [], "without a packet there is nothing to forward");
    desk.act(Act::OpenForward);
    let sheet = desk.state.forward.as_ref().unwrap();
    assert_eq!((sheet.way, sheet.path.as_str()), (forward::Way::File, "/wallet/hongbao-000007-1.hongbao"));

    let effects = desk.act(Act::Forward(forward::Action::Send));
    let [Effect::Command(Command::Forward(of, options))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((*of, &options.carrier), (packet, &Carrier::Save("/wallet/hongbao-000007-1.hongbao".into())));
    assert_eq!(desk.act(Act::Forward(forward::Action::Send)), [], "not while it is being made");
    desk.hear(Event::Ended(Task::Forward));
    desk.act(Act::Forward(forward::Action::Way(forward::Way::Friend)));
    assert_eq!(desk.act(Act::Forward(forward::Action::Send)), [], "to whom?");
    desk.act(Act::Forward(forward::Action::Friend(Some(person("Hao")))));
    assert_eq!(desk.act(Act::Forward(forward::Action::Send)).len(), 1);
    desk.act(Act::CloseForward);
    assert!(desk.state.forward.is_none());
    assert_eq!(desk.act(Act::Forward(forward::Action::Send)), [], "a closed sheet sends nothing");
}

#[test]
fn with_friends_the_sheet_begins_with_them() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.hear(Event::Data(Arc::new(Data {
        packets: vec![Listed { forwards: 2, ..listed(packet) }].into(),
        friends: vec![friend("Hao")],
        ..Data::default()
    })));
    desk.act(Act::OpenForward);
    let sheet = desk.state.forward.as_ref().unwrap();
    assert_eq!((sheet.way, sheet.path.as_str()), (forward::Way::Friend, "/wallet/hongbao-000007-3.hongbao"));
    desk.act(Act::Go(Page::Packets));
    assert!(desk.state.forward.is_none(), "leaving the packet closes its sheet");
}

#[test]
fn a_link_is_copied_as_soon_as_it_is_made() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.act(Act::OpenForward);
    let link = Forwarded { link: Some("hongbao:1?p=x".into()), ..forwarded(packet) };
    assert_eq!(
        desk.hear(Event::Forwarded(link.clone())),
        [Effect::CopySecret(Passphrase("hongbao:1?p=x".to_owned().into()))],
        "it carries money"
    );
    assert_eq!(desk.state.forward.as_ref().unwrap().done, Some(link));
    assert_eq!(desk.toasts(), [desk.texts.say("link-copied")]);
    desk.act(Act::CloseForward);
    assert_eq!(desk.hear(Event::Forwarded(forwarded(packet))), [], "a closed sheet stays closed");
    assert!(desk.state.forward.is_none());
    let copy = desk.act(Act::Copy("text".into(), "copied"));
    assert_eq!(copy, [Effect::Copy("text".into())]);
    let code = desk.act(Act::CopySecret("A7K3".into(), "copied"));
    assert_eq!(code, [Effect::CopySecret(Passphrase("A7K3".to_owned().into()))], "and so does a code");
}

#[test]
fn what_a_dialog_gave_goes_where_it_was_asked_for() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    let effects = desk.hear(Event::Picked(Pick::Open, Some("/a.hongbao".into())));
    assert_eq!(effects, one(Command::TakeFile("/a.hongbao".into())));
    desk.act(Act::OpenForward);
    let effects = desk.act(Act::Forward(forward::Action::Choose));
    let pick = Pick::SavePacket("hongbao-000007-1.hongbao".into());
    assert_eq!(effects, one(Command::Pick(pick.clone())), "the suggested name goes along");
    desk.hear(Event::Picked(pick.clone(), Some("/b.hongbao".into())));
    assert_eq!(desk.state.forward.as_ref().unwrap().path, "/b.hongbao");
    desk.hear(Event::Picked(pick, None));
    assert_eq!(desk.state.forward.as_ref().unwrap().path, "/b.hongbao", "nothing chosen changes nothing");
    desk.hear(Event::Picked(Pick::SaveCard("c".into()), Some("/c.hongbao-contact".into())));
    assert_eq!(desk.state.settings_page.card.as_deref(), Some("/c.hongbao-contact"));
}

#[test]
fn without_a_dialog_there_is_a_field_to_type_into() {
    let mut desk = Desk::new();
    assert_eq!(desk.hear(Event::Picked(Pick::Open, None)), []);
    assert_eq!(desk.state.packets.paste.as_deref(), Some(""));
    assert_eq!(desk.toasts(), [desk.texts.say("no-dialog")]);
    desk.act(Act::Packets(packets::Action::Paste(Some("/half/typed".into()))));
    desk.hear(Event::Picked(Pick::Open, None));
    assert_eq!(desk.state.packets.paste.as_deref(), Some("/half/typed"), "what was typed stays");
    let take = desk.act(Act::TakeText("/half/typed".into()));
    assert_eq!(take, one(Command::TakeText("/half/typed".into())));
}

#[test]
fn collecting_goes_on_until_it_is_paid() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.act(Act::Packet(packet::Action::Account(account().as_str().into())));
    desk.act(Act::Packet(packet::Action::Code(OneTimeCode(Zeroizing::new(" Q7XK ".into())))));
    let link = desk.act(Act::Packet(packet::Action::Link(account())));
    let code = OneTimeCode(Zeroizing::new("Q7XK".into()));
    assert_eq!(link, one(Command::LinkAccount(account(), code)));
    assert!(!format!("{link:?}{:?}", desk.state).contains("Q7XK"), "no code in any log");
    desk.hear(Event::Linked(linked()));
    assert_eq!(desk.state.packet.form.account, account().as_str());
    assert!(desk.state.packet.form.code.is_empty(), "a code serves once");
    assert_eq!(desk.toasts(), [desk.texts.say("toast-linked")]);

    let collect = desk.act(Act::Packet(packet::Action::Collect(account())));
    assert_eq!(collect, one(Command::Collect { id: packet, account: account(), anyway: false }));
    desk.hear(Event::Collected(collected(packet, CollectionState::Accepted)));
    assert_eq!(desk.state.toasts.len(), 1, "nothing is said before the money is there");
    desk.hear(Event::Collected(collected(packet, CollectionState::Paid)));
    assert!(desk.toasts()[1].contains("88"), "{:?}", desk.toasts());

    desk.hear(Event::Ended(Task::Collect(packet)));
    desk.act(Act::Packet(packet::Action::Anyway(true)));
    let collect = desk.act(Act::Packet(packet::Action::Collect(account())));
    assert_eq!(collect, one(Command::Collect { id: packet, account: account(), anyway: true }));
    assert_eq!(desk.act(Act::Packet(packet::Action::AskAgain)), one(Command::Sync));
}

#[test]
fn a_round_brings_the_shown_packet_up_to_date() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.act(Act::Sync);
    assert!(desk.state.is_syncing());
    let sync = SyncState { synced_at: Some(900), offline: false, trouble: None };
    assert_eq!(desk.hear(Event::Synced(sync.clone(), 2)), one(Command::Show(packet)));
    desk.hear(Event::Ended(Task::Sync));
    assert!(!desk.state.is_syncing());
    assert_eq!(desk.state.sync, sync);
    assert!(desk.toasts()[0].contains('2'));
    desk.act(Act::Go(Page::Friends));
    assert_eq!(desk.hear(Event::Synced(SyncState { offline: true, ..sync }, 0)), []);
    assert_eq!(desk.state.toasts.len(), 1, "nothing arrived, nothing is said");
    assert!(desk.state.sync.offline);
}

#[test]
fn friends_and_parties_are_told_by_name() {
    let packet = id("packet");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.act(Act::Settings(settings_page::Action::Party(" https://bank.example ".into())));
    let add = desk.act(Act::Settings(settings_page::Action::AddParty));
    assert_eq!(add, one(Command::AddParty("https://bank.example".into())));
    let effects = desk.hear(Event::Known("禾风银行".into()));
    assert_eq!(effects, one(Command::Show(packet)), "a packet is judged anew with what one knows now");
    assert_eq!(desk.state.settings_page.party, "");
    assert!(desk.toasts()[0].contains("禾风银行"));
    desk.hear(Event::Befriended(friend("Hao")));
    assert_eq!(desk.state.page, Page::Friends);
    assert!(desk.toasts()[1].contains("Hao"));
    assert_eq!(desk.hear(Event::Known("x".into())), [], "no packet is shown now");
}

#[test]
fn choices_are_kept_at_once() {
    let mut desk = Desk::new();
    let largest = TextSize::ALL[3];
    for action in [
        settings_page::Action::Language(Language::Chinese),
        settings_page::Action::Theme(ThemeChoice::Dark),
        settings_page::Action::TextSize(largest),
        settings_page::Action::ReducedMotion(true),
        settings_page::Action::BackedUp,
    ] {
        let effects = desk.act(Act::Settings(action));
        assert_eq!(effects, one(Command::Keep(desk.state.settings.clone())));
    }
    let settings = &desk.state.settings;
    assert_eq!((settings.language, settings.theme), (Some(Language::Chinese), ThemeChoice::Dark));
    assert_eq!((settings.text_size, settings.reduced_motion, settings.backed_up), (largest, true, true));
    assert_eq!(desk.act(Act::ShowMe(true)), one(Command::Keep(desk.state.settings.clone())));
}

#[test]
fn a_card_is_written_where_the_person_says() {
    let mut desk = Desk::new();
    assert_eq!(desk.act(Act::Settings(settings_page::Action::WriteCard)), [], "where to?");
    desk.act(Act::Settings(settings_page::Action::Name(" 林夏 ".into())));
    desk.act(Act::Settings(settings_page::Action::CardPath(" /cards/me ".into())));
    let write = desk.act(Act::Settings(settings_page::Action::WriteCard));
    assert_eq!(write, one(Command::WriteCard("/cards/me".into(), Some("林夏".into()))));
    desk.hear(Event::CardWritten);
    assert_eq!(desk.toasts(), [desk.texts.say("toast-card")]);
    let choose = desk.act(Act::Settings(settings_page::Action::ChooseCard));
    assert_eq!(choose, one(Command::Pick(Pick::SaveCard("hongbao.hongbao-contact".into()))));
}

#[test]
fn a_wallet_that_cannot_be_opened_is_told() {
    let mut desk = Desk::new();
    desk.hear(Event::Closed(fault("database")));
    assert_eq!(desk.state.closed, Some(fault("database")));
}

#[test]
fn looking_for_packets_asks_the_worker_and_keeps_the_rows_until_it_answers() {
    let mut desk = Desk::new();
    let data = Arc::new(Data { packets: vec![listed(id("a")), listed(id("b"))].into(), ..Data::default() });
    let answer = |query: &Query| Event::Found(Arc::new(Found::of(&data, query.clone(), NOON)));
    desk.hear(answer(&Query::default()));
    desk.hear(Event::Data(Arc::clone(&data)));
    assert_eq!(desk.state.found.shelf_len(), 2);
    let find = |query: &Query| one(Command::Find(query.clone()));

    let older = Query { search: "山".into(), ..Query::default() };
    assert_eq!(desk.act(Act::Packets(packets::Action::Search("山".into()))), find(&older));
    let newer = Query { search: "山x".into(), ..Query::default() };
    assert_eq!(desk.act(Act::Packets(packets::Action::Search("山x".into()))), find(&newer));
    assert_eq!(desk.state.found.shelf_len(), 2, "the rows stay meanwhile");
    desk.hear(answer(&newer));
    assert_eq!(desk.state.found.shelf_len(), 0);
    desk.hear(answer(&older));
    assert_eq!((desk.state.found.shelf_len(), &desk.state.found.query), (0, &newer), "the newest query wins");

    let hidden = Query::default();
    assert_eq!(
        desk.act(Act::Packets(packets::Action::ToggleSearch)),
        find(&hidden),
        "a search that is hidden hides nothing"
    );
    assert_eq!(desk.act(Act::Packets(packets::Action::Filter(packets::Filter::All))), [], "as it was");
}

#[test]
fn what_was_put_away_can_be_taken_back() {
    let packet = id("one");
    let mut desk = Desk::on_packet(packet, |_| {});
    assert_eq!(desk.act(Act::Archive(packet, true)), one(Command::Archive(packet, true)));
    desk.hear(Event::Archived(Archived { id: packet, state: PacketState::Archived }));
    assert_eq!(desk.state.page, Page::Packets, "it is not looked at any more");
    assert_eq!(desk.toasts(), [desk.texts.say("toast-archived")]);
    assert_eq!(desk.act(Act::Undo(0)), one(Command::Archive(packet, false)));
    assert_eq!(desk.act(Act::Undo(0)), [], "once");
    desk.hear(Event::Archived(Archived { id: packet, state: PacketState::Received }));
    assert_eq!(desk.toasts(), [desk.texts.say("toast-unarchived")]);
}

#[test]
fn how_long_and_how_far_is_known_until_it_ends() {
    let packet = id("one");
    let mut desk = Desk::on_packet(packet, |_| {});
    desk.state.time = 7.0;
    desk.act(Act::Sync);
    desk.state.time = 9.0;
    assert_eq!(desk.act(Act::Sync), [], "it is under way already");
    assert_eq!(desk.state.under_way.get(&Task::Sync), Some(&7.0));
    desk.hear(Event::Progress(Progress { task: Task::Sync, done: 1, all: 3 }));
    assert_eq!(desk.act(Act::Cancel(Task::Sync)), one(Command::Cancel(Task::Sync)));
    assert_eq!(desk.hear(Event::Cancelled(Task::Sync)), one(Command::Show(packet)), "as far as it came");
    assert!(desk.state.under_way.is_empty() && desk.state.busy.is_empty() && desk.state.progress.is_none());
    assert_eq!(desk.toasts(), [desk.texts.say("stopped-waiting")]);
}
