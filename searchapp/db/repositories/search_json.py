"""Items and results as the JSON of ``search_jobs.results``, there and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from searchapp.domain.product import Filters
from searchapp.domain.search import (
    Box,
    Item,
    ItemStatus,
    Match,
    Result,
    SourceState,
    SourceStatus,
    Status,
)


def item_json(item: Item) -> dict[str, Any]:
    """``item`` as it is stored."""
    return {
        "id": item.id,
        "label": item.label,
        "box": item.box.as_list(),
        "status": item.status.value,
        "match": item.match.value if item.match else None,
        "results": [_result_json(result) for result in item.results],
    }


def sources_json(states: Sequence[SourceState]) -> list[dict[str, Any]]:
    """The outside sources of a search as they are stored."""
    return [
        {"name": state.name, "status": state.status.value, "reason": state.reason}
        for state in states
    ]


def sources_from_json(
    stored: Sequence[Mapping[str, Any]], status: Status
) -> tuple[SourceState, ...]:
    """The outside sources of a row; nothing is pending any more once the search has ended."""
    found = (
        SourceState(entry["name"], SourceStatus(entry["status"]), entry["reason"])
        for entry in stored
    )
    return tuple(
        SourceState(state.name, SourceStatus.FAILED, "stopped")
        if status.final and state.status is SourceStatus.PENDING
        else state
        for state in found
    )


def items_json(items: Sequence[Item]) -> list[dict[str, Any]]:
    """``items`` as they are stored, in their order."""
    return [item_json(item) for item in items]


def items_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The items of a row, in their order."""
    return tuple(_item(entry) for entry in stored)


def _item(stored: Mapping[str, Any]) -> Item:
    match = stored.get("match")
    return Item(
        id=stored["id"],
        label=stored["label"],
        box=Box(*stored["box"]),
        status=ItemStatus(stored["status"]),
        match=Match(match) if match else None,
        results=tuple(_result(result) for result in stored.get("results", ())),
    )


def _result(stored: Mapping[str, Any]) -> Result:
    """What a newer version wrote besides is left out: both may run while one is replaced."""
    return Result(**{name: stored[name] for name in Result.__slots__ if name in stored})


def _result_json(result: Result) -> dict[str, Any]:
    return {name: getattr(result, name) for name in Result.__slots__}


def filters_json(filters: Filters) -> dict[str, Any] | None:
    """What differs from a search without filters, prices as exact text; None if nothing does."""
    if filters.empty and not filters.other_kinds:
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
