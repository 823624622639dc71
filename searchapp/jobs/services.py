"""What the work on jobs needs from outside, opened once for each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.db.engine import make_engine
from searchapp.db.location import locate, whereabouts
from searchapp.db.object_store import deleted, use_photo_store
from searchapp.db.repositories.queue import QueueState, queue_state, try_store
from searchapp.db.secrets import Secrets, load_secrets
from searchapp.db.transact import transact
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


_MODELS = Path(__file__).parents[1] / "vision" / "models"
_REQUIRED = ("efficientnet_lite0.onnx", "u2netp.onnx")


async def readiness(services: Services) -> QueueState:
    """The state of the queue, after a trial write that was taken back.

    :raises errors.NotStored: the database is away or takes no writes.
    """

    async def probe(session: AsyncSession) -> QueueState:
        await try_store(session)
        return await queue_state(session)

    return await transact(services.engine, probe)


def models_present() -> dict[str, bool]:
    """Which model files are there, by name, without loading them."""
    return {name.partition(".")[0]: (_MODELS / name).is_file() for name in _REQUIRED}
