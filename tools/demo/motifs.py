"""Prints for the fronts of T-shirts, sweatshirts, caps and bags."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from tools.demo.colours import Colour, ink
from tools.demo.pen import UNIT, Pen, Point

Motif = Callable[[Pen, float, float, float, Colour], None]
"""Draws at ``x``, ``y``, ``size`` units wide, in one colour."""


def _ring(x: float, y: float, radius: float, count: int = 40) -> list[Point]:
    turns = [2 * math.pi * i / count for i in range(count)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in turns]


def sun(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """A disc that sinks behind lines."""
    pen.patch(_ring(x, y, size * 0.42), colour)
    for i in range(4):
        top = y + size * (0.05 + 0.1 * i)
        pen.line([(x - size * 0.55, top), (x + size * 0.55, top)], colour, 0.5 + 0.25 * i)


def hills(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """Two peaks and a moon."""
    a, low = size * 0.5, y + size * 0.32
    pen.patch([(x - a, low), (x - a * 0.3, y - size * 0.3), (x + a * 0.35, low)], colour)
    pen.patch([(x, low), (x + a * 0.5, y - size * 0.1), (x + a, low)], colour, alpha=0.65)
    pen.patch(_ring(x + a * 0.6, y - size * 0.32, size * 0.09), colour)


def star(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """A five-pointed star."""
    points = [
        (
            x + size * (0.5 if i % 2 == 0 else 0.2) * math.sin(math.pi * i / 5),
            y - size * (0.5 if i % 2 == 0 else 0.2) * math.cos(math.pi * i / 5),
        )
        for i in range(10)
    ]
    pen.patch(points, colour)


def waves(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """Three wavy lines."""
    for row in range(3):
        line = [
            (x - size / 2 + size * i / 8, y + (row - 1) * size * 0.2 + size * 0.06 * (-1) ** i)
            for i in range(9)
        ]
        pen.line(line, colour, 1.3)


def flower(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """A daisy on a stem."""
    pen.line([(x, y), (x - size * 0.05, y + size * 0.3), (x, y + size * 0.55)], colour, 0.9)
    for i in range(6):
        a = 2 * math.pi * i / 6
        pen.patch(
            _ring(x + size * 0.2 * math.cos(a), y + size * 0.2 * math.sin(a), size * 0.13), colour
        )


def letters(word: str) -> Motif:
    """A motif that prints ``word`` in capitals, ``size`` units wide."""

    def draw(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
        font = ImageFont.load_default(90)
        left, top, right, bottom = font.getbbox(word, stroke_width=2)
        image = Image.new("RGBA", (round(right - left), round(bottom - top)), ink(colour, 0))
        pencil = ImageDraw.Draw(image)
        pencil.text((-left, -top), word, font=font, fill=ink(colour), stroke_width=2)
        width = round(size * UNIT)
        height = max(1, round(image.height * width / image.width))
        pen.stamp(image.resize((width, height), Image.Resampling.LANCZOS), x, y, alpha=0.94)

    return draw


MOTIFS: tuple[tuple[str, Motif], ...] = (
    ("선셋", sun),
    ("마운틴", hills),
    ("스타", star),
    ("웨이브", waves),
    ("데이지", flower),
    ("레터링 하루", letters("HARU")),
    ("레터링 1998", letters("1998")),
    ("레터링 오후", letters("SLOW PM")),
    ("레터링 서울", letters("SEOUL")),
)
"""Names as titles give them, and what they print."""
