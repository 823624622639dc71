"""What was learned from a catalogue for the vectors of one model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import insert_or_update
from searchapp.db.tables.products import learned_matching

PROJECTION, NUMBERS = "projection", "numbers"

_PAIRED = text(
    "SELECT p.number, p.kind FROM product_views v JOIN product_pictures s USING (image_key)"
    " JOIN products p ON p.number = s.product WHERE p.model = :model AND v.kind = 'garment'"
    " GROUP BY p.number HAVING count(DISTINCT get_byte(v.extras, 4)) > 1"
    " ORDER BY hashint8(p.number) LIMIT :most"
)
"""Byte 4 of ``extras`` tells whether a person wears the garment (``feature_codec``)."""

_ANY = text(
    "SELECT number, kind FROM products WHERE model = :model AND image_key <> ''"
    " ORDER BY hashint8(number) LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was learned; ``data`` is empty if it is not used."""

    what: str
    data: bytes
    report: dict[str, Any]
    learned_at: datetime | None = None


async def stamps(session: AsyncSession, model: str) -> dict[str, datetime]:
    """What was learned for a model -> when."""
    columns = learned_matching.c
    rows = await session.execute(
        select(columns.what, columns.learned_at).where(columns.model == model)
    )
    return {row.what: row.learned_at for row in rows}


async def findings(session: AsyncSession, model: str) -> dict[str, Finding]:
    """Everything that was learned for a model."""
    rows = await session.execute(select(learned_matching).where(learned_matching.c.model == model))
    return {row.what: Finding(row.what, row.data, row.report, row.learned_at) for row in rows}


async def keep(session: AsyncSession, model: str, found: Finding) -> None:
    """Puts ``found`` in the place of what was learned before."""
    key = {"model": model, "what": found.what}
    values = {"data": found.data, "report": found.report, "learned_at": func.now()}
    await session.execute(insert_or_update(learned_matching, key, values))


async def forget(session: AsyncSession, model: str, what: str) -> bool:
    """Whether there was something to forget."""
    columns = learned_matching.c
    removed = await session.execute(
        delete(learned_matching)
        .where(columns.model == model, columns.what == what)
        .returning(columns.model)
    )
    return removed.first() is not None


async def paired_products(session: AsyncSession, model: str, most: int) -> dict[int, str]:
    """Numbers of products with a photo of the garment worn and one of it alone -> their kind."""
    rows = await session.execute(_PAIRED, {"model": model, "most": most})
    return {row.number: row.kind for row in rows}


async def some_products(session: AsyncSession, model: str, most: int) -> dict[int, str]:
    """Numbers of up to ``most`` products, always the same ones of a catalogue -> their kind."""
    rows = await session.execute(_ANY, {"model": model, "most": most})
    return {row.number: row.kind for row in rows}
