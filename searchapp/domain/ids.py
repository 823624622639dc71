"""Names that nobody can guess."""

from __future__ import annotations

import re
import secrets

_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def new_id() -> str:
    """A URL-safe name of 22 characters with 128 random bits."""
    return secrets.token_urlsafe(16)


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of :func:`new_id`; says nothing about its existence."""
    return _ID.fullmatch(text) is not None


def short(name: str) -> str:
    """The part of an id that may stand in a log line."""
    return f"{name[:6]}…"
