"""Runs of imports, and how many products each feed has: what an operator looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, not_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.engine import LockKind
from searchapp.db.repositories import insert_or_update
from searchapp.db.tables.products import imports, products, schedules
from searchapp.domain.taxonomy import WHOLE

KEPT_REFUSALS = 500
"""Refused rows that are kept with their reasons, of one import."""

KEPT_RUNS = timedelta(days=90)
"""How long the runs of a scheduled feed are kept."""

_HELD = text(
    "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    " AND classid = :lock AND objid::bigint = (hashtext(feed)::bigint & 4294967295)"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
).bindparams(lock=LockKind.IMPORT.value)


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did so far."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    removed: int = 0

    @property
    def taken(self) -> int:
        """Rows that are products now."""
        return self.added + self.changed + self.unchanged

    def __str__(self) -> str:
        return (
            f"{self.added} new, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.refused} refused, {self.removed} removed"
        )


@dataclass(frozen=True, slots=True)
class FeedStats:
    """One feed, for the operator."""

    feed: str
    products: int
    in_stock: int
    models: Sequence[str]
    updated_at: datetime
    garments: int = 0
    without_kind: int = 0
    without_colour: int = 0
    pending: int = 0


async def start_import(session: AsyncSession, *, feed: str, source: str, now: datetime) -> int:
    """Notes that an import began; its number."""
    statement = insert(imports).values(feed=feed, source=source, state="running", started_at=now)
    number: int | None = await session.scalar(statement.returning(imports.c.number))
    if number is None:
        raise RuntimeError("an insert returned no row")
    return number


async def interrupted_at(session: AsyncSession, feed: str) -> datetime | None:
    """When the last import of ``feed`` began, if it never ended well."""
    newest = (
        select(imports.c.started_at, imports.c.state)
        .where(imports.c.feed == feed)
        .order_by(imports.c.started_at.desc(), imports.c.number.desc())
        .limit(1)
    )
    row = (await session.execute(newest)).first()
    started: datetime | None = row.started_at if row and row.state != "done" else None
    return started


async def note_import(
    session: AsyncSession,
    number: int,
    counts: Counts,
    refusals: Sequence[dict[str, Any]],
    *,
    state: str = "running",
    finished_at: datetime | None = None,
    error: str = "",
) -> None:
    """Writes down how far an import is, and why it counts as failed if it does."""
    await session.execute(
        update(imports)
        .where(imports.c.number == number)
        .values(
            **asdict(counts),
            refusals=list(refusals[:KEPT_REFUSALS]),
            state=state,
            finished_at=finished_at,
            error=error[:500],
        )
    )


_NOTE_FETCH = text("""
INSERT INTO catalogue_imports (feed, source, state, error, started_at, finished_at)
SELECT :feed, :source, CASE WHEN :error = '' THEN 'done' ELSE 'failed' END, :error, :began, :now
WHERE NOT EXISTS (SELECT FROM catalogue_imports WHERE feed = :feed AND started_at >= :began)
""")


async def note_fetch(
    session: AsyncSession, schedule: Schedule, began: datetime, now: datetime, error: str
) -> None:
    """Notes a run of ``schedule`` that imported nothing, as its feed was unchanged or was not to
    be had; one that imported has its row already."""
    values = {"feed": schedule.feed, "source": schedule.shown_address, "error": error[:500]}
    await session.execute(_NOTE_FETCH, {**values, "began": began, "now": now})


async def last_imports(session: AsyncSession, limit: int = 20) -> list[dict[str, Any]]:
    """The newest imports, newest first, all columns; further back only those to be run again.

    The ``state`` of one whose process was killed is ``interrupted``: it never ended, and no
    process works on it.  One that came to its end and counts as failed is ``failed``.
    """
    same = imports.alias("same")
    newest = select(func.max(same.c.number)).where(same.c.feed == imports.c.feed).scalar_subquery()
    at_work = and_(imports.c.number == newest, _HELD)
    dead = and_(imports.c.state == "running", not_(at_work))
    # Done for the next import, which has nothing to go on with; too many rows were refused, say.
    failed = and_(imports.c.state == "done", imports.c.error != "")
    state = case((dead, "interrupted"), (failed, "failed"), else_=imports.c.state).label("state")
    columns = [state if column.name == "state" else column for column in imports.c]
    recent = select(same.c.number).order_by(same.c.number.desc()).limit(limit)
    wanted = or_(imports.c.number.in_(recent), and_(dead, imports.c.number == newest))
    rows = await session.execute(select(*columns).where(wanted).order_by(imports.c.number.desc()))
    return [dict(row) for row in rows.mappings()]


async def feed_stats(session: AsyncSession) -> list[FeedStats]:
    """Every feed that has products, by name."""
    columns = products.c
    rows = await session.execute(
        select(
            columns.feed,
            func.count(),
            func.count().filter(columns.in_stock),
            func.array_agg(columns.model.distinct()),
            func.max(columns.updated_at),
            func.count(columns.group_key.distinct()),
            func.count().filter(columns.kind == WHOLE),
            func.count().filter(columns.colour_family == ""),
            func.count().filter(columns.pending_at.is_not(None)),
        )
        .group_by(columns.feed)
        .order_by(columns.feed)
    )
    return [
        FeedStats(row[0], int(row[1]), int(row[2]), list(row[3]), row[4], *map(int, row[5:]))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A feed by address that the workers import: ``address`` is encrypted."""

    feed: str
    address: bytes
    shown_address: str
    every: timedelta
    options: Mapping[str, Any]
    etag: str
    next_at: datetime
    last_success_at: datetime | None
    last_error: str

    @property
    def interval(self) -> str:
        """The time between two runs as ``--every`` takes it: ``30m``, ``6h``, ``1d``."""
        minutes = int(self.every.total_seconds()) // 60
        size, unit = next((n, u) for n, u in ((1440, "d"), (60, "h"), (1, "m")) if minutes % n == 0)
        return f"{minutes // size}{unit}"


async def save_schedule(
    session: AsyncSession,
    feed: str,
    address: bytes,
    shown_address: str,
    *,
    every: timedelta,
    options: Mapping[str, Any],
    now: datetime,
) -> None:
    """Adds or replaces the schedule of ``feed``; its first run is due at once."""
    values = {
        "address": address,
        "shown_address": shown_address,
        "every_seconds": int(every.total_seconds()),
        "options": dict(options),
        "etag": "",
        "next_at": now,
        "last_error": "",
    }
    await session.execute(insert_or_update(schedules, {"feed": feed}, values))


async def all_schedules(session: AsyncSession) -> list[Schedule]:
    """Every schedule, by the feed's name."""
    rows = await session.execute(select(schedules).order_by(schedules.c.feed))
    return [_schedule(row) for row in rows.mappings()]


async def due_schedules(session: AsyncSession, now: datetime) -> list[Schedule]:
    """The schedules whose next run is due, the longest overdue first."""
    found = select(schedules).where(schedules.c.next_at <= now).order_by(schedules.c.next_at)
    return [_schedule(row) for row in (await session.execute(found)).mappings()]


async def replace_address(session: AsyncSession, schedule: Schedule, address: bytes) -> None:
    """Stores the same address under another key, unless it was changed since it was read."""
    same = (schedules.c.feed == schedule.feed) & (schedules.c.address == schedule.address)
    await session.execute(update(schedules).where(same).values(address=address))


def _schedule(row: Mapping[Any, Any]) -> Schedule:
    columns = dict(row)
    every = timedelta(seconds=columns.pop("every_seconds"))
    return Schedule(every=every, **columns)


async def settle_schedule(
    session: AsyncSession, feed: str, *, etag: str, error: str, now: datetime, next_at: datetime
) -> None:
    """Notes how a run ended and when the next one is due; forgets runs of long ago."""
    values: dict[str, Any] = {"etag": etag, "last_error": error[:500], "next_at": next_at}
    if not error:
        values["last_success_at"] = now
    await session.execute(update(schedules).where(schedules.c.feed == feed).values(**values))
    old = and_(imports.c.feed == feed, imports.c.started_at < now - KEPT_RUNS)
    await session.execute(delete(imports).where(old))


async def remove_schedule(session: AsyncSession, feed: str) -> bool:
    """Removes the schedule of ``feed``, not its products; whether there was one."""
    removed = delete(schedules).where(schedules.c.feed == feed).returning(schedules.c.feed)
    return (await session.execute(removed)).first() is not None


async def forget_runs(session: AsyncSession, feed: str) -> bool:
    """Removes the runs of ``feed`` but one that is at work; whether there were any."""
    idle = case((_HELD, False), else_=True)
    removed = delete(imports).where(imports.c.feed == feed, idle).returning(imports.c.number)
    return (await session.execute(removed)).first() is not None


OVERDUE = 2
"""A schedule counts as overdue after so many times its interval without a success."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Something about the imports of one feed that an operator should know.

    ``kind`` is ``interrupted``, ``failed``, ``sync_failed`` or ``sync_overdue``; ``detail`` is why,
    or since when.
    """

    kind: str
    feed: str
    detail: str = ""

    def __str__(self) -> str:
        return _PROBLEMS[self.kind].format(self)


_PROBLEMS = {
    "interrupted": "the import of {0.feed} was interrupted: start it again",
    "failed": "the last import of {0.feed} failed: {0.detail}",
    "sync_failed": "the scheduled feed {0.feed} failed: {0.detail}",
    "sync_overdue": "the scheduled feed {0.feed} is overdue since {0.detail}",
}


async def problems(session: AsyncSession, now: datetime) -> list[ImportProblem]:
    """Interrupted, failed and overdue imports: of each feed's newest run, and of the schedules."""
    found: dict[str, ImportProblem] = {}
    seen: set[str] = set()
    for run in await last_imports(session):
        feed, state = run["feed"], run["state"]
        if feed in seen:
            continue
        seen.add(feed)
        if state == "interrupted":
            found[feed] = ImportProblem(state, feed)
        elif state == "failed":
            found[feed] = ImportProblem("failed", feed, run["error"])
    for schedule in await all_schedules(session):
        since = schedule.last_success_at or schedule.next_at
        if schedule.last_error:
            found[schedule.feed] = ImportProblem("sync_failed", schedule.feed, schedule.last_error)
        elif schedule.feed not in found and now - since > schedule.every * OVERDUE:
            detail = f"{since:%Y-%m-%d %H:%M} UTC"
            found[schedule.feed] = ImportProblem("sync_overdue", schedule.feed, detail)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How the imports of one feed go: ``age_seconds`` is since its last success, None without."""

    feed: str
    age_seconds: float | None
    refused: int
    failed: bool


async def feed_health(session: AsyncSession, now: datetime) -> list[FeedHealth]:
    """The state of every feed that was imported, by name."""
    good = and_(imports.c.state == "done", imports.c.error == "")
    successes = await session.execute(
        select(imports.c.feed, func.max(imports.c.finished_at)).where(good).group_by(imports.c.feed)
    )
    last = {feed: finished for feed, finished in successes if finished is not None}
    newest: dict[str, dict[str, Any]] = {}
    for run in await last_imports(session, HEALTH_RUNS):
        newest.setdefault(run["feed"], run)
    return [
        FeedHealth(
            feed,
            (now - last[feed]).total_seconds() if feed in last else None,
            run["refused"],
            run["state"] in ("failed", "interrupted"),
        )
        for feed, run in sorted(newest.items())
    ]


HEALTH_RUNS = 200
"""The newest runs that are looked at."""
