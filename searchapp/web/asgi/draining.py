"""A process that is about to stop says so first, so that a proxy hands it nothing new."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from searchapp.settings import Settings
from searchapp.web.asgi.answers import send_error
from searchapp.web.refusals import Unavailable

DRAIN_SECONDS = 3.0
"""How long a proxy gets to notice: a few of its questions at /healthz, one a second."""

PROBE = "/healthz"


def drain_seconds(settings: Settings) -> float:
    """The time between the wish to stop and the end of listening: none when nobody stands in
    front, as then it would only be waiting."""
    return DRAIN_SECONDS if settings.trusted_proxies else 0.0


class Draining:
    """ASGI middleware: after :meth:`begin` every request is served as before, but the probe
    fails."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._draining = False

    def begin(self) -> None:
        """From now on tells proxies to go elsewhere."""
        self._draining = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._draining and scope["type"] == "http" and scope["path"] == PROBE:
            await send_error(scope, send, Unavailable())
        else:
            await self._app(scope, receive, send)
