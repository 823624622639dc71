"""Which errors of the database are worth another try."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from searchapp.db.engine import is_outage, psycopg_dsn, sqlalchemy_url


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("", None, errors.AdminShutdown()),
        OperationalError("", None, errors.DiskFull()),
        OperationalError("", None, errors.ReadOnlySqlTransaction()),
        OperationalError("", None, errors.TooManyConnections()),
        OperationalError("", None, psycopg.OperationalError("connection refused")),
        errors.CannotConnectNow(),
        PoolTimeout(),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_is_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("", None, errors.UniqueViolation()),
        errors.UndefinedTable(),
        errors.InsufficientPrivilege(),
        ValueError(),
    ],
)
def test_is_outage__not_a_wrong_statement(error: Exception) -> None:
    assert not is_outage(error)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_urls__of_every_spelling(scheme: str) -> None:
    dsn = f"{scheme}://u:p%40@h:6543/d?sslmode=require"

    assert sqlalchemy_url(dsn).drivername == "postgresql+psycopg"
    assert psycopg_dsn(dsn) == "postgresql://u:p%40@h:6543/d?sslmode=require"
