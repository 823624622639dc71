"""The command line: what there is, and how an error reads."""

from __future__ import annotations

import logging
import sys
import traceback
from tempfile import NamedTemporaryFile

import psycopg
import typer
from sqlalchemy.exc import SQLAlchemyError

from searchapp.cli import (
    catalogue,
    catalogue_sync,
    data,
    doctor,
    operations,
    processes,
    up,
)
from searchapp.db.engine import is_outage, lacks_schema
from searchapp.db.object_store import PhotoStoreUnavailable
from searchapp.errors import AppError, NotStored, OperatorError
from searchapp.logs import configure_logs, redact
from searchapp.settings import Settings, get_settings

app = typer.Typer(
    name="searchapp",
    help="찰칵: a photo search for clothes that anybody can run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("build")(processes.build)
app.command("migrate")(data.migrate)
app.command("web")(processes.web)
app.command("worker")(processes.worker)
app.command("purge")(data.purge)
app.command("stop")(data.stop)
app.command("export")(data.export)
app.command("erase")(data.erase)
app.command("doctor")(doctor.doctor)
catalogue.app.add_typer(catalogue_sync.app, name="sync")
app.command("status")(operations.status)
app.command("upgrade-database")(data.upgrade_database)
app.add_typer(operations.app, name="queue")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(operations.keys, name="keys")


def main() -> None:
    """Runs one command; an error is one line on stderr, never a traceback."""
    try:
        settings = get_settings()
        configure_logs(json=settings.production, level=_level(settings))
        sys.exit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        _misused(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except BaseExceptionGroup as group:
        _refuse(_line_of(_first_cause(group)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it becomes one line.
        _refuse(_line_of(error))


def _level(settings: Settings) -> int:
    """Development is quiet unless it is asked: the commands print what a person needs."""
    name = settings.log_level or ("info" if settings.production else "warning")
    return logging.getLevelNamesMapping()[name.upper()]


def _misused(error: typer.TyperException) -> None:
    """A command that does not exist, or not so; a group alone has printed its help already."""
    told = error.format_message().rstrip(".")
    if told:
        print(f"error: {' '.join(told.split())}. See: searchapp --help", file=sys.stderr)
    sys.exit(error.exit_code)


def _refuse(line: str) -> None:
    print(f"error: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(1)


def _first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group of tasks, which ended the others."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _line_of(error: BaseException) -> str:
    """What to say of ``error``, and what to do, in one line."""
    if isinstance(error, OperatorError):
        return str(error)
    cause = error.__cause__ if isinstance(error, NotStored) else error
    if isinstance(cause, PhotoStoreUnavailable):
        return f"the {cause}. Check SEARCHAPP_PHOTO_STORE, its bucket, and the AWS_* names."
    if isinstance(error, NotStored) and cause is not None:
        return _connect_line(cause)
    if isinstance(error, AppError):
        return f"{error.en} {error.detail}"
    return _unexpected(error)


_CONNECT_ADVICE = (
    ("password authentication failed", "Correct the user or the password in DATABASE_URL."),
    ("no pg_hba.conf entry", "Let this host and user in by the server's pg_hba.conf."),
    ("does not exist", "Create that database or role, or correct DATABASE_URL."),
    ("too many", "Give the server more connections, or start fewer processes."),
    ("could not translate host name", "Correct the host in DATABASE_URL."),
    ("failed to resolve host", "Correct the host in DATABASE_URL."),
    ("refused", "Start the database server, or correct host and port in DATABASE_URL."),
)


def _connect_line(error: BaseException) -> str:
    """Why the database cannot be used, in the server's own words, and what to do."""
    words = redact(str(getattr(error, "orig", None) or error))
    told = [line.strip() for line in words.splitlines()]
    lines = [line for line in told if line and not line.startswith("Is the server running")]
    reason = lines[-1] if lines else type(error).__name__
    advice = next((a for mark, a in _CONNECT_ADVICE if mark in words), "Check DATABASE_URL.")
    return f"the database cannot be reached or written: {reason.rstrip('.')}. {advice} Then: doctor"


def _unexpected(error: BaseException) -> str:
    database = isinstance(error, SQLAlchemyError | psycopg.Error)
    if database and is_outage(error):
        return _connect_line(error)
    if database and lacks_schema(error):
        return "the database lacks tables of this version. Run: migrate. Then: doctor"
    if database and getattr(getattr(error, "orig", error), "sqlstate", "") == "42501":
        return f"{_connect_line(error).split('. ')[0]}. Let doctor name who must grant it"
    told = redact(f"{type(error).__name__}: {error}")
    said = redact(str(error)) or "no reason given"
    try:
        # A new file each time, readable by this account alone: others may write there too.
        with NamedTemporaryFile(
            "w", prefix="searchapp-error-", suffix=".log", delete=False, encoding="utf-8"
        ) as report:
            report.write(redact("".join(traceback.format_exception(error))))
    except OSError:
        return told
    return f"an internal error ({said}). Try again, or report it with {report.name}"
