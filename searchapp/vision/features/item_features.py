"""Which crops of a picture stand for an item or a product, and what is kept of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.crops import WHOLE, NormalizedBox, Pixels, cut, mask_out, quarter_turns
from searchapp.vision.detection.garment_detector import GarmentHead, GarmentMap
from searchapp.vision.detection.people import ON_SOMEBODY
from searchapp.vision.features.classifier import UNLEARNED, certainly, garment_odds, kinds_of
from searchapp.vision.features.colour import histogram
from searchapp.vision.features.item_arrays import (
    MAX_QUERY_VECTORS,
    ItemFeatures,
    Matrix,
    Vector,
    ViewFeatures,
)
from searchapp.vision.features.keypoints import KeypointFinder
from searchapp.vision.models.embedding import Embedder, Lite0Embedder, Pooled

MARGIN = 0.04
"""Boxes are widened by this part of their sides: heads cut sleeves and hems short."""

BARE = 0.2
"""Cells less certain than this of a garment are background."""

_CENTRE = NormalizedBox(0.15, 0.15, 0.85, 0.85)
"""The part of the garment's box that a catalogue photo is indexed by besides: close-ups are found
by it.  The upper and the lower part besides find nothing more."""

HELD = 0.85
"""A photo in the picture holds an item of which so much lies inside it."""

SURE = 0.7
"""A garment less certain than this may still be worn by somebody: people are dressed."""

WORN = 8.0
"""What somebody who fills the frame adds to the logarithm of the odds of a garment: nothing was
learned from photos of people, and people in the street are small and blurred."""

TURNS = 4
"""An item is looked at this many ways up, by quarter turns."""

_HALVES = tuple(
    NormalizedBox(x, y, x + 0.5, y + 0.5) for x in (0.0, 0.25, 0.5) for y in (0.0, 0.25, 0.5)
)
"""Blind crops of a picture in which nothing clear was found."""


@dataclass(frozen=True, slots=True)
class Describer:
    """Turns crops into features: ``network`` and ``head`` look, ``embedder`` makes the vectors,
    ``finder`` the keypoints.

    The built-in network is both; then the first look at a catalogue photo serves twice.
    """

    network: Lite0Embedder
    head: GarmentHead
    embedder: Embedder
    finder: KeypointFinder

    def product(self, pixels: Pixels) -> list[ViewFeatures]:
        """Views of a catalogue photo: full, the garment, and the centre of the garment."""
        first = self.network.pooled([pixels])
        seen = self.head.maps(first.mid, first.top)[0]
        garment = _main(seen)
        crops = [cut(pixels, garment), cut(pixels, _CENTRE.within(garment))]
        rest, pooled = self._described(crops, 1)
        labels = _kinds(pooled, seen, garment)
        own = self.embedder is self.network
        full = self.network.vectors(first) if own else self.embedder.embed([pixels])
        colour = histogram(crops[0], seen.mask(garment))
        views = [
            ViewFeatures(kind, vector, colour, labels)
            for kind, vector in zip(("full", "garment", "centre"), [*full, *rest], strict=True)
        ]
        return [replace(views[0], keypoints=self.finder.keypoints(pixels)), *views[1:]]

    def item(
        self,
        pixels: Pixels,
        seen: GarmentMap,
        frame: NormalizedBox,
        label: str | None,
        worn: Callable[[], float],
    ) -> ItemFeatures:
        """An item inside ``frame``: itself and what holds it, at four turns, and mirrored.

        Boxes of things that lie side by side overlap: what else is in the item's box is painted
        over, or the jeans would find the sweater.  Where somebody wears it nothing is: the head was
        taught on things that lie, and takes half of the trousers for a part of the shirt.

        :param worn: how much of ``frame`` people fill, 0..1; asked only in doubt, it takes time.
        """
        beside = seen.beside(frame, label or "whole")
        if beside.any() and worn() <= ON_SOMEBODY:
            pixels = mask_out(pixels, beside, seen.garment < BARE)
        around = widened(frame)
        tight, holder = cut(pixels, around), cut(pixels, holder_of(seen, frame))
        crops = [*quarter_turns(tight, range(TURNS)), *quarter_turns(holder, range(TURNS))]
        crops += [tight[:, ::-1], cut(tight, NormalizedBox(0.1, 0.1, 0.9, 0.9))]
        if not seen.garments:
            crops += [cut(pixels, half) for half in _HALVES]
        vectors, pooled = self._described(crops, TURNS)
        probs = _kinds(pooled, seen, frame)
        if label in LABELS and label != "whole":
            # Somebody, or the whole picture, says so: half of what is believed.
            probs = (probs + certainly(label)) * np.float32(0.5)
        certain = garmentness(seen.garmentness(frame), _odds(pooled, probs), worn)
        if label in {None, "whole"}:
            label = LABELS[int(probs.argmax())] if certain >= SURE else "whole"
        return ItemFeatures(
            lookup=vectors[:MAX_QUERY_VECTORS],
            vectors=vectors,
            colour=histogram(tight, seen.mask(around)),
            label_probs=probs,
            garmentness=certain,
            label=label or "whole",
            keypoints=self.finder.both_ways(tight),
        )

    def _described(self, crops: Sequence[Pixels], least: int) -> tuple[Matrix, Pooled]:
        """Vectors of all crops; what the built-in network says of the first ``least`` or more."""
        if self.embedder is self.network:
            pooled = self.network.pooled(crops)
            return self.network.vectors(pooled), pooled
        return self.embedder.embed(crops), self.network.pooled(crops[:least])


def _kinds(pooled: Pooled, seen: GarmentMap, frame: NormalizedBox) -> Vector:
    """Probabilities of LABELS for the first crop, which shows ``frame``."""
    return mixed(kinds_of(pooled)[0], seen.label_probs(frame))


def _odds(pooled: Pooled, probs: Vector) -> float:
    """Logarithm of the odds that the crop shows something to wear, whichever way up it is."""
    if LABELS[int(probs.argmax())] in UNLEARNED:
        return math.inf
    return float(garment_odds(pooled)[:TURNS].mean())


def garmentness(first_look: float, odds: float, worn: Callable[[], float]) -> float:
    """How certain it is, 0..1, that something to wear is shown: both looks must agree.

    The first look alone takes many an animal or fruit before a plain ground for a product photo.
    Somebody who wears it speaks for it, to both.

    :param first_look: the garment head's probability.
    :param odds: logarithm of the odds by the crop as a whole.
    :param worn: how much of the frame one person fills, 0..1; asked only in doubt.
    """
    alone = min(first_look, _chance(odds))
    if alone >= SURE:
        return alone
    share = worn()
    return max(alone, min(max(first_look, 2 * share), _chance(odds + WORN * share)))


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def mixed(crop: Vector, cells: Vector) -> Vector:
    """Kinds by the crop as a whole and by its cells: right more often than either."""
    mean: Vector = ((crop + cells) / 2).astype(np.float32)
    return crop if LABELS[int(crop.argmax())] in UNLEARNED else mean


def _main(seen: GarmentMap) -> NormalizedBox:
    """The frame of the main garment of a catalogue photo, the whole photo if none is clear."""
    found = seen.garments
    if not found:
        return WHOLE
    best = max(found, key=lambda garment: garment.confidence * garment.frame.area**0.5)
    return widened(best.frame)


def widened(frame: NormalizedBox, margin: float = MARGIN) -> NormalizedBox:
    """The frame with a margin on each side, inside the picture."""
    x, y = margin * (frame.right - frame.left), margin * (frame.bottom - frame.top)
    return NormalizedBox(
        max(0.0, frame.left - x),
        max(0.0, frame.top - y),
        min(1.0, frame.right + x),
        min(1.0, frame.bottom + y),
    )


def holder_of(seen: GarmentMap, frame: NormalizedBox) -> NormalizedBox:
    """The photo in the picture that holds the item; without one, the item and its surroundings."""
    around = [photo.frame for photo in seen.photos if frame.containment(photo.frame) > HELD]
    if around:
        return min(around, key=lambda photo: photo.area)
    return WHOLE if frame.area > 0.3 else widened(frame, 0.2)
