"""A web process without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.secrets import Secrets
from searchapp.jobs.services import Services
from tests.support.jobs import services_on
from tests.support.tabs import live


@pytest.fixture
async def services(
    database: str, engine: AsyncEngine, secrets_: Secrets
) -> AsyncIterator[Services]:
    """Services on the test's own database, which the states of this process use."""
    services = services_on(database, engine, secrets_)
    async with live(services, database):
        yield services
