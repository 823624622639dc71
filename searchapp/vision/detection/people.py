"""People in a picture: the two MediaPipe pose models, with their decoding done here.

Models and their parameters: MediaPipe's pose detection (an SSD on 224 pixels with 2254 anchors)
and pose landmarks (39 points and a person mask on 256 pixels), see the "BlazePose" paper,
Bazarevsky et al. 2020.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from searchapp.vision.crops import NormalizedBox, Pixels, at_most, cut, mask_out, pairwise_iou
from searchapp.vision.models.model_files import TfliteModel

Floats = NDArray[np.floating[Any]]

DETECTED = 0.5
"""The detector's score from which the landmark model has a look."""

SEEN = 0.88
"""The landmark model's score from which a person is there: of 182 people in photos two got less, of
26 animals and things in which it saw a person seventeen."""

ON_PERSON = 0.35
"""What a person fills at least so much of is worn."""

ROOM_ABOVE = 0.5
"""So much of the picture's height is put above it to find people whose heads are not in it."""

LONGEST = 640
"""Pictures are searched for people at this longest side at most: the models take 256 pixels."""

MAX_PEOPLE = 3
MASK_SIDE = 96
_TRUNK = (slice(0, 11), slice(11, 13), slice(23, 25))
_CHIN, _LEAST_TORSO = 0.1, 0.1
"""How low a face may reach that is not in the picture, and how long a torso is at least."""

_NMS_OVERLAP = 0.3
_ROI_SCALE = 1.25
_STRIDES = ((8, 2), (16, 2), (32, 6))
"""Stride of a layer and anchors per cell."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person.

    ``points`` is float32 (33, 3): x and y in fractions of the picture, and visibility 0..1, in
    the order of MediaPipe's pose landmarks.  ``mask`` is float32 (MASK_SIDE, MASK_SIDE): the
    probability of this person at each place of the whole picture.  ``headless`` people were found
    only with room above the picture: their heads are not in it.
    """

    score: float
    points: Floats
    mask: Floats
    headless: bool = False

    def share_of(self, frame: NormalizedBox) -> float:
        """How much of a part of the picture this person fills, 0..1."""
        return float(cut(self.mask, frame).mean())

    def share_inside(self, frame: NormalizedBox) -> float:
        """How much of this person is in a part of the picture, 0..1."""
        return float(cut(self.mask, frame).sum() / max(float(self.mask.sum()), 1e-9))


class PeopleFinder:
    """Finds up to MAX_PEOPLE people, the largest first.  Loads on first use."""

    @cached_property
    def _detector(self) -> TfliteModel:
        return TfliteModel("pose_detection.tflite")

    @cached_property
    def _landmarks(self) -> TfliteModel:
        return TfliteModel("pose_landmark_full.tflite")

    def find(self, pixels: Pixels) -> list[Person]:
        """People in a picture (uint8, RGB), none if there is no person."""
        smaller = at_most(pixels, LONGEST)
        return self._found(smaller) or self._headless(smaller)

    def _headless(self, pixels: Pixels) -> list[Person]:
        """The detector looks for faces: where a shop's photo ends at the neck, it gets room."""
        height, width = pixels.shape[:2]
        room = round(ROOM_ABOVE * height)
        edge = np.median(pixels[: max(1, height // 50)], axis=(0, 1)).astype(np.uint8)
        above = np.broadcast_to(edge, (room, width, 3))
        share = room / (room + height)
        found = [_without_room(one, share) for one in self._found(np.concatenate([above, pixels]))]
        return [person for person in found if _ends_at_the_neck(person)]

    def _found(self, pixels: Pixels) -> list[Person]:
        """Who is found is painted over, and it looks again: it is made for one person."""
        found: list[Person] = []
        small = self._small(pixels)
        while len(found) < MAX_PEOPLE:
            known = len(found)
            for centre, size, angle in self._rois(small, pixels.shape[1], pixels.shape[0]):
                person = self._person(pixels, centre, size, angle)
                if person is not None and not any(_same(person, other) for other in found):
                    found.append(person)
            if len(found) == known:
                break
            small = mask_out(small, *_person_area(found))
        largest = sorted(found, key=lambda person: -float(person.mask.sum()))
        return largest[:MAX_PEOPLE]

    def _small(self, pixels: Pixels) -> Pixels:
        """The picture as long as the detector's square is, in its shape."""
        height, width = pixels.shape[:2]
        ratio = self._detector.side / max(height, width)
        size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        image = Image.fromarray(np.ascontiguousarray(pixels))
        return np.asarray(image.resize(size, reducing_gap=2.0))

    def _rois(self, small: Pixels, width: int, height: int) -> list[tuple[Floats, float, float]]:
        """Squares around people in pixels of ``width`` x ``height``: centre, side, radians."""
        side = self._detector.side
        longest = max(height, width)
        boxed = np.zeros((side, side, 3), np.uint8)
        y, x = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
        boxed[y : y + small.shape[0], x : x + small.shape[1]] = small
        top, left = y * longest / side, x * longest / side
        raw, logits = self._detector.run(boxed.astype(np.float32) / np.float32(127.5) - 1)
        boxes = _decoded(raw[0], side)
        scores = _sigmoid(logits[0, :, 0])
        rois = []
        for box in _best(boxes, scores):
            hip, edge = box[4:6] * longest - (left, top), box[6:8] * longest - (left, top)
            size = 2 * float(np.linalg.norm(edge - hip)) * _ROI_SCALE
            angle = np.pi / 2 - np.arctan2(-(edge[1] - hip[1]), edge[0] - hip[0])
            rois.append((hip.astype(np.float32), size, float(angle)))
        return rois

    def _person(self, pixels: Pixels, centre: Floats, size: float, angle: float) -> Person | None:
        height, width = pixels.shape[:2]
        side = self._landmarks.side
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = turn * (size / side)
        offset = centre - matrix @ np.array([side / 2, side / 2])
        data = (*matrix[0], offset[0], *matrix[1], offset[1])
        crop = Image.fromarray(np.ascontiguousarray(pixels)).transform(
            (side, side), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR
        )
        points, flag, mask = _by_size(
            self._landmarks.run(np.asarray(crop, np.float32) / np.float32(255))
        )
        if flag < SEEN:
            return None
        places = points[:33, :2] @ matrix.T + offset
        seen = _sigmoid(points[:33, 3])
        rows = np.column_stack([places / (width, height), seen]).astype(np.float32)
        return Person(flag, rows, _unwarped(mask, matrix, offset, width, height))


def _decoded(raw: Floats, side: int) -> Floats:
    """Raw SSD output (2254, 12) to boxes in 0..1: left, top, right, bottom, then 4 points x, y."""
    anchor, values = _anchors(side), raw / side
    centre, size = values[:, :2] + anchor, values[:, 2:4]
    points = (values[:, 4:].reshape(-1, 4, 2) + anchor[:, None]).reshape(-1, 8)
    return np.concatenate([centre - size / 2, centre + size / 2, points], axis=1)


@cache
def _anchors(side: int) -> Floats:
    """Where the detector's boxes are told from, x and y in 0..1, (2254, 2)."""
    anchors = []
    for stride, count in _STRIDES:
        cells = side // stride
        line = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        anchors.append(np.repeat(grid, count, axis=0))
    return np.concatenate(anchors).astype(np.float32)


def _best(boxes: Floats, scores: Floats) -> list[Floats]:
    """The strongest boxes that do not overlap one another."""
    order = np.argsort(-scores)[:200]
    order = order[scores[order] >= DETECTED]
    overlaps = pairwise_iou(boxes[order, :4])
    kept: list[int] = []
    for index in range(len(order)):
        if len(kept) < MAX_PEOPLE and (overlaps[index, kept] < _NMS_OVERLAP).all():
            kept.append(index)
    return [boxes[order[index]] for index in kept]


def _sigmoid(logits: Floats) -> Floats:
    """Probabilities, without overflow."""
    return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))


def _by_size(outputs: list[Floats]) -> tuple[Floats, float, Floats]:
    """Landmarks (39, 5), the probability of a person, and the mask's logits (256, 256)."""
    by_size = {out.size: out for out in outputs}
    return (
        by_size[195].reshape(39, 5),
        float(by_size[1].ravel()[0]),
        by_size[65536].reshape(256, 256),
    )


def _unwarped(mask: Floats, matrix: Floats, offset: Floats, width: int, height: int) -> Floats:
    """The mask of a turned square laid back over the whole picture."""
    line = (np.arange(MASK_SIDE) + 0.5) / MASK_SIDE
    x, y = np.meshgrid(line * width, line * height)
    places = np.stack([x - offset[0], y - offset[1]], axis=-1) @ np.linalg.inv(matrix).T
    columns, rows = np.moveaxis(np.floor(places).astype(int), -1, 0)
    inside = (columns >= 0) & (columns < mask.shape[1]) & (rows >= 0) & (rows < mask.shape[0])
    out = np.zeros((MASK_SIDE, MASK_SIDE), np.float32)
    out[inside] = _sigmoid(mask[rows[inside], columns[inside]])
    return out


def _without_room(person: Person, share: float) -> Person:
    """A person in the picture without the ``share`` of it that was put above."""
    points = person.points.copy()
    points[:, 1] = (points[:, 1] - share) / (1 - share)
    below = Image.fromarray(person.mask[round(share * MASK_SIDE) :])
    mask = np.asarray(below.resize((MASK_SIDE, MASK_SIDE), Image.Resampling.BILINEAR))
    return replace(person, points=points, mask=mask, headless=True)


def _ends_at_the_neck(person: Person) -> bool:
    """Whether the head is out of the picture, and the torso in it."""
    face, shoulders, hips = (person.points[part, 1] for part in _TRUNK)
    return bool(face.max() <= _CHIN and hips.mean() - shoulders.mean() >= _LEAST_TORSO)


def _person_area(people: list[Person]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where people are, with a margin, and where no person is, as (MASK_SIDE, MASK_SIDE)."""
    filled = np.max([person.mask for person in people], axis=0) > 0.3
    wide = np.asarray(Image.fromarray(filled).convert("L").filter(ImageFilter.MaxFilter(5))) > 0
    return wide, ~wide


def _same(one: Person, other: Person) -> bool:
    common = float(np.minimum(one.mask, other.mask).sum())
    return common > 0.5 * float(min(one.mask.sum(), other.mask.sum()))
