//! A contact card before it is taken, or a friend one has: who it says to be, and the six words to compare aloud.

use std::sync::Arc;

use egui::{Sense, Ui, vec2};

use super::{Action, avatar};
use crate::app::format::short_id;
use crate::app::look::Look;
use crate::app::message::Command;
use crate::app::state::Act;
use crate::app::theme::{fonts, icons};
use crate::app::widgets::{self, Button, Field, FieldState};
use crate::identity::fingerprint::Fingerprint;
use crate::jose::{ClientId, Digest};
use crate::packet::text::NAME;
use crate::wallet::{CardChange, CardSeen, CardStanding, Friend};

/// Who is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) struct Seen {
    card: CardSeen,
    source: Source,
    /// Whether one has more than a forwarding that this key signed.
    compared: bool,
    /// What one will call the friend.
    pub(super) name: String,
}

/// From where one knows whom one looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// A card.
    Card(Arc<[u8]>),
    /// A packet that was forwarded by this key.
    Packet(Digest),
    /// A friend one has.
    Friend,
}

impl Seen {
    /// A card that came.
    pub(in crate::app) fn of_card(card: CardSeen, bytes: Arc<[u8]>) -> Self {
        let name = card.called.clone().or_else(|| card.name.clone()).unwrap_or_default();
        Self { card, source: Source::Card(bytes), compared: true, name }
    }

    /// Whoever forwarded a packet: a key, and nothing else.
    pub(super) fn of_sender(packet: Digest, client: ClientId) -> Self {
        let card = CardSeen {
            client,
            name: None,
            called: None,
            inbox: Vec::new(),
            seals: false,
            fingerprint: Fingerprint::of(&client),
            standing: CardStanding::New,
            changes: Vec::new(),
        };
        Self { card, source: Source::Packet(packet), compared: false, name: String::new() }
    }

    /// A friend one has.
    pub(super) fn of_friend(friend: Friend) -> Self {
        let card = CardSeen {
            client: friend.client,
            name: None,
            called: Some(friend.name.clone()),
            inbox: friend.inbox,
            seals: friend.age.is_some(),
            fingerprint: Fingerprint::of(&friend.client),
            standing: CardStanding::Same,
            changes: Vec::new(),
        };
        Self { card, source: Source::Friend, compared: friend.compared, name: friend.name }
    }

    fn is_named(&self) -> bool {
        NAME.check(self.name.trim()).is_ok()
    }

    /// Adds the friend, takes over the newer card, or keeps the name.
    pub(super) fn keep(&self) -> Option<Command> {
        let name = self.name.trim().to_owned();
        if !self.is_named() || self.card.standing == CardStanding::Own {
            return None;
        }
        Some(match &self.source {
            Source::Card(card) => Command::Befriend(Arc::clone(card), name),
            Source::Packet(packet) => Command::BefriendSender(*packet, name),
            Source::Friend => Command::Rename(self.card.client, name),
        })
    }

    /// The words were compared aloud.
    pub(super) const fn compared(&self) -> Command {
        Command::Compared(self.card.client)
    }
}

/// How the card stands to what one has, in words.
fn standing(look: &Look<'_>, card: &CardSeen) -> String {
    match card.standing {
        CardStanding::Own => look.say("card-own"),
        CardStanding::New => look.say("card-new"),
        CardStanding::Same => look.say("card-same"),
        CardStanding::Older => look.say("card-older"),
        CardStanding::Changed => {
            let words = card.changes.iter().map(|change| {
                look.say(match change {
                    CardChange::Name => "card-change-name",
                    CardChange::Inbox => "card-change-inbox",
                    CardChange::Seal => "card-change-seal",
                })
            });
            let what = words.collect::<Vec<_>>().join(&look.say("list-comma"));
            look.tell("card-changed", &[("what", what.into())])
        }
    }
}

/// Shows whom it is about, and asks.
pub(super) fn view(ui: &mut Ui, look: &mut Look<'_>, seen: &Seen, idle: bool) -> Option<Act> {
    let tokens = look.tokens();
    let mut act = None;
    let title = look.say(match seen.source {
        Source::Card(_) => "card-came",
        Source::Packet(_) => "friend-by-key",
        Source::Friend => "friend-edit",
    });
    widgets::heading(ui, look, &title, fonts::STRONG);
    let (rect, _) = ui.allocate_exact_size(vec2(64.0, 68.0), Sense::hover());
    avatar(ui, look, &seen.card.client, &seen.name, rect.center(), 60.0);
    let words = if seen.compared { standing(look, &seen.card) } else { look.say("friend-by-key-more") };
    widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink);
    let aloud = look.say("fingerprint");
    widgets::label(ui, &aloud, fonts::strong(fonts::SECONDARY), tokens.ink2);
    for line in [seen.card.fingerprint.zh.join(" "), seen.card.fingerprint.en.join(" ")] {
        widgets::note(ui, &line, fonts::strong(fonts::STRONG), tokens.ink);
    }
    let more = look.say("fingerprint-more");
    widgets::note(ui, &more, fonts::body(fonts::SECONDARY), tokens.ink2);
    if seen.card.standing != CardStanding::Own {
        let mut name = seen.name.clone();
        let label = look.say("friend-name");
        let state =
            if seen.is_named() { FieldState::Neutral } else { FieldState::Wrong(look.say("friend-name-wrong")) };
        let field = Field::new("friend-name", &label).state(state);
        if widgets::field(ui, look, &field, &mut name).changed() {
            act = Some(Act::Friends(Action::Name(name)));
        }
    }
    ui.horizontal_wrapped(|ui| {
        let keep = look.say(match (&seen.source, seen.card.standing) {
            (Source::Friend, _) => "friend-keep",
            (_, CardStanding::New) => "friend-take",
            _ => "card-take-over",
        });
        let ready = idle && seen.keep().is_some();
        if Button::primary(&keep).icon(icons::ADD_FRIEND).enabled(ready).show(ui, look).clicked() {
            act = Some(Act::Friends(Action::Keep));
        }
        let copy = look.tell("friend-copy", &[("name", short_id(&seen.card.client.to_string()).into())]);
        if Button::secondary(&copy).icon(icons::COPY).show(ui, look).clicked() {
            act = Some(Act::Copy(seen.card.client.to_string(), "copied"));
        }
        if seen.source == Source::Friend {
            let same = look.say("friend-words-same");
            if !seen.compared && Button::secondary(&same).icon(icons::CHECK).enabled(idle).show(ui, look).clicked() {
                act = Some(Act::Friends(Action::Compared));
            }
            let block = look.say("stranger-block");
            if Button::ghost(&block).icon(icons::CLOSE).enabled(idle).show(ui, look).clicked() {
                act = Some(Act::Do(Command::Block(seen.card.client)));
            }
        }
        let close = look.say("cancel");
        if Button::ghost(&close).show(ui, look).clicked() {
            act = Some(Act::Friends(Action::Close));
        }
    });
    act
}
