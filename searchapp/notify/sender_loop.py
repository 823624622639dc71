"""The loop that sends the messages of the outbox.

A message is claimed, and the claim is committed, before the provider is called.  If a process dies
after that, the message is looked up in the provider's list; it is never sent again unchecked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.engine import is_outage, transaction
from searchapp.db.notifier import Notifier
from searchapp.db.repositories import messages
from searchapp.db.tables.messages import MessageRow
from searchapp.db.transact import log_postponed, pause, repeat
from searchapp.domain.ids import short
from searchapp.domain.message import MessageEvent
from searchapp.errors import OperatorError
from searchapp.logs import get_logger
from searchapp.notify.outbox import record
from searchapp.notify.policy import sms_stopped
from searchapp.notify.ports import Accepted, Answer, Refused, Throttled, Unclear
from searchapp.notify.reconciler import FIRST_LOOK, Reconciler, SenderContext
from searchapp.notify.texts import NoNumber, draft

LEASE = timedelta(seconds=30)
"""How long a sender holds a message before others look up what became of it."""

START_WITHIN = timedelta(seconds=10)
"""A sender that was suspended for longer after its claim does not call the provider: with the
provider's time limit, a call ends before the lease does."""

POLL_SECONDS = 2.0
"""Interval of the poll, for the case that a notification is lost."""

LOOK_UP_SECONDS = 1.0
"""Between two passes of the reconciler."""

PARALLEL = 8
"""Messages that one process sends at the same time."""

LONGEST_HOLD = timedelta(minutes=5)

log = get_logger(__name__)


async def run_sender(
    context: SenderContext, stop: asyncio.Event, notifier: Notifier | None = None
) -> None:
    """Send and reconcile messages until ``stop`` is set; finish those being sent then.

    :param notifier: wakes the loop when a message is written; without one the poll finds it.
    """
    sending, look_up = SenderLoop(context), Reconciler(context).once
    wake = sending.wake.set
    end = notifier.subscribe(messages.CHANNEL, lambda _payload: wake(), wake) if notifier else None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(sending.run(stop))
            group.create_task(repeat("look-ups", look_up, LOOK_UP_SECONDS, stop))
            await stop.wait()
            wake()
    finally:
        if end is not None:
            end()


@dataclass
class SenderLoop:
    """Claims due messages and sends them."""

    context: SenderContext
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set, then wait for the running calls."""
        while not stop.is_set():
            self.wake.clear()
            try:
                await self.send_due()
            except Exception as error:  # noqa: BLE001  # The loop must survive one bad pass.
                log_postponed("sending paused", error)
            await pause(POLL_SECONDS, self.wake)
        await self.drain()

    async def drain(self) -> None:
        """Wait for the running calls."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def send_due(self) -> int:
        """Start to send as many due messages as there are free slots; return how many."""
        room = PARALLEL - len(self._running)
        claimed = await self._claim(room) if room else []
        for row in claimed:
            task = asyncio.create_task(self._deliver(row))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            if len(claimed) == room:  # There may be more: claim again when a slot is free.
                task.add_done_callback(lambda _task: self.wake.set())
        return len(claimed)

    async def _claim(self, room: int) -> list[MessageRow]:
        async with transaction(self.context.engine) as session:
            if await sms_stopped(session, self.context.settings):
                return []
            return await messages.claim_due(session, self.context.clock(), LEASE, uuid4(), room)

    async def _deliver(self, row: MessageRow) -> None:
        try:
            answer = await self._answer(row)
            await self._settle(row, answer)
        except Exception as error:  # noqa: BLE001  # Its lease expires, and it is looked up then.
            log_postponed("message not settled", error, job=short(row.job_id))

    async def _answer(self, row: MessageRow) -> Answer:
        try:
            message = draft(self.context.settings, self.context.secrets, row)
        except NoNumber:
            return Refused("no_number", permanent=True)
        except OperatorError:
            return Refused("no_key")
        if row.called_at is None or self.context.clock() >= row.called_at + START_WITHIN:
            return Throttled(0, "frozen")
        return await self.context.sender.send(message)

    async def _settle(self, row: MessageRow, answer: Answer) -> None:
        """Write the answer; retry during an outage of the database until the lease expires."""
        while True:
            try:
                async with transaction(self.context.engine) as session:
                    await self._write(session, row, answer)
                return
            except Exception as error:
                if not is_outage(error) or self.context.clock() >= row.due_at:
                    raise
            await asyncio.sleep(1)

    async def _write(self, session: AsyncSession, claimed: MessageRow, answer: Answer) -> None:
        row = await messages.lock(session, claimed.message_id)
        if row is None:
            return  # Its search was erased meanwhile.
        if row.claim_token != claimed.claim_token and not isinstance(answer, Accepted):
            return  # Another sender has claimed it; only an acceptance is news to that one.
        now = self.context.clock()
        event, values = _consequence(answer, row, now)
        if event is MessageEvent.ACCEPT:
            values.update(self.context.check_after(row))
        if not await record(session, self.context.settings, row, event, now, **values):
            log.info("answer changes nothing", job=short(row.job_id), state=row.state)


def _consequence(
    answer: Answer, row: MessageRow, now: datetime
) -> tuple[MessageEvent, dict[str, Any]]:
    match answer:
        case Accepted(provider_id):
            return MessageEvent.ACCEPT, {"provider_id": provider_id, "error": None}
        case Refused(code, permanent):
            return MessageEvent.FAIL, {"error": code, "permanent": permanent}
        case Throttled(retry_after, code):
            told = timedelta(seconds=min(retry_after, LONGEST_HOLD.total_seconds()))
            return MessageEvent.HOLD, {
                "error": code,
                "due_at": now + max(told, backoff(row.claims)),
            }
        case Unclear(code):
            return MessageEvent.LOSE, {"error": code, "due_at": (row.called_at or now) + FIRST_LOOK}


def backoff(claims: int) -> timedelta:
    """Return the wait after the ``claims``-th claim: 1, 2, 4, ... seconds, at most a minute."""
    return timedelta(seconds=min(60, 2 ** min(claims - 1, 6)))
