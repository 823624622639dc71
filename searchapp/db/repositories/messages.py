"""The outbox's rows: written, claimed, settled.

Every transaction here that holds a message and its job locks the job first, as those that end or
change a job do; the claims skip what is locked.  So no two of them can wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import searches
from searchapp.db.repositories.searches import jobs
from searchapp.db.tables.messages import MessageRow
from searchapp.db.tables.searches import SCHEMA, SearchJobRow, metadata
from searchapp.domain.message import TRANSITIONS, MessageEvent, MessageKind, MessageState, shown

CHANNEL = "searchapp_messages"
"""Where it is told that a message waits to be sent; without a payload."""

messages = metadata.tables[f"{SCHEMA}.{MessageRow.__tablename__}"]

_FRESH = {"populate_existing": True}


async def add(session: AsyncSession, **values: Any) -> bool:
    """Writes a pending message, shows it on its job and wakes the senders.

    The caller holds the job's row.  False when the same message was written before.
    """
    highest = func.coalesce(func.max(messages.c.ordinal), 0)
    ordinal = select(highest + 1).where(messages.c.job_id == values["job_id"])
    statement = (
        pg_insert(messages)
        .values(state=MessageState.PENDING.value, ordinal=ordinal.scalar_subquery(), **values)
        .on_conflict_do_nothing()
        .returning(messages.c.message_id)
    )
    if await session.scalar(statement) is None:
        return False
    await show(session, values["job_id"], MessageState.PENDING)
    await wake(session)
    return True


async def drop_unclaimed(session: AsyncSession, job_id: str, kind: MessageKind) -> bool:
    """Takes back the automatic message of ``kind`` if no sender ever had it; says whether.

    The caller holds the job's row.
    """
    dropped = delete(messages).where(
        messages.c.job_id == job_id,
        messages.c.kind == kind.value,
        messages.c.request_hash.is_(None),
        messages.c.state == MessageState.PENDING.value,
        messages.c.claims == 0,
    )
    return await session.scalar(dropped.returning(messages.c.message_id)) is not None


async def wake(session: AsyncSession) -> None:
    """Tells the senders, once this transaction commits, that a message waits."""
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def show(session: AsyncSession, job_id: str, state: MessageState | None) -> None:
    """Writes what people are told onto the job, as a new version of it."""
    await searches.change(session, job_id, sms=shown(state).value if state else None)


async def claim_due(
    session: AsyncSession, now: datetime, lease: timedelta, token: UUID, limit: int
) -> list[MessageRow]:
    """Takes up to ``limit`` messages that are due, the oldest first, for one sender.

    The caller commits before it calls any provider.
    """
    rows = await _take(session, MessageState.PENDING, now, limit)
    for row in rows:
        row.state = MessageState.SENDING.value
        row.claim_token = token
        row.claims += 1
        row.called_at = row.changed_at = now
        row.due_at = now + lease
        row.absent = row.look_failures = 0
        await _show_newest(session, row)
    return rows


async def any_due(session: AsyncSession, now: datetime, written_before: datetime) -> bool:
    """Whether any row is to be had by :func:`take_lapsed`, :func:`claim_look_ups`,
    :func:`claim_checks` or :func:`take_too_old`: mostly none is, and this asks once for all."""
    waits = exists().where(
        messages.c.state == MessageState.PENDING.value, messages.c.created_at < written_before
    )
    unclear = exists().where(
        messages.c.state.in_((MessageState.SENDING.value, MessageState.UNKNOWN.value)),
        messages.c.due_at <= now,
    )
    unchecked = exists().where(
        messages.c.state == MessageState.SENT.value, messages.c.check_at <= now
    )
    return bool(await session.scalar(select(or_(waits, unclear, unchecked))))


async def take_lapsed(session: AsyncSession, now: datetime, limit: int) -> list[MessageRow]:
    """Messages whose sender's lease ran out, locked until the transaction ends."""
    return await _take(session, MessageState.SENDING, now, limit)


async def claim_look_ups(
    session: AsyncSession, now: datetime, hold: timedelta, limit: int
) -> list[MessageRow]:
    """Takes unclear messages whose look-up is due; no other process takes them during ``hold``."""
    rows = await _take(session, MessageState.UNKNOWN, now, limit)
    for row in rows:
        row.due_at = now + hold
    return rows


async def claim_checks(session: AsyncSession, now: datetime, limit: int) -> list[MessageRow]:
    """Take sent messages whose state is to be asked for; clear their ``check_at``.

    The caller sets the next ``check_at`` in the same transaction.
    """
    query = _locked(MessageState.SENT, limit).where(messages.c.check_at <= now)
    rows = list(await session.scalars(query.execution_options(**_FRESH)))
    for row in rows:
        row.check_at = None
    return rows


async def request_checks(
    session: AsyncSession,
    *,
    provider_ids: Sequence[str],
    references: Sequence[str],
    at: datetime,
) -> None:
    """Ask for the state of messages at ``at``, or earlier if that is planned.

    :param provider_ids: of sent messages.
    :param references: ids of messages whose state is unknown.
    """
    await session.execute(
        update(messages)
        .where(
            messages.c.provider_id.in_(provider_ids),
            messages.c.state == MessageState.SENT.value,
            or_(messages.c.check_at.is_(None), messages.c.check_at > at),
        )
        .values(check_at=at)
    )
    await session.execute(
        update(messages)
        .where(
            messages.c.message_id.in_(references),
            messages.c.state == MessageState.UNKNOWN.value,
            messages.c.due_at > at,
        )
        .values(due_at=at)
    )


async def take_too_old(
    session: AsyncSession, written_before: datetime, limit: int
) -> list[MessageRow]:
    """Messages that wait since before ``written_before``, locked until the transaction ends."""
    query = _locked(MessageState.PENDING, limit).where(messages.c.created_at < written_before)
    return list(await session.scalars(query.execution_options(**_FRESH)))


async def _take(
    session: AsyncSession, state: MessageState, now: datetime, limit: int
) -> list[MessageRow]:
    query = _locked(state, limit).where(messages.c.due_at <= now).order_by(messages.c.due_at)
    return list(await session.scalars(query.execution_options(**_FRESH)))


def _locked(state: MessageState, limit: int) -> Select[Any]:
    return (
        select(MessageRow)
        .join(SearchJobRow, jobs.c.job_id == messages.c.job_id)
        .where(messages.c.state == state.value)
        .limit(limit)
        .with_for_update(of=[MessageRow, SearchJobRow], skip_locked=True)
    )


async def lock(session: AsyncSession, message_id: str) -> MessageRow | None:
    """The message, held with its job until the transaction ends; None when it is deleted."""
    job_id = await session.scalar(
        select(messages.c.job_id).where(messages.c.message_id == message_id)
    )
    held = select(jobs.c.job_id).where(jobs.c.job_id == job_id).with_for_update()
    if await session.scalar(held) is None:
        return None
    query = select(MessageRow).where(messages.c.message_id == message_id).with_for_update()
    found: MessageRow | None = await session.scalar(query.execution_options(**_FRESH))
    return found


async def lock_by_provider_id(session: AsyncSession, provider_id: str) -> MessageRow | None:
    """The message that the provider calls ``provider_id``, held as by :func:`lock`."""
    query = select(messages.c.message_id).where(messages.c.provider_id == provider_id)
    message_id = await session.scalar(query)
    return None if message_id is None else await lock(session, message_id)


async def apply_event(
    session: AsyncSession, row: MessageRow, event: MessageEvent, now: datetime, **values: Any
) -> bool:
    """Lets ``event`` happen to a locked message and writes ``values``; False if it may not."""
    target = TRANSITIONS.get((MessageState(row.state), event))
    if target is None:
        return False
    row.state, row.changed_at = target.value, now
    for name, value in values.items():
        setattr(row, name, value)
    await _show_newest(session, row)
    return True


async def _show_newest(session: AsyncSession, row: MessageRow) -> None:
    """Shows ``row`` on its job unless a newer message is shown there."""
    await session.flush()
    newest = await session.scalar(
        select(func.max(messages.c.ordinal)).where(messages.c.job_id == row.job_id)
    )
    if newest == row.ordinal:
        await show(session, row.job_id, MessageState(row.state))


async def of_job(session: AsyncSession, job_id: str, *, lock: bool = False) -> list[MessageRow]:
    """The messages of a job, the oldest first; ``lock`` when the caller holds the job."""
    query = select(MessageRow).where(messages.c.job_id == job_id).order_by(messages.c.ordinal)
    if lock:
        query = query.with_for_update()
    return list(await session.scalars(query.execution_options(**_FRESH)))


async def newest_state(session: AsyncSession, job_id: str) -> MessageState | None:
    """The state of the job's newest message."""
    query = select(messages.c.state).where(messages.c.job_id == job_id)
    state = await session.scalar(query.order_by(messages.c.ordinal.desc()).limit(1))
    return None if state is None else MessageState(state)


async def jobs_with_phone(session: AsyncSession, hashes: Sequence[bytes]) -> list[str]:
    """The ids of the jobs that sent, or will send, a message to a number."""
    query = select(messages.c.job_id).where(messages.c.phone_hash.in_(hashes)).distinct()
    return list(await session.scalars(query))


async def problem_messages(session: AsyncSession, limit: int) -> list[MessageRow]:
    """Messages that failed, were not delivered, or are unclear, the newest first."""
    bad = (MessageState.FAILED, MessageState.UNDELIVERED, MessageState.UNKNOWN)
    query = select(MessageRow).where(messages.c.state.in_([s.value for s in bad]))
    return list(await session.scalars(query.order_by(messages.c.changed_at.desc()).limit(limit)))
