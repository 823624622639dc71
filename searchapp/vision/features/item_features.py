"""Which crops of a picture stand for an item or a product, and what is kept of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.crops import WHOLE, NormalizedBox, Pixels, cut, mask_out, quarter_turns
from searchapp.vision.detection.garment_detector import GarmentHead, GarmentMap
from searchapp.vision.detection.garment_masks import MERGED, CutOut, GarmentMasks, MaskHead, cut_out
from searchapp.vision.detection.people import ON_PERSON
from searchapp.vision.features.classifier import (
    UNLEARNED,
    certainly,
    families_of,
    garment_kinds,
    garment_odds,
    kinds_of,
)
from searchapp.vision.features.colour import histogram
from searchapp.vision.features.item_arrays import (
    MAX_QUERY_VECTORS,
    ItemFeatures,
    Matrix,
    Vector,
    ViewFeatures,
)
from searchapp.vision.features.keypoints import KeypointFinder
from searchapp.vision.models.embedding import Embedder, FeatureMaps, Lite0Embedder, Pooled, unit

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
"""A garment less certain than this may still be worn: people are dressed."""

WORN = 8.0
"""What a person who fills the frame adds to the logarithm of the odds of a garment: nothing was
learned from photos of people, and people in the street are small and blurred."""

_RARE = np.array([{"skirt": 3.0, "dress": 1.5}.get(label, 1.0) for label in LABELS], np.float32)
"""Of 240 photos of other contributors 86 % were named rightly with these factors, 84 % without."""

_ALONE = np.array([[1], [0]], np.float32)
"""Which crops of a worn item show it alone: the first."""

BODY = 0.03
"""A catalogue photo with so much skin and hair in it shows a person who wears the product."""

TURNS = 4
"""An item is looked at this many ways up, by quarter turns."""

_MIDDLE = NormalizedBox(0.1, 0.1, 0.9, 0.9)

_HALVES = tuple(
    NormalizedBox(x, y, x + 0.5, y + 0.5) for x in (0.0, 0.25, 0.5) for y in (0.0, 0.25, 0.5)
)
"""Blind crops of a picture in which nothing clear was found."""


@dataclass(frozen=True, slots=True)
class PictureMaps:
    """The first look at a picture: where garments lie, and what each place of it shows."""

    garments: GarmentMap
    masks: GarmentMasks


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item is in a picture, what it was called, and how much of it people fill, 0..1."""

    frame: NormalizedBox
    label: str | None = None
    worn: float = 0.0


@dataclass(frozen=True, slots=True)
class Describer:
    """Turns crops into features: ``network`` and the heads look, ``embedder`` makes the vectors,
    ``finder`` the keypoints.

    The built-in network is both; then the first look at a catalogue photo serves twice.
    """

    network: Lite0Embedder
    head: GarmentHead
    mask_head: MaskHead
    embedder: Embedder
    finder: KeypointFinder

    def first_look(self, pixels: Pixels) -> PictureMaps:
        """Garments and masks of a whole picture."""
        return self._look(self.network.feature_maps(pixels))

    def _look(self, maps: FeatureMaps) -> PictureMaps:
        return PictureMaps(self.head.maps(maps.mid, maps.top)[0], self.mask_head.masks(maps))

    def product(self, pixels: Pixels) -> list[ViewFeatures]:
        """Views of a catalogue photo: full, the garment cut out, and the garment's centre."""
        first = self.network.pooled([pixels])
        look = self._look(first.maps)
        garment, mask = main_garment(look.garments), look.masks.of_item("whole")
        tight, alone = cut(pixels, garment), cut_out(pixels, mask, garment)
        shown = tight if alone is None else alone.pixels
        rest, pooled = self._described([shown, cut(pixels, _CENTRE.within(garment))], 1)
        own = self.embedder is self.network
        full = self.network.vectors(first) if own else self.embedder.embed([pixels])
        worn = look.masks.share(("skin", "hair"), WHOLE) >= BODY
        colour = histogram(tight, cut(mask, garment))
        labels = _kinds(first, look, ItemPlace(garment), pooled)
        views = [
            ViewFeatures(kind, vector, colour, labels, worn=worn)
            for kind, vector in zip(("full", "garment", "centre"), [*full, *rest], strict=True)
        ]
        full_view = replace(views[0], keypoints=self.finder.keypoints(pixels, mask))
        return [full_view, replace(views[1], spatial=pooled.first.spatial[0]), *views[2:]]

    def item(self, pixels: Pixels, look: PictureMaps, place: ItemPlace) -> ItemFeatures:
        """An item of a query photo: worn by a person, or lying or hanging alone."""
        if place.worn > ON_PERSON:
            label = place.label if place.label in MERGED else look.masks.label(place.frame)
            alone = cut_out(pixels, look.masks.of_item(label), place.frame)
            if alone is not None:
                return self._worn_item(pixels, look, replace(place, label=label), alone)
        return self._flat_item(pixels, look, place)

    def _worn_item(
        self, pixels: Pixels, look: PictureMaps, place: ItemPlace, alone: CutOut
    ) -> ItemFeatures:
        """Described by what is left once everything else is painted white, and as it is.

        People stand upright, so no quarter turns.
        """
        tight = cut(pixels, place.frame.widened(MARGIN))
        vectors, pooled = self._described([alone.pixels, tight], 1)
        probs = _kinds(pooled, look, place)
        mean = self.network.worn_mean if self.embedder is self.network else None
        lookup = vectors if mean is None else unit(vectors - mean * _ALONE)
        return ItemFeatures(
            lookup=lookup,
            vectors=vectors[1:],
            colour=histogram(alone.pixels, alone.mask),
            label_probs=probs,
            finer=_finer(pooled, worn=True),
            garmentness=1.0,
            label=place.label or "whole",
            keypoints=self.finder.both_ways(alone.pixels, alone.mask),
            worn=True,
            alone=vectors[:1],
            worn_mean=mean,
            spatial=pooled.first.spatial - self.network.spatial_worn_mean(place.label or "whole"),
        )

    def _flat_item(self, pixels: Pixels, look: PictureMaps, place: ItemPlace) -> ItemFeatures:
        """Described by itself at four turns, by its middle, and by what holds it.

        Boxes of things that lie side by side overlap: what else is in the item's box is painted
        over, or the jeans would find the sweater.
        """
        seen, frame, label = look.garments, place.frame, place.label
        beside = seen.beside(frame, label or "whole")
        if beside.any() and place.worn <= ON_PERSON:
            pixels = mask_out(pixels, beside, seen.garment < BARE)
        around = frame.widened(MARGIN)
        tight, holder = cut(pixels, around), cut(pixels, holder_of(seen, frame))
        crops = [*quarter_turns(tight, range(TURNS)), holder, cut(tight, _MIDDLE)]
        if not seen.garments:
            crops += [cut(pixels, half) for half in _HALVES]
        vectors, pooled = self._described(crops, TURNS, (0, TURNS, TURNS + 1))
        alone = cut_out(pixels, look.masks.of_item("whole"), frame)
        only = None if alone is None else self.network.pooled([alone.pixels])
        probs = _kinds(pooled, look, place, only)
        certain = garmentness(seen.garmentness(frame), _odds(pooled, probs), place.worn)
        if label in {None, "whole"}:
            label = LABELS[int(probs.argmax())] if certain >= SURE else "whole"
        mask = cut(look.masks.of_item("whole"), around)
        return ItemFeatures(
            lookup=vectors[:MAX_QUERY_VECTORS],
            vectors=vectors,
            colour=histogram(tight, mask),
            label_probs=probs,
            finer=_finer(*([pooled] if only is None else [pooled, only])),
            garmentness=certain,
            label=label or "whole",
            keypoints=self.finder.both_ways(tight, mask),
        )

    def _described(
        self, crops: Sequence[Pixels], least: int, few: Sequence[int] | None = None
    ) -> tuple[Matrix, Pooled]:
        """Vectors of all crops; what the built-in network says of the first ``least`` or more.

        :param few: a slow model looks at these crops alone.
        """
        if self.embedder is self.network:
            pooled = self.network.pooled(crops)
            return self.network.vectors(pooled), pooled
        spared = self.embedder.slow and few is not None
        chosen = [crops[place] for place in few or ()] if spared else crops
        return self.embedder.embed(chosen), self.network.pooled(crops[:least])


def _kinds(
    pooled: Pooled, look: PictureMaps, place: ItemPlace, alone: Pooled | None = None
) -> Vector:
    """Probabilities of LABELS for the first crop, which shows the item at ``place``.

    What a person, or the whole picture, called it is half of what is believed.

    :param alone: the item cut out, which counts as much as the crop unless that shows a bag.
    """
    worn = place.worn > ON_PERSON
    seen = pooled.first
    crop = (families_of(garment_kinds(seen, worn=True)) if worn else kinds_of(seen))[0]
    if alone is not None and LABELS[int(crop.argmax())] not in UNLEARNED:
        crop = (crop + families_of(garment_kinds(alone.first, worn=worn))[0]) / 2
    probs = mixed(crop, look, place.frame, worn=worn)
    if place.label is None or place.label == "whole" or place.label not in LABELS:
        return probs
    return (probs + certainly(place.label)) * np.float32(0.5)


def _finer(*looks: Pooled, worn: bool = False) -> Vector:
    """Probabilities of the kinds of FAMILY_OF: the mean of the first crop of each look."""
    kinds: Vector = np.mean([garment_kinds(one.first, worn=worn)[0] for one in looks], axis=0)
    return kinds


def _odds(pooled: Pooled, probs: Vector) -> float:
    """Logarithm of the odds that the crop shows something to wear, whichever way up it is."""
    if LABELS[int(probs.argmax())] in UNLEARNED:
        return math.inf
    return float(garment_odds(pooled)[:TURNS].mean())


def garmentness(first_look: float, odds: float, worn: float) -> float:
    """How certain it is, 0..1, that something to wear is shown: both looks must agree.

    The first look alone takes many an animal or fruit before a plain ground for a product photo.
    A person who wears it speaks for it, to both.

    :param first_look: the garment head's probability.
    :param odds: logarithm of the odds by the crop as a whole.
    :param worn: how much of the frame one person fills, 0..1.
    """
    alone = min(first_look, _chance(odds))
    if alone >= SURE:
        return alone
    return max(alone, min(max(first_look, 2 * worn), _chance(odds + WORN * worn)))


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def mixed(crop: Vector, look: PictureMaps, frame: NormalizedBox, *, worn: bool = False) -> Vector:
    """Kinds by the crop as a whole, by cells and by masks: right more often than any of them.

    Kinds of which there were few photos to learn from are said too seldom: their share is raised.
    A crop that shows a bag counts for half: shorts on a hanger have shown one.
    Of what is worn the garment head, which was taught on things that lie, says nothing.
    """
    masks = look.masks.label_probs(frame)
    if worn:
        return ((crop + masks) / 2).astype(np.float32)
    share = 2 if LABELS[int(crop.argmax())] in UNLEARNED else 4
    mean = (share * crop + look.garments.label_probs(frame) + masks) / (share + 2) * _RARE
    probs: Vector = (mean / max(float(mean.sum()), 1e-6)).astype(np.float32)
    return probs


def main_garment(seen: GarmentMap) -> NormalizedBox:
    """The frame of the main garment of a catalogue photo, the whole photo if none is clear."""
    found = seen.garments
    if not found:
        return WHOLE
    best = max(found, key=lambda garment: garment.confidence * garment.frame.area**0.5)
    return best.frame.widened(MARGIN)


def holder_of(seen: GarmentMap, frame: NormalizedBox) -> NormalizedBox:
    """The photo in the picture that holds the item; without one, the item and its surroundings."""
    around = [photo.frame for photo in seen.photos if frame.containment(photo.frame) > HELD]
    if around:
        return min(around, key=lambda photo: photo.area)
    return WHOLE if frame.area > 0.3 else frame.widened(0.2)
