"""The server's processes: who is the postmaster, and what it says of itself."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from searchapp.postgres.account import Account, EmbeddedPostgresError

_STATUS_LINE = 7
"""Index of the line of ``postmaster.pid`` that says ``starting``, ``ready`` or ``stopping``."""

_KILL_ALL_IN = """
for process in /proc/[0-9]*; do
    if [ "$process/cwd" -ef "$0" ]; then kill -9 "${process#/proc/}"; fi
done
"""


def postmaster_pid(cluster: Path) -> int | None:
    """The pid of the living postmaster of ``cluster``, or None.

    The pid file alone is not believed: after a crash or a reboot its number may belong to any
    other process.  The postmaster is the one that was started on this cluster.
    """
    lines = _pid_file(cluster)
    if not lines or not lines[0].isdecimal():
        return None
    pid = int(lines[0])
    return pid if _was_started_on(cluster, pid) else None


def says_ready(cluster: Path) -> bool:
    """True once the postmaster has written that it takes sessions.

    Asking the file first keeps failed sessions of our own out of the server's log.
    """
    lines = _pid_file(cluster)
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


def send(pid: int, which: signal.Signals) -> None:
    """Sends a signal to a process that may have ended by now."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, which)


def kill_all_in(cluster: Path, account: Account) -> None:
    """Kills every process that works in ``cluster``.

    The account itself looks for them: in a container not even root may see where another
    user's process works.
    """
    account.run(["/bin/sh", "-c", _KILL_ALL_IN, cluster])


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _was_started_on(cluster: Path, pid: int) -> bool:
    """Reads the command line, which everybody may; where there is no /proc the pid must do."""
    if not Path("/proc/self").exists():
        return _lives(pid)
    try:
        words = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [b"-D", os.fsencode(cluster)]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


POLL_SECONDS = 0.02


def try_lock(folder: Path) -> int | None:
    """An open handle that holds the lock, or None if another process holds it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    return handle


def is_locked(folder: Path) -> bool:
    """True if another process holds the lock of ``folder``."""
    handle = try_lock(folder)
    if handle is not None:
        os.close(handle)
    return handle is None


@contextmanager
def only_starter(data_dir: Path, wait_seconds: float) -> Iterator[None]:
    """Waits until no other process is starting or stopping the server of ``data_dir``."""
    deadline = time.monotonic() + wait_seconds
    while (handle := try_lock(data_dir)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"Another process has been starting or stopping the Postgres of {data_dir} for"
                f" {wait_seconds:.0f} seconds: end that process, then try again."
            )
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(handle)
