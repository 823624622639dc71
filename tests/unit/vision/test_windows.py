"""Long pictures by windows, with an engine that finds coloured blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from searchapp.domain.search import Box
from searchapp.imaging.picture import UprightImage, working_size
from searchapp.vision import windows
from searchapp.vision.features.item_arrays import ItemFeatures, Region, ViewFeatures

SCALE = 2
"""Pixels of the upright picture for one of the working copy."""


@dataclass
class BlockEngine:
    """Finds each colour that is not white as one region; remembers what it described."""

    embedding_name: str = "blocks"
    dimension: int = 4
    looks: int = 0
    described: list[tuple[UprightImage, Box]] = field(default_factory=list)

    def warm(self) -> None:
        """Nothing to load."""

    def regions(self, picture: UprightImage) -> list[Region]:
        self.looks += 1
        grey = picture.pixels[..., 0]
        scale = picture.width / picture.pixels.shape[1]
        found = []
        for value in np.unique(grey[grey < 255]).tolist():
            rows, columns = np.nonzero(grey == value)
            left, top = columns.min() * scale, rows.min() * scale
            size = (np.ptp(columns) + 1) * scale, (np.ptp(rows) + 1) * scale
            found.append(Region(Box(*(round(x) for x in (left, top, *size))), "top", 0.9))
        whole = Box(0, 0, picture.width, picture.height)
        return found or [Region(whole, "whole", 0.1)]

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        assert label == "top"
        self.described.append((picture, box))
        return ItemFeatures.__new__(ItemFeatures)

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        raise NotImplementedError


def page(*blocks: tuple[int, int], length: int = 2000, across: bool = False) -> UprightImage:
    """A long white page, 200 pixels wide, with blocks (start and length) in their own greys."""
    pixels = np.full((length, 200, 3), 255, np.uint8)
    for number, (start, size) in enumerate(blocks):
        pixels[start : start + size, 40:160] = 10 * (number + 1)
    pixels = pixels.transpose(1, 0, 2) if across else pixels
    height, width = pixels.shape[:2]
    return UprightImage(np.ascontiguousarray(pixels), width * SCALE, height * SCALE)


@pytest.mark.parametrize("across", [False, True])
def test_regions__each_thing_once_in_order_and_in_the_wholes_pixels(across: bool) -> None:
    blocks = [(50, 150), (300, 160), (700, 90), (1240, 200), (1800, 150)]
    found = windows.regions(BlockEngine(), page(*blocks, across=across))
    spans = [(r.box.x, r.box.width) if across else (r.box.y, r.box.height) for r in found]
    expected = [(start * SCALE, size * SCALE) for start, size in blocks]
    assert len(spans) == len(expected)
    assert np.abs(np.array(spans) - expected).max() <= 2


def test_regions__a_thing_longer_than_half_a_window_is_put_together() -> None:
    (found,) = windows.regions(BlockEngine(), page((110, 260)))
    assert abs(found.box.y - 220) <= 2
    assert abs(found.box.height - 520) <= 2


def test_regions__short_pictures_are_seen_once() -> None:
    engine = BlockEngine()
    picture = page((50, 100), length=480)
    assert len(windows.regions(engine, picture)) == 1
    assert engine.looks == 1


def test_regions__an_empty_page_is_suggested_as_a_whole() -> None:
    (found,) = windows.regions(BlockEngine(), page())
    assert found.label == "whole"
    assert found.box == Box(0, 0, 400, 4000)


def test_regions__bounded() -> None:
    engine = BlockEngine()
    found = windows.regions(engine, page(*[(n * 80 + 10, 50) for n in range(20)]))
    assert len(found) == windows.MAX_REGIONS
    engine.looks = 0
    windows.regions(engine, page(length=20_000))
    assert engine.looks <= windows.MAX_WINDOWS + 1


def test_windows__of_a_picture_one_pixel_wide() -> None:
    thin = UprightImage(np.zeros((3000, 1, 3), np.uint8), 1, 3000)
    assert [part.image.pixels.shape for part in windows.windows(thin)] == [(1, 1, 3)] * 24


def test_windows__cover_everything_and_overlap_by_half() -> None:
    parts = windows.windows(page())
    assert parts[0].box.y == 0
    assert parts[-1].box.y + parts[-1].box.height == 4000
    for one, following in pairwise(parts):
        assert following.box.y - one.box.y <= one.box.height / 2
        assert one.image.pixels.shape[1] == 200


def test_describe__within_a_window_around_the_item() -> None:
    engine = BlockEngine()
    windows.describe(engine, page((700, 90)), Box(80, 1400, 240, 180), "top")
    ((picture, box),) = engine.described
    assert (picture.width, picture.height) == (400, 560)
    assert (box.width, box.height) == (240, 180)
    scaled = picture.pixels[box.y // SCALE + 5, box.x // SCALE + 5, 0]
    assert scaled == 10


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (1280, 960)),
        ((1080, 2400), (576, 1280)),
        ((1080, 9600), (540, 4800)),
        ((9600, 1080), (4800, 540)),
        ((300, 3000), (300, 3000)),
        ((800, 600), (800, 600)),
    ],
)
def test_working_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(*size) == expected


def test_working_size__bounded() -> None:
    width, height = working_size(1000, 49_000)
    assert width * height <= 6_100_000
