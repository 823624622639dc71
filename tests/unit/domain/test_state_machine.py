"""The table of what may happen to a job."""

from __future__ import annotations

import pytest

from searchapp.domain.search import FINAL, Stage, Status
from searchapp.domain.state_machine import (
    STAGE_PROGRESS,
    TRANSITIONS,
    Event,
    allowed,
    matching_progress,
    sources,
)


@pytest.mark.parametrize("status", sorted(FINAL))
@pytest.mark.parametrize("event", list(Event))
def test_final__only_a_failed_job_comes_back(status: Status, event: Event) -> None:
    assert allowed(status, event) == (status is Status.FAILED and event is Event.RETRY)


def test_every_status__can_be_left_or_is_final() -> None:
    left = {status for status, _ in TRANSITIONS}
    assert set(Status) - left <= FINAL


def test_every_event__has_a_source() -> None:
    assert all(sources(event) for event in Event)


def test_stage_progress__never_goes_down() -> None:
    shown = [STAGE_PROGRESS[stage] for stage in Stage]
    assert shown == sorted(shown)


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 3, 30), (1, 3, 51), (3, 3, 95), (9, 3, 95), (0, 0, 30)]
)
def test_matching_progress(done: int, total: int, percent: int) -> None:
    assert matching_progress(done, total) == percent
