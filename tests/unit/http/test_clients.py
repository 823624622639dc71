"""Who asks: forwarded headers are believed from named proxies only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.http.clients import (
    UNKNOWN,
    client_of,
    has_valid_host,
    is_localhost_name,
    is_own,
    trusted_networks,
)

PROXY = trusted_networks(["10.0.0.0/8", "192.168.1.1"])


def scope(peer: str | None, host: str = "example.com", **headers: str) -> dict[str, object]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "client": (peer, 1234) if peer else None,
        "headers": [(b"host", host.encode()), *named],
    }


def test_client_of__plain_peer_is_counted() -> None:
    assert client_of(scope("203.0.113.9"), ()).ip == "203.0.113.9"


def test_client_of__forwarded_by_a_stranger_is_ignored() -> None:
    asked = scope("203.0.113.9", x_forwarded_for="1.2.3.4")
    assert client_of(asked, PROXY).ip == "203.0.113.9"


def test_client_of__rightmost_address_that_is_no_proxy() -> None:
    asked = scope("10.1.1.1", x_forwarded_for="6.6.6.6, 198.51.100.7, 10.2.2.2")
    assert client_of(asked, PROXY).ip == "198.51.100.7"


def test_client_of__nonsense_stops_the_walk() -> None:
    asked = scope("10.1.1.1", x_forwarded_for="6.6.6.6, <script>, 10.2.2.2")
    assert client_of(asked, PROXY).ip == "10.2.2.2"


def test_client_of__several_headers_are_one_list() -> None:
    asked = scope("10.1.1.1")
    asked["headers"] += [  # type: ignore[operator]
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"x-forwarded-for", b"10.3.3.3"),
    ]
    assert client_of(asked, PROXY).ip == "198.51.100.7"


def test_client_of__a_zone_in_an_address_is_no_name_of_its_own() -> None:
    reported = {
        client_of(scope("10.1.1.1", x_forwarded_for=f"2001:db8::1%{zone}"), PROXY).ip
        for zone in ("a", "b")
    }
    assert len(reported) == 1


@pytest.mark.parametrize("hop", ["198.51.100.7:4711", "::ffff:198.51.100.7"])
def test_client_of__ports_and_mapped_addresses(hop: str) -> None:
    assert client_of(scope("192.168.1.1", x_forwarded_for=hop), PROXY).ip == "198.51.100.7"


def test_client_of__one_customer_of_ipv6_is_one_network() -> None:
    one = client_of(scope("2001:db8:1:2:aaaa::1"), ())
    other = client_of(scope("2001:db8:1:2:bbbb::2"), ())
    assert one.ip == other.ip == "2001:db8:1:2::/64"


def test_client_of__no_peer() -> None:
    assert client_of(scope(None), PROXY).ip == UNKNOWN


@given(st.text(max_size=60))
def test_client_of__a_stranger_never_chooses_its_address(value: str) -> None:
    asked = scope("203.0.113.9", x_forwarded_for=value)
    assert client_of(asked, PROXY).ip == "203.0.113.9"


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "127.0.0.1:80", "[::1]:3000"])
def test_local__this_machine_by_its_own_name(host: str) -> None:
    assert client_of(scope("127.0.0.1", host), ()).local


@pytest.mark.parametrize(
    "header",
    [
        "x_forwarded_for",
        "X_Forwarded_Port",
        "x_forwarded",
        "forwarded",
        "forwarded_for",
        "x_original_forwarded_for",
        "x_original_host",
        "x_real_ip",
        "x_client_ip",
        "x_cluster_client_ip",
        "x_azure_clientip",
        "cf_connecting_ip",
        "true_client_ip",
        "via",
    ],
)
def test_local__not_through_a_proxy(header: str) -> None:
    assert not client_of(scope("127.0.0.1", "localhost", **{header: "x"}), ()).local


@pytest.mark.parametrize("header", ["user_agent", "x_requested_with", "viable", "x_ip"])
def test_local__other_headers_say_nothing(header: str) -> None:
    assert client_of(scope("127.0.0.1", "localhost", **{header: "x"}), ()).local


def test_local__not_from_another_machine_that_forges_the_name() -> None:
    assert not client_of(scope("192.168.7.7", "localhost"), ()).local


@pytest.mark.parametrize(
    "host",
    ["example.com", "", "localhost.evil.example", "127.0.0.1.evil.example", "[::1", "a@localhost"],
)
def test_is_localhost_name__others(host: str) -> None:
    assert is_localhost_name(host) == (host == "a@localhost")


def test_is_own__same_host_or_public_address() -> None:
    assert is_own("http://localhost:3000", "localhost:3000", "http://localhost:3000")
    assert is_own("https://chalkak.example", "10.0.0.7:3000", "https://chalkak.example")
    for foreign in ("null", "", "https://evil.example", "file://", "http://[", "javascript:1"):
        assert not is_own(foreign, "localhost:3000", "http://localhost:3000")


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["localhost:3000"],
        ["chalkak.example"],
        ["[::1]:3000"],
        ["192.0.2.1:"],
    ],
)
def test_has_valid_host(hosts: list[str]) -> None:
    assert has_valid_host({"headers": [(b"host", host.encode()) for host in hosts]})


@pytest.mark.parametrize(
    "hosts",
    [
        ["a.example", "b.example"],
        ["a.example", "a.example"],
        ["a.example:port"],
        ["a.example:99999"],
        ["a.example:1:2"],
        ["a.example/x"],
        ["user@a.example"],
        ["a b"],
        ["[::1"],
    ],
)
def test_has_valid_host__not(hosts: list[str]) -> None:
    assert not has_valid_host({"headers": [(b"host", host.encode()) for host in hosts]})
