"""Everything that the operator's page shows, read in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import admin, imports, operations, products
from searchapp.db.repositories.admin import Failure, FeedbackSum, Finished, FoundJob
from searchapp.db.repositories.imports import FeedStats, ImportProblem, Schedule
from searchapp.db.repositories.products import Demand
from searchapp.db.repositories.queue import QueueState, is_paused, queue_state
from searchapp.domain.ids import is_id
from searchapp.domain.phone import parse_phone
from searchapp.errors import BadPhone
from searchapp.http.http_metrics import Duration, stage_durations
from searchapp.jobs.operations import (
    DaySpending,
    MessageProblem,
    message_problems,
    spending,
)
from searchapp.jobs.services import Services, in_transaction
from searchapp.notify.policy import day_of, sms_stopped

MINUTES, HOURS = 60, 24
"""Slices of the two charts of throughput."""

DAYS = 14
"""Days of SMS spending."""

DEMAND_DAYS = 30
"""Days of which is counted what people look for."""

TIMED_SEARCHES = 1000
LISTED = 30


@dataclass(frozen=True, slots=True)
class FailedPage:
    """Which failed searches are listed: those of one error, or all, after the first ``offset``."""

    code: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the system at one moment."""

    at: datetime
    statuses: dict[str, int]
    queue: QueueState
    paused: bool
    minutes: Sequence[Finished]
    hours: Sequence[Finished]
    durations: Sequence[Duration]
    failures: Sequence[Failure]
    failed_by_code: dict[str, int]
    sms_stopped: bool
    sms_states: dict[str, int]
    spending: Sequence[DaySpending]
    troubles: Sequence[MessageProblem]
    feeds: Sequence[FeedStats]
    imports: Sequence[dict[str, Any]]
    schedules: Sequence[Schedule]
    problems: Sequence[ImportProblem]
    feedback: Sequence[FeedbackSum]
    product_feedback: Sequence[dict[str, Any]]
    demand: Sequence[Demand]
    actions: Sequence[dict[str, Any]]


@in_transaction
async def read_overview(
    session: AsyncSession, services: Services, failed: FailedPage = FailedPage()
) -> Overview:
    """The overview as of now.

    :param failed: which failed searches are listed.
    :raises errors.NotStored: the database is unavailable.
    """
    now = services.clock()
    timed = await admin.stage_times(session, now - timedelta(days=1), TIMED_SEARCHES)
    return Overview(
        at=now,
        statuses=await admin.statuses(session),
        queue=await queue_state(session),
        paused=await is_paused(session),
        minutes=await admin.finished(session, now, 60, MINUTES),
        hours=await admin.finished(session, now, 3600, HOURS),
        durations=stage_durations(timed),
        failures=await admin.failures(
            session, LISTED, code=failed.code or None, skip=failed.offset
        ),
        failed_by_code=await operations.failures_by_code(session),
        sms_stopped=await sms_stopped(session, services.settings),
        sms_states=await admin.sms_states(session),
        spending=await spending(session, DAYS, now),
        troubles=await message_problems(session, LISTED),
        feeds=await imports.feed_stats(session),
        imports=await imports.last_imports(session, LISTED),
        schedules=await imports.all_schedules(session),
        problems=await imports.problems(session, now),
        feedback=await admin.feedback(session, LISTED),
        product_feedback=await admin.product_feedback(session, LISTED),
        demand=await products.demand(session, day_of(now - timedelta(days=DEMAND_DAYS))),
        actions=await operations.last_actions(session, LISTED),
    )


async def find(services: Services, asked: str) -> Sequence[FoundJob]:
    """The searches of an id (or of a link that ends in one), or of a phone number.

    A number is looked up by its keyed hash: it is neither stored nor logged on the way.

    :raises errors.BadPhone: it is neither an id nor a number.
    :raises errors.NotStored: the database is unavailable.
    """
    name = asked.strip().rstrip("/").rsplit("/", 1)[-1]
    if is_id(name):
        return await services.transact(lambda s: admin.job_by_id(s, name))
    if not any(letter.isdigit() for letter in asked):
        raise BadPhone
    phone = parse_phone(asked.strip(), 82)
    hashes = services.secrets.hashes("phone", phone.e164)
    return await services.transact(lambda s: admin.jobs_by_phone(s, hashes, LISTED))
