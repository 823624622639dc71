"""Sessions of operators, and attempts to become one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.admin import attempts, sessions

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
    """Removes sessions that are over, and failures that block nobody any more."""
    await session.execute(delete(sessions).where(sessions.c.expires_at < now))
    await session.execute(delete(attempts).where(attempts.c.at < now - ATTEMPTS_KEPT))


async def open_session(
    session: AsyncSession, token_hash: bytes, password_mark: bytes, now: datetime, until: datetime
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
    token_hashes: Sequence[bytes],
    password_marks: Sequence[bytes],
    now: datetime,
    idle: timedelta,
) -> bool:
    """Whether there is such a session: not over, used within ``idle``, of this password."""
    alive = (
        sessions.c.token_hash.in_(token_hashes)
        & sessions.c.password_mark.in_(password_marks)
        & (sessions.c.expires_at > now)
        & (sessions.c.seen_at > now - idle)
    )
    seen = await session.scalar(select(sessions.c.seen_at).where(alive))
    if seen is None:
        return False
    if seen < now - idle / 10:
        await session.execute(update(sessions).where(alive).values(seen_at=now))
    return True


async def close_session(session: AsyncSession, token_hashes: Sequence[bytes]) -> None:
    """Ends a session."""
    await session.execute(delete(sessions).where(sessions.c.token_hash.in_(token_hashes)))
