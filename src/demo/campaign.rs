//! The sample campaign that ships with the program, and who plays in it, in both languages. Knows no server.

use super::DemoError;
use super::flower::{cover, emblem};
use crate::app::text::Language;
use crate::art::{Raster, render};
use crate::money::{Amount, Currency};

/// What each person gets from a packet.
pub const SHARE: Amount = yuan(8800);
/// How many people can collect from one packet.
pub const SHARES: i64 = 3;
/// What a forwarder earns for each friend who opens.
pub const REWARD: Amount = yuan(660);
/// Most rewards for one forwarder.
pub const PER_PERSON: i64 = 5;
/// How many packets the campaign has.
pub const COUNT: i64 = 8;
/// What the company has in its account at the start.
pub const DEPOSIT: Amount = yuan(1_000_000);
/// Money frozen for one packet.
pub const POT: Amount = yuan(SHARE.minor * SHARES);
/// Money frozen for the campaign's rewards.
pub const FUND: Amount = yuan(REWARD.minor * PER_PERSON * COUNT);
/// How long packets hold.
pub const EXPIRES: &str = "30d";
/// The red of the envelope under the cover.
pub const THEME: &str = "cinnabar";

/// Pixels of the cover: the shape of an envelope.
const COVER: (u32, u32) = (720, 1000);
const EMBLEM: (u32, u32) = (256, 256);

/// An amount in the demo's one currency.
#[must_use]
pub const fn yuan(minor: i64) -> Amount {
    Amount::new(minor, Currency::CNY)
}

/// Who plays, and what the packet says.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The company.
    pub company: &'static str,
    /// The bank that issues vouchers and holds the company's account.
    pub issuing: &'static str,
    /// The bank that holds the people's accounts.
    pub collecting: &'static str,
    /// The first client.
    pub first: &'static str,
    /// The friend.
    pub friend: &'static str,
    /// The greeting, in two lines.
    pub greeting: &'static str,
    /// The greeting on a reward.
    pub reward_greeting: &'static str,
}

const CHINESE: Sample = Sample {
    company: "山茶花商行",
    issuing: "临江银行",
    collecting: "海棠银行",
    first: "林夏",
    friend: "阿浩",
    greeting: "恭喜发财\n山茶又开，愿您岁岁花红、日日有喜",
    reward_greeting: "谢谢牵线\n好事传开，福气也分您一份",
};

const ENGLISH: Sample = Sample {
    company: "Camellia Trading",
    issuing: "Linjiang Bank",
    collecting: "Begonia Bank",
    first: "Lin",
    friend: "Hao",
    greeting: "Good fortune\nMay your year bloom like the camellias",
    reward_greeting: "Thank you\nGood things shared come back to you",
};

impl Sample {
    /// The sample in a language.
    #[must_use]
    pub const fn of(language: Language) -> Self {
        match language {
            Language::Chinese => CHINESE,
            Language::English => ENGLISH,
        }
    }
}

/// The campaign's own cover and emblem, as PNG. Takes a moment of computing.
///
/// # Errors
/// [`DemoError::Picture`].
pub fn pictures() -> Result<[Vec<u8>; 2], DemoError> {
    let drawn = |svg: &str, (width, height)| render(svg, width, height).map_err(|error| error.to_string());
    let cover = drawn(&cover(), COVER).and_then(|raster| png(&raster));
    let emblem = drawn(&emblem(), EMBLEM).and_then(|raster| png(&raster));
    Ok([cover.map_err(DemoError::Picture)?, emblem.map_err(DemoError::Picture)?])
}

/// A PNG keeps colours that are not multiplied by alpha.
fn png(raster: &Raster) -> Result<Vec<u8>, String> {
    let straight = raster.rgba.chunks_exact(4).flat_map(|pixel| {
        let alpha = u32::from(pixel.last().copied().unwrap_or_default());
        let plain = |part: &u8| match alpha {
            0 => 0,
            _ => u8::try_from((u32::from(*part) * 255 + alpha / 2) / alpha).unwrap_or(u8::MAX),
        };
        let mut straight: Vec<u8> = pixel.iter().take(3).map(plain).collect();
        straight.extend(pixel.last());
        straight
    });
    let image = image::RgbaImage::from_raw(raster.width, raster.height, straight.collect());
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image.ok_or_else(|| "the picture has another size than it says".to_owned())?;
    image.write_to(&mut bytes, image::ImageFormat::Png).map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::packet::media::Media;
    use crate::packet::text;

    #[test]
    fn the_pictures_fit_into_a_packet() {
        for picture in pictures().unwrap() {
            assert_eq!(Media::from_bytes(&picture).unwrap().kind, "image/png");
        }
    }

    #[test]
    fn the_words_fit_onto_the_envelope() {
        for sample in Language::ALL.map(Sample::of) {
            for greeting in [sample.greeting, sample.reward_greeting] {
                let lines: Vec<&str> = greeting.lines().collect();
                assert_eq!(lines.len(), 2);
                assert!(lines[0].chars().count() <= 12 && (lines[0].is_ascii() || lines[0].chars().count() <= 6));
                text::GREETING.check(greeting).unwrap();
            }
        }
    }
}
