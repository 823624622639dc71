"""The loop that sends what is in the outbox.

A message is claimed, and the claim is committed, before the provider is called: whatever dies
after that, the message is looked up, never blindly sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import is_outage, transaction
from searchapp.db.listen import listen
from searchapp.db.repositories import messages
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.ids import short
from searchapp.domain.message import MessageEvent
from searchapp.errors import OperatorError
from searchapp.logs import get_logger
from searchapp.notify.policy import sms_stopped
from searchapp.notify.ports import Accepted, Answer, Refused, SmsSender, Throttled, Unclear
from searchapp.notify.reconciler import FIRST_LOOK, Reconciler
from searchapp.notify.rendering import NoNumber, draft
from searchapp.notify.settlement import record
from searchapp.settings import Settings

LEASE = timedelta(seconds=30)
"""How long a sender may hold a message before others look what became of it."""

START_WITHIN = timedelta(seconds=10)
"""A sender that was frozen for longer after its claim does not call: with the provider's own
time limit, a call ends before the lease does."""

POLL_SECONDS = 2.0
"""Behind the notifications, which may be lost."""

PARALLEL = 8
"""Messages that one process sends at the same time."""

LONGEST_HOLD = timedelta(minutes=5)

log = get_logger(__name__)


async def run_sender(
    engine: AsyncEngine,
    secrets: Secrets,
    settings: Settings,
    sender: SmsSender,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
) -> None:
    """Sends and settles messages until ``stop`` is set; what is being sent then is finished."""
    direct = settings.database_direct_url
    dsn = direct.get_secret_value() if direct else _dsn_of(engine)
    outbox = Outbox(engine, secrets, settings, sender, clock)
    look_ups = Reconciler(engine, secrets, settings, sender, clock)
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(
            listen(dsn, messages.CHANNEL, lambda _payload: outbox.wake.set())
        )
        group.create_task(outbox.run(stop))
        group.create_task(look_ups.run(stop))
        await stop.wait()
        listening.cancel()
        outbox.wake.set()


def _dsn_of(engine: AsyncEngine) -> str:
    return engine.url.render_as_string(hide_password=False)


@dataclass
class Outbox:
    """Takes what is due and hands it to the sender."""

    engine: AsyncEngine
    secrets: Secrets
    settings: Settings
    sender: SmsSender
    clock: Callable[[], datetime]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until ``stop`` is set, then waits for what is on its way."""
        while not stop.is_set():
            self.wake.clear()
            try:
                await self.send_due()
            except Exception as error:  # noqa: BLE001  # The loop must outlive one bad pass.
                log.warning("sending paused", error=type(error).__name__, outage=is_outage(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), POLL_SECONDS)
        await self.drain()

    async def drain(self) -> None:
        """Waits for the messages that are on their way."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def send_due(self) -> int:
        """Starts to send what is due, as far as there is room; says how many."""
        room = PARALLEL - len(self._running)
        claimed = await self._claim(room) if room else []
        for row in claimed:
            task = asyncio.create_task(self._deliver(row))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            if len(claimed) == room:  # There may be more: look again when there is room.
                task.add_done_callback(lambda _task: self.wake.set())
        return len(claimed)

    async def _claim(self, room: int) -> list[MessageRow]:
        async with transaction(self.engine) as session:
            if await sms_stopped(session, self.settings):
                return []
            return await messages.claim_due(session, self.clock(), LEASE, uuid4(), room)

    async def _deliver(self, row: MessageRow) -> None:
        try:
            answer = await self._answer(row)
            await self._settle(row, answer)
        except Exception as error:  # noqa: BLE001  # Its lease ends, and it is looked up then.
            log.warning("not settled", job=short(row.job_id), error=type(error).__name__)

    async def _answer(self, row: MessageRow) -> Answer:
        try:
            message = draft(self.settings, self.secrets, row)
        except NoNumber:
            return Refused("no_number", permanent=True)
        except OperatorError:
            return Refused("no_key")
        if row.called_at is None or self.clock() >= row.called_at + START_WITHIN:
            return Throttled(0, "frozen")
        return await self.sender.send(message)

    async def _settle(self, row: MessageRow, answer: Answer) -> None:
        """Writes the answer; tries again during an outage of the database."""
        while True:
            try:
                async with transaction(self.engine) as session:
                    await self._write(session, row, answer)
                return
            except Exception as error:
                if not is_outage(error) or self.clock() >= row.due_at:
                    raise
            await asyncio.sleep(1)

    async def _write(self, session: AsyncSession, claimed: MessageRow, answer: Answer) -> None:
        row = await messages.lock(session, claimed.message_id)
        if row is None:
            return  # Its search was erased meanwhile.
        if row.claim_token != claimed.claim_token and not isinstance(answer, Accepted):
            return  # It is another sender's now; only an acceptance is news to it.
        event, values = _consequence(answer, row, self.clock())
        if not await record(session, self.settings, row, event, self.clock(), **values):
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
            wait = max(timedelta(seconds=retry_after), backoff(row.claims))
            return MessageEvent.HOLD, {"error": code, "due_at": now + min(wait, LONGEST_HOLD)}
        case Unclear(code):
            return MessageEvent.LOSE, {"error": code, "due_at": (row.called_at or now) + FIRST_LOOK}


def backoff(claims: int) -> timedelta:
    """How long to wait after the ``claims``-th claim: 1, 2, 4… seconds, up to a minute."""
    return timedelta(seconds=min(60, 2 ** min(claims - 1, 6)))
