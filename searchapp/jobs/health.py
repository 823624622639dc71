"""Whether the house works, for probes and metrics."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories.health import QueueState, queue_state, try_store
from searchapp.jobs.availability import transact
from searchapp.jobs.services import Services

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
