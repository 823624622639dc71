"""The fields of the form of a new search."""

from __future__ import annotations

from decimal import Decimal

import pytest

from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.errors import BadFilter
from searchapp.http.requests import form_filters

FORM = {
    "category": "top",
    "brand": " 나래 ",
    "colour": "blue",
    "priceFrom": "10000",
    "priceTo": "19.9",
    "currency": "USD",
    "inStock": "true",
    "otherKinds": "true",
}


def test_form_filters__every_field() -> None:
    assert form_filters({**FORM, "priceFrom": "1.50", "lang": "ko"}) == Filters(
        "top", "나래", "blue", Decimal("1.50"), Decimal("19.90"), "USD", True, True
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"brand": " ", "priceTo": "", "inStock": "false"},
        {"category": "whole"},
        {"currency": "USD"},
    ],
)
def test_form_filters__what_narrows_nothing(fields: dict[str, str]) -> None:
    assert form_filters(fields) == NO_FILTERS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("category", "hats"),
        ("category", "Top"),
        ("colour", "파랑"),
        ("brand", "b" * 101),
        ("brand", "a\x00b"),
        ("priceFrom", "-1"),
        ("priceFrom", "1e5"),
        ("priceTo", "10,000"),
        ("priceTo", "nan"),
        ("priceTo", "9" * 13),
        ("currency", "won"),
        ("inStock", "yes"),
        ("otherKinds", "1"),
    ],
)
def test_form_filters__refused(name: str, text: str) -> None:
    with pytest.raises(BadFilter):
        form_filters({name: text})


def test_form_filters__prices_crossed_say_so() -> None:
    with pytest.raises(BadFilter) as caught:
        form_filters({"priceFrom": "2", "priceTo": "1"})
    assert "최저 가격" in caught.value.message("ko")
    assert "lowest" in caught.value.message("en")
