"""One search, from its claim to its end, going on where the last worker stopped.

Each step asks what is stored already, does the rest, and stores it before the next step begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.engine import is_outage
from searchapp.db.repositories import claims, photos
from searchapp.db.repositories.claims import Claim
from searchapp.db.transact import persist, retry_on_outage, with_deadline
from searchapp.domain.ids import short
from searchapp.domain.search import Item, ItemStatus, SourceState, SourceStatus, Stage
from searchapp.domain.state_machine import ITEM_FINAL, Event, target
from searchapp.domain.taxonomy import LABELS
from searchapp.errors import JobError, LostClaim, SearchFailed, TooManyAttempts, UnreadablePicture
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.jobs.external import ExternalRequests, progress, to_ask
from searchapp.jobs.liveness import StepWatch, heartbeat_of
from searchapp.jobs.ports import RESULTS, ExternalSource, ProductIndex, RankedResults, Vision
from searchapp.jobs.services import Services
from searchapp.logs import get_logger
from searchapp.notify import outbox
from searchapp.telemetry import span
from searchapp.vision.features.item_arrays import ItemFeatures, Region

log = get_logger(__name__)

CHOOSING_TIME = timedelta(hours=24)
"""How long a job waits for the person's choice."""

HAND_BACK_SECONDS = 3.0

NEAREST_SECONDS = 30.0
"""Longest look-up in the index, ranking included."""

T = TypeVar("T")


@dataclass(frozen=True)
class WorkerContext:
    """What every run of a worker uses."""

    services: Services
    vision: Vision
    index: ProductIndex
    external: ExternalSource | None = None
    steps: StepWatch = field(default_factory=StepWatch)

    async def run(self, job_id: str) -> None:
        """Works on the job until it ends, waits for a choice, or belongs to another worker.

        :raises Exception: an unexpected error; the attempt is counted, the queue tries again.
        """
        token = uuid4()
        claim = await persist(
            self.services.engine,
            lambda session: claims.claim(session, job_id, token, self.services.clock()),
            "claim",
        )
        if claim is None:
            return
        log.info("claimed", job=short(job_id), attempt=claim.attempt, stage=claim.stage.value)
        run = SearchRun(self, claim)
        try:
            with span("search", job=short(job_id), attempt=claim.attempt):
                async with heartbeat_of(self.services, claim):
                    await run.execute()
        except LostClaim:
            log.warning("claim lost", job=short(job_id), attempt=claim.attempt)
        except asyncio.CancelledError:
            await run.hand_back()
            raise
        except Exception:
            # The queue itself is quiet about what it tries again.
            log.exception("attempt failed", job=short(job_id), attempt=claim.attempt)
            raise


@dataclass
class SearchRun:
    """One claim's work."""

    context: WorkerContext
    claim: Claim
    seen: dict[int, ItemFeatures] = field(default_factory=dict)
    """What this claim described, by the items' positions."""

    source: SourceState | None = None
    """The external source of this search, as it is stored."""

    async def execute(self) -> None:
        """Does what is left to do.

        :raises LostClaim: as soon as another claim is newer.
        """
        try:
            if self.claim.exhausted:
                raise TooManyAttempts
            await self._search()
        except JobError as error:
            log.warning("failed", job=short(self.claim.job_id), code=error.code)
            await self._end(Event.FAIL, error.code)

    async def _search(self) -> None:
        items = self.claim.items
        self.source = next(iter(self.claim.sources), None)
        if not items or any(item.status not in ITEM_FINAL for item in items):
            with span("reading"):
                image = await self._read()
            if not items:
                items = await self._find_items(image)
            if self.claim.choosing:
                await self._suggest(items)
                return
            items = await self._match(image, items)
        await self._ask_external(items)
        if items and all(item.status is ItemStatus.FAILED for item in items):
            raise SearchFailed
        await self._store(lambda s: claims.enter(s, self.claim, Stage.FINISHING, self._now()))
        await self._end(Event.COMPLETE)

    async def _read(self) -> UprightImage:
        """The picture to work on; its safe form is stored, and the uploaded bytes are deleted."""
        stored = await self._store(lambda s: photos.read_photo(s, self.claim.job_id))
        if stored is None:
            raise LostClaim(short(self.claim.job_id))
        if stored.upright is not None:
            return self._with_stored_size((await self._decode(stored.upright)).image)
        if stored.original is None:
            raise UnreadablePicture("nothing stored")
        picture = await self._decode(stored.original)

        async def keep(session: AsyncSession) -> None:
            await claims.enter(
                session,
                self.claim,
                Stage.REGIONS,
                self._now(),
                photo_width=picture.width,
                photo_height=picture.height,
            )
            await photos.store_upright(session, self.claim.job_id, picture.jpeg)

        await self._store(keep)
        return picture.image

    def _with_stored_size(self, image: UprightImage) -> UprightImage:
        """``image`` with the size that boxes are in: of a very large photo less is stored."""
        width, height = self.claim.photo_width, self.claim.photo_height
        if width is None or height is None:
            return image
        return replace(image, width=width, height=height)

    async def _decode(self, data: bytes) -> UprightPicture:
        with self.context.steps.step("decode"):
            return await self.context.vision.upright(data)

    async def _find_items(self, image: UprightImage) -> tuple[Item, ...]:
        with span("regions"), self.context.steps.step("regions"):
            regions = await self.context.vision.regions(image)
        status = ItemStatus.SUGGESTED if self.claim.choosing else ItemStatus.PENDING
        return items_of(regions, status)

    async def _suggest(self, items: Sequence[Item]) -> None:
        now = self._now()
        await self._store(
            lambda s: claims.suggest(s, self.claim, items, now=now, expires_at=now + CHOOSING_TIME)
        )

    async def _match(self, image: UprightImage, items: Sequence[Item]) -> tuple[Item, ...]:
        """Searches what is not searched yet, and stores each item as soon as it is finished."""
        found = list(items)
        left = [n for n, item in enumerate(found) if item.status not in ITEM_FINAL]
        if left:
            found[left[0]] = replace(found[left[0]], status=ItemStatus.PROCESSING)
        first = tuple(found)
        if left:
            self.source = to_ask(self.claim, self.context.external) or self.source
        source = self.source
        await self._store(lambda s: claims.store_items(s, self.claim, first, self._now(), source))
        for nth, position in enumerate(left):
            with span("item", label=found[position].label):
                found[position] = await self._search_item(image, position, found[position])
            done = len(found) - len(left) + nth + 1
            changed = {position: found[position]}
            if nth + 1 < len(left):
                following = left[nth + 1]
                found[following] = replace(found[following], status=ItemStatus.PROCESSING)
                changed[following] = found[following]
            percent = progress(done, len(found), source=self.source is not None)
            await self._store_changed(changed, percent)
        return tuple(found)

    async def _store_changed(self, changed: dict[int, Item], percent: int) -> None:
        await self._store(
            lambda s: claims.store_changed(s, self.claim, changed, percent, self._now())
        )

    async def _ask_external(self, items: Sequence[Item]) -> None:
        """Adds what an external source has to results that are stored and shown already."""
        source = self.source
        if source is None or source.status is not SourceStatus.PENDING:
            return
        asking = ExternalRequests(self.claim, self.context.external, self.seen, self._store_changed)
        state = await asking.ask(source, items)
        await self._store(lambda s: claims.settle_source(s, self.claim, state, self._now()))

    async def _search_item(self, image: UprightImage, position: int, item: Item) -> Item:
        """The item with what was found; one that breaks is marked so and harms no other."""
        try:
            with self.context.steps.step("describe"):
                features = await self.context.vision.describe(image, item.box, item.label)
            found = await retry_on_outage(lambda: self._nearest(features), "matching")
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("item failed", job=short(self.claim.job_id), item=item.id)
            return replace(item, status=ItemStatus.FAILED)
        self.seen[position] = features
        return replace(
            item,
            label=features.label,
            status=ItemStatus.DONE,
            match=found.match,
            results=tuple(found.results),
        )

    async def _nearest(self, features: ItemFeatures) -> RankedResults:
        work = self.context.index.nearest(features, RESULTS, self.claim.filters)
        return await with_deadline(NEAREST_SECONDS, work)

    async def _end(
        self, event: Literal[Event.COMPLETE, Event.FAIL], error_code: str | None = None
    ) -> None:
        """The end and the message about it, in one transaction."""
        now = self._now()
        expires = self.context.services.expiry(now)

        async def end(session: AsyncSession) -> None:
            row = await claims.finish(
                session, self.claim, event, now=now, expires_at=expires, error_code=error_code
            )
            await outbox.write_outcome(session, row, now)

        await self._store(end)
        log.info("ended", job=short(self.claim.job_id), status=target(event).value)

    async def hand_back(self) -> None:
        """Lets another worker have the job at once, if the database answers in time."""
        try:
            await with_deadline(
                HAND_BACK_SECONDS,
                self._store(lambda s: claims.hand_back(s, self.claim, self._now())),
            )
        except (LostClaim, TimeoutError):
            log.warning("not handed back", job=short(self.claim.job_id))

    async def _store(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        return await persist(self.context.services.engine, work)

    def _now(self) -> datetime:
        return self.context.services.clock()


def items_of(regions: Sequence[Region], status: ItemStatus) -> tuple[Item, ...]:
    """Regions as items with short ids: tops before bottoms, as they are searched and shown."""
    ordered = sorted(regions, key=lambda region: LABELS.index(region.label))
    return tuple(
        Item(id=f"i{n}", label=region.label, box=region.box, status=status)
        for n, region in enumerate(ordered, 1)
    )
