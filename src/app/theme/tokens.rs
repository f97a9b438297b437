//! The colours of the window, by what they are for. Red is the gift, gold the moment of money, celadon trust; red never means
//! danger. Each text colour has at least 4.5 to 1 on the grounds it is used on; a test measures it.

use egui::Color32;

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Behind everything.
    pub bg: Color32,
    /// The rail, and what is sunken.
    pub rail: Color32,
    /// Cards, fields, sheets.
    pub surface: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// Hairlines and borders.
    pub line: Color32,
    /// Text.
    pub ink: Color32,
    /// Secondary text.
    pub ink2: Color32,
    /// Small print.
    pub ink3: Color32,
    /// Red text, chosen things.
    pub red: Color32,
    /// The ground of chosen things.
    pub red_tint: Color32,
    /// Trust.
    pub celadon: Color32,
    /// The ground of trust.
    pub celadon_tint: Color32,
    /// Something to look at again.
    pub ochre: Color32,
    /// Its ground.
    pub ochre_tint: Color32,
    /// Money.
    pub gold: Color32,
    /// Its ground.
    pub gold_tint: Color32,
    /// The ring around what has the keyboard.
    pub focus: Color32,
    /// Bars of rewards.
    pub bar: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// By day.
pub const LIGHT: Tokens = Tokens {
    bg: hex(0xEF_F3F1),
    rail: hex(0xE4_EAE7),
    surface: hex(0xFB_FDFC),
    hover: hex(0xDC_E4E0),
    line: hex(0xD2_DBD6),
    ink: hex(0x14_211D),
    ink2: hex(0x43_514B),
    ink3: hex(0x5C_6963),
    red: hex(0xB3_131C),
    red_tint: hex(0xF9_E8E7),
    celadon: hex(0x22_655A),
    celadon_tint: hex(0xD9_EAE4),
    ochre: hex(0x8A_4A14),
    ochre_tint: hex(0xF5_E6D2),
    gold: hex(0x7A_5412),
    gold_tint: hex(0xFB_F0D5),
    focus: hex(0x14_211D),
    bar: hex(0xE8_CB8C),
};

/// By night.
pub const DARK: Tokens = Tokens {
    bg: hex(0x0F_1514),
    rail: hex(0x0A_0F0E),
    surface: hex(0x18_211F),
    hover: hex(0x21_2C29),
    line: hex(0x2C_3733),
    ink: hex(0xED_F3F0),
    ink2: hex(0xB3_C0BA),
    ink3: hex(0x8C_9A94),
    red: hex(0xFF_8278),
    red_tint: hex(0x3A_1A1A),
    celadon: hex(0x86_CDB9),
    celadon_tint: hex(0x18_352E),
    ochre: hex(0xE5_AB6E),
    ochre_tint: hex(0x38_2A1A),
    gold: hex(0xF3_D48E),
    gold_tint: hex(0x2E_2716),
    focus: hex(0xF3_D48E),
    bar: hex(0x8A_6F36),
};

/// The same by day and by night: what is printed on red, and red itself.
pub mod fixed {
    use super::{Color32, hex};

    /// The main button, top and bottom.
    pub const PRIMARY: [Color32; 2] = [hex(0xCE_1F28), hex(0xB8_131D)];
    /// The same under the pointer.
    pub const PRIMARY_HOVER: [Color32; 2] = [hex(0xD9_303A), hex(0xC4_161F)];
    /// The same while it is pressed.
    pub const PRIMARY_PRESSED: [Color32; 2] = [hex(0xA0_0D17), hex(0xA0_0D17)];
    /// Its shadow.
    pub const PRIMARY_SHADOW: Color32 = hex(0xA8_0F19);
    /// Text on it.
    pub const ON_PRIMARY: Color32 = hex(0xFF_FFFF);
    /// Title and greeting on the envelope.
    pub const ON_ENVELOPE: Color32 = hex(0xFF_F1CF);
    /// Small text on the envelope's body.
    pub const ON_BODY: Color32 = hex(0xFC_E7B4);
    /// The gold edge.
    pub const GOLD_EDGE: Color32 = hex(0xF2_CF84);
    /// The bar of the present week, top and bottom.
    pub const BAR_NOW: [Color32; 2] = [hex(0xE8_BF62), hex(0xB9_842E)];
    /// A line that brought a reward.
    pub const GOLD_LINE: Color32 = hex(0xC9_9A3B);
    /// A stamp on faded paper.
    pub const STAMP: Color32 = hex(0x22_0507);
    /// The ground of the button on an envelope.
    pub const PILL: Color32 = Color32::from_rgba_premultiplied(44, 3, 6, 89);
    /// Over the seal while it is pressed.
    pub const SEAL_PRESSED: Color32 = Color32::from_rgba_premultiplied(13, 1, 2, 36);
    /// The lacquer behind the moment of opening.
    pub const LACQUER: Color32 = hex(0x0E_1413);
    /// Behind a sheet.
    pub const VEIL: Color32 = Color32::from_rgba_premultiplied(10, 16, 14, 150);
    /// Behind a QR code, by night as well.
    pub const CODE_GROUND: Color32 = hex(0xFF_FFFF);
    /// A QR code, and what is written beside it.
    pub const CODE_INK: Color32 = hex(0x14_211D);
    /// The band over a changed packet.
    pub const BAND_TAMPERED: Color32 = hex(0x14_211D);
    /// Its stripes.
    pub const STRIPE: Color32 = hex(0x3E_4B46);
    /// Over one whose issuer nobody vouches for.
    pub const BAND_UNCHECKED: Color32 = hex(0x8A_4A14);
    /// Over an expired one.
    pub const BAND_EXPIRED: Color32 = hex(0x5C_6963);
    /// Over a collected one.
    pub const BAND_COLLECTED: Color32 = hex(0x22_655A);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two opaque colours (WCAG 2.2, 1.4.3).
    fn contrast(one: Color32, other: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let part = |value: u8| {
                let value = f32::from(value) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(colour.r()) + 0.7152 * part(colour.g()) + 0.0722 * part(colour.b())
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_colour_can_be_read_on_its_grounds() {
        for t in [LIGHT, DARK] {
            let grounds = [t.bg, t.rail, t.surface];
            for text in [t.ink, t.ink2, t.ink3, t.red, t.celadon, t.ochre, t.gold] {
                for ground in grounds {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
                }
            }
            for (text, ground) in [
                (t.celadon, t.celadon_tint),
                (t.ochre, t.ochre_tint),
                (t.gold, t.gold_tint),
                (t.red, t.red_tint),
                (t.ink, t.hover),
                (t.ink2, t.hover),
                (t.bg, t.ink),
            ] {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
            }
        }
    }

    #[test]
    fn text_on_red_and_on_bands_can_be_read() {
        for ground in fixed::PRIMARY.into_iter().chain(fixed::PRIMARY_HOVER).chain(fixed::PRIMARY_PRESSED) {
            assert!(contrast(fixed::ON_PRIMARY, ground) >= 4.5);
        }
        for band in [fixed::BAND_TAMPERED, fixed::BAND_UNCHECKED, fixed::BAND_EXPIRED, fixed::BAND_COLLECTED] {
            assert!(contrast(fixed::ON_PRIMARY, band) >= 4.5);
        }
    }
}
