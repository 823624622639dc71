"""A process that sends the outbox of a database through a stub of a provider.

    python -m tests.support.sender_process PROVIDER DSN STUB_URL KEY DIE_AT

Its clock runs ``SPEED`` times as fast as the database's, so that leases and look-ups come soon.
``DIE_AT`` names a moment at which it kills itself with SIGKILL, once; ``never`` is none.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from searchapp.db.connections import database_clock
from searchapp.db.engine import make_engine, transaction
from searchapp.db.secrets import Secrets
from searchapp.jobs.services import utc_now
from searchapp.logs import configure_logs
from searchapp.notify import sender_loop
from searchapp.notify.ports import Clock
from searchapp.notify.providers import make_sender, solapi, twilio
from searchapp.notify.reconciler import SenderContext
from searchapp.notify.sender_loop import SenderLoop, run_sender
from tests.support.outbox import solapi_settings, twilio_settings

SPEED = 10
SETTINGS = {"twilio": twilio_settings, "solapi": solapi_settings}
_BEGAN = datetime(2026, 11, 22, tzinfo=UTC)

MOMENTS = {"before_claim": "_claim", "after_claim": "_answer", "after_call": "_settle"}
"""Moment -> the step of :class:`SenderLoop` before which the process dies."""


def fast_clock(clock: Clock = utc_now) -> datetime:
    """The time of ``clock``, ``SPEED`` times as fast since a fixed moment: the same in all
    processes."""
    return _BEGAN + (clock() - _BEGAN) * SPEED


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_in(step: str) -> None:
    original: Callable[..., Any] = getattr(SenderLoop, step)

    async def fatal(self: SenderLoop, *args: object) -> object:
        if step != "_claim" or await _something_waits(self):
            _die()
        return await original(self, *args)

    setattr(SenderLoop, step, fatal)


async def _something_waits(loop: SenderLoop) -> bool:
    async with loop.context.engine.connect() as connection:
        found = await connection.exec_driver_sql(
            "SELECT 1 FROM searchapp.messages WHERE state = 'pending'"
        )
        return found.first() is not None


def _die_in_settling() -> None:
    """After the settling was written, before it is committed."""
    original = sender_loop.record

    async def fatal(*args: Any, **values: Any) -> bool:
        await original(*args, **values)
        _die()
        return True

    sender_loop.record = fatal


async def main(provider: str, dsn: str, url: str, key: str, die_at: str) -> None:
    """Sends until SIGTERM."""
    if die_at in MOMENTS:
        _die_in(MOMENTS[die_at])
    elif die_at == "before_commit":
        _die_in_settling()
    twilio.TOTAL_SECONDS = solapi.TOTAL_SECONDS = 10 / SPEED
    sender_loop.LOOK_UP_SECONDS = 1 / SPEED
    sender_loop.POLL_SECONDS = 2 / SPEED
    stop, engine = asyncio.Event(), make_engine(dsn)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = SETTINGS[provider](url)
    async with transaction(engine):  # Tells the database's time.
        clock = partial(fast_clock, database_clock(engine))
    sender = make_sender(settings, engine, clock)
    await run_sender(SenderContext(engine, Secrets([key]), settings, sender, clock), stop)
    await sender.close()
    await engine.dispose()


if __name__ == "__main__":
    configure_logs(json=True)
    asyncio.run(main(*sys.argv[1:6]))
