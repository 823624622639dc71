"""Which form a feed has, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from searchapp.catalogue.feeds import google, naver, shopify, xml
from searchapp.catalogue.feeds.rows import FeedOptions, FeedRow, ParsedRow, RefusedRow
from searchapp.catalogue.feeds.tables import Table, encoding_of
from searchapp.catalogue.feeds.validation import check_all
from searchapp.catalogue.feeds.xml_text import looks_like_xml
from searchapp.errors import OperatorError

_PICTURE = frozenset({"image_src", "product_image_url"})


def read_feed(path: Path, options: FeedOptions | None = None) -> Iterator[FeedRow]:
    """The rows of the feed at ``path``, in its order, read as they are asked for.

    :raises OperatorError: the file cannot be opened, or its header is of no known form.
    """
    options = options or FeedOptions()
    yield from check_all(_candidates(path, options), options)


def _candidates(path: Path, options: FeedOptions) -> Iterator[ParsedRow | RefusedRow]:
    try:
        if looks_like_xml(path):
            yield from google.candidates(xml.rows(path), frozenset({"price"}))
            return
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
            table = Table(file)
            yield from _table_candidates(table, path, options)
    except OSError as error:
        raise OperatorError(
            f"{path} cannot be read ({error.strerror or error}). Check the path and its rights."
        ) from None


def _table_candidates(
    table: Table, path: Path, options: FeedOptions
) -> Iterator[ParsedRow | RefusedRow]:
    columns = table.columns
    if {"handle", "url_handle"} & columns and "title" in columns and _PICTURE & columns:
        return shopify.candidates(table.rows("handle", "url_handle"), options)
    if {"id", "title", "image_link"} <= columns:
        is_naver = bool({"price_pc", "category_name1", "add_image_link"} & columns)
        rows = table.rows("id")
        return naver.candidates(rows) if is_naver else google.candidates(rows, columns)
    raise OperatorError(
        f"{path.name} is not a feed we know: its first line must name the columns of Google "
        "Merchant (id, title, link, image_link, price), Naver EP or Shopify."
    )
