"""What the server must survive: kill -9, stale files, orphans, a starter that dies half way."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from searchapp.postgres import EmbeddedPostgres, EmbeddedPostgresError
from searchapp.postgres.account import Account
from searchapp.postgres.processes import is_locked, only_starter

from .conftest import Starter, kept_words

ENDLESS = "DO 'BEGIN LOOP END LOOP; END'"
"""Work that never looks whether its postmaster still lives."""


def crash(server: EmbeddedPostgres) -> None:
    """Kills the postmaster as the kernel would when memory is short."""
    assert server.server_pid is not None
    os.kill(server.server_pid, signal.SIGKILL)


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.005)


@contextmanager
def running(server: EmbeddedPostgres, statement: str) -> Iterator[None]:
    """Runs ``statement`` in a session of its own for as long as the server lets it."""

    def work() -> None:
        try:
            with psycopg.connect(server.dsn, application_name="orphan") as connection:
                connection.execute(statement.encode())
        except psycopg.OperationalError:
            return

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: _is_busy(server))
    yield
    thread.join(timeout=30)
    assert not thread.is_alive()


def _is_busy(server: EmbeddedPostgres) -> bool:
    with psycopg.connect(server.dsn) as connection:
        busy = connection.execute(
            "SELECT FROM pg_stat_activity WHERE application_name = 'orphan' AND state = 'active'"
        )
        return busy.rowcount == 1


@pytest.fixture
def stranger(server: EmbeddedPostgres) -> Iterator[int]:
    """The pid of a process that has nothing to do with Postgres but runs as its account."""
    account = Account.owner_of(server._data_dir / "postgres")
    process = subprocess.Popen(
        ["sleep", "60"],
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
    )
    yield process.pid
    process.kill()
    process.wait()


def test_ensure_running__after_kill_9_has_every_row(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE counted AS SELECT generate_series(1, 1000) AS n")
    before = server.server_pid
    crash(server)

    with psycopg.connect(server.ensure_running()) as connection:
        rows = connection.execute("SELECT count(*), sum(n) FROM counted").fetchone()

    assert rows == (1000, 500500)
    assert server.server_pid != before


def test_ensure_running__waits_for_an_orphan_that_ends(server: EmbeddedPostgres) -> None:
    with running(server, "SELECT count(*) FROM generate_series(1, 3000000)"):
        crash(server)

        assert kept_words(server) == ["찰칵"]


def test_ensure_running__kills_an_orphan_that_never_ends(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.postgres.server._ORPHANS_SECONDS", 0.2)
    with running(server, ENDLESS):
        crash(server)
        assert is_locked(server._data_dir / "postgres")

        assert kept_words(server) == ["찰칵"]


def test_stop__ends_orphans_too(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchapp.postgres.server._STOP_SECONDS", 0.5)
    with running(server, ENDLESS):
        crash(server)

        server.stop()

    assert not is_locked(server._data_dir / "postgres")


def test_ensure_running__pid_file_names_a_stranger(server: EmbeddedPostgres, stranger: int) -> None:
    folder = server._data_dir / "postgres"
    pid_file = folder / "data" / "postmaster.pid"
    lock_file = folder / ".s.PGSQL.5432.lock"
    crash(server)
    for path in (pid_file, lock_file):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([str(stranger), *lines[1:]]) + "\n")

    assert server.server_pid is None
    assert not server.is_running()
    assert kept_words(server) == ["찰칵"]
    os.kill(stranger, 0)


def test_stop__spares_a_stranger_with_the_servers_pid(
    server: EmbeddedPostgres, stranger: int
) -> None:
    crash(server)
    wait_until(lambda: not is_locked(server._data_dir / "postgres"))
    pid_file = server._data_dir / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{stranger}\n")

    server.stop()

    assert Path(f"/proc/{stranger}/cmdline").read_bytes().startswith(b"sleep")


def test_ensure_running__socket_was_swept_away(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.postgres.server._LOST_SOCKET_SECONDS", 0.1)
    for left in (server._data_dir / "postgres").glob(".s.PGSQL*"):
        left.unlink()

    assert not server.is_running()
    assert kept_words(server) == ["찰칵"]


def test_ensure_running__starter_killed_during_initdb(
    data_dir: Path, start_in_process: Starter
) -> None:
    starter = start_in_process(data_dir)
    wait_until(lambda: list((data_dir / "postgres").glob("data.new-*/PG_VERSION")))
    starter.kill()
    assert not (data_dir / "postgres" / "data").exists()

    EmbeddedPostgres(data_dir).ensure_running()

    assert not list((data_dir / "postgres").glob("data.new-*"))


def test_ensure_running__database_was_not_made_yet(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.ensure_running()
    system = server.superuser_dsn.replace("/searchapp?", "/postgres?")
    with psycopg.connect(system, autocommit=True) as connection:
        connection.execute("DROP DATABASE searchapp")

    with psycopg.connect(server.ensure_running()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("searchapp",)


def test_ensure_running__server_that_can_not_start_says_why(server: EmbeddedPostgres) -> None:
    server.stop()
    extra = server._data_dir / "postgres" / "data" / "postgresql.auto.conf"
    extra.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"does not start: .*server\.log") as caught:
            server.ensure_running()
    finally:
        extra.write_text("")

    assert "\n" not in str(caught.value)
    assert "no_such_setting" in str(caught.value) or "configuration file" in str(caught.value)


def test_only_starter__gives_up_on_a_starter_that_hangs(tmp_path: Path) -> None:
    with (
        only_starter(tmp_path, wait_seconds=0),
        pytest.raises(EmbeddedPostgresError, match="end that process"),
        only_starter(tmp_path, wait_seconds=0.05),
    ):
        pytest.fail("two starters at once")
