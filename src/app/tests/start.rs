//! How the window begins: what was rehearsed before there was a window is not done again in its first frame.

use egui::{Color32, Context, RawInput, Rect, TextureId, Vec2, vec2};

use super::play::{Opening, launch};
use crate::app::settings::ThemeChoice;
use crate::app::window::Window;
use crate::wallet::tests::doubles::Person;

const SIZE: Vec2 = vec2(1120.0, 760.0);

/// The texture with the letters.
fn letters(ctx: &Context) -> egui::ColorImage {
    ctx.fonts_mut(|fonts| fonts.image())
}

#[test]
fn what_was_rehearsed_is_there_in_the_first_frame() {
    for theme in [ThemeChoice::Light, ThemeChoice::Dark] {
        let (person, ctx) = (Person::new(), Context::default());
        let mut window = Window::rehearsed(&ctx, launch(&person, Opening { theme, ..Opening::default() }), SIZE);
        let before = letters(&ctx);
        assert!(before.pixels.iter().filter(|pixel| pixel.a() > 0).count() > 1000, "letters were drawn");
        // A graphics card takes larger textures than anything here needs.
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, SIZE)),
            max_texture_side: Some(16_384),
            time: Some(0.1),
            ..RawInput::default()
        };
        window.reserve(&mut input);
        let mut output = ctx.run_ui(input, |ui| {
            window.listen(ui.ctx());
            window.frame(ui);
        });
        let sent = output.textures_delta.set.remove(&TextureId::default()).expect("nobody has seen the letters yet");
        output.textures_delta.clear();
        assert!(sent[0].pos.is_none(), "the first that is sent is all of them");
        let after = letters(&ctx);
        assert_eq!(before.width(), after.width(), "{theme:?}: they were not made anew");
        // More may have come to them; none has changed.
        let kept = before.pixels.iter().zip(&after.pixels).all(|(old, new)| *old == Color32::TRANSPARENT || old == new);
        assert!(kept, "{theme:?}: they were not made anew");
    }
}
