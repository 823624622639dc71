"""Work on a database that hangs or is away."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from searchapp.db import transact
from searchapp.db.transact import outage_is_not_stored, repeat, with_deadline
from searchapp.errors import NotStored


async def _never_mind_cancelling(go_on: asyncio.Event) -> None:
    """As a driver that waits for a frozen server: cancelling does not end it."""
    while not go_on.is_set():
        try:
            await go_on.wait()
        except asyncio.CancelledError:
            continue


async def test_with_deadline__leaves_behind_what_does_not_end() -> None:
    go_on = asyncio.Event()
    with pytest.raises(TimeoutError):
        await with_deadline(0.01, _never_mind_cancelling(go_on))
    go_on.set()
    await asyncio.sleep(0)


async def test_with_deadline__what_comes_too_late_is_undone() -> None:
    undone: list[str] = []

    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return "late"

    with pytest.raises(TimeoutError):
        await with_deadline(0.01, stubborn(), undo=undone.append)
    waiting = asyncio.create_task(with_deadline(60, stubborn(), undo=undone.append))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0.05)
    assert undone == ["late", "late"]


async def test_with_deadline__hands_on_result_and_error() -> None:
    assert await with_deadline(1, asyncio.sleep(0, "result")) == "result"

    async def broken() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await with_deadline(1, broken())


async def test_outage__is_not_stored_with_a_time() -> None:
    with pytest.raises(NotStored) as caught:
        async with outage_is_not_stored():
            raise ConnectionRefusedError
    assert caught.value.retry_after


async def test_outage__other_errors_stay_what_they_are() -> None:
    with pytest.raises(KeyError):
        async with outage_is_not_stored():
            raise KeyError


async def test_retry_on_outage__until_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transact, "FIRST_WAIT", 0.001)
    calls = []

    async def work() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionResetError
        return "stored"

    assert await transact.retry_on_outage(work, "test") == "stored"


async def test_retry_on_outage__a_wrong_statement_is_no_outage() -> None:
    async def work() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await transact.retry_on_outage(work, "test")


async def test_repeat__an_outage_costs_a_turn_and_no_traceback() -> None:
    stop = asyncio.Event()

    async def work() -> None:
        stop.set()
        raise OperationalError("SELECT 1", {}, ConnectionError("refused"))

    with capture_logs() as lines:
        await repeat("anything", work, 0.0, stop)
    [line] = lines
    assert line["event"] == "loop turn postponed"
    assert "exc_info" not in line


@pytest.mark.parametrize("fault", [KeyError("fault"), FileNotFoundError("model.onnx")])
async def test_repeat__a_fault_is_told_with_its_traceback_and_costs_one_turn(
    fault: Exception,
) -> None:
    stop, turns = asyncio.Event(), iter([fault, None])

    async def work() -> None:
        error = next(turns)
        if error is not None:
            raise error
        stop.set()

    with capture_logs() as lines:
        await repeat("anything", work, 0.0, stop)
    [line] = lines
    assert (line["log_level"], line["loop"]) == ("error", "anything")
    assert line["exc_info"] is fault
