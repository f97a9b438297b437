//! A file that was refused: not taken in, so there is nothing that one can do with it but ask, or tell whoever sent it.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Rect, Ui, pos2};

use super::envelope_view::PANEL;
use super::stage::{paint_stage, place};
use super::view::{Places, header, warning_words};
use super::{Condition, warning};
use crate::app::look::Look;
use crate::app::message::{Command, Refusal, Task};
use crate::app::screens::envelope::{self, Face};
use crate::app::state::Act;
use crate::app::widgets::{self, Button};
use crate::art::{Guilloche, Paper, SealFace};
use crate::packet::Origin;

/// Shows a file that was refused: what it said of itself, and why nobody may believe it.
pub(in crate::app) fn refused_view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    refusal: &Refusal,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    let places = Places::of(ui, look, PANEL.0, PANEL.1);
    let inspection = &refusal.inspection;
    let condition = Condition::of_refused(inspection);
    // As long as nobody was asked it is nobody's, as that of an issuer that is not known.
    let (paper, seal) = match condition {
        Condition::KeyUnknown => (Paper::Kraft, SealFace::Unknown),
        _ => (Paper::Grey, SealFace::Broken),
    };
    let all = ui.max_rect();
    let split = all.top() + all.height() * 0.55;
    let (stage, panel) = match places.panel {
        Some(panel) => (places.stage, panel),
        None => (
            Rect::from_min_max(all.min, pos2(all.right(), split)),
            Rect::from_min_max(pos2(all.left() + 16.0, split), pos2(all.right() - 16.0, all.bottom())),
        ),
    };
    let face = Face {
        paper,
        guilloche: Guilloche { intact: false, ..envelope::guilloche(inspection.id.as_ref(), inspection.verdict) },
        issuer: envelope::issuer_seed(inspection.issuer.as_ref()),
        title: inspection.title.as_deref().unwrap_or_default(),
        greeting: inspection.greeting.as_deref().unwrap_or_default(),
        emblem: None,
        cover: None,
        seal,
        stamp: None,
        foot: None,
    };
    let (at, width) = place(look, stage);
    paint_stage(ui, look, at, width, (&face, false));
    let painter = ui.painter().clone();
    envelope::paint_seal(&painter, look, at, width, seal, 1.0);
    let mut act = widgets::inside(ui, panel, |ui| {
        egui::ScrollArea::vertical()
            .id_salt("refused")
            .show(ui, |ui| {
                let words = condition.words_of_refused(look, inspection);
                warning::band(ui, look, &words);
                warning_words(ui, look, &words);
                if condition == Condition::KeyUnknown {
                    let domain = inspection.ask.first().map(Origin::host).unwrap_or_default();
                    let ask = look.tell("warn-key-unknown-ask", &[("domain", domain.into())]);
                    let ask = Button::dark(&ask, words.band).enabled(!busy.contains(&Task::Party));
                    let clicked = ask.show(ui, look).clicked();
                    return clicked.then(|| Act::Do(Command::AskAbout(Arc::clone(&refusal.file))));
                }
                let tell = look.say("warn-tampered-tell");
                let clicked = Button::dark(&tell, words.band).show(ui, look).clicked();
                clicked.then(|| Act::Copy(look.say("warn-tampered-message"), "copied"))
            })
            .inner
    });
    act = act.or(header(ui, look, None));
    act
}
