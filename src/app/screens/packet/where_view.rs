//! Where a packet's money is: one sentence, since when, who said so; then whom to ask and with which numbers.

use egui::{Align2, Color32, Sense, Ui, pos2, vec2};
use fluent_bundle::FluentValue;

use super::place::{Ask, Place, Said, Whereabouts, whereabouts};
use super::view::Around;
use super::{Model, bank, collect_view, figure, title, warning};
use crate::app::format;
use crate::app::look::{Look, Room, wrapped};
use crate::app::message::{Command, Packet, Task};
use crate::app::state::{Act, Page};
use crate::app::theme::{fonts, icons};
use crate::app::widgets::{self, Button};
use crate::packet::Origin;

/// As wide as the page's cards are at most.
const WIDTH: f32 = 680.0;

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    widgets::page(ui, look, "where", |ui, look| {
        widgets::centred(ui, WIDTH, |ui| {
            let mut act = head(ui, look, model);
            let Some(packet) = &model.packet else {
                let words = look.say("loading");
                widgets::label(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2);
                return act;
            };
            let page = Shown::of(look, model, packet, around);
            act = act.or(widgets::card(ui, look, |ui, look| page.place(ui, look)).inner);
            ui.add_space(12.0);
            act.or(widgets::card(ui, look, |ui, look| page.numbers(ui, look)).inner)
        })
    })
}

fn head(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let words = look.say("where-back");
    let back = Button::ghost(&words).icon(icons::BACK).show(ui, look).clicked();
    ui.add_space(2.0);
    let title = where_words(look, model.packet.as_ref(), "where-title");
    widgets::heading(ui, look, &title, fonts::PAGE);
    ui.add_space(8.0);
    model.id.filter(|_| back).map(|id| Act::Go(Page::Packet(id)))
}

/// Whether a packet is asked about as goods: nobody asked for their price instead.
fn is_goods(packet: &Packet) -> bool {
    packet.shown.inspection.kind == Some("goods") && packet.shown.collection.is_none()
}

/// The words for `key`: of goods there are others than of money.
pub(super) fn where_words(look: &Look<'_>, packet: Option<&Packet>, key: &str) -> String {
    if packet.is_some_and(is_goods) { look.say(&format!("{key}-goods")) } else { look.say(key) }
}

/// One number to name when asking: what it is called, and the number.
struct Number {
    name: String,
    value: String,
}

/// What the page shows of a packet.
struct Shown<'a> {
    packet: &'a Packet,
    around: &'a Around<'a>,
    found: Whereabouts,
    sentence: String,
    since: String,
    said: String,
    /// Whom to ask: a name and a domain.
    whom: Option<(String, String)>,
    numbers: Vec<Number>,
}

impl<'a> Shown<'a> {
    fn of(look: &Look<'_>, model: &Model, packet: &'a Packet, around: &'a Around<'a>) -> Self {
        let found = whereabouts(packet, model.standing.as_ref(), look.now);
        let values = values(look, packet, around);
        let day = |at: i64| look.formats.day_and_time(at);
        let since = found.since.map(|at| look.tell("where-since", &[("day", day(at).into())])).unwrap_or_default();
        let whom = whom(packet, around, found.place.ask());
        let who = whom.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        let said = |key: &str, at: i64| look.tell(key, &[("bank", who.as_str().into()), ("day", day(at).into())]);
        let said = match found.said {
            Said::Bank(at) => said("where-said-bank", at),
            Said::Voucher(at) => said("where-said-voucher", at),
            Said::Here(at) => said("where-said-here", at),
            Said::Calendar => look.say("where-said-calendar"),
            Said::Nobody => String::new(),
        };
        let sentence = look.tell(found.place.key(), &values);
        let numbers = numbers(look, packet);
        Self { packet, around, found, sentence, since, said, whom, numbers }
    }

    fn colours(&self, look: &Look<'_>) -> (char, Color32, Color32) {
        let t = look.tokens();
        match self.found.place {
            Place::Paid => (icons::WALLET, t.celadon, t.celadon_tint),
            Place::Frozen | Place::Promised => (icons::LOCK, t.celadon, t.celadon_tint),
            Place::GoodsHad => (icons::CHECK_CIRCLE, t.celadon, t.celadon_tint),
            Place::GoodsMissing | Place::GoodsOver | Place::GoodsRefunded | Place::GoodsRefused => {
                (icons::HELP, t.ochre, t.ochre_tint)
            }
            Place::Goods | Place::GoodsAsked | Place::GoodsCode | Place::GoodsSent => {
                (icons::GIFT, t.gold, t.gold_tint)
            }
            Place::Unvouched | Place::Refused => (icons::HELP, t.ochre, t.ochre_tint),
            place if place.is_moving() => (icons::BANK, t.gold, t.gold_tint),
            _ => (icons::EXPIRED, t.ink2, t.rail),
        }
    }

    /// The sentence with its sign; how far the collection is.
    fn place(&self, ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
        let t = look.tokens();
        let (icon, ink, ground) = self.colours(look);
        let inner = ui.available_width();
        let beside = inner > 300.0;
        let left = if beside { 72.0 } else { 0.0 };
        let width = inner - left;
        let mut lines = vec![(self.sentence.clone(), fonts::strong(fonts::SECTION), t.ink)];
        lines.extend(
            [&self.since, &self.said]
                .into_iter()
                .filter(|words| !words.is_empty())
                .map(|words| (words.clone(), fonts::body(fonts::BODY), t.ink2)),
        );
        if self.around.offline && self.found.place.may_change() {
            lines.push((look.say("where-last-known"), fonts::body(fonts::BODY), t.ochre));
        }
        let spoken: Vec<String> = lines.iter().map(|(words, ..)| words.clone()).collect();
        let galleys: Vec<_> = lines
            .into_iter()
            .map(|(words, font, ink)| (wrapped(ui.painter(), &words, font, ink, width, false), ink))
            .collect();
        let high: f32 = galleys.iter().map(|(galley, _)| galley.size().y + 4.0).sum();
        let top = if beside { 0.0 } else { 68.0 };
        let (rect, response) = ui.allocate_exact_size(vec2(inner, (high + top).max(56.0)), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, spoken.join(" ")));
        let centre = rect.left_top() + vec2(28.0, 28.0);
        ui.painter().circle_filled(centre, 28.0, ground);
        ui.painter().text(centre, Align2::CENTER_CENTER, icon, fonts::icon_fill(28.0), ink);
        let mut y = rect.top() + top + if beside { ((56.0 - high) / 2.0).max(0.0) } else { 0.0 };
        for (galley, ink) in galleys {
            let down = galley.size().y + 4.0;
            ui.painter().galley(pos2(rect.left() + left, y), galley, ink);
            y += down;
        }
        if self.packet.shown.collection.is_some() {
            ui.add_space(14.0);
            let steps = collect_view::steps(look, self.packet, self.around);
            if look.room == Room::Narrow || inner < 420.0 {
                widgets::steps_down(ui, look, &steps);
            } else {
                widgets::steps_across(ui, look, &steps);
            }
        }
        self.ask_now(ui, look)
    }

    /// The way to a newer answer.
    fn ask_now(&self, ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
        let id = self.packet.shown.inspection.id?;
        if !self.found.place.may_change() {
            return None;
        }
        ui.add_space(10.0);
        let collecting = self.packet.shown.collection.is_some();
        let task = if collecting { Task::Sync } else { Task::AskBank(id) };
        let words = look.say("where-ask-now");
        let free = !self.around.busy.contains(&task);
        let clicked = Button::secondary(&words).icon(icons::REFRESH).enabled(free).show(ui, look).clicked();
        clicked.then(|| if collecting { Act::Sync } else { Act::Do(Command::AskBank(id)) })
    }

    /// Whom to ask, the numbers, and the words for it.
    fn numbers(&self, ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
        let t = look.tokens();
        let mut act = None;
        if let Some((name, domain)) = &self.whom {
            let words = look.tell("where-ask", &[("who", name.as_str().into())]);
            widgets::heading(ui, look, &words, 16.0);
            widgets::note(ui, domain, fonts::body(fonts::BODY), t.ink2);
            ui.add_space(4.0);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        for number in &self.numbers {
            if number_row(ui, look, number) {
                act = Some(Act::Copy(number.value.clone(), "copied"));
            }
        }
        ui.add_space(14.0);
        let copy = where_words(look, Some(self.packet), "where-copy");
        let short = look.say("copy");
        // A button's words are never cut: in little room there are fewer, and all of them are said.
        let whole = Button::primary(&copy).icon(icons::COPY);
        let copied = if is_goods(self.packet) { "where-copied-goods" } else { "where-copied" };
        let fits = whole.size(ui).x <= ui.available_width();
        let button = if fits { whole } else { Button::primary(&short).icon(icons::COPY).name(&copy) };
        if button.show(ui, look).clicked() {
            act = Some(Act::Copy(self.message(look), copied));
        }
        ui.add_space(6.0);
        let more = where_words(look, Some(self.packet), "where-copy-more");
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), t.ink3);
        act
    }

    /// What to tell the bank: the question, the numbers, and what is known here.
    fn message(&self, look: &Look<'_>) -> String {
        let colon = if look.is_chinese() { "：" } else { ": " };
        let mut lines = vec![where_words(look, Some(self.packet), "where-message")];
        lines.extend(self.numbers.iter().map(|number| format!("{}{colon}{}", number.name, number.value)));
        let known: Vec<&str> = [&self.sentence, &self.since, &self.said]
            .into_iter()
            .filter(|words| !words.is_empty())
            .map(String::as_str)
            .collect();
        let stop = if look.is_chinese() { "。" } else { ". " };
        lines.push(format!("{}{colon}{}", look.say("where-known"), known.join(stop)));
        lines.join("\n")
    }
}

/// Everything that the sentences may name.
fn values(look: &Look<'_>, packet: &Packet, around: &Around<'_>) -> Vec<(&'static str, FluentValue<'static>)> {
    let inspection = &packet.shown.inspection;
    let collected = packet.shown.collection.as_ref();
    let amount = figure::share(look, packet);
    let frozen = inspection.voucher.as_ref().map(|voucher| format::money(voucher.frozen)).unwrap_or_default();
    let collecting = collected.map(|collected| around.data.bank_name(&collected.bank)).unwrap_or_default();
    let tail = collected.map(|collected| format::tail(collected.account.as_str())).unwrap_or_default();
    let goods = packet.shown.handover.as_ref();
    let reason = collected.and_then(|collected| collected.reason.as_deref());
    let reason = reason.or(goods.and_then(|goods| goods.reason.as_deref())).unwrap_or_default();
    let said = goods.and_then(|goods| goods.reason.clone()).unwrap_or_default();
    let tracking = goods.and_then(|goods| goods.tracking.clone()).unwrap_or_default();
    let until = goods.and_then(|goods| goods.until).map(|until| look.formats.day(until.0)).unwrap_or_default();
    let reason = warning::reason_words(look, reason);
    vec![
        ("issuing", bank(packet).into()),
        ("collecting", collecting.into()),
        ("issuer", title(packet).to_owned().into()),
        ("amount", amount.into()),
        ("frozen", frozen.into()),
        ("tail", tail.into()),
        ("reason", reason.into()),
        ("said", said.into()),
        ("number", tracking.into()),
        ("day", until.into()),
    ]
}

/// The name and domain of whom to ask.
fn whom(packet: &Packet, around: &Around<'_>, ask: Ask) -> Option<(String, String)> {
    let inspection = &packet.shown.inspection;
    let host = |origin: &Origin| origin.host();
    match ask {
        Ask::Issuing => inspection.bank.as_ref().map(|origin| (bank(packet), host(origin))),
        Ask::Collecting => {
            let collected = packet.shown.collection.as_ref()?;
            Some((around.data.bank_name(&collected.bank), host(&collected.bank)))
        }
        Ask::Issuer => inspection.issuer.as_ref().map(|origin| (title(packet).to_owned(), host(origin))),
    }
}

/// The numbers by which bank and issuer know it; of the account no more than its end.
fn numbers(look: &Look<'_>, packet: &Packet) -> Vec<Number> {
    let inspection = &packet.shown.inspection;
    let collected = packet.shown.collection.as_ref();
    let named =
        |origin: &Option<Origin>, name: String| origin.as_ref().map(|origin| format!("{name} ({})", origin.host()));
    let amount = inspection.amount.map(|_| figure::share(look, packet));
    let found = [
        ("where-number-voucher", inspection.voucher.as_ref().map(|voucher| voucher.number.clone())),
        ("where-number-collection", collected.map(|collected| collected.collection.to_string())),
        ("where-number-goods", packet.shown.handover.as_ref().map(|goods| goods.collection.to_string())),
        ("where-number-serial", inspection.serial.map(format::serial)),
        ("where-number-amount", amount),
        ("voucher-issuing-bank", named(&inspection.bank, bank(packet))),
        ("voucher-issuer", named(&inspection.issuer, title(packet).to_owned())),
        ("voucher-account", collected.map(|collected| format!("·· {}", format::tail(collected.account.as_str())))),
        ("where-number-packet", inspection.id.map(|id| id.to_string())),
    ];
    let some = found.into_iter().filter_map(|(key, value)| Some(Number { name: look.say(key), value: value? }));
    some.collect()
}

/// A number with a button that copies it; true when it was pressed.
fn number_row(ui: &mut Ui, look: &mut Look<'_>, number: &Number) -> bool {
    let t = look.tokens();
    let width = ui.available_width() - 48.0;
    let name = wrapped(ui.painter(), &number.name, fonts::body(fonts::SECONDARY), t.ink3, width, false);
    let value = wrapped(ui.painter(), &number.value, fonts::strong(fonts::STRONG), t.ink, width, false);
    let high = (name.size().y + value.size().y + 18.0).max(56.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::hover());
    let spoken = format!("{}: {}", number.name, number.value);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let top = rect.center().y - (name.size().y + value.size().y + 2.0) / 2.0;
    let below = top + name.size().y + 2.0;
    ui.painter().galley(pos2(rect.left(), top), name, t.ink3);
    ui.painter().galley(pos2(rect.left(), below), value, t.ink);
    ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, t.line.gamma_multiply(0.7)));
    let place = egui::Rect::from_center_size(pos2(rect.right() - 20.0, rect.center().y), vec2(40.0, 40.0));
    let copy = look.tell("where-copy-one", &[("name", number.name.as_str().into())]);
    // A child of its own: the row keeps its height.
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt(&number.name));
    widgets::icon_button(&mut child, look, icons::COPY, &copy).clicked()
}
