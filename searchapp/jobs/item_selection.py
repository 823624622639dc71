"""What a person asked to search, checked against the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from searchapp.domain.search import Box, Item, ItemStatus, WantedItem
from searchapp.domain.taxonomy import LABELS
from searchapp.errors import BadItems

MAX_ITEMS = 12
"""More pieces of clothing than that are on no photo that we can help with."""

SMALLEST_SIDE = 4
"""Pixels: a box of less shows nothing."""

UNNAMED = "whole"
"""The label of a box that the person gave no label."""


def new_items(wanted: Sequence[WantedItem], *, width: int, height: int) -> tuple[Item, ...]:
    """Items for boxes of the person's own, on a picture of ``width`` x ``height`` pixels.

    :raises BadItems: none, too many, one without a box, outside the picture, unknown label.
    """
    _check_count(wanted)
    return tuple(_drawn(f"i{n}", wish, width, height) for n, wish in enumerate(wanted, 1))


def chosen_items(
    suggested: Sequence[Item], wanted: Sequence[WantedItem], *, width: int, height: int
) -> tuple[Item, ...]:
    """What the person chose of ``suggested``, and what they drew besides, in their order.

    :raises BadItems: as :func:`new_items`, and for an id that was not suggested or named twice.
    """
    _check_count(wanted)
    known = {item.id: item for item in suggested}
    chosen = [
        _taken(known, wish) if wish.id is not None else _drawn(f"d{n}", wish, width, height)
        for n, wish in enumerate(wanted, 1)
    ]
    if len({item.id for item in chosen}) < len(chosen):
        raise BadItems("named twice")
    return tuple(chosen)


def _check_count(wanted: Sequence[WantedItem]) -> None:
    if not 1 <= len(wanted) <= MAX_ITEMS:
        raise BadItems(f"{len(wanted)} items")


def _taken(known: dict[str, Item], wish: WantedItem) -> Item:
    item = known.get(wish.id or "")
    if item is None:
        raise BadItems("unknown id")
    return replace(item, status=ItemStatus.PENDING)


def _drawn(item_id: str, wish: WantedItem, width: int, height: int) -> Item:
    if wish.box is None:
        raise BadItems("no box")
    if wish.label is not None and wish.label not in LABELS:
        raise BadItems("unknown label")
    return Item(
        id=item_id,
        label=wish.label or UNNAMED,
        box=_inside(wish.box, width, height),
        status=ItemStatus.PENDING,
    )


def _inside(box: Box, width: int, height: int) -> Box:
    clipped = box.clipped(width, height)
    if clipped is None or min(clipped.width, clipped.height) < SMALLEST_SIDE:
        raise BadItems("outside the picture")
    return clipped
