"""What every sender of text messages must do.  A new one adds a ``Bench`` here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine
from searchapp.db.secrets import Secrets
from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone
from searchapp.jobs.services import utc_now
from searchapp.notify.ports import Accepted, LookUpFailed, Outgoing, SmsSender, Throttled, Unclear
from searchapp.notify.providers.inbox import InboxSender
from searchapp.notify.providers.solapi import SolapiSender
from searchapp.notify.providers.twilio import TwilioSender
from tests.support.memory_sender import MemorySender
from tests.support.outbox import end_job, only_message, solapi_settings, twilio_settings
from tests.support.solapi_stub import SolapiStub
from tests.support.twilio_stub import TwilioStub

PHONE, OTHER = Phone("+821012345678"), Phone("+821087654321")
LINK = "https://chalkak.example/results/" + "a" * 22
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Bench(ABC):
    """A sender and what it needs to work, or not to."""

    sender: SmsSender
    stub: TwilioStub | SolapiStub | None = None
    """The service, where it has a clock of its own."""

    async def reference(self) -> str:
        """A name for the next message."""
        return "reference"

    @abstractmethod
    async def go_away(self) -> None:
        """Makes the service unreachable."""


class MemoryBench(Bench):
    def __init__(self) -> None:
        self._memory = self.sender = MemorySender(lambda: datetime.now(UTC))

    async def go_away(self) -> None:
        self._memory.away = True


class InboxBench(Bench):
    def __init__(self, engine: AsyncEngine, secrets: Secrets) -> None:
        self._engine, self._secrets = engine, secrets
        self._own = engine
        self.sender = InboxSender(engine, lambda: datetime.now(UTC))

    async def reference(self) -> str:
        job_id = await end_job(self._engine, self._secrets)
        return (await only_message(self._engine, job_id)).message_id

    async def go_away(self) -> None:
        self._own = make_engine("postgresql://none@127.0.0.1:9/none")
        self.sender = InboxSender(self._own, lambda: datetime.now(UTC))

    async def close(self) -> None:
        await self._own.dispose()


class TwilioBench(Bench):
    def __init__(self, stub: TwilioStub) -> None:
        self.stub = stub
        self.sender = TwilioSender(twilio_settings(stub.url), utc_now)

    async def go_away(self) -> None:
        assert self.stub is not None
        await self.stub.__aexit__()


class SolapiBench(Bench):
    def __init__(self, stub: SolapiStub) -> None:
        self.stub = stub
        self.sender = SolapiSender(solapi_settings(stub.url), utc_now)

    async def go_away(self) -> None:
        assert self.stub is not None
        await self.stub.__aexit__()


@pytest.fixture(params=["memory", "inbox", "twilio", "solapi"])
async def bench(
    request: pytest.FixtureRequest, engine: AsyncEngine, secrets_: Secrets
) -> AsyncIterator[Bench]:
    if request.param == "memory":
        yield MemoryBench()
    elif request.param == "inbox":
        inbox = InboxBench(engine, secrets_)
        yield inbox
        await inbox.close()
    else:
        stub, made = {"twilio": (TwilioStub, TwilioBench), "solapi": (SolapiStub, SolapiBench)}[
            request.param
        ]
        async with stub() as served:
            bench = made(served)
            yield bench
            await bench.sender.close()


async def send(bench: Bench, to: Phone = PHONE, link: str = LINK) -> str:
    """Sends one message, which must be taken; its provider's name."""
    reference = await bench.reference()
    answer = await bench.sender.send(Outgoing(to, f"[찰칵] {link}", link, reference))
    assert isinstance(answer, Accepted)
    return answer.provider_id


async def test_send__accepted_under_a_name_of_its_own(bench: Bench) -> None:
    first, second = await send(bench), await send(bench)
    assert first
    assert first != second


async def test_find__what_was_sent(bench: Bench) -> None:
    sent = await send(bench)
    found = await bench.sender.find(PHONE, LINK, LONG_AGO)
    assert found is not None
    assert (found.provider_id, found.outcome) == (sent, MessageState.SENT)


async def test_find__the_newest_of_several(bench: Bench) -> None:
    await send(bench)
    newest = await send(bench)
    found = await bench.sender.find(PHONE, LINK, LONG_AGO)
    assert found is not None
    assert found.provider_id == newest


async def test_find__nothing_sent(bench: Bench) -> None:
    assert await bench.sender.find(PHONE, LINK, LONG_AGO) is None


async def test_find__not_another_number(bench: Bench) -> None:
    await send(bench, to=OTHER)
    assert await bench.sender.find(PHONE, LINK, LONG_AGO) is None


@pytest.mark.parametrize("other", [LINK + "#2", LINK[:-1] + "b", LINK + "b"])
async def test_find__not_another_link(bench: Bench, other: str) -> None:
    await send(bench, link=other)
    assert await bench.sender.find(PHONE, LINK, LONG_AGO) is None


async def test_find__not_older_than_asked(bench: Bench) -> None:
    await send(bench)
    later = datetime.now(UTC) + timedelta(seconds=5)
    assert await bench.sender.find(PHONE, LINK, later) is None


@pytest.mark.parametrize("minutes", [-14, -2, 14])
async def test_find__by_the_providers_own_clock(bench: Bench, minutes: int) -> None:
    """However far it is from ours: what was sent is found, and what was sent before is not."""
    if bench.stub:
        bench.stub.clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes)
    sent = await send(bench)
    now = datetime.now(UTC)
    found = await bench.sender.find(PHONE, LINK, now - timedelta(seconds=30))
    assert found is not None
    assert found.provider_id == sent
    assert await bench.sender.find(PHONE, LINK, now + timedelta(seconds=30)) is None


async def test_find__among_others(bench: Bench) -> None:
    sent = await send(bench)
    for number in range(5):
        await send(bench, link=f"https://chalkak.example/results/{number:022}")
    found = await bench.sender.find(PHONE, LINK, LONG_AGO)
    assert found is not None
    assert found.provider_id == sent


async def test_send__service_away_is_no_exception(bench: Bench) -> None:
    await bench.go_away()
    answer = await bench.sender.send(Outgoing(PHONE, f"[찰칵] {LINK}", LINK, "reference"))
    assert isinstance(answer, Throttled | Unclear)


async def test_find__service_away_is_not_absence(bench: Bench) -> None:
    await bench.go_away()
    with pytest.raises(LookUpFailed):
        await bench.sender.find(PHONE, LINK, LONG_AGO)


async def test_sender__has_a_name_and_closes(bench: Bench) -> None:
    assert bench.sender.name
    await bench.sender.close()
