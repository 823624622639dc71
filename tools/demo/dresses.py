"""Dresses."""

from __future__ import annotations

from tools.demo.colours import Colour, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Fold, Path, Pen, Point, mirrored, points, whole
from tools.demo.torso import Cut, armholes, collar, inside, neck_band, sleeves

TOP = 19.0


def _outline(cut: Cut, waist: float, hem: float) -> list[Point]:
    """Right half: shoulders, a waist at y 56, a wide hem."""
    n, s, w, end = cut.neck, cut.shoulder, cut.width, cut.length
    arm = [(50 + w - 0.6, TOP + 15), (50 + w, TOP + 21)]
    if cut.sleeve == "none":
        arm = [(50 + s + 0.1, TOP + 13), (50 + w - 1.5, TOP + 20), (50 + w, TOP + 22)]
    return [
        (50, TOP + cut.dip),
        (50 + n * 0.62, TOP + cut.dip * 0.72),
        (50 + n, TOP),
        (50 + n, TOP),
        (50 + s, TOP + 6.3),
        (50 + s, TOP + 6.3),
        *arm,
        (50 + waist, TOP + 38),
        (50 + waist + 0.4, TOP + 40),
        (50 + (waist + hem) * 0.53, TOP + 40 + (end - TOP - 40) * 0.42),
        (50 + hem, end),
        (50 + hem, end),
        (50 + hem * 0.5, end + 1.6),
        (50, end + 2),
    ]


def _waves(waist: float, hem: float, end: float) -> list[Fold]:
    return [
        Fold(
            [(50 + waist * x * 0.8, TOP + 42), (50 + hem * x * 0.8, TOP + 70), (50 + hem * x, end)],
            1.9,
            0.19,
        )
        for x in (-0.78, -0.45, -0.12, 0.2, 0.5, 0.82)
    ]


def dress(
    pen: Pen,
    cut: Cut,
    cloth: Fabric,
    *,
    waist: float = 15,
    hem: float = 30,
    belt: Fabric | None = None,
    button: Colour | None = None,
    collared: bool = False,
) -> None:
    """A dress with a waist; with a collar and buttons it is a shirt dress."""
    if cut.sleeve != "none":
        sleeves(pen, cut, cloth)
    inside(pen, cut, cloth)
    pen.cloth(whole(_outline(cut, waist, hem)), cloth, folds=_waves(waist, hem, cut.length))
    if cut.sleeve != "none":
        armholes(pen, cut)
    if button:
        pen.seam([(48.3, TOP + 6), (48.3, cut.length)])
        pen.seam([(51.9, TOP + 6), (51.9, cut.length)])
        for i in range(8):
            pen.disc(50.1, TOP + 10 + i * (cut.length - TOP - 18) / 7, 0.95, button)
    band: Path = [
        (50, TOP + 37.4),
        (50 + waist + 0.3, TOP + 37),
        (50 + waist + 0.3, TOP + 37),
        (50 + waist + 0.5, TOP + 40.6),
        (50 + waist + 0.5, TOP + 40.6),
        (50, TOP + 41.2),
    ]
    if belt:
        pen.cloth(whole(band), belt, puff=0.9)
        pen.disc(50, TOP + 39.2, 1.9, (0.78, 0.66, 0.38))
        pen.disc(50, TOP + 39.2, 1.1, toned(belt.main, 0.9))
    else:
        pen.seam([(50 - waist, TOP + 39.4), (50, TOP + 40.4), (50 + waist, TOP + 39.4)])
    if collared:
        collar(pen, cut, cloth)
    else:
        neck_band(pen, cut, cloth, 1.6)


def slip(pen: Pen, cloth: Fabric, *, length: float = 108, hem: float = 24) -> None:
    """A dress on thin straps."""
    for strap in ([(60, 14), (60.4, 24), (60, 34)],):
        for path in (strap, mirrored(strap)):
            pen.line(path, toned(cloth.main, 0.85), 1.3)
    half: Path = [
        (50, 38),
        (50, 38),
        (55, 35.5),
        (60.5, 31.5),
        (60.5, 31.5),
        (67, 39),
        (67, 39),
        (65.2, 48),
        (64.4, 57),
        (67.5, 75),
        (50 + hem, length),
        (50 + hem, length),
        (50 + hem * 0.5, length + 1.6),
        (50, length + 2),
    ]
    pen.cloth(
        whole(half),
        cloth,
        puff=1.2,
        folds=[
            Fold([(45, 60), (41, 84), (38, length)], 2, 0.16),
            Fold([(55, 58), (57, 84), (61, length)], 2, 0.16),
            Fold([(50, 66), (49.5, 90), (50, length)], 1.8, 0.14),
            Fold([(40, 52), (46, 49), (50, 50)], 1.2, 0.12),
        ],
    )
    pen.line(
        points("39.6 32.6, 45 36.4, 50 38.8, 55 36.4, 60.4 32.6"),
        toned(cloth.main, 0.7),
        0.5,
        alpha=0.5,
        blur=0.6,
    )


def pinafore(pen: Pen, cloth: Fabric, shirt_cloth: Fabric, *, button: Colour) -> None:
    """A sleeveless dress over a shirt."""
    cut = Cut(width=19, length=60, sleeve="long", neck=7.5, dip=4, shoulder=20)
    sleeves(pen, cut, shirt_cloth, shirt_cloth)
    upper: Path = [
        (50, TOP + 3),
        (57, TOP),
        (57, TOP),
        (70, TOP + 6.3),
        (70, TOP + 6.3),
        (69, TOP + 24),
        (66, TOP + 40),
        (50, TOP + 41),
    ]
    pen.cloth(whole(upper), shirt_cloth)
    collar(pen, cut, shirt_cloth)
    for strap in (
        [
            (59, TOP + 2),
            (59, TOP + 2),
            (63, TOP + 4),
            (63, TOP + 4),
            (61.5, TOP + 26),
            (61.5, TOP + 26),
            (57, TOP + 26),
            (57, TOP + 26),
        ],
    ):
        for path in (strap, mirrored(strap)):
            pen.cloth(path, cloth, puff=0.7)
    half: Path = [
        (50, TOP + 24),
        (62.5, TOP + 23),
        (62.5, TOP + 23),
        (65, TOP + 32),
        (66, TOP + 42),
        (72, TOP + 66),
        (78, 106),
        (78, 106),
        (64, 107.6),
        (50, 108),
    ]
    pen.cloth(whole(half), cloth, folds=_waves(15, 28, 106))
    pen.seam([(34, TOP + 41), (50, TOP + 42.4), (66, TOP + 41)])
    for x in (40.7, 59.3):
        pen.disc(x, TOP + 26.5, 1.2, button)
