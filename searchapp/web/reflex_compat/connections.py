"""The connection behind a tab, as an ASGI scope."""

from __future__ import annotations

import reflex as rx
from starlette.types import Scope

_PEER = "asgi-scope-client"
"""Where Reflex puts the address of the peer, among the headers."""


def connection_scope(state: rx.State) -> Scope:
    """The scope of the handshake, as far as it tells who is there."""
    headers = state.router.headers.raw_headers
    named = [(name.encode(), text.encode()) for name, text in headers.items() if name != _PEER]
    return {"type": "http", "client": (headers.get(_PEER, ""), 0), "headers": named}
