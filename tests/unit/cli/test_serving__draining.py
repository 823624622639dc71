"""Stopping: the probe says so, listeners are sent away, uploads may finish."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from searchapp.cli.serving import Draining


async def listening(scope: Any, receive: Any, send: Any) -> None:
    """Ends when its client is gone."""
    while True:
        message = await receive()
        await send(message)
        if message["type"].endswith("disconnect"):
            return


class Client:
    """Says nothing, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    async def receive(self) -> Any:
        await asyncio.sleep(3600)

    async def send(self, message: Any) -> None:
        self.heard.append(message)


@pytest.mark.parametrize(
    ("scope", "gone"),
    [
        ({"type": "http", "method": "GET", "path": "/x"}, "http.disconnect"),
        ({"type": "websocket", "path": "/_event/"}, "websocket.disconnect"),
    ],
)
async def test_leave__who_only_listens_is_sent_away(scope: Any, gone: str) -> None:
    app, client = Draining(listening), Client()
    served = asyncio.create_task(app(scope, client.receive, client.send))
    await asyncio.sleep(0)
    assert not served.done()
    app.leave()
    async with asyncio.timeout(5):
        await served
    assert [message["type"] for message in client.heard] == [gone]


async def test_leave__an_upload_may_finish() -> None:
    app, client = Draining(listening), Client()
    scope = {"type": "http", "method": "POST", "path": "/api/search-job"}
    served = asyncio.create_task(app(scope, client.receive, client.send))
    app.leave()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not served.done()
    served.cancel()


async def test_begin__the_probe_fails_and_all_else_goes_on() -> None:
    async def answering(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    app, client = Draining(answering), Client()
    app.begin()
    for path in ("/healthz", "/x"):
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        await app(scope, client.receive, client.send)
    statuses = [m["status"] for m in client.heard if m["type"] == "http.response.start"]
    assert statuses == [503, 200]


async def test_receive__messages_pass_while_no_client_leaves() -> None:
    messages = [{"type": "websocket.receive", "text": "a"}, {"type": "websocket.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    app, client = Draining(listening), Client()
    await app({"type": "websocket", "path": "/_event/"}, receive, client.send)
    assert [message.get("text") for message in client.heard] == ["a", None]
