"""What hostile and broken clients do to a real web process: it answers, and goes on."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import time
from collections.abc import Iterator
from itertools import islice

import httpx
import psycopg
import pytest

from searchapp.cli.serving import HEADER_SECONDS
from searchapp.db.engine import psycopg_dsn
from searchapp.web.middleware.request_bodies import UPLOAD_BYTES
from tests.integration.api.conftest import MIB, Served
from tests.support.hostile import hostile_pictures
from tests.support.web import picture

FLAT = 60.0
"""MiB that the process may grow under 300 MB of body: a few uploads' worth, not the body's."""

HUGE = 300 * 1000 * 1000
BOUNDARY = "b0undary"
PART = (
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=image; filename=a.jpg\r\n\r\n"
).encode()
KIND = f"multipart/form-data; boundary={BOUNDARY}"


SMUGGLING = (
    b"POST /api/search-job HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
)


def body_of(image: bytes) -> bytes:
    return PART + image + f"\r\n--{BOUNDARY}--\r\n".encode()


def request_head(length: int | str | None, path: str = "/api/search-job") -> bytes:
    framing = (
        "Transfer-Encoding: chunked\r\n" if length is None else f"Content-Length: {length}\r\n"
    )
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {KIND}\r\n{framing}\r\n".encode()


def raw(served: Served, data: bytes, *, timeout: float = 10, hang_up: bool = True) -> bytes:
    """Whatever comes back for ``data``, as far as it comes; ``hang_up`` ends our side at once."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        except OSError:
            return b""
        return answer


def honest(served: Served) -> int:
    with httpx.Client(base_url=served.url, trust_env=False, timeout=20) as http:
        return http.post("/api/search-job", files={"image": ("a.jpg", picture())}).status_code


def huge_chunks() -> Iterator[bytes]:
    yield PART + b"\xff\xd8\xff"
    for _ in range(HUGE // MIB + 1):
        yield b"x" * MIB


@pytest.mark.parametrize("declared", [True, False], ids=["content-length", "chunked"])
@pytest.mark.parametrize("path", ["/api/search-job", "/api/search-job/x/items", "/_upload"])
def test_300_megabytes__an_answer_and_flat_memory(
    served: Served, declared: bool, path: str
) -> None:
    assert honest(served) == 202
    before = served.memory
    headers = {"content-type": KIND}
    if declared:
        headers["content-length"] = str(len(PART) + 3 + (HUGE // MIB + 1) * MIB)
    with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as http:
        answer = http.post(path, content=huge_chunks(), headers=headers)
    assert answer.status_code in ({413} if path != "/_upload" else {413, 404})
    assert answer.json()["error"]["code"] in {"too_large", "not_found"}
    assert served.memory - before < FLAT
    assert honest(served) == 202


async def test_slow_connections__others_are_served(served: Served) -> None:
    loop = asyncio.get_running_loop()
    before = served.memory
    slow = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(100)]
    for _, writer in slow:
        writer.write(request_head(MIB) + PART)

    async def trickle() -> None:
        while True:
            for _, writer in slow:
                writer.write(b"x")
            await asyncio.sleep(0.2)

    trickling = asyncio.create_task(trickle())
    statuses = [await loop.run_in_executor(None, honest, served) for _ in range(20)]
    trickling.cancel()
    for _, writer in slow:
        writer.close()
    assert statuses == [202] * 20
    assert served.memory - before < FLAT


async def test_idle_sockets__others_are_served(served: Served) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(1000)]
    status = await asyncio.get_running_loop().run_in_executor(None, honest, served)
    for _, writer in idle:
        writer.close()
    assert status == 202


def stored(served: Served) -> int:
    with psycopg.connect(psycopg_dsn(served.dsn)) as connection:
        row = connection.execute("SELECT count(*) FROM searchapp.search_jobs").fetchone()
    assert row is not None
    return int(row[0])


def test_uploads_cut_anywhere__leave_nothing(served: Served) -> None:
    before = stored(served)
    body = body_of(picture())
    whole = request_head(len(body)) + body
    for cut in sorted(random.Random(7).sample(range(1, len(whole)), 40)):
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
            connection.sendall(whole[:cut])
    assert honest(served) == 202
    assert stored(served) == before + 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_hostile_pictures__no_crash_and_no_500(served: Served, kind: str) -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    chance = random.Random(f"hostile {kind}")
    seed = picture(kind, 64, 48)
    statuses = set()
    with httpx.Client(base_url=served.url, trust_env=False, timeout=20) as http:
        for _ in range(60):
            answer = http.post(
                "/api/search-job", files={"image": ("a", mutated(seed, chance), "image/jpeg")}
            )
            statuses.add(answer.status_code)
    assert statuses <= {202, 415, 422}
    assert served.process.poll() is None


def test_hostile_tricks__no_crash_no_500_and_flat_memory(served: Served) -> None:
    assert honest(served) == 202
    before = served.memory
    statuses = set()
    with httpx.Client(base_url=served.url, trust_env=False, timeout=30) as http:
        for _, data in islice(hostile_pictures(seed=3), 80):
            answer = http.post("/api/search-job", files={"image": ("a", data)})
            statuses.add(answer.status_code)
    assert {202, 422} <= statuses <= {202, 415, 422}
    assert served.memory - before < FLAT
    assert served.process.poll() is None


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """``seed`` with flipped bytes, cut, with a piece twice, or with wild numbers inside."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[at : at + chance.randrange(64)]
            case _:
                data[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff"])
        if len(data) < 4:
            return bytes(data)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://evil.example/api/docs HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /api/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/docs HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 600_000 + b"\r\n\r\n",
        b"GET /api/docs HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 2000 + b"\r\n",
        request_head(None) + b"0\r\nX-A: " + b"a" * 600_000 + b"\r\n\r\n",
        b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/search-job/%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: x\r\n\r\n",
        SMUGGLING,
        request_head(-5) + b"x",
        request_head("0x10") + b"x" * 16,
        request_head("1, 2") + b"x",
        request_head(None) + b"zzzz\r\n",
        request_head(None) + b"ffffffffffffffffffff\r\nx",
        request_head(10),
        request_head(0),
    ],
)
def test_tricks_with_requests__refused_or_dropped(served: Served, data: bytes) -> None:
    answer = raw(served, data)
    head = answer.split(b"\r\n\r\n", 1)[0]
    assert b"set-cookie" not in head.lower()
    assert b"root:" not in answer
    assert not answer.startswith(b"HTTP/1.1 5")
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert honest(served) == 202


@pytest.mark.parametrize(
    "data",
    [
        b"GET /healthz HTTP/1.1\nHost: x\n\n",
        b"GET /healthz HTTP/1.1\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\n",
        request_head(None) + b"5\nhello\r\n0\r\n\r\n",
    ],
)
def test_bare_line_feeds__refused(served: Served, data: bytes) -> None:
    assert raw(served, data).startswith(b"HTTP/1.1 400")
    assert honest(served) == 202


async def test_headers_that_do_not_end__the_connection_does(served: Served) -> None:
    async def seconds_open(start: bytes) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        began = time.monotonic()
        writer.write(start)
        await asyncio.wait_for(reader.read(), 3 * HEADER_SECONDS)
        writer.close()
        return time.monotonic() - began

    starts = (b"", b"\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ")
    waited = await asyncio.gather(*map(seconds_open, starts))
    assert waited == [pytest.approx(HEADER_SECONDS, abs=3)] * 3


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
async def test_early_answer__reaches_a_client_that_reads_once_all_is_sent(
    served: Served, connection: str
) -> None:
    size = UPLOAD_BYTES + MIB
    head = f"POST /api/search-job HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n"
    for _ in range(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(f"{head}Content-Length: {size}\r\n\r\n".encode())
        for _ in range(size // MIB):
            writer.write(bytes(MIB))
            await writer.drain()
        answer = await asyncio.wait_for(reader.readline(), HEADER_SECONDS)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 413")


async def test_early_answer__the_rest_is_not_waited_for_without_end(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    began = time.monotonic()
    writer.write(b"POST /api/search-job HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
    writer.write(f"Content-Length: {2 * UPLOAD_BYTES}\r\n\r\n".encode())
    assert (await reader.read()).startswith(b"HTTP/1.1 413")

    async def trickle() -> None:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.5)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(trickle(), 3 * HEADER_SECONDS)
    assert time.monotonic() - began == pytest.approx(HEADER_SECONDS, abs=3)


def test_trailers__are_no_headers(served: Served) -> None:
    hidden = request_head(None, "/healthz").replace(b"POST", b"GET") + b"0\r\nHost: y\r\n\r\n"
    after = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(served, hidden + after).count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["x"], 200),
        (["x:8080"], 200),
        (["x", "y"], 400),
        (["x", "x"], 400),
        (["x:99999"], 400),
        (["x:port"], 400),
        (["user@x"], 400),
        (["x y"], 400),
    ],
)
def test_host__is_one_with_a_port_that_can_be_one(
    served: Served, hosts: list[str], status: int
) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    head = f"GET /healthz HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
    answer = raw(served, head.encode(), hang_up=False)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_the_log__knows_neither_ids_nor_numbers_nor_addresses(served: Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False, timeout=20) as http:
        answer = http.post(
            "/api/search-job",
            files={"image": ("geheim.jpg", picture())},
            data={"phoneNumber": "010-8765-4321", "smsConsent": "true"},
            headers={"x-forwarded-for": "203.0.113.99"},
        )
        job_id = answer.json()["jobId"]
        http.get(f"/api/search-job/{job_id}?phone=01087654321")
        http.get(f"/api/search-job/{job_id}/nothing")
        http.get(f"/results/{job_id}")
        http.post(f"/api/search-job/{job_id}/notify", json={"phoneNumber": "010-8765-432"})
        metrics = http.get("/metrics").text
    text = served.log.read_text() + metrics
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert {line["route"] for line in lines if "route" in line} >= {"/api/search-job/{job_id}"}
    # Four digits alone stand in a time now and then; the number in any spelling has more.
    for secret in (job_id, "geheim", "203.0.113.99"):
        assert secret not in text
    assert not re.search(r"8765[- ]?4321?", text)
