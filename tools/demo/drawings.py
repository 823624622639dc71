"""How each kind of thing in styles.toml is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.demo import bottoms, dresses, hats, outer, padded, shoes, tops
from tools.demo.bags import backpack, crossbody, tote
from tools.demo.bottoms import Legs
from tools.demo.colours import Colour, luminance
from tools.demo.fabrics import Fabric, fabric
from tools.demo.motifs import Motif
from tools.demo.palette import COLOURS
from tools.demo.pen import Pen
from tools.demo.torso import Cut

WHITE, BLACK, BRASS = COLOURS["white"], COLOURS["black"], (0.78, 0.64, 0.38)


@dataclass(frozen=True, slots=True)
class Look:
    """What one product is made of.  ``size`` is -1 (cropped, narrow) .. 1 (long, wide)."""

    cloth: Fabric
    trim: Fabric
    colours: tuple[Colour, ...]
    size: float
    motif: Motif | None = None

    @property
    def contrast(self) -> Colour:
        """A colour that shows on the cloth."""
        return COLOURS["ivory"] if luminance(self.colours[0]) < 0.55 else COLOURS["navy"]

    @property
    def button(self) -> Colour:
        """Light buttons on dark cloth, brown ones on light cloth."""
        return COLOURS["ivory"] if luminance(self.colours[0]) < 0.35 else (0.42, 0.3, 0.2)


def _top(sleeve: str, length: float, width: float = 23, **more: float) -> Callable[[float], Cut]:
    def cut(size: float) -> Cut:
        return Cut(
            width=width + 1.8 * size,
            length=length + 7 * size,
            sleeve=sleeve,
            shoulder=width - 0.3 + 1.4 * size,
            **more,
        )

    return cut


_TEE, _LONG, _SHIRT = _top("short", 98), _top("long", 97), _top("long", 102)
_KNIT, _HALF, _SHORT = _top("long", 92, 23.5), _top("half", 98, 23.5), _top("long", 86, 24)
_COAT, _BLAZER = _top("long", 114, 23.5, flare=3), _top("long", 98, 23)
_PADDED = _top("long", 93, 25, loose=3)


def _fitted_tee(pen: Pen, look: Look, cut: Cut) -> None:
    tops.tee(pen, cut, look.cloth, look.trim)
    if look.motif:
        look.motif(pen, 50, 48, 20, look.contrast)


def _sweatshirt(pen: Pen, look: Look) -> None:
    tops.pullover(pen, _KNIT(look.size), look.cloth, look.trim)
    if look.motif:
        look.motif(pen, 50, 50, 22, look.contrast)


def _tote(pen: Pen, look: Look) -> None:
    motif = look.motif
    tote(
        pen,
        look.cloth,
        look.colours[-1],
        motif=(lambda p: motif(p, 50, 80, 26, look.contrast)) if motif else None,
    )


def _cap(pen: Pen, look: Look) -> None:
    motif = look.motif
    hats.cap(
        pen,
        look.cloth,
        look.trim,
        motif=(lambda p: motif(p, 50, 58, 11, look.contrast)) if motif else None,
    )


def _lining(look: Look) -> Fabric:
    return fabric(
        "plain",
        "cotton",
        [COLOURS["charcoal"] if luminance(look.colours[0]) > 0.4 else COLOURS["grey"]],
    )


def _sole(code: str = "white") -> Fabric:
    return fabric("plain", "cotton", [COLOURS[code]])


DRAWINGS: dict[str, Callable[[Pen, Look], None]] = {
    "tee": lambda p, k: _fitted_tee(p, k, _TEE(k.size)),
    "stripe-tee": lambda p, k: _fitted_tee(p, k, _TEE(k.size)),
    "long-tee": lambda p, k: _fitted_tee(p, k, _LONG(k.size)),
    "shirt": lambda p, k: tops.shirt(p, _SHIRT(k.size), k.cloth, button=k.button),
    "half-shirt": lambda p, k: tops.shirt(p, _HALF(k.size), k.cloth, button=k.button, pocket=False),
    "sweatshirt": _sweatshirt,
    "hoodie": lambda p, k: tops.hoodie(p, _KNIT(k.size), k.cloth, k.trim),
    "zip-hoodie": lambda p, k: tops.hoodie(p, _KNIT(k.size), k.cloth, k.trim, zipped=True),
    "knit": lambda p, k: tops.pullover(p, _KNIT(k.size), k.cloth, k.trim),
    "turtleneck": lambda p, k: tops.turtleneck(p, _KNIT(k.size), k.cloth, k.trim),
    "cardigan": lambda p, k: tops.cardigan(p, _KNIT(k.size), k.cloth, k.trim, button=k.button),
    "vest": lambda p, k: tops.vest(p, _KNIT(k.size - 0.6), k.cloth, k.trim),
    "blazer": lambda p, k: outer.tailored(p, _BLAZER(k.size), k.cloth, _lining(k), button=k.button),
    "coat": lambda p, k: outer.tailored(
        p, _COAT(k.size), k.cloth, _lining(k), button=k.button, rows=3, depth=34
    ),
    "double-coat": lambda p, k: outer.tailored(
        p, _COAT(k.size), k.cloth, _lining(k), button=k.button, rows=3, double=True, depth=30
    ),
    "wrap-coat": lambda p, k: outer.wrapped_coat(p, _COAT(k.size), k.cloth, _lining(k)),
    "trench": lambda p, k: outer.trench(
        p, _COAT(k.size), k.cloth, _lining(k), button=(0.36, 0.25, 0.18)
    ),
    "padded": lambda p, k: padded.padded(p, _PADDED(k.size), k.cloth, hood=k.size >= 0, chambers=7),
    "padded-vest": lambda p, k: padded.padded(
        p,
        Cut(width=23.5, length=90, sleeve="none", shoulder=18.5),
        k.cloth,
        hood=False,
        chambers=6,
        vest=True,
    ),
    "denim-jacket": lambda p, k: outer.denim_jacket(p, _SHORT(k.size * 0.5), k.cloth, button=BRASS),
    "bomber": lambda p, k: outer.bomber(p, _SHORT(k.size * 0.5), k.cloth, k.trim),
    "varsity": lambda p, k: outer.bomber(
        p,
        _SHORT(k.size * 0.5),
        k.cloth,
        fabric("fine stripes", "rib", [k.colours[0], k.colours[1]]),
        fabric("plain", "leather", [k.colours[1]]),
    ),
    "fleece": lambda p, k: outer.fleece(
        p, _SHORT(k.size), k.cloth, fabric("plain", "cotton", [k.colours[-1]])
    ),
    "jeans": lambda p, k: bottoms.jeans(
        p,
        Legs(knee=10.5 + 2 * k.size, hem=9 + 3.4 * k.size, hip=19 + 0.8 * k.size),
        k.cloth,
        worn=0.7 if luminance(k.colours[0]) < 0.5 else 0.2,
    ),
    "slacks": lambda p, k: bottoms.slacks(
        p, Legs(knee=11 + 2 * k.size, hem=10 + 3 * k.size, hip=19.6 + k.size), k.cloth
    ),
    "joggers": lambda p, k: bottoms.joggers(
        p,
        Legs(knee=12, hem=7.4),
        k.cloth,
        k.trim,
        stripe=k.colours[1] if len(k.colours) > 1 else None,
    ),
    "shorts": lambda p, k: bottoms.shorts(
        p, Legs(knee=12.4, hem=12.4 + k.size, length=62 + 5 * k.size, hip=20), k.cloth
    ),
    "flared-skirt": lambda p, k: bottoms.flared_skirt(p, k.cloth, length=92 + 10 * k.size),
    "pleated-skirt": lambda p, k: bottoms.pleated_skirt(
        p, k.cloth, length=84 + 22 * k.size, hem=32 - 3 * k.size
    ),
    "skirt": lambda p, k: bottoms.straight_skirt(
        p,
        k.cloth,
        length=82 + 14 * k.size,
        buttons=BRASS if k.size < 0.5 else None,
        pockets=k.size < 0.5,
    ),
    "dress": lambda p, k: dresses.dress(
        p,
        Cut(width=19, length=108 + 5 * k.size, sleeve="short", shoulder=19),
        k.cloth,
        belt=fabric("plain", "leather", [COLOURS["brown"]]) if k.size > 0.5 else None,
    ),
    "shirt-dress": lambda p, k: dresses.dress(
        p,
        Cut(width=20, length=110, sleeve="long", shoulder=20),
        k.cloth,
        button=k.button,
        collared=True,
        waist=16.5,
        hem=27,
        belt=fabric("plain", "leather", [COLOURS["camel"]]),
    ),
    "slip-dress": lambda p, k: dresses.slip(p, k.cloth, length=106 + 5 * k.size),
    "pinafore": lambda p, k: dresses.pinafore(
        p, k.cloth, fabric("plain", "cotton", [WHITE]), button=BRASS
    ),
    "sneakers": lambda p, k: shoes.sneakers(
        p, k.cloth, fabric("plain", "leather", [k.colours[1]]), _sole(), lace=WHITE
    ),
    "high-tops": lambda p, k: shoes.sneakers(
        p, k.cloth, fabric("plain", "cotton", [k.colours[1]]), _sole(), lace=WHITE, high=True
    ),
    "chelsea": lambda p, k: shoes.boots(p, k.cloth, _sole("black"), tall=False, elastic=BLACK),
    "combat": lambda p, k: shoes.boots(p, k.cloth, _sole("black"), tall=True),
    "loafers": lambda p, k: shoes.loafers(p, k.cloth, _sole("black")),
    "tote": _tote,
    "backpack": lambda p, k: backpack(p, k.cloth, fabric("plain", "leather", [k.colours[1]])),
    "crossbody": lambda p, k: crossbody(p, k.cloth, BRASS),
    "cap": _cap,
    "bucket-hat": lambda p, k: hats.bucket_hat(p, k.cloth),
    "beanie": lambda p, k: hats.beanie(
        p,
        k.cloth,
        k.trim,
        bobble=fabric("plain", "fleece", [k.contrast]) if luminance(k.colours[0]) > 0.3 else None,
    ),
    "muffler": lambda p, k: hats.muffler(p, k.cloth),
}
"""Key of the kind -> its drawing."""
