"""The loop that sends what is in the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.notify.ports import SmsSender
from searchapp.settings import Settings
from searchapp.storage.secrets import Secrets


async def run_sender(
    engine: AsyncEngine,
    secrets: Secrets,
    settings: Settings,
    sender: SmsSender,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
) -> None:
    """Sends and settles messages until ``stop`` is set."""
    raise NotImplementedError
