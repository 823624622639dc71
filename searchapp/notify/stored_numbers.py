"""The care of stored phone numbers: sealed when they come, gone early, moved to new keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages, phones, searches, sms_counters
from searchapp.db.secrets import Secrets
from searchapp.domain.phone import Phone
from searchapp.notify.policy import day_of

_PURPOSE = "phone"

KEPT_FOR = timedelta(hours=22)
"""How long a number stays after its message's final state, before the next purge takes it.  People
are told 24 hours: an hour is for the purge's own pace, and one for a turn that failed."""

COUNTERS_KEPT_DAYS = 2
"""Today's and yesterday's counters stay; older ones say nothing to any cap."""

_BATCH = 200


def sealed(secrets: Secrets, phone: Phone) -> dict[str, Any]:
    """The columns that hold ``phone``, of ``search_jobs`` and ``messages`` alike."""
    return {
        "phone_cipher": secrets.encrypt(phone.e164),
        "phone_hash": secrets.hash(_PURPOSE, phone.e164),
        "phone_key": secrets.key_names[0],
    }


def hashes_of(secrets: Secrets, phone: Phone) -> list[bytes]:
    """What ``phone_hash`` may be for ``phone``, under each key."""
    return secrets.hashes(_PURPOSE, phone.e164)


async def jobs_of(session: AsyncSession, secrets: Secrets, phone: Phone) -> list[str]:
    """The ids of all searches that carry ``phone``, or have or had a message to it."""
    hashes = hashes_of(secrets, phone)
    found = {*await searches.with_phone(session, hashes)}
    found.update(await messages.jobs_with_phone(session, hashes))
    return sorted(found)


async def purge_phones(session: AsyncSession, now: datetime) -> int:
    """Deletes numbers KEPT_FOR after their last message's final state, or after the end of a search
    that has no message; counters of the caps after two days.

    Returns how many searches lost their number.
    """
    await sms_counters.forget_before(session, day_of(now) - timedelta(days=COUNTERS_KEPT_DAYS - 1))
    return await phones.purge(session, now - KEPT_FOR)


async def rotate(engine: AsyncEngine, secrets: Secrets) -> int:
    """Puts every stored number under the newest key; returns how many were moved.

    A hash whose number is gone can not be moved: it stays findable as long as its key is kept.
    """
    moved = 0
    for table in phones.TABLES:
        while True:
            async with transaction(engine) as session:
                found = await phones.under_old_keys(session, table, secrets.key_names[0], _BATCH)
                for name, cipher in found.items():
                    fresh = sealed(secrets, Phone(secrets.decrypt(cipher)))
                    await phones.rewrite(session, table, name, fresh)
            moved += len(found)
            if not found:
                break
    return moved
