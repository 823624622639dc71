"""Photos in an S3-compatible store: the same life as in the database, and no orphans."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.object_store import S3Photos, attach, try_store
from searchapp.db.repositories import photos
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Status
from searchapp.errors import NotFound, NotStored
from searchapp.jobs import actions
from searchapp.jobs.access import photo
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.fakes import UPRIGHT
from tests.support.jobs import (
    PHOTO,
    count,
    ended,
    new_search,
    services_on,
    sql,
    worker_context,
    working,
)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """A real server that speaks S3, on loopback."""
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
        pytest.skip("moto's server is not there: pip install 'moto[server]'")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while True:
        try:
            assert httpx.put(f"{url}/photos", trust_env=False).is_success
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield url
    process.kill()
    process.wait()


_names = iter(range(1000))


@pytest.fixture
def store(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> S3Photos:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return S3Photos(f"s3://photos/test-{next(_names)}")


@pytest.fixture
def services(database: str, engine: AsyncEngine, secrets_: Secrets, store: S3Photos) -> Services:
    attach(engine, store)
    return services_on(database, engine, secrets_)


async def test_try_store__leaves_nothing(store: S3Photos) -> None:
    await try_store(store)
    assert await _objects(store) == set()


async def _objects(store: S3Photos) -> set[str]:
    later = datetime.now(UTC) + timedelta(hours=1)
    return {key async for keys in store.listed_before(later) for key in keys}


async def _until_objects(store: S3Photos, number: int) -> None:
    async with asyncio.timeout(60):
        while len(await _objects(store)) != number:
            await asyncio.sleep(0.05)


async def test_store__keeps_and_forgets(store: S3Photos) -> None:
    await store.put("a", PHOTO)
    await store.put("b", b"")
    assert (await store.get("a"), await store.get("b")) == (PHOTO, b"")
    assert await store.get("c") is None
    assert await _objects(store) == {"a", "b"}
    await store.delete(["a", "c"])
    assert await _objects(store) == {"b"}


async def test_search__its_photos_lie_in_the_store_alone(
    services: Services, store: S3Photos
) -> None:
    job = await start(services, new_search())
    [(original, key)] = await sql(services, "SELECT original, original_key FROM photos")
    assert original is None
    assert await store.get(key) == PHOTO
    assert job.id not in key
    with pytest.raises(NotFound):
        await photo(services, job.id)
    async with working(worker_context(services)):
        assert (await ended(services, job.id)).status is Status.COMPLETED
    assert await photo(services, job.id) == UPRIGHT + PHOTO
    await _until_objects(store, 1)  # What came in is gone.
    await actions.erase(services, job.id)
    await _until_objects(store, 0)


async def test_erase__is_done_when_the_process_ends(
    services: Services, store: S3Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = store.delete

    async def slowly(keys: Sequence[str]) -> None:
        await asyncio.sleep(0.5)
        await forget(keys)

    monkeypatch.setattr(store, "delete", slowly)
    job = await start(services, new_search())
    await actions.erase(services, job.id)
    await services.close()
    assert await _objects(store) == set()


async def test_start__store_away(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    attach(services.engine, S3Photos("s3://photos/away"))
    with pytest.raises(NotStored):
        await start(services, new_search())
    assert await count(services, "search_jobs") == 0


async def _break_off(services: Services) -> None:
    async with transaction(services.engine) as session:
        job = await start(services, new_search())
        await photos.store_upright(session, job.id, PHOTO)
        raise RuntimeError


async def test_sweep__deletes_what_no_row_names(services: Services, store: S3Photos) -> None:
    await start(services, new_search())
    await store.put("orphan", PHOTO)
    with pytest.raises(RuntimeError):
        await _break_off(services)
    assert len(await _objects(store)) == 4
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert await photos.sweep(services.engine, hour_ago) == 0, "they may be about to be named"
    assert await photos.sweep(services.engine, datetime.now(UTC) + timedelta(minutes=1)) == 2
    rows = await sql(services, "SELECT original_key FROM photos")
    assert await _objects(store) == {row[0] for row in rows}


async def test_store__a_database_photo_stays_readable(
    database: str, engine: AsyncEngine, secrets_: Secrets, store: S3Photos
) -> None:
    services = services_on(database, engine, secrets_)
    job = await start(services, new_search())
    attach(engine, store)
    async with working(worker_context(services)):
        await ended(services, job.id)
    assert await photo(services, job.id) == UPRIGHT + PHOTO
    assert len(await _objects(store)) == 1
