//! The controls that all screens share. They know nothing of packets. Each has a name and a role for a screen reader, a ring
//! when it has the keyboard, and a side of at least 40 points to hit.

mod button;
mod choice;
mod field;
mod layout;
mod status;

pub use self::button::{Button, back, gradient_button, icon_button, link_button, ring};
pub use self::choice::{Segment, chip, radio_row, segments, tile, toggle};
pub use self::field::{Field, FieldState, caret_to_end, field};
pub use self::layout::{card, card_at, centred, hairline, heading, inside, label, note, page, sheet, strong_label};
pub use self::status::{Band, Step, StepState, banner, empty, steps_across, steps_down, tag, verified_dot};
