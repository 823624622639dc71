"""The API on a fresh database, and its clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.secrets import Secrets
from tests.support.web import ApiHarness, open_harness, picture

Start = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def harness(
    engine: AsyncEngine, database: str, secrets_: Secrets
) -> AsyncIterator[ApiHarness]:
    """The API as it comes, asked from this machine."""
    async with open_harness(engine, database, secrets_) as opened:
        yield opened


@pytest.fixture
async def http(harness: ApiHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A client on this machine."""
    async with harness.client() as client:
        yield client


@pytest.fixture
def start(http: httpx.AsyncClient) -> Start:
    """Starts a search and returns the answer's document."""

    async def started(**fields: str) -> dict[str, Any]:
        answer = await http.post(
            "/api/search-job", files={"image": ("a.jpg", picture())}, data=fields
        )
        assert answer.status_code == 202, answer.text
        document: dict[str, Any] = answer.json()
        return document

    return started
