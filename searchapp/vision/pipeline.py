"""The one door to vision: pictures in, regions and features out."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import Protocol

import numpy as np

from searchapp.domain.search import Box
from searchapp.errors import OperatorError
from searchapp.imaging.picture import UprightImage
from searchapp.settings import Settings
from searchapp.vision.crops import WHOLE, NormalizedBox, Pixels, cut, normalized_box
from searchapp.vision.detection.detection import GarmentFinder, Saliency, photo_on_screen
from searchapp.vision.detection.garment_detector import GarmentHead
from searchapp.vision.detection.garment_masks import MaskHead
from searchapp.vision.detection.people import PeopleFinder, Person
from searchapp.vision.detection.regions import (
    Suggestion,
    drop_false_people,
    suggest,
    turns_to_stand,
)
from searchapp.vision.features.item_arrays import ItemFeatures, Region, ViewFeatures
from searchapp.vision.features.item_features import Describer, ItemPlace, PictureMaps
from searchapp.vision.features.keypoints import KeypointFinder
from searchapp.vision.models.embedding import Embedder, Lite0Embedder
from searchapp.vision.models.external_models import OnnxDetector, OnnxEmbedder
from searchapp.vision.models.model_files import known_model, model_file, model_problems


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


class Analysis:
    """One picture and what was seen in it so far; each look happens once, when it is asked for."""

    def __init__(self, picture: UprightImage, describer: Describer, finder: PeopleFinder) -> None:
        self.picture = picture
        self._describer, self._finder = describer, finder

    @property
    def pixels(self) -> Pixels:
        return self.picture.pixels

    @cached_property
    def maps(self) -> PictureMaps:
        """Garments and masks."""
        return self._describer.first_look(self.pixels)

    @cached_property
    def people(self) -> list[Person]:
        return self._finder.find(self.pixels)

    def worn_share(self, frame: NormalizedBox) -> float:
        """How much of a part of the picture one person fills, 0..1."""
        return max((person.share_of(frame) for person in self.people), default=0.0)


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
        head, self._saliency = GarmentHead(), Saliency()
        self._people = PeopleFinder()
        self._finder = GarmentFinder(self.network, head, self._saliency)
        self._describer = Describer(self.network, head, MaskHead(), self.embedder, KeypointFinder())
        self._last: Analysis | None = None

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

    def analyse(self, picture: UprightImage) -> Analysis:
        """Begins to look at a picture."""
        return Analysis(picture, self._describer, self._people)

    def regions(self, picture: UprightImage) -> list[Region]:
        photo = photo_on_screen(picture.pixels)
        seen = self._seen(picture)
        inner = seen if photo is None else self.analyse(_part(cut(picture.pixels, photo)))
        return [
            Region(
                one.frame.within(photo or WHOLE).box(picture.width, picture.height),
                one.label,
                round(min(1.0, one.confidence), 3),
            )
            for one in self._suggested(inner)
        ]

    def _suggested(self, seen: Analysis) -> list[Suggestion]:
        """What to suggest; a photo of people that lies on its side is put upright first."""
        turns = turns_to_stand(seen.people, seen.picture.width, seen.picture.height)
        if not turns:
            return self._suggested_upright(seen)
        upright = self.analyse(_part(np.rot90(seen.pixels, turns)))
        found = self._suggested_upright(upright)
        return [replace(one, frame=one.frame.turned_back(turns)) for one in found]

    def _suggested_upright(self, seen: Analysis) -> list[Suggestion]:
        pixels, people = seen.pixels, seen.people
        if self._detector is not None:
            garments = self._detector.garments(pixels)
            # It knows better than poses what people wear.
            people = [] if garments else people
        else:
            garments = self._finder.garments(pixels, seen.maps)
            people = drop_false_people(people, garments)
            if not people:
                garments += self._finder.beside(pixels, garments)
        return suggest(garments, seen.maps.masks, people, partial(self._saliency.thing, pixels))

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        frame = normalized_box(box, picture.width, picture.height)
        seen = self._seen(picture)
        place = ItemPlace(frame, label, seen.worn_share(frame))
        return self._describer.item(picture.pixels, seen.maps, place)

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        return self._describer.product(picture.pixels)

    def _seen(self, picture: UprightImage) -> Analysis:
        """The analysis of a picture, kept for the items that follow."""
        if self._last is None or self._last.picture is not picture:
            self._last = self.analyse(picture)
        return self._last


def _part(pixels: Pixels) -> UprightImage:
    """A part of a picture, or it turned, as a picture of its own."""
    return UprightImage(np.ascontiguousarray(pixels), pixels.shape[1], pixels.shape[0])


def load_engine(settings: Settings) -> VisionEngine:
    """The engine that the settings ask for.

    :raises OperatorError: a model cannot be loaded.
    """
    for problem in model_problems(settings):
        raise OperatorError(problem)
    embedder, detector = None, None
    folder = settings.data_dir / "models"
    if settings.embedding_model:
        known = known_model(settings.embedding_model)
        path = model_file(settings.embedding_model, folder)
        embedder = OnnxEmbedder(path, prepared=known.prepared if known else None)
    if settings.region_model:
        detector = OnnxDetector(model_file(settings.region_model, folder))
    return BuiltInEngine(embedder, detector)
