"""What is suggested of what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from searchapp.vision.crops import WHOLE, NormalizedBox
from searchapp.vision.detection.garment_detector import Garment, GarmentMap
from searchapp.vision.detection.garment_masks import CLASSES, GarmentMasks
from searchapp.vision.detection.people import MASK_SIDE, Person
from searchapp.vision.detection.regions import (
    Suggestion,
    drop_false_people,
    suggest,
    turns_to_stand,
    worn_by,
)
from searchapp.vision.features.classifier import certainly
from tests.unit.vision.detection.test_garment_detector import seen


def person(down_to: float = 0.94, score: float = 0.99) -> Person:
    """A person upright in the middle; what is ``down_to`` so low is in the picture."""
    points = np.zeros((33, 3), np.float32)
    points[:, 2] = 0.9
    heights = {(11, 12): 0.2, (23, 24): 0.5, (25, 26): 0.7, (27, 28): 0.9}
    for pair, height in heights.items():
        for index, x in zip(pair, (0.6, 0.4), strict=True):
            points[index, :2] = (x, height)
    for index, x in ((29, 0.6), (30, 0.4), (31, 0.62), (32, 0.38)):
        points[index, :2] = (x, 0.94)
    points[points[:, 1] > down_to, 1] += 1
    mask = np.zeros((MASK_SIDE, MASK_SIDE), np.float32)
    end = round((1 if down_to > 0.9 else down_to) * MASK_SIDE)
    mask[:end, int(0.3 * MASK_SIDE) : int(0.7 * MASK_SIDE)] = 1
    return Person(score, points, mask)


def nothing_stands_out() -> None:
    return None


def wearing(*garments: tuple[str, tuple[int, int, int, int]]) -> GarmentMasks:
    """Masks of 100 x 100 cells: label and left, top, right, bottom of each garment."""
    probs = np.zeros((len(CLASSES), 100, 100), np.float32)
    probs[0] = 1
    for label, (left, top, right, bottom) in garments:
        here = np.s_[top:bottom, left:right]
        probs[(slice(None), *here)] = 0.02
        probs[(CLASSES.index(label), *here)] = 0.9
    return GarmentMasks(probs)


OUTFIT = wearing(
    ("top", (30, 20, 70, 50)), ("bottom", (32, 50, 68, 90)), ("shoes", (32, 90, 68, 98))
)


def suggested(
    maps: GarmentMap,
    people: Sequence[Person] = (),
    stands_out: Callable[[], NormalizedBox | None] = nothing_stands_out,
) -> list[Suggestion]:
    return suggest(maps.garments, OUTFIT, people, stands_out)


def labels(parts: Sequence[Suggestion]) -> list[str]:
    return [part.label for part in parts]


def test_suggest__nothing_clear_is_the_whole_picture() -> None:
    (only,) = suggested(seen())
    assert (only.frame, only.label) == (WHOLE, "whole")


def test_suggest__what_stands_out_before_the_whole_picture() -> None:
    frame = NormalizedBox(0.25, 0.25, 0.75, 0.75)
    assert suggested(seen(), stands_out=lambda: frame)[0].frame == frame


def test_suggest__one_garment_is_one_region() -> None:
    (only,) = suggested(seen((2, 4, 8, 12)))
    assert only.frame.iou(NormalizedBox(0.2, 0.2, 0.8, 0.6)) > 0.99
    assert only.label == "top"


def test_suggest__the_larger_comes_first() -> None:
    first, second = suggested(seen((0, 0, 3, 4), (2, 8, 9, 19)))
    assert first.frame.area > second.frame.area


def test_suggest__a_shirt_in_a_coat_is_told_apart_and_two_of_a_kind_are_not() -> None:
    coat, inner = NormalizedBox(0.1, 0.1, 0.9, 0.9), NormalizedBox(0.3, 0.2, 0.7, 0.6)
    shirt = Garment(inner, 0.8, certainly("top"))
    for kind, expected in (("outer", {"outer", "top"}), ("top", {"top"})):
        found = [Garment(coat, 0.9, certainly(kind)), shirt]
        parts = suggest(found, OUTFIT, [], nothing_stands_out)
        assert set(labels(parts)) == expected
        assert len(parts) == len(expected)


def test_suggest__a_person_wears_top_bottom_and_shoes() -> None:
    parts = {part.label: part.frame for part in suggested(seen(), [person()])}
    assert set(parts) == {"top", "bottom", "shoes"}
    assert parts["top"].top < parts["bottom"].top < parts["shoes"].top


def test_suggest__what_a_person_wears_is_not_suggested_twice() -> None:
    parts = suggested(seen((3, 4, 7, 10)), [person()])
    assert labels(parts).count("top") == 1


def test_suggest__a_person_whose_clothes_are_not_seen_hides_no_garment() -> None:
    parts = suggest(seen((3, 4, 7, 10)).garments, wearing(), [person()], nothing_stands_out)
    assert labels(parts) == ["top"]


def test_drop_false_people__a_coat_on_a_hanger() -> None:
    coat = seen((2, 0, 8, 20), kind="outer").garments
    clear, doubtful = person(score=0.99), person(score=0.8)
    assert drop_false_people([clear, doubtful], coat) == [clear]
    assert drop_false_people([doubtful], []) == [doubtful]


def test_drop_false_people__trousers_without_a_head() -> None:
    trousers = seen((4, 4, 6, 16), kind="bottom").garments
    headless = replace(person(), headless=True)
    whole = person()
    assert drop_false_people([headless, whole], trousers) == [whole]
    assert drop_false_people([headless], seen((4, 4, 6, 16), kind="dress").garments) == [headless]


def test_worn_by__regions_are_where_the_masks_are() -> None:
    parts = {part.label: part.frame for part in worn_by(OUTFIT, [person()])}
    assert parts["top"].iou(NormalizedBox(0.3, 0.2, 0.7, 0.5)) > 0.9
    assert parts["shoes"].iou(NormalizedBox(0.32, 0.9, 0.68, 0.98)) > 0.8


def test_worn_by__a_dress_whose_upper_part_looks_like_a_top_is_one_region() -> None:
    masks = wearing(("dress", (30, 25, 70, 80)), ("top", (40, 20, 60, 30)))
    (dress,) = worn_by(masks, [person()])
    assert dress.label == "dress"
    assert dress.frame.top == pytest.approx(0.2, abs=0.02)


def test_worn_by__top_and_skirt_of_like_size_stay_two() -> None:
    masks = wearing(("top", (30, 20, 70, 50)), ("skirt", (30, 50, 70, 80)))
    assert set(labels(worn_by(masks, [person()]))) == {"top", "skirt"}


def test_worn_by__a_bag_and_a_speck() -> None:
    masks = wearing(("bag", (70, 40, 85, 60)), ("hat", (50, 2, 52, 4)))
    assert labels(worn_by(masks, [person()])) == ["bag"]


def test_worn_by__two_people_have_regions_of_their_own() -> None:
    left, right = person(), person()
    left.mask[:], right.mask[:] = 0, 0
    left.mask[:, 5:40] = 1
    right.mask[:, 56:90] = 1
    masks = wearing(("top", (8, 20, 40, 60)), ("top", (60, 25, 92, 60)))
    one, other = sorted(part.frame.left for part in worn_by(masks, [left, right]))
    assert (one, other) == (pytest.approx(0.08, abs=0.02), pytest.approx(0.6, abs=0.02))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turns_to_stand__undo_how_the_photo_lies(turns: int) -> None:
    upright = person()
    places = upright.points[:, :2]
    lying = places.copy()
    for _ in range(turns):  # A clockwise quarter turn of the photo.
        lying = np.stack([1 - lying[:, 1], lying[:, 0]], axis=1)
    points = np.concatenate([lying, upright.points[:, 2:]], axis=1)
    assert turns_to_stand([Person(0.9, points, upright.mask)], 100, 100) == turns


def test_turns_to_stand__no_person_needs_none() -> None:
    assert turns_to_stand([], 100, 200) == 0
