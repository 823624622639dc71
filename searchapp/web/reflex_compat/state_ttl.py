"""How long the server keeps the state of a tab, and how an open page keeps its own.

A tab that is closed leaves its state behind, some 200 KB of a search; Reflex keeps one for an hour
unless it is told otherwise.  A page that comes back reads the search again, so minutes are enough,
as long as an open page touches its state in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

STATE_SECONDS = 120
"""Since it was last touched."""

TOUCH_SECONDS = 45.0
"""How often an open page touches its state: twice before it would go."""

T = TypeVar("T")


async def with_keepalive(values: AsyncIterator[T], seconds: float) -> AsyncIterator[T | None]:
    """``values``, and None whenever none came for ``seconds``."""
    coming = asyncio.ensure_future(anext(values))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=seconds)
            if not done:
                yield None
                continue
            try:
                value = coming.result()
            except StopAsyncIteration:
                return
            yield value
            coming = asyncio.ensure_future(anext(values))
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await coming
