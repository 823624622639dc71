"""Boxes, ids, states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.domain.ids import is_id, new_id, short
from searchapp.domain.search import FINAL, Box, Stage, Status
from searchapp.domain.state_machine import (
    STAGE_PROGRESS,
    TRANSITIONS,
    Event,
    allowed,
    matching_progress,
    sources,
)


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        (Box(10, 10, 20, 20), Box(10, 10, 20, 20)),
        (Box(-5, -5, 20, 20), Box(0, 0, 15, 15)),
        (Box(90, 40, 50, 50), Box(90, 40, 10, 10)),
        (Box(100, 0, 5, 5), None),
        (Box(0, 0, 0, 10), None),
    ],
)
def test_box__clipped(box: Box, wanted: Box | None) -> None:
    assert box.clipped(100, 50) == wanted


def test_ids__are_known_by_their_form_and_never_the_same() -> None:
    names = {new_id() for _ in range(1000)}

    assert len(names) == 1000
    assert all(is_id(name) for name in names)
    assert not is_id("../../etc/passwd")
    assert not is_id(f"{new_id()}\n")
    assert len(short(new_id())) == 7


def test_transitions__nothing_leaves_a_final_status_but_an_operators_retry() -> None:
    leaving = {event for (status, event) in TRANSITIONS if status in FINAL}

    assert leaving == {Event.RETRY}
    assert not allowed(Status.COMPLETED, Event.RETRY)


def test_transitions__every_event_can_happen_and_every_status_be_reached() -> None:
    assert all(sources(event) for event in Event)
    assert set(TRANSITIONS.values()) == set(Status)


def test_progress__rises_with_the_stages() -> None:
    values = [STAGE_PROGRESS[stage] for stage in Stage]

    assert values == sorted(values)
    assert (values[0], values[-1]) == (0, 100)


@given(total=st.integers(1, 50), data=st.data())
def test_matching_progress__rises_between_matching_and_finishing(
    total: int, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, total - 1))
    first, second = matching_progress(done, total), matching_progress(done + 1, total)

    assert STAGE_PROGRESS[Stage.MATCHING] <= first < second <= STAGE_PROGRESS[Stage.FINISHING]
