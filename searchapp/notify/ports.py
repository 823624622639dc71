"""What every sender of text messages can do; tests/contract/test_senders.py holds them to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out.

    ``link`` is the part of ``body`` that no other message has; ``reference`` is our own name of
    it, which a provider may hand back with its reports.
    """

    to: Phone
    body: str
    link: str
    reference: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it and will report under ``provider_id``."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take it.  ``permanent``: it never will, to this number; otherwise an
    operator may mend what is wrong and send it again."""

    code: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Throttled:
    """It surely did not take it: try the same again after ``retry_after`` seconds."""

    retry_after: float
    code: str = "throttled"


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether it took it: only a report or :meth:`SmsSender.find` can tell."""

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
    """The provider could not say whether it has the message: ask again later."""


class SmsSender(Protocol):
    """A way to send text messages."""

    name: str

    async def send(self, message: Outgoing) -> Answer:
        """Hands ``message`` over once, with no retry of its own; never raises."""
        ...

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """The newest message to ``to`` created after ``since`` whose text has ``link``.

        :raises LookUpFailed: when the provider can not be asked.
        """
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...
