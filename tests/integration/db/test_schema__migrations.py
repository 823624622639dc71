"""Migrations beside a long reader: submits go on."""

from __future__ import annotations

import asyncio
import threading
import time

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db import schema
from searchapp.db.engine import psycopg_dsn
from searchapp.db.schema import current, head, migrate
from searchapp.db.secrets import Secrets
from searchapp.jobs.submit import start
from tests.support.jobs import count, new_search, services_on

READER_SECONDS = 8.0


async def test_migrate__beside_a_reader_refuses_no_submit(
    database: str, engine: AsyncEngine, secrets_: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_PAUSE_SECONDS", 1.0)
    services = services_on(database, engine, secrets_)
    reader = psycopg.connect(psycopg_dsn(database))
    reader.execute("SELECT count(*) FROM searchapp.search_jobs")
    with psycopg.connect(psycopg_dsn(database), autocommit=True) as connection:
        # A revision that has to alter the table that is read.
        connection.execute("ALTER TABLE searchapp.tombstones DISABLE ROW LEVEL SECURITY")
    monkeypatch.setattr(
        schema, "_PROTECT", "ALTER TABLE searchapp.search_jobs ENABLE ROW LEVEL SECURITY"
    )
    migrating = threading.Thread(target=migrate, args=(database,))
    migrating.start()
    stored, slowest, ends = 0, 0.0, time.monotonic() + READER_SECONDS
    while time.monotonic() < ends:
        began = time.monotonic()
        await start(services, new_search())
        slowest = max(slowest, time.monotonic() - began)
        stored += 1
        await asyncio.sleep(0.1)
    assert migrating.is_alive()
    reader.rollback()
    await asyncio.to_thread(migrating.join, 30)
    assert not migrating.is_alive()
    assert await count(services, "search_jobs") == stored > 3
    assert slowest < 5
    reader.close()
    async with engine.connect() as connection:
        assert await connection.run_sync(current) == head()


def test_migrate__gives_up_in_one_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "LOCK_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(schema, "LOCK_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(
        schema, "_PROTECT", "ALTER TABLE searchapp.search_jobs ENABLE ROW LEVEL SECURITY"
    )
    with psycopg.connect(psycopg_dsn(database)) as reader:
        reader.execute("SELECT count(*) FROM searchapp.search_jobs")
        with pytest.raises(schema.OperatorError, match="locked by another session"):
            migrate(database)
