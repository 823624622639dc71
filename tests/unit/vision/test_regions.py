"""What is suggested of what was found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from searchapp.domain.search import Box
from searchapp.vision.crops import Frame
from searchapp.vision.features import Region
from searchapp.vision.garments import GarmentMap
from searchapp.vision.people import MASK_SIDE, Person
from searchapp.vision.regions import suggest, worn_by
from tests.unit.vision.test_garments import seen


def person(full: bool = True) -> Person:
    """Somebody upright in the middle; the feet are out of the picture unless ``full``."""
    points = np.zeros((33, 3), np.float32)
    points[:, 2] = 0.9
    heights = {(11, 12): 0.2, (13, 14): 0.35, (23, 24): 0.5, (25, 26): 0.7, (27, 28): 0.9}
    for pair, height in heights.items():
        for index, x in zip(pair, (0.6, 0.4), strict=True):
            points[index, :2] = (x, height)
    points[0, :2] = (0.5, 0.08)
    for index, x in ((29, 0.6), (30, 0.4), (31, 0.62), (32, 0.38)):
        points[index, :2] = (x, 0.94)
    if not full:
        points[25:, 1] += 0.6
    mask = np.zeros((MASK_SIDE, MASK_SIDE), np.float32)
    mask[:, int(0.3 * MASK_SIDE) : int(0.7 * MASK_SIDE)] = 1
    return Person(0.95, points, mask)


def nothing_stands_out() -> None:
    return None


def suggested(
    maps: GarmentMap,
    people: list[Person],
    stands_out: Callable[[], Frame | None],
    width: int,
    height: int,
) -> list[Region]:
    return suggest(maps.garments(), maps, people, stands_out, width, height)


def test_suggest__nothing_clear_is_the_whole_picture() -> None:
    regions = suggested(seen(), [], nothing_stands_out, 200, 100)
    assert [(region.box, region.label) for region in regions] == [(Box(0, 0, 200, 100), "whole")]


def test_suggest__what_stands_out_before_the_whole_picture() -> None:
    frame = Frame(0.25, 0.25, 0.75, 0.75)
    assert suggested(seen(), [], lambda: frame, 200, 100)[0].box == Box(50, 25, 100, 50)


def test_suggest__one_garment_is_one_region_in_pixels_of_the_picture() -> None:
    regions = suggested(seen((2, 4, 8, 12)), [], nothing_stands_out, 1000, 2000)
    assert [region.box for region in regions] == [Box(200, 400, 600, 800)]
    assert regions[0].label == "top"


def test_suggest__the_larger_comes_first() -> None:
    regions = suggested(seen((0, 0, 3, 4), (2, 8, 9, 19)), [], nothing_stands_out, 1000, 2000)
    assert regions[0].box.area > regions[1].box.area


def test_suggest__a_person_wears_top_bottom_and_shoes() -> None:
    regions = suggested(seen(), [person()], nothing_stands_out, 600, 1200)
    assert {region.label for region in regions} == {"top", "bottom", "shoes"}
    top = next(region for region in regions if region.label == "top")
    bottom = next(region for region in regions if region.label == "bottom")
    assert top.box.y < bottom.box.y


def test_suggest__what_a_person_wears_is_not_suggested_twice() -> None:
    regions = suggested(seen((3, 4, 7, 10)), [person()], nothing_stands_out, 600, 1200)
    assert sum(region.label == "top" for region in regions) == 1


def test_worn_by__no_legs_in_the_picture() -> None:
    assert [part.label for part in worn_by(person(full=False), seen())] == ["top"]


@pytest.mark.parametrize("kind", ["dress", "outer"])
def test_worn_by__a_dress_or_coat_is_one_region_with_its_parts_as_alternatives(kind: str) -> None:
    parts = worn_by(person(), seen((3, 3, 7, 16), kind=kind))
    assert parts[0].label == kind
    assert len(parts[0].alternatives) == 2


def test_worn_by__jacket_and_trousers_are_two_though_the_whole_looks_like_a_coat() -> None:
    maps = seen((3, 3, 7, 16), kind="outer")
    below = int(0.55 * maps.kinds.shape[1])
    maps.kinds[:, below:] = seen((3, 3, 7, 16), kind="bottom").kinds[:, below:]
    parts = worn_by(person(), maps)
    assert [part.label for part in parts] == ["outer", "bottom", "shoes"]
