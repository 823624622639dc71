"""A web process for proxy tests: the product's own front, before an API that returns what it sees.

python -m tests.support.upstream PORT
"""

from __future__ import annotations

import asyncio
import signal
import sys

from fastapi import FastAPI, Request, WebSocket

from searchapp.cli.serving import Draining, drain_seconds, make_server
from searchapp.http.clients import client_of, trusted_networks
from searchapp.http.http_metrics import HttpMetrics
from searchapp.settings import Settings
from searchapp.web.middleware.stack import make_front

TRUSTED = ("127.0.0.1",)


def _api(port: int) -> FastAPI:
    api = FastAPI(openapi_url=None)

    @api.get("/healthz")
    async def alive() -> str:
        return "ok"

    @api.get("/metrics")
    async def metrics() -> str:
        return "secret"

    @api.get("/api/seen")
    async def seen(request: Request) -> dict[str, object]:
        client = client_of(request.scope, trusted_networks(TRUSTED))
        proto = request.headers.get("x-forwarded-proto")
        return {"ip": client.ip, "local": client.local, "proto": proto, "port": port}

    @api.post("/api/search-job", status_code=202)
    async def store(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    return api


def _pages() -> FastAPI:
    pages = FastAPI(openapi_url=None)

    @pages.websocket("/_event/")
    async def event(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    return pages


async def _serve(port: int) -> None:
    settings = Settings(_env_file=None, trusted_proxies=TRUSTED)
    app = Draining(make_front(_api(port), _pages(), settings, metrics=HttpMetrics()))
    server = make_server(app, "127.0.0.1", port)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    serving = asyncio.create_task(server.run_until_stopped())
    await stop.wait()
    app.begin()
    await asyncio.sleep(drain_seconds(settings))
    server.stop()
    await serving


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
