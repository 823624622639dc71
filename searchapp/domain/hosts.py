"""Whether others can reach an address."""

from __future__ import annotations

from ipaddress import ip_address


def is_private_host(host: str) -> bool:
    """Whether ``host`` is a name or an address that no phone and no service elsewhere can open.

    Not whether it is this very machine: that is a question of who asks
    (``searchapp.http.clients``).
    """
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith((".localhost", ".local")) or "." not in host
