"""Websockets: who may open one, how many, and what may be said on it.

Whatever our own page could not have sent is dropped here, before Reflex spends anything on it;
who goes on is disconnected.  Who talks too fast is read more slowly.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import parse_qs

from limits import RateLimitItemPerMinute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.domain.hosts import Client
from searchapp.errors import TooManyRequests
from searchapp.http.clients import Network, Rates, client_of, has_valid_host, header, is_own
from searchapp.http.http_metrics import HttpMetrics
from searchapp.logs import get_logger
from searchapp.web.reflex_compat.frames import Shapes, is_allowed

_log = get_logger("searchapp.web.sockets")

PATHS = frozenset({"/_event", "/_event/"})

MAX_SOCKETS = 5000
"""Of one process; each costs some 175 KB once its page is alive."""

MAX_PER_ADDRESS = 500
"""Of one address that is not this machine: mobile carriers put many people behind one."""

OPENINGS = RateLimitItemPerMinute(600, namespace="sockets")
"""By one address that is not this machine: each makes Reflex set up a page's state."""

FRAMES_A_SECOND = 20.0
BURST = 60.0
"""Frames that may come at once: a page that wakes up sends a few."""

STRIKES = 20
"""Frames that our page could not have sent, until the connection is closed."""

_TOKEN = re.compile(r"[0-9A-Za-z-]{1,64}")
"""What a tab may call itself (Reflex's client: a UUID); the name is copied into logs and states."""

_VERSION = re.compile(r"\d{1,4}(?:\.\w{1,8}){1,4}")
"""The subprotocol by which Reflex's client names its version."""

_POLICY = 1008
_LATER = 1013


class WebsocketMiddleware:
    """ASGI middleware for websockets.

    :param shapes: the events that pages may send, by name.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        shapes: Shapes,
        trusted: Sequence[Network],
        base_url: str,
        metrics: HttpMetrics,
    ) -> None:
        self._app = app
        self._shapes = shapes
        self._trusted = trusted
        self._base_url = base_url
        self._metrics = metrics
        self._rates = Rates()
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        client = client_of(scope, self._trusted)
        refusal = self._refusal(scope, client) or await self._pace(client)
        if refusal is not None:
            self._metrics.sockets_refused.inc()
            await receive()
            await send({"type": "websocket.close", "code": refusal})
            return
        listener = _Listener(receive, send, self._shapes, self._metrics)
        self._open[client.ip] += 1
        self._metrics.sockets.inc()
        try:
            await self._app(scope, listener, send)
        finally:
            self._metrics.sockets.dec()
            self._open[client.ip] -= 1
            if not self._open[client.ip]:
                del self._open[client.ip]

    def _refusal(self, scope: Scope, client: Client) -> int | None:
        origin = header(scope, b"origin")
        host = header(scope, b"host") or ""
        if scope["path"] not in PATHS or not _is_ours(scope) or not has_valid_host(scope):
            return _POLICY
        if origin is not None and not is_own(origin, host, self._base_url):
            return _POLICY
        if self._open.total() >= MAX_SOCKETS:
            return _LATER
        return _LATER if not client.local and self._open[client.ip] >= MAX_PER_ADDRESS else None

    async def _pace(self, client: Client) -> int | None:
        if client.local:
            return None
        try:
            await self._rates.hit(OPENINGS, client.ip)
        except TooManyRequests:
            return _LATER
        return None


def _is_ours(scope: Scope) -> bool:
    """Whether the address and the subprotocol are such as Reflex's client makes."""
    tokens = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
    versions = scope.get("subprotocols", [])
    return len(tokens) == 1 and all(
        pattern.fullmatch(text)
        for pattern, texts in ((_TOKEN, tokens), (_VERSION, versions))
        for text in texts
    )


class _Listener:
    """``receive`` of one websocket: legal frames only, at a bearable pace."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        shapes: Shapes,
        metrics: HttpMetrics,
    ) -> None:
        self._receive = receive
        self._send = send
        self._shapes = shapes
        self._metrics = metrics
        self._strikes = 0
        self._credit = BURST
        self._at = time.monotonic()

    async def __call__(self) -> Message:
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            await self._slow_down()
            if is_allowed(message.get("text") or "", self._shapes):
                return message
            self._metrics.frames_refused.inc()
            self._strikes += 1
            if self._strikes >= STRIKES:
                _log.warning("socket_closed", frames=self._strikes)
                await self._send({"type": "websocket.close", "code": _POLICY})
                return {"type": "websocket.disconnect", "code": _POLICY}

    async def _slow_down(self) -> None:
        """A bucket of BURST frames that fills at FRAMES_A_SECOND."""
        now = time.monotonic()
        self._credit = min(BURST, self._credit + (now - self._at) * FRAMES_A_SECOND) - 1
        self._at = now
        if self._credit < 0:
            await asyncio.sleep(-self._credit / FRAMES_A_SECOND)
