"""How long a search takes from claim to completed, and a worker's memory: ``make bench-time``.

A worker searches among the clothing photos of ``SEARCHAPP_TEST_PHOTOS``, as they are and, for more
products, mirrored: photos of one garment, then pictures that show four.  Everything runs on this
machine: beside other work only the worker's processor time says something.

    SEARCHAPP_TEST_PHOTOS=FOLDER python benchmarks/bench_time.py [--products 3131] [--searches 20]
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import numpy as np
import psutil
from PIL import Image, ImageOps
from processes import command, database, memory, webs, worker
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_load import post

from benchmarks.photos import FOLDER, Photo, photos
from searchapp.db.engine import transaction
from searchapp.jobs.services import Services, open_services
from searchapp.settings import Settings

WARM = 3
"""Searches before the first one that counts."""

_TIMES = text(
    "SELECT status, extract(epoch FROM finished_at - claimed_at) AS seconds,"
    " jsonb_array_length(results) AS items FROM search_jobs WHERE job_id = :job"
)


def write_feed(folder: Path, every: Sequence[Photo], count: int) -> Path:
    """A feed of ``count`` products, one photo each."""
    path = folder / "shop.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "link", "image_link", "price", "product_type"])
        for n in range(min(count, 2 * len(every))):
            photo, image = every[n % len(every)], folder / f"{n}.jpg"
            shown = photo.open() if n < len(every) else ImageOps.mirror(photo.open())
            shown.save(image, "JPEG", quality=95)
            link = f"https://shop.example/{n}"
            rows.writerow([n, f"{photo.label} {n}", link, image.name, "10000 KRW", photo.label])
    return path


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def four_of(some: Sequence[Photo]) -> Image.Image:
    """Four photos side by side, two by two, with a margin."""
    sheet = Image.new("RGB", (1240, 1640), "white")
    for place, photo in enumerate(some):
        part = ImageOps.contain(photo.open(), (580, 780))
        sheet.paste(part, (20 + place % 2 * 620, 20 + place // 2 * 820))
    return sheet


def used(process: psutil.Process) -> float:
    """Processor time of a worker and the processes that it started, in seconds."""
    every = [process, *process.children(recursive=True)]
    return sum(one.cpu_times().user + one.cpu_times().system for one in every)


async def searched(
    services: Services, http: aiohttp.ClientSession, url: str, photo: bytes
) -> tuple[float, int]:
    """Seconds from claim to completed, and how many items there were."""
    job = await post(http, url, photo)
    async with asyncio.timeout(60):
        while True:
            async with transaction(services.engine) as session:
                row = (await session.execute(_TIMES, {"job": job})).one()
            if row.status not in {"pending", "processing"}:
                assert row.status == "completed", row.status
                return float(row.seconds), int(row.items)
            await asyncio.sleep(0.1)


async def measure(folder: Path, url: str, process: psutil.Process, count: int) -> None:
    """Searches one after the other, and prints."""
    services = open_services(Settings(_env_file=None, data_dir=folder))
    rng = np.random.default_rng(7)
    every = [photo for photo in photos() if photo.for_testing]
    chosen = [every[int(n)] for n in rng.choice(len(every), WARM + 5 * count, replace=False)]
    fours = [chosen[WARM + count + 4 * n :][:4] for n in range(count)]
    async with aiohttp.ClientSession() as http:
        for photo in chosen[:WARM]:
            await searched(services, http, url, jpeg(photo.open()))
        for name, pictures in (
            ("one garment", [photo.open() for photo in chosen[WARM : WARM + count]]),
            ("four garments", [four_of(some) for some in fours]),
        ):
            before = used(process)
            done = [await searched(services, http, url, jpeg(image)) for image in pictures]
            spent = (used(process) - before) / len(done)
            seconds = sorted(taken for taken, _ in done)
            print(
                f"{name}: claim to completed median {statistics.median(seconds):.2f} s, worst "
                f"{seconds[-1]:.2f} s, processor time {spent:.2f} s, items "
                f"{statistics.mean(items for _, items in done):.1f}, "
                f"load {os.getloadavg()[0]:.1f}, worker {memory([process])}",
                flush=True,
            )
    await services.close()


def main() -> None:
    """Imports, searches, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=3131)
    parser.add_argument("--searches", type=int, default=20, help="of each kind")
    options = parser.parse_args()
    if not FOLDER.exists():
        print(f"Skipped: {FOLDER} is not there; set SEARCHAPP_TEST_PHOTOS.")
        return
    with tempfile.TemporaryDirectory(prefix="bench-time-") as name, database(Path(name)):
        folder = Path(name)
        feed = write_feed(folder, photos(), options.products)
        began = time.perf_counter()
        command(folder, "catalogue", "import", str(feed))
        print(f"imported in {time.perf_counter() - began:.0f} s", flush=True)
        with webs(1, folder) as (urls, _), worker(folder) as process:
            asyncio.run(measure(folder, urls[0], process, options.searches))


if __name__ == "__main__":
    main()
