"""How fast a photo is stored, and what slow and hostile clients cost the others.

``make bench-api`` (or ``python benchmarks/bench_api.py [--quick]``) starts the product's own web
process on a fresh embedded database and prints:

- POST of a 1 MB photo and GET of its search: median and p95, in ms (target: median POST <= 60);
- p95 of honest POSTs with 300 connections that send a byte a second, against without, in turns
  (target: within 2x);
- 1,000 hostile uploads: answers by status, and the process's memory (targets: no 5xx, <= 400 MiB).
"""

from __future__ import annotations

import io
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import numpy as np
import psutil
from PIL import Image
from processes import database, webs

MEGABYTE = 1_000_000
SLOW = 300


def main() -> None:
    """Measures and prints."""
    quick = "--quick" in sys.argv
    rounds, posts, hostile = (2, 20, 100) if quick else (4, 50, 1000)
    photo = photo_of(MEGABYTE)
    with web() as (url, process), httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
        repeated(5, lambda: post(http, photo))
        times = repeated(posts * 2, lambda: post(http, photo))
        print(f"POST 1 MB   median {median(times):6.1f} ms   p95 {p95(times):6.1f} ms")
        job_id = post(http, photo)
        times = repeated(posts * 4, lambda: http.get(f"/api/search-job/{job_id}"))
        print(f"GET search  median {median(times):6.1f} ms   p95 {p95(times):6.1f} ms")
        alone, beside = in_turns(http, url, photo, rounds, posts)
        print(
            f"POST p95 alone {p95(alone):.1f} ms, beside {SLOW} slow connections "
            f"{p95(beside):.1f} ms: {p95(beside) / p95(alone):.2f}x "
            f"(median {median(beside) / median(alone):.2f}x)"
        )
        print(f"hostile uploads ({hostile}): {dict(sorted(attack(http, hostile).items()))}")
        print(f"memory of the web process: {process.memory_info().rss / 2**20:.0f} MiB")


def photo_of(size: int) -> bytes:
    """A JPEG of exactly ``size`` bytes: noise, and zeros behind its end."""
    noise = np.random.default_rng(1).integers(0, 255, (1200, 1200, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=75)
    return out.getvalue()[:size].ljust(size, b"\0")


def post(http: httpx.Client, photo: bytes) -> str:
    """Starts a search and returns its id."""
    answer = http.post("/api/search-job", files={"image": ("a.jpg", photo, "image/jpeg")})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["jobId"])


def repeated(times: int, work: Callable[[], object]) -> list[float]:
    """Milliseconds of each of ``times`` calls."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return found


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


def in_turns(
    http: httpx.Client, url: str, photo: bytes, rounds: int, posts: int
) -> tuple[list[float], list[float]]:
    """Times alone and beside slow connections, in turns, so that both see the same machine."""
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(rounds):
        alone += repeated(posts, lambda: post(http, photo))
        with slow_connections(url):
            beside += repeated(posts, lambda: post(http, photo))
    return alone, beside


@contextmanager
def slow_connections(url: str) -> Iterator[None]:
    """SLOW connections that began an upload and send a byte a second; who is dropped comes back."""
    port = httpx.URL(url).port
    stop = threading.Event()
    open_ones = [_begun(port) for _ in range(SLOW)]

    def trickle() -> None:
        while not stop.wait(1):
            for n, connection in enumerate(open_ones):
                try:
                    connection.sendall(b"x")
                except OSError:
                    open_ones[n] = _begun(port)

    thread = threading.Thread(target=trickle)
    thread.start()
    time.sleep(1)
    yield
    stop.set()
    thread.join()
    for connection in open_ones:
        connection.close()


def _begun(port: int | None) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        b"POST /api/search-job HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        b"Content-Disposition: form-data; name=image; filename=a.jpg\r\n\r\n"
    )
    return connection


def attack(http: httpx.Client, times: int) -> Counter[int]:
    """Answers to broken pictures of each kind, by status."""
    chance = random.Random(1)
    seeds = [_small(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF")]
    statuses: Counter[int] = Counter()
    for _ in range(times):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(0, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = chance.choice([len(data), chance.randrange(len(data)), 0])
        answer = http.post("/api/search-job", files={"image": ("a", bytes(data[:cut]))})
        statuses[answer.status_code] += 1
    return statuses


def _small(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, kind)
    return out.getvalue()


@contextmanager
def web() -> Iterator[tuple[str, psutil.Process]]:
    """The product's web process on a fresh database."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-api-") as name,
        database(Path(name)),
        webs(1, Path(name)) as ([url], [process]),
    ):
        yield url, process


if __name__ == "__main__":
    main()
