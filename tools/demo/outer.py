"""Coats and jackets."""

from __future__ import annotations

from dataclasses import replace

from tools.demo.colours import Colour, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Path, Pen, mirrored, whole
from tools.demo.torso import (
    TOP,
    Cut,
    armholes,
    chest_pocket,
    collar,
    hem_band,
    inside,
    neck_band,
    sleeves,
    thread,
    trunk,
    zipper,
)


def _both(pen: Pen, outline: Path, cloth: Fabric, *, angle: float = 0, puff: float = 0.8) -> None:
    pen.cloth(outline, cloth, angle=angle, puff=puff)
    pen.cloth(mirrored(outline), cloth, angle=-angle, puff=puff)


def _lapels(pen: Pen, cloth: Fabric, *, depth: float, width: float = 12) -> None:
    """Turned-back fronts and the collar above them; the overlap closes at ``depth``."""
    y = TOP + depth
    front: Path = [
        (50, y),
        (50, y),
        (50 + width * 0.72, TOP + depth * 0.5),
        (50 + width, TOP + 11),
        (50 + width, TOP + 11),
        (50 + width * 0.62, TOP + 8.4),
        (50 + width * 0.62, TOP + 8.4),
        (59, TOP - 1),
        (59, TOP - 1),
        (56, TOP + 9),
    ]
    top: Path = [
        (57.2, TOP - 2.4),
        (57.2, TOP - 2.4),
        (60.6, TOP - 0.6),
        (62.4, TOP + 6),
        (62.4, TOP + 6),
        (57.2, TOP + 9.2),
        (57.2, TOP + 9.2),
    ]
    _both(pen, front, cloth, angle=18, puff=0.7)
    _both(pen, top, cloth, angle=30, puff=0.7)


def _welt(pen: Pen, x: float, y: float, width: float, cloth: Fabric, tilt: float = 1.5) -> None:
    """A pocket flap."""
    flap: Path = [
        (x, y),
        (x, y),
        (x + width, y - tilt),
        (x + width, y - tilt),
        (x + width, y + 4.2 - tilt),
        (x + width, y + 4.2 - tilt),
        (x, y + 4.2),
        (x, y + 4.2),
    ]
    pen.cloth(flap, cloth, puff=0.5)


def _front_opening(pen: Pen, cut: Cut, depth: float, lining: Fabric) -> None:
    """What is seen between the lapels: the lining and a light shirt."""
    inside(pen, replace(cut, dip=depth), lining)


def tailored(
    pen: Pen,
    cut: Cut,
    cloth: Fabric,
    lining: Fabric,
    *,
    button: Colour,
    rows: int = 2,
    double: bool = False,
    depth: float = 40,
) -> None:
    """A blazer or a coat with lapels; ``double`` has two columns of buttons."""
    open_front = replace(cut, dip=depth)
    sleeves(pen, cut, cloth)
    _front_opening(pen, cut, depth, lining)
    trunk(pen, open_front, cloth)
    armholes(pen, cut)
    edge: Path = [
        (50 + (4.5 if double else 1), TOP + depth - 1),
        (50 + (4.5 if double else 1), cut.length),
    ]
    pen.seam(edge)
    _lapels(pen, cloth, depth=depth, width=14 if double else 12)
    for i in range(rows):
        y = TOP + depth + 3 + i * 11
        for x in (43.5, 56.5) if double else (50,):
            pen.disc(x, y, 1.35, button)
    pocket = TOP + depth + 14
    for x in (50 + cut.width * 0.36, 50 - cut.width * 0.36 - 12):
        _welt(pen, x, pocket, 12, cloth, 0.6)


def trench(pen: Pen, cut: Cut, cloth: Fabric, lining: Fabric, *, button: Colour) -> None:
    """A double-breasted coat with a belt."""
    tailored(pen, cut, cloth, lining, button=button, rows=3, double=True, depth=26)
    w = cut.width + 1.2
    belt: Path = [
        (50, TOP + 46),
        (50 + w, TOP + 45.4),
        (50 + w, TOP + 45.4),
        (50 + w, TOP + 49.4),
        (50 + w, TOP + 49.4),
        (50, TOP + 50.2),
    ]
    pen.cloth(whole(belt), cloth, puff=0.9)
    pen.line(
        [(46, TOP + 45.4), (54, TOP + 45.4), (54, TOP + 50.8), (46, TOP + 50.8), (46, TOP + 45.4)],
        toned(button, 0.9),
        1.1,
    )
    for side in (1, -1):
        s = 50 + side * (cut.shoulder - 6)
        strap: Path = [
            (s - side * 5, TOP + 3),
            (s + side * 6, TOP + 6),
            (s + side * 5, TOP + 8.6),
            (s - side * 5, TOP + 6),
        ]
        pen.cloth([p for p in strap for _ in (0, 1)], cloth, angle=16 * side, puff=0.6)


def denim_jacket(pen: Pen, cut: Cut, cloth: Fabric, *, button: Colour) -> None:
    """A trucker jacket: yoke, flap pockets, slanting seams, metal buttons."""
    yarn: Colour = (0.82, 0.6, 0.32)
    sleeves(pen, cut, cloth, cloth)
    pen.cloth(whole(hem_band(cut)), cloth, puff=0.7)
    trunk(pen, replace(cut, dip=4), cloth)
    armholes(pen, cut)
    yoke: Path = [
        (50 - cut.width + 1.5, TOP + 20),
        (50, TOP + 21),
        (50 + cut.width - 1.5, TOP + 20),
    ]
    pen.seam(yoke)
    pen.stitches([(x, y + 1.1) for x, y in yoke], yarn)
    for slant in ([(54.5, TOP + 30), (52.8, cut.length)], [(67.5, TOP + 30), (60, cut.length)]):
        for path in (slant, mirrored(slant)):
            pen.stitches(path, yarn)
    for x in (54.5, 34.5):
        _flap_pocket(pen, x, TOP + 21, cloth, yarn, button)
    _front_buttons(pen, cut, button, yarn, 6)
    collar(pen, replace(cut, neck=9.5), cloth, points=9, spread=10)


def _flap_pocket(pen: Pen, x: float, y: float, cloth: Fabric, yarn: Colour, button: Colour) -> None:
    flap: Path = [
        (x, y),
        (x, y),
        (x + 11, y),
        (x + 11, y),
        (x + 11, y + 4.4),
        (x + 11, y + 4.4),
        (x + 5.5, y + 7),
        (x + 5.5, y + 7),
        (x, y + 4.4),
        (x, y + 4.4),
    ]
    pen.cloth(flap, cloth, puff=0.5)
    pen.stitches([(x + 0.8, y + 4), (x + 5.5, y + 6.1), (x + 10.2, y + 4)], yarn)
    pen.disc(x + 5.5, y + 4.6, 0.85, button)


def _front_buttons(pen: Pen, cut: Cut, button: Colour, yarn: Colour, count: int) -> None:
    for x in (47.7, 52.3):
        pen.stitches([(x, TOP + 6), (x, cut.length + 4)], yarn)
    pen.seam([(53, TOP + 5), (53, cut.length + 5)])
    for i in range(count):
        pen.disc(50, TOP + 10 + i * (cut.length - TOP - 7) / (count - 1), 1.1, button)


def bomber(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric, arms: Fabric | None = None) -> None:
    """A short zipped jacket with knitted bands; ``arms`` of another cloth make a varsity jacket."""
    sleeves(pen, cut, arms or cloth, band)
    pen.cloth(whole(hem_band(cut, 6.5)), band, puff=1)
    trunk(pen, replace(cut, dip=4), cloth)
    armholes(pen, cut)
    zipper(pen, TOP + 4, cut.length + 6)
    neck_band(pen, replace(cut, dip=4), band, 5)
    for path in ([(60, TOP + 55), (66, TOP + 42)], [(40, TOP + 55), (34, TOP + 42)]):
        pen.seam(path)
        pen.line(path, toned(cloth.main, 0.6), 0.7, alpha=0.6)


def fleece(pen: Pen, cut: Cut, cloth: Fabric, trim: Fabric) -> None:
    """A zipped fleece with a high collar and a chest pocket of another cloth."""
    sleeves(pen, cut, cloth, trim)
    pen.cloth(whole(hem_band(cut, 3)), trim, puff=0.8)
    trunk(pen, replace(cut, dip=3), cloth)
    armholes(pen, cut)
    high: Path = [
        (50, TOP - 6),
        (56.5, TOP - 5.6),
        (58.8, TOP - 2),
        (59.6, TOP + 2),
        (57, TOP + 5),
        (50, TOP + 6),
    ]
    pen.cloth(whole(high), cloth, puff=1.4)
    zipper(pen, TOP - 5, cut.length + 3)
    chest_pocket(pen, trim, 56, TOP + 20, 10)
    pen.stitches([(56.6, TOP + 22.5), (65.4, TOP + 22.5)], thread(trim))


def wrapped_coat(pen: Pen, cut: Cut, cloth: Fabric, lining: Fabric) -> None:
    """A coat with a shawl collar and a tied belt."""
    sleeves(pen, cut, cloth)
    _front_opening(pen, cut, 30, lining)
    trunk(pen, replace(cut, dip=30), cloth)
    armholes(pen, cut)
    pen.seam([(53, TOP + 32), (54, cut.length)])
    shawl: Path = [
        (50, TOP + 31),
        (50, TOP + 31),
        (59, TOP + 20),
        (62.5, TOP + 8),
        (60, TOP - 1),
        (57, TOP - 3),
        (57, TOP - 3),
        (57.5, TOP + 8),
        (54, TOP + 20),
    ]
    _both(pen, shawl, cloth, angle=15, puff=1.2)
    w = cut.width + 1
    belt: Path = [
        (50, TOP + 43),
        (50 + w, TOP + 42),
        (50 + w, TOP + 42),
        (50 + w, TOP + 46.6),
        (50 + w, TOP + 46.6),
        (50, TOP + 47.6),
    ]
    pen.cloth(whole(belt), cloth, puff=1)
    for end in (
        [
            (51, TOP + 45),
            (55, TOP + 56),
            (54.5, TOP + 66),
            (58.5, TOP + 66),
            (58.5, TOP + 55),
            (54, TOP + 44),
        ],
        [
            (49, TOP + 45),
            (44, TOP + 54),
            (43.5, TOP + 61),
            (47.5, TOP + 62),
            (49, TOP + 55),
            (51.5, TOP + 46),
        ],
    ):
        pen.cloth(end, cloth, puff=1)
    knot: Path = [(47, TOP + 42.5), (53, TOP + 42), (54, TOP + 47.4), (47, TOP + 48)]
    pen.cloth(knot, cloth, puff=1.6)
