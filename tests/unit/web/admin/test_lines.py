"""Lines of the operator's tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from searchapp.db.repositories.imports import Schedule
from searchapp.jobs.operations import DaySpending, MessageProblem
from searchapp.web.admin.lines import (
    DayLine,
    FeedbackLine,
    as_line,
    import_line,
    schedule_line,
    trouble_line,
)

BEGAN, ENDED = datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_line__has_what_its_source_has() -> None:
    line = as_line(DayLine, DaySpending(date(2026, 3, 1), 3, 4, 1))
    assert line == DayLine("2026-03-01", 3, 4, 1)


def test_line__a_field_that_is_nowhere() -> None:
    with pytest.raises(KeyError):
        as_line(FeedbackLine, {"label": "top"})
    with pytest.raises(AttributeError):
        as_line(FeedbackLine, DaySpending(date(2026, 3, 1), 3, 4, 1))


COUNTS = {"added": 1, "changed": 2, "unchanged": 4, "removed": 5, "refused": 3}


@pytest.mark.parametrize(("ended", "seconds"), [(ENDED, 3600), (None, 120)])
def test_import_line__at_its_end_or_beginning(ended: datetime | None, seconds: int) -> None:
    run = {"feed": "a", "source": "a.csv", "state": "done", "error": "", **COUNTS}
    now = BEGAN + timedelta(minutes=2)
    line = import_line({**run, "started_at": BEGAN, "finished_at": ended}, now)
    assert (line.at, line.refused, line.seconds) == ((ended or BEGAN).isoformat(), 3, seconds)


@pytest.mark.parametrize(("minutes", "shown"), [(5, "5m"), (90, "90m"), (360, "6h"), (2880, "2d")])
def test_schedule_line__interval_as_the_command_takes_it(minutes: int, shown: str) -> None:
    every = timedelta(minutes=minutes)
    schedule = Schedule("a", b"", "https://a.test/f", every, {}, "", ENDED, None, "gone")
    line = schedule_line(schedule)
    assert (line.every, line.last_success_at, line.last_error) == (shown, "", "gone")


def test_trouble_line__names_nothing_in_full() -> None:
    trouble = MessageProblem(
        "message-1234567890", "job-1234567890", "done", "failed", None, True, BEGAN
    )
    line = trouble_line(trouble)
    assert (line.short, line.error, line.again) == ("job-12", "", True)
    assert "1234567890" not in line.ref
