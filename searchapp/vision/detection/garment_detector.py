"""Where the garments are: a small head of our own on the features of the embedding network.

The head sees a picture through EfficientNet-Lite0 (stride 16 and 32) and says for each cell of
16 pixels: is there a garment, is there a photo inside the picture (a screenshot's frame, a print
on a wall), what kind, and how far its edges are.  It was trained on composed scenes, see
``tools/models/train_garments.py``.  Cells vote for boxes; boxes that agree become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.crops import NormalizedBox, cut, pairwise_iou
from searchapp.vision.features.item_arrays import Vector
from searchapp.vision.models.model_files import checked, onnx_session

Map = NDArray[np.float32]

HEAD_LABELS = ("top", "outer", "bottom", "skirt", "dress", "shoes", "hat")
"""What the head tells apart, in its order."""

MIN_CELL = 0.4
MIN_CONFIDENCE = 0.3
PART_OF = 0.6
"""A garment with more of its box inside an item's is a part of that item."""

HERE = 0.5
"""A garment is in a part of the picture if so much of the one lies in the other."""

_AGREE = 0.5
_MOST_CELLS = 400


@dataclass(frozen=True, slots=True)
class Garment:
    """A box with a garment (or a photo) in it, and how much speaks for it, 0..1."""

    frame: NormalizedBox
    confidence: float
    label_probs: Vector

    @property
    def label(self) -> str:
        return LABELS[int(self.label_probs.argmax())]


@dataclass(frozen=True)
class GarmentMap:
    """What the head says of one picture: maps of rows x columns cells.

    ``garment`` and ``photo``: probabilities; ``kinds``: (7, rows, columns), sums to 1 a cell;
    ``edges``: (8, rows, columns), distances left, top, right, bottom in cells, of the garment
    and of the photo.
    """

    garment: Map
    photo: Map
    kinds: Map
    edges: Map

    @cached_property
    def garments(self) -> list[Garment]:
        """Garments found, the most certain first."""
        return self._boxes(self.garment, self.edges[:4])

    @cached_property
    def photos(self) -> list[Garment]:
        """Photos inside the picture, the most certain first."""
        return self._boxes(self.photo, self.edges[4:])

    def label_probs(self, frame: NormalizedBox) -> Vector:
        """Probabilities of LABELS in a part of the picture, weighted by garment."""
        rows, columns = self.garment.shape
        box = frame.box(columns, rows)
        part = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        weight = self.garment[part] + 1e-3
        return spread((self.kinds[(slice(None), *part)] * weight).sum((1, 2)) / weight.sum())

    def garmentness(self, frame: NormalizedBox) -> float:
        """The probability, 0..1, that there is a garment in a part of the picture.

        One beside it says nothing of it; a larger one around it does, as of a print.
        """
        here = [
            found.confidence
            for found in self.garments
            if max(found.frame.containment(frame), frame.containment(found.frame)) >= HERE
        ]
        return max([*here, float(self.mask(frame).mean())])

    def mask(self, frame: NormalizedBox) -> Map:
        """The garment map inside a part of the picture."""
        return cut(self.garment, frame)

    def beside(self, frame: NormalizedBox, label: str) -> NDArray[np.bool_]:
        """Cells of the whole picture that show another kind of garment beside an item.

        What lies mostly inside ``frame`` is a part of the item, a dress's top say, and not beside.
        """
        cells = np.zeros(self.garment.shape, bool)
        rows, columns = self.garment.shape
        if label not in HEAD_LABELS:
            return cells
        for other in self.garments:
            apart = 0 < other.frame.containment(frame) < PART_OF
            if not apart or other.label == label or other.label not in HEAD_LABELS:
                continue
            box = other.frame.box(columns, rows)
            y, x = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
            kinds = self.kinds[:, y, x]
            cells[y, x] |= kinds[HEAD_LABELS.index(other.label)] > kinds[HEAD_LABELS.index(label)]
        return cells

    def _boxes(self, score: Map, edges: Map) -> list[Garment]:
        ys, xs = np.where(score > MIN_CELL)
        if len(ys) > _MOST_CELLS:
            best = np.argsort(-score[ys, xs])[:_MOST_CELLS]
            ys, xs = ys[best], xs[best]
        if len(ys) == 0:
            return []
        left, top, right, bottom = edges[:, ys, xs]
        boxes = np.stack([xs + 0.5 - left, ys + 0.5 - top, xs + 0.5 + right, ys + 0.5 + bottom], 1)
        rows, columns = score.shape
        boxes = np.clip(boxes, 0, [columns, rows, columns, rows])
        return self._agreed(boxes, score[ys, xs], (columns, rows))

    def _agreed(self, boxes: Map, votes: Map, size: tuple[int, int]) -> list[Garment]:
        """Boxes voted for by enough cells; ``size`` is columns and rows."""
        found, left = [], np.ones(len(boxes), bool)
        overlaps = pairwise_iou(boxes)
        support = (overlaps > _AGREE).astype(np.float32) @ votes
        for index in np.argsort(-support):
            if not left[index]:
                continue
            group = left & (overlaps[index] > _AGREE)
            box = _outer(boxes[group])
            left &= overlaps[index] <= _AGREE
            area = max(1.0, float((box[2] - box[0]) * (box[3] - box[1])))
            filled = min(1.0, float(votes[group].sum()) / (0.35 * min(area, _MOST_CELLS)))
            confidence = filled * float(votes[group].mean())
            if confidence < MIN_CONFIDENCE:
                continue
            frame = NormalizedBox(*(box / [*size, *size]).tolist())
            found.append(Garment(frame, confidence, self.label_probs(frame)))
        return sorted(found, key=lambda garment: -garment.confidence)


def _outer(boxes: Map) -> Map:
    """One box of many votes: cells in the middle guess short, so the outer third counts."""
    low, high = np.quantile(boxes[:, :2], 0.3, axis=0), np.quantile(boxes[:, 2:], 0.7, axis=0)
    return np.concatenate([low, high]).astype(np.float32)


def spread(kinds: NDArray[np.floating[Any]]) -> Vector:
    """Probabilities of the head's kinds as probabilities of LABELS."""
    probs = np.zeros(len(LABELS), np.float32)
    for kind, value in zip(HEAD_LABELS, kinds, strict=True):
        probs[LABELS.index(kind)] = value
    return probs


class GarmentHead:
    """The head as a model.  Loads on first use."""

    @cached_property
    def _session(self) -> Any:
        return onnx_session(checked("garments.onnx"))

    def maps(self, mid: Map, top: Map) -> list[GarmentMap]:
        """Maps of n pictures: ``mid`` (n, 112, r, c) and ``top`` (n, 320, r / 2, c / 2)."""
        outputs: Sequence[Map] = self._session.run(None, {"mid": mid, "top": top})
        return [GarmentMap(*parts) for parts in zip(*outputs, strict=True)]
