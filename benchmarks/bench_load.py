"""How many people one machine bears: pages that watch, and photos that come in.

``make bench-load`` (or ``python benchmarks/bench_load.py [--quick]``) starts the product's own web
processes, one and then two, on a fresh embedded database, and prints for each:

- watching: 500 simulated pages on Reflex's websocket, ten to a running search of three items. Two
  items have all their results, the third gets one more each second: from the commit to the page,
  median and p95 in ms (target: p95 <= 500), pages that did not get the last version (target: 0),
  and the web processes' CPU and memory;
- storing: 50 photos a second for 60 s: answers by status, the rows that are there in the end
  (target: as many as 202s), median and p95 in ms, and memory before and after.

Everything runs on this one machine, the simulated pages too: they take about as much of it as the
web process, so a machine of its own bears more.  Bounded: about five minutes, or one with --quick.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
from bench_api import p95, photo_of
from processes import database, memory, webs
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parents[1]))

from searchapp.db.engine import transaction
from searchapp.db.repositories import searches
from searchapp.db.tables.searches import items_json
from searchapp.domain.search import Box, Item, ItemStatus, Match, Result, Stage, Status
from searchapp.jobs.services import Services, open_services
from searchapp.settings import Settings

STATE = "reflex___state____state"
ON_LOAD = f"{STATE}.reflex___state____on_load_internal_state.on_load_internal"
VERSION = re.compile(r'"version":\s*(\d+)')
TO_A_SEARCH = 10
CHANGES = 20
RESULTS = tuple(
    Result(
        f"shop:{n}",
        "오버핏 코튼 크루넥 긴팔 티셔츠 네이비",
        "찰칵",
        39_000.0,
        "KRW",
        f"https://shop.example/products/{n}",
        f"/api/products/{n}/image",
        0.9 - n / 100,
        "shop",
    )
    for n in range(24)
)
"""What a shop's product looks like in a search."""


@dataclass(frozen=True)
class Size:
    """How much of it all."""

    pages: int = 500
    changes: int = CHANGES
    per_second: int = 50
    seconds: int = 60
    photo: int = 300_000


QUICK = Size(pages=100, changes=6, per_second=20, seconds=8)


async def main() -> None:
    """Measures and prints."""
    size = QUICK if "--quick" in sys.argv else Size()
    with tempfile.TemporaryDirectory(prefix="bench-load-") as folder, database(Path(folder)):
        for count in (1, 2):
            with webs(count, Path(folder)) as (urls, processes):
                settings = Settings(_env_file=None, data_dir=Path(folder))
                services = open_services(settings)
                print(f"--- {count} web process{'es' if count > 1 else ''}", flush=True)
                await watching(services, urls, processes, size)
                await storing(services, urls, processes, size)
                await services.close()


# --- watching --------------------------------------------------------------------------------


@dataclass
class Seen:
    """What the simulated pages got."""

    committed: dict[tuple[str, int], float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    newest: dict[int, int] = field(default_factory=dict)
    pages: int = 0
    everybody: asyncio.Event = field(default_factory=asyncio.Event)


async def watching(
    services: Services, urls: Sequence[str], processes: Sequence[psutil.Process], size: Size
) -> None:
    """Pages watch searches that change."""
    seen = Seen(pages=size.pages)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        photo = photo_of(20_000)
        jobs = [await post(http, urls[0], photo) for _ in range(size.pages // TO_A_SEARCH)]
        for job in jobs:
            async with transaction(services.engine) as session:
                await searches.change(session, job, **running(0))
        pages = []
        for n in range(size.pages):
            job, url = jobs[n // TO_A_SEARCH], urls[n % len(urls)]
            pages.append(asyncio.create_task(look(http, url, job, n, seen)))
            await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            await seen.everybody.wait()
        busy = [process.cpu_times() for process in processes]
        began = time.perf_counter()
        last = await change(services, jobs, size.changes, seen)
        spent = time.perf_counter() - began
        used = [
            sum(process.cpu_times()[:2]) - sum(before[:2])
            for process, before in zip(processes, busy, strict=True)
        ]
        await asyncio.sleep(3)
        lost = sum(1 for n in range(size.pages) if seen.newest[n] < last[jobs[n // TO_A_SEARCH]])
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    print(
        f"watching: {size.pages} pages, {len(jobs)} changes/s: commit to page median "
        f"{median(seen.times):.0f} ms, p95 {p95(seen.times):.0f} ms, worst "
        f"{max(seen.times):.0f} ms ({len(seen.times)} of {size.pages * size.changes} "
        f"seen, the others overtaken), "
        f"without the last version: {lost}; CPU {sum(used) / spent:.2f} cores, "
        f"{1000 * sum(used) / len(seen.times):.2f} ms a change shown; memory {memory(processes)}",
        flush=True,
    )


async def look(http: aiohttp.ClientSession, url: str, job: str, number: int, seen: Seen) -> None:
    """One page, as Reflex's client opens it."""
    route = {"pathname": f"/results/{job}", "asPath": f"/results/{job}", "query": {}}
    address = f"{url}/_event/?token={uuid4()}&EIO=4&transport=websocket"
    async with http.ws_connect(address, max_msg_size=0) as page:
        await page.receive_str()
        await page.send_str("40/_event,")
        await page.receive_str()
        for name in (f"{STATE}.hydrate", ON_LOAD):
            event = {"name": name, "payload": {}, "router_data": route}
            await page.send_str(f"42/_event,{json.dumps(['event', event])}")
        async for message in page:
            frame = str(message.data)
            if frame == "2":
                await page.send_str("3")
            elif f'"{job}"' in frame and (found := VERSION.search(frame)):
                note(job, int(found[1]), number, seen)


def note(job: str, version: int, number: int, seen: Seen) -> None:
    """A page shows a version."""
    if (at := seen.committed.get((job, version))) is not None:
        seen.times.append((time.perf_counter() - at) * 1000)
    seen.newest[number] = max(version, seen.newest.get(number, 0))
    if len(seen.newest) == seen.pages:
        seen.everybody.set()


def running(found: int) -> dict[str, Any]:
    """The columns of a search under way, ``found`` results into its last item."""
    items = [
        Item(str(n), "top", Box(40 * n, 30, 120, 200), ItemStatus.DONE, Match.SIMILAR, RESULTS)
        for n in range(2)
    ]
    items.append(
        Item("2", "skirt", Box(10, 300, 150, 180), ItemStatus.PROCESSING, None, RESULTS[:found])
    )
    return {
        "status": Status.PROCESSING.value,
        "stage": Stage.MATCHING.value,
        "progress": 60 + found,
        "photo_width": 400,
        "photo_height": 600,
        "results": items_json(items),
    }


async def change(services: Services, jobs: Sequence[str], times: int, seen: Seen) -> dict[str, int]:
    """Changes every search once a second, spread over the second; the last version of each."""
    last: dict[str, int] = {}
    for round_ in range(times):
        began = time.perf_counter()
        for n, job in enumerate(jobs):
            async with transaction(services.engine) as session:
                await searches.change(session, job, **running(round_ + 1))
                last[job] = (await searches.versions(session, [job]))[job]
            seen.committed[(job, last[job])] = time.perf_counter()
            await asyncio.sleep(max(0.0, began + (n + 1) / len(jobs) - time.perf_counter()))
    return last


# --- storing ---------------------------------------------------------------------------------


async def storing(
    services: Services, urls: Sequence[str], processes: Sequence[psutil.Process], size: Size
) -> None:
    """Photos come in at a steady rate, whatever the answers."""
    photo = photo_of(size.photo)
    before = await count(services)
    held = memory(processes)
    statuses: Counter[int] = Counter()
    times: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def one(url: str) -> None:
            began = time.perf_counter()
            async with http.post(f"{url}/api/search-job", data=form(photo)) as answer:
                await answer.read()
                statuses[answer.status] += 1
                times.append((time.perf_counter() - began) * 1000)

        tasks = []
        began = time.perf_counter()
        for n in range(size.per_second * size.seconds):
            tasks.append(asyncio.create_task(one(urls[n % len(urls)])))
            await asyncio.sleep(max(0.0, began + (n + 1) / size.per_second - time.perf_counter()))
        failed = [e for e in await asyncio.gather(*tasks, return_exceptions=True) if e]
    await asyncio.sleep(5)
    stored = await count(services) - before
    print(
        f"storing: {size.per_second}/s for {size.seconds} s: answers {dict(statuses)}, without an "
        f"answer {len(failed)}, stored {stored}; median {median(times):.0f} ms, p95 "
        f"{p95(times):.0f} ms; memory before {held}, after {memory(processes)}",
        flush=True,
    )


def form(photo: bytes) -> aiohttp.FormData:
    """A photo as a form."""
    data = aiohttp.FormData()
    data.add_field("image", photo, filename="a.jpg", content_type="image/jpeg")
    return data


async def post(http: aiohttp.ClientSession, url: str, photo: bytes) -> str:
    """Starts a search; its id."""
    async with http.post(f"{url}/api/search-job", data=form(photo)) as answer:
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["jobId"])


async def count(services: Services) -> int:
    """Stored searches."""
    async with transaction(services.engine) as session:
        return int(await session.scalar(text("SELECT count(*) FROM search_jobs")) or 0)


if __name__ == "__main__":
    asyncio.run(main())
