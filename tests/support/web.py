"""The API with everything in front of it, on a real database, without a network."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.types import ASGIApp

from searchapp.api.app import make_api
from searchapp.db.engine import transaction
from searchapp.db.repositories import claims, photos
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Box, Item, ItemStatus, Match, Result, Stage
from searchapp.domain.state_machine import Event
from searchapp.http.http_metrics import HttpMetrics
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.settings import Settings
from searchapp.web.middleware.stack import make_front

WIDTH, HEIGHT = 60, 80
LOCAL = "http://localhost:3000"
RESULT = Result("p1", "티셔츠", "B", 9900.0, "KRW", "https://s.example/1", "/x", 0.9, "demo")
"""The one result of a search that :func:`complete` ends."""


def picture(kind: str = "JPEG", width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A small valid picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind)
    return out.getvalue()


@dataclass
class ApiHarness:
    """One web process's worth of API, and clients to ask it."""

    services: Services
    board: JobCache
    app: ASGIApp

    def client(self, *, ip: str = "127.0.0.1", base_url: str = LOCAL) -> httpx.AsyncClient:
        """Someone who asks from ``ip``."""
        transport = httpx.ASGITransport(app=self.app, client=(ip, 50000))
        return httpx.AsyncClient(transport=transport, base_url=base_url)


no_page = Starlette()
"""Stands for the pages."""


def make_asgi(services: Services, board: JobCache) -> ASGIApp:
    """What a web process serves, but for the pages."""
    metrics = HttpMetrics()
    api = make_api(services, board, metrics)
    return make_front(api, no_page, services.settings, metrics=metrics)


@asynccontextmanager
async def open_harness(
    engine: AsyncEngine, dsn: str, secrets: Secrets, **settings: Any
) -> AsyncIterator[ApiHarness]:
    """A harness with a running board."""
    services = Services(
        Settings(_env_file=None, **{"DATABASE_URL": dsn, **settings}), engine, secrets
    )
    board = JobCache(services, listen_dsn=dsn)
    app = make_asgi(services, board)
    running = asyncio.create_task(board.run())
    try:
        yield ApiHarness(services, board, app)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def suggest(harness: ApiHarness, job_id: str, upright: bytes = b"\xff\xd8upright") -> None:
    """What a worker does to a search with ``select=true``."""
    now = datetime.now(UTC)
    items = (
        Item("i1", "top", Box(0, 0, 30, 40), ItemStatus.SUGGESTED),
        Item("i2", "bottom", Box(0, 40, 30, 40), ItemStatus.SUGGESTED),
    )
    async with transaction(harness.services.engine) as session:
        claim = await claims.claim(session, job_id, uuid4(), now)
        assert claim is not None
        await photos.store_upright(session, job_id, upright)
        await claims.enter(session, claim, Stage.REGIONS, now, photo_width=60, photo_height=80)
        await claims.suggest(session, claim, items, now=now, expires_at=now + timedelta(hours=24))


async def complete(harness: ApiHarness, job_id: str) -> None:
    """What a worker does to any other."""
    now = datetime.now(UTC)
    item = Item("i1", "top", Box(0, 0, 30, 40), ItemStatus.DONE, Match.SIMILAR, (RESULT,))
    async with transaction(harness.services.engine) as session:
        claim = await claims.claim(session, job_id, uuid4(), now)
        assert claim is not None
        await claims.store_items(session, claim, (item,), now)
        await claims.finish(
            session, claim, Event.COMPLETE, now=now, expires_at=now + timedelta(days=7)
        )
