"""A process that makes no step ends itself, and its health file shows it before."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from searchapp.jobs import liveness
from searchapp.jobs.liveness import ProcessWatchdog, StepWatch, healthy_workers


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(liveness, "health_folder", lambda: tmp_path)
    return tmp_path


async def test_watchdog__writes_the_health_file_while_steps_are_made(folder: Path) -> None:
    ended: list[int] = []
    dog = ProcessWatchdog(StepWatch(), ended.append, interval=0.02)
    dog.start()
    async with asyncio.timeout(10):
        while not (folder / str(os.getpid())).exists():
            await asyncio.sleep(0.02)
    assert healthy_workers() == ([os.getpid()], [])
    dog.stop()
    assert healthy_workers() == ([], [])
    assert ended == []


async def test_watchdog__a_step_without_an_end_ends_the_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "STEP_SECONDS", 0.1)
    ended: list[int] = []
    watch = StepWatch()
    dog = ProcessWatchdog(watch, ended.append, interval=0.02)
    dog.start()
    with watch.step("describe"):
        async with asyncio.timeout(10):
            while not ended:
                await asyncio.sleep(0.02)
    dog.stop()
    assert ended[0] == liveness.STUCK_EXIT
    assert watch.overdue() is None


async def test_watchdog__an_event_loop_that_stands_still_ends_the_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "LOOP_SECONDS", 0.2)
    ended: list[int] = []
    dog = ProcessWatchdog(StepWatch(), ended.append, interval=0.02)
    dog.start()
    await asyncio.sleep(0.1)
    assert ended == []
    time.sleep(0.6)  # noqa: ASYNC251  (what is tested)
    dog.stop()
    assert ended


def test_health__of_a_process_that_does_not_get_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "HEALTH_SECONDS", 0.01)
    (folder / str(os.getpid())).write_text(f"{time.monotonic() - 0.1}\n")
    (folder / "4194305").write_text(f"{time.monotonic()}\n")  # No such process.
    assert healthy_workers() == ([], [os.getpid()])
    assert not (folder / "4194305").exists()


def test_health__a_file_of_a_process_that_had_the_number_before(folder: Path) -> None:
    """Threads of other processes have numbers as well, and a killed worker leaves its file."""
    file = folder / str(threading.get_native_id())
    file.write_text(f"{time.monotonic() - 1_000_000}\n")
    assert healthy_workers() == ([], [])
    assert not file.exists()
