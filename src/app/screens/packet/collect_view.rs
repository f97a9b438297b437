//! Collecting: the account, perhaps a one-time code, the button; then how far the collection is.

use egui::Ui;
use zeroize::Zeroizing;

use super::view::{Around, fault};
use super::{AccountEntry, Action, Condition, Model, check_account, figure, warning, who};
use crate::api::account::{AccountError, AccountNumber};
use crate::api::states::CollectionState;
use crate::app::format;
use crate::app::look::Look;
use crate::app::message::{OneTimeCode, Packet, Task};
use crate::app::state::Act;
use crate::app::theme::{fonts, icons};
use crate::app::widgets::{self, Band, Button, Field, FieldState, Step, StepState};
use crate::wallet::Collected;

/// Whether there is something to collect, or to try once more.
pub(super) fn may_collect(condition: Condition, packet: &Packet) -> bool {
    let untried = packet.shown.collection.is_none();
    matches!(condition, Condition::Fine | Condition::Early) && untried || condition == Condition::Rejected
}

fn asks_account(model: &Model, data: &crate::app::message::Data) -> bool {
    data.accounts.is_empty() || model.form.other
}

/// The friend to whom the only share of this packet was given.
fn passed_on(packet: &Packet, around: &Around<'_>) -> Option<String> {
    if packet.shown.inspection.shares.unwrap_or(1) > 1 {
        return None;
    }
    let to = packet.shown.forwards.iter().rev().filter(|forward| forward.stands).find_map(|forward| forward.to)?;
    Some(who(around.data, &to))
}

/// Account, perhaps a one-time code, and the button.
pub(super) fn form(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
) -> Option<Act> {
    let tokens = look.tokens();
    let mut act = None;
    if let Some(trouble) = &model.fault {
        fault(ui, look, trouble);
    }
    let entry = if asks_account(model, around.data) {
        act = act.or(account_field(ui, look, model, around));
        check_account(&model.form.account, around.data)
    } else {
        let chosen = chosen_account(model, around);
        act = act.or(known_accounts(ui, look, around, chosen.as_ref()));
        chosen.map_or(AccountEntry::Empty, AccountEntry::Linked)
    };
    if let AccountEntry::Unlinked(number, _) = &entry {
        act = act.or(link_form(ui, look, model, around, number));
    }
    if let Some(name) = passed_on(packet, around) {
        ui.horizontal(|ui| {
            let words = look.say("collect-anyway");
            if widgets::toggle(ui, look, &words, model.form.anyway).clicked() {
                act = Some(Act::Packet(Action::Anyway(!model.form.anyway)));
            }
            let more = look.tell("collect-anyway-more", &[("name", name.as_str().into())]);
            let stop = if look.is_chinese() { "。" } else { ". " };
            widgets::note(ui, &format!("{words}{stop}{more}"), fonts::body(fonts::SMALL), tokens.ink2);
        });
    }
    let inspection = &packet.shown.inspection;
    // In place of goods, what is paid is not what they are worth.
    let cash = inspection.goods.as_ref().and_then(|goods| goods.cash.as_ref()).map(|cash| cash.amount);
    let amount = cash.map_or_else(|| figure::share(look, packet), format::money);
    let busy = packet.shown.inspection.id.is_some_and(|id| around.busy.contains(&Task::Collect(id)));
    let label = if busy {
        look.say("collect-asking")
    } else {
        look.tell("collect-button-amount", &[("amount", amount.into())])
    };
    let account = match entry {
        AccountEntry::Linked(linked) => Some(linked.account),
        _ => None,
    };
    let held_back = passed_on(packet, around).is_some() && !model.form.anyway;
    let ready = account.is_some() && !busy && !held_back;
    let width = ui.available_width();
    if Button::primary(&label).large().width(width).enabled(ready).show(ui, look).clicked() {
        act = account.map(|account| Act::Packet(Action::Collect(account)));
    }
    ui.vertical_centered(|ui| {
        let hint = look.say("collect-offline");
        widgets::note(ui, &hint, fonts::body(fonts::SECONDARY), tokens.ink3);
    });
    act
}

fn account_field(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let mut text = format::in_fours(&model.form.account);
    let state = account_state(look, &check_account(&model.form.account, around.data));
    let (label, hint) = (look.say("account-label"), look.say("account-hint"));
    let field = Field::new("account", &label).hint(&hint).large().state(state).forgets();
    let response = widgets::field(ui, look, &field, &mut text);
    if response.changed() {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).take(40).collect();
        crate::app::widgets::keep_caret(ui, field.id, &text, &format::in_fours(&plain));
        return Some(Act::Packet(Action::Account(plain)));
    }
    if !around.data.accounts.is_empty() {
        let words = look.say("collect-account-known");
        if Button::ghost(&words).show(ui, look).clicked() {
            return Some(Act::Packet(Action::Other(false)));
        }
    }
    None
}

fn account_state(look: &Look<'_>, entry: &AccountEntry) -> FieldState {
    match entry {
        AccountEntry::Empty => FieldState::Neutral,
        AccountEntry::Linked(linked) => {
            FieldState::Valid(look.tell("account-of", &[("holder", linked.holder.as_str().into())]))
        }
        AccountEntry::Unlinked(_, Some(bank)) => {
            FieldState::Valid(look.tell("collect-valid-bank", &[("bank", bank.as_str().into())]))
        }
        AccountEntry::Unlinked(_, None) => FieldState::Wrong(look.say("collect-bank-unknown")),
        AccountEntry::Wrong(AccountError::Short(count)) => {
            FieldState::Wrong(look.tell("account-short", &[("count", (*count).into())]))
        }
        AccountEntry::Wrong(AccountError::Long(count)) => {
            FieldState::Wrong(look.tell("account-long", &[("count", (*count).into())]))
        }
        AccountEntry::Wrong(AccountError::Characters) => FieldState::Wrong(look.say("account-characters")),
        AccountEntry::Wrong(AccountError::Check) => FieldState::Wrong(look.say("account-check")),
    }
}

fn link_form(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    around: &Around<'_>,
    number: &AccountNumber,
) -> Option<Act> {
    let mut act = None;
    let why = look.say("link-why");
    widgets::note(ui, &why, fonts::body(fonts::SECONDARY), look.tokens().ink2);
    let mut code = Zeroizing::new(model.form.code.to_string());
    let (label, hint) = (look.say("code-label"), look.say("code-hint"));
    let response = widgets::field(ui, look, &Field::new("code", &label).hint(&hint).bare().forgets(), &mut code);
    if response.changed() {
        act = Some(Act::Packet(Action::Code(OneTimeCode(code.clone()))));
    }
    let busy = around.busy.contains(&Task::Link);
    let words = look.say("link-account");
    let ready = !code.trim().is_empty() && !busy;
    let entered = widgets::entered(ui, &response);
    let width = ui.available_width();
    let button = Button::secondary(&words).width(width).enabled(ready).show(ui, look);
    if button.clicked() || entered && ready && act.is_none() {
        act = Some(Act::Packet(Action::Link(number.clone())));
    }
    act
}

fn chosen_account(model: &Model, around: &Around<'_>) -> Option<crate::wallet::LinkedAccount> {
    let typed = around.data.accounts.iter().find(|known| known.account.as_str() == model.form.account);
    typed.or(around.data.accounts.last()).cloned()
}

/// The accounts of this wallet, one chosen; and the way to another one.
fn known_accounts(
    ui: &mut Ui,
    look: &mut Look<'_>,
    around: &Around<'_>,
    chosen: Option<&crate::wallet::LinkedAccount>,
) -> Option<Act> {
    let mut act = None;
    let label = look.say("collect-into");
    widgets::label(ui, &label, fonts::strong(fonts::SECONDARY), look.tokens().ink2);
    for account in &around.data.accounts {
        let is_chosen = chosen.is_some_and(|chosen| chosen.account == account.account);
        let number = format::in_fours(account.account.as_str());
        let bank = around.data.bank_name(&account.bank);
        let title = format!("{} · {bank}", account.holder);
        let (_, response) = widgets::radio_row(ui, look, [&title, &number], 14.0, is_chosen);
        if response.clicked() {
            act = Some(Act::Packet(Action::Account(account.account.as_str().to_owned())));
        }
    }
    let other = look.say("collect-account-other");
    if Button::ghost(&other).icon(icons::ADD).show(ui, look).clicked() {
        act = Some(Act::Packet(Action::Other(true)));
    }
    act
}

/// How far the collection is: what to tell, and when each step was.
pub(super) fn progress(
    ui: &mut Ui,
    look: &mut Look<'_>,
    packet: &Packet,
    collected: &Collected,
    around: &Around<'_>,
) -> Option<Act> {
    let t = look.tokens();
    let amount = collected.amount.map(format::money).unwrap_or_default();
    let account = around.data.accounts.iter().find(|known| known.account == collected.account);
    let holder = account.map(|account| account.holder.clone()).unwrap_or_default();
    let gold = Band { icon: icons::CLOCK, ink: t.gold, ground: t.gold_tint };
    let celadon = Band { icon: icons::CHECK_CIRCLE, ink: t.celadon, ground: t.celadon_tint };
    let ochre = Band { icon: icons::WARNING_CIRCLE, ink: t.ochre, ground: t.ochre_tint };
    let mut act = None;
    match collected.state {
        CollectionState::Paid => {
            let title = look.tell("arrived", &[("amount", amount.into())]);
            widgets::banner(ui, celadon, [&title, &look.say("voucher-once")]);
        }
        CollectionState::Rejected => {
            let why = warning::reason_words(look, collected.reason.as_deref().unwrap_or_default());
            widgets::banner(ui, ochre, [&look.say("collect-refused"), &why]);
        }
        _ if !collected.sent => {
            widgets::banner(ui, gold, [&look.say("collect-waiting"), &look.say("collect-waiting-more")]);
        }
        CollectionState::Uncertain => {
            widgets::banner(ui, gold, [&look.say("collect-uncertain"), &look.say("collect-uncertain-more")]);
        }
        state => {
            let key = match state {
                CollectionState::Accepted => "collect-state-accepted",
                CollectionState::Released => "collect-state-released",
                _ => "collect-state-applied",
            };
            widgets::banner(ui, gold, [&look.say(key), &until(look, packet, collected)]);
        }
    }
    if !collected.state.is_final() {
        let again = look.say("ask-again");
        let busy = around.busy.contains(&Task::Sync);
        if Button::secondary(&again).icon(icons::REFRESH).enabled(!busy).show(ui, look).clicked() {
            act = Some(Act::Packet(Action::AskAgain));
        }
    }
    let bank = around.data.bank_name(&collected.bank);
    let tail = format::tail(collected.account.as_str());
    super::view::fact(ui, look, &look.say("voucher-holder"), &holder, "");
    super::view::fact(ui, look, &look.say("voucher-account"), &format!("·· {tail}"), &bank);
    let next = around.found.next_to_open(&collected.id);
    if let (CollectionState::Paid, Some(next)) = (collected.state, next) {
        ui.add_space(6.0);
        let words = look.say("open-next");
        let width = ui.available_width();
        if Button::secondary(&words).icon(icons::ENVELOPE).width(width).show(ui, look).clicked() {
            act = Some(Act::Go(crate::app::state::Page::Packet(next)));
        }
    }
    act
}

/// Until when the next step is promised, if anybody promised it.
fn until(look: &Look<'_>, packet: &Packet, collected: &Collected) -> String {
    let told = |key: &str, at: i64| look.tell(key, &[("day", look.formats.day_and_time(at).into())]);
    if let (CollectionState::Applied, Some(by)) = (collected.state, collected.decides_by) {
        return told("collect-held", by.0);
    }
    let within = packet.shown.inspection.voucher.as_ref().and_then(|voucher| voucher.pays_within);
    let asked = collected.steps.last().filter(|_| collected.state != CollectionState::Applied);
    match asked.zip(within) {
        Some((step, within)) => told("collect-pays-by", step.at.0.saturating_add(i64::from(within))),
        None => look.say("collect-waiting-more"),
    }
}

/// The four steps from applying to the account.
pub(super) fn steps(look: &Look<'_>, packet: &Packet, around: &Around<'_>) -> Vec<Step> {
    let collected = packet.shown.collection.as_ref();
    let done = collected.map_or(0, |collected| match collected.state {
        CollectionState::Applied if !collected.sent => 0,
        CollectionState::Applied => 1,
        CollectionState::Accepted => 2,
        CollectionState::Released | CollectionState::Uncertain => 2,
        CollectionState::Paid => 4,
        CollectionState::Rejected => collected.steps.len().saturating_sub(1).clamp(1, 3),
    });
    let rejected = collected.is_some_and(|collected| collected.state == CollectionState::Rejected);
    let at = |state: CollectionState| {
        let step = collected.and_then(|collected| collected.steps.iter().find(|step| step.state == state));
        step.map(|step| look.formats.clock(step.at.0)).unwrap_or_default()
    };
    let queued = collected.is_some_and(|collected| !collected.sent) || around.offline && collected.is_none();
    let first = look.say(if queued { "step-apply-queued" } else { "step-apply-more" });
    let first = if done > 0 { String::new() } else { first };
    let words = [
        (look.say("step-apply"), first, at(CollectionState::Applied)),
        (look.say("step-accept"), look.say("step-accept-more"), at(CollectionState::Accepted)),
        (look.say("step-release"), look.say("step-release-more"), at(CollectionState::Released)),
        (look.say("step-paid"), look.say("step-paid-more"), at(CollectionState::Paid)),
    ];
    words
        .into_iter()
        .enumerate()
        .map(|(index, (title, more, at))| {
            let state = match index {
                index if index < done => StepState::Done,
                index if index == done && rejected => StepState::Stopped,
                index if index == done => StepState::Now,
                _ => StepState::Next,
            };
            Step { title, more, at, state }
        })
        .collect()
}
