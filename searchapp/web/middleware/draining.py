"""A process that is about to stop says so first, so that a proxy sends it nothing new; then it ends
streams and websockets.  Uploads that have begun may finish.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.http.http_errors import Unavailable, send_error
from searchapp.settings import Settings

DRAIN_SECONDS = 3.0
"""How long a proxy gets to notice: a few of its questions at /healthz, one a second."""

PROBE = "/healthz"


def drain_seconds(settings: Settings) -> float:
    """Seconds between the signal to stop and the end of listening: none without a proxy, as then
    it would only be waiting."""
    return DRAIN_SECONDS if settings.trusted_proxies else 0.0


_SERVICE_RESTART = 1012


class Draining:
    """ASGI middleware: after :meth:`begin` every request is served as before, but the probe
    fails; after :meth:`leave` event streams and websockets learn that their client disconnected, so
    that they end.  The page and EventSource come back by themselves, to whoever serves then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._draining = False
        self._leaving = asyncio.Event()

    def begin(self) -> None:
        """From now on tells proxies to go elsewhere."""
        self._draining = True

    def leave(self) -> None:
        """Ends what would not end by itself."""
        self._leaving.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._draining and scope["type"] == "http" and scope["path"] == PROBE:
            await send_error(scope, send, Unavailable())
        elif scope["type"] == "websocket" or scope.get("method") == "GET":
            await self._app(scope, self._until_leaving(scope, receive), send)
        else:
            await self._app(scope, receive, send)

    def _until_leaving(self, scope: Scope, receive: Receive) -> Receive:
        disconnect: Message = (
            {"type": "websocket.disconnect", "code": _SERVICE_RESTART}
            if scope["type"] == "websocket"
            else {"type": "http.disconnect"}
        )

        async def received() -> Message:
            message = asyncio.ensure_future(receive())
            leaving = asyncio.ensure_future(self._leaving.wait())
            try:
                await asyncio.wait({message, leaving}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else disconnect
            finally:
                message.cancel()
                leaving.cancel()

        return received
