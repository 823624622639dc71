"""Boxes and ids as people send them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.api.choices import wanted_boxes, wanted_items
from searchapp.api.models import WantedSchema
from searchapp.domain.search import Box, WantedItem
from searchapp.errors import BadItems

WIDTH, HEIGHT = 600, 800


def boxes(value: object) -> list[WantedItem]:
    return wanted_boxes(value if isinstance(value, str) else json.dumps(value), WIDTH, HEIGHT)


def test_wanted_boxes__with_and_without_label() -> None:
    assert boxes([{"box": [0, 0, 600, 800]}, {"box": [1, 2, 3, 4], "label": "top"}]) == [
        WantedItem(box=Box(0, 0, 600, 800)),
        WantedItem(box=Box(1, 2, 3, 4), label="top"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "{}",
        "[",
        "[]",
        [{}],
        [{"id": "i1"}],
        [{"box": [0, 0, 10]}],
        [{"box": [0, 0, 10, 10, 10]}],
        [{"box": [0, 0, 0, 10]}],
        [{"box": [-1, 0, 10, 10]}],
        [{"box": [0, 0, 601, 10]}],
        [{"box": [600, 0, 1, 1]}],
        [{"box": [0, 799, 1, 2]}],
        [{"box": ["0", 0, 10, 10]}],
        [{"box": [0.5, 0, 10, 10]}],
        [{"box": [True, 0, 10, 10]}],
        [{"box": [0, 0, 1e400, 10]}],
        [{"box": [0, 0, 10, 10], "label": "spaceship"}],
        [{"box": [0, 0, 10, 10], "label": 7}],
        [{"box": [0, 0, 10, 10]}] * 13,
        "[" * 100_000,
        '[{"box":[0,0,' + "9" * 5000 + ",1]}]",
    ],
)
def test_wanted_boxes__bad_items(value: object) -> None:
    with pytest.raises(BadItems):
        boxes(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_wanted_boxes__any_json_is_refused_kindly(value: object) -> None:
    with pytest.raises(BadItems):
        boxes([{"box": value}])


def test_wanted_items__an_id_twice() -> None:
    with pytest.raises(BadItems):
        wanted_items([WantedSchema(id="i1"), WantedSchema(id="i1")], WIDTH, HEIGHT)


def test_wanted_items__unknown_size_is_left_to_the_job() -> None:
    wanted = wanted_items([WantedSchema(box=(0, 0, 9000, 9))], None, None)
    assert wanted[0].box == Box(0, 0, 9000, 9)
