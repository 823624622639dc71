"""What the work on jobs needs from outside, opened once for each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine
from searchapp.db.location import locate, whereabouts
from searchapp.db.object_store import deleted, use_photo_store
from searchapp.db.secrets import Secrets, load_secrets
from searchapp.settings import Settings


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Settings, database, keys and clock."""

    settings: Settings
    engine: AsyncEngine
    secrets: Secrets
    clock: Callable[[], datetime] = utc_now

    @property
    def direct_dsn(self) -> str:
        """The DSN for sessions that LISTEN: never a pooler if the operator named a direct one."""
        return whereabouts(self.settings).direct

    async def close(self) -> None:
        """Closes what :func:`open_services` may have opened."""
        await deleted()
        await self.engine.dispose()


def open_services(settings: Settings, *, pool_size: int = 5) -> Services:
    """The services for ``settings``; opens no connection yet.

    :raises OperatorError: when the embedded Postgres can not start, or no usable key is given.
    """
    engine = make_engine(locate(settings).pooled, pool_size=pool_size)
    use_photo_store(engine, settings)
    return Services(settings, engine, load_secrets(settings))
