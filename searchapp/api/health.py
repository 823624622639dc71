"""For operators and their machines: alive, ready, and what Prometheus reads.

``/metrics`` has this process's counters, and the state that all processes share, which is the same
in each: aggregate it with ``max``, not ``sum``.  docs/operators/metrics.md names every figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from searchapp.api.context import Ctx
from searchapp.api.errors import documented
from searchapp.db.repositories import admin, imports
from searchapp.db.repositories.admin import Finished
from searchapp.db.repositories.queue import QueueState, is_paused, queue_state, worker_states
from searchapp.errors import NotStored
from searchapp.http.http_errors import Unavailable
from searchapp.http.http_metrics import Duration, HttpMetrics, stage_durations
from searchapp.jobs.operations import DaySpending, spending
from searchapp.jobs.services import Services, in_transaction, models_present, readiness
from searchapp.logs import get_logger
from searchapp.notify.policy import sms_stopped
from searchapp.schemas import HealthSchema, ReadySchema

router = APIRouter(tags=["operation"])
_log = get_logger("searchapp.web.health")

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
    clock_skew: float
    """Seconds: the largest difference of a worker's clock from the database's, either way."""
    feeds: Sequence[imports.FeedHealth]
    paused: bool


@in_transaction
async def read_system_stats(session: AsyncSession, services: Services) -> SystemStats:
    """The state as it is now.

    :raises errors.NotStored: the database is unavailable.
    """
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
        clock_skew=max(
            (abs(worker.clock_skew) for worker in await worker_states(session)), default=0.0
        ),
        feeds=await imports.feed_health(session, now),
        paused=await is_paused(session),
    )


async def exposition(services: Services, http: HttpMetrics) -> bytes:
    """All metrics as text."""
    try:
        stats = await read_system_stats(services)
    except NotStored:
        stats = None
    return generate_latest(http.registry) + generate_latest(_shared(stats))


def _shared(stats: SystemStats | None) -> CollectorRegistry:
    gauges = _Gauges()
    gauges.one("searchapp_database_up", "1 if the database answered.", stats is not None)
    if stats is not None:
        _queue(gauges, stats)
        _searches(gauges, stats)
        _messages(gauges, stats)
        gauges.one("searchapp_products", "Products in the catalogue.", stats.products)
        gauges.one(
            "searchapp_worker_clock_skew_seconds",
            "Largest difference of a worker's clock from the database's.",
            stats.clock_skew,
        )
        _feeds(gauges, stats)
    return gauges.registry


def _queue(gauges: _Gauges, stats: SystemStats) -> None:
    queue = stats.queue
    gauges.one("searchapp_workers_alive", "Workers with a fresh heartbeat.", queue.workers)
    waiting = {name: getattr(queue, name) for name in ("waiting", "running", "choosing")}
    gauges.many("searchapp_jobs", "Searches that are not finished.", "state", waiting)
    gauges.one(
        "searchapp_oldest_waiting_seconds", "Longest wait in the queue.", queue.oldest_seconds
    )
    gauges.one("searchapp_queue_paused", "1 while an operator paused the queue.", stats.paused)


def _feeds(gauges: _Gauges, stats: SystemStats) -> None:
    ages = {feed.feed: feed.age_seconds for feed in stats.feeds if feed.age_seconds is not None}
    help_text = "Seconds since the last import of a feed that succeeded."
    gauges.many("searchapp_import_age_seconds", help_text, "feed", ages)
    refused = {feed.feed: feed.refused for feed in stats.feeds}
    gauges.many("searchapp_import_refused", "Refused rows of the last import.", "feed", refused)
    failed = {feed.feed: int(feed.failed) for feed in stats.feeds}
    help_text = "1 if the last import failed or was interrupted."
    gauges.many("searchapp_import_failed", help_text, "feed", failed)


def _searches(gauges: _Gauges, stats: SystemStats) -> None:
    gauges.many("searchapp_searches", "Stored searches.", "status", stats.statuses)
    ended = {"completed": stats.finished.completed, "failed": stats.finished.failed}
    gauges.many("searchapp_finished_15m", "Searches of the last 15 minutes.", "status", ended)
    seconds = Gauge(
        "searchapp_stage_seconds",
        "Seconds a stage took, over completed searches of the last 15 minutes.",
        ["stage", "quantile"],
        registry=gauges.registry,
    )
    for duration in stats.durations:
        seconds.labels(duration.stage, "0.5").set(duration.median)
        seconds.labels(duration.stage, "0.95").set(duration.p95)


def _messages(gauges: _Gauges, stats: SystemStats) -> None:
    today = stats.sms_today
    gauges.many("searchapp_sms", "Stored messages.", "state", stats.sms_states)
    gauges.one("searchapp_sms_accepted_today", "Messages a provider took today.", today.accepted)
    gauges.one("searchapp_sms_segments_today", "Segments, which are paid for.", today.segments)
    gauges.one("searchapp_sms_failed_today", "Messages that failed today.", today.failed)
    gauges.one("searchapp_sms_stopped", "1 while all messages are stopped.", stats.sms_stopped)


class _Gauges:
    """A fresh registry of figures that were read just now."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

    def one(self, name: str, meaning: str, value: float) -> None:
        Gauge(name, meaning, registry=self.registry).set(value)

    def many(self, name: str, meaning: str, label: str, values: Mapping[str, float]) -> None:
        gauge = Gauge(name, meaning, [label], registry=self.registry)
        for key, value in values.items():
            gauge.labels(key).set(value)


@router.get("/healthz", summary="Alive", response_model=HealthSchema)
async def healthz() -> Response:
    """Says that this process answers, and nothing about the database."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    summary="Ready to store a search",
    response_model=ReadySchema,
    responses=documented(Unavailable),
)
async def readyz(context: Ctx) -> Response:
    """503 when a search could not be stored.  Without workers or models it still is ready."""
    try:
        state = await readiness(context.services)
    except SQLAlchemyError as error:
        # Not an outage, but no better: rights or the schema are missing.
        _log.warning("not_ready", error=type(error).__name__)
        raise NotStored(type(error).__name__) from error
    return JSONResponse(
        {
            "ready": True,
            "workers": state.workers,
            "queue": {
                "waiting": state.waiting,
                "running": state.running,
                "choosing": state.choosing,
                "oldestSeconds": state.oldest_seconds,
            },
            "models": models_present(),
        }
    )


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(context: Ctx) -> Response:
    """This process's own counters, and the queue's when the database answers."""
    text = await exposition(context.services, context.metrics)
    return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})
