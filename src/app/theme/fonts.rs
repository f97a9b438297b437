//! The letters: Red Hat for Latin and figures, Noto Sans SC for Chinese, Noto Emoji for emoji, Phosphor for icons. All are part of the program, so
//! Chinese shows on a machine without any Chinese font. Licences stand beside the files in assets/fonts.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

/// Body text.
pub const BODY: f32 = 14.0;
/// Secondary text.
pub const SECONDARY: f32 = 13.0;
/// The smallest text.
pub const SMALL: f32 = 12.0;
/// Strong text in rows and buttons.
pub const STRONG: f32 = 15.0;
/// The title of a section.
pub const SECTION: f32 = 19.0;
/// The title of a page.
pub const PAGE: f32 = 26.0;

const STRONG_FAMILY: &str = "strong";
const BOLD_FAMILY: &str = "bold";
const DISPLAY_FAMILY: &str = "display";
const FIGURE_FAMILY: &str = "figure";
const ICON_FAMILY: &str = "icons";
const ICON_FILL_FAMILY: &str = "icons-fill";

/// Regular text.
#[must_use]
pub fn body(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Semibold text.
#[must_use]
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(STRONG_FAMILY.into()))
}

/// Bold text: greetings, titles of pages and sheets.
#[must_use]
pub fn bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(BOLD_FAMILY.into()))
}

/// The amount of a voucher.
#[must_use]
pub fn figure(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(FIGURE_FAMILY.into()))
}

/// Amounts.
#[must_use]
pub fn display(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(DISPLAY_FAMILY.into()))
}

/// Icons in outline.
#[must_use]
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICON_FAMILY.into()))
}

/// Filled icons, for what is chosen.
#[must_use]
pub fn icon_fill(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICON_FILL_FAMILY.into()))
}

/// All fonts of the window.
#[must_use]
pub fn definitions() -> FontDefinitions {
    let files: [(&str, &'static [u8]); 11] = [
        ("latin", include_bytes!("../../../assets/fonts/RedHatText-Regular.ttf")),
        ("latin-strong", include_bytes!("../../../assets/fonts/RedHatText-SemiBold.ttf")),
        ("latin-bold", include_bytes!("../../../assets/fonts/RedHatText-Bold.ttf")),
        ("latin-figure", include_bytes!("../../../assets/fonts/RedHatDisplay-Bold.ttf")),
        ("latin-display", include_bytes!("../../../assets/fonts/RedHatDisplay-SemiBold.ttf")),
        ("chinese", include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf")),
        ("chinese-strong", include_bytes!("../../../assets/fonts/NotoSansSC-SemiBold.ttf")),
        ("chinese-bold", include_bytes!("../../../assets/fonts/NotoSansSC-Bold.ttf")),
        ("emoji", include_bytes!("../../../assets/fonts/NotoEmoji-Regular.ttf")),
        ("icons", include_bytes!("../../../assets/fonts/Phosphor-Regular.ttf")),
        ("icons-fill", include_bytes!("../../../assets/fonts/Phosphor-Fill.ttf")),
    ];
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    // Latin first: the Chinese font has Latin letters of its own. The icons end each family, so that an icon may stand
    // in the midst of a text.
    let families: [(FontFamily, &[&str]); 8] = [
        (FontFamily::Proportional, &["latin", "chinese", "emoji", "icons"]),
        (FontFamily::Monospace, &["latin", "chinese", "emoji", "icons"]),
        (FontFamily::Name(STRONG_FAMILY.into()), &["latin-strong", "chinese-strong", "emoji", "icons"]),
        (FontFamily::Name(BOLD_FAMILY.into()), &["latin-bold", "chinese-bold", "emoji", "icons"]),
        (FontFamily::Name(FIGURE_FAMILY.into()), &["latin-figure", "chinese-bold", "emoji", "icons"]),
        (FontFamily::Name(DISPLAY_FAMILY.into()), &["latin-display", "chinese-strong", "emoji", "icons"]),
        (FontFamily::Name(ICON_FAMILY.into()), &["icons", "latin"]),
        (FontFamily::Name(ICON_FILL_FAMILY.into()), &["icons-fill", "icons", "latin"]),
    ];
    for (family, names) in families {
        fonts.families.insert(family, names.iter().map(|name| (*name).to_owned()).collect());
    }
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_below_each_other_stand_below_each_other() {
        let ctx = egui::Context::default();
        ctx.set_fonts(definitions());
        let mut output = ctx.run_ui(egui::RawInput::default(), |_| {});
        output.textures_delta.clear();
        for font in [body(BODY), strong(STRONG), display(54.0)] {
            let widths =
                ctx.fonts_mut(|fonts| ('0'..='9').map(|digit| fonts.glyph_width(&font, digit)).collect::<Vec<_>>());
            assert!(widths[0] > 0.0, "{font:?}");
            assert!(widths.iter().all(|width| (width - widths[0]).abs() < 0.01), "{font:?}: {widths:?}");
        }
    }
}
