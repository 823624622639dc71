"""How much a request may send, how fast, and how much of it all is held in memory at once.

The limit counts bytes while they stream, whatever Content-Length says; an honest Content-Length
that is too large is answered before anything is read.  The server reads and drops the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.errors import AppError, RequestError, RequestTooLarge, TooLarge
from searchapp.http.clients import header
from searchapp.http.http_errors import Busy, TooSlow, send_error

MIB = 1024 * 1024
UPLOAD_BYTES = 15 * MIB
"""The body of a search with its photo."""

BATCH_BYTES = 4 * MIB
"""A thousand products for the catalogue API."""

SMALL_BYTES = 64 * 1024
"""Any other body."""

HELD_BYTES = 96 * MIB
"""Upload bytes that all requests of this process hold together."""


@dataclass(frozen=True, slots=True)
class UploadTimeouts:
    """How slowly a body may come.  A phone at 4 kB/s still gets a 400 kB photo through."""

    grace: float = 10.0
    """Seconds before the rate counts."""
    rate: float = 2000.0
    """Bytes a second, on average since the request began."""
    idle: float = 10.0
    """Seconds without a byte."""
    overall: float = 120.0
    """Seconds for the whole body."""


class Budget:
    """Bytes set aside for uploads: no request takes more than its limit, no address more than
    half of all, so that one cannot block the others.
    """

    def __init__(self, total: int = HELD_BYTES) -> None:
        self._total = total
        self._held = 0
        self._by_client: dict[str, int] = {}

    @property
    def held(self) -> int:
        """Bytes in use."""
        return self._held

    def take(self, client: str, amount: int) -> bool:
        """Sets ``amount`` bytes aside, or says no."""
        mine = self._by_client.get(client, 0) + amount
        if self._held + amount > self._total or mine > self._total // 2:
            return False
        self._held += amount
        self._by_client[client] = mine
        return True

    def give_back(self, client: str, amount: int) -> None:
        """Frees what :meth:`take` gave."""
        self._held -= amount
        left = self._by_client.get(client, 0) - amount
        if left > 0:
            self._by_client[client] = left
        else:
            self._by_client.pop(client, None)


class RequestBodyMiddleware:
    """ASGI middleware that holds every HTTP request to its limits.

    :param body_limit: how many bytes a request may carry; more than SMALL_BYTES are set aside.
    :param client_ip: the address that a request is counted by.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        body_limit: Callable[[Scope], int],
        client_ip: Callable[[Scope], str],
        budget: Budget | None = None,
        pace: UploadTimeouts | None = None,
    ) -> None:
        self._app = app
        self._body_limit = body_limit
        self._client_ip = client_ip
        self._budget = budget or Budget()
        self._pace = pace or UploadTimeouts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._body_limit(scope)
        body = _Body(receive, limit, self._pace, empty=_is_empty(scope))
        if limit > SMALL_BYTES:
            body.charge(self._budget, self._client_ip(scope))
        try:
            await self._answer(scope, body, send)
        finally:
            body.release()

    async def _answer(self, scope: Scope, body: _Body, send: Send) -> None:
        refusal = _by_length(scope, body.limit)
        if refusal is not None:
            await send_error(scope, send, refusal)
            return
        answer = _Answer(scope, body, send)
        try:
            await self._app(scope, body.receive, answer.send)
        except AppError:
            # The app let the body's own refusal through.
            if body.refusal is None or answer.started:
                raise
            await send_error(scope, send, body.refusal)


class _Answer:
    """Sends the app's answer, or the body's refusal in its place."""

    def __init__(self, scope: Scope, body: _Body, send: Send) -> None:
        self._scope = scope
        self._body = body
        self._send = send
        self._replaced = False
        self.started = False

    async def send(self, message: Message) -> None:
        if self._replaced:
            return
        if not self.started and self._body.refusal is not None:
            self._replaced = self.started = True
            await send_error(self._scope, self._send, self._body.refusal)
            return
        self.started = True
        await self._send(message)


class _Body:
    """The body of one request as it streams in."""

    def __init__(self, receive: Receive, limit: int, pace: UploadTimeouts, *, empty: bool) -> None:
        self._receive = receive
        self._pace = pace
        self._began = asyncio.get_running_loop().time()
        self._seen = 0
        self._complete = empty
        self._budget: Budget | None = None
        self._client = ""
        self._charged = 0
        self.limit = limit
        self.refusal: AppError | None = None

    def charge(self, budget: Budget, client: str) -> None:
        """Counts what arrives against ``budget``."""
        self._budget, self._client = budget, client

    def release(self) -> None:
        """Gives back what was set aside."""
        if self._budget is not None:
            self._budget.give_back(self._client, self._charged)
            self._charged = 0

    async def receive(self) -> Message:
        """The next message, or the error that ends this request.

        :raises AppError: TooLarge, TooSlow or Busy; kept as ``refusal`` too.
        """
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._patience()):
                message = await self._receive()
        except TimeoutError:
            raise self._refuse(TooSlow()) from None
        self._count(message)
        return message

    def _patience(self) -> float:
        left = self._began + self._pace.overall - asyncio.get_running_loop().time()
        return max(0.0, min(self._pace.idle, left))

    def _count(self, message: Message) -> None:
        size = len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._complete = True
        self._seen += size
        if self._seen > self.limit:
            raise self._refuse(_too_large(self.limit))
        if self._budget is not None:
            if not self._budget.take(self._client, size):
                raise self._refuse(Busy(retry_after=2))
            self._charged += size
        elapsed = asyncio.get_running_loop().time() - self._began
        if not self._complete and self._pace.grace < elapsed > self._seen / self._pace.rate:
            raise self._refuse(TooSlow())

    def _refuse(self, error: AppError) -> AppError:
        self.refusal = error
        return error


def _is_empty(scope: Scope) -> bool:
    """Whether a request surely has no body: in HTTP/1 one of two headers announces each body
    (RFC 9112, 6).
    """
    announced = {b"content-length", b"transfer-encoding"}
    return scope.get("http_version", "1.1").startswith("1") and not any(
        key in announced for key, _ in scope["headers"]
    )


def _by_length(scope: Scope, limit: int) -> AppError | None:
    """What Content-Length alone already tells."""
    value = header(scope, b"content-length")
    if value is None:
        return None
    if not value.isascii() or not value.isdigit():
        return RequestError("content-length")
    return _too_large(limit) if int(value[:20]) > limit else None


def _too_large(limit: int) -> AppError:
    return TooLarge() if limit == UPLOAD_BYTES else RequestTooLarge()
