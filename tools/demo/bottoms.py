"""Trousers and skirts."""

from __future__ import annotations

from dataclasses import dataclass

from tools.demo.colours import Colour, toned
from tools.demo.fabrics import Fabric
from tools.demo.pen import Fold, Path, Pen, Point, mirrored, whole

TOP = 14.0
"""The y of waistbands."""


@dataclass(frozen=True, slots=True)
class Legs:
    """The shape of trousers, in units: half the waist, half the hips, the knee, the hem."""

    waist: float = 14.5
    hip: float = 19
    knee: float = 10.5
    hem: float = 9.5
    length: float = 112
    rise: float = 30


def _leg(cut: Legs) -> list[Point]:
    """The right leg from the waist to the hem."""
    w, crotch = 50 + cut.waist, TOP + cut.rise
    middle = 50 + cut.hip * 0.52 + 1.6
    knee = crotch + (cut.length - crotch) * 0.45
    return [
        (50, TOP + 1),
        (50, TOP + 1),
        (w, TOP),
        (w, TOP),
        (50 + cut.hip - 0.8, TOP + 14),
        (50 + cut.hip, TOP + 24),
        (middle + cut.knee * 0.86, knee),
        (middle + cut.hem * 0.9, cut.length),
        (middle + cut.hem * 0.9, cut.length),
        (middle - cut.hem * 0.9, cut.length + 0.8),
        (middle - cut.hem * 0.9, cut.length + 0.8),
        (middle - cut.knee * 0.84, knee),
        (50.6, crotch + 3),
        (50, crotch),
        (50, crotch),
    ]


def _leg_folds(cut: Legs) -> list[Fold]:
    crotch = TOP + cut.rise
    return [
        Fold([(51.5, crotch - 1), (56, crotch - 5), (61, crotch - 6)], 1.3, 0.17),
        Fold([(52, crotch + 3), (57, crotch + 1), (62, crotch + 2)], 1.2, 0.13),
        Fold([(54, cut.length - 30), (60, cut.length - 27), (66, cut.length - 29)], 1.4, 0.1),
    ]


def _legs(pen: Pen, cut: Legs, cloth: Fabric, puff: float = 0.9) -> None:
    leg, folds = _leg(cut), _leg_folds(cut)
    pen.cloth(
        mirrored(leg),
        cloth,
        angle=2,
        puff=puff,
        folds=[Fold(mirrored(f.path), f.width, f.strength) for f in folds],
    )
    pen.cloth(leg, cloth, angle=-2, puff=puff, folds=folds, shadow=0.12)


def waistband(pen: Pen, waist: float, cloth: Fabric, height: float = 4.5) -> None:
    """The band at the top."""
    band: Path = [
        (50, TOP - height + 1.4),
        (50 + waist, TOP - height + 0.6),
        (50 + waist, TOP - height + 0.6),
        (50 + waist + 0.5, TOP + 0.6),
        (50 + waist + 0.5, TOP + 0.6),
        (50, TOP + 1.4),
    ]
    pen.cloth(whole(band), cloth, puff=0.5)


def _loops(pen: Pen, waist: float, cloth: Fabric) -> None:
    for x in (-waist * 0.72, -waist * 0.3, waist * 0.3, waist * 0.72):
        a = 50 + x
        pen.cloth(
            [
                (a - 0.8, TOP - 4),
                (a - 0.8, TOP - 4),
                (a + 0.8, TOP - 4),
                (a + 0.8, TOP - 4),
                (a + 0.8, TOP + 2),
                (a + 0.8, TOP + 2),
                (a - 0.8, TOP + 2),
                (a - 0.8, TOP + 2),
            ],
            cloth,
            puff=0.5,
        )


def jeans(pen: Pen, cut: Legs, cloth: Fabric, *, worn: float = 0.5) -> None:
    """Denim trousers; ``worn`` is how pale the thighs are."""
    yarn: Colour = (0.84, 0.62, 0.34)
    _legs(pen, cut, cloth)
    middle = 50 + cut.hip * 0.52 + 2
    for x in (middle, 100 - middle):
        path = [(x, TOP + 18), (x, TOP + 36), (x, TOP + 58)]
        pen.line(path, toned(cloth.main, 1.6, 0.7), 5.5, alpha=0.32 * worn, blur=12)
    waistband(pen, cut.waist, cloth)
    _loops(pen, cut.waist, cloth)
    w, crotch = cut.waist, TOP + cut.rise
    pocket: Path = [
        (50 + w * 0.42, TOP + 1.5),
        (50 + w * 0.62, TOP + 8),
        (50 + cut.hip - 2, TOP + 11),
    ]
    for line in (pocket, mirrored(pocket)):
        pen.seam(line)
        pen.stitches([(x, y + 1.2) for x, y in line], yarn)
    pen.seam([(50, TOP + 2), (50, crotch)])
    pen.stitches([(53.6, TOP + 2), (53.4, TOP + 15), (50.6, TOP + 21)], yarn)
    side: Path = [
        (middle + cut.hem * 0.75, cut.length - 2.4),
        (middle - cut.hem * 0.78, cut.length - 1.8),
    ]
    for line in (side, mirrored(side)):
        pen.stitches(line, yarn)
    pen.disc(50.4, TOP - 1, 1.25, (0.72, 0.55, 0.34))


def slacks(pen: Pen, cut: Legs, cloth: Fabric, *, pleats: bool = True) -> None:
    """Pressed trousers."""
    _legs(pen, cut, cloth, 0.75)
    waistband(pen, cut.waist, cloth)
    _loops(pen, cut.waist, cloth)
    middle = 50 + cut.hip * 0.52 + 1.6
    for x, way in ((middle, -1), (100 - middle, 1)):
        crease = [(x + way * 2.5, TOP + 3), (x, TOP + 40), (x, cut.length - 1)]
        pen.line(crease, toned(cloth.main, 0.55), 0.5, alpha=0.3, blur=1)
        pen.line([(a + 0.7, b) for a, b in crease], toned(cloth.main, 1.5), 0.5, alpha=0.18, blur=1)
        if pleats:
            pen.seam([(x + way * 3.6, TOP + 1), (x + way * 3.0, TOP + 12)])
    pocket: Path = [(50 + cut.waist * 0.8, TOP + 2), (50 + cut.hip - 1.2, TOP + 15)]
    for line in (pocket, mirrored(pocket)):
        pen.seam(line)
    pen.seam([(50, TOP + 2), (50, TOP + cut.rise)])


def joggers(
    pen: Pen, cut: Legs, cloth: Fabric, band: Fabric, *, stripe: Colour | None = None
) -> None:
    """Soft trousers with a drawn waist, ``stripe`` down the sides."""
    middle = 50 + cut.hip * 0.52 + 1.6
    end: Path = [
        (middle - 6.4, cut.length - 1),
        (middle - 6.4, cut.length - 1),
        (middle + 6.4, cut.length - 1),
        (middle + 6.4, cut.length - 1),
        (middle + 5.6, cut.length + 5),
        (middle + 5.6, cut.length + 5),
        (middle - 5.6, cut.length + 5),
        (middle - 5.6, cut.length + 5),
    ]
    for path in (end, mirrored(end)):
        pen.cloth(path, band, puff=1)
    _legs(pen, cut, cloth, 1.1)
    if stripe:
        side = [
            (50 + cut.waist + 1.5, TOP + 6),
            (50 + cut.hip - 1.6, TOP + 24),
            (middle + cut.knee * 0.8, TOP + 62),
            (middle + cut.hem * 0.74, cut.length - 1),
        ]
        for line in (side, mirrored(side)):
            pen.line(line, stripe, 1.3, alpha=0.95)
    waistband(pen, cut.waist, band, 5.5)
    for x in (-1.6, 1.6):
        pen.line(
            [(50 + x, TOP - 1), (50 + x * 1.8, TOP + 7), (50 + x * 1.5, TOP + 13)],
            (0.92, 0.91, 0.87),
            0.8,
        )


def shorts(pen: Pen, cut: Legs, cloth: Fabric) -> None:
    """Short trousers."""
    slacks(pen, cut, cloth, pleats=True)
    middle = 50 + cut.hip * 0.52 + 1.6
    edge: Path = [
        (middle + cut.hem * 0.86, cut.length - 3),
        (middle - cut.hem * 0.86, cut.length - 2.4),
    ]
    for path in (edge, mirrored(edge)):
        pen.stitches(path, toned(cloth.main, 0.7), alpha=0.6)


def _skirt(waist: float, hip: float, hem: float, length: float) -> list[Point]:
    return [
        (50, TOP + 1),
        (50, TOP + 1),
        (50 + waist, TOP),
        (50 + waist, TOP),
        (50 + hip, TOP + 18),
        (50 + (hip + hem) / 2, (TOP + 18 + length) / 2),
        (50 + hem, length),
        (50 + hem, length),
        (50 + hem * 0.5, length + 1.4),
        (50, length + 1.8),
    ]


def flared_skirt(pen: Pen, cloth: Fabric, *, hem: float = 33, length: float = 92) -> None:
    """A skirt that falls in waves."""
    folds = [
        Fold(
            [(50 + x * 0.42, TOP + 8), (50 + x * 0.75, (TOP + length) / 2), (50 + x, length)],
            2.0,
            0.2,
        )
        for x in (-hem * 0.75, -hem * 0.42, -hem * 0.1, hem * 0.22, hem * 0.52, hem * 0.82)
    ]
    pen.cloth(whole(_skirt(13.5, 20, hem, length)), cloth, folds=folds)
    waistband(pen, 13.5, cloth)


def pleated_skirt(
    pen: Pen, cloth: Fabric, *, hem: float = 32, length: float = 88, count: int = 14
) -> None:
    """Sharp pleats from the waist to the hem."""
    step = 2 / count
    for i in range(count):
        a, b = -1 + i * step, -1 + (i + 1) * step + step * 0.25
        outline: Path = [
            (50 + 14 * a, TOP),
            (50 + 14 * b, TOP),
            (50 + (hem * 0.72) * b, (TOP + length) / 2),
            (50 + hem * b, length - 1.2),
            (50 + hem * a, length + 0.8),
            (50 + (hem * 0.72) * a, (TOP + length) / 2),
        ]
        corners = [p for j, p in enumerate(outline) for _ in range(1 if j in (2, 5) else 2)]
        pen.cloth(corners, cloth, angle=-4 * (a + b), puff=1.1, shadow=0.3)
    waistband(pen, 14, cloth)


def straight_skirt(
    pen: Pen,
    cloth: Fabric,
    *,
    length: float = 84,
    buttons: Colour | None = None,
    pockets: bool = False,
) -> None:
    """A narrow skirt, with a row of buttons if ``buttons`` is given."""
    pen.cloth(
        whole(_skirt(14.5, 20.5, 19.5, length)),
        cloth,
        puff=0.9,
        folds=[
            Fold([(36, TOP + 18), (42, TOP + 16), (49, TOP + 18)], 1.4, 0.1),
            Fold([(64, TOP + 22), (58, TOP + 19), (51, TOP + 21)], 1.4, 0.1),
        ],
    )
    waistband(pen, 14.5, cloth)
    if buttons:
        pen.seam([(47.6, TOP + 1), (47.6, length)])
        pen.seam([(52.4, TOP + 1), (52.4, length)])
        for i in range(7):
            pen.disc(50, TOP + 4 + i * (length - TOP - 8) / 6, 1.2, buttons)
    if pockets:
        for x in (33.5, 56.5):
            pen.cloth(
                [
                    (x, TOP + 16),
                    (x, TOP + 16),
                    (x + 10, TOP + 16),
                    (x + 10, TOP + 16),
                    (x + 10, TOP + 27),
                    (x + 10, TOP + 27),
                    (x, TOP + 27),
                    (x, TOP + 27),
                ],
                cloth,
                puff=0.4,
                shadow=0.2,
            )
            pen.stitches(
                [(x + 0.8, TOP + 18), (x + 9.2, TOP + 18)], toned(cloth.main, 0.65), alpha=0.7
            )
