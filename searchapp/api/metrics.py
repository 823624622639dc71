"""What Prometheus reads: this process's counters, and the state of the shared house.

docs/operators/metrics.md names every one.  The house's figures are the same in every process:
aggregate them with ``max``, not ``sum``.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from searchapp.api.system_stats import SystemStats, read_system_stats
from searchapp.errors import NotStored
from searchapp.http.http_metrics import HttpMetrics
from searchapp.jobs.services import Services


async def exposition(services: Services, http: HttpMetrics) -> bytes:
    """All metrics as text."""
    try:
        house = await read_system_stats(services)
    except NotStored:
        house = None
    return generate_latest(http.registry) + generate_latest(_shared(house))


def _shared(house: SystemStats | None) -> CollectorRegistry:
    gauges = _Gauges()
    gauges.one("searchapp_database_up", "1 if the database answered.", house is not None)
    if house is not None:
        _queue(gauges, house)
        _searches(gauges, house)
        _messages(gauges, house)
        gauges.one("searchapp_products", "Products in the catalogue.", house.products)
    return gauges.registry


def _queue(gauges: _Gauges, house: SystemStats) -> None:
    queue = house.queue
    gauges.one("searchapp_workers_alive", "Workers with a fresh beat.", queue.workers)
    waiting = {name: getattr(queue, name) for name in ("waiting", "running", "choosing")}
    gauges.many("searchapp_jobs", "Searches that are not finished.", "state", waiting)
    gauges.one(
        "searchapp_oldest_waiting_seconds", "Longest wait in the queue.", queue.oldest_seconds
    )


def _searches(gauges: _Gauges, house: SystemStats) -> None:
    gauges.many("searchapp_searches", "Stored searches.", "status", house.statuses)
    ended = {"completed": house.finished.completed, "failed": house.finished.failed}
    gauges.many("searchapp_finished_15m", "Searches of the last 15 minutes.", "status", ended)
    seconds = Gauge(
        "searchapp_stage_seconds",
        "Seconds a stage took, over completed searches of the last 15 minutes.",
        ["stage", "quantile"],
        registry=gauges.registry,
    )
    for duration in house.durations:
        seconds.labels(duration.stage, "0.5").set(duration.median)
        seconds.labels(duration.stage, "0.95").set(duration.p95)


def _messages(gauges: _Gauges, house: SystemStats) -> None:
    today = house.sms_today
    gauges.many("searchapp_sms", "Stored messages.", "state", house.sms_states)
    gauges.one("searchapp_sms_accepted_today", "Messages a provider took today.", today.accepted)
    gauges.one("searchapp_sms_segments_today", "Segments, which are paid for.", today.segments)
    gauges.one("searchapp_sms_failed_today", "Messages that failed today.", today.failed)
    gauges.one("searchapp_sms_stopped", "1 while all messages are stopped.", house.sms_stopped)


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
