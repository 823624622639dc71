"""Filters as they are stored."""

from __future__ import annotations

from decimal import Decimal

import pytest

from searchapp.db.tables.searches import filters_from_json, filters_json
from searchapp.domain.product import NO_FILTERS, Filters

ALL = Filters("top", "나래", "blue", Decimal("9.90"), Decimal(1000000), "USD", True)


@pytest.mark.parametrize(
    "filters", [ALL, Filters(brand="b"), Filters(price_from=Decimal(0)), Filters(in_stock=True)]
)
def test_filters__there_and_back(filters: Filters) -> None:
    assert filters_from_json(filters_json(filters)) == filters


def test_filters__nothing_is_null() -> None:
    assert filters_json(NO_FILTERS) is None
    assert filters_json(Filters(currency="USD")) is None
    assert filters_from_json(None) == NO_FILTERS


def test_filters__prices_are_exact_text() -> None:
    stored = filters_json(ALL)
    assert stored is not None
    assert (stored["price_from"], stored["price_to"]) == ("9.90", "1000000")


def test_filters__of_a_newer_version() -> None:
    assert filters_from_json({"brand": "b", "size": "M"}) == Filters(brand="b")
