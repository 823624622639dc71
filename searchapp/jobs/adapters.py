"""The real eyes and shelves of a worker: the models, and the catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from searchapp.catalogue.matching import nearest
from searchapp.domain.product import Filters
from searchapp.domain.search import Box
from searchapp.jobs.elsewhere import open_outside
from searchapp.jobs.ports import Found
from searchapp.jobs.run import Workshop
from searchapp.jobs.services import Services
from searchapp.jobs.wishes import UNNAMED
from searchapp.storage.engine import transaction
from searchapp.vision.decoder import Decoder
from searchapp.vision.engine import VisionEngine, load_engine
from searchapp.vision.features import ItemFeatures, Region
from searchapp.vision.picture import UprightImage, UprightPicture


@dataclass(frozen=True)
class ModelSight:
    """Decodes in children, computes in one thread: models use the cores themselves."""

    decoder: Decoder
    engine: VisionEngine
    thread: ThreadPoolExecutor

    async def upright(self, data: bytes) -> UprightPicture:
        return await self.decoder.upright(data)

    async def regions(self, image: UprightImage) -> Sequence[Region]:
        return await asyncio.get_running_loop().run_in_executor(
            self.thread, self.engine.regions, image
        )

    async def describe(self, image: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        named = None if label == UNNAMED else label
        work = partial(self.engine.describe_query, image, box, named)
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)


@dataclass(frozen=True)
class CatalogueShelves:
    """Looks up the catalogue in the database; ``model`` made the vectors that it compares."""

    services: Services
    model: str

    async def nearest(self, item: ItemFeatures, limit: int, filters: Filters) -> Found:
        async with transaction(self.services.engine) as session:
            results, match = await nearest(
                session,
                item,
                self.model,
                filters=filters,
                limit=limit,
                use_feedback=self.services.settings.feedback_ranking == "on",
            )
        return Found(match, results)


@asynccontextmanager
async def open_workshop(services: Services) -> AsyncIterator[Workshop]:
    """What the worker works with, once its models are loaded.

    :raises OperatorError: a model can not be loaded.
    """
    engine = load_engine(services.settings)
    with ThreadPoolExecutor(1, "vision") as thread:
        async with Decoder() as decoder:
            await asyncio.get_running_loop().run_in_executor(thread, engine.warm)
            shelves = CatalogueShelves(services, engine.embedding_name)
            sight = ModelSight(decoder, engine, thread)
            async with open_outside(services, decoder, engine, thread) as elsewhere:
                yield Workshop(services, sight, shelves, elsewhere)
