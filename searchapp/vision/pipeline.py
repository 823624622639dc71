"""The one door to vision: pictures in, regions and features out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np

from searchapp.domain.search import Box
from searchapp.imaging.picture import UprightImage
from searchapp.settings import Settings
from searchapp.vision.crops import WHOLE, NormalizedBox, Pixels, cut, normalized_box
from searchapp.vision.detection.detection import GarmentFinder
from searchapp.vision.detection.garment_detector import GarmentHead, GarmentMap
from searchapp.vision.detection.people import PeopleFinder, Person
from searchapp.vision.detection.regions import (
    Suggestion,
    drop_false_people,
    suggest,
    turns_to_stand,
)
from searchapp.vision.detection.saliency import Saliency
from searchapp.vision.detection.screenshots import photo_on_screen
from searchapp.vision.features.colour import histogram
from searchapp.vision.features.item_arrays import ItemFeatures, Region, ViewFeatures
from searchapp.vision.features.item_features import Describer
from searchapp.vision.features.keypoints import KeypointFinder
from searchapp.vision.models.embedding import Embedder, Lite0Embedder
from searchapp.vision.models.external_models import OnnxDetector, OnnxEmbedder
from searchapp.vision.models.model_files import model_file


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
    """The engine on the models that come with the product.

    :param embedder: makes the vectors instead of the built-in network.
    :param detector: finds the garments instead of the built-in head.
    """

    def __init__(
        self, embedder: Embedder | None = None, detector: OnnxDetector | None = None
    ) -> None:
        self.network = Lite0Embedder()
        self.embedder: Embedder = embedder or self.network
        self._detector = detector
        self._head = GarmentHead()
        self._people = PeopleFinder()
        self._saliency = Saliency()
        self._finder = GarmentFinder(self.network, self._head, self._saliency)
        self._describer = Describer(self.network, self._head, self.embedder, KeypointFinder())
        self._last: tuple[UprightImage, GarmentMap] | None = None
        self._people_of: tuple[UprightImage, list[Person]] | None = None

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
        photo = photo_on_screen(picture.pixels)
        inner = picture if photo is None else _part(cut(picture.pixels, photo))
        return [
            Region(
                one.frame.within(photo or WHOLE).box(picture.width, picture.height),
                one.label,
                round(min(1.0, one.confidence), 3),
            )
            for one in self._suggested(inner)
        ]

    def _suggested(self, picture: UprightImage) -> list[Suggestion]:
        """What to suggest; a photo of people that lies on its side is put upright first."""
        turns = turns_to_stand(self._worn_in(picture), picture.width, picture.height)
        if not turns:
            return self._suggested_upright(picture)
        found = self._suggested_upright(_part(np.rot90(picture.pixels, turns)))
        return [replace(one, frame=one.frame.turned_back(turns)) for one in found]

    def _suggested_upright(self, picture: UprightImage) -> list[Suggestion]:
        seen, pixels = self._seen(picture), picture.pixels
        people = self._worn_in(picture)
        if self._detector is not None:
            garments = self._detector.garments(pixels)
            # It knows better than poses what people wear.
            people = [] if garments else people
        else:
            garments = self._finder.garments(pixels, seen)
            people = drop_false_people(people, garments)
            if not people:
                garments += self._finder.beside(pixels, garments)

        def alike(one: NormalizedBox, other: NormalizedBox) -> float:
            return float(histogram(cut(pixels, one)) @ histogram(cut(pixels, other)))

        return suggest(garments, seen, people, alike, partial(self._saliency.thing, pixels))

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        frame = normalized_box(box, picture.width, picture.height)
        seen, worn = self._seen(picture), partial(self._worn_share, picture, frame)
        return self._describer.item(picture.pixels, seen, frame, label, worn)

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        return self._describer.product(picture.pixels)

    def _worn_in(self, picture: UprightImage) -> list[Person]:
        """The people of a picture, kept as well."""
        if self._people_of is None or self._people_of[0] is not picture:
            self._people_of = picture, self._people.find(picture.pixels)
        return self._people_of[1]

    def _worn_share(self, picture: UprightImage, frame: NormalizedBox) -> float:
        """How much of a part of the picture one person fills, 0..1."""
        return max((person.share_of(frame) for person in self._worn_in(picture)), default=0.0)

    def _seen(self, picture: UprightImage) -> GarmentMap:
        """The first look at a picture, kept for the items that follow."""
        if self._last is None or self._last[0] is not picture:
            pooled = self.network.looked_over(picture.pixels)
            self._last = picture, self._head.maps(pooled.mid, pooled.top)[0]
        return self._last[1]


def _part(pixels: Pixels) -> UprightImage:
    """A part of a picture, or it turned, as a picture of its own."""
    return UprightImage(np.ascontiguousarray(pixels), pixels.shape[1], pixels.shape[0])


def load_engine(settings: Settings) -> VisionEngine:
    """The engine that the settings ask for.

    :raises OperatorError: a model can not be loaded.
    """
    embedder, detector = None, None
    folder = settings.data_dir / "models"
    if settings.embedding_model:
        embedder = OnnxEmbedder(model_file(settings.embedding_model, folder))
    if settings.region_model:
        detector = OnnxDetector(model_file(settings.region_model, folder))
    return BuiltInEngine(embedder, detector)
