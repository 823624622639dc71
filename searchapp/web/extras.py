"""The small routes beside pages and API: QR codes, and the messages of the local inbox."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import segno
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from searchapp.domain.ids import is_id
from searchapp.errors import NotFound
from searchapp.jobs.outage import promptly
from searchapp.notify.inbox import InboxMessage, inbox
from searchapp.notify.senders import inbox_open
from searchapp.web import live
from searchapp.web.asgi.answers import error_document
from searchapp.web.asgi.clients import is_local, is_localhost_name

NO_PAGE = (
    "찰칵: the API is here (/api/docs), the page is not built yet.\n"
    "Build it with: python -m searchapp build\n"
)


def extras(*, has_page: bool) -> Starlette:
    """The routes; Reflex's pages are mounted behind them."""
    routes = [
        Route("/qr/{kind}/{name}", qr),
        Route("/dev/phone/messages", messages),
    ]
    if not has_page:
        routes.append(Route("/", no_page))
    return Starlette(routes=routes)


async def no_page(_request: Request) -> Response:
    """Says at ``/`` that the page is missing."""
    return PlainTextResponse(NO_PAGE)


async def qr(request: Request) -> Response:
    """The QR code (ISO/IEC 18004) of a search's or a share's address, as SVG.

    It shows an address that the asker knows already, so it reads nothing.
    """
    kind, name = request.path_params["kind"], request.path_params["name"]
    if kind not in {"results", "s"} or not is_id(name):
        return _not_found()
    code = segno.make(f"{_base(request)}/{kind}/{name}", error="m", micro=False)
    picture = io.BytesIO()
    code.save(
        picture, kind="svg", scale=8, border=2, dark="#17181a", light="#ffffff", xmldecl=False
    )
    return Response(
        picture.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"}
    )


def _base(request: Request) -> str:
    """The address that people use; the one that was asked only when it names this machine."""
    settings = live.services().settings
    host = request.headers.get("host", "")
    if not settings.public_url and is_localhost_name(host):
        return f"http://{urlsplit(f'//{host}').netloc}"
    return settings.base_url


async def messages(request: Request) -> Response:
    """The local inbox: only in development, only without a provider, only on this machine."""
    services = live.services()
    if not (inbox_open(services.settings) and is_local(request.scope)):
        return _not_found()
    found = await promptly(services.engine, inbox)
    return JSONResponse({"messages": [_message(message) for message in found]})


def _message(message: InboxMessage) -> dict[str, str]:
    text = message.body.replace(message.link, "").strip() if message.link else message.body
    return {
        "id": message.id,
        "to": message.to,
        "text": text,
        "link": message.link,
        "at": message.at.isoformat(),
    }


def _not_found() -> Response:
    return JSONResponse(error_document(NotFound(), "ko"), status_code=404)
