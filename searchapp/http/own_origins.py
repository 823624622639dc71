"""Which pages are ours.

A browser names the page's origin on each request that changes something and on each websocket.
"""

from __future__ import annotations

from urllib.parse import urlsplit


def is_own(origin: str, host: str, base_url: str) -> bool:
    """Whether an Origin header names this server, by its public URL or by the Host asked."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    return parts.netloc == host or origin == base_url
