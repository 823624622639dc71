"""One web process: the page and the API on one port."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx

from searchapp.cli.page import has_page, prepare_environment
from searchapp.cli.processes import check_port, importing
from searchapp.http.server import make_server
from searchapp.settings import Settings
from searchapp.web.middleware.access_log import Tracing
from searchapp.web.middleware.draining import Draining, drain_seconds

LAST_SECONDS = 10.0
"""For requests that are under way when listening ends."""


async def serve(settings: Settings, host: str, stop: asyncio.Event) -> None:
    """Serves until ``stop`` is set.

    The server runs inside this process, so that killing the process leaves nothing on the port.

    :raises OperatorError: when the port is taken or the app cannot start.
    """
    check_port(host, settings.port)
    prepare_environment()
    with importing():
        from searchapp.searchapp import asgi  # Reads the environment when it is imported.

    app = Draining(Tracing(asgi()))
    await asyncio.sleep(0)
    if stop.is_set():
        return
    server = make_server(app, host, settings.port)
    serving = asyncio.create_task(server.run_until_stopped())
    saying = asyncio.create_task(_say_ready(host, settings.port))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    saying.cancel()
    if serving.done():
        stopping.cancel()
        serving.result()
        return
    app.begin()
    await asyncio.sleep(drain_seconds(settings))
    app.leave()
    server.stop()
    # What is still under way then is broken off with the process.
    await asyncio.wait({serving}, timeout=LAST_SECONDS)


async def _say_ready(host: str, port: int) -> None:
    """Prints ``ready`` once a request is answered."""
    address = "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104 - compared, not bound.
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"http://{address}:{port}/healthz")).is_success:
                    break
            await asyncio.sleep(0.05)
    print("ready" if has_page() else "ready (without a page: run `build`)", flush=True)
