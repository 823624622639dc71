"""A Postgres that a test may kill, and children that never outlive their test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.jobs.services import Services
from searchapp.postgres import EmbeddedPostgres
from tests.crash.processes import KEY, Child
from tests.support.folders import make_server_folder
from tests.support.jobs import services_on

Start = Callable[..., Awaitable[Child]]


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, migrated."""
    folder = make_server_folder()
    made = EmbeddedPostgres(folder)
    migrate(made.ensure_running())
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def own_engine(server: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(server.dsn)
    yield engine
    await engine.dispose()


@pytest.fixture
def own(server: EmbeddedPostgres, own_engine: AsyncEngine) -> Services:
    """Services on the server that may be killed."""
    return services_on(server.dsn, own_engine, Secrets([KEY]))


@pytest.fixture
def services(database: str, engine: AsyncEngine) -> Services:
    """Services on the shared server, which no test kills."""
    return services_on(database, engine, Secrets([KEY]))


@pytest.fixture
async def start_worker(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts worker processes: ``await start_worker(dsn, "--delay", "0.1")``."""
    children: list[Child] = []

    async def begin(dsn: str, *arguments: str, **environment: str) -> Child:
        log = tmp_path / "workers.log"
        child = await Child.start("tests.crash.worker_main", dsn, log, *arguments, **environment)
        children.append(child)
        return child

    yield begin
    for child in children:
        await child.kill()
