"""The API with everything in front of it, on a real database, without a network."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from searchapp.api.app import make_api
from searchapp.db.secrets import Secrets
from searchapp.http.http_metrics import HttpMetrics
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.settings import Settings
from searchapp.web.middleware.stack import make_front

WIDTH, HEIGHT = 60, 80
LOCAL = "http://localhost:3000"


def picture(kind: str = "JPEG", width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A small valid picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind)
    return out.getvalue()


@dataclass
class House:
    """One web process's worth of API, and clients to ask it."""

    services: Services
    board: JobCache
    app: ASGIApp

    def client(self, *, ip: str = "127.0.0.1", base_url: str = LOCAL) -> httpx.AsyncClient:
        """Someone who asks from ``ip``."""
        transport = httpx.ASGITransport(app=self.app, client=(ip, 50000))
        return httpx.AsyncClient(transport=transport, base_url=base_url)


async def no_page(scope: Any, receive: Any, send: Any) -> None:
    """Stands for the pages."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def make_asgi(services: Services, board: JobCache) -> ASGIApp:
    """What a web process serves, but for the pages."""
    metrics = HttpMetrics()
    api = make_api(services, board, metrics)
    return make_front(api, no_page, services.settings, metrics=metrics)


@asynccontextmanager
async def open_house(
    engine: AsyncEngine, dsn: str, secrets: Secrets, **settings: Any
) -> AsyncIterator[House]:
    """A house with a running board."""
    services = Services(
        Settings(_env_file=None, **{"DATABASE_URL": dsn, **settings}), engine, secrets
    )
    board = JobCache(services, listen_dsn=dsn)
    app = make_asgi(services, board)
    running = asyncio.create_task(board.run())
    try:
        yield House(services, board, app)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
