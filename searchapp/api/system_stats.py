"""What all processes share, for Prometheus: the queue, the searches, the messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import admin, imports
from searchapp.db.repositories.admin import Finished
from searchapp.db.repositories.queue import QueueState, queue_state
from searchapp.db.transact import transact
from searchapp.jobs.services import Services
from searchapp.notify.admin import DaySpending, sms_stopped, spending
from searchapp.web.admin.durations import Duration, stage_durations

WINDOW = timedelta(minutes=15)
"""What durations and throughput look back on."""

TIMED_SEARCHES = 1000


@dataclass(frozen=True, slots=True)
class SystemStats:
    """The state of everything at one moment."""

    queue: QueueState
    statuses: dict[str, int]
    finished: Finished
    durations: Sequence[Duration]
    sms_states: dict[str, int]
    sms_today: DaySpending
    sms_stopped: bool
    products: int


async def read_system_stats(services: Services) -> SystemStats:
    """The house as it is now.

    :raises errors.NotStored: the database is away.
    """

    async def read(session: AsyncSession) -> SystemStats:
        now = services.clock()
        timed = await admin.stage_times(session, now - WINDOW, TIMED_SEARCHES)
        return SystemStats(
            queue=await queue_state(session),
            statuses=await admin.statuses(session),
            finished=(await admin.finished(session, now, WINDOW.total_seconds(), 1))[0],
            durations=stage_durations(timed),
            sms_states=await admin.sms_states(session),
            sms_today=(await spending(session, 1, now))[0],
            sms_stopped=await sms_stopped(session, services.settings),
            products=sum(feed.products for feed in await imports.feed_stats(session)),
        )

    return await transact(services.engine, read)
