"""What an open page gets, and how its state is kept; what it follows is let go when it leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import json_dumps
from socketio.packet import EVENT

from searchapp.web.pages.results.view import CardView, ItemView, JobView
from searchapp.web.reflex_compat.frames import (
    STATE_SECONDS,
    TOUCH_SECONDS,
    is_connected,
    to_json,
    with_keepalive,
    write_by_orjson,
)


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


@pytest.fixture
def app() -> Iterator[rx.App]:
    """An app of its own."""
    with RegistrationContext.get().fork():
        yield rx.App(theme=None)


def test_to_json__says_what_reflex_says() -> None:
    card = CardView(title="\u2028 \U0001f9e5", price=1.5)
    job = JobView(id="a", pieces=[ItemView(results=[card])])
    router = RouterData.from_router_data({"pathname": "/", "query": {}})
    found = {
        "state": {
            "job": job,
            "router": router,
            "votes": {"a": "b"},
            "at": datetime(2026, 1, 2, tzinfo=UTC),
        }
    }
    update = ["event", StateUpdate(delta=found, events=[Event(name="x", payload={"n": 1})])]
    assert json.loads(to_json(update, separators=(",", ":"))) == json.loads(json_dumps(update))


def test_frames__are_written_by_orjson(app: rx.App) -> None:
    assert app.sio is not None
    loads = app.sio.packet_class.json.loads
    write_by_orjson(app)
    assert app.sio.packet_class(packet_type=EVENT, data=["event", CardView(id="a")]).encode() == (
        "2" + to_json(["event", CardView(id="a")])
    )
    assert app.sio.packet_class.json.loads is loads


async def test_is_connected__as_reflex_notes_it(app: rx.App) -> None:
    assert app.event_namespace is not None
    await app.event_namespace.link_token_to_sid("a socket", "a token")
    assert is_connected(app, "a token")
    assert not is_connected(app, "another")
