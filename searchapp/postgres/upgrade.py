"""The way of a data folder across a major version: dumped by its own programs, loaded by ours.

The old cluster stays beside the new one until the operator removes it; when anything fails, it is
back in its place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from searchapp.postgres import cluster, server
from searchapp.postgres.account import EmbeddedPostgresError
from searchapp.postgres.paths import DATABASE, SUPERUSER, SYSTEM_DATABASE, Place
from searchapp.postgres.processes import POLL_SECONDS, only_starter, try_lock


def upgrade(data_dir: Path, old_programs: Path) -> str:
    """Brings the database of ``data_dir`` to the version of our programs.

    :param old_programs: the folder of ``postgres`` of the version that made it, with pgvector.
    :returns: one line about what was done.
    :raises EmbeddedPostgresError: it cannot be done; the old database is as it was.
    """
    place = Place.known(data_dir)
    found = cluster.major_version(place) if place is not None else None
    if place is None or found is None:
        raise EmbeddedPostgresError(f"There is no embedded database in {data_dir}.")
    ours = cluster.programs_version()
    if found == ours:
        return f"the database is of Postgres {ours} already"
    _check_programs(old_programs, found)
    with only_starter(data_dir, server.START_SECONDS):
        server.stop(place)
        kept = _exchange(place, old_programs, found)
    return f"upgraded from Postgres {found} to {ours}; the old database is kept in {kept}"


def _check_programs(folder: Path, wanted: int) -> None:
    program = folder / "postgres"
    if not (program.is_file() and os.access(program, os.X_OK)):
        raise EmbeddedPostgresError(
            f"{program} is not a program: --old-programs takes the bin folder of Postgres {wanted}."
        )
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    if f" {wanted}." not in told.stdout:
        raise EmbeddedPostgresError(
            f"{program} is {told.stdout.strip() or 'not Postgres'}; the database needs Postgres"
            f" {wanted}."
        )


def _exchange(place: Place, old_programs: Path, found: int) -> Path:
    """Puts a new cluster with everything of the old one in its place; where the old one is."""
    dump = place.folder / "upgrade.dump"
    kept = place.folder / f"data.postgres-{found}"
    if kept.exists():
        raise EmbeddedPostgresError(f"{kept} is left from an earlier upgrade: move it first.")
    try:
        _serve(place, old_programs)
        _client("pg_dump", place, "--format=custom", f"--file={dump}", DATABASE)
        server.stop(place)
        place.cluster.rename(kept)
        _load(place, dump)
    except BaseException:
        server.stop(place)
        if kept.exists():
            shutil.rmtree(place.cluster, ignore_errors=True)
            kept.rename(place.cluster)
        raise
    finally:
        dump.unlink(missing_ok=True)
    return kept


def _load(place: Place, dump: Path) -> None:
    programs = cluster.find_programs(place.account, place.folder.parent)
    lock = _free_lock(place)
    try:
        cluster.make(place, programs, lock)
    finally:
        os.close(lock)
    _serve(place, programs)
    server.prepare_database(place)
    _client("pg_restore", place, "--exit-on-error", f"--dbname={DATABASE}", str(dump))


def _serve(place: Place, programs: Path) -> None:
    """Starts the cluster with ``programs`` and waits until it answers."""
    place.account.make_private_folder(place.sockets)
    lock = _free_lock(place)
    try:
        cluster.spawn(place, programs, lock)
    finally:
        os.close(lock)
    ends = time.monotonic() + server.START_SECONDS
    while not place.answers(SYSTEM_DATABASE, SUPERUSER):
        if time.monotonic() > ends:
            reason = cluster.last_failure(place.log)
            raise EmbeddedPostgresError(f"{programs}/postgres does not start: {reason}.")
        time.sleep(POLL_SECONDS)


def _free_lock(place: Place) -> int:
    lock = try_lock(place.folder)
    if lock is None:
        raise EmbeddedPostgresError(f"A Postgres still uses {place.folder}: run stop, then again.")
    return lock


def _client(name: str, place: Place, *arguments: str) -> None:
    """Runs one of our client programs against the server of ``place``, as its superuser."""
    program = cluster.client_program(name)
    done = subprocess.run(  # noqa: S603  (our own program; no shell expands the paths)
        [program, f"--host={place.sockets}", "--port=5432", f"--username={SUPERUSER}", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise EmbeddedPostgresError(f"{name} failed: {lines[0] if lines else done.returncode}")
