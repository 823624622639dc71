"""The API as one app: plain FastAPI, importable and testable without any page.

``/api/docs`` is one plain page made from the OpenAPI document; it loads nothing and runs no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp import __version__
from searchapp.api import addresses, admin, callbacks, catalogue, events, health, searches
from searchapp.api.context import Context
from searchapp.api.errors import Methods, add_handlers
from searchapp.http.clients import trusted_networks
from searchapp.http.http_metrics import HttpMetrics
from searchapp.http.response_headers import A_DAY, script_hash
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
    app = _app(_routes())
    trusted = trusted_networks(services.settings.trusted_proxies)
    app.state.context = Context(services, cache, trusted, metrics or HttpMetrics())
    context: Context = app.state.context
    context.metrics.streams.set_function(context.streams.total)
    add_handlers(app)
    app.openapi = openapi_document  # type: ignore[method-assign]
    app.state.methods = _methods
    app.add_middleware(TrailingSlashes)
    app.add_middleware(Heads)
    return app


def _app(routes: Sequence[BaseRoute] = ()) -> FastAPI:
    return FastAPI(
        title="찰칵 API",
        description=_ABOUT,
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=list(routes),
    )


@cache
def _routes() -> Sequence[BaseRoute]:
    """Every route, made once a process: an app differs from another by its state alone."""
    app = _app()
    app.include_router(catalogue.products_router)
    for module in (searches, addresses, events, callbacks, catalogue, admin, health):
        app.include_router(module.router)
    _add_reference(app)
    return tuple(app.routes)


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, made once a process: it depends on the routes alone.

    FastAPI adds an answer 422 of its own form to each route with parameters; here every such
    error is a 400 in the one form, so those entries go.
    """
    app = _app()
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=_routes()
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
    """The methods of each path: the router itself names only those of the first route that fits.

    Made when they are first asked for: a web process need not wait for it.
    """
    paths: dict[str, dict[str, Any]] = openapi_document()["paths"]
    return tuple(
        (compile_path(path)[0], tuple(sorted(method.upper() for method in operations)))
        for path, operations in paths.items()
    )


def _add_reference(app: FastAPI) -> None:
    @app.get("/api/openapi.json", include_in_schema=False)
    async def openapi_json() -> Response:
        return JSONResponse(openapi_document())

    @app.get("/embed.js", include_in_schema=False)
    async def embed_js() -> Response:
        return Response(
            EMBED.read_bytes(), media_type="text/javascript", headers={"cache-control": A_DAY}
        )

    @app.get("/api/docs", include_in_schema=False)
    async def docs() -> Response:
        page = reference_page(openapi_document())
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


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; font-size: 1.15rem; } code, pre { font-family: ui-monospace, monospace; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top;
padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8886; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .5rem; }
"""

POLICY = (
    f"default-src 'none'; style-src {script_hash(_STYLE)}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The one inline style, and nothing else."""


def reference_page(openapi: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    title = escape(openapi["info"]["title"])
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{escape(openapi['info'].get('description', ''))}</p>"
        '<p>As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a></p>'
    )
    parts = [head]
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            parts.extend(_operation(path, method, operation))
    parts.append("<h1>Schemas</h1>")
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        parts.extend(_schema(name, schema))
    parts.append("</main></body></html>")
    return "".join(parts)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<h2><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h2>'
    yield f"<p>{escape(operation.get('summary', ''))}. "
    yield f"{escape(operation.get('description', ''))}</p>"
    rows = [*_parameters(operation), *_body(operation)]
    if rows:
        yield f"<table><tr><th>Takes</th><th></th></tr>{''.join(rows)}</table>"
    yield "<table><tr><th>Answers</th><th></th></tr>"
    for status, answer in sorted(operation["responses"].items()):
        described = f"{escape(answer.get('description', ''))} {_kinds(answer)}"
        yield f"<tr><td><code>{escape(status)}</code></td><td>{described}</td></tr>"
    yield "</table>"


def _parameters(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        need = "required" if parameter.get("required") else "optional"
        yield (
            f"<tr><td><code>{escape(parameter['name'])}</code></td>"
            f"<td>{escape(parameter['in'])}, {need}. "
            f"{escape(parameter.get('description', ''))}</td></tr>"
        )


def _body(operation: dict[str, Any]) -> Iterator[str]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<tr><td><code>{escape(kind)}</code></td><td>{_named(content['schema'])}</td></tr>"
        yield from _properties(content["schema"])


def _kinds(answer: dict[str, Any]) -> str:
    named = [_named(content.get("schema", {})) for content in answer.get("content", {}).values()]
    return " ".join(filter(None, named))


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{escape(name)}">{escape(name)}</h2>'
    yield f"<p>{escape(schema.get('description', ''))}</p><table>"
    yield from _properties(schema)
    if "enum" in schema:
        yield f"<tr><td>{escape(', '.join(map(str, schema['enum'])))}</td></tr>"
    yield "</table>"


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        need = "" if name in required else "optional. "
        yield (
            f"<tr><td><code>{escape(name)}</code></td><td>{_named(inner)} {need}"
            f"{escape(str(inner.get('description', '')))}</td></tr>"
        )


def _named(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to the schemas it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_named(option) for option in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_named(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type", "")))
