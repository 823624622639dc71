"""The demo catalogue: some three hundred things that exist only here, the same on each machine."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from PIL import Image

from searchapp.domain.product import FeedProduct, Money
from tools.demo.colours import Colour
from tools.demo.drawings import DRAWINGS, Look
from tools.demo.fabrics import fabric
from tools.demo.motifs import MOTIFS
from tools.demo.palette import COLOURS, NAMES
from tools.demo.pen import Pen

_BRANDS = (
    "나래결 모노하루 구름공방 여백상점 느린오후 담백한옷장 솔잎앤코 달빛직물 온도차 무늬연구소"
)
_PATTERNS = {
    "stripes": "스트라이프",
    "fine stripes": "잔스트라이프",
    "bold stripes": "배색",
    "pinstripes": "핀스트라이프",
    "wide pinstripes": "세로 스트라이프",
    "gingham": "깅엄체크",
    "small gingham": "잔체크",
    "tartan": "타탄체크",
    "windowpane": "윈도우체크",
    "herringbone": "헤링본",
    "dots": "도트",
    "small dots": "잔도트",
    "argyle": "아가일",
    "floral": "플라워",
    "small floral": "잔꽃",
    "camouflage": "카모",
}
_GRAINS = {
    "cable": "케이블",
    "chunky": "청키",
    "rib": "골지",
    "corduroy": "코듀로이",
    "denim": "데님",
    "leather": "레더",
}
_TRIMMED_WITH_RIB = frozenset({"jersey", "knit", "cable", "chunky", "rib", "fleece"})


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """One thing of the demo catalogue and how to draw it."""

    product: FeedProduct
    style: str
    pattern: str
    grain: str
    colours: tuple[Colour, ...]
    size: float
    motif: int | None
    seed: int


@lru_cache(maxsize=1)
def collection() -> tuple[DemoProduct, ...]:
    """Everything, in a fixed order."""
    text = Path(__file__).with_name("styles.toml").read_text(encoding="utf-8")
    return tuple(
        made for key, style in tomllib.loads(text).items() for made in _variants(key, style)
    )


def _variants(key: str, style: dict[str, Any]) -> Iterator[DemoProduct]:
    sizes = style.get("sizes", [[0.0, ""]])
    for number, cloth in enumerate(style["cloths"].split()):
        size, fit = sizes[(number + crc32(key.encode())) % len(sizes)]
        motif = None
        if style.get("prints") and number % 2 == 0:
            motif = (number // 2 + crc32(key.encode())) % len(MOTIFS)
        yield _variant(key, style, number, cloth, size, fit, motif)


def _variant(
    key: str,
    style: dict[str, Any],
    number: int,
    cloth: str,
    size: float,
    fit: str,
    motif: int | None,
) -> DemoProduct:
    pattern, grain, colours = cloth.replace("_", " ").split("/")
    keys = colours.split("+")
    name = f"{key}-{number + 1:02d}"
    random = np.random.default_rng(crc32(name.encode()))
    low, high = style["price"]
    product = FeedProduct(
        id=name,
        title=_title(style["name"], fit, pattern, grain, keys[0], motif),
        link=f"https://example.com/demo/{name}",
        images=(name,),
        price=Money(Decimal(round(int(random.integers(low, high)) / 1000) * 1000), "KRW"),
        brand=str(random.choice(_BRANDS.split())),
        category=style["category"],
        colour=NAMES[keys[0]],
        in_stock=bool(random.random() > 0.06),
    )
    tones = tuple(COLOURS[k] for k in keys)
    return DemoProduct(product, key, pattern, grain, tones, size, motif, crc32(name.encode()))


def _title(name: str, fit: str, pattern: str, grain: str, colour: str, motif: int | None) -> str:
    words = [
        fit,
        MOTIFS[motif][0] if motif is not None else "",
        _PATTERNS.get(pattern, ""),
        "" if _GRAINS.get(grain, "?") in name else _GRAINS.get(grain, ""),
        name,
    ]
    return f"{' '.join(filter(None, words))} {NAMES[colour]}"


def draw(thing: DemoProduct) -> Pen:
    """The sheet with ``thing`` drawn on it."""
    cloth = fabric(thing.pattern, thing.grain, thing.colours)
    trims = thing.colours if thing.pattern == "plain" else (thing.colours[1],)
    trim = fabric("plain", "rib" if thing.grain in _TRIMMED_WITH_RIB else thing.grain, trims[:1])
    if thing.style in ("cap", "tee", "stripe-tee"):
        trim = fabric("plain", thing.grain, thing.colours[-1:])
    pen = Pen(thing.seed)
    motif = MOTIFS[thing.motif][1] if thing.motif is not None else None
    DRAWINGS[thing.style](pen, Look(cloth, trim, thing.colours, thing.size, motif))
    return pen


def picture(thing: DemoProduct) -> Image.Image:
    """The product photo of ``thing``, 480 x 600 pixels."""
    return draw(thing).finished()
