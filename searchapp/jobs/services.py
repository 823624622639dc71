"""What the work on jobs needs from outside, opened once for each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.errors import OperatorError
from searchapp.settings import Settings
from searchapp.storage.engine import make_engine
from searchapp.storage.secrets import Secrets, load_secrets


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Settings, database, keys and clock.  Close with ``await services.engine.dispose()``."""

    settings: Settings
    engine: AsyncEngine
    secrets: Secrets
    clock: Callable[[], datetime] = utc_now

    @property
    def direct_dsn(self) -> str:
        """The DSN for sessions that LISTEN: direct if there is one.

        :raises OperatorError: when no database is set.
        """
        return direct_dsn(self.settings)


def direct_dsn(settings: Settings) -> str:
    """The DSN that is no transaction pooler if the operator named one, else the only one.

    :raises OperatorError: when no database is set: the embedded one is put into the settings by
        whoever started it.
    """
    chosen = settings.database_direct_url or settings.database_url
    if chosen is None:
        raise OperatorError("DATABASE_URL is not set and no embedded database was started.")
    return chosen.get_secret_value()


def open_services(settings: Settings, *, pool_size: int = 5) -> Services:
    """The services for ``settings``; opens no connection yet.

    :raises OperatorError: when no database is set, or no usable secret key.
    """
    dsn = settings.database_url or settings.database_direct_url
    if dsn is None:
        raise OperatorError("DATABASE_URL is not set and no embedded database was started.")
    engine = make_engine(dsn.get_secret_value(), pool_size=pool_size)
    return Services(settings, engine, load_secrets(settings))
