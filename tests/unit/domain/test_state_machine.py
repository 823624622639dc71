"""The table of what may happen to a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.domain.search import FINAL, Stage, Status
from searchapp.domain.state_machine import (
    STAGE_PROGRESS,
    TRANSITIONS,
    Event,
    matching_progress,
    sources,
    target,
)


def test_final__only_a_failed_job_comes_back() -> None:
    leaving = {(status, event) for status, event in TRANSITIONS if status in FINAL}
    assert leaving == {(Status.FAILED, Event.RETRY)}


def test_every_status__can_be_left_or_is_final() -> None:
    left = {status for status, _ in TRANSITIONS}
    assert set(Status) - left <= FINAL


@pytest.mark.parametrize("event", list(Event))
def test_every_event__has_a_source_and_one_target(event: Event) -> None:
    assert sources(event)
    assert {to for (_, e), to in TRANSITIONS.items() if e is event} == {target(event)}


def test_every_status__can_be_reached() -> None:
    assert set(TRANSITIONS.values()) == set(Status)


def test_progress__rises_with_the_stages() -> None:
    values = [STAGE_PROGRESS[stage] for stage in Stage]

    assert values == sorted(values)
    assert (values[0], values[-1]) == (0, 100)


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 3, 30), (1, 3, 51), (3, 3, 95), (9, 3, 95), (0, 0, 30)]
)
def test_matching_progress(done: int, total: int, percent: int) -> None:
    assert matching_progress(done, total) == percent


@given(total=st.integers(1, 50), data=st.data())
def test_matching_progress__rises_between_matching_and_finishing(
    total: int, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, total - 1))
    first, second = matching_progress(done, total), matching_progress(done + 1, total)

    assert STAGE_PROGRESS[Stage.MATCHING] <= first < second <= STAGE_PROGRESS[Stage.FINISHING]
