"""Embedding the catalogue again, after the model changed, from the pictures that were kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from searchapp.catalogue.importing import Importer
from searchapp.catalogue.packing import packed
from searchapp.storage import products
from searchapp.storage.engine import transaction
from searchapp.storage.products import StoredView

BATCH = 16


async def reindex(
    importer: Importer,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Describes every product again that another model described; how many that were.

    It can be stopped and started again at any time.  Search goes on meanwhile, on what is done.

    :param everything: also what this model described already.
    """
    model = importer.vision.embedding_name
    async with transaction(importer.database) as session:
        if await products.index_dimension(session) != importer.vision.dimension:
            await products.resize_index(session, importer.vision.dimension)
        elif everything:
            await products.forget_models(session)
        total = await products.count_of_other_models(session, model)
    done = 0
    with ThreadPoolExecutor(importer.vision_threads, "vision") as threads:
        while batch := await _next(importer, model):
            found = await asyncio.gather(*(_views(importer, n, threads) for n in batch))
            async with transaction(importer.database) as session:
                await products.replace_views(session, dict(zip(batch, found, strict=True)))
                await products.set_model(session, batch, model)
            done += len(batch)
            progress(done, total)
    return done


async def _next(importer: Importer, model: str) -> list[int]:
    async with transaction(importer.database) as session:
        return await products.of_other_models(session, model, BATCH)


async def _views(importer: Importer, number: int, threads: ThreadPoolExecutor) -> list[StoredView]:
    async with transaction(importer.database) as session:
        jpegs = await products.stored_jpegs(session, number)
    views: list[StoredView] = []
    for ordinal, jpeg in enumerate(jpegs):
        upright = await importer.decoder.upright(jpeg)
        described = await asyncio.get_running_loop().run_in_executor(
            threads, importer.vision.describe_product, upright.image
        )
        views += [packed(ordinal, view) for view in described]
    return views
