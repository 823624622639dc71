"""Items and results as they are stored."""

from __future__ import annotations

from searchapp.db.tables.searches import items_from_json, items_json
from searchapp.domain.search import Box, Item, ItemStatus, Match, Result

RESULT = Result(
    "p", "t", "b", 1.0, "KRW", "https://s.example", "/i", 0.5, "catalogue", "blue", "top", False
)
ITEM = Item("i1", "top", Box(1, 2, 3, 4), ItemStatus.DONE, Match.SIMILAR, (RESULT,))


def test_items__there_and_back() -> None:
    assert items_from_json(items_json([ITEM])) == (ITEM,)


def test_items__of_an_older_and_of_a_newer_version() -> None:
    older, newer = items_json([ITEM, ITEM])
    for name in ("colour", "kind", "in_stock"):
        del older["results"][0][name]
    newer["results"][0]["something"] = "new"
    read = items_from_json([older, newer])
    assert [item.results[0].colour for item in read] == ["", "blue"]
    assert [(item.results[0].kind, item.results[0].in_stock) for item in read] == [
        ("", True),
        ("top", False),
    ]
