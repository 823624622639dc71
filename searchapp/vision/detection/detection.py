"""Which garments lie in a picture: the head's, looked at again, and small things that it missed.

What stands out, whatever it is, tells U2-Net (Qin et al. 2020), its small form.  Of a screenshot
only its one photo is looked at, a tall stretch of rows between bars, titles and captions: what a
program paints is flat, with thin lines of writing on it; a photo is grainy in nearly every row.
The garment head sees photos inside pictures too, and only garments there: not where a worn one
ends and the screen begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from searchapp.vision.crops import NormalizedBox, Pixels, cut, mask_out, resize_to_square
from searchapp.vision.detection.garment_detector import Garment, GarmentHead
from searchapp.vision.detection.regions import CLEAR, MAX_REGIONS
from searchapp.vision.features.classifier import kinds_of
from searchapp.vision.features.item_arrays import Vector
from searchapp.vision.features.item_features import MARGIN, PictureMaps, mixed
from searchapp.vision.models.embedding import Lite0Embedder
from searchapp.vision.models.model_files import checked, onnx_session

TALL, NARROWEST = 1.5, 100
"""Phone screens are at least so many times taller than wide, and so many pixels wide."""

FLAT = 4
"""Grey levels between neighbours in what a program painted, JPEG included."""

_GRAINY = 0.015
"""A row with a larger share of pixels that are not flat shows writing or a photo."""

_INK, _COVERED = 10, 0.25
"""So does a flat row whose grey is so far from the page's in such a share of its pixels."""

_BRIDGED = 0.008
"""Gaps between rows up to this share of the height belong to what is around them."""

_LINE, _LINES = 0.05, 3
"""Stretches shorter than this share of the height are lines; a screen has at least so many."""

_LEAST, _MOST, _AHEAD = 0.15, 0.85, 2.5
"""Share of the screen that its one photo takes, and how many times longer it is than the next."""


def photo_on_screen(pixels: Pixels) -> NormalizedBox | None:
    """The frame of the photo on a screenshot; None if it is none, or shows several photos."""
    height, width = pixels.shape[:2]
    if height < TALL * width or width < NARROWEST:
        return None
    stretches = _stretches(_filled_rows(pixels), round(_BRIDGED * height))
    if len(stretches) < _LINES + 1:
        return None
    photo, *others = sorted(stretches, key=lambda rows: rows[0] - rows[1])
    share, *shares = ((end - start) / height for start, end in (photo, *others))
    one_photo = max(_LEAST, _AHEAD * shares[0]) <= share < _MOST
    if not one_photo or sum(other < _LINE for other in shares) < _LINES:
        return None
    return NormalizedBox(0.0, photo[0] / height, 1.0, photo[1] / height)


def _filled_rows(pixels: Pixels) -> NDArray[np.bool_]:
    """Which rows show anything but the page."""
    grey = pixels.mean(axis=2, dtype=np.float32)
    grainy = np.zeros(grey.shape, bool)
    grainy[:, 1:] |= np.abs(np.diff(grey, axis=1)) > FLAT
    grainy[1:] |= np.abs(np.diff(grey, axis=0)) > FLAT
    filled: NDArray[np.bool_] = grainy.mean(axis=1) > _GRAINY
    if not filled.all():
        # Smooth parts of a photo are flat as well, but seldom in the colour of the page.
        page = np.median(grey[~filled])
        filled |= (np.abs(grey - page) > _INK).mean(axis=1) > _COVERED
    return filled


def _stretches(filled: NDArray[np.bool_], bridged: int) -> list[tuple[int, int]]:
    """First row and the one after the last of each stretch of filled rows."""
    found: list[tuple[int, int]] = []
    for row in np.flatnonzero(filled).tolist():
        if found and row - found[-1][1] <= bridged:
            found[-1] = found[-1][0], row + 1
        else:
            found.append((row, row + 1))
    return found


SIDE = 160
"""Half the side that the model was trained with: the box is as good, in a quarter of the time."""

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
MOST_THINGS = 3

_SPECK, _LOOSE = 0.005, 0.3
_SURE, _LEAST_SHARE, _MOST_SHARE, _SOLID = 0.6, 0.02, 0.75, 0.45


class Saliency:
    """Finds the one thing that stands out.  Loads on first use."""

    @cached_property
    def _session(self) -> Any:
        return onnx_session(checked("u2netp.onnx"))

    def mask(self, pixels: Pixels) -> NDArray[np.float32]:
        """The probability of standing out, float32 (SIDE, SIDE), over the whole picture."""
        small = resize_to_square(pixels, SIDE).astype(np.float32)
        scaled = (small / max(float(small.max()), 1.0) - _MEAN) / _DEVIATION
        name = self._session.get_inputs()[0].name
        output = self._session.run(None, {name: scaled.transpose(2, 0, 1)[None]})[0]
        result: NDArray[np.float32] = output[0, 0]
        return result

    def things(self, pixels: Pixels) -> list[NormalizedBox]:
        """Frames of up to MOST_THINGS separate solid things, the largest first."""
        sure = (self.mask(pixels) > _SURE).astype(np.uint8)
        parts = cv2.connectedComponentsWithStats(sure)[2][1:]
        solid = [
            (int(area), NormalizedBox(x / SIDE, y / SIDE, (x + width) / SIDE, (y + height) / SIDE))
            for x, y, width, height, area in parts.tolist()
            if area > _SPECK * sure.size and area > _LOOSE * width * height
        ]
        return [frame for _, frame in sorted(solid, key=lambda one: -one[0])[:MOST_THINGS]]

    def thing(self, pixels: Pixels) -> NormalizedBox | None:
        """The frame of one solid thing, neither tiny nor everything; None if there is none."""
        sure = self.mask(pixels) > _SURE
        share = float(sure.mean())
        if not _LEAST_SHARE < share < _MOST_SHARE:
            return None
        rows, columns = np.where(sure.mean(axis=1) > 0.01)[0], np.where(sure.mean(axis=0) > 0.01)[0]
        edges = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / SIDE
        frame = NormalizedBox(*(float(edge) for edge in edges))
        return frame if share > _SOLID * frame.area else None


SMALL, AROUND, SAME = 0.08, 0.3, 0.25
"""Garments that fill less of the picture are looked at closer, with a margin; a garment there is
the same if it overlaps as much.  8 ms each."""

ROOM = 0.7
"""Where garments cover more of the picture, nothing is looked for beside them: it takes 70 ms."""

SMALL_THINGS = ("shoes", "hat", "bag", "accessory")
"""What the head misses where it is small and alone: it was taught on clothes."""

CERTAIN = 0.7
"""What stands out beside garments is at least so certainly one of these."""


@dataclass(frozen=True, slots=True)
class GarmentFinder:
    """Finds garments that lie or hang in a picture, each in a frame with its kind."""

    network: Lite0Embedder
    head: GarmentHead
    saliency: Saliency

    def garments(self, pixels: Pixels, look: PictureMaps) -> list[Garment]:
        """The clear ones of the first look, their edges and kinds looked at once more."""
        clear = [one for one in look.garments.garments if one.confidence >= CLEAR][:MAX_REGIONS]
        near = [self._closer(pixels, one) for one in clear]
        kinds = self._kinds(pixels, [one.frame for one in near])
        return [
            replace(one, label_probs=mixed(row, look, one.frame))
            for one, row in zip(near, kinds, strict=True)
        ]

    def beside(self, pixels: Pixels, garments: Sequence[Garment]) -> list[Garment]:
        """Small things that stand out once the garments found are painted over."""
        cells = np.zeros((SIDE, SIDE), bool)
        for one in garments:
            cut(cells, one.frame.widened(MARGIN))[:] = True
        if not garments or cells.mean() > ROOM:
            return []
        rest = mask_out(resize_to_square(pixels, SIDE), cells, ~cells)
        frames = [
            frame
            for frame in self.saliency.things(rest)
            if not any(frame.iou(one.frame) for one in garments)
        ]
        found = [
            Garment(frame, float(row.max()), row)
            for frame, row in zip(frames, self._kinds(pixels, frames), strict=True)
        ]
        return [one for one in found if one.label in SMALL_THINGS and one.confidence >= CERTAIN]

    def _kinds(self, pixels: Pixels, frames: Sequence[NormalizedBox]) -> Sequence[Vector]:
        """Probabilities of LABELS in each frame, in a crop of its own."""
        if not frames:
            return []
        crops = [cut(pixels, frame.widened(MARGIN)) for frame in frames]
        return list(kinds_of(self.network.pooled(crops)))

    def _closer(self, pixels: Pixels, one: Garment) -> Garment:
        """A small thing again, in a crop of its own: a few cells say little of its edges."""
        if one.frame.area >= SMALL:
            return one
        around = one.frame.widened(AROUND)
        maps = self.network.feature_maps(cut(pixels, around), self.network.side)
        found = self.head.maps(maps.mid, maps.top)[0].garments
        near = [replace(other, frame=other.frame.within(around)) for other in found]
        same = [other for other in near if other.frame.iou(one.frame) >= SAME]
        if not same:
            return one
        best = max(same, key=lambda other: other.frame.iou(one.frame) * other.confidence)
        return replace(one, frame=best.frame)
