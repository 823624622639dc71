"""Puts the API, the pages and their protection together: one ASGI app, one port."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from searchapp.errors import RequestError
from searchapp.http.clients import client_of, has_valid_host, trusted_networks
from searchapp.http.http_errors import NoSuchPath, send_error
from searchapp.http.http_metrics import HttpMetrics
from searchapp.settings import Settings
from searchapp.web.middleware.access_log import AccessLogMiddleware
from searchapp.web.middleware.request_bodies import (
    BATCH_BYTES,
    SMALL_BYTES,
    UPLOAD_BYTES,
    Budget,
    RequestBodyMiddleware,
    UploadTimeouts,
)
from searchapp.web.middleware.security_headers import SecurityHeadersMiddleware
from searchapp.web.middleware.websockets import WebsocketMiddleware
from searchapp.web.reflex_compat.frames import Shapes

API_PATHS = re.compile(r"/(?:api(?:/|$)|healthz$|readyz$|metrics$|embed\.js$)")
"""What the API answers; everything else is a page or belongs to Reflex."""

CLOSED_PATHS = re.compile(r"/(?:_upload|_event|auth-codespace|_all_routes)(?:/|$)", re.IGNORECASE)
"""Routes that Reflex may add and that are not used here: uploads without limits, its websocket's
other transport, debug routes."""

UPLOAD_PATH = re.compile(r"/(?:api/search-job|shared)/?$")
BATCH_PATH = re.compile(r"/api/catalogue/[^/]+/batch/?$")


def make_front(
    api: ASGIApp,
    pages: ASGIApp,
    settings: Settings,
    *,
    metrics: HttpMetrics,
    page_folder: Path | None = None,
    shapes: Shapes | None = None,
    pace: UploadTimeouts | None = None,
    budget: Budget | None = None,
) -> ASGIApp:
    """The app to serve: ``api`` and ``pages`` behind limits, headers and the log.

    :param pages: Reflex's app; it also gets the lifespan and the websockets.
    :param metrics: the same that ``api`` shows.
    :param page_folder: the built page, whose inline scripts the policy names by hash.
    :param shapes: the events that pages may send on a websocket; none without pages.
    """
    trusted = trusted_networks(settings.trusted_proxies)
    budget = budget or Budget()
    metrics.upload_bytes.set_function(lambda: budget.held)
    guarded = RequestBodyMiddleware(
        Switch(api, pages),
        body_limit=body_limit,
        client_ip=lambda scope: client_of(scope, trusted).ip,
        budget=budget,
        pace=pace,
    )
    sockets = WebsocketMiddleware(
        guarded,
        shapes=shapes or {},
        trusted=trusted,
        base_url=settings.base_url,
        metrics=metrics,
    )
    return AccessLogMiddleware(SecurityHeadersMiddleware(sockets, settings, page_folder), metrics)


def body_limit(scope: Scope) -> int:
    """Bytes that a request may carry."""
    if scope["method"] == "POST" and UPLOAD_PATH.match(scope["path"]):
        return UPLOAD_BYTES
    if scope["method"] == "POST" and BATCH_PATH.match(scope["path"]):
        return BATCH_BYTES
    return SMALL_BYTES


class Switch:
    """Sends each request to the API, to the pages, or refuses it."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not has_valid_host(scope):
            await send_error(scope, send, RequestError("host"))
        elif scope["type"] == "http" and CLOSED_PATHS.match(scope["path"]):
            await send_error(scope, send, NoSuchPath())
        elif scope["type"] == "http" and API_PATHS.match(scope["path"]):
            await self._api(scope, receive, send)
        else:
            await self._pages(scope, receive, send)
