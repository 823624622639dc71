"""The app that Reflex starts: pages, API and lifespan put together, nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from searchapp.api.app import make_api
from searchapp.http.http_metrics import HttpMetrics
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services, open_services
from searchapp.settings import get_settings
from searchapp.web import app_context
from searchapp.web.middleware.stack import make_front
from searchapp.web.reflex_compat.frames import event_schemas, is_connected, write_by_orjson
from searchapp.web.routes import InReadersLanguage, extras
from searchapp.web.site import make_site

app = make_site()
"""What Reflex compiles: pages and states."""

BUILT = Path(os.environ.get("REFLEX_WEB_WORKDIR", ".web")).absolute() / "build" / "client"


def asgi() -> ASGIApp:
    """What a web process serves: pages, API and their protection.

    Reflex reads its part of the environment when it is imported: see ``commands/page.py``.

    :raises OperatorError: when the database or a setting cannot be used.
    """
    settings = get_settings()
    services = open_services(settings)
    board = JobCache(services)
    metrics = HttpMetrics()
    mounted = os.environ.get("__REFLEX_MOUNT_FRONTEND_COMPILED_APP") == "true"
    page_folder = BUILT if mounted else None
    write_by_orjson(app)
    app.api_transformer = extras(page_folder)
    app.register_lifespan_task(_alive(services, board))
    api = make_api(services, board, metrics)
    # What a person may do is counted once, by API and page alike.
    counted, is_open = api.state.context, partial(is_connected, app)
    app_context.install(
        services, board, is_open=is_open, rates=counted.rates, storing=counted.storing
    )
    return make_front(
        api,
        app() if page_folder is None else InReadersLanguage(app(), page_folder),
        settings,
        metrics=metrics,
        page_folder=page_folder,
        shapes=event_schemas(),
    )


def _alive(services: Services, board: JobCache):  # type: ignore[no-untyped-def]  # Reflex's own type.
    @asynccontextmanager
    async def listening() -> AsyncIterator[None]:
        """Keeps the board listening for as long as the process serves."""
        running = asyncio.create_task(board.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await services.close()

    return listening
