"""The outbox: messages are written in the transaction that makes them true, and sent later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import messages, searches
from searchapp.db.secrets import Secrets
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.ids import new_id
from searchapp.domain.message import MessageKind, MessageState, shown
from searchapp.domain.phone import Phone
from searchapp.domain.search import Match, SmsState, Status
from searchapp.notify.policy import give_back
from searchapp.notify.stored_numbers import hashes_of, sealed

_KINDS = {
    Status.COMPLETED.value: MessageKind.RESULTS,
    Status.FAILED.value: MessageKind.FAILURE,
}

_MATCHED = (Match.SAME.value, Match.SIMILAR.value)


async def write_outcome(session: AsyncSession, job_row: SearchJobRow, now: datetime) -> None:
    """Writes the automatic message of a job that completes or fails in this transaction.

    Does nothing for a cancelled job, without an expected message, or when it is written already.
    Call it when ``job_row`` already carries its final status and results.  A failure that was
    never sent gives way to the results of a later try.
    """
    kind = _KINDS.get(job_row.status)
    if kind is None or not job_row.sms_expected or job_row.phone_cipher is None:
        return
    if kind is MessageKind.RESULTS:
        await messages.drop_unclaimed(session, job_row.job_id, MessageKind.FAILURE)
    await messages.add(session, **_columns(job_row, kind, now), **_phone_of(job_row))


async def change_number(
    session: AsyncSession, secrets: Secrets, job_row: SearchJobRow, phone: Phone, now: datetime
) -> bool:
    """Lets the automatic message go to ``phone``: before the job's end, or until it is claimed.

    The caller holds the job's row (FOR UPDATE), has asked :func:`policy.admit` for ``phone``, and
    writes the consent.  Gives back the reservation of the number before.  Returns False, and
    changes nothing, when a sender has or had the message: then :func:`write_resend` it.
    """
    written = await messages.of_job(session, job_row.job_id, lock=True)
    unsent = [row for row in written if not row.claims and not row.request_hash]
    if len(unsent) < len(written):
        if job_row.finished_at is not None:
            return False
        # It runs once more: what was sent tells of an earlier end, and has used its place.
    else:
        await give_back(session, secrets, job_row, now)
    columns = sealed(secrets, phone)
    for row in unsent:
        for name, value in columns.items():
            setattr(row, name, value)
    await session.flush()
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


async def write_resend(
    session: AsyncSession,
    secrets: Secrets,
    job_row: SearchJobRow,
    phone: Phone,
    request_key: str,
    now: datetime,
) -> bool:
    """Writes one more message about an ended job; the same ``request_key`` writes it once.

    The caller holds the job's row (FOR UPDATE) and has asked :func:`policy.admit`.  From then on
    ``phone`` is the job's number; the messages before it keep theirs.
    Returns False when that request was written already, or the job tells of nothing.
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
    """Takes back the automatic messages that no sender had yet, of a job that is cancelled.

    The caller holds the job's row.
    """
    dropped = [await messages.drop_unclaimed(session, job_id, kind) for kind in MessageKind]
    if any(dropped):
        await messages.show_what_is_left(session, job_id)


async def is_coming(
    session: AsyncSession, secrets: Secrets, job_row: SearchJobRow, phone: Phone
) -> bool:
    """Whether ``phone``, which is the job's number, gets the automatic message anyway: at the job's
    end, or as soon as a sender takes the one that waits.  The caller holds the job's row."""
    if job_row.finished_at is None:
        return True
    hashes = hashes_of(secrets, phone)
    written = await messages.of_job(session, job_row.job_id)
    return any(
        row.state == MessageState.PENDING and row.request_hash is None and row.phone_hash in hashes
        for row in written
    )


async def is_refused(session: AsyncSession, secrets: Secrets, job_id: str, phone: Phone) -> bool:
    """Whether a provider said of this job's message that it will never take it to ``phone``."""
    hashes = hashes_of(secrets, phone)
    written = await messages.of_job(session, job_id)
    return any(row.permanent and row.phone_hash in hashes for row in written)


async def state_of(session: AsyncSession, job_id: str) -> SmsState | None:
    """What became of the job's newest message; None when it has none."""
    state = await messages.newest_state(session, job_id)
    return None if state is None else shown(MessageState(state))


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


def _phone_of(job_row: SearchJobRow) -> dict[str, Any]:
    return {
        "phone_cipher": job_row.phone_cipher,
        "phone_hash": job_row.phone_hash,
        "phone_key": job_row.phone_key,
    }
