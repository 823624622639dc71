"""Data folders for real servers, and other processes that start them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from searchapp.postgres import EmbeddedPostgres
from searchapp.postgres.paths import known_home
from tests.support.folders import make_server_folder

ROOT = Path(__file__).parents[3]

START = """
import sys
from pathlib import Path
from searchapp.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.ensure_running(), server.server_pid, flush=True)
"""
"""What a process runs that needs the server of the data folder in its first argument."""

Starter = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def make_data_dir() -> Iterator[Callable[..., Path]]:
    """Makes data folders, and afterwards ends their servers and removes every trace."""
    made: list[Path] = []

    def make(parent: Path | None = None, name: str = "data") -> Path:
        folder = make_server_folder(parent)
        made.append(folder)
        return folder / name

    yield make
    for folder in made:
        for data_dir in folder.rglob("postgres*"):
            _clean(data_dir.parent)
        shutil.rmtree(folder)


def _clean(data_dir: Path) -> None:
    if not ((data_dir / "postgres").is_dir() or (data_dir / "postgres.location").exists()):
        return
    home = known_home(data_dir)
    EmbeddedPostgres(data_dir).stop()
    if home is not None and home != data_dir:
        shutil.rmtree(home)


@pytest.fixture
def data_dir(make_data_dir: Callable[..., Path]) -> Path:
    """A data folder that does not exist yet, in a place that every account reaches."""
    return make_data_dir()


@pytest.fixture(scope="module")
def used_server(make_data_dir: Callable[..., Path]) -> Iterator[EmbeddedPostgres]:
    """A server shared by the tests of a module, with a table ``kept`` that holds one row."""
    server = EmbeddedPostgres(make_data_dir())
    with psycopg.connect(server.ensure_running()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('찰칵')")
    yield server
    server.stop()


@pytest.fixture
def server(used_server: EmbeddedPostgres) -> EmbeddedPostgres:
    """The module's server, running whatever the test before has done to it."""
    used_server.ensure_running()
    return used_server


@pytest.fixture
def start_in_process() -> Iterator[Starter]:
    """Starts processes that call ``ensure_running``; those still alive at the end are killed."""
    started: list[subprocess.Popen[str]] = []

    def start(data_dir: Path, code: str = START, **options: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(data_dir)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,  # type: ignore[call-overload]
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def kept_words(server: EmbeddedPostgres) -> list[str]:
    """What the table ``kept`` holds, read through a fresh address."""
    with psycopg.connect(server.ensure_running()) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept")]


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has this problem")
