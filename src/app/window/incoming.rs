//! What comes into the window from outside: files dropped onto it, and what is pasted. Nothing is read here; that is the worker's.

use egui::{Context, Event, InputState, Key};

use super::super::message::{Command, Pixels};
use super::super::state::Act;

/// For so many seconds after the modifier was let go, a key that is let go still belongs to it.
const LET_GO: f64 = 0.5;

/// Notices what comes in.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    pasting: Pasting,
}

impl Incoming {
    /// What shall be taken in.
    pub(super) fn acts(&mut self, ctx: &Context) -> Vec<Act> {
        let mut acts: Vec<Act> = dropped(ctx).into_iter().chain(pasted(ctx)).chain(pasted_picture(ctx)).collect();
        if ctx.input(|input| self.pasting.found_nothing(input)) {
            acts.push(Act::Do(Command::TakeClipboard));
        }
        acts
    }
}

/// A file that was copied in a file manager is neither text nor picture, and the window's library tells nothing of a paste
/// that found neither: it keeps the press of the key to itself, and only its release is heard.
#[derive(Debug, Default)]
struct Pasting {
    /// A press of the key was heard: it was typed.
    typed: bool,
    /// A text or a picture was brought.
    brought: bool,
    /// When the modifier was down last, in the window's time.
    held: Option<f64>,
}

impl Pasting {
    /// Whether somebody pasted and nothing was brought.
    fn found_nothing(&mut self, input: &InputState) -> bool {
        let mut answer = false;
        for event in &input.events {
            match event {
                Event::Paste(_) | Event::PasteImage(_) => self.brought = true,
                Event::WindowFocused(_) => *self = Self::default(),
                Event::Key { key: Key::V | Key::Paste, pressed: true, .. } => self.typed = true,
                Event::Key { key: key @ (Key::V | Key::Paste), pressed: false, modifiers, .. } => {
                    let held = modifiers.command || self.held.is_some_and(|held| input.time - held < LET_GO);
                    answer |= (held || *key == Key::Paste) && !self.typed && !self.brought;
                    (self.typed, self.brought) = (false, false);
                }
                _ => {}
            }
        }
        if input.modifiers.command {
            self.held = Some(input.time);
        }
        answer
    }
}

/// Files dropped onto the window: one, or many at once.
fn dropped(ctx: &Context) -> Option<Act> {
    ctx.input(|input| {
        // Only the path is taken here: reading is the worker's.
        match input.raw.dropped_files.as_slice() {
            [] => None,
            [one] if !one.path().is_dir() => Some(Act::TakeFile(one.path().to_owned())),
            all => Some(Act::TakeAll(all.iter().map(|file| file.path().display().to_string()).collect())),
        }
    })
}

/// What is pasted while no field has the keyboard: a link, paths, a file's text.
fn pasted(ctx: &Context) -> Option<Act> {
    if ctx.memory(|memory| memory.focused().is_some()) {
        return None;
    }
    ctx.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Paste(text) if !text.trim().is_empty() => Some(Act::TakeText(text.clone())),
            _ => None,
        })
    })
}

/// A picture that was pasted, wherever the keyboard is: no field takes one.
fn pasted_picture(ctx: &Context) -> Option<Act> {
    ctx.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::PasteImage(picture) => {
                let size = picture.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
                let rgb = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
                Some(Act::TakePicture(Pixels { size, rgb }))
            }
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use egui::{Modifiers, RawInput};

    use super::*;

    fn key(key: Key, pressed: bool, modifiers: Modifiers) -> Event {
        Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }
    }

    /// In how many of these frames, a tenth of a second apart and each with one event or none, somebody pasted and nothing was brought.
    fn found_nothing(frames: &[Option<&Event>]) -> usize {
        let (ctx, mut pasting) = (Context::default(), Pasting::default());
        let frame = |(at, event): (usize, &Option<&Event>)| {
            let (time, events) = (Some(at as f64 / 10.0), event.cloned().into_iter().collect());
            ctx.begin_pass(RawInput { time, events, ..RawInput::default() });
            let found = ctx.input(|input| pasting.found_nothing(input));
            let mut output = ctx.end_pass();
            output.textures_delta.clear();
            found
        };
        frames.iter().enumerate().map(frame).filter(|found| *found).count()
    }

    #[test]
    fn a_paste_that_brought_nothing_is_noticed_and_nothing_else_is() {
        let [ctrl, free] = [Modifiers::COMMAND, Modifiers::NONE].map(Event::ModifiersChanged);
        let (up, later) = (key(Key::V, false, Modifiers::COMMAND), key(Key::V, false, Modifiers::NONE));
        let typed = key(Key::V, true, Modifiers::NONE);
        let text = Event::Paste("hongbao:1?p=x".into());
        let (own_key, left) = (key(Key::Paste, false, Modifiers::NONE), Event::WindowFocused(false));
        let all = [&ctrl, &free, &up, &later, &typed, &text, &own_key, &left].map(Some);
        let [ctrl, free, up, later, typed, text, own_key, left] = all;
        for (frames, times) in [
            (&[ctrl, up, free][..], 1),
            // Ctrl is let go before the key.
            (&[ctrl, free, later], 1),
            (&[ctrl, up, up, free], 2),
            (&[ctrl, text, up, free], 0),
            // Typed; and let go long after somebody pasted elsewhere.
            (&[typed, later], 0),
            (&[ctrl, free, None, None, None, None, None, None, later], 0),
            (&[later], 0),
            (&[own_key], 1),
            // What was brought before the window was left counts no longer.
            (&[ctrl, text, left, ctrl, up], 1),
        ] {
            assert_eq!(found_nothing(frames), times, "{frames:?}");
        }
    }
}
