"""The one error of the embedded server, and the way every failure becomes one line."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from searchapp.errors import OperatorError

_ADVICE = {
    errno.EACCES: "choose a SEARCHAPP_DATA_DIR that this user may write to",
    errno.EPERM: "choose a SEARCHAPP_DATA_DIR that this user may write to",
    errno.EROFS: "choose a SEARCHAPP_DATA_DIR that is not read-only",
    errno.ENOSPC: "make room on this disk",
    errno.EDQUOT: "make room within this user's quota",
}


class EmbeddedPostgresError(OperatorError):
    """The embedded Postgres cannot run; the message says in one line what to do."""

    code = "embedded_postgres"


@contextmanager
def in_one_line(data_dir: Path) -> Iterator[None]:
    """Turns what the operating system refuses into an :class:`EmbeddedPostgresError`."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "set SEARCHAPP_DATA_DIR to another folder")
        raise EmbeddedPostgresError(
            f"The embedded Postgres cannot use {data_dir}: {error.strerror or error}"
            f" ({error.filename or data_dir}); {advice}, or set DATABASE_URL."
        ) from error
