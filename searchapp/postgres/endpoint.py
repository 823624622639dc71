"""One server's files and its address, and whether anybody answers there."""

from __future__ import annotations

import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from searchapp.postgres import processes
from searchapp.postgres.account import Account
from searchapp.postgres.data_home import FOLDER, SOCKET, known_home, socket_folder

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
            try:
                client.connect(str(self.sockets / SOCKET))
            except OSError:
                return False
        return True

    def sockets_are_ours(self) -> bool:
        """False if somebody else could have put a server of their own at our address."""
        try:
            found = self.sockets.lstat()
        except FileNotFoundError:
            return False
        private = stat.S_IMODE(found.st_mode) & 0o077 == 0
        return stat.S_ISDIR(found.st_mode) and private and found.st_uid == self.account.uid
