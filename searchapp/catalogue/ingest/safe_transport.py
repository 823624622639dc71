"""Connections to public addresses only: what a feed names must not reach private networks.

The address is checked where the connection is made, after the name was resolved, and the
connection goes to that very address.  A name that resolves differently the next moment gains
nothing by it; the TLS certificate is still checked against the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host and port -> addresses as text, best first."""
Policy = Callable[[IPAddress], bool]

_RELAY_4 = ipaddress.ip_network("192.88.99.0/24")
"""6to4 relays: packets to them come out somewhere else."""
_UNICAST_6 = ipaddress.ip_network("2000::/3")
"""All global unicast of IPv6; IPv4-mapped, NAT64 and local addresses are outside."""
_TUNNELS_6 = tuple(
    ipaddress.ip_network(text) for text in ("2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")
)
"""Protocol assignments with Teredo, 6to4, documentation: addresses that stand for others."""


class NotPublic(ConnectionError):
    """A host that has an address outside the public internet, or none at all."""


def is_public(address: IPAddress) -> bool:
    """Whether ``address`` is an ordinary one on the public internet.

    Private, loopback, link-local, carrier-grade NAT, unspecified, multicast, reserved,
    IPv4-mapped, NAT64, 6to4 and Teredo addresses are not (RFC 6890 and its registries).
    """
    if isinstance(address, ipaddress.IPv6Address):
        ordinary = address in _UNICAST_6 and not any(address in net for net in _TUNNELS_6)
    else:
        ordinary = address not in _RELAY_4
    return ordinary and address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host`` by the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_trusted(host: str, port: int | None, trusted: frozenset[str]) -> bool:
    """Whether the operator names ``host``, alone or with its port, among private hosts."""
    return host.lower() in trusted or f"{host.lower()}:{port}" in trusted


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to a host by an address that it has just checked."""

    def __init__(
        self, resolver: Resolver, allowed: Policy, trusted: frozenset[str] = frozenset()
    ) -> None:
        """:param trusted: hosts, or ``host:port``, that may have any address."""
        self._resolver = resolver
        self._allowed = allowed
        self._trusted = trusted
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore has it.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """:raises NotPublic: if any address of ``host`` is one that may not be reached."""
        last: Exception = NotPublic(f"{host} has no address")
        for address in await self._addresses(host, port):
            try:
                return await self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                last = error
        raise last

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolver(host, port)
            checked = [ipaddress.ip_address(text) for text in addresses]
        except (OSError, ValueError):
            raise NotPublic(f"{host} has no address") from None
        trusted = is_trusted(host, port, self._trusted)
        if not trusted and not all(map(self._allowed, checked)):
            raise NotPublic(f"{host} is not on the public internet")
        return addresses

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx over :class:`PinnedBackend`; proxies of the environment are not asked."""

    def __init__(self, backend: PinnedBackend, tls: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15,
            network_backend=backend,
        )


REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})


class NotAllowed(ConnectionError):
    """An address that may not be asked: not https, or behind too many redirects."""


class SafeClient:
    """Asks https addresses on the public internet, and private hosts that the operator names.

    :param resolver: name resolution, by the system's resolver unless a test says otherwise.
    :param allowed: which addresses may be reached.
    :param tls: how certificates are checked; by the system's, and ``SSL_CERT_FILE``, if None.
    :param trusted: private hosts, or ``host:port``, that may be asked, by plain http too.
    """

    def __init__(
        self,
        *,
        resolver: Resolver = resolve,
        allowed: Policy = is_public,
        tls: ssl.SSLContext | None = None,
        trusted: Iterable[str] = (),
        connections: int = 16,
        seconds: float = 30.0,
    ) -> None:
        self._trusted = frozenset(host.lower() for host in trusted)
        backend = PinnedBackend(resolver, allowed, self._trusted)
        context = tls or ssl.create_default_context()
        self._client = httpx.AsyncClient(
            transport=PinnedTransport(backend, context, connections),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            headers={"User-Agent": "searchapp-catalogue", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def get(
        self, url: str, headers: dict[str, str], auth: tuple[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The answer at ``url``, behind at most REDIRECTS redirects; its body is not read yet.

        :param auth: user and password, for the host of ``url`` alone.
        :raises NotAllowed: an address is not https, or there are more redirects.
        :raises httpx.HTTPError: the server cannot be reached, or does not answer in time.
        """
        first = urlsplit(url).netloc
        for _ in range(REDIRECTS + 1):
            url = self._https(url)
            given = auth if auth and urlsplit(url).netloc == first else None
            async with self._client.stream("GET", url, headers=headers, auth=given) as response:
                if response.status_code not in _MOVED:
                    yield response
                    return
                url = urljoin(url, response.headers.get("location", ""))
        raise NotAllowed(f"it is behind more than {REDIRECTS} redirects")

    def _https(self, url: str) -> str:
        """``url`` by https; by http only where the operator vouches for the host.

        :raises ValueError: it is no address, or its port is none.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "http" and not is_trusted(host, port, self._trusted):
            parts = parts._replace(scheme="https")
            if port == HTTP_PORT:
                parts = parts._replace(netloc=parts.netloc.removesuffix(f":{HTTP_PORT}"))
        if parts.scheme not in ("http", "https"):
            raise NotAllowed("it is not at an https address")
        return parts.geturl()


HTTP_PORT = 80
