"""A worker process: takes jobs from the queue, sweeps, sends messages, and cleans up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import procrastinate
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from searchapp.db.notifier import Notifier
from searchapp.db.repositories import queue as entries
from searchapp.db.transact import pause, persist, repeat, running
from searchapp.jobs.adapters import open_worker_context
from searchapp.jobs.liveness import ProcessWatchdog, WorkerPresence
from searchapp.jobs.queue import QUEUE, RUNNER, QueueSwitch, open_queue
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.sweeper import (
    HEARTBEAT_SECONDS,
    RECONCILE_SECONDS,
    SWEEP_SECONDS,
    Sweeper,
    end_orphans,
    expire_overdue,
    purge,
    reconcile,
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
"""After the grace: for handing back, and for the queue to unregister the worker."""

LAST_CALL_SECONDS = 12.0
"""After the signal to stop: for messages that are on their way to the provider, whose calls end
within 10 s, and for its answers.  Broken off, each would have to be looked up."""

PURGE_SECONDS = 3600.0
FORGOTTEN_SECONDS = 86400.0
"""A worker that was not heard of for so long is taken out of the queue's list."""

SILENT_SECONDS = 10.0

SENDER_SECONDS = 1.0
"""Until a sender that crashed is started again: without one no message is ever sent."""

SWITCH_SECONDS = 1.0
"""Between two looks at whether the queue is paused."""


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    context: WorkerContext | None = None,
    sender: SmsSender | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Works until ``stop`` is set, then hands its jobs back and returns within 15 s.

    :param context: other vision and index than the real ones, for tests.
    :param sender: who sends messages; None for whom the settings name.
    :param on_ready: called once everything that this worker needs is open.
    """
    if context is not None:
        await WorkerProcess(services, stop, context, sender).run(on_ready)
        return
    async with open_worker_context(services) as opened:
        await WorkerProcess(services, stop, opened, sender).run(on_ready)


@dataclass
class JobRunner:
    """What the queue calls for each entry; knows which ones this process works on."""

    context: WorkerContext
    running: set[int] = field(default_factory=set)

    async def __call__(self, job_id: str, entry: int) -> None:
        self.running.add(entry)
        try:
            await self.context.run(job_id)
        finally:
            self.running.discard(entry)


class WorkerProcess:
    """The loops of one worker process, and how they end."""

    def __init__(
        self,
        services: Services,
        stop: asyncio.Event,
        context: WorkerContext,
        sender: SmsSender | None,
    ) -> None:
        self._services = services
        self._stop = stop
        self._sender = sender
        self._closing = asyncio.Event()
        self._switch = QueueSwitch()
        self._notifier = Notifier(services.direct_dsn, services.engine)
        self._presence = WorkerPresence(services, self._notifier)
        self._runner = JobRunner(context)
        self._watchdog = ProcessWatchdog(context.steps)

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Works until told to stop."""
        queue = open_queue(self._services.direct_dsn, self._closing, self._notifier, self._switch)
        self._watchdog.start()
        try:
            async with queue.open_async():
                await self._work(queue, on_ready)
        finally:
            self._watchdog.stop()
            await self._presence.remove()

    async def _work(self, queue: procrastinate.App, on_ready: Callable[[], None]) -> None:
        supervisor = WorkerSupervisor(queue, self._runner)
        loops = self._loops(queue, supervisor)
        send = repeat("sender", self._send, SENDER_SECONDS, self._stop)
        async with running(self._stop, send, self._notifier.run(), *loops) as (sending, *_others):
            work = asyncio.create_task(supervisor.run(self._stop))
            on_ready()
            await self._stop.wait()
            await asyncio.gather(
                self._finish(supervisor, work),
                asyncio.wait({sending}, timeout=LAST_CALL_SECONDS),
            )

    def _loops(
        self, queue: procrastinate.App, supervisor: WorkerSupervisor
    ) -> list[Awaitable[None]]:
        services = self._services
        sweeper = Sweeper(queue, self._runner.running, supervisor.worker_id)

        async def record() -> None:
            await self._presence.record(supervisor.worker_id())

        loops: Sequence[tuple[str, Callable[[], Awaitable[object]], float]] = (
            ("switch", self._read_switch, SWITCH_SECONDS),
            ("sweeper", sweeper.sweep, SWEEP_SECONDS),
            ("presence", record, RECONCILE_SECONDS),
            ("lost jobs", partial(reconcile, services), RECONCILE_SECONDS),
            ("deadlines", partial(expire_overdue, services), RECONCILE_SECONDS),
            ("orphaned sessions", partial(end_orphans, services), RECONCILE_SECONDS),
            ("heartbeat", supervisor.check_heartbeat, RECONCILE_SECONDS),
            ("purge", partial(purge, services), PURGE_SECONDS),
        )
        return [repeat(name, work, seconds, self._stop) for name, work, seconds in loops]

    async def _read_switch(self) -> None:
        paused = await persist(self._services.engine, entries.is_paused, "queue switch")
        if paused != self._switch.paused:
            log.warning("queue paused by an operator" if paused else "queue resumed")
        self._switch.paused = paused

    async def _send(self) -> None:
        """Sends messages, by the way that the settings name."""
        services = self._services
        chosen = self._sender or make_sender(services.settings, services.engine, services.clock)
        context = SenderContext(
            services.engine, services.secrets, services.settings, chosen, services.clock
        )
        try:
            await run_sender(context, self._stop, self._notifier)
        finally:
            await chosen.close()

    async def _finish(self, supervisor: WorkerSupervisor, work: asyncio.Task[None]) -> None:
        """Lets running jobs end, hands the others back, and gives up on a database that does not
        answer."""
        supervisor.stop()
        if not self._runner.running:
            self._closing.set()
        await asyncio.wait({work}, timeout=GRACE_SECONDS + LAST_SECONDS / 2)
        self._closing.set()
        await asyncio.wait({work}, timeout=LAST_SECONDS / 2)
        work.cancel()


class WorkerSupervisor:
    """Runs the queue's worker, and starts it again whenever it crashes."""

    def __init__(self, queue: procrastinate.App, runner: JobRunner) -> None:
        self._queue = queue
        self._runner = runner
        self._worker: Worker | None = None
        self._silent = 0

    def worker_id(self) -> int | None:
        """The number of this worker in the queue, once it is registered."""
        return self._worker.worker_id if self._worker else None

    def stop(self) -> None:
        """Lets the worker take no more entries."""
        if self._worker:
            self._worker.stop()  # type: ignore[no-untyped-call]

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps a worker running until ``stop`` is set."""
        while not stop.is_set():
            self._worker = self._new()
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
            except Exception:
                if not stop.is_set():
                    log.exception("queue worker crashed; restarting")
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
            additional_context={RUNNER: self._runner},
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=FORGOTTEN_SECONDS,
        )

    async def check_heartbeat(self) -> None:
        """Starts the worker again when its heartbeats do not arrive although the database does."""
        worker = self.worker_id()
        if worker is None:
            return
        row = await self._queue.connector.execute_query_one_async(
            entries.SILENCE_OF_WORKER, worker=worker
        )
        silent = row["seconds"] is None or row["seconds"] > SILENT_SECONDS
        self._silent = self._silent + 1 if silent else 0
        if self._silent >= 3:
            log.error("heartbeats do not arrive; restarting the queue worker")
            self._silent = 0
            self.stop()
