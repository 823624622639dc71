"""Websockets: who may open one, how many, and what may be said on it.

Whatever our own page could not have sent is thrown away here, before Reflex spends anything on it;
who goes on is disconnected.  Who talks too fast is read more slowly.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.logs import get_logger
from searchapp.web.asgi.clients import Network, client_of
from searchapp.web.asgi.frames import EventShape, is_legal
from searchapp.web.asgi.headers import header
from searchapp.web.asgi.metrics import HttpMetrics
from searchapp.web.asgi.origins import is_own

_log = get_logger("searchapp.web.sockets")

PATHS = frozenset({"/_event", "/_event/"})

MAX_SOCKETS = 5000
"""Of one process; each costs some 175 KB once its page is alive."""

MAX_PER_ADDRESS = 500
"""Of one address that is not this machine: mobile carriers put many people behind one."""

FRAMES_A_SECOND = 20.0
BURST = 60.0
"""Frames that may come at once: a page that wakes up sends a few."""

STRIKES = 20
"""Frames that our page could not have sent, until the connection is closed."""

_POLICY = 1008
_LATER = 1013


class SocketGuard:
    """ASGI middleware for websockets.

    :param shapes: the events that pages may send, by name.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        shapes: Mapping[str, EventShape],
        trusted: Sequence[Network],
        base_url: str,
        metrics: HttpMetrics,
    ) -> None:
        self._app = app
        self._shapes = shapes
        self._trusted = trusted
        self._base_url = base_url
        self._metrics = metrics
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        client = client_of(scope, self._trusted)
        refusal = self._refusal(scope, client.ip, local=client.local)
        if refusal is not None:
            self._metrics.sockets_refused.inc()
            await receive()
            await send({"type": "websocket.close", "code": refusal})
            return
        self._open[client.ip] += 1
        self._metrics.sockets.inc()
        try:
            await self._app(scope, _Listener(receive, send, self._shapes, self._metrics), send)
        finally:
            self._metrics.sockets.dec()
            self._open[client.ip] -= 1
            if not self._open[client.ip]:
                del self._open[client.ip]

    def _refusal(self, scope: Scope, ip: str, *, local: bool) -> int | None:
        origin = header(scope, b"origin")
        host = header(scope, b"host") or ""
        if scope["path"] not in PATHS:
            return _POLICY
        if origin is not None and not is_own(origin, host, self._base_url):
            return _POLICY
        if self._open.total() >= MAX_SOCKETS:
            return _LATER
        return _LATER if not local and self._open[ip] >= MAX_PER_ADDRESS else None


class _Listener:
    """``receive`` of one websocket: legal frames only, at a bearable pace."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        shapes: Mapping[str, EventShape],
        metrics: HttpMetrics,
    ) -> None:
        self._receive = receive
        self._send = send
        self._shapes = shapes
        self._metrics = metrics
        self._strikes = 0
        self._credit = BURST
        self._at = asyncio.get_running_loop().time()

    async def __call__(self) -> Message:
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            await self._slow_down()
            if is_legal(message.get("text") or "", self._shapes):
                return message
            self._metrics.frames_refused.inc()
            self._strikes += 1
            if self._strikes >= STRIKES:
                _log.warning("socket_closed", frames=self._strikes)
                await self._send({"type": "websocket.close", "code": _POLICY})
                return {"type": "websocket.disconnect", "code": _POLICY}

    async def _slow_down(self) -> None:
        """A bucket of BURST frames that fills at FRAMES_A_SECOND."""
        now = asyncio.get_running_loop().time()
        self._credit = min(BURST, self._credit + (now - self._at) * FRAMES_A_SECOND) - 1
        self._at = now
        if self._credit < 0:
            await asyncio.sleep(-self._credit / FRAMES_A_SECOND)
