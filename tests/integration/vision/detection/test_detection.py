"""Small things beside garments, and edges looked at once more, on the real models."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from searchapp.vision.crops import WHOLE, NormalizedBox
from searchapp.vision.detection.detection import GarmentFinder, Saliency
from searchapp.vision.detection.garment_detector import Garment, GarmentHead
from searchapp.vision.features.classifier import certainly
from searchapp.vision.models.embedding import Lite0Embedder
from tools.demo.collection import collection, draw

SHIRT = Garment(NormalizedBox(0.05, 0.05, 0.6, 0.5), 0.9, certainly("top"))


@pytest.fixture(scope="module")
def finder() -> GarmentFinder:
    return GarmentFinder(Lite0Embedder(), GarmentHead(), Saliency())


def with_thing(name: str) -> tuple[Image.Image, NormalizedBox]:
    """A plain picture with a thing of the demo in its lower right, and where it is."""
    picture = Image.new("RGB", (900, 1200), (150, 120, 90))
    thing = draw(next(one for one in collection() if one.product.id == name)).cut_out()
    thing = thing.crop(thing.getbbox())
    thing.thumbnail((260, 260))
    picture.paste(thing, (520, 800), thing)
    right, bottom = 520 + thing.width, 800 + thing.height
    return picture, NormalizedBox(520 / 900, 800 / 1200, right / 900, bottom / 1200)


@pytest.mark.parametrize(("name", "label"), [("crossbody-01", "bag"), ("cap-01", "hat")])
def test_beside__a_small_thing_where_it_lies(finder: GarmentFinder, name: str, label: str) -> None:
    picture, place = with_thing(name)
    (found,) = finder.beside(np.asarray(picture), [SHIRT])
    assert found.label == label
    assert found.frame.iou(place) > 0.8


def test_beside__what_was_found_is_not_found_again(finder: GarmentFinder) -> None:
    picture, place = with_thing("cap-01")
    cap = Garment(place, 0.9, certainly("hat"))
    assert finder.beside(np.asarray(picture), [SHIRT, cap]) == []


def test_beside__clothes_are_left_to_the_head(finder: GarmentFinder) -> None:
    picture, _ = with_thing("knit-08")
    assert finder.beside(np.asarray(picture), [SHIRT]) == []


def test_beside__only_of_garments_and_where_there_is_room(finder: GarmentFinder) -> None:
    picture, _ = with_thing("cap-01")
    pixels = np.asarray(picture)
    assert finder.beside(pixels, []) == []
    assert finder.beside(pixels, [Garment(WHOLE, 0.9, certainly("top"))]) == []
