"""The commands, run as people and scripts run them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from searchapp.postgres import EmbeddedPostgres
from tests.support.commands import Running, environment, free_port, run, running
from tests.support.folders import make_server_folder


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data folder whose Postgres is stopped when the module's tests are over."""
    folder = make_server_folder()
    yield folder
    EmbeddedPostgres(folder).stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def env(data_dir: Path) -> dict[str, str]:
    return environment(data_dir)


def _refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of an error."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr + done.stdout
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_setting__bad_value_is_one_line(env: dict[str, str]) -> None:
    line = _refused(run("migrate", env=env | {"SEARCHAPP_PORT": "many"}))

    assert "SEARCHAPP_PORT" in line


def test_up__malformed_key_is_one_line(env: dict[str, str]) -> None:
    line = _refused(run("up", "--no-demo", env=env | {"SEARCHAPP_SECRET_KEY": "short"}))

    assert "SEARCHAPP_SECRET_KEY" in line


def test_up__damaged_key_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short")
    line = _refused(run("up", "--no-demo", env=environment(tmp_path)))

    assert str(tmp_path / "secret.key") in line


def test_migrate__unreachable_database_is_one_line(env: dict[str, str]) -> None:
    url = f"postgresql://none@127.0.0.1:{free_port()}/none"
    line = _refused(run("migrate", env=env | {"DATABASE_URL": url}))

    assert "DATABASE_URL" in line


@pytest.mark.parametrize(
    "words", ["bogus", "web --port abc", "catalogue remove", "erase --foo", "up --workers 99"]
)
def test_misused_command_is_one_line(words: str, env: dict[str, str]) -> None:
    assert "--help" in _refused(run(*words.split(), env=env))


def test_group_alone_shows_its_help(env: dict[str, str]) -> None:
    done = run("catalogue", env=env)
    assert done.returncode != 0
    assert "import" in done.stdout + done.stderr
    assert "error:" not in done.stderr


def test_migrate__unknown_revision_is_one_line(env: dict[str, str]) -> None:
    assert "0001" in _refused(run("migrate", "--down", "nowhere", env=env))


def test_worker__database_without_key_is_one_line(env: dict[str, str]) -> None:
    line = _refused(run("worker", env=env | {"DATABASE_URL": "postgresql://127.0.0.1/none"}))

    assert "SEARCHAPP_SECRET_KEY" in line


def test_erase__bad_phone_is_one_line(env: dict[str, str]) -> None:
    assert "number" in _refused(run("erase", "--phone", "12", env=env))


def test_erase__neither_is_one_line(env: dict[str, str]) -> None:
    assert "--job" in _refused(run("erase", env=env))


def test_export__what_is_there_already_stays(env: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "kept.zip"
    kept.write_text("mine")
    line = _refused(run("export", "--phone", "010-1234-5678", "--out", str(kept), env=env))
    assert "--out" in line
    assert kept.read_text() == "mine"


def test_export__of_a_stranger_writes_no_file(env: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "none.zip"
    assert run("migrate", env=env).returncode == 0
    done = run("export", "--phone", "010-1234-5678", "--out", str(out), env=env)
    assert (done.returncode, done.stdout.startswith("no search")) == (0, True)
    assert not out.exists()


def test_migrate_and_stop(env: dict[str, str], data_dir: Path) -> None:
    done = run("migrate", env=env)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert EmbeddedPostgres(data_dir).is_running()

    assert run("stop", env=env).returncode == 0
    assert not EmbeddedPostgres(data_dir).is_running()


def test_worker__makes_the_embedded_schema_itself(tmp_path: Path) -> None:
    folder = make_server_folder()
    env = environment(folder)
    try:
        with running("worker", env=env, log=tmp_path / "worker.log"):
            assert run("migrate", env=env).returncode == 0
        assert "Traceback" not in (tmp_path / "worker.log").read_text()
    finally:
        EmbeddedPostgres(folder).stop()
        shutil.rmtree(folder)


def test_worker__unmigrated_database_of_ones_own_is_one_line(
    env: dict[str, str], data_dir: Path
) -> None:
    url = EmbeddedPostgres(data_dir).ensure_running()
    run("migrate", "--down", "base", "--yes", env=env)
    key = {"SEARCHAPP_SECRET_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
    line = _refused(run("worker", env=env | {"DATABASE_URL": url} | key))

    assert "migrate" in line


def test_web__two_ports_at_once_from_one_build(env: dict[str, str], tmp_path: Path) -> None:
    assert run("migrate", env=env).returncode == 0
    ports = free_port(), free_port()
    with (
        running("web", "--port", str(ports[0]), env=env, log=tmp_path / "a.log"),
        running("web", "--port", str(ports[1]), env=env, log=tmp_path / "b.log"),
    ):
        pages = [httpx.get(f"http://127.0.0.1:{port}/", trust_env=False) for port in ports]

    assert [page.status_code for page in pages] == [200, 200]
    # Only the address of the preview's picture differs.
    texts = [p.text.replace(str(p.url.netloc, "ascii"), "") for p in pages]
    assert texts[0] == texts[1]


def test_web__taken_port_is_one_line(env: dict[str, str], tmp_path: Path) -> None:
    port = str(free_port())
    with running("web", "--port", port, env=env, log=tmp_path / "a.log"):
        line = _refused(run("web", "--port", port, env=env))

    assert port in line


def test_up__taken_port_is_one_line(env: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = _refused(run("up", "--port", port, env=env))

    assert port in line


def test_web__killed_leaves_its_port_free(env: dict[str, str], tmp_path: Path) -> None:
    port = str(free_port())
    first = Running("web", "--port", port, env=env, log=tmp_path / "a.log")
    first.until_ready()
    first.kill()

    with running("web", "--port", port, env=env, log=tmp_path / "b.log"):
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    assert answer.status_code == 200


def test_up__starts_all_and_ctrl_c_stops_all(data_dir: Path, tmp_path: Path) -> None:
    port = free_port()
    env = environment(data_dir, SEARCHAPP_WORKERS="1")
    up = Running("up", "--port", str(port), "--no-demo", env=env, log=tmp_path / "up.log")
    try:
        assert up.until_ready(120) == f"ready http://localhost:{port}"
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).json()
        children = _children(up.process.pid)
    finally:
        os.kill(up.process.pid, signal.SIGINT)
        code = up.process.wait(40)

    assert ready["ready"] is True
    assert len(children) == 2
    assert code == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert not EmbeddedPostgres(data_dir).is_running()


def test_up__restarts_a_part_that_dies(data_dir: Path, tmp_path: Path) -> None:
    port = free_port()
    env = environment(data_dir)
    arguments = ("up", "--port", str(port), "--workers", "0", "--no-demo")
    with running(*arguments, env=env, log=tmp_path / "up.log") as up:
        (web,) = _children(up.process.pid)
        os.kill(web, signal.SIGKILL)
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(transport=transport, trust_env=False) as client:
            assert _answers(client, f"http://127.0.0.1:{port}/healthz")
        (again,) = _children(up.process.pid)

    assert again != web


def _answers(client: httpx.Client, url: str) -> bool:
    for _ in range(300):
        try:
            return client.get(url, timeout=1).is_success
        except httpx.TransportError:
            time.sleep(0.1)
    return False


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]
