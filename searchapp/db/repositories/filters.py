"""Filters as the JSON of ``search_jobs.filters``, there and back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from searchapp.domain.product import Filters


def filters_json(filters: Filters) -> dict[str, Any] | None:
    """What narrows, prices as exact text; None if nothing does."""
    if filters.empty:
        return None
    values = {name: getattr(filters, name) for name in Filters.__slots__}
    # A price of 0 narrows too: to what has a price, in that currency.
    used = {n: v for n, v in values.items() if v != "" and v is not None and v is not False}
    return {name: f"{v:f}" if isinstance(v, Decimal) else v for name, v in used.items()}


def filters_from_json(stored: Mapping[str, Any] | None) -> Filters:
    """The filters of a row; what a newer version wrote besides is left out."""
    known = {name: value for name, value in (stored or {}).items() if name in Filters.__slots__}
    for name in known.keys() & {"price_from", "price_to"}:
        known[name] = Decimal(known[name])
    return Filters(**known)
