"""Fixtures that every kind of test may use: a real Postgres, a fresh database for each test.

With xdist each of its workers has a server and databases of its own.
"""

from __future__ import annotations

import base64
import itertools
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine, psycopg_dsn
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.postgres import EmbeddedPostgres
from tests.support.folders import make_server_folder

# A busy machine is no finding: timings belong to benchmarks.
hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.register_profile("brief", deadline=None, max_examples=20)  # For `make test`.
hypothesis.settings.load_profile("no-deadline")

_TEMPLATE = "migrated"
_numbers = itertools.count(1)
DROP_ATTEMPTS = 100

ROOT = Path(__file__).parent
FIRST = ("e2e/pages", "crash", "e2e", "ops", "integration", "contract", "property")
"""The order of folders in a run: what takes longest begins first, so that workers end together."""

CLOTHING = Path(__file__).parents[2] / "shared" / "data" / "clothing"
"""A folder of real photos beside the project; tests that want it skip where it is absent."""


def pytest_configure() -> None:
    """Gives the processes that tests start an interrupt that works, and logs plain tracebacks.

    A shell starts a job in the background with SIGINT ignored, and children inherit that.
    Structlog's own tracebacks show every local value: one of a search takes half a minute.
    """
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the tests; each file is a group, which xdist keeps on one worker."""
    items.sort(key=lambda item: _rank(_folder(item)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(ROOT))))


def _folder(item: pytest.Item) -> str:
    return item.path.parent.relative_to(ROOT).as_posix()


def _is_below(folder: str, other: str) -> bool:
    return f"{folder}/".startswith(f"{other}/")


def _rank(folder: str) -> int:
    found = (number for number, first in enumerate(FIRST) if _is_below(folder, first))
    return next(found, len(FIRST))


def with_database(dsn: str, name: str) -> str:
    """``dsn`` with another database."""
    return make_url(dsn).set(database=name).render_as_string(hide_password=False)


def _execute(dsn: str, statement: str) -> None:
    with psycopg.connect(psycopg_dsn(dsn), autocommit=True) as connection:
        connection.execute(statement.encode())


def _drop(dsn: str, name: str) -> None:
    """Removes a database; its autovacuum, which this role may not end, is waited for."""
    for attempt in itertools.count():
        try:
            _execute(dsn, f"DROP DATABASE {name} WITH (FORCE)")
        except psycopg.errors.InsufficientPrivilege:
            if attempt == DROP_ATTEMPTS:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """One embedded server for the whole run, stopped and removed at its end.

    Its files need not survive a crash of the machine, so it waits for no disk.
    """
    folder = make_server_folder()
    server = EmbeddedPostgres(folder)
    dsn = server.ensure_running()
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _execute(server.superuser_dsn, f"ALTER SYSTEM SET {setting} = off")
    _execute(server.superuser_dsn, "SELECT pg_reload_conf()")
    yield dsn
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(postgres_dsn: str) -> str:
    """The name of a migrated database, from which each test's own is copied."""
    _execute(postgres_dsn, f"CREATE DATABASE {_TEMPLATE}")
    migrate(with_database(postgres_dsn, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def database(postgres_dsn: str, template: str) -> Iterator[str]:
    """The DSN of a fresh, migrated, empty database."""
    name = f"test_{next(_numbers)}"
    _execute(postgres_dsn, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield with_database(postgres_dsn, name)
    _drop(postgres_dsn, name)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the test's own database."""
    engine = make_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def secrets_() -> Secrets:
    """Secrets that are the same in each run."""
    return Secrets([base64.urlsafe_b64encode(bytes(range(32))).decode()])


@pytest.fixture(scope="session")
def clothing() -> Path:
    """The folder of real photos."""
    if not (CLOTHING / "labels.csv").is_file():
        pytest.skip("the folder of real clothing photos is not beside this project")
    return CLOTHING
