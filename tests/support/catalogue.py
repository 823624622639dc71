"""Vision and pictures without models: fast, exact, and different for different pictures."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.ingest.fetching import Fetched, PictureUnavailable
from searchapp.catalogue.ingest.importer import Importer
from searchapp.domain.product import FeedProduct, Money
from searchapp.domain.search import Box
from searchapp.imaging.picture import UprightImage, UprightPicture, make_upright
from searchapp.vision.features.item_arrays import (
    COLOUR_DIM,
    EMBEDDING_DIM,
    KEYPOINT_DIM,
    LABEL_PROBS_DIM,
    ItemFeatures,
    Keypoints,
    Region,
    Vector,
    ViewFeatures,
)


def swatch(seed: int) -> bytes:
    """A small picture that no other seed has."""
    tiles = np.random.default_rng(seed).integers(0, 255, (4, 3, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(tiles).resize((60, 80), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def keypoints(seed: bytes, count: int = 12) -> Keypoints:
    """Places and looks that depend on ``seed`` alone."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed).digest()[:8]))
    places = rng.uniform((0.1, 0.1, 0.02, 0), (0.9, 0.9, 0.04, 6), (count, 4))
    looks = np.stack([unit(seed + bytes([n]), KEYPOINT_DIM) for n in range(count)])
    return Keypoints(places.astype(np.float32), looks)


def unit(seed: bytes, length: int) -> Vector:
    """A direction that depends on ``seed`` alone."""
    number = int.from_bytes(hashlib.sha256(seed).digest()[:8])
    vector = np.random.default_rng(number).normal(size=length)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class FakeVision:
    """Sees what is in the four corners, nothing more; ``seen`` counts products' pictures."""

    def __init__(self, name: str = "fake-1", dimension: int = EMBEDDING_DIM) -> None:
        self.embedding_name = name
        self.dimension = dimension
        self.seen = 0

    def warm(self) -> None:
        """Nothing to load."""

    def regions(self, picture: UprightImage) -> list[Region]:
        return [Region(Box(0, 0, picture.width, picture.height), "whole", 1.0)]

    def _look(self, picture: UprightImage) -> tuple[Vector, Vector, Vector, Keypoints]:
        h, w = picture.pixels.shape[:2]
        spots = picture.pixels[h // 8 :: h // 4, w // 6 :: w // 3] // 48
        seed = self.embedding_name.encode() + spots.tobytes()
        colour = np.abs(unit(seed, COLOUR_DIM))
        labels = np.full(LABEL_PROBS_DIM, 1 / LABEL_PROBS_DIM, np.float32)
        return unit(seed, self.dimension), colour, labels, keypoints(seed)

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        self.seen += 1
        return [ViewFeatures("full", *self._look(picture))]

    def describe_query(
        self,
        picture: UprightImage,
        box: Box,  # noqa: ARG002 - the engine's interface.
        label: str | None,  # noqa: ARG002 - the same.
    ) -> ItemFeatures:
        embedding, colour, labels, found = self._look(picture)
        vectors = embedding[None]
        return ItemFeatures(vectors, vectors, colour, labels, 1.0, keypoints=(found,))


class HereDecoder:
    """Decodes in this process."""

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
        return make_upright(data, longest)


class FakePictures:
    """Pictures by name; what is not there is unavailable.  ``tags`` are those of some pictures."""

    def __init__(self, pictures: dict[str, bytes]) -> None:
        self.pictures = pictures
        self.tags: dict[str, str] = {}
        self.asked: list[str] = []

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        self.asked.append(reference)
        data = self.pictures.get(reference)
        if data is None:
            raise PictureUnavailable(f"picture {reference} does not exist")
        now = self.tags.get(reference) or hashlib.sha256(data).hexdigest()
        return None if now == tag else Fetched(data, now)


class Clock:
    """A minute later each time that it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


_CLOCK = Clock()


def importer(engine: AsyncEngine, vision: FakeVision | None = None) -> Importer:
    """An importer that needs no models."""
    return Importer(engine, vision or FakeVision(), HereDecoder(), _CLOCK)


def row(number: int, **changes: object) -> TakenRow:
    """A product whose picture is ``p<number>``."""
    values: dict[str, object] = {
        "id": f"id{number}",
        "title": f"티셔츠 {number}",
        "link": f"https://shop.kr/{number}",
        "images": (f"p{number}",),
        "price": Money(Decimal(10000 + 1000 * number), "KRW"),
        "brand": "나래" if number % 2 else "Maru",
        "category": "상의",
        "colour": "블랙" if number % 3 else "네이비",
        "in_stock": number % 4 != 0,
    }
    return TakenRow(number + 1, FeedProduct(**(values | changes)))  # type: ignore[arg-type]


def shop(count: int) -> tuple[Sequence[TakenRow], FakePictures]:
    """``count`` products and their pictures."""
    rows = [row(n) for n in range(1, count + 1)]
    return rows, FakePictures({f"p{n}": swatch(n) for n in range(1, count + 1)})
