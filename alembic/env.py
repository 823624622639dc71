"""Runs migrations on the connection that the caller hands over in ``config.attributes``."""

from sqlalchemy import text

from alembic import context
from searchapp.db.engine import SEARCH_PATH
from searchapp.db.schema import all_metadata
from searchapp.db.tables.searches import SCHEMA


def run() -> None:
    connection = context.config.attributes["connection"]
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.execute(text(f"SET search_path TO {SEARCH_PATH}"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=all_metadata(),
        version_table_schema=SCHEMA,
        include_schemas=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
