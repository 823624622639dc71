"""The long-running parts: one web process, one worker; and the page that web serves."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import platform
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Annotated

import psycopg
import typer
from sqlalchemy.exc import SQLAlchemyError

from searchapp.cli import production
from searchapp.cli.shutdown import leave, stop_event
from searchapp.db.engine import is_outage
from searchapp.db.location import keep_alive, locate
from searchapp.db.notifier import try_listening
from searchapp.db.schema import migrate, missing
from searchapp.errors import OperatorError
from searchapp.postgres import EmbeddedPostgres
from searchapp.settings import Settings, get_settings
from searchapp.telemetry import observe


def build() -> None:
    """Build the page.  One build serves any port, host and scheme."""
    from searchapp.cli.page import build_page

    build_page()
    print("built")


def web(
    port: Annotated[int | None, typer.Option(help="Default: SEARCHAPP_PORT.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Default: this machine only; everywhere in production.")
    ] = None,
) -> None:
    """Serve the page and the API on one port; prints `ready`."""
    give_back_soon()
    from searchapp.cli.serving import serve

    settings = settings_for(port)
    production.check(settings)
    observe(settings, "web")
    have_schema(settings)

    async def run() -> None:
        stop = stop_event()
        async with watching_database(settings, stop):
            await serve(settings, host or default_host(settings), stop)
        leave()

    asyncio.run(run())


def worker(
    health: Annotated[
        bool, typer.Option("--health", help="Say whether the workers of this host get on; exit 1.")
    ] = False,
) -> None:
    """Run searches and send messages; prints `ready`."""
    if health:
        report_health()
        return
    with importing():
        from searchapp.jobs.services import open_services
        from searchapp.jobs.worker import run_worker

    production.check(get_settings())
    observe(get_settings(), "worker")
    have_schema(get_settings())
    require_direct(get_settings())

    async def run() -> None:
        stop = stop_event()
        services = open_services(get_settings())
        try:
            async with watching_database(services.settings, stop):
                await run_worker(services, stop, on_ready=say_ready)
        finally:
            await services.close()
        leave()

    asyncio.run(run())


def report_health() -> None:
    """Prints whether the worker processes of this host and account get on.

    :raises OperatorError: none runs, or one does not get on.
    """
    from searchapp.jobs.liveness import healthy_workers

    well, ill = healthy_workers()
    if ill:
        raise OperatorError(f"worker {ill[0]} makes no progress: restart it")
    if not well:
        raise OperatorError("no worker runs on this host under this account")
    print(f"healthy: {len(well)}")


@asynccontextmanager
async def watching_database(settings: Settings, stop: asyncio.Event) -> AsyncIterator[None]:
    """While the block runs, an embedded Postgres that was killed or lost its socket is started
    again, and counts as in use."""
    server = EmbeddedPostgres(settings.data_dir)
    with server.in_use() if settings.embedded else nullcontext():
        task = asyncio.create_task(keep_alive(settings, stop))
        try:
            yield
        finally:
            stop.set()
            # A server that is just being started goes on to start without this process.
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    if settings.embedded:
        await asyncio.to_thread(server.stop_after_last_user, asked=False)


def have_schema(settings: Settings) -> None:
    """Makes the schema of the embedded Postgres; that of an operator's database must be there.

    A database that is unavailable is no reason to refuse: this process waits for it.

    :raises OperatorError: when the operator has to migrate first.
    """
    dsn = locate(settings).direct
    try:
        wanted = missing(dsn)
    except SQLAlchemyError as error:
        if is_outage(error):
            return
        raise
    if wanted is None:
        return
    if not settings.embedded:
        raise OperatorError(f"the database lacks revision {wanted}. Run first: migrate")
    migrate(dsn)


def require_direct(settings: Settings) -> None:
    """Lets a process pass whose connections keep their session, or whose database is unavailable.

    :raises OperatorError: they go through a transaction pooler, which carries neither queue nor
        migrations.
    """
    if settings.embedded:
        return
    try:
        seconds = try_listening(locate(settings).direct)
    except psycopg.Error:
        return
    if seconds is None:
        raise OperatorError(
            "this needs the server itself, and DATABASE_URL is a transaction pooler:"
            " set DATABASE_DIRECT_URL beside it."
        )


def settings_for(port: int | None) -> Settings:
    """The settings, with the port of the command line if one was given."""
    settings = get_settings()
    if port is None or port == settings.port:
        return settings
    if not 1 <= port <= 65535:
        raise OperatorError("--port takes a number from 1 to 65535.")
    os.environ["SEARCHAPP_PORT"] = str(port)
    get_settings.cache_clear()
    return get_settings()


def default_host(settings: Settings) -> str:
    """Development listens for this machine alone: it may run without any secret of its own."""
    return "0.0.0.0" if settings.production else "127.0.0.1"  # noqa: S104


def say_ready() -> None:
    """The word that whoever started this process waits for."""
    print("ready", flush=True)


@contextmanager
def importing() -> Iterator[None]:
    """The block makes what stays for good: no garbage is looked for in it, now or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h

OWN_PAGES = 128 * 1024
"""Bytes from which a block has pages of its own: where glibc begins, and below any photo."""


def give_back_soon() -> None:
    """Makes the allocator give back large blocks.

    An operator's own MALLOC_MMAP_THRESHOLD_ stays as it is.
    """
    if platform.libc_ver()[0] == "glibc" and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, OWN_PAGES)
        libc.mallopt(_M_TRIM_THRESHOLD, OWN_PAGES)


def check_port(host: str, port: int) -> None:
    """Lets a free port pass.

    :raises OperatorError: another process listens there, or this account may not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OperatorError(
                f"port {port} cannot be used ({os.strerror(error.errno or 0)}). "
                "Choose another with --port or SEARCHAPP_PORT."
            ) from None
