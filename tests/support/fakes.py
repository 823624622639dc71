"""Vision and catalogue without models: fast, exact, and as slow or broken as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from searchapp.domain.product import Filters
from searchapp.domain.search import Box, Match, Result
from searchapp.domain.taxonomy import LABELS
from searchapp.errors import UnreadablePicture
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.jobs.ports import RankedResults
from searchapp.vision.features.item_arrays import COLOUR_DIM, EMBEDDING_DIM, ItemFeatures, Region

WIDTH, HEIGHT = 600, 800
UPRIGHT = b"upright:"
"""What the fake puts before a picture to make it upright."""
UNREADABLE = b"unreadable"
"""A picture that begins so cannot be opened."""


@dataclass
class FakeVision:
    """Sees one region for each of ``labels``; waits ``delay`` seconds at each step.

    Items whose label is in ``broken`` raise.
    """

    labels: Sequence[str] = ("top", "bottom", "shoes")
    delay: float = 0.0
    broken: frozenset[str] = frozenset()
    described: list[str] = field(default_factory=list)
    """Every label that was described, in order."""

    async def upright(self, data: bytes) -> UprightPicture:
        await asyncio.sleep(self.delay)
        if data.startswith(UNREADABLE):
            raise UnreadablePicture("fake")
        pixels = np.zeros((8, 6, 3), np.uint8)
        jpeg = data if data.startswith(UPRIGHT) else UPRIGHT + data
        return UprightPicture(jpeg, WIDTH, HEIGHT, UprightImage(pixels, WIDTH, HEIGHT))

    async def regions(self, image: UprightImage) -> Sequence[Region]:
        await asyncio.sleep(self.delay)
        return [
            Region(Box(10 * n, 10 * n, image.width // 2, image.height // 2), label, 0.9)
            for n, label in enumerate(self.labels)
        ]

    async def describe(
        self,
        image: UprightImage,  # noqa: ARG002 (it needs no pixels)
        box: Box,  # noqa: ARG002
        label: str | None,
    ) -> ItemFeatures:
        await asyncio.sleep(self.delay)
        self.described.append(label or "whole")
        if label in self.broken:
            raise RuntimeError("the fake was told to break")
        unit = np.full((1, EMBEDDING_DIM), EMBEDDING_DIM**-0.5, np.float32)
        return ItemFeatures(
            lookup=unit,
            vectors=unit,
            colour=np.full(COLOUR_DIM, COLOUR_DIM**-0.5, np.float32),
            label_probs=np.full(len(LABELS), 1 / len(LABELS), np.float32),
            garmentness=1.0,
            label=label or "whole",
        )


@dataclass
class FakeProductIndex:
    """Has ``count`` products, the same for every item; all pass, but for those of another brand."""

    count: int = 12
    asked: list[Filters] = field(default_factory=list)
    """The filters of every look-up, in order."""

    async def nearest(self, item: ItemFeatures, limit: int, filters: Filters) -> RankedResults:
        self.asked.append(filters)
        if filters.brand not in ("", "brand"):
            return RankedResults(Match.NONE, [])
        results = [
            Result(
                product_id=f"p{n}",
                title=f"{item.label} {n}",
                brand="brand",
                price=1000.0 * n,
                currency="KRW",
                link=f"https://shop.example/{n}",
                image_url=f"/api/products/p{n}/image",
                score=1 - n / 100,
                source="catalogue",
            )
            for n in range(min(self.count, limit))
        ]
        return RankedResults(Match.SIMILAR if results else Match.NONE, results)
