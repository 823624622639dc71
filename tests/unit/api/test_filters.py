"""Filters in requests and documents."""

from __future__ import annotations

from decimal import Decimal

import pytest

from searchapp.api.filters import filters_document, filters_of, form_filters
from searchapp.api.models import FilterFields
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.errors import BadFilter

FORM = {
    "category": "top",
    "brand": " 나래 ",
    "colour": "blue",
    "priceFrom": "10000",
    "priceTo": "19.9",
    "currency": "USD",
    "inStock": "true",
}
EVERYTHING = {**FORM, "brand": "나래", "priceFrom": 1.5, "priceTo": 19.9, "inStock": True}


def test_form_filters__every_field() -> None:
    assert form_filters({**FORM, "priceFrom": "1.50", "lang": "ko"}) == Filters(
        "top", "나래", "blue", Decimal("1.50"), Decimal("19.90"), "USD", True
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


def test_filters_of__none_named_is_none() -> None:
    assert filters_of(FilterFields()) is None
    assert filters_of(FilterFields(in_stock=False)) == NO_FILTERS


def test_filters_of__one_price_has_one_spelling() -> None:
    plain, power = (filters_of(FilterFields(price_to=price)) for price in (10000, 1e4))
    assert plain == power == Filters(price_to=Decimal(10000))
    assert plain is not None
    assert str(plain.price_to) == str(power.price_to) == "10000.00"  # type: ignore[union-attr]


def test_filters_document__there_and_back() -> None:
    filters = filters_of(FilterFields.model_validate(EVERYTHING))
    assert filters is not None
    assert filters_document(filters) == EVERYTHING


def test_filters_document__only_what_narrows() -> None:
    assert filters_document(Filters(brand="b")) == {"brand": "b"}
    assert filters_document(Filters(price_from=Decimal(0))) == {"priceFrom": 0.0, "currency": "KRW"}
