"""A real web process on loopback."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.databases import execute, with_database
from tests.support.forked import Forked, start
from tests.support.served import free_port

MIB = 1024 * 1024
PRODUCT = ("searchapp", "web", "--port")
API_ALONE = ("tests.support.served",)


@dataclass
class Served:
    """Where it answers, and the process itself."""

    url: str
    port: int
    process: Forked
    log: Path
    dsn: str

    @property
    def memory(self) -> float:
        """Resident MiB."""
        return float(psutil.Process(self.process.pid).memory_info().rss / MIB)


@contextmanager
def serving(dsn: str, log: Path, *, pages: bool = False, **settings: str) -> Iterator[Served]:
    """A web process, ended with the block.

    :param pages: with Reflex and whatever page is built, as operators start it.
    """
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": dsn,
        "SEARCHAPP_SECRET_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        "SEARCHAPP_PORT": str(port),
        "SEARCHAPP_UPLOADS_PER_IP_HOUR": "0",
        **settings,
    }
    with log.open("w") as errors:
        module, *arguments = PRODUCT if pages else API_ALONE
        process = start(module, *arguments, str(port), env=env, stderr=errors)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("ready"), log.read_text()
        yield Served(f"http://127.0.0.1:{port}", port, process, log, dsn)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest,
    postgres_dsn: str,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """One web process for the tests of a module, on a database of its own.

    At the end its log holds no traceback, whatever was done to it.
    """
    name = request.module.__name__.rpartition(".")[2]
    execute(postgres_dsn, f"CREATE DATABASE {name} TEMPLATE {template}")
    log = tmp_path_factory.mktemp(name) / "web.log"
    with serving(with_database(postgres_dsn, name), log) as running:
        yield running
        assert "Traceback" not in log.read_text()
    execute(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)")
