"""Puts the API, the pages and their protection together: one ASGI app, one port, and on every
answer the headers that say what a browser may do with it, and how long it may be kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.errors import RequestError
from searchapp.http.clients import Network, client_of, has_valid_host, is_https, trusted_networks
from searchapp.http.http_errors import NoSuchPath, send_error
from searchapp.http.http_metrics import HttpMetrics
from searchapp.http.response_headers import (
    A_DAY,
    FOREVER,
    NOTHING,
    SERVICE_WORKER,
    inline_hashes,
    page_policy,
)
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
from searchapp.web.middleware.websockets import WebsocketMiddleware
from searchapp.web.reflex_compat.frames import Shapes

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": (
        "accelerometer=(), camera=(self), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), payment=(), usb=(), browsing-topics=()"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
}

HSTS = "max-age=31536000"

PRIVATE = re.compile(r"/(?:results|s|admin|dev|api|qr|_event)(?:/|$)")
"""Paths that hold private things: no index, no copy in any cache."""

_HASHED = re.compile(r"/assets/[^/]*-[A-Za-z0-9_-]{8}\.\w+(?:\.\w+)?$")
"""Files whose name changes with their content, as the page's build makes them."""

_STATIC = re.compile(r"\.(?:js|css|woff2?|png|jpe?g|webp|svg|ico|webmanifest|txt)$")

EMBED_SCRIPT = "/embed.js"
"""The one file that pages of other sites load."""

FRAMED = re.compile(r"/(?:(?:results/[^/]+|privacy)/?)?$")
"""Pages that SEARCHAPP_EMBED_ORIGINS may show in a frame: the search of a shopper, nothing of the
operator's."""

NOT_MODIFIED = 304
"""Names no type, and its headers replace those of the copy that the browser has (RFC 9111, 3.2)."""


class SecurityHeadersMiddleware:
    """ASGI middleware that adds what an answer does not say itself.

    :param page_folder: the built page, whose inline scripts the policy names.
    """

    def __init__(self, app: ASGIApp, settings: Settings, page_folder: Path | None = None) -> None:
        self._app = app
        hashes = inline_hashes(page_folder)
        self._page_policy = page_policy(settings, hashes)
        self._framed_policy = page_policy(settings, hashes, settings.embed_origins)
        self._may_be_framed = bool(settings.embed_origins)
        # Kakao's sheet is a window of its own, which may want to speak to the page that opened it.
        self._opener = "same-origin-allow-popups" if settings.kakao_key else "same-origin"
        self._trusted = trusted_networks(settings.trusted_proxies)
        self._base_url = settings.base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(scope, message)
            await send(message)

        await self._app(scope, receive, protected)

    def _complete(self, scope: Scope, message: Message) -> None:
        message.setdefault("headers", [])
        headers = MutableHeaders(scope=message)
        for name, value in _ALWAYS.items():
            headers[name] = value
        if is_https(scope, self._trusted, self._base_url):
            headers["strict-transport-security"] = HSTS
        if "location" in headers:
            headers["location"] = own_address(headers["location"])
        path = scope["path"]
        if path == EMBED_SCRIPT:
            headers["cross-origin-resource-policy"] = "cross-origin"
        framed = self._may_be_framed and FRAMED.match(path) is not None
        if framed:
            # It knows no list of origins; frame-ancestors takes its place.
            del headers["x-frame-options"]
        if PRIVATE.match(path):
            headers["x-robots-tag"] = "noindex, nofollow"
        if message["status"] == NOT_MODIFIED:
            return
        html = headers.get("content-type", "").startswith("text/html")
        if html:
            headers["cross-origin-opener-policy"] = self._opener
        policy = self._framed_policy if framed else self._page_policy
        other = SERVICE_WORKER if path == "/worker.js" else NOTHING
        headers.setdefault("content-security-policy", policy if html else other)
        headers.setdefault("cache-control", _keeping(path, message["status"], html=html))


def own_address(location: str) -> str:
    """Where a redirect leads, as a path of this site: all of ours stay here.

    Reflex makes a whole address of the Host header, which can be forged, and of the scheme
    that it sees behind a proxy, which is not the browser's.
    """
    try:
        parts = urlsplit(location)
    except ValueError:
        return "/"
    # Two slashes at the beginning would name another host.
    path = "/" + parts.path.lstrip("/\\")
    return urlunsplit(("", "", path, parts.query, parts.fragment))


def _keeping(path: str, status: int, *, html: bool) -> str:
    """The Cache-Control of an answer that names none."""
    if PRIVATE.match(path) or status >= 400:
        return "no-store"
    if html:
        return "no-cache"
    if _HASHED.search(path):
        return FOREVER
    return A_DAY if _STATIC.search(path) else "no-store"


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
    sockets = WebsocketMiddleware(
        _guarded(Switch(api, pages), trusted, budget, pace),
        shapes=shapes or {},
        trusted=trusted,
        base_url=settings.base_url,
        metrics=metrics,
    )
    return AccessLogMiddleware(SecurityHeadersMiddleware(sockets, settings, page_folder), metrics)


def _guarded(
    app: ASGIApp, trusted: Sequence[Network], budget: Budget, pace: UploadTimeouts | None
) -> ASGIApp:
    """``app`` behind the limits of what requests carry."""
    return RequestBodyMiddleware(
        app,
        body_limit=body_limit,
        client_ip=lambda scope: client_of(scope, trusted).ip,
        budget=budget,
        pace=pace,
    )


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
