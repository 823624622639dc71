"""Providers of text messages, one module each, and which one the settings ask for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.domain.phone import Phone
from searchapp.notify.policy import inbox_open
from searchapp.notify.ports import (
    Answer,
    Clock,
    Found,
    LookUpFailed,
    Outgoing,
    SmsSender,
    Throttled,
)
from searchapp.notify.providers.inbox import InboxSender
from searchapp.settings import Settings

RETRY_SECONDS = 60
"""How often a message is tried while no provider is configured."""


class NoSender:
    """Stands in while no provider is configured: messages wait, and fail when they are too old."""

    name = "none"
    asks_for_reports = False

    async def send(self, message: Outgoing) -> Answer:  # noqa: ARG002  # The port's signature.
        """Return :class:`Throttled`: a provider may be configured by the next attempt."""
        return Throttled(RETRY_SECONDS, "not_configured")

    async def find(
        self,
        to: Phone,  # noqa: ARG002  # The port's signature.
        link: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Found | None:
        """:raises LookUpFailed: always."""
        raise LookUpFailed("not_configured")

    async def close(self) -> None:
        """Hold no resource, so close none."""


def make_sender(settings: Settings, engine: AsyncEngine, clock: Clock) -> SmsSender:
    """Return the configured provider, else the local inbox in development, else one that waits.

    Call it with a running event loop, and ``await sender.close()`` at the end.  A provider's
    libraries are loaded only where it is configured, for every worker waits for them.
    """
    match settings.provider:
        case "twilio":
            from searchapp.notify.providers.twilio import TwilioSender

            return TwilioSender(settings, clock)
        case "solapi":
            from searchapp.notify.providers.solapi import SolapiSender

            return SolapiSender(settings, clock)
    return InboxSender(engine, clock) if inbox_open(settings) else NoSender()
