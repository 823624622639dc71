"""The state machine of a job, as tables: which status may follow which, and by what event.

docs/state-machine.md draws the same tables.
"""

from __future__ import annotations

from enum import StrEnum

from searchapp.domain.search import FINAL, ItemStatus, Stage, Status


class Event(StrEnum):
    """What can happen to a job."""

    CLAIM = "claim"  # A worker takes it with a new run token.
    SUGGEST = "suggest"  # The regions are stored; the person chooses next.
    CHOOSE = "choose"  # The person chose: it goes back into the queue.
    HAND_BACK = "hand_back"  # Its worker stops in good order.
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"
    RETRY = "retry"  # An operator puts a failed job back.


TRANSITIONS: dict[tuple[Status, Event], Status] = {
    (Status.PENDING, Event.CLAIM): Status.PROCESSING,
    (Status.PENDING, Event.CHOOSE): Status.PENDING,
    (Status.PENDING, Event.FAIL): Status.FAILED,
    (Status.PENDING, Event.CANCEL): Status.CANCELLED,
    # A claim of a job that is already processing is how another worker takes over a dead one's.
    (Status.PROCESSING, Event.CLAIM): Status.PROCESSING,
    (Status.PROCESSING, Event.SUGGEST): Status.PENDING,
    (Status.PROCESSING, Event.HAND_BACK): Status.PENDING,
    (Status.PROCESSING, Event.COMPLETE): Status.COMPLETED,
    (Status.PROCESSING, Event.FAIL): Status.FAILED,
    (Status.PROCESSING, Event.CANCEL): Status.CANCELLED,
    (Status.FAILED, Event.RETRY): Status.PENDING,
}
"""Everything that may happen; what is not here may not."""

STAGE_PROGRESS: dict[Stage, int] = {
    Stage.QUEUED: 0,
    Stage.READING: 5,
    Stage.REGIONS: 15,
    Stage.CHOOSING: 30,
    Stage.MATCHING: 30,
    Stage.FINISHING: 95,
    Stage.DONE: 100,
}
"""Percent that is finished when a stage begins."""

MAX_ATTEMPTS = 5
"""Claims of one job before it ends as failed."""


def sources(event: Event) -> tuple[Status, ...]:
    """The statuses in which ``event`` may happen: the WHERE of its UPDATE."""
    return tuple(status for (status, e) in TRANSITIONS if e is event)


def target(event: Event) -> Status:
    """The status that ``event`` leads to, from whatever status: the SET of its UPDATE."""
    return next(status for (_, e), status in TRANSITIONS.items() if e is event)


def matching_progress(done: int, total: int) -> int:
    """Percent when ``done`` of ``total`` items are finished, between matching and finishing."""
    if total <= 0:
        return STAGE_PROGRESS[Stage.MATCHING]
    low, high = STAGE_PROGRESS[Stage.MATCHING], STAGE_PROGRESS[Stage.FINISHING]
    return low + (high - low) * min(done, total) // total


ITEM_FINAL = frozenset({ItemStatus.DONE, ItemStatus.FAILED})
assert not any(status in FINAL for (status, e) in TRANSITIONS if e is not Event.RETRY)
