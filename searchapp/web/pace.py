"""How long a search still takes, learned from the ones before it."""

from __future__ import annotations

from collections import deque
from statistics import quantiles

from searchapp.domain.search import SearchJob, Stage, Status

_KEPT = 50
_recent: deque[float] = deque(maxlen=_KEPT)
_FIRST_GUESS = (2.0, 6.0)


def learn(job: SearchJob) -> None:
    """Takes the time of a finished search into account; searches that waited long teach nothing."""
    if job.status is Status.COMPLETED and job.attempt <= 1:
        seconds = (job.updated_at - job.created_at).total_seconds()
        if 0 < seconds < 120:
            _recent.append(seconds)


def left(job: SearchJob) -> tuple[int, int]:
    """The range of whole seconds that a running search still needs; (0, 0) when nobody can say.

    A search that waits for a worker, or for the person, has no range.
    """
    if job.status is not Status.PROCESSING or job.stage is Stage.CHOOSING:
        return 0, 0
    low, high = _usual()
    part = 1 - job.progress / 100
    return max(1, round(low * part)), max(2, round(high * part + 0.5))


def _usual() -> tuple[float, float]:
    if len(_recent) < 5:
        return _FIRST_GUESS
    cuts = quantiles(_recent, n=10)
    return cuts[1], cuts[8]
