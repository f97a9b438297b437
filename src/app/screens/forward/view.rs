//! How the forward sheet looks.

use std::collections::BTreeSet;

use egui::{Rect, Sense, Ui, pos2, vec2};

use super::{Action, Model, Way};
use crate::app::format;
use crate::app::look::{Look, Room};
use crate::app::message::{Command, Data, Packet, Task};
use crate::app::pictures::Drawing;
use crate::app::screens::envelope::{self, Face};
use crate::app::screens::packet::title;
use crate::app::state::Act;
use crate::app::theme::{THUMB_SHADOW, fonts, icons, radius};
use crate::app::widgets::{self, Band, Button, Field, FieldState};
use crate::packet::claims::When;
use crate::wallet::{ForwardState, Forwarded, RewardView};

/// Shows the sheet over everything.
pub(in crate::app) fn view(
    ctx: &egui::Context,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    data: &Data,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    let (act, close) = widgets::sheet(ctx, look, "forward", vec2(800.0, 636.0), |ui, look| {
        let all = ui.max_rect();
        if look.room == Room::Narrow {
            let inner = all.shrink2(vec2(16.0, 14.0));
            return widgets::inside(ui, inner, |ui| right(ui, look, model, packet, data, busy));
        }
        let left_rect = Rect::from_min_max(all.min, pos2(all.left() + 268.0, all.bottom()));
        let round = egui::CornerRadius { nw: radius::SHEET, sw: radius::SHEET, ne: 0, se: 0 };
        ui.painter().rect_filled(left_rect, round, look.tokens().bg);
        widgets::inside(ui, left_rect.shrink2(vec2(28.0, 28.0)), |ui| left(ui, look, model, packet));
        let right_rect =
            Rect::from_min_max(pos2(left_rect.right() + 28.0, all.top() + 22.0), all.max - vec2(28.0, 26.0));
        widgets::inside(ui, right_rect, |ui| right(ui, look, model, packet, data, busy))
    });
    act.or(close.then_some(Act::CloseForward))
}

/// What is forwarded, and what one earns by it.
fn left(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet) {
    let tokens = look.tokens();
    let words = look.say("forward-title");
    widgets::heading(ui, look, &words, 20.0);
    if let Some(words) = rewards_left(look, model, packet) {
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), tokens.ink2);
    }
    ui.add_space(10.0);
    let inspection = &packet.shown.inspection;
    let width = 196.0_f32.min(ui.available_height() * 0.38);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), envelope::height(width) + 16.0), Sense::hover());
    let at = pos2(rect.center().x - width / 2.0, rect.top());
    let face = Face {
        paper: envelope::paper(inspection.verdict, inspection.theme.as_deref(), false),
        guilloche: envelope::guilloche(inspection.id.as_ref(), inspection.verdict),
        issuer: envelope::issuer_seed(inspection.issuer.as_ref()),
        title: title(packet),
        greeting: inspection.greeting.as_deref().unwrap_or_default(),
        emblem: packet.emblem.as_ref(),
        cover: None,
        seal: envelope::seal_face(inspection.verdict, false, look.is_chinese()),
        stamp: None,
        foot: None,
    };
    let painter = ui.painter().clone();
    let body = Rect::from_min_size(at, vec2(width, envelope::height(width)));
    look.pictures.shadow(&painter, body, 10, THUMB_SHADOW);
    envelope::paint(&painter, look, at, width, &face);
    envelope::paint_seal(&painter, look, at, width, face.seal, 1.0);
    envelope::say(ui, look, at, width, &face);
    earning(ui, look, packet);
}

/// The reward that forwarding still earns, if there is one.
fn reward<'a>(look: &Look<'_>, packet: &'a Packet) -> Option<&'a RewardView> {
    let reward = packet.shown.inspection.forward.as_ref()?.reward.as_ref();
    reward.filter(|reward| reward.until.0 >= look.now)
}

/// How many more rewards this packet can bring; each is for another friend.
fn rewards_left(look: &Look<'_>, model: &Model, packet: &Packet) -> Option<String> {
    let left = reward(look, packet)?.per_person.saturating_sub(model.earned);
    Some(look.tell("forward-reward-left", &[("count", left.into())]))
}

/// What the forwarder earns, as the packet says; the same words in every window.
fn earning(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) {
    let tokens = look.tokens();
    let Some(reward) = reward(look, packet) else {
        let words = look.say("earn-nothing");
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), tokens.ink2);
        return;
    };
    let key = if reward.when == When::Opened { "earn-opened" } else { "earn-collected" };
    let values = [("amount", format::money(reward.amount).into())];
    let spoken = look.tell(key, &values);
    let lines = [("lead", fonts::body(fonts::BODY)), ("gain", fonts::bold(17.0))];
    let width = ui.available_width() - 74.0;
    let lines = lines.map(|(part, font)| {
        let words = look.tell(&format!("{key}.{part}"), &values);
        crate::app::look::wrapped(ui.painter(), &words, font, tokens.gold, width, false)
    });
    let height: f32 = lines.iter().map(|line| line.size().y).sum::<f32>() + 2.0;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height.max(42.0) + 28.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    ui.painter().rect_filled(rect, radius::TILE, tokens.gold_tint);
    let painter = ui.painter().clone();
    look.pictures.paint_centred(&painter, &Drawing::Coin(100, 0), pos2(rect.left() + 36.0, rect.center().y), 42.0);
    let mut at = pos2(rect.left() + 68.0, rect.center().y - height / 2.0);
    for line in lines {
        let next = at.y + line.size().y + 2.0;
        painter.galley(at, line, tokens.gold);
        at.y = next;
    }
    let day = look.formats.day(reward.until.0);
    let limits = look.tell("earn-limits", &[("most", reward.per_person.into()), ("day", day.into())]);
    widgets::note(ui, &limits, fonts::body(fonts::SECONDARY), tokens.ink2);
}

fn right(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    data: &Data,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        ui.set_height(40.0);
        let words = look.say(if look.room == Room::Narrow { "forward-title" } else { "forward-how" });
        widgets::heading(ui, look, &words, if look.room == Room::Narrow { fonts::SECTION } else { fonts::STRONG });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = look.say("close");
            // The cross itself ends where everything below it does.
            ui.add_space(-8.0);
            if widgets::icon_button(ui, look, icons::CLOSE, &close).clicked() {
                act = Some(Act::CloseForward);
            }
        });
    });
    if let Some(done) = &model.done {
        return act.or(made(ui, look, (model.way, done), data));
    }
    let shared = std::cell::RefCell::new(look);
    act.or(widgets::with_foot(
        ui,
        "forward",
        |ui| body(ui, &mut shared.borrow_mut(), model, packet, data),
        |ui| send(ui, &mut shared.borrow_mut(), model, packet, data, busy),
    ))
}

fn body(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, data: &Data) -> Option<Act> {
    let mut act = ways(ui, look, model);
    if look.room == Room::Narrow {
        earning(ui, look, packet);
    }
    ui.add_space(4.0);
    act = act.or(match model.way {
        Way::Friend => friends(ui, look, model, data, "find-friend"),
        Way::File | Way::Picture => path(ui, look, model).or(addressee(ui, look, model, data)),
        Way::Link => which_link(ui, look, model).or(addressee(ui, look, model, data)),
    });
    act = act.or(seal(ui, look, model, packet, data));
    act = act.or(kept(ui, look, model, packet));
    act.or(note(ui, look, model))
}

fn ways(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut act = None;
    let all = [
        (Way::File, icons::SAVE, "way-save", "way-save-more"),
        (Way::Link, icons::LINK, "way-link", "way-link-more"),
        (Way::Picture, icons::QR_CODE, "way-picture", "way-picture-more"),
        (Way::Friend, icons::SEND, "way-friend", "way-friend-more"),
    ];
    // Side by side, or two and two where that would be narrow.
    let across = if look.room == Room::Narrow { 2 } else { all.len() };
    let height = if look.room == Room::Narrow { 100.0 } else { 104.0 };
    for row in all.chunks(across) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let width = (ui.available_width() - 10.0 * (across - 1) as f32) / across as f32;
            for (way, icon, title, more) in row {
                let (title, more) = (look.say(title), look.say(more));
                let chosen = model.way == *way;
                if widgets::tile(ui, look, vec2(width, height), *icon, [&title, &more], chosen).clicked() {
                    act = Some(Act::Forward(Action::Way(*way)));
                }
            }
        });
    }
    act
}

/// A short link that needs its issuer, or a long one that needs nobody.
fn which_link(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut act = None;
    for (whole, title, more) in [(false, "link-short", "link-short-more"), (true, "link-whole", "link-more")] {
        let (title, more) = (look.say(title), look.say(more));
        let (_, response) = widgets::radio_row(ui, look, [&title, &more], 16.0, model.whole == whole);
        if response.clicked() {
            act = Some(Act::Forward(Action::Whole(whole)));
        }
    }
    act
}

/// Whether the chosen friend alone can open it, and what that locks.
fn seal(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, data: &Data) -> Option<Act> {
    let chosen = model.friend.filter(|_| matches!(model.way, Way::Friend | Way::File))?;
    let friend = data.friends.iter().find(|friend| friend.client == chosen)?;
    let name = [("name", friend.name.as_str().into())];
    ui.add_space(6.0);
    if friend.age.is_none() {
        let words = look.tell("forward-seal-old-card", &name);
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        return None;
    }
    let words = look.tell("forward-seal", &name);
    let mut act = None;
    ui.horizontal(|ui| {
        if widgets::toggle(ui, look, &words, model.seal).clicked() {
            act = Some(Act::Forward(Action::Seal(!model.seal)));
        }
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), look.tokens().ink);
    });
    if model.seal {
        let inspection = &packet.shown.inspection;
        let is_locked = inspection.addressed_to.is_some() && inspection.hops.iter().all(|hop| hop.to.is_some());
        let more = look.tell(if is_locked { "forward-seal-locked" } else { "forward-seal-open" }, &name);
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
    }
    act
}

/// Whether what an earlier forwarder said goes on with the packet; one's own words take its place.
fn kept(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet) -> Option<Act> {
    let note = packet.shown.inspection.note.as_ref().filter(|_| model.note.trim().is_empty())?;
    let words = look.tell("note-keep", &[("note", note.replace('\n', " ").into())]);
    let mut act = None;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if widgets::toggle(ui, look, &words, model.keep).clicked() {
            act = Some(Act::Forward(Action::Keep(!model.keep)));
        }
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), look.tokens().ink2);
    });
    act
}

fn friends(ui: &mut Ui, look: &mut Look<'_>, model: &Model, data: &Data, hint: &str) -> Option<Act> {
    let mut act = None;
    if data.friends.is_empty() {
        let words = look.say("no-friends");
        widgets::note(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2);
        return None;
    }
    if data.friends.len() > 4 {
        let hint = look.say(hint);
        let mut text = model.search.clone();
        let field = Field { height: 40.0, ..Field::new("find-friend", &hint).hint(&hint).bare().icon(icons::SEARCH) };
        if widgets::field(ui, look, &field, &mut text).changed() {
            act = Some(Act::Forward(Action::Search(text)));
        }
    }
    let wanted = model.search.trim().to_lowercase();
    ui.spacing_mut().item_spacing.y = 2.0;
    for friend in data.friends.iter().filter(|friend| friend.name.to_lowercase().contains(&wanted)) {
        let more = crate::app::screens::friends::last_exchange(look, data, &friend.client);
        let chosen = model.friend == Some(friend.client);
        ui.push_id(friend.client, |ui| {
            let (rect, response) = widgets::radio_row(ui, look, [&friend.name, &more], 65.0, chosen);
            crate::app::screens::friends::avatar(
                ui,
                look,
                &friend.client,
                &friend.name,
                pos2(rect.left() + 31.0, rect.center().y),
                42.0,
            );
            if response.clicked() {
                act = Some(Act::Forward(Action::Friend(Some(friend.client))));
            }
        });
    }
    ui.spacing_mut().item_spacing.y = 8.0;
    act
}

/// For a file or a link: for anybody, or for one friend.
fn addressee(ui: &mut Ui, look: &mut Look<'_>, model: &Model, data: &Data) -> Option<Act> {
    if data.friends.is_empty() {
        return None;
    }
    let label = look.say("forward-for");
    widgets::label(ui, &label, fonts::strong(fonts::SECONDARY), look.tokens().ink2);
    let anyone = look.say("forward-for-anyone");
    let (_, response) = widgets::radio_row(ui, look, [&anyone, ""], 16.0, model.friend.is_none());
    let act = response.clicked().then_some(Act::Forward(Action::Friend(model.friend)));
    act.or(friends(ui, look, model, data, "find-friend"))
}

fn path(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut act = None;
    let mut text = model.place().to_owned();
    let (label, hint) = (look.say("path-label"), look.say("path-hint"));
    let response = widgets::field(ui, look, &Field::new("path", &label).hint(&hint), &mut text);
    if response.changed() {
        act = Some(Act::Forward(Action::Path(text)));
    }
    let choose = look.say("forward-choose-place");
    if Button::secondary(&choose).icon(icons::FOLDER).show(ui, look).clicked() {
        act = Some(Act::Forward(Action::Choose));
    }
    act
}

fn note(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut text = model.note.clone();
    let (label, hint) = (look.say("note-label"), look.say("note-hint"));
    let left = model.note_left();
    let state = match left {
        left if left < 0 => FieldState::Wrong(look.tell("forward-note-long", &[("count", (-left).into())])),
        left if left < 20 => FieldState::Valid(look.tell("forward-note-left", &[("count", left.into())])),
        _ => FieldState::Neutral,
    };
    ui.add_space(10.0);
    let response = widgets::field(ui, look, &Field::new("note", &label).hint(&hint).state(state), &mut text);
    response.changed().then_some(Act::Forward(Action::Note(text)))
}

/// What happens to the money, and the button.
fn send(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    data: &Data,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    let tokens = look.tokens();
    if let Some(trouble) = &model.fault {
        let (what, money, next) = crate::app::fault_words(look.texts, trouble);
        let band = Band { icon: icons::WARNING_CIRCLE, ink: tokens.ochre, ground: tokens.ochre_tint };
        widgets::banner(ui, band, [&what, &format!("{money} {next}")]);
    } else {
        let name = model.friend.and_then(|friend| data.friend_name(&friend)).map(str::to_owned);
        let (words, more) = money_words(look, packet, name.as_deref());
        let band = Band { icon: icons::INFO, ink: tokens.celadon, ground: tokens.celadon_tint };
        widgets::banner(ui, band, [&words, &more]);
    }
    ui.add_space(6.0);
    let name = model.friend.and_then(|friend| data.friend_name(&friend));
    let (label, icon) = match (model.way, name) {
        (Way::File, _) => (look.say("send-save"), icons::SAVE),
        (Way::Link, _) => (look.say("send-link"), icons::LINK),
        (Way::Picture, _) => (look.say("send-picture"), icons::QR_CODE),
        (Way::Friend, Some(name)) => (look.tell("send-friend", &[("name", name.into())]), icons::SEND),
        (Way::Friend, None) => (look.say("send-nobody"), icons::SEND),
    };
    let idle = !busy.contains(&Task::Forward);
    let ready = model.is_ready() && idle;
    let mut act = None;
    let copy = look.say("send-picture-copy");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let mut width = ui.available_width();
        if model.way == Way::Picture {
            width = (width - 10.0) / 2.0;
            let button = Button::secondary(&copy).large().icon(icons::COPY).width(width);
            if button.enabled(model.is_said() && idle).show(ui, look).clicked() {
                act = Some(Act::Forward(Action::Copy));
            }
        }
        if Button::primary(&label).large().icon(icon).width(width).enabled(ready).show(ui, look).clicked() {
            act = Some(Act::Forward(Action::Send));
        }
    });
    act
}

/// What happens to the money when this packet is forwarded.
fn money_words(look: &Look<'_>, packet: &Packet, friend: Option<&str>) -> (String, String) {
    use crate::api::states::CollectionState;
    let inspection = &packet.shown.inspection;
    let collected =
        packet.shown.collection.as_ref().is_some_and(|collected| collected.state != CollectionState::Rejected);
    let key = if inspection.shares.unwrap_or(1) > 1 {
        "money-own-share"
    } else if collected {
        "money-collected"
    } else if inspection.goods.is_some() {
        "forward-money-goods"
    } else {
        "money-first-come"
    };
    let whom = match friend {
        None => look.say("forward-for-anyone"),
        Some(name) if inspection.addressed_to.is_some() => look.tell("forward-for-only", &[("name", name.into())]),
        Some(name) => look.tell("forward-for-meant", &[("name", name.into())]),
    };
    (look.say(key), whom)
}

/// Why a server did not pass it on, and what to do.
fn refusal(look: &Look<'_>, problem: &crate::wallet::Trouble) -> String {
    let fault = crate::app::Fault {
        code: problem.code.clone(),
        detail: problem.detail.clone(),
        next: problem.next.clone(),
        domain: Some(problem.origin.host()),
    };
    let (what, money, next) = crate::app::fault_words(look.texts, &fault);
    format!("{what} {money} {next}")
}

/// What can be done with a file that was written.
fn with_file(ui: &mut Ui, look: &mut Look<'_>, path: &std::path::Path) -> Option<Act> {
    let mut act = None;
    let words = ["file-copy", "file-reveal"].map(|key| look.say(key));
    let buttons = [(&words[0], icons::COPY), (&words[1], icons::FOLDER)];
    let [copy, reveal] = buttons.map(|(words, icon)| Button::secondary(words).icon(icon));
    let wide = copy.size(ui).x + reveal.size(ui).x + ui.spacing().item_spacing.x;
    ui.horizontal_wrapped(|ui| {
        ui.add_space(((ui.available_width() - wide) / 2.0).max(0.0));
        if copy.show(ui, look).clicked() {
            act = Some(Act::Do(Command::CopyFile(path.to_owned())));
        }
        if reveal.show(ui, look).clicked() {
            act = Some(Act::Do(Command::Reveal(path.to_owned())));
        }
    });
    act
}

/// What became of it.
fn made(ui: &mut Ui, look: &mut Look<'_>, (way, done): (Way, &Forwarded), data: &Data) -> Option<Act> {
    let tokens = look.tokens();
    let mut act = None;
    let hosted = done.hosted.as_ref();
    let refused = hosted.and_then(|hosted| hosted.problem.as_ref()).map(|problem| refusal(look, problem));
    let (icon, title, more) = match (&done.path, &done.link, done.state) {
        // Without a code the packet is in the picture's file alone.
        (Some(_), None, _) if way == Way::Picture => {
            (icons::INFO, look.say("done-picture-original"), look.say("done-picture-original-more"))
        }
        (Some(path), _, _) if way == Way::Picture => {
            (icons::CHECK_CIRCLE, look.say("done-picture"), path.display().to_string())
        }
        (None, None, _) if way == Way::Picture => {
            (icons::WARNING_CIRCLE, look.say("done-picture-empty"), look.say("done-picture-empty-more"))
        }
        (None, Some(_), _) if way == Way::Picture => {
            (icons::CHECK_CIRCLE, look.say("done-picture-copied"), look.say("done-picture-copied-more"))
        }
        (None, None, _) if way == Way::Link => match refused {
            Some(words) => (icons::WARNING_CIRCLE, look.say("done-link-refused"), words),
            None => (icons::CLOCK, look.say("done-link-queued"), look.say("done-link-queued-more")),
        },
        (_, Some(_), _) if hosted.is_some_and(|hosted| hosted.link == done.link) => {
            (icons::CHECK_CIRCLE, look.say("done-link"), look.say("done-link-short-more"))
        }
        (Some(path), _, _) => (icons::CHECK_CIRCLE, look.say("done-saved"), path.display().to_string()),
        (_, Some(_), _) => (icons::CHECK_CIRCLE, look.say("done-link"), look.say("done-link-more")),
        (_, _, ForwardState::Sent) => (icons::SEND, look.say("done-sent"), String::new()),
        (_, _, ForwardState::Delivered) => (icons::CHECK_CIRCLE, look.say("toast-recall-late"), String::new()),
        (_, _, ForwardState::Recalling) => (icons::CLOCK, look.say("toast-recalling"), String::new()),
        (_, _, ForwardState::Recalled) => (icons::CHECK_CIRCLE, look.say("toast-recalled"), String::new()),
        (_, _, ForwardState::Refused) => {
            let problem = done.problem.as_ref();
            let words = problem.map(|problem| refusal(look, problem)).unwrap_or_default();
            (icons::WARNING_CIRCLE, look.say("done-refused"), words)
        }
        _ => (icons::CLOCK, look.say("done-queued"), look.say("done-queued-more")),
    };
    let above = (ui.available_height() * 0.22).max(10.0);
    let area = egui::ScrollArea::vertical().id_salt("made");
    area.show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space(above);
            let (rect, _) = ui.allocate_exact_size(vec2(96.0, 96.0), Sense::hover());
            let is_trouble = icon == icons::WARNING_CIRCLE;
            let (ink, ground) =
                if is_trouble { (tokens.ochre, tokens.ochre_tint) } else { (tokens.celadon, tokens.celadon_tint) };
            ui.painter().circle_filled(rect.center(), 48.0, ground);
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, icon, fonts::icon_fill(48.0), ink);
            ui.add_space(14.0);
            widgets::heading(ui, look, &title, fonts::SECTION);
            widgets::note(ui, &more, fonts::body(fonts::BODY), tokens.ink2);
            if let Some(name) = done.to.and_then(|to| data.friend_name(&to)) {
                widgets::label(ui, name, fonts::strong(fonts::STRONG), tokens.ink);
            }
            ui.add_space(18.0);
            if let Some(link) = done.link.as_ref().filter(|_| way == Way::Link) {
                let again = look.say("copy-again");
                if Button::secondary(&again).icon(icons::COPY).show(ui, look).clicked() {
                    act = Some(Act::CopySecret(link.clone(), "link-copied"));
                }
            }
            if let Some(path) = &done.path {
                act = act.take().or(with_file(ui, look, path));
                ui.add_space(10.0);
            }
            if let Some(to) = done.to.filter(|_| done.can_recall) {
                let back = look.say("recall");
                if Button::ghost(&back).icon(icons::BACK).show(ui, look).clicked() {
                    act = Some(Act::Do(Command::Recall(done.id, to)));
                }
            }
            let words = look.say("done");
            if Button::primary(&words).width(180.0).show(ui, look).clicked() {
                act = Some(Act::CloseForward);
            }
        });
    });
    act
}
