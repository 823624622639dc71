"""The outbox: a message is written in the transaction that ends its search, and sent later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import messages, phones, searches
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.ids import new_id, short
from searchapp.domain.message import AT_PROVIDER, OPEN, MessageEvent, MessageKind, MessageState
from searchapp.domain.phone import Phone
from searchapp.domain.search import Match, Status
from searchapp.logs import get_logger
from searchapp.notify.policy import day_of, hashes_of, release, sealed
from searchapp.notify.texts import body_of, content_of, units_of
from searchapp.settings import Settings

log = get_logger(__name__)

_KINDS = {
    Status.COMPLETED.value: MessageKind.RESULTS,
    Status.FAILED.value: MessageKind.FAILURE,
}

_NO_NUMBER = "no_number"
"""The error of a message whose number is deleted: no refusal."""

_MATCHED = (Match.SAME.value, Match.SIMILAR.value)


async def write_outcome(session: AsyncSession, job_row: SearchJobRow, now: datetime) -> None:
    """Write the automatic message of a job that completes or fails in this transaction.

    Does nothing for a cancelled job, if no message is expected, or if it is written already.
    Call it when ``job_row`` has its final status and results.  The results of a later attempt
    replace a message about a failure that was never sent.
    """
    kind = _KINDS.get(job_row.status)
    if kind is None or not job_row.sms_expected or job_row.phone_cipher is None:
        return
    if kind is MessageKind.RESULTS:
        await messages.drop_unclaimed(session, job_row.job_id, MessageKind.FAILURE)
    await messages.add(
        session,
        **_columns(job_row, kind, now),
        phone_cipher=job_row.phone_cipher,
        phone_hash=job_row.phone_hash,
        phone_key=job_row.phone_key,
    )


async def change_number(
    session: AsyncSession, secrets: Secrets, job_row: SearchJobRow, phone: Phone, now: datetime
) -> bool:
    """Change the recipient of the automatic message to ``phone``, until a sender claims it.

    The caller holds the job's row (FOR UPDATE), has called :func:`policy.admit` for ``phone``, and
    writes the consent.  Gives back the reservation of the previous number.  Returns False, and
    changes nothing, if a sender has claimed the message: then call :func:`write_resend`.
    """
    written = await messages.of_job(session, job_row.job_id, lock=True)
    unsent = [row for row in written if not row.claims and not row.request_hash]
    if len(unsent) < len(written):
        if job_row.finished_at is not None:
            return False
        # The job runs again: the message about its earlier end has used that reservation.
    else:
        await release(session, secrets, job_row, now)
    columns = sealed(secrets, phone)
    await _readdress(session, unsent, columns)
    await searches.change(
        session,
        job_row.job_id,
        **columns,
        phone_masked=phone.masked,
        sms_expected=True,
        sms_reason=None,
        consent_at=now,
    )
    return True


async def _readdress(
    session: AsyncSession, rows: Iterable[MessageRow], columns: Mapping[str, Any]
) -> None:
    for row in rows:
        for name, value in columns.items():
            setattr(row, name, value)
    await session.flush()


async def write_resend(
    session: AsyncSession,
    secrets: Secrets,
    job_row: SearchJobRow,
    phone: Phone,
    request_key: str,
    now: datetime,
) -> bool:
    """Write one more message about an ended job; the same ``request_key`` writes it once.

    The caller holds the job's row (FOR UPDATE) and has called :func:`policy.admit`.  ``phone``
    becomes the job's number; its earlier messages keep theirs.
    Returns False if that request was written before, or the job has no outcome to report.
    """
    kind = _KINDS.get(job_row.status)
    if kind is None:
        return False
    columns = sealed(secrets, phone)
    written = await messages.add(
        session,
        **_columns(job_row, kind, now),
        **columns,
        request_hash=secrets.hash("resend", request_key),
    )
    if written:
        await searches.change(session, job_row.job_id, **columns, phone_masked=phone.masked)
    return written


async def withdraw(session: AsyncSession, job_id: str) -> None:
    """Delete the unclaimed automatic messages of a job that is cancelled.

    The caller holds the job's row.
    """
    dropped = [await messages.drop_unclaimed(session, job_id, kind) for kind in MessageKind]
    if any(dropped):
        await messages.show(session, job_id, await messages.newest_state(session, job_id))


async def is_coming(
    session: AsyncSession, secrets: Secrets, job_row: SearchJobRow, phone: Phone
) -> bool:
    """Whether ``phone``, the job's number, is still to get the automatic message: at the job's
    end, or when a sender claims the pending one.  The caller holds the job's row."""
    if job_row.finished_at is None:
        return True
    hashes = hashes_of(secrets, phone)
    written = await messages.of_job(session, job_row.job_id)
    return any(
        row.state == MessageState.PENDING and row.request_hash is None and row.phone_hash in hashes
        for row in written
    )


async def is_refused(session: AsyncSession, secrets: Secrets, job_id: str, phone: Phone) -> bool:
    """Whether a provider permanently refused to send this job's message to ``phone``."""
    hashes = hashes_of(secrets, phone)
    written = await messages.of_job(session, job_id)
    return any(row.permanent and row.phone_hash in hashes for row in written)


async def record(
    session: AsyncSession,
    settings: Settings,
    row: MessageRow,
    event: MessageEvent,
    now: datetime,
    **values: Any,
) -> bool:
    """Apply ``event`` to a locked message and count it in the day's totals.

    Returns False, with nothing changed, if the state machine does not allow the event.

    :param values: further columns, for example ``provider_id`` or ``error``.
    """
    before, known = MessageState(row.state), row.provider_id
    if not await messages.apply_event(session, row, event, now, **values):
        return False
    after = MessageState(row.state)
    taken = before in OPEN and (after in AT_PROVIDER or (known is None and bool(row.provider_id)))
    failed = after in (MessageState.FAILED, MessageState.UNDELIVERED)
    if taken or failed:
        segments = _units(settings, row) if taken else 0
        day = day_of(row.called_at or now)
        await phones.add_to_day(
            session, day, accepted=int(taken), segments=segments, failed=int(failed)
        )
    if failed and row.permanent and row.phone_hash is not None and row.error != _NO_NUMBER:
        await phones.remember_refusal(session, row.phone_hash, row.error or "")
    log.info("message", job=short(row.job_id), state=after.value, error=row.error)
    return True


def _units(settings: Settings, row: MessageRow) -> int:
    body, _variables = body_of(settings, content_of(settings, row))
    return units_of(settings)(body)


def _columns(job_row: SearchJobRow, kind: MessageKind, now: datetime) -> dict[str, Any]:
    return {
        "message_id": new_id(),
        "job_id": job_row.job_id,
        "kind": kind.value,
        "matches": sum(item.get("match") in _MATCHED for item in job_row.results),
        "lang": job_row.lang,
        "due_at": now,
        "created_at": now,
        "changed_at": now,
    }
