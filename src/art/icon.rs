//! The smallest envelopes: the program's icon and the thumbnails of a list.

use super::canvas::Canvas;
use super::glyphs::{JIANG, glyph};
use super::paper::{Colourway, Paper};

/// The program's mark in a square of `size` points, without a ground.
pub fn app_icon(size: f32) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [0.0, 0.0, 36.0, 36.0]);
    let colours = Paper::Gift(Colourway::Cinnabar).colours();
    let body = canvas.along((0.0, 1.5), (0.0, 34.5), &[(0.0, "#C4161F", 1.0), (1.0, colours.body_bottom, 1.0)]);
    let flap = canvas.along((0.0, 1.5), (0.0, 15.6), &[(0.0, "#CE2A31", 1.0), (1.0, "#D9353A", 1.0)]);
    let gold = canvas.along(
        (13.0, 10.6),
        (20.0, 21.0),
        &[(0.0, "#FFF0C4", 1.0), (0.5, "#F0CC78", 1.0), (1.0, "#C58B30", 1.0)],
    );
    canvas.add(format!(
        "<rect x=\"5\" y=\"1.5\" width=\"26\" height=\"33\" rx=\"6\" fill=\"{body}\"/>\
         <path d=\"M5 8c0-4 2.5-6.5 6.5-6.5h13c4 0 6.5 2.5 6.5 6.5c-3.5 5-8 7.6-13 7.6S8.5 13 5 8Z\" fill=\"{flap}\"/>\
         <path d=\"M5 8c3.500 5 8 7.600 13 7.600S27.500 13 31 8\" fill=\"none\" stroke=\"#F2CF84\" stroke-width=\"0.7\"/>\
         <circle cx=\"18\" cy=\"15.800\" r=\"5.300\" fill=\"{gold}\"/>\
         <rect x=\"16.100\" y=\"13.900\" width=\"3.800\" height=\"3.800\" rx=\"0.600\" fill=\"#8A0B14\"/>"
    ));
    canvas.finish()
}

/// A packet in a list: `width` × 4/3 `width` points, closed with a seal or open with a voucher in it.
pub fn thumb(width: f32, paper: Paper, open: bool) -> String {
    let width = f64::from(width);
    let mut canvas = Canvas::new(width, width * 4.0 / 3.0, [0.0, 0.0, 36.0, 48.0]);
    if open {
        draw_open(&mut canvas, paper)
    } else {
        draw_closed(&mut canvas, paper)
    }
    canvas.finish()
}

/// A reward in a list: as large as a thumb, with 奖 on its seal.
pub fn reward_thumb(width: f32, paper: Paper) -> String {
    let width = f64::from(width);
    let mut canvas = Canvas::new(width, width * 4.0 / 3.0, [0.0, 0.0, 36.0, 48.0]);
    draw_closed(&mut canvas, paper);
    let gold = canvas.along(
        (12.0, 12.5),
        (23.0, 27.5),
        &[(0.0, "#FFF0C4", 1.0), (0.5, "#F0CC78", 1.0), (1.0, "#D9A445", 1.0)],
    );
    canvas.add(format!("<circle cx=\"18\" cy=\"20.500\" r=\"8\" fill=\"{gold}\"/>"));
    canvas.add(glyph(JIANG, (18.0, 20.5), 11.4, "#8A0B14"));
    canvas.finish()
}

fn draw_closed(canvas: &mut Canvas, paper: Paper) {
    let colours = paper.colours();
    let body = canvas.along((0.0, 0.0), (0.0, 48.0), &[(0.0, colours.body_top, 1.0), (1.0, colours.body_bottom, 1.0)]);
    let cut = canvas.clip("<rect width=\"36\" height=\"48\" rx=\"5\"/>");
    canvas.add(format!(
        "<g clip-path=\"{cut}\"><rect width=\"36\" height=\"48\" fill=\"{body}\"/>\
         <path d=\"M0 0H36V12C26 24 10 24 0 12Z\" fill=\"{}\"/>\
         <path d=\"M0 12C10 24 26 24 36 12\" fill=\"none\" stroke=\"{}\"/></g>",
        colours.flap_bottom, colours.edge
    ));
    if paper.is_gift() {
        let gold = canvas.along((14.0, 16.0), (20.0, 26.0), &[(0.0, "#FFF0C4", 1.0), (1.0, "#DDA94B", 1.0)]);
        canvas.add(format!("<circle cx=\"18\" cy=\"21\" r=\"5\" fill=\"{gold}\"/>"));
    }
}

fn draw_open(canvas: &mut Canvas, paper: Paper) {
    let colours = paper.colours();
    let body =
        canvas.along((0.0, 20.0), (0.0, 48.0), &[(0.0, colours.flap_bottom, 1.0), (1.0, colours.body_bottom, 1.0)]);
    let lining = if paper.is_gift() { "#E5CB92" } else { colours.flap_top };
    canvas.add(format!(
        "<path d=\"M0.5 22V15C7 6 12.500 0.5 18 0.5S29 6 35.500 15V22Z\" fill=\"{lining}\" stroke=\"{}\"/>\
         <rect x=\"4.500\" y=\"8\" width=\"27\" height=\"30\" rx=\"2.500\" fill=\"#FBFDFC\" stroke=\"#B9D6CA\" stroke-width=\"0.8\"/>\
         <path d=\"M9 13.500H27M9 17.500H20\" fill=\"none\" stroke=\"#8FBFB1\" stroke-width=\"1.500\"/>\
         <path d=\"M0 20C10 31.500 26 31.500 36 20V43A5 5 0 0 1 31 48H5A5 5 0 0 1 0 43Z\" fill=\"{body}\"/>\
         <path d=\"M0 20.500C10 32 26 32 36 20.500\" fill=\"none\" stroke=\"{}\"/>",
        colours.body_top, colours.edge
    ));
}
