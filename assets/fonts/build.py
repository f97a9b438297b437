"""Rebuilds every font of this folder, and src/app/theme/icons.rs, from pinned packages. See README.md.

    python build.py            write the files
    python build.py --check    build into a temporary folder and compare with the files here
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import uharfbuzz
from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
ICONS_RS = Path("src/app/theme/icons.rs")

# Name, version and SHA-256 of what `npm pack` fetches.
NOTO = ("@expo-google-fonts/noto-sans-sc", "0.4.3", "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59")
TEXT = ("@expo-google-fonts/red-hat-text", "0.2.3", "b6941abb12f7d1ac123b27ffc4b42a6b2df559f6246047ed9f52eaa07b977727")
DISPLAY = ("@expo-google-fonts/red-hat-display", "0.4.1", "937bc0124c89d9a826008eb756a8532361cd32ec5a7005bd036076354a0301e5")
PHOSPHOR = ("@phosphor-icons/web", "2.1.2", "40e3096099ca818c047979cece6a3764944d5200c67b64092f7bcd8bcd1d2b08")
EMOJI_PACKAGE = ("@expo-google-fonts/noto-emoji", "0.4.7", "6a25fd5a4da5bb34bbc2d300531bbf32de86afd866e119314d7e358f61a6104d")

# Our file, the package, the file in the package.
CHINESE = [
    ("NotoSansSC-Regular.ttf", NOTO, "400Regular/NotoSansSC_400Regular.ttf"),
    ("NotoSansSC-SemiBold.ttf", NOTO, "600SemiBold/NotoSansSC_600SemiBold.ttf"),
    ("NotoSansSC-Bold.ttf", NOTO, "700Bold/NotoSansSC_700Bold.ttf"),
]
LATIN = [
    ("RedHatText-Regular.ttf", TEXT, "RedHatText_400Regular.ttf"),
    ("RedHatText-SemiBold.ttf", TEXT, "RedHatText_600SemiBold.ttf"),
    ("RedHatText-Bold.ttf", TEXT, "RedHatText_700Bold.ttf"),
    ("RedHatDisplay-SemiBold.ttf", DISPLAY, "600SemiBold/RedHatDisplay_600SemiBold.ttf"),
    ("RedHatDisplay-Bold.ttf", DISPLAY, "700Bold/RedHatDisplay_700Bold.ttf"),
]
EMOJI = [("NotoEmoji-Regular.ttf", EMOJI_PACKAGE, "400Regular/NotoEmoji_400Regular.ttf")]
ICONS = [
    ("Phosphor-Regular.ttf", PHOSPHOR, "src/regular/Phosphor.ttf"),
    ("Phosphor-Fill.ttf", PHOSPHOR, "src/fill/Phosphor-Fill.ttf"),
]

# One line box for all text fonts, in thousandths of the size. egui centres the line boxes of the fonts in one line on each
# other, so with boxes of their own, Chinese would stand lower than the Latin beside it.
ASCENT, DESCENT = 1020, -280
DIGIT_WIDTH = 600
DIGITS = "0123456789"
MAX_CHINESE = 2_600_000
MAX_ALL = 8_700_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files here, write nothing")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as work:
        packages = {package: unpack(package, Path(work)) for package in (NOTO, TEXT, DISPLAY, PHOSPHOR, EMOJI_PACKAGE)}
        out = Path(work, "out")
        out.mkdir()
        build(packages, out)
        verify(out)
        built = sorted(path for path in out.iterdir())
        differing = [path.name for path in built if not settle(path, place(path), check)]
    if differing:
        sys.exit(f"not as built: {', '.join(differing)}")
    print("all as built" if check else f"{len(built)} files written")


def place(path):
    """Where a built file belongs: the Rust file in the source tree, all others beside this script."""
    return PROJECT / ICONS_RS if path.name == ICONS_RS.name else HERE / path.name


def settle(path, target, check):
    """Writes a built file to its place, or tells whether it is there already."""
    if check:
        return target.exists() and target.read_bytes() == path.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    return True


def unpack(package, work):
    name, version, sha256 = package
    fetched = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"], cwd=work, check=True, capture_output=True, text=True
    )
    archive = work / fetched.stdout.split()[-1]
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"{name} {version} has the SHA-256 {found}, not {sha256}")
    folder = work / archive.stem
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"


def build(packages, out):
    wanted = chinese_characters()
    for name, package, path in CHINESE:
        font = load(packages[package] / path)
        reduce(font, wanted, layout=[])
        same_line_box(font)
        font.save(out / name)
    for name, package, path in LATIN:
        font = load(packages[package] / path)
        tabular_digits(font)
        reduce(font, set(map(chr, font.getBestCmap())), layout=["kern", "ccmp", "liga", "locl", "mark", "mkmk"])
        same_line_box(font)
        font.save(out / name)
    for name, package, path in EMOJI:
        font = load(packages[package] / path)
        # What is joined of several (families, flags, shades of skin) is one sign by the font's own rules.
        reduce(font, set(map(chr, font.getBestCmap())), layout=["ccmp", "liga", "rlig"])
        same_line_box(font)
        font.save(out / name)
    icons = read_icons(packages[PHOSPHOR])
    for name, package, path in ICONS:
        font = load(packages[package] / path)
        reduce(font, {char for _, _, _, char in icons}, layout=[])
        font.save(out / name)
    (out / ICONS_RS.name).write_text(rust(icons), encoding="utf-8")
    licences(packages, out)


def load(path):
    return TTFont(path, recalcTimestamp=False)


def reduce(font, characters, layout):
    """Keeps only these characters and layout features; drops hints, which egui does not use for shapes."""
    options = subset.Options()
    options.layout_features = layout
    options.hinting = False
    options.notdef_outline = True
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["BASE", "STAT", "vhea", "vmtx"] + ([] if layout else ["GDEF", "GPOS", "GSUB"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters])
    subsetter.subset(font)


def same_line_box(font):
    scale = font["head"].unitsPerEm / 1000
    ascent, descent = round(ASCENT * scale), round(DESCENT * scale)
    hhea, os2 = font["hhea"], font["OS/2"]
    hhea.ascent, hhea.descent, hhea.lineGap = ascent, descent, 0
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
    os2.usWinAscent, os2.usWinDescent = ascent, -descent


def tabular_digits(font):
    """Makes the digits that stand in columns the default ones: egui shapes text with the default features only."""
    tabular, mapped, widths = feature(font, "tnum"), dict(font.getBestCmap()), font["hmtx"].metrics
    glyphs = {ord(digit): tabular[mapped[ord(digit)]] for digit in DIGITS}
    for table in font["cmap"].tables:
        table.cmap.update(glyphs)
    for glyph in glyphs.values():
        # `nine.tf` of Red Hat Display is 622 wide, by mistake: the others are 600.
        widths[glyph] = (DIGIT_WIDTH, widths[glyph][1])
    plain_zero(font, mapped[ord("0")], glyphs[ord("0")])


def plain_zero(font, ordinary, tabular):
    """Red Hat Text has only a slashed zero for columns: draws the ordinary one in the place of it, as wide."""
    glyphs = font["glyf"]
    if glyphs[tabular].numberOfContours == glyphs[ordinary].numberOfContours:
        return
    wide, place = glyphs[ordinary], glyphs[tabular]
    left, scale = place.xMin, (place.xMax - place.xMin) / (wide.xMax - wide.xMin)
    pen = TTGlyphPen(None)
    font.getGlyphSet()[ordinary].draw(TransformPen(pen, (scale, 0, 0, 1, left - wide.xMin * scale, 0)))
    glyphs[tabular] = pen.glyph()
    glyphs[tabular].recalcBounds(glyphs)


def feature(font, tag):
    """The single substitutions of a layout feature."""
    table = font["GSUB"].table
    records = [record for record in table.FeatureList.FeatureRecord if record.FeatureTag == tag]
    lookups = {index for record in records for index in record.Feature.LookupListIndex}
    return {
        old: new
        for index in lookups
        for sub in table.LookupList.Lookup[index].SubTable
        for old, new in getattr(sub, "ExtSubTable", sub).mapping.items()
    }


def gb2312():
    rows = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {decoded for code in rows if (decoded := code.decode("gb2312", errors="ignore"))}


def own_texts():
    """Every character that the screens' own texts use."""
    files = sorted((PROJECT / "assets/locales").rglob("*.ftl"))
    return {character for file in files for character in file.read_text(encoding="utf-8") if character.isprintable()}


def listed_characters():
    lines = (HERE / "characters.txt").read_text(encoding="utf-8").splitlines()
    return {character for line in lines if not line.startswith("#") for character in line if not character.isspace()}


def chinese_characters():
    return gb2312() | set(map(chr, range(0x20, 0x7F))) | listed_characters() | own_texts()


def read_icons(package):
    """The rows of icons.txt with their code points, which are the same in all of Phosphor's styles."""
    selection = json.loads((package / "src/regular/selection.json").read_text(encoding="utf-8"))
    codes = {
        name.strip(): icon["properties"]["code"]
        for icon in selection["icons"]
        for name in icon["properties"]["name"].split(",")
    }
    lines = (HERE / "icons.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(None, 2) for line in lines if line and not line.startswith("#")]
    return [(constant, name, meaning, chr(codes[name])) for constant, name, meaning in rows]


def rust(icons):
    constants = "\n".join(
        f"/// {meaning} Phosphor `{name}`.\npub const {constant}: char = '\\u{{{ord(char):x}}}';"
        for constant, name, meaning, char in icons
    )
    every = "".join(f"    {constant},\n" for constant, *_ in icons)
    return (
        "//! The icons' code points, the same in Phosphor Regular and Phosphor Fill; which style is drawn depends on the font.\n"
        "//!\n"
        "//! Made by `assets/fonts/build.py` from `assets/fonts/icons.txt`: change them there. Knows nothing of any screen.\n\n"
        f"{constants}\n\n"
        "/// Every icon, so that a test can hold the fonts against it.\n"
        f"pub const ALL: [char; {len(icons)}] = [\n{every}];\n"
    )


def licences(packages, out):
    """Each font's licence beside it: the OFL with the copyright line that the font itself carries."""
    ofl = (packages[DISPLAY] / "LICENSE_FONT").read_text(encoding="utf-8").partition("\n")[2]
    for target, fonts in [("NotoSansSC", CHINESE), ("NotoEmoji", EMOJI), ("RedHatText", LATIN[:3]), ("RedHatDisplay", LATIN[3:])]:
        copyright_line = load(out / fonts[0][0])["name"].getDebugName(0).rstrip(".")
        if copyright_line.startswith("(c) "):
            copyright_line = copyright_line.replace("(c)", "Copyright", 1)
        (out / f"{target}-LICENSE.txt").write_text(f"{copyright_line}\n{ofl}", encoding="utf-8")
    (out / "Phosphor-LICENSE.txt").write_bytes((packages[PHOSPHOR] / "LICENSE").read_bytes())


def verify(out):
    """Holds the built fonts against what the window needs of them; ends the program when one falls short."""
    total = sum(path.stat().st_size for path in out.glob("*.ttf"))
    demand(total <= MAX_ALL, f"the fonts are {total} bytes")
    needed = chinese_characters()
    for name, *_ in CHINESE:
        missing = needed - set(map(chr, load(out / name).getBestCmap()))
        demand(not missing, f"{name} lacks {''.join(sorted(missing))}")
        size = (out / name).stat().st_size
        demand(size <= MAX_CHINESE, f"{name} is {size} bytes")
    for name, *_ in CHINESE + LATIN:
        font = load(out / name)
        demand((font["hhea"].ascent, font["hhea"].descent) == (ASCENT, DESCENT), f"{name}: line box")
        widths = {shaped_width(out / name, text) for text in pairs_of_digits()}
        demand(len(widths) == 1, f"{name}: digits of different widths {widths}")
    for name, *_ in LATIN:
        width = shaped_width(out / name, "9")
        demand(width == DIGIT_WIDTH, f"{name}: digits {width} wide")
        zero = load(out / name)["glyf"][load(out / name).getBestCmap()[ord("0")]]
        demand(zero.numberOfContours == 2, f"{name}: the zero is slashed")
    emoji = set(map(chr, load(out / EMOJI[0][0]).getBestCmap()))
    demand(set("🧧🎉🎁🐴❤👍🏽") <= emoji, f"{EMOJI[0][0]} lacks what wishes are made of")
    icons = set(re.findall(r"\\u\{([0-9a-f]+)\}", (out / ICONS_RS.name).read_text(encoding="utf-8")))
    for name, *_ in ICONS:
        font = load(out / name)
        drawn = {code for code, glyph in font.getBestCmap().items() if font["glyf"][glyph].numberOfContours}
        lacking = {int(code, 16) for code in icons} - drawn
        demand(not lacking, f"{name} lacks {lacking}")
    print(f"fonts: {total} bytes; {len(needed)} characters covered; {len(icons)} icons")


def pairs_of_digits():
    return [first + second for first in DIGITS for second in DIGITS]


def shaped_width(path, text):
    """How wide a text is, shaped with the default features as egui does."""
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(uharfbuzz.Font(face), buffer)
    return sum(position.x_advance for position in buffer.glyph_positions)


def demand(holds, complaint):
    if not holds:
        sys.exit(complaint)


if __name__ == "__main__":
    main()
