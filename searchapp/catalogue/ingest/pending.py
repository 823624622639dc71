"""Fetches and describes the pictures of products that the catalogue API was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import FeedOptions, RefusedRow, TakenRow
from searchapp.catalogue.feeds.forms import google
from searchapp.catalogue.feeds.records import json_row
from searchapp.catalogue.feeds.validation import checked
from searchapp.catalogue.ingest.described_pictures import Decodes, DescribedPictures
from searchapp.catalogue.ingest.row_pictures import NoPicture, Pictures, PictureWork
from searchapp.catalogue.ingest.row_work import product_write
from searchapp.db.engine import transaction
from searchapp.db.repositories import product_writes, products
from searchapp.db.repositories.product_writes import PendingProduct
from searchapp.logs import get_logger
from searchapp.vision.pipeline import VisionEngine

log = get_logger(__name__)

BATCH = 8
"""Products that are taken at once."""

LEASE = timedelta(minutes=5)
"""How long a worker has for a batch before another one may take it over."""

ATTEMPTS = 8
"""Then a product's pictures are given up until it is put again."""

_FIRST_WAIT = timedelta(minutes=1)
"""Doubled with each attempt: the last one comes after two hours."""


@dataclass(frozen=True)
class PendingPictures:
    """What the work needs; ``thread`` is the one that may call ``vision``."""

    database: AsyncEngine
    vision: VisionEngine
    decoder: Decodes
    pictures: Pictures
    thread: ThreadPoolExecutor
    clock: Callable[[], datetime]

    async def work(self) -> int:
        """Works on the products that are due, one batch; how many those were."""
        now = self.clock()
        async with transaction(self.database) as session:
            due = await product_writes.claim_pending(session, now, now + LEASE, BATCH)
        await asyncio.gather(*map(self._one, due))
        return len(due)

    async def _one(self, entry: PendingProduct) -> None:
        row = checked(google(json_row(1, entry.fields), price_required=False), FeedOptions())
        if isinstance(row, RefusedRow):
            await self._settle(entry, row.reason, final=True)
            return
        async with transaction(self.database) as session:
            known = (await products.known_products(session, entry.feed, [entry.id])).get(entry.id)
        seen = known.pictures if known and known.model == self.vision.embedding_name else ()
        described = DescribedPictures(self.vision, self.decoder, self.thread)
        now = int(self.clock().timestamp())
        work = PictureWork(described, self.pictures, now=now, recheck=True)
        try:
            looked = await work.look(row.product.images, seen)
        except NoPicture as error:
            await self._settle(entry, str(error), final=entry.attempts >= ATTEMPTS)
            return
        if looked.found is None:
            await self._settle(entry, "", final=True)
        else:
            await self._write(entry, row, looked.found)

    async def _write(
        self, entry: PendingProduct, row: TakenRow, found: product_writes.PictureSet
    ) -> None:
        write = product_write(row.product, found)
        async with transaction(self.database) as session:
            if await product_writes.settle_pending(session, entry):
                await product_writes.write_products(session, entry.feed, [write], self.clock())

    async def _settle(self, entry: PendingProduct, error: str, *, final: bool) -> None:
        wait = _FIRST_WAIT * 2 ** min(entry.attempts - 1, ATTEMPTS)
        again = None if final else self.clock() + wait
        async with transaction(self.database) as session:
            await product_writes.settle_pending(session, entry, error=error[:300], again_at=again)
        if error:
            log.warning(
                "pictures unavailable", feed=entry.feed, product=entry.id, error=error[:300]
            )
