"""The schema: up and down, as the table classes say, readable by no other role."""

import time
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import AutoString

from searchapp.db.engine import psycopg_dsn, sqlalchemy_url
from searchapp.db.schema import SCRIPTS, all_metadata, migrate, revisions
from searchapp.db.tables.products import EMBEDDING_INDEX
from searchapp.db.tables.searches import SCHEMA

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


def test_revisions__are_those_of_alembic() -> None:
    known = ScriptDirectory(str(SCRIPTS)).walk_revisions()
    assert revisions() == tuple(script.revision for script in known)[::-1]


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


def test_migrate__shapes_the_index_of_vectors_as_the_table_class_says(database: str) -> None:
    [(made,)] = _rows(
        database, "SELECT reloptions FROM pg_class WHERE relname = 'product_views_embedding'"
    )
    assert made == [
        f"{key}={value}" for key, value in EMBEDDING_INDEX.kwargs["postgresql_with"].items()
    ]


def _as_superuser(dsn: str, *statements: str) -> None:
    with psycopg.connect(psycopg_dsn(dsn), user="postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    _wait_for_its_end(dsn)


def _wait_for_its_end(dsn: str) -> None:
    """A superuser's backend that is still ending cannot be terminated with its database."""
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename = 'postgres'"
    )
    deadline = time.monotonic() + 10
    while _rows(dsn, query) and time.monotonic() < deadline:
        time.sleep(0.02)


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


_KEYS = ("anon", "authenticated")
_OPEN_DEFAULTS = (
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON {things} TO {role}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA searchapp GRANT ALL ON {things} TO {role}",
)
_TABLES = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = 'searchapp'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
"""
_COUNTERS = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = 'searchapp'::regnamespace AND relkind = 'S'
"""
_RIGHTS = """
WITH rights AS (
    SELECT relname AS thing, coalesce(relacl, acldefault('r', relowner)) AS acl FROM pg_class
    WHERE relnamespace = 'searchapp'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL SELECT proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
    WHERE pronamespace = 'searchapp'::regnamespace
    UNION ALL SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'searchapp'
)
SELECT thing::text, grantee::regrole::text, privilege_type FROM rights, aclexplode(acl)
WHERE grantee = 0 OR grantee::regrole::text IN ('anon', 'authenticated')
"""


@pytest.fixture
def supabase(database: str) -> Iterator[str]:
    """A database as a careless Supabase project has it: whatever is created is open to the
    roles of its public keys.  Migrated anew under these rules.
    """
    owner = psycopg.conninfo.conninfo_to_dict(psycopg_dsn(database))["user"]
    _as_superuser(database, *(f"CREATE ROLE {role} LOGIN" for role in _KEYS))
    try:
        migrate(database, down="base")
        for rule in _OPEN_DEFAULTS:
            for things in ("TABLES", "SEQUENCES", "ROUTINES"):
                for role in _KEYS:
                    _as_superuser(database, rule.format(owner=owner, things=things, role=role))
        for role in _KEYS:
            _as_superuser(database, f"GRANT USAGE ON SCHEMA searchapp TO {role}")
        migrate(database)
        yield database
    finally:
        for role in _KEYS:
            _as_superuser(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_public_keys__have_no_right_to_anything(supabase: str) -> None:
    assert _rows(supabase, _RIGHTS) == []


@pytest.mark.parametrize("role", _KEYS)
def test_public_keys__reach_no_table_sequence_or_function(supabase: str, role: str) -> None:
    questions = [(name, "SELECT * FROM searchapp.%s") for (name,) in _rows(supabase, _TABLES)]
    questions += [
        (name, "SELECT nextval('searchapp.%s')") for (name,) in _rows(supabase, _COUNTERS)
    ]
    assert len(questions) > 20
    with psycopg.connect(psycopg_dsn(supabase), user=role, autocommit=True) as connection:
        for name, question in questions:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute((question % name).encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT searchapp.procrastinate_notify_queue_job_inserted_v1()")


def test_public_keys__a_table_of_tomorrow_is_closed_by_the_next_migration(supabase: str) -> None:
    with psycopg.connect(psycopg_dsn(supabase), autocommit=True) as connection:
        connection.execute("CREATE TABLE searchapp.tomorrow (id serial)")
    assert _rows(supabase, _RIGHTS) != []
    migrate(supabase)
    assert _rows(supabase, _RIGHTS) == []
