"""Which database this process uses: DATABASE_URL, or the embedded Postgres of the data folder."""

from __future__ import annotations

from dataclasses import dataclass

from searchapp.settings import Settings
from searchapp.storage.embedded import EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class Dsns:
    """Where the database is.

    ``pooled`` may be a transaction pooler; ``direct`` is the server itself, for what a pooler can
    not carry: LISTEN, the queue's workers, migrations.
    """

    pooled: str
    direct: str

    def __repr__(self) -> str:
        return "Dsns(…)"  # They hold passwords.


def locate(settings: Settings) -> Dsns:
    """The database of ``settings``; starts the embedded Postgres if that is the one.

    :raises OperatorError: when the embedded Postgres can not be started.
    """
    if settings.database_url is None:
        dsn = EmbeddedPostgres(settings.data_dir).ensure_running()
        return Dsns(dsn, dsn)
    pooled = settings.database_url.get_secret_value()
    direct = settings.database_direct_url
    return Dsns(pooled, direct.get_secret_value() if direct else pooled)
