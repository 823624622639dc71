"""What the work on jobs needs from outside, opened once for each process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from math import ceil
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.connections import database_clock
from searchapp.db.engine import known_dsns, locate, make_engine, try_connecting
from searchapp.db.object_store import deleted, use_photo_store
from searchapp.db.repositories.queue import QueueState, queue_state, try_store, waiting_line
from searchapp.db.secrets import Secrets, load_secrets
from searchapp.db.transact import (
    DEADLINE_SECONDS,
    Work,
    outage_is_not_stored,
    transact,
    with_deadline,
)
from searchapp.domain.search import QueuePlace, SearchJob, Stage, Status
from searchapp.errors import NotStored
from searchapp.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


def utc_now() -> datetime:
    """The time of this host, aware, in UTC: for names of files, never for a decision."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Settings, database, keys and clock.

    The clock is the database's unless a test gives another one: no host's own clock decides.
    """

    settings: Settings
    engine: AsyncEngine
    secrets: Secrets
    given_clock: Callable[[], datetime] | None = None

    @property
    def clock(self) -> Callable[[], datetime]:
        """Tells the time."""
        return self.given_clock or database_clock(self.engine)

    def expiry(self, now: datetime) -> datetime:
        """Until when a search is kept that is stored, chosen or ended at ``now``."""
        return now + timedelta(days=self.settings.retention_days)

    @property
    def direct_dsn(self) -> str:
        """The DSN for sessions that LISTEN: never a pooler if the operator named a direct one."""
        return known_dsns(self.settings).direct

    async def transact(self, work: Work[T], *, deadline: float = DEADLINE_SECONDS) -> T:
        """The result of ``work``, as :func:`searchapp.db.transact.transact` commits it.

        :raises NotStored: the database is unavailable; so does whatever calls this.
        """
        return await transact(self.engine, work, deadline=deadline)

    async def close(self) -> None:
        """Closes what :func:`open_services` may have opened."""
        await deleted()
        await self.engine.dispose()


def in_transaction(
    work: Callable[Concatenate[AsyncSession, Services, P], Awaitable[T]],
) -> Callable[Concatenate[Services, P], Coroutine[Any, Any, T]]:
    """Commits what ``work`` does in a transaction of its own (:meth:`Services.transact`): callers
    give services and arguments, ``work`` gets the session before them."""

    @wraps(work)
    async def committed(services: Services, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await services.transact(lambda session: work(session, services, *args, **kwargs))

    return committed


def open_services(settings: Settings) -> Services:
    """The services for ``settings``; opens no connection yet.

    :raises OperatorError: when the embedded Postgres cannot start, or no usable key is given.
    """
    engine = make_engine(locate(settings).pooled)
    use_photo_store(engine, settings)
    return Services(settings, engine, load_secrets(settings))


_MODELS = Path(__file__).parents[1] / "vision" / "models"
_REQUIRED = ("efficientnet_lite0.onnx", "u2netp.onnx")


async def readiness(services: Services) -> QueueState:
    """The state of the queue, after a trial write that was taken back and over a new connection:
    open ones may work on when the server takes no more.

    :raises errors.NotStored: the database is unavailable, or takes no writes.
    """
    async with outage_is_not_stored():
        await with_deadline(DEADLINE_SECONDS, try_connecting(services.engine))

    async def probe(session: AsyncSession) -> QueueState:
        await try_store(session)
        return await queue_state(session)

    return await services.transact(probe)


def models_present() -> dict[str, bool]:
    """Which model files are there, by name, without loading them."""
    return {name.partition(".")[0]: (_MODELS / name).is_file() for name in _REQUIRED}


LINE_LIMIT = 20_000
"""Waiting jobs that are counted."""

LINE_SECONDS = 1.0
"""How long one reading of the line serves this process."""

USUAL_SECONDS = 1.0
"""A worker's time for one search while none has been finished lately (docs/performance.md)."""


class QueuePlaces:
    """Tells where queued searches stand.  The line is read once a second at most, however many ask;
    while the database is unavailable the last reading counts, and all who ask wait for it once.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._ahead: Mapping[str, int] = {}
        self._workers = 0
        self._seconds_each: float | None = None

    async def of(self, job: SearchJob) -> QueuePlace | None:
        """The place of ``job`` while it waits for a worker, else None."""
        if job.status is not Status.PENDING or job.stage is Stage.CHOOSING:
            return None
        await self._read()
        # A job at its first version that is not in the line came after the line was read.
        ahead = self._ahead.get(job.id, len(self._ahead) if job.version == 1 else 0)
        each = self._seconds_each
        return QueuePlace(ahead, None if each is None else ceil((ahead + 1) * each))

    async def any_worker(self) -> bool:
        """Whether a worker is alive."""
        await self._read()
        return self._workers > 0

    async def _read(self) -> None:
        async with self._lock:
            if time.monotonic() - self._read_at > LINE_SECONDS:
                await self._read_line()
                self._read_at = time.monotonic()

    async def _read_line(self) -> None:
        try:
            line = await self._services.transact(lambda session: waiting_line(session, LINE_LIMIT))
        except NotStored:
            return
        self._ahead = {job_id: place for place, job_id in enumerate(line.job_ids)}
        self._workers = line.workers
        moving = line.workers > 0 and not line.paused
        self._seconds_each = (line.seconds or USUAL_SECONDS) / line.workers if moving else None
