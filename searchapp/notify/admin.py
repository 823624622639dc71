"""For the operator: messages sent per day, failed messages, the stop switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import messages, phones
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.ids import new_id
from searchapp.domain.message import MessageState
from searchapp.notify.policy import day_of, sms_stopped

__all__ = [
    "DaySpending",
    "Trouble",
    "send_again",
    "set_sms_switch",
    "sms_stopped",
    "spending",
    "troubles",
]


@dataclass(frozen=True, slots=True)
class DaySpending:
    """One calendar day in Korea: messages a provider accepted, their segments, and failures."""

    day: date
    accepted: int
    segments: int
    failed: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that failed, was not delivered, or whose state is unknown at the moment."""

    message_id: str
    job_id: str
    kind: str
    state: str
    error: str | None
    again: bool
    """Whether :func:`send_again` accepts it."""
    at: datetime


async def spending(session: AsyncSession, days: int, now: datetime) -> list[DaySpending]:
    """Return the last ``days`` days, today first, days without messages included."""
    today = day_of(now)
    totals = await phones.totals_since(session, today - timedelta(days=days - 1))
    listed = [today - timedelta(days=ago) for ago in range(days)]
    return [
        DaySpending(day, row.accepted, row.segments, row.failed)
        if (row := totals.get(day))
        else DaySpending(day, 0, 0, 0)
        for day in listed
    ]


async def troubles(session: AsyncSession, limit: int = 100) -> list[Trouble]:
    """Return the messages that need an operator's attention, the newest first."""
    rows = await messages.in_trouble(session, limit)
    return [
        Trouble(r.message_id, r.job_id, r.kind, r.state, r.error, _may_go_again(r), r.changed_at)
        for r in rows
    ]


async def set_sms_switch(session: AsyncSession, *, on: bool) -> None:
    """Stop all SMS of all processes at once, or resume them."""
    await phones.switch(session, "on" if on else "off")
    if on:
        await messages.wake(session)


async def send_again(session: AsyncSession, message_id: str, now: datetime) -> bool:
    """Send a failed message once more, as a new message of the same job.

    Returns False if that is impossible: its number is deleted, the provider will never accept it,
    or it was sent again before.  The caps do not count the new message; the day's total does.
    """
    row = await messages.lock(session, message_id)
    if row is None or not _may_go_again(row):
        return False
    return await messages.add(
        session,
        message_id=new_id(),
        job_id=row.job_id,
        kind=row.kind,
        matches=row.matches,
        lang=row.lang,
        request_hash=b"again:" + message_id.encode(),
        phone_cipher=row.phone_cipher,
        phone_hash=row.phone_hash,
        phone_key=row.phone_key,
        due_at=now,
        created_at=now,
        changed_at=now,
    )


def _may_go_again(row: MessageRow) -> bool:
    ended = row.state in (MessageState.FAILED, MessageState.UNDELIVERED)
    return ended and not row.permanent and row.phone_cipher is not None
