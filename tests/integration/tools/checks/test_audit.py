"""The audit fails where it must; what it cannot ask it does not call clean."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[4] / "tools" / "checks" / "audit.py"
FOUND = {
    "id": "GHSA-xxxx-yyyy-zzzz",
    "summary": "a hole",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "aliases": ["CVE-2026-0001"],
    "affected": [
        {
            "package": {"name": "pillow", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}],
            "versions": [],
        }
    ],
}


class _Osv(BaseHTTPRequestHandler):
    """Knows one hole, in pillow."""

    status = 200

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        holes = [FOUND] if asked["package"]["name"] == "pillow" else []
        body = json.dumps({"vulns": holes}).encode()
        self.send_response(type(self).status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[_Osv]]:
    """A local OSV service, and nothing kept from other runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OSV_URL", f"http://127.0.0.1:{server.server_port}/v1/query")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(_Osv, "status", 200)
    yield _Osv
    server.shutdown()
    server.server_close()


def audit(requirements: str, folder: Path) -> tuple[int, str]:
    """The exit code for a list of requirements, and what was said."""
    listed = folder / "requirements.txt"
    listed.write_text(requirements)
    program = (
        "import runpy, pathlib, sys\n"
        f"main = runpy.run_path({str(AUDIT)!r})['main']\n"
        f"sys.exit(main(pathlib.Path({str(listed)!r})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def test_audit__nothing_known(osv: type[_Osv], tmp_path: Path) -> None:
    code, said = audit("certifi==2026.1.1\n", tmp_path)
    assert (code, said) == (0, "audit: 1 packages checked, 0 vulnerabilities\n")


def test_audit__a_hole_is_a_failure(osv: type[_Osv], tmp_path: Path) -> None:
    code, said = audit("certifi==2026.1.1\npillow==1.0\n", tmp_path)
    assert code == 1
    assert "audit: pillow 1.0 has CVE-2026-0001" in said


@pytest.mark.parametrize(("required", "code", "word"), [("", 0, "SKIPPED"), ("1", 1, "FAILED")])
def test_audit__service_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, required: str, code: int, word: str
) -> None:
    monkeypatch.setenv("OSV_URL", "http://127.0.0.1:9/v1/query")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AUDIT_REQUIRED", required)
    found, said = audit("pillow==1.0\n", tmp_path)
    assert found == code
    assert said.startswith(f"audit: {word}, nothing was checked")


def test_audit__a_service_in_trouble(osv: type[_Osv], tmp_path: Path) -> None:
    osv.status = 503
    code, said = audit("pillow==1.0\n", tmp_path)
    assert (code, said.startswith("audit: SKIPPED")) == (0, True)


def test_audit__a_list_that_can_not_be_read_is_no_pass(osv: type[_Osv], tmp_path: Path) -> None:
    code, said = audit("pillow\n", tmp_path)
    assert code == 1
    assert said.startswith("audit: BROKEN")
