"""The server's processes: its pid file, and who is really at work in the cluster's folder."""

from __future__ import annotations

import os
import signal
from pathlib import Path

_PROC = Path("/proc")


def postmaster_pid(cluster: Path) -> int | None:
    """The pid of the living postmaster of ``cluster``, or None.

    The pid file alone is not believed: after a crash or a reboot its number may belong to any
    other process.  The postmaster is the one that has the cluster as its working folder.
    """
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _works_in(pid, cluster) else None


def processes_of(cluster: Path) -> list[int]:
    """Every process that works in ``cluster``: the postmaster, its children, orphans too."""
    pids = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if _works_in(pid, cluster)]


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return Path(os.readlink(_PROC / str(pid) / "cwd")) == cluster
    except OSError:
        return False


def send(pid: int, which: signal.Signals) -> None:
    """Sends a signal to a process that may be gone by now."""
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        pass
