"""Pages as they are first answered: as they were built, and what no build can know.

One build serves any address and any setting (docs/decisions/0025-the-first-answer.md).  What a link
shows elsewhere goes into the head; how the server is set stands on the root element, where style
sheets and scripts find it before anything is drawn.
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

from searchapp.http.clients import base_of
from searchapp.http.language import preferred
from searchapp.http.response_headers import matches
from searchapp.jobs.external import may_ask
from searchapp.settings import Settings
from searchapp.web import app_context
from searchapp.web.previews import tags

_FIRST = "index.html"
_PRIVACY = "privacy/index.html"
_OTHERS = "__spa-fallback.html"
"""As the build names them; the last is every page that has an id in its address."""

_ENDS = ("", "/")
"""What somebody may have typed or a messenger added is the same page."""

_ROOT = re.compile(r"<html\b", re.IGNORECASE)
_BEFORE = re.compile(r"<head>(<meta charset=[^>]*>)?", re.IGNORECASE)
"""The charset comes first in a page, and must."""


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    packed: bytes
    tag: str


def page_routes(folder: Path) -> list[Route]:
    """The pages for shoppers.

    :param folder: the built page.
    """

    def route(path: str, file: str, title: str) -> Route:
        async def answer(request: Request) -> Response:
            return _answer(request, folder / file, title)

        return Route(path, answer)

    return [
        route("/", _FIRST, "home.title"),
        *(route(f"/privacy{end}", _PRIVACY, "privacy.title") for end in _ENDS),
        *(route(f"/results/{{name}}{end}", _OTHERS, "home.title") for end in _ENDS),
        *(route(f"/s/{{name}}{end}", _OTHERS, "share.page_title") for end in _ENDS),
    ]


def facts(settings: Settings) -> dict[str, str]:
    """How this server is set, as far as pages show it, by the names of ``data-`` attributes.

    ``days`` that a search is kept; ``elsewhere`` where an outside source may be asked; ``kakao``
    with its key, which is made for pages.  Nothing here is a secret.
    """
    return {
        "days": str(settings.retention_days),
        **({"elsewhere": ""} if may_ask(settings) else {}),
        **({"kakao": settings.kakao_key} if settings.kakao_key else {}),
    }


def _answer(request: Request, file: Path, title: str) -> Response:
    settings = app_context.services().settings
    lang = preferred(request.headers.get("accept-language"))
    root = "".join(f' data-{name}="{escape(value)}"' for name, value in facts(settings).items())
    head = tags(base_of(request, settings), lang, title)
    page = _page(file, file.stat().st_mtime_ns, root, head)
    headers = {"etag": page.tag, "vary": "accept-encoding, accept-language"}
    if matches(request.headers.getlist("if-none-match"), page.tag):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(page.body, media_type="text/html", headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(page.packed, media_type="text/html", headers=headers)


@lru_cache(maxsize=32)
def _page(file: Path, _changed: int, root: str, head: str) -> _Page:
    html = file.read_text(encoding="utf-8")
    html = _ROOT.sub(lambda found: found[0] + root, html, count=1)
    body = _BEFORE.sub(lambda found: found[0] + head, html, count=1).encode()
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return _Page(body, gzip.compress(body, mtime=0), f'"{digest}"')
