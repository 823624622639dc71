"""``doctor``: looks at everything that a search needs, and says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from searchapp.cli import page
from searchapp.cli.processes import half_configured, unknown_settings
from searchapp.db import schema
from searchapp.db.connections import database_clock
from searchapp.db.engine import Dsns, locate, make_engine, psycopg_dsn, transaction
from searchapp.db.notifier import try_listening
from searchapp.db.object_store import PhotoStoreUnavailable, S3Photos, try_store
from searchapp.db.repositories import imports
from searchapp.db.secrets import load_secrets
from searchapp.errors import AppError, counted
from searchapp.settings import (
    Settings,
    address_problems,
    get_settings,
    key_problems,
    password_problems,
)
from searchapp.vision.models.model_files import model_problems

MIN_POSTGRES = 15
LEAST_ROOM = 1_000_000_000
"""Bytes on the disk of the embedded Postgres: some sixty of the largest photos."""
CLOCK_SECONDS = 5
"""How far the clocks of this host and of the database may be apart."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``advice`` is empty when it is well."""

    name: str
    found: str
    advice: str = ""


def doctor() -> None:
    """Check database, models, SMS, keys and addresses; exit 1 if anything is wrong."""
    settings = get_settings()
    console = Console(highlight=False, soft_wrap=True)
    wrong = 0
    for finding in findings(settings):
        wrong += bool(finding.advice)
        mark = "[red]✗[/red]" if finding.advice else "[green]✓[/green]"
        console.print(f"{mark} {finding.name}: {escape(finding.found)}")
        if finding.advice:
            console.print(f"  → {escape(finding.advice)}")
    if wrong:
        raise typer.Exit(1)


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that was looked at, one after the other; none of it raises."""
    for name, advice in unknown_settings():
        yield Finding("settings", f"{name} is none and has no effect", advice)
    yield _guarded("secret key", lambda: _key(settings))
    if settings.embedded:
        yield _room(settings)
    missing_model = _first(model_problems(settings))
    try:
        dsns = locate(settings)
        with psycopg.connect(psycopg_dsn(dsns.direct), connect_timeout=3) as connection:
            yield from _database(connection)
            yield _guarded("schema", lambda: _schema(connection))
            yield _guarded("stored numbers", lambda: _stored_numbers(connection, settings))
            yield _guarded("clock", lambda: _clock(connection))
            if not missing_model:
                yield _guarded("catalogue", lambda: _catalogue(connection, settings))
            yield _guarded("imports", lambda: _imports(dsns))
            yield _guarded("photo store", lambda: _photo_store(connection, settings))
        yield _guarded("LISTEN/NOTIFY", lambda: _listen(dsns))
    except (psycopg.Error, AppError) as error:
        yield Finding(
            "database", _one_line(error), "Check DATABASE_URL, or that its server is running."
        )
    if missing_model:
        yield Finding("models", "not usable", missing_model)
    else:
        if settings.embedding_model:
            yield _guarded("embedding model", lambda: _expected(settings))
        yield _guarded("models", lambda: _models(settings))
    yield _page()
    yield _public_url(settings)
    yield from _sms(settings)
    yield _outside(settings)
    yield _admin(settings)


def _guarded(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except AppError as error:
        return Finding(name, "not usable", _one_line(error))
    except (psycopg.Error, SQLAlchemyError) as error:
        if isinstance(getattr(error, "orig", error), psycopg.errors.UndefinedTable):
            return Finding(name, "no table yet", "Run: migrate")
        return Finding(name, _one_line(error), "Check the rights of this database role.")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _key(settings: Settings) -> Finding:
    names = load_secrets(settings).key_names
    problems = key_problems(settings) if settings.production else ()
    return Finding("secret key", f"{names[0]} encrypts, {len(names)} in all", _first(problems))


def _first(problems: Iterable[str]) -> str:
    return next(iter(problems), "")


def _database(connection: psycopg.Connection) -> Iterator[Finding]:
    version = connection.info.server_version // 10000
    advice = "" if version >= MIN_POSTGRES else f"Use Postgres {MIN_POSTGRES} or newer."
    yield Finding("database", f"Postgres {version}", advice)
    match schema.pgvector_versions(connection):
        case None:
            yield Finding("pgvector", "not there", "Install pgvector on the database server.")
        case None, available:
            found = f"{available}, not switched on"
            yield Finding("pgvector", found, _extension_advice(connection))
        case installed, _:
            yield Finding("pgvector", str(installed))


def _extension_advice(connection: psycopg.Connection) -> str:
    """Who can switch pgvector on: ``migrate``, if this role may create extensions."""
    if schema.may_create_pgvector(connection):
        return "Run: migrate"
    return (
        f"A superuser must run in {connection.info.dbname}: CREATE EXTENSION vector; this role may "
        "not. Then run: migrate"
    )


def _schema(connection: psycopg.Connection) -> Finding:
    state = schema.schema_state(connection)
    if state.revision is None:
        advice = (
            "Run: migrate" if state.may_create else "Grant CREATE on the database to this role."
        )
        return Finding("schema", "not made yet", advice)
    if not state.owned:
        return Finding("schema", "owned by another role", "Let this role own schema searchapp.")
    advice = "" if state.revision == schema.head() else "Run: migrate"
    return Finding("schema", f"revision {state.revision}", advice)


def _stored_numbers(connection: psycopg.Connection, settings: Settings) -> Finding:
    """A number under a lost key gets no message and cannot be found to be erased."""
    found = schema.count_numbers(connection, load_secrets(settings).key_names)
    if found is None:
        return Finding("stored numbers", "no table yet", "Run: migrate")
    rows, unknown = found
    advice = "Append the old key to SEARCHAPP_SECRET_KEY." if unknown else ""
    return Finding(
        "stored numbers", f"{counted(rows, 'row')}, {unknown} under unknown keys", advice
    )


def _clock(connection: psycopg.Connection) -> Finding:
    apart = (datetime.now(UTC) - schema.database_time(connection)).total_seconds()
    found = f"{apart:+.1f} s from the database's"
    if abs(apart) > CLOCK_SECONDS:
        return Finding("clock", found, "Set this host's clock by NTP.")
    worst = schema.worst_worker_clock(connection)
    if worst is None or abs(worst[1]) <= CLOCK_SECONDS:
        return Finding("clock", found)
    host, skew = worst
    return Finding("clock", f"{found}; {skew:+.1f} s on {host}", f"Set {host}'s clock by NTP.")


def _imports(dsns: Dsns) -> Finding:
    """Imports that were interrupted, that failed, or that are overdue."""

    async def look() -> list[imports.ImportProblem]:
        engine = make_engine(dsns.direct, pool_size=1)
        try:
            async with transaction(engine) as session:
                return await imports.problems(session, database_clock(engine)())
        finally:
            await engine.dispose()

    problems = asyncio.run(look())
    if not problems:
        return Finding("imports", "none interrupted, failed or overdue")
    advice = "See: catalogue stats, catalogue sync list. Of a feed that has ended: catalogue remove"
    return Finding("imports", str(problems[0]), f"{advice} {problems[0].feed}")


def _photo_store(connection: psycopg.Connection, settings: Settings) -> Finding:
    """Whether photos can be kept; in a bucket one small object is kept, read and deleted."""
    if settings.photo_store == "postgres":
        if not schema.may_write(connection):
            return Finding("photo store", "the database, read-only", "Let its server take writes.")
        return Finding("photo store", "the database")
    try:
        asyncio.run(try_store(S3Photos(settings.photo_store)))
    except PhotoStoreUnavailable as error:
        advice = "Check SEARCHAPP_PHOTO_STORE, its bucket, and the AWS_* names."
        return Finding("photo store", str(error).removeprefix("photo store: "), advice)
    return Finding("photo store", settings.photo_store)


def _room(settings: Settings) -> Finding:
    """What is left on the disk of the data folder."""
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.is_dir())
    left = shutil.disk_usage(folder).free
    advice = "" if left >= LEAST_ROOM else f"Make room, or move SEARCHAPP_DATA_DIR ({folder})."
    return Finding("disk", f"{left / 1e9:.1f} GB left", advice)


def _listen(dsns: Dsns) -> Finding:
    seconds = try_listening(dsns.direct)
    if seconds is not None:
        return Finding("LISTEN/NOTIFY", f"{seconds * 1000:.0f} ms")
    return Finding(
        "LISTEN/NOTIFY",
        "silent",
        "DATABASE_URL is a transaction pooler: set DATABASE_DIRECT_URL to the server itself.",
    )


def _expected(settings: Settings) -> Finding:
    """What a model of the operator's own will take, told before it is loaded."""
    from searchapp.vision.models.embedding import Lite0Embedder
    from searchapp.vision.models.model_files import expected_cost, model_file

    name = settings.embedding_model
    path = model_file(name, settings.data_dir / "models")
    network, blank = Lite0Embedder(), np.full((224, 224, 3), 200, np.uint8)
    network.embed([blank])
    start = time.perf_counter()
    network.embed([blank] * 3)
    return Finding("embedding model", expected_cost(name, path, (time.perf_counter() - start) / 3))


def _models(settings: Settings) -> Finding:
    """Only a look at a picture tells that a model of the operator's own can be used."""
    from searchapp.vision.pipeline import load_engine

    engine = load_engine(settings)
    engine.warm()
    return Finding("models", f"{engine.embedding_name}, {engine.dimension} dimensions")


def _catalogue(connection: psycopg.Connection, settings: Settings) -> Finding:
    """Searches pass over products that another model described, without a word."""
    from searchapp.vision.pipeline import load_engine

    found = schema.count_products(connection, load_engine(settings).embedding_name)
    if found is None:
        return Finding("catalogue", "no table yet", "Run: migrate")
    products, others = found
    advice = "Another model described some products: catalogue reindex" if others else ""
    return Finding(
        "catalogue", f"{counted(products, 'product')}, {others} of another model", advice
    )


def _page() -> Finding:
    if page.has_page():
        return Finding("page", "built")
    return Finding("page", "not built", "Run: build")


def _public_url(settings: Settings) -> Finding:
    problems = address_problems(settings) if settings.production else ()
    return Finding("public URL", settings.base_url, _first(problems))


def _sms(settings: Settings) -> Iterator[Finding]:
    """Which provider sends, and whether its account is ready; nothing is sent."""
    if settings.sms == "off":
        yield Finding("SMS", "off by SEARCHAPP_SMS")
    elif settings.provider == "twilio":
        sender = "messaging service" if settings.twilio_messaging_service_sid else "number"
        yield Finding("SMS", f"Twilio, from a {sender}, to {', '.join(settings.sms_prefixes)}")
    elif settings.provider == "solapi":
        yield from _solapi(settings)
    elif half := half_configured(settings):
        yield Finding("SMS", *half)
    elif settings.production:
        yield Finding("SMS", "none: people get the link only")
    else:
        yield Finding("SMS", "the local phone inbox, /dev/phone")


def _solapi(settings: Settings) -> Iterator[Finding]:
    from searchapp.notify.providers.solapi import check_account

    first = "알림톡 first, " if settings.solapi_kakao else ""
    half = half_configured(settings)
    found = f"Solapi, {first}to {', '.join(settings.sms_prefixes)}"
    yield Finding("SMS", found, half[1] if half else "")
    for check in asyncio.run(check_account(settings, datetime.now(UTC))):
        yield Finding(check.name, check.found, check.advice)


def _outside(settings: Settings) -> Finding:
    from searchapp.jobs.external import may_ask

    if settings.serpapi_key is None:
        return Finding("outside source", "off: no SERPAPI_KEY")
    if not may_ask(settings):
        return Finding(
            "outside source",
            f"off: SerpApi cannot fetch pictures from {settings.base_url}",
            "Set SEARCHAPP_PUBLIC_URL to a public https address, or remove SERPAPI_KEY.",
        )
    cap = f"{settings.outside_per_day} queries a day" if settings.outside_per_day else "no limit"
    return Finding("outside source", f"Google Lens by SerpApi, {cap}")


def _admin(settings: Settings) -> Finding:
    if settings.admin_password is None:
        return Finding("admin", "closed: no SEARCHAPP_ADMIN_PASSWORD")
    problems = password_problems(settings) if settings.production else ()
    return Finding("admin", "open with a password", _first(problems))
