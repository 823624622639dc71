"""The account that the server runs as: Postgres refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from searchapp.errors import OperatorError


class EmbeddedPostgresError(OperatorError):
    """The embedded Postgres cannot run; the message says in one line what to do."""

    code = "embedded_postgres"


_SERVICE_ACCOUNT = "searchapp"
"""The account that root runs a server as, where it exists."""

_OVERFLOW_UID = 65534
"""The account without rights that Linux has by convention: the next choice."""

_CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that the server may know of the caller's environment, which can hold secrets and ``PG*``."""


def unprivileged_accounts() -> list[pwd.struct_passwd]:
    """The accounts of this machine that root may run a server as, the best choice first."""
    found = []
    with suppress(KeyError):
        found.append(pwd.getpwnam(_SERVICE_ACCOUNT))
    with suppress(KeyError):
        found.append(pwd.getpwuid(_OVERFLOW_UID))
    return found


@dataclass(frozen=True)
class Account:
    """A user and group id; ``switch`` is True when this process is root and has to become it."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def owner_of(cls, folder: Path) -> Account:
        """The account of a server whose own ``folder`` is there already."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        owner = folder.stat()
        return cls(owner.st_uid, owner.st_gid, switch=True)

    @classmethod
    def chosen_for(cls, data_dir: Path) -> Account:
        """The account of a server that is to be made in ``data_dir``.

        An ordinary user runs the server itself.  Root runs it as the folder's owner, so that a
        folder used with and without sudo stays one person's, or else as an unprivileged account.
        """
        owner = cls.owner_of(data_dir)
        if owner.uid != 0 and (owner.has_name or not owner.switch):
            return owner
        for entry in unprivileged_accounts():
            return cls(entry.pw_uid, entry.pw_gid, switch=True)
        raise EmbeddedPostgresError(
            f"Postgres does not run as root, and there is no user {_SERVICE_ACCOUNT!r} or one with"
            f" the id {_OVERFLOW_UID}: run as an ordinary user, or set DATABASE_URL."
        )

    @property
    def has_name(self) -> bool:
        """False for a bare number, as in many containers; initdb takes no such account."""
        return self.name != str(self.uid)

    @property
    def name(self) -> str:
        """The login name, or the bare number of an account without one."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        output: IO[bytes] | int = subprocess.DEVNULL,
        cwd: Path = Path("/"),
        keep: tuple[int, ...] = (),
    ) -> int:
        """Runs ``command`` as this account and returns its exit status.

        The child gets no terminal, no pipe and no file of the caller except ``keep`` and
        ``output``, and a session of its own, so that Ctrl-C does not reach it.
        """
        try:
            return subprocess.run(  # noqa: S603  (our own programs; no shell expands the paths)
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=_CLEAN_ENVIRONMENT,
                pass_fds=keep,
                start_new_session=True,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            ).returncode
        except (PermissionError, subprocess.SubprocessError) as error:
            raise EmbeddedPostgresError(
                f"Could not start {command[0]} as user {self.name} ({error}):"
                " run as an ordinary user, or set DATABASE_URL."
            ) from error

    def can_enter(self, folder: Path) -> bool:
        """True if this account itself reaches ``folder``, whatever the modes and ACLs above it."""
        return self.run(["/bin/sh", "-c", 'cd -- "$0"', folder]) == 0

    def can_execute(self, program: Path) -> bool:
        """True if this account itself may run ``program``."""
        return self.run(["/bin/sh", "-c", 'test -x "$0"', program]) == 0

    def make_private_folder(self, folder: Path) -> None:
        """Makes ``folder`` for this account alone (0700); takes one that it already owns.

        Whatever else stands there, a link above all, is refused: in /tmp anybody may put it.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            found = os.fstat(handle)
            if self.switch and found.st_uid == 0:
                os.fchown(handle, self.uid, self.gid)
            elif found.st_uid != self.uid:
                raise PermissionError(1, f"belongs to another user, not to {self.name}", folder)
            os.fchmod(handle, 0o700)
        finally:
            os.close(handle)
