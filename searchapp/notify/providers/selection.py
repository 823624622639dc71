"""Which sender the settings ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.domain.phone import Phone
from searchapp.notify.ports import Answer, Found, LookUpFailed, Outgoing, SmsSender, Throttled
from searchapp.notify.providers.inbox import InboxSender
from searchapp.notify.providers.twilio import TwilioSender
from searchapp.settings import Settings


class NoSender:
    """What there is without any way to send: what waits goes on waiting, and fails in time."""

    name = "none"

    async def send(self, message: Outgoing) -> Answer:  # noqa: ARG002  # The port's signature.
        """Asks to come back later: Twilio may be configured by then."""
        return Throttled(60, "not_configured")

    async def find(
        self,
        to: Phone,  # noqa: ARG002  # The port's signature.
        link: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Found | None:
        """:raises LookUpFailed: always."""
        raise LookUpFailed("not_configured")

    async def close(self) -> None:
        """Nothing to let go of."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def make_sender(
    settings: Settings, engine: AsyncEngine, clock: Callable[[], datetime] = _utc_now
) -> SmsSender:
    """Twilio when it is configured, else the local inbox in development, else one that waits.

    Call it with a running event loop, and ``await sender.close()`` at the end.
    """
    if settings.twilio:
        return TwilioSender(settings)
    return InboxSender(engine, clock) if inbox_open(settings) else NoSender()


def inbox_open(settings: Settings) -> bool:
    """Whether the local phone inbox is in use: development, and no Twilio."""
    return not settings.production and not settings.twilio
