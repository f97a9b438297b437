"""Writes src/art/glyphs.rs: the few characters that are part of a drawing, as outlines. README.md says how to run it."""

import glob
import re
import sys

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

HEAD = '''//! The few characters that are part of a drawing, as outlines, so that no font is needed. Each is centred on its ink, in
//! thousandths of an em, y downwards. Written by assets/art/outlines.py, whose README.md names fonts and licences.
'''
TAIL = '''/// A glyph as a shape: its middle at `centre`, its em `em` long.
pub(super) fn glyph(outline: &str, centre: (f64, f64), em: f64, colour: &str) -> String {
    let (x, y, scale) = (centre.0, centre.1, em / 1000.0);
    format!("<path transform=\\"translate({x:.3} {y:.3}) scale({scale:.5})\\" d=\\"{outline}\\" fill=\\"{colour}\\"/>")
}'''
SERIF = "node_modules/@fontsource/noto-serif-sc/files/noto-serif-sc-[0-9]*-700-normal.woff2"
RED_HAT = "node_modules/@fontsource/red-hat-text/files/red-hat-text-latin-700-normal.woff2"
SANS = "node_modules/@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf"
# Name, what it is for, font files, characters, extra space between them.
GLYPHS = [
    ("KAI", "開, to open: the face of the seal.", SERIF, "開", 0),
    ("FU", "福, fortune: the face of notes and the top of coins.", SERIF, "福", 0),
    ("LU", "禄, prosperity: right on coins.", SERIF, "禄", 0),
    ("SHOU", "寿, long life: bottom of coins.", SERIF, "寿", 0),
    ("XI", "喜, joy: left on coins.", SERIF, "喜", 0),
    ("OPEN", "OPEN: under 開 for those who do not read it.", RED_HAT, "OPEN", 60),
    ("UNKNOWN", "?: the seal of an issuer nobody vouches for.", RED_HAT, "?", 0),
    ("JIANG", "奖, a reward: the seal on a reward in a list.", SERIF, "奖", 0),
    ("COLLECTED", "已收, collected: a stamp.", SANS, "已收", 0),
]


def font_with(files, character):
    for file in sorted(glob.glob(files)):
        font = TTFont(file)
        if ord(character) in font.getBestCmap():
            return font
    sys.exit(f"no font with {character} in {files}")


def outline(files, text, space):
    placed, boxes, x = [], [], 0
    for character in text:
        font = font_with(files, character)
        glyphs = font.getGlyphSet()
        glyph = glyphs[font.getBestCmap()[ord(character)]]
        scale = 1000 / font["head"].unitsPerEm
        bounds = BoundsPen(glyphs)
        glyph.draw(bounds)
        left, bottom, right, top = (value * scale for value in bounds.bounds)
        boxes.append((x + left, -top, x + right, -bottom))
        placed.append((glyphs, glyph, scale, x))
        x += glyph.width * scale + space
    middle_x = (min(box[0] for box in boxes) + max(box[2] for box in boxes)) / 2
    middle_y = (min(box[1] for box in boxes) + max(box[3] for box in boxes)) / 2
    path = ""
    for glyphs, glyph, scale, x in placed:
        pen = SVGPathPen(glyphs, ntos=lambda value: str(round(value)))
        glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, x - middle_x, -middle_y)))
        path += pen.getCommands()
    return path


def lines(path):
    line = ""
    for command in re.findall(r"[A-Z][^A-Z]*", path):
        if len(line) + len(command) > 108:
            yield line
            line = ""
        line += command
    yield line


print(HEAD)
for name, meaning, files, text, space in GLYPHS:
    body = "\\\n".join("    " + line for line in lines(outline(files, text, space)))
    print(f'/// {meaning}\npub(super) const {name}: &str = "\\\n{body}";\n')
print(TAIL)
