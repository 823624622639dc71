"""The tables of text messages: the outbox, the caps, the days' totals, the local inbox."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from searchapp.db.tables.searches import Table, moment, one_of, parent
from searchapp.domain.message import MessageKind, MessageState


class MessageRow(Table, table=True):
    """One message of the outbox: the automatic one of its kind, or a resend that was asked for."""

    __tablename__ = "messages"
    __table_args__ = (
        one_of("state", [s.value for s in MessageState]),
        one_of("kind", [k.value for k in MessageKind]),
        UniqueConstraint("job_id", "ordinal", name="messages_ordinal"),
        Index(
            "messages_automatic",
            "job_id",
            "kind",
            unique=True,
            postgresql_where=text("request_hash IS NULL"),
        ),
        Index("messages_request", "job_id", "request_hash", unique=True),
        Index(
            "messages_due",
            "due_at",
            postgresql_where=text("state IN ('pending', 'sending', 'unknown')"),
        ),
        Index("messages_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
        Index("messages_provider", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
        Index("messages_phone", "phone_hash", postgresql_where=text("phone_hash IS NOT NULL")),
    )

    message_id: str = Field(sa_column=Column(Text, primary_key=True))
    job_id: str = Field(sa_column=parent("search_jobs.job_id"))
    ordinal: int
    """1, 2, 3… within its job: what makes each message's link its own."""
    kind: str
    request_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """The keyed name of the request for a resend; None for the automatic message."""
    matches: int = 0
    """Items with a match, for the text."""
    lang: str = "ko"

    state: str = MessageState.PENDING.value
    due_at: datetime = Field(sa_column=moment(nullable=False))
    """When to send (pending), when the lease ends (sending), when to look it up (unknown)."""
    claim_token: UUID | None = None
    called_at: datetime | None = Field(default=None, sa_column=moment())
    """When it was claimed last; the call came after this."""
    claims: int = 0
    requeues: int = 0
    """How often it went back to pending because the provider did not list it."""
    absent: int = 0
    """Look-ups since the last claim that did not find it."""
    look_failures: int = 0
    """Look-ups since the last claim that the provider did not answer."""
    provider_id: str | None = None
    error: str | None = None
    check_at: datetime | None = Field(default=None, sa_column=moment())
    """When to ask the provider what became of a sent message; None if that is not needed."""
    permanent: bool = False
    """Whether sending it again cannot help."""

    phone_cipher: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_key: str | None = None
    created_at: datetime = Field(sa_column=moment(nullable=False))
    changed_at: datetime = Field(sa_column=moment(nullable=False))
    """When the state changed last."""


class NotifyRequestRow(Table, table=True):
    """A request about a search's message that was taken under a key: the same one counts once."""

    __tablename__ = "notify_requests"

    job_id: str = Field(sa_column=parent("search_jobs.job_id", primary_key=True))
    key_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The keyed hash of what was asked: another one under the same key is refused."""
    reason: str | None = None
    """Why no message was to be expected; None when one was."""


class SmsCounterRow(Table, table=True):
    """How many messages were promised on one day to one number, address, or altogether."""

    __tablename__ = "sms_counters"
    __table_args__ = (
        one_of("scope", ["number", "ip", "site"]),
        CheckConstraint("n >= 0", name="sms_counters_n"),
    )

    day: date = Field(sa_column=Column(Date, primary_key=True))
    scope: str = Field(sa_column=Column(Text, primary_key=True))
    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """A keyed hash that differs from day to day; empty for the whole site."""
    n: int


class SmsDayRow(Table, table=True):
    """One day's total: what an operator pays for.  Kept, as it says nothing of anybody."""

    __tablename__ = "sms_days"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    accepted: int = 0
    segments: int = 0
    failed: int = 0


class RefusedNumberRow(Table, table=True):
    """A number whose owner or carrier takes no messages of ours: remembered for 90 days."""

    __tablename__ = "refused_numbers"

    phone_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """The keyed hash of the number, as ``messages.phone_hash``."""
    code: str
    """What the provider answered."""
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class InboxMessageRow(Table, table=True):
    """A message on the local phone: development only, deleted with its search."""

    __tablename__ = "inbox_messages"
    __table_args__ = (Index("inbox_messages_at", "at"),)

    inbox_id: str = Field(sa_column=Column(Text, primary_key=True))
    message_id: str = Field(sa_column=parent("messages.message_id"))
    masked: str
    body: str
    link: str
    at: datetime = Field(sa_column=moment(nullable=False))
