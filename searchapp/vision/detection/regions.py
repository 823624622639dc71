"""From garments and people found in a picture to the few regions that we suggest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from searchapp.vision.crops import WHOLE, NormalizedBox
from searchapp.vision.detection.garment_detector import Garment
from searchapp.vision.detection.garment_masks import (
    CLASSES,
    GARMENTS,
    GarmentMasks,
    bounds,
    large_parts,
    resize_map,
)
from searchapp.vision.detection.people import ON_PERSON, Person

MAX_REGIONS = 6
MIN_AREA = 0.01
CLEAR = 0.45
"""A garment at least so certain is suggested without further reason."""

SIDE = 160
"""Masks are cut into regions at this longest side."""

CERTAINLY, BAG_CERTAINLY = 0.3, 0.25
"""A cell at least so probable belongs to a region; bags are mistaken for what they hang on.  On 101
street photos 77.4 % of garments were found; 75.7 and 76.7 % with 0.25 and 0.35 for all."""

KEPT_PART, TRIMMED = 0.12, 0.004
"""Parts of a garment smaller than this share of its largest part are left out; so much of its area
may lie beyond each edge of its box."""

LEAST_AREA = {
    "top": 0.008,
    "outer": 0.008,
    "bottom": 0.008,
    "skirt": 0.008,
    "dress": 0.008,
    "shoes": 0.0015,
    "bag": 0.003,
    "hat": 0.0015,
}
"""Label -> the share of the picture that its mask fills at least."""

RIVALS = (
    ("dress", "skirt", 0.7),
    ("dress", "top", 0.35),
    ("skirt", "dress", 1.0),
    ("top", "dress", 1.0),
    ("bottom", "skirt", 0.5),
    ("skirt", "bottom", 0.5),
    ("top", "outer", 0.15),
    ("outer", "top", 0.15),
)
"""What takes the place of another that has less than a share of its room, in this order."""

REACH = 0.03
"""People are told apart by masks blurred by so much of the picture's side."""

_SAME_PLACE = 0.55
_NESTED = 0.8
_CLEARLY, _FILLED = 0.97, 0.9
_BELOW = {"bottom", "skirt", "shoes"}
_LYING = 1.5
"""A person whose torso is so many times more aslant than upright lies, or the photo does."""

# Indices of MediaPipe's pose landmarks.
_SHOULDERS, _HIPS = (11, 12), (23, 24)

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A part of the picture to suggest; ``confidence`` is 0..1."""

    frame: NormalizedBox
    label: str
    confidence: float

    @property
    def prominence(self) -> float:
        """What a person would look at first: certain, large, near the middle."""
        x = (self.frame.left + self.frame.right) / 2 - 0.5
        y = (self.frame.top + self.frame.bottom) / 2 - 0.5
        return float(self.confidence * self.frame.area**0.5 * (1 - 0.6 * np.hypot(x, y)))


def suggest(
    garments: Sequence[Garment],
    masks: GarmentMasks,
    people: Sequence[Person],
    stands_out: Callable[[], NormalizedBox | None],
) -> list[Suggestion]:
    """What to suggest of a picture with upright people, the most prominent first.

    No garment and no person: what stands out, or the whole picture, as one region.

    :param garments: found by the built-in head or by a detector of the operator's own.
    :param people: those who are ``standing`` there.
    :param stands_out: asked only then, because it takes time.
    """
    worn = worn_by(masks, people) if people else []
    lying = [
        Suggestion(garment.frame, garment.label, garment.confidence)
        for garment in garments
        if garment.frame.area >= MIN_AREA and garment.confidence >= CLEAR
    ]
    shown = people if worn else []
    kept = _distinct([*worn, *(one for one in lying if not _on_person(one, shown))])
    if not kept:
        kept = [Suggestion(stands_out() or WHOLE, "whole", 0.2)]
    return sorted(kept, key=lambda one: -one.prominence)[:MAX_REGIONS]


def _distinct(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Each thing once: of two that overlap the better stays."""
    kept: list[Suggestion] = []
    for one in sorted(found, key=lambda entry: -entry.prominence):
        if not any(_same_thing(one, other) for other in kept):
            kept.append(one)
    return kept


def _same_thing(one: Suggestion, other: Suggestion) -> bool:
    """The same place, or a part of the same garment; a shirt in a coat is a thing of its own."""
    nested = one.label == other.label and one.frame.containment(other.frame) > _NESTED
    return nested or one.frame.iou(other.frame) > _SAME_PLACE


def drop_false_people(people: Sequence[Person], garments: Sequence[Garment]) -> list[Person]:
    """People who are more than the garments found: no coat on a hanger that looks like a person."""
    return [person for person in people if not _hangs(person, garments)]


def _hangs(person: Person, garments: Sequence[Garment]) -> bool:
    """Whether a person is but garments: a coat on a hanger, say, or trousers without a head."""
    alone = len(garments) == 1 and person.share_inside(garments[0].frame) >= _FILLED
    legs = bool(garments) and {one.label for one in garments} <= _BELOW
    return (alone and person.score < _CLEARLY) or (legs and person.headless)


def _on_person(one: Suggestion, people: Sequence[Person]) -> bool:
    """Whether a garment is worn by a person whose parts are suggested anyway."""
    return any(person.share_of(one.frame) > ON_PERSON for person in people)


def worn_by(masks: GarmentMasks, people: Sequence[Person]) -> list[Suggestion]:
    """What people wear and carry: a region for each kind that a person's masks show."""
    probs = masks.resized(SIDE)
    found: list[Suggestion] = []
    for share in _shares(people, probs.shape[1:]):
        found += _worn_regions(probs * share)
    return found


def _shares(people: Sequence[Person], shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
    """For each person the part of the picture, (rows, columns), that is nearer to them than to
    another."""
    size = shape[1], shape[0]
    maps = [resize_map(person.mask.astype(np.float32), size) for person in people]
    if len(maps) == 1:
        return [np.ones(shape, np.float32)]
    reach = max(3, round(REACH * max(shape))) | 1
    near = np.stack([cv2.GaussianBlur(one, (0, 0), reach) for one in maps])
    return [(near.argmax(axis=0) == n).astype(np.float32) for n in range(len(maps))]


def _worn_regions(probs: NDArray[np.float32]) -> list[Suggestion]:
    """Regions of one person by probabilities of CLASSES."""
    planes = _resolved({name: probs[CLASSES.index(name)] for name in GARMENTS}, probs)
    found = []
    for label, plane in planes.items():
        least = BAG_CERTAINLY if label == "bag" else CERTAINLY
        inside = large_parts(plane, least, KEPT_PART)
        if inside.mean() >= LEAST_AREA[label]:
            certain = float(plane[inside].mean())
            found.append(Suggestion(bounds(inside, TRIMMED), label, certain))
    return found


def _resolved(planes: dict[str, Map], probs: Map) -> dict[str, Map]:
    """Planes in which what one garment was taken for belongs to the garment that it is.

    A dress is seen as a top and a skirt in parts, a coat as a top: the kind of more room takes the
    other's, unless both are large.
    """
    likeliest = probs.argmax(axis=0)
    room = {name: float((likeliest == CLASSES.index(name)).mean()) for name in planes}
    for strong, weak, share in RIVALS:
        if room[strong] and room[weak] < share * room[strong]:
            planes[strong] = planes[strong] + planes[weak]
            planes[weak] = np.zeros_like(planes[weak])
    return planes


def turns_to_stand(people: Sequence[Person], width: int, height: int) -> int:
    """Quarter turns counter-clockwise that put the largest person on their feet, 0..3."""
    if not people:
        return 0
    points = people[0].points
    down = points[list(_HIPS), :2].mean(axis=0) - points[list(_SHOULDERS), :2].mean(axis=0)
    x, y = float(down[0]) * width, float(down[1]) * height
    if abs(x) > _LYING * abs(y):
        return 3 if x > 0 else 1
    return 2 if y < 0 and abs(y) > _LYING * abs(x) else 0
