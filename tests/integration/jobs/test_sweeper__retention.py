"""What the hourly purge does besides removing searches."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from searchapp.db.engine import transaction
from searchapp.db.object_store import PhotoStore, PhotoStoreUnavailable, attach
from searchapp.db.repositories import imports, phones
from searchapp.db.secrets import Secrets
from searchapp.jobs.services import Services
from searchapp.jobs.sweeper import purge
from tests.support.jobs import sql


class AwayStore(PhotoStore):
    """A photo store that does not answer."""

    async def listed_before(self, moment: datetime) -> AsyncIterator[Sequence[str]]:  # noqa: ARG002
        raise PhotoStoreUnavailable("away")
        yield ()


KEPT, PAST = b"k" * 32, b"p" * 32


async def test_purge__refusals_after_their_time(services: Services) -> None:
    async with transaction(services.engine) as session:
        for phone_hash in (KEPT, PAST):
            await phones.remember_refusal(session, phone_hash, "21610")
    await sql(
        services,
        "UPDATE refused_numbers SET at = now() - interval '91 days' WHERE phone_hash = :past",
        past=PAST,
    )
    await sql(
        services,
        "UPDATE refused_numbers SET at = now() - interval '89 days' WHERE phone_hash = :kept",
        kept=KEPT,
    )
    await purge(services)
    [(left,)] = await sql(services, "SELECT phone_hash FROM refused_numbers")
    assert bytes(left) == KEPT


@pytest.mark.parametrize("store_is_away", [False, True])
async def test_purge__addresses_of_scheduled_feeds_move_to_the_newest_key(
    services: Services, secrets_: Secrets, store_is_away: bool
) -> None:
    new, lost = (base64.urlsafe_b64encode(bytes([byte] * 32)).decode() for byte in (8, 9))
    both = Secrets([new, base64.urlsafe_b64encode(bytes(range(32))).decode()])
    ciphers = {"known": secrets_.encrypt("https://a.example"), "lost": Secrets([lost]).encrypt("x")}
    async with transaction(services.engine) as session:
        for feed, cipher in ciphers.items():
            every, now = timedelta(hours=6), services.clock()
            await imports.save_schedule(session, feed, cipher, "", every=every, options={}, now=now)
    if store_is_away:
        attach(services.engine, AwayStore())
    with pytest.raises(ConnectionError) if store_is_away else nullcontext():
        await purge(replace(services, secrets=both))
    async with transaction(services.engine) as session:
        known, unknown = await imports.all_schedules(session)
    assert Secrets([new]).decrypt(known.address) == "https://a.example"
    assert unknown.address == ciphers["lost"]
