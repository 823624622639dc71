"""Folders for test servers: reachable by Postgres's own account, and in memory where there is
enough of it, so that a slow disk does not slow down every test."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  (mkdtemp makes a folder of its own)
_DISK = Path("/tmp")  # noqa: S108
_ENOUGH_BYTES = 3_000_000_000


def make_server_folder(parent: Path | None = None) -> Path:
    """A new folder, by default not below pytest's: that one is closed to other accounts, and as
    root the server would have to move out of it."""
    folder = Path(tempfile.mkdtemp(prefix="searchapp-test-", dir=parent or _fastest()))
    folder.chmod(0o711)
    return folder


def _fastest() -> Path:
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ENOUGH_BYTES:
        return _DISK
    # Programs that were installed under /root are copied beside the data.
    runs_programs = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    return _MEMORY if runs_programs else _DISK
