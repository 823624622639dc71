"""What production refuses: settings that are fine on a desk and dangerous on the internet."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import urlsplit

from searchapp.domain.hosts import is_private_host
from searchapp.errors import OperatorError
from searchapp.settings import Settings

MIN_PASSWORD = 12
"""Characters of an admin password."""

MIN_DIFFERENT = 6
"""Different characters of an admin password."""

_LARGEST_NETWORK = (2**24, 2**96)
"""Addresses of the widest network of proxies, IPv4 and IPv6: a /8 and a /32."""

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
    for problem in (*password_problems(settings), *proxy_problems(settings)):
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
    if settings.admin_password is None:
        return
    password = settings.admin_password.get_secret_value()
    if len(password) < MIN_PASSWORD or len(set(password.lower())) < MIN_DIFFERENT:
        yield (
            f"SEARCHAPP_ADMIN_PASSWORD is weak: use {MIN_PASSWORD} characters or more, "
            f"{MIN_DIFFERENT} of them different."
        )


def proxy_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_TRUSTED_PROXIES, which may claim any address for a client."""
    for name in settings.trusted_proxies:
        if ip_network(name, strict=False).num_addresses > _LARGEST_NETWORK[":" in name]:
            yield (
                f"SEARCHAPP_TRUSTED_PROXIES: {name} trusts too many addresses. Name the proxies' "
                "own network, 10.0.0.0/8 at the widest."
            )
