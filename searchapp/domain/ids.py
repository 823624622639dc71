"""Names and keys that cannot be guessed."""

from __future__ import annotations

import hashlib
import re
import secrets
from enum import StrEnum

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


class KeyScope(StrEnum):
    """What a key of the catalogue API may do; ``write`` may read, too."""

    READ = "read"
    WRITE = "write"


def new_api_key() -> str:
    """A key of the catalogue API with 256 random bits."""
    return f"chalkak_{secrets.token_urlsafe(32)}"


def api_key_hash(key: str) -> bytes:
    """What is stored of a key.  A plain hash: 256 random bits need neither salt nor slowness, and a
    change of SEARCHAPP_SECRET_KEY leaves the keys valid."""
    return hashlib.sha256(key.encode()).digest()
