"""From garments and people found in a picture to the few regions that we suggest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from searchapp.vision.crops import WHOLE, NormalizedBox
from searchapp.vision.detection.garment_detector import Garment, GarmentMap
from searchapp.vision.detection.people import MASK_SIDE, ON_SOMEBODY, Person

MAX_REGIONS = 6
MIN_AREA = 0.01
CLEAR = 0.45
"""A garment at least so certain is suggested without further reason."""

TWO_PIECES = 0.2
"""A lower half that looks at least so much like a bottom or a skirt is one: jacket and trousers
together look like a coat otherwise.  Dresses reach 0.19."""

LOWER_HALF = 0.4
"""So much of a torso's length below the hips shows what is worn there, even without a knee."""

PERHAPS_A_DRESS = 0.06
"""Somebody seen to the knees, who looks at least so much like a dress, may wear one."""

ONE_PIECE = 0.65
"""Chest and thighs in colours at least so alike belong to one garment."""

_SAME_PLACE = 0.55
_NESTED = 0.8
_CLEARLY, _FILLED = 0.97, 0.9
_BELOW = {"bottom", "skirt", "shoes"}
_LYING = 1.5
"""Somebody whose torso is so many times more aslant than upright lies, or the photo does."""

# Indices of MediaPipe's pose landmarks.
_SHOULDERS, _HIPS, _KNEES, _ANKLES = (11, 12), (23, 24), (25, 26), (27, 28)
_FEET = (29, 30, 31, 32)

Alike = Callable[[NormalizedBox, NormalizedBox], float]
"""How alike the colours of two parts of the picture are, 0..1."""


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
    seen: GarmentMap,
    people: Sequence[Person],
    alike: Alike,
    stands_out: Callable[[], NormalizedBox | None],
) -> list[Suggestion]:
    """What to suggest of a picture with upright people, the most prominent first.

    No garment and no person: what stands out, or the whole picture, as one region.

    :param garments: found by the built-in head or by a detector of the operator's own.
    :param people: those who are ``standing`` there.
    :param stands_out: asked only then, because it takes time.
    """
    dressed = [(person, worn_by(person, seen, alike)) for person in people]
    worn = [part for _, parts in dressed for part in parts]
    shown = [person for person, parts in dressed if parts]
    lying = [
        Suggestion(garment.frame, garment.label, garment.confidence)
        for garment in garments
        if garment.frame.area >= MIN_AREA and garment.confidence >= CLEAR
    ]
    kept = _distinct([*worn, *(one for one in lying if not _on_somebody(one, shown))])
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
    """People who are more than the garments found: no coat on a hanger that looks like somebody."""
    return [person for person in people if not _hangs(person, garments)]


def _hangs(person: Person, garments: Sequence[Garment]) -> bool:
    """Whether somebody is but garments: a coat on a hanger, say, or trousers without a head."""
    alone = len(garments) == 1 and person.share_inside(garments[0].frame) >= _FILLED
    legs = bool(garments) and {one.label for one in garments} <= _BELOW
    return (alone and person.score < _CLEARLY) or (legs and person.headless)


def _on_somebody(one: Suggestion, people: Sequence[Person]) -> bool:
    """Whether a garment is worn by a person whose parts are suggested anyway."""
    return any(person.share_of(one.frame) > ON_SOMEBODY for person in people)


def worn_by(person: Person, seen: GarmentMap, alike: Alike) -> list[Suggestion]:
    """Top, bottom and shoes of a person; dress or coat where the whole looks like one."""
    body = _Body(person)
    top, bottom, shoes, full = body.top(), body.bottom(), body.shoes(), body.full()
    whole = _one_piece(body, full, bottom, seen, alike) if full and bottom else None
    upper, lower = (top, ("top", "outer"), 0.9), (bottom, ("bottom", "skirt"), 0.85)
    pieces = [(full, (whole,), 0.9)] if whole else [upper, lower]
    return [
        Suggestion(frame, _kind(seen, frame, kinds), person.score * share)
        for frame, kinds, share in [*pieces, (shoes, ("shoes",), 0.6)]
        if frame is not None and frame.area >= MIN_AREA / 2
    ]


def _one_piece(
    body: _Body, full: NormalizedBox, bottom: NormalizedBox, seen: GarmentMap, alike: Alike
) -> str | None:
    """``dress`` or ``outer`` where a person wears one from the shoulders to below the hips."""
    below = Garment(bottom, 1.0, seen.label_probs(bottom))
    if below.chance("bottom") + below.chance("skirt") >= TWO_PIECES:
        return None
    whole = Garment(full, 1.0, seen.label_probs(full))
    coat = whole.label == "outer"
    perhaps = coat or whole.chance("dress") >= PERHAPS_A_DRESS
    # A coat whose hem is out of the picture may as well be a jacket over trousers.
    likely = whole.label == "dress" or (body.knees and perhaps)
    if likely and alike(body.chest(), body.thighs()) >= ONE_PIECE:
        return "outer" if coat else "dress"
    return None


def _kind(seen: GarmentMap, frame: NormalizedBox, kinds: Sequence[str]) -> str:
    """The likeliest of the kinds that can be worn at this place."""
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
        self.knees = self._visible(_KNEES)
        rows = np.where((person.mask > 0.5).mean(axis=1) > 0.01)[0]
        self.lowest = float(rows[-1] + 1) / MASK_SIDE if len(rows) else 1.0

    def _y(self, which: Sequence[int]) -> float:
        return float(self.points[list(which), 1].mean())

    def _visible(self, which: Sequence[int]) -> bool:
        chosen = self.points[list(which)]
        inside = (chosen[:, 1] < 1.02) & (chosen[:, 1] > -0.02)
        return bool(((chosen[:, 2] > 0.5) & inside).any())

    def _between(self, top: float, bottom: float) -> NormalizedBox | None:
        """The person's mask between two heights, as wide as it is there."""
        top, bottom = max(0.0, top), min(self.lowest, bottom)
        rows = self.person.mask[int(top * MASK_SIDE) : max(int(bottom * MASK_SIDE), 1)]
        columns = np.where(rows.max(axis=0, initial=0) > 0.5)[0]
        if bottom - top < 0.03 or len(columns) == 0:
            return None
        return NormalizedBox(
            float(columns[0]) / MASK_SIDE, top, float(columns[-1] + 1) / MASK_SIDE, bottom
        )

    def top(self) -> NormalizedBox | None:
        if not self._visible(_SHOULDERS):
            return None
        return self._between(self.shoulder - 0.22 * self.torso, self.hip + 0.15 * self.torso)

    def bottom(self) -> NormalizedBox | None:
        if not self._visible(_HIPS) or self.hip + LOWER_HALF * self.torso > self.lowest:
            return None
        ankle = self._y(_ANKLES) if self._visible(_ANKLES) else 1.0
        return self._between(self.hip - 0.15 * self.torso, ankle)

    def full(self) -> NormalizedBox | None:
        if not self._visible(_SHOULDERS):
            return None
        knee = self._y(_KNEES) if self.knees else 1.0
        return self._between(self.shoulder - 0.22 * self.torso, knee + 0.3 * (knee - self.hip))

    def chest(self) -> NormalizedBox:
        """The middle of the chest, without arms."""
        return self._middle((*_SHOULDERS, *_HIPS), self.shoulder, (0.35, 0.75))

    def thighs(self) -> NormalizedBox:
        """The upper thighs, without hands."""
        return self._middle(_HIPS, self.hip, (0.1, 0.4))

    def _middle(
        self, which: Sequence[int], start: float, part: tuple[float, float]
    ) -> NormalizedBox:
        """As wide as the inner shoulders, from ``start`` on by parts of the torso's length."""
        left, right = self.points[list(_SHOULDERS), 0]
        reach = max(0.35 * abs(float(left - right)), 0.01)
        x = float(self.points[list(which), 0].mean())
        top, bottom = (start + share * self.torso for share in part)
        return NormalizedBox(x - reach, top, x + reach, bottom)

    def shoes(self) -> NormalizedBox | None:
        if not self._visible(_FEET):
            return None
        feet = self.points[[*_ANKLES, *_FEET], :2]
        reach = 0.15 * self.torso
        low, high = feet.min(axis=0) - reach, feet.max(axis=0) + reach
        left, top, right, bottom = (float(v) for v in np.clip([*low, *high], 0, 1))
        return NormalizedBox(left, top, right, bottom) if right > left and bottom > top else None


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
