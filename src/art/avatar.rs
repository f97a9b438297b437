//! The round picture of a contact: colours and pattern from the contact's key. The letter on it is text of the window.

use super::canvas::{Canvas, Ink};
use super::guilloche::{Draws, Rosette};

/// Colours of an avatar, as `#RRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvatarColours {
    /// The ground.
    pub ground: &'static str,
    /// Lines and letter.
    pub letter: &'static str,
}

/// Every letter reads on its ground with a contrast of at least 4.5.
const COLOURS: [AvatarColours; 6] = [
    AvatarColours { ground: "#A80F19", letter: "#FCE7B4" },
    AvatarColours { ground: "#22655A", letter: "#DDEFE8" },
    AvatarColours { ground: "#8A4A14", letter: "#F7E4C8" },
    AvatarColours { ground: "#2D4668", letter: "#DCE7F4" },
    AvatarColours { ground: "#5E2A52", letter: "#F2DDEC" },
    AvatarColours { ground: "#43514B", letter: "#E6EDEA" },
];

/// The colours that belong to a key.
pub fn avatar_colours(key: &[u8; 32]) -> AvatarColours {
    // The first draws of a seed shape its rosette; colours take a seed of their own.
    let own: [u8; 32] = std::array::from_fn(|at| key[at] ^ 0xA5);
    COLOURS[Draws::new(&own).pick(COLOURS.len())]
}

/// The avatar of a key: a disc of `size` points.
pub fn avatar(key: &[u8; 32], size: f32) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-24.0, -24.0, 48.0, 48.0]);
    let colours = avatar_colours(key);
    canvas.add(format!("<circle r=\"24\" fill=\"{}\"/>", colours.ground));
    let rosette = Rosette { inner: 0.5, bands: 2, density: 0.7, ..Rosette::new((0.0, 0.0), 23.4) };
    canvas.add(Ink { paint: colours.letter, opacity: 0.38, width: 0.5 }.stroke(&rosette.paths(key)));
    canvas.finish()
}
