"""What Twilio's words mean here: message statuses and error codes.

Sources: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values and
https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

from searchapp.domain.message import MessageState

STATUSES: dict[str, MessageState] = {
    "accepted": MessageState.SENT,
    "scheduled": MessageState.SENT,
    "queued": MessageState.SENT,
    "sending": MessageState.SENT,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.DELIVERED,
    "undelivered": MessageState.UNDELIVERED,
    "failed": MessageState.FAILED,
    "canceled": MessageState.FAILED,
}
"""Twilio's status -> ours.  Everything before ``sent`` is the provider's own business."""

NEVER_AGAIN: dict[int, str] = {
    21211: "the number is not valid",
    21214: "the number can not be reached",
    21408: "sending to this country is not permitted",
    21610: "the person asked for no more messages (STOP)",
    21612: "the number can not be reached from this sender",
    21614: "not a mobile number",
    30004: "the person or the carrier blocks messages",
    30005: "the number is unknown or out of service",
    30006: "a landline, or a carrier that takes no messages",
    30007: "filtered by the carrier",
}
"""Codes after which the same message to the same number is never tried again."""

LATER: dict[int, float] = {
    20429: 5.0,  # Too many requests.
    14107: 5.0,  # Rate limit exceeded.
    21611: 60.0,  # The sender's queue is full.
    30001: 60.0,  # The same, by another name.
}
"""Codes that say "not now", with the seconds to wait: the message was surely not taken."""


def permanent(code: str | None) -> bool:
    """Whether an error code says that trying again can not help."""
    return code is not None and code.isdigit() and int(code) in NEVER_AGAIN
