"""Products that share a picture."""

from __future__ import annotations

import numpy as np

from searchapp.catalogue.matching.near_duplicates import (
    filled_up,
    first_of_each,
    with_twins,
    without_twins,
)
from searchapp.catalogue.matching.scores import Scored
from searchapp.vision.features.item_arrays import COLOUR_DIM, LABEL_PROBS_DIM, ViewFeatures


def view(place: int, colour: int = 0, close: float = 1.0) -> ViewFeatures:
    """The picture at ``place``, or one at a cosine of ``close`` to it."""
    axes = np.eye(64, dtype=np.float32)
    embedding = close * axes[place] + np.sqrt(1 - close**2) * axes[63 - place]
    colours = np.eye(COLOUR_DIM, dtype=np.float32)[colour]
    kinds = np.eye(LABEL_PROBS_DIM, dtype=np.float32)[0]
    return ViewFeatures("full", embedding.astype(np.float32), colours, kinds)


def ranked(*products: str) -> list[Scored]:
    return [Scored(product, 1 - place / 100) for place, product in enumerate(products)]


def names(scored: list[Scored]) -> list[str]:
    return [entry.product_id for entry in scored]


def test_without_twins__the_best_of_those_that_share_a_picture_stays() -> None:
    views = {"s": [view(0)], "m": [view(0, close=0.99)], "coat": [view(1)], "l": [view(0)]}
    assert names(without_twins(ranked("m", "s", "coat", "l"), views)) == ["m", "coat"]


def test_without_twins__another_colour_is_another_product() -> None:
    views = {"red": [view(0, colour=1)], "blue": [view(0, colour=2)]}
    assert names(without_twins(ranked("red", "blue"), views)) == ["red", "blue"]


def test_without_twins__a_look_alike_is_another_product() -> None:
    views = {"a": [view(0)], "b": [view(0, close=0.9)]}
    assert names(without_twins(ranked("a", "b"), views)) == ["a", "b"]


def test_without_twins__an_outfit_photo_that_two_share_makes_no_twins() -> None:
    views = {"jacket": [view(0), view(5)], "trousers": [view(1), view(5)]}
    assert names(without_twins(ranked("jacket", "trousers"), views)) == ["jacket", "trousers"]


def test_without_twins__nothing() -> None:
    assert without_twins([], {}) == []


def test_filled_up__twins_are_left_out_where_enough_is_left() -> None:
    every = ranked(*(str(number) for number in range(40)))
    assert names(filled_up(every[::2], every, 24)) == [str(number) for number in range(0, 40, 2)]


def test_filled_up__the_best_twins_come_back_in_their_place() -> None:
    every = ranked(*(str(number) for number in range(30)))
    distinct = [every[0], every[20], every[29]]
    shown = names(filled_up(distinct, every, 24))
    assert shown == ["0", "1", "2", "3", "4", "5", "6", "7", "20", "29"]


def test_first_of_each__the_best_of_those_with_one_key() -> None:
    every = ranked(*(f"{garment}{size}" for garment in "abc" for size in range(90)))
    pictures = {entry.product_id: entry.product_id[0] for entry in every}
    assert names(first_of_each(every, pictures)) == ["a0", "b0", "c0"]


def test_with_twins__scored_like_the_one_that_was_looked_at() -> None:
    scored = [Scored("coat-m", 0.9, 1.2), Scored("cap", 0.5, 1.0)]
    twins = {"coat-m": ["coat-m", "coat-l", "coat-s"], "cap": ["cap"]}
    every = with_twins(scored, twins)
    assert names(every) == ["coat-l", "coat-m", "coat-s", "cap"]
    assert [entry.score for entry in every] == [0.9, 0.9, 0.9, 0.5]
