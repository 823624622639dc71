"""Where the server's files are: in the data folder, or where the server's account can reach."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from searchapp.postgres import processes
from searchapp.postgres.account import Account, EmbeddedPostgresError, unprivileged_accounts

FOLDER = "postgres"
"""The server's own folder inside its home."""

_POINTER = "postgres.location"
_ELSEWHERE = Path("/var/lib")

_LONGEST_SOCKET_PATH = 103
"""Bytes of ``sun_path`` less its closing zero, on the strictest system (macOS; Linux has 107)."""

SOCKET = ".s.PGSQL.5432"
_LONGEST_HOME = 50
"""Bytes of a home folder that leave room for the name of a socket."""

_PLAIN_PATH = re.compile(r"[\w./+-]+", re.ASCII)


def known_home(data_dir: Path) -> Path | None:
    """The home chosen at the first start, or None before it."""
    pointer = data_dir / _POINTER
    if pointer.exists():
        return _follow(data_dir, pointer)
    return data_dir if (data_dir / FOLDER / "data").is_dir() else None


def choose_home(data_dir: Path) -> Path:
    """The folder to hold the server's files, chosen once and recorded.

    That is ``data_dir`` itself unless the server's account cannot reach it, as under /root.
    Then it is a new folder in /var/lib, and ``data_dir`` keeps its name: opening up the parents
    instead would change who may read files that are not ours.
    """
    account = Account.chosen_for(data_dir)
    reachable = account.can_enter(data_dir)
    known = known_home(data_dir)
    if known == data_dir and not reachable:
        raise EmbeddedPostgresError(
            f"User {account.name}, who runs Postgres, can no longer reach {data_dir}:"
            " let it pass through the folders above, or move the data folder."
        )
    if known is not None or reachable:
        return known or data_dir
    return _make_elsewhere(data_dir, account)


def _follow(data_dir: Path, pointer: Path) -> Path:
    if os.geteuid() == 0 and pointer.lstat().st_uid != 0:
        raise EmbeddedPostgresError(f"{pointer} must belong to root: check it, or remove it.")
    home = Path(pointer.read_text(encoding="utf-8").strip())
    if not home.is_dir():
        raise EmbeddedPostgresError(
            f"The database of {data_dir} was kept in {home}, which does not exist any more:"
            f" put it back, or remove {pointer} to start with an empty one."
        )
    return home


def _make_elsewhere(data_dir: Path, account: Account) -> Path:
    try:
        home = Path(tempfile.mkdtemp(prefix="searchapp-", dir=_ELSEWHERE))
        os.chown(home, 0, account.gid)
        home.chmod(0o710)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"User {account.name}, who runs Postgres, cannot reach {data_dir}, and {_ELSEWHERE}"
            " is not writable: set SEARCHAPP_DATA_DIR to a folder outside of /root."
        ) from error
    (home / "data-folder").write_text(f"{data_dir}\n", encoding="utf-8")
    unfinished = data_dir / f"{_POINTER}.new"
    unfinished.write_text(f"{home}\n", encoding="utf-8")
    unfinished.replace(data_dir / _POINTER)
    return home


def socket_folder(own: Path, uid: int) -> Path:
    """The folder of the server's socket: its own folder, or a short one that no cleaner sweeps.

    A socket's path is limited in length, and libpq and Postgres read a comma in it as the start
    of a second folder.

    :param own: the server's own folder.
    """
    path = os.fsencode(own / SOCKET)
    if len(path) <= _LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(str(own)):
        return own
    key = hashlib.sha256(os.fsencode(own)).hexdigest()[:16]
    return _lasting_parent(uid) / f"searchapp-{key}-{uid}"


def _lasting_parent(uid: int) -> Path:
    """A folder with a short path for the sockets of account ``uid``, whoever asks: its home, or
    /run for one that only root starts servers as; /tmp, which is swept, only where neither is."""
    try:
        account = pwd.getpwuid(uid)
        home = Path(account.pw_dir)
        owned = home.is_dir() and home.stat().st_uid == uid
    except (KeyError, OSError):
        return Path("/tmp")  # noqa: S108  (owner and mode are checked)
    if owned and len(os.fsencode(home)) < _LONGEST_HOME and _PLAIN_PATH.fullmatch(str(home)):
        return home
    return Path("/run" if account in unprivileged_accounts() else "/tmp")  # noqa: S108  (as above)


DATABASE = "searchapp"
ROLE = "searchapp"
SUPERUSER = "postgres"
SYSTEM_DATABASE = "postgres"


@dataclass(frozen=True)
class Place:
    """The server's own folder (0700, its account's) and the folder of its socket."""

    folder: Path
    sockets: Path
    account: Account

    @classmethod
    def of(cls, home: Path) -> Place:
        """The place inside ``home``.

        :raises FileNotFoundError: nothing was made there yet.
        """
        folder = home / FOLDER
        account = Account.owner_of(folder)
        return cls(folder, socket_folder(folder, account.uid), account)

    @classmethod
    def known(cls, data_dir: Path) -> Place | None:
        """The place of the data folder's database, or None if it has none yet."""
        home = known_home(data_dir)
        return cls.of(home) if home is not None and (home / FOLDER).is_dir() else None

    @property
    def cluster(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def postmaster(self) -> int | None:
        return processes.postmaster_pid(self.cluster)

    def address(self, database: str = DATABASE, role: str = ROLE) -> str:
        """A URI for libpq."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}&port=5432"

    def answers(self, database: str = DATABASE, role: str = ROLE) -> bool:
        """True if the server at our address takes a session and runs a query."""
        if not self.sockets_are_ours():
            return False
        try:
            with psycopg.connect(self.address(database, role), connect_timeout=5) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def listens(self) -> bool:
        """True if anything listens at our address, even if it takes no session yet."""
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            try:
                client.connect(str(self.sockets / SOCKET))
            except BlockingIOError:
                return True  # It does not take the sessions that wait for it: it is frozen.
            except OSError:
                return False
        return True

    def sockets_are_ours(self) -> bool:
        """False if another account could have put a server of their own at our address."""
        try:
            found = self.sockets.lstat()
        except FileNotFoundError:
            return False
        private = stat.S_IMODE(found.st_mode) & 0o077 == 0
        return stat.S_ISDIR(found.st_mode) and private and found.st_uid == self.account.uid
