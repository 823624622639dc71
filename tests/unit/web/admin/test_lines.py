"""Lines of the operator's tables."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from searchapp.notify.admin import DaySpending, Trouble
from searchapp.web.admin.lines import DayLine, FeedbackLine, as_line, import_line, trouble_line

BEGAN, ENDED = datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_line__has_what_its_source_has() -> None:
    line = as_line(DayLine, DaySpending(date(2026, 3, 1), 3, 4, 1))
    assert line == DayLine("2026-03-01", 3, 4, 1)


def test_line__a_field_that_is_nowhere() -> None:
    with pytest.raises(KeyError):
        as_line(FeedbackLine, {"label": "top"})
    with pytest.raises(AttributeError):
        as_line(FeedbackLine, DaySpending(date(2026, 3, 1), 3, 4, 1))


@pytest.mark.parametrize("ended", [ENDED, None])
def test_import_line__at_its_end_or_beginning(ended: datetime | None) -> None:
    run = {"feed": "a", "state": "done", "added": 1, "changed": 2, "refused": 3}
    line = import_line({**run, "started_at": BEGAN, "finished_at": ended})
    assert (line.at, line.refused) == ((ended or BEGAN).isoformat(), 3)


def test_trouble_line__names_nothing_in_full() -> None:
    trouble = Trouble("message-1234567890", "job-1234567890", "done", "failed", None, True, BEGAN)
    line = trouble_line(trouble)
    assert (line.short, line.error, line.again) == ("job-12", "", True)
    assert "1234567890" not in line.ref
