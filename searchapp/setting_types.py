"""What the value of a setting must look like, said in one line before anything starts with it.

Each check takes the value as it was given and returns it; its ValueError tells what is wanted, and
never repeats a value that holds a secret.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from urllib.parse import SplitResult, urlsplit

_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}$")
_ORIGIN = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+$")


def web_address(value: str) -> str:
    """``http(s)://HOST``; nothing at all is for the default."""
    parts = _split(value)
    if value and (parts is None or parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address like https://example.com")
    return value


def site_address(value: str) -> str:
    """The address that people use: without a path, as every page lies at the root of its host."""
    parts = _split(web_address(value))
    if parts is not None and (parts.path.strip("/") or parts.query or parts.fragment):
        raise ValueError(
            "must have no path, as in https://example.com: give the site a host name of its own"
        )
    return value


def origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Origins of pages: scheme, host and port, and nothing else."""
    for value in values:
        parts = _split(value)
        plain = parts is not None and value == f"{parts.scheme}://{parts.netloc}"
        if not plain or parts is None or parts.scheme not in {"http", "https"}:
            raise ValueError("takes origins like https://shop.example, separated by commas")
        if not _ORIGIN.fullmatch(parts.netloc):
            raise ValueError("takes origins like https://shop.example, separated by commas")
    return values


def database_address(value: str) -> str:
    """A libpq URL, as SQLAlchemy and psycopg read it."""
    parts = _split(value)
    if parts is None or parts.scheme not in _SCHEMES or not parts.path.strip("/"):
        raise ValueError(
            "must be postgresql://USER:PASSWORD@HOST:PORT/NAME, with %XX for special characters "
            "in the password"
        )
    return value


def sentry_address(value: str) -> str:
    """``https://KEY@HOST/PROJECT``, as Sentry shows it."""
    parts = _split(value)
    if parts is None or not (parts.scheme in {"http", "https"} and parts.username):
        raise ValueError("must be https://KEY@HOST/PROJECT, as Sentry shows it")
    return value


def photo_store(value: str) -> str:
    """``postgres``, or a bucket."""
    parts = _split(value)
    if value != "postgres" and (parts is None or parts.scheme != "s3" or not parts.netloc):
        raise ValueError("takes `postgres` or s3://bucket/prefix")
    return value


def prefixes(values: tuple[str, ...]) -> tuple[str, ...]:
    """The beginnings of international numbers; none would allow no number at all."""
    if not values or not all(_PREFIX.match(value) for value in values):
        raise ValueError("takes beginnings of numbers like +8210, separated by commas")
    return values


def networks(values: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks."""
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            raise ValueError(
                f"{value} is not a network: use addresses like 10.0.0.5 or 10.0.0.0/8, separated "
                "by commas"
            ) from None
    return values


def plain_key(value: str) -> str:
    """A key that stands in the page: letters and digits."""
    if value and not _PLAIN.match(value):
        raise ValueError("takes a key of letters and digits")
    return value


def _split(value: str) -> SplitResult | None:
    """The parts of an address, or None if it has no readable ones."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts
