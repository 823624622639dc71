"""What the hourly purge removes besides searches."""

from __future__ import annotations

from searchapp.db.engine import transaction
from searchapp.db.repositories import phones
from searchapp.jobs.services import Services
from searchapp.jobs.sweeper import purge
from tests.support.jobs import sql

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
