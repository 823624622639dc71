"""The overview as the page draws it: short names in place of ids, bars in place of numbers.

Reflex sends these to the browser, so nothing here opens a search: ``ref`` names one only to the
state of the same tab.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from searchapp.notify.operating import DaySpending, Trouble
from searchapp.storage.imports import FeedStats
from searchapp.storage.overview import Failure, FeedbackSum, Finished, FoundJob
from searchapp.web.admin.durations import Duration
from searchapp.web.admin.overview import Overview

SHOWN = 6
"""Letters of an id that are shown."""

STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
SMS_STATES = ("pending", "sending", "unknown", "sent", "delivered", "undelivered", "failed")


@dataclass
class CountView:
    """One number with the slug of its name."""

    name: str = ""
    n: int = 0


@dataclass
class BarView:
    """One bar of a chart in percent of its height: the good part stands on the bad one."""

    x: float = 0
    good_y: float = 0
    good: float = 0
    bad: float = 0
    bad_y: float = 0


@dataclass
class ChartView:
    """A bar chart and what it adds up to."""

    bars: list[BarView] = field(default_factory=list)
    good: int = 0
    bad: int = 0
    most: int = 0


@dataclass
class DurationView:
    """One stage: seconds as text, and their parts of the slowest in percent."""

    stage: str = ""
    median: str = ""
    p95: str = ""
    median_part: float = 0
    p95_part: float = 0


@dataclass
class JobLine:
    """One search, in a list of failures or of what was found."""

    ref: str = ""
    short: str = ""
    status: str = ""
    stage: str = ""
    error: str = ""
    attempt: int = 0
    phone: str = ""
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
    may_again: bool = False


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
    at: str = ""


@dataclass
class ImportLine:
    """One run of an import."""

    feed: str = ""
    state: str = ""
    at: str = ""
    added: int = 0
    changed: int = 0
    refused: int = 0


@dataclass
class FeedbackLine:
    """What people said of the answers for one kind of garment."""

    label: str = ""
    confirmed: int = 0
    rejected: int = 0
    clicked: int = 0


@dataclass
class AdminView:
    """The whole page."""

    at: str = ""
    workers: int = 0
    waiting: int = 0
    running: int = 0
    choosing: int = 0
    oldest: str = ""
    statuses: list[CountView] = field(default_factory=list)
    minutes: ChartView = field(default_factory=ChartView)
    hours: ChartView = field(default_factory=ChartView)
    durations: list[DurationView] = field(default_factory=list)
    failures: list[JobLine] = field(default_factory=list)
    sms_stopped: bool = False
    sms: list[CountView] = field(default_factory=list)
    days: list[DayLine] = field(default_factory=list)
    troubles: list[TroubleLine] = field(default_factory=list)
    products: int = 0
    feeds: list[FeedLine] = field(default_factory=list)
    imports: list[ImportLine] = field(default_factory=list)
    feedback: list[FeedbackLine] = field(default_factory=list)


def ref_of(name: str) -> str:
    """The name of an id on the page: nobody gets from it to the search."""
    return hashlib.sha256(f"ref:{name}".encode()).hexdigest()[:16]


def admin_view(seen: Overview) -> AdminView:
    """The view of ``seen``."""
    queue = seen.queue
    return AdminView(
        at=_iso(seen.at),
        workers=queue.workers,
        waiting=queue.waiting,
        running=queue.running,
        choosing=queue.choosing,
        oldest=f"{queue.oldest_seconds:.0f}",
        statuses=_counts(STATUSES, seen.statuses),
        minutes=chart_view(seen.minutes),
        hours=chart_view(seen.hours),
        durations=duration_views(seen.durations),
        failures=[_failure(failure) for failure in seen.failures],
        sms_stopped=seen.sms_stopped,
        sms=_counts(SMS_STATES, seen.sms_states),
        days=[_day(day) for day in seen.spending if day.accepted or day.failed],
        troubles=[_trouble(trouble) for trouble in seen.troubles],
        products=sum(feed.products for feed in seen.feeds),
        feeds=[_feed(feed) for feed in seen.feeds],
        imports=[_import(run) for run in seen.imports],
        feedback=[_feedback(line) for line in seen.feedback],
    )


def names_of(seen: Overview) -> dict[str, str]:
    """What the refs of the view stand for."""
    jobs = (failure.job_id for failure in seen.failures)
    messages = (trouble.message_id for trouble in seen.troubles)
    return {ref_of(name): name for name in (*jobs, *messages)}


def chart_view(slices: Sequence[Finished]) -> ChartView:
    """Bars as high as the highest slice, which is 1 at least."""
    most = max([1, *(part.completed + part.failed for part in slices)])
    width = 100 / max(1, len(slices))
    bars = []
    for place, part in enumerate(slices):
        good, bad = 100 * part.completed / most, 100 * part.failed / most
        bars.append(
            BarView(
                x=round(place * width, 3),
                good=round(good, 2),
                good_y=round(100 - good - bad, 2),
                bad=round(bad, 2),
                bad_y=round(100 - bad, 2),
            )
        )
    completed = sum(part.completed for part in slices)
    return ChartView(bars, completed, sum(part.failed for part in slices), most)


def duration_views(durations: Iterable[Duration]) -> list[DurationView]:
    """Durations beside the slowest of them."""
    listed = list(durations)
    slowest = max([0.001, *(duration.p95 for duration in listed)])
    return [
        DurationView(
            stage=duration.stage,
            median=f"{duration.median:.2f}",
            p95=f"{duration.p95:.2f}",
            median_part=round(100 * duration.median / slowest, 1),
            p95_part=round(100 * duration.p95 / slowest, 1),
        )
        for duration in listed
    ]


def found_line(job: FoundJob) -> JobLine:
    """One search that was asked for."""
    return JobLine(
        ref=ref_of(job.job_id),
        short=job.job_id[:SHOWN],
        status=job.status,
        stage=job.stage,
        error=job.error_code or "",
        attempt=job.attempt,
        phone=job.phone_masked or "",
        sms=job.sms or "",
        at=_iso(job.created_at),
        until=_iso(job.expires_at),
        items=job.items,
        may_retry=job.status == "failed",
    )


def _failure(failure: Failure) -> JobLine:
    return JobLine(
        ref=ref_of(failure.job_id),
        short=failure.job_id[:SHOWN],
        status="failed",
        stage=failure.stage,
        error=failure.error_code,
        attempt=failure.attempt,
        phone=failure.masked_phone,
        sms=failure.sms,
        at=_iso(failure.at),
        may_retry=True,
    )


def _trouble(trouble: Trouble) -> TroubleLine:
    return TroubleLine(
        ref=ref_of(trouble.message_id),
        short=trouble.job_id[:SHOWN],
        state=trouble.state,
        error=trouble.error or "",
        at=_iso(trouble.at),
        may_again=trouble.again,
    )


def _day(day: DaySpending) -> DayLine:
    return DayLine(day.day.isoformat(), day.accepted, day.segments, day.failed)


def _feed(feed: FeedStats) -> FeedLine:
    return FeedLine(feed.feed, feed.products, feed.in_stock, _iso(feed.updated_at))


def _import(run: dict[str, Any]) -> ImportLine:
    at = run["finished_at"] or run["started_at"]
    counts = (run["added"], run["changed"], run["refused"])
    return ImportLine(run["feed"], run["state"], _iso(at), *counts)


def _feedback(line: FeedbackSum) -> FeedbackLine:
    return FeedbackLine(line.label, line.confirmed, line.rejected, line.clicked)


def _counts(names: Iterable[str], counts: dict[str, int]) -> list[CountView]:
    return [CountView(name, counts.get(name, 0)) for name in names]


def _iso(moment: datetime) -> str:
    return moment.isoformat()
