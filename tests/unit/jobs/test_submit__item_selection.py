"""What a person asked to search."""

from __future__ import annotations

import pytest

from searchapp.domain.search import Box, Item, ItemStatus, WantedItem
from searchapp.errors import BadItems
from searchapp.jobs.submit import MAX_ITEMS, chosen_items, new_items

SUGGESTED = (
    Item("i1", "top", Box(0, 0, 50, 50), ItemStatus.SUGGESTED),
    Item("i2", "shoes", Box(50, 50, 50, 50), ItemStatus.SUGGESTED),
)


def test_new_items__in_their_order() -> None:
    wanted = [WantedItem(box=Box(1, 2, 30, 40), label="bag"), WantedItem(box=Box(0, 0, 9, 9))]
    assert [(i.id, i.label, i.box) for i in new_items(wanted, width=100, height=100)] == [
        ("i1", "bag", Box(1, 2, 30, 40)),
        ("i2", "whole", Box(0, 0, 9, 9)),
    ]


def test_new_items__clipped_to_the_picture() -> None:
    [item] = new_items([WantedItem(box=Box(-10, 90, 50, 50))], width=100, height=100)
    assert item.box == Box(0, 90, 40, 10)


@pytest.mark.parametrize(
    "box",
    [Box(100, 0, 10, 10), Box(0, 0, 0, 10), Box(97, 0, 50, 50), Box(-50, 0, 50, 50)],
    ids=["beside", "empty", "sliver", "left"],
)
def test_new_items__nothing_to_see(box: Box) -> None:
    with pytest.raises(BadItems):
        new_items([WantedItem(box=box)], width=100, height=100)


@pytest.mark.parametrize("count", [0, MAX_ITEMS + 1])
def test_new_items__how_many(count: int) -> None:
    with pytest.raises(BadItems):
        new_items([WantedItem(box=Box(0, 0, 10, 10))] * count, width=100, height=100)


def test_new_items__an_id_names_nothing_yet() -> None:
    with pytest.raises(BadItems):
        new_items([WantedItem(id="i1")], width=100, height=100)


def test_chosen_items__suggested_and_drawn() -> None:
    wanted = [WantedItem(id="i2"), WantedItem(box=Box(0, 0, 10, 10))]
    chosen = chosen_items(SUGGESTED, wanted, width=100, height=100)
    assert [(i.id, i.status) for i in chosen] == [
        ("i2", ItemStatus.PENDING),
        ("d2", ItemStatus.PENDING),
    ]
    assert chosen[0].box == SUGGESTED[1].box


@pytest.mark.parametrize("ids", [["i3"], ["i1", "i1"], [""]], ids=["unknown", "twice", "empty"])
def test_chosen_items__bad_ids(ids: list[str]) -> None:
    with pytest.raises(BadItems):
        chosen_items(SUGGESTED, [WantedItem(id=name) for name in ids], width=100, height=100)
