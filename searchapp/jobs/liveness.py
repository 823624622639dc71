"""What shows that a worker lives and gets on: its session, its heartbeats, the steps it makes.

A death is seen at once by the end of the worker's session, a silence by its heartbeat, a worker
that cannot reach the database for its work by the heartbeat of the search.  A process that makes
no step ends itself, so that whoever supervises it starts another one.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.connections import database_clock
from searchapp.db.notifier import Notifier
from searchapp.db.repositories import claims, queue
from searchapp.db.repositories.claims import Claim
from searchapp.errors import LostClaim, NotStored
from searchapp.jobs.services import Services
from searchapp.logs import get_logger

log = get_logger(__name__)

BEAT_SECONDS = 2.0
"""Between two heartbeats of a running search."""

STEP_SECONDS = 240.0
"""Longest step of a search outside of the database: the largest photo, decoded and described on a
machine that is ten times too busy, takes less."""

LOOP_SECONDS = 60.0
"""How long the event loop may stand still."""

HEALTH_SECONDS = 10.0
"""A health file that is older belongs to a process that does not get on."""

STUCK_EXIT = 75
"""The exit code of a process that ended itself: a temporary failure (sysexits.h)."""

FOLDER = "searchapp-workers"


@dataclass
class StepWatch:
    """The steps that this process makes just now, outside of the database."""

    _began: dict[int, tuple[str, float]] = field(default_factory=dict)
    _count: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Counts the block as one step."""
        self._count += 1
        key = self._count
        self._began[key] = (name, time.monotonic())
        try:
            yield
        finally:
            del self._began[key]

    def overdue(self) -> str | None:
        """The name of a step that takes longer than STEP_SECONDS."""
        now = time.monotonic()
        for name, began in list(self._began.values()):
            if now - began > STEP_SECONDS:
                return name
        return None


@asynccontextmanager
async def heartbeat_of(services: Services, claim: Claim) -> AsyncIterator[None]:
    """While the block runs, tells that the search gets on, over the connections of its work."""
    task = asyncio.create_task(_beat(services, claim))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _beat(services: Services, claim: Claim) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await services.transact(lambda session: claims.record_heartbeat(session, claim))
        except NotStored as error:
            log.debug("heartbeat not stored", error=str(error))
        except LostClaim:
            return  # The next write of the search says so too, and ends it.


class WorkerPresence:
    """Makes this process known: an advisory lock held by its session, and a row about it."""

    def __init__(self, services: Services, notifier: Notifier) -> None:
        self.key = random.SystemRandom().randrange(1, 1 << 31)
        self._services = services
        notifier.on_connect(partial(queue.hold_presence, presence=self.key))

    async def record(self, worker_id: int | None) -> None:
        """Records this process as the queue's worker ``worker_id``."""
        host, pid = socket.gethostname(), os.getpid()

        async def work(session: AsyncSession) -> None:
            # Only a transaction knows: it has read the database's clock.
            skew = database_clock(self._services.engine).skew_seconds
            await queue.record_worker(session, self.key, worker_id, host, pid, skew)

        await self._services.transact(work)

    async def remove(self) -> None:
        """Takes this process out of the list, if the database answers."""
        with suppress(NotStored):
            await self._services.transact(lambda s: queue.remove_worker(s, self.key), deadline=2.0)


def health_folder() -> Path:
    """Where the worker processes of this host and account leave their health files."""
    return Path(tempfile.gettempdir()) / f"{FOLDER}-{os.getuid()}"


class ProcessWatchdog:
    """A thread that writes the health file while the process gets on, and ends it if it does not.

    :param end: what ends the process; it does not return.
    """

    def __init__(
        self, watch: StepWatch, end: Callable[[int], None] = os._exit, interval: float = 1.0
    ) -> None:
        self._watch = watch
        self._end = end
        self._interval = interval
        self._loop = asyncio.get_running_loop()
        self._ticked = time.monotonic()
        self._stopped = threading.Event()
        self._file = health_folder() / f"{os.getpid()}"

    def start(self) -> None:
        """Begins to watch; call it in the event loop."""
        health_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Ends watching, and removes the health file."""
        self._stopped.set()
        self._file.unlink(missing_ok=True)

    def _run(self) -> None:
        woke = time.monotonic()
        while not self._stopped.wait(self._interval):
            now = time.monotonic()
            if now - woke > self._interval + 5:
                # The whole process stood still, stopped or asleep: nothing of that is its fault.
                self._ticked = now
            woke = now
            self._look(now)

    def _look(self, now: float) -> None:
        with suppress(RuntimeError):  # The loop is closed: the process is ending.
            self._loop.call_soon_threadsafe(self._tick)
        stuck = self._watch.overdue()
        if now - self._ticked > LOOP_SECONDS:
            stuck = "event loop"
        if stuck is not None:
            log.error("no progress; ending this process", step=stuck)
            self._file.unlink(missing_ok=True)
            self._end(STUCK_EXIT)
        elif now - self._ticked < HEALTH_SECONDS and not self._stopped.is_set():
            fresh = self._file.with_name(f".{self._file.name}")
            with suppress(OSError):  # A full disk is told of elsewhere.
                fresh.write_text(f"{time.monotonic()}\n")
                fresh.replace(self._file)  # A reader never sees half of it.

    def _tick(self) -> None:
        self._ticked = time.monotonic()


def healthy_workers() -> tuple[list[int], list[int]]:
    """The worker processes of this host that get on, and those that live and do not, by pid.

    Files that killed workers left are removed, also when another process has their number by now.
    """
    healthy: list[int] = []
    stuck: list[int] = []
    for file in sorted(health_folder().glob("[0-9]*")):
        pid = int(file.name)
        try:
            age = time.monotonic() - float(file.read_text())
        except (OSError, ValueError):
            continue  # It was just removed.
        if _lives_since(pid, age):
            (healthy if age < HEALTH_SECONDS else stuck).append(pid)
        else:
            file.unlink(missing_ok=True)
    return healthy, stuck


def _lives_since(pid: int, seconds: float) -> bool:
    """Whether ``pid`` is a process or thread that is older than ``seconds``; True without /proc."""
    try:
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return not Path("/proc/self").exists()
    began = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # starttime, proc(5).
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began >= seconds
