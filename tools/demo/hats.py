"""Hats and scarves."""

from __future__ import annotations

from collections.abc import Callable

from tools.demo.colours import luminance, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Fold, Pen, points, whole


def cap(
    pen: Pen, crown: Fabric, brim: Fabric, *, motif: Callable[[Pen], None] | None = None
) -> None:
    """A baseball cap from the front."""
    pen.cloth(
        whole(points("50 40, 62 41, 72 47, 78 58, 79.6 72, 66 75, 50 76")),
        crown,
        puff=1.5,
        folds=[Fold([(30, 66), (34, 56), (40, 49)], 1.2, 0.1)],
    )
    for path in (
        [(50, 40), (50, 58), (50, 73)],
        [(50, 40.4), (37, 50), (30, 72)],
        [(50, 40.4), (63, 50), (70, 72)],
    ):
        pen.seam(path)
    pen.disc(50, 40.6, 1.7, toned(crown.main, 0.9))
    if motif:
        motif(pen)
    pen.cloth(
        points(
            "21 71!, 35 66.6, 50 65.6, 65 66.6, 79 71!, 83 82, 74 87, 62 84.4, 50 83.6, 38 "
            "84.4, 26 87, 17 82"
        ),
        brim,
        puff=1.2,
    )
    for lift in (0.0, 3.0, 6.0):
        pen.stitches(
            [
                (21 - lift * 0.4, 74 + lift),
                (36, 70 + lift),
                (50, 69.2 + lift),
                (64, 70 + lift),
                (79 + lift * 0.4, 74 + lift),
            ],
            toned(brim.main, 0.7 if luminance(brim.main) > 0.35 else 1.8),
            alpha=0.5,
        )


def bucket_hat(pen: Pen, cloth: Fabric) -> None:
    """A soft hat with a sloping brim."""
    pen.cloth(
        whole(points("50 68, 70 67!, 80 76, 87 88!, 70 93.6, 50 95")),
        cloth,
        puff=1.2,
        folds=[
            Fold([(30, 74), (25, 83), (22, 90)], 1.6, 0.15),
            Fold([(66, 74), (72, 83), (75, 91)], 1.6, 0.15),
        ],
    )
    pen.cloth(
        whole(points("50 38, 62 38.6, 67.4 41, 69.4 54, 71 69!, 62 71.4, 50 72")),
        cloth,
        puff=1.3,
    )
    pen.seam(points("29.4 68.4, 40 70.6, 50 71.2, 60 70.6, 70.6 68.4"))
    for drop in (5.0, 10.0, 15.0):
        pen.stitches(
            [(28 - drop * 0.62, 70 + drop), (50, 74.4 + drop), (72 + drop * 0.62, 70 + drop)],
            toned(cloth.main, 0.7 if luminance(cloth.main) > 0.3 else 1.9),
            alpha=0.45,
        )


def beanie(pen: Pen, cloth: Fabric, band: Fabric, *, bobble: Fabric | None = None) -> None:
    """A knitted cap with a turned-up band."""
    if bobble:
        pen.cloth(whole(points("50 19, 56 20.6, 60 26, 59 33, 50 37")), bobble, puff=1.6)
    pen.cloth(
        whole(points("50 34, 61 36, 71 46, 75.6 62, 76.4 78, 50 82")),
        cloth,
        puff=1.7,
        folds=[
            Fold([(42, 38), (37, 52), (35, 72)], 1.8, 0.14),
            Fold([(58, 38), (63, 52), (65, 72)], 1.8, 0.14),
        ],
    )
    pen.cloth(
        whole(points("50 71, 66 70, 78 68!, 79 78, 78 89!, 66 91.4, 50 92.4")),
        band,
        puff=1.5,
    )


def muffler(pen: Pen, cloth: Fabric) -> None:
    """A scarf laid in a loop, with fringes."""
    for x in range(30, 45, 2):
        pen.line([(x, 104), (x - 0.4, 112)], toned(cloth.main, 0.9), 0.8)
    for x in range(55, 70, 2):
        pen.line([(x, 98), (x + 0.4, 106)], toned(cloth.main, 0.9), 0.8)
    pen.cloth(whole(points("50 17, 63 18, 71 27, 72 39, 66 48, 50 50")), cloth, puff=1.5)
    pen.cloth(
        whole(points("50 24, 58 25, 62 31, 60 38, 50 41")),
        cloth,
        tone=0.5,
        puff=0.2,
        shadow=0,
    )
    pen.cloth(
        points("54 38!, 68 42!, 70 70, 70 99!, 54 99!, 54 70"),
        cloth,
        angle=-4,
        puff=1.3,
    )
    pen.cloth(
        points("31 42!, 47 38!, 46 70, 45 105!, 29 105!, 30 70"),
        cloth,
        angle=4,
        puff=1.3,
    )
    pen.cloth(
        points("30 34, 42 38, 56 36, 70 34, 70 44, 56 48, 42 49, 30 45"),
        cloth,
        angle=-80,
        puff=1.6,
    )
