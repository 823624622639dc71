"""Limits of bodies: size, pace, and memory for all of them together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from searchapp.web.middleware.request_bodies import (
    SMALL_BYTES,
    UPLOAD_BYTES,
    Budget,
    RequestBodyMiddleware,
    UploadTimeouts,
)


class Server:
    """Plays the server to an ASGI app: sends ``chunks`` and keeps the answer."""

    def __init__(self, chunks: Iterable[bytes], *, pause: float = 0.0) -> None:
        self._chunks = list(chunks)
        self._pause = pause
        self.taken = 0
        self.messages: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if not self._chunks:
            await asyncio.sleep(3600)
        await asyncio.sleep(self._pause)
        chunk = self._chunks.pop(0)
        self.taken += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": bool(self._chunks)}

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def code(self) -> str:
        return str(json.loads(self.messages[1]["body"])["error"]["code"])


async def reading_app(scope: Any, receive: Any, send: Any) -> None:
    """Reads all of the body, then says 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def wrapping_app(scope: Any, receive: Any, send: Any) -> None:
    """Turns whatever goes wrong into its own 400, as frameworks do."""
    try:
        await reading_app(scope, receive, send)
    except Exception:  # noqa: BLE001 - Just this is what frameworks do.
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"mine"})


async def answer(
    server: Server,
    *,
    app: Any = reading_app,
    upload: bool = True,
    budget: Budget | None = None,
    pace: UploadTimeouts | None = None,
    length: str | None = None,
) -> Server:
    guard = RequestBodyMiddleware(
        app,
        body_limit=lambda _: UPLOAD_BYTES if upload else SMALL_BYTES,
        client_ip=lambda _: "203.0.113.9",
        budget=budget,
        pace=pace,
    )
    announced = (
        (b"content-length", length.encode()) if length else (b"transfer-encoding", b"chunked")
    )
    await guard({"type": "http", "headers": [announced]}, server.receive, server.send)
    return server


async def test_guard__a_body_of_just_the_limit_passes() -> None:
    half = UPLOAD_BYTES // 2
    assert (await answer(Server([b"x" * half, b"x" * (UPLOAD_BYTES - half)]))).status == 200


async def test_guard__one_byte_more_is_too_large() -> None:
    server = await answer(Server([b"x" * UPLOAD_BYTES, b"x", b"end"]))
    assert (server.status, server.code) == (413, "too_large")


async def test_guard__other_routes_take_little() -> None:
    server = await answer(Server([b"x" * (SMALL_BYTES + 1)]), upload=False)
    assert (server.status, server.code) == (413, "too_large")
    assert b"15" not in b"".join(message.get("body", b"") for message in server.messages)


async def test_guard__content_length_is_answered_before_a_byte_is_taken() -> None:
    seen: list[int] = []

    async def never(scope: Any, receive: Any, send: Any) -> None:
        seen.append(1)

    server = await answer(Server([b"x"]), app=never, length=str(UPLOAD_BYTES + 1))
    assert (server.status, seen) == (413, [])


async def test_guard__a_length_that_is_no_number() -> None:
    assert (await answer(Server([b"x"]), length="1_0")).status == 400


async def test_guard__a_huge_length() -> None:
    assert (await answer(Server([b"x"]), length="9" * 5000)).status == 413


async def test_guard__a_framework_can_not_hide_the_refusal() -> None:
    server = await answer(Server([b"x" * (UPLOAD_BYTES + 1), b"end"]), app=wrapping_app)
    assert (server.status, server.code, len(server.messages)) == (413, "too_large", 2)


async def test_guard__silence_is_too_slow() -> None:
    pace = UploadTimeouts(idle=0.05)
    server = await answer(Server([]), pace=pace)
    assert (server.status, server.code) == (408, "too_slow")


async def test_guard__a_trickle_is_too_slow() -> None:
    pace = UploadTimeouts(grace=0.05, rate=1000)
    server = await answer(Server([b"x"] * 100, pause=0.02), pace=pace)
    assert (server.status, server.taken < 100) == (408, True)


async def test_guard__a_phone_on_a_bad_line_is_not() -> None:
    pace = UploadTimeouts(grace=0.05, rate=1000)
    assert (await answer(Server([b"x" * 500] * 10, pause=0.02), pace=pace)).status == 200


async def test_guard__memory_for_all_is_bounded_and_given_back() -> None:
    budget = Budget(total=1000)
    server = await answer(Server([b"x" * 400, b"x" * 400]), budget=budget)
    assert (server.status, server.code, budget.held) == (503, "busy", 0)


async def test_guard__memory_is_given_back_after_success() -> None:
    budget = Budget(total=1000)
    assert (await answer(Server([b"x" * 400]), budget=budget)).status == 200
    assert budget.held == 0


def test_budget__one_address_gets_half() -> None:
    budget = Budget(total=100)
    assert budget.take("a", 50)
    assert not budget.take("a", 1)
    assert budget.take("b", 50)
    assert not budget.take("c", 1)
    budget.give_back("a", 50)
    assert budget.take("c", 50)
