"""How long a search still takes, learned from the ones before it.

The database says when each stage of the newest completed searches began, so that every web process
knows the same, also after a restart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from searchapp.db.repositories import admin
from searchapp.db.repositories.admin import StageTimes
from searchapp.db.transact import transact
from searchapp.domain.search import SearchJob, Stage, Status
from searchapp.domain.state_machine import ITEM_FINAL
from searchapp.errors import AppError
from searchapp.jobs.services import Services

WINDOW = timedelta(days=7)
MOST = 50
"""How far back is looked, and at how many searches."""

FRESH = timedelta(seconds=30)
"""For so long what was read is not read again."""

FEWEST = 5
"""Fewer searches teach nothing."""

FIRST_GUESS = (2.0, 6.0)
"""Seconds of a whole search before anything was learned."""

_TIMED = (Stage.READING, Stage.REGIONS, Stage.MATCHING, Stage.FINISHING)


@dataclass
class _Memory:
    searches: Sequence[StageTimes] = ()
    read_at: datetime | None = None


_memory = _Memory()


async def learn(services: Services) -> None:
    """Reads how the newest searches went, unless that was done just now.

    While the database is unavailable, what is known goes on counting.
    """
    now = services.clock()
    if _memory.read_at is not None and now - _memory.read_at < FRESH:
        return
    _memory.read_at = now
    try:
        _memory.searches = await transact(
            services.engine, lambda s: admin.stage_times(s, now - WINDOW, MOST)
        )
    except AppError:
        _memory.read_at = None


def left(job: SearchJob) -> tuple[int, int]:
    """The range of whole seconds that a running search still needs; (0, 0) when it is unknown.

    A search that waits for a worker, or for the person, has no range.
    """
    if job.status is not Status.PROCESSING or job.stage not in _TIMED:
        return 0, 0
    rests = [rest for search in _memory.searches if (rest := _rest(search, job)) is not None]
    if len(rests) < FEWEST:
        part = 1 - job.progress / 100
        low, high = FIRST_GUESS[0] * part, FIRST_GUESS[1] * part
    else:
        cuts = quantiles(rests, n=10)
        low, high = cuts[0], cuts[8]
    shortest = max(1, math.floor(low))
    return shortest, max(shortest + 1, math.ceil(high))


def _rest(search: StageTimes, job: SearchJob) -> float | None:
    """The seconds that ``search`` took from where ``job`` is now to its end.

    Matching takes its time for each piece: what is counted is the time for the pieces still left.
    """
    began = search.began.get(job.stage.value)
    if began is None:
        return None
    ending = search.began.get(Stage.FINISHING.value)
    if job.stage is not Stage.MATCHING or ending is None or not search.items:
        return max(0.0, search.finished - began)
    pieces = sum(item.status not in ITEM_FINAL for item in job.items)
    return max(0.0, (ending - began) / search.items * pieces + search.finished - ending)
