"""One web process: the page and the API on one port, by uvicorn with bounds that it does not set.

uvicorn's parser refuses what is not plain HTTP/1.1 (a bare line feed, two framings).  It waits
without end for headers and keeps headers and trailers of any length; the protocol here does not.

A process that is about to stop says so first, so that a proxy sends it nothing new; then it ends
streams and websockets.  Uploads that have begun may finish.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from searchapp.cli.page import has_page, prepare_environment
from searchapp.cli.processes import check_port, without_gc
from searchapp.errors import OperatorError
from searchapp.http.http_errors import Unavailable, send_error
from searchapp.settings import Settings
from searchapp.web.middleware.access_log import Tracing

DRAIN_SECONDS = 3.0
"""How long a proxy gets to notice: a few of its questions at /healthz, one a second."""

PROBE = "/healthz"


def drain_seconds(settings: Settings) -> float:
    """Seconds between the signal to stop and the end of listening: none without a proxy, as then
    it would only be waiting."""
    return DRAIN_SECONDS if settings.trusted_proxies else 0.0


_SERVICE_RESTART = 1012


class Draining:
    """ASGI middleware: after :meth:`begin` every request is served as before, but the probe
    fails; after :meth:`leave` event streams and websockets learn that their client disconnected, so
    that they end.  The page and EventSource come back by themselves, to whoever serves then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._draining = False
        self._leaving = asyncio.Event()

    def begin(self) -> None:
        """From now on tells proxies to go elsewhere."""
        self._draining = True

    def leave(self) -> None:
        """Ends what would not end by itself."""
        self._leaving.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._draining and scope["type"] == "http" and scope["path"] == PROBE:
            await send_error(scope, send, Unavailable())
        elif scope["type"] == "websocket" or scope.get("method") == "GET":
            await self._app(scope, self._until_leaving(scope, receive), send)
        else:
            await self._app(scope, receive, send)

    def _until_leaving(self, scope: Scope, receive: Receive) -> Receive:
        disconnect: Message = (
            {"type": "websocket.disconnect", "code": _SERVICE_RESTART}
            if scope["type"] == "websocket"
            else {"type": "http.disconnect"}
        )

        async def received() -> Message:
            message = asyncio.ensure_future(receive())
            leaving = asyncio.ensure_future(self._leaving.wait())
            try:
                await asyncio.wait({message, leaving}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else disconnect
            finally:
                message.cancel()
                leaving.cancel()

        return received


HEADER_SECONDS = 10.0
"""How long a client may take over its request headers, or over a body that is answered already."""

HEADER_BYTES = 64 * 1024
"""Of the request line with its headers, or of the trailers."""

FRAME_BYTES = 64 * 1024
"""Of one websocket message; pages send some hundred bytes."""

KEEP_ALIVE_SECONDS = 20
"""Between two requests of a connection."""

MAX_REQUESTS = 8192
"""Connections or requests at once; above that the answer is 503."""

BACKLOG = 1024


class _Lingering:
    """A connection that, when it is to be closed in the middle of a body, is only closed for
    writing: the rest is read and dropped until the client closes it or the deadline has passed.
    A close over unread bytes would reset it, and the answer might be lost (RFC 9112, 9.6).

    :param set_deadline: has :meth:`close_now` called in time.
    """

    def __init__(self, transport: asyncio.Transport, set_deadline: Callable[[], None]) -> None:
        self._transport = transport
        self._set_deadline = set_deadline
        self.in_body = False
        self.lingers = False

    def close(self) -> None:
        if not self.in_body or self._transport.is_closing():
            self.close_now()
        elif not self.lingers:
            self.lingers = True
            self._set_deadline()
            self._transport.write_eof()
            self._transport.resume_reading()

    def close_now(self) -> None:
        self._transport.close()

    def is_closing(self) -> bool:
        return self.lingers or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 whose headers and trailers end in time and in size, or the connection does."""

    transport: _Lingering  # type: ignore[assignment]
    _deadline: asyncio.TimerHandle | None = None
    _in_headers = False
    _pending = 0
    """Bytes since the last whole part of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Lingering(transport, self._set_deadline))  # type: ignore[arg-type]
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._answering():
            self._set_deadline()
        if self.transport.lingers:
            return
        self._pending += len(data)
        super().data_received(data)
        if self._pending > HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")

    def on_message_begin(self) -> None:
        self._in_headers = True
        self._set_deadline()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_headers:  # Trailers are dropped.
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self.transport.in_body = True
        self._pending = 0
        self._clear_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.transport.in_body = False
        self._pending = 0
        super().on_message_complete()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close_now)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Server(uvicorn.Server):
    """uvicorn inside a process that has its own event loop and listens to signals itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the process."""
        yield

    async def run_until_stopped(self) -> None:
        """Serves until :meth:`stop`.

        :raises OperatorError: when it cannot listen, or the app cannot start.
        """
        try:
            await self.serve()
        except SystemExit:
            raise OperatorError("the web process could not start: see the log above") from None

    def stop(self) -> None:
        """Stops listening; requests that are under way end first."""
        self.should_exit = True


def make_server(app: ASGIApp, host: str, port: int) -> Server:
    """A server of ``app`` on one port.

    Client addresses are the peers' own: whom to believe about them is the app's to decide.
    """
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=BoundedHttp,
            ws="websockets-sansio",
            ws_max_size=FRAME_BYTES,
            ws_ping_interval=None,  # Reflex pings by itself.
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_REQUESTS,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    )


async def _drain(app: Draining, settings: Settings) -> None:
    """Tells proxies to go elsewhere, and ends what does not end by itself once they know."""
    app.begin()
    await asyncio.sleep(drain_seconds(settings))
    app.leave()


LAST_SECONDS = 10.0
"""For requests that are under way when listening ends."""


async def serve(settings: Settings, host: str, stop: asyncio.Event) -> None:
    """Serves until ``stop`` is set.

    The server runs inside this process, so that killing the process leaves nothing on the port.

    :raises OperatorError: when the port is taken or the app cannot start.
    """
    check_port(host, settings.port)
    prepare_environment()
    with without_gc():
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
    await _drain(app, settings)
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
