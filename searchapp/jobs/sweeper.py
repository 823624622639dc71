"""Finds what was dropped and puts it back (entries of dead workers, jobs without an entry), and
removes what is past its time.

The loops run in every worker, apart from the work, so that full workers sweep too.  A sweeper
that could not see the database for a while has seen no heartbeat either, and one whose own
heartbeat does not arrive cannot expect another's: it waits one full stale time after such a gap
before it declares any worker dead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import procrastinate
from procrastinate import jobs as queue_jobs
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.connections import LONG_SECONDS
from searchapp.db.engine import LockKind, transaction
from searchapp.db.repositories import (
    admin,
    claims,
    imports,
    phones,
    photos,
    product_writes,
    products,
    queue,
    searches,
)
from searchapp.db.repositories import queue as entries
from searchapp.db.transact import persist
from searchapp.errors import DeadlinePassed, MissingKey
from searchapp.jobs.access import remove_jobs
from searchapp.jobs.queue import QUEUE, enqueue
from searchapp.jobs.services import Services
from searchapp.logs import get_logger
from searchapp.notify.outbox import write_outcome
from searchapp.notify.policy import purge_phones, rotate

BATCH = 50
"""Searches removed in one transaction: short enough to be interrupted at any time."""

TOMBSTONE_TIME = timedelta(days=30)

UNNAMED_TIME = timedelta(hours=1)
"""How long an object may lie in the photo store before the row that names it is there."""


async def purge(services: Services) -> int:
    """Removes every search whose time is over, in small batches; how many.

    Interrupted, it goes on with the rest next time.
    """
    total = 0
    while removed := await _purge_batch(services):
        total += removed
        await asyncio.sleep(0)
    async with transaction(services.engine, stall_seconds=LONG_SECONDS) as session:
        now = services.clock()
        await searches.forget(session, now - TOMBSTONE_TIME)
        await purge_phones(session, now)
        await phones.forget_refusals(session)
        await products.purge_pictures(session, now)
        await product_writes.remove_unused_pictures(session)
        await admin.forget_old(session, now)
        await queue.forget_old(session)
    if total:
        log.info("expired searches removed", count=total)
    await rotate(services.engine, services.secrets)
    await rotate_addresses(services)
    # Last: a photo store that is away keeps nothing else from being done.
    await photos.sweep(services.engine, services.clock() - UNNAMED_TIME)
    return total


async def rotate_addresses(services: Services) -> None:
    """Encrypts the addresses of scheduled feeds with the newest key.  Those under an unknown one
    stay as they are; their import says so."""
    secrets = services.secrets
    async with transaction(services.engine) as session:
        for schedule in await imports.all_schedules(session):
            with suppress(MissingKey):
                if not secrets.is_newest(schedule.address):
                    fresh = secrets.encrypt(secrets.decrypt(schedule.address))
                    await imports.replace_address(session, schedule, fresh)


async def _purge_batch(services: Services) -> int:
    # Photos go with their searches, and an old catalogue of them may lie on a slow disk.
    async with transaction(services.engine, stall_seconds=LONG_SECONDS) as session:
        expired = await searches.expired_jobs(session, services.clock(), BATCH)
        return len(await remove_jobs(session, services, expired, "expired")) if expired else 0


log = get_logger(__name__)

HEARTBEAT_SECONDS = 1.0
STALE_SECONDS = 4.0
"""A worker that has not been heard of for so long is dead."""

SUSPECT_SECONDS = 1.75
"""A worker whose session has ended is dead after this silence already."""

STUCK_SECONDS = 25.0
"""A search whose worker lives and cannot reach the database for its work is taken from it."""

ORPHANED_SECONDS = 15.0
"""A transaction that holds others up and waits for its client is lost: ours end their statements
after 12 s (:data:`searchapp.db.transact.ATTEMPT_SECONDS`)."""

SWEEP_SECONDS = 0.5
GAP_SECONDS = 2.5
"""A sweep that comes so late had no view of the database in between."""

RECONCILE_SECONDS = 2.0
LIVENESS_GAP_SECONDS = 6.0
"""When no worker reached the database for so long, the time counts against no deadline."""

_LOOKS = 4
"""An entry of this worker that it does not work on is put back after so many looks."""


@dataclass
class ObservationWindow:
    """Whether a sweeper has watched long enough, without a gap, to declare a worker dead.

    ``clocks`` are read together: one stands still while the machine sleeps, one may be set.
    """

    clocks: tuple[Callable[[], float], ...] = (time.monotonic, time.time)
    _since: float | None = None
    _last: tuple[float, ...] = ()

    def look(self, *, beats_arrive: bool = True) -> bool:
        """Call right after each look at the heartbeats; True when what it showed can be used.

        :param beats_arrive: whether this worker's own heartbeat was among the fresh ones.
        """
        now = tuple(clock() for clock in self.clocks)
        gaps = [new - old for new, old in zip(now, self._last, strict=False)]
        late = bool(gaps) and (max(gaps) > GAP_SECONDS or min(gaps) < -GAP_SECONDS)
        if late:
            log.info("sweep came late; watching anew", seconds=round(max(gaps), 1))
        if self._since is None or late:
            self._since = now[0]
        self._last = now
        if not beats_arrive:
            self._since = None
            return False
        return now[0] - self._since >= STALE_SECONDS


@dataclass
class Sweeper:
    """Puts the entries of dead workers back, and this worker's own that it does not work on.

    ``running`` has the entries that this process works on; ``worker_id`` is its number in the
    queue.
    """

    queue: procrastinate.App
    running: set[int]
    worker_id: Callable[[], int | None]
    watch: ObservationWindow = field(default_factory=ObservationWindow)
    _dropped: dict[int, int] = field(default_factory=dict)

    async def sweep(self) -> None:
        """One look at the queue."""
        rows = await self.queue.connector.execute_query_all_async(
            entries.STALLED_ENTRIES,
            queue=QUEUE,
            stale=STALE_SECONDS,
            suspect=SUSPECT_SECONDS,
            stuck=STUCK_SECONDS,
            kind=LockKind.WORKER_PRESENCE.value,
        )
        stalled = [row for row in rows if row["id"] not in self.running]
        if not self.watch.look(beats_arrive=await self._beats_arrive()):
            return
        for row in stalled:
            await self._put_back(
                row["id"], attempts=row["attempts"], worker=row["worker_id"], reason=row["reason"]
            )
        for entry, attempts in await self._dropped_here():
            await self._put_back(
                entry, attempts=attempts, worker=self.worker_id(), reason="dropped here"
            )

    async def _put_back(
        self, entry: int, *, attempts: int, worker: int | None, reason: str
    ) -> None:
        await self.queue.job_manager.retry_job(
            queue_jobs.Job(
                id=entry,
                attempts=attempts,
                worker_id=worker,
                queue=QUEUE,
                lock=None,
                queueing_lock=None,
                task_name="search",
            )
        )
        log.warning("entry put back", entry=entry, attempts=attempts, reason=reason)

    async def _beats_arrive(self) -> bool:
        """Whether our own heartbeats arrive: while the database can be read and not written, as
        with a full disk, every living worker looks dead."""
        worker = self.worker_id()
        if worker is None:
            return False
        row = await self.queue.connector.execute_query_one_async(
            entries.SILENCE_OF_WORKER, worker=worker
        )
        return row["seconds"] is not None and row["seconds"] < STALE_SECONDS

    async def _dropped_here(self) -> list[tuple[int, int]]:
        """Entries, with their attempts, that the queue gave to this worker while the answer was
        lost.

        Only those seen several times: one that was just taken is not in ``running`` yet.
        """
        worker = self.worker_id()
        if worker is None:
            return []
        rows = await self.queue.connector.execute_query_all_async(
            entries.ENTRIES_OF_WORKER, worker=worker
        )
        seen = {row["id"]: row["attempts"] for row in rows if row["id"] not in self.running}
        self._dropped = {entry: self._dropped.get(entry, 0) + 1 for entry in seen}
        return [(entry, seen[entry]) for entry, looks in self._dropped.items() if looks >= _LOOKS]


async def reconcile(services: Services) -> None:
    """Puts jobs that nothing in the queue stands for back into it."""

    async def work(session: AsyncSession) -> int:
        lost = await entries.lost_jobs(session)
        return sum([await enqueue(session, job_id) for job_id in lost])

    count = await persist(services.engine, work, "reconcile")
    if count:
        log.warning("jobs without an entry put back", count=count)


async def expire_overdue(services: Services) -> None:
    """Records that workers reach the database, and fails the jobs whose deadline has passed.

    Both in one transaction, the liveness first: time in which no worker reached the database moves
    the deadlines before they are looked at.  While the queue is paused none is failed.
    """

    async def work(session: AsyncSession) -> tuple[float, int]:
        moved = await entries.record_liveness(session, LIVENESS_GAP_SECONDS)
        if await entries.is_paused(session):
            return moved, 0
        now = services.clock()
        late = await claims.end_overdue(
            session, now=now, expires_at=services.expiry(now), error_code=DeadlinePassed.code
        )
        for row in late:
            await write_outcome(session, row, now)
        await entries.remove_entries(session, [row.job_id for row in late])
        return moved, len(late)

    moved, late = await persist(services.engine, work, "deadlines")
    if moved:
        log.info("deadlines moved", seconds=round(moved, 1))
    if late:
        log.warning("deadlines passed", count=late)


async def end_orphans(services: Services) -> None:
    """Ends sessions that were lost with locks in their hands."""
    ended = await services.transact(lambda s: entries.end_orphaned_sessions(s, ORPHANED_SECONDS))
    if ended:
        log.warning("orphaned sessions ended", count=ended)
