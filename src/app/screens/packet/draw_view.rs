//! A lucky draw: that it will be checked, that it was computed again and holds; or, unmistakably, that it does not.

use egui::Ui;

use crate::app::look::Look;
use crate::app::message::Packet;
use crate::app::theme::{fonts, icons};
use crate::app::widgets::{self, Band};
use crate::wallet::{DrawState, DrawView};

/// The line under a share that was paid.
pub(super) fn drawn(ui: &mut Ui, look: &Look<'_>, packet: &Packet) {
    let Some(draw) = packet.shown.draw.as_ref().filter(|draw| draw.share.is_some()) else { return };
    let t = look.tokens();
    let (title, more) = words(look, draw);
    ui.add_space(8.0);
    match draw.state {
        DrawState::Waiting => {
            widgets::note(ui, &title, fonts::body(fonts::SECONDARY), t.ink3);
        }
        DrawState::Holds => {
            let band = Band { icon: icons::CHECK_CIRCLE, ink: t.celadon, ground: t.celadon_tint };
            widgets::banner(ui, band, [&title, &more]);
        }
        DrawState::Overdue => {
            let band = Band { icon: icons::WARNING_CIRCLE, ink: t.ochre, ground: t.ochre_tint };
            widgets::banner(ui, band, [&title, &more]);
        }
        DrawState::Broken => {
            let band = Band { icon: icons::WARNING_CIRCLE, ink: t.red, ground: t.red_tint };
            widgets::banner(ui, band, [&title, &more]);
        }
    }
}

/// What happened; and what it means or what to do.
fn words(look: &Look<'_>, draw: &DrawView) -> (String, String) {
    let day = look.formats.day(draw.until.0);
    let values = [("share", draw.share.unwrap_or_default().into()), ("count", draw.shares.into()), ("day", day.into())];
    let told = |key: &str| look.tell(key, &values);
    match (draw.state, draw.flaw) {
        (DrawState::Waiting, _) => (told("draw-waiting"), String::new()),
        (DrawState::Holds, _) => (told("draw-holds"), told("draw-holds-more")),
        (DrawState::Overdue, _) => (told("draw-overdue"), told("draw-overdue-more")),
        (DrawState::Broken, flaw) => {
            let why = flaw.map(|flaw| look.say(&format!("draw-{flaw}"))).unwrap_or_default();
            (told("draw-broken"), look.tell("draw-broken-more", &[("why", why.into())]))
        }
    }
}
