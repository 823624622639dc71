"""Commands that touch the database and end: migrate, purge, erase, stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from searchapp.domain.phone import parse_phone
from searchapp.errors import AppError, OperatorError
from searchapp.jobs import actions, cleaning
from searchapp.jobs.services import Services, open_services
from searchapp.settings import get_settings
from searchapp.storage.database import locate
from searchapp.storage.embedded import EmbeddedPostgres
from searchapp.storage.schema import head
from searchapp.storage.schema import migrate as migrate_schema

T = TypeVar("T")


def with_services(work: Callable[[Services], Awaitable[T]]) -> T:
    """Runs ``work`` with the services of this process, and closes them."""

    async def run() -> T:
        services = open_services(get_settings())
        try:
            return await work(services)
        finally:
            await services.close()

    return asyncio.run(run())


def migrate(
    down: Annotated[
        str | None, typer.Option(help="Go down to this revision; `base` removes everything.")
    ] = None,
) -> None:
    """Bring the database schema up to date, or down to a revision."""
    migrate_schema(locate(get_settings()).direct, down=down)
    print(f"schema at {down or head()}")


def purge() -> None:
    """Remove what is past its time, now instead of within the hour."""
    print(f"removed {with_services(cleaning.purge)} searches")


def erase(
    job: Annotated[str | None, typer.Option(help="The id of one search.")] = None,
    phone: Annotated[str | None, typer.Option(help="All searches of this phone number.")] = None,
) -> None:
    """Erase one search, or all of a person's."""
    if (job is None) == (phone is None):
        raise OperatorError("Give either --job ID or --phone NUMBER.")
    if job is not None:
        name = job
        try:
            with_services(lambda services: actions.erase(services, name))
        except AppError as error:
            raise OperatorError(error.en) from None
        print("erased 1 search")
        return
    number = parse_phone(phone or "")
    print(f"erased {with_services(lambda s: actions.erase_phone(s, number))} searches")


def stop() -> None:
    """Stop the embedded Postgres of the data folder."""
    server = EmbeddedPostgres(get_settings().data_dir)
    if not server.is_running():
        print("the embedded Postgres is not running")
        return
    server.stop()
    print("stopped")
