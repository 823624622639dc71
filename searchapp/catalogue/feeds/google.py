"""Google Merchant's fields, in CSV, TSV or XML (support.google.com/merchants/answer/7052112)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from searchapp.catalogue.feeds.rows import ParsedRow, RawRow, RefusedRow


def candidates(
    rows: Iterable[RawRow | RefusedRow], columns: frozenset[str]
) -> Iterator[ParsedRow | RefusedRow]:
    """One candidate a row; a feed that has a price column has to fill it."""
    for row in rows:
        yield row if isinstance(row, RefusedRow) else candidate(row, "price" in columns)


def candidate(row: RawRow, price_required: bool) -> ParsedRow:
    """``row`` in the common words."""
    more = row.get("additional_image_link")
    return ParsedRow(
        number=row.number,
        id=row.get("id"),
        title=row.get("title"),
        link=row.get("link", "mobile_link"),
        images=(row.get("image_link"), *_listed(more)),
        price=row.get("price"),
        # A sale that is bound to dates may be over when somebody sees it.
        sale_price="" if row.get("sale_price_effective_date") else row.get("sale_price"),
        price_required=price_required,
        brand=row.get("brand"),
        category=row.get("product_type", "google_product_category"),
        colour=row.get("color", "colour"),
        availability=row.get("availability"),
    )


def _listed(text: str) -> list[str]:
    """Addresses separated by commas; a comma inside an address has to be written ``%2C``."""
    return [part.strip() for part in text.split(",") if part.strip()]
