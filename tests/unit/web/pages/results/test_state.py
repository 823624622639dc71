"""What a live page shows of the versions of a search, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from searchapp.errors import Erased, Expired, NotFound, NotStored
from searchapp.web.pages.results import state
from searchapp.web.pages.results.state import gone, job_id_of, newest


async def _versions(*values: int, pause: float = 0) -> AsyncIterator[int]:
    for value in values:
        yield value
        await asyncio.sleep(pause)


async def test_newest__first_at_once_and_last_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "PAUSE", 0.05)
    seen = [version async for version in newest(_versions(*range(100)))]  # type: ignore[arg-type]
    assert seen[0] in {0, 99}
    assert seen[-1] == 99
    assert len(seen) < 10


async def test_newest__slow_versions_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "PAUSE", 0.0)
    seen = [version async for version in newest(_versions(1, 2, 3, pause=0.01))]  # type: ignore[arg-type]
    assert seen == [1, 2, 3]


async def test_newest__an_error_comes_after_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "PAUSE", 0.0)

    async def broken() -> AsyncIterator[int]:
        yield 1
        raise NotStored

    seen = []

    async def look() -> None:
        async for version in newest(broken()):  # type: ignore[arg-type]
            seen.append(version)  # noqa: PERF401 - the error comes in the middle.

    with pytest.raises(NotStored):
        await look()
    assert seen == [1]


@pytest.mark.parametrize(
    ("error", "phase"),
    [(Expired(), "expired"), (Erased(), "erased"), (NotFound(), "not_found")],
)
def test_gone__phase_by_reason(error: NotFound, phase: str) -> None:
    assert gone(error) == phase


@pytest.mark.parametrize("path", ["/results/abc", "/results/abc/", "abc"])
def test_job_id_of__last_part(path: str) -> None:
    assert job_id_of(path) == "abc"
