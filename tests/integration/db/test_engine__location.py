"""Which database is used, and who brings the embedded one back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from searchapp.db.engine import Dsns, keep_alive, locate
from searchapp.postgres import EmbeddedPostgres
from searchapp.settings import Settings


def _settings(folder: Path, **more: SecretStr) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **more)


def test_locate__direct_is_the_pooled_one_when_only_that_is_given(tmp_path: Path) -> None:
    found = locate(_settings(tmp_path, database_url=SecretStr("postgresql://a/x")))

    assert found == Dsns("postgresql://a/x", "postgresql://a/x")


def test_locate__two_urls(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path,
        database_url=SecretStr("postgresql://pooler/x"),
        database_direct_url=SecretStr("postgresql://server/x"),
    )

    assert locate(settings) == Dsns("postgresql://pooler/x", "postgresql://server/x")


def test_dsns__repr_shows_no_password() -> None:
    assert "secret" not in repr(Dsns("postgresql://u:secret@h/d", "postgresql://u:secret@h/d"))


@pytest.fixture
def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path)
    server.ensure_running()
    yield server
    server.stop()


@asynccontextmanager
async def _watched(folder: Path) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(keep_alive(_settings(folder), stop))
    yield
    stop.set()
    await task


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGQUIT])
async def test_keep_alive__brings_a_server_back_that_did_not_shut_down(
    server: EmbeddedPostgres, tmp_path: Path, way: signal.Signals
) -> None:
    """Killed, or ended by itself as on a full disk: then it takes its pid file with it."""
    pid = server.server_pid
    assert pid is not None
    async with _watched(tmp_path):
        os.kill(pid, way)
        async with asyncio.timeout(20):
            while server.server_pid in {pid, None} or not server.is_running():
                await asyncio.sleep(0.1)


async def test_keep_alive__leaves_a_stopped_server_alone(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with _watched(tmp_path):
        server.stop()
        await asyncio.sleep(2.5)

        assert not server.is_running()
