"""An open page touches its state in between; what it follows is let go when it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from searchapp.web.reflex_compat.frames import STATE_SECONDS, TOUCH_SECONDS, with_keepalive


async def test_touching__none_while_nothing_comes() -> None:
    enough = asyncio.Event()

    async def values() -> AsyncIterator[int]:
        yield 1
        await enough.wait()
        yield 2

    seen: list[int | None] = []
    async for value in with_keepalive(values(), 0.01):
        seen.append(value)
        if seen.count(None) == 2:
            enough.set()
    assert seen[:3] == [1, None, None]
    assert seen[-1] == 2


async def test_touching__an_error_comes_through() -> None:
    async def broken() -> AsyncIterator[float]:
        yield 1
        raise LookupError

    coming = with_keepalive(broken(), 1)
    assert await anext(coming) == 1
    with pytest.raises(LookupError):
        await anext(coming)


async def test_touching__lets_go_when_it_is_cancelled() -> None:
    let_go = asyncio.Event()

    async def endless() -> AsyncIterator[float]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            let_go.set()

    async def follow() -> None:
        async for _ in with_keepalive(endless(), 10):
            pass

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.wait_for(let_go.wait(), 1)


def test_touch__comes_twice_before_a_state_goes() -> None:
    assert 2 * TOUCH_SECONDS < STATE_SECONDS
