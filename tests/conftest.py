"""Fixtures that every kind of test may use: a real Postgres, a fresh database for each test.

With xdist each of its workers has a server and databases of its own.
"""

from __future__ import annotations

import base64
import gc
import shutil
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from xdist.scheduler import LoadScopeScheduling

from searchapp.db.engine import make_engine
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.postgres import EmbeddedPostgres
from tests.support import forked
from tests.support.databases import Databases, execute, with_database
from tests.support.folders import make_server_folder

# A busy machine is no finding: timings belong to benchmarks.
hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.register_profile("brief", deadline=None, max_examples=20)  # For `make test`.
hypothesis.settings.load_profile("no-deadline")

_TEMPLATE = "migrated"

ROOT = Path(__file__).parent
PAGES = "e2e/pages"
FIRST = (PAGES, "crash", "ops", "e2e", "property", "integration", "contract")
"""The order of folders in a run: what takes longest begins first, so that workers end together,
and what waits (crash) runs beside what computes (pages)."""

SITES = 2
"""Workers that start the whole product for the pages; each pays for a start and a browser."""

GARBAGE = 10_000
"""Objects made before a look for garbage (700 by default)."""

CLOTHING = Path(__file__).parents[2] / "shared" / "data" / "clothing"
"""A folder of real photos beside the project; tests that want it skip where it is absent."""


def pytest_configure(config: pytest.Config) -> None:
    """Gives the processes that tests start an interrupt that works, and logs plain tracebacks.

    A shell starts a job in the background with SIGINT ignored, and children inherit that.
    Structlog's own tracebacks show every local value: one of a search takes half a minute.
    """
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("tx", None) and not hasattr(config, "workerinput"):
        forked.share()


class ByFile(LoadScopeScheduling):
    """Keeps each file on one worker, and the files of the pages on ``SITES`` workers.

    Not xdist's own groups: pytest 9 does not keep the names by which it finds them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0].removeprefix("tests/")
        if file.rpartition("/")[0] != PAGES:
            return file
        files = sorted(path.name for path in (ROOT / PAGES).glob("test_*.py"))
        return f"{PAGES}-{files.index(file.rpartition('/')[2]) % SITES}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Groups tests where ``--dist loadfile`` asks for files."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Collects without looking for garbage: what is made stays to the end of the run, and is not
    looked at again between tests, which look for theirs less often than by default."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    return collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the tests by :data:`FIRST`."""
    items.sort(key=lambda item: _rank(_folder(item)))


def _folder(item: pytest.Item) -> str:
    return item.path.parent.relative_to(ROOT).as_posix()


def _is_below(folder: str, other: str) -> bool:
    return f"{folder}/".startswith(f"{other}/")


def _rank(folder: str) -> int:
    found = (number for number, first in enumerate(FIRST) if _is_below(folder, first))
    return next(found, len(FIRST))


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """One embedded server for the whole run, stopped and removed at its end.

    Its files need not survive a crash of the machine, so it waits for no disk; its databases are
    used for seconds, so nothing cleans them.
    """
    folder = make_server_folder()
    server = EmbeddedPostgres(folder)
    dsn = server.ensure_running()
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        execute(server.superuser_dsn, f"ALTER SYSTEM SET {setting} = off")
    execute(server.superuser_dsn, "SELECT pg_reload_conf()")
    yield dsn
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(postgres_dsn: str) -> str:
    """The name of a migrated database, from which each test's own is copied."""
    execute(postgres_dsn, f"CREATE DATABASE {_TEMPLATE}")
    migrate(with_database(postgres_dsn, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture(scope="session")
def databases(postgres_dsn: str, template: str) -> Iterator[Databases]:
    """One empty, migrated database after the other."""
    made = Databases(postgres_dsn, template)
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases) -> str:
    """The DSN of a migrated, empty database."""
    return databases.fresh()


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
