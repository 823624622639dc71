"""What workers write.  Every write names the claim it is made under, and only the newest claim of
a job can write: the fence against a worker that was thought dead and wakes up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Executable, Text, Update, case, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories.searches import jobs, may
from searchapp.db.tables.searches import (
    SearchJobRow,
    filters_from_json,
    item_json,
    items_from_json,
    items_json,
    sources_from_json,
    sources_json,
)
from searchapp.domain.ids import short
from searchapp.domain.product import Filters
from searchapp.domain.search import Item, SourceState, Stage, Status
from searchapp.domain.state_machine import MAX_ATTEMPTS, STAGE_PROGRESS, Event, target
from searchapp.errors import LostClaim

DEADLINE = timedelta(minutes=15)
"""How long a job may take from its first claim; time without a database does not count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to write one job, and what it found there."""

    job_id: str
    token: UUID
    attempt: int
    stage: Stage
    lang: str
    choosing: bool
    outside_consent: bool
    filters: Filters
    items: tuple[Item, ...]
    sources: tuple[SourceState, ...]
    photo_width: int | None
    photo_height: int | None
    claimed_at: datetime

    @property
    def exhausted(self) -> bool:
        """Whether this claim is one too many."""
        return self.attempt > MAX_ATTEMPTS


async def claim(session: AsyncSession, job_id: str, token: UUID, now: datetime) -> Claim | None:
    """Takes the job, from whoever had it; None if it cannot be claimed or does not exist."""
    row = (await session.execute(_claiming(job_id, token, now))).first()
    if row is None:
        return None
    await session.execute(_FIRST_BEAT, {"job_id": job_id, "token": token})
    return Claim(
        job_id=row.job_id,
        token=token,
        attempt=row.attempt,
        stage=Stage(row.stage),
        lang=row.lang,
        choosing=row.choosing,
        outside_consent=row.outside_consent,
        filters=filters_from_json(row.filters),
        items=items_from_json(row.results),
        sources=sources_from_json(row.sources, Status(row.status)),
        photo_width=row.photo_width,
        photo_height=row.photo_height,
        claimed_at=now,
    )


def _claiming(job_id: str, token: UUID, now: datetime) -> Executable:
    began = case((jobs.c.stage == Stage.QUEUED.value, Stage.READING.value), else_=jobs.c.stage)
    return (
        update(jobs)
        .where(
            jobs.c.job_id == job_id,
            jobs.c.stage != Stage.CHOOSING.value,
            may(Event.CLAIM),
        )
        .values(
            version=jobs.c.version + 1,
            status=target(Event.CLAIM).value,
            stage=began,
            progress=func.greatest(jobs.c.progress, STAGE_PROGRESS[Stage.READING]),
            # The same token again: the answer to the first commit was lost.
            attempt=jobs.c.attempt + case((jobs.c.run_token == token, 0), else_=1),
            run_token=token,
            claimed_at=now,
            updated_at=now,
            deadline_at=func.coalesce(jobs.c.deadline_at, now + DEADLINE),
            stage_times=func.jsonb_build_object(began, 0.0),
        )
        .returning(*jobs.c)
    )


_FIRST_BEAT = text("""
INSERT INTO job_heartbeats (job_id, run_token) VALUES (:job_id, :token)
ON CONFLICT (job_id) DO UPDATE SET run_token = excluded.run_token, at = now()
""")

_BEAT = text("""
UPDATE job_heartbeats SET at = now() WHERE job_id = :job_id AND run_token = :token
RETURNING job_id
""")

_LAST_BEAT = text("DELETE FROM job_heartbeats WHERE job_id = :job_id AND run_token = :token")


async def record_heartbeat(session: AsyncSession, claim: Claim) -> None:
    """Records that the run under ``claim`` reaches the database.  It locks no row of the job, so
    that no other transaction holds it up.

    :raises LostClaim: when the claim is not the newest one.
    """
    if await session.scalar(_BEAT, {"job_id": claim.job_id, "token": claim.token}) is None:
        raise LostClaim(short(claim.job_id))


async def remove_heartbeat(session: AsyncSession, claim: Claim) -> None:
    """Removes the heartbeat of a run that ends."""
    await session.execute(_LAST_BEAT, {"job_id": claim.job_id, "token": claim.token})


async def enter(
    session: AsyncSession, claim: Claim, stage: Stage, now: datetime, **values: Any
) -> None:
    """Begins a stage, writing ``values`` with it.

    :raises LostClaim: when the claim is not the newest one.
    """
    seconds = round((now - claim.claimed_at).total_seconds(), 3)
    await _write(
        session,
        claim,
        now,
        stage=stage.value,
        progress=func.greatest(jobs.c.progress, STAGE_PROGRESS[stage]),
        stage_times=jobs.c.stage_times.op("||")(func.jsonb_build_object(stage.value, seconds)),
        **values,
    )


async def store_items(
    session: AsyncSession,
    claim: Claim,
    items: Sequence[Item],
    now: datetime,
    source: SourceState | None = None,
) -> None:
    """Stores the items and begins to match them; ``source`` is the external one that takes part.

    :raises LostClaim: when the claim is not the newest one.
    """
    values = {"sources": sources_json([source])} if source else {}
    await enter(session, claim, Stage.MATCHING, now, results=items_json(items), **values)


async def store_changed(
    session: AsyncSession,
    claim: Claim,
    changed: Mapping[int, Item],
    progress: int,
    now: datetime,
) -> None:
    """Stores items at their positions, and the progress that they make.

    :raises LostClaim: when the claim is not the newest one.
    """
    results: Any = jobs.c.results
    for position, item in changed.items():
        results = func.jsonb_set(
            results, literal([str(position)], ARRAY(Text)), literal(item_json(item), JSONB)
        )
    await _write(
        session,
        claim,
        now,
        results=results,
        progress=func.greatest(jobs.c.progress, progress),
    )


async def settle_source(
    session: AsyncSession, claim: Claim, state: SourceState, now: datetime
) -> None:
    """Stores how it went with the external source.

    :raises LostClaim: when the claim is not the newest one.
    """
    await _write(session, claim, now, sources=sources_json([state]))


async def suggest(
    session: AsyncSession,
    claim: Claim,
    items: Sequence[Item],
    *,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Leaves the job to the person, who chooses among ``items``.

    :raises LostClaim: when the claim is not the newest one.
    """
    await enter(
        session,
        claim,
        Stage.CHOOSING,
        now,
        status=target(Event.SUGGEST).value,
        results=items_json(items),
        run_token=None,
        attempt=0,
        deadline_at=None,
        expires_at=expires_at,
    )
    await remove_heartbeat(session, claim)


async def hand_back(session: AsyncSession, claim: Claim, now: datetime) -> None:
    """Gives the job to the next worker; a good stop is no attempt.

    :raises LostClaim: when the claim is not the newest one.
    """
    await _write(
        session,
        claim,
        now,
        status=target(Event.HAND_BACK).value,
        run_token=None,
        attempt=func.greatest(jobs.c.attempt - 1, 0),
    )
    await remove_heartbeat(session, claim)


async def finish(
    session: AsyncSession,
    claim: Claim,
    event: Literal[Event.COMPLETE, Event.FAIL],
    *,
    now: datetime,
    expires_at: datetime,
    error_code: str | None = None,
) -> SearchJobRow:
    """Ends the job; the row as it is then, for the message about it.

    :raises LostClaim: when the claim is not the newest one.
    """
    done = {"progress": 100, "stage": Stage.DONE.value} if event is Event.COMPLETE else {}
    await _write(
        session,
        claim,
        now,
        status=target(event).value,
        error_code=error_code,
        run_token=None,
        finished_at=now,
        expires_at=expires_at,
        **done,
    )
    await remove_heartbeat(session, claim)
    [row] = await _read_again(session, [claim.job_id])
    return row


async def _read_again(session: AsyncSession, job_ids: Sequence[str]) -> list[SearchJobRow]:
    query = select(SearchJobRow).where(jobs.c.job_id.in_(job_ids))
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def end_overdue(
    session: AsyncSession, *, now: datetime, expires_at: datetime, error_code: str
) -> list[SearchJobRow]:
    """Fails the jobs whose deadline has passed, and takes them from their workers.

    One that is locked is left for the next time: it holds up no other.
    """
    statement = _ending_overdue(now).values(error_code=error_code, expires_at=expires_at)
    ended = list(await session.scalars(statement.returning(jobs.c.job_id)))
    return await _read_again(session, ended) if ended else []


def _ending_overdue(now: datetime) -> Update:
    late = (
        select(jobs.c.job_id)
        .where(
            jobs.c.deadline_at < now,
            jobs.c.finished_at.is_(None),
            may(Event.FAIL),
        )
        .with_for_update(skip_locked=True)
    )
    return (
        update(jobs)
        .where(jobs.c.job_id.in_(late.scalar_subquery()))
        .values(
            version=jobs.c.version + 1,
            updated_at=now,
            status=target(Event.FAIL).value,
            run_token=None,
            finished_at=now,
        )
    )


async def _write(session: AsyncSession, claim: Claim, now: datetime, **values: Any) -> None:
    statement = (
        update(jobs)
        .where(
            jobs.c.job_id == claim.job_id,
            jobs.c.run_token == claim.token,
            jobs.c.status == Status.PROCESSING.value,
        )
        .values(version=jobs.c.version + 1, updated_at=now, **values)
        .returning(jobs.c.version)
    )
    if await session.scalar(statement) is None:
        raise LostClaim(short(claim.job_id))
