"""Who may open a websocket, and what reaches Reflex of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from limits import RateLimitItemPerMinute

from searchapp.http.http_metrics import HttpMetrics
from searchapp.web.middleware import websockets
from searchapp.web.middleware.websockets import STRIKES, WebsocketMiddleware
from searchapp.web.reflex_compat.frames import EventSchema

LEGAL = '42/_event,["event",{"name":"s.load","payload":{}}]'
SHAPES = {"s.load": EventSchema(frozenset(), {})}


class App:
    """Takes the connection and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.inside = 0
        self.leave = asyncio.Event()

    async def __call__(self, _scope: Any, receive: Any, _send: Any) -> None:
        self.inside += 1
        while (message := await receive())["type"] != "websocket.disconnect":
            self.heard.append(message)
        await self.leave.wait()


TAB = "0b8f3c1e-52d7-4a35-9c41-7d2f6f0f5f11"
OTHER_TAB = "7c1b0a64-1f3b-4c51-8f5d-2f6f5a1f9f22"
QUERY = f"token={TAB}&EIO=4&transport=websocket"


def scope(
    origin: str | None = None,
    ip: str = "203.0.113.9",
    path: str = "/_event/",
    query: str = QUERY,
    subprotocols: tuple[str, ...] = ("0.10.1",),
) -> Any:
    headers = [(b"host", b"localhost:3000")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    return {
        "type": "websocket",
        "path": path,
        "query_string": query.encode(),
        "subprotocols": list(subprotocols),
        "headers": headers,
        "client": (ip, 1),
    }


class Talk:
    """One connection: says ``frames``, then goes."""

    def __init__(self, *frames: str | bytes) -> None:
        self._left = [
            {"type": "websocket.connect"},
            *(
                {"type": "websocket.receive", "bytes": f}
                if isinstance(f, bytes)
                else {"type": "websocket.receive", "text": f}
                for f in frames
            ),
            {"type": "websocket.disconnect", "code": 1000},
        ]
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> Any:
        return self._left.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


def guard(app: App) -> WebsocketMiddleware:
    return WebsocketMiddleware(
        app,
        shapes=SHAPES,
        trusted=(),
        base_url="https://chalkak.example",
        metrics=HttpMetrics(),
    )


@pytest.mark.parametrize("origin", [None, "http://localhost:3000", "https://chalkak.example"])
async def test_guard__our_own_pages_and_programs(origin: str | None) -> None:
    app, talk = App(), Talk(LEGAL)
    app.leave.set()
    await guard(app)(scope(origin), talk.receive, talk.send)
    assert [message.get("text") for message in app.heard] == [None, LEGAL]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:4000", ""])
async def test_guard__no_other_page(origin: str) -> None:
    app, talk = App(), Talk(LEGAL)
    await guard(app)(scope(origin), talk.receive, talk.send)
    assert (app.inside, [m["type"] for m in talk.sent]) == (0, ["websocket.close"])


async def test_guard__no_other_path() -> None:
    app, talk = App(), Talk()
    await guard(app)(scope(path="/other"), talk.receive, talk.send)
    assert app.inside == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "EIO=4&transport=websocket",
        "token=&EIO=4",
        "token=a b",
        f"token={'x' * 65}",
        f"token={TAB}&token={OTHER_TAB}",
        f"token=%0a{TAB}",
    ],
)
async def test_guard__no_tab_with_a_name_of_its_own_making(query: str) -> None:
    app, talk = App(), Talk(LEGAL)
    await guard(app)(scope(query=query), talk.receive, talk.send)
    assert (app.inside, [m["type"] for m in talk.sent]) == (0, ["websocket.close"])


async def test_guard__no_subprotocol_that_is_no_version() -> None:
    app, talk = App(), Talk(LEGAL)
    await guard(app)(scope(subprotocols=("forged line",)), talk.receive, talk.send)
    assert app.inside == 0


async def test_guard__so_many_openings_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websockets, "OPENINGS", RateLimitItemPerMinute(3))
    app = App()
    app.leave.set()
    guarded = guard(app)
    for ip, let_in in (("203.0.113.9", 3), ("203.0.113.10", 3), ("127.0.0.1", 5)):
        before = app.inside
        talks = [Talk() for _ in range(5)]
        for talk in talks:
            await guarded(scope(ip=ip), talk.receive, talk.send)
        assert app.inside - before == let_in
        assert [talk.sent for talk in talks[let_in:]] == [
            [{"type": "websocket.close", "code": 1013}]
        ] * (5 - let_in)


async def test_guard__nonsense_never_arrives() -> None:
    app, talk = App(), Talk("x", b"\0\1", LEGAL, "", '42/_event,["event",{"name":"s.setvar"}]')
    app.leave.set()
    await guard(app)(scope(), talk.receive, talk.send)
    assert [message.get("text") for message in app.heard] == [None, LEGAL]
    assert talk.sent == []


async def test_guard__who_goes_on_is_disconnected() -> None:
    app, talk = App(), Talk(*["x"] * STRIKES, LEGAL)
    app.leave.set()
    await guard(app)(scope(), talk.receive, talk.send)
    assert [message.get("text") for message in app.heard] == [None]
    assert talk.sent == [{"type": "websocket.close", "code": 1008}]


async def test_guard__so_many_of_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websockets, "MAX_PER_ADDRESS", 2)
    app = App()
    guarded = guard(app)

    async def come(ip: str) -> Talk:
        talk = Talk()
        tasks.append(asyncio.create_task(guarded(scope(ip=ip), talk.receive, talk.send)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return talk

    tasks: list[asyncio.Task[None]] = []
    talks = [await come("203.0.113.9") for _ in range(3)] + [await come("203.0.113.10")]
    assert [len(talk.sent) for talk in talks] == [0, 0, 1, 0]
    app.leave.set()
    await asyncio.gather(*tasks)
    last = await come("203.0.113.9")
    await asyncio.gather(*tasks)
    assert last.sent == []


async def test_guard__who_talks_fast_is_read_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    at_once = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await at_once(0)

    monkeypatch.setattr(websockets.asyncio, "sleep", sleep)
    app, talk = App(), Talk(*[LEGAL] * 80)
    app.leave.set()
    await guard(app)(scope(), talk.receive, talk.send)
    assert len(app.heard) == 81
    assert 15 <= len(waited) <= 20
