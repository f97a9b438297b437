//! What holds for every drawing: equal input gives equal bytes, it can be drawn, it shows what it should where it should.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use super::*;

const ONE: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = {
    let mut seed = [1; 32];
    seed[31] = 0;
    seed
};

fn art(paper: Paper, seed: [u8; 32], intact: bool) -> EnvelopeArt {
    EnvelopeArt { width: 360.0, paper, guilloche: Guilloche { seed, intact } }
}

fn pocket_art(seed: [u8; 32]) -> PocketArt {
    PocketArt { width: 392.0, height: 240.0, dip: 82.0, paper: Paper::default(), seed, lit: true }
}

fn voucher_art(seed: [u8; 32], width: f32, shade: Shade, closed: bool) -> VoucherArt {
    VoucherArt { width, height: 330.0, seed, shade, closed }
}

/// Every drawing there is, with its name.
fn gallery(seed: &[u8; 32]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |name: String, svg: String| all.push((name, svg));
    let reds = Colourway::ALL.map(Paper::Gift);
    for paper in reds.into_iter().chain([Paper::Grey, Paper::Kraft, Paper::Faded]) {
        add(format!("envelope {paper:?}"), envelope(&art(paper, *seed, paper != Paper::Grey)));
        add(format!("closed thumb {paper:?}"), thumb(36.0, paper, false));
        add(format!("open thumb {paper:?}"), thumb(36.0, paper, true));
    }
    let gift = art(Paper::default(), *seed, true);
    add("body".into(), envelope_body(&gift));
    add("flap".into(), flap(&gift));
    add("lining".into(), flap_lining(360.0, gift.paper, seed));
    add("pocket".into(), pocket(&pocket_art(*seed)));
    add("pocket back".into(), pocket_back(&pocket_art(*seed)));
    for face in [Stamp::Chinese, Stamp::Check] {
        add(format!("stamp {face:?}, no seal"), stamp(100.0, face, Shade::Light));
    }
    for face in
        [SealFace::Gold, SealFace::GoldOpen, SealFace::Disabled, SealFace::Broken, SealFace::Unknown, SealFace::Expired]
    {
        add(format!("seal {face:?}"), seal(112.0, face));
    }
    add("halo".into(), seal_halo(112.0));
    add("coin".into(), coin(72.0, 0.62, -14.0));
    for tint in [NoteTint::Rose, NoteTint::Celadon, NoteTint::Gold] {
        add(format!("note {tint:?}"), note(122.0, tint, seed));
    }
    for (shade, width, closed) in
        [(Shade::Light, 536.0, false), (Shade::Dark, 536.0, true), (Shade::Light, 388.0, true)]
    {
        add(format!("voucher {shade:?} {width}"), voucher_frame(&voucher_art(*seed, width, shade, closed)));
        add(format!("goods {shade:?} {width}"), goods_frame(&voucher_art(*seed, width, shade, closed)));
    }
    for paper in Colourway::ALL.map(Paper::Gift) {
        add(format!("share {paper:?}"), share(paper, seed, true));
    }
    add("share, words".into(), share(Paper::default(), seed, false));
    add("share, Kraft".into(), share(Paper::Kraft, seed, true));
    add("avatar".into(), avatar(seed, 44.0));
    add("medallion".into(), medallion(seed, 62.0));
    add("watermark".into(), watermark(seed, 640.0, false));
    add("backdrop".into(), backdrop(420.0, 640.0, 210.0, 400.0));
    add("glow".into(), glow(200.0));
    add("icon".into(), app_icon(64.0));
    add("crest".into(), crest(52.0, Paper::default(), seed));
    add("crest, Kraft".into(), crest(52.0, Paper::Kraft, seed));
    add("pool, a glow".into(), pool(200.0, true));
    add("shadow, a glow".into(), shadow(100.0, 60.0, 8.0, 24.0));
    all
}

fn pixel(picture: &Raster, x: u32, y: u32) -> [u8; 4] {
    let at = ((y * picture.width + x) * 4) as usize;
    picture.rgba[at..at + 4].try_into().unwrap()
}

#[test]
fn equal_input_gives_equal_bytes() {
    assert_eq!(gallery(&ONE), gallery(&ONE));
    let svg = envelope(&art(Paper::default(), ONE, true));
    assert_eq!(render(&svg, 90, 125).unwrap(), render(&svg, 90, 125).unwrap());
}

#[test]
fn every_drawing_can_be_drawn_and_shows_something() {
    for (name, svg) in gallery(&ONE) {
        let picture = render(&svg, 60, 80).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(picture.rgba.len(), 60 * 80 * 4, "{name}");
        let colours: BTreeSet<&[u8]> = picture.rgba.chunks(4).collect();
        assert!(colours.len() > 8, "{name} shows {} colours", colours.len());
    }
}

#[test]
fn drawings_need_no_font_no_picture_and_no_number_that_is_none() {
    for (name, svg) in gallery(&ONE) {
        for foreign in ["<text", "<image", "href", "NaN", "inf"] {
            assert!(!svg.contains(foreign), "{name} has {foreign}");
        }
    }
}

#[test]
fn every_name_used_is_defined_once() {
    for (name, svg) in gallery(&ONE) {
        let used: BTreeSet<&str> = svg.split("url(#").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
        for used in used {
            assert_eq!(svg.matches(&format!("id=\"{used}\"")).count(), 1, "{name} {used}");
        }
    }
}

#[test]
fn one_bit_of_the_seed_changes_every_pattern() {
    let mut patterned = 0;
    for ((name, one), (_, other)) in gallery(&ONE).into_iter().zip(gallery(&OTHER)) {
        let plain = ["thumb", "Kraft", "back", "seal", "halo", "coin", "glow", "icon"];
        if plain.iter().any(|word| name.contains(word)) {
            assert_eq!(one, other, "{name}");
        } else {
            assert_ne!(one, other, "{name}");
            patterned += 1;
        }
    }
    assert!(patterned > 15);
}

#[test]
fn many_seeds_give_many_patterns() {
    let patterns: BTreeSet<String> = (0..200).map(|first| medallion(&[first; 32], 62.0)).collect();
    assert_eq!(patterns.len(), 200);
    let grounds: BTreeSet<&str> = (0..200).map(|first| avatar_colours(&[first; 32]).ground).collect();
    assert_eq!(grounds.len(), 6);
}

#[test]
fn halves_of_the_pattern_meet_only_when_untouched() {
    let whole = envelope(&art(Paper::default(), ONE, true));
    let changed = envelope(&art(Paper::Grey, ONE, false));
    assert!(!whole.contains("rotate"));
    assert!(changed.contains("translate(11 -9) rotate(2.6 180 100)"));
    // Flap and body carry parts of the very same curves, which meet below the flap's edge and leave nothing out.
    let halves: Vec<BTreeSet<&str>> = lines(&whole).collect();
    let unfolded = envelope_body(&art(Paper::default(), ONE, true));
    let all: BTreeSet<&str> = lines(&unfolded).flatten().collect();
    let [body, flap] = halves.as_slice() else { panic!("{} halves", halves.len()) };
    assert!(all.len() > 1000 && body.len() < all.len() && flap.len() < all.len());
    assert!(body.intersection(flap).count() > 50, "they overlap");
    assert_eq!(body.union(flap).copied().collect::<BTreeSet<_>>(), all);
}

/// The segments of each pattern in a drawing.
fn lines(svg: &str) -> impl Iterator<Item = BTreeSet<&str>> {
    let patterns = svg.split("<g fill=\"none\"").skip(1).map(|rest| rest.split("</g>").next().unwrap());
    patterns.map(|pattern| {
        let paths = pattern.split("<path d=\"").skip(1).map(|path| path.split('"').next().unwrap());
        paths.flat_map(|path| path.split(['M', 'Z']).flat_map(|run| run.split('C').skip(1))).collect()
    })
}

#[test]
fn the_envelope_is_paper_with_round_corners_and_a_gold_edge() {
    let picture = render(&envelope(&art(Paper::default(), ONE, true)), 360, 500).unwrap();
    for (x, y) in [(0, 0), (359, 0), (0, 499), (359, 499)] {
        assert_eq!(pixel(&picture, x, y)[3], 0, "corner {x} {y}");
    }
    let [red, green, blue, alpha] = pixel(&picture, 180, 450);
    assert!(alpha == 255 && red > 120 && green < 40 && blue < 50, "body {red} {green} {blue}");
    let [red, green, blue, _] = pixel(&picture, 180, 221);
    assert!(red > 200 && green > 150 && blue < 200, "edge {red} {green} {blue}");
    // The flap hangs over the body at its middle and not at its sides.
    let (flap, body) = (pixel(&picture, 12, 100), pixel(&picture, 12, 300));
    assert!(flap[0] > body[0]);
}

#[test]
fn dead_papers_carry_no_red() {
    for paper in [Paper::Grey, Paper::Kraft] {
        let picture = render(&envelope(&art(paper, ONE, true)), 72, 100).unwrap();
        let [red, green, _, _] = pixel(&picture, 36, 90);
        assert!(red < green.saturating_add(60), "{paper:?}");
    }
}

#[test]
fn pictures_have_the_size_that_is_documented() {
    let size = |svg: &str| {
        let number = |name: &str| -> f32 {
            svg.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        (number("width"), number("height"))
    };
    let near = |one: (f32, f32), two: (f32, f32)| (one.0 - two.0).abs() < 0.02 && (one.1 - two.1).abs() < 0.02;
    let gift = EnvelopeArt { width: 388.0, ..art(Paper::default(), ONE, true) };
    assert!(near(size(&envelope(&gift)), (388.0, 388.0 * ENVELOPE_RATIO)));
    assert!(near(size(&flap(&gift)), (388.0, 388.0 * FLAP_RATIO)));
    assert!(near(size(&flap_lining(388.0, gift.paper, &ONE)), (388.0, 388.0 * LINING_RATIO)));
    assert!(near(size(&pocket(&pocket_art(ONE))), (392.0, 240.0 + POCKET_BLEED)));
    assert!(near(size(&seal(100.0, SealFace::Gold)), (100.0 * SEAL_BLEED, 100.0 * SEAL_BLEED)));
    assert!(near(size(&coin(60.0, 1.0, 0.0)), (60.0 * COIN_BLEED, 60.0 * COIN_BLEED)));
    assert!(near(size(&note(122.0, NoteTint::Rose, &ONE)), (122.0 * NOTE_BLEED, 122.0 * 2.1 * NOTE_BLEED)));
    assert!(near(size(&voucher_frame(&voucher_art(ONE, 536.0, Shade::Light, true))), (536.0, 330.0)));
    assert!(near(size(&thumb(36.0, Paper::Faded, false)), (36.0, 48.0)));
}

#[test]
fn sizes_beyond_reason_and_nonsense_are_refused() {
    let svg = app_icon(16.0);
    assert_eq!(render(&svg, 0, 16), Err(ArtError::Size { width: 0, height: 16 }));
    assert_eq!(render(&svg, 16, MAX_SIDE + 1), Err(ArtError::Size { width: 16, height: MAX_SIDE + 1 }));
    assert!(matches!(render("no drawing", 16, 16), Err(ArtError::Drawing(_))));
}

#[test]
fn nothing_outside_of_a_drawing_is_read() {
    let folder = std::env::temp_dir().join(format!("hongbao-art-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("red.svg");
    let red = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"><rect width=\"8\" height=\"8\" fill=\"red\"/></svg>";
    std::fs::write(&file, red).unwrap();
    let outer = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"><image width=\"8\" height=\"8\" href=\"{}\"/></svg>",
        file.display()
    );
    let picture = render(&outer, 8, 8).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(render(red, 8, 8).unwrap().rgba.contains(&255));
    assert!(picture.rgba.iter().all(|byte| *byte == 0));
}

/// Contrast of two colours `#RRGGBB`, from 1 to 21 (WCAG 2.2, section 1.4.3).
fn contrast(one: &str, other: &str) -> f64 {
    let light = |colour: &str| -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (one, other) = (light(one) + 0.05, light(other) + 0.05);
    if one > other { one / other } else { other / one }
}

#[test]
fn texts_can_be_read_on_their_paper() {
    assert!((contrast("#000000", "#FFFFFF") - 21.0).abs() < 0.01);
    let reds = Colourway::ALL.map(Paper::Gift);
    for paper in reds.into_iter().chain([Paper::Grey, Paper::Kraft, Paper::Faded]) {
        let colours = paper.colours();
        for ground in [colours.flap_top, colours.flap_bottom, colours.body_top, colours.body_bottom] {
            assert!(contrast(colours.text, ground) > 4.5, "{paper:?} {ground}");
        }
        assert!(contrast(colours.small_text, colours.body_bottom) > 4.5, "{paper:?}");
    }
    for first in 0..200 {
        let colours = avatar_colours(&[first; 32]);
        assert!(contrast(colours.letter, colours.ground) > 4.5, "{colours:?}");
    }
}

/// The icons that packages install, drawn by the program itself; `BLESS=1` writes them anew.
#[test]
fn the_icons_of_the_packages_are_the_programs_own() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/icons/hicolor");
    let blesses = std::env::var_os("BLESS").is_some_and(|bless| bless == "1");
    let mut files = vec![(folder.join("scalable/apps/hongbao.svg"), format!("{}\n", app_icon(128.0)).into_bytes())];
    for side in [16, 24, 32, 48, 64, 128, 256_u16] {
        let raster = render(&app_icon(f32::from(side)), side.into(), side.into()).unwrap();
        // PNG wants the colours as they are without their alpha.
        let plain = raster.rgba.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, a]| {
            let whole = |colour: u8| u8::try_from(u32::from(colour) * 255 / u32::from(a).max(1)).unwrap_or(255);
            [whole(r), whole(g), whole(b), a]
        });
        let picture = image::RgbaImage::from_raw(side.into(), side.into(), plain.collect()).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        files.push((folder.join(format!("{side}x{side}/apps/hongbao.png")), png.into_inner()));
    }
    for (path, bytes) in files {
        if blesses {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).is_ok_and(|kept| kept == bytes), "{}: see packaging/README.md", path.display());
    }
}
