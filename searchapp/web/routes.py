"""The routes beside Reflex and API: pages as first answered, and QR codes."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from searchapp.domain.ids import is_id
from searchapp.errors import NotFound
from searchapp.http.clients import base_of
from searchapp.http.http_errors import error_document
from searchapp.web import app_context
from searchapp.web.initial_html import page_routes

NO_PAGE = (
    "찰칵: the API is here (/api/docs), the page is not built yet.\n"
    "Build it with: python -m searchapp build\n"
)


def extras(page_folder: Path | None) -> Starlette:
    """The routes; Reflex's pages are mounted behind them.

    :param page_folder: the built page; None without one.
    """
    routes = [
        Route("/qr/{kind}/{name}", qr),
        Route("/shared", unshared, methods=["GET", "POST"]),
        *([Route("/", no_page)] if page_folder is None else page_routes(page_folder)),
    ]
    return Starlette(routes=routes)


async def no_page(_request: Request) -> Response:
    """Says at ``/`` that the page is missing."""
    return PlainTextResponse(NO_PAGE)


async def unshared(_request: Request) -> Response:
    """Where a phone sends what another app shares.  The service worker of the page takes it
    (``assets/worker.js``); only without one does it come here, and is not kept.
    """
    return RedirectResponse("/#unshared", status_code=303)


async def qr(request: Request) -> Response:
    """The QR code (ISO/IEC 18004) of a search's or a share's address, as SVG.

    It shows an address that the asker knows already, so it reads nothing.
    """
    kind, name = request.path_params["kind"], request.path_params["name"]
    if kind not in {"results", "s"} or not is_id(name):
        return _not_found()
    base = base_of(request, app_context.services().settings)
    code = segno.make(f"{base}/{kind}/{name}", error="m", micro=False)
    picture = io.BytesIO()
    code.save(
        picture, kind="svg", scale=8, border=2, dark="#17181a", light="#ffffff", xmldecl=False
    )
    return Response(
        picture.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"}
    )


def _not_found() -> Response:
    return JSONResponse(error_document(NotFound(), "ko"), status_code=404)
