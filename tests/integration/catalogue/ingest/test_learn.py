"""Learning from a catalogue's own pairs of photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.ingest.learn import LEAST_PAIRS, learn
from searchapp.catalogue.matching.candidates import learned_of
from searchapp.catalogue.matching.scores import NOTHING_LEARNED
from searchapp.db.engine import transaction
from searchapp.db.repositories import learned
from searchapp.domain.search import Box
from searchapp.errors import OperatorError
from searchapp.imaging.picture import UprightImage, make_upright
from searchapp.vision.features.item_arrays import EMBEDDING_DIM, ItemFeatures, Vector, ViewFeatures
from tests.support.catalogue import FakePictures, FakeVision, importer, row, swatch, unit

PAIRS = LEAST_PAIRS + 20
SHARED = 6
"""So many directions tell the garments; in all others the two photos have nothing in common."""


class PairVision(FakeVision):
    """Garments are points of a small space; wearing adds a direction of its own to the photo."""

    def __init__(self, pairs: int) -> None:
        super().__init__("pairs-1")
        self._known: list[tuple[int, bool]] = []
        tiles = []
        for number in range(1, pairs + 1):
            for worn in (False, True):
                self._known.append((number, worn))
                tiles.append(_tiles(make_upright(swatch(number + 5000 * worn)).image.pixels))
        self._places = np.stack(tiles)

    def _vector(self, picture: UprightImage) -> tuple[Vector, bool]:
        # Kept pictures are JPEGs, not the very pixels.
        apart = np.abs(self._places - _tiles(picture.pixels)).sum(axis=1)
        number, worn = self._known[int(apart.argmin())]
        garment = np.zeros(EMBEDDING_DIM, np.float32)
        garment[:SHARED] = unit(bytes([number % 256, number // 256]), SHARED)
        photo = np.zeros(EMBEDDING_DIM, np.float32)
        photo[SHARED:] = unit(bytes([number % 256, worn]), EMBEDDING_DIM - SHARED)
        vector = garment + 2.5 * photo
        return (vector / np.linalg.norm(vector)).astype(np.float32), worn

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        vector, worn = self._vector(picture)
        full = replace(super().describe_product(picture)[0], embedding=vector, worn=worn)
        return [full, replace(full, kind="garment")]

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        item = super().describe_query(picture, box, label)
        rows, worn = self._vector(picture)[0][None], self._vector(picture)[1]
        colour = np.zeros_like(item.colour)
        return replace(item, colour=colour, lookup=rows, vectors=rows, alone=rows, worn=worn)


def _tiles(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    return pixels[height // 8 :: height // 4, width // 6 :: width // 3].astype(int).ravel()


async def stock(engine: AsyncEngine, pairs: int) -> None:
    rows = [row(n, images=(f"p{n}", f"w{n}")) for n in range(1, pairs + 1)]
    pictures = {f"p{n}": swatch(n) for n in range(1, pairs + 1)}
    pictures |= {f"w{n}": swatch(n + 5000) for n in range(1, pairs + 1)}
    await import_feed(importer(engine, PairVision(pairs)), "shop", rows, FakePictures(pictures))


async def test_learn__what_is_better_on_held_out_pairs_is_used_until_it_is_forgotten(
    engine: AsyncEngine,
) -> None:
    await stock(engine, PAIRS)
    reported: list[int] = []
    vision = PairVision(PAIRS)
    found = await learn(importer(engine, vision), lambda done, _total: reported.append(done))
    assert reported == list(range(1, PAIRS + 1))
    assert found.report["used"]
    assert found.report["after"]["R@1"] > found.report["before"]["R@1"]
    async with transaction(engine) as session:
        projection = (await learned_of(session, vision.embedding_name)).projection
        assert projection is not None
        assert projection.axes.shape[1] == EMBEDDING_DIM
        assert await learned.forget(session, vision.embedding_name, learned.PROJECTION)
    async with transaction(engine) as session:
        assert await learned_of(session, vision.embedding_name) == NOTHING_LEARNED
        assert not await learned.forget(session, vision.embedding_name, learned.PROJECTION)


async def test_learn__too_few_pairs(engine: AsyncEngine) -> None:
    await stock(engine, 3)
    with pytest.raises(OperatorError, match=f"3 products .* {LEAST_PAIRS} are needed"):
        await learn(importer(engine, PairVision(3)), lambda _done, _total: None)
