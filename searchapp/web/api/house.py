"""What all processes share, for Prometheus: the queue, the searches, the messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.jobs.outage import promptly
from searchapp.jobs.services import Services
from searchapp.notify.operating import DaySpending, sms_stopped, spending
from searchapp.storage import imports, overview
from searchapp.storage.overview import Finished
from searchapp.storage.probes import QueueState, queue_state
from searchapp.web.admin.durations import Duration, stage_durations

WINDOW = timedelta(minutes=15)
"""What durations and throughput look back on."""

TIMED_SEARCHES = 1000


@dataclass(frozen=True, slots=True)
class House:
    """The state of everything at one moment."""

    queue: QueueState
    statuses: dict[str, int]
    finished: Finished
    durations: Sequence[Duration]
    sms_states: dict[str, int]
    sms_today: DaySpending
    sms_stopped: bool
    products: int


async def read_house(services: Services) -> House:
    """The house as it is now.

    :raises errors.NotStored: the database is away.
    """

    async def read(session: AsyncSession) -> House:
        now = services.clock()
        timed = await overview.stage_times(session, now - WINDOW, TIMED_SEARCHES)
        return House(
            queue=await queue_state(session),
            statuses=await overview.statuses(session),
            finished=(await overview.finished(session, now, WINDOW.total_seconds(), 1))[0],
            durations=stage_durations(timed),
            sms_states=await overview.sms_states(session),
            sms_today=(await spending(session, 1, now))[0],
            sms_stopped=await sms_stopped(session, services.settings),
            products=sum(feed.products for feed in await imports.feed_stats(session)),
        )

    return await promptly(services.engine, read)
