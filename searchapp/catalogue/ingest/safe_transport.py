"""Connections to public addresses only: what a feed names must not reach our own network.

The address is checked where the connection is made, after the name was resolved, and the
connection goes to that very address.  A name that resolves differently the next moment gains
nothing by it; the TLS certificate is still checked against the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

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


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to a host by an address that it has just checked."""

    def __init__(self, resolver: Resolver, allowed: Policy) -> None:
        self._resolver = resolver
        self._allowed = allowed
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
            allowed = [self._allowed(ipaddress.ip_address(text)) for text in addresses]
        except (OSError, ValueError):
            raise NotPublic(f"{host} has no address") from None
        if not all(allowed):
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
