"""The one door to vision: pictures in, regions and features out."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from searchapp.domain.labels import LABELS
from searchapp.domain.search import Box
from searchapp.errors import OperatorError
from searchapp.settings import Settings
from searchapp.vision.colour import histogram
from searchapp.vision.crops import WHOLE, Frame, cut, frame_of, quarter_turns
from searchapp.vision.embedding import Lite0Embedder
from searchapp.vision.features import ItemFeatures, Region, Vector, ViewFeatures
from searchapp.vision.picture import UprightImage


class VisionEngine(Protocol):
    """What jobs and the catalogue need.  Synchronous and CPU-bound: call it in a thread.

    One per process; models load on first use (``warm`` loads them all).
    """

    @property
    def embedding_name(self) -> str:
        """Names model and version: vectors of different names must not be compared."""

    @property
    def dimension(self) -> int:
        """Length of every embedding."""

    def warm(self) -> None:
        """Load every model now."""

    def regions(self, picture: UprightImage) -> list[Region]:
        """What to suggest to search, the most prominent first, at least one."""

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        """Features of one item of a query photo."""

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        """Features of one catalogue photo, at most VIEWS_PER_PHOTO, the full view first."""


_VIEWS = {
    "full": WHOLE,
    "centre": Frame(0.15, 0.15, 0.85, 0.85),
    "upper": Frame(0.1, 0.0, 0.9, 0.7),
    "lower": Frame(0.1, 0.3, 0.9, 1.0),
}


class BuiltInEngine:
    """The engine on the models that come with the product."""

    def __init__(self) -> None:
        self._embedder = Lite0Embedder()

    @property
    def embedding_name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def warm(self) -> None:
        self._embedder.pooled([np.zeros((8, 8, 3), np.uint8)])

    def regions(self, picture: UprightImage) -> list[Region]:
        return [Region(Box(0, 0, picture.width, picture.height), "whole", 1.0)]

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        crop = cut(picture.pixels, frame_of(box, picture.width, picture.height))
        crops = [*quarter_turns(crop, range(4)), cut(crop, _VIEWS["centre"]), crop[:, ::-1]]
        vectors = self._embedder.vectors(self._embedder.pooled(crops))
        return ItemFeatures(
            lookup=vectors,
            vectors=vectors,
            colours=histogram(crop)[None],
            label_probs=_uniform(),
            garmentness=1.0,
            label=label or "whole",
        )

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        crops = [cut(picture.pixels, frame) for frame in _VIEWS.values()]
        vectors = self._embedder.vectors(self._embedder.pooled(crops))
        colour = histogram(picture.pixels)
        return [
            ViewFeatures(kind, vector, colour, _uniform())
            for kind, vector in zip(_VIEWS, vectors, strict=True)
        ]


def _uniform() -> Vector:
    return np.full(len(LABELS), 1 / len(LABELS), np.float32)


def load_engine(settings: Settings) -> VisionEngine:
    """The engine that the settings ask for.

    :raises OperatorError: a model can not be loaded.
    """
    if settings.embedding_model or settings.region_model:
        raise OperatorError("SEARCHAPP_EMBEDDING_MODEL and _REGION_MODEL are not supported yet.")
    return BuiltInEngine()
