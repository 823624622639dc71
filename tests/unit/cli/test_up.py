"""``up`` before its parts run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from searchapp.cli import page, up
from searchapp.errors import OperatorError
from searchapp.settings import Settings


@pytest.mark.parametrize("interrupted", [True, False])
async def test_run__an_interrupted_build_is_no_error(
    interrupted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    async def prepare(*_: object, **__: object) -> None:
        return

    def build(_: Callable[[], None]) -> None:
        if interrupted:
            loop.call_soon_threadsafe(stop.set)
        raise OperatorError("the page could not be built")

    monkeypatch.setattr(up, "stop_event", lambda _: stop)
    monkeypatch.setattr(up, "_prepare", prepare)
    monkeypatch.setattr(page, "build_page_if_stale", build)
    running = up._run(Settings(_env_file=None), 0, demo=False, host=None)
    if interrupted:
        await running
    else:
        with pytest.raises(ExceptionGroup):
            await running


@pytest.mark.parametrize(
    ("host", "asked", "told"),
    [
        (None, "http://127.0.0.1:3000", "http://localhost:3000"),
        ("0.0.0.0", "http://127.0.0.1:3000", "http://localhost:3000"),  # noqa: S104 - Only compared.
        ("192.168.0.5", "http://192.168.0.5:3000", "http://192.168.0.5:3000"),
        ("::1", "http://[::1]:3000", "http://[::1]:3000"),
    ],
)
async def test_announce__asks_where_the_page_is_served(
    host: str | None,
    asked: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def answer(_client: httpx.AsyncClient, url: str) -> httpx.Response:
        return httpx.Response(200 if url == f"{asked}/" else 503)

    monkeypatch.setattr(httpx.AsyncClient, "get", answer)
    monkeypatch.setattr(up, "READY_SECONDS", 0.0)
    await up._announce(Settings(_env_file=None, sms="off"), host, asyncio.Event())
    assert capsys.readouterr().out.splitlines()[-1] == f"ready {told}"
