"""The server's ordinary life: first start, attaching, settings, stopping."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from searchapp.postgres import EmbeddedPostgres, EmbeddedPostgresError
from searchapp.postgres.account import Account
from searchapp.postgres.processes import is_locked

from .conftest import START, Starter, kept_words


def test_ensure_running__address_works_for_psycopg_and_sqlalchemy(
    server: EmbeddedPostgres,
) -> None:
    dsn = server.ensure_running()

    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_database(), current_user").fetchone()
    engine = sqlalchemy.create_engine(dsn.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as session:
        word = session.execute(sqlalchemy.text("SELECT word FROM kept")).scalar_one()
    engine.dispose()

    assert row == ("searchapp", "searchapp")
    assert word == "찰칵"
    assert server.dsn == dsn


def test_ensure_running__attaches_to_the_one_server(
    server: EmbeddedPostgres, start_in_process: Starter
) -> None:
    again = start_in_process(server._data_dir)
    out, err = again.communicate(timeout=30)

    assert out.split() == [server.dsn, str(server.server_pid)], err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("max_connections", "200"),
        ("shared_buffers", "128MB"),
        ("log_error_verbosity", "terse"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_server__setting(server: EmbeddedPostgres, name: str, value: str) -> None:
    with psycopg.connect(server.dsn) as connection:
        shown = connection.execute("SELECT current_setting(%s)", [name]).fetchone()

    assert shown == (value,)


def test_server__sorts_the_same_on_every_machine(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        provider = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'searchapp'"
        ).fetchone()
        upper = connection.execute("SELECT upper('é')").fetchone()

    assert provider == ("b", "C.UTF-8")
    assert upper == ("É",)


def test_server__product_is_no_superuser_and_has_pgvector(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        near = connection.execute("SELECT '[1,0]'::halfvec <=> '[1,0]'::halfvec").fetchone()
        superuser = connection.execute("SELECT usesuper FROM pg_user WHERE usename = 'searchapp'")
        assert superuser.fetchone() == (False,)
        connection.execute("CREATE DATABASE another")
    with psycopg.connect(server.superuser_dsn.replace("/searchapp?", "/another?")) as connection:
        vector = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
        assert vector.fetchone() == (1,)

    assert near == (0.0,)


def test_server__never_holds_the_pipe_of_the_process_that_started_it(
    server: EmbeddedPostgres, start_in_process: Starter
) -> None:
    server.stop()

    starter = start_in_process(server._data_dir)
    out, err = starter.communicate(timeout=30)

    assert starter.returncode == 0, err
    assert out.startswith("postgresql://searchapp@/searchapp?host=")
    assert server.is_running()


def test_server__outlives_the_interrupt_of_its_starters_terminal(
    server: EmbeddedPostgres, start_in_process: Starter
) -> None:
    server.stop()
    starter = start_in_process(
        server._data_dir, f"{START}\nimport time\ntime.sleep(60)", start_new_session=True
    )
    assert starter.stdout is not None
    starter.stdout.readline()

    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(timeout=30)

    assert server.server_pid is not None
    assert os.getpgid(server.server_pid) != starter.pid
    assert server.is_running()


def test_server__log_is_in_its_folder_and_private(server: EmbeddedPostgres) -> None:
    log = server._data_dir / "postgres" / "server.log"

    assert "database system is ready" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_server__knows_nothing_of_the_callers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEARCHAPP_SECRET_KEY", "not for the server")
    account = Account.chosen_for(Path("/"))

    with tempfile.TemporaryFile() as output:
        account.run(["/bin/sh", "-c", "export -p"], output=output)
        output.seek(0)
        reported = output.read()

    assert b"PATH" in reported
    assert b"SEARCHAPP_SECRET_KEY" not in reported


def test_stop__ends_sessions_and_the_last_process(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as session:
        server.stop()

        assert not server.is_running()
        assert server.server_pid is None
        assert not is_locked(server._data_dir / "postgres")
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert kept_words(server) == ["찰칵"]


def test_stop__twice_does_nothing(server: EmbeddedPostgres) -> None:
    server.stop()
    server.stop()

    assert not server.is_running()


def test_stop__without_a_database_makes_none(data_dir: Path) -> None:
    EmbeddedPostgres(data_dir).stop()

    assert not data_dir.exists()


def test_dsn__before_the_first_start_says_what_to_do(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="searchapp migrate"):
        _ = EmbeddedPostgres(data_dir).dsn


def test_ensure_running__four_at_once_on_an_empty_folder(
    data_dir: Path, start_in_process: Starter
) -> None:
    starters = [start_in_process(data_dir) for _ in range(4)]
    answers = {_answer(starter) for starter in starters}

    assert len(answers) == 1
    assert EmbeddedPostgres(data_dir).is_running()


def test_ensure_running__four_at_once_after_a_crash(
    server: EmbeddedPostgres, start_in_process: Starter
) -> None:
    assert server.server_pid is not None
    os.kill(server.server_pid, signal.SIGKILL)

    starters = [start_in_process(server._data_dir) for _ in range(4)]
    answers = {_answer(starter) for starter in starters}

    assert len(answers) == 1
    assert kept_words(server) == ["찰칵"]


def _answer(starter: subprocess.Popen[str]) -> str:
    out, err = starter.communicate(timeout=60)
    assert starter.returncode == 0, err
    return out
