"""Clients, and which hosts others cannot reach."""

from __future__ import annotations

import pytest

from searchapp.domain.hosts import is_private_host


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
