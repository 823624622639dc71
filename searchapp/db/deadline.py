"""Work on a database that may hang: callers get an answer in time, whatever it does.

Cancelling a query is no way out of a frozen server: the driver itself waits for the server to
acknowledge.  So the work runs in a task of its own, which is left behind when time is up; it
ends, or is undone by the server, whenever the connection wakes or dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_left_behind: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive that nobody waits for any more."""


async def with_deadline(
    seconds: float, work: Coroutine[Any, Any, T], *, undo: Callable[[T], None] | None = None
) -> T:
    """The result of ``work``.

    :param undo: gets a result that comes when nobody waits for it any more.
    :raises TimeoutError: when it takes longer; it may still take effect later.
    """
    task = asyncio.create_task(work)
    _left_behind.add(task)
    task.add_done_callback(_forget)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task, undo)
        raise
    if not done:
        _leave(task, undo)
        raise TimeoutError(f"the database did not answer within {seconds:g} s")
    return task.result()


def _leave(task: asyncio.Task[T], undo: Callable[[T], None] | None) -> None:
    def ended(left: asyncio.Task[T]) -> None:
        if undo is not None and not left.cancelled() and left.exception() is None:
            undo(left.result())

    task.cancel()
    task.add_done_callback(ended)


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()
