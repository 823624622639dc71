"""The command line: what there is, and how an error reads."""

from __future__ import annotations

import logging
import sys
import traceback
from tempfile import NamedTemporaryFile

import typer
from sqlalchemy.exc import SQLAlchemyError

from searchapp.cli import catalogue, catalogue_sync, data, doctor, keys, processes, up
from searchapp.db.engine import is_outage
from searchapp.errors import AppError, OperatorError
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
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(keys.app, name="keys")


def main() -> None:
    """Runs one command; an error is one line on stderr, never a traceback."""
    try:
        settings = get_settings()
        configure_logs(json=settings.production, level=_level(settings))
        sys.exit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        _misused(error)
    except OperatorError as error:
        _refuse(str(error))
    except AppError as error:
        _refuse(f"{error.en} {error.detail}")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last door: whatever it is, it is one line.
        _refuse(_unexpected(error))


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


def _unexpected(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError) and is_outage(error):
        return "the database can not be reached or written. Check DATABASE_URL, then: doctor"
    told = redact(f"{type(error).__name__}: {error}")
    try:
        # A new file each time, and nobody else's to read: others may write in that folder too.
        with NamedTemporaryFile(
            "w", prefix="searchapp-error-", suffix=".log", delete=False, encoding="utf-8"
        ) as report:
            report.write(redact("".join(traceback.format_exception(error))))
    except OSError:
        return told
    return f"{told}. The details are in {report.name}"
