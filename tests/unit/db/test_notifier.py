"""A lost ping is no silence; three in a row are."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from searchapp.db import notifier
from searchapp.db.notifier import ListenerSilent, Notifier

URL = "postgresql+psycopg://unused"


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "PING_SECONDS", 0)


async def _pings_until_silent(
    monkeypatch: pytest.MonkeyPatch, returned: list[bool], *, sent: bool = True
) -> int:
    """How many pings are sent; ``returned`` says which of the first ones come back."""
    listener = Notifier(URL, create_async_engine(URL))
    pings = 0

    async def send() -> bool:
        nonlocal pings
        if pings < len(returned) and returned[pings]:
            listener._receive_ping(listener._name)
        pings += 1
        return sent

    monkeypatch.setattr(listener, "_send_ping", send)
    with pytest.raises(ListenerSilent if sent else TimeoutError) as raised:
        await listener._ping()
    assert isinstance(raised.value, ListenerSilent) == sent
    return pings


async def test_ping__three_lost_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _pings_until_silent(monkeypatch, []) == 3


async def test_ping__one_that_returns_starts_the_count_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await _pings_until_silent(monkeypatch, [False, False, True]) == 6


async def test_ping__not_sent_is_no_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _pings_until_silent(monkeypatch, [], sent=False) == 3


@pytest.mark.parametrize(("received", "advised"), [(False, True), (True, False)])
async def test_warning__a_connection_that_once_received_has_no_pooler(
    received: bool, advised: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = Notifier(URL, create_async_engine(URL))
    if received:
        listener._receive_ping(listener._name)
    listener._warn_once(ListenerSilent())
    captured = capsys.readouterr()
    assert ("DATABASE_DIRECT_URL" in captured.out + captured.err) == advised


async def test_run__a_subscribers_fault_costs_one_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listener = Notifier(URL, create_async_engine(URL))
    monkeypatch.setattr(notifier, "RECONNECT_SECONDS", 0)
    faults, again = iter([KeyError("of a subscriber")]), asyncio.Event()

    async def listen() -> None:
        for fault in faults:
            raise fault
        again.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(listener, "_listen", listen)
    running = asyncio.create_task(listener.run())
    async with asyncio.timeout(5):
        await asyncio.wait(
            {running, asyncio.create_task(again.wait())}, return_when="FIRST_COMPLETED"
        )
    assert again.is_set()
    running.cancel()
