"""Which sender the settings ask for."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.notify.ports import SmsSender
from searchapp.settings import Settings


def make_sender(settings: Settings, engine: AsyncEngine) -> SmsSender | None:
    """Twilio when it is configured, the local inbox in development, None when there is no way.

    Call it with a running event loop, and ``await sender.close()`` at the end.
    """
    raise NotImplementedError


def inbox_open(settings: Settings) -> bool:
    """Whether the local phone inbox is in use: development, and no Twilio."""
    return not settings.production and not settings.twilio
