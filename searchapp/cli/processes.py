"""The long-running parts, one web process and one worker: how they start, and how they hear that
they should end.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import errno
import gc
import os
import platform
import re
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from difflib import get_close_matches
from typing import Annotated, NoReturn

import psycopg
import typer
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource
from sqlalchemy.exc import SQLAlchemyError

from searchapp.db.engine import is_outage, keep_alive, locate
from searchapp.db.notifier import try_listening
from searchapp.db.schema import migrate, missing
from searchapp.errors import OperatorError
from searchapp.logs import get_logger
from searchapp.postgres import EmbeddedPostgres
from searchapp.settings import Settings, check_production, get_settings
from searchapp.telemetry import observe

log = get_logger(__name__)

SUPERVISOR = "SEARCHAPP_SUPERVISOR_PID"
"""Names the process that must be alive for this one to go on; set by ``up`` for its children."""

LAST_RESORT_SECONDS = 25.0
"""Longer than any orderly end takes.  What is not done by then would not be done at all: the next
process takes over what this one held."""

_PREFIX = "SEARCHAPP_"
_OF_OTHERS = re.compile(
    rf"{SUPERVISOR}|SEARCHAPP_CHAOS_\w+|SEARCHAPP_\w+_PHOTOS"
    r"|SEARCHAPP_(\w+_)?(SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\d+_(TCP|UDP)\w*)"
)
"""Names that are no settings and no mistake: ``up``'s own, those of tests and benchmarks, and what
Kubernetes and linked containers tell of a service whose name begins with ``searchapp``."""

_watchers: set[asyncio.Task[None]] = set()  # The loop itself holds tasks only weakly.


def stop_event(last_resort: float = LAST_RESORT_SECONDS) -> asyncio.Event:
    """An event that SIGTERM, SIGINT, or the death of the supervisor sets.

    :param last_resort: seconds after which the process ends in any case.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    end = _End(stop, loop, last_resort)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not the loop's own handlers: they are not called while the loop is held up, as by an
        # import or a slow start, and then nothing would count the seconds either.
        signal.signal(number, end)
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor:
        task = loop.create_task(_watch_supervisor(int(supervisor), stop, end))
        _watchers.add(task)
        task.add_done_callback(_watchers.discard)
    return stop


class _End:
    """Asks for an orderly end, and sees to it that there is an end."""

    def __init__(
        self, stop: asyncio.Event, loop: asyncio.AbstractEventLoop, last_resort: float
    ) -> None:
        self._stop = stop
        self._loop = loop
        self._resort = threading.Timer(last_resort, _exit_at_once, [last_resort])
        self._resort.daemon = True
        self._asked = False

    def __call__(self, *_: object) -> None:
        if self._loop.is_closed():
            _exit_at_once(0.0)
        if not self._asked:
            self._asked = True
            self._resort.start()
        self._loop.call_soon_threadsafe(self._stop.set)


def leave() -> NoReturn:
    """Ends a process whose work has ended in good order, without the farewells of its loop and of
    the interpreter; call it in the loop.

    Both may wait for ever, or crash.  The web server's answer to closing a websocket never comes
    when the other end has closed, and the task that waits for it cannot be cancelled: about one end
    of twenty with an open page hung there.  Its threads ask for the interpreter while that is
    taken down, which aborts the process (exit code -6, one end of ten on a busy machine).  And
    work that was left behind on a frozen database ends when that does.
    """
    # Reports and traces that wait to be sent, and logs.
    atexit._run_exitfuncs()  # noqa: SLF001 - The way of multiprocessing too: there is no other.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _exit_at_once(waited: float) -> None:
    log.error("not_ended_in_time", seconds=waited)
    os._exit(1)


async def _watch_supervisor(pid: int, stop: asyncio.Event, end: _End) -> None:
    while not stop.is_set():
        if os.getppid() != pid:
            end()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)


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
    return_memory_early()
    from searchapp.cli.serving import serve
    from searchapp.vision.models.model_files import model_problems

    settings = settings_for(port)
    check_production(settings)
    warn_of_settings()
    for problem in model_problems(settings):
        _warn(f"{problem} A worker refuses to start with it.")
    observe(settings, "web")
    ensure_schema(settings)

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
    with without_gc():
        from searchapp.jobs.services import open_services
        from searchapp.jobs.worker import run_worker

    check_production(get_settings())
    warn_of_settings()
    observe(get_settings(), "worker")
    ensure_schema(get_settings())
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

    healthy, stuck = healthy_workers()
    if stuck:
        raise OperatorError(f"worker {stuck[0]} makes no progress: restart it")
    if not healthy:
        raise OperatorError("no worker runs on this host under this account")
    print(f"healthy: {len(healthy)}")


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


def unknown_settings() -> Iterator[tuple[str, str]]:
    """Names in the environment and in ``.env`` that look like a setting and are none, each with
    what to do about it: mostly the setting that is nearest."""
    known = {name.upper(): field for name, field in Settings.model_fields.items()}
    sources = (EnvSettingsSource(Settings), DotEnvSettingsSource(Settings))
    for name in sorted({name.upper() for source in sources for name in source.env_vars}):
        short = name.removeprefix(_PREFIX)
        if not name.startswith(_PREFIX) or short in known or _OF_OTHERS.fullmatch(name):
            continue
        near = next(iter(get_close_matches(short, known, n=1)), "")
        meant = known[near].validation_alias or _PREFIX + near if near else ""
        yield name, f"Did you mean {meant}?" if near else "See docs/settings.md."


def half_configured(settings: Settings) -> tuple[str, str] | None:
    """What of the messages is configured in part only, and what to do."""
    kakao = (settings.solapi_kakao_channel, settings.solapi_kakao_template)
    if settings.provider == "solapi" and any(kakao) and not all(kakao):
        advice = "Set both SOLAPI_KAKAO_CHANNEL and SOLAPI_KAKAO_TEMPLATE, or neither."
        return "알림톡 is not completely configured", advice
    if settings.provider:
        return None
    solapi = (settings.solapi_api_key, settings.solapi_api_secret, settings.solapi_from)
    if settings.sms_provider == "solapi" or (any(solapi) and not settings.solapi):
        advice = "Set SOLAPI_API_KEY, SOLAPI_API_SECRET and SOLAPI_FROM."
        return "Solapi is not completely configured", advice
    senders = (settings.twilio_from, settings.twilio_messaging_service_sid)
    if settings.sms_provider == "twilio" or any(
        (settings.twilio_account_sid, settings.twilio_auth_token, *senders)
    ):
        sender = "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"
        advice = f"Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and {sender}."
        return "Twilio is not completely configured", advice
    return None


def warn_of_settings() -> None:
    """Says what in the settings has no effect."""
    for name, advice in unknown_settings():
        _warn(f"{name} is no setting and has no effect. {advice}")
    settings = get_settings()
    if settings.sms == "on" and (half := half_configured(settings)):
        _warn(f"{half[0]}: it sends no message. {half[1]}")


def _warn(line: str) -> None:
    """Tells whoever started this process; ``up`` says it for its parts."""
    if SUPERVISOR not in os.environ:
        print(f"warning: {line}", file=sys.stderr)


def ensure_schema(settings: Settings) -> None:
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
def without_gc() -> Iterator[None]:
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


def return_memory_early() -> None:
    """Makes the allocator give back large blocks.

    An operator's own MALLOC_MMAP_THRESHOLD_ stays as it is.
    """
    if platform.libc_ver()[0] == "glibc" and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, OWN_PAGES)
        libc.mallopt(_M_TRIM_THRESHOLD, OWN_PAGES)


def check_port(host: str, port: int) -> None:
    """Lets a free port pass.

    :raises OperatorError: another process listens there, this account may not, or the host is not
        this machine.
    """
    foreign = f"--host {host} is no address of this machine. Give one of its own, or 0.0.0.0."
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise OperatorError(foreign) from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise OperatorError(foreign) from None
            raise OperatorError(
                f"port {port} cannot be used ({os.strerror(error.errno or 0)}). "
                "Choose another with --port or SEARCHAPP_PORT."
            ) from None
