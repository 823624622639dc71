"""A peer that acknowledges and does not answer, locks that are held, and whose clock counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db import connections, transact
from searchapp.db.connections import DatabaseClock, database_clock
from searchapp.db.engine import is_outage, make_engine, psycopg_dsn, transaction
from searchapp.db.notifier import Notifier
from searchapp.errors import NotStored
from tests.support.relay import SocketRelay


@pytest.fixture
def relay(database: str) -> Iterator[SocketRelay]:
    """A relay in front of the server's socket."""
    folder = make_url(database).query["host"]
    with SocketRelay(f"{folder}/.s.PGSQL.5432") as running:
        yield running


@pytest.fixture
async def relayed(database: str, relay: SocketRelay) -> AsyncIterator[AsyncEngine]:
    """An engine whose connections go through the relay."""
    url = make_url(database).set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"})
    engine = make_engine(url.render_as_string(hide_password=False))
    yield engine
    await engine.dispose()


async def _select(engine: AsyncEngine) -> int:
    async with transaction(engine) as session:
        return int(await session.scalar(text("SELECT 1")) or 0)


async def test_persist__orphaned_connection_costs_one_attempt(
    relayed: AsyncEngine, relay: SocketRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "ATTEMPT_SECONDS", 1.0)
    assert await _select(relayed) == 1
    relay.lose()
    began = time.monotonic()
    found = await transact.persist(relayed, lambda session: session.scalar(text("SELECT 2")))
    assert found == 2
    assert time.monotonic() - began < 15


async def test_transact__orphaned_connection_is_replaced_for_the_next(
    relayed: AsyncEngine, relay: SocketRelay
) -> None:
    assert await _select(relayed) == 1
    relay.lose()
    with pytest.raises(NotStored):
        await transact.transact(
            relayed, lambda session: session.scalar(text("SELECT 1")), deadline=0.5
        )
    assert await transact.transact(relayed, lambda session: session.scalar(text("SELECT 3"))) == 3


async def test_statement__is_bounded_without_a_deadline(
    relayed: AsyncEngine, relay: SocketRelay
) -> None:
    connections.ConnectionGuard(relayed.sync_engine, stall_seconds=0.5)
    assert await _select(relayed) == 1
    relay.lose()
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011  (whatever it is, it must pass as one)
        await _select(relayed)
    assert is_outage(caught.value)
    assert time.monotonic() - began < 10


async def test_idle_connection_that_the_server_closed__is_not_handed_out(
    engine: AsyncEngine, database: str
) -> None:
    assert await _select(engine) == 1
    with psycopg.connect(psycopg_dsn(database), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.sleep(0.1)
    assert await _select(engine) == 1


@pytest.mark.parametrize("state", ["57014", "55P03", "40P01", "40001", "25P03", "53300", "57P01"])
async def test_passing_errors__are_not_stored(engine: AsyncEngine, state: str) -> None:
    async def raising(session):  # type: ignore[no-untyped-def]
        await session.execute(
            text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")
        )

    with pytest.raises(NotStored) as caught:
        await transact.transact(engine, raising)
    assert caught.value.retry_after


async def test_statement_timeout_and_lock_timeout__pass(engine: AsyncEngine, database: str) -> None:
    with psycopg.connect(psycopg_dsn(database)) as holder:
        holder.execute("LOCK TABLE searchapp.switches")
        for setting in ("lock_timeout", "statement_timeout"):

            async def blocked(session, setting=setting):  # type: ignore[no-untyped-def]
                await session.execute(text(f"SET LOCAL {setting} = '100ms'"))
                await session.execute(text("SELECT * FROM switches"))

            with pytest.raises(NotStored):
                await transact.transact(engine, blocked)


async def test_deadlock__is_repeated_until_both_are_stored(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await session.execute(
            text("INSERT INTO switches (name, value) VALUES ('a', '0'), ('b', '0')")
        )
    both_hold = asyncio.Barrier(2)
    first_try = {"a": True, "b": True}

    async def crossing(session, first: str, second: str) -> None:  # type: ignore[no-untyped-def]
        update = text("UPDATE switches SET value = value || 'x' WHERE name = :name")
        await session.execute(update, {"name": first})
        if first_try.pop(first, False):
            await both_hold.wait()
        await session.execute(update, {"name": second})

    await asyncio.gather(
        transact.transact(engine, lambda s: crossing(s, "a", "b"), deadline=20),
        transact.transact(engine, lambda s: crossing(s, "b", "a"), deadline=20),
    )
    async with transaction(engine) as session:
        assert list(await session.scalars(text("SELECT value FROM switches ORDER BY name"))) == [
            "0xx",
            "0xx",
        ]


async def test_clock__is_the_databases(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        """This host's clock, twenty minutes ahead."""

        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return datetime.now(tz) + timedelta(minutes=20)

    monkeypatch.setattr(connections, "datetime", Ahead)
    async with transaction(engine) as session:
        reported = await session.scalar(text("SELECT clock_timestamp()"))
        clock = database_clock(engine)
        assert abs((clock() - reported).total_seconds()) < 2
    assert 1190 < clock.skew_seconds < 1210


def test_clock__goes_on_by_durations_alone() -> None:
    elapsed = [100.0]
    clock = DatabaseClock(lambda: elapsed[0])
    clock.set(datetime(2026, 1, 1, tzinfo=UTC), asked_at=99.0)
    elapsed[0] = 160.0
    assert clock() == datetime(2026, 1, 1, 0, 1, 0, 500000, tzinfo=UTC)


async def test_notifier__one_connection_for_all_topics(engine: AsyncEngine, database: str) -> None:
    heard: list[tuple[str, str]] = []
    notifier = Notifier(database, engine)
    notifier.subscribe("one", lambda payload: heard.append(("one", payload)))
    end = notifier.subscribe("two", lambda payload: heard.append(("two", payload)))
    running = asyncio.create_task(notifier.run())
    async with asyncio.timeout(20):
        while not notifier.receiving:
            await asyncio.sleep(0.02)
    async with transaction(engine) as session:
        await session.execute(text("SELECT pg_notify('one', 'x'), pg_notify('two', 'y')"))
    async with asyncio.timeout(10):
        while len(heard) < 2:
            await asyncio.sleep(0.02)
    end()
    async with transaction(engine) as session:
        await session.execute(text("SELECT pg_notify('two', 'z'), pg_notify('one', 'last')"))
        backends = await session.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND query LIKE 'LISTEN%'"
            )
        )
    async with asyncio.timeout(10):
        while ("one", "last") not in heard:
            await asyncio.sleep(0.02)
    running.cancel()
    assert sorted(heard) == [("one", "last"), ("one", "x"), ("two", "y")]
    assert backends == 1
