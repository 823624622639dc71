"""Addresses: of a client, and whether others can reach one."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address

_RELAY_4 = ip_network("192.88.99.0/24")
"""6to4 relays: packets to them come out somewhere else."""
_UNICAST_6 = ip_network("2000::/3")
"""All global unicast of IPv6; IPv4-mapped, NAT64 and local addresses are outside."""
_TUNNELS_6 = tuple(
    ip_network(text) for text in ("2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")
)
"""Protocol assignments with Teredo, 6to4, documentation: addresses that stand for others."""


@dataclass(frozen=True, slots=True)
class Client:
    """``ip`` is what caps count (an IPv4 address, or the /64 network of an IPv6 one, which one
    customer owns).  ``local`` says that the request came from this machine to a localhost name
    without any forwarded header.
    """

    ip: str
    local: bool


def is_private_host(host: str) -> bool:
    """Whether ``host`` is a name or an address that no phone and no service elsewhere can open.

    Not whether it is this very machine: that is a question of who asks
    (``searchapp.http.clients``).
    """
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith((".localhost", ".local")) or "." not in host


def is_public(address: IPAddress) -> bool:
    """Whether ``address`` is an ordinary one on the public internet.

    Private, loopback, link-local, carrier-grade NAT, unspecified, multicast, reserved,
    IPv4-mapped, NAT64, 6to4 and Teredo addresses are not (RFC 6890 and its registries).
    """
    if isinstance(address, IPv6Address):
        ordinary = address in _UNICAST_6 and not any(address in net for net in _TUNNELS_6)
    else:
        ordinary = address not in _RELAY_4
    return ordinary and address.is_global and not address.is_multicast and not address.is_reserved
