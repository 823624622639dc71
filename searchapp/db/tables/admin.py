"""The tables of operations: the operator's login and actions, keys of the catalogue API, worker
processes, heartbeats.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import REAL
from sqlmodel import Field

from searchapp.db.tables.searches import SCHEMA, Table, metadata, moment, one_of
from searchapp.domain.ids import KeyScope


class AdminSessionRow(Table, table=True):
    """One browser that is logged in."""

    __tablename__ = "admin_sessions"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """The keyed hash of what the cookie holds."""
    password_mark: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The keyed hash of the password of then: another password ends every session."""
    created_at: datetime = Field(sa_column=moment(nullable=False))
    seen_at: datetime = Field(sa_column=moment(nullable=False))
    expires_at: datetime = Field(sa_column=moment(nullable=False))


class LoginAttemptRow(Table, table=True):
    """How often one address failed to log in."""

    __tablename__ = "login_attempts"

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """The keyed hash of the address."""
    failures: int
    at: datetime = Field(sa_column=moment(nullable=False))
    blocked_until: datetime | None = Field(default=None, sa_column=moment())


class WorkerRow(Table, table=True):
    """One worker process, as it told of itself last."""

    __tablename__ = "workers"

    presence: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    """The key of the advisory lock that its session holds: without it the process is dead."""
    worker_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Its number in the queue's own table."""
    host: str
    pid: int
    clock_skew: float = Field(
        default=0.0, sa_column=Column(REAL, nullable=False, server_default=text("0"))
    )
    """Seconds by which its host's clock is ahead of the database's."""
    started_at: datetime = Field(sa_column=moment(nullable=False, default_now=True))
    seen_at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class JobHeartbeatRow(Table, table=True):
    """When the run of a search last reached the database, on the connections that its work uses."""

    __tablename__ = "job_heartbeats"

    job_id: str = Field(sa_column=Column(Text, primary_key=True))
    run_token: UUID = Field(sa_column=Column(Uuid, nullable=False))
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class OperatorActionRow(Table, table=True):
    """One thing that an operator did: the audit."""

    __tablename__ = "operator_actions"

    number: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))
    actor: str
    """``command line`` with the account's name, or ``admin page``."""
    action: str
    target: str
    outcome: str


class ApiKeyRow(Table, table=True):
    """A key of the catalogue API; the key itself is shown once and never stored."""

    __tablename__ = "api_keys"
    __table_args__ = (one_of("scope", [scope.value for scope in KeyScope]),)

    name: str = Field(primary_key=True)
    key_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    """SHA-256 of the key, which has 256 random bits."""
    scope: str
    created_at: datetime = Field(sa_column=moment(nullable=False, default_now=True))
    used_at: datetime | None = Field(default=None, sa_column=moment())


sessions = metadata.tables[f"{SCHEMA}.admin_sessions"]
attempts = metadata.tables[f"{SCHEMA}.login_attempts"]
api_keys = metadata.tables[f"{SCHEMA}.api_keys"]
