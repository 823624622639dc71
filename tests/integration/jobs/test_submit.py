"""Taking a search: stored once, or not at all."""

from __future__ import annotations

import asyncio
import base64

import pytest

from searchapp.db.secrets import Secrets
from searchapp.domain.ids import is_id
from searchapp.domain.search import Box, ItemStatus, Stage, Status, WantedItem
from searchapp.errors import BadItems, Conflict, NotStored
from searchapp.jobs import submit as starting
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.jobs import PHOTO, count, job_of, new_search, sql


async def test_start__stores_job_photo_and_entry(services: Services) -> None:
    job = await start(services, new_search())
    assert is_id(job.id)
    assert (job.status, job.stage, job.progress) == (Status.PENDING, Stage.QUEUED, 0)
    assert await job_of(services, job.id) == job
    stored = await sql(services, "SELECT original, upright FROM photos")
    assert [tuple(row) for row in stored] == [(PHOTO, None)]
    entries = await sql(services, "SELECT queueing_lock, args FROM procrastinate_jobs")
    assert [tuple(row) for row in entries] == [(job.id, {"job_id": job.id})]


async def test_start__same_key_and_request(services: Services) -> None:
    first = await start(services, new_search(idempotency_key="k"))
    again = await start(services, new_search(idempotency_key="k", ip="192.0.2.9", local=True))
    assert again == first
    assert await count(services, "search_jobs") == 1
    assert await count(services, "procrastinate_jobs") == 1


@pytest.mark.parametrize(
    "other", [{"photo": b"other"}, {"lang": "en"}, {"choosing": True}], ids=str
)
async def test_start__same_key_other_request(services: Services, other: dict[str, object]) -> None:
    await start(services, new_search(idempotency_key="k"))
    with pytest.raises(Conflict):
        await start(services, new_search(idempotency_key="k", **other))
    assert await count(services, "search_jobs") == 1


async def test_start__duplicate_taps_make_one_job(services: Services) -> None:
    jobs = await asyncio.gather(
        *(start(services, new_search(idempotency_key="k")) for _ in range(8))
    )
    assert len({job.id for job in jobs}) == 1
    assert await count(services, "search_jobs") == 1
    assert await count(services, "photos") == 1


async def test_start__same_key_after_a_rotation_of_secrets(services: Services) -> None:
    first = await start(services, new_search(idempotency_key="k"))
    old = base64.urlsafe_b64encode(bytes(range(32))).decode()
    new = base64.urlsafe_b64encode(bytes(32)).decode()
    rotated = Services(services.settings, services.engine, Secrets([new, old]))
    assert await start(rotated, new_search(idempotency_key="k")) == first
    with pytest.raises(Conflict):
        await start(rotated, new_search(idempotency_key="k", lang="en"))


async def test_start__without_key_makes_two(services: Services) -> None:
    await start(services, new_search())
    await start(services, new_search())
    assert await count(services, "search_jobs") == 2


async def test_start__key_is_stored_only_as_a_hash(services: Services) -> None:
    await start(services, new_search(idempotency_key="a key of a client"))
    [(stored,)] = await sql(services, "SELECT idempotency_hash FROM search_jobs")
    assert len(stored) == 32
    assert b"a key" not in stored


async def test_start__wanted_boxes_are_clipped(services: Services) -> None:
    wanted = [
        WantedItem(box=Box(500, 700, 300, 300), label="shoes"),
        WantedItem(box=Box(0, 0, 9, 9)),
    ]
    job = await start(services, new_search(wanted=wanted, choosing=True))
    assert [(i.label, i.box, i.status) for i in job.items] == [
        ("shoes", Box(500, 700, 100, 100), ItemStatus.PENDING),
        ("whole", Box(0, 0, 9, 9), ItemStatus.PENDING),
    ]


async def test_start__box_outside_the_picture(services: Services) -> None:
    with pytest.raises(BadItems):
        await start(services, new_search(wanted=[WantedItem(box=Box(600, 0, 10, 10))]))
    assert await count(services, "search_jobs") == 0


async def test_start__nothing_stays_when_the_queue_fails(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr(starting, "enqueue_new", broken)
    with pytest.raises(RuntimeError):
        await start(services, new_search())
    assert await count(services, "search_jobs") == 0
    assert await count(services, "photos") == 0


async def test_start__read_only_database(services: Services, database: str) -> None:
    name = database.rpartition("/")[2].partition("?")[0]
    await sql(services, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await services.engine.dispose()
    with pytest.raises(NotStored) as caught:
        await start(services, new_search())
    assert caught.value.retry_after
