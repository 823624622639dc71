"""The state machine of a message."""

from __future__ import annotations

import pytest

from searchapp.domain.message import OPEN, TRANSITIONS, MessageEvent, MessageState, shown
from searchapp.domain.search import SmsState
from searchapp.notify.callbacks import NEVER_AGAIN, STATUSES, permanent
from searchapp.notify.sender_loop import backoff

FINAL = (MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.FAILED)


@pytest.mark.parametrize("state", FINAL)
def test_transitions__final_states_never_change(state: MessageState) -> None:
    assert not [event for (source, event) in TRANSITIONS if source is state]


def test_transitions__only_unanswered_messages_go_again() -> None:
    back = {s for (s, _), target in TRANSITIONS.items() if target is MessageState.PENDING}
    assert back == {MessageState.SENDING, MessageState.UNKNOWN}


def test_transitions__only_pending_is_claimed() -> None:
    assert [s for (s, e) in TRANSITIONS if e is MessageEvent.CLAIM] == [MessageState.PENDING]


def test_transitions__every_open_state_has_a_way_out() -> None:
    for state in OPEN:
        assert TRANSITIONS[state, MessageEvent.FAIL] is MessageState.FAILED


@pytest.mark.parametrize("state", MessageState)
def test_shown__every_state_has_a_word(state: MessageState) -> None:
    assert isinstance(shown(state), SmsState)


def test_shown__undelivered_is_failed_to_people() -> None:
    assert shown(MessageState.UNDELIVERED) is SmsState.FAILED


def test_statuses__provider_never_says_pending() -> None:
    assert not set(STATUSES.values()) & set(OPEN)


@pytest.mark.parametrize("code", [21408, 21610, 21614, 30004, 30005, 30006, 30007])
def test_codes__never_again(code: int) -> None:
    assert code in NEVER_AGAIN
    assert permanent(str(code))


@pytest.mark.parametrize("code", [None, "21606", "20003", "lost", ""])
def test_codes__an_operator_may_mend(code: str | None) -> None:
    assert not permanent(code)


def test_backoff__doubles_up_to_a_minute() -> None:
    assert [backoff(n).seconds for n in (1, 2, 3, 7, 50)] == [1, 2, 4, 60, 60]
