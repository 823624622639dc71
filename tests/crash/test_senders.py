"""Real sender processes, killed at every moment: each person gets one message."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.repositories.messages import messages
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.phone import Phone
from searchapp.jobs.operations import message_problems
from searchapp.notify.texts import has_link
from tests.support.forked import Forked, start
from tests.support.outbox import end_job
from tests.support.sender_process import SPEED, fast_clock
from tests.support.skew import clock_apart
from tests.support.solapi_stub import SolapiStub
from tests.support.twilio_stub import Behaviour, TwilioStub

pytestmark = pytest.mark.crash

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()

STUBS: dict[str, type[TwilioStub] | type[SolapiStub]] = {
    "twilio": TwilioStub,
    "solapi": SolapiStub,
}

QUIET_START_SECONDS = 3.0
"""From starting three senders to the first settled message, on a quiet machine."""

RACE_ROWS = 60
"""Fifteen claims a sender."""

HOSTS = (0, 2, -10)
"""Minutes by which the clocks of the three hosts are ahead."""

STALLED, STALL_SECONDS = 0.3, 60.0
"""Part of the strikes that stop a sender, and for how long by the clock of the senders."""

LATE = timedelta(seconds=40)
"""After its acceptance, the provider's list shows a message."""

TROUBLE = ["drop", "drop_after", "error", "error_after", "throttle", "hang_after", "report_first"]


@dataclass
class Rig:
    """A database, the stub of a provider, and the processes that send between them."""

    engine: AsyncEngine
    secrets: Secrets
    dsn: str
    provider: str
    stub: TwilioStub | SolapiStub
    log: Path
    processes: list[Forked] = field(default_factory=list)
    strikes: Counter[str] = field(default_factory=Counter)
    apart: dict[int, float] = field(default_factory=dict)
    """Process -> how many minutes its host's clock is ahead."""

    async def start(self, die_at: str = "never", apart: float = 0) -> Forked:
        """A sender process on a host whose clock is ``apart`` minutes ahead."""
        arguments = (self.provider, self.dsn, self.stub.url, KEY, die_at)
        env = {**os.environ, **clock_apart(apart)}
        with self.log.open("ab") as log:
            process = start(
                "tests.support.sender_process", *arguments, env=env, stdout=log, stderr=log
            )
        self.processes.append(process)
        self.apart[process.pid] = apart
        return process

    async def end_jobs(self, count: int, first: int = 0) -> list[str]:
        """Searches that end now, each with a number of its own, counted from ``first``."""
        return [
            await end_job(self.engine, self.secrets, phone=Phone(f"+8210{n:08}"), now=fast_clock())
            for n in range(first, first + count)
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
            process.terminate()
        for process in self.processes:
            try:
                await asyncio.wait_for(process.ended(), 5)
            except TimeoutError:
                process.kill()
                await process.ended()


@asynccontextmanager
async def _rig(
    provider: str, engine: AsyncEngine, database: str, secrets: Secrets, folder: Path
) -> AsyncIterator[Rig]:
    async with STUBS[provider](clock=fast_clock) as stub:
        rig = Rig(engine, secrets, database, provider, stub, folder / "senders.log")
        yield rig
        await rig.close()


@pytest.fixture(params=["twilio", "solapi"])
async def rig(
    request: pytest.FixtureRequest,
    engine: AsyncEngine,
    database: str,
    secrets_: Secrets,
    tmp_path: Path,
) -> AsyncIterator[Rig]:
    async with _rig(request.param, engine, database, secrets_, tmp_path) as made:
        yield made


def taken(rig: Rig, job_id: str) -> int:
    """How many messages about a search the provider accepted."""
    link = f"https://chalkak.example/results/{job_id}"
    return sum(has_link(made.body, link) for made in rig.stub.taken)


async def check(rig: Rig, jobs: list[str]) -> None:
    """One accepted message a search, or none and a trouble that the operator sees."""
    async with transaction(rig.engine) as session:
        seen = {t.job_id for t in await message_problems(session, limit=1000)}
        rows = {row.job_id: row for row in await session.scalars(select(MessageRow))}
    assert not [job for job in jobs if taken(rig, job) > 1]
    assert not [job for job in jobs if taken(rig, job) == 0 and job not in seen]
    assert not [job for job in jobs if rows[job].state == "sent" and taken(rig, job) != 1]
    assert not [row for row in rows.values() if row.state in ("sending", "pending", "unknown")]
    assert not [p for p in {m.to for m in rig.stub.taken} if p in rig.log.read_text()]


@pytest.mark.parametrize("moment", ["before_claim", "after_claim", "after_call", "before_commit"])
async def test_kill__at_each_moment(rig: Rig, moment: str) -> None:
    dying = await rig.start(moment)
    jobs = await rig.end_jobs(3)
    assert await asyncio.wait_for(dying.ended(), 30) == -signal.SIGKILL
    await rig.start()
    await rig.settled(3)
    await check(rig, jobs)
    assert [taken(rig, job) for job in jobs] == [1, 1, 1]


@pytest.mark.parametrize("behaviour", ["accept", "drop"])
async def test_kill__during_the_call(rig: Rig, behaviour: str) -> None:
    dying = await rig.start()

    async def kill(_form: dict[str, Any]) -> None:
        dying.kill()
        await dying.ended()

    rig.stub.on_request = kill
    rig.stub.behaviours = [Behaviour(behaviour)]
    (job,) = await rig.end_jobs(1)
    await asyncio.wait_for(dying.ended(), 30)
    await rig.start()
    await rig.settled(1)
    await check(rig, [job])
    assert taken(rig, job) == 1


async def test_frozen__past_its_lease_sends_nothing(rig: Rig) -> None:
    first = await rig.start()
    frozen = asyncio.Event()

    async def freeze(_form: dict[str, Any]) -> None:
        if not frozen.is_set():
            first.send_signal(signal.SIGSTOP)
            frozen.set()

    rig.stub.on_request = freeze
    # One alone is on its way: the clock here runs ten times too fast for the time limit of a
    # second call, which would otherwise end it before its first byte.
    jobs = await rig.end_jobs(1)
    await asyncio.wait_for(frozen.wait(), 30)
    jobs += await rig.end_jobs(2)
    await rig.start()
    await rig.settled(3)
    first.send_signal(signal.SIGCONT)
    await asyncio.sleep(1)
    await check(rig, jobs)


async def test_race__four_senders_over_all_rows(rig: Rig) -> None:
    for _ in range(4):
        await rig.start()
    jobs = await rig.end_jobs(RACE_ROWS)
    await rig.settled(RACE_ROWS)
    await check(rig, jobs)
    assert len(rig.stub.taken) == RACE_ROWS
    assert await rig.states() == {"sent": RACE_ROWS}


async def _strike_at_random(
    rig: Rig, chance: random.Random, until: asyncio.Event, pace: float
) -> None:
    """Now and then kill a sender and start another on its host, or stop one for STALL_SECONDS.

    :param pace: how many times slower than a quiet machine this one starts a sender: one that is
        killed before it runs shows nothing.
    """
    while not until.is_set():
        await asyncio.sleep(pace * chance.uniform(0.5, 2.5))
        alive = [p for p in rig.processes if p.poll() is None]
        victim = chance.choice(alive)
        if chance.random() < STALLED:
            rig.strikes["stall"] += 1
            victim.send_signal(signal.SIGSTOP)
            await asyncio.sleep(STALL_SECONDS / SPEED)
            victim.send_signal(signal.SIGCONT)
        else:
            rig.strikes["kill -9"] += 1
            victim.kill()
            await victim.ended()
            await rig.start(apart=rig.apart[victim.pid])


async def _ordeal(rig: Rig, count: int, seed: int) -> None:
    chance, done = random.Random(seed), asyncio.Event()
    began = asyncio.get_running_loop().time()
    for apart in HOSTS:
        await rig.start(apart=apart)
    jobs = await rig.end_jobs(1)
    await rig.settled(1, seconds=120)
    pace = max(1.0, (asyncio.get_running_loop().time() - began) / QUIET_START_SECONDS)
    rig.stub.listing_delay = LATE
    rig.stub.behaviours = [
        Behaviour(chance.choice(TROUBLE) if chance.random() < 0.3 else "accept", 503)
        for _ in range(count)
    ]
    killer = asyncio.create_task(_strike_at_random(rig, chance, done, pace))
    jobs += await rig.end_jobs(count, first=1)
    await rig.settled(count + 1, seconds=pace * (60 + count))
    done.set()
    await killer
    await check(rig, jobs)
    again = sum(max(0, taken(rig, job) - 1) for job in jobs)
    none = sum(not taken(rig, job) for job in jobs)
    print(  # noqa: T201
        f"\n{rig.provider}: {len(jobs)} searches, {len(rig.stub.requests)} calls, {none} without a"
        f" message, {again} twice, {dict(rig.strikes)}, {dict(await rig.states())}"
    )
    assert none == again == 0


async def test_ordeal__random_kills_and_troubles(rig: Rig) -> None:
    await _ordeal(rig, 60, seed=1)


@pytest.mark.long
async def test_ordeal__hundreds(rig: Rig) -> None:
    """Drops, 5xx, late lists, stalls of 60 s and kill -9 on hosts at +2 and -10 minutes, over 500
    messages of Twilio and 300 of Solapi."""
    await _ordeal(rig, 500 if rig.provider == "twilio" else 300, seed=2)
