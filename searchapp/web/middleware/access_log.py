"""One log line and two metrics for each request, by route template: no whole id gets there.

All lines that are logged while a request is answered carry the same ``request``.
It also is the last one to hear of an exception: it logs it once and answers without a trace.
"""

from __future__ import annotations

import re
import time
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from searchapp.db.engine import is_outage
from searchapp.domain.ids import is_id, short
from searchapp.errors import AppError
from searchapp.http.http_errors import Unavailable, send_error
from searchapp.http.http_metrics import HttpMetrics
from searchapp.logs import get_logger
from searchapp.telemetry import span, tracing

_log = get_logger("searchapp.web")

_PAGES = re.compile(r"/(results|s)/")
_KNOWN = {
    "/",
    "/admin",
    "/privacy",
    "/dev/phone",
    "/_event",
    "/_event/",
    "/ping",
    "/_health",
}
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Probes are neither logged nor traced."""


class AccessLogMiddleware:
    """The outermost ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status, seconds = 0, 0.0

        async def noting(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            seconds = time.perf_counter() - began

        with bound_contextvars(request=token_hex(4)):
            try:
                await self._app(scope, receive, noting)
            except Exception as error:  # noqa: BLE001 - nothing stands behind this one.
                _log_failure(scope, error)
                if not status:
                    await send_error(scope, noting, _public(error))
            finally:
                self._note(scope, status, seconds)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_name(scope)
        self._metrics.request(scope["method"], route, status, seconds)
        if route not in _QUIET:
            _log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                **_job(scope),
            )


def _job(scope: Scope) -> dict[str, str]:
    """The beginning of the search's id, to find the lines about it."""
    job_id = scope.get("path_params", {}).get("job_id")
    return {"job": short(job_id)} if isinstance(job_id, str) and is_id(job_id) else {}


def route_name(scope: Scope) -> str:
    """The template of a request's path."""
    template = getattr(scope.get("route"), "path_format", None)
    if isinstance(template, str) and template and not template.startswith("/{"):
        return template
    path = scope["path"]
    if path in _KNOWN:
        return str(path)
    page = _PAGES.match(path)
    if page:
        return f"/{page[1]}/{{id}}"
    return "/assets" if path.startswith("/assets/") else "other"


def _public(error: Exception) -> AppError:
    if isinstance(error, AppError):
        return error
    return Unavailable() if is_outage(error) else AppError()


def _log_failure(scope: Scope, error: Exception) -> None:
    if is_outage(error) or isinstance(error, AppError):
        _log.warning("request_refused", route=route_name(scope), error=type(error).__name__)
    else:
        _log.error("request_failed", route=route_name(scope), exc_info=error)


class Tracing:
    """ASGI middleware; hands everything through untouched while traces are off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not tracing() or scope["path"] in _QUIET:
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
