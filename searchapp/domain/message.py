"""The state machine of one text message, as a table.  docs/sms.md draws it."""

from __future__ import annotations

from enum import StrEnum

from searchapp.domain.search import SmsState


class MessageState(StrEnum):
    """Where a message stands; the last three never change again."""

    PENDING = "pending"  # Written with what it tells of; waits for a sender.
    SENDING = "sending"  # A sender holds it, and may have called the provider.
    UNKNOWN = "unknown"  # The call's outcome is not known: it is being looked up.
    SENT = "sent"  # The provider has it.
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class MessageEvent(StrEnum):
    """What can happen to a message."""

    CLAIM = "claim"  # A sender takes it, and commits that before it calls the provider.
    HOLD = "hold"  # The provider surely did not take it now: later again.
    LOSE = "lose"  # No clear answer, or the sender's lease ran out.
    REQUEUE = "requeue"  # The provider does not list it, asked twice.
    ACCEPT = "accept"
    DELIVER = "deliver"
    UNDELIVER = "undeliver"
    FAIL = "fail"


class MessageKind(StrEnum):
    """What a message tells of."""

    RESULTS = "results"
    FAILURE = "failure"


_S, _E = MessageState, MessageEvent

_OUTCOMES = {
    _E.ACCEPT: _S.SENT,
    _E.DELIVER: _S.DELIVERED,
    _E.UNDELIVER: _S.UNDELIVERED,
    _E.FAIL: _S.FAILED,
}

TRANSITIONS: dict[tuple[MessageState, MessageEvent], MessageState] = {
    (_S.PENDING, _E.CLAIM): _S.SENDING,
    (_S.SENDING, _E.HOLD): _S.PENDING,
    (_S.SENDING, _E.LOSE): _S.UNKNOWN,
    (_S.UNKNOWN, _E.REQUEUE): _S.PENDING,
    # A provider's word counts whenever it comes: before its answer, or after it was given up on.
    **{
        (state, event): outcome
        for state in (_S.PENDING, _S.SENDING, _S.UNKNOWN)
        for event, outcome in _OUTCOMES.items()
    },
    (_S.SENT, _E.DELIVER): _S.DELIVERED,
    (_S.SENT, _E.UNDELIVER): _S.UNDELIVERED,
    (_S.SENT, _E.FAIL): _S.FAILED,
}
"""Everything that may happen; what is not here may not, so delivered never becomes sent."""

OPEN = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)
"""States in which a sender still has something to do."""

AT_PROVIDER = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED)
"""States that say that a provider took the message."""

EVENT_OF: dict[MessageState, MessageEvent] = {state: event for event, state in _OUTCOMES.items()}
"""The event that a provider's word about a message amounts to."""


def shown(state: MessageState) -> SmsState:
    """What people are told of a message in ``state``."""
    if state is MessageState.UNDELIVERED:
        return SmsState.FAILED
    return SmsState(state.value)
