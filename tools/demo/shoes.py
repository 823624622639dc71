"""Shoes, in pairs, seen from the side."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tools.demo.colours import Colour, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Fold, Path, Pen, Point, points


def _moved(path: Path, dx: float, dy: float, scale: float = 1.0) -> list[Point]:
    return [(50 + (x - 50) * scale + dx, 62 + (y - 62) * scale + dy) for x, y in path]


Place = Callable[[Path], list[Point]]


def _pair(draw: Callable[[Place], None]) -> None:
    """The far shoe first, the near one in front of it."""
    for dx, dy, scale in ((7.0, -15.0, 0.86), (-4.0, 9.0, 1.0)):
        draw(partial(_moved, dx=dx, dy=dy, scale=scale))


def sneakers(
    pen: Pen, upper: Fabric, trim: Fabric, sole: Fabric, *, lace: Colour, high: bool = False
) -> None:
    """A pair seen from the side, toes to the left."""
    rise = 13.0 if high else 0.0

    def one(at: Place) -> None:
        _sneaker_upper(pen, at, upper, rise)
        heel = f"76 {47.5 - rise * 0.6}, 86.6 {46.5 - rise * 0.6}, 88 60, 88 73!, 74 73!, 78 60"
        toe = "13 75, 12.6 70, 16.6 65.2, 23 62.2, 30 60.6!, 33 67, 31 73!"
        swoosh = "40 70, 52 65, 66 60, 74 57, 66 65, 54 70.5"
        for part, puff, shadow in ((heel, 0.8, 0.2), (toe, 1.0, 0.2), (swoosh, 0.6, 0.15)):
            pen.cloth(at(points(part)), trim, puff=puff, shadow=shadow)
        base = points("12.5 73!, 40 72.4, 89.5 72.4!, 90 77, 87.5 80.5, 60 81, 22 81, 14 79")
        pen.cloth(at(base), sole, puff=0.9, shadow=0.3)
        pen.seam(at(points("14 76.6, 50 76.4, 89 76.2")))
        _sneaker_laces(pen, at, lace, high)

    _pair(one)


def _sneaker_upper(pen: Pen, at: Place, upper: Fabric, rise: float) -> None:
    body = points(
        "13 76, 12.4 70, 16.5 65, 24 61.8, 35 58.8, 46 52, "
        f"55 {46.5 - rise * 0.75}, 58 {44 - rise}!, 70 {45 - rise}, 82 {46 - rise}, "
        f"86 {45 - rise * 1.05}!, 88 58, 88 74!"
    )
    crease = Fold(at(points("36 60, 39 66, 38 72")), 1.0, 0.15)
    pen.cloth(at(body), upper, puff=1.3, folds=[crease])
    hole = points(f"58 {44.4 - rise}, 71 {43 - rise}, 85.6 {45 - rise}, 72 {48.4 - rise}")
    pen.cloth(at(hole), upper, tone=0.45, puff=0.2, shadow=0)


def _sneaker_laces(pen: Pen, at: Place, lace: Colour, high: bool) -> None:
    for i in range(5 + 2 * high):
        x, y = 36.5 + i * 4.1, 58.5 - i * (2.9 + (0.75 if high else 0))
        below = at([(x, y), (x + 3.4, y + 3.4), (x + 6.0, y + 5.2)])
        pen.line(below, toned(lace, 0.75), 2.0, alpha=0.5, blur=1)
        pen.line(at([(x, y), (x + 3.4, y + 3.2), (x + 6.0, y + 5.0)]), lace, 1.35)


def boots(
    pen: Pen, leather: Fabric, sole: Fabric, *, tall: bool, elastic: Colour | None = None
) -> None:
    """A pair of boots; with ``elastic`` they are Chelsea boots, otherwise they are laced."""
    top = 8.0 if tall else 28.0

    def one(at: Place) -> None:
        _boot_shaft(pen, at, leather, top)
        if elastic:
            _boot_elastic(pen, at, leather, elastic, top)
        else:
            _boot_laces(pen, at, leather, top, 6 if tall else 5)
        base = points(
            "14 74!, 50 73.4, 87 73.4!, 87.6 83!, 70 83!, 67 78.6, 40 78.4, 18 79, 14.4 77.4"
        )
        pen.cloth(at(base), sole, puff=0.8)
        welt = at(points("17 73.2, 50 72.4, 85 72.4"))
        pen.stitches(welt, (0.85, 0.76, 0.55), alpha=0.6)

    _pair(one)


def _boot_shaft(pen: Pen, at: Place, leather: Fabric, top: float) -> None:
    shaft = points(
        "14 76, 13.2 70.5, 17.5 65.6, 26 62.4, 38 61, 49 56, 54 46, "
        f"54.5 {top}!, 68 {top - 1.2}, 83 {top}!, 83.5 50, 86 64, 86 75!"
    )
    creases = (
        ("50 58, 57 60, 64 57", 1.2, 0.22),
        ("53 52, 60 54, 68 51", 1.0, 0.16),
        ("34 63, 37 68, 36 73", 1.0, 0.16),
    )
    folds = [Fold(at(points(path)), width, strength) for path, width, strength in creases]
    pen.cloth(at(shaft), leather, puff=1.5, folds=folds)
    hole = points(f"54.5 {top + 0.2}, 69 {top - 2}, 83 {top + 0.2}, 69 {top + 2.6}")
    pen.cloth(at(hole), leather, tone=0.4, puff=0.2, shadow=0)


def _boot_elastic(pen: Pen, at: Place, leather: Fabric, elastic: Colour, top: float) -> None:
    gore = points(f"62 {top + 5}, 76 {top + 5}, 73 57, 66 57")
    pen.patch(at(gore), elastic, alpha=0.95)
    for i in range(5):
        rib = at([(64 + i * 2.6, top + 6), (65.6 + i * 1.6, 56)])
        pen.line(rib, toned(elastic, 0.6), 0.4, alpha=0.7)
    tab = points(f"81 {top + 1}, 85.5 {top - 3.4}, 84 {top + 6}")
    pen.line(at(tab), toned(leather.main, 0.8), 1.3)


def _boot_laces(pen: Pen, at: Place, leather: Fabric, top: float, count: int) -> None:
    for i in range(count):
        y = 57 - i * (57 - top - 6) / 5
        lace = at([(53 - max(0, (y - 48) * 0.55), y), (61, y - 2.2)])
        pen.line(lace, toned(leather.main, 0.5), 1.1)
        pen.disc(*at([(61.4, y - 2)])[0], 0.7, (0.78, 0.7, 0.5))


def loafers(pen: Pen, leather: Fabric, sole: Fabric) -> None:
    """A pair of penny loafers."""

    def one(at: Place) -> None:
        pen.cloth(
            at(points("50 55, 62 51, 84.5 52.6, 74 62, 60 62")),
            leather,
            tone=0.42,
            puff=0.2,
            shadow=0,
        )
        body: Path = points(
            "13 77, 12.4 71, 17 66.4, 27 63, 40 59, 49 54.6, 59 58.6, 73 59, 84 52.6, 87.6 "
            "53, 88.6 64, 88 77!"
        )
        pen.cloth(at(body), leather, puff=1.5)
        pen.seam(at([(15, 71), (26, 66.6), (36, 66), (44, 68)]))
        strap: Path = points("38 60!, 47 55.6!, 57 71, 56 76!, 46 76!, 45 71")
        pen.cloth(at(strap), leather, puff=0.8, angle=30, shadow=0.24)
        pen.line(at([(43.6, 63), (49.4, 60.4)]), toned(leather.main, 0.35), 1.1)
        base: Path = points("12.5 76!, 88.6 75.4!, 88.6 82!, 72 82!, 70 79, 30 79.2, 14 79")
        pen.cloth(at(base), sole, puff=0.7)

    _pair(one)
