"""What the operator's commands read and record: failures, attempts, the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.admin import OperatorActionRow
from searchapp.db.tables.searches import SCHEMA, metadata

actions = metadata.tables[f"{SCHEMA}.{OperatorActionRow.__tablename__}"]

_FAILED = text(
    "SELECT job_id FROM search_jobs WHERE status = 'failed' AND error_code = :code "
    "ORDER BY finished_at"
)

_BY_CODE = text(
    "SELECT error_code, count(*) AS n FROM search_jobs WHERE status = 'failed' "
    "GROUP BY error_code ORDER BY n DESC"
)

_JOB = text("""
SELECT job_id, status, stage, progress, attempt, error_code, created_at, claimed_at, finished_at,
       deadline_at, expires_at, phone_masked, sms, sms_expected, sms_reason, stage_times,
       jsonb_array_length(results) AS items,
       (SELECT at FROM job_heartbeats AS beat WHERE beat.job_id = search_jobs.job_id) AS heartbeat
FROM search_jobs WHERE job_id = :job_id
""")

_ENTRIES = text("""
SELECT id, status::text AS status, attempts, scheduled_at, worker_id
FROM procrastinate_jobs WHERE queueing_lock = :job_id ORDER BY id
""")

_ATTEMPTS = text("""
SELECT event.type::text AS event, event.at FROM procrastinate_events AS event
JOIN procrastinate_jobs AS entry ON entry.id = event.job_id
WHERE entry.queueing_lock = :job_id ORDER BY event.at
""")


async def failed_with(session: AsyncSession, code: str) -> list[str]:
    """The failed searches with an error, the oldest first."""
    return list(await session.scalars(_FAILED, {"code": code}))


async def failures_by_code(session: AsyncSession) -> dict[str, int]:
    """How many stored searches failed with each error."""
    return {row.error_code or "": row.n for row in await session.execute(_BY_CODE)}


async def job_row(session: AsyncSession, job_id: str) -> dict[str, Any] | None:
    """The state of one search; None without such a search."""
    found = (await session.execute(_JOB, {"job_id": job_id})).mappings().first()
    return dict(found) if found else None


async def entries_of(session: AsyncSession, job_id: str) -> list[dict[str, Any]]:
    """The queue's entries of one search."""
    return [dict(row) for row in (await session.execute(_ENTRIES, {"job_id": job_id})).mappings()]


async def attempts_of(session: AsyncSession, job_id: str) -> Sequence[Row[Any]]:
    """What happened to the queue's entries of one search (``event``, ``at``), the oldest first."""
    return (await session.execute(_ATTEMPTS, {"job_id": job_id})).all()


async def record_action(
    session: AsyncSession, *, actor: str, action: str, target: str, outcome: str
) -> None:
    """Adds one line to the audit."""
    await session.execute(
        insert(actions).values(actor=actor, action=action, target=target, outcome=outcome)
    )


async def last_actions(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """The newest lines of the audit, the newest first."""
    rows = await session.execute(
        text(
            "SELECT at, actor, action, target, outcome FROM operator_actions"
            " ORDER BY number DESC LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [dict(row) for row in rows.mappings()]
