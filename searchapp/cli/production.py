"""What production refuses: settings that are fine on a desk and dangerous on the internet."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import urlsplit

from searchapp.domain.hosts import is_private_host
from searchapp.errors import OperatorError
from searchapp.settings import Settings

MIN_PASSWORD = 12
"""Characters of an admin password."""

_MIN_DISTINCT = 12
"""Distinct bytes in a key; 32 random ones have fewer than 20 about once in a billion keys."""


def check(settings: Settings) -> None:
    """Lets development pass, and production only when it is safe.

    :raises OperatorError: naming the first setting that is not.
    """
    if not settings.production:
        return
    for problem in (*key_problems(settings), *address_problems(settings)):
        raise OperatorError(problem)
    for problem in password_problems(settings):
        raise OperatorError(problem)


def key_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_SECRET_KEY."""
    if settings.secret_key is None:
        yield "SEARCHAPP_SECRET_KEY must be set in production: 32 random bytes, urlsafe base64."
        return
    for key in settings.secret_key.get_secret_value().split(","):
        try:
            raw = base64.urlsafe_b64decode(key.strip())
        except (ValueError, binascii.Error):
            raw = b""
        if len(raw) != 32 or len(set(raw)) < _MIN_DISTINCT:
            yield "SEARCHAPP_SECRET_KEY is weak or malformed: use 32 random bytes, urlsafe base64."


def address_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_PUBLIC_URL, the address in every text message."""
    parts = urlsplit(settings.base_url)
    if parts.scheme != "https" or not parts.hostname or is_private_host(parts.hostname):
        yield (
            "SEARCHAPP_PUBLIC_URL must be an https address that phones can open, "
            f"not {settings.base_url}"
        )


def password_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_ADMIN_PASSWORD; none at all keeps /admin closed."""
    password = settings.admin_password
    if password is not None and len(password.get_secret_value()) < MIN_PASSWORD:
        yield f"SEARCHAPP_ADMIN_PASSWORD is weak: use {MIN_PASSWORD} characters or more."
