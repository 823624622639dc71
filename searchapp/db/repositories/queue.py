"""The queue's tables, where its own library has no call for what we need.

An entry of the queue belongs to one search: its ``queueing_lock`` is the job's id.  Writes are
fenced by worker and attempt, as a worker that was thought dead may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

DELETE_ENTRY = """
DELETE FROM procrastinate_jobs
WHERE id = %(entry)s AND status = 'doing' AND attempts = %(attempts)s
  AND worker_id IS NOT DISTINCT FROM %(worker)s
"""
"""Takes a finished entry out, if it is still this worker's.  For the queue's own connections."""

PUT_BACK_ENTRY = """
UPDATE procrastinate_jobs
SET status = 'todo', attempts = attempts + 1, scheduled_at = %(at)s, worker_id = NULL,
    abort_requested = false
WHERE id = %(entry)s AND status = 'doing' AND attempts = %(attempts)s
  AND worker_id IS NOT DISTINCT FROM %(worker)s
"""
"""Makes an entry wait again, if it is still this worker's.  For the queue's own connections."""

ENTRIES_OF_WORKER = """
SELECT id, attempts FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %(worker)s
"""
"""What the queue believes that a worker is doing.  For the queue's own connections."""

SILENCE_OF_WORKER = """
SELECT extract(epoch FROM now() - max(last_heartbeat))::float AS seconds
FROM procrastinate_workers WHERE id = %(worker)s
"""
"""How long a worker was not heard of; NULL when it is not known (any more)."""

_LOST = text("""
SELECT job_id FROM search_jobs AS job
WHERE finished_at IS NULL AND stage <> 'choosing'
  AND NOT EXISTS (
    SELECT FROM procrastinate_jobs AS entry
    WHERE entry.queueing_lock = job.job_id AND entry.status IN ('todo', 'doing')
  )
LIMIT :limit
""")

_REMOVE = text("DELETE FROM procrastinate_jobs WHERE queueing_lock = ANY(:job_ids)")

_BEAT = text("""
WITH before AS (SELECT at FROM pulse FOR UPDATE),
     beat AS (UPDATE pulse SET at = now() FROM before
              WHERE before.at < now() - interval '1 second')
SELECT extract(epoch FROM now() - at)::float FROM before
""")

_SHIFT = text("""
UPDATE search_jobs SET deadline_at = deadline_at + make_interval(secs => :seconds)
WHERE finished_at IS NULL AND deadline_at IS NOT NULL
""")


async def lost_jobs(session: AsyncSession, limit: int = 100) -> list[str]:
    """Unfinished jobs that nothing in the queue stands for, but those that wait for a choice."""
    return list(await session.scalars(_LOST, {"limit": limit}))


async def remove_entries(session: AsyncSession, job_ids: Sequence[str]) -> None:
    """Takes everything about these jobs out of the queue, running or not."""
    await session.execute(_REMOVE, {"job_ids": list(job_ids)})


async def record_heartbeat(session: AsyncSession, longest_gap: float) -> float:
    """Says that a worker reaches the database.

    When none did for more than ``longest_gap`` seconds, because the database or all workers were
    away, every deadline moves by that time, once, whoever of the workers comes first.

    :returns: the seconds by which deadlines were moved.
    """
    gap = float(await session.scalar(_BEAT) or 0.0)
    if gap <= longest_gap:
        return 0.0
    await session.execute(_SHIFT, {"seconds": gap})
    return gap


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


_WAITING = text("""
SELECT queueing_lock FROM procrastinate_jobs
WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
ORDER BY priority DESC, id LIMIT :limit
""")

_PACE = text("""
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds,
    (SELECT count(*) FROM procrastinate_workers
     WHERE last_heartbeat > now() - make_interval(secs => :alive)) AS workers
FROM (
    SELECT extract(epoch FROM finished_at - claimed_at)::float AS seconds FROM search_jobs
    WHERE status = 'completed' AND claimed_at IS NOT NULL
      AND finished_at > now() - interval '1 hour'
    ORDER BY finished_at DESC LIMIT 50
) AS latest
""")


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Jobs in the order in which workers take them, and how fast that goes.

    ``seconds`` is the median time of a worker for one of the latest searches, None without any.
    """

    job_ids: Sequence[str]
    workers: int
    seconds: float | None


async def waiting_line(session: AsyncSession, limit: int) -> WaitingLine:
    """The first ``limit`` jobs that wait for a worker, and the recent pace."""
    job_ids = list(await session.scalars(_WAITING, {"limit": limit}))
    pace = (await session.execute(_PACE, {"alive": ALIVE_SECONDS})).one()
    return WaitingLine(job_ids, pace.workers, pace.seconds)
