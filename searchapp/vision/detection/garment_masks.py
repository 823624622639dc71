"""Which pixel shows what: skin, hair, ground or one of the garments.

A small convolutional head on the maps of the embedding network (strides 8, 16 and 32) gives a
probability for each class and each cell of 8 pixels.  It was trained on clothing-co-parsing and
on composed photos of garments, see ``tools/models/train_masks.py``.  A guided filter (He et al.
2013) moves the edges of a mask to those of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.crops import NormalizedBox, Pixels, at_most, cut
from searchapp.vision.models.embedding import FeatureMaps
from searchapp.vision.models.model_files import checked, onnx_session

Map = NDArray[np.float32]

CLASSES = (
    "ground",
    "skin",
    "hair",
    "top",
    "outer",
    "bottom",
    "skirt",
    "dress",
    "shoes",
    "bag",
    "hat",
    "other",
)
"""What the head tells apart, in its order; ``other`` are belts, scarves, glasses, tights."""

GARMENTS = CLASSES[3:11]
"""Classes that are labels of garments too."""

MERGED: dict[str, tuple[str, ...]] = {
    "top": ("top", "outer", "dress"),
    "outer": ("outer", "top"),
    "bottom": ("bottom", "skirt"),
    "skirt": ("skirt", "bottom", "dress"),
    "dress": ("dress", "top", "outer", "skirt"),
    "shoes": ("shoes",),
    "bag": ("bag",),
    "hat": ("hat",),
    "accessory": ("other",),
    "whole": ("top", "outer", "bottom", "skirt", "dress", "shoes", "bag", "hat"),
}
"""Label of an item -> the classes that count as it: the head mistakes a dress's top for a top."""

REFINED_SIDE, RADIUS, EPSILON = 288, 4, 1e-4
"""An item is cut out at this longest side at most; the guided filter has windows of 2 x RADIUS + 1
pixels."""

INSIDE = 0.5
"""Pixels at least so probable belong to the item."""

AROUND, MARGIN = 0.08, 0.06
"""A mask is looked at a little beyond the item's box, and cut out with a margin of white."""

LEAST_COVERED = 0.06
"""An item of which less of its box is seen is not cut out."""

FADE_FROM, FADE_TO, WHITE = 0.35, 0.65, 255
"""From white to the picture over these probabilities, so that edges are soft."""

SPECK = 0.1
"""Parts of a mask smaller than this share of its largest part are left out."""


@dataclass(frozen=True)
class GarmentMasks:
    """``probs``: float32 (len(CLASSES), rows, columns), the whole picture; sums to 1 a cell."""

    probs: Map

    def resized(self, longest: int) -> Map:
        """The probabilities at another size, ``longest`` cells long."""
        height, width = self.probs.shape[1:]
        ratio = longest / max(height, width)
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
        return np.stack([resize_map(plane, size) for plane in self.probs])

    def of_class(self, name: str) -> Map:
        """Probability of one class, (rows, columns)."""
        chosen: Map = self.probs[CLASSES.index(name)]
        return chosen

    def of_item(self, label: str) -> Map:
        """Probability that a cell belongs to an item called ``label``, (rows, columns)."""
        rows = [CLASSES.index(name) for name in MERGED[label]]
        merged: Map = self.probs[rows].sum(axis=0)
        return merged

    def label_probs(self, frame: NormalizedBox) -> NDArray[np.float32]:
        """Probabilities of LABELS in a part of the picture, by the room that they take in it."""
        masses = {name: float(cut(self.of_class(name), frame).sum()) for name in GARMENTS}
        total = max(sum(masses.values()), 1e-6)
        return np.array([masses.get(label, 0.0) / total for label in LABELS], np.float32)

    def label(self, frame: NormalizedBox) -> str:
        """The kind of garment that takes most room in a part of the picture."""
        return LABELS[int(self.label_probs(frame).argmax())]

    def share(self, names: Sequence[str], frame: NormalizedBox) -> float:
        """The part of ``frame``, 0..1, that these classes cover."""
        return float(sum(cut(self.of_class(name), frame).mean() for name in names))


@dataclass(frozen=True, slots=True)
class CutOut:
    """A garment alone: ``pixels`` are white elsewhere, ``mask`` is its probability in them, and
    ``frame`` is where in the picture they lie."""

    pixels: Pixels
    mask: Map
    frame: NormalizedBox


class MaskHead:
    """The head as a model.  Loads on first use."""

    @cached_property
    def _session(self) -> Any:
        return onnx_session(checked("masks.onnx"))

    def masks(self, maps: FeatureMaps) -> GarmentMasks:
        """What each place of the picture shows."""
        inputs = {"fine": maps.fine, "mid": maps.mid, "top": maps.top}
        probs: Sequence[Map] = self._session.run(None, inputs)[0]
        return GarmentMasks(probs[0])


def resize_map(plane: Map, size: tuple[int, int]) -> Map:
    """A map of probabilities at another size, columns and rows."""
    return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def refine(pixels: Pixels, mask: Map) -> Map:
    """A coarse mask of a picture with its edges where the picture's are, in the picture's size.

    The guided filter: in each window the mask is a linear function of the picture's lightness.
    """
    window = (2 * RADIUS + 1, 2 * RADIUS + 1)

    def mean(plane: Map) -> Map:
        return cv2.blur(plane, window).astype(np.float32, copy=False)

    guide = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    coarse = resize_map(mask, (pixels.shape[1], pixels.shape[0]))
    mean_guide, mean_mask = mean(guide), mean(coarse)
    slope = (mean(guide * coarse) - mean_guide * mean_mask) / (
        mean(guide * guide) - mean_guide**2 + np.float32(EPSILON)
    )
    offset = mean_mask - slope * mean_guide
    refined: Map = np.clip(mean(slope) * guide + mean(offset), 0, 1)
    return refined


def large_parts(mask: Map, least: float, share: float) -> NDArray[np.bool_]:
    """Where a mask is at least ``least``, without parts smaller than ``share`` of the largest."""
    inside = (mask >= least).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(inside)
    if count < 2:
        return inside.astype(bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.isin(parts, 1 + np.flatnonzero(areas >= share * areas.max()))


def bounds(inside: NDArray[np.bool_], trimmed: float = 0.0) -> NormalizedBox:
    """The box around what is inside, in fractions of the picture.

    :param trimmed: the share of the area that may lie beyond each edge.
    """
    (left, right), (top, bottom) = (_ends(inside.sum(axis=axis), trimmed) for axis in (0, 1))
    height, width = inside.shape
    return NormalizedBox(left / width, top / height, right / width, bottom / height)


def _ends(counts: NDArray[np.integer[Any]], trimmed: float) -> tuple[float, float]:
    """First place, and the one after the last, between which all but ``trimmed`` lies."""
    summed = np.cumsum(counts)
    first = np.searchsorted(summed, trimmed * summed[-1], side="right")
    last = np.searchsorted(summed, (1 - trimmed) * summed[-1])
    return float(first), float(min(last, len(counts) - 1) + 1)


def cut_out(pixels: Pixels, mask: Map, frame: NormalizedBox) -> CutOut | None:
    """The item inside ``frame``; None if its mask covers less than LEAST_COVERED of it.

    :param mask: a coarse probability of the item over the whole picture.
    """
    around = frame.widened(AROUND)
    crop = at_most(cut(pixels, around), REFINED_SIDE)
    fine = refine(crop, cut(mask, around))
    inside = large_parts(fine, INSIDE, SPECK)
    if inside.mean() < LEAST_COVERED:
        return None
    box = bounds(inside).widened(MARGIN)
    crop, fine = cut(crop, box), cut(np.where(inside, fine, np.float32(0)), box)
    opaque = np.clip((fine - FADE_FROM) / (FADE_TO - FADE_FROM), 0, 1)[..., None]
    painted = (WHITE - (WHITE - crop) * opaque).astype(np.uint8)
    return CutOut(painted, fine, box.within(around))
