"""A web process for embedding tests: the product's own front and API routes, before a page that
tells what the results page tells when a card is tapped.

python -m tests.support.embedded PORT ORIGIN
"""

from __future__ import annotations

import asyncio
import sys

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from searchapp.api.app import EMBED
from searchapp.http.http_metrics import HttpMetrics
from searchapp.settings import Settings
from searchapp.web.middleware.stack import make_front

PAGE = """<!doctype html><title>search</title><p id=here>search</p><button id=card>card</button>
<script>
document.getElementById('card').onclick = () => parent.postMessage({
  type: 'searchapp:product', productId: 'shop:1', link: 'https://shop.example/1', title: 'Shirt'
}, '*');
</script>"""

SCRIPT = EMBED.read_bytes()


async def _page(_: Request) -> Response:
    return HTMLResponse(PAGE)


async def _script(_: Request) -> Response:
    return Response(SCRIPT, media_type="text/javascript")


async def _serve(port: int, origin: str) -> None:
    pages = Starlette(
        routes=[Route(path, _page) for path in ("/", "/admin", "/s/{name}", "/results/{name}")]
    )
    api = Starlette(routes=[Route("/embed.js", _script)])
    settings = Settings(_env_file=None, embed_origins=(origin,))
    app = make_front(api, pages, settings, metrics=HttpMetrics())
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
