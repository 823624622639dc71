"""The parts of everything with a trunk and two sleeves."""

from __future__ import annotations

from dataclasses import dataclass

from tools.demo.colours import Colour, luminance, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Fold, Path, Pen, Point, mirrored, whole


@dataclass(frozen=True, slots=True)
class Cut:
    """The shape of a thing with two sleeves.

    ``width`` is half the chest, ``length`` the y of the hem, ``sleeve`` one of none, short, half,
    long; ``neck`` is half the opening, ``dip`` its depth, ``flare`` what the hem adds to the width.
    """

    width: float = 23
    length: float = 102
    sleeve: str = "short"
    neck: float = 8
    dip: float = 5.5
    shoulder: float = 23
    flare: float = 0
    puff: float = 1.0
    loose: float = 0


TOP = 19.0
"""The y at which necks begin."""


def body(cut: Cut) -> list[Point]:
    """Right half of the trunk, from the middle of the neck to the middle of the hem."""
    n, s, w, end = cut.neck, cut.shoulder, cut.width, cut.length
    return [
        (50, TOP + cut.dip),
        (50 + n * 0.62, TOP + cut.dip * 0.72),
        (50 + n, TOP),
        (50 + n, TOP),
        (50 + s, TOP + 6.3),
        (50 + s, TOP + 6.3),
        *_armhole(cut),
        (50 + w - 0.4 + cut.flare * 0.4, TOP + 24 + (end - TOP - 24) * 0.5),
        (50 + w + cut.flare, end - 0.6),
        (50 + w + cut.flare, end - 0.6),
        (50 + w * 0.5, end + 0.4),
        (50, end + 0.6),
    ]


def _armhole(cut: Cut) -> list[Point]:
    s, w = 50 + cut.shoulder, 50 + cut.width
    if cut.sleeve == "none":
        return [(s + 0.2, TOP + 15), (w - 2, TOP + 23), (w, TOP + 26), (w, TOP + 26)]
    return [(w - 0.8, TOP + 16), (w, TOP + 24)]


def sleeve(cut: Cut) -> list[Point]:
    """The right sleeve; the trunk covers its root."""
    s, w, b = 50 + cut.shoulder, 50 + cut.width, cut.loose
    root = [(s - 8, TOP + 4.8), (s - 8, TOP + 4.8), (s - 0.6, TOP + 6.2)]
    if cut.sleeve == "short":
        return [
            *root,
            (s + 6.5 + b, TOP + 13),
            (s + 14.5 + b, TOP + 27),
            (s + 14.5 + b, TOP + 27),
            (s + 2.5, TOP + 32),
            (s + 2.5, TOP + 32),
            (w - 2, TOP + 24),
            (w - 7, TOP + 18),
        ]
    if cut.sleeve == "half":
        return [
            *root,
            (s + 6.5 + b, TOP + 13.5),
            (s + 15 + b, TOP + 44),
            (s + 15 + b, TOP + 44),
            (s + 4, TOP + 46),
            (s + 4, TOP + 46),
            (w - 1, TOP + 27),
            (w - 7, TOP + 18),
        ]
    return [
        *root,
        (s + 6 + b, TOP + 14.5),
        (s + 13.5 + b, TOP + 48),
        (s + 15.5, TOP + 75),
        (s + 15.5, TOP + 75),
        (s + 7, TOP + 76.5),
        (s + 7, TOP + 76.5),
        (s + 3.5, TOP + 52),
        (w - 1, TOP + 27),
        (w - 7, TOP + 18),
    ]


def cuff(cut: Cut, height: float = 5) -> list[Point]:
    """The band at the end of a long right sleeve."""
    s = 50 + cut.shoulder
    return [
        (s + 15.3, TOP + 74),
        (s + 15.3, TOP + 74),
        (s + 14.6, TOP + 74 + height),
        (s + 14.6, TOP + 74 + height),
        (s + 7.8, TOP + 75.5 + height),
        (s + 7.8, TOP + 75.5 + height),
        (s + 7.2, TOP + 75.5),
        (s + 7.2, TOP + 75.5),
    ]


def hem_band(cut: Cut, height: float = 5.5) -> list[Point]:
    """The band at the end of a trunk, right half."""
    w, end = cut.width + cut.flare, cut.length
    return [
        (50, end - 0.6),
        (50 + w, end - 1.4),
        (50 + w, end - 1.4),
        (50 + w - 1.4, end + height),
        (50 + w - 1.4, end + height),
        (50, end + height + 0.8),
    ]


def _sleeve_folds(cut: Cut) -> list[Fold]:
    s = 50 + cut.shoulder
    if cut.sleeve == "long":
        return [
            Fold([(s + 2, TOP + 30), (s + 8, TOP + 40), (s + 11, TOP + 43)], 1.3, 0.2),
            Fold([(s + 5, TOP + 52), (s + 10, TOP + 56), (s + 13, TOP + 57)], 1.1, 0.18),
            Fold([(s + 8, TOP + 67), (s + 12, TOP + 70)], 0.9, 0.16),
        ]
    return [Fold([(s - 1, TOP + 20), (s + 5, TOP + 25)], 1.2, 0.16)]


def _mirrored_folds(folds: list[Fold]) -> list[Fold]:
    return [Fold(mirrored(fold.path), fold.width, fold.strength) for fold in folds]


def _body_folds(pen: Pen, cut: Cut) -> list[Fold]:
    """A few long creases, each garment its own."""
    w, end = cut.width, cut.length
    lean = float(pen.random.uniform(-2, 2))
    return [
        Fold(
            [(50 - w + 1, TOP + 27), (50 - w * 0.6, TOP + 36), (50 - w * 0.4, TOP + 50)], 1.8, 0.13
        ),
        Fold(
            [(50 + w - 1, TOP + 27), (50 + w * 0.6, TOP + 37), (50 + w * 0.45, TOP + 54)], 1.8, 0.15
        ),
        Fold(
            [(50 - w * 0.5 + lean, end - 26), (50 - w * 0.4, end - 12), (50 - w * 0.45, end - 2)],
            2,
            0.1,
        ),
        Fold(
            [(50 + w * 0.5 + lean, end - 32), (50 + w * 0.6, end - 14), (50 + w * 0.5, end - 2)],
            2,
            0.12,
        ),
    ]


def sleeves(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric | None = None) -> None:
    """Both sleeves, with bands at the ends of long ones if ``band`` is given."""
    if cut.sleeve == "none":
        return
    tilt = {"short": -28.0, "half": -16.0, "long": -11.0}[cut.sleeve]
    for side in (1, -1):
        place = (lambda path: path) if side == 1 else mirrored
        folds = _sleeve_folds(cut)
        if band is not None and cut.sleeve == "long":
            pen.cloth(place(cuff(cut)), band, angle=tilt * side, puff=cut.puff)
        pen.cloth(
            place(sleeve(cut)),
            cloth,
            angle=tilt * side,
            puff=cut.puff,
            folds=folds if side == 1 else _mirrored_folds(folds),
        )


def inside(pen: Pen, cut: Cut, cloth: Fabric) -> None:
    """The back of the neck, seen through the opening."""
    n = cut.neck
    half: Path = [
        (50, TOP - 1.2),
        (50 + n * 0.7, TOP - 0.9),
        (50 + n + 0.6, TOP + 0.4),
        (50 + n * 0.7, TOP + cut.dip + 2),
        (50, TOP + cut.dip + 3),
    ]
    pen.cloth(whole(half), cloth, tone=0.62, puff=0.3)


def neck_path(cut: Cut, out: float = 0) -> list[Point]:
    """Along the opening, from left to right, ``out`` units outside it."""
    n, d = cut.neck + out * 0.6, cut.dip + out
    return [
        (50 - n, TOP + 0.1),
        (50 - n * 0.62, TOP + d * 0.74),
        (50, TOP + d),
        (50 + n * 0.62, TOP + d * 0.74),
        (50 + n, TOP + 0.1),
    ]


def neck_band(pen: Pen, cut: Cut, band: Fabric, height: float = 2.6) -> None:
    """The knitted ring of a crew neck."""
    outer, inner = neck_path(cut, height * 0.55), neck_path(cut, -height * 0.55)
    outline = [outer[0], *outer, outer[-1], inner[-1], *reversed(inner), inner[0]]
    pen.cloth(outline, band, puff=0.8, shadow=0.2)
    pen.seam(neck_path(cut, height * 0.6))


def trunk(pen: Pen, cut: Cut, cloth: Fabric) -> None:
    """The body with its own creases."""
    pen.cloth(whole(body(cut)), cloth, puff=cut.puff, folds=_body_folds(pen, cut))


def armholes(pen: Pen, cut: Cut) -> None:
    """The seams at which sleeves are set in."""
    line = [
        (50 + cut.shoulder - 0.6, TOP + 6.6),
        (50 + cut.width - 1.4, TOP + 16),
        (50 + cut.width - 0.6, TOP + 24),
    ]
    for path in (line, mirrored(line)):
        pen.seam(path)


def thread(cloth: Fabric) -> Colour:
    """A thread that shows a little on ``cloth``."""
    return toned(cloth.main, 0.72) if luminance(cloth.main) > 0.35 else toned(cloth.main, 1.7)


def zipper(pen: Pen, top: float, bottom: float, x: float = 50) -> None:
    """Teeth down the middle and a puller."""
    pen.line([(x, top), (x, bottom)], (0.24, 0.24, 0.26), 1.5, alpha=0.6)
    pen.stitches([(x, top), (x, bottom)], (0.8, 0.8, 0.82), alpha=0.95)
    pen.line([(x, top + 1), (x, top + 4.6)], (0.72, 0.72, 0.75), 1.1)


def collar(pen: Pen, cut: Cut, cloth: Fabric, *, points: float = 8.5, spread: float = 7) -> None:
    """A shirt collar with its two points."""
    n = cut.neck
    stand: Path = [
        (50, TOP - 1.5),
        (50 + n * 0.8, TOP - 2.8),
        (50 + n + 0.8, TOP + 0.4),
        (50 + n * 0.6, TOP + 3),
        (50, TOP + 2),
    ]
    pen.cloth(whole(stand), cloth, tone=0.72, puff=0.4)
    wing: Path = [
        (50.3, TOP + 5),
        (50.3, TOP + 5),
        (50 + n * 0.5, TOP + 1.2),
        (50 + n - 0.2, TOP - 3),
        (50 + n - 0.2, TOP - 3),
        (50 + n + 2.4, TOP + 1.6),
        (50 + n + 2.4, TOP + 1.6),
        (50 + spread, TOP + points + 2.4),
        (50 + spread, TOP + points + 2.4),
    ]
    for path, tilt in ((wing, 24.0), (mirrored(wing), -24.0)):
        pen.cloth(path, cloth, angle=tilt, puff=0.7)


def placket(pen: Pen, cut: Cut, button: Colour, count: int = 6, top: float = TOP + 7) -> None:
    """The buttoned edge down the middle."""
    end = cut.length
    pen.seam([(48.1, top - 1), (48.1, end - 0.4)])
    pen.seam([(52.2, top - 1), (52.2, end - 0.4)])
    for i in range(count):
        pen.disc(50.1, top + 2 + i * (end - top - 10) / max(1, count - 1), 0.95, button)


def chest_pocket(pen: Pen, cloth: Fabric, x: float = 58, y: float = 42, size: float = 9) -> None:
    """A sewn-on pocket."""
    outline: Path = [
        (x, y),
        (x, y),
        (x + size, y),
        (x + size, y),
        (x + size, y + size * 0.95),
        (x + size, y + size * 0.95),
        (x + size / 2, y + size * 1.2),
        (x + size / 2, y + size * 1.2),
        (x, y + size * 0.95),
        (x, y + size * 0.95),
    ]
    pen.cloth(outline, cloth, puff=0.25, shadow=0.14)
    pen.seam([(x, y + 1.6), (x + size, y + 1.6)])
