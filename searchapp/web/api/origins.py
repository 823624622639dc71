"""Requests that change something come from our own pages or from programs, not from other sites.

A browser names the page's origin on each such request.  There are no cookies to abuse, but a
foreign page could spend its visitors' share of uploads and messages.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Depends, Request

from searchapp.web.api.context import Ctx
from searchapp.web.refusals import ForeignOrigin


def is_own(origin: str, host: str, base_url: str) -> bool:
    """Whether an Origin header names this server, by its public URL or by the Host asked."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    return parts.netloc == host or origin == base_url


def _check(request: Request, context: Ctx) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        return
    host = request.headers.get("host", "")
    if not is_own(origin, host, context.services.settings.base_url):
        raise ForeignOrigin


OwnOrigin = Depends(_check)
"""Refuses what another site's page sent."""
