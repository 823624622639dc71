"""What operators ask of the database: can a job be stored, who works, what waits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ALIVE_SECONDS = 10
"""A worker whose last beat is older counts as gone."""

_STORE = text(
    "INSERT INTO tombstones (id_hash, reason) VALUES (sha256(random()::text::bytea), 'expired')"
)
_QUEUE = text(
    """
    SELECT
        (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat > now() - make_interval(secs => :alive)) AS workers,
        count(*) FILTER (WHERE status = 'pending' AND stage <> 'choosing') AS waiting,
        count(*) FILTER (WHERE status = 'processing') AS running,
        count(*) FILTER (WHERE stage = 'choosing') AS choosing,
        coalesce(extract(epoch FROM now() - min(updated_at) FILTER
            (WHERE status = 'pending' AND stage <> 'choosing')), 0) AS oldest
    FROM search_jobs WHERE finished_at IS NULL
    """
)


@dataclass(frozen=True, slots=True)
class QueueState:
    """Living workers, and searches that are not finished; ``oldest_seconds``: the longest wait."""

    workers: int
    waiting: int
    running: int
    choosing: int
    oldest_seconds: float


async def try_store(session: AsyncSession) -> None:
    """Writes a row and takes it back, so that rights, space and a read-only server show.

    :raises sqlalchemy.exc.SQLAlchemyError: when a job could not be stored either.
    """
    savepoint = await session.begin_nested()
    await session.execute(_STORE)
    await savepoint.rollback()


async def queue_state(session: AsyncSession) -> QueueState:
    """The queue as it is now."""
    row = (await session.execute(_QUEUE, {"alive": ALIVE_SECONDS})).one()
    return QueueState(
        row.workers, row.waiting, row.running, row.choosing, round(float(row.oldest), 1)
    )
