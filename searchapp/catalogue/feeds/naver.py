"""Naver shopping's EP: tab-separated, prices in won, categories in four columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from searchapp.catalogue.feeds.rows import ParsedRow, RawRow, RefusedRow

_CATEGORIES = ("category_name1", "category_name2", "category_name3", "category_name4")


def candidates(rows: Iterable[RawRow | RefusedRow]) -> Iterator[ParsedRow | RefusedRow]:
    """One candidate a row."""
    for row in rows:
        yield row if isinstance(row, RefusedRow) else _candidate(row)


def _candidate(row: RawRow) -> ParsedRow:
    more = [part.strip() for part in row.get("add_image_link").split("|") if part.strip()]
    return ParsedRow(
        number=row.number,
        id=row.get("id"),
        title=row.get("title"),
        link=row.get("link", "mobile_link"),
        images=(row.get("image_link"), *more),
        price=_won(row.get("price_pc", "price_mobile", "price")),
        price_required=True,
        brand=row.get("brand", "maker"),
        category=" > ".join(filter(None, (row.get(name) for name in _CATEGORIES))),
        colour=row.get("color", "colour"),
        # A summary EP marks what left the shop with class D.
        availability="out_of_stock" if row.get("class").upper() == "D" else row.get("availability"),
    )


def _won(text: str) -> str:
    """EP amounts are won without saying so."""
    return f"{text} KRW" if text and text[-1].isdigit() and text[0].isdigit() else text
