"""``up`` before its parts run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
