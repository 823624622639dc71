"""What the watch over the embedded server finds and mends, who stops it, and other versions."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from searchapp.db.engine import keep_alive
from searchapp.errors import OperatorError
from searchapp.postgres import EmbeddedPostgres, EmbeddedPostgresError, cluster
from searchapp.postgres.paths import SOCKET, Place
from searchapp.postgres.upgrade import upgrade
from searchapp.settings import Settings
from tests.support.folders import make_server_folder

OLD_PROGRAMS = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def folder():  # type: ignore[no-untyped-def]
    made = make_server_folder().resolve()
    yield made
    EmbeddedPostgres(made).stop()
    shutil.rmtree(made)


async def test_watch__a_socket_that_is_swept_away_comes_back(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.ensure_running()
    place = Place.known(folder)
    assert place is not None
    assert not server.unreachable
    (place.sockets / SOCKET).unlink()
    assert server.unreachable
    stop = asyncio.Event()
    watching = asyncio.create_task(keep_alive(Settings(_env_file=None, data_dir=folder), stop))
    try:
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(server.is_running):
                await asyncio.sleep(0.2)
    finally:
        stop.set()
        await watching


def test_stop__leaves_a_server_that_another_process_uses(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.ensure_running()
    program = (
        "import sys, pathlib; from searchapp.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))\n"
        "with server.in_use():\n"
        "    print('using', flush=True); sys.stdin.read()\n"
        "print(server.stop_after_last_user(asked=False))\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "using\n"
    with server.in_use():
        pass
    assert not server.stop_after_last_user(asked=True)
    assert server.is_running()
    reported, _ = other.communicate(timeout=60)
    assert reported.strip() == "True"
    assert not server.is_running()


def test_start__another_major_version_is_one_line(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.ensure_running()
    server.stop()
    place = Place.known(folder)
    assert place is not None
    version = place.cluster / "PG_VERSION"
    before = version.read_text()
    version.write_text("16\n")
    try:
        with pytest.raises(EmbeddedPostgresError, match="upgrade-database") as caught:
            server.ensure_running()
        assert "\n" not in str(caught.value)
    finally:
        version.write_text(before)


@pytest.mark.skipif(not OLD_PROGRAMS.is_dir(), reason="no programs of an older Postgres here")
def test_upgrade__from_postgres_15_keeps_the_rows(folder: Path) -> None:
    EmbeddedPostgres(folder).ensure_running()
    EmbeddedPostgres(folder).stop()
    place = Place.known(folder)
    assert place is not None
    shutil.rmtree(place.cluster)
    _make_old(place)
    with pytest.raises(EmbeddedPostgresError, match="not a program"):
        upgrade(folder, folder)
    reported = upgrade(folder, OLD_PROGRAMS)
    assert "from Postgres 15 to" in reported
    with psycopg.connect(EmbeddedPostgres(folder).ensure_running()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("still here",)]
        assert connection.info.server_version // 10000 == cluster.programs_version()
    assert (place.folder / "data.postgres-15").is_dir()
    assert "already" in upgrade(folder, OLD_PROGRAMS)


def _make_old(place: Place) -> None:
    """A cluster of Postgres 15 with the product's role and database, and one row."""
    place.cluster.mkdir(mode=0o700)
    if place.account.switch:
        shutil.chown(place.cluster, place.account.uid, place.account.gid)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    run = place.account.run
    assert run([OLD_PROGRAMS / "initdb", *options, "-D", place.cluster], cwd=place.folder) == 0
    control = [OLD_PROGRAMS / "pg_ctl", "-D", place.cluster, "-w"]
    settings = f"-c listen_addresses='' -c unix_socket_directories='{place.sockets}'"
    log = place.folder / "old.log"
    assert run([*control, "-o", settings, "-l", log, "start"], cwd=place.folder) == 0
    try:
        for database, statement in (
            ("postgres", "CREATE ROLE searchapp LOGIN"),
            ("postgres", "CREATE DATABASE searchapp OWNER searchapp"),
            ("searchapp", "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')"),
            ("searchapp", "ALTER TABLE kept OWNER TO searchapp"),
        ):
            with psycopg.connect(
                place.address(database, "postgres"), autocommit=True
            ) as connection:
                connection.execute(statement.encode())
    finally:
        assert run([*control, "-m", "fast", "stop"], cwd=place.folder) == 0


def test_upgrade__without_a_database_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no embedded database"):
        upgrade(tmp_path, OLD_PROGRAMS)
