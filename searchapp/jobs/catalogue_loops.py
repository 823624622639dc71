"""What a worker does for the catalogue: pictures of the catalogue API, and scheduled feeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from searchapp.catalogue.ingest.fetching import PictureSource
from searchapp.catalogue.ingest.importer import Importer
from searchapp.catalogue.ingest.products_api import BATCH, PendingPictures
from searchapp.catalogue.ingest.sync import ScheduledFeeds
from searchapp.imaging.decoder import Decoder
from searchapp.jobs.services import Services
from searchapp.jobs.sweeper import pause, repeat
from searchapp.vision.pipeline import VisionEngine

PENDING_SECONDS = 2.0
"""Between two looks for products whose pictures are to be fetched."""

SCHEDULE_SECONDS = 10.0
"""Between two looks for feeds that are due."""


@asynccontextmanager
async def catalogue_loops(
    services: Services, vision: VisionEngine, decoder: Decoder, thread: ThreadPoolExecutor
) -> AsyncIterator[None]:
    """Runs both loops beside the block, and ends them with it.

    :param thread: the one that searches use, too: they wait for one picture at most.
    """
    trusted = services.settings.picture_hosts
    importer = Importer(services.engine, vision, decoder, services.clock, vision_threads=1)
    scheduled = ScheduledFeeds(importer, services.secrets.decrypt, trusted)
    stop = asyncio.Event()
    async with PictureSource([], trusted=trusted) as pictures:
        pending = PendingPictures(
            services.engine, vision, decoder, pictures, thread, services.clock
        )

        async def fetch_pending() -> None:
            while await pending.work() == BATCH and not stop.is_set():
                pass

        async def run_scheduled() -> None:
            # The models load meanwhile.
            await pause(SCHEDULE_SECONDS, stop)
            await scheduled.work()

        tasks = [
            asyncio.create_task(repeat(fetch_pending, PENDING_SECONDS, stop)),
            asyncio.create_task(repeat(run_scheduled, 0.0, stop)),
        ]
        try:
            yield
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=5.0)
