"""Who sent a request, read from its headers, and how often one address may ask.

X-Forwarded-For is believed only when the peer is a proxy that the operator named, and then only
up to the first address, from the right, that is no such proxy: what stands left of it was written
by the client.

Limits are counted in this process: they keep a careless or hostile client cheap.  What must hold
over all processes (uploads, messages) is counted in the database besides.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Literal, NoReturn
from urllib.parse import urlsplit

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.types import Scope

from searchapp.db.repositories.searches import IP_PURPOSE, nth_latest_start
from searchapp.domain.hosts import Client
from searchapp.errors import TooManyRequests
from searchapp.jobs.services import Services
from searchapp.settings import Settings

READS = RateLimitItemPerMinute(3000, namespace="reads")
"""Documents, photos, streams and product pictures: a results page shows hundreds, and a mobile
carrier puts many people behind one address."""

ACTIONS = RateLimitItemPerMinute(120, namespace="actions")
"""Whatever changes a search."""


RESENDS = RateLimitItemPerHour(3, namespace="resends")
"""Uploads of searches that are stored already, by an address that has had its share: a client whose
answer was lost gets it, and an endless stream of bodies is refused unread."""

ADDRESSES = RateLimitItemPerHour(60, namespace="addresses")
"""Photos that this server fetches from other sites for one address."""

CATALOGUE = RateLimitItemPerMinute(1200, namespace="catalogue")
"""Requests of one key of the catalogue API; a batch of 1,000 products is one."""


class Rates:
    """Counters of this process, one window each kind and address."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, limit: RateLimitItem, ip: str) -> None:
        """Counts one request.

        :raises TooManyRequests: when the address has had its share, with the seconds to wait.
        """
        if not await self._limiter.hit(limit, ip):
            await self._refuse(limit, ip)

    async def look(self, limit: RateLimitItem, ip: str) -> None:
        """As :meth:`hit`, without counting.

        :raises TooManyRequests: when the address has had its share.
        """
        if not await self._limiter.test(limit, ip):
            await self._refuse(limit, ip)

    async def _refuse(self, limit: RateLimitItem, ip: str) -> NoReturn:
        window = await self._limiter.get_window_stats(limit, ip)
        wait = max(1, round(window.reset_time - time.time()))
        raise TooManyRequests(limit.namespace, retry_after=wait)


HOUR = timedelta(hours=1)


async def admit_upload(services: Services, rates: Rates, ip: str) -> None:
    """Lets an address start a search, or not: counted in ``rates`` and, over all processes, in the
    database.

    What the database's absence refuses is not counted: a page that goes on trying every few
    seconds for as long as that lasts must still get through afterwards.

    :raises TooManyRequests: it had its share of the last hour.
    :raises NotStored: the database is unavailable, so there is no use in sending the photo.
    """
    limit = services.settings.uploads_per_ip_hour
    if not limit:
        return
    share = RateLimitItemPerHour(limit, namespace="uploads")
    await rates.look(share, ip)
    now = services.clock()
    hashes = services.secrets.hashes(IP_PURPOSE, ip)
    full_since = await services.transact(
        lambda session: nth_latest_start(session, hashes, now - HOUR, limit)
    )
    if full_since is not None:
        wait = ceil((full_since + HOUR - now).total_seconds())
        raise TooManyRequests("uploads", retry_after=max(1, wait))
    await rates.hit(share, ip)


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Lang = Literal["ko", "en"]
"""The language to answer in."""

UNKNOWN = "unknown"
"""The address of a peer that has none."""

_FORWARDED = re.compile(
    rb"via$|(?:x-)?(?:original-)?forwarded(?:-|$)|x-original-|.*-(?:real|client|connecting)-?ip$"
)
"""What proxies add, by whatever name: a request with any of it did not come straight from here."""


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


def trusted_networks(names: Sequence[str]) -> tuple[Network, ...]:
    """The networks of SEARCHAPP_TRUSTED_PROXIES, whose names the settings have checked."""
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


def client_of(scope: Scope, trusted: Sequence[Network]) -> Client:
    """The client behind a request."""
    peer = _address((scope.get("client") or (UNKNOWN,))[0])
    return Client(_counted(_origin(peer, scope, trusted)), is_local(scope))


def is_local(scope: Scope) -> bool:
    """Whether a request came from this machine, to a localhost name, through no proxy."""
    peer = _address((scope.get("client") or (UNKNOWN,))[0])
    forwarded = any(_FORWARDED.match(key.lower()) for key, _ in scope["headers"])
    return (
        peer is not None
        and peer.is_loopback
        and not forwarded
        and is_localhost_name(header(scope, b"host") or "")
    )


def is_https(scope: Scope, trusted: Sequence[Network], base_url: str) -> bool:
    """Whether the browser came by https: a named proxy's word counts, else the public URL."""
    peer = _address((scope.get("client") or (UNKNOWN,))[0])
    told = header_list(scope, b"x-forwarded-proto")
    if told and peer is not None and _within(peer, trusted):
        return told[-1].lower() == "https"
    return base_url.startswith("https://")


def is_localhost_name(host: str) -> bool:
    """Whether a Host header (``name[:port]``) names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    address = _address(name)
    return name == "localhost" or (address is not None and address.is_loopback)


_HOST = re.compile(r"(?:[A-Za-z0-9._~%!$&'()*+,;=-]*|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?")
"""``uri-host [":" port]`` (RFC 9110, 7.2)."""


def has_valid_host(scope: Scope) -> bool:
    """Whether a request names at most one host, with a port that can be one (RFC 9112, 3.2)."""
    hosts = [value for key, value in scope["headers"] if key == b"host"]
    if not hosts:
        return True
    found = _HOST.fullmatch(hosts[0].decode("latin-1"))
    return len(hosts) == 1 and found is not None and int(found[1] or 0) <= 65535


def is_own(origin: str, host: str, base_url: str) -> bool:
    """Whether an Origin header names this server, by its public URL or by the Host asked.

    A browser names the page's origin on each request that changes something and on each websocket.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    return parts.netloc == host or origin == base_url


def base_of(request: Request, settings: Settings) -> str:
    """The address that links begin with: the public one, or the localhost one that was asked.

    The Host header counts only where it names this machine and no public URL is set, so a forged
    one never gets into a link.
    """
    host = request.headers.get("host", "")
    if not settings.public_url and is_localhost_name(host):
        return f"http://{urlsplit(f'//{host}').netloc}"
    return settings.base_url


def _origin(peer: Address | None, scope: Scope, trusted: Sequence[Network]) -> Address | None:
    current = peer
    for hop in reversed(header_list(scope, b"x-forwarded-for")):
        if current is None or not _within(current, trusted):
            break
        claimed = _address(hop)
        if claimed is None:
            break
        current = claimed
    return current


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == net.version and address in net for net in networks)


def _address(text: str) -> Address | None:
    """An address, also as ``1.2.3.4:567`` or ``[::1]:567``; IPv4 mapped into IPv6 as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _counted(address: Address | None) -> str:
    if address is None:
        return UNKNOWN
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def preferred(accept_language: str | None) -> Lang:
    """``ko`` or ``en`` from an Accept-Language header (RFC 9110, 12.5.4): Korean for those who
    prefer it to English or name no language, English for all others.
    """
    weights: dict[str, float] = {}
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        name = tag.strip().lower().split("-")[0]
        weight = _weight(parameters)
        if name.isalpha() and weight > 0:
            weights[name] = max(weights.get(name, 0.0), weight)
    korean = weights.get("ko", 0.0)
    return "ko" if not weights or (korean > 0 and korean >= weights.get("en", 0.0)) else "en"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
