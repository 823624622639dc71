"""The phone number of a search: whether it may get a message, and how it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import notify_requests, searches
from searchapp.db.tables.searches import SearchJobRow
from searchapp.db.transact import transact
from searchapp.domain.ids import new_id
from searchapp.domain.phone import Phone
from searchapp.domain.search import SearchJob, Status
from searchapp.errors import BadPhone, Conflict, ConsentRequired, MissingKey, NotAllowedNow
from searchapp.jobs.access import known_job, locked_job
from searchapp.jobs.services import Services
from searchapp.notify import outbox, policy
from searchapp.notify.stored_numbers import sealed
from searchapp.settings import Settings

CONSENT_VERSION = "1"
"""Counts up with each change of the consent text."""


def check_consent(phone: Phone | None, consented: bool) -> None:
    """:raises ConsentRequired: for a number without consent."""
    if phone is not None and not consented:
        raise ConsentRequired


def consent_text(settings: Settings, lang: str) -> str:
    """Return which text a person agreed to, in what language, and the provider that it names."""
    named = "-solapi" if settings.provider == "solapi" else ""
    return f"{CONSENT_VERSION}-{lang}{named}"


def stored_phone(services: Services, row: SearchJobRow) -> Phone | None:
    """The number that a job carries; None when it has none, or not any more."""
    if row.phone_cipher is None:
        return None
    return Phone(services.secrets.decrypt(row.phone_cipher))


def readable_phone(services: Services, row: SearchJobRow) -> Phone | None:
    """As :func:`stored_phone`; None also for one under a key that this process does not have."""
    try:
        return stored_phone(services, row)
    except MissingKey:
        return None


async def admitted(
    session: AsyncSession, services: Services, phone: Phone, ip: str, local: bool, now: datetime
) -> policy.Admission:
    """Whether a message to ``phone`` may be expected; if so it is counted in the caps."""
    ip_hash = services.secrets.hash("ip", ip)
    return await policy.admit(
        session,
        services.settings,
        services.secrets,
        phone,
        ip_hash=ip_hash,
        local=local,
        now=now,
    )


async def contact_columns(
    session: AsyncSession,
    services: Services,
    phone: Phone | None,
    lang: str,
    ip: str,
    local: bool,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a job about its number, which has been agreed to.

    A number that gets no message is not kept at all, only the reason.
    """
    if phone is None:
        return {}
    admission = await admitted(session, services, phone, ip, local, now)
    if not admission.expected:
        return {"sms_expected": False, "sms_reason": admission.reason}
    secrets = services.secrets
    return {
        "sms_expected": True,
        "sms_reason": None,
        **sealed(secrets, phone),
        "phone_masked": phone.masked,
        "consent_at": now,
        "consent_text": consent_text(services.settings, lang),
        "ip_hash": secrets.hash("ip", ip),
    }


async def changed_contact(
    session: AsyncSession,
    services: Services,
    row: SearchJobRow,
    phone: Phone | None,
    lang: str,
    ip: str,
    local: bool,
    now: datetime,
) -> dict[str, Any]:
    """The columns for a number that comes with a choice, in the place of the one before.

    The number that is stored already is not counted again; another one gives its place in the
    caps back first.  The caller holds the job's row.
    """
    known = readable_phone(services, row)
    if phone is None and row.sms_expected and known is None:
        return {**_NO_PHONE, "sms_expected": False, "sms_reason": UNREADABLE}
    if phone is None or (row.sms_expected and phone == known):
        return {}
    await policy.give_back(session, services.secrets, row, now)
    contact = await contact_columns(session, services, phone, lang, ip, local, now)
    return {**_NO_PHONE, **contact}


_NO_PHONE: dict[str, Any] = dict.fromkeys(
    ("phone_cipher", "phone_hash", "phone_key", "phone_masked", "consent_at", "consent_text")
)

_KEYS, _REQUESTS = "notify-key", "notify-request"
"""What the keyed hashes of idempotency keys and of requests are for."""

REFUSED = "number_refused"
"""The reason when the provider will never take this message to this number."""

UNREADABLE = "number_unreadable"
"""The reason when the stored number is under a secret key that is lost."""


async def notify(
    services: Services,
    job_id: str,
    phone: Phone | None,
    consented: bool,
    ip: str,
    local: bool,
    idempotency_key: str | None,
) -> SearchJob:
    """Sets or changes the number until the automatic message is claimed; later, sends again.

    The answer tells of what was asked: ``sms_expected`` is False, with ``sms_reason``, when a cap
    or a setting was in the way of this request, whatever became of an earlier one.  The same key
    with the same request counts once and is answered alike.

    :raises errors.BadPhone: no number is given and none is stored.
    :raises errors.NotAllowedNow: the job was cancelled.
    :raises errors.Conflict: the key was used with another request for this job.
    """
    check_consent(phone, consented)

    async def work(session: AsyncSession) -> SearchJob:
        row = await locked_job(session, services, job_id)
        if row.status == Status.CANCELLED.value:
            raise NotAllowedNow(row.status)
        reason = await _once(session, services, row, phone, ip, local, idempotency_key)
        job = await known_job(session, services, job_id)
        return job if reason is None else replace(job, sms_expected=False, sms_reason=reason)

    return await transact(services.engine, work)


async def _once(
    session: AsyncSession,
    services: Services,
    row: SearchJobRow,
    phone: Phone | None,
    ip: str,
    local: bool,
    key: str | None,
) -> str | None:
    """Does what is asked, or repeats what was answered to it; why no message is expected."""
    if key is None:
        return await _ask(session, services, row, phone, ip, local, new_id())
    digest = json.dumps(phone.e164 if phone else None)
    known = await notify_requests.find(session, row.job_id, services.secrets.hashes(_KEYS, key))
    if known is not None:
        if known.digest not in services.secrets.hashes(_REQUESTS, digest):
            raise Conflict
        return known.reason
    reason = await _ask(session, services, row, phone, ip, local, key)
    await notify_requests.keep(
        session,
        row.job_id,
        services.secrets.hash(_KEYS, key),
        services.secrets.hash(_REQUESTS, digest),
        reason,
    )
    return reason


async def _ask(
    session: AsyncSession,
    services: Services,
    row: SearchJobRow,
    phone: Phone | None,
    ip: str,
    local: bool,
    request: str,
) -> str | None:
    """Changes the number or sends again; why not, if a cap or a setting is in the way."""
    stored = readable_phone(services, row)
    number = phone or stored
    if number is None and row.phone_cipher is not None:
        await searches.change(session, row.job_id, sms_expected=False, sms_reason=UNREADABLE)
        return UNREADABLE
    if number is None:
        raise BadPhone("no number is stored")
    same = number == stored and row.sms_expected
    if same and await outbox.is_coming(session, services.secrets, row, number):
        return None
    now = services.clock()
    reason = await _refusal(session, services, row, number, ip, local)
    if reason is not None:
        await searches.change(session, row.job_id, sms_reason=reason)
        return reason
    if not same and await outbox.change_number(session, services.secrets, row, number, now):
        await searches.change(
            session,
            row.job_id,
            consent_text=consent_text(services.settings, row.lang),
            ip_hash=services.secrets.hash("ip", ip),
        )
        if row.finished_at is not None:
            fresh = await locked_job(session, services, row.job_id)
            await outbox.write_outcome(session, fresh, now)
        return None
    name = f"{row.job_id}:{request}"
    await outbox.write_resend(session, services.secrets, row, number, name, now)
    agreed = (
        {"consent_at": now, "consent_text": consent_text(services.settings, row.lang)}
        if phone
        else {}
    )
    await searches.change(session, row.job_id, sms_reason=None, **agreed)
    return None


async def _refusal(
    session: AsyncSession,
    services: Services,
    row: SearchJobRow,
    number: Phone,
    ip: str,
    local: bool,
) -> str | None:
    """Why no message to ``number`` may be expected; if one may, it is counted in the caps."""
    if await outbox.is_refused(session, services.secrets, row.job_id, number):
        return REFUSED
    now = services.clock()
    return (await admitted(session, services, number, ip, local, now)).reason
