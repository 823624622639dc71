"""Services on the test's own database."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.jobs.services import Services
from searchapp.storage.secrets import Secrets
from tests.support.jobs import services_on


@pytest.fixture
def services(database: str, engine: AsyncEngine, secrets_: Secrets) -> Services:
    """Services on the test's own database."""
    return services_on(database, engine, secrets_)
