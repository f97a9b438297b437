//! The picture of an envelope that previews of a link show: wide, with the company's name and the greeting, and nothing else.

use super::canvas::{Canvas, Ink, num, put};
use super::guilloche::Rosette;
use super::paper::Paper;

/// Width and height, in pixels, as previews want it (the Open Graph protocol, `og:image`).
pub const BANNER_SIZE: [u32; 2] = [WIDTH as u32, HEIGHT as u32];
/// Middle and radius of the seal.
pub const BANNER_SEAL: (f32, f32, f32) = (600.0, 322.0, 88.0);
/// Middle and radius of the crest.
pub const BANNER_CREST: (f32, f32, f32) = (600.0, 66.0, 38.0);

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 630.0;
/// How wide words may be.
const ROOM: f64 = 1060.0;
/// The words' font, by the name it has itself.
pub const BANNER_FONT: &str = "Noto Sans SC";

/// What the banner shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// What the envelope is made of.
    pub paper: Paper,
    /// The pattern's seed.
    pub seed: [u8; 32],
    /// The company's name.
    pub title: String,
    /// The greeting's first line.
    pub greeting: String,
    /// The rest of it.
    pub wish: String,
}

/// The banner without seal and crest.
pub fn banner(shown: &Banner) -> String {
    let colours = shown.paper.colours();
    let mut canvas = Canvas::new(WIDTH, HEIGHT, [0.0, 0.0, WIDTH, HEIGHT]);
    let centre = (f64::from(BANNER_SEAL.0), f64::from(BANNER_SEAL.1) - 8.0);
    let rosette = Rosette { density: 1.4, ..Rosette::new(centre, 480.0) }.paths(&shown.seed);
    let whole = format!("width=\"{WIDTH}\" height=\"{HEIGHT}\"");
    let ground =
        canvas.along((0.0, 0.0), (0.0, HEIGHT), &[(0.0, colours.body_top, 1.0), (1.0, colours.body_bottom, 1.0)]);
    canvas.add(format!("<rect {whole} fill=\"{ground}\"/>"));
    // Faded behind the greeting, which must stay readable.
    let fading = canvas.along((0.0, 400.0), (0.0, 480.0), &[(0.0, "#FFFFFF", 1.0), (1.0, "#FFFFFF", 0.25)]);
    let fading = canvas.mask(&format!("<rect {whole} fill=\"{fading}\"/>"));
    canvas.add(format!("<g mask=\"{fading}\">"));
    canvas.add(Ink { paint: colours.line, opacity: 0.4, width: 1.0 }.stroke(&rosette));
    canvas.add("</g>");
    draw_flap(&mut canvas, shown.paper, &rosette);
    say(&mut canvas, &shown.title, (148.0, 42.0), colours.text, 600);
    say(&mut canvas, &shown.greeting, (500.0, 84.0), colours.text, 700);
    say(&mut canvas, &shown.wish, (580.0, 34.0), colours.small_text, 600);
    canvas.finish()
}

fn draw_flap(canvas: &mut Canvas, paper: Paper, rosette: &[String]) {
    const FREE: &str = "C1010 252 800 326 600 326C400 326 190 252 0 130";
    let colours = paper.colours();
    let flap = format!("M0 0H1200V130{FREE}Z");
    let sheet =
        canvas.along((0.0, 0.0), (0.0, 326.0), &[(0.0, colours.flap_top, 1.0), (1.0, colours.flap_bottom, 1.0)]);
    let shadow = canvas.shadow([0.0, 0.0, WIDTH, 326.0], 8.0, 12.0, "#3A0206", 0.4);
    let cut = canvas.clip(&format!("<path d=\"{flap}\"/>"));
    canvas.add(format!("<path d=\"{flap}\" fill=\"{sheet}\" filter=\"{shadow}\"/><g clip-path=\"{cut}\">"));
    // Faded behind the name.
    let stops = [(0.0, 1.0), (0.3, 0.9), (0.36, 0.25), (0.54, 0.25), (0.62, 1.0), (1.0, 1.0)];
    let stops: Vec<_> = stops.into_iter().map(|(at, seen)| (at, "#FFFFFF", seen)).collect();
    let fading = canvas.along((0.0, 0.0), (0.0, 326.0), &stops);
    let fading = canvas.mask(&format!("<rect width=\"{WIDTH}\" height=\"326\" fill=\"{fading}\"/>"));
    canvas.add(format!("<g mask=\"{fading}\">"));
    canvas.add(Ink { paint: colours.line, opacity: 0.3, width: 1.0 }.stroke(rosette));
    canvas.add("</g></g>");
    let gold = canvas.along(
        (0.0, 130.0),
        (WIDTH, 130.0),
        &[
            (0.0, "#D9A94E", 1.0),
            (0.3, "#FFF0C4", 1.0),
            (0.6, colours.edge, 1.0),
            (0.86, "#FFE9B4", 1.0),
            (1.0, "#D9A94E", 1.0),
        ],
    );
    canvas.add(format!("<path d=\"M1200 130{FREE}\" fill=\"none\" stroke=\"{gold}\" stroke-width=\"4\"/>"));
}

/// A line of words in the middle: as large as fits, and cut where even half the size does not.
fn say(canvas: &mut Canvas, words: &str, (base, size): (f64, f64), colour: &str, weight: u32) {
    let words = words.trim();
    if words.is_empty() {
        return;
    }
    let fitting = size.min(ROOM / ems(words)).max(size * 0.5);
    let shown = cut(words, ROOM / fitting);
    let mut text = format!(
        "<text x=\"600\" y=\"{}\" text-anchor=\"middle\" font-family=\"{BANNER_FONT}\" font-weight=\"{weight}\" \
         font-size=\"{}\" fill=\"{colour}\">",
        num(base),
        num(fitting)
    );
    for sign in shown.chars() {
        match sign {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            sign => put(&mut text, format_args!("{sign}")),
        }
    }
    text.push_str("</text>");
    canvas.add(text);
}

/// About how wide words are, in their own size: no less than they are.
fn ems(words: &str) -> f64 {
    words.chars().map(em).sum()
}

fn em(sign: char) -> f64 {
    match sign {
        ' '..='~' if sign.is_ascii_uppercase() || "MWmw@%".contains(sign) => 0.82,
        ' '..='~' => 0.6,
        '\u{80}'..='\u{24f}' => 0.7,
        _ => 1.02,
    }
}

fn cut(words: &str, room: f64) -> String {
    if ems(words) <= room {
        return words.to_owned();
    }
    let mut used = 1.02;
    let fits = |sign: &char| {
        used += em(*sign);
        used <= room
    };
    let mut shown: String = words.chars().take_while(fits).collect();
    shown.truncate(shown.trim_end().len());
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(title: &str, greeting: &str) -> Banner {
        let [title, greeting] = [title, greeting].map(str::to_owned);
        Banner { paper: Paper::default(), seed: [7; 32], title, greeting, wish: String::new() }
    }

    #[test]
    fn words_are_escaped_and_cut() {
        let svg = banner(&shown("<A> & \"B\"", &"长".repeat(500)));
        assert!(svg.contains("&lt;A&gt; &amp; \"B\"</text>"), "{svg}");
        let cut = svg.rsplit(">长").next().map(|rest| rest.chars().filter(|sign| *sign == '长').count());
        assert!(cut.is_some_and(|kept| kept < 30) && svg.contains("…</text>"));
        assert_eq!(svg, banner(&shown("<A> & \"B\"", &"长".repeat(500))), "the same bytes for the same words");
    }

    #[test]
    fn short_words_have_their_full_size() {
        assert!(banner(&shown("福来公司", "新春纳福")).contains("font-size=\"84\""));
    }
}
