"""Work that no caller waits for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from searchapp.db.engine import run_in_daemon_thread


async def test_aside__result_and_error() -> None:
    assert await run_in_daemon_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await run_in_daemon_thread(lambda: 1 // 0)


async def test_aside__given_up_on_it_goes_on() -> None:
    began, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(30)
        done.set()

    task = asyncio.create_task(run_in_daemon_thread(work))
    while not began.is_set():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(done.wait, 30)


def test_aside__a_process_ends_without_it() -> None:
    program = """
import asyncio, time
from searchapp.db.engine import run_in_daemon_thread

async def main():
    task = asyncio.create_task(run_in_daemon_thread(lambda: time.sleep(3600)))
    await asyncio.sleep(0.1)
    task.cancel()

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
