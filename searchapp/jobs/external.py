"""Other shops: asked after our own catalogue, with the person's consent, and never in its way."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from PIL import Image

from searchapp.catalogue.external.external_search import LEAST_GARMENTNESS, ExternalSearch, merged
from searchapp.catalogue.external.providers import (
    LASTING,
    PATH,
    SerpApiLens,
    SourceProblem,
    sign_crop,
    verify_crop,
)
from searchapp.catalogue.ingest.fetching import PictureSource
from searchapp.db.repositories import photos, products
from searchapp.db.repositories.claims import Claim
from searchapp.db.transact import persist
from searchapp.domain.hosts import is_private_host
from searchapp.domain.ids import short
from searchapp.domain.search import Box, Item, ItemStatus, Match, SourceState, SourceStatus
from searchapp.domain.state_machine import matching_progress
from searchapp.errors import NotFound
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.picture import UprightImage
from searchapp.jobs.ports import (
    RESULTS,
    ExternalQuery,
    ExternalSource,
    MergedResults,
    RankedResults,
)
from searchapp.jobs.services import Services
from searchapp.logs import get_logger
from searchapp.notify.policy import day_of
from searchapp.settings import Settings
from searchapp.vision.features.item_arrays import ItemFeatures, ViewFeatures
from searchapp.vision.pipeline import VisionEngine

log = get_logger(__name__)

CROP_SIDE = 1000
"""Longest side, in pixels, of what an external source may see."""


@dataclass(frozen=True)
class ExternalShops:
    """Adds what an external source finds to our own results."""

    services: Services
    search: ExternalSearch

    @property
    def name(self) -> str:
        return self.search.source.name

    async def add(
        self, wanted: ExternalQuery, item: ItemFeatures, own: RankedResults
    ) -> MergedResults:
        """Both, ranked together; ``own`` alone if the source or anything else fails."""
        services = self.services
        now = services.clock()
        if item.garmentness < LEAST_GARMENTNESS:
            return MergedResults(own)
        if not await self._reserved():
            return MergedResults(own, SourceProblem.QUOTA.value, lasting=True)
        token = sign_crop(services.secrets, wanted.job_id, wanted.box, now)
        try:
            answer = await self.search.find(
                item, f"{services.settings.base_url}{PATH}{token}", wanted.lang
            )
            # As long as the search itself may be kept, and a day for what is begun late.
            expires = services.expiry(now) + timedelta(days=1)
            await persist(
                services.engine, lambda s: products.keep_pictures(s, answer.pictures, expires)
            )
        except Exception:
            log.exception("outside source failed", job=short(wanted.job_id))
            return MergedResults(own, SourceProblem.UNAVAILABLE.value)
        if answer.trouble is not None:
            log.warning("outside source gave nothing", trouble=answer.trouble.value)
            return MergedResults(own, answer.trouble.value, answer.trouble in LASTING)
        results, match = merged(own.results, own.match, answer, RESULTS)
        return MergedResults(RankedResults(match, results))

    async def _reserved(self) -> bool:
        """Counts one more query of today, if the cap lets it."""
        services = self.services
        cap = services.settings.outside_per_day
        return await persist(
            services.engine, lambda s: products.reserve_query(s, day_of(services.clock()), cap)
        )


def may_ask(settings: Settings) -> bool:
    """Whether there is a key, and the source can fetch pictures from here.

    SerpApi itself fetches from public https addresses only; another address of it is a test's.
    """
    if settings.serpapi_key is None:
        return False
    real = urlsplit(settings.serpapi_url).hostname == "serpapi.com"
    address = urlsplit(settings.base_url)
    return not real or (address.scheme == "https" and not is_private_host(address.hostname or ""))


@asynccontextmanager
async def open_external(
    services: Services, decoder: Decoder, engine: VisionEngine, thread: ThreadPoolExecutor
) -> AsyncIterator[ExternalShops | None]:
    """The external source of the settings, or None."""
    settings = services.settings
    if settings.serpapi_key is None or not may_ask(settings):
        yield None
        return

    async def describe(picture: UprightImage) -> Sequence[ViewFeatures]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(thread, engine.describe_product, picture)

    async with httpx.AsyncClient(trust_env=False) as client, PictureSource([]) as thumbnails:
        key = settings.serpapi_key.get_secret_value()
        lens = SerpApiLens(client, key, settings.serpapi_url)
        yield ExternalShops(services, ExternalSearch(lens, thumbnails, decoder, describe))


async def signed_crop(services: Services, token: str) -> bytes:
    """The JPEG that a token is for.

    :raises errors.NotFound: no token of ours, an old one, or the search is deleted.
    :raises errors.NotStored: the database is unavailable.
    """
    job_id, box = verify_crop(services.secrets, token, services.clock())
    jpeg = await services.transact(lambda session: photos.read_upright(session, job_id))
    if jpeg is None:
        raise NotFound("no picture")
    return await asyncio.to_thread(_crop, jpeg, box)


def _crop(jpeg: bytes, box: Box) -> bytes:
    """The part of our own JPEG inside ``box``."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        inside = box.clipped(*picture.size)
        if inside is None:
            raise NotFound("outside the picture")
        x, y = inside.x, inside.y
        crop = picture.convert("RGB").crop((x, y, x + inside.width, y + inside.height))
    crop.thumbnail((CROP_SIDE, CROP_SIDE))
    out = io.BytesIO()
    crop.save(out, "JPEG", quality=85)
    return out.getvalue()


SECONDS = 20.0
"""For everything that external sources add to one search."""


def to_ask(claim: Claim, external: ExternalSource | None) -> SourceState | None:
    """The source before it is asked; None where it is off or the user did not agree.

    What other shops have cannot be held against filters: they are not asked then.
    """
    if external is None or not claim.outside_consent or not claim.filters.empty:
        return None
    return SourceState(external.name, SourceStatus.PENDING)


@dataclass(frozen=True)
class ExternalRequests:
    """What one claim asks a source.

    Only items that this claim described, ``seen`` by their positions, are asked for: after the
    death of a worker nothing is asked, and paid, twice.

    :param store: stores one item at its position, and the progress in percent.
    """

    claim: Claim
    external: ExternalSource | None
    seen: Mapping[int, ItemFeatures]
    store: Callable[[dict[int, Item], int], Awaitable[None]]

    async def ask(self, source: SourceState, items: Sequence[Item]) -> SourceState:
        """The source after it was asked for every item that was searched."""
        wanted = [n for n, item in enumerate(items) if item.status is ItemStatus.DONE]
        shown = [n for n in wanted if source.name in {r.source for r in items[n].results}]
        answered = [n for n in shown if n not in self.seen]
        reason = None if len(answered) == len(wanted) else "away"
        left = [n for n in wanted if n in self.seen]
        if left and self.external is not None:
            asked, trouble = await self._asked(self.external, items, left)
            answered += asked
            reason = trouble or (reason if len(answered) < len(wanted) else None)
        status = SourceStatus.OK
        if reason is not None:
            status = SourceStatus.PARTIAL if answered else SourceStatus.FAILED
        return SourceState(source.name, status, reason)

    async def _asked(
        self, external: ExternalSource, items: Sequence[Item], left: Sequence[int]
    ) -> tuple[list[int], str | None]:
        """Positions of the items for which the source answered, and why it did not for others."""
        answered: list[int] = []
        reason: str | None = None
        ends = asyncio.get_running_loop().time() + SECONDS
        for nth, position in enumerate(left, 1):
            item = items[position]
            wanted = ExternalQuery(self.claim.job_id, item.box, self.claim.lang)
            own = RankedResults(item.match or Match.NONE, item.results)
            try:
                async with asyncio.timeout_at(ends):
                    joined = await external.add(wanted, self.seen[position], own)
            except TimeoutError:
                return answered, "slow"
            if joined.reason is None:
                answered.append(position)
                item = replace(item, match=joined.found.match, results=tuple(joined.found.results))
            else:
                reason = joined.reason
            await self.store({position: item}, progress(len(items) + nth, len(items), source=True))
            if joined.lasting:
                break
        return answered, reason


def progress(done: int, total: int, *, source: bool) -> int:
    """Percent; asking elsewhere is half of the matching where it takes part."""
    return matching_progress(done, total * 2 if source else total)
