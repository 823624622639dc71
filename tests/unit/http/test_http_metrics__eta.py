"""How long a search still takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from searchapp.db.repositories.admin import StageTimes
from searchapp.domain.search import Item, ItemStatus, Stage, Status
from searchapp.http import http_metrics
from tests.unit.web.pages.results.test_view import ITEM, JOB

SLOW = StageTimes(
    {"reading": 0.0, "regions": 4.0, "matching": 10.0, "finishing": 40.0},
    finished=42.0,
    total=50.0,
    items=3,
)
"""Ten seconds for each of three pieces, two at the end."""


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> http_metrics._Memory:
    fresh = http_metrics._Memory()
    monkeypatch.setattr(http_metrics, "_memory", fresh)
    return fresh


def _pieces(*done: bool) -> Sequence[Item]:
    status = {True: ItemStatus.DONE, False: ItemStatus.PENDING}
    return tuple(replace(ITEM, status=status[each]) for each in done)


def test_left__a_guess_before_anything_was_learned() -> None:
    low, high = http_metrics.left(replace(JOB, progress=0))
    assert 0 < low < high
    assert http_metrics.left(replace(JOB, progress=90))[1] < high


def test_left__few_searches_teach_nothing(memory: http_metrics._Memory) -> None:
    guess = http_metrics.left(JOB)
    memory.searches = [SLOW] * (http_metrics.FEWEST - 1)
    assert http_metrics.left(JOB) == guess


@pytest.mark.parametrize(
    ("stage", "seconds"), [(Stage.READING, 42), (Stage.REGIONS, 38), (Stage.FINISHING, 2)]
)
def test_left__from_where_the_search_is(
    memory: http_metrics._Memory, stage: Stage, seconds: int
) -> None:
    memory.searches = [SLOW] * 20
    assert http_metrics.left(replace(JOB, stage=stage)) == (seconds, seconds + 1)


@pytest.mark.parametrize(("done", "seconds"), [((False, False), 22), ((True, False), 12)])
def test_left__for_the_pieces_that_are_left(
    memory: http_metrics._Memory, done: tuple[bool, ...], seconds: int
) -> None:
    memory.searches = [SLOW] * 20
    assert http_metrics.left(replace(JOB, items=_pieces(*done)))[0] == seconds


def test_left__a_range_when_searches_differ(memory: http_metrics._Memory) -> None:
    memory.searches = [replace(SLOW, finished=40.0 + n) for n in range(20)]
    low, high = http_metrics.left(replace(JOB, stage=Stage.READING))
    assert 40 <= low < 43
    assert 57 < high <= 60


def test_left__a_stage_without_times_is_estimated(memory: http_metrics._Memory) -> None:
    memory.searches = [replace(SLOW, began={})] * 20
    assert http_metrics.left(JOB) == (1, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.PENDING, "stage": Stage.QUEUED},
        {"status": Status.PENDING, "stage": Stage.CHOOSING},
        {"status": Status.COMPLETED, "stage": Stage.DONE},
    ],
)
def test_left__nothing_to_say(change: dict[str, object]) -> None:
    assert http_metrics.left(replace(JOB, **change)) == (0, 0)  # type: ignore[arg-type]
