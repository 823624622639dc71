"""The address that links of this site begin with."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from searchapp.http.clients import is_localhost_name
from searchapp.settings import Settings


def base_of(request: Request, settings: Settings) -> str:
    """The public address, or the localhost one that was asked.

    The Host header counts only where it names this machine and no public URL is set, so a forged
    one never gets into a link.
    """
    host = request.headers.get("host", "")
    if not settings.public_url and is_localhost_name(host):
        return f"http://{urlsplit(f'//{host}').netloc}"
    return settings.base_url
