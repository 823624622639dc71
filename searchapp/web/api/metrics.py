"""What Prometheus reads: this process's counters, and the state of the shared queue.

Besides the HTTP metrics: ``searchapp_workers_alive``, ``searchapp_jobs{state}`` (waiting, running,
choosing), ``searchapp_oldest_waiting_seconds``, ``searchapp_database_up``.  The queue's figures are
the same in every process: aggregate them with ``max``, not ``sum``.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from searchapp.errors import NotStored
from searchapp.jobs.health import queue_now
from searchapp.jobs.services import Services
from searchapp.storage.probes import QueueState
from searchapp.web.asgi.metrics import HttpMetrics


async def exposition(services: Services, http: HttpMetrics) -> bytes:
    """All metrics as text."""
    try:
        state = await queue_now(services)
    except NotStored:
        state = None
    return generate_latest(http.registry) + generate_latest(_shared(state))


def _shared(state: QueueState | None) -> CollectorRegistry:
    registry = CollectorRegistry()
    up = Gauge("searchapp_database_up", "1 if the database answered.", registry=registry)
    up.set(0 if state is None else 1)
    if state is None:
        return registry
    workers = Gauge("searchapp_workers_alive", "Workers with a fresh beat.", registry=registry)
    workers.set(state.workers)
    jobs = Gauge("searchapp_jobs", "Searches that are not finished.", ["state"], registry=registry)
    for name in ("waiting", "running", "choosing"):
        jobs.labels(name).set(getattr(state, name))
    oldest = Gauge(
        "searchapp_oldest_waiting_seconds", "Longest wait in the queue.", registry=registry
    )
    oldest.set(state.oldest_seconds)
    return registry
