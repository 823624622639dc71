"""Real sender processes, killed at every moment: each person gets one message."""

from __future__ import annotations

import asyncio
import base64
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.repositories.messages import messages
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.phone import Phone
from searchapp.notify.admin import troubles
from searchapp.notify.texts import has_link
from tests.support.outbox import end_job
from tests.support.sender_process import fast_clock
from tests.support.twilio_stub import Behaviour, TwilioStub

pytestmark = pytest.mark.crash

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
PROJECT = Path(__file__).parents[2]

TROUBLE = ["drop", "drop_after", "error", "error_after", "throttle", "hang_after", "report_first"]


@dataclass
class House:
    """A database, a stand-in of Twilio, and the processes that send between them."""

    engine: AsyncEngine
    secrets: Secrets
    dsn: str
    stub: TwilioStub
    log: Path
    processes: list[Process] = field(default_factory=list)

    async def start(self, die_at: str = "never") -> Process:
        """A sender process."""
        command = [sys.executable, "-m", "tests.support.sender_process"]
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                *(self.dsn, self.stub.url, KEY, die_at),
                cwd=PROJECT,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    async def end_jobs(self, count: int) -> list[str]:
        """Searches that end now, each with a number of its own."""
        return [
            await end_job(self.engine, self.secrets, phone=Phone(f"+8210{n:08}"), now=fast_clock())
            for n in range(count)
        ]

    async def states(self) -> Counter[str]:
        query = select(messages.c.state, func.count()).group_by(messages.c.state)
        async with transaction(self.engine) as session:
            return Counter({row[0]: row[1] for row in await session.execute(query)})

    async def settled(self, count: int, seconds: float = 90) -> None:
        """Waits until ``count`` messages came to an end."""
        async with asyncio.timeout(seconds):
            while True:
                states = await self.states()
                if states["sent"] + states["delivered"] + states["failed"] >= count:
                    return
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def _house(
    engine: AsyncEngine, database: str, secrets: Secrets, folder: Path
) -> AsyncIterator[House]:
    async with TwilioStub(clock=fast_clock) as stub:
        house = House(engine, secrets, database, stub, folder / "senders.log")
        yield house
        await house.close()


@pytest.fixture
async def house(
    engine: AsyncEngine, database: str, secrets_: Secrets, tmp_path: Path
) -> AsyncIterator[House]:
    async with _house(engine, database, secrets_, tmp_path) as made:
        yield made


def taken(house: House, job_id: str) -> int:
    """How many messages about a search the provider accepted."""
    link = f"https://chalkak.example/results/{job_id}"
    return sum(has_link(made.body, link) for made in house.stub.taken)


async def check(house: House, jobs: list[str]) -> None:
    """One accepted message a search, or none and a trouble that the operator sees."""
    async with transaction(house.engine) as session:
        seen = {t.job_id for t in await troubles(session, limit=1000)}
        rows = {row.job_id: row for row in await session.scalars(select(MessageRow))}
    assert not [job for job in jobs if taken(house, job) > 1]
    assert not [job for job in jobs if taken(house, job) == 0 and job not in seen]
    assert not [job for job in jobs if rows[job].state == "sent" and taken(house, job) != 1]
    assert not [row for row in rows.values() if row.state in ("sending", "pending", "unknown")]
    assert not [p for p in {m.to for m in house.stub.taken} if p in house.log.read_text()]


@pytest.mark.parametrize("moment", ["before_claim", "after_claim", "after_call", "before_commit"])
async def test_kill__at_each_moment(house: House, moment: str) -> None:
    dying = await house.start(moment)
    jobs = await house.end_jobs(3)
    assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    await house.start()
    await house.settled(3)
    await check(house, jobs)
    assert [taken(house, job) for job in jobs] == [1, 1, 1]


@pytest.mark.parametrize("behaviour", ["accept", "drop"])
async def test_kill__during_the_call(house: House, behaviour: str) -> None:
    dying = await house.start()

    async def kill(_form: dict[str, str]) -> None:
        if dying.returncode is None:
            dying.kill()
            await dying.wait()

    house.stub.on_request = kill
    house.stub.behaviours = [Behaviour(behaviour)]
    (job,) = await house.end_jobs(1)
    await asyncio.wait_for(dying.wait(), 30)
    await house.start()
    await house.settled(1)
    await check(house, [job])
    assert taken(house, job) == 1


async def test_frozen__past_its_lease_sends_nothing(house: House) -> None:
    first = await house.start()
    frozen = asyncio.Event()

    async def freeze(_form: dict[str, str]) -> None:
        if not frozen.is_set():
            first.send_signal(signal.SIGSTOP)
            frozen.set()

    house.stub.on_request = freeze
    # One alone is on its way: the clock here runs ten times too fast for the time limit of a
    # second call, which would otherwise end it before its first byte.
    jobs = await house.end_jobs(1)
    await asyncio.wait_for(frozen.wait(), 30)
    jobs += await house.end_jobs(2)
    await house.start()
    await house.settled(3)
    first.send_signal(signal.SIGCONT)
    await asyncio.sleep(1)
    await check(house, jobs)


async def test_race__four_senders_over_two_hundred_rows(house: House) -> None:
    for _ in range(4):
        await house.start()
    jobs = await house.end_jobs(200)
    await house.settled(200)
    await check(house, jobs)
    assert len(house.stub.taken) == 200
    assert await house.states() == {"sent": 200}


async def _kill_at_random(house: House, chance: random.Random, until: asyncio.Event) -> None:
    """Kills a sender every now and then, and starts another."""
    while not until.is_set():
        await asyncio.sleep(chance.uniform(0.5, 2.5))
        alive = [p for p in house.processes if p.returncode is None]
        victim = chance.choice(alive)
        victim.kill()
        await victim.wait()
        await house.start()


async def _ordeal(house: House, count: int, seed: int) -> None:
    chance, done = random.Random(seed), asyncio.Event()
    house.stub.listing_delay = timedelta(seconds=15)
    house.stub.behaviours = [
        Behaviour(chance.choice(TROUBLE) if chance.random() < 0.3 else "accept", 503)
        for _ in range(count)
    ]
    for _ in range(3):
        await house.start()
    killer = asyncio.create_task(_kill_at_random(house, chance, done))
    jobs = await house.end_jobs(count)
    await house.settled(count, seconds=60 + count)
    done.set()
    await killer
    await check(house, jobs)


async def test_ordeal__random_kills_and_troubles(house: House) -> None:
    await _ordeal(house, 60, seed=1)


@pytest.mark.long
async def test_ordeal__five_hundred(house: House) -> None:
    await _ordeal(house, 500, seed=2)
