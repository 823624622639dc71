"""How long a search still takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from searchapp.domain.search import Stage, Status
from searchapp.web import pace
from tests.unit.web.pages.test_views import JOB, NOW


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_recent", type(pace._recent)(maxlen=50))


def _done(seconds: float) -> None:
    end = NOW + timedelta(seconds=seconds)
    pace.learn(replace(JOB, status=Status.COMPLETED, stage=Stage.DONE, updated_at=end))


def test_left__a_guess_before_anything_was_learned() -> None:
    low, high = pace.left(replace(JOB, progress=0))
    assert 0 < low < high


def test_left__learned_from_earlier_searches() -> None:
    for _ in range(20):
        _done(40)
    low, high = pace.left(replace(JOB, progress=0))
    assert 35 <= low <= high <= 45


def test_left__less_when_more_is_done() -> None:
    for _ in range(20):
        _done(40)
    assert pace.left(replace(JOB, progress=90))[1] < pace.left(replace(JOB, progress=10))[1]


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.PENDING, "stage": Stage.QUEUED},
        {"status": Status.PENDING, "stage": Stage.CHOOSING},
        {"status": Status.COMPLETED, "stage": Stage.DONE},
    ],
)
def test_left__nothing_to_say(change: dict[str, object]) -> None:
    assert pace.left(replace(JOB, **change)) == (0, 0)  # type: ignore[arg-type]
