"""Searches as people see and change them.  What workers write is in ``claims``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import photos
from searchapp.db.tables.searches import (
    SCHEMA,
    SearchJobRow,
    filters_from_json,
    items_from_json,
    items_json,
    metadata,
    sources_from_json,
)
from searchapp.domain.search import Item, SearchJob, SmsState, Stage, Status
from searchapp.domain.state_machine import MAX_ATTEMPTS, Event, sources, target

CHANNEL = "searchapp_jobs"
"""Where each new version is told, as ``job_id:version``; 0 means that it is deleted."""

jobs = metadata.tables[f"{SCHEMA}.search_jobs"]


async def insert(session: AsyncSession, values: Mapping[str, Any]) -> SearchJob | None:
    """Adds a job.  None, after waiting for its commit, when another has its idempotency key."""
    statement = (
        pg_insert(jobs)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[jobs.c.idempotency_hash])
        .returning(*jobs.c)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else _job(row)


async def amend(session: AsyncSession, job_id: str, **values: Any) -> SearchJob:
    """Completes a job in the transaction that made it: no reader has seen it, its version stays."""
    statement = update(jobs).where(jobs.c.job_id == job_id).values(**values).returning(*jobs.c)
    return _job((await session.execute(statement)).one())


async def find_keyed(session: AsyncSession, key_hashes: Sequence[bytes]) -> Row[Any, Any] | None:
    """Id and digest of the job that was made with an idempotency key, if there is one."""
    columns = select(jobs.c.job_id, jobs.c.request_digest.label("digest"))
    return (await session.execute(columns.where(jobs.c.idempotency_hash.in_(key_hashes)))).first()


async def read_job(session: AsyncSession, job_id: str) -> SearchJob | None:
    """One job as it is now."""
    return (await read_jobs(session, [job_id])).get(job_id)


async def read_jobs(session: AsyncSession, job_ids: Sequence[str]) -> dict[str, SearchJob]:
    """Those of the jobs that exist, by id, in one query."""
    rows = await session.execute(select(jobs).where(jobs.c.job_id.in_(job_ids)))
    return {row.job_id: _job(row) for row in rows}


async def versions(session: AsyncSession, job_ids: Sequence[str]) -> dict[str, int]:
    """The version of those of the jobs that exist."""
    query = select(jobs.c.job_id, jobs.c.version).where(jobs.c.job_id.in_(job_ids))
    return {row.job_id: row.version for row in await session.execute(query)}


async def lock_job(session: AsyncSession, job_id: str) -> SearchJobRow | None:
    """The row, held until the transaction ends."""
    query = select(SearchJobRow).where(jobs.c.job_id == job_id).with_for_update()
    found: SearchJobRow | None = await session.scalar(query.execution_options(**_FRESH))
    return found


async def hold_job(session: AsyncSession, job_id: str) -> SearchJobRow | None:
    """The row, which cannot be deleted until the transaction ends; it may be written meanwhile."""
    query = select(SearchJobRow).where(jobs.c.job_id == job_id)
    held = query.with_for_update(read=True, key_share=True)
    found: SearchJobRow | None = await session.scalar(held.execution_options(**_FRESH))
    return found


_FRESH = {"populate_existing": True}


async def set_phone_hash(
    session: AsyncSession, job_id: str, phone_hash: bytes | None, phone_key: str | None
) -> None:
    """Makes a job without a number findable by the number whose keyed hash this is."""
    if phone_hash is not None:
        await session.execute(
            update(jobs)
            .where(jobs.c.job_id == job_id, jobs.c.phone_hash.is_(None))
            .values(phone_hash=phone_hash, phone_key=phone_key)
        )


async def change(session: AsyncSession, job_id: str, **values: Any) -> bool:
    """Writes columns of a job whatever its state, as a new version; False when it is deleted."""
    statement = (
        update(jobs)
        .where(jobs.c.job_id == job_id)
        .values(version=jobs.c.version + 1, updated_at=func.now(), **values)
        .returning(jobs.c.version)
    )
    return await session.scalar(statement) is not None


def may(event: Event) -> ColumnElement[bool]:
    """Whether ``event`` may happen to a job in its present status."""
    return jobs.c.status.in_([status.value for status in sources(event)])


async def apply_event(
    session: AsyncSession,
    job_id: str,
    event: Event,
    *conditions: ColumnElement[bool],
    **values: Any,
) -> bool:
    """Moves the job on, writing ``values`` too, if ``event`` may happen to it now; whether it did.

    :param conditions: what has to hold besides.
    """
    statement = (
        update(jobs)
        .where(jobs.c.job_id == job_id, may(event), *conditions)
        .values(
            version=jobs.c.version + 1,
            updated_at=func.now(),
            status=target(event).value,
            **values,
        )
        .returning(jobs.c.version)
    )
    return await session.scalar(statement) is not None


async def choose(
    session: AsyncSession, job_id: str, items: Sequence[Item], expires_at: datetime, **extra: Any
) -> bool:
    """Stores the choice and makes the job claimable; False if it does not wait for one."""
    return await apply_event(
        session,
        job_id,
        Event.CHOOSE,
        jobs.c.stage == Stage.CHOOSING.value,
        stage=Stage.MATCHING.value,
        results=items_json(items),
        choosing=False,
        attempt=0,
        deadline_at=None,
        expires_at=expires_at,
        **extra,
    )


async def cancel(
    session: AsyncSession, job_id: str, *, now: datetime, expires_at: datetime
) -> bool:
    """Ends the job as cancelled and takes it from its worker; False if it ended before.

    The number goes at once, as nothing will be sent to it.
    """
    return await apply_event(
        session,
        job_id,
        Event.CANCEL,
        stage=Stage.DONE.value,
        run_token=None,
        sms_expected=False,
        phone_cipher=None,
        finished_at=now,
        expires_at=expires_at,
    )


async def put_back(
    session: AsyncSession, job_id: str, results: Sequence[Mapping[str, Any]]
) -> bool:
    """Makes a failed job claimable again, with ``results`` as its items."""
    return await apply_event(
        session,
        job_id,
        Event.RETRY,
        results=list(results),
        attempt=0,
        error_code=None,
        run_token=None,
        finished_at=None,
        deadline_at=None,
    )


async def remove(session: AsyncSession, job_ids: Sequence[str]) -> list[str]:
    """Deletes jobs and all that hangs on them; says which there were."""
    await photos.delete_objects(session, job_ids)
    statement = delete(jobs).where(jobs.c.job_id.in_(job_ids)).returning(jobs.c.job_id)
    return list(await session.scalars(statement))


async def with_phone(session: AsyncSession, phone_hashes: Sequence[bytes]) -> list[str]:
    """The ids of the jobs that carry a number."""
    return list(
        await session.scalars(select(jobs.c.job_id).where(jobs.c.phone_hash.in_(phone_hashes)))
    )


def _job(row: Row[Any]) -> SearchJob:
    return SearchJob(
        id=row.job_id,
        version=row.version,
        status=Status(row.status),
        stage=Stage(row.stage),
        progress=row.progress,
        # The claim after the last one only ends the job: it tries nothing.
        attempt=min(row.attempt, MAX_ATTEMPTS),
        created_at=row.created_at,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
        lang=row.lang,
        photo_width=row.photo_width,
        photo_height=row.photo_height,
        items=items_from_json(row.results),
        sms_expected=row.sms_expected,
        sms_reason=row.sms_reason,
        sms=SmsState(row.sms) if row.sms else None,
        masked_phone=row.phone_masked,
        error_code=row.error_code,
        filters=filters_from_json(row.filters),
        outside_consent=row.outside_consent,
        sources=sources_from_json(row.sources, Status(row.status)),
    )


_SET = text(
    "UPDATE search_jobs SET share_id = coalesce(share_id, :share_id) WHERE job_id = :job_id "
    "RETURNING share_id"
)
_FIND = text("SELECT job_id FROM search_jobs WHERE share_id = :share_id")


async def set_share(session: AsyncSession, job_id: str, share_id: str) -> str:
    """The share id of a search that is there: the one it has, else ``share_id``."""
    answer = await session.execute(_SET, {"job_id": job_id, "share_id": share_id})
    return str(answer.scalar_one())


async def shared_job(session: AsyncSession, share_id: str) -> str | None:
    """The search behind a share id."""
    found: str | None = await session.scalar(_FIND, {"share_id": share_id})
    return found


IP_PURPOSE = "ip"
"""What addresses are hashed for: ``secrets.hash(IP_PURPOSE, ip)`` fills ``search_jobs.ip_hash``."""

_NTH = text(
    "SELECT created_at FROM search_jobs WHERE ip_hash = ANY(:hashes) AND created_at > :since "
    "ORDER BY created_at DESC OFFSET :skip LIMIT 1"
)


async def nth_latest_start(
    session: AsyncSession, ip_hashes: Sequence[bytes], since: datetime, n: int
) -> datetime | None:
    """When the ``n``-th latest search of an address (under each of its hashes) was started, if
    that was after ``since``: then the address has had ``n`` since.
    """
    found: datetime | None = await session.scalar(
        _NTH, {"hashes": list(ip_hashes), "since": since, "skip": n - 1}
    )
    return found


tombstones = metadata.tables[f"{SCHEMA}.tombstones"]


async def expired_jobs(session: AsyncSession, now: datetime, limit: int) -> list[str]:
    """Jobs whose time is over, locked: those that ended, and those that no choice was made for.

    A job that still waits for a worker stays, however long that takes.
    """
    query = (
        select(jobs.c.job_id)
        .where(
            jobs.c.expires_at < now,
            or_(jobs.c.finished_at.is_not(None), jobs.c.stage == Stage.CHOOSING.value),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def insert_tombstones(
    session: AsyncSession, id_hashes: Sequence[bytes], reason: str, now: datetime
) -> None:
    """Keeps why these jobs were deleted (``expired`` or ``erased``); the first reason counts."""
    if not id_hashes:
        return
    rows = [{"id_hash": id_hash, "reason": reason, "at": now} for id_hash in id_hashes]
    await session.execute(pg_insert(tombstones).values(rows).on_conflict_do_nothing())


async def deletion_reason(session: AsyncSession, id_hashes: Sequence[bytes]) -> str | None:
    """``expired`` or ``erased``, or None when nothing is known of such a job."""
    query = select(tombstones.c.reason).where(tombstones.c.id_hash.in_(id_hashes))
    reason: str | None = await session.scalar(query)
    return reason


async def forget(session: AsyncSession, before: datetime) -> None:
    """Removes tombstones older than ``before``."""
    await session.execute(delete(tombstones).where(tombstones.c.at < before))
