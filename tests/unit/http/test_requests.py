"""Items, numbers and filters as requests carry them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import Box, WantedItem
from searchapp.errors import BadItems, BadPhone, ConsentRequired
from searchapp.http.requests import (
    FilterFields,
    WantedSchema,
    consented_phone,
    country_of,
    filters_of,
    wanted_boxes,
    wanted_items,
)
from searchapp.schemas import FiltersSchema

WIDTH, HEIGHT = 600, 800
EVERYTHING = {
    "category": "top",
    "brand": "나래",
    "colour": "blue",
    "priceFrom": 1.5,
    "priceTo": 19.9,
    "currency": "USD",
    "inStock": True,
    "otherKinds": True,
}


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


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(_LEAVES, st.lists, max_leaves=8))
def test_wanted_boxes__any_json_is_refused(value: object) -> None:
    with pytest.raises(BadItems):
        boxes([{"box": value}])


def test_wanted_items__an_id_twice() -> None:
    with pytest.raises(BadItems):
        wanted_items([WantedSchema(id="i1"), WantedSchema(id="i1")], WIDTH, HEIGHT)


def test_wanted_items__unknown_size_is_left_to_the_job() -> None:
    wanted = wanted_items([WantedSchema(box=(0, 0, 9000, 9))], None, None)
    assert wanted[0].box == Box(0, 0, 9000, 9)


def test_consented_phone__korean_by_default() -> None:
    phone = consented_phone("010-1234-5678", None, consented=True)
    assert phone is not None
    assert phone.e164 == "+821012345678"


@pytest.mark.parametrize("number", [None, "", "   "])
def test_consented_phone__none_given(number: str | None) -> None:
    assert consented_phone(number, None, consented=False) is None


def test_consented_phone__no_message_without_consent() -> None:
    with pytest.raises(ConsentRequired):
        consented_phone("010-1234-5678", 82, consented=False)


def test_consented_phone__a_bad_number_is_said_first() -> None:
    with pytest.raises(BadPhone):
        consented_phone("010-12", 82, consented=False)


@pytest.mark.parametrize(("text", "code"), [("", None), ("82", 82), ("+82", 82), (" 1 ", 1)])
def test_country_of__as_typed(text: str, code: int | None) -> None:
    assert country_of(text) == code


@pytest.mark.parametrize("text", ["kr", "8282", "-1", "8 2", "٨٢", "1e1"])
def test_country_of__nonsense(text: str) -> None:
    with pytest.raises(BadPhone):
        country_of(text)


def test_filters_of__none_named_is_none() -> None:
    assert filters_of(FilterFields()) is None
    assert filters_of(FilterFields(in_stock=False)) == NO_FILTERS


def test_filters_of__one_price_has_one_spelling() -> None:
    plain, power = (filters_of(FilterFields(price_to=price)) for price in (10000, 1e4))
    assert plain == power == Filters(price_to=Decimal(10000))
    assert plain is not None
    assert str(plain.price_to) == str(power.price_to) == "10000.00"  # type: ignore[union-attr]


def test_filters_of__every_field_there_and_back() -> None:
    filters = filters_of(FilterFields.model_validate(EVERYTHING))
    assert filters is not None
    assert FiltersSchema.of_filters(filters).document() == EVERYTHING
