//! The drawn things: envelope, seal, coins, notes, voucher, avatars, icon. Each is a pure function from what it shows to an
//! SVG, and [`render`] turns an SVG into pixels for one size and scale. It knows no window, no clock, no file and no font:
//! the few characters that belong to a drawing are outlines. The same input gives the same bytes.
//!
//! Sizes are in points of the window. Pictures whose shadow falls outside of them are larger than their subject by a
//! documented *bleed*. The pattern on paper is drawn from a packet's signature ([`guilloche`]): it shows the result of a
//! check that was made elsewhere and is never the check.

mod avatar;
mod banner;
mod canvas;
#[cfg(feature = "desktop")]
mod code;
mod crest;
mod envelope;
mod glyphs;
pub mod guilloche;
mod icon;
mod money;
mod open;
mod paper;
mod render;
mod scene;
mod seal;
mod share;
mod stamp;
mod voucher;

pub use avatar::{AvatarColours, avatar, avatar_colours};
pub use banner::{BANNER_CREST, BANNER_FONT, BANNER_SEAL, BANNER_SIZE, Banner, banner};
#[cfg(feature = "desktop")]
pub use code::{code, link_code};
pub use crest::crest;
pub use envelope::{ENVELOPE_RATIO, EnvelopeArt, FLAP_RATIO, Guilloche, Layout, envelope, envelope_body, flap};
pub use guilloche::{medallion, watermark};
pub use icon::{app_icon, reward_thumb, thumb};
pub use money::{COIN_BLEED, NOTE_BLEED, NoteTint, coin, note};
pub use open::{LINING_RATIO, POCKET_BLEED, PocketArt, flap_lining, pocket, pocket_back};
pub use paper::{Colourway, Paper, PaperColours};
pub use render::{ArtError, MAX_SIDE, Raster, render};
#[cfg(feature = "server")]
pub use render::{Fonts, render_words};
pub use scene::{FOIL, SHADOW_REACH, backdrop, glow, pool, shadow};
pub use seal::{SEAL_BLEED, SealFace, seal, seal_halo};
pub use share::{Place, SHARE_SIZE, ShareLayout, share};
pub use stamp::{Stamp, stamp};
pub use voucher::{Shade, VoucherArt, goods_frame, voucher_frame};

#[cfg(test)]
mod tests;
