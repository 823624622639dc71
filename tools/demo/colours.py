"""Colours, and what is done with them."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
"""Red, green, blue, each 0..1."""


def rgb(code: str) -> Colour:
    """``#1c2a44`` as a colour."""
    return (int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:7], 16) / 255)


def toned(colour: Colour, light: float, saturation: float = 1.0) -> Colour:
    """``colour`` made lighter (> 1) or darker (< 1)."""
    hue, value, depth = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb(hue, min(0.97, value * light), min(1.0, depth * saturation))


def luminance(colour: Colour) -> float:
    """How bright it looks, 0..1."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def ink(colour: Colour, alpha: float = 1.0) -> tuple[int, int, int, int]:
    """For Pillow."""
    red, green, blue = (round(255 * min(1.0, max(0.0, part))) for part in colour)
    return red, green, blue, round(255 * alpha)
