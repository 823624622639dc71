"""Cloth: a pattern with the grain of a weave or a knit on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tools.demo.colours import Array, Colour
from tools.demo.grains import GRAINS
from tools.demo.patterns import PATTERNS

MIDDLE = (240, 300)
"""The turning point of patterns on a drawing, in pixels."""

_SHEET = 800


@dataclass(frozen=True, slots=True)
class Fabric:
    """A large sheet of one cloth; ``main`` is its leading colour, for trims and threads."""

    sheet: Image.Image
    main: Colour

    def patch(self, width: int, height: int, angle: float, at: tuple[int, int]) -> Array:
        """A piece of ``width`` x ``height`` pixels, its weave turned by ``angle`` degrees.

        :param at: where on the drawing it lies: neighbouring pieces continue each other.
        """
        turn = math.radians(angle)
        cos, sin = math.cos(turn), math.sin(turn)
        # The middle of the drawing stays the middle of the sheet.
        x, y, half = at[0] - MIDDLE[0], at[1] - MIDDLE[1], _SHEET / 2
        matrix = (cos, sin, cos * x + sin * y + half, -sin, cos, -sin * x + cos * y + half)
        way = Image.Resampling.BILINEAR if angle else Image.Resampling.NEAREST
        piece = self.sheet.transform((width, height), Image.Transform.AFFINE, matrix, way)
        return np.asarray(piece, np.float32) / 255


def woven(
    tile: Image.Image, main: Colour, grain: Array | None = None, depth: float = 1.0
) -> Fabric:
    """A sheet covered with ``tile``; ``grain`` (around 0) lights and darkens its threads."""
    pixels = np.asarray(tile.convert("RGB"), np.float32) / 255
    sheet = _covered(pixels)
    if grain is not None:
        sheet = sheet * (1 + depth * _covered(grain[..., None]))
    return Fabric(Image.fromarray((np.clip(sheet, 0, 1) * 255).astype(np.uint8)), main)


def _covered(tile: Array) -> Array:
    down, right = -(-_SHEET // tile.shape[0]), -(-_SHEET // tile.shape[1])
    return np.tile(tile, (down, right, 1))[:_SHEET, :_SHEET]


def fabric(pattern: str, grain: str, colours: Sequence[Colour]) -> Fabric:
    """The cloth of a pattern, a grain and its colours (the leading one first)."""
    return woven(PATTERNS[pattern](colours), colours[0], GRAINS[grain]())
