"""The port of a provider of text messages; its contract is in ``tests/contract/notify``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send.

    ``link`` is the part of ``body`` that no other message has; ``reference`` is our own id of the
    message, which a provider may return with its reports.
    """

    to: Phone
    body: str
    link: str
    reference: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values for the provider's message template; empty if it is to be sent as plain text."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider accepted the message and reports on it under ``provider_id``."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refused the message.

    ``permanent``: it will never accept it for this number.  Otherwise an operator can correct the
    cause and send it again.
    """

    code: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Throttled:
    """The provider certainly did not accept it: send the same after ``retry_after`` seconds."""

    retry_after: float
    code: str = "throttled"


@dataclass(frozen=True, slots=True)
class Unclear:
    """It is unknown whether the provider accepted it: a report or :meth:`SmsSender.find` tells."""

    code: str


Answer = Accepted | Refused | Throttled | Unclear


@dataclass(frozen=True, slots=True)
class Found:
    """A message as the provider lists it; ``outcome`` is sent, delivered, undelivered or failed."""

    provider_id: str
    outcome: MessageState = MessageState.SENT
    error: str | None = None
    permanent: bool = False


class LookUpFailed(Exception):
    """The provider could not be asked whether it has the message: ask again later."""


def seconds_to_wait(headers: Mapping[str, str] | None, default: float) -> float:
    """The seconds that a header ``Retry-After`` tells; ``default`` where it tells none."""
    value = (headers or {}).get("Retry-After", "")
    return float(value) if re.fullmatch("[0-9]+", value) else default


Clock = Callable[[], datetime]
"""Tells the time: the database's, but for tests."""


def provider_time(moment: datetime, now: datetime, date: str | None) -> datetime:
    """``moment``, told by our clock, as the provider's clock tells it.

    :param now: our clock at the provider's answer.
    :param date: the Date header of that answer; without one the earliest time is returned, so that
        a look-up hides no message.
    """
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment + (told.astimezone(UTC) - now)


class SmsSender(Protocol):
    """A provider of text messages."""

    name: str
    asks_for_reports: bool
    """Whether the state of a sent message is looked up, as the provider's reports are not signed,
    or may not be set up."""

    async def send(self, message: Outgoing) -> Answer:
        """Send ``message`` with one call and no retry; never raises."""

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """Return the newest message to ``to``, created after ``since``, whose text has ``link``.

        ``since`` is told by the database's clock; the provider's may differ from it.

        :raises LookUpFailed: if the provider cannot be asked.
        """

    async def close(self) -> None:
        """Close the connections."""
