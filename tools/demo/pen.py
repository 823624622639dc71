"""Drawing of soft things: smooth outlines filled with cloth, lit from the upper left.

Coordinates are units: the sheet is 100 wide and 125 high, x to the right, y down.  Edges are
smooth because masks are drawn three times as large and reduced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tools.demo.colours import Array, Colour
from tools.demo.fabrics import Fabric

Point = tuple[float, float]
Path = Sequence[Point]
Box = tuple[slice, slice]

WIDTH, HEIGHT = 480, 600
UNIT = WIDTH / 100
_OVER = 3


def smooth(points: Path, *, closed: bool = False, steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through ``points``.  A point given twice is a corner."""
    spots = np.array(points, dtype=np.float32)
    if closed:
        spots = np.concatenate([spots[-1:], spots, spots[:2]])
    else:
        spots = np.concatenate([spots[:1], spots, spots[-1:]])
    p0, p1, p2, p3 = spots[:-3], spots[1:-2], spots[2:-1], spots[3:]
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[:, None, None]
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    # Between the two copies of a corner the curve would make a loop.
    straight = (p1 == p2).all(axis=1)
    curve[:, straight] = p1[straight]
    flat = curve.transpose(1, 0, 2).reshape(-1, 2)
    ends = flat if closed else np.concatenate([flat, spots[-1:]])
    return [(float(x), float(y)) for x, y in ends]


def points(text: str) -> list[Point]:
    """``"13 76, 58 44!"`` as points; an exclamation mark makes a corner."""
    found: list[Point] = []
    for spot in text.split(","):
        x, y = spot.rstrip("!").split()
        found += [(float(x), float(y))] * (2 if spot.endswith("!") else 1)
    return found


def mirrored(path: Path) -> list[Point]:
    """``path`` on the other side of the middle."""
    return [(100 - x, y) for x, y in path]


def whole(right: Path) -> list[Point]:
    """The outline of a symmetric thing whose right half runs from the middle to the middle."""
    return [*right, *reversed(mirrored(right))]


@dataclass(frozen=True, slots=True)
class Fold:
    """A crease: dark along ``path``, light beside it."""

    path: Path
    width: float = 1.2
    strength: float = 0.22


class Pen:
    """A transparent sheet and what is drawn on it; :meth:`finished` gives the picture."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.rgb: Array = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self.alpha: Array = np.zeros((HEIGHT, WIDTH), np.float32)
        self._wrinkles = _clouds(self.random)

    # --- cloth --------------------------------------------------------------------------------

    def cloth(
        self,
        outline: Path,
        fabric: Fabric,
        *,
        angle: float = 0,
        puff: float = 1.0,
        tone: float = 1.0,
        folds: Iterable[Fold] = (),
        shadow: float = 0.28,
    ) -> None:
        """Lays a piece of ``fabric`` down.

        :param angle: of the weave, in degrees.
        :param puff: how much it bulges; 0 is flat card, 2 a padded chamber.
        :param tone: brightness; below 1 for what lies inside or behind.
        :param shadow: how dark a shadow it throws on what is there already.
        """
        curve = smooth(outline, closed=True)
        box = _around(curve, 16)
        cut = _filled(curve, box)
        if shadow:
            soft = np.roll(_blur(cut, 5), (4, 2), (0, 1))
            self.rgb[box] *= (1 - shadow * soft)[..., None]
        light = tone * _light(cut, puff) * (1 + 0.055 * self._wrinkles[box])
        for fold in folds:
            light *= _creased(fold, box)
        rows, columns = box
        weave = fabric.patch(cut.shape[1], cut.shape[0], angle, (columns.start, rows.start))
        edge = np.clip(cut - _blur(cut, 1.1), 0, 1)[..., None] * 0.55
        self._over(box, cut, np.clip(weave * light[..., None] * (1 - edge), 0, 1))

    def _over(self, box: Box, mask: Array, colour: Array) -> None:
        m = mask[..., None]
        self.rgb[box] = self.rgb[box] * (1 - m) + colour * m
        self.alpha[box] = np.maximum(self.alpha[box], mask)

    # --- lines and small parts ----------------------------------------------------------------

    def line(
        self, path: Path, colour: Colour, width: float = 0.5, *, alpha: float = 1.0, blur: float = 0
    ) -> None:
        """A line along ``path`` on what is drawn; ``width`` in units, ``blur`` in pixels."""
        box = _around(path, width * UNIT + 3 * blur + 6)
        mask = alpha * _stroked(path, width, blur, box)
        self._over(box, mask, np.array(colour, np.float32))

    def seam(self, path: Path) -> None:
        """A sewn line: a dark furrow with a light lip."""
        box = _around(path, 8)
        furrow = _stroked(path, 0.38, 0.4, box)
        lit = self.rgb[box] * (1 - 0.34 * furrow)[..., None]
        lit += (0.10 * np.roll(furrow, (2, 2), (0, 1)) * self.alpha[box])[..., None]
        self.rgb[box] = lit.clip(0, 1)

    def stitches(self, path: Path, colour: Colour, *, alpha: float = 0.8) -> None:
        """A dashed thread."""
        box = _around(path, 8)
        thick = max(1, round(0.32 * UNIT * _OVER))

        def sew(draw: ImageDraw.ImageDraw, place: Callable[[Path], list[Point]]) -> None:
            for dash in _dashes(path):
                draw.line(place(dash), fill=255, width=thick)

        mask = _drawn(box, sew)
        self._over(box, alpha * mask, np.array(colour, np.float32))

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A button, a bead, an eyelet."""
        around = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        ring = [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in around]
        box = _around(ring, 8)
        mask = _filled(ring, box)
        self.rgb[box] *= (1 - 0.35 * np.roll(_blur(mask, 1.5), (1, 1), (0, 1)))[..., None]
        shine = _filled([(a - radius * 0.3, b - radius * 0.3) for a, b in ring], box)
        glossy = np.array(colour, np.float32) + 0.14 * _blur(shine, 1.2)[..., None] - 0.04
        self._over(box, mask, glossy.clip(0, 1).astype(np.float32))

    def patch(self, outline: Path, colour: Colour, *, alpha: float = 1.0) -> None:
        """A flat printed shape; only where there is cloth."""
        box = _around(outline, 4)
        mask = alpha * _filled(outline, box) * self.alpha[box]
        light = self.rgb[box].mean(axis=2, keepdims=True)
        shade = 0.85 + 0.15 * light / max(0.05, float(light.mean()))
        self._over(box, mask, np.clip(np.array(colour, np.float32) * shade, 0, 1))

    def stamp(self, picture: Image.Image, x: float, y: float, *, alpha: float = 1.0) -> None:
        """A printed picture (RGBA) with its middle at ``x``, ``y``; only where there is cloth."""
        top, left = round(y * UNIT - picture.height / 2), round(x * UNIT - picture.width / 2)
        box = slice(top, top + picture.height), slice(left, left + picture.width)
        pixels = np.asarray(picture, np.float32) / 255
        self._over(box, alpha * pixels[..., 3] * self.alpha[box], pixels[..., :3])

    # --- the picture --------------------------------------------------------------------------

    def finished(self, paper: Colour = (0.965, 0.96, 0.95)) -> Image.Image:
        """The garment in the middle of a sheet of paper, with the shadow that it throws."""
        self._centre()
        glow = np.linspace(1.015, 0.975, HEIGHT, dtype=np.float32)[:, None, None]
        ground = np.array(paper, np.float32) * glow * np.ones((HEIGHT, WIDTH, 1), np.float32)
        far = np.roll(_blur(self.alpha, 14), (11, 6), (0, 1))
        near = np.roll(_blur(self.alpha, 4), (4, 2), (0, 1))
        ground *= (1 - 0.16 * far - 0.14 * near)[..., None]
        a = self.alpha[..., None]
        picture = np.clip(self.rgb * a + ground * (1 - a), 0, 1)
        return Image.fromarray((picture * 255 + 0.5).astype(np.uint8))

    def cut_out(self) -> Image.Image:
        """The garment alone, on nothing (RGBA)."""
        self._centre()
        both = np.concatenate([self.rgb, self.alpha[..., None]], axis=2)
        return Image.fromarray((np.clip(both, 0, 1) * 255 + 0.5).astype(np.uint8), "RGBA")

    def _centre(self) -> None:
        rows, columns = (np.flatnonzero(self.alpha.max(axis=axis) > 0.1) for axis in (1, 0))
        move = (
            (HEIGHT - int(rows[0]) - int(rows[-1])) // 2,
            (WIDTH - int(columns[0]) - int(columns[-1])) // 2,
        )
        self.rgb, self.alpha = np.roll(self.rgb, move, (0, 1)), np.roll(self.alpha, move, (0, 1))


def _light(cut: Array, puff: float) -> Array:
    """Brightness from a height that falls off to the edge, as a cushion's does."""
    size = min(cut.shape) - 32
    height = 0.5 * _blur(cut, max(2.0, size * 0.09)) + 0.5 * _blur(cut, max(1.5, size * 0.035))
    down, right = np.gradient(height)
    slope = np.clip((down * 0.75 + right * 0.65) * size * 0.16, -1, 1)
    return np.asarray(0.90 + 0.12 * height + 0.22 * puff * slope, np.float32)


def _creased(fold: Fold, box: Box) -> Array:
    dark = _stroked(fold.path, fold.width, fold.width * 0.55 * UNIT, box)
    lip = np.roll(dark, (-3, -5), (0, 1))
    return (1 - fold.strength * dark + 0.55 * fold.strength * lip).astype(np.float32)


def _dashes(path: Path) -> list[list[Point]]:
    dense = np.array(smooth(path, steps=24))
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(dense, axis=0).T))])
    found = []
    for start in np.arange(0, length[-1] - 0.7, 1.5):
        at = np.array([start, start + 0.85])
        x, y = (np.interp(at, length, dense[:, i]) for i in (0, 1))
        found.append([(float(a), float(b)) for a, b in zip(x, y, strict=True)])
    return found


def _around(points: Path, margin: float) -> Box:
    """The pixels around ``points``, ``margin`` pixels wider on each side."""
    spots = np.array(points) * UNIT
    (left, top), (right, bottom) = spots.min(axis=0) - margin, spots.max(axis=0) + margin
    return (
        slice(max(0, int(top)), min(HEIGHT, int(bottom) + 2)),
        slice(max(0, int(left)), min(WIDTH, int(right) + 2)),
    )


def _drawn(
    box: Box, draw: Callable[[ImageDraw.ImageDraw, Callable[[Path], list[Point]]], object]
) -> Array:
    """A mask of ``box``; ``draw`` gets a canvas and what turns units into its pixels."""
    rows, columns = box
    size = ((columns.stop - columns.start) * _OVER, (rows.stop - rows.start) * _OVER)
    image = Image.new("L", size)

    def place(points: Path) -> list[Point]:
        return [
            ((x * UNIT - columns.start) * _OVER, (y * UNIT - rows.start) * _OVER) for x, y in points
        ]

    draw(ImageDraw.Draw(image), place)
    return np.asarray(image.reduce(_OVER), np.float32) / 255


def _filled(outline: Path, box: Box) -> Array:
    return _drawn(box, lambda draw, place: draw.polygon(place(outline), fill=255))


def _stroked(path: Path, width: float, blur: float, box: Box) -> Array:
    thick = max(1, round(width * UNIT * _OVER))
    mask = _drawn(
        box,
        lambda draw, place: draw.line(place(smooth(path)), fill=255, width=thick, joint="curve"),
    )
    return _blur(mask, blur) if blur else mask


def _blur(mask: Array, radius: float) -> Array:
    image = Image.fromarray((mask * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def _clouds(random: np.random.Generator) -> Array:
    """Soft vertical unevenness, as hanging cloth has; mean 0, deviation 1."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for rows, columns, weight in ((5, 9, 1.0), (10, 22, 0.8), (30, 40, 0.45)):
        coarse = Image.fromarray(random.normal(size=(rows, columns)).astype(np.float32))
        total += weight * np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
    total -= total.mean()
    return total / float(total.std())
