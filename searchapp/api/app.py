"""The API as one app: plain FastAPI, importable and testable without any page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp import __version__
from searchapp.api import addresses, admin, callbacks, catalogue, events, health, products, searches
from searchapp.api.context import Context
from searchapp.api.errors import Methods, add_handlers
from searchapp.api.reference import POLICY, reference_page
from searchapp.http.clients import trusted_networks
from searchapp.http.http_metrics import HttpMetrics
from searchapp.http.response_headers import A_DAY
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services

EMBED = Path(__file__).with_name("embed.js")
"""What pages of shops load to show the search (docs/embedding.md)."""

_ABOUT = (
    "Finds the clothes in a photo. Errors have one form: an error with a code for programs and a "
    "message in the person's language (field lang, else Accept-Language, else Korean). "
    "Whoever knows a search's id may do everything with it; a share id may only read results."
)


def make_api(services: Services, cache: JobCache, metrics: HttpMetrics | None = None) -> FastAPI:
    """The app with every route of the API, /healthz, /readyz and /metrics.

    :param metrics: shared with the front that counts requests.
    """
    app = _routed()
    trusted = trusted_networks(services.settings.trusted_proxies)
    app.state.context = Context(services, cache, trusted, metrics or HttpMetrics())
    context: Context = app.state.context
    context.metrics.streams.set_function(context.streams.total)
    add_handlers(app)
    app.openapi = openapi_document  # type: ignore[method-assign]
    app.state.methods = _methods()
    _add_reference(app)
    app.add_middleware(TrailingSlashes)
    app.add_middleware(Heads)
    return app


def _routed() -> FastAPI:
    app = FastAPI(
        title="찰칵 API",
        description=_ABOUT,
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for module in (searches, addresses, events, products, callbacks, catalogue, admin, health):
        app.include_router(module.router)
    return app


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, made once a process: it depends on the routes alone.

    FastAPI adds an answer 422 of its own form to each route with parameters; here every such
    error is a 400 in the one form, so those entries go.
    """
    app = _routed()
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    for operations in document["paths"].values():
        for operation in operations.values():
            if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    return document


@cache
def _methods() -> Methods:
    """The methods of each path: the router itself names only those of the first route that fits."""
    paths: dict[str, dict[str, Any]] = openapi_document()["paths"]
    return tuple(
        (compile_path(path)[0], tuple(sorted(method.upper() for method in operations)))
        for path, operations in paths.items()
    )


def _add_reference(app: FastAPI) -> None:
    @app.get("/api/openapi.json", include_in_schema=False)
    async def openapi_json() -> Response:
        return JSONResponse(app.openapi())

    @app.get("/embed.js", include_in_schema=False)
    async def embed_js() -> Response:
        return Response(
            EMBED.read_bytes(), media_type="text/javascript", headers={"cache-control": A_DAY}
        )

    @app.get("/api/docs", include_in_schema=False)
    async def docs() -> Response:
        page = reference_page(app.openapi())
        return HTMLResponse(page, headers={"content-security-policy": POLICY})


class TrailingSlashes:
    """ASGI middleware: a slash at the end means the same address; a redirect would lose a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) > 1:
            scope["path"] = scope["path"].rstrip("/") or "/"
        await self._app(scope, receive, send)


class Heads:
    """ASGI middleware: HEAD is answered like GET without the body, but for endless streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or "/events" in scope["path"]:
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, bodiless)
