"""Which addresses a feed may make us connect to."""

from __future__ import annotations

import asyncio

import pytest

from searchapp.catalogue.ingest import fetching
from searchapp.catalogue.ingest.fetching import NotPublic, PinnedBackend
from searchapp.domain.hosts import is_public


@pytest.mark.parametrize("found", [["8.8.8.8", "127.0.0.1"], ["fe80::1%eth0"], ["nonsense"], []])
async def test_connect__one_bad_address_refuses_the_host(found: list[str]) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return found

    with pytest.raises(NotPublic):
        await PinnedBackend(resolver, is_public).connect_tcp("shop.kr", 443)


async def test_connect__a_host_without_an_address_is_looked_up_once() -> None:
    asked = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        await asyncio.sleep(0)
        raise OSError("no such name")

    backend = PinnedBackend(resolver, is_public)
    for _ in range(2):
        errors = await asyncio.gather(
            *(backend.connect_tcp("shop.kr", 443) for _ in range(8)), return_exceptions=True
        )
        assert {str(error) for error in errors} == {"shop.kr has no address"}
    assert asked == ["shop.kr"]


async def test_connect__a_slow_look_up_has_the_same_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LOOKUP_SECONDS", 0.01)
    ended = asyncio.Event()

    async def resolver(host: str, port: int) -> list[str]:
        await ended.wait()
        raise OSError("no such name")

    backend = PinnedBackend(resolver, is_public)
    for _ in range(2):
        with pytest.raises(NotPublic, match=r"shop\.kr has no address"):
            await backend.connect_tcp("shop.kr", 443)
    ended.set()


async def test_connect__a_host_is_looked_up_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LOOKUP_SECONDS", 0.0)
    monkeypatch.setattr(fetching, "ABSENT_SECONDS", 0.0)
    asked = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        raise OSError("no such name")

    backend = PinnedBackend(resolver, is_public)
    for _ in range(2):
        with pytest.raises(NotPublic):
            await backend.connect_tcp("shop.kr", 443)
    assert len(asked) == 2
