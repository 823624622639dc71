"""Which crops of a picture stand for an item or a product, and what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from searchapp.vision.colour import histogram
from searchapp.vision.crops import WHOLE, Frame, Pixels, cut, quarter_turns
from searchapp.vision.embedding import Embedder, Lite0Embedder
from searchapp.vision.features import ItemFeatures, ViewFeatures
from searchapp.vision.garments import Garment, GarmentHead, GarmentMap

MARGIN = 0.04
"""Boxes are widened by this part of their sides: heads cut sleeves and hems short."""

_PARTS = {
    "centre": Frame(0.15, 0.15, 0.85, 0.85),
    "upper": Frame(0.05, 0.0, 0.95, 0.65),
    "lower": Frame(0.05, 0.35, 0.95, 1.0),
}
"""Parts of the garment's box that a catalogue photo is indexed by besides."""

_HALVES = tuple(Frame(x, y, x + 0.5, y + 0.5) for x in (0.0, 0.25, 0.5) for y in (0.0, 0.25, 0.5))
"""Blind crops of a picture in which nothing clear was found."""


@dataclass(frozen=True, slots=True)
class Describer:
    """Turns crops into features: ``network`` and ``head`` look, ``embedder`` makes the vectors.

    The built-in network is both; then the first look at a catalogue photo serves twice.
    """

    network: Lite0Embedder
    head: GarmentHead
    embedder: Embedder

    def product(self, pixels: Pixels) -> list[ViewFeatures]:
        """Views of a catalogue photo: full, the garment, and parts of the garment."""
        first = self.network.pooled([pixels])
        seen = self.head.maps(first.mid, first.top)[0]
        garment = _main(seen)
        frames = {"garment": garment, **{k: part.within(garment) for k, part in _PARTS.items()}}
        crops = [cut(pixels, frame) for frame in frames.values()]
        own = self.embedder is self.network
        full = self.network.vectors(first) if own else self.embedder.embed([pixels])
        vectors = np.concatenate([full, self.embedder.embed(crops)])
        colour = histogram(cut(pixels, garment), seen.mask(garment))
        labels = seen.label_probs(garment)
        return [
            ViewFeatures(kind, vector, colour, labels)
            for kind, vector in zip(("full", *frames), vectors, strict=True)
        ]

    def item(
        self, pixels: Pixels, seen: GarmentMap, frame: Frame, label: str | None
    ) -> ItemFeatures:
        """An item inside ``frame``: itself and what holds it, at four turns, and mirrored."""
        tight, holder = cut(pixels, widened(frame)), cut(pixels, holder_of(seen, frame))
        crops = [*quarter_turns(tight, range(4)), *quarter_turns(holder, range(4))]
        crops += [tight[:, ::-1], cut(tight, Frame(0.1, 0.1, 0.9, 0.9))]
        if not seen.garments():
            crops += [cut(pixels, half) for half in _HALVES]
        vectors = self.embedder.embed(crops)
        probs = seen.label_probs(frame)
        known = Garment(frame, 1.0, probs).label if label in {None, "whole"} else label
        return ItemFeatures(
            lookup=vectors[:8],
            vectors=vectors,
            colours=np.stack([histogram(tight, seen.mask(frame)), histogram(holder)]),
            label_probs=probs,
            garmentness=seen.garmentness(frame),
            label=known or "whole",
        )


def _main(seen: GarmentMap) -> Frame:
    """The frame of the main garment of a catalogue photo, the whole photo if none is clear."""
    found = seen.garments()
    if not found:
        return WHOLE
    best = max(found, key=lambda garment: garment.confidence * garment.frame.area**0.5)
    return widened(best.frame)


def widened(frame: Frame, margin: float = MARGIN) -> Frame:
    """The frame with a margin on each side, inside the picture."""
    x, y = margin * (frame.right - frame.left), margin * (frame.bottom - frame.top)
    return Frame(
        max(0.0, frame.left - x),
        max(0.0, frame.top - y),
        min(1.0, frame.right + x),
        min(1.0, frame.bottom + y),
    )


def holder_of(seen: GarmentMap, frame: Frame) -> Frame:
    """The photo in the picture that holds the item; without one, the item and its surroundings."""
    around = [photo.frame for photo in seen.photos() if _holds(photo.frame, frame)]
    if around:
        return min(around, key=lambda photo: photo.area)
    return WHOLE if frame.area > 0.3 else widened(frame, 0.2)


def _holds(outer: Frame, inner: Frame) -> bool:
    """Whether nearly all of ``inner`` lies in ``outer``."""
    width = min(inner.right, outer.right) - max(inner.left, outer.left)
    height = min(inner.bottom, outer.bottom) - max(inner.top, outer.top)
    return width > 0 and height > 0 and width * height > 0.85 * inner.area
