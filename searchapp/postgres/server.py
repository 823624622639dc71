"""The embedded Postgres of one data folder, for those who use it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from searchapp.postgres import cluster, processes, startup
from searchapp.postgres.account import Account
from searchapp.postgres.errors import EmbeddedPostgresError, in_one_line
from searchapp.postgres.paths import FOLDER, SUPERUSER, Place, choose_home

_USERS = "postgres.users"
"""The file that every process which uses the server keeps a shared lock of."""

_STOP_WISH = "postgres.stop"
"""Is there when the server is to stop with its last user."""


class EmbeddedPostgres:
    """The Postgres of one data folder, shared by every process that names the same folder.

    The server has no owner: the first process that needs it starts it, every other one
    attaches, and it runs on until :meth:`stop`.  All methods may be called by any number of
    processes at once, and raise :class:`EmbeddedPostgresError` with one line of advice.
    """

    def __init__(self, data_dir: Path) -> None:
        """:param data_dir: the product's data folder; made when the server is first needed."""
        self._data_dir = data_dir.expanduser().resolve()

    def ensure_running(self) -> str:
        """Returns :attr:`dsn` once the server answers, starting or reviving it if need be."""
        with in_one_line(self._data_dir):
            if not self._answers():
                self._make_data_dir()
                with processes.only_starter(self._data_dir, startup.START_SECONDS):
                    place = self._make_place()
                    startup.start(place)
                    startup.prepare_database(place)
            return self._place().address()

    def is_running(self) -> bool:
        """True if the server takes a session and answers a query now."""
        with in_one_line(self._data_dir):
            return self._answers()

    def stop(self) -> None:
        """Stops the server (fast mode: sessions are ended, nothing committed is lost) and waits
        until its last process has ended.  Does nothing if there is none."""
        with in_one_line(self._data_dir):
            if (place := Place.known(self._data_dir)) is None:
                return
            with processes.only_starter(self._data_dir, startup.START_SECONDS):
                startup.stop(place)
            (self._data_dir / _STOP_WISH).unlink(missing_ok=True)

    @property
    def dsn(self) -> str:
        """The database's address as a URI for libpq, whether the server runs or not.

        For SQLAlchemy replace its scheme by ``postgresql+psycopg``.
        """
        with in_one_line(self._data_dir):
            return self._place().address()

    @property
    def superuser_dsn(self) -> str:
        """The same database for the server's superuser, which the product itself never is."""
        with in_one_line(self._data_dir):
            return self._place().address(role=SUPERUSER)

    @property
    def server_pid(self) -> int | None:
        """The postmaster's pid, or None if none lives."""
        with in_one_line(self._data_dir):
            place = Place.known(self._data_dir)
            return place.postmaster if place else None

    @property
    def unreachable(self) -> bool:
        """Whether the server lives and takes no new connection: its socket was removed."""
        with in_one_line(self._data_dir):
            place = Place.known(self._data_dir)
            return place is not None and place.postmaster is not None and not place.listens()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Shows to other processes, while the block runs, that this one uses the server."""
        with in_one_line(self._data_dir):
            self._make_data_dir()
            handle = os.open(self._data_dir / _USERS, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(handle, fcntl.LOCK_SH)
        try:
            yield
        finally:
            os.close(handle)

    def stop_after_last_user(self, *, asked: bool) -> bool:
        """Stops the server unless another process uses it; says whether it is stopped.

        :param asked: whether the caller owns the server, as ``up`` does.  The wish of one that
            left while others used the server is carried out by the last of them.
        """
        wish = self._data_dir / _STOP_WISH
        with in_one_line(self._data_dir):
            if not self._data_dir.is_dir():
                return True
            if asked:
                wish.touch()
            if not wish.exists() or not self._unused():
                return False
        self.stop()
        return True

    def _unused(self) -> bool:
        handle = os.open(self._data_dir / _USERS, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    @property
    def crashed(self) -> bool:
        """Whether the server ended without having been stopped.

        A server that was killed leaves ``postmaster.pid`` behind.  One that gave up by itself, on
        a full disk for example, does not, but its cluster knows that it was never shut down.
        """
        with in_one_line(self._data_dir):
            place = Place.known(self._data_dir)
            if place is None or place.postmaster is not None:
                return False
            left_pid = (place.cluster / "postmaster.pid").exists()
            return left_pid or not cluster.was_shut_down(place)

    def _answers(self) -> bool:
        place = Place.known(self._data_dir)
        return place is not None and place.answers()

    def _place(self) -> Place:
        if (place := Place.known(self._data_dir)) is None:
            raise EmbeddedPostgresError(
                f"There is no database in {self._data_dir} yet:"
                " 'python -m searchapp migrate' makes it."
            )
        return place

    def _make_data_dir(self) -> None:
        if not self._data_dir.is_dir():
            self._data_dir.mkdir(parents=True, exist_ok=True)
            # As root the server's account passes through to its own folder and sees nothing.
            self._data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)

    def _make_place(self) -> Place:
        folder = choose_home(self._data_dir) / FOLDER
        made_before = folder.is_dir() and folder.stat().st_uid != 0
        account = Account.owner_of(folder) if made_before else Account.chosen_for(self._data_dir)
        account.make_private_folder(folder)
        return Place.of(folder.parent)
