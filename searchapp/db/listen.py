"""Hears what other processes tell through the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from psycopg import AsyncConnection, Error, sql

from searchapp.db.engine import CONNECT_SECONDS, psycopg_dsn
from searchapp.logs import get_logger

RETRY_SECONDS = 1.0

log = get_logger(__name__)


async def listen(dsn: str, channel: str, heard: Callable[[str], None]) -> None:
    """Calls ``heard`` with each payload of ``channel`` until cancelled, and once with nothing
    whenever it has (re)connected, as something may have been missed.

    :param dsn: a direct connection: a transaction pooler hears nothing.
    """
    while True:
        try:
            await _listen_once(dsn, channel, heard)
        except (Error, OSError) as error:
            log.warning("not listening", channel=channel, error=type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(dsn: str, channel: str, heard: Callable[[str], None]) -> None:
    connection = await AsyncConnection.connect(
        psycopg_dsn(dsn), autocommit=True, connect_timeout=CONNECT_SECONDS, prepare_threshold=None
    )
    async with connection:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        heard("")
        async for notice in connection.notifies():
            heard(notice.payload)
