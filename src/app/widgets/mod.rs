//! The controls that all screens share. They know nothing of packets. Each has a name and a role for a screen reader, a ring
//! when it has the keyboard, and a side of at least 40 points to hit.

mod button;
mod choice;
mod field;
mod layout;
mod rows;
mod status;

pub(super) use self::button::{Button, back, gradient_button, icon_button, into_sight, paint_pill, ring};
pub(super) use self::choice::{Segment, chip, radio_row, segments, tile, toggle};
pub(super) use self::field::{Field, FieldState, entered, field, keep_caret};
pub(super) use self::layout::{
    card, centred, hairline, heading, inside, label, note, page, sheet, sideways, with_foot,
};
pub(super) use self::rows::{Run, rows};
pub(super) use self::status::{Band, Step, StepState, banner, empty, steps_across, steps_down, tag, verified_dot};
