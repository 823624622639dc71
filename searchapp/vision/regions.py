"""From garments and people found in a picture to the few regions that we suggest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.vision.crops import WHOLE, Frame
from searchapp.vision.features import Region
from searchapp.vision.garments import Garment, GarmentMap
from searchapp.vision.people import MASK_SIDE, Person

MAX_REGIONS = 6
MIN_AREA = 0.01
CLEAR = 0.45
"""A garment at least so certain is suggested without further reason."""

TWO_PIECES = 0.2
"""A lower half that looks at least so much like a bottom or a skirt is one: jacket and trousers
together look like a coat otherwise.  Dresses reach 0.19."""

_SAME_THING = 0.55
_NESTED = 0.8

# Indices of MediaPipe's pose landmarks.
_NOSE, _SHOULDERS, _ELBOWS, _WRISTS = 0, (11, 12), (13, 14), (15, 16)
_HIPS, _KNEES, _ANKLES, _FEET = (23, 24), (25, 26), (27, 28), (29, 30, 31, 32)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A frame to suggest; ``alternatives`` cover about the same in another way."""

    frame: Frame
    label: str
    confidence: float
    alternatives: tuple[tuple[Frame, str], ...] = ()

    @property
    def prominence(self) -> float:
        """What a person would look at first: certain, large, near the middle."""
        x = (self.frame.left + self.frame.right) / 2 - 0.5
        y = (self.frame.top + self.frame.bottom) / 2 - 0.5
        return float(self.confidence * self.frame.area**0.5 * (1 - 0.6 * np.hypot(x, y)))


def suggest(
    garments: Sequence[Garment],
    seen: GarmentMap,
    people: Sequence[Person],
    stands_out: Callable[[], Frame | None],
    width: int,
    height: int,
) -> list[Region]:
    """Regions of a picture of ``width`` x ``height`` pixels, the most prominent first.

    No garment and no person: what stands out, or the whole picture, as one region.

    :param garments: found by the built-in head or by a detector of the operator's own.
    :param stands_out: asked only then, because it takes time.
    """
    worn = [part for person in people for part in worn_by(person, seen)]
    lying = [
        Suggestion(garment.frame, garment.label, garment.confidence)
        for garment in garments
        if garment.frame.area >= MIN_AREA and garment.confidence >= CLEAR
    ]
    kept = _distinct([*worn, *(one for one in lying if not _on_somebody(one, people))])
    if not kept:
        kept = [Suggestion(stands_out() or WHOLE, "whole", 0.2)]
    ordered = sorted(kept, key=lambda one: -one.prominence)[:MAX_REGIONS]
    return [_region(one, width, height) for one in ordered]


def _region(one: Suggestion, width: int, height: int) -> Region:
    others = tuple((frame.box(width, height), label) for frame, label in one.alternatives)
    box = one.frame.box(width, height)
    return Region(box, one.label, round(min(1.0, one.confidence), 3), others)


def _distinct(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Each thing once: of two that overlap the better stays, a nested one is its alternative."""
    kept: list[Suggestion] = []
    for one in sorted(found, key=lambda entry: -entry.prominence):
        for index, other in enumerate(kept):
            if (
                one.frame.overlap(other.frame) > _SAME_THING
                or one.frame.share_in(other.frame) > _NESTED
            ):
                others = (*other.alternatives, (one.frame, one.label))[:3]
                kept[index] = replace(other, alternatives=others)
                break
        else:
            kept.append(one)
    return kept


def _on_somebody(one: Suggestion, people: Sequence[Person]) -> bool:
    """Whether a garment is worn by a person whose parts are suggested anyway."""
    return any(person.share_of(one.frame) > 0.35 for person in people)


def worn_by(person: Person, seen: GarmentMap) -> list[Suggestion]:
    """Top, bottom and shoes of a person; dress or coat where the whole looks like one."""
    body = _Body(person)
    top, bottom, shoes, full = body.top(), body.bottom(), body.shoes(), body.full()
    parts = [
        Suggestion(frame, _kind(seen, frame, kinds), person.score * share)
        for frame, kinds, share in (
            (top, ("top", "outer"), 0.9),
            (bottom, ("bottom", "skirt"), 0.85),
            (shoes, ("shoes",), 0.6),
        )
        if frame is not None and frame.area >= MIN_AREA / 2
    ]
    if full is None or top is None or bottom is None:
        return parts
    probs = Garment(full, 1.0, seen.label_probs(full))
    below = Garment(bottom, 1.0, seen.label_probs(bottom))
    two = below.chance("bottom") + below.chance("skirt") >= TWO_PIECES
    if two or probs.label not in {"dress", "outer"}:
        return [replace(parts[0], alternatives=((full, "dress"),)), *parts[1:]]
    inner = tuple((part.frame, part.label) for part in parts[:2])
    return [Suggestion(full, probs.label, person.score * 0.9, inner), *parts[2:]]


def _kind(seen: GarmentMap, frame: Frame, kinds: Sequence[str]) -> str:
    """The likelier of the kinds that can be worn at this place."""
    found = Garment(frame, 1.0, seen.label_probs(frame))
    return max(kinds, key=found.chance)


class _Body:
    """Boxes of what a person wears, from points and mask; None where it is not in the picture."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.points = person.points
        self.shoulder = self._y(_SHOULDERS)
        self.hip = self._y(_HIPS)
        self.torso = max(self.hip - self.shoulder, 0.02)

    def _y(self, which: Sequence[int]) -> float:
        return float(self.points[list(which), 1].mean())

    def _visible(self, which: Sequence[int]) -> bool:
        chosen = self.points[list(which)]
        inside = (chosen[:, 1] < 1.02) & (chosen[:, 1] > -0.02)
        return bool(((chosen[:, 2] > 0.5) & inside).any())

    def _between(self, top: float, bottom: float) -> Frame | None:
        """The person's mask between two heights, as wide as it is there."""
        top, bottom = max(0.0, top), min(1.0, bottom)
        rows = self.person.mask[int(top * MASK_SIDE) : max(int(bottom * MASK_SIDE), 1)]
        columns = np.where(rows.max(axis=0, initial=0) > 0.5)[0]
        if bottom - top < 0.03 or len(columns) == 0:
            return None
        return Frame(float(columns[0]) / MASK_SIDE, top, float(columns[-1] + 1) / MASK_SIDE, bottom)

    def top(self) -> Frame | None:
        if not self._visible(_SHOULDERS):
            return None
        return self._between(self.shoulder - 0.22 * self.torso, self.hip + 0.15 * self.torso)

    def bottom(self) -> Frame | None:
        if not (self._visible(_HIPS) and self._visible(_KNEES)):
            return None
        ankle = self._y(_ANKLES) if self._visible(_ANKLES) else 1.0
        return self._between(self.hip - 0.15 * self.torso, ankle)

    def full(self) -> Frame | None:
        if not (self._visible(_SHOULDERS) and self._visible(_KNEES)):
            return None
        knee = self._y(_KNEES)
        return self._between(self.shoulder - 0.22 * self.torso, knee + 0.3 * (knee - self.hip))

    def shoes(self) -> Frame | None:
        if not self._visible(_FEET):
            return None
        feet = self.points[[*_ANKLES, *_FEET], :2]
        reach = 0.15 * self.torso
        low, high = feet.min(axis=0) - reach, feet.max(axis=0) + reach
        left, top, right, bottom = (float(v) for v in np.clip([*low, *high], 0, 1))
        return Frame(left, top, right, bottom) if right > left and bottom > top else None
