"""Services on the test's own database."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.secrets import Secrets
from searchapp.jobs.services import Services
from tests.support.jobs import services_on


@pytest.fixture
def services(database: str, engine: AsyncEngine, secrets_: Secrets) -> Services:
    """Services on the test's own database."""
    return services_on(database, engine, secrets_)
