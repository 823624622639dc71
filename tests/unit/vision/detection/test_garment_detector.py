"""From what cells say to boxes."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.crops import WHOLE, NormalizedBox
from searchapp.vision.detection.garment_detector import HEAD_LABELS, GarmentMap, spread

ROWS, COLUMNS = 20, 10


def seen(*boxes: tuple[int, int, int, int], kind: str = "top") -> GarmentMap:
    """A map on which every cell inside a box (left, top, right, bottom) votes for that box."""
    garment = np.zeros((ROWS, COLUMNS), np.float32)
    edges = np.zeros((8, ROWS, COLUMNS), np.float32)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS] + 0.5
    for left, top, right, bottom in boxes:
        inside = (x > left) & (x < right) & (y > top) & (y < bottom)
        garment[inside] = 0.9
        for n, distance in enumerate((x - left, y - top, right - x, bottom - y)):
            edges[n][inside] = distance[inside]
    kinds = np.full((len(HEAD_LABELS), ROWS, COLUMNS), 0.02, np.float32)
    kinds[HEAD_LABELS.index(kind)] = 0.88
    return GarmentMap(garment, np.zeros_like(garment), kinds, edges)


def test_garments__cells_that_agree_are_one_box() -> None:
    found = seen((2, 4, 8, 12)).garments
    assert len(found) == 1
    frame = found[0].frame
    assert (frame.left, frame.top, frame.right, frame.bottom) == pytest.approx((0.2, 0.2, 0.8, 0.6))
    assert found[0].label == "top"
    assert found[0].confidence > 0.8


def test_garments__two_things_are_two_boxes() -> None:
    assert len(seen((0, 0, 5, 8), (5, 10, 10, 20)).garments) == 2


def test_garments__nothing() -> None:
    assert seen().garments == []
    assert seen().photos == []


def test_label_probs__sum_to_one_in_the_order_of_labels() -> None:
    probs = seen((2, 4, 8, 12), kind="shoes").label_probs(WHOLE)
    assert probs.sum() == pytest.approx(1.0, abs=1e-3)
    assert LABELS[int(probs.argmax())] == "shoes"


def test_spread__kinds_that_the_head_does_not_know_are_zero() -> None:
    assert spread(np.eye(len(HEAD_LABELS))[0])[LABELS.index("bag")] == 0


def test_garmentness__of_a_garment_beside_says_nothing() -> None:
    shirt = seen((0, 0, 5, 10))
    assert shirt.garmentness(NormalizedBox(0.0, 0.0, 0.5, 0.5)) > 0.8
    assert shirt.garmentness(NormalizedBox(0.1, 0.1, 0.3, 0.2)) > 0.8, "a print on it"
    assert shirt.garmentness(WHOLE) > 0.8
    assert shirt.garmentness(NormalizedBox(0.4, 0.0, 1.0, 0.5)) < 0.2
    assert seen().garmentness(WHOLE) == 0


def test_mask__is_the_part_inside() -> None:
    part = seen((0, 0, 5, 10)).mask(NormalizedBox(0.0, 0.0, 0.5, 0.5))
    assert part.shape == (10, 5)
    assert part.min() > 0.8


def side_by_side() -> GarmentMap:
    """A top above the middle, a bottom below it; their boxes overlap."""
    both = seen((0, 0, 8, 11), (2, 9, 10, 20))
    both.kinds[:, 11:] = 0.02
    both.kinds[HEAD_LABELS.index("bottom"), 11:] = 0.88
    return both


def test_beside__cells_of_another_kind() -> None:
    both = side_by_side()
    frame = NormalizedBox(0.2, 0.45, 1.0, 1.0)
    cells = both.beside(frame, "bottom")
    assert cells[9:11, 2:8].all()
    assert not cells[11:].any()


@pytest.mark.parametrize(
    ("frame", "label"), [(WHOLE, "dress"), (NormalizedBox(0.2, 0.45, 1, 1), "whole")]
)
def test_beside__parts_of_the_item_are_not(frame: NormalizedBox, label: str) -> None:
    assert not side_by_side().beside(frame, label).any()
