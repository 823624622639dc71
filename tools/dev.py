"""Runs the product while it is being written: each saved file takes effect within seconds.

    python tools/dev.py [--port N]

A change restarts the web process and the worker; one that the page is made of builds the page
first, and open tabs load it again by themselves.  Ctrl-C stops everything, Postgres too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from searchapp.cli.page import has_page
from searchapp.cli.processes import SUPERVISOR, stop_event
from searchapp.settings import get_settings

ROOT = Path(__file__).parents[1]
WATCHED = ("searchapp", "assets", "rxconfig.py")
PAGE = ("searchapp/web", "searchapp/i18n", "searchapp/domain", "assets", "rxconfig.py")
"""What the page is built from; a change elsewhere needs no build."""

STOP_SECONDS = 3.0
"""A worker in the middle of a search does not get longer: the next one takes its job over."""


SUFFIXES = {".py", ".js", ".jsx", ".css", ".svg", ".webp", ".png", ".jpg", ".onnx", ".csv", ".txt"}


class SourceFilter(DefaultFilter):
    """Source files only: no compiled Python, no file that an editor puts beside one."""

    def __call__(self, change: Change, path: str) -> bool:
        """Whether ``path`` counts as a source."""
        return super().__call__(change, path) and Path(path).suffix in SUFFIXES


class Part:
    """One process of the product that is stopped and started again."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts the process; what it logs goes to this terminal."""
        self._process = await searchapp(*self._arguments)

    async def stop(self) -> None:
        """Ends the process: in order, or after ``STOP_SECONDS`` by force."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def searchapp(*arguments: str) -> asyncio.subprocess.Process:
    """A command of the product as a child that the terminal's Ctrl-C does not reach."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "searchapp", *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        env=os.environ | {SUPERVISOR: str(os.getpid())},
        start_new_session=True,
    )


async def run(*arguments: str, stop: asyncio.Event | None = None) -> bool:
    """Runs a command to its end, or ends it when ``stop`` is set; whether it succeeded."""
    process = await searchapp(*arguments)
    ending = asyncio.create_task(process.wait())
    stopping = asyncio.create_task((stop or asyncio.Event()).wait())
    await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not ending.done():
        process.terminate()
    stopping.cancel()
    return await ending == 0


def concerns_page(paths: Iterable[str]) -> bool:
    """Whether one of the changed files is part of the page."""
    names = [Path(path).relative_to(ROOT).as_posix() for path in paths]
    return any(name.startswith(PAGE) for name in names)


async def follow_changes(parts: list[Part], stop: asyncio.Event) -> None:
    """Restarts the parts whenever a source changes, until ``stop`` is set."""
    sources = [ROOT / name for name in WATCHED]
    async for changes in awatch(*sources, watch_filter=SourceFilter(), stop_event=stop):
        began = time.monotonic()
        paths = sorted({path for _, path in changes})
        print(f"changed: {', '.join(str(Path(path).relative_to(ROOT)) for path in paths)}")
        if concerns_page(paths) and not await run("build", stop=stop):
            continue  # The reason is on the terminal; the page as it was stays up.
        await asyncio.gather(*(part.stop() for part in parts))
        await asyncio.gather(*(part.start() for part in parts))
        print(f"restarted after {time.monotonic() - began:.1f} s", flush=True)


async def main(port: int) -> int:
    """Prepares database and page, then serves until Ctrl-C."""
    stop = stop_event()
    if not await run("migrate", stop=stop) or not (has_page() or await run("build", stop=stop)):
        return 1
    await run("catalogue", "demo", "--if-empty", stop=stop)
    parts = [Part("web", "--port", str(port)), Part("worker")]
    try:
        await asyncio.gather(*(part.start() for part in parts))
        print(f"http://localhost:{port}", flush=True)
        await follow_changes(parts, stop)
    finally:
        await asyncio.gather(*(part.stop() for part in parts))
        await run("stop")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Runs the product and follows changes.")
    parser.add_argument("--port", type=int, default=get_settings().port)
    sys.exit(asyncio.run(main(parser.parse_args().port)))
