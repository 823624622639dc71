"""Which crops stand for an item, and how certain it is that one shows something to wear."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from searchapp.vision.crops import WHOLE, NormalizedBox, Pixels
from searchapp.vision.detection.garment_detector import HEAD_LABELS, GarmentHead, GarmentMap
from searchapp.vision.detection.garment_masks import CLASSES, GarmentMasks, MaskHead
from searchapp.vision.features.item_arrays import ItemFeatures, Matrix
from searchapp.vision.features.item_features import Describer, ItemPlace, PictureMaps, garmentness
from searchapp.vision.features.keypoints import KeypointFinder
from searchapp.vision.models.embedding import Lite0Embedder

ROWS, COLUMNS = 20, 10
SKY, SWEATER, JEANS = (0, 200, 0), (200, 0, 0), (0, 0, 200)


class Recorder:
    """An embedder that keeps what it was shown."""

    name, dimension, slow = "recorder", 4, False

    def __init__(self) -> None:
        self.crops: list[Pixels] = []

    def embed(self, crops: Sequence[Pixels]) -> Matrix:
        self.crops += crops
        return np.full((len(crops), self.dimension), 0.5, np.float32)


def described(
    pixels: Pixels,
    seen: GarmentMap,
    frame: NormalizedBox,
    label: str | None = None,
    worn: float = 0.0,
    masks: GarmentMasks | None = None,
) -> tuple[list[Pixels], ItemFeatures]:
    """The crops by which an item is looked up and scored, and its features."""
    recorder = Recorder()
    describer = Describer(Lite0Embedder(), GarmentHead(), MaskHead(), recorder, KeypointFinder())
    maps = PictureMaps(seen, masks or showing())
    item = describer.item(pixels, maps, ItemPlace(frame, label, worn))
    return recorder.crops, item


def showing(*rows: tuple[str, int, int]) -> GarmentMasks:
    """Masks of garments between two rows each, over all columns but the first and the last."""
    probs = np.zeros((len(CLASSES), ROWS, COLUMNS), np.float32)
    probs[0] = 1
    for label, top, bottom in rows:
        probs[:, top:bottom, 1:-1] = 0
        probs[CLASSES.index(label), top:bottom, 1:-1] = 1
    return GarmentMasks(probs)


def lying(*rows: tuple[str, int, int]) -> GarmentMap:
    """Garments between two rows each, over all columns but the first and the last."""
    garment = np.zeros((ROWS, COLUMNS), np.float32)
    kinds = np.full((len(HEAD_LABELS), ROWS, COLUMNS), 0.02, np.float32)
    edges = np.zeros((8, ROWS, COLUMNS), np.float32)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS] + 0.5
    for kind, top, bottom in rows:
        here = np.s_[top:bottom, 1:-1]
        garment[here] = 0.9
        kinds[HEAD_LABELS.index(kind)][here] = 0.88
        for n, distance in enumerate((x - 1, y - top, COLUMNS - 1 - x, bottom - y)):
            edges[n][here] = distance[here]
    return GarmentMap(garment, np.zeros_like(garment), kinds, edges)


def outfit() -> Pixels:
    """A sweater over jeans before a plain ground, ten pixels a cell."""
    pixels = np.full((ROWS * 10, COLUMNS * 10, 3), SKY, np.uint8)
    pixels[:100, 10:-10] = SWEATER
    pixels[100:, 10:-10] = JEANS
    return pixels


def shows(crop: Pixels, colour: tuple[int, int, int]) -> bool:
    return bool((crop == colour).all(axis=-1).any())


def test_item__looked_at_whichever_way_up() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (90, 60, 3), dtype=np.uint8)
    crops, _ = described(pixels, lying(("top", 0, ROWS)), WHOLE)
    for turns in range(4):
        assert any(np.array_equal(crop, np.rot90(pixels, turns)) for crop in crops)


def test_item__blind_crops_only_where_nothing_clear_was_found() -> None:
    pixels = outfit()
    clear, _ = described(pixels, lying(("top", 0, ROWS)), WHOLE)
    blind = described(pixels, lying(), WHOLE)[0][len(clear) :]
    assert {crop.shape for crop in blind} == {(ROWS * 5, COLUMNS * 5, 3)}
    corners = [pixels[:100, :50], pixels[:100, 50:], pixels[100:, :50], pixels[100:, 50:]]
    for corner in corners:
        assert any(np.array_equal(crop, corner) for crop in blind)


def test_item__what_lies_beside_is_painted_over() -> None:
    seen, jeans = lying(("top", 0, 10), ("bottom", 10, ROWS)), NormalizedBox(0.1, 0.45, 0.9, 1.0)
    unnamed, _ = described(outfit(), seen, jeans)
    assert shows(unnamed[0], SWEATER)
    crops, _ = described(outfit(), seen, jeans, "bottom")
    assert all(shows(crop, JEANS) for crop in crops)
    assert not any(shows(crop, SWEATER) for crop in crops)
    assert tuple(crops[0][0, crops[0].shape[1] // 2]) == SKY


def test_item__of_what_a_person_wears_everything_else_is_painted_white() -> None:
    seen, jeans = lying(("top", 0, 10), ("bottom", 10, ROWS)), NormalizedBox(0.1, 0.45, 0.9, 1.0)
    masks = showing(("top", 0, 10), ("bottom", 10, ROWS))
    crops, item = described(outfit(), seen, jeans, "bottom", 0.6, masks)
    assert shows(crops[0], JEANS)
    assert not shows(crops[0], SWEATER)
    assert tuple(crops[0][0, 0]) == (255, 255, 255)
    assert item.worn
    assert len(item.alone) == 1
    assert item.label == "bottom"


def test_item__worn_without_a_mask_is_described_as_it_is() -> None:
    seen, jeans = lying(("bottom", 10, ROWS)), NormalizedBox(0.1, 0.45, 0.9, 1.0)
    _, item = described(outfit(), seen, jeans, "bottom", 0.6, showing())
    assert not item.worn
    assert len(item.alone) == 0


def test_garmentness__both_looks_are_sure() -> None:
    assert garmentness(0.9, 3.0, 0.0) == 0.9
    assert garmentness(1.0, 1.0, 0.0) == pytest.approx(0.731, abs=1e-3)


@pytest.mark.parametrize(("first_look", "odds"), [(0.9, -3.0), (0.1, 4.0), (0.0, math.inf)])
def test_garmentness__one_look_alone_is_not_enough(first_look: float, odds: float) -> None:
    assert garmentness(first_look, odds, 0.0) < 0.2


def test_garmentness__worn() -> None:
    assert garmentness(0.3, -3.0, 0.8) > 0.9
    assert garmentness(0.9, -3.0, 0.8) > 0.9
    assert garmentness(0.3, -9.0, 0.3) < 0.1


def test_garmentness__a_kind_of_which_nothing_was_learned() -> None:
    assert garmentness(0.8, math.inf, 0.0) == 0.8
