"""The one door to vision: pictures in, regions and features out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from searchapp.domain.search import Box
from searchapp.errors import OperatorError
from searchapp.settings import Settings
from searchapp.vision.crops import frame_of
from searchapp.vision.describing import Describer
from searchapp.vision.embedding import Lite0Embedder
from searchapp.vision.features import ItemFeatures, Region, ViewFeatures
from searchapp.vision.garments import GarmentHead, GarmentMap
from searchapp.vision.people import PeopleFinder
from searchapp.vision.picture import UprightImage
from searchapp.vision.regions import suggest
from searchapp.vision.saliency import Saliency


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


class BuiltInEngine:
    """The engine on the models that come with the product."""

    def __init__(self) -> None:
        self.embedder = Lite0Embedder()
        self._head = GarmentHead()
        self._people = PeopleFinder()
        self._saliency = Saliency()
        self._describer = Describer(self.embedder, self._head)
        self._last: tuple[UprightImage, Overview] | None = None

    @property
    def embedding_name(self) -> str:
        return self.embedder.name

    @property
    def dimension(self) -> int:
        return self.embedder.dimension

    def warm(self) -> None:
        blank = UprightImage(np.full((64, 64, 3), 200, np.uint8), 64, 64)
        self.regions(blank)
        self.describe_product(blank)

    def regions(self, picture: UprightImage) -> list[Region]:
        overview = self._overview(picture)
        people = self._people.find(picture.pixels)
        thing = partial(self._saliency.thing, picture.pixels)
        return suggest(overview.seen, people, thing, picture.width, picture.height)

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        overview = self._overview(picture)
        frame = frame_of(box, picture.width, picture.height)
        garmentness = overview.garmentness
        return self._describer.item(picture.pixels, overview.seen, frame, label, garmentness)

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        return self._describer.product(picture.pixels)

    def _overview(self, picture: UprightImage) -> Overview:
        """The first look at a picture, kept for the items that follow."""
        if self._last is None or self._last[0] is not picture:
            pooled = self.embedder.looked_over(picture.pixels)
            seen = self._head.maps(pooled.mid, pooled.top)[0]
            self._last = picture, Overview(seen, 1.0)
        return self._last[1]


@dataclass(frozen=True, slots=True)
class Overview:
    """What one look at a whole picture tells."""

    seen: GarmentMap
    garmentness: float


def load_engine(settings: Settings) -> VisionEngine:
    """The engine that the settings ask for.

    :raises OperatorError: a model can not be loaded.
    """
    if settings.embedding_model or settings.region_model:
        raise OperatorError("SEARCHAPP_EMBEDDING_MODEL and _REGION_MODEL are not supported yet.")
    return BuiltInEngine()
