"""Choosing, cancelling, erasing, another number."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from searchapp.domain.phone import parse_phone
from searchapp.domain.search import Box, SmsState, Stage, Status, WantedItem
from searchapp.errors import BadItems, ConsentRequired, Erased, Expired, NotAllowedNow, NotFound
from searchapp.jobs.access import photo
from searchapp.jobs.actions import cancel, choose, erase, erase_phone, retry
from searchapp.jobs.services import Services, utc_now
from searchapp.jobs.submit import start
from searchapp.jobs.sweeper import purge
from tests.support.jobs import choice_of, count, job_of, new_search, sql, suggested, worker_context

PHONE = parse_phone("010-1234-5678")
OTHER = parse_phone("010-8765-4321")
TABLES = (
    "search_jobs",
    "photos",
    "messages",
    "procrastinate_jobs",
    "procrastinate_events",
)


def with_phone() -> dict[str, object]:
    return {"phone": PHONE, "consented": True, "local": True}


async def test_start__number_with_consent_is_expected_and_sealed(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    assert (job.sms_expected, job.sms_reason) == (True, None)
    assert job.masked_phone == "010-****-5678"
    [row] = await sql(services, "SELECT phone_cipher, consent_text FROM search_jobs")
    assert b"12345678" not in row.phone_cipher
    assert row.consent_text == "1-ko"


async def test_start__number_without_consent(services: Services) -> None:
    with pytest.raises(ConsentRequired):
        await start(services, new_search(phone=PHONE))
    assert await count(services, "search_jobs") == 0


async def test_start__number_that_gets_nothing_is_not_kept(services: Services) -> None:
    job = await start(services, new_search(phone=PHONE, consented=True, local=False))
    assert (job.sms_expected, job.sms_reason) == (False, "not_configured")
    [row] = await sql(services, "SELECT phone_cipher, phone_hash, phone_masked FROM search_jobs")
    assert tuple(row) == (None, None, None)


async def test_start__the_same_request_counts_once(services: Services) -> None:
    for _ in range(5):
        job = await start(services, new_search(idempotency_key="k", **with_phone()))
        assert job.sms_expected
    assert (await start(services, new_search(**with_phone()))).sms_expected


async def test_end__writes_the_message_with_the_results(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    assert (await job_of(services, job.id)).sms is SmsState.PENDING
    assert await count(services, "messages") == 1


async def test_choose__stores_choice_and_entry(services: Services) -> None:
    job_id = await suggested(services)
    job = await choose(services, job_id, choice_of([WantedItem(id="i2")], PHONE))
    assert (job.status, job.stage) == (Status.PENDING, Stage.MATCHING)
    assert job.sms_expected
    assert await count(services, "procrastinate_jobs") == 1


async def test_choose__again_after_a_lost_answer(services: Services) -> None:
    job_id = await suggested(services)
    wanted = [WantedItem(id="i2")]
    first = await choose(services, job_id, choice_of(wanted))
    assert await choose(services, job_id, choice_of(wanted)) == first
    with pytest.raises(NotAllowedNow):
        await choose(services, job_id, choice_of([WantedItem(id="i1")]))
    assert await count(services, "procrastinate_jobs") == 1


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [WantedItem(id="i9")],
        [WantedItem(id="i1"), WantedItem(id="i1")],
        [WantedItem(box=Box(900, 900, 5, 5))],
        [WantedItem()],
        [WantedItem(box=Box(0, 0, 50, 50), label="sofa")],
    ],
    ids=["none", "unknown", "twice", "outside", "empty", "label"],
)
async def test_choose__bad_items(services: Services, wanted: list[WantedItem]) -> None:
    job_id = await suggested(services)
    with pytest.raises(BadItems):
        await choose(services, job_id, choice_of(wanted))
    assert (await job_of(services, job_id)).stage is Stage.CHOOSING


async def test_cancel__ends_and_leaves_the_queue(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    cancelled = await cancel(services, job.id)
    assert cancelled.status is Status.CANCELLED
    assert await count(services, "procrastinate_jobs") == 0
    assert await cancel(services, job.id) == cancelled
    await worker_context(services).run(job.id)
    assert await job_of(services, job.id) == cancelled
    assert await count(services, "messages") == 0


async def test_cancel__number_and_photo_go(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    cancelled = await cancel(services, job.id)
    assert not cancelled.sms_expected
    [row] = await sql(services, "SELECT phone_cipher FROM search_jobs")
    assert row.phone_cipher is None
    assert await count(services, "photos") == 0


async def test_cancel__what_was_found_stays(services: Services) -> None:
    job_id = await suggested(services)
    assert (await cancel(services, job_id)).items
    assert await count(services, "photos") == 1


async def test_cancel__gives_the_message_back_to_the_caps(services: Services) -> None:
    for _ in range(5):
        job = await start(services, new_search(**with_phone()))
        assert job.sms_expected
        await cancel(services, job.id)


async def test_cancel__after_the_end_changes_nothing(services: Services) -> None:
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    assert (await cancel(services, job.id)).status is Status.COMPLETED


async def test_erase__leaves_nothing_but_the_hash(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    await erase(services, job.id)
    for table in TABLES:
        assert await count(services, table) == 0, table
    [(id_hash, reason)] = await sql(services, "SELECT id_hash, reason FROM tombstones")
    assert (len(id_hash), reason) == (32, "erased")
    for again in (photo(services, job.id), cancel(services, job.id), retry(services, job.id)):
        with pytest.raises(Erased):
            await again
    await erase(services, job.id)


async def test_erase__unknown(services: Services) -> None:
    with pytest.raises(NotFound):
        await erase(services, "A" * 22)


async def test_erase_phone__every_job_of_the_number(services: Services) -> None:
    mine = [await start(services, new_search(**with_phone())) for _ in range(2)]
    other = await start(services, new_search(phone=OTHER, consented=True, local=True))
    assert await erase_phone(services, PHONE) == 2
    with pytest.raises(Erased):
        await cancel(services, mine[0].id)
    assert (await job_of(services, other.id)).sms_expected


async def test_photo__only_the_upright_one(services: Services) -> None:
    job = await start(services, new_search())
    with pytest.raises(NotFound):
        await photo(services, job.id)
    await worker_context(services).run(job.id)
    assert (await photo(services, job.id)).startswith(b"upright:")


async def test_retry__only_failed_jobs(services: Services) -> None:
    job = await start(services, new_search())
    with pytest.raises(NotAllowedNow):
        await retry(services, job.id)


async def test_choose__not_after_it_was_cancelled(services: Services) -> None:
    job_id = await suggested(services)
    shown = (await job_of(services, job_id)).items
    await cancel(services, job_id)
    with pytest.raises(NotAllowedNow):
        await choose(services, job_id, choice_of([WantedItem(id=i.id) for i in shown]))


async def test_purge__what_ended_and_what_was_never_chosen(services: Services) -> None:
    ended = await start(services, new_search())
    await worker_context(services).run(ended.id)
    forgotten = await suggested(services)
    waiting = await start(services, new_search())
    assert await purge(services) == 0

    later = utc_now() + timedelta(days=8)
    then = Services(services.settings, services.engine, services.secrets, lambda: later)
    assert await purge(then) == 2
    for gone in (ended.id, forgotten):
        with pytest.raises(Expired):
            await cancel(services, gone)
    assert (await job_of(services, waiting.id)).status is Status.PENDING
    assert await count(services, "photos") == 1


async def test_purge__choosing_expires_after_a_day(services: Services) -> None:
    await suggested(services)
    later = utc_now() + timedelta(hours=25)
    then = Services(services.settings, services.engine, services.secrets, lambda: later)
    assert await purge(then) == 1


async def test_purge__tombstones_go_after_thirty_days(services: Services) -> None:
    job = await start(services, new_search())
    await erase(services, job.id)
    later = utc_now() + timedelta(days=31)
    then = Services(services.settings, services.engine, services.secrets, lambda: later)
    await purge(then)
    assert await count(services, "tombstones") == 0


async def test_purge__what_the_login_left(services: Services) -> None:
    now = utc_now()
    for days in (1, 3):
        await sql(
            services,
            "INSERT INTO login_attempts (key, failures, at) VALUES (:key, 1, :at)",
            key=bytes([days]),
            at=now - timedelta(days=days),
        )
        await sql(
            services,
            "INSERT INTO admin_sessions VALUES (:key, :key, :at, :at, :until)",
            key=bytes([days]),
            at=now - timedelta(days=3),
            until=now - timedelta(days=days) + timedelta(days=2),
        )
    await purge(services)
    assert await sql(services, "SELECT key FROM login_attempts") == [(b"\1",)]
    assert await sql(services, "SELECT token_hash FROM admin_sessions") == [(b"\1",)]


async def test_purge__two_at_once(services: Services) -> None:
    for _ in range(3):
        job = await start(services, new_search())
        await worker_context(services).run(job.id)
    later = utc_now() + timedelta(days=8)
    then = Services(services.settings, services.engine, services.secrets, lambda: later)
    assert sum(await asyncio.gather(purge(then), purge(then))) == 3
