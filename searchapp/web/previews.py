"""What messengers and other sites show of a link: a title, a sentence and a picture.

They run no script, so this stands in the first answer, and they want the picture's whole address,
which the build can not know.  The picture is a drawing of ours: no photo, no face, no place.  The
same is said of every search, so that nobody learns from it whether one exists.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from searchapp.web import live
from searchapp.web.api.caching import matches
from searchapp.web.asgi.language import Lang, preferred
from searchapp.web.i18n import TEXTS
from searchapp.web.links import base_of

PICTURE = "/images/preview.png"
_SIZE = (1200, 630)

FIRST_PAGE = "index.html"
OTHER_PAGES = "__spa-fallback.html"
"""As the build names them; the second is every page that has an id in its address."""

_BEFORE = re.compile(r"<head>(<meta charset=[^>]*>)?", re.IGNORECASE)
"""The charset comes first in a page, and must."""


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    packed: bytes
    tag: str


def preview_routes(folder: Path) -> list[Route]:
    """The pages whose links people send to each other.

    :param folder: the built page.
    """

    async def first(request: Request) -> Response:
        return _answer(request, folder / FIRST_PAGE, "home.title")

    async def results(request: Request) -> Response:
        return _answer(request, folder / OTHER_PAGES, "home.title")

    async def shared(request: Request) -> Response:
        return _answer(request, folder / OTHER_PAGES, "share.page_title")

    return [
        Route("/", first),
        Route("/results/{name}", results),
        Route("/s/{name}", shared),
    ]


def _answer(request: Request, file: Path, title: str) -> Response:
    base = base_of(request, live.services().settings)
    lang = preferred(request.headers.get("accept-language"))
    page = _page(file, file.stat().st_mtime_ns, base, lang, title)
    headers = {"etag": page.tag, "vary": "accept-encoding, accept-language"}
    if matches(request.headers.getlist("if-none-match"), page.tag):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(page.body, media_type="text/html", headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(page.packed, media_type="text/html", headers=headers)


@lru_cache(maxsize=32)
def _page(file: Path, _changed: int, base: str, lang: Lang, title: str) -> _Page:
    html = file.read_text(encoding="utf-8")
    said = tags(base, lang, title)
    body = _BEFORE.sub(lambda head: head[0] + said, html, count=1).encode()
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return _Page(body, gzip.compress(body, mtime=0), f'"{digest}"')


def tags(base: str, lang: Lang, title: str) -> str:
    """The elements for a page's head (https://ogp.me).

    :param title: the key of its words.
    """
    words = TEXTS[lang]
    width, height = _SIZE
    found = {
        "og:type": "website",
        "og:site_name": words["app.name"],
        "og:locale": "en_GB" if lang == "en" else "ko_KR",
        "og:title": words[title],
        "og:description": words["app.description"],
        "og:image": f"{base}{PICTURE}",
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": words["home.hero_alt"],
        "twitter:card": "summary_large_image",
    }
    return "".join(
        f'<meta property="{name}" content="{escape(value)}"/>' for name, value in found.items()
    )
