"""Stored phone numbers: encrypted on arrival, deleted early, moved to new keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages, phones, searches
from searchapp.db.secrets import Secrets
from searchapp.domain.phone import Phone
from searchapp.notify.policy import PHONE_PURPOSE, day_of

KEPT_FOR = timedelta(hours=22)
"""How long a number is kept after its message's final state, until the next purge deletes it.
The page promises 24 hours: one hour is the interval of the purge, one allows for a failed run."""

COUNTERS_KEPT_DAYS = 2
"""Counters of today and yesterday are kept; older ones affect no cap."""

_BATCH = 200


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
