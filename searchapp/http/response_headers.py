"""Headers of answers: how long a copy may be kept, whether a client has it already, and what a
browser may load for it (Content-Security-Policy).

The inline scripts of the built pages are named by their hashes, so that any other inline script is
refused by the browser; only without a built page does ``'unsafe-inline'`` stand in.  Reflex calls
``eval`` for toasts and for ``rx.call_script`` and its kin: our pages use neither, so that ``eval``
stays forbidden.  Inline styles are how React sets positions and widths.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from searchapp.settings import Settings

FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control of what has another address whenever it changes."""

A_DAY = "public, max-age=86400"

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no pages."""

SERVICE_WORKER = NOTHING.replace("base-uri", "connect-src 'self'; base-uri", 1)
"""For the page's service worker, which asks this server for all that a page asks for."""

KAKAO_SCRIPT = "https://t1.kakaocdn.net/kakao_js_sdk/2.8.3/kakao.min.js"
"""Kakao's script for sharing: loaded on tap only, and only with SEARCHAPP_KAKAO_KEY."""

KAKAO_CHECK = "https://kapi.kakao.com"
"""Where that script has the message checked, on a phone, before it opens KakaoTalk."""

KAKAO_SHEET = ("https://sharer.kakao.com", "https://accounts.kakao.com")
"""Where it posts the message to, in a window of its own, on a desktop; whoever is not logged in is
sent on to the second, and browsers hold redirects of a form to the policy, too."""

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def tagged_json(request: Request, document: dict[str, Any]) -> Response:
    """``document`` with a strong ETag, or 304 when the client has just this one."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "vary": "accept-language"}
    if matches(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def matches(if_none_match: list[str], tag: str) -> bool:
    """Whether one of the client's tags is ``tag``, by weak comparison (RFC 9110, 13.1.2)."""
    known = [part.strip() for part in ",".join(if_none_match).split(",")]
    return any(part == "*" or part.removeprefix("W/") == tag for part in known)


def page_policy(
    settings: Settings, inline_hashes: Iterable[str] = (), frame_ancestors: Sequence[str] = ()
) -> str:
    """The policy of pages.

    :param frame_ancestors: the origins whose pages may show this one in a frame.
    """
    own = urlsplit(settings.base_url)
    socket = f"{'wss' if own.scheme == 'https' else 'ws'}://{own.netloc}"
    hashes = sorted(inline_hashes) or ["'unsafe-inline'"]
    kakao = bool(settings.kakao_key)
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *hashes, *([KAKAO_SCRIPT] if kakao else [])],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", socket, *([KAKAO_CHECK] if kakao else [])],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *(KAKAO_SHEET if kakao else [])],
        "frame-ancestors": list(frame_ancestors) or ["'none'"],
    }
    parts = [f"{name} {' '.join(values)}" for name, values in rules.items()]
    if own.scheme == "https":
        parts.append("upgrade-insecure-requests")
    return "; ".join(parts)


def inline_hashes(folder: Path | None) -> set[str]:
    """The CSP hashes of every inline script in the HTML files of a built page."""
    if folder is None or not folder.is_dir():
        return set()
    found: set[str] = set()
    for path in folder.rglob("*.html"):
        for script in _INLINE.findall(path.read_text(encoding="utf-8")):
            found.add(script_hash(script))
    return found


def script_hash(source: str) -> str:
    """``'sha256-…'`` of an inline script or style, as CSP writes it (CSP3, 2.3.1)."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
