"""The proxy of deploy/proxy: TLS, websocket, who the client is, limits, and a process that dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx
import pytest

from tests.support.forked import Forked, start
from tests.support.programs import debian_program

ROOT = Path(__file__).parents[2]
CADDYFILE = ROOT / "deploy" / "proxy" / "Caddyfile"
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(frozen=True)
class Site:
    """A proxy with two web processes behind it."""

    url: str
    plain_url: str
    tls: ssl.SSLContext
    upstreams: dict[int, Forked]
    start: Callable[[int], Forked]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self.tls, trust_env=False, timeout=20)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _upstream(port: int) -> Forked:
    with Path(os.devnull).open("w") as nowhere:
        module = "tests.support.upstream"
        return start(module, str(port), env=os.environ, stdout=nowhere, stderr=nowhere)


def _until(done: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.05)


def _answers(url: str, verify: ssl.SSLContext | bool) -> bool:
    try:
        return httpx.get(url, verify=verify, trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def site() -> Iterator[Site]:
    program = debian_program("caddy")
    home = Path(tempfile.mkdtemp(prefix="searchapp-proxy-"))
    ports = [_free_port() for _ in range(4)]
    url, plain = f"https://localhost:{ports[0]}", f"http://localhost:{ports[1]}"
    upstreams = {port: _upstream(port) for port in ports[2:]}
    settings = {
        "SITE_ADDRESS": url,
        "HTTP_PORT": str(ports[1]),
        "UPSTREAMS": " ".join(f"127.0.0.1:{port}" for port in upstreams),
        "PATIENCE": "2s",
        "HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }
    command = [program, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    proxy = subprocess.Popen(command, env=os.environ | settings, **QUIET)
    authority = home / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    try:
        _until(authority.is_file)
        tls = ssl.create_default_context(cafile=str(authority))
        _until(lambda: _answers(f"{url}/api/seen", tls))
        _until(lambda: all(_answers(f"http://127.0.0.1:{p}/healthz", False) for p in upstreams))
        yield Site(url, plain, tls, upstreams, _upstream)
    finally:
        for process in (proxy, *upstreams.values()):
            process.kill()
            process.wait()
        shutil.rmtree(home)


def test_proxy__tells_who_the_client_is(site: Site) -> None:
    with site.client() as client:
        seen = client.get("/api/seen", headers={"x-forwarded-for": "203.0.113.9"}).json()
        assert seen["ip"] == "127.0.0.1", "a client must not name its own address"
        assert (seen["local"], seen["proto"]) == (False, "https")
        assert client.get("/metrics").status_code == 404
    moved = httpx.get(f"{site.plain_url}/results/x", trust_env=False)
    assert (moved.status_code, moved.headers["location"]) == (308, f"{site.url}/results/x")


async def test_proxy__websocket(site: Site) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{site.url}/_event/?token=t", ssl=site.tls) as socket_,
    ):
        for frame in ("2", f"40/_event,{{{' ' * 1500}}}"):
            await socket_.send_str(frame)
            assert await socket_.receive_str(timeout=20) == frame


def _chunks(amount: int) -> Iterator[bytes]:
    for _ in range(amount // 100_000):
        yield bytes(100_000)


def test_proxy__body_limit(site: Site) -> None:
    with site.client() as client:
        fits = client.post("/api/search-job", content=bytes(15_000_000))
        assert (fits.status_code, fits.json()) == (202, {"bytes": 15_000_000})
    for body in (bytes(15_900_000), bytes(17_000_000), _chunks(15_900_000), _chunks(40_000_000)):
        with site.client() as client:
            refused = client.post("/api/search-job", content=body)
        assert refused.status_code == 413
        assert refused.json()["error"]["code"] == "too_large"
        with site.client() as client:  # No process was counted out for it.
            assert all(client.get("/api/seen").is_success for _ in range(4))


def _both_serve(site: Site, client: httpx.Client) -> None:
    ports = set(site.upstreams)
    _until(lambda: {client.get("/api/seen").json()["port"] for _ in "abcd"} == ports)


def test_proxy__a_process_is_replaced_without_a_word(site: Site) -> None:
    first, _ = site.upstreams
    with site.client() as client:
        _both_serve(site, client)
        leaving = site.upstreams[first]
        leaving.send_signal(signal.SIGTERM)
        answers = []
        while leaving.poll() is None:
            answers.append(client.post("/api/search-job", content=bytes(200_000)).status_code)
        site.upstreams[first] = site.start(first)
        answers += [
            client.post("/api/search-job", content=bytes(200_000)).status_code for _ in range(20)
        ]
        assert set(answers) == {202}
        _both_serve(site, client)


def _posted(client: httpx.Client) -> int:
    answer = client.post("/api/search-job", content=bytes(100_000))
    assert (answer.status_code, answer.headers.get("retry-after")) in {(202, None), (503, "5")}
    return answer.status_code


def test_proxy__processes_die_and_come_back(site: Site) -> None:
    first, second = site.upstreams
    with site.client() as client:
        _both_serve(site, client)
        _kill(site.upstreams[first])
        assert all(client.get("/api/seen").is_success for _ in range(8))
        # Until the dead one is counted out, a photo that was on its way to it is refused.
        _until(lambda: _posted(client) == 202)
        _kill(site.upstreams[second])
        away = client.post("/api/search-job", content=b"x")
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        assert away.json()["error"]["code"] == "not_stored"
        assert "곧 다시 열려요" in client.get("/").text
        site.upstreams[first] = site.start(first)
        _until(lambda: client.post("/api/search-job", content=b"x").status_code == 202)


def _kill(process: Forked) -> None:
    process.kill()
    process.wait()
