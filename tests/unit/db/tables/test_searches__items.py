"""Items as JSON, there and back."""

from __future__ import annotations

import json

from searchapp.db.tables.searches import items_from_json, items_json
from searchapp.domain.search import Box, Item, ItemStatus, Match, Result

RESULT = Result("p1", "티셔츠", "brand", 15000.0, "KRW", "https://shop", "/i", 0.5, "catalogue")


def test_items__there_and_back() -> None:
    items = (
        Item("i1", "top", Box(1, 2, 3, 4), ItemStatus.DONE, Match.SAME, (RESULT,)),
        Item("i2", "shoes", Box(5, 6, 7, 8), ItemStatus.PENDING),
    )
    stored = json.loads(json.dumps(items_json(items)))
    assert items_from_json(stored) == items
