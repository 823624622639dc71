"""Reading request headers of an ASGI scope."""

from __future__ import annotations

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header (``name`` in lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def header_list(scope: Scope, name: bytes) -> list[str]:
    """All values of a header that holds a comma-separated list, in order, without blanks."""
    joined = ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)
    return [part.strip() for part in joined.split(",") if part.strip()]
