"""How a long-running process hears that it should end."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress

from searchapp.logs import get_logger

log = get_logger(__name__)

SUPERVISOR = "SEARCHAPP_SUPERVISOR_PID"
"""Names the process that must be alive for this one to go on; set by ``up`` for its children."""

LAST_RESORT_SECONDS = 25.0
"""Longer than any orderly end takes.  What is not done by then would be done by nobody: the next
process takes over what this one held."""

_watchers: set[asyncio.Task[None]] = set()  # The loop itself holds tasks only weakly.


def stop_event() -> asyncio.Event:
    """An event that SIGTERM, SIGINT, or the death of the supervisor sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, stop)
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor:
        task = loop.create_task(_watch_supervisor(int(supervisor), stop))
        _watchers.add(task)
        task.add_done_callback(_watchers.discard)
    return stop


def _end(stop: asyncio.Event) -> None:
    """Asks for an orderly end, and sees to it that there is an end."""
    if not stop.is_set():
        stop.set()
        resort = threading.Timer(LAST_RESORT_SECONDS, _exit_at_once)
        resort.daemon = True
        resort.start()


def _exit_at_once() -> None:
    log.error("not_ended_in_time", seconds=LAST_RESORT_SECONDS)
    os._exit(1)


async def _watch_supervisor(pid: int, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if os.getppid() != pid:
            _end(stop)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
