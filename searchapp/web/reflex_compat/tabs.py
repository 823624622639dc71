"""The tab behind a state: who is connected, and how long the server keeps what it shows.

A tab that is closed leaves its state behind, some 200 KB of a search; Reflex keeps one for an hour
unless it is told otherwise.  A page that comes back reads the search again, so minutes are enough,
as long as an open page touches its state in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

import reflex as rx
from starlette.types import Scope

STATE_SECONDS = 120
"""Since it was last touched."""

TOUCH_SECONDS = 45.0
"""How often an open page touches its state: twice before it would go."""

_PEER = "asgi-scope-client"
"""Where Reflex puts the address of the peer, among the headers."""

T = TypeVar("T")


def connection_scope(state: rx.State) -> Scope:
    """The scope of the handshake, as far as it tells who is there."""
    headers = state.router.headers.raw_headers
    named = [(name.encode(), text.encode()) for name, text in headers.items() if name != _PEER]
    return {"type": "http", "client": (headers.get(_PEER, ""), 0), "headers": named}


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
