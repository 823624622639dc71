"""How a long-running process hears that it should end."""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from searchapp.logs import get_logger

log = get_logger(__name__)

SUPERVISOR = "SEARCHAPP_SUPERVISOR_PID"
"""Names the process that must be alive for this one to go on; set by ``up`` for its children."""

LAST_RESORT_SECONDS = 25.0
"""Longer than any orderly end takes.  What is not done by then would not be done at all: the next
process takes over what this one held."""

_watchers: set[asyncio.Task[None]] = set()  # The loop itself holds tasks only weakly.


def stop_event(last_resort: float = LAST_RESORT_SECONDS) -> asyncio.Event:
    """An event that SIGTERM, SIGINT, or the death of the supervisor sets.

    :param last_resort: seconds after which the process ends in any case.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    end = _End(stop, loop, last_resort)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not the loop's own handlers: they are not called while the loop is held up, as by an
        # import or a slow start, and then nothing would count the seconds either.
        signal.signal(number, end)
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor:
        task = loop.create_task(_watch_supervisor(int(supervisor), stop, end))
        _watchers.add(task)
        task.add_done_callback(_watchers.discard)
    return stop


class _End:
    """Asks for an orderly end, and sees to it that there is an end."""

    def __init__(
        self, stop: asyncio.Event, loop: asyncio.AbstractEventLoop, last_resort: float
    ) -> None:
        self._stop = stop
        self._loop = loop
        self._resort = threading.Timer(last_resort, _exit_at_once, [last_resort])
        self._resort.daemon = True
        self._asked = False

    def __call__(self, *_: object) -> None:
        if self._loop.is_closed():
            _exit_at_once(0.0)
        if not self._asked:
            self._asked = True
            self._resort.start()
        self._loop.call_soon_threadsafe(self._stop.set)


def leave() -> NoReturn:
    """Ends a process whose work has ended in good order, without the farewells of its loop and of
    the interpreter; call it in the loop.

    Both may wait for ever, or crash.  The web server's answer to closing a websocket never comes
    when the other end has closed, and the task that waits for it cannot be cancelled: about one end
    of twenty with an open page hung there.  Its threads ask for the interpreter while that is
    taken down, which aborts the process (exit code -6, one end of ten on a busy machine).  And
    work that was left behind on a frozen database ends when that does.
    """
    # Reports and traces that wait to be sent, and logs.
    atexit._run_exitfuncs()  # noqa: SLF001 - The way of multiprocessing too: there is no other.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _exit_at_once(waited: float) -> None:
    log.error("not_ended_in_time", seconds=waited)
    os._exit(1)


async def _watch_supervisor(pid: int, stop: asyncio.Event, end: _End) -> None:
    while not stop.is_set():
        if os.getppid() != pid:
            end()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
