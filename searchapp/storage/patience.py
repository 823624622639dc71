"""Work on a database that may hang: callers get an answer in time, whatever it does.

Cancelling a query is no way out of a frozen server: the driver itself waits for the server to
acknowledge.  So the work runs in a task of its own, which is left behind when time is up; it
ends, or is undone by the server, whenever the connection wakes or dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_left_behind: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive that nobody waits for any more."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``.

    :raises TimeoutError: when it takes longer; it may still take effect later.
    """
    task = asyncio.create_task(work)
    _left_behind.add(task)
    task.add_done_callback(_forget)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise TimeoutError(f"the database did not answer within {seconds:g} s")
    return task.result()


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()
