"""Addresses: of a client, and whether others can reach one."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address


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
