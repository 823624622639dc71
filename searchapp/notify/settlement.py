"""What a provider said, written onto a message and into the day's totals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import messages, sms_counters
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.ids import short
from searchapp.domain.message import AT_PROVIDER, OPEN, MessageEvent, MessageState
from searchapp.logs import get_logger
from searchapp.notify.policy import day_of
from searchapp.notify.rendering import body_of
from searchapp.notify.texts import segments
from searchapp.settings import Settings

log = get_logger(__name__)


async def record(
    session: AsyncSession,
    settings: Settings,
    row: MessageRow,
    event: MessageEvent,
    now: datetime,
    **values: Any,
) -> bool:
    """Lets ``event`` happen to a locked message; False, with nothing changed, if it may not.

    :param values: further columns, for example ``provider_id`` or ``error``.
    """
    before, known = MessageState(row.state), row.provider_id
    if not await messages.happen(session, row, event, now, **values):
        return False
    after = MessageState(row.state)
    taken = before in OPEN and (after in AT_PROVIDER or (known is None and bool(row.provider_id)))
    failed = after in (MessageState.FAILED, MessageState.UNDELIVERED)
    if taken or failed:
        await sms_counters.add_to_day(
            session,
            day_of(row.called_at or now),
            accepted=int(taken),
            segments=segments(body_of(settings, row)) if taken else 0,
            failed=int(failed),
        )
    log.info("message", job=short(row.job_id), state=after.value, error=row.error)
    return True
