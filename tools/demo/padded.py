"""Down jackets: chambers that bulge, one sewn line between two of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tools.demo.fabrics import Fabric
from tools.demo.pen import Path, Pen, Point, mirrored, whole
from tools.demo.torso import TOP, Cut, body, cuff, sleeve, zipper


def padded(
    pen: Pen, cut: Cut, cloth: Fabric, *, hood: bool, chambers: int, vest: bool = False
) -> None:
    """A down jacket: chambers that bulge, one sewn line between two of them."""
    if hood:
        _puffy_hood(pen, cloth)
    if not vest:
        _puffy_sleeves(pen, cut, cloth)
    half = body(replace(cut, dip=1, neck=7.5))
    outline = whole(half)
    pen.cloth(outline, cloth, puff=1.4)
    start, end = TOP + 9.5, cut.length
    step = (end - start) / chambers
    for i in range(chambers):
        _chamber(pen, cut, cloth, start + i * step, start + (i + 1) * step)
    high: Path = [
        (50, TOP - 6),
        (57, TOP - 5.6),
        (59.5, TOP - 2),
        (60.2, TOP + 3),
        (57, TOP + 6),
        (50, TOP + 7),
    ]
    pen.cloth(whole(high), cloth, puff=1.8)
    zipper(pen, TOP - 5, end)


def _chamber(pen: Pen, cut: Cut, cloth: Fabric, top: float, bottom: float) -> None:
    def edge(y: float) -> float:
        narrow = max(0.0, (TOP + 24 - y) / 15)
        return 50 + cut.width + cut.flare * (y - TOP - 24) / 78 - 1.4 * min(1, narrow)

    a, b, middle = edge(top), edge(bottom), (top + bottom) / 2
    right: Path = [
        (50.6, top),
        (50.6, top),
        (50 + cut.width / 2, top + 0.8),
        (a - 0.4, top),
        (a - 0.4, top),
        (max(a, b) + 1.1, middle),
        (b - 0.4, bottom),
        (b - 0.4, bottom),
        (50 + cut.width / 2, bottom + 0.8),
        (50.6, bottom),
        (50.6, bottom),
    ]
    for outline in (right, mirrored(right)):
        pen.cloth(outline, cloth, puff=1.9)


def _puffy_sleeves(pen: Pen, cut: Cut, cloth: Fabric) -> None:
    for side in (1, -1):
        place = (lambda path: path) if side == 1 else mirrored
        pen.cloth(place(cuff(cut, 3.5)), cloth, puff=0.8, tone=0.82)
        outline = sleeve(cut)
        pen.cloth(place(outline), cloth, angle=-11 * side, puff=1.5)
        for i in range(7):
            chamber = _sleeve_chamber(cut, TOP + 12 + i * 9, TOP + 21 + i * 9)
            pen.cloth(place(chamber), cloth, angle=-11 * side, puff=1.8, shadow=0.2)


def _sleeve_chamber(cut: Cut, top: float, bottom: float) -> list[Point]:
    """One chamber of the right sleeve, along the edges of :func:`sleeve`."""
    s, b = 50 + cut.shoulder, cut.loose
    heights = [TOP + y for y in (6, 14.5, 30, 48, 75)]

    def outer(y: float) -> float:
        return s + float(np.interp(y, heights, [0, 6 + b, 10.6 + b, 13.5 + b, 15.6])) + 0.5

    def inner(y: float) -> float:
        return s + float(np.interp(y, heights, [-6, -5, -1.4, 3.2, 7.4])) - 0.5

    lean = 1.6
    return [
        *[(inner(top), top + lean)] * 2,
        *[(outer(top), top - lean)] * 2,
        (outer((top + bottom) / 2) + 0.8, (top + bottom) / 2 - lean),
        *[(outer(bottom), bottom - lean)] * 2,
        *[(inner(bottom), bottom + lean)] * 2,
    ]


def _puffy_hood(pen: Pen, cloth: Fabric) -> None:
    outer: Path = [
        (50, TOP - 13),
        (58, TOP - 12),
        (64.5, TOP - 6),
        (66, TOP + 3),
        (62, TOP + 9),
        (50, TOP + 12),
    ]
    pen.cloth(whole(outer), cloth, puff=2)
    hole: Path = [(50, TOP - 7.5), (55.5, TOP - 6), (58.2, TOP), (55, TOP + 8), (50, TOP + 9)]
    pen.cloth(whole(hole), cloth, tone=0.5, puff=0.3, shadow=0)
