"""One person's search through all processes, and everything that it left behind read for traces."""

from __future__ import annotations

import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from searchapp.postgres import EmbeddedPostgres
from tests.support.commands import environment, free_port, run, running
from tests.support.folders import make_server_folder
from tests.support.web import picture

NUMBER = "010-8765-4321"
TRACES = ("8765-4321", "87654321", "8765 4321")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder whose Postgres is stopped at the end."""
    folder = make_server_folder()
    yield folder
    EmbeddedPostgres(folder).stop()
    shutil.rmtree(folder)


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What ``look`` returns once that is something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def start(http: httpx.Client) -> str:
    """A search with the number; its id."""
    answer = http.post(
        "/api/search-job",
        files={"image": ("mine.jpg", picture())},
        data={"phoneNumber": NUMBER, "smsConsent": "true"},
    )
    assert answer.status_code == 202
    job_id: str = answer.json()["jobId"]
    return job_id


def errors(http: httpx.Client, job_id: str) -> list[str]:
    """What is answered to requests that carry the number or the id and cannot be met."""
    path = f"/api/search-job/{job_id}"
    number = {"phoneNumber": NUMBER}
    answers = [
        http.post(f"{path}/notify", json=number),
        http.post(f"{path}/notify", json={"phoneNumber": f"{NUMBER}9", "smsConsent": True}),
        http.post(f"{path}/items", json={"items": [], **number}),
        http.post("/api/search-job", files={"image": ("a", b"no picture")}, data=number),
        http.get(f"{path}/nothing"),
        http.get(f"/api/share/{job_id}"),
        http.put(path),
    ]
    assert all(400 <= answer.status_code < 500 for answer in answers)
    return [answer.text for answer in answers]


def export(env: dict[str, str], out: Path) -> tuple[str, dict[str, Any]]:
    """What the command says, and the document in the file if there is one."""
    done = run("export", "--phone", NUMBER, "--out", str(out), env=env)
    assert done.returncode == 0, done.stderr
    if not out.exists():
        return done.stdout, {}
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        return done.stdout, json.loads(archive.read("export.json"))


def test_one_number__exported_for_its_owner_alone(data_dir: Path, tmp_path: Path) -> None:
    env, port = environment(data_dir), free_port()
    logs = [tmp_path / name for name in ("web.log", "worker.log")]
    with (
        running("web", "--port", str(port), env=env, log=logs[0]),
        running("worker", env=env, log=logs[1]),
        httpx.Client(base_url=f"http://localhost:{port}", trust_env=False, timeout=20) as http,
    ):
        job_id = start(http)
        path = f"/api/search-job/{job_id}"
        until(lambda: http.get(path).json()["sms"] == "sent")
        reported = errors(http, job_id)
        said, document = export(env, tmp_path / "first.zip")
        assert said.startswith("wrote 1 ")
        [search] = document["searches"]
        assert (search["job_id"], search["phone"]) == (job_id, "+821087654321")
        assert len(search["messages"][0]["inbox_messages"]) == 1
        reported.append(run("erase", "--phone", NUMBER, env=env).stdout)
        reported += [http.get(path).text, http.get("/metrics").text, http.get("/readyz").text]
        assert export(env, tmp_path / "second.zip")[1] == {}
    reported += [log.read_text() for log in (*logs, *data_dir.rglob("server.log"))]
    for text in reported:
        assert job_id not in text
        assert not [trace for trace in TRACES if trace in text]
    assert f"job={job_id[:6]}" in logs[1].read_text()
