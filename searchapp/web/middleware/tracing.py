"""One span for each request, named by its route: no id ever gets there."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.telemetry import span, tracing
from searchapp.web.middleware.access_log import route_name

_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})


class Tracing:
    """ASGI middleware; hands everything through untouched while traces are off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not tracing() or scope["path"] in _UNTRACED:
            await self._app(scope, receive, send)
            return
        with span("request", **{"http.request.method": scope["method"]}) as current:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self._app(scope, receive, noting)
            route = route_name(scope)
            current.update_name(f"{scope['method']} {route}")
            current.set_attribute("http.route", route)
