"""Clients, and which hosts others cannot reach."""

from __future__ import annotations

import ipaddress

import pytest

from searchapp.domain.hosts import is_private_host, is_public


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("localhost", True),
        ("shop.localhost", True),
        ("shop.local", True),
        ("intranet", True),
        ("", True),
        ("127.0.0.1", True),
        ("192.168.0.7", True),
        ("::1", True),
        ("shop.test", False),
        ("localhost.shop.test", False),
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
    ],
)
def test_is_private_host(host: str, private: bool) -> None:
    assert is_private_host(host) is private


REFUSED = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 127.0.0.1 127.9.9.9 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1
    64:ff9b:1::a00:1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 fc00::1 fd00::1 fe80::1
    fec0::1 ff02::1
"""
PUBLIC = "1.1.1.1 8.8.8.8 93.184.216.34 211.249.220.24 2606:4700::1111 2a00:1450:4001::200e"


@pytest.mark.parametrize("text", REFUSED.split())
def test_is_public__refused(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_is_public__ordinary(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))
