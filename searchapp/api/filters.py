"""What a request narrows its results down to, and how a document tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from searchapp.api.models import FILTER_FIELDS, FilterFields
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.errors import BadFilter, PricesCrossed

_PRICES = ("priceFrom", "priceTo")
PRICE = r"[0-9]{1,12}(\.[0-9]{1,2})?"
"""A price in a field of a form."""

_FLAGS = {"true": True, "false": False}

WHOLE = "whole"
"""The label of no particular kind: it narrows nothing."""


def filters_of(fields: FilterFields) -> Filters | None:
    """The filters in ``fields``, None if it names none at all.

    :raises PricesCrossed: the lower price is above the higher one.
    """
    if all(getattr(fields, name) is None for name in FilterFields.model_fields):
        return None
    low, high = _exact(fields.price_from), _exact(fields.price_to)
    if low is not None and high is not None and low > high:
        raise PricesCrossed
    priced = low is not None or high is not None
    return Filters(
        kind="" if fields.category in (None, WHOLE) else fields.category,
        brand=fields.brand or "",
        colour=fields.colour or "",
        price_from=low,
        price_to=high,
        # Without a price it says nothing, and two such requests are the same.
        currency=(priced and fields.currency) or NO_FILTERS.currency,
        in_stock=bool(fields.in_stock),
    )


def form_filters(fields: Mapping[str, str]) -> Filters:
    """The filters in the fields of a form; an empty field is an absent one.

    :raises BadFilter: one can not be read.
    """
    given = {name: text for name in FILTER_FIELDS if (text := fields.get(name, "").strip())}
    values: dict[str, Any] = dict(given)
    for name in given.keys() & _PRICES:
        if not re.fullmatch(PRICE, given[name]):
            raise BadFilter(name)
        values[name] = float(given[name])
    if "inStock" in given:
        values["inStock"] = _FLAGS.get(given["inStock"].lower())
        if values["inStock"] is None:
            raise BadFilter("inStock")
    try:
        return filters_of(FilterFields.model_validate(values)) or NO_FILTERS
    except ValidationError as error:
        raise BadFilter(str(error.errors()[0]["loc"])) from None


def filters_document(filters: Filters) -> dict[str, Any]:
    """What narrows, by the names of the requests."""
    priced = filters.price_from is not None or filters.price_to is not None
    told = {
        "category": filters.kind,
        "brand": filters.brand,
        "colour": filters.colour,
        "priceFrom": _number(filters.price_from),
        "priceTo": _number(filters.price_to),
        "currency": filters.currency if priced else "",
        "inStock": filters.in_stock or None,
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def _exact(price: float | None) -> Decimal | None:
    """``price`` to the cent, as products have it, in one spelling: 10000 and 1e4 are the same."""
    return None if price is None else Decimal(f"{price:.2f}")


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
