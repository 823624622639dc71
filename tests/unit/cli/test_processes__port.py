"""The port and host that a web process is to listen on, before it starts."""

from __future__ import annotations

import socket
from unittest.mock import MagicMock

import pytest

from searchapp.cli.processes import check_port
from searchapp.errors import OperatorError


@pytest.mark.parametrize(
    "host", ["300.1.1.1", "nosuch.invalid", "http://localhost", "203.0.113.77", "a" * 64, "a..b"]
)
def test_check_port__a_host_that_is_not_this_machine(host: str) -> None:
    with pytest.raises(OperatorError, match=r"^--host .* is no address of this machine\. Give "):
        check_port(host, 49090)


def test_check_port__in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=f"^port {port} cannot be used .*in use"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_check_port__by_the_family_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    families = []

    def opened(family: socket.AddressFamily, _kind: socket.SocketKind) -> MagicMock:
        families.append(family)
        return MagicMock()

    monkeypatch.setattr(socket, "socket", opened)
    for host in ("127.0.0.1", "::1"):
        check_port(host, 49090)
    assert families == [socket.AF_INET, socket.AF_INET6]
