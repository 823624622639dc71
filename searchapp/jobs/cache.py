"""The live jobs of this process: memory first, the database behind it, never back in time.

Watched jobs are kept new by notifications and, behind them, by a poll: one query for all of them.
Jobs without a watcher are believed only while notifications are known to arrive.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.notifier import Notifier
from searchapp.db.repositories import searches
from searchapp.db.transact import DEADLINE_SECONDS, RETRY_AFTER, repeat
from searchapp.domain.search import SearchJob
from searchapp.errors import NotFound, NotStored
from searchapp.jobs.access import in_time, missing_error
from searchapp.jobs.services import Services

POLL_SECONDS = 2.0
FALLBACK_POLL_SECONDS = 0.5
"""While notifications do not arrive, the poll is all there is."""

BATCH = 200
"""Jobs read in one query."""

KEPT = 200
"""Jobs kept without a watcher; a job with all its results takes some 100 KB."""

KEPT_SECONDS = 600.0


@dataclass(eq=False)
class _Entry:
    """One job in memory.  ``stale`` means that it may have changed since it was read."""

    job: SearchJob | None = None
    error: NotFound | None = None
    stale: bool = True
    watchers: int = 0
    reads: int = 0
    used_at: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Tells watchers that the job was read; they look whether it is newer."""
        self.reads += 1
        self.changed.set()
        self.changed = asyncio.Event()


class JobCache:
    """Hands out jobs at their newest version and wakes those who watch them.

    :param listen_dsn: where to LISTEN; None for the direct DSN of the settings.
    """

    def __init__(self, services: Services, listen_dsn: str | None = None) -> None:
        self._services = services
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._notifier = Notifier(listen_dsn or services.direct_dsn, services.engine)
        self._notifier.subscribe(searches.CHANNEL, self._notified, self._on_gap)

    @property
    def receiving(self) -> bool:
        """Whether notifications are known to arrive."""
        return self._notifier.receiving

    async def run(self) -> None:
        """Listens and polls until cancelled; start one in the web process's lifespan."""
        loops = (("changes", self._refresh_dirty), ("poll", self._poll))
        never = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._notifier.run())
            for name, work in loops:
                group.create_task(repeat(name, work, FALLBACK_POLL_SECONDS, never))

    async def get(self, job_id: str) -> SearchJob:
        """The job as the database has it now, and never older than what was shown of it.

        While the database is unavailable, what memory has of it.

        :raises errors.NotFound: there is no such job (Expired, Erased when it is known why).
        :raises errors.NotStored: the database is unavailable and memory has no copy.
        """
        try:
            return self._or_raise((await self._read([job_id]))[job_id])
        except NotStored:
            entry = self._entries.get(job_id)
            if entry is None or entry.job is None:
                raise
            return self._or_raise(entry.job)

    async def watch(self, job_id: str, *, follow: bool = False) -> AsyncIterator[SearchJob]:
        """The job now, then each newer version; ends after a final one.  Needs :meth:`run`.

        A slow watcher skips versions, never the newest.

        :param follow: go on after a final version: for what becomes of the message.
        :raises errors.NotFound: as :meth:`get`, also later when it is erased meanwhile.
        :raises errors.NotStored: as :meth:`get`, only at the beginning.
        """
        entry = self._entries.setdefault(job_id, _Entry())
        entry.watchers += 1
        try:
            if entry.job is None or entry.stale or not self.receiving:
                await self._look(job_id, entry)
            shown = 0
            while True:
                changed = entry.changed
                job = self._or_raise(entry.error or entry.job or NotFound())
                if job.version > shown:
                    shown = job.version
                    yield job
                    if job.status.final and not follow:
                        return
                else:
                    await changed.wait()
        finally:
            entry.watchers -= 1
            self._tidy()

    async def _look(self, job_id: str, entry: _Entry) -> None:
        """Waits for the next read of a job, which is one query for all who come together.

        While the database is unavailable, what memory has is enough.
        """
        before = entry.reads
        self._refresh([job_id])
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while entry.reads == before:
                    await entry.changed.wait()
        except TimeoutError:
            if entry.job is None:
                raise NotStored("not read in time", retry_after=RETRY_AFTER) from None

    async def _read(self, job_ids: Sequence[str]) -> dict[str, SearchJob | NotFound]:
        """What the jobs are now, or why they are not there; learnt and told to who watches."""
        secrets = self._services.secrets

        async def work(session: AsyncSession) -> dict[str, SearchJob | NotFound]:
            found = await searches.read_jobs(session, job_ids)
            return {
                job_id: found.get(job_id) or await missing_error(session, secrets, job_id)
                for job_id in job_ids
            }

        read = await self._services.transact(work)
        for job_id, answer in read.items():
            if isinstance(answer, SearchJob):
                read[job_id] = self._learn(answer)
            else:
                self._lose(job_id, answer)
        self._tidy()
        return read

    def _learn(self, job: SearchJob) -> SearchJob:
        """Keeps ``job`` unless something newer is known; returns the newest."""
        entry = self._entries.setdefault(job.id, _Entry())
        entry.used_at = time.monotonic()
        self._entries.move_to_end(job.id)
        if entry.job is not None and entry.job.version > job.version:
            entry.wake()
            return entry.job
        # What is read while no notifications arrive may be old in the next moment.
        entry.stale = not self.receiving
        entry.job = job
        entry.wake()
        return job

    def _lose(self, job_id: str, error: NotFound) -> None:
        """Forgets a deleted job; its watchers get the reason."""
        entry = self._entries.get(job_id)
        if entry is not None:
            entry.job, entry.error = None, error
            entry.wake()

    def _tidy(self) -> None:
        """Drops jobs without a watcher that are deleted or too old, and what is over the limit."""
        now = time.monotonic()
        idle = [job_id for job_id, entry in self._entries.items() if entry.watchers == 0]
        for place, job_id in enumerate(idle):
            entry = self._entries[job_id]
            too_much = len(idle) - place > KEPT
            if too_much or entry.job is None or now - entry.used_at > KEPT_SECONDS:
                del self._entries[job_id]

    def _notified(self, payload: str) -> None:
        job_id, _, version = payload.rpartition(":")
        if job_id and version.isdigit():
            self._on_change(job_id, int(version))

    def _on_change(self, job_id: str, version: int) -> None:
        entry = self._entries.get(job_id)
        if entry is None or (version and entry.job and entry.job.version >= version):
            return
        if version == 0 and entry.watchers == 0:
            del self._entries[job_id]
            return
        entry.stale = True
        if entry.watchers:
            self._refresh([job_id])

    def _on_gap(self) -> None:
        for entry in self._entries.values():
            entry.stale = True
        self._refresh(self._watched())

    def _watched(self) -> list[str]:
        return [job_id for job_id, entry in self._entries.items() if entry.watchers]

    def _refresh(self, job_ids: Iterable[str]) -> None:
        self._dirty.update(job_ids)
        if self._dirty:
            self._wake.set()

    async def _refresh_dirty(self) -> None:
        """Reads what has changed: everything that was told of meanwhile, in one query."""
        while True:
            await self._wake.wait()
            batch = list(islice(self._dirty, BATCH))
            self._dirty.difference_update(batch)
            if not self._dirty:
                self._wake.clear()
            try:
                await self._read(batch)
            except BaseException as error:
                self._refresh(batch)
                if not isinstance(error, NotStored):
                    raise
                await asyncio.sleep(FALLBACK_POLL_SECONDS)

    async def _poll(self) -> None:
        """Looks for versions that no notification told of."""
        while True:
            await asyncio.sleep(POLL_SECONDS if self.receiving else FALLBACK_POLL_SECONDS)
            watched = self._watched()
            if not watched:
                continue
            try:
                work = partial(searches.versions, job_ids=watched)
                versions = await self._services.transact(work)
            except NotStored:
                continue
            self._refresh(
                job_id for job_id in watched if self._behind(job_id, versions.get(job_id, 0))
            )

    def _behind(self, job_id: str, version: int) -> bool:
        entry = self._entries.get(job_id)
        if entry is None or entry.error is not None:
            return False
        return entry.job is None or version == 0 or version > entry.job.version

    def _or_raise(self, answer: SearchJob | NotFound) -> SearchJob:
        if isinstance(answer, NotFound):
            raise answer
        return in_time(answer, self._services.clock())
