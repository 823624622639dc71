"""A new version while people upload and watch: no acknowledged photo is lost, no client is refused,
and pages are back within seconds."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psycopg
import pytest

from searchapp.db.engine import psycopg_dsn
from tests.ops.test_proxy import CADDYFILE, QUIET, _free_port, _until
from tests.support.programs import debian_program

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "assets" / "samples" / "bed.jpg"
UPLOADS_A_SECOND = 8
SEARCHED_EVERY = 8
"""One photo in so many is searched; the others end sooner, so that this machine keeps up."""

GAP_SECONDS = 3.0
"""For how long a page may be without its websocket."""


BROKEN = SAMPLE.read_bytes()[:-2000]
"""Stored and queued like any other; the worker then finds that it cannot be opened."""

pytestmark = [pytest.mark.long, pytest.mark.e2e, pytest.mark.timeout(900)]


@dataclass
class Deployment:
    """Real processes behind the real proxy."""

    url: str
    tls: ssl.SSLContext
    settings: dict[str, str]
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Starts a web process or a worker, under its name."""
        port = ["--port", str(self.ports[name])] if name.startswith("web") else []
        command = [sys.executable, "-m", "searchapp", name.rstrip("12"), *port]
        self.parts[name] = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_ready(self, name: str) -> None:
        """Returns when it says so."""
        stdout = self.parts[name].stdout
        assert stdout is not None
        assert stdout.readline().startswith(b"ready")

    def end(self, name: str) -> None:
        """Stops a part and waits until it has ended."""
        self.parts[name].terminate()
        self.parts[name].wait(30)
        stdout = self.parts[name].stdout
        assert stdout is not None
        stdout.close()

    def replace(self, name: str) -> None:
        """As a deployment does: stop, wait for the end, start, wait for ready."""
        self.end(name)
        self.start(name)
        self.wait_until_ready(name)


@pytest.fixture
def deployment(database: str) -> Iterator[Deployment]:
    program = debian_program("caddy")
    home = Path(tempfile.mkdtemp(prefix="searchapp-deploy-"))
    address, plain, *ports = (_free_port() for _ in range(4))
    settings = {
        **os.environ,
        "DATABASE_URL": database,
        "SEARCHAPP_DATA_DIR": str(home),
        "SEARCHAPP_SECRET_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        "SEARCHAPP_TRUSTED_PROXIES": "127.0.0.1",
        "SEARCHAPP_PUBLIC_URL": f"https://localhost:{address}",
        "SEARCHAPP_UPLOADS_PER_IP_HOUR": "0",
    }
    proxy_settings = {
        "SITE_ADDRESS": f"https://localhost:{address}",
        "HTTP_PORT": str(plain),
        "UPSTREAMS": " ".join(f"127.0.0.1:{port}" for port in ports),
        **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(home)),
    }
    command = [program, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    proxy = subprocess.Popen(command, env=os.environ | proxy_settings, **QUIET)
    authority = home / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    try:
        _until(authority.is_file)
        tls = ssl.create_default_context(cafile=str(authority))
        made = Deployment(settings["SEARCHAPP_PUBLIC_URL"], tls, settings)
        made.ports = dict(zip(("web1", "web2"), ports, strict=True))
        names = ("web1", "web2", "worker1", "worker2")
        try:
            for name in names:
                made.start(name)
            for name in names:
                made.wait_until_ready(name)
            time.sleep(2)  # The proxy asks once a second.
            yield made
        finally:
            for name in made.parts:
                made.end(name)
    finally:
        proxy.kill()
        proxy.wait()
        shutil.rmtree(home)


@dataclass
class Load:
    """What people do meanwhile."""

    deployment: Deployment
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    outcomes: dict[str, str] = field(default_factory=dict)
    """What has to become of each search that was answered 202."""
    longest_gap: float = 0.0

    async def upload(self, http: aiohttp.ClientSession) -> None:
        """Photos at a steady pace, whether the ones before are answered or not."""
        began, sent = time.monotonic(), 0
        async with asyncio.TaskGroup() as group:
            while not self.stop.is_set():
                photo = BROKEN if sent % SEARCHED_EVERY else SAMPLE.read_bytes()
                group.create_task(self._upload(http, photo))
                sent += 1
                await asyncio.sleep(max(0.0, began + sent / UPLOADS_A_SECOND - time.monotonic()))

    async def _upload(self, http: aiohttp.ClientSession, photo: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("image", photo, filename="a.jpg")
        async with http.post(f"{self.deployment.url}/api/search-job", data=form) as answer:
            self.statuses[answer.status] += 1
            if answer.status == 202:
                outcome = "failed" if photo is BROKEN else "completed"
                self.outcomes[(await answer.json())["jobId"]] = outcome

    async def watch(self, http: aiohttp.ClientSession) -> None:
        """A page's websocket: opened again, as Reflex does, whenever it is lost."""
        lost = time.monotonic()
        while not self.stop.is_set():
            with suppress(aiohttp.ClientError, ConnectionError):
                address = f"{self.deployment.url}/_event/?token=t&EIO=4&transport=websocket"
                async with http.ws_connect(address) as page:
                    await page.receive_str()
                    self.longest_gap = max(self.longest_gap, time.monotonic() - lost)
                    async for message in page:
                        if message.data == "2":
                            await page.send_str("3")
                        if self.stop.is_set():
                            return
                    lost = time.monotonic()
            await asyncio.sleep(0.2)


async def test_deploy__under_load(deployment: Deployment, database: str) -> None:
    load = Load(deployment)
    connector = aiohttp.TCPConnector(ssl=deployment.tls, limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        people = asyncio.create_task(load.upload(http))
        pages = [asyncio.create_task(load.watch(http)) for _ in range(4)]
        await asyncio.sleep(3)
        for name in ("web1", "web2", "worker1", "worker2"):
            await asyncio.to_thread(deployment.replace, name)
            await asyncio.sleep(2)
        load.stop.set()
        await people
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    assert set(load.statuses) == {202}, f"answers {dict(load.statuses)}"
    assert load.longest_gap < GAP_SECONDS, f"{load.longest_gap:.1f} s without a websocket"
    assert await _all_ended(database) == load.outcomes


async def _all_ended(database: str) -> dict[str, str]:
    """The status of every search, once all have ended; they go on ending until then."""
    query = "SELECT job_id, status FROM searchapp.search_jobs"
    left, changed = -1, time.monotonic()
    with psycopg.connect(psycopg_dsn(database), autocommit=True) as connection:
        while left != 0:
            statuses: dict[str, str] = dict(connection.execute(query).fetchall())
            before = left
            left = sum(status in {"pending", "processing"} for status in statuses.values())
            changed = changed if left == before else time.monotonic()
            assert time.monotonic() - changed < 60, f"{left} searches do not end"
            await asyncio.sleep(0.5)
    return statuses
