"""T-shirts, shirts, knits, hoodies: what is worn on top."""

from __future__ import annotations

from tools.demo.colours import Colour, luminance, toned
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
    placket,
    sleeves,
    thread,
    trunk,
    zipper,
)


def tee(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric) -> None:
    """A T-shirt or a thin pullover."""
    sleeves(pen, cut, cloth)
    inside(pen, cut, cloth)
    trunk(pen, cut, cloth)
    armholes(pen, cut)
    neck_band(pen, cut, band)
    hem = [
        (50 - cut.width - cut.flare + 0.6, cut.length - 3),
        (50, cut.length - 2),
        (50 + cut.width + cut.flare - 0.6, cut.length - 3),
    ]
    pen.stitches(hem, thread(cloth), alpha=0.5)


def pullover(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric) -> None:
    """A knit or a sweatshirt: bands at neck, cuffs and hem."""
    sleeves(pen, cut, cloth, band)
    inside(pen, cut, cloth)
    pen.cloth(whole(hem_band(cut)), band, puff=cut.puff)
    trunk(pen, cut, cloth)
    armholes(pen, cut)
    neck_band(pen, cut, band, 4.2)


def turtleneck(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric) -> None:
    """A pullover with a folded high collar."""
    pullover(pen, cut, cloth, band)
    n = cut.neck + 0.8
    collar = [
        (50, TOP - 6.4),
        (50 + n * 0.8, TOP - 6),
        (50 + n, TOP - 4.5),
        (50 + n + 0.6, TOP + 1),
        (50 + n * 0.8, TOP + 4),
        (50, TOP + 6),
    ]
    pen.cloth(whole(collar), band, puff=1.5)
    pen.line(
        [(50 - n * 0.9, TOP - 5.2), (50, TOP - 4.2), (50 + n * 0.9, TOP - 5.2)],
        toned(cloth.main, 0.6),
        0.5,
        alpha=0.55,
        blur=1.2,
    )


def hoodie(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric, *, zipped: bool = False) -> None:
    """A sweatshirt with a hood, cords and a pouch."""
    sleeves(pen, cut, cloth, band)
    hood: Path = [
        (50, TOP - 11),
        (56, TOP - 10.4),
        (61.5, TOP - 5),
        (63.5, TOP + 3),
        (60, TOP + 8),
        (54, TOP + 10),
        (50, TOP + 12),
    ]
    pen.cloth(whole(hood), cloth, puff=1.3)
    hole: Path = [(50, TOP - 6.5), (55, TOP - 5.4), (57.8, TOP), (55, TOP + 7), (50, TOP + 11)]
    pen.cloth(whole(hole), cloth, tone=0.5, puff=0.3, shadow=0)
    pen.cloth(whole(hem_band(cut)), band, puff=cut.puff)
    open_neck = Cut(width=cut.width, length=cut.length, neck=9.5, dip=11, shoulder=cut.shoulder)
    trunk(pen, open_neck, cloth)
    armholes(pen, cut)
    lip: Path = [(50 - 10.6, TOP - 1), (50 - 7, TOP + 8), (50, TOP + 13.5)]
    for path in (lip, mirrored(lip)):
        pen.line(path, toned(cloth.main, 0.9), 2.2)
        pen.line(path, toned(cloth.main, 0.62), 0.5, alpha=0.6, blur=0.8)
    _pouch(pen, cut, cloth)
    if zipped:
        zipper(pen, TOP + 13, cut.length + 5)
    for x in (-2.6, 2.6):
        pen.disc(50 + x, TOP + 13.5, 0.7, (0.75, 0.74, 0.7))
        pen.line(
            [(50 + x, TOP + 14), (50 + x * 1.3, TOP + 22), (50 + x * 1.15, TOP + 31)],
            (0.93, 0.92, 0.88) if luminance(cloth.main) < 0.75 else (0.35, 0.35, 0.37),
            0.75,
        )


def _pouch(pen: Pen, cut: Cut, cloth: Fabric) -> None:
    end = cut.length
    half: Path = [
        (50, end - 24),
        (58.5, end - 24),
        (58.5, end - 24),
        (64.5, end - 12),
        (65, end - 9),
        (65, end - 1),
        (65, end - 1),
        (50, end - 0.5),
    ]
    pen.cloth(whole(half), cloth, puff=0.5, shadow=0.2)
    for edge in ([(58.8, end - 23), (64, end - 12.5)], [(41.2, end - 23), (36, end - 12.5)]):
        pen.stitches(edge, thread(cloth), alpha=0.55)


def shirt(pen: Pen, cut: Cut, cloth: Fabric, *, button: Colour, pocket: bool = True) -> None:
    """A shirt or a blouse with a collar."""
    sleeves(pen, cut, cloth, cloth)
    trunk(pen, cut, cloth)
    armholes(pen, cut)
    placket(pen, cut, button)
    if pocket:
        chest_pocket(pen, cloth)
    collar(pen, cut, cloth)


def cardigan(
    pen: Pen, cut: Cut, cloth: Fabric, band: Fabric, *, button: Colour, count: int = 5
) -> None:
    """A knit that opens at the front, with a deep V."""
    deep = Cut(
        width=cut.width,
        length=cut.length,
        sleeve=cut.sleeve,
        neck=cut.neck,
        dip=26,
        shoulder=cut.shoulder,
        puff=cut.puff,
        loose=cut.loose,
    )
    sleeves(pen, cut, cloth, band)
    inside(pen, deep, cloth)
    pen.cloth(whole(hem_band(cut)), band, puff=cut.puff)
    trunk(pen, deep, cloth)
    armholes(pen, cut)
    edge: Path = [(50 - cut.neck, TOP), (50 - cut.neck * 0.62, TOP + 18), (50, TOP + 27)]
    for path in (edge, mirrored(edge)):
        pen.line(path, toned(cloth.main, 0.93), 3)
        pen.line([(x + 0.9, y) for x, y in path], toned(cloth.main, 0.65), 0.4, alpha=0.6, blur=0.7)
    strip: Path = [
        (48.2, TOP + 25),
        (48.2, TOP + 25),
        (51.8, TOP + 25),
        (51.8, TOP + 25),
        (51.8, cut.length + 5.5),
        (51.8, cut.length + 5.5),
        (48.2, cut.length + 5.5),
        (48.2, cut.length + 5.5),
    ]
    pen.cloth(strip, band, puff=0.6, shadow=0.2)
    for i in range(count):
        pen.disc(50, TOP + 29 + i * (cut.length - TOP - 27) / max(1, count - 1), 1.15, button)


def vest(pen: Pen, cut: Cut, cloth: Fabric, band: Fabric) -> None:
    """A knit without sleeves, with a V neck."""
    deep = Cut(
        width=cut.width,
        length=cut.length,
        sleeve="none",
        neck=cut.neck,
        dip=17,
        shoulder=17.5,
        puff=cut.puff,
    )
    inside(pen, deep, cloth)
    pen.cloth(whole(hem_band(deep)), band, puff=1)
    trunk(pen, deep, cloth)
    s, w = 50 + deep.shoulder, 50 + deep.width
    hole: Path = [
        (s - 0.6, TOP + 6.4),
        (s - 0.8, TOP + 15),
        (w - 2.6, TOP + 23),
        (w - 0.5, TOP + 26),
    ]
    v: Path = [(58, TOP), (55, TOP + 10), (50, TOP + 18)]
    for path, width in ((hole, 2.6), (v, 2.8)):
        for side in (path, mirrored(path)):
            pen.line(side, toned(band.main, 0.96), width)
            pen.line(side, toned(band.main, 0.7), 0.4, alpha=0.6, blur=0.6)
