"""The way from any state at all to a server that answers, and to one that has ended."""

from __future__ import annotations

import os
import signal
import time

import psycopg
from psycopg import sql

from searchapp.postgres import cluster, processes
from searchapp.postgres.cluster import find_programs
from searchapp.postgres.errors import EmbeddedPostgresError
from searchapp.postgres.paths import DATABASE, ROLE, SOCKET, SUPERUSER, SYSTEM_DATABASE, Place

START_SECONDS = 120.0
"""Longest start: the replay of about 512 MB of WAL on a slow disk."""

_STOP_SECONDS = 30.0
"""Longest fast shutdown; after it the server drops everything and recovers at its next start."""

_ORPHANS_SECONDS = 10.0
"""How long backends without a postmaster may finish by themselves."""

_LOST_SOCKET_SECONDS = 3.0
"""How long a living server may be without its socket before it is started afresh."""

_STARTS = 3


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
