"""Sessions of operators, attempts to become one, and keys of the catalogue API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.admin import api_keys, attempts, sessions
from searchapp.domain.ids import KeyScope
from searchapp.domain.product import FeedbackCounts, FeedbackKind

ATTEMPTS_KEPT = timedelta(days=2)
"""Longer than any address is blocked, or its failures count."""

_COUNT = text("""
INSERT INTO login_attempts AS a (key, failures, at) VALUES (:key, 1, :now)
ON CONFLICT (key) DO UPDATE SET
    at = :now,
    failures = CASE WHEN a.at < :forget THEN 1 ELSE a.failures + 1 END,
    blocked_until = CASE WHEN a.at >= :forget AND a.failures + 1 >= :free THEN
        :now + make_interval(secs =>
            least(:longest, :first * 2 ^ least(a.failures + 1 - :free, 20)))
    END
WHERE a.blocked_until IS NULL OR a.blocked_until <= :now
RETURNING failures
""")


async def count_attempt(
    session: AsyncSession,
    key: bytes,
    now: datetime,
    *,
    free: int,
    first: float,
    longest: float,
    forget: timedelta,
) -> bool:
    """Counts an attempt as failed, before it is looked at, so that many at once do not pass.

    The ``free``-th failure in a row blocks for ``first`` seconds, each further one for twice as
    long as the one before, ``longest`` at most.  False when the address is blocked now.
    """
    values = {
        "key": key,
        "now": now,
        "free": free,
        "first": first,
        "longest": longest,
        "forget": now - forget,
    }
    return await session.scalar(_COUNT, values) is not None


async def blocked_until(session: AsyncSession, key: bytes) -> datetime | None:
    """Until when an address is blocked, past or future."""
    query = select(attempts.c.blocked_until).where(attempts.c.key == key)
    found: datetime | None = await session.scalar(query)
    return found


async def forget_attempts(session: AsyncSession, key: bytes) -> None:
    """Clears an address that has logged in."""
    await session.execute(delete(attempts).where(attempts.c.key == key))


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Removes sessions that are over, and failures that block no address any more."""
    await session.execute(delete(sessions).where(sessions.c.expires_at < now))
    await session.execute(delete(attempts).where(attempts.c.at < now - ATTEMPTS_KEPT))


async def open_session(
    session: AsyncSession,
    *,
    token_hash: bytes,
    password_mark: bytes,
    now: datetime,
    until: datetime,
) -> None:
    """Adds a session, and removes those that are over."""
    await forget_old(session, now)
    values = {"created_at": now, "seen_at": now, "expires_at": until}
    statement = insert(sessions).values(
        token_hash=token_hash, password_mark=password_mark, **values
    )
    await session.execute(statement)


async def use_session(
    session: AsyncSession,
    *,
    token_hashes: Sequence[bytes],
    password_marks: Sequence[bytes],
    now: datetime,
    idle: timedelta,
) -> bool:
    """Whether there is such a session: not over, used within ``idle``, of this password."""
    valid = (
        sessions.c.token_hash.in_(token_hashes)
        & sessions.c.password_mark.in_(password_marks)
        & (sessions.c.expires_at > now)
        & (sessions.c.seen_at > now - idle)
    )
    seen = await session.scalar(select(sessions.c.seen_at).where(valid))
    if seen is None:
        return False
    if seen < now - idle / 10:
        await session.execute(update(sessions).where(valid).values(seen_at=now))
    return True


async def close_session(session: AsyncSession, token_hashes: Sequence[bytes]) -> None:
    """Ends a session."""
    await session.execute(delete(sessions).where(sessions.c.token_hash.in_(token_hashes)))


_STATUSES = text("SELECT status, count(*) AS n FROM search_jobs GROUP BY status")

_SMS = text("SELECT state, count(*) AS n FROM messages GROUP BY state ORDER BY state")

_FINISHED = text("""
SELECT floor(extract(epoch FROM cast(:now AS timestamptz) - finished_at) / :step)::int AS ago,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'failed') AS failed
FROM search_jobs
WHERE finished_at > cast(:now AS timestamptz) - make_interval(secs => :span)
  AND finished_at <= :now
GROUP BY 1
""")

_TIMES = text("""
SELECT stage_times AS began, extract(epoch FROM finished_at - claimed_at)::float AS finished,
       extract(epoch FROM finished_at - created_at)::float AS total,
       jsonb_array_length(results) AS items
FROM search_jobs
WHERE finished_at > :since AND status = 'completed' AND claimed_at IS NOT NULL
ORDER BY finished_at DESC LIMIT :limit
""")

_FAILURES = text("""
SELECT job_id, coalesce(error_code, '') AS error_code, stage, attempt, finished_at AS at,
       coalesce(phone_masked, '') AS masked_phone, coalesce(sms, '') AS sms
FROM search_jobs
WHERE status = 'failed' AND finished_at IS NOT NULL
  AND (cast(:code AS text) IS NULL OR error_code = :code)
ORDER BY finished_at DESC, job_id LIMIT :limit OFFSET :skip
""")

_SAID = ", ".join(f"count(*) FILTER (WHERE said = '{kind}') AS {kind}" for kind in FeedbackKind)

_FEEDBACK = text(f"""
SELECT label, {_SAID}
FROM product_feedback GROUP BY label ORDER BY count(*) DESC LIMIT :limit
""")  # noqa: S608

_PRODUCT_FEEDBACK = text(f"""
SELECT product.feed || ':' || product.feed_id AS product, product.title, {_SAID}
FROM product_feedback JOIN products AS product ON product.number = product_feedback.product
GROUP BY product.number ORDER BY count(*) DESC, product.number LIMIT :limit
""")  # noqa: S608

_COLUMNS = (
    "job_id, status, stage, progress, attempt, error_code, created_at, finished_at, expires_at, "
    "phone_masked, sms, sms_expected, jsonb_array_length(results) AS items"
)

_BY_ID = text(f"SELECT {_COLUMNS} FROM search_jobs WHERE job_id = :job_id")  # noqa: S608

_BY_PHONE = text(f"""
SELECT {_COLUMNS} FROM search_jobs
WHERE phone_hash = ANY(:hashes)
   OR job_id IN (SELECT job_id FROM messages WHERE phone_hash = ANY(:hashes))
ORDER BY created_at DESC LIMIT :limit
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Finished:
    """Searches that ended in one slice of time; ``ago`` 0 is the newest slice."""

    ago: int
    completed: int
    failed: int


@dataclass(frozen=True, slots=True)
class StageTimes:
    """When the stages of one search began, and when it ended, in seconds since its last claim;
    ``total`` since it was stored.  ``items`` is how many items were searched."""

    began: dict[str, float]
    finished: float
    total: float
    items: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """One search that failed."""

    job_id: str
    error_code: str
    stage: str
    attempt: int
    at: datetime
    masked_phone: str
    sms: str


@dataclass(frozen=True, slots=True)
class FeedbackSum(FeedbackCounts):
    """What people said about the answers for one kind of garment."""

    label: str = ""


@dataclass(frozen=True, slots=True)
class FoundJob:
    """One search, as an operator may see it: no picture, no result, no whole number."""

    job_id: str
    status: str
    stage: str
    progress: int
    attempt: int
    error_code: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    phone_masked: str | None
    sms: str | None
    sms_expected: bool
    items: int


async def statuses(session: AsyncSession) -> dict[str, int]:
    """How many stored searches have each status."""
    return {row.status: row.n for row in await session.execute(_STATUSES)}


async def sms_states(session: AsyncSession) -> dict[str, int]:
    """How many stored messages are in each state."""
    return {row.state: row.n for row in await session.execute(_SMS)}


async def finished(session: AsyncSession, now: datetime, step: float, steps: int) -> list[Finished]:
    """The last ``steps`` slices of ``step`` seconds, oldest first, empty ones included."""
    step = float(step)  # The driver sends a small whole number as a smallint, which overflows.
    rows = await session.execute(_FINISHED, {"now": now, "step": step, "span": step * steps})
    found = {row.ago: row for row in rows}
    return [
        Finished(ago, found[ago].completed, found[ago].failed)
        if ago in found
        else Finished(ago, 0, 0)
        for ago in reversed(range(steps))
    ]


async def stage_times(session: AsyncSession, since: datetime, limit: int) -> list[StageTimes]:
    """The newest completed searches since a moment."""
    rows = await session.execute(_TIMES, {"since": since, "limit": limit})
    return [StageTimes(**row) for row in rows.mappings()]


async def failures(
    session: AsyncSession, limit: int, *, skip: int = 0, code: str | None = None
) -> list[Failure]:
    """Failed searches, the newest first, without the first ``skip``; only those with the error
    ``code`` if one is given."""
    rows = await session.execute(_FAILURES, {"limit": limit, "skip": skip, "code": code})
    return [Failure(**row) for row in rows.mappings()]


async def feedback(session: AsyncSession, limit: int) -> list[FeedbackSum]:
    """Feedback by kind of garment, the most first."""
    rows = await session.execute(_FEEDBACK, {"limit": limit})
    return [FeedbackSum(**row) for row in rows.mappings()]


async def product_feedback(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """Clicks and votes of the products that people said most about, the most first."""
    rows = await session.execute(_PRODUCT_FEEDBACK, {"limit": limit})
    return [dict(row) for row in rows.mappings()]


async def job_by_id(session: AsyncSession, job_id: str) -> list[FoundJob]:
    """The search of an id, or nothing."""
    return _found(await session.execute(_BY_ID, {"job_id": job_id}))


async def jobs_by_phone(
    session: AsyncSession, hashes: Sequence[bytes], limit: int
) -> list[FoundJob]:
    """The searches that carry a number, or sent a message to it, the newest first."""
    return _found(await session.execute(_BY_PHONE, {"hashes": list(hashes), "limit": limit}))


def _found(rows: Any) -> list[FoundJob]:
    return [FoundJob(**row) for row in rows.mappings()]


_USE_KEY = text("""
WITH used AS (
    UPDATE api_keys SET used_at = now()
    WHERE key_hash = :key_hash AND (used_at IS NULL OR used_at < now() - interval '1 minute')
)
SELECT name, scope, created_at, used_at FROM api_keys WHERE key_hash = :key_hash
""")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed; ``used_at`` is exact to a minute, None if it never was used."""

    name: str
    scope: KeyScope
    created_at: datetime
    used_at: datetime | None


async def add_key(session: AsyncSession, name: str, scope: KeyScope, key_hash: bytes) -> bool:
    """Stores a key; False when another one has the name."""
    values = {"name": name, "scope": scope.value, "key_hash": key_hash}
    statement = upsert(api_keys).values(**values).on_conflict_do_nothing(index_elements=["name"])
    return await session.scalar(statement.returning(api_keys.c.name)) is not None


async def list_keys(session: AsyncSession) -> Sequence[ApiKey]:
    """All keys, by name."""
    columns = select(api_keys.c.name, api_keys.c.scope, api_keys.c.created_at, api_keys.c.used_at)
    rows = await session.execute(columns.order_by(api_keys.c.name))
    return [ApiKey(row.name, KeyScope(row.scope), row.created_at, row.used_at) for row in rows]


async def remove_key(session: AsyncSession, name: str) -> bool:
    """Removes a key, which is refused from then on; False when there is none of the name."""
    statement = delete(api_keys).where(api_keys.c.name == name).returning(api_keys.c.name)
    return await session.scalar(statement) is not None


async def use_key(session: AsyncSession, key_hash: bytes) -> ApiKey | None:
    """The key of a request, noted as used; None if it is not one of ours."""
    row = (await session.execute(_USE_KEY, {"key_hash": key_hash})).first()
    if row is None:
        return None
    return ApiKey(row.name, KeyScope(row.scope), row.created_at, row.used_at)
