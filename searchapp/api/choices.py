"""The items that a person asks to search."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from searchapp.api.models import DrawnSchema, WantedSchema
from searchapp.domain.search import Box, WantedItem
from searchapp.errors import BadItems
from searchapp.jobs.item_selection import MAX_ITEMS

_LIST = TypeAdapter(list[WantedSchema])


def wanted_boxes(text: str, width: int, height: int) -> list[WantedItem]:
    """The boxes in the form field ``items``.

    :param text: JSON; ids make no sense before there are suggestions.
    :raises BadItems: no list of 1 to MAX_ITEMS boxes inside a picture of ``width x height``.
    """
    try:
        shapes = _LIST.validate_json(text)
    except (ValidationError, RecursionError):
        raise BadItems("no list of boxes") from None
    if any(shape.box is None for shape in shapes):
        raise BadItems("an id in a new search")
    return wanted_items(shapes, width, height)


def wanted_items(
    shapes: Sequence[WantedSchema], width: int | None, height: int | None
) -> list[WantedItem]:
    """The chosen items.

    :raises BadItems: none or too many, one id twice, or a box that leaves the picture.
    """
    if not 1 <= len(shapes) <= MAX_ITEMS:
        raise BadItems(f"{len(shapes)} items")
    ids = [shape.id for shape in shapes if shape.id is not None]
    if len(set(ids)) != len(ids):
        raise BadItems("an id came twice")
    wanted = [_wanted(shape) for shape in shapes]
    for item in wanted:
        if item.box and width and height and item.box.clipped(width, height) != item.box:
            raise BadItems("a box leaves the picture")
    return wanted


def drawn_items(
    shapes: Sequence[DrawnSchema], width: int | None, height: int | None
) -> list[WantedItem]:
    """The drawn boxes.

    :raises BadItems: none or too many, or a box that leaves the picture.
    """
    wanted = [WantedSchema(box=shape.box, label=shape.label) for shape in shapes]
    return wanted_items(wanted, width, height)


def _wanted(shape: WantedSchema) -> WantedItem:
    box = Box(*shape.box) if shape.box is not None else None
    return WantedItem(id=shape.id, box=box, label=shape.label)
