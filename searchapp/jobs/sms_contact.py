"""The phone number of a search: whether it may get a message, and how it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.phone import Phone
from searchapp.errors import ConsentRequired
from searchapp.jobs.services import Services
from searchapp.notify import policy
from searchapp.notify.stored_numbers import sealed

CONSENT_VERSION = "1"
"""Counts up with each change of the consent text."""


def check_consent(phone: Phone | None, consented: bool) -> None:
    """:raises ConsentRequired: for a number without consent."""
    if phone is not None and not consented:
        raise ConsentRequired


def consent_text(lang: str) -> str:
    """Which text a person agreed to, and in what language."""
    return f"{CONSENT_VERSION}-{lang}"


def stored_phone(services: Services, row: SearchJobRow) -> Phone | None:
    """The number that a job carries; None when it has none, or not any more."""
    if row.phone_cipher is None:
        return None
    return Phone(services.secrets.decrypt(row.phone_cipher))


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
        "consent_text": consent_text(lang),
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
    if phone is None or (row.sms_expected and phone == stored_phone(services, row)):
        return {}
    await policy.give_back(session, services.secrets, row, now)
    contact = await contact_columns(session, services, phone, lang, ip, local, now)
    return {**_NO_PHONE, **contact}


_NO_PHONE: dict[str, Any] = dict.fromkeys(
    ("phone_cipher", "phone_hash", "phone_key", "phone_masked", "consent_at", "consent_text")
)
