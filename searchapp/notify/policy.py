"""Whether a number may get a message today: the caps against SMS pumping.

A day is a calendar day in Korea, so that a cap is full again at midnight for everybody.
docs/decisions/0004-sms-caps.md says why, and what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import exports, messages, sms_counters
from searchapp.db.secrets import Secrets
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.phone import Phone
from searchapp.settings import Settings

KOREA = timezone(timedelta(hours=9))
"""Korea has had no summer time since 1988."""

_SITE = b""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a message may be expected; if not, ``reason`` is a slug that says why."""

    expected: bool
    reason: str | None = None


def day_of(moment: datetime) -> date:
    """The day whose caps count at ``moment``."""
    return moment.astimezone(KOREA).date()


async def admit(
    session: AsyncSession,
    settings: Settings,
    secrets: Secrets,
    phone: Phone,
    ip_hash: bytes,
    local: bool,
    now: datetime,
) -> Admission:
    """Reserves one message to ``phone`` within the caller's transaction, or says why not.

    Reasons: ``sms_off``, ``not_configured``, ``prefix_not_allowed``, ``number_cap``, ``ip_cap``,
    ``site_cap``.

    :param ip_hash: the keyed hash of the address that asks.
    :param local: whether the request came to a localhost name without forwarded headers.
    """
    if await sms_stopped(session, settings):
        return Admission(False, "sms_off")
    if not settings.twilio and (settings.production or not local):
        return Admission(False, "not_configured")
    if not phone.e164.startswith(settings.sms_prefixes):
        return Admission(False, "prefix_not_allowed")
    full = await _reserve_all(session, settings, secrets, phone, ip_hash, day_of(now))
    return Admission(full is None, full)


async def sms_stopped(session: AsyncSession, settings: Settings) -> bool:
    """Whether all SMS are stopped, by the setting SEARCHAPP_SMS or by the switch."""
    return settings.sms == "off" or await sms_counters.switched_off(session)


async def release(
    session: AsyncSession, secrets: Secrets, job: SearchJobRow, now: datetime
) -> None:
    """Gives back the reservation of a cancelled job, unless it has a message already.

    Never call it for one that is erased: then nobody could tell whether it had cost a message.
    """
    if await messages.newest_state(session, job.job_id) is None:
        await give_back(session, secrets, job, now)


async def give_back(
    session: AsyncSession, secrets: Secrets, job: SearchJobRow, now: datetime
) -> None:
    """Counts one less for the number that ``job`` carries."""
    if not job.sms_expected or job.phone_cipher is None or job.consent_at is None:
        return
    day = day_of(job.consent_at)
    if day != day_of(now):
        return  # That day's counters cap nothing any more.
    number = secrets.decrypt(job.phone_cipher)
    await sms_counters.give_back(session, day, "site", [_SITE])
    await sms_counters.give_back(session, day, "ip", _ip_keys(secrets, day, job.ip_hash))
    await sms_counters.give_back(session, day, "number", _number_keys(secrets, day, number))


async def promised(
    session: AsyncSession, secrets: Secrets, phone: Phone, now: datetime
) -> dict[date, int]:
    """What the caps still count for ``phone``: messages promised today and yesterday."""
    days = [day_of(now), day_of(now) - timedelta(days=1)]
    keys = {day: _number_keys(secrets, day, phone.e164) for day in days}
    return await exports.counted(session, keys)


async def _reserve_all(
    session: AsyncSession,
    settings: Settings,
    secrets: Secrets,
    phone: Phone,
    ip_hash: bytes,
    day: date,
) -> str | None:
    """Counts in all counters or in none; the name of the cap that is full.

    The site's counter comes first, so that whoever waits for it holds none of the others.
    """
    wanted = (
        ("site", _SITE, settings.sms_per_day),
        ("ip", _ip_keys(secrets, day, ip_hash)[0], settings.sms_per_ip_day),
        ("number", _number_keys(secrets, day, phone.e164)[0], settings.sms_per_number_day),
    )
    savepoint = await session.begin_nested()
    for scope, key, cap in wanted:
        if cap and not await sms_counters.reserve(session, day, scope, key, cap):
            await savepoint.rollback()
            return f"{scope}_cap"
    await savepoint.commit()
    return None


def _number_keys(secrets: Secrets, day: date, number: str) -> list[bytes]:
    # The day is part of what is hashed: two days' counters can not be tied to one another.
    return secrets.hashes("sms-cap-number", f"{day}:{number}")


def _ip_keys(secrets: Secrets, day: date, ip_hash: bytes | None) -> list[bytes]:
    return secrets.hashes("sms-cap-ip", f"{day}:{(ip_hash or b'').hex()}")
