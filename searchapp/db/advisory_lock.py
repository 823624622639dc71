"""Work that one process at a time may do: it holds an advisory lock, which others can see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

_TAKE = text("SELECT pg_try_advisory_xact_lock(:kind, hashtext(:name))")


@asynccontextmanager
async def advisory_lock(engine: AsyncEngine, kind: int, name: str) -> AsyncIterator[bool]:
    """Holds the lock of ``name``, among locks of one kind, while the block runs.

    A transaction that stays open holds it, so it goes when the process does, however it ends; it
    reads nothing, so it keeps no old rows alive.  A transaction pooler carries it too.

    :yields: False if another process holds it.
    """
    connection = await engine.connect()
    try:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield bool(await connection.scalar(_TAKE, {"kind": kind, "name": name}))
    finally:
        with suppress(DBAPIError):  # The database may have gone in between.
            await connection.close()
