"""Databases for tests: each test has an empty, migrated one.

To copy a migrated database costs ten times as much as to empty one, so a test gets the one of the
test before it, unless that did more than write rows.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from searchapp.db.engine import psycopg_dsn

DROP_ATTEMPTS = 100

KEPT = ("alembic_version", "pulse")
"""Tables of a migrated database that are not empty."""

COSTLY = ("products", "product_views", "catalogue_pictures")
"""Rows that are deleted here stay for a while in indexes of vectors."""

_CATALOGS = ("pg_class", "pg_attribute", "pg_proc", "pg_constraint", "pg_trigger", "pg_index")
_STRUCTURE = " UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM pg_catalog.{name}"  # noqa: S608
    for name in _CATALOGS
)
"""Differs after any change of a table, column, index, function, constraint or trigger."""

_SETTINGS = """
SELECT FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
WHERE datname = current_database()
"""
_END_SESSIONS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'searchapp' ORDER BY tablename"
_RESTART_SEQUENCES = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""


def with_database(dsn: str, name: str) -> str:
    """``dsn`` with another database."""
    return make_url(dsn).set(database=name).render_as_string(hide_password=False)


def execute(dsn: str, statement: str) -> None:
    """Runs one statement by itself."""
    with psycopg.connect(psycopg_dsn(dsn), autocommit=True) as connection:
        connection.execute(statement.encode())


def drop(dsn: str, name: str) -> None:
    """Removes a database; its autovacuum, which this role may not end, is waited for."""
    for attempt in itertools.count():
        try:
            execute(dsn, f"DROP DATABASE {name} WITH (FORCE)")
        except psycopg.errors.InsufficientPrivilege:
            if attempt == DROP_ATTEMPTS:
                raise
            time.sleep(0.1)
        else:
            return


class Databases:
    """The databases of one run's tests, one at a time.

    Each keeps one idle connection, which knows its tables: a new one would read their definitions
    again before each test.

    :param template: the name of a migrated database.
    """

    def __init__(self, dsn: str, template: str) -> None:
        self._dsn, self._template = dsn, template
        self._numbers = itertools.count(1)
        self._name = ""
        self._connection: psycopg.Connection[Any] | None = None
        with psycopg.connect(psycopg_dsn(with_database(dsn, template))) as connection:
            self._structure = _rows(connection, _STRUCTURE)
            (self._pulse,) = _rows(connection, "SELECT at FROM searchapp.pulse")
            tables = [name for (name,) in _rows(connection, _TABLES)]
        emptied = [name for name in tables if name not in KEPT + COSTLY]
        self._empty = ";".join(f"DELETE FROM searchapp.{name}" for name in emptied)  # noqa: S608

    def fresh(self) -> str:
        """The DSN of an empty one; the one that was given before is emptied or removed."""
        if self._connection is not None and not self._emptied(self._connection):
            self.close()
            drop(self._dsn, self._name)
        if self._connection is None:
            self._name = f"test_{next(self._numbers)}"
            copy = f"CREATE DATABASE {self._name} TEMPLATE {self._template} STRATEGY file_copy"
            execute(self._dsn, copy)
            self._connection = psycopg.connect(psycopg_dsn(self._present()))
        return self._present()

    def close(self) -> None:
        """Ends its connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _present(self) -> str:
        return with_database(self._dsn, self._name)

    def _emptied(self, connection: psycopg.Connection[Any]) -> bool:
        """Empties the present one, if only rows of it differ from the template."""
        try:
            with connection.transaction():
                connection.execute(_END_SESSIONS)
                if not self._only_rows_differ(connection):
                    return False
                connection.execute(self._empty)
                connection.execute("UPDATE searchapp.pulse SET at = %s", self._pulse)
                connection.execute(_RESTART_SEQUENCES)
        except psycopg.Error:  # Its test left it in a state of its own.
            return False
        return True

    def _only_rows_differ(self, connection: psycopg.Connection[Any]) -> bool:
        costly = " UNION ALL ".join(f"(SELECT FROM searchapp.{name} LIMIT 1)" for name in COSTLY)
        return not (
            _rows(connection, costly)
            or _rows(connection, _SETTINGS)
            or _rows(connection, _STRUCTURE) != self._structure
        )


def _rows(connection: psycopg.Connection[Any], query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()
