"""What the operator's page points at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from searchapp.db.repositories.admin import Finished
from searchapp.db.repositories.imports import FeedStats, ImportProblem
from searchapp.db.repositories.queue import QueueState
from searchapp.jobs.operations import DaySpending
from searchapp.web.admin.overview import Overview
from searchapp.web.admin.views import Sign, attention
from searchapp.web.admin.words import WORDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "at": NOW,
    "statuses": {},
    "queue": QueueState(1, 0, 0, 0, 0.0),
    "paused": False,
    "minutes": [Finished(0, 9, 1)],
    "hours": [],
    "durations": [],
    "failures": [],
    "failed_by_code": {},
    "sms_stopped": False,
    "sms_states": {"unknown": 5},
    "spending": [DaySpending(date(2026, 3, 1), 3, 3, 0), DaySpending(date(2026, 2, 28), 1, 1, 1)],
    "troubles": [],
    "feeds": [FeedStats("demo", 304, 300, ["a"], NOW)],
    "imports": [],
    "schedules": [],
    "problems": [],
    "feedback": [],
    "product_feedback": [],
    "demand": [],
    "actions": [],
}


def test_attention__nothing_wrong() -> None:
    assert list(attention(Overview(**QUIET))) == []


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"queue": QueueState(0, 3, 0, 0, 99.0)}, "no_workers"),
        ({"queue": QueueState(2, 3, 2, 0, 31.0)}, "slow_queue"),
        ({"minutes": [Finished(1, 4, 0), Finished(0, 4, 1)]}, "failing"),
        ({"paused": True}, "paused"),
        ({"sms_stopped": True}, "sms_stopped"),
        ({"sms_states": {"unknown": 6}}, "sms_unclear"),
        ({"spending": [DaySpending(date(2026, 3, 1), 0, 0, 1)]}, "sms_failed"),
        ({"feeds": []}, "no_products"),
    ],
)
def test_attention__one_thing(changed: dict[str, Any], slug: str) -> None:
    assert list(attention(Overview(**QUIET | changed))) == [Sign(slug)]


PROBLEMS = {
    "interrupted": "shop",
    "failed": "shop: cut off",
    "sync_failed": "shop: its server answers 500.",
    "sync_overdue": "shop: 2026-02-27 10:00 UTC",
}


@pytest.mark.parametrize(("kind", "about"), PROBLEMS.items())
def test_attention__imports(kind: str, about: str) -> None:
    problem = ImportProblem(kind, "shop", about.partition(": ")[2])
    seen = Overview(**QUIET | {"problems": [problem]})
    assert list(attention(seen)) == [Sign(f"import_{kind}", about)]


def test_attention__every_word_has_its_sign() -> None:
    ill = {
        "queue": QueueState(0, 3, 0, 0, 99.0),
        "paused": True,
        "minutes": [Finished(0, 0, 1)],
        "sms_stopped": True,
        "sms_states": {"unknown": 6},
        "spending": [DaySpending(date(2026, 3, 1), 0, 0, 1)],
        "feeds": [],
        "problems": [ImportProblem(kind, "shop") for kind in PROBLEMS],
    }
    reported = {f"attention.{sign.slug}" for sign in attention(Overview(**QUIET | ill))}
    assert reported | {"attention.slow_queue"} == {
        key for key in WORDS if key.startswith("attention.")
    }
