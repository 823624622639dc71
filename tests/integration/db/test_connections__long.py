"""Statements over a whole table may take longer than any other; each place says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql as psql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest import importer, reindex
from searchapp.db.connections import LONG_SECONDS, ConnectionGuard
from searchapp.db.engine import is_outage, make_engine, psycopg_dsn, transaction
from searchapp.db.secrets import Secrets
from searchapp.jobs import actions, sweeper
from searchapp.jobs.services import Services
from tests.crash.processes import KEY
from tests.support.jobs import services_on
from tests.support.outbox import PHONE, add_job

LIMIT_SECONDS = 0.5
"""Of every other statement, here and by the role at the server."""

HELD_SECONDS = 1.5

Work = Callable[[Services], Awaitable[object]]


@pytest.fixture
async def limited(database: str) -> AsyncIterator[Services]:
    """Services whose statements end after LIMIT_SECONDS."""
    dsn = psycopg_dsn(database)
    with psycopg.connect(dsn, autocommit=True) as admin:
        name = psql.Identifier(make_url(database).database or "")
        limit = psql.Literal(f"{LIMIT_SECONDS * 1000:.0f}ms")
        admin.execute(psql.SQL("ALTER DATABASE {} SET statement_timeout = {}").format(name, limit))
    engine = make_engine(database)
    ConnectionGuard(engine.sync_engine, stall_seconds=LIMIT_SECONDS)
    yield services_on(database, engine, Secrets([KEY]))
    await engine.dispose()


def _importer(engine: AsyncEngine) -> Any:
    vision = SimpleNamespace(dimension=1280, embedding_name="model")
    return SimpleNamespace(database=engine, vision=vision, clock=lambda: datetime.now(UTC))


async def _prune(services: Services) -> object:
    run = SimpleNamespace(feed="shop", started=services.clock(), broken_off=False, counts=None)
    options = importer.ImportOptions(force=True)
    run.counts = importer.Counts()
    return await importer._prune(_importer(services.engine), run, options)  # type: ignore[arg-type]


LONG: dict[str, tuple[str, Work]] = {
    "remove a feed": ("products", lambda s: importer.remove_feed(s.engine, "shop")),
    "prune a feed": ("products", _prune),
    "begin a reindex": ("products", lambda s: reindex._begin(_importer(s.engine), everything=True)),
    "purge": ("tombstones", sweeper.purge),
    "erase a number": (
        "tombstones",
        lambda s: actions.erase_phone(s, PHONE),
    ),
}
"""What is done, and the table whose lock holds it up."""


@pytest.mark.parametrize("name", LONG)
async def test_long_statement__outlives_the_limit_of_others(
    limited: Services, database: str, name: str
) -> None:
    table, work = LONG[name]
    await add_job(limited.engine, limited.secrets, phone=PHONE)  # Erasing it writes a tombstone.
    with psycopg.connect(psycopg_dsn(database)) as holder:
        holder.execute(f"LOCK TABLE searchapp.{table} IN EXCLUSIVE MODE".encode())
        with pytest.raises(Exception) as caught:  # noqa: PT011  (an outage of some class)
            async with transaction(limited.engine) as session:
                await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        assert is_outage(caught.value)
        doing = asyncio.ensure_future(work(limited))
        await asyncio.sleep(HELD_SECONDS)
        assert not doing.done()
        holder.rollback()
    async with asyncio.timeout(30):
        await doing


async def test_long_transaction__lifts_the_roles_limit_for_itself_alone(limited: Services) -> None:
    limits = []
    for seconds in (LONG_SECONDS, None):
        async with transaction(limited.engine, stall_seconds=seconds) as session:
            limits.append(await session.scalar(text("SHOW statement_timeout")))
    assert limits == ["1h", f"{LIMIT_SECONDS * 1000:.0f}ms"]
