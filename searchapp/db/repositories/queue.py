"""The queue's tables, where its own library has no call for what we need.

An entry of the queue belongs to one search: its ``queueing_lock`` is the job's id.  Writes are
fenced by worker and attempt, as a worker that was thought dead may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.engine import APPLICATION, LockKind
from searchapp.db.repositories import insert_or_update
from searchapp.db.tables.searches import SCHEMA, metadata

switches = metadata.tables[f"{SCHEMA}.switches"]

ALIVE_SECONDS = 10
"""A worker whose last heartbeat is older counts as dead."""

PAUSE = "queue"
"""The switch that pauses the queue."""

DELETE_ENTRY = """
DELETE FROM procrastinate_jobs
WHERE id = %(entry)s AND status = 'doing' AND attempts = %(attempts)s
  AND worker_id IS NOT DISTINCT FROM %(worker)s
"""
"""Takes a finished entry out, if it is still this worker's.  For the queue's own connections."""

PUT_BACK_ENTRY = """
WITH back AS (
    UPDATE procrastinate_jobs
    SET status = 'todo', attempts = attempts + 1, worker_id = NULL, abort_requested = false,
        scheduled_at = now() + make_interval(secs => %(seconds)s)
    WHERE id = %(entry)s AND status = 'doing' AND attempts = %(attempts)s
      AND worker_id IS NOT DISTINCT FROM %(worker)s
    RETURNING queueing_lock
)
DELETE FROM job_heartbeats WHERE job_id IN (SELECT queueing_lock FROM back)
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

STALLED_ENTRIES = """
SELECT entry.id, entry.attempts, entry.worker_id,
       CASE WHEN beat.id IS NULL THEN 'unregistered'
            WHEN beat.last_heartbeat < now() - make_interval(secs => %(stale)s) THEN 'silent'
            WHEN progress.at < now() - make_interval(secs => %(stuck)s) THEN 'no progress'
            ELSE 'session lost' END AS reason
FROM procrastinate_jobs AS entry
LEFT JOIN procrastinate_workers AS beat ON beat.id = entry.worker_id
LEFT JOIN workers AS worker ON worker.worker_id = entry.worker_id
LEFT JOIN job_heartbeats AS progress ON progress.job_id = entry.queueing_lock
WHERE entry.status = 'doing' AND entry.queue_name = %(queue)s AND (
    beat.id IS NULL
    OR beat.last_heartbeat < now() - make_interval(secs => %(stale)s)
    OR progress.at < now() - make_interval(secs => %(stuck)s)
    OR (beat.last_heartbeat < now() - make_interval(secs => %(suspect)s)
        AND worker.presence IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM pg_locks
            WHERE locktype = 'advisory' AND classid = %(kind)s::bigint::oid
              AND objid = worker.presence::bigint::oid AND objsubid = 2
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))
)
"""
"""Entries whose worker is dead or stuck: it is not registered, has not been heard of for ``stale``
seconds, did not make progress for ``stuck`` seconds, or its session is gone and its heartbeat
``suspect`` seconds late.  For the queue's own connections."""

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

_END_ORPHANED = text("""
SELECT pg_terminate_backend(holder.pid) FROM pg_stat_activity AS holder
WHERE holder.pid IN (
    SELECT unnest(pg_blocking_pids(waiting.pid)) FROM pg_stat_activity AS waiting
    WHERE waiting.datname = current_database() AND waiting.wait_event_type = 'Lock')
  AND holder.usename = current_user AND holder.application_name = :application
  AND holder.wait_event = 'ClientRead'
  AND holder.xact_start < now() - make_interval(secs => :seconds)
""")

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

_SEEN = text("""
INSERT INTO workers (presence, worker_id, host, pid, clock_skew)
VALUES (:presence, :worker_id, :host, :pid, :skew)
ON CONFLICT (presence) DO UPDATE
SET worker_id = excluded.worker_id, clock_skew = excluded.clock_skew, seen_at = now()
""")

_STORE = text(
    "INSERT INTO tombstones (id_hash, reason) VALUES (sha256(random()::text::bytea), 'expired')"
)

_QUEUE = text("""
SELECT
    (SELECT count(*) FROM procrastinate_workers
     WHERE last_heartbeat > now() - make_interval(secs => :alive)) AS workers,
    count(*) FILTER (WHERE status = 'pending' AND stage <> 'choosing') AS waiting,
    count(*) FILTER (WHERE status = 'processing') AS running,
    count(*) FILTER (WHERE stage = 'choosing') AS choosing,
    coalesce(extract(epoch FROM now() - min(updated_at) FILTER
        (WHERE status = 'pending' AND stage <> 'choosing')), 0) AS oldest
FROM search_jobs WHERE finished_at IS NULL
""")

_WORKERS = text("""
SELECT worker.host, worker.pid, worker.clock_skew, worker.started_at,
       extract(epoch FROM now() - coalesce(beat.last_heartbeat, worker.seen_at))::float AS silent,
       (SELECT count(*) FROM procrastinate_jobs AS entry
        WHERE entry.worker_id = worker.worker_id AND entry.status = 'doing') AS running
FROM workers AS worker LEFT JOIN procrastinate_workers AS beat ON beat.id = worker.worker_id
WHERE worker.seen_at > now() - interval '1 hour'
ORDER BY worker.started_at
""")


@dataclass(frozen=True, slots=True)
class QueueState:
    """Living workers, and searches that are not finished; ``oldest_seconds``: the longest wait."""

    workers: int
    waiting: int
    running: int
    choosing: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker process: how long its heartbeat is silent and how far its clock is ahead, in
    seconds; ``running`` counts its entries."""

    host: str
    pid: int
    clock_skew: float
    started_at: Any
    silent: float
    running: int


async def lost_jobs(session: AsyncSession, limit: int = 100) -> list[str]:
    """Unfinished jobs that nothing in the queue stands for, but those that wait for a choice."""
    return list(await session.scalars(_LOST, {"limit": limit}))


async def remove_entries(session: AsyncSession, job_ids: Sequence[str]) -> None:
    """Takes everything about these jobs out of the queue, running or not."""
    await session.execute(_REMOVE, {"job_ids": list(job_ids)})


async def record_liveness(session: AsyncSession, longest_gap: float) -> float:
    """Records that a worker reaches the database.

    When none did for more than ``longest_gap`` seconds, because the database or all workers were
    unavailable, every deadline moves by that time, once, whichever worker comes first.

    :returns: the seconds by which deadlines were moved.
    """
    gap = float(await session.scalar(_BEAT) or 0.0)
    if gap <= longest_gap:
        return 0.0
    await session.execute(_SHIFT, {"seconds": gap})
    return gap


async def end_orphaned_sessions(session: AsyncSession, seconds: float) -> int:
    """Ends our sessions that hold others up while they wait for a client that says nothing; how
    many.

    A session whose connection was lost in the middle of a large statement waits for the rest of
    it: no timeout of the server ends that, and its locks stay.

    :param seconds: how long its transaction is open, more than an honest one is.
    """
    values = {"application": APPLICATION, "seconds": seconds}
    return len((await session.execute(_END_ORPHANED, values)).all())


async def record_worker(
    session: AsyncSession, presence: int, worker_id: int | None, host: str, pid: int, skew: float
) -> None:
    """Records a living worker process, for its peers and for operators."""
    values = {"presence": presence, "worker_id": worker_id, "host": host, "pid": pid, "skew": skew}
    await session.execute(_SEEN, values)


async def remove_worker(session: AsyncSession, presence: int) -> None:
    """Removes a worker process that ended in good order."""
    await session.execute(
        text("DELETE FROM workers WHERE presence = :presence"), {"presence": presence}
    )


async def forget_old(session: AsyncSession) -> None:
    """Removes workers and heartbeats of a day ago."""
    for table, column in (("workers", "seen_at"), ("job_heartbeats", "at")):
        await session.execute(
            text(f"DELETE FROM {table} WHERE {column} < now() - interval '1 day'")  # noqa: S608
        )


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

    ``workers`` counts those alive; ``seconds`` is the median time of a worker for one of the latest
    searches, None without any.
    """

    job_ids: Sequence[str]
    workers: int
    paused: bool
    seconds: float | None


async def waiting_line(session: AsyncSession, limit: int) -> WaitingLine:
    """The first ``limit`` jobs that wait for a worker, and the recent pace."""
    job_ids = list(await session.scalars(_WAITING, {"limit": limit}))
    pace = (await session.execute(_PACE, {"alive": ALIVE_SECONDS})).one()
    return WaitingLine(job_ids, pace.workers, await is_paused(session), pace.seconds)


async def worker_states(session: AsyncSession) -> list[WorkerState]:
    """The worker processes that were seen within the hour, the oldest first."""
    rows = await session.execute(_WORKERS)
    return [WorkerState(**row) for row in rows.mappings()]


async def is_paused(session: AsyncSession) -> bool:
    """Whether an operator paused the queue."""
    return await switch_value(session, PAUSE) == "paused"


async def set_paused(session: AsyncSession, *, paused: bool) -> None:
    """Pauses the queue, or lets it go on."""
    await set_switch(session, PAUSE, "paused" if paused else "running")


async def switch_value(session: AsyncSession, name: str) -> str | None:
    """What an operator set a switch of all processes to, None if it was never touched."""
    found: str | None = await session.scalar(
        select(switches.c.value).where(switches.c.name == name)
    )
    return found


async def set_switch(session: AsyncSession, name: str, value: str) -> None:
    """Sets a switch of all processes."""
    values = {"value": value, "at": func.now()}
    await session.execute(insert_or_update(switches, {"name": name}, values))


async def hold_presence(connection: AsyncConnection[Any], presence: int) -> None:
    """Holds the lock by which others see that a worker's session lives, as long as it does.

    Shared: the server may not have noticed yet that the session before has ended.
    """
    await connection.execute(
        "SELECT pg_advisory_lock_shared(%s, %s)", [LockKind.WORKER_PRESENCE.value, presence]
    )
