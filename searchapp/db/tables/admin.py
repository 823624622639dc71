"""The tables behind the operator's login."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from searchapp.db.tables.searches import SCHEMA, Table, metadata, moment


class AdminSessionRow(Table, table=True):
    """One browser that is logged in."""

    __tablename__ = "admin_sessions"
    __table_args__ = ({"schema": SCHEMA},)

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
    __table_args__ = ({"schema": SCHEMA},)

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """The keyed hash of the address."""
    failures: int
    at: datetime = Field(sa_column=moment(nullable=False))
    blocked_until: datetime | None = Field(default=None, sa_column=moment())


sessions = metadata.tables[f"{SCHEMA}.admin_sessions"]
attempts = metadata.tables[f"{SCHEMA}.login_attempts"]
