"""Patterns of cloths, as small tiles that repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from tools.demo.colours import Colour, ink, toned

_OVER = 4


def _tile(
    width: int, height: int, ground: Colour, draw: Callable[[ImageDraw.ImageDraw], None]
) -> Image.Image:
    """A tile drawn four times as large; ``draw`` works in tile pixels times four."""
    image = Image.new("RGB", (width * _OVER, height * _OVER), ink(ground))
    draw(ImageDraw.Draw(image, "RGBA"))
    return image.reduce(_OVER)


def plain(colours: Sequence[Colour]) -> Image.Image:
    """One colour."""
    return _tile(16, 16, colours[0], lambda _draw: None)


def stripes(colours: Sequence[Colour], period: int = 34, share: float = 0.4) -> Image.Image:
    """Level stripes; a third colour makes a thin line beside each."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        top = period * _OVER
        pen.rectangle((0, 0, 99, round(top * share)), fill=ink(colours[1]))
        if len(colours) > 2:
            start = round(top * (share + 0.16))
            pen.rectangle((0, start, 99, start + round(top * 0.1)), fill=ink(colours[2]))

    return _tile(16, period, colours[0], draw)


def pinstripes(colours: Sequence[Colour], period: int = 13, share: float = 0.22) -> Image.Image:
    """Thin upright stripes."""
    return stripes(colours, period, share).transpose(Image.Transpose.ROTATE_90)


def gingham(colours: Sequence[Colour], period: int = 26) -> Image.Image:
    """Two crossing half-tones."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        size, half = period * _OVER, period * _OVER // 2
        pen.rectangle((0, 0, half, size), fill=ink(colours[1], 0.55))
        pen.rectangle((0, 0, size, half), fill=ink(colours[1], 0.55))

    return _tile(period, period, colours[0], draw)


def tartan(colours: Sequence[Colour], period: int = 76) -> Image.Image:
    """Wide and thin bands crossing."""
    bands = ((0.0, 0.36, 1, 0.62), (0.44, 0.48, 2, 0.85), (0.6, 0.64, 1, 0.7), (0.78, 0.8, 2, 0.9))

    def draw(pen: ImageDraw.ImageDraw) -> None:
        size = period * _OVER
        for start, end, which, alpha in bands:
            colour = ink(colours[min(which, len(colours) - 1)], alpha * 0.75)
            pen.rectangle((size * start, 0, size * end, size), fill=colour)
            pen.rectangle((0, size * start, size, size * end), fill=colour)

    return _tile(period, period, colours[0], draw)


def windowpane(colours: Sequence[Colour], period: int = 44) -> Image.Image:
    """Thin lines crossing, as on jackets."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        size = period * _OVER
        pen.rectangle((0, 0, 7, size), fill=ink(colours[1], 0.75))
        pen.rectangle((0, 0, size, 7), fill=ink(colours[1], 0.75))

    return _tile(period, period, colours[0], draw)


def herringbone(colours: Sequence[Colour], period: int = 20) -> Image.Image:
    """Slanting threads that turn at each column."""
    size = period * _OVER
    y, x = np.mgrid[0:size, 0:size]
    wave = np.abs(x - size / 2) + y
    on = ((wave * 4 // (size / 2)) % 2)[..., None]
    mixed = np.array(colours[0]) * on + np.array(colours[1]) * (1 - on)
    return Image.fromarray((mixed * 255).astype(np.uint8)).reduce(_OVER)


def dots(colours: Sequence[Colour], period: int = 30, radius: float = 0.17) -> Image.Image:
    """Dots in a quincunx."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        size = period * _OVER
        r = size * radius
        for x, y in ((0.25, 0.25), (0.75, 0.75)):
            box = (size * x - r, size * y - r, size * x + r, size * y + r)
            pen.ellipse(box, fill=ink(colours[1]))

    return _tile(period, period, colours[0], draw)


def argyle(colours: Sequence[Colour], period: int = 70) -> Image.Image:
    """Upright diamonds and thin crossing lines."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        w, h = period * _OVER, round(period * 1.5) * _OVER
        pen.polygon([(w / 2, 0), (w, h / 2), (w / 2, h), (0, h / 2)], fill=ink(colours[1]))
        for line in (((0, 0), (w, h)), ((w, 0), (0, h))):
            pen.line(line, fill=ink(colours[-1]), width=7)

    return _tile(period, round(period * 1.5), colours[0], draw)


def _scattered(random: np.random.Generator, size: int, gap: float) -> list[tuple[float, float]]:
    """Points no nearer than ``gap`` on a tile that repeats."""
    points: list[tuple[float, float]] = []
    for x, y in random.uniform(0, size, (400, 2)):
        steps = [(abs(x - a), abs(y - b)) for a, b in points]
        if all(math.hypot(min(dx, size - dx), min(dy, size - dy)) >= gap for dx, dy in steps):
            points.append((float(x), float(y)))
    return points


def _flower(
    pen: ImageDraw.ImageDraw,
    x: float,
    y: float,
    r: float,
    turn: float,
    petal: Colour,
    heart: Colour,
) -> None:
    for i in range(5):
        a = turn + i * 2 * math.pi / 5
        cx, cy = x + r * 0.62 * math.cos(a), y + r * 0.62 * math.sin(a)
        pen.ellipse((cx - r * 0.46, cy - r * 0.46, cx + r * 0.46, cy + r * 0.46), fill=ink(petal))
    pen.ellipse((x - r * 0.3, y - r * 0.3, x + r * 0.3, y + r * 0.3), fill=ink(heart))


def floral(colours: Sequence[Colour], size: int = 130, gap: float = 24) -> Image.Image:
    """Scattered flowers and leaves."""
    random = np.random.default_rng(round(colours[1][0] * 997 + size))
    spots = _scattered(random, size, gap)

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for x, y in spots:
            r, turn = gap * float(random.uniform(0.24, 0.42)), float(random.uniform(0, 6))
            petal = colours[1 + int(random.integers(len(colours) - 1))]
            for dx in (-size, 0, size):
                for dy in (-size, 0, size):
                    a, b = (x + dx) * _OVER, (y + dy) * _OVER
                    leaf = (a + r * 3.2, b + r * 1.2, a + r * 6.2, b + r * 3.4)
                    pen.ellipse(leaf, fill=ink(toned(colours[-1], 0.8), 0.55))
                    _flower(pen, a, b, r * _OVER, turn, petal, toned(petal, 0.55))

    return _tile(size, size, colours[0], draw)


def camouflage(colours: Sequence[Colour], size: int = 200) -> Image.Image:
    """Blots in three or four colours."""
    random = np.random.default_rng(size)
    image = np.ones((size, size, 3)) * np.array(colours[0])
    for colour in colours[1:]:
        coarse = np.tile(random.normal(size=(9, 9)), (3, 3)).astype(np.float32)
        field = Image.fromarray(coarse).resize((size * 3, size * 3), Image.Resampling.BICUBIC)
        blot = np.asarray(field)[size : 2 * size, size : 2 * size] > 0.42
        image[blot] = colour
    return Image.fromarray((image * 255).astype(np.uint8))


PATTERNS: dict[str, Callable[[Sequence[Colour]], Image.Image]] = {
    "plain": plain,
    "stripes": stripes,
    "fine stripes": lambda colours: stripes(colours, 16, 0.38),
    "bold stripes": lambda colours: stripes(colours, 84, 0.5),
    "pinstripes": pinstripes,
    "wide pinstripes": lambda colours: pinstripes(colours, 24, 0.3),
    "gingham": gingham,
    "small gingham": lambda colours: gingham(colours, 14),
    "tartan": tartan,
    "windowpane": windowpane,
    "herringbone": herringbone,
    "dots": dots,
    "small dots": lambda colours: dots(colours, 17, 0.15),
    "argyle": argyle,
    "floral": floral,
    "small floral": lambda colours: floral(colours, 96, 14),
    "camouflage": camouflage,
}
