"""Bags."""

from __future__ import annotations

from collections.abc import Callable

from tools.demo.colours import Colour, luminance, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Fold, Path, Pen, Point, points, whole


def _corners(*points: Point) -> list[Point]:
    """``points`` joined by straight lines."""
    return [point for point in points for _ in (0, 1)]


def tote(
    pen: Pen, cloth: Fabric, handle: Colour, *, motif: Callable[[Pen], None] | None = None
) -> None:
    """A shopper with two handles."""
    for lift, tone in ((0.0, 0.8), (2.5, 1.0)):
        path = [
            (36, 50),
            (36.6, 32 + lift),
            (42, 20 + lift),
            (50, 17 + lift),
            (58, 20 + lift),
            (63.4, 32 + lift),
            (64, 50),
        ]
        pen.line(path, toned(handle, tone), 2.6)
        pen.line(path, toned(handle, tone * 0.7), 0.5, alpha=0.5, blur=0.8)
        if lift == 0:
            pen.cloth(
                whole(points("50 44, 74 43.4!, 75 48, 50 49")),
                cloth,
                tone=0.6,
                puff=0.3,
            )
    body: Path = points("50 46, 76 45!, 77.4 76, 76.4 108!, 63 110, 50 110.4")
    pen.cloth(
        whole(body),
        cloth,
        puff=0.9,
        folds=[
            Fold([(27, 58), (33, 74), (30, 92)], 2, 0.13),
            Fold([(70, 54), (66, 72), (69, 96)], 2, 0.13),
        ],
    )
    pen.stitches([(24.6, 49), (50, 50), (75.4, 49)], toned(cloth.main, 0.65), alpha=0.7)
    for x in (36, 64):
        pen.cloth(
            _corners((x - 1.5, 44), (x + 1.5, 44), (x + 1.5, 56), (x - 1.5, 56)),
            Fabric(cloth.sheet, handle),
            puff=0.4,
            shadow=0.1,
        )
        pen.line([(x, 45), (x, 55)], handle, 2.6)
    if motif:
        motif(pen)


def backpack(pen: Pen, cloth: Fabric, trim: Fabric) -> None:
    """A day pack with a front pocket."""
    pen.line(points("44 22, 45 15, 50 13.4, 55 15, 56 22"), toned(trim.main, 0.85), 2.4)
    for side in (-1, 1):
        strap = [(50 + side * 22, 46), (50 + side * 31, 66), (50 + side * 28, 96)]
        pen.line(strap, toned(trim.main, 0.75), 3.6)
    pen.cloth(
        whole(points("50 18, 62 19.5, 72 28, 76 46, 77 84, 75.6 104, 68 108.4, 50 109.4")),
        cloth,
        puff=1.7,
    )
    arch = points("27 50, 30 34, 38 27, 50 25.4, 62 27, 70 34, 73 50")
    pen.line(arch, toned(trim.main, 0.5), 1.3)
    pen.line([(72.6, 50), (74.4, 55)], (0.8, 0.8, 0.8), 1.2)
    pen.cloth(
        whole(points("50 64, 64 64.6, 68.6 69, 69.6 84, 68 99, 62 102, 50 102.6")),
        cloth,
        puff=1.6,
    )
    pen.line([(33, 72), (50, 70.6), (67, 72)], toned(trim.main, 0.5), 1.2)
    pen.cloth(_corners((45, 40), (55, 40), (55, 50), (45, 50)), trim, puff=0.5)


def crossbody(pen: Pen, leather: Fabric, metal: Colour) -> None:
    """A small bag with a flap on a long strap."""
    pen.line(points("27 62, 30 36, 42 16, 58 16, 70 36, 73 62"), toned(leather.main, 0.82), 2.0)
    pen.cloth(
        whole(points("50 56, 72 56, 75 60, 77 80, 76 97, 70 100, 50 100.6")),
        leather,
        puff=1.5,
    )
    pen.cloth(
        whole(points("50 54.4, 72 54.6, 76 58, 76.6 70, 72 80, 62 84.4, 50 85.4")),
        leather,
        puff=1.2,
    )
    pen.stitches(
        points("25.6 70, 30 79, 38 82.6, 50 83.6, 62 82.6, 70 79, 74.4 70"),
        toned(leather.main, 1.7 if luminance(leather.main) < 0.4 else 0.7),
        alpha=0.7,
    )
    pen.cloth(
        _corners((47, 79), (53, 79), (53, 88), (47, 88)), Fabric(leather.sheet, metal), puff=0.6
    )
    pen.disc(50, 84, 2.1, metal)
    for x in (27.4, 72.6):
        pen.disc(x, 60, 1.7, metal)
