"""The built page: where it lies, when it is stale, how it is made."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from searchapp.errors import OperatorError

ROOT = Path(__file__).parents[2]
"""The folder of rxconfig.py."""

_SOURCES = (
    "rxconfig.py",
    "searchapp/searchapp.py",
    "searchapp/domain",
    "searchapp/i18n",
    "searchapp/web",
    "assets",
    "reflex.lock",
)
_OUTPUT = ROOT / ".web" / "build" / "client" / "index.html"
_STAMP = ROOT / ".web" / "searchapp.sha256"
_LOCK = ROOT / ".web.lock"

PING_INTERVAL, PING_TIMEOUT = "4s", "3s"
"""How often a page's connection is tried, and how long it may take to answer: one that died without
a word is noticed after both.  Reflex's own 25 and 120 s would leave a page standing for minutes.
Each page costs about 140 microseconds of a web process a second.
"""


def has_page() -> bool:
    """Whether there is a built page to serve."""
    return _OUTPUT.is_file()


def build_page_if_stale(on_build: Callable[[], None] = lambda: None) -> None:
    """Build the page if it is missing or its sources have changed; call ``on_build`` before."""
    with _one_at_a_time():
        if not (has_page() and _STAMP.is_file() and _STAMP.read_text() == _digest()):
            on_build()
            _build()


def build_page() -> None:
    """Builds the page.

    :raises OperatorError: with the last line of what the builder said.
    """
    with _one_at_a_time():
        _build()


def prepare_environment() -> None:
    """Makes Reflex serve what is built; must run before Reflex is imported."""
    os.chdir(ROOT)  # Reflex looks for its build in the current folder.
    os.environ["REFLEX_ENV_MODE"] = "prod"
    os.environ["__REFLEX_SKIP_COMPILE"] = "true"
    os.environ["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "true" if has_page() else "false"
    os.environ["REFLEX_TELEMETRY_ENABLED"] = "false"
    os.environ["REFLEX_SOCKET_INTERVAL"] = PING_INTERVAL
    os.environ["REFLEX_SOCKET_TIMEOUT"] = PING_TIMEOUT


def _build() -> None:
    digest = _digest()
    done = subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=os.environ | {"REFLEX_TELEMETRY_ENABLED": "false"},
    )
    if done.returncode != 0 or not has_page():
        report = ROOT / ".web" / "build.log"
        report.parent.mkdir(exist_ok=True)
        report.write_text(done.stdout)
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        raise OperatorError(
            f"the page could not be built ({lines[-1] if lines else 'no output'}). "
            f"The whole output is in {report}"
        )
    _STAMP.write_text(digest)


def _digest() -> str:
    """A digest of everything that the page is made of."""
    digest = hashlib.sha256(version("reflex").encode())
    for name in _SOURCES:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if _counts(p))
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _counts(path: Path) -> bool:
    """Whether a file is part of the page: the API and compiled Python are not."""
    hidden = {"__pycache__", "api", "asgi"}
    return path.is_file() and not hidden.intersection(path.parts)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with _LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
