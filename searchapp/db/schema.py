"""Brings the schema up or down with alembic, one process at a time, and tells its state."""

from __future__ import annotations

import importlib
import itertools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from searchapp.db.engine import CONNECT_SECONDS, LockKind, sqlalchemy_url
from searchapp.db.tables.searches import metadata
from searchapp.errors import OperatorError
from searchapp.logs import get_logger

log = get_logger(__name__)

SCRIPTS = Path(__file__).parents[2] / "alembic"

_LINK = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)

_TABLE_MODULES = ("searches", "products", "messages", "admin")

_TURN = {"key": LockKind.MIGRATION.value}

LOCK_TIMEOUT = "1s"
"""How long a migration waits for a lock, and holds up submits meanwhile; they bear 5 s."""

LOCK_PAUSE_SECONDS = 2.0
"""Between two attempts: those who were held up go first."""

LOCK_PATIENCE_SECONDS = 1800.0

_WAITS = ("55P03", "40P01")
"""Lock not available in time, deadlock."""

_PROTECT = """
DO $$
DECLARE
    name text;
    things text;
BEGIN
    FOR name IN SELECT 'PUBLIC' UNION ALL SELECT quote_ident(rolname) FROM pg_roles
        WHERE rolname IN ('anon', 'authenticated')
    LOOP
        EXECUTE 'REVOKE ALL ON SCHEMA searchapp FROM ' || name;
        FOREACH things IN ARRAY ARRAY['TABLES', 'SEQUENCES', 'ROUTINES']
        LOOP
            EXECUTE format('REVOKE ALL ON ALL %s IN SCHEMA searchapp FROM %s', things, name);
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA searchapp REVOKE ALL ON %s FROM %s',
                things, name);
        END LOOP;
    END LOOP;
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'searchapp' AND NOT rowsecurity
    LOOP
        EXECUTE format('ALTER TABLE searchapp.%I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
END
$$
"""
"""Only the owner reads anything, whatever tables a migration or the queue brought.

``anon`` and ``authenticated`` are the roles of Supabase's public keys; a project's default rights
may have given them something at the very moment a table was made, so it runs after each migration.
"""


def all_metadata() -> MetaData:
    """The tables of all modules of this package, for alembic to compare."""
    for name in _TABLE_MODULES:
        importlib.import_module(f"searchapp.db.tables.{name}")
    return metadata


def head() -> str:
    """The newest revision that this code knows."""
    return revisions()[-1]


def revisions() -> tuple[str, ...]:
    """All revisions that this code knows, the oldest first.

    They are read as text: every process asks at its start, and alembic would run each file.
    """
    scripts = (path.read_text() for path in (SCRIPTS / "versions").glob("*.py"))
    after = {link[2]: link[1] for script in scripts if (link := _LINK.search(script))}
    chain: list[str] = []
    while following := after.get(chain[-1] if chain else None):
        chain.append(following)
    return tuple(chain)


def current(connection: Connection) -> str | None:
    """The revision of the database, or None when it was never migrated."""
    if connection.scalar(text("SELECT to_regclass('searchapp.alembic_version')")) is None:
        return None
    query = text("SELECT version_num FROM searchapp.alembic_version")
    revision: str | None = connection.scalar(query)
    return revision


def migrate(dsn: str, *, down: str | None = None) -> None:
    """Brings the database to the newest revision, or down to ``down`` (``base`` for nothing).

    :param dsn: a direct connection, never a transaction pooler.
    """
    with _direct(dsn).connect() as connection:
        # A statement that waits for a lock holds up everybody who comes after it.
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        _retry_locked(connection, lambda: _take_turn(connection))
        try:
            _retry_locked(connection, lambda: _run(connection, down))
            _retry_locked(connection, lambda: _protect(connection))
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), _TURN)
            connection.commit()


def _take_turn(connection: Connection) -> None:
    """Waits for other migrations to end."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), _TURN)
    connection.commit()


def _protect(connection: Connection) -> None:
    connection.execute(text(_PROTECT))
    connection.commit()


def _retry_locked(connection: Connection, step: Callable[[], None]) -> None:
    """Does ``step`` again until it gets its locks; each revision is a transaction of its own, so
    it goes on with the one that waits.

    :raises OperatorError: when another session keeps a lock for too long.
    """
    ends = time.monotonic() + LOCK_PATIENCE_SECONDS
    for attempt in itertools.count():
        try:
            step()
        except DBAPIError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in _WAITS:
                raise
            if time.monotonic() > ends:
                raise OperatorError(
                    "the schema is locked by another session: end long transactions"
                    " (pg_stat_activity lists them), then run again: migrate"
                ) from None
            if attempt == 0:
                log.warning("schema locked by another session; retrying")
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


def _direct(dsn: str) -> Engine:
    return create_engine(
        sqlalchemy_url(dsn),
        poolclass=NullPool,
        connect_args={"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None},
    )


def _run(connection: Connection, down: str | None) -> None:
    if down is None and current(connection) == head():
        return
    from alembic.config import Config

    from alembic import command  # Only here: its import takes a sixth of the start of a command.

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    if down is None:
        command.upgrade(config, "head")
    else:
        command.downgrade(config, down)


def missing(dsn: str) -> str | None:
    """The revision that the database still has to be brought to, or None when it can be used.

    A revision that this code does not know is newer than it: during a deploy the old code goes
    on beside the new schema.

    :raises sqlalchemy.exc.OperationalError: when the database is unavailable.
    """
    with _direct(dsn).connect() as connection:
        found = current(connection)
    newest = head()
    return newest if found is None or (found in revisions() and found != newest) else None


# --- what ``doctor`` asks, whatever state the database is in ----------------------------------


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The schema as this role finds it: ``revision`` is None without one, ``owned`` says whether
    the role may change it, ``may_create`` whether it may make one."""

    revision: str | None
    owned: bool
    may_create: bool


def schema_state(connection: psycopg.Connection) -> SchemaState:
    """Whether the schema is there, and whether this role may make or change it."""
    row = connection.execute(
        "SELECT to_regclass('searchapp.alembic_version') IS NOT NULL, "
        "has_database_privilege(current_database(), 'CREATE'), "
        "(SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'searchapp')"
    ).fetchone()
    made, may_create, owned = row or (False, False, False)
    revision = "none" if made else None
    if made and owned:
        query = "SELECT version_num FROM searchapp.alembic_version"
        if found := connection.execute(query).fetchone():
            revision = str(found[0])
    return SchemaState(revision, bool(owned), bool(may_create))


def pgvector_versions(connection: psycopg.Connection) -> tuple[str | None, str] | None:
    """The version that is switched on, if any, and the one that could be; None without any."""
    return connection.execute(
        "SELECT installed_version, default_version FROM pg_available_extensions "
        "WHERE name = 'vector'"
    ).fetchone()


def may_create_pgvector(connection: psycopg.Connection) -> bool:
    """Whether this role may switch pgvector on."""
    row = connection.execute(
        "SELECT rolsuper OR (has_database_privilege(current_database(), 'CREATE') AND EXISTS ("
        "SELECT FROM pg_available_extension_versions WHERE name = 'vector' AND trusted)) "
        "FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return bool(row and row[0])


def may_write(connection: psycopg.Connection) -> bool:
    """Whether the server takes writes: a standby does not, nor one that is set so."""
    row = connection.execute("SHOW transaction_read_only").fetchone()
    return row is not None and row[0] == "off"


def database_time(connection: psycopg.Connection) -> datetime:
    """The clock of the database, aware."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 - A SELECT of one value gives one row.
    now: datetime = row[0]
    return now


def count_numbers(
    connection: psycopg.Connection, key_names: Sequence[str]
) -> tuple[int, int] | None:
    """Rows with a phone number, and those under other keys than these; None without the tables."""
    query = (
        "SELECT count(*), count(*) FILTER (WHERE phone_key <> ALL(%s)) FROM ("
        "SELECT phone_key FROM searchapp.search_jobs WHERE phone_hash IS NOT NULL UNION ALL "
        "SELECT phone_key FROM searchapp.messages WHERE phone_hash IS NOT NULL) AS numbers"
    )
    counted: tuple[int, int] | None = _of_table(connection, "messages", query, list(key_names))
    return counted


def count_products(connection: psycopg.Connection, model: str) -> tuple[int, int] | None:
    """Products, and those that another model described; None without the table."""
    query = "SELECT count(*), count(*) FILTER (WHERE model <> %s) FROM searchapp.products"
    counted: tuple[int, int] | None = _of_table(connection, "products", query, model)
    return counted


def worst_worker_clock(connection: psycopg.Connection) -> tuple[str, float] | None:
    """Host and skew, in seconds, of the clock that is most wrong among workers seen lately."""
    query = (
        "SELECT host, clock_skew FROM searchapp.workers WHERE seen_at > now() - interval '1 minute'"
        " ORDER BY abs(clock_skew) DESC LIMIT 1"
    )
    worst: tuple[str, float] | None = _of_table(connection, "workers", query)
    return worst


def _of_table(
    connection: psycopg.Connection, table: str, query: LiteralString, *values: object
) -> Any:
    """The first row of a query, None while its table is not made."""
    there = connection.execute("SELECT to_regclass(%s)", [f"searchapp.{table}"]).fetchone()
    return None if there == (None,) else connection.execute(query, values).fetchone()
