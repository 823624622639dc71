"""Cutting and turning: from a working copy and boxes to the square inputs of a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from searchapp.domain.search import Box

Pixels = NDArray[np.uint8]

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class NormalizedBox:
    """A rectangle in fractions of a picture (or of another frame): left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def within(self, outer: NormalizedBox) -> NormalizedBox:
        """This frame, given in fractions of ``outer``, in fractions of the picture."""
        width, height = outer.right - outer.left, outer.bottom - outer.top
        return NormalizedBox(
            outer.left + self.left * width,
            outer.top + self.top * height,
            outer.left + self.right * width,
            outer.top + self.bottom * height,
        )

    def widened(self, margin: float) -> NormalizedBox:
        """This box with a margin of so much of its sides, inside the picture."""
        x, y = margin * (self.right - self.left), margin * (self.bottom - self.top)
        return NormalizedBox(
            max(0.0, self.left - x),
            max(0.0, self.top - y),
            min(1.0, self.right + x),
            min(1.0, self.bottom + y),
        )

    def turned_back(self, turns: int) -> NormalizedBox:
        """This frame, of a picture after counter-clockwise quarter turns, in the one before."""
        if turns % 4 == 0:
            return self
        before = NormalizedBox(1 - self.bottom, self.left, 1 - self.top, self.right)
        return before.turned_back(turns - 1)

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def containment(self, outer: NormalizedBox) -> float:
        """The share of this frame, 0..1, that lies in ``outer``."""
        return self._shared(outer) / self.area if self.area else 0.0

    def iou(self, other: NormalizedBox) -> float:
        """Intersection over union of the two."""
        common = self._shared(other)
        return common / (self.area + other.area - common) if common else 0.0

    def _shared(self, other: NormalizedBox) -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)

    def box(self, width: int, height: int) -> Box:
        """The box in pixels of a picture of ``width`` x ``height``, at least one pixel."""
        left, top = round(self.left * width), round(self.top * height)
        left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
        right = min(max(round(self.right * width), left + 1), width)
        bottom = min(max(round(self.bottom * height), top + 1), height)
        return Box(left, top, right - left, bottom - top)


WHOLE = NormalizedBox(0.0, 0.0, 1.0, 1.0)


def pairwise_iou(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of every two boxes (left, top, right, bottom), (n, n)."""
    left, top, right, bottom = boxes.T
    width = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    height = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    common = np.maximum(width, 0) * np.maximum(height, 0)
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6), axis=1)
    shares: NDArray[np.float32] = common / (area[:, None] + area[None] - common)
    return shares


def normalized_box(box: Box, width: int, height: int) -> NormalizedBox:
    """A box in pixels of a ``width`` x ``height`` picture as a frame, clipped to the picture.

    A box that lies outside gives the whole picture.
    """
    clipped = box.clipped(width, height) or Box(0, 0, width, height)
    return NormalizedBox(
        clipped.x / width,
        clipped.y / height,
        (clipped.x + clipped.width) / width,
        (clipped.y + clipped.height) / height,
    )


def cut(pixels: NDArray[Kind], frame: NormalizedBox) -> NDArray[Kind]:
    """The part of a picture, or of a map of it, inside a frame, at least one pixel."""
    height, width = pixels.shape[:2]
    box = frame.box(width, height)
    return pixels[box.y : box.y + box.height, box.x : box.x + box.width]


def mask_out(pixels: Pixels, cells: NDArray[np.bool_], ground: NDArray[np.bool_]) -> Pixels:
    """The picture with some cells in the colour of others, white if there are no others.

    :param cells: rows x columns, stretched over the picture: what to paint over.
    :param ground: of the same shape: where the colour comes from, as a median.
    """
    height, width = pixels.shape[:2]
    rows, columns = cells.shape
    here = np.ix_(np.arange(height) * rows // height, np.arange(width) * columns // width)
    background = pixels[ground[here]]
    painted = pixels.copy()
    painted[cells[here]] = np.median(background, axis=0) if len(background) else 255
    return painted


def resize_to_square(pixels: Pixels, side: int) -> Pixels:
    """The picture pressed into a square, as the embedding sees it."""
    while min(pixels.shape[:2]) >= 2 * side:
        pixels = _resized(pixels, pixels.shape[1] // 2, pixels.shape[0] // 2, cv2.INTER_AREA)
    return _resized(pixels, side, side, cv2.INTER_LINEAR)


def at_most(pixels: Pixels, longest: int) -> Pixels:
    """The picture in its shape, its longest side no longer than this."""
    ratio = longest / max(pixels.shape[:2])
    if ratio >= 1:
        return pixels
    height, width = (max(1, round(side * ratio)) for side in pixels.shape[:2])
    return _resized(pixels, width, height, cv2.INTER_AREA)


def _resized(pixels: Pixels, width: int, height: int, how: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return pixels
    whole = np.ascontiguousarray(pixels)
    return cv2.resize(whole, (width, height), interpolation=how).astype(np.uint8, copy=False)


def quarter_turns(pixels: Pixels, turns: Iterable[int]) -> list[Pixels]:
    """The picture turned counter-clockwise by each number of quarter turns."""
    return [np.rot90(pixels, turn) for turn in turns]
