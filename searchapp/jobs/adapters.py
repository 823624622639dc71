"""What a worker needs beside the queue: vision, product index, and the catalogue's loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from searchapp.catalogue.ingest.fetching import PictureSource, SafeClient
from searchapp.catalogue.ingest.importer import Importer
from searchapp.catalogue.ingest.products_api import BATCH, PendingPictures
from searchapp.catalogue.ingest.sync import ScheduledFeeds
from searchapp.catalogue.matching.candidates import nearest
from searchapp.catalogue.matching.feedback import count_demand
from searchapp.db.engine import transaction
from searchapp.db.transact import pause, repeat, running
from searchapp.domain.product import Filters
from searchapp.domain.search import Box
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.jobs.external import open_external
from searchapp.jobs.ports import RankedResults
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.submit import UNNAMED
from searchapp.notify.policy import day_of
from searchapp.vision import windows
from searchapp.vision.features.item_arrays import ItemFeatures, Region
from searchapp.vision.pipeline import VisionEngine, load_engine

PENDING_SECONDS = 2.0
"""Between two looks for products whose pictures are to be fetched."""

SCHEDULE_SECONDS = 10.0
"""Between two looks for feeds that are due."""


@dataclass(frozen=True)
class ModelVision:
    """Decodes in children, computes in one thread: models use the cores themselves."""

    decoder: Decoder
    engine: VisionEngine
    thread: ThreadPoolExecutor

    async def upright(self, data: bytes) -> UprightPicture:
        return await self.decoder.upright(data)

    async def regions(self, image: UprightImage) -> Sequence[Region]:
        return await asyncio.get_running_loop().run_in_executor(
            self.thread, windows.regions, self.engine, image
        )

    async def describe(self, image: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        named = None if label == UNNAMED else label
        work = partial(windows.describe, self.engine, image, box, named)
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)


@dataclass(frozen=True)
class CatalogueIndex:
    """Looks up the catalogue in the database; ``model`` made the vectors that it compares."""

    services: Services
    model: str

    async def nearest(self, item: ItemFeatures, limit: int, filters: Filters) -> RankedResults:
        async with transaction(self.services.engine) as session:
            results, match = await nearest(
                session,
                item,
                self.model,
                filters=filters,
                limit=limit,
                use_feedback=self.services.settings.feedback_ranking == "on",
            )
            if filters.empty:
                await count_demand(session, item, match, day_of(self.services.clock()))
        return RankedResults(match, results)


@asynccontextmanager
async def catalogue_loops(
    services: Services, vision: VisionEngine, decoder: Decoder, thread: ThreadPoolExecutor
) -> AsyncIterator[None]:
    """Fetches pictures of the catalogue API and imports scheduled feeds beside the block.

    :param thread: the one that searches use, too: they wait for one picture at most.
    """
    trusted = services.settings.picture_hosts
    importer = Importer(services.engine, vision, decoder, services.clock, vision_threads=1)
    scheduled = ScheduledFeeds(importer, services.secrets.decrypt, trusted)
    stop = asyncio.Event()
    async with PictureSource([], SafeClient(trusted=trusted)) as pictures:
        pending = PendingPictures(
            services.engine, vision, decoder, pictures, thread, services.clock
        )
        loops = (_fetch_pending(pending, stop), _run_scheduled(scheduled, stop))
        async with running(stop, *loops, ending=5.0):
            yield


async def _fetch_pending(pending: PendingPictures, stop: asyncio.Event) -> None:
    async def work() -> None:
        while await pending.work() == BATCH and not stop.is_set():
            pass

    await repeat("pending pictures", work, PENDING_SECONDS, stop)


async def _run_scheduled(scheduled: ScheduledFeeds, stop: asyncio.Event) -> None:
    async def work() -> None:
        # The models load meanwhile.
        await pause(SCHEDULE_SECONDS, stop)
        await scheduled.work()

    await repeat("scheduled feeds", work, 0.0, stop)


@asynccontextmanager
async def open_worker_context(services: Services) -> AsyncIterator[WorkerContext]:
    """What a worker uses, once its models are loaded.

    :raises OperatorError: a model cannot be loaded.
    """
    engine = load_engine(services.settings)
    with ThreadPoolExecutor(1, "vision") as thread:
        async with Decoder() as decoder, catalogue_loops(services, engine, decoder, thread):
            await asyncio.get_running_loop().run_in_executor(thread, engine.warm)
            index = CatalogueIndex(services, engine.embedding_name)
            vision = ModelVision(decoder, engine, thread)
            async with open_external(services, decoder, engine, thread) as external:
                yield WorkerContext(services, vision, index, external)
