"""Makes assets/fonts/*.woff2 and their CSS from npm's `pretendard`.

    npm install pretendard && pip install fonttools brotli
    python tools/make_fonts.py node_modules/pretendard

Two small files hold the characters of our own texts, those of the English ones and the rest; a
third one those that product names are mostly made of; any of the other 2,350 syllables of KS X 1001
lie in slices that a browser fetches only when it meets them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from searchapp.i18n import TEXTS

FONTS = Path("assets/fonts")
STYLES = Path("assets/styles/fonts.css")
WEIGHTS = (400, 700)
SLICES = 24
DEMO = Path("searchapp/catalogue/demo/products.csv")
WORDS = Path("tools/shop_words.txt")
"""Words that product names are made of."""

EXTRA = "₩–—‘’“”…·•←→↑↓×≥≤©가나다라마바사아자차카타파하원"


def own_characters(*languages: str) -> set[str]:
    """The characters of our own texts in these languages, and printable ASCII."""
    words = "".join(text for language in languages for text in TEXTS[language].values())
    return {c for c in words if not c.isspace()} | {chr(n) for n in range(0x20, 0x7F)}


def shop_characters() -> set[str]:
    """The Hangul of product names: of our demo catalogue, and of a list of words."""
    text = WORDS.read_text(encoding="utf-8") + DEMO.read_text(encoding="utf-8")
    return {c for c in text if "가" <= c <= "힣"}


def ks_syllables() -> list[str]:
    """The 2,350 Hangul syllables of KS X 1001, which is what EUC-KR can write in two bytes."""
    rows = (bytes([row, cell]) for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF))
    return [pair.decode("euc-kr") for pair in rows]


def narrowed(source: Path, characters: set[str], folder: Path) -> Path:
    """The variable font with our weights and `characters` alone, made once for all files."""
    font = TTFont(source)
    maker = subset.Subsetter(subset.Options(layout_features=["kern", "calt", "tnum"]))
    maker.populate(unicodes=[ord(c) for c in characters])
    maker.subset(font)
    path = folder / "narrowed.ttf"
    instancer.instantiateVariableFont(font, {"wght": WEIGHTS}).save(path)
    return path


def write(source: Path, characters: set[str], name: str) -> int:
    """Writes one woff2 with `characters`; returns its size in bytes."""
    font = TTFont(source)
    options = subset.Options(flavor="woff2", layout_features=["kern", "calt", "tnum"])
    options.drop_tables += ["STAT"]
    options.hinting = False
    options.desubroutinize = True
    maker = subset.Subsetter(options)
    maker.populate(unicodes=[ord(c) for c in characters])
    maker.subset(font)
    path = FONTS / f"{name}.woff2"
    subset.save_font(font, str(path), options)
    return path.stat().st_size


def spans(characters: set[str]) -> str:
    """The code points of `characters` as CSS writes them."""
    found: list[list[int]] = []
    for point in sorted(ord(c) for c in characters):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in found)


def face(name: str, ranges: str, display: str) -> str:
    """The @font-face rule of one file."""
    return (
        "@font-face{font-family:Pretendard;font-style:normal;font-weight:400 700;"
        f"font-display:{display};src:url(/fonts/{name}.woff2) format('woff2');"
        f"unicode-range:{ranges}}}\n"
    )


def main() -> None:
    """Writes the fonts and the stylesheet.

    No two files name the same character: while the one that a browser prefers is on its way, it
    asks for every other that names the character too.  Our own texts never move when their font
    comes late (`optional`); product names have a fixed height, so they may (`swap`).
    """
    whole = Path(sys.argv[1]) / "dist/public/variable/PretendardVariable.ttf"
    FONTS.mkdir(parents=True, exist_ok=True)
    for old in FONTS.glob("*.woff2"):
        old.unlink()
    own = own_characters(*TEXTS) | set(EXTRA)
    shop = shop_characters() - own
    rest = [c for c in ks_syllables() if c not in own | shop]
    with TemporaryDirectory() as folder:
        write_all(narrowed(whole, {*own, *shop, *rest}, Path(folder)), own, shop, rest)


def write_all(source: Path, own: set[str], shop: set[str], rest: list[str]) -> None:
    """Writes the files and the stylesheet, the slices first."""
    size = -(-len(rest) // SLICES)
    css = ""
    for n in range(SLICES):
        part = rest[n * size : (n + 1) * size]
        print(f"{n + 1}: {len(part)} characters, {write(source, set(part), f'pretendard-{n + 1}')}")
        whole = {chr(point) for point in range(ord(part[0]), ord(part[-1]) + 1)}
        css += face(f"pretendard-{n + 1}", spans(whole - own - shop), "swap")
    print(f"shop: {len(shop)} characters, {write(source, shop, 'pretendard-shop')} bytes")
    css += face("pretendard-shop", spans(shop), "swap")
    english = own_characters("en") | {c for c in EXTRA if c < "가"}
    for name, part in (("pretendard-ko", own - english), ("pretendard-en", english)):
        print(f"{name}: {len(part)} characters, {write(source, part, name)} bytes")
        css += face(name, spans(part), "optional")
    STYLES.write_text(css)


if __name__ == "__main__":
    main()
