"""``up``: everything on one machine, supervised."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from functools import partial
from typing import Annotated

import httpx
import typer

from searchapp.cli import page
from searchapp.cli.processes import (
    SUPERVISOR,
    check_port,
    default_host,
    settings_for,
    stop_event,
    warn_of_settings,
)
from searchapp.db.engine import locate
from searchapp.db.schema import migrate
from searchapp.db.secrets import load_secrets
from searchapp.errors import OperatorError
from searchapp.logs import get_logger
from searchapp.notify.policy import inbox_open
from searchapp.postgres import EmbeddedPostgres
from searchapp.settings import Settings, check_production
from searchapp.vision.models.model_files import model_problems

log = get_logger(__name__)

GRACE_SECONDS = 18
"""Longer than a worker needs to hand its work back."""

READY_SECONDS = 120

LAST_RESORT_SECONDS = 90.0
"""The parts' grace, and then the time that Postgres needs to shut down in good order."""


def up(
    port: Annotated[int | None, typer.Option(help="Default: SEARCHAPP_PORT.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, max=64)] = None,
    demo: Annotated[
        bool, typer.Option(help="Import the demo catalogue if there is no product yet.")
    ] = True,
    host: Annotated[
        str | None, typer.Option(help="Default: this machine only; everywhere in production.")
    ] = None,
) -> None:
    """Start everything: database, page, one web process and the workers."""
    settings = settings_for(port)
    check_production(settings)
    warn_of_settings()
    # Now, not when the web process tries: whoever has the port might answer in its place.
    check_port(host or default_host(settings), settings.port)
    count = settings.workers if workers is None else workers
    for problem in model_problems(settings) if count else ():
        raise OperatorError(problem)  # Each worker would end, and be started again.
    server = EmbeddedPostgres(settings.data_dir)
    try:
        with server.in_use() if settings.embedded else nullcontext():
            load_secrets(settings)  # Without a key each part would end, and be started again.
            asyncio.run(_run(settings, count, demo=demo, host=host))
    finally:
        if settings.embedded and not server.stop_after_last_user(asked=True):
            print("the embedded Postgres runs on: other processes of this data folder use it")


async def _run(settings: Settings, workers: int, *, demo: bool, host: str | None) -> None:
    stop = stop_event(LAST_RESORT_SECONDS)
    building = partial(_say, "building the page (about 20 s, only after a change)")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_prepare(settings, stop, demo=demo))
            group.create_task(asyncio.to_thread(page.build_page_if_stale, building))
    except* OperatorError:
        if not stop.is_set():  # A terminal's Ctrl-C ends the build's own processes as well.
            raise
    if stop.is_set():
        return
    web = ["web", "--port", str(settings.port), *(["--host", host] if host else [])]
    parts = [web, *(["worker"] for _ in range(workers))]
    keepers = [asyncio.create_task(_keep(part, stop)) for part in parts]
    announcing = asyncio.create_task(_announce(settings, host, stop))
    try:
        await _until(stop, announcing, keepers)
    finally:
        stop.set()
        announcing.cancel()
        await asyncio.gather(announcing, *keepers, return_exceptions=True)


async def _until(
    stop: asyncio.Event, announcing: asyncio.Task[None], keepers: Sequence[asyncio.Task[None]]
) -> None:
    """Returns when ``stop`` is set; raises what any of the tasks raised."""
    stopping = asyncio.create_task(stop.wait())
    waiting: set[asyncio.Task[None] | asyncio.Task[bool]] = {stopping, announcing, *keepers}
    while stopping in waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


async def _prepare(settings: Settings, stop: asyncio.Event, *, demo: bool) -> None:
    """The database, and what there is to find, while the page is built."""
    kind = "the embedded Postgres" if settings.embedded else "the database of DATABASE_URL"
    _say(f"starting {kind}")
    await asyncio.to_thread(lambda: migrate(locate(settings).direct))
    if demo:
        await _import_demo(stop)


def _say(line: str) -> None:
    """Tell the person at the terminal what happens now."""
    print(f"  {line} ...", flush=True)


async def _keep(arguments: list[str], stop: asyncio.Event) -> None:
    """Runs one part, and starts it again when it dies."""
    delay = 0.2
    while not stop.is_set():
        process = await _start(arguments)
        started = asyncio.get_running_loop().time()
        await _first(process.wait(), stop.wait())
        if stop.is_set():
            await _end(process)
            return
        lived = asyncio.get_running_loop().time() - started
        delay = 0.2 if lived > 30 else min(delay * 2, 10)
        log.warning("part_died", part=arguments[0], code=process.returncode, again_in=delay)
        await _first(asyncio.sleep(delay), stop.wait())


async def _first(*awaitables: object) -> None:
    tasks = [asyncio.ensure_future(a) for a in awaitables]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _own_address(host: str | None, port: int) -> tuple[str, str]:
    """Where this process reaches the page, and where the person at the terminal does."""
    if host in (None, "", "0.0.0.0", "::", "127.0.0.1", "localhost"):  # noqa: S104 - Only compared.
        return f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    named = f"http://[{host}]:{port}" if ":" in str(host) else f"http://{host}:{port}"
    return named, named


async def _announce(settings: Settings, host: str | None, stop: asyncio.Event) -> None:
    """Says ready once the page answers."""
    asked, told = _own_address(host, settings.port)
    loop = asyncio.get_running_loop()
    until = loop.time() + READY_SECONDS
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while not stop.is_set():
            with suppress(httpx.HTTPError):
                if (await client.get(f"{asked}/")).is_success:
                    if inbox_open(settings):
                        print(
                            f"  text messages arrive at {settings.base_url}/dev/phone", flush=True
                        )
                    print(f"ready {told}", flush=True)
                    return
            if loop.time() > until:
                raise OperatorError("the page does not answer: see the log above")
            await asyncio.sleep(0.1)


async def _import_demo(stop: asyncio.Event) -> None:
    """Gives a newcomer something to find; an operator's catalogue is left alone."""
    _say("looking for products; an empty catalogue gets the demo")
    process = await _start(["catalogue", "demo", "--if-empty"])
    try:
        await _first(process.wait(), stop.wait())
    finally:
        if process.returncode is None:
            await _end(process)
    if process.returncode and not stop.is_set():
        log.warning("no_demo_catalogue", code=process.returncode)


async def _start(arguments: Sequence[str]) -> asyncio.subprocess.Process:
    """One of the product's own commands as a child, out of reach of the terminal's Ctrl-C."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "searchapp",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        env=os.environ | {SUPERVISOR: str(os.getpid())},
        start_new_session=True,
    )
