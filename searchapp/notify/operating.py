"""What an operator sees and turns: spending per day, messages in trouble, the stop switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.settings import Settings


@dataclass(frozen=True, slots=True)
class DaySpending:
    """One calendar day in Seoul: messages a provider accepted, their segments, and failures."""

    day: date
    accepted: int
    segments: int
    failed: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that ended as failed or undelivered, or is unclear at the moment."""

    message_id: str
    job_id: str
    kind: str
    state: str
    error: str | None
    at: datetime


async def spending(session: AsyncSession, days: int, now: datetime) -> list[DaySpending]:
    """The last ``days`` days, today first, days without messages included."""
    raise NotImplementedError


async def troubles(session: AsyncSession, limit: int = 100) -> list[Trouble]:
    """Messages that an operator should know of, the newest first."""
    raise NotImplementedError


async def sms_stopped(session: AsyncSession, settings: Settings) -> bool:
    """Whether all SMS are stopped, by the setting SEARCHAPP_SMS or by the switch."""
    raise NotImplementedError


async def set_sms_switch(session: AsyncSession, on: bool, now: datetime) -> None:
    """Stops all SMS of all instances at once, or lets them go again."""
    raise NotImplementedError


async def send_again(session: AsyncSession, message_id: str, now: datetime) -> bool:
    """Sends a failed message once more as a new one; False when that can not be done."""
    raise NotImplementedError
