"""A worker process: takes jobs from the queue, sweeps, sends messages, and cleans up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import procrastinate
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from searchapp.db.repositories import queue as entries
from searchapp.jobs.adapters import open_worker_context
from searchapp.jobs.queue import QUEUE, RUNNER, open_queue
from searchapp.jobs.retention import purge
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.sweeper import (
    HEARTBEAT_SECONDS,
    RECONCILE_SECONDS,
    SWEEP_SECONDS,
    Sweeper,
    pause,
    reconcile,
    repeat,
    tend,
)
from searchapp.logs import get_logger
from searchapp.notify.ports import SmsSender
from searchapp.notify.providers import make_sender
from searchapp.notify.reconciler import SenderContext
from searchapp.notify.sender_loop import run_sender

log = get_logger(__name__)

CONCURRENCY = 2
"""Jobs at once: one computes while another one reads or writes."""

GRACE_SECONDS = 5.0
"""What running jobs get to finish once the worker is told to stop; then they are handed back."""

LAST_SECONDS = 5.0
"""After the grace: for handing back, and for the queue to say goodbye."""

LAST_CALL_SECONDS = 12.0
"""After the wish to stop: for messages that are on their way to the provider, whose calls end
within 10 s, and for its answers.  Broken off, each would have to be looked up."""

PURGE_SECONDS = 3600.0
FORGOTTEN_SECONDS = 86400.0
"""A worker that was not heard of for so long is taken out of the queue's list."""

SILENT_SECONDS = 10.0

SENDER_SECONDS = 1.0
"""Until a sender that fell over begins anew: without one no message ever leaves."""


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    workshop: WorkerContext | None = None,
    sender: SmsSender | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Works until ``stop`` is set, then hands its jobs back and returns within 15 s.

    :param workshop: other eyes and shelves than the real ones, for tests.
    :param sender: who sends messages; None for whom the settings name.
    :param on_ready: called once everything that this worker needs is open.
    """
    if workshop is not None:
        await _work(services, stop, workshop, sender, on_ready)
        return
    async with open_worker_context(services) as opened:
        await _work(services, stop, opened, sender, on_ready)


@dataclass
class Taker:
    """What the queue calls for each entry; knows which ones this process works on."""

    workshop: WorkerContext
    running: set[int] = field(default_factory=set)

    async def __call__(self, job_id: str, entry: int) -> None:
        self.running.add(entry)
        try:
            await self.workshop.run(job_id)
        finally:
            self.running.discard(entry)


async def _work(
    services: Services,
    stop: asyncio.Event,
    workshop: WorkerContext,
    sender: SmsSender | None,
    on_ready: Callable[[], None],
) -> None:
    closing = asyncio.Event()
    queue = open_queue(services.direct_dsn, closing)
    async with queue.open_async():
        taker = Taker(workshop)
        post = _Post(queue, taker)
        sweeper = Sweeper(queue, taker.running, post.worker_id)
        async with _loops(
            stop,
            repeat(sweeper.sweep, SWEEP_SECONDS, stop),
            repeat(partial(reconcile, services), RECONCILE_SECONDS, stop),
            repeat(partial(tend, services), RECONCILE_SECONDS, stop),
            repeat(post.listen_to_heart, RECONCILE_SECONDS, stop),
            repeat(partial(purge, services), PURGE_SECONDS, stop),
            repeat(partial(_send, services, sender, stop), SENDER_SECONDS, stop),
        ) as loops:
            sending = loops[-1]
            work = asyncio.create_task(post.keep_working(stop))
            on_ready()
            await stop.wait()
            await asyncio.gather(
                _finish(post, work, closing, bool(taker.running)),
                asyncio.wait({sending}, timeout=LAST_CALL_SECONDS),
            )


async def _finish(
    post: _Post, work: asyncio.Task[None], closing: asyncio.Event, busy: bool
) -> None:
    """Lets running jobs end, hands the others back, and gives up on a database that is away."""
    post.stop()
    if not busy:
        closing.set()
    await asyncio.wait({work}, timeout=GRACE_SECONDS + LAST_SECONDS / 2)
    closing.set()
    await asyncio.wait({work}, timeout=LAST_SECONDS / 2)
    work.cancel()


class _Post:
    """The queue's worker, started anew whenever it falls over."""

    def __init__(self, queue: procrastinate.App, taker: Taker) -> None:
        self._queue = queue
        self._taker = taker
        self._worker: Worker | None = None
        self._silent = 0

    def worker_id(self) -> int | None:
        return self._worker.worker_id if self._worker else None

    def stop(self) -> None:
        if self._worker:
            self._worker.stop()  # type: ignore[no-untyped-call]

    async def keep_working(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._worker = self._new()
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
            except Exception:
                if not stop.is_set():
                    log.exception("the queue's worker fell over")
            await pause(HEARTBEAT_SECONDS, stop)

    def _new(self) -> Worker:
        return Worker(
            app=self._queue,
            queues=[QUEUE],
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=SWEEP_SECONDS,
            abort_job_polling_interval=FORGOTTEN_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
            delete_jobs=DeleteJobCondition.ALWAYS,
            additional_context={RUNNER: self._taker},
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=FORGOTTEN_SECONDS,
        )

    async def listen_to_heart(self) -> None:
        """Starts anew when our heartbeats do not arrive although the database answers."""
        worker = self.worker_id()
        if worker is None:
            return
        row = await self._queue.connector.execute_query_one_async(
            entries.SILENCE_OF_WORKER, worker=worker
        )
        silent = row["seconds"] is None or row["seconds"] > SILENT_SECONDS
        self._silent = self._silent + 1 if silent else 0
        if self._silent >= 3:
            log.error("heartbeats do not arrive: starting anew")
            self._silent = 0
            self.stop()


async def _send(services: Services, sender: SmsSender | None, stop: asyncio.Event) -> None:
    """Sends messages, by the way that the settings name."""
    chosen = sender or make_sender(services.settings, services.engine)
    context = SenderContext(
        services.engine, services.secrets, services.settings, chosen, services.clock
    )
    try:
        await run_sender(context, stop)
    finally:
        await chosen.close()


@asynccontextmanager
async def _loops(
    stop: asyncio.Event, *loops: Awaitable[None]
) -> AsyncIterator[Sequence[asyncio.Future[None]]]:
    """Runs ``loops`` beside the block, as the tasks that it yields, and ends them with it."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield tasks
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=1.0)
