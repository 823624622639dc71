"""What people look for: how often, by kind and colour, and how well the catalogue answers.

Counts alone are kept, by day: no photo, no search, no person.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import products
from searchapp.domain.search import Match
from searchapp.domain.taxonomy import WHOLE
from searchapp.vision.features.colour import colour_family_of
from searchapp.vision.features.item_arrays import ItemFeatures

SURE_COLOUR = 0.4
"""Share of an item's colours from which on it counts as being of one family."""


async def count_demand(session: AsyncSession, item: ItemFeatures, match: Match, day: date) -> None:
    """Counts one item that was searched, and how well it was found."""
    colour = colour_family_of(item.colour, SURE_COLOUR)
    await products.count_demand(session, day, item.label or WHOLE, colour, match.value)


async def demand_csv(session: AsyncSession, since: date) -> AsyncIterator[str]:
    """Kinds and colours that were searched since then, as lines of a CSV: those that were not found
    most often come first."""
    yield _line("kind", "colour", "searched", "same", "similar", "none")
    for row in await products.demand(session, since):
        yield _line(row.kind, row.colour, row.searched, row.same, row.similar, row.none)


def _line(*values: object) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()
