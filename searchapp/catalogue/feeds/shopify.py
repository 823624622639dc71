"""Shopify's product CSV: a product is a run of rows with one handle, one row a variant or picture.

Both templates are read: the older one (``Handle``, ``Variant Price``, ``Image Src``) and the newer
one (``URL handle``, ``Price``, ``Product image URL``).  Neither carries a currency or a link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import quote, urlsplit

from searchapp.catalogue.feeds.availability import whole_number
from searchapp.catalogue.feeds.rows import FeedOptions, ParsedRow, RawRow, RefusedRow

_COLOUR_NAMES = frozenset({"color", "colour", "색상", "컬러"})
_HIDDEN = frozenset({"draft", "archived"})


def candidates(
    rows: Iterable[RawRow | RefusedRow], options: FeedOptions
) -> Iterator[ParsedRow | RefusedRow]:
    """One candidate a handle; rows of one handle stand together, as Shopify exports them."""
    for handle, group in groupby(rows, key=_handle):
        block = list(group)
        refused = [row for row in block if isinstance(row, RefusedRow)]
        yield from refused
        raw = [row for row in block if isinstance(row, RawRow)]
        if raw:
            yield _product(handle, raw, options)


def _handle(row: RawRow | RefusedRow) -> str:
    return row.id if isinstance(row, RefusedRow) else row.get("handle", "url_handle")


def _product(handle: str, rows: list[RawRow], options: FeedOptions) -> ParsedRow | RefusedRow:
    head = rows[0]
    if hidden := _hidden(head):
        return RefusedRow(head.number, handle, f"not on sale: {hidden}", off_sale=True)
    images = _images(rows)
    return ParsedRow(
        number=head.number,
        id=handle,
        title=head.get("title"),
        link=_link(handle, head, images, options),
        link_required=False,
        images=images or ("",),
        price=next(filter(None, (row.get("variant_price", "price") for row in rows)), ""),
        currency="KRW",
        price_required=True,
        brand=head.get("vendor"),
        category=head.get("type", "product_category"),
        colour=", ".join(_colours(rows)),
        availability="" if any(map(_sellable, rows)) else "out_of_stock",
    )


def _hidden(head: RawRow) -> str:
    """Why the shop does not show the product, or nothing."""
    if head.get("status").lower() in _HIDDEN:
        return f"its status is {head.get('status')}"
    published = head.get("published", "published_on_online_store").lower()
    return "it is not published" if published == "false" else ""


def _images(rows: list[RawRow]) -> tuple[str, ...]:
    """By ``Image Position``; those without one, then pictures of variants, come last."""
    main = sorted((row for row in rows if _image(row)), key=_position)
    variants = [row.get("variant_image", "variant_image_url") for row in rows]
    ordered = [_image(row) for row in main]
    return tuple(dict.fromkeys(filter(None, [*ordered, *variants])))


def _image(row: RawRow) -> str:
    return row.get("image_src", "product_image_url")


def _position(row: RawRow) -> float:
    position = whole_number(row.get("image_position"))
    return math.inf if position is None else position


def _link(handle: str, head: RawRow, images: tuple[str, ...], options: FeedOptions) -> str:
    """A link column if somebody added one, else the shop's address and the handle."""
    if head.get("link", "url"):
        return head.get("link", "url")
    shop = options.shop_url.rstrip("/") or _shop_of(images)
    return f"{shop}/products/{quote(handle)}" if shop and handle else ""


def _shop_of(images: tuple[str, ...]) -> str:
    """Shops serve their pictures under their own name too: ``https://shop.com/cdn/shop/...``."""
    try:
        parts = urlsplit(images[0]) if images else None
    except ValueError:
        return ""
    own = parts is not None and parts.scheme == "https" and parts.path.startswith("/cdn/shop/")
    return f"https://{parts.netloc}" if own and parts is not None else ""


def _colours(rows: list[RawRow]) -> list[str]:
    """Option names stand in the first row only, values in each."""
    for number in ("1", "2", "3"):
        if rows[0].get(f"option{number}_name").lower() in _COLOUR_NAMES:
            values = (row.get(f"option{number}_value") for row in rows)
            return list(dict.fromkeys(filter(None, values)))[:5]
    return []


def _sellable(row: RawRow) -> bool:
    """In stock, sold on order, or not counted at all."""
    quantity = whole_number(row.get("variant_inventory_qty", "inventory_quantity"))
    policy = row.get("variant_inventory_policy", "continue_selling_when_out_of_stock").lower()
    if not row.get("variant_price", "price"):
        return False
    return policy in ("continue", "true") or quantity is None or quantity > 0
