"""Which form a feed has, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path

from searchapp.catalogue.feeds import forms, variants, xml
from searchapp.catalogue.feeds.containers import unpacked
from searchapp.catalogue.feeds.forms import Parsed, Rows, each
from searchapp.catalogue.feeds.records import json_rows, looks_like_json, looks_tagged, tagged_rows
from searchapp.catalogue.feeds.rows import FeedOptions, FeedRow, RawRow
from searchapp.catalogue.feeds.tables import Table, encoding_of
from searchapp.catalogue.feeds.validation import check_all
from searchapp.catalogue.feeds.xml import looks_like_xml
from searchapp.errors import OperatorError

_PICTURE = frozenset({"image_src", "product_image_url"})
_NAVER = frozenset({"price_pc", "category_name1", "add_image_link"})
_HEAD = 4096
_SHOWN = 6
"""Columns of an unknown feed that are named."""


def read_feed(path: Path, options: FeedOptions | None = None) -> Iterator[FeedRow]:
    """The rows of the feed at ``path``, in its order, read as they are asked for.

    :raises OperatorError: the file cannot be opened, or is of no known form.
    """
    options = options or FeedOptions()
    try:
        with unpacked(path) as plain:
            yield from check_all(_parsed(plain, options), options)
    except OSError as error:
        raise OperatorError(
            f"{path} cannot be read ({error.strerror or error}). Check the path and its rights."
        ) from None


def _parsed(path: Path, options: FeedOptions) -> Parsed:
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if looks_tagged(start):
        yield from each(tagged_rows(path), forms.daum)
    elif looks_like_xml(start):
        yield from _records(xml.rows(path, options.mapping), options)
    elif looks_like_json(start):
        yield from _records(json_rows(path, options.mapping), options)
    else:
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
            table = Table(file, options.mapping)
            yield from _table(table, path, options)


def _records(rows: Rows, options: FeedOptions) -> Parsed:
    """XML and JSON name their fields in each row: the first rows tell the form."""
    iterator = iter(rows)
    first = list(islice(iterator, 20))
    names = frozenset(
        name
        for row in first
        if isinstance(row, RawRow)
        for name, value in row.fields.items()
        if value
    )
    every = chain(first, iterator)
    if {"@id", "price"} <= names and {"picture", "url"} & names:
        return each(every, forms.yandex)
    if "url_handle" in names or {"handle", "variant_price"} <= names:
        return variants.shopify(every, options)
    if _NAVER & names:
        return each(every, forms.naver)
    return each(every, partial(forms.google, price_required="price" in names))


def _table(table: Table, path: Path, options: FeedOptions) -> Parsed:
    columns = table.columns
    if {"handle", "url_handle"} & columns and "title" in columns and _PICTURE & columns:
        return variants.shopify(table.rows("handle", "url_handle"), options)
    if {"type", "name", "images", "regular_price"} <= columns:
        return variants.woocommerce(table.rows("sku", "id"), options)
    if {"상품코드", "상품명", "판매가"} <= columns:
        return each(table.rows("상품코드"), partial(forms.cafe24, options=options))
    if {"id", "productdisplayname"} <= columns:
        return each(table.rows("id"), forms.styles)
    if {"id", "title", "image_link"} <= columns:
        rows = table.rows("id")
        if _NAVER & columns:
            return each(rows, forms.naver)
        return each(rows, partial(forms.google, price_required="price" in columns))
    raise OperatorError(_unknown(table, path))


def _unknown(table: Table, path: Path) -> str:
    """What was seen of a feed of no known form, and what to do."""
    names = [name.strip()[:40] for name in table.header if name.strip()]
    seen = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    shown = "".join(letter if letter.isprintable() else "?" for letter in seen)
    return (
        f"{path.name} is not a feed we know. Its first columns: {shown or 'none'}. Say which are "
        "id, title, link, image_link and price in a mapping file: --map map.yaml with "
        f"'columns: {{id: {names[0] if shown and names else 'COLUMN'}, ...}}'"
    )
