"""Two locks: who may start the server now, and whether any process of it is still alive.

Both are ``flock`` on folders, so there is no lock file to own, to clean up or to go stale.  The
server's processes inherit the second one, which the kernel frees when the last of them is gone:
unlike a pid file it can not name a stranger, and it counts orphaned backends and processes of
another container on the same host too.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from searchapp.postgres.errors import EmbeddedPostgresError

POLL_SECONDS = 0.02


def try_lock(folder: Path) -> int | None:
    """An open handle that holds the lock, or None if somebody else holds it."""
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
