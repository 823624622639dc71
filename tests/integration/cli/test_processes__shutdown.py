"""A process that is told to end ends, in order or not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

_STUCK = """
import asyncio, os, signal, threading, time
from searchapp.cli import processes

async def main():
    stop = processes.stop_event(0.3)
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()
    time.sleep(60)

asyncio.run(main())
"""

_ORDERLY = _STUCK.replace("time.sleep(60)", "print('ended')")

_HELD_UP = _STUCK.replace(
    "os.kill(os.getpid(), signal.SIGTERM)",
    "threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start(); time.sleep(60)",
)

_LEFT = """
import asyncio, atexit, threading, time
from searchapp.cli import processes

async def for_ever():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def main():
    atexit.register(print, "sent")
    threading.Thread(target=time.sleep, args=[60]).start()
    stubborn = asyncio.create_task(for_ever())
    await asyncio.sleep(0)
    processes.leave()

asyncio.run(main())
"""

_ORPHAN = """
import asyncio, os
from searchapp.cli import processes

async def main():
    os.environ[processes.SUPERVISOR] = str(os.getppid() + 1)
    await processes.stop_event().wait()

asyncio.run(main())
"""


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_stop__in_order() -> None:
    done = _run(_ORDERLY)

    assert (done.returncode, done.stdout) == (0, "ended\n")


@pytest.mark.parametrize("program", [_STUCK, _HELD_UP])
def test_stop__one_that_is_stuck_ends_all_the_same(program: str) -> None:
    done = _run(program)

    assert done.returncode == 1
    assert "not_ended_in_time" in done.stderr + done.stdout


def test_stop__when_the_supervisor_is_gone() -> None:
    assert _run(_ORPHAN).returncode == 0


def test_leave__waits_for_no_task_and_no_thread_and_loses_no_word() -> None:
    done = _run(_LEFT)

    assert (done.returncode, done.stdout) == (0, "sent\n")
