"""What is written into the outbox, when, and for whom."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages, searches
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone
from searchapp.domain.search import SmsState
from searchapp.jobs.operations import message_problems, send_again
from searchapp.notify import outbox
from searchapp.notify.policy import hashes_of, sealed
from tests.support.outbox import (
    PHONE,
    START,
    add_job,
    end_job,
    item,
    job_row,
    messages_of,
    only_message,
)

OTHER = Phone("+821087654321")


async def write(engine: AsyncEngine, job_id: str) -> None:
    async with transaction(engine) as session:
        row = await searches.lock_job(session, job_id)
        assert row is not None
        await outbox.write_outcome(session, row, START)


async def set_job(engine: AsyncEngine, job_id: str, **values: Any) -> None:
    async with transaction(engine) as session:
        await searches.change(session, job_id, **values)


async def set_message(engine: AsyncEngine, message: MessageRow, **values: Any) -> None:
    async with transaction(engine) as session:
        row = await messages.lock(session, message.message_id)
        for name, value in values.items():
            setattr(row, name, value)


async def change_number(
    engine: AsyncEngine, secrets: Secrets, job_id: str, phone: Phone = OTHER
) -> bool:
    async with transaction(engine) as session:
        row = await searches.lock_job(session, job_id)
        assert row is not None
        return await outbox.change_number(session, secrets, row, phone, START)


async def resend(
    engine: AsyncEngine, secrets: Secrets, job_id: str, key: str, phone: Phone = PHONE
) -> bool:
    async with transaction(engine) as session:
        row = await searches.lock_job(session, job_id)
        assert row is not None
        return await outbox.write_resend(session, secrets, row, phone, key, START)


async def state_of(engine: AsyncEngine, job_id: str) -> MessageState | None:
    async with transaction(engine) as session:
        return await messages.newest_state(session, job_id)


@pytest.mark.parametrize(
    ("columns", "kind", "matches"),
    [
        ({"results": [item("same"), item("similar"), item("none")]}, "results", 2),
        ({"results": [item("none"), item(None), item(None)]}, "results", 0),
        ({"results": []}, "results", 0),
        ({"status": "failed"}, "failure", 1),
    ],
)
async def test_outcome__written(
    engine: AsyncEngine, secrets_: Secrets, columns: dict[str, Any], kind: str, matches: int
) -> None:
    row = await only_message(engine, await end_job(engine, secrets_, **columns))
    assert (row.kind, row.matches, row.state, row.ordinal) == (kind, matches, "pending", 1)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "cancelled"},
        {"status": "processing"},
        {"status": "pending"},
        {"phone": None},
        {"expected": False},
    ],
)
async def test_outcome__not_written(
    engine: AsyncEngine, secrets_: Secrets, columns: dict[str, Any]
) -> None:
    job_id = await end_job(engine, secrets_, **columns)
    assert await messages_of(engine, job_id) == []
    assert await state_of(engine, job_id) is None


async def test_outcome__written_once(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await end_job(engine, secrets_)
    version = (await job_row(engine, job_id)).version
    await write(engine, job_id)
    await only_message(engine, job_id)
    assert (await job_row(engine, job_id)).version == version


async def test_outcome__in_the_language_of_the_search(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_, lang="en")
    assert (await only_message(engine, job_id)).lang == "en"


async def test_outcome__shown_on_the_search(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await end_job(engine, secrets_, results=[])
    async with transaction(engine) as session:
        job = await searches.read_job(session, job_id)
    assert job is not None
    assert job.sms is SmsState.PENDING
    assert await state_of(engine, job_id) is MessageState.PENDING


async def test_outcome__rolled_back_with_its_search(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await add_job(engine, secrets_)
    async with AsyncSession(engine) as session:
        row = await searches.lock_job(session, job_id)
        assert row is not None
        await outbox.write_outcome(session, row, START)
        await session.rollback()
    assert await messages_of(engine, job_id) == []


async def test_outcome__unsent_failure_gives_way_to_results(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_, status="failed")
    await set_job(engine, job_id, status="completed")
    await write(engine, job_id)
    assert (await only_message(engine, job_id)).kind == "results"


async def test_outcome__sent_failure_is_followed_by_results(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_, status="failed")
    await set_message(engine, await only_message(engine, job_id), state="sent", claims=1)
    await set_job(engine, job_id, status="completed")
    await write(engine, job_id)
    first, second = await messages_of(engine, job_id)
    assert [(m.kind, m.ordinal) for m in (first, second)] == [("failure", 1), ("results", 2)]


async def test_change_number__before_the_end(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await add_job(engine, secrets_, status="processing")
    assert await change_number(engine, secrets_, job_id)
    row = await job_row(engine, job_id)
    assert row.phone_masked == OTHER.masked
    assert row.phone_hash in hashes_of(secrets_, OTHER)
    await set_job(engine, job_id, status="completed")
    await write(engine, job_id)
    message = await only_message(engine, job_id)
    assert secrets_.decrypt(message.phone_cipher or b"") == OTHER.e164


async def test_change_number__first_number_of_a_search(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await add_job(engine, secrets_, status="processing", phone=None)
    assert await change_number(engine, secrets_, job_id)
    assert (await job_row(engine, job_id)).sms_expected


async def test_change_number__until_the_message_is_claimed(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_)
    assert await change_number(engine, secrets_, job_id)
    message = await only_message(engine, job_id)
    assert secrets_.decrypt(message.phone_cipher or b"") == OTHER.e164
    await set_message(engine, message, state="sending", claims=1)
    assert not await change_number(engine, secrets_, job_id, PHONE)
    message = await only_message(engine, job_id)
    assert secrets_.decrypt(message.phone_cipher or b"") == OTHER.e164
    assert (await job_row(engine, job_id)).phone_masked == OTHER.masked


async def test_change_number__not_when_it_went_back_to_pending(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_)
    await set_message(engine, await only_message(engine, job_id), claims=1)
    assert not await change_number(engine, secrets_, job_id)


async def test_resend__once_a_request(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await end_job(engine, secrets_)
    assert await resend(engine, secrets_, job_id, "key-1", OTHER)
    assert not await resend(engine, secrets_, job_id, "key-1", OTHER)
    assert await resend(engine, secrets_, job_id, "key-2")
    rows = await messages_of(engine, job_id)
    assert [(r.ordinal, bool(r.request_hash)) for r in rows] == [(1, False), (2, True), (3, True)]


async def test_resend__leaves_the_automatic_message_alone(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_)
    before = await only_message(engine, job_id)
    await resend(engine, secrets_, job_id, "key", OTHER)
    after = (await messages_of(engine, job_id))[0]
    assert after.model_dump() == before.model_dump()


async def test_resend__its_number_is_the_jobs_from_then_on(
    engine: AsyncEngine, secrets_: Secrets
) -> None:
    job_id = await end_job(engine, secrets_)
    await resend(engine, secrets_, job_id, "key", OTHER)
    row = await job_row(engine, job_id)
    assert (row.phone_masked, row.phone_hash in hashes_of(secrets_, OTHER)) == (OTHER.masked, True)
    async with transaction(engine) as session:
        found = await messages.jobs_with_phone(session, hashes_of(secrets_, PHONE))
    assert found == [job_id]


async def test_resend__not_before_the_end(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await add_job(engine, secrets_, status="processing")
    assert not await resend(engine, secrets_, job_id, "key")


async def test_resend__found_by_its_number(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await end_job(engine, secrets_)
    await resend(engine, secrets_, job_id, "key", OTHER)
    async with transaction(engine) as session:
        found = await messages.jobs_with_phone(session, hashes_of(secrets_, OTHER))
    assert found == [job_id]


async def test_state__of_the_newest_message(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await end_job(engine, secrets_)
    await set_message(engine, await only_message(engine, job_id), state="delivered")
    await resend(engine, secrets_, job_id, "key")
    assert (await job_row(engine, job_id)).sms == "pending"
    assert await state_of(engine, job_id) is MessageState.PENDING


async def test_send_again__a_failed_message(engine: AsyncEngine, secrets_: Secrets) -> None:
    job_id = await end_job(engine, secrets_)
    message = await only_message(engine, job_id)
    await set_message(engine, message, state="failed", error="20003")
    async with transaction(engine) as session:
        (trouble,) = await message_problems(session)
        assert (trouble.error, trouble.again) == ("20003", True)
        assert await send_again(session, message.message_id, START)
        assert not await send_again(session, message.message_id, START)
    second = (await messages_of(engine, job_id))[1]
    assert (second.state, second.ordinal, second.kind) == ("pending", 2, "results")


@pytest.mark.parametrize(
    "values",
    [
        {"state": "failed", "permanent": True},
        {"state": "failed", "phone_cipher": None},
        {"state": "sent"},
        {"state": "unknown"},
    ],
)
async def test_send_again__not_every_message(
    engine: AsyncEngine, secrets_: Secrets, values: dict[str, Any]
) -> None:
    job_id = await end_job(engine, secrets_)
    message = await only_message(engine, job_id)
    await set_message(engine, message, **values)
    async with transaction(engine) as session:
        assert not await send_again(session, message.message_id, START)


def test_sealed__shows_nothing(secrets_: Secrets) -> None:
    assert all(b"1234" not in str(v).encode() for v in sealed(secrets_, PHONE).values())
