"""The embedded Postgres of one data folder, for those who use it: from any state at all to a server
that answers, and to one that has ended.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from searchapp.postgres import cluster, processes
from searchapp.postgres.account import Account, EmbeddedPostgresError
from searchapp.postgres.cluster import find_programs
from searchapp.postgres.paths import (
    DATABASE,
    FOLDER,
    ROLE,
    SOCKET,
    SUPERUSER,
    SYSTEM_DATABASE,
    Place,
    choose_home,
)

START_SECONDS = 120.0
"""Longest start: the replay of about 512 MB of WAL on a slow disk."""

_STOP_SECONDS = 30.0
"""Longest fast shutdown; after it the server drops everything and recovers at its next start."""

_ORPHANS_SECONDS = 10.0
"""How long backends without a postmaster may finish by themselves."""

_LOST_SOCKET_SECONDS = 3.0
"""How long a living server may be without its socket before it is started afresh."""

_STARTS = 3

_ADVICE = {
    errno.EACCES: "choose a SEARCHAPP_DATA_DIR that this user may write to",
    errno.EPERM: "choose a SEARCHAPP_DATA_DIR that this user may write to",
    errno.EROFS: "choose a SEARCHAPP_DATA_DIR that is not read-only",
    errno.ENOSPC: "make room on this disk",
    errno.EDQUOT: "make room within this user's quota",
}


@contextmanager
def in_one_line(data_dir: Path) -> Iterator[None]:
    """Turns what the operating system refuses, and a server that ends while it is being used, into
    an :class:`EmbeddedPostgresError`."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "set SEARCHAPP_DATA_DIR to another folder")
        raise EmbeddedPostgresError(
            f"The embedded Postgres cannot use {data_dir}: {error.strerror or error}"
            f" ({error.filename or data_dir}); {advice}, or set DATABASE_URL."
        ) from error
    except psycopg.Error as error:
        raise EmbeddedPostgresError(
            f"The embedded Postgres of {data_dir} broke off: {str(error).partition(chr(10))[0]}."
            " Try again; its server.log says more."
        ) from error


def start(place: Place) -> None:
    """Starts the server unless it answers already, and waits until it does.

    Only the holder of the starter's lock may call this.
    """
    if place.answers(SYSTEM_DATABASE, SUPERUSER):
        return
    place.account.make_private_folder(place.sockets)
    programs = find_programs(place.account, place.folder.parent)
    cluster.check_version(place)
    for _ in range(_STARTS):
        lock = _wait_for_silence(place)
        if lock is None:
            return
        try:
            _clear_stale_files(place)
            if not place.cluster.is_dir():
                cluster.make(place, programs, lock)
            cluster.spawn(place, programs, lock)
        finally:
            os.close(lock)
        if _wait_for_answer(place):
            return
    raise EmbeddedPostgresError(
        f"The embedded Postgres does not start: {cluster.last_failure(place.log)}. See {place.log}."
    )


def stop(place: Place) -> None:
    """Ends every session and the server, and waits until its last process has ended."""
    if (pid := place.postmaster) is not None:
        processes.send(pid, signal.SIGINT)
    if _ends_within(place, _STOP_SECONDS):
        return
    if (pid := place.postmaster) is not None:
        processes.send(pid, signal.SIGQUIT)
    _end_orphans(place)
    if not _ends_within(place, _STOP_SECONDS):
        raise EmbeddedPostgresError(
            f"The embedded Postgres of {place.folder} does not stop: end its processes, or those"
            " of another container that uses the same folder."
        )


def prepare_database(place: Place) -> None:
    """Makes the role, the database and pgvector, or what is missing of them.

    pgvector goes into the template, so that every database made here has it: only the superuser
    may create it, and the product's role is none.
    """
    with _superuser(place, "template1") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
    with _superuser(place, SYSTEM_DATABASE) as connection:
        roles = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
        if roles.rowcount == 0:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if found.rowcount == 0:
            made = sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role)
            connection.execute(made)


def _wait_for_silence(place: Place) -> int | None:
    """Waits until no process of the server lives, and returns the lock that the next one
    inherits; or None if the server turns out to answer.

    Meanwhile a server may be recovering or stopping, orphans may be finishing, or a server may
    run on that cannot be reached any more because its socket was swept.
    """
    began = time.monotonic()
    while (lock := processes.try_lock(place.folder)) is None or _is_served(place):
        if lock is not None:
            os.close(lock)
        if place.answers(SYSTEM_DATABASE, SUPERUSER):
            return None
        _nudge(place, time.monotonic() - began)
        time.sleep(processes.POLL_SECONDS)
    return lock


def _is_served(place: Place) -> bool:
    """True if a server is there that holds no lock, because an operator started it by hand."""
    return place.listens() or place.postmaster is not None


def _nudge(place: Place, waited: float) -> None:
    """Ends what would keep the next server from starting, once it had its time."""
    pid = place.postmaster
    if waited > START_SECONDS:
        raise EmbeddedPostgresError(
            f"A Postgres that does not answer is using {place.folder}: wait for it, or end it"
            f" where it runs (perhaps in another container). See {place.log}."
        )
    if pid is None and waited > _ORPHANS_SECONDS:
        _end_orphans(place)
    elif pid is not None and waited > _LOST_SOCKET_SECONDS and not place.listens():
        processes.send(pid, signal.SIGINT)


def _wait_for_answer(place: Place) -> bool:
    """Waits for a server that was just spawned; False if it ended instead."""
    deadline = time.monotonic() + START_SECONDS
    while not (processes.says_ready(place.cluster) and place.answers(SYSTEM_DATABASE, SUPERUSER)):
        if not processes.is_locked(place.folder):
            return False
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"The embedded Postgres is still not ready after {START_SECONDS:.0f} seconds:"
                f" wait and try again. See {place.log}."
            )
        time.sleep(processes.POLL_SECONDS)
    return True


def _ends_within(place: Place, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while processes.is_locked(place.folder) or place.postmaster is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(processes.POLL_SECONDS)
    return True


def _end_orphans(place: Place) -> None:
    """Kills backends whose postmaster has ended.  To Postgres this is the crash that it is
    already going to recover from: what was committed is in the WAL."""
    processes.kill_all_in(place.cluster, place.account)


def _clear_stale_files(place: Place) -> None:
    """Removes the pid file and the socket's lock file of a server that has certainly ended.

    Postgres believes such a file as soon as any process of its account has that number.
    """
    for path in (place.cluster / "postmaster.pid", place.sockets / f"{SOCKET}.lock"):
        path.unlink(missing_ok=True)


def _superuser(place: Place, database: str) -> psycopg.Connection:
    return psycopg.connect(place.address(database, SUPERUSER), autocommit=True)


_USERS = "postgres.users"
"""The file that every process which uses the server keeps a shared lock of."""

_STOP_REQUEST = "postgres.stop"
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
                with processes.only_starter(self._data_dir, START_SECONDS):
                    place = self._make_place()
                    start(place)
                    prepare_database(place)
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
            with processes.only_starter(self._data_dir, START_SECONDS):
                stop(place)
            (self._data_dir / _STOP_REQUEST).unlink(missing_ok=True)

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

        :param asked: whether the caller owns the server, as ``up`` does.  The request of one that
            left while others used the server is carried out by the last of them.
        """
        request = self._data_dir / _STOP_REQUEST
        with in_one_line(self._data_dir):
            if not self._data_dir.is_dir():
                return True
            if asked:
                request.touch()
            if not request.exists() or not self._unused():
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
