"""What the operator's page points at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from searchapp.db.repositories.admin import Finished
from searchapp.db.repositories.imports import FeedStats
from searchapp.db.repositories.queue import QueueState
from searchapp.notify.admin import DaySpending
from searchapp.web.admin.attention import attention
from searchapp.web.admin.overview import Overview
from searchapp.web.admin.words import WORDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "at": NOW,
    "statuses": {},
    "queue": QueueState(1, 0, 0, 0, 0.0),
    "minutes": [Finished(0, 9, 1)],
    "hours": [],
    "durations": [],
    "failures": [],
    "sms_stopped": False,
    "sms_states": {"unknown": 5},
    "spending": [DaySpending(date(2026, 3, 1), 3, 3, 0), DaySpending(date(2026, 2, 28), 1, 1, 1)],
    "troubles": [],
    "feeds": [FeedStats("demo", 304, 300, ["a"], NOW)],
    "imports": [],
    "feedback": [],
}


def test_attention__nothing_wrong() -> None:
    assert list(attention(Overview(**QUIET))) == []


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"queue": QueueState(0, 3, 0, 0, 99.0)}, "no_workers"),
        ({"queue": QueueState(2, 3, 2, 0, 31.0)}, "slow_queue"),
        ({"minutes": [Finished(1, 4, 0), Finished(0, 4, 1)]}, "failing"),
        ({"sms_stopped": True}, "sms_stopped"),
        ({"sms_states": {"unknown": 6}}, "sms_unclear"),
        ({"spending": [DaySpending(date(2026, 3, 1), 0, 0, 1)]}, "sms_failed"),
        ({"feeds": []}, "no_products"),
    ],
)
def test_attention__one_thing(changed: dict[str, Any], slug: str) -> None:
    assert list(attention(Overview(**QUIET | changed))) == [slug]
    assert f"attention.{slug}" in WORDS


def test_attention__every_word_has_its_sign() -> None:
    ill = {
        "queue": QueueState(0, 3, 0, 0, 99.0),
        "minutes": [Finished(0, 0, 1)],
        "sms_stopped": True,
        "sms_states": {"unknown": 6},
        "spending": [DaySpending(date(2026, 3, 1), 0, 0, 1)],
        "feeds": [],
    }
    told = {f"attention.{slug}" for slug in attention(Overview(**QUIET | ill))}
    assert told | {"attention.slow_queue"} == {key for key in WORDS if key.startswith("attention.")}
