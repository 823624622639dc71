"""What the page may ask for, checked before anything is done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from searchapp.domain.product import Filters
from searchapp.domain.search import Box
from searchapp.errors import BadFilter, BadItems, BadPhone, NotAllowedNow, PricesCrossed
from searchapp.web.pages.results.actions import ActionState, OwnerState, VoteState
from searchapp.web.pages.results.requests import (
    boxes_of,
    of_catalogue,
    phone_of,
    wanted_filters,
    wanted_items,
)
from searchapp.web.reflex_compat.frames import takes
from tests.unit.web.pages.results.test_view import ITEM, JOB, RESULT

NO_PHOTO = replace(JOB, photo_width=None, photo_height=None)


def test_boxes_of__pixels_whose_edges_stay_inside() -> None:
    [wish] = boxes_of([{"x": 0.5, "y": 0.25, "w": 0.5, "h": 0.75, "label": "top"}], JOB)
    assert (wish.box, wish.label) == (Box(50, 50, 50, 150), "top")


@pytest.mark.parametrize(
    "box",
    [
        {"x": 0, "y": 0, "w": 1},
        {"x": -0.1, "y": 0, "w": 1, "h": 1},
        {"x": "0", "y": 0, "w": 1, "h": 1},
        {"x": float("nan"), "y": 0, "w": 1, "h": 1},
        {"x": 0, "y": 0, "w": 1, "h": 1, "label": "harness"},
    ],
)
def test_boxes_of__no_box(box: dict[str, Any]) -> None:
    with pytest.raises(BadItems):
        boxes_of([box], JOB)


def test_wanted_pieces__drawn_else_those_of_the_search_else_the_photo() -> None:
    drawn = wanted_items(JOB, [{"x": 0, "y": 0, "w": 1, "h": 1}])
    assert [wish.box for wish in drawn] == [Box(0, 0, 100, 200)]
    assert [(wish.box, wish.label) for wish in wanted_items(JOB, None)] == [(ITEM.box, "top")]
    assert [wish.box for wish in wanted_items(replace(JOB, items=()), None)] == [
        Box(0, 0, 100, 200)
    ]
    with pytest.raises(NotAllowedNow):
        wanted_items(NO_PHOTO, None)


def test_wanted_filters__added_to_those_of_the_search() -> None:
    before = Filters(brand="A", price_from=Decimal(5), currency="USD")
    added = {"kind": "top", "low": "1000", "high": "", "currency": "KRW", "stock": True}
    wanted = wanted_filters(before, {"narrow": added})
    assert wanted == Filters("top", "A", "", Decimal("1000.00"), None, "KRW", True)


def test_wanted_filters__dropped_and_widened() -> None:
    before = Filters(kind="top", price_from=Decimal(5), currency="USD")
    assert wanted_filters(before, {"drop": "price"}) == Filters(kind="top")
    assert wanted_filters(before, {"kinds": True}) == replace(before, other_kinds=True)
    assert wanted_filters(before, {}) == before


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"drop": "owner"}, BadFilter),
        ({"narrow": {"kind": "harness"}}, BadFilter),
        ({"narrow": {"low": "1e9"}}, BadFilter),
        ({"narrow": {"low": "5", "currency": "won"}}, BadFilter),
        ({"narrow": {"brand": "a\x00b"}}, BadFilter),
        ({"narrow": {"low": "9", "high": "5"}}, PricesCrossed),
    ],
)
def test_wanted_filters__refused(wish: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        wanted_filters(Filters(), wish)


def test_phone_of__none_is_no_error_and_a_wrong_one_is() -> None:
    assert phone_of({}) is None
    assert phone_of({"phoneNumber": "010-2345-6789"}) is not None
    with pytest.raises(BadPhone):
        phone_of({"phoneNumber": "12"})


def test_of_catalogue__by_item_and_source() -> None:
    ours = replace(RESULT, source="catalogue")
    job = replace(JOB, items=(replace(ITEM, results=(ours, replace(RESULT, product_id="p2"))),))
    assert of_catalogue(job, "a", "p1")
    assert not of_catalogue(job, "b", "p1")
    assert not of_catalogue(job, "a", "p2")


def test_takes__arguments_by_number_and_kind() -> None:
    assert takes(OwnerState.cancel.fn, ["key"])
    assert not takes(OwnerState.cancel.fn, ["key", "more"])
    assert not takes(OwnerState.cancel.fn, [None])
    assert takes(VoteState.vote.fn, ["key", "i1", "p", "confirmed"])


def test_resume__known_actions_with_arguments_that_fit() -> None:
    state = ActionState()
    at = {"path": state.router.url.path}
    pending = {
        "cancel": {"key": "a" * 32, "args": [], **at},
        "vote i1/p": {"key": "b" * 32, "args": ["i1", "p", "confirmed"], **at},
        "vote i2/p": {"key": "e" * 32, "args": ["i2", "p", "confirmed"], "path": "/results/other"},
        "erase": {"key": 5, "args": [], **at},
        "load": {"key": "c" * 32, "args": [], **at},
        "share": {"key": "d" * 32, "args": ["x"], **at},
    }
    events = ActionState.resume.fn(state, pending)
    assert [event.handler.fn.__name__ for event in events] == ["cancel", "vote"]
