"""What is suggested of what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from searchapp.vision.crops import WHOLE, NormalizedBox
from searchapp.vision.detection.garment_detector import HEAD_LABELS, Garment, GarmentMap
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
    """Somebody upright in the middle; what is ``down_to`` so low is in the picture."""
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


def alike(*_: NormalizedBox) -> float:
    return 1.0


def unlike(*_: NormalizedBox) -> float:
    return 0.0


def suggested(
    maps: GarmentMap,
    people: Sequence[Person] = (),
    stands_out: Callable[[], NormalizedBox | None] = nothing_stands_out,
) -> list[Suggestion]:
    return suggest(maps.garments, maps, people, unlike, stands_out)


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
        parts = suggest(found, seen(), [], unlike, nothing_stands_out)
        assert set(labels(parts)) == expected
        assert len(parts) == len(expected)


def test_suggest__a_person_wears_top_bottom_and_shoes() -> None:
    parts = {part.label: part.frame for part in suggested(seen(), [person()])}
    assert set(parts) == {"top", "bottom", "shoes"}
    assert parts["top"].top < parts["bottom"].top < parts["shoes"].top


def test_suggest__what_a_person_wears_is_not_suggested_twice() -> None:
    parts = suggested(seen((3, 4, 7, 10)), [person()])
    assert labels(parts).count("top") == 1


def test_suggest__somebody_of_whom_no_part_is_seen_hides_no_garment() -> None:
    nobody = person(down_to=0.0)
    nobody.mask[:] = 1
    assert labels(suggested(seen((3, 4, 7, 10)), [nobody])) == ["top"]


def test_standing__a_coat_on_a_hanger_is_nobody() -> None:
    coat = seen((2, 0, 8, 20), kind="outer").garments
    clear, doubtful = person(score=0.99), person(score=0.8)
    assert drop_false_people([clear, doubtful], coat) == [clear]
    assert drop_false_people([doubtful], []) == [doubtful]


def test_standing__trousers_are_nobody_without_a_head() -> None:
    trousers = seen((4, 4, 6, 16), kind="bottom").garments
    headless = replace(person(), headless=True)
    whole = person()
    assert drop_false_people([headless, whole], trousers) == [whole]
    assert drop_false_people([headless], seen((4, 4, 6, 16), kind="dress").garments) == [headless]


def test_worn_by__waist_up_shows_the_top_only() -> None:
    assert labels(worn_by(person(down_to=0.55), seen(), unlike)) == ["top"]


def test_worn_by__above_the_knees_shows_a_lower_half_down_to_the_edge() -> None:
    top, bottom = worn_by(person(down_to=0.65), seen(), unlike)
    assert (top.label, bottom.label) == ("top", "bottom")
    assert bottom.frame.bottom == pytest.approx(0.65, abs=0.02)


def test_worn_by__a_coat_is_one_region() -> None:
    maps = seen((3, 3, 7, 16), kind="outer")
    assert labels(worn_by(person(), maps, alike)) == ["outer", "shoes"]


def test_worn_by__a_coat_without_its_hem_may_be_a_jacket_over_trousers() -> None:
    maps = seen((3, 3, 7, 13), kind="outer")
    assert labels(worn_by(person(down_to=0.65), maps, alike)) == ["outer", "bottom"]


@pytest.mark.parametrize("down_to", [0.94, 0.65])
def test_worn_by__a_dress_is_one_region(down_to: float) -> None:
    maps = seen((3, 3, 7, 16), kind="dress")
    assert labels(worn_by(person(down_to), maps, alike))[0] == "dress"


@pytest.mark.parametrize(("kind", "upper"), [("dress", "top"), ("outer", "outer")])
def test_worn_by__chest_and_thighs_in_two_colours_are_two_pieces(kind: str, upper: str) -> None:
    maps = seen((3, 3, 7, 16), kind=kind)
    assert labels(worn_by(person(), maps, unlike)) == [upper, "bottom", "shoes"]


def test_worn_by__what_may_be_a_dress_is_one_in_one_colour() -> None:
    maps = seen((3, 3, 7, 16), kind="top")
    assert labels(worn_by(person(), maps, alike)) == ["top", "bottom", "shoes"]
    maps.kinds[HEAD_LABELS.index("dress")] = 0.2
    assert labels(worn_by(person(), maps, alike)) == ["dress", "shoes"]
    assert labels(worn_by(person(), maps, unlike)) == ["top", "bottom", "shoes"]


def test_worn_by__jacket_and_trousers_are_two_though_the_whole_looks_like_a_coat() -> None:
    maps = seen((3, 3, 7, 16), kind="outer")
    below = int(0.55 * maps.kinds.shape[1])
    maps.kinds[:, below:] = seen((3, 3, 7, 16), kind="bottom").kinds[:, below:]
    assert labels(worn_by(person(), maps, alike)) == ["outer", "bottom", "shoes"]


def test_worn_by__chest_and_thighs_are_compared_where_they_are() -> None:
    asked: list[NormalizedBox] = []

    def compared(one: NormalizedBox, other: NormalizedBox) -> float:
        asked.extend((one, other))
        return 1.0

    worn_by(person(), seen((3, 3, 7, 16), kind="dress"), compared)
    chest, thighs = asked
    assert 0.2 < chest.top < chest.bottom < 0.5 < thighs.top < thighs.bottom < 0.7
    assert 0.4 < chest.left < chest.right < 0.6


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turns_to_stand__undo_how_the_photo_lies(turns: int) -> None:
    upright = person()
    places = upright.points[:, :2]
    lying = places.copy()
    for _ in range(turns):  # A clockwise quarter turn of the photo.
        lying = np.stack([1 - lying[:, 1], lying[:, 0]], axis=1)
    points = np.concatenate([lying, upright.points[:, 2:]], axis=1)
    assert turns_to_stand([Person(0.9, points, upright.mask)], 100, 100) == turns


def test_turns_to_stand__nobody_needs_none() -> None:
    assert turns_to_stand([], 100, 200) == 0
