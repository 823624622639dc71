"""How a long-running process hears that it should end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

SUPERVISOR = "SEARCHAPP_SUPERVISOR_PID"
"""Names the process that must be alive for this one to go on; set by ``up`` for its children."""

_watchers: set[asyncio.Task[None]] = set()  # The loop itself holds tasks only weakly.


def stop_event() -> asyncio.Event:
    """An event that SIGTERM, SIGINT, or the death of the supervisor sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor:
        task = loop.create_task(_watch_supervisor(int(supervisor), stop))
        _watchers.add(task)
        task.add_done_callback(_watchers.discard)
    return stop


async def _watch_supervisor(pid: int, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if os.getppid() != pid:
            stop.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
