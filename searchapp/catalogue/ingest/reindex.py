"""Embedding the catalogue again, after the model changed, from the pictures that were kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from searchapp.catalogue.ingest.importer import Importer
from searchapp.catalogue.ingest.row_work import all_outcomes
from searchapp.catalogue.matching.feature_codec import packed
from searchapp.db.connections import LONG_SECONDS
from searchapp.db.engine import LockKind, advisory_lock, transaction
from searchapp.db.repositories import product_writes, vector_index
from searchapp.db.repositories.product_writes import StoredPicture
from searchapp.errors import DecoderUnavailable, OperatorError, UnreadablePicture

BATCH = 16


@dataclass(frozen=True, slots=True)
class Reindexed:
    """How it ended: products that were described, and those of which a picture cannot be read,
    which stay as they were."""

    done: int = 0
    unreadable: int = 0


async def reindex(
    importer: Importer,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Reindexed:
    """Describes every product again that another model described.

    It can be stopped and started again at any time.  Search goes on meanwhile, on what is done,
    and so do imports.

    :param everything: also what this model described already.  All of it counts as not done from
        then on: after a break, a run without it goes on, and a run with it begins anew.
    :raises OperatorError: another process is at it, or no picture can be decoded now.
    """
    async with advisory_lock(importer.database, LockKind.REINDEX, "") as alone:
        if not alone:
            raise OperatorError("the catalogue is being reindexed already. Wait for that to end.")
        total = await _begin(importer, everything=everything)
        return await _all(importer, total, progress)


async def _begin(importer: Importer, *, everything: bool) -> int:
    """How many products there are to describe."""
    async with transaction(importer.database, stall_seconds=LONG_SECONDS) as session:
        if await vector_index.index_dimension(session) != importer.vision.dimension:
            await vector_index.resize_index(session, importer.vision.dimension)
        elif everything:
            await vector_index.forget_models(session)
        return await vector_index.count_of_other_models(session, importer.vision.embedding_name)


async def _all(importer: Importer, total: int, progress: Callable[[int, int], None]) -> Reindexed:
    seen, last, outcomes = 0, 0, list[bool | None]()
    with ThreadPoolExecutor(importer.vision_threads, "vision") as threads:
        while batch := await _next(importer, last):
            outcomes += await _batch(importer, batch, threads)
            seen, last = seen + len(batch), batch[-1]
            progress(seen, total)
    return Reindexed(outcomes.count(True), outcomes.count(None))


async def _next(importer: Importer, after: int) -> list[int]:
    async with transaction(importer.database) as session:
        return await vector_index.of_other_models(
            session, importer.vision.embedding_name, after=after, limit=BATCH
        )


async def _batch(
    importer: Importer, numbers: list[int], threads: ThreadPoolExecutor
) -> list[bool | None]:
    return await all_outcomes(_again(importer, number, threads) for number in numbers)


async def _again(importer: Importer, number: int, threads: ThreadPoolExecutor) -> bool | None:
    """Whether the product was described; None if one of its pictures cannot be read.

    An import may run meanwhile: what it described, or removed, is left alone, and
    pictures that it changed are described anew.  One product a transaction: what locks one row
    alone is part of no deadlock.
    """
    model = importer.vision.embedding_name
    while True:
        async with transaction(importer.database) as session:
            shown = await vector_index.pictures_shown(session, number, model)
        try:
            found = [await _described(importer, jpeg, threads) for _, jpeg in shown]
        except UnreadablePicture:
            return None
        except DecoderUnavailable as error:
            message = f"{error.detail}. What is done is kept: reindex without --all."
            raise OperatorError(message) from None
        fresh = {key: view for (key, _), view in zip(shown, found, strict=True)}
        async with transaction(importer.database) as session:
            await product_writes.store_pictures(session, fresh, model)
            if await vector_index.model_held(session, number) in (None, model):
                return False
            if not await vector_index.pictures_shown(session, number, model):
                await vector_index.note_model(session, number, model)
                return True


async def _described(importer: Importer, jpeg: bytes, threads: ThreadPoolExecutor) -> StoredPicture:
    upright = await importer.decoder.upright(jpeg)
    described = await asyncio.get_running_loop().run_in_executor(
        threads, importer.vision.describe_product, upright.image
    )
    return StoredPicture(jpeg, [packed(view) for view in described])
