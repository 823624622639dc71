"""What is measured: the web process's own Prometheus metrics, how long each stage of a search
takes, and, learned from those, how long a search still takes.

``searchapp_http_requests_total{method,route,status}``, ``searchapp_http_request_seconds{route}``,
``searchapp_upload_bytes_held``, ``searchapp_event_streams``, ``searchapp_websockets``,
``searchapp_websockets_refused_total``, ``searchapp_websocket_frames_refused_total``.

The database says when each stage of the newest completed searches began, so that every web process
knows the same, also after a restart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from statistics import quantiles

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from searchapp.db.repositories import admin
from searchapp.db.repositories.admin import StageTimes
from searchapp.domain.search import SearchJob, Stage, Status
from searchapp.domain.state_machine import ITEM_FINAL
from searchapp.errors import AppError
from searchapp.jobs.services import Services

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

TIMED = (Stage.READING, Stage.REGIONS, Stage.MATCHING, Stage.FINISHING)
"""The stages in which a worker is busy, in order."""

WAITING, TOTAL = "waiting", "total"
"""Before the claim that counted; and from being stored to being finished."""


class HttpMetrics:
    """What is counted of requests; each app has its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        self._requests = counter(
            "searchapp_http_requests", "Requests answered.", ["method", "route", "status"]
        )
        self._seconds = Histogram(
            "searchapp_http_request_seconds",
            "Seconds from a request's headers to the end of its answer.",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.upload_bytes = gauge("searchapp_upload_bytes_held", "Bytes of uploads held in memory.")
        self.streams = gauge("searchapp_event_streams", "Open server-sent event streams.")
        self.sockets = gauge("searchapp_websockets", "Open websockets.")
        self.sockets_refused = counter("searchapp_websockets_refused", "Websockets not let in.")
        self.frames_refused = counter(
            "searchapp_websocket_frames_refused", "Websocket frames that no page of ours sends."
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        if not route.endswith("/events"):
            self._seconds.labels(route).observe(seconds)


@dataclass(frozen=True, slots=True)
class Duration:
    """One stage over many searches, in seconds."""

    stage: str
    median: float
    p95: float
    count: int


def stage_durations(searches: Iterable[StageTimes]) -> list[Duration]:
    """Median and 95th percentile of each stage, of the wait before, and of it all."""
    seconds: dict[str, list[float]] = {}
    for search in searches:
        for name, value in _spans(search).items():
            seconds.setdefault(name, []).append(value)
    names = [WAITING, *(stage.value for stage in TIMED), TOTAL]
    return [
        Duration(name, _quantile(values, 0.5), _quantile(values, 0.95), len(values))
        for name in names
        if (values := sorted(seconds.get(name, ())))
    ]


def _spans(search: StageTimes) -> dict[str, float]:
    began = [(str(s.value), search.began[s.value]) for s in TIMED if s.value in search.began]
    moments = [moment for _, moment in began] + [search.finished]
    spans: dict[str, float] = {
        name: max(0.0, moments[n + 1] - start) for n, (name, start) in enumerate(began)
    }
    spans[TOTAL] = search.total
    spans[WAITING] = max(0.0, search.total - search.finished)
    return spans


def _quantile(values: Sequence[float], part: float) -> float:
    """The nearest-rank quantile of sorted ``values``."""
    return values[max(0, math.ceil(part * len(values)) - 1)]


WINDOW = timedelta(days=7)
MOST = 50
"""How far back is looked, and at how many searches."""

FRESH = timedelta(seconds=30)
"""For so long what was read is not read again."""

FEWEST = 5
"""Fewer searches teach nothing."""

FIRST_GUESS = (2.0, 6.0)
"""Seconds of a whole search before anything was learned."""


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
        _memory.searches = await services.transact(
            lambda s: admin.stage_times(s, now - WINDOW, MOST)
        )
    except AppError:
        _memory.read_at = None


def left(job: SearchJob) -> tuple[int, int]:
    """The range of whole seconds that a running search still needs; (0, 0) when it is unknown.

    A search that waits for a worker, or for the person, has no range.
    """
    if job.status is not Status.PROCESSING or job.stage not in TIMED:
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

    Matching takes its time for each item: what is counted is the time for the items still left.
    """
    began = search.began.get(job.stage.value)
    if began is None:
        return None
    ending = search.began.get(Stage.FINISHING.value)
    if job.stage is not Stage.MATCHING or ending is None or not search.items:
        return max(0.0, search.finished - began)
    left = sum(item.status not in ITEM_FINAL for item in job.items)
    return max(0.0, (ending - began) / search.items * left + search.finished - ending)
