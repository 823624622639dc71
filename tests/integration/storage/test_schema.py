"""The schema: up and down, as the table classes say, readable by nobody else."""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import AutoString

from searchapp.storage.engine import psycopg_dsn, sqlalchemy_url
from searchapp.storage.schema import all_metadata, migrate
from searchapp.storage.tables import SCHEMA

_THINGS = """
SELECT relname FROM pg_class WHERE relnamespace = 'searchapp'::regnamespace
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'searchapp'::regnamespace
UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'searchapp'::regnamespace
"""


def _rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(psycopg_dsn(dsn)) as connection:
        return connection.execute(query.encode()).fetchall()


def _differ(*arguments: object) -> bool | None:
    """Whether two column types differ; text and varchar without a length are one to Postgres."""
    inspected, declared = arguments[-2:]
    if isinstance(inspected, sa.String) and isinstance(declared, sa.String | AutoString):
        return False
    return None


def test_migrate__down_leaves_only_the_version_table(database: str) -> None:
    migrate(database, down="base")

    left = {name for (name,) in _rows(database, _THINGS)}
    assert left <= {"alembic_version", "_alembic_version", "alembic_version_pkc"}


def test_migrate__up_again_after_down(database: str) -> None:
    before = sorted(str(row) for row in _rows(database, _THINGS))
    migrate(database, down="base")
    migrate(database)

    assert sorted(str(row) for row in _rows(database, _THINGS)) == before


def test_migrate__is_as_the_table_classes_say(database: str) -> None:
    # Alembic calls the first schema of the search path None; it must not be ours.
    options = {"options": "-c search_path=public"}
    engine = sa.create_engine(sqlalchemy_url(database), connect_args=options)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "compare_type": _differ,
                "version_table_schema": SCHEMA,
                "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            },
        )
        differences = [
            difference
            for difference in compare_metadata(context, all_metadata())
            if "procrastinate" not in str(difference)
        ]
    engine.dispose()

    assert differences == []


def _as_superuser(dsn: str, *statements: str) -> None:
    with psycopg.connect(psycopg_dsn(dsn), user="postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def stranger(database: str) -> Iterator[str]:
    """A database with a role like Supabase's ``anon``: it may connect, and no more."""
    _as_superuser(database, "CREATE ROLE stranger LOGIN")
    yield database
    _as_superuser(database, "DROP OWNED BY stranger", "DROP ROLE stranger")


def test_tables__unreadable_by_another_role(stranger: str) -> None:
    with (
        psycopg.connect(psycopg_dsn(stranger), user="stranger") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT * FROM searchapp.search_jobs")


def test_tables__show_no_row_even_when_granted(stranger: str) -> None:
    with psycopg.connect(psycopg_dsn(stranger), autocommit=True) as connection:
        connection.execute("GRANT USAGE ON SCHEMA searchapp TO stranger")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA searchapp TO stranger")
        connection.execute("INSERT INTO searchapp.switches (name, value) VALUES ('sms', 'off')")

    assert _rows(stranger, "SELECT count(*) FROM searchapp.switches") == [(1,)]
    with psycopg.connect(psycopg_dsn(stranger), user="stranger") as connection:
        assert connection.execute("SELECT count(*) FROM searchapp.switches").fetchone() == (0,)


def test_tables__row_level_security_everywhere(database: str) -> None:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'searchapp' AND NOT rowsecurity"

    assert _rows(database, query) == []
