"""Looks up messages whose state is unknown.

Providers have no idempotency key.  A message without a clear answer is therefore looked up in the
provider's list, about 20 s and 80 s after the call, as lists lag behind.  If it is absent twice, it
is sent again, at most three times.  If the list cannot be read either, the message fails and the
operator sees it.

If the provider's reports are not signed, the state of a sent message is looked up too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.ids import short
from searchapp.domain.message import EVENT_OF, MessageEvent, MessageState
from searchapp.errors import OperatorError
from searchapp.logs import get_logger
from searchapp.notify.outbox import record
from searchapp.notify.ports import Found, LookUpFailed, SmsSender
from searchapp.notify.texts import NoNumber, draft
from searchapp.settings import Settings

FIRST_LOOK = timedelta(seconds=20)
SECOND_LOOK = timedelta(seconds=80)
"""After the call.  A message that the list does not show by then was not accepted."""

BETWEEN_LOOKS = timedelta(seconds=10)
"""At least, between two look-ups of one message."""

GIVE_UP_LOOKING = timedelta(seconds=165)
"""After the call, if the list cannot be read: every message is settled within three minutes."""

MIN_LOOK_FAILURES = 4
"""Look-ups before giving up, also if no worker ran for longer than that."""

MAX_REQUEUES = 3

TOO_OLD = timedelta(hours=4)
"""A message that is pending for longer fails; the providers' validity period is the same."""

SINCE = timedelta(minutes=1)
"""By how much a message may seem older than its row: both clocks are read to the second."""

CHECKS = (timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=30))
"""When the state of a sent message is looked up, after the call, until it is final."""

BATCH = 20

log = get_logger(__name__)


@dataclass(frozen=True)
class SenderContext:
    """What sending and looking up need."""

    engine: AsyncEngine
    secrets: Secrets
    settings: Settings
    sender: SmsSender
    clock: Callable[[], datetime]

    def check_after(self, row: MessageRow) -> dict[str, datetime | None]:
        """Return the column that plans the first check of an accepted message, if it needs one."""
        if not self.sender.asks_for_reports:
            return {}
        return {"check_at": next_check(row.called_at, self.clock())}


@dataclass
class Reconciler:
    """Settles messages that no answer settled."""

    context: SenderContext

    async def once(self) -> None:
        """Make one pass: expired leases, overdue messages, due look-ups and checks."""
        now = self.context.clock()
        async with transaction(self.context.engine) as session:
            if not await messages.any_due(session, now, now - TOO_OLD):
                return
        await self._expire_leases()
        await self._fail_overdue()
        async with transaction(self.context.engine) as session:
            rows = await messages.claim_look_ups(
                session, self.context.clock(), 2 * BETWEEN_LOOKS, BATCH
            )
        await asyncio.gather(*(self._look_up(row) for row in rows))
        if self.context.sender.asks_for_reports:
            await self._check_sent()

    async def _expire_leases(self) -> None:
        async with transaction(self.context.engine) as session:
            for row in await messages.take_lapsed(session, self.context.clock(), BATCH):
                due = (row.called_at or self.context.clock()) + FIRST_LOOK
                values = {"error": "lease_ended", "due_at": due}
                await self._record(session, row, MessageEvent.LOSE, **values)

    async def _fail_overdue(self) -> None:
        async with transaction(self.context.engine) as session:
            old = await messages.take_too_old(session, self.context.clock() - TOO_OLD, BATCH)
            for row in old:
                await self._record(session, row, MessageEvent.FAIL, error=row.error or "too_old")

    async def _look_up(self, row: MessageRow) -> None:
        try:
            found = await self._find(row)
        except (LookUpFailed, NoNumber, OperatorError) as error:
            log.info("look-up failed", job=short(row.job_id), error=str(error)[:40])
            await self._conclude(row, None, answered=False)
        else:
            await self._conclude(row, found, answered=True)

    async def _check_sent(self) -> None:
        now = self.context.clock()
        async with transaction(self.context.engine) as session:
            rows = await messages.claim_checks(session, now, BATCH)
            for row in rows:
                row.check_at = next_check(row.called_at, now)
        await asyncio.gather(*(self._check(row) for row in rows))

    async def _check(self, claimed: MessageRow) -> None:
        try:
            found = await self._find(claimed)
        except (LookUpFailed, NoNumber, OperatorError) as error:
            log.info("check failed", job=short(claimed.job_id), error=str(error)[:40])
            return  # The next check asks again.
        if found is None or found.outcome is MessageState.SENT:
            return
        async with transaction(self.context.engine) as session:
            row = await messages.lock(session, claimed.message_id)
            if row is not None:
                await self._record(session, row, EVENT_OF[found.outcome], **_facts(found))

    async def _find(self, row: MessageRow) -> Found | None:
        """:raises LookUpFailed, NoNumber, OperatorError: if the provider cannot be asked."""
        message = draft(self.context.settings, self.context.secrets, row)
        return await self.context.sender.find(message.to, message.link, row.created_at - SINCE)

    async def _conclude(self, claimed: MessageRow, found: Found | None, *, answered: bool) -> None:
        async with transaction(self.context.engine) as session:
            row = await messages.lock(session, claimed.message_id)
            if row is None or (row.state, row.claim_token) != (
                MessageState.UNKNOWN,
                claimed.claim_token,
            ):
                return  # Settled meanwhile, by a report or by another process.
            if found is not None:
                values = {**_facts(found), **self.context.check_after(row)}
                await self._record(session, row, EVENT_OF[found.outcome], **values)
            elif answered:
                await self._absent(session, row)
            else:
                await self._unanswered(session, row)
            if row.state == MessageState.PENDING:
                await messages.wake(session)

    async def _absent(self, session: AsyncSession, row: MessageRow) -> None:
        row.absent += 1
        called, now = row.called_at or row.created_at, self.context.clock()
        if row.absent < 2 or now < called + SECOND_LOOK:
            row.due_at = max(called + SECOND_LOOK, now + BETWEEN_LOOKS)
        elif row.requeues < MAX_REQUEUES:
            values = {"requeues": row.requeues + 1, "due_at": now, "claim_token": None}
            await self._record(session, row, MessageEvent.REQUEUE, **values)
        else:
            await self._record(session, row, MessageEvent.FAIL, error="lost")

    async def _unanswered(self, session: AsyncSession, row: MessageRow) -> None:
        row.look_failures += 1
        called, now = row.called_at or row.created_at, self.context.clock()
        if row.look_failures >= MIN_LOOK_FAILURES and now >= called + GIVE_UP_LOOKING:
            await self._record(session, row, MessageEvent.FAIL, error="unclear")
        else:
            row.due_at = now + BETWEEN_LOOKS

    async def _record(
        self, session: AsyncSession, row: MessageRow, event: MessageEvent, **values: Any
    ) -> None:
        await record(session, self.context.settings, row, event, self.context.clock(), **values)


def next_check(called_at: datetime | None, now: datetime) -> datetime | None:
    """Return when to look up the state of a sent message next; None after the last check."""
    called = called_at or now
    return next((called + delay for delay in CHECKS if called + delay > now), None)


def _facts(found: Found) -> dict[str, Any]:
    return {
        "provider_id": found.provider_id,
        "error": found.error,
        "permanent": found.permanent,
    }
