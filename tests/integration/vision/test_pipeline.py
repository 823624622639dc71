"""The engine on the real models: a drawn garment, a screenshot of it, nothing, a turned one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from searchapp.catalogue import demo
from searchapp.catalogue.matching.scores import GARMENT
from searchapp.domain.search import Box
from searchapp.imaging.picture import UprightImage
from searchapp.vision.crops import NormalizedBox, normalized_box
from searchapp.vision.features.item_arrays import (
    COLOUR_DIM,
    EMBEDDING_DIM,
    LABEL_PROBS_DIM,
    MAX_QUERY_VECTORS,
    VIEWS_PER_PHOTO,
)
from searchapp.vision.models.external_models import OnnxDetector
from searchapp.vision.pipeline import BuiltInEngine
from tests.support.drawn_people import SIDE, drawn_person
from tests.support.screens import HEIGHT, WIDTH, page
from tools.demo.collection import collection, draw

PICTURES = demo.FEED.with_name("pictures")
DETECTOR = Path(__file__).parents[2] / "unit/vision/data/detector/model.onnx"


@pytest.fixture(scope="module")
def engine() -> BuiltInEngine:
    return BuiltInEngine()


def shirt(ink: str = "navy") -> Image.Image:
    """A striped shirt on a plain ground."""
    image = Image.new("RGB", (300, 400), (230, 225, 215))
    draw = ImageDraw.Draw(image)
    outline = [(100, 80), (130, 95), (170, 95), (200, 80), (270, 130), (245, 185), (215, 165)]
    outline += [(215, 330), (85, 330), (85, 165), (55, 185), (30, 130)]
    draw.polygon(outline, fill=ink)
    for y in range(120, 330, 24):
        draw.line((88, y, 212, y), fill="white", width=5)
    return image


def upright(image: Image.Image) -> UprightImage:
    return UprightImage(np.asarray(image), image.width, image.height)


def test_describe_product__shapes_and_lengths(engine: BuiltInEngine) -> None:
    views = engine.describe_product(upright(shirt()))
    assert 1 <= len(views) <= VIEWS_PER_PHOTO
    assert views[0].kind == "full"
    for view in views:
        assert view.embedding.shape == (EMBEDDING_DIM,)
        assert np.linalg.norm(view.embedding) == pytest.approx(1.0, abs=1e-4)
        assert view.colour.shape == (COLOUR_DIM,)
        assert view.label_probs.shape == (LABEL_PROBS_DIM,)


def test_describe_query__shapes(engine: BuiltInEngine) -> None:
    item = engine.describe_query(upright(shirt()), Box(30, 80, 240, 250), "top")
    assert len(item.lookup) <= MAX_QUERY_VECTORS
    assert item.vectors.shape[1] == EMBEDDING_DIM
    assert len(item.vectors) >= len(item.lookup)
    assert item.label == "top"
    assert 0 <= item.garmentness <= 1


@pytest.mark.parametrize("name", ["knit-01", "shirt-05", "padded-02", "high-tops-03"])
def test_describe_query__what_is_on_sale_is_to_wear(engine: BuiltInEngine, name: str) -> None:
    picture = upright(Image.open(PICTURES / f"{name}.webp").convert("RGB"))
    box = engine.regions(picture)[0].box
    assert engine.describe_query(picture, box, None).garmentness >= GARMENT


def test_describe_query__nothing_to_wear_is_of_no_kind(engine: BuiltInEngine) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (400, 300, 3), dtype=np.uint8)
    picture = upright(Image.fromarray(noise))
    (region,) = engine.regions(picture)
    item = engine.describe_query(picture, region.box, region.label)
    assert item.garmentness < GARMENT
    assert item.label == region.label == "whole"


def test_describe_query__a_quarter_turn_changes_little(engine: BuiltInEngine) -> None:
    full = engine.describe_product(upright(shirt()))[0].embedding
    turned = upright(shirt().transpose(Image.Transpose.ROTATE_90))
    item = engine.describe_query(turned, Box(0, 0, 400, 300), None)
    assert float((item.lookup @ full).max()) > 0.9


def test_regions__a_box_beyond_the_working_copy_is_in_pixels_of_the_picture(
    engine: BuiltInEngine,
) -> None:
    small = np.asarray(shirt())
    regions = engine.regions(UprightImage(small, 3000, 4000))
    box = regions[0].box
    assert box.x + box.width <= 3000
    assert box.y + box.height <= 4000
    assert box.area > 0.1 * 3000 * 4000


def test_regions__at_least_one_for_any_picture(engine: BuiltInEngine) -> None:
    for pixels in (np.zeros((1, 1, 3), np.uint8), np.full((40, 900, 3), 255, np.uint8)):
        regions = engine.regions(UprightImage(pixels, pixels.shape[1], pixels.shape[0]))
        assert len(regions) >= 1


def test_regions__stay_the_same_when_asked_again(engine: BuiltInEngine) -> None:
    picture = upright(shirt("darkred"))
    assert engine.regions(picture) == engine.regions(picture)


def worn(engine: BuiltInEngine, image: Image.Image) -> dict[str, NormalizedBox]:
    """Where what the one person of a picture wears was found."""
    regions = engine.regions(upright(image))
    found = {one.label: normalized_box(one.box, image.width, image.height) for one in regions}
    assert len(found) == len(regions)
    return found


def test_regions__what_a_person_wears(engine: BuiltInEngine) -> None:
    found = worn(engine, drawn_person())
    assert {"top", "bottom"} <= set(found)
    assert found["top"].iou(NormalizedBox(0.25, 0.2, 0.75, 0.54)) > 0.6


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_regions__person_in_a_photo_on_its_side(engine: BuiltInEngine, turns: int) -> None:
    standing = worn(engine, drawn_person())
    lying = worn(engine, Image.fromarray(np.rot90(np.asarray(drawn_person()), turns)))
    for label in ("top", "bottom"):
        assert lying[label].turned_back(turns).iou(standing[label]) > 0.9


def test_regions__person_on_a_screen_is_found_inside_the_photo(engine: BuiltInEngine) -> None:
    top = 200
    screen = Image.fromarray(page((top, top + SIDE[1]), lines=(40, 110, 1120, 1170, 1220)))
    photo = Image.new("RGB", (WIDTH, SIDE[1]), (215, 210, 200))
    photo.paste(drawn_person(), ((WIDTH - SIDE[0]) // 2, 0))
    grain = np.random.default_rng(2).normal(0, 6, (*photo.size[::-1], 3))
    grainy = np.clip(np.asarray(photo) + grain, 0, 255).astype(np.uint8)
    screen.paste(Image.fromarray(grainy), (0, top))
    found = worn(engine, screen)
    assert {"top", "bottom"} <= set(found)
    for frame in found.values():
        assert frame.top * HEIGHT >= top - 12
        assert frame.bottom * HEIGHT <= top + SIDE[1] + 12


def test_regions__a_small_thing_is_looked_at_closer(
    engine: BuiltInEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Image.new("RGB", (900, 1200), (120, 90, 70))
    jeans = draw(next(one for one in collection() if one.product.id == "jeans-02")).cut_out()
    jeans = jeans.crop(jeans.getbbox())
    jeans.thumbnail((220, 220))
    picture.paste(jeans, (560, 200), jeans)
    right, bottom = 560 + jeans.width, 200 + jeans.height
    place = NormalizedBox(560 / 900, 200 / 1200, right / 900, bottom / 1200)

    def overlap() -> float:
        (only,) = engine.regions(upright(picture))
        return normalized_box(only.box, picture.width, picture.height).iou(place)

    assert overlap() > 0.8
    monkeypatch.setattr("searchapp.vision.detection.detection.SMALL", 0.0)
    assert overlap() < 0.7


def test_regions__a_detector_of_the_operators_own_knows_better_than_poses() -> None:
    own = BuiltInEngine(detector=OnnxDetector(DETECTOR))
    assert [one.label for one in own.regions(upright(drawn_person()))] == ["dress"]
