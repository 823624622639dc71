"""Commands that touch the database and end: migrate, purge, export, erase, stop.

``export`` writes everything of one phone number: a zip with ``export.json`` and the photos.  Rows
are given column by column, as docs/privacy.md names them, so that nothing is left out; only what
belongs to another number that the same search had is not in it, and ciphertext, of which the
number itself is the content.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, Annotated, Any, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.cli.processes import require_direct
from searchapp.db.connections import LONG_SECONDS
from searchapp.db.engine import locate
from searchapp.db.repositories import phones, photos
from searchapp.db.repositories.photos import StoredPhoto
from searchapp.db.schema import head, revisions
from searchapp.db.schema import migrate as migrate_schema
from searchapp.domain.ids import short
from searchapp.domain.phone import Phone, parse_phone
from searchapp.errors import NotFound, OperatorError, counted
from searchapp.jobs import actions, sweeper
from searchapp.jobs.operations import record
from searchapp.jobs.services import Services, open_services, utc_now
from searchapp.notify.policy import hashes_of, jobs_of, promised
from searchapp.postgres import EmbeddedPostgres
from searchapp.postgres.upgrade import upgrade
from searchapp.settings import get_settings

DOCUMENT = "export.json"

_OF_THE_NUMBER = ("phone_hash", "phone_key", "phone_masked", "consent_at", "consent_text")


async def export_phone(services: Services, phone: Phone, out: IO[bytes]) -> int:
    """Writes everything of ``phone`` into ``out`` as a zip; says how many searches that is.

    One search is in memory at a time.  One that is erased meanwhile is left out.

    :raises errors.NotStored: the database is unavailable.
    """
    job_ids = await services.transact(lambda s: jobs_of(s, services.secrets, phone))
    found: list[dict[str, Any]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for job_id in job_ids:
            entry = await _search(services, phone, job_id, archive, len(found) + 1)
            if entry is not None:
                found.append(entry)
        now = services.clock()
        counts = await services.transact(lambda s: promised(s, services.secrets, phone, now))
        document = {
            "phone": phone.e164,
            "exportedAt": now,
            "searches": found,
            "messagesCounted": {day.isoformat(): n for day, n in counts.items()},
        }
        archive.writestr(
            DOCUMENT, json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
        )
    return len(found)


async def _search(
    services: Services, phone: Phone, job_id: str, archive: zipfile.ZipFile, place: int
) -> dict[str, Any] | None:
    """One search with its messages; its photo goes into the archive."""
    hashes = hashes_of(services.secrets, phone)

    async def read(session: AsyncSession) -> tuple[dict[str, Any], StoredPhoto | None] | None:
        row = await phones.search_row(session, job_id)
        if row is None:
            return None
        written = await phones.message_rows(session, job_id, hashes)
        for message in written:
            message["inbox_messages"] = await phones.inbox_rows(session, message["message_id"])
        row["messages"] = [_opened(message, phone) for message in written]
        mine = row["phone_hash"] in hashes
        return _opened(row, phone) if mine else _without_number(row), await photos.read_photo(
            session, job_id
        )

    answer = await services.transact(read)
    if answer is None:
        return None
    entry, photo = answer
    return {**entry, "photo": _pack(archive, photo, place)}


def _opened(row: Mapping[str, Any], phone: Phone) -> dict[str, Any]:
    """``row`` with the number in the place of its ciphertext; None when that is deleted."""
    rest = {name: value for name, value in row.items() if name != "phone_cipher"}
    return {**rest, "phone": phone.e164 if row["phone_cipher"] is not None else None}


def _without_number(row: Mapping[str, Any]) -> dict[str, Any]:
    """A search that carries another number by now: who has that is not told."""
    hidden = dict.fromkeys(_OF_THE_NUMBER)
    rest = {name: value for name, value in row.items() if name != "phone_cipher"}
    return {**rest, **hidden, "phone": None}


def _pack(archive: zipfile.ZipFile, photo: StoredPhoto | None, place: int) -> str | None:
    """Puts a photo into the archive; its name there."""
    if photo is None:
        return None
    upright = photo.upright is not None
    data = photo.upright if upright else photo.original
    if data is None:
        return None
    name = f"photos/{place}.jpg" if upright else f"photos/{place}-as-it-came"
    archive.writestr(zipfile.ZipInfo(name), data)
    return name


def _plain(value: object) -> str:
    """What JSON has no form for: times as RFC 3339, bytes in hexadecimal."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} in an export")


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


def actor() -> str:
    """Who runs this command, for the audit."""
    try:
        return f"command line ({getpass.getuser()})"
    except (KeyError, OSError):
        return "command line"


async def audited(services: Services, action: str, target: str, outcome: str) -> None:
    """Records what this command did, by :func:`actor`."""
    await record(services, actor=actor(), action=action, target=target, outcome=outcome)


def migrate(
    down: Annotated[
        str | None, typer.Option(help="Go down to this revision; `base` removes everything.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Go down without asking.")] = False,
) -> None:
    """Bring the database schema up to date, or down to a revision."""
    if down is not None and down not in (known := ("base", *revisions())):
        raise OperatorError(f"--down takes one of {', '.join(known)}, not {down}.")
    if down is not None and not yes:
        lost = (
            "every search, product and message"
            if down == "base"
            else (f"what is stored in tables and columns newer than {down}")
        )
        raise OperatorError(f"--down {down} erases {lost}. Back up, then add --yes.")
    require_direct(get_settings())
    migrate_schema(locate(get_settings()).direct, down=down)
    print(f"schema at {down or head()}")


def purge() -> None:
    """Remove what is past its time, now instead of within the hour."""
    print(f"removed {counted(with_services(_purge), 'search')}")


async def _purge(services: Services) -> int:
    removed = await sweeper.purge(services)
    await audited(services, "purge", "what is past its time", counted(removed, "search"))
    return removed


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
            with_services(lambda services: _erase_job(services, name))
        except NotFound:
            raise no_search(name) from None
        print("erased 1 search")
        return
    number = parse_phone(phone or "")
    erased, unknown = with_services(lambda s: _erase_phone(s, number))
    print(f"erased {counted(erased, 'search')}")
    if unknown:
        raise OperatorError(
            f"{counted(sum(unknown.values()), 'row')} with a number hashed under a key that"
            f" SEARCHAPP_SECRET_KEY lacks ({', '.join(sorted(unknown))}): this number may be among"
            " them. Append the old key, then run this again."
        )


def no_search(job: str) -> OperatorError:
    """What is said of a search that is not stored."""
    return OperatorError(f"there is no search {job}; it may be expired or erased.")


async def _erase_job(services: Services, job_id: str) -> None:
    await actions.erase(services, job_id)
    await audited(services, "erase", short(job_id), "1 search")


async def _erase_phone(services: Services, number: Phone) -> tuple[int, dict[str, int]]:
    erased = await actions.erase_phone(services, number)
    await audited(services, "erase", "a phone number", counted(erased, "search"))
    names = services.secrets.key_names
    unknown = await services.transact(
        lambda s: phones.under_unknown_keys(s, names), deadline=LONG_SECONDS
    )
    return erased, unknown


def export(
    phone: Annotated[str, typer.Option(help="The phone number.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; it must not exist yet.")
    ] = None,
) -> None:
    """Write everything that is stored of a phone number into a zip: a JSON and the photos."""
    number = parse_phone(phone)
    file = out or Path(f"searchapp-export-{utc_now():%Y%m%d-%H%M%S}.zip")
    count = _write_new(file, number)
    if count:
        print(f"wrote {counted(count, 'search')} to {file}")
    else:
        print("no search of this number is stored; no file was written")


def _write_new(file: Path, number: Phone) -> int:
    """Exports into a file that only this user can read; none is left without a search in it."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OperatorError(
            f"{file} cannot be written: {error.strerror}. Give another --out."
        ) from None
    count = 0
    try:
        with os.fdopen(descriptor, "w+b") as opened:
            count = with_services(lambda services: export_phone(services, number, opened))
    finally:
        if not count:
            file.unlink()
    return count


def upgrade_database(
    old_programs: Annotated[
        Path,
        typer.Option(help="The folder of `postgres` of the version that made the data folder."),
    ],
) -> None:
    """Bring the embedded data folder of an older Postgres major version over to this one."""
    settings = get_settings()
    if not settings.embedded:
        raise OperatorError("DATABASE_URL is set: this is for the embedded Postgres alone.")
    print(upgrade(settings.data_dir.expanduser().resolve(), old_programs.expanduser().resolve()))


def stop() -> None:
    """Stop the embedded Postgres of the data folder."""
    server = EmbeddedPostgres(get_settings().data_dir)
    if not server.is_running():
        print("the embedded Postgres is not running")
        return
    server.stop()
    print("stopped")
