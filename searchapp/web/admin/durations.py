"""How long each stage of a search takes, from when the stages began."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from searchapp.db.repositories.admin import StageTimes
from searchapp.domain.search import Stage

TIMED = (Stage.READING, Stage.REGIONS, Stage.MATCHING, Stage.FINISHING)
"""The stages in which a worker is busy, in order."""

WAITING, TOTAL = "waiting", "total"
"""Before the claim that counted; and from being stored to being finished."""


@dataclass(frozen=True, slots=True)
class Duration:
    """One stage over many searches, in seconds."""

    stage: str
    median: float
    p95: float
    count: int


def stage_durations(searches: Iterable[StageTimes]) -> list[Duration]:
    """Median and 95th percentile of each stage, of the wait before, and of it all."""
    seconds: dict[str, list[float]] = {}
    for search in searches:
        for name, value in _spans(search).items():
            seconds.setdefault(name, []).append(value)
    names = [WAITING, *(stage.value for stage in TIMED), TOTAL]
    return [_duration(name, sorted(seconds[name])) for name in names if name in seconds]


def _spans(search: StageTimes) -> dict[str, float]:
    began = [(str(s.value), search.began[s.value]) for s in TIMED if s.value in search.began]
    moments = [moment for _, moment in began] + [search.finished]
    spans: dict[str, float] = {
        name: max(0.0, moments[n + 1] - start) for n, (name, start) in enumerate(began)
    }
    spans[TOTAL] = search.total
    spans[WAITING] = max(0.0, search.total - search.finished)
    return spans


def _duration(name: str, values: Sequence[float]) -> Duration:
    return Duration(name, _quantile(values, 0.5), _quantile(values, 0.95), len(values))


def _quantile(values: Sequence[float], part: float) -> float:
    """The nearest-rank quantile of sorted ``values``."""
    return values[max(0, math.ceil(part * len(values)) - 1)]
