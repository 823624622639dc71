"""Which garments lie in a picture: the head's, looked at again, and small things that it missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.vision.crops import NormalizedBox, Pixels, cut, mask_out, resize_to_square
from searchapp.vision.detection.garment_detector import Garment, GarmentHead
from searchapp.vision.detection.regions import CLEAR, MAX_REGIONS
from searchapp.vision.detection.saliency import SIDE, Saliency
from searchapp.vision.features.classifier import kinds_of
from searchapp.vision.features.item_arrays import Vector
from searchapp.vision.features.item_features import MARGIN, PictureMaps, mixed
from searchapp.vision.models.embedding import Lite0Embedder

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
