//! The look of the window: so far the names of its icons. Knows nothing of any screen.

pub mod icons;
