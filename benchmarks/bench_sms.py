"""How long a person waits for the message once the search has ended.

``make bench-sms`` (or ``python benchmarks/bench_sms.py [--quick]``) starts a fresh embedded
database, one sender as a worker runs it, and a stand-in of Twilio on loopback, and prints:

- from the commit of a search's last write to the stand-in's receipt, one search at a time: median,
  p95, worst (target: median <= 500 ms);
- the same without notifications, so by polling alone: what they are worth;
- messages a second when many searches end at once, with one sender and with four.
"""

from __future__ import annotations

import asyncio
import base64
import random
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.jobs.services import utc_now
from searchapp.logs import configure_logs
from searchapp.notify import sender_loop
from searchapp.notify.providers.twilio import TwilioSender
from searchapp.notify.reconciler import SenderContext
from searchapp.notify.sender_loop import run_sender
from searchapp.postgres import EmbeddedPostgres
from tests.support.folders import make_server_folder
from tests.support.outbox import end_job, twilio_settings
from tests.support.twilio_stub import TwilioStub

BACKLOG = 200
STARTING = 0.5
"""Seconds that senders get to connect."""

SECRETS = Secrets([base64.urlsafe_b64encode(bytes(32)).decode()])


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@asynccontextmanager
async def senders(dsn: str, stub: TwilioStub, count: int) -> AsyncIterator[None]:
    """``count`` senders, each as a worker process runs one."""
    stop, tasks = asyncio.Event(), []
    settings = twilio_settings(stub.url)
    engines = [make_engine(dsn) for _ in range(count)]
    twilios = [TwilioSender(settings, utc_now) for _ in range(count)]
    for engine, sender in zip(engines, twilios, strict=True):
        run = run_sender(SenderContext(engine, SECRETS, settings, sender, now), stop)
        tasks.append(asyncio.create_task(run))
    await asyncio.sleep(STARTING)
    yield
    stop.set()
    await asyncio.gather(*tasks)
    for engine, sender in zip(engines, twilios, strict=True):
        await sender.close()
        await engine.dispose()


async def one_at_a_time(engine: AsyncEngine, stub: TwilioStub, rounds: int) -> list[float]:
    """Milliseconds from the commit to the receipt."""
    times, received = [], asyncio.Event()

    async def receive(_form: dict[str, str]) -> None:
        received.set()

    stub.on_request = receive
    for _ in range(rounds):
        await asyncio.sleep(random.uniform(0.02, 0.2))
        received.clear()
        await end_job(engine, SECRETS, now=now())
        began = time.perf_counter()
        await received.wait()
        times.append((time.perf_counter() - began) * 1000)
    stub.on_request = None
    return times


async def all_at_once(dsn: str, engine: AsyncEngine, stub: TwilioStub, senders_: int) -> float:
    """Messages a second out of a full outbox."""
    for _ in range(BACKLOG):
        await end_job(engine, SECRETS, now=now())
    done, wanted = asyncio.Event(), len(stub.requests) + BACKLOG

    async def count(_form: dict[str, str]) -> None:
        if len(stub.requests) >= wanted:
            done.set()

    stub.on_request = count
    async with senders(dsn, stub, senders_):
        began = time.perf_counter() - STARTING
        await done.wait()
        return BACKLOG / (time.perf_counter() - began)


def report(name: str, times: Sequence[float]) -> None:
    """One line of figures."""
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{name:<28} median {median(times):7.1f} ms   p95 {p95:7.1f}   worst {ordered[-1]:7.1f}")


async def measure(dsn: str, rounds: int) -> None:
    """Runs everything."""
    engine = make_engine(dsn)
    async with TwilioStub() as stub:
        async with senders(dsn, stub, 1):
            await one_at_a_time(engine, stub, 5)
            report("notified", await one_at_a_time(engine, stub, rounds))
        channel, sender_loop.messages.CHANNEL = sender_loop.messages.CHANNEL, "searchapp_nothing"
        async with senders(dsn, stub, 1):
            sender_loop.messages.CHANNEL = channel
            report("polling alone", await one_at_a_time(engine, stub, max(5, rounds // 10)))
        for count in (1, 4):
            rate = await all_at_once(dsn, engine, stub, count)
            print(f"{count} sender(s) on {BACKLOG} waiting messages: {rate:.0f} messages/s")
    await engine.dispose()


def main() -> None:
    """Measures and prints."""
    configure_logs(json=False, level=40)
    folder = make_server_folder()
    server = EmbeddedPostgres(folder)
    try:
        dsn = server.ensure_running()
        migrate(dsn)
        asyncio.run(measure(dsn, 30 if "--quick" in sys.argv else 200))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
