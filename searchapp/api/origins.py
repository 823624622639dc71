"""Requests that change something come from our own pages or from programs, not from other sites.

A browser names the page's origin on each such request.  There are no cookies to abuse, but a
foreign page could spend its visitors' share of uploads and messages.
"""

from __future__ import annotations

from fastapi import Depends, Request

from searchapp.api.context import Ctx
from searchapp.http.http_errors import ForeignOrigin
from searchapp.http.own_origins import is_own


def _check(request: Request, context: Ctx) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        return
    host = request.headers.get("host", "")
    if not is_own(origin, host, context.services.settings.base_url):
        raise ForeignOrigin


OwnOrigin = Depends(_check)
"""Refuses what another site's page sent."""
