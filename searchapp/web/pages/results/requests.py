"""What the page of a search may ask for, checked before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from searchapp.domain.phone import Phone
from searchapp.domain.product import Filters
from searchapp.domain.search import CATALOGUE, Box, SearchJob, WantedItem
from searchapp.domain.taxonomy import LABELS
from searchapp.errors import BadFilter, BadItems, NotAllowedNow
from searchapp.http.requests import consented_phone, form_filters
from searchapp.web.pages.results.view import without

Form = dict[str, str]

DrawnBox = dict[str, float | int | str | None]
"""A box that was drawn on the page: ``x``, ``y``, ``w`` and ``h`` in parts of the picture's sides,
and its ``label`` if it has one."""


def of_catalogue(job: SearchJob, item_id: str, product_id: str) -> bool:
    """Whether a result is of our catalogue: what others sell is not ours to rank."""
    return any(
        result.product_id == product_id and result.source == CATALOGUE
        for item in job.items
        if item.id == item_id
        for result in item.results
    )


def phone_of(form: Form) -> Phone | None:
    """The number in a form, None when none was typed; its consent is checked with the request.

    :raises errors.BadPhone: it is no mobile number.
    """
    return consented_phone(form.get("phoneNumber", "")[:40], None, consented=True)


def boxes_of(drawn: Sequence[DrawnBox], job: SearchJob) -> list[WantedItem]:
    """Drawn boxes in pixels of the job's picture.

    :raises errors.BadItems: one is no box.
    :raises errors.NotAllowedNow: there is no picture yet.
    """
    width, height = job.photo_width, job.photo_height
    if width is None or height is None:
        raise NotAllowedNow("no upright photo")
    return [_pixels(box, width, height) for box in drawn]


def _pixels(box: DrawnBox, width: int, height: int) -> WantedItem:
    """Edges are rounded, not sides: what ends at the picture's edge stays inside."""
    sides = [box.get(side) for side in ("x", "y", "w", "h")]
    if not all(isinstance(side, int | float) and 0 <= side <= 1 for side in sides):
        raise BadItems("no box")
    x, y, w, h = (float(side or 0) for side in sides)
    left, top = round(x * width), round(y * height)
    right, bottom = round(min(1.0, x + w) * width), round(min(1.0, y + h) * height)
    label = str(box.get("label") or "") or None
    if label is not None and label not in LABELS:
        raise BadItems("unknown label")
    return WantedItem(box=Box(left, top, right - left, bottom - top), label=label)


def wanted_items(job: SearchJob, drawn: object) -> list[WantedItem]:
    """The drawn boxes, else the pieces of ``job``, else all of its photo."""
    if isinstance(drawn, list):
        return boxes_of([box for box in drawn if isinstance(box, dict)], job)
    if job.photo_width is None or job.photo_height is None:
        raise NotAllowedNow("no upright photo")
    whole = WantedItem(box=Box(0, 0, job.photo_width, job.photo_height))
    return [WantedItem(box=item.box, label=item.label) for item in job.items] or [whole]


def wanted_filters(before: Filters, wish: dict[str, Any]) -> Filters:
    """The filters of a search with what is dropped and what is added.

    :raises errors.BadFilter: one cannot be read, or the prices are crossed.
    """
    dropped, added = wish.get("drop"), wish.get("narrow")
    try:
        kept = without(before, dropped) if isinstance(dropped, str) else before
    except KeyError:
        raise BadFilter("drop") from None
    kept = replace(kept, other_kinds=kept.other_kinds or wish.get("kinds") is True)
    return narrowed(kept, added) if isinstance(added, dict) else kept


_SHEET = {"kind": "category", "colour": "colour", "brand": "brand", "currency": "currency"}
"""Fields of the sheet, and what requests call them."""


def narrowed(before: Filters, added: dict[str, Any]) -> Filters:
    """``before`` with the filters of the sheet; a price is one filter, whichever end is given, and
    zero is none.

    :raises errors.BadFilter: one cannot be read, or the prices are crossed.
    """
    given = {name: str(added.get(key) or "") for key, name in _SHEET.items()}
    for key, name in (("low", "priceFrom"), ("high", "priceTo")):
        given[name] = "" if added.get(key) == "0" else str(added.get(key) or "")
    new = form_filters(given)
    priced = new.price_from is not None or new.price_to is not None
    price = new if priced else before
    return replace(
        before,
        kind=new.kind or before.kind,
        colour=new.colour or before.colour,
        brand=new.brand or before.brand,
        price_from=price.price_from,
        price_to=price.price_to,
        currency=price.currency,
        in_stock=before.in_stock or added.get("stock") is True,
    )
