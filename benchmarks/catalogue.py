"""How long imports take, and finding neighbours, and how much memory: made-up vectors, real index.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.catalogue --products 20000
        [--sizes 8 | --pictures 1814] [--real] [--photos FOLDER]

``--real`` describes pictures with the models; otherwise features are made up, and what is timed is
everything but them.  ``--sizes`` rows in a row share a picture; with ``--pictures`` the rows go
round that many.  Pictures are drawn before the clock starts, or are those of a folder.  Then the
same rows come once more, unchanged.  Prints one line a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.ingest.fetching import PictureSource
from searchapp.catalogue.ingest.importer import Importer, import_feed
from searchapp.catalogue.matching import candidates
from searchapp.db.engine import make_engine, transaction
from searchapp.db.repositories import vector_index
from searchapp.db.repositories.imports import Counts
from searchapp.db.schema import migrate
from searchapp.domain.product import FeedProduct, Filters, Money
from searchapp.domain.search import Box
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.picture import UprightImage
from searchapp.postgres import EmbeddedPostgres
from searchapp.settings import Settings
from searchapp.vision.features.item_arrays import (
    COLOUR_DIM,
    EMBEDDING_DIM,
    KEYPOINT_DIM,
    LABEL_PROBS_DIM,
    ItemFeatures,
    Keypoints,
    Matrix,
    Region,
    ViewFeatures,
)
from searchapp.vision.models.model_files import use_threads
from searchapp.vision.pipeline import VisionEngine, load_engine

WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
"""This process and its decoders; on a busy machine their CPU time says more than the clock."""

VIEWS = 3
KEYPOINTS = 150
LATENT = 48


class MadeUp:
    """Vectors that lie together as real ones do: a few dozen directions and some noise."""

    embedding_name = "made-up"
    dimension = EMBEDDING_DIM

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        self._basis = random.normal(size=(LATENT, EMBEDDING_DIM)).astype(np.float32)

    def warm(self) -> None:
        """Nothing to load."""

    def regions(self, picture: UprightImage) -> list[Region]:
        return [Region(Box(0, 0, picture.width, picture.height), "whole", 1.0)]

    def vectors(self, seed: int, count: int, noise: float = 0.35) -> Matrix:
        random = np.random.default_rng(seed)
        centre = random.normal(size=LATENT)
        mixed = (centre + noise * random.normal(size=(count, LATENT))) @ self._basis
        mixed += 0.5 * random.normal(size=mixed.shape)
        return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)

    def describe_product(self, picture: UprightImage) -> list[ViewFeatures]:
        seed = int(picture.pixels[::16, ::16].astype(np.int64).sum())
        colour = np.full(COLOUR_DIM, COLOUR_DIM**-0.5, np.float32)
        labels = np.full(LABEL_PROBS_DIM, 1 / LABEL_PROBS_DIM, np.float32)
        views = [
            ViewFeatures(f"v{i}", vector, colour, labels)
            for i, vector in enumerate(self.vectors(seed, VIEWS))
        ]
        return [replace(views[0], keypoints=scattered(seed)), *views[1:]]

    def describe_query(self, picture: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        raise NotImplementedError

    def query(self, seed: int, count: int) -> ItemFeatures:
        vectors = self.vectors(seed, count)
        colour = np.full(COLOUR_DIM, COLOUR_DIM**-0.5, np.float32)
        labels = np.full(LABEL_PROBS_DIM, 1 / LABEL_PROBS_DIM, np.float32)
        ways = (scattered(seed), scattered(seed + 1))
        return ItemFeatures(vectors, vectors, colour, labels, 1.0, keypoints=ways)


def scattered(seed: int) -> Keypoints:
    """Places and looks at random."""
    random = np.random.default_rng(seed)
    looks = random.normal(size=(KEYPOINTS, KEYPOINT_DIM))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    places = random.uniform((0, 0, 0.01, 0), (1, 1, 0.1, 6), (KEYPOINTS, 4))
    return Keypoints(places.astype(np.float32), looks.astype(np.float32))


def draw_pictures(folder: Path, count: int) -> list[str]:
    """As many different pictures, 400 x 500, as shops send them; their names."""
    names = []
    for n in range(count):
        random = np.random.default_rng(n)
        tiles = Image.fromarray(random.integers(0, 255, (10, 8, 3), dtype=np.uint8))
        names.append(f"{n}.jpg")
        picture = tiles.resize((400, 500), Image.Resampling.BICUBIC)
        picture.save(folder / names[-1], "JPEG", quality=85)
    return names


def rows(count: int, sizes: int, pictures: Sequence[str]) -> Iterator[TakenRow]:
    for n in range(count):
        picture = pictures[n // sizes % len(pictures)]
        yield TakenRow(
            n + 2,
            FeedProduct(
                id=str(n),
                title=f"티셔츠 {n}",
                link=f"https://shop.test/{n}",
                images=(picture,),
                price=Money(Decimal(10000 + n), "KRW"),
                brand=f"brand {n % 50}",
                category="상의",
            ),
        )


def quantiles(times: list[float]) -> str:
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms"


async def timed_import(
    engine: AsyncEngine, vision: VisionEngine, feed: Sequence[TakenRow], folder: Path
) -> None:
    count = len(feed)
    started = time.perf_counter()
    cpu_before = sum(resource.getrusage(who).ru_utime for who in WHO)

    def progress(counts: Counts) -> None:
        if counts.taken % 2048 == 0:
            print(f"  {counts.taken} after {time.perf_counter() - started:.0f} s", flush=True)

    async with Decoder() as decoder, PictureSource([folder]) as pictures:
        work = Importer(engine, vision, decoder, lambda: datetime.now(UTC))
        await import_feed(work, "bench", feed, pictures, progress=progress)
    seconds = time.perf_counter() - started
    cpu = sum(resource.getrusage(who).ru_utime for who in WHO) - cpu_before
    print(
        f"import of {count}: {seconds:.1f} s, {seconds / count * 1000:.1f} ms each, {cpu:.1f} s CPU"
    )
    print(
        f"memory of the import: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


async def timed_lookups(engine: AsyncEngine, made_up: MadeUp, vectors: int) -> None:
    near, whole = [], []
    for seed in range(120):
        item = made_up.query(seed, vectors)
        async with transaction(engine) as session:
            await session.execute(text("SELECT 1"))
            at = time.perf_counter()
            await vector_index.nearest_views(
                session,
                item.lookup,
                made_up.embedding_name,
                each=candidates.EACH,
                ef_search=candidates.EFFORT,
                filters=Filters(),
            )
            near.append(time.perf_counter() - at)
            at = time.perf_counter()
            await candidates.nearest(session, item, made_up.embedding_name)
            whole.append(time.perf_counter() - at)
    print(f"{vectors} vectors: neighbours {quantiles(near[20:])}; ranked {quantiles(whole[20:])}")


async def main(options: argparse.Namespace, folder: Path) -> None:
    drawn = folder / "pictures"
    drawn.mkdir()
    if photos := options.photos:
        names = sorted(path.name for path in photos.iterdir())[: options.pictures or None]
    else:
        names = draw_pictures(drawn, options.pictures or -(-options.products // options.sizes))
    feed = list(rows(options.products, options.sizes, names))
    real = options.real
    server = EmbeddedPostgres(folder)
    dsn = server.ensure_running()
    migrate(dsn)
    engine = make_engine(dsn)
    made_up = MadeUp()
    use_threads(1)  # As `catalogue import` does.
    vision: VisionEngine = load_engine(Settings()) if real else made_up
    try:
        await timed_import(engine, vision, feed, photos or drawn)
        print("unchanged:")
        await timed_import(engine, vision, feed, photos or drawn)
        async with transaction(engine) as session:
            size = await session.scalar(
                text("SELECT pg_size_pretty(pg_relation_size('product_views_embedding'))")
            )
            print(f"index: {size}")
        if not real:
            for vectors in (1, 4, 8):
                await timed_lookups(engine, made_up, vectors)
    finally:
        await engine.dispose()
        server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--sizes", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=0)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--photos", type=Path)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        asyncio.run(main(parser.parse_args(), Path(place)))
