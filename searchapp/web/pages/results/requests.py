"""What the page of a search may ask for, checked before anything is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.catalogue.matching.candidates import SOURCE
from searchapp.domain.phone import Phone, parse_phone
from searchapp.domain.product import Filters
from searchapp.domain.search import Box, SearchJob, WantedItem
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.errors import (
    BadFilter,
    BadItems,
    NotAllowedNow,
    PricesCrossed,
)
from searchapp.web.pages.results.view import without

KOREA = 82


MOST_BOXES = 20


Form = dict[str, str]


DrawnBox = dict[str, float | int | str | None]
"""A box that was drawn on the page: ``x``, ``y``, ``w`` and ``h`` in parts of the picture's sides,
and its ``label`` if it has one."""


def of_catalogue(job: SearchJob, item_id: str, product_id: str) -> bool:
    """Whether a result is of our catalogue: what others sell is not ours to rank."""
    return any(
        result.product_id == product_id and result.source == SOURCE
        for item in job.items
        if item.id == item_id
        for result in item.results
    )


def phone_of(form: Form) -> Phone | None:
    """The number in a form, None when none was typed.

    :raises errors.BadPhone: it is no mobile number.
    """
    number = form.get("phoneNumber", "").strip()[:40]
    return parse_phone(number, KOREA) if number else None


def boxes_of(drawn: Sequence[DrawnBox], job: SearchJob) -> list[WantedItem]:
    """Drawn boxes in pixels of the job's picture.

    :raises errors.BadItems: one is no box.
    :raises errors.NotAllowedNow: there is no picture yet.
    """
    width, height = job.photo_width, job.photo_height
    if width is None or height is None:
        raise NotAllowedNow("no upright photo")
    return [_pixels(box, width, height) for box in drawn[:MOST_BOXES]]


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


def wanted_pieces(job: SearchJob, drawn: object) -> list[WantedItem]:
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
        kept = replace(kept, other_kinds=kept.other_kinds or wish.get("kinds") is True)
        return narrowed(kept, added) if isinstance(added, dict) else kept
    except (KeyError, InvalidOperation) as error:
        raise BadFilter(type(error).__name__) from None


def narrowed(before: Filters, added: dict[str, Any]) -> Filters:
    """``before`` with the filters of the sheet; a price is one filter, whichever end is given."""
    kind, colour = (str(added.get(name) or "") for name in ("kind", "colour"))
    brand = str(added.get("brand") or "").strip()
    low, high = (_price(added.get(end)) for end in ("low", "high"))
    known = kind in ("", *LABELS) and colour in ("", *COLOUR_FAMILIES)
    if not known or len(brand) > BRAND_LIMIT or not brand.isprintable():
        raise BadFilter("sheet")
    if low is not None and high is not None and low > high:
        raise PricesCrossed
    if low is not None or high is not None:
        currency = str(added.get("currency") or "KRW")
        if not re.fullmatch("[A-Z]{3}", currency):
            raise BadFilter("currency")
        before = replace(before, price_from=low, price_to=high, currency=currency)
    return replace(
        before,
        kind=kind or before.kind,
        colour=colour or before.colour,
        brand=brand or before.brand,
        in_stock=before.in_stock or added.get("stock") is True,
    )


def _price(text: object) -> Decimal | None:
    """A price of the sheet to the cent; nothing and zero are none."""
    if text in (None, "", "0"):
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", str(text)):
        raise BadFilter("price")
    return Decimal(f"{Decimal(str(text)):.2f}")
