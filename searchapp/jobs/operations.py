"""What operators do to the queue and to messages, and the record that is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import admin, imports, messages, operations, phones, queue
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.ids import new_id, short
from searchapp.domain.message import MessageState
from searchapp.errors import AppError, NotFound, counted
from searchapp.jobs.actions import erase, retry
from searchapp.jobs.services import Services, in_transaction
from searchapp.logs import get_logger
from searchapp.notify.policy import SMS_SWITCH, day_of


@dataclass(frozen=True, slots=True)
class DaySpending:
    """One calendar day in Korea: messages a provider accepted, their segments, and failures."""

    day: date
    accepted: int
    segments: int
    failed: int


@dataclass(frozen=True, slots=True)
class MessageProblem:
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


async def message_problems(session: AsyncSession, limit: int = 100) -> list[MessageProblem]:
    """Return the messages that need an operator's attention, the newest first."""
    rows = await messages.problem_messages(session, limit)
    return [
        MessageProblem(
            r.message_id, r.job_id, r.kind, r.state, r.error, _may_go_again(r), r.changed_at
        )
        for r in rows
    ]


async def set_sms_switch(session: AsyncSession, *, on: bool) -> None:
    """Stop all SMS of all processes at once, or resume them."""
    await queue.set_switch(session, SMS_SWITCH, "on" if on else "off")
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


log = get_logger(__name__)

BATCH_SECONDS = 30.0
"""For one statement over many searches."""


@dataclass(frozen=True, slots=True)
class JobReport:
    """One search as its operator sees it: no photo, no result, no whole number."""

    job: dict[str, Any]
    entries: Sequence[dict[str, Any]]
    attempts: Sequence[Row[Any]]


@in_transaction
async def set_paused(
    session: AsyncSession, _services: Services, actor: str, *, paused: bool
) -> None:
    """Lets workers take no more searches (those that run go on), or take them again."""
    await queue.set_paused(session, paused=paused)
    await note(
        session,
        actor=actor,
        action="pause" if paused else "resume",
        target="queue",
        outcome="done",
    )


async def retry_one(services: Services, job_id: str, actor: str) -> None:
    """Puts one failed search back into the queue, and records who did it.

    :raises errors.AppError: as :func:`searchapp.jobs.actions.retry`; nothing is recorded then.
    """
    await retry(services, job_id)
    await record(services, actor=actor, action="retry", target=short(job_id), outcome="1 search")


async def discard_one(services: Services, job_id: str, actor: str) -> None:
    """Erases one failed search, and records who did it.

    :raises errors.NotFound: there is no such search any more; nothing is recorded then.
    """
    await erase(services, job_id)
    await record(services, actor=actor, action="discard", target=short(job_id), outcome="1 search")


async def failed_searches(
    services: Services, limit: int, *, skip: int = 0, error_code: str | None = None
) -> list[admin.Failure]:
    """One page of the failed searches, the newest first; only of one error if it is given."""
    return await services.transact(lambda s: admin.failures(s, limit, skip=skip, code=error_code))


async def retry_failed(services: Services, error_code: str, actor: str) -> int:
    """Puts every failed search with this error back into the queue; how many."""
    return await _for_each_failed(services, error_code, actor, discard=False)


async def discard_failed(services: Services, error_code: str, actor: str) -> int:
    """Erases every failed search with this error; how many."""
    return await _for_each_failed(services, error_code, actor, discard=True)


async def _for_each_failed(
    services: Services, error_code: str, actor: str, *, discard: bool
) -> int:
    job_ids = await services.transact(
        lambda s: operations.failed_with(s, error_code), deadline=BATCH_SECONDS
    )
    done = 0
    for job_id in job_ids:
        try:
            await (erase(services, job_id) if discard else retry(services, job_id))
        except AppError as error:
            if error.retryable:
                raise
            continue  # It ended otherwise, or was erased, in between.
        done += 1
    action = "discard" if discard else "retry"
    await record(
        services, actor=actor, action=action, target=error_code, outcome=counted(done, "search")
    )
    return done


@in_transaction
async def report_on(session: AsyncSession, _services: Services, job_id: str) -> JobReport:
    """State, queue entries and attempts of one search.

    :raises errors.NotFound: there is no such search.
    """
    job = await operations.job_row(session, job_id)
    if job is None:
        raise NotFound(short(job_id))
    return JobReport(
        job,
        await operations.entries_of(session, job_id),
        await operations.attempts_of(session, job_id),
    )


@in_transaction
async def status(session: AsyncSession, _services: Services) -> dict[str, Any]:
    """What an operator asks first: queue, workers and their skew, imports, messages, actions."""
    workers = await queue.worker_states(session)
    return {
        "paused": await queue.is_paused(session),
        "queue": asdict(await queue.queue_state(session)),
        "failed": await operations.failures_by_code(session),
        "workers": [asdict(worker) for worker in workers],
        "imports": await imports.last_imports(session, 5),
        "messages": await admin.sms_states(session),
        "actions": await operations.last_actions(session, 10),
    }


async def record(services: Services, *, actor: str, action: str, target: str, outcome: str) -> None:
    """As :func:`note`, in a transaction of its own."""
    await services.transact(
        lambda s: note(s, actor=actor, action=action, target=target, outcome=outcome),
    )


async def note(
    session: AsyncSession, *, actor: str, action: str, target: str, outcome: str
) -> None:
    """Records what an operator did, in the transaction that does it, and in the log."""
    await operations.record_action(
        session, actor=actor, action=action, target=target, outcome=outcome
    )
    log.info("operator action", actor=actor, action=action, target=target, outcome=outcome)
