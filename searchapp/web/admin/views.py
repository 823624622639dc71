"""The overview as the page draws it.

Reflex sends these to the browser, so nothing here opens a search: ``ref`` names one only to the
state of the same tab.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from searchapp.db.repositories.admin import Finished
from searchapp.web.admin.attention import attention
from searchapp.web.admin.drawing import ChartView, DurationView, chart_view, duration_views
from searchapp.web.admin.lines import (
    DayLine,
    FeedbackLine,
    FeedLine,
    ImportLine,
    JobLine,
    TroubleLine,
    as_line,
    failure_line,
    import_line,
    ref_of,
    trouble_line,
)
from searchapp.web.admin.overview import Overview

STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
SMS_STATES = ("pending", "sending", "unknown", "sent", "delivered", "undelivered", "failed")


@dataclass
class CountView:
    """One number with the slug of its name."""

    name: str = ""
    n: int = 0


@dataclass
class AdminView:
    """The whole page."""

    at: str = ""
    attention: list[str] = field(default_factory=list)
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
    spending: ChartView = field(default_factory=ChartView)
    days: list[DayLine] = field(default_factory=list)
    troubles: list[TroubleLine] = field(default_factory=list)
    products: int = 0
    feeds: list[FeedLine] = field(default_factory=list)
    imports: list[ImportLine] = field(default_factory=list)
    feedback: list[FeedbackLine] = field(default_factory=list)


def admin_view(seen: Overview) -> AdminView:
    """The view of ``seen``."""
    queue = seen.queue
    return AdminView(
        at=seen.at.isoformat(),
        attention=list(attention(seen)),
        workers=queue.workers,
        waiting=queue.waiting,
        running=queue.running,
        choosing=queue.choosing,
        oldest=f"{queue.oldest_seconds:.0f}",
        statuses=_counts(STATUSES, seen.statuses),
        minutes=_throughput(seen.minutes),
        hours=_throughput(seen.hours),
        durations=duration_views(seen.durations),
        failures=[failure_line(failure) for failure in seen.failures],
        sms_stopped=seen.sms_stopped,
        sms=_counts(SMS_STATES, seen.sms_states),
        spending=chart_view([(day.accepted, day.failed) for day in reversed(seen.spending)]),
        days=[as_line(DayLine, day) for day in seen.spending if day.accepted or day.failed],
        troubles=[trouble_line(trouble) for trouble in seen.troubles],
        products=sum(feed.products for feed in seen.feeds),
        feeds=[as_line(FeedLine, feed) for feed in seen.feeds],
        imports=[import_line(run) for run in seen.imports],
        feedback=[as_line(FeedbackLine, line) for line in seen.feedback],
    )


def names_of(seen: Overview) -> dict[str, str]:
    """What the refs of the view stand for."""
    jobs = (failure.job_id for failure in seen.failures)
    messages = (trouble.message_id for trouble in seen.troubles)
    return {ref_of(name): name for name in (*jobs, *messages)}


def _throughput(slices: Sequence[Finished]) -> ChartView:
    return chart_view([(part.completed, part.failed) for part in slices])


def _counts(names: Iterable[str], counts: dict[str, int]) -> list[CountView]:
    return [CountView(name, counts.get(name, 0)) for name in names]
