"""The overview as the page draws it, and what an operator should look at first: the alerts of
docs/operators/alerts.md, as this page can tell them.

Reflex sends these to the browser, so nothing here opens a search: ``ref`` names one only to the
state of the same tab.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from searchapp.db.repositories.admin import Finished
from searchapp.db.repositories.products import Demand
from searchapp.http.http_metrics import Duration
from searchapp.i18n import TEXTS
from searchapp.web.admin.lines import (
    ActionLine,
    DayLine,
    DemandLine,
    FeedbackLine,
    FeedLine,
    ImportLine,
    JobLine,
    ProductLine,
    ScheduleLine,
    TroubleLine,
    as_line,
    failure_line,
    import_line,
    ref_of,
    schedule_line,
    trouble_line,
)
from searchapp.web.admin.overview import LISTED, Overview
from searchapp.web.admin.words import WORDS

LONG_WAIT = 30.0
"""Seconds that a search may wait for a worker."""

FAILING = 0.1
"""Part of an hour's searches that may fail."""

UNCLEAR_MESSAGES = 5


@dataclass
class Sign:
    """One thing to look at: its slug, and what it is about, such as a feed."""

    slug: str = ""
    about: str = ""


def attention(seen: Overview) -> Iterator[Sign]:
    """What is not as it should be, the most pressing first; empty while all is well."""
    failed = sum(part.failed for part in seen.minutes)
    ended = failed + sum(part.completed for part in seen.minutes)
    sms_failed = seen.spending[0].failed if seen.spending else 0
    signs = {
        "no_workers": seen.queue.workers == 0,
        "paused": seen.paused,
        "slow_queue": seen.queue.workers > 0 and seen.queue.oldest_seconds > LONG_WAIT,
        "failing": failed > FAILING * ended,
        "sms_stopped": seen.sms_stopped,
        "sms_unclear": seen.sms_states.get("unknown", 0) > UNCLEAR_MESSAGES,
        "sms_failed": sms_failed > 0,
        "no_products": not any(feed.products for feed in seen.feeds),
    }
    yield from (Sign(slug) for slug, holds in signs.items() if holds)
    for problem in seen.problems:
        about = f"{problem.feed}: {problem.detail}" if problem.detail else problem.feed
        yield Sign(f"import_{problem.kind}", about)


STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
SMS_STATES = ("pending", "sending", "unknown", "sent", "delivered", "undelivered", "failed")


@dataclass
class CountView:
    """One number with the slug of its name."""

    name: str = ""
    n: int = 0


@dataclass
class ChartView:
    """Rows of a chart, each with its name in both languages (``ko``, ``en``), and what the good
    and the bad ones add up to."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    good: int = 0
    bad: int = 0


@dataclass
class AdminView:
    """The whole page."""

    at: str = ""
    attention: list[Sign] = field(default_factory=list)
    workers: int = 0
    waiting: int = 0
    running: int = 0
    choosing: int = 0
    oldest: str = ""
    paused: bool = False
    statuses: list[CountView] = field(default_factory=list)
    minutes: ChartView = field(default_factory=ChartView)
    hours: ChartView = field(default_factory=ChartView)
    durations: list[dict[str, Any]] = field(default_factory=list)
    failures: list[JobLine] = field(default_factory=list)
    failed_by_code: list[CountView] = field(default_factory=list)
    sms_stopped: bool = False
    sms: list[CountView] = field(default_factory=list)
    spending: ChartView = field(default_factory=ChartView)
    days: list[DayLine] = field(default_factory=list)
    troubles: list[TroubleLine] = field(default_factory=list)
    products: int = 0
    feeds: list[FeedLine] = field(default_factory=list)
    imports: list[ImportLine] = field(default_factory=list)
    schedules: list[ScheduleLine] = field(default_factory=list)
    feedback: list[FeedbackLine] = field(default_factory=list)
    product_feedback: list[ProductLine] = field(default_factory=list)
    demand: list[dict[str, Any]] = field(default_factory=list)
    not_found: list[DemandLine] = field(default_factory=list)
    actions: list[ActionLine] = field(default_factory=list)


def admin_view(seen: Overview) -> AdminView:
    """The view of ``seen``."""
    queue = seen.queue
    days = [(f"{day.day:%m-%d}", day.accepted, day.failed) for day in reversed(seen.spending)]
    return AdminView(
        at=seen.at.isoformat(),
        attention=list(attention(seen)),
        workers=queue.workers,
        waiting=queue.waiting,
        running=queue.running,
        choosing=queue.choosing,
        oldest=f"{queue.oldest_seconds:.0f}",
        paused=seen.paused,
        statuses=_counts(STATUSES, seen.statuses),
        minutes=_throughput(seen.minutes),
        hours=_throughput(seen.hours),
        durations=[_duration(duration) for duration in seen.durations],
        failures=[failure_line(failure) for failure in seen.failures],
        failed_by_code=[CountView(code, n) for code, n in seen.failed_by_code.items()],
        sms_stopped=seen.sms_stopped,
        sms=_counts(SMS_STATES, seen.sms_states),
        spending=chart_view(days),
        days=[as_line(DayLine, day) for day in seen.spending if day.accepted or day.failed],
        troubles=[trouble_line(trouble) for trouble in seen.troubles],
        products=sum(feed.products for feed in seen.feeds),
        feeds=[as_line(FeedLine, feed) for feed in seen.feeds],
        imports=[import_line(run, seen.at) for run in seen.imports],
        schedules=[schedule_line(schedule) for schedule in seen.schedules],
        feedback=[as_line(FeedbackLine, line) for line in seen.feedback],
        product_feedback=[as_line(ProductLine, line) for line in seen.product_feedback],
        demand=demand_rows(seen.demand),
        not_found=not_found(seen.demand),
        actions=[as_line(ActionLine, line) for line in seen.actions],
    )


def names_of(seen: Overview) -> dict[str, str]:
    """What the refs of the view stand for."""
    jobs = (failure.job_id for failure in seen.failures)
    messages = (trouble.message_id for trouble in seen.troubles)
    return {ref_of(name): name for name in (*jobs, *messages)}


# --- charts --------------------------------------------------------------------------------------


def chart_view(slices: Iterable[tuple[str, int, int]]) -> ChartView:
    """Slices of time as name, good and bad, the oldest first."""
    rows: list[dict[str, Any]] = [
        {"ko": name, "en": name, "good": good, "bad": bad} for name, good, bad in slices
    ]
    return ChartView(rows, *(sum(row[key] for row in rows) for key in ("good", "bad")))


def demand_rows(demand: Iterable[Demand]) -> list[dict[str, Any]]:
    """How well each kind was found, those that were searched most first; percent of ``none`` and
    ``similar`` besides."""
    kinds: dict[str, Counter[str]] = {}
    for row in demand:
        counts = {name: getattr(row, name) for name in ("searched", "same", "similar", "none")}
        kinds.setdefault(row.kind, Counter()).update(counts)
    ordered = sorted(kinds.items(), key=lambda entry: (-entry[1]["searched"], entry[0]))
    return [_shares(kind, counts) for kind, counts in ordered]


def _shares(kind: str, counts: Counter[str]) -> dict[str, Any]:
    names = {lang: TEXTS[lang].get(f"label.{kind}", kind) for lang in ("ko", "en")}
    shares = {
        f"{name}_share": f"{100 * counts[name] / max(1, counts['searched']):.0f} %"
        for name in ("similar", "none")
    }
    return {"kind": kind, **names, **counts, **shares}


def not_found(demand: Iterable[Demand]) -> list[DemandLine]:
    """Kinds and colours that were asked for and never found, the most asked for first."""
    never = [row for row in demand if row.none == row.searched]
    return [as_line(DemandLine, row) for row in never[:LISTED]]


def _duration(duration: Duration) -> dict[str, Any]:
    korean, english = WORDS[f"stage.{duration.stage}"]
    seconds = {name: round(getattr(duration, name), 2) for name in ("median", "p95")}
    return {"stage": duration.stage, "ko": korean, "en": english, **seconds}


def _throughput(slices: Sequence[Finished]) -> ChartView:
    return chart_view((str(-part.ago), part.completed, part.failed) for part in slices)


def _counts(names: Iterable[str], counts: dict[str, int]) -> list[CountView]:
    return [CountView(name, counts.get(name, 0)) for name in names]
