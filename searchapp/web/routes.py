"""The routes beside Reflex and API: pages as they are first answered, and QR codes.

One build serves any address and any setting.  What no build can know stands in one place, behind
the charset of the head: how the server is set (a ``<meta name="site">``, which style sheets and
client values read before anything is drawn), what a link shows elsewhere, and the photo of a
search.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

import segno
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchapp.db.repositories import products
from searchapp.domain.ids import is_id
from searchapp.errors import AppError, NotFound
from searchapp.http.clients import Lang, base_of, preferred
from searchapp.http.http_errors import error_response
from searchapp.http.response_headers import matches
from searchapp.i18n import DEFAULT_LANGUAGE, TEXTS
from searchapp.jobs.external import may_ask
from searchapp.jobs.services import Services
from searchapp.logs import get_logger
from searchapp.settings import Settings
from searchapp.web import app_context
from searchapp.web.words import PREFIXES

log = get_logger(__name__)

REPLACED = (
    "찰칵: 페이지를 새로 만드는 중이에요. 잠시 뒤에 다시 열어 주세요.\n"
    "The page is being built anew. Please open it again in a moment.\n"
    "Operators: if this stays, run `python -m searchapp build` and restart the web process.\n"
)
"""While the files of the built page are not there: a build is replaced under the server."""

_FALLBACK = "__spa-fallback.html"
"""As the build names it: every page that has an id in its address."""

_PAGES = {
    "/": ("index.html", "home.title"),
    "/privacy": ("privacy/index.html", "privacy.title"),
    "/results/{name}": (_FALLBACK, "home.title"),
    "/s/{name}": (_FALLBACK, "share.page_title"),
    "/dev/phone": ("dev/phone/index.html", "inbox.title"),
    "/admin": ("admin/index.html", "home.title"),
}
"""Their files, and the keys of their titles elsewhere."""

_PLACE = re.compile(r"<head>(<meta charset=[^>]*>)?", re.IGNORECASE)
"""The charset comes first in a page, and must."""

_MODULE = re.compile(r'<link rel="modulepreload" href="([^"]*)"')

PICTURE = "/images/preview.png"
"""A drawing of ours: no photo, no face, no place."""

_DEMO_SECONDS = 60.0
_ANY_LANGUAGE = re.compile(r"[a-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    packed: bytes
    tag: str


def page_routes(folder: Path) -> list[Route]:
    """The pages; with a slash at the end they are the same.

    :param folder: the built page.
    """

    def route(path: str, file: str, title: str) -> Route:
        async def answer(request: Request) -> Response:
            return await _answer(request, folder, file, title)

        return Route(path, answer)

    def redirect(path: str) -> Route:
        to = path.rstrip("/") or "/"
        return Route(PREFIXES["en"] + path, lambda _request: RedirectResponse(to, 308))

    return [
        *(
            route(path + end, *page)
            for path, page in _PAGES.items()
            for end in ("", "/")
            if (path + end) != "//"
        ),
        *(redirect(path) for path in ("", "/", "/privacy", "/privacy/")),
    ]


class InReadersLanguage:
    """ASGI middleware around Reflex's app: a page that is not there is told in the language of the
    reader, as every other page; Reflex's own answer names none.

    :param folder: the built page.
    """

    def __init__(self, pages: ASGIApp, folder: Path) -> None:
        self._pages = pages
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        missing = False

        async def checked(message: Message) -> None:
            nonlocal missing
            if message["type"] == "http.response.start" and message["status"] == 404:
                kind = Headers(raw=message["headers"]).get("content-type", "")
                missing = kind.startswith("text/html")
            if not missing:
                await send(message)

        await self._pages(scope, receive, checked)
        if missing:
            answer = await _answer(Request(scope), self._folder, _FALLBACK, "edge.missing", 404)
            await answer(scope, receive, send)


async def _answer(
    request: Request, folder: Path, name: str, title: str, status: int = 200
) -> Response:
    services = app_context.services()
    lang = page_language(request.headers.get("accept-language"))
    file, built = _file(folder, name, lang)
    told = facts(services.settings) | {"lang": lang}
    if built != DEFAULT_LANGUAGE:
        told["built"] = built
    if await _has_demo(services):
        told["demo"] = ""
    if request.url.path.startswith("/s/"):
        told["shared"] = ""
    head = site_meta(told) + preview_tags(base_of(request, services.settings), lang, title)
    head += font_tags(lang)
    job = request.path_params.get("name", "")
    if request.url.path.startswith("/results/") and is_id(job):
        head += photo_tags(job)
    try:
        page = _page(file, head)
    except FileNotFoundError:
        log.exception("page_missing", file=file.name)
        return PlainTextResponse(REPLACED, 503, {"retry-after": "10", "cache-control": "no-store"})
    headers = {"etag": page.tag, "vary": "accept-encoding, accept-language"}
    if status == 200 and matches(request.headers.getlist("if-none-match"), page.tag):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(page.body, status, headers, "text/html")
    headers["content-encoding"] = "gzip"
    return Response(page.packed, status, headers, "text/html")


def _file(folder: Path, name: str, lang: Lang) -> tuple[Path, str]:
    """A page's file and its language: the reader's where it was built in that."""
    own = folder / PREFIXES[lang].strip("/") / name
    return (own, lang) if own.is_file() else (folder / name, DEFAULT_LANGUAGE)


def _page(file: Path, head: str) -> _Page:
    return _made(file, file.stat().st_mtime_ns, head)


@lru_cache(maxsize=128)
def _made(file: Path, _changed: int, head: str) -> _Page:
    html = file.read_text(encoding="utf-8")
    head += script_tags(html)
    body = _PLACE.sub(lambda found: found[0] + head, html, count=1).encode()
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return _Page(body, gzip.compress(body, mtime=0), f'"{digest}"')


# --- what is added -------------------------------------------------------------------------------


def page_language(accept: str | None) -> Lang:
    """The language of a first visit: English unless the browser prefers Korean or names none."""
    named = (accept or "")[:500]
    lang = preferred(named)
    if lang == "en" or not _ANY_LANGUAGE.search(named.partition(";")[0]):
        return lang
    return "ko" if re.search(r"(^|[,\s])ko\b", named, re.IGNORECASE) else "en"


def facts(settings: Settings) -> dict[str, str]:
    """How this server is set, as far as pages show it, by the names of ``data-`` attributes.

    ``days`` that a search is kept; ``elsewhere`` where an outside source may be asked; ``kakao``
    with its key, which is made for pages; ``domestic`` where a provider in Korea sends the
    messages, so that the consent names it.  Nothing here is a secret.
    """
    return {
        "days": str(settings.retention_days),
        **({"elsewhere": ""} if may_ask(settings) else {}),
        **({"kakao": settings.kakao_key} if settings.kakao_key else {}),
        **({"domestic": ""} if settings.provider == "solapi" else {}),
    }


def site_meta(told: dict[str, str]) -> str:
    """The element that tells pages about the server."""
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in told.items())
    return f'<meta name="site"{data}/>'


def photo_tags(name: str) -> str:
    """Asks for the photo of a search at once, and shows it before any script has run."""
    photo = f"/api/search-job/{name}/photo?size=screen"
    return (
        f'<link rel="preload" as="image" fetchpriority="high" href="{photo}"/>'
        f"<style>:root{{--preview:url({photo})}}</style>"
    )


def font_tags(lang: Lang) -> str:
    """Asks for the fonts of our own texts in that language, without urgency: the characters of the
    English ones are in all.
    """
    return "".join(
        '<link rel="preload" as="font" type="font/woff2" crossorigin fetchpriority="low" '
        f'href="/fonts/pretendard-{name}.woff2"/>'
        for name in sorted({"en", lang})
    )


def script_tags(html: str) -> str:
    """Asks for the scripts of a page without urgency: it is drawn from its HTML, so that its styles
    and its photo come first.  Of two links to one script the first decides.
    """
    return "".join(
        f'<link rel="modulepreload" fetchpriority="low" href="{script}"/>'
        for script in _MODULE.findall(html)
    )


def preview_tags(base: str, lang: Lang, title: str) -> str:
    """What messengers and other sites show of a link (https://ogp.me): they run no script, and want
    the picture's whole address.  The same is said of every search, so that it does not tell
    whether one exists.

    :param title: the key of its words.
    """
    words = TEXTS[lang]
    found = {
        "og:type": "website",
        "og:site_name": words["app.name"],
        "og:locale": "en_GB" if lang == "en" else "ko_KR",
        "og:title": words[title],
        "og:description": words["app.description"],
        "og:image": f"{base}{PICTURE}",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": words["home.hero_alt"],
        "twitter:card": "summary_large_image",
    }
    return "".join(
        f'<meta property="{name}" content="{escape(value)}"/>' for name, value in found.items()
    )


@dataclass
class _Demo:
    there: bool = False
    read_at: float = -_DEMO_SECONDS


_demo = _Demo()


async def _has_demo(services: Services) -> bool:
    """Whether the catalogue holds the products that the project drew, as of a minute ago."""
    if time.monotonic() - _demo.read_at < _DEMO_SECONDS:
        return _demo.there
    _demo.read_at = time.monotonic()
    try:
        _demo.there = await services.transact(lambda s: products.any_product(s, "demo"))
    except AppError:
        _demo.read_at = -_DEMO_SECONDS
    return _demo.there


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
        return error_response(NotFound(), "ko")
    base = base_of(request, app_context.services().settings)
    code = segno.make(f"{base}/{kind}/{name}", error="m", micro=False)
    picture = io.BytesIO()
    code.save(
        picture, kind="svg", scale=8, border=2, dark="#17181a", light="#ffffff", xmldecl=False
    )
    return Response(
        picture.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"}
    )
