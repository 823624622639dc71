"""A second search of a stored photo, while the first one is erased."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.repositories import photos
from searchapp.domain.phone import parse_phone
from searchapp.domain.search import Box, SearchJob, WantedItem
from searchapp.errors import Erased
from searchapp.jobs import access
from searchapp.jobs.actions import erase, erase_phone
from searchapp.jobs.services import Services
from searchapp.jobs.submit import RepeatedSearch, search_again, start
from tests.support.jobs import LOCAL, count, new_search, sql, worker_context

PHONE = parse_phone("010-1234-5678")


async def again(services: Services, job_id: str) -> SearchJob:
    wanted = [WantedItem(box=Box(1, 2, 30, 40))]
    return await search_again(services, job_id, RepeatedSearch(wanted=wanted, client=LOCAL))


@pytest.fixture
async def job_id(services: Services) -> str:
    fields = {"phone": PHONE, "consented": True, "local": True}
    job = await start(services, new_search(**fields))
    await worker_context(services).run(job.id)
    return job.id


async def test_again__an_erase_between_reading_and_storing_waits(
    services: Services, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, erasing = photos.read_upright, []

    async def read_while_erased(session: AsyncSession, name: str) -> bytes | None:
        jpeg = await read(session, name)
        erasing.append(asyncio.create_task(erase(services, name)))
        await asyncio.sleep(0.3)
        assert not erasing[0].done(), "the photo was erased under the one who copies it"
        return jpeg

    monkeypatch.setattr(photos, "read_upright", read_while_erased)
    copy = await again(services, job_id)
    await erasing[0]
    assert [row.job_id for row in await sql(services, "SELECT job_id FROM photos")] == [copy.id]


async def test_again__of_what_is_being_erased_leaves_no_copy(
    services: Services, job_id: str
) -> None:
    async with transaction(services.engine) as session:
        await session.connection()
        copying = await _begun_under_an_erase(session, services, job_id)
    with pytest.raises(Erased):
        await copying
    assert await count(services, "photos") == await count(services, "search_jobs") == 0


async def _begun_under_an_erase(
    session: AsyncSession, services: Services, job_id: str
) -> asyncio.Task[Any]:
    """A copy that begins while ``session`` erases the first search, and has not committed it."""

    await access.remove_jobs(session, services, [job_id], "erased")
    copying = asyncio.create_task(again(services, job_id))
    await asyncio.sleep(0.3)
    assert not copying.done()
    return copying


async def test_again__is_erased_with_all_of_a_persons(services: Services, job_id: str) -> None:
    copy = await again(services, job_id)
    [row] = await sql(services, "SELECT * FROM search_jobs WHERE job_id = :job_id", job_id=copy.id)
    assert (row.sms_expected, row.phone_cipher, row.phone_masked) == (False, None, None)
    assert await erase_phone(services, PHONE) == 2
    assert await count(services, "photos") == 0
