"""``catalogue sync ...``: feeds by address on a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from searchapp.cli.catalogue import Currency, Map, Prune, ShopUrl, run_work, say
from searchapp.cli.data import actor
from searchapp.db.engine import transaction
from searchapp.db.repositories import imports
from searchapp.domain.hosts import is_private_host
from searchapp.errors import OperatorError
from searchapp.jobs.operations import note
from searchapp.settings import get_settings

if TYPE_CHECKING:  # It loads the models' libraries; every command would wait for them.
    from searchapp.catalogue.ingest.row_work import Report

app = typer.Typer(
    help="Feeds by address on a schedule, run by the workers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command("add")
def add(
    address: Annotated[str, typer.Argument(help="The feed's address; it may hold user:password@.")],
    name: Annotated[str, typer.Option(help="What the feed is called.")],
    interval: Annotated[str, typer.Option("--every", help="5m to 31d.")] = "6h",
    mapping: Map = None,
    prune: Prune = False,
    currency: Currency = "",
    shop_url: ShopUrl = "",
) -> None:
    """Add a feed, or replace the one of this name.  The workers import it at once."""
    from searchapp.cli.catalogue_tasks import checked_name

    request = ScheduleRequest(
        checked_name(name), address, interval, mapping, prune, currency, shop_url
    )
    run_work(lambda: add_schedule(request))
    print(f"added {name}; the workers import it now and then every {interval}")


@app.command("list")
def list_() -> None:
    """Every scheduled feed: its next run, its last success, its last error."""
    run_work(print_schedules)


@app.command("run")
def run_now(name: Annotated[str, typer.Argument(help="The feed's name, see sync list.")]) -> None:
    """Import a scheduled feed now, in this process."""
    report = run_work(lambda: run_schedule(name))
    if report is None:
        print(f"{name}: unchanged since its last run")
    else:
        say(name, report)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The feed's name, see sync list.")],
) -> None:
    """End a schedule.  The feed's products stay."""
    if not run_work(lambda: remove_schedule(name)):
        raise OperatorError(f"there is no scheduled feed {name!r}. See: catalogue sync list")
    print(f"removed the schedule of {name}; its products stay")


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """What ``catalogue sync add`` was asked."""

    name: str
    address: str
    interval: str
    mapping: Path | None
    prune: bool
    currency: str
    shop_url: str


async def add_schedule(request: ScheduleRequest) -> None:
    """Adds a feed by address, after a look at its address and its mapping.

    :raises OperatorError: one of them cannot be used.
    """
    from searchapp.catalogue.feeds.rows import mapping_document
    from searchapp.catalogue.ingest.sync import every, without_password
    from searchapp.cli import catalogue_tasks as work

    _check_address(request.address)
    interval = every(request.interval)
    form = work.feed_options(request.currency, request.shop_url, request.mapping)
    options = {"currency": form.currency, "shop_url": form.shop_url, "prune": request.prune}
    options["map"] = mapping_document(form.mapping)
    async with work.open_database() as services, transaction(services.engine) as session:
        await imports.save_schedule(
            session,
            request.name,
            services.secrets.encrypt(request.address),
            without_password(request.address),
            every=interval,
            options=options,
            now=services.clock(),
        )
        done = {
            "action": "schedule feed",
            "target": request.name,
            "outcome": f"every {request.interval}",
        }
        await note(session, actor=actor(), **done)


def _check_address(address: str) -> None:
    """:raises OperatorError: no worker could fetch a feed from ``address``."""
    from searchapp.catalogue.ingest.fetching import is_address, is_trusted

    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        host, port = "", 0
    if not host or not is_address(address):
        raise OperatorError(f"{address[:200]} is not an address that starts with https://.")
    trusted = frozenset(get_settings().picture_hosts)
    if is_private_host(host) and not is_trusted(host, port, trusted):
        raise OperatorError(
            f"{host} is not on the public internet: name it in SEARCHAPP_PICTURE_HOSTS first."
        )


async def run_schedule(name: str) -> Report | None:
    """Imports a scheduled feed now; None if it is unchanged.

    :raises OperatorError: there is none of this name, or it cannot be fetched or read.
    """
    from searchapp.catalogue.ingest.sync import ScheduledFeeds
    from searchapp.cli import catalogue_tasks as work

    async with work.open_importer() as importer, work.open_database() as services:
        async with transaction(services.engine) as session:
            found = [one for one in await imports.all_schedules(session) if one.feed == name]
        if not found:
            raise OperatorError(f"there is no scheduled feed {name!r}. See: catalogue sync list")
        trusted = services.settings.picture_hosts
        feeds = ScheduledFeeds(importer, services.secrets.decrypt, trusted)
        return await feeds.run(found[0])


async def remove_schedule(name: str) -> bool:
    """Ends a schedule; whether there was one."""
    from searchapp.cli import catalogue_tasks as work

    async with work.open_database() as services, transaction(services.engine) as session:
        removed = await imports.remove_schedule(session, name)
        if removed:
            await note(session, actor=actor(), action="end schedule", target=name, outcome="done")
        return removed


async def print_schedules() -> None:
    """Prints every scheduled feed."""
    from searchapp.cli import catalogue_tasks as work

    async with work.open_database() as services, transaction(services.engine) as session:
        found = await imports.all_schedules(session)
    for one in found:
        last = f"{one.last_success_at:%Y-%m-%d %H:%M} UTC" if one.last_success_at else "never"
        print(
            f"{one.feed}: {one.shown_address}, every {one.interval}, next run "
            f"{one.next_at:%Y-%m-%d %H:%M} UTC, last success {last}"
        )
        if one.last_error:
            print(f"  last error: {one.last_error}")
    if not found:
        print("no scheduled feeds")
