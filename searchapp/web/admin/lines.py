"""Lines of the page's tables: short names in place of ids, texts in place of moments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from searchapp.db.repositories.admin import Failure, FoundJob
from searchapp.db.repositories.imports import Schedule
from searchapp.jobs.operations import JobReport, MessageProblem

SHOWN = 6
"""Letters of an id that are shown."""


@dataclass
class JobLine:
    """One search, in a list of failures or of what was found."""

    ref: str = ""
    short: str = ""
    status: str = ""
    stage: str = ""
    error_code: str = ""
    attempt: int = 0
    phone_masked: str = ""
    sms: str = ""
    at: str = ""
    until: str = ""
    items: int = 0
    may_retry: bool = False


@dataclass
class TroubleLine:
    """One message in trouble."""

    ref: str = ""
    short: str = ""
    state: str = ""
    error: str = ""
    at: str = ""
    again: bool = False


@dataclass
class DayLine:
    """What one day's messages cost."""

    day: str = ""
    accepted: int = 0
    segments: int = 0
    failed: int = 0


@dataclass
class FeedLine:
    """One feed of the catalogue."""

    feed: str = ""
    products: int = 0
    in_stock: int = 0
    updated_at: str = ""


@dataclass
class ImportLine:
    """One run of an import; ``seconds`` is how long it took, or has taken so far."""

    feed: str = ""
    source: str = ""
    state: str = ""
    at: str = ""
    seconds: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: int = 0
    error: str = ""


@dataclass
class ScheduleLine:
    """A feed by address: how often, when it went well last, when it is due, what failed."""

    feed: str = ""
    shown_address: str = ""
    every: str = ""
    last_success_at: str = ""
    next_at: str = ""
    last_error: str = ""


@dataclass
class _VoteLine:
    """What people said, and how often they opened a shop."""

    confirmed: int = 0
    rejected: int = 0
    clicked: int = 0


@dataclass
class FeedbackLine(_VoteLine):
    """What people said of the answers for one kind of garment."""

    label: str = ""


@dataclass
class ProductLine(_VoteLine):
    """What people said of one product, and how often they opened its shop."""

    product: str = ""
    title: str = ""


@dataclass
class DemandLine:
    """Garments of one kind and colour, and how well they were found."""

    kind: str = ""
    colour: str = ""
    searched: int = 0
    same: int = 0
    similar: int = 0
    none: int = 0


@dataclass
class ActionLine:
    """One thing that an operator did: the audit."""

    at: str = ""
    actor: str = ""
    action: str = ""
    target: str = ""
    outcome: str = ""


@dataclass
class EventLine:
    """One thing that happened to a search in the queue."""

    event: str = ""
    at: str = ""


@dataclass
class JobDetail:
    """One search with its attempts; ``ref`` is empty while none is shown."""

    ref: str = ""
    short: str = ""
    status: str = ""
    stage: str = ""
    progress: int = 0
    attempt: int = 0
    error_code: str = ""
    items: int = 0
    created_at: str = ""
    claimed_at: str = ""
    heartbeat: str = ""
    finished_at: str = ""
    sms: str = ""
    events: list[EventLine] = field(default_factory=list)


Line = TypeVar(
    "Line", JobLine, TroubleLine, DayLine, FeedLine, ImportLine, ScheduleLine, FeedbackLine,
    ProductLine, DemandLine, ActionLine, EventLine, JobDetail,
)  # fmt: skip


def as_line(kind: type[Line], source: object, **more: Any) -> Line:
    """A line with the fields that ``source`` (a dataclass or a row) has by the same names, and
    with ``more``, which the source has not, or not so.

    :raises KeyError, AttributeError: a field is in neither of them.
    """
    names = [field.name for field in fields(kind) if field.name not in more]
    if isinstance(source, Mapping):
        found = {name: source[name] for name in names}
    else:
        found = {name: getattr(source, name) for name in names}
    return kind(**{name: _shown(value) for name, value in {**found, **more}.items()})


def ref_of(name: str) -> str:
    """The name of an id on the page: it does not lead to the search."""
    return hashlib.sha256(f"ref:{name}".encode()).hexdigest()[:16]


def found_line(job: FoundJob) -> JobLine:
    """One search that was asked for."""
    return as_line(
        JobLine,
        job,
        **_named(job.job_id),
        at=job.created_at,
        until=job.expires_at,
        may_retry=job.status == "failed",
    )


def failure_line(failure: Failure) -> JobLine:
    """One search that failed."""
    known = {"status": "failed", "until": "", "items": 0, "may_retry": True}
    return as_line(
        JobLine, failure, **_named(failure.job_id), phone_masked=failure.masked_phone, **known
    )


def trouble_line(trouble: MessageProblem) -> TroubleLine:
    """One message in trouble; its ref is the message's, its short name the search's."""
    names = {"ref": ref_of(trouble.message_id), "short": trouble.job_id[:SHOWN]}
    return as_line(TroubleLine, trouble, **names)


def import_line(run: Mapping[str, Any], now: datetime) -> ImportLine:
    """One run of an import, at the moment of its end or else of its beginning."""
    began, ended = run["started_at"], run["finished_at"]
    seconds = round(((ended or now) - began).total_seconds())
    return as_line(ImportLine, run, at=ended or began, seconds=seconds)


def schedule_line(schedule: Schedule) -> ScheduleLine:
    """One feed by address."""
    return as_line(ScheduleLine, schedule, every=schedule.interval)


def job_detail(report: JobReport) -> JobDetail:
    """One search and what happened to it: in the queue, and the stages of its last attempt."""
    job = report.job
    events = [as_line(EventLine, attempt) for attempt in report.attempts]
    if job["claimed_at"]:
        events += [
            EventLine(stage, (job["claimed_at"] + timedelta(seconds=seconds)).isoformat())
            for stage, seconds in sorted(job["stage_times"].items(), key=lambda item: item[1])
        ]
    return as_line(JobDetail, job, **_named(job["job_id"]), events=events)


def _named(job_id: str) -> dict[str, str]:
    return {"ref": ref_of(job_id), "short": job_id[:SHOWN]}


def _shown(value: Any) -> Any:
    if isinstance(value, date):  # A moment too.
        return value.isoformat()
    return "" if value is None else value
