"""Status reports that providers send.

Twilio signs its reports: they are verified and applied.  Solapi does not: a report only causes the
state to be looked up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from twilio.request_validator import RequestValidator

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.ids import is_id, short
from searchapp.domain.message import EVENT_OF, MessageState
from searchapp.domain.phone import Phone
from searchapp.logs import get_logger
from searchapp.notify.outbox import record
from searchapp.notify.policy import hashes_of
from searchapp.settings import Settings

STATUS_PATH = "/api/twilio/status"

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
"""Twilio's status -> ours.  Everything from acceptance to the carrier counts as sent."""

NEVER_AGAIN: dict[int, str] = {
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21408: "sending to this country is not permitted",
    21610: "the person asked for no more messages (STOP)",
    21612: "the number cannot be reached from this sender",
    21614: "not a mobile number",
    30004: "the person or the carrier blocks messages",
    30005: "the number is unknown or out of service",
    30006: "a landline, or a carrier that takes no messages",
    30007: "filtered by the carrier",
}
"""Error codes after which the message is never sent to this number again."""

WAKE_DELAY = timedelta(seconds=2)
"""Between an unsigned report and the look-up: repeated reports cause one look-up in this time."""

MAX_REPORTS = 100
"""Messages of one report that are looked up."""

MAX_LENGTH = 100

log = get_logger(__name__)


def permanent(code: str | None) -> bool:
    """Whether an error code is one of :data:`NEVER_AGAIN`."""
    return code is not None and code.isdigit() and int(code) in NEVER_AGAIN


def verify(settings: Settings, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether Twilio signed a report to ``url``: HMAC-SHA1 of the URL and the sorted fields, with
    the account's token as key.

    :param url: exactly the URL that Twilio was given, with its scheme and query.
    """
    token = settings.twilio_auth_token
    if token is None or not signature:
        return False
    return bool(RequestValidator(token.get_secret_value()).validate(url, dict(form), signature))


@dataclass(frozen=True, slots=True)
class TwilioReport:
    """A report as Twilio posted it.

    ``form`` are the fields of the body, ``signature`` is the header ``X-Twilio-Signature``,
    ``query`` the raw query string of the request without the question mark.
    """

    form: Mapping[str, str]
    signature: str
    query: str = ""


async def apply_twilio_report(
    engine: AsyncEngine, settings: Settings, secrets: Secrets, report: TwilioReport, now: datetime
) -> bool:
    """Apply one report of Twilio; False if its signature is wrong (answer 403).

    A report that is old, repeated, or about a deleted message changes nothing.
    """
    form = report.form
    url = f"{settings.base_url}{STATUS_PATH}{'?' + report.query if report.query else ''}"
    if not verify(settings, url, form, report.signature):
        log.warning("report refused: wrong signature")
        return False
    state = STATUSES.get(form.get("MessageStatus", ""))
    provider_id = form.get("MessageSid", "")
    if state is None or not _is_storable(provider_id):
        return True
    reference = parse_qs(report.query).get("m", [""])[0]
    async with transaction(engine) as session:
        row = await _find(session, provider_id, reference)
        if row is not None and _is_about(row, secrets, form, provider_id):
            await _settle(session, settings, row, state, form, now)
    return True


async def _find(session: AsyncSession, provider_id: str, reference: str) -> MessageRow | None:
    if is_id(reference):
        return await messages.lock(session, reference)
    return await messages.lock_by_provider_id(session, provider_id)


def _is_about(row: MessageRow, secrets: Secrets, form: Mapping[str, str], provider_id: str) -> bool:
    """Whether the report is about the latest attempt of the message, and about its number."""
    if row.provider_id not in (None, provider_id) or not row.claims:
        log.warning("report ignored: about another attempt", job=short(row.job_id), state=row.state)
        return False
    to = form.get("To")
    return to is None or row.phone_hash in hashes_of(secrets, Phone(to))


async def _settle(
    session: AsyncSession,
    settings: Settings,
    row: MessageRow,
    state: MessageState,
    form: Mapping[str, str],
    now: datetime,
) -> None:
    code = form.get("ErrorCode", "")
    error = code if _is_storable(code) else None
    await record(
        session,
        settings,
        row,
        EVENT_OF[state],
        now,
        provider_id=form["MessageSid"],
        error=error,
        permanent=permanent(error),
    )


async def wake_by_solapi_report(engine: AsyncEngine, body: bytes, now: datetime) -> None:
    """Plan a look-up of the messages that an unsigned report of Solapi names.

    The report itself is not believed.  Unknown messages and malformed reports change nothing.
    """
    reports = _reports(body)
    provider_ids = [r[key] for r in reports for key in ("messageId", "groupId") if r.get(key)]
    references = [r["reference"] for r in reports if is_id(r.get("reference", ""))]
    if provider_ids or references:
        async with transaction(engine) as session:
            await messages.request_checks(
                session, provider_ids=provider_ids, references=references, at=now + WAKE_DELAY
            )


def _reports(body: bytes) -> list[dict[str, str]]:
    """Return the ids in a report: a list of events, each with its message under ``data``."""
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        return []
    events = events if isinstance(events, list) else [events]
    found = [event.get("data", event) for event in events[:MAX_REPORTS] if isinstance(event, dict)]
    return [_ids(data) for data in found if isinstance(data, dict)]


def _ids(data: Mapping[str, Any]) -> dict[str, str]:
    custom = data.get("customFields")
    reference = custom.get("reference") if isinstance(custom, dict) else None
    named = {"messageId": data.get("messageId"), "groupId": data.get("groupId")}
    return {
        key: value
        for key, value in {**named, "reference": reference}.items()
        if isinstance(value, str) and _is_storable(value)
    }


def _is_storable(text: str) -> bool:
    """Whether it can be an id or a code: no column takes NUL or half a surrogate pair."""
    return 0 < len(text) <= MAX_LENGTH and text.isprintable()
