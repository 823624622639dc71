"""Colour as a histogram in Lab, softly binned, inside a mask."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.imaging.colour import srgb_to_linear
from searchapp.vision.crops import Pixels
from searchapp.vision.features.item_arrays import COLOUR_DIM, Vector

SIDE = 48
"""Histograms are taken from pictures of this size: colour needs no detail."""

_L_BINS, _AB_BINS = 6, 9
_STEPS = np.array([_AB_BINS**2, _AB_BINS, 1])
_CORNERS = np.array(list(np.ndindex(2, 2, 2)))
_AB_RANGE = 60.0
_AB_POWER = 0.6
"""Below 1 the bins near grey are narrower: most clothes lie there."""


def histogram(pixels: Pixels, mask: NDArray[np.float32] | None = None) -> Vector:
    """Square-rooted Lab histogram of unit length, float32 (COLOUR_DIM,).

    :param mask: weights 0..1 of any size, stretched over the picture; None weighs all the same.

    Square roots make the inner product the Bhattacharyya coefficient of the two histograms.
    """
    small = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize((SIDE, SIDE)))
    lab = lab_of(small.reshape(-1, 3))
    weights = np.ones(len(lab), np.float32) if mask is None else _stretched(mask).ravel()
    lightness = np.clip(lab[:, 0] / 100 * (_L_BINS - 1), 0, _L_BINS - 1.001)
    at_bins = np.stack([lightness, _bin_of(lab[:, 1]), _bin_of(lab[:, 2])])
    low = at_bins.astype(int)
    # Each pixel is shared out among the eight bins around it: two a dimension.
    l_part, a_part, b_part = np.stack([1 - at_bins + low, at_bins - low], axis=1)
    share = l_part[:, None, None] * a_part[:, None] * (b_part * weights)
    index = _STEPS @ low + (_CORNERS @ _STEPS)[:, None]
    bins = np.bincount(index.ravel(), share.ravel(), COLOUR_DIM)
    root = np.sqrt(bins)
    scaled: Vector = (root / max(float(np.linalg.norm(root)), 1e-6)).astype(np.float32)
    return scaled


def _bin_centres() -> NDArray[np.float32]:
    """CIE Lab of the middle of each bin of :func:`histogram`, float32 (COLOUR_DIM, 3)."""
    lightness = np.arange(_L_BINS) / (_L_BINS - 1) * 100
    bent = np.arange(_AB_BINS) / (_AB_BINS - 1) * 2 - 1
    side = np.sign(bent) * np.abs(bent) ** (1 / _AB_POWER) * _AB_RANGE
    grid = np.meshgrid(lightness, side, side, indexing="ij")
    centres: NDArray[np.float32] = np.stack(grid, axis=-1).reshape(-1, 3).astype(np.float32)
    return centres


def _bin_of(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """The place of Lab's a or b among the bins, 0.._AB_BINS - 1, not rounded."""
    part = np.clip(value / _AB_RANGE, -1, 1)
    bent = np.sign(part) * np.abs(part) ** _AB_POWER
    at: NDArray[np.float32] = np.clip((bent + 1) / 2 * (_AB_BINS - 1), 0, _AB_BINS - 1.001)
    return at


def _stretched(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    weights = np.asarray(image.resize((SIDE, SIDE)), np.float32) / 255 + 1e-3
    return weights.astype(np.float32)


_LINEAR = srgb_to_linear(np.arange(256, dtype=np.float32) / 255)
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
    np.float32,
)
_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)


def lab_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE Lab (D65) of sRGB values, float32 (n, 3); IEC 61966-2-1 and CIE 15."""
    xyz = _LINEAR[rgb] @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    ).astype(np.float32)


def colour_family_of(colour: Vector, sure: float) -> str:
    """The colour family of most of a histogram; empty if none has the share ``sure``."""
    shares = colour**2
    totals: dict[str, float] = {}
    for family, share in zip(_families_of_bins(), shares.tolist(), strict=True):
        totals[family] = totals.get(family, 0.0) + share
    best = max(totals, key=lambda family: totals[family])
    return best if totals[best] >= sure * float(shares.sum()) > 0 else ""


@cache
def _families_of_bins() -> tuple[str, ...]:
    return tuple(family_of_lab(*lab) for lab in _bin_centres().tolist())


def family_of_lab(lightness: float, a: float, b: float) -> str:
    """The colour family of a CIE Lab colour, by lightness, chroma and hue."""
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)
    if chroma < 10:
        return "black" if lightness < 25 else "grey" if lightness < 88 else "white"
    if lightness < 15:
        return "black"
    if chroma < 28 and 40 <= hue < 110 and lightness >= 55:
        return "beige" if lightness < 92 else "white"
    return next(family for end, family in _hues(lightness) if hue < end)


def _hues(lightness: float) -> Sequence[tuple[float, str]]:
    """Families by the hue at which they end, in degrees: dark orange is brown, light red pink."""
    reds, oranges = ("pink" if lightness > 65 else "red"), ("brown" if lightness < 50 else "orange")
    yellows = "green" if lightness < 45 else "yellow"
    return (
        (38, reds),
        (70, oranges),
        (105, yellows),
        (195, "green"),
        (298, "blue"),
        (330, "purple"),
        (361, "pink" if lightness > 45 else "red"),
    )
