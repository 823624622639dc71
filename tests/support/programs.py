"""Programs of other packages that some tests need: found, installed from Debian, or skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache

import pytest

_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
"""Servers lie here; an ordinary account has it not on PATH."""


def debian_program(name: str, package: str | None = None) -> str:
    """The path of a program, installed by apt when it is absent.

    The test is skipped, with a line that says what is missing, when that cannot be done.
    """
    found = _find(name)
    if found is None and _install(package or name):
        found = _find(name)
    if found is None:
        pytest.skip(
            f"{name} is not there and cannot be installed: apt-get install {package or name}"
        )
    return found


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_FOLDERS))


@lru_cache
def _install(package: str) -> bool:
    """Tries apt once in a run; as root, or by sudo without a password."""
    if shutil.which("apt-get") is None:
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "check": False}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = [*sudo, "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60"]
    try:
        subprocess.run([*apt, "update"], timeout=120, env=environment, **quiet)
        done = subprocess.run(
            [*apt, "install", "-y", "--no-install-recommends", package],
            timeout=180,
            env=environment,
            **quiet,
        )
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return False
    return done.returncode == 0
