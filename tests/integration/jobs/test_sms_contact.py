"""Numbers that come later, others in their place, and messages sent again."""

from __future__ import annotations

import pytest

from searchapp.domain.phone import parse_phone
from searchapp.domain.search import SmsState, WantedItem
from searchapp.errors import BadPhone, Conflict, NotAllowedNow
from searchapp.jobs.actions import cancel, choose, notify, retry
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.jobs import (
    choice_of,
    count,
    for_number,
    job_of,
    new_search,
    sql,
    suggested,
    worker_context,
)

PHONE = parse_phone("010-1234-5678")
OTHER = parse_phone("010-8765-4321")
WHERE = {"ip": "192.0.2.1", "local": True}


def with_phone() -> dict[str, object]:
    return {"phone": PHONE, "consented": True, "local": True}


async def failed(services: Services) -> str:
    """A search with a number that failed after its last attempt."""
    job = await start(services, new_search(**with_phone()))
    await sql(services, "UPDATE search_jobs SET status = 'processing', attempt = 5")
    await worker_context(services).run(job.id)
    return job.id


async def promised(services: Services) -> int:
    """How many messages the caps count today."""
    [(site,)] = await sql(services, "SELECT n FROM sms_counters WHERE scope = 'site'")
    return int(site)


async def test_notify__number_given_later(services: Services) -> None:
    job = await start(services, new_search())
    changed = await notify(services, job.id, for_number(PHONE, "a"))
    assert (changed.sms_expected, changed.masked_phone) == (True, "010-****-5678")
    await worker_context(services).run(job.id)
    assert await count(services, "messages") == 1


async def test_notify__number_given_after_the_end(services: Services) -> None:
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    changed = await notify(services, job.id, for_number(PHONE, "a"))
    assert (changed.sms_expected, changed.sms) == (True, SmsState.PENDING)
    assert await count(services, "messages") == 1


async def test_notify__another_number_before_it_is_claimed(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    changed = await notify(services, job.id, for_number(OTHER, "a"))
    assert changed.masked_phone == OTHER.masked
    assert await count(services, "messages") == 1


async def test_notify__a_resend_once_for_each_key(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    await sql(services, "UPDATE messages SET state = 'sent', claims = 1")
    for key in ("a", "a", "b"):
        await notify(services, job.id, for_number(None, key))
    assert await count(services, "messages") == 3
    capped = await notify(services, job.id, for_number(None, "c"))
    assert capped.sms_reason == "number_cap"
    assert await count(services, "messages") == 3


async def test_notify__a_key_counts_once_whatever_was_asked(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    for _ in range(2):
        await notify(services, job.id, for_number(OTHER, "a"))
    assert (await job_of(services, job.id)).masked_phone == OTHER.masked
    for phone in (PHONE, None):
        with pytest.raises(Conflict):
            await notify(services, job.id, for_number(phone, "a"))
    assert await promised(services) == 1
    # A key belongs to one search.
    other = await start(services, new_search(ip="192.0.2.2"))
    assert (await notify(services, other.id, for_number(PHONE, "a"))).sms_expected


async def test_notify__a_refusal_is_answered_alike(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    await sql(services, "UPDATE messages SET state = 'sent', claims = 1")
    await sql(services, "UPDATE sms_counters SET n = 3 WHERE scope = 'number'")
    for _ in range(2):
        answer = await notify(services, job.id, for_number(None, "a"))
        assert (answer.sms_expected, answer.sms_reason) == (False, "number_cap")
        await sql(services, "UPDATE sms_counters SET n = 0 WHERE scope = 'number'")
    # What was promised before stays true of the job itself.
    assert (await job_of(services, job.id)).sms_expected


async def test_notify__what_waits_is_not_doubled(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    for key in ("a", "b"):
        answer = await notify(services, job.id, for_number(None, key))
        assert answer.sms_expected
    assert await count(services, "messages") == 1
    assert await promised(services) == 1


async def test_notify__never_again_to_a_number_that_takes_none(services: Services) -> None:
    job = await start(services, new_search(**with_phone()))
    await worker_context(services).run(job.id)
    await sql(services, "UPDATE messages SET state = 'failed', claims = 1, permanent = true")
    answer = await notify(services, job.id, for_number(None, "a"))
    assert (answer.sms_expected, answer.sms_reason) == (False, "number_refused")
    answer = await notify(services, job.id, for_number(OTHER, "b"))
    assert answer.sms_expected
    assert await count(services, "messages") == 2


async def test_notify__another_number_for_a_search_that_is_tried_again(services: Services) -> None:
    job_id = await failed(services)
    await sql(services, "UPDATE messages SET state = 'sent', claims = 1")
    await retry(services, job_id)
    await notify(services, job_id, for_number(OTHER, "a"))
    await worker_context(services).run(job_id)
    rows = await sql(services, "SELECT kind, phone_cipher FROM messages ORDER BY ordinal")
    sent = [(row.kind, services.secrets.decrypt(row.phone_cipher)) for row in rows]
    assert sent == [("failure", PHONE.e164), ("results", OTHER.e164)]


async def test_cancel__takes_an_unsent_failure_back(services: Services) -> None:
    job_id = await failed(services)
    assert (await job_of(services, job_id)).sms is SmsState.PENDING
    await retry(services, job_id)
    assert (await cancel(services, job_id)).sms is None
    assert await count(services, "messages") == 0
    assert await promised(services) == 0


async def test_choose__a_number_is_counted_once(services: Services) -> None:
    job_id = await suggested(services, **with_phone())
    wanted = [WantedItem(id="i1")]
    chosen = await choose(services, job_id, choice_of(wanted, PHONE))
    assert chosen.sms_expected
    assert await promised(services) == 1


async def test_choose__another_number_takes_the_place_of_the_first(services: Services) -> None:
    job_id = await suggested(services, **with_phone())
    chosen = await choose(services, job_id, choice_of([WantedItem(id="i1")], OTHER))
    assert (chosen.sms_expected, chosen.masked_phone) == (True, OTHER.masked)
    assert await promised(services) == 1


async def test_choose__a_number_that_is_refused_leaves_none(services: Services) -> None:
    job_id = await suggested(services, **with_phone())
    abroad = parse_phone("202-555-0123", 1)
    chosen = await choose(services, job_id, choice_of([WantedItem(id="i1")], abroad))
    assert (chosen.sms_expected, chosen.sms_reason) == (False, "prefix_not_allowed")
    [row] = await sql(services, "SELECT phone_cipher, phone_hash, phone_masked FROM search_jobs")
    assert tuple(row) == (None, None, None)
    assert await promised(services) == 0


async def test_notify__without_any_number(services: Services) -> None:
    job = await start(services, new_search())
    with pytest.raises(BadPhone):
        await notify(services, job.id, for_number())


async def test_notify__not_for_a_cancelled_job(services: Services) -> None:
    job = await start(services, new_search())
    await cancel(services, job.id)
    with pytest.raises(NotAllowedNow):
        await notify(services, job.id, for_number(PHONE))
