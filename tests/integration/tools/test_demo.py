"""The demo catalogue: complete, and exactly what tools/demo draws on each machine."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from searchapp.catalogue.demo import FEED
from searchapp.catalogue.feeds import TakenRow, read_feed
from tools.demo.__main__ import PICTURES, feed_rows
from tools.demo.collection import collection, picture
from tools.demo.drawings import DRAWINGS
from tools.demo.scenes import SAMPLES, SCENES

THINGS = {thing.product.id: thing for thing in collection()}


def test_collection__a_few_hundred_of_every_kind() -> None:
    assert 250 <= len(collection()) <= 400
    assert {thing.style for thing in collection()} == set(DRAWINGS)
    assert len(THINGS) == len(collection())


def test_collection__titles_tell_things_apart() -> None:
    named = {(thing.product.title, thing.colours, thing.grain) for thing in collection()}
    assert len(named) == len(collection())


def test_pictures__one_for_each_thing() -> None:
    assert {path.stem for path in PICTURES.glob("*.webp")} == set(THINGS)


def test_feed__is_the_drawn_collection() -> None:
    with FEED.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == list(feed_rows())


def test_feed__is_read_as_any_other() -> None:
    taken = [row.product for row in read_feed(FEED) if isinstance(row, TakenRow)]
    assert [replace(product, images=(product.id,)) for product in taken] == [
        thing.product for thing in collection()
    ]
    assert all((FEED.parent / product.images[0]).is_file() for product in taken)


def test_feed__is_small() -> None:
    files = [path for path in FEED.parent.rglob("*") if path.suffix in {".csv", ".webp"}]
    assert sum(path.stat().st_size for path in files) <= 3_000_000


def test_samples__show_things_of_the_catalogue() -> None:
    shown = {placed.product for scene in SCENES.values() for placed in scene.things}
    assert shown <= set(THINGS)
    assert len(SAMPLES) >= 4


@pytest.mark.parametrize("style", sorted(DRAWINGS))
def test_picture__is_the_stored_one(style: str) -> None:
    thing = next(thing for thing in collection() if thing.style == style)
    drawn = picture(thing).resize((400, 500), Image.Resampling.LANCZOS)
    with Image.open(PICTURES / f"{thing.product.id}.webp") as stored:
        difference = np.asarray(drawn, float) - np.asarray(stored.convert("RGB"), float)
    assert np.abs(difference).mean() < 6
