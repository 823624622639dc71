"""Whether a number may get a message today (the caps against SMS pumping), and how numbers are
stored: encrypted on arrival, deleted early, moved to new keys.

A day is a calendar day in Korea: all caps reset at midnight there.
``docs/decisions/0004-sms-caps.md`` explains what is counted and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages, phones, queue, searches
from searchapp.db.secrets import Secrets
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.phone import Phone
from searchapp.errors import MissingKey
from searchapp.logs import get_logger
from searchapp.settings import Settings

KEPT_FOR = timedelta(hours=22)
"""How long a number is kept after its message's final state, until the next purge deletes it.
The page promises 24 hours: one hour is the interval of the purge, one allows for a failed run."""

COUNTERS_KEPT_DAYS = 2
"""Counters of today and yesterday are kept; older ones affect no cap."""

_BATCH = 200

_log = get_logger(__name__)


def sealed(secrets: Secrets, phone: Phone) -> dict[str, Any]:
    """Return the columns that store ``phone``, in ``search_jobs`` and in ``messages``."""
    return {
        "phone_cipher": secrets.encrypt(phone.e164),
        "phone_hash": secrets.hash(PHONE_PURPOSE, phone.e164),
        "phone_key": secrets.key_names[0],
    }


def hashes_of(secrets: Secrets, phone: Phone) -> list[bytes]:
    """Return the values of ``phone_hash`` for ``phone``, one for each key."""
    return secrets.hashes(PHONE_PURPOSE, phone.e164)


async def jobs_of(session: AsyncSession, secrets: Secrets, phone: Phone) -> list[str]:
    """Return the ids of all searches with ``phone``, or with a message to it."""
    hashes = hashes_of(secrets, phone)
    found = {*await searches.with_phone(session, hashes)}
    found.update(await messages.jobs_with_phone(session, hashes))
    return sorted(found)


async def purge_phones(session: AsyncSession, now: datetime) -> int:
    """Delete numbers KEPT_FOR after their last message's final state, or after the end of a search
    without a message, and counters of the caps after two days.

    Returns the number of searches whose number was deleted.
    """
    await phones.forget_before(session, day_of(now) - timedelta(days=COUNTERS_KEPT_DAYS - 1))
    return await phones.purge(session, now - KEPT_FOR)


async def rotate(engine: AsyncEngine, secrets: Secrets) -> int:
    """Encrypt every stored number with the newest key; return how many were changed.

    The hash of a deleted number cannot be computed again: it is found as long as its key is kept.
    Numbers under an unknown key stay as they are, until it is appended or they are deleted.
    """
    newest, *older = secrets.key_names
    moved = 0
    for table in phones.TABLES:
        while True:
            async with transaction(engine) as session:
                found = await phones.under_keys(session, table, older, _BATCH)
                for name, cipher in found.items():
                    fresh = sealed(secrets, Phone(secrets.decrypt(cipher)))
                    await phones.rewrite(session, table, name, fresh)
            moved += len(found)
            if not found:
                break
    async with transaction(engine) as session:
        unknown = await phones.under_unknown_keys(session, [newest, *older])
    if unknown:
        _log.warning("numbers under unknown keys; append the old one", rows=sum(unknown.values()))
    return moved


KOREA = timezone(timedelta(hours=9))
"""Korea has not used daylight saving time since 1988."""

SMS_SWITCH = "sms"
"""The operator's switch that stops all SMS."""

_SITE = b""

PHONE_PURPOSE = "phone"
"""What the keyed hashes of stored numbers are for."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a message can be expected; if not, ``reason`` is the code of the reason."""

    expected: bool
    reason: str | None = None


def day_of(moment: datetime) -> date:
    """Return the calendar day in Korea at ``moment``, whose caps apply."""
    return moment.astimezone(KOREA).date()


async def admit(
    session: AsyncSession,
    settings: Settings,
    secrets: Secrets,
    phone: Phone,
    *,
    ip_hash: bytes,
    local: bool,
    now: datetime,
) -> Admission:
    """Reserve one message to ``phone`` in the caller's transaction, or return why not.

    Reasons: ``sms_off``, ``not_configured``, ``prefix_not_allowed``, ``number_refused``,
    ``number_cap``, ``ip_cap``, ``site_cap``.

    :param ip_hash: the keyed hash of the client's address.
    :param local: whether the request's host is a localhost name, without forwarded headers.
    """
    if await sms_stopped(session, settings):
        return Admission(False, "sms_off")
    if not (settings.provider or (local and inbox_open(settings))):
        return Admission(False, "not_configured")
    if not phone.e164.startswith(settings.sms_prefixes):
        return Admission(False, "prefix_not_allowed")
    if await phones.was_refused(session, secrets.hashes(PHONE_PURPOSE, phone.e164)):
        return Admission(False, "number_refused")
    full = await _reserve_all(session, settings, secrets, phone, ip_hash, day_of(now))
    return Admission(full is None, full)


def inbox_open(settings: Settings) -> bool:
    """Whether the local phone inbox is in use: in development, while no provider is configured."""
    return not settings.production and settings.provider is None


async def sms_stopped(session: AsyncSession, settings: Settings) -> bool:
    """Whether all SMS are stopped, by SEARCHAPP_SMS or by the operator's switch."""
    return settings.sms == "off" or await queue.switch_value(session, SMS_SWITCH) == "off"


async def release_unless_sent(
    session: AsyncSession, secrets: Secrets, job: SearchJobRow, now: datetime
) -> None:
    """Give back the reservation of a cancelled job, unless it has a message already.

    Never call it for an erased job: its messages are deleted, so it may have sent one.
    """
    if await messages.newest_state(session, job.job_id) is None:
        await release(session, secrets, job, now)


async def release(
    session: AsyncSession, secrets: Secrets, job: SearchJobRow, now: datetime
) -> None:
    """Give back the reservation that ``job`` holds for its number."""
    if not job.sms_expected or job.phone_cipher is None or job.consent_at is None:
        return
    day = day_of(job.consent_at)
    if day != day_of(now):
        return  # The counters of past days have no effect.
    await phones.uncount(session, day, "site", [_SITE])
    await phones.uncount(session, day, "ip", _ip_keys(secrets, day, job.ip_hash))
    try:
        number = secrets.decrypt(job.phone_cipher)
    except MissingKey:
        return  # Its counter cannot be named; it ends with the day.
    await phones.uncount(session, day, "number", _number_keys(secrets, day, number))


async def promised(
    session: AsyncSession, secrets: Secrets, phone: Phone, now: datetime
) -> dict[date, int]:
    """Return how many messages to ``phone`` were reserved today and yesterday."""
    days = [day_of(now), day_of(now) - timedelta(days=1)]
    keys = {day: _number_keys(secrets, day, phone.e164) for day in days}
    return await phones.counted(session, keys)


async def _reserve_all(
    session: AsyncSession,
    settings: Settings,
    secrets: Secrets,
    phone: Phone,
    ip_hash: bytes,
    day: date,
) -> str | None:
    """Reserve in all counters or in none; return the name of the cap that is full.

    The site's counter is locked first, so that a transaction waiting for it holds no other lock.
    """
    wanted = (
        ("site", _SITE, settings.sms_per_day),
        ("ip", _ip_keys(secrets, day, ip_hash)[0], settings.sms_per_ip_day),
        ("number", _number_keys(secrets, day, phone.e164)[0], settings.sms_per_number_day),
    )
    savepoint = await session.begin_nested()
    for scope, key, cap in wanted:
        if cap and not await phones.reserve(session, day, scope, key, cap):
            await savepoint.rollback()
            return f"{scope}_cap"
    await savepoint.commit()
    return None


def _number_keys(secrets: Secrets, day: date, number: str) -> list[bytes]:
    # The day is part of the hash, so that counters of two days cannot be linked.
    return secrets.hashes("sms-cap-number", f"{day}:{number}")


def _ip_keys(secrets: Secrets, day: date, ip_hash: bytes | None) -> list[bytes]:
    return secrets.hashes("sms-cap-ip", f"{day}:{(ip_hash or b'').hex()}")
