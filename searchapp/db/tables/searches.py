"""The tables of a search (the job, its photo, what is kept of it once it is deleted), and items,
sources and filters as the JSON of their columns.

All tables live in the schema ``searchapp``.  Row-level security is on and no policy is given, so
that only their owner, the role of DATABASE_URL, can read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from searchapp.domain.product import Filters
from searchapp.domain.search import (
    Box,
    Item,
    ItemStatus,
    Match,
    Result,
    SourceState,
    SourceStatus,
    Stage,
    Status,
)


def item_json(item: Item) -> dict[str, Any]:
    """``item`` as it is stored."""
    return {
        "id": item.id,
        "label": item.label,
        "box": item.box.as_list(),
        "status": item.status.value,
        "match": item.match.value if item.match else None,
        "results": [_result_json(result) for result in item.results],
    }


def sources_json(states: Sequence[SourceState]) -> list[dict[str, Any]]:
    """The external sources of a search as they are stored."""
    return [
        {"name": state.name, "status": state.status.value, "reason": state.reason}
        for state in states
    ]


def sources_from_json(
    stored: Sequence[Mapping[str, Any]], status: Status
) -> tuple[SourceState, ...]:
    """The external sources of a row; nothing is pending any more once the search has ended."""
    found = (
        SourceState(entry["name"], SourceStatus(entry["status"]), entry["reason"])
        for entry in stored
    )
    return tuple(
        SourceState(state.name, SourceStatus.FAILED, "stopped")
        if status.final and state.status is SourceStatus.PENDING
        else state
        for state in found
    )


def items_json(items: Sequence[Item]) -> list[dict[str, Any]]:
    """``items`` as they are stored, in their order."""
    return [item_json(item) for item in items]


def items_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The items of a row, in their order."""
    return tuple(_item(entry) for entry in stored)


def _item(stored: Mapping[str, Any]) -> Item:
    match = stored.get("match")
    return Item(
        id=stored["id"],
        label=stored["label"],
        box=Box(*stored["box"]),
        status=ItemStatus(stored["status"]),
        match=Match(match) if match else None,
        results=tuple(_result(result) for result in stored.get("results", ())),
    )


def _result(stored: Mapping[str, Any]) -> Result:
    """What a newer version wrote besides is left out: both may run while one is replaced."""
    return Result(**{name: stored[name] for name in Result.__slots__ if name in stored})


def _result_json(result: Result) -> dict[str, Any]:
    return {name: getattr(result, name) for name in Result.__slots__}


def filters_json(filters: Filters) -> dict[str, Any] | None:
    """What differs from a search without filters, prices as exact text; None if nothing does."""
    if filters.empty and not filters.other_kinds:
        return None
    values = {name: getattr(filters, name) for name in Filters.__slots__}
    # A price of 0 narrows too: to what has a price, in that currency.
    used = {n: v for n, v in values.items() if v != "" and v is not None and v is not False}
    return {name: f"{v:f}" if isinstance(v, Decimal) else v for name, v in used.items()}


def filters_from_json(stored: Mapping[str, Any] | None) -> Filters:
    """The filters of a row; what a newer version wrote besides is left out."""
    known = {name: value for name, value in (stored or {}).items() if name in Filters.__slots__}
    for name in known.keys() & {"price_from", "price_to"}:
        known[name] = Decimal(known[name])
    return Filters(**known)


SCHEMA = "searchapp"

metadata = MetaData(schema=SCHEMA)


class Table(SQLModel):
    """Base of every table of the schema."""

    metadata: ClassVar[MetaData] = metadata


def moment(*, nullable: bool = True, default_now: bool = False) -> Column[datetime]:
    """A column with a point in time, in UTC."""
    return Column(
        DateTime(timezone=True),
        nullable=nullable,
        server_default=text("now()") if default_now else None,
    )


def json_column(empty: str) -> Column[Any]:
    """A column of JSON, ``empty`` (``[]`` or ``{}``) unless something is written."""
    return Column(JSONB, nullable=False, server_default=text(f"'{empty}'::jsonb"))


def parent(key: str, kind: type[Any] = Text, *, primary_key: bool = False) -> Column[Any]:
    """A column with the ``table.column`` of the row that this one is deleted with."""
    reference = ForeignKey(f"{SCHEMA}.{key}", ondelete="CASCADE")
    return Column(kind, reference, primary_key=primary_key, nullable=False)


def one_of(name: str, values: list[str]) -> CheckConstraint:
    """A column that holds one of ``values``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} IN ({listed})", name=f"{name}_known")


class SearchJobRow(Table, table=True):
    """One search.  A row at a version is everything that may be shown of it, in one read."""

    __tablename__ = "search_jobs"
    __table_args__ = (
        one_of("status", [s.value for s in Status]),
        one_of("stage", [s.value for s in Stage]),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_percent"),
        Index("search_jobs_active", "updated_at", postgresql_where=text("finished_at IS NULL")),
        Index("search_jobs_expires", "expires_at"),
        Index(
            "search_jobs_finished",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
        Index("search_jobs_ip", "ip_hash", "created_at"),
        Index("search_jobs_phone", "phone_hash", postgresql_where=text("phone_hash IS NOT NULL")),
    )

    job_id: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = 1
    status: str = Status.PENDING.value
    stage: str = Stage.QUEUED.value
    progress: int = 0
    results: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column("[]"))
    """The items, in the order in which they are shown, each with its results."""

    attempt: int = 0
    """How often a worker claimed it since the person last asked for it."""
    run_token: UUID | None = None
    """The claim that may write; every write of a worker names it."""
    error_code: str | None = None

    lang: str = "ko"
    choosing: bool = False
    """Whether the person wants to choose among the regions before the search."""
    outside_consent: bool = False
    filters: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    """What its results are narrowed down to (:class:`Filters`); NULL for nothing."""
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column("[]"))
    """How it went with the external sources that were asked, or are to be."""
    photo_width: int | None = None
    photo_height: int | None = None
    stage_times: dict[str, Any] = Field(default_factory=dict, sa_column=json_column("{}"))
    """When each stage began, in seconds since the claim: the source of the time left."""

    sms_expected: bool = False
    sms_reason: str | None = None
    sms: str | None = None
    """What became of the newest message; written by db/repositories/messages.py alone."""
    phone_cipher: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_key: str | None = None
    """Which key made ``phone_hash``."""
    phone_masked: str | None = None
    consent_at: datetime | None = Field(default=None, sa_column=moment())
    consent_text: str | None = None
    """The version of the consent text that the person saw, with its language."""
    ip_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))

    idempotency_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))
    request_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    share_id: str | None = Field(default=None, sa_column=Column(Text, unique=True))

    created_at: datetime = Field(sa_column=moment(nullable=False, default_now=True))
    updated_at: datetime = Field(sa_column=moment(nullable=False, default_now=True))
    claimed_at: datetime | None = Field(default=None, sa_column=moment())
    finished_at: datetime | None = Field(default=None, sa_column=moment())
    deadline_at: datetime | None = Field(default=None, sa_column=moment())
    expires_at: datetime = Field(sa_column=moment(nullable=False))


class PhotoRow(Table, table=True):
    """A job's picture: what came in until a worker has made the safe one, then only that."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("photos_original_key", "original_key", unique=True),
        Index("photos_upright_key", "upright_key", unique=True),
    )

    job_id: str = Field(sa_column=parent("search_jobs.job_id", primary_key=True))
    original: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """What came in; never served."""
    upright: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """The JPEG without metadata; the only one that leaves the database."""
    original_key: str | None = None
    upright_key: str | None = None
    """Their names in the object store, where SEARCHAPP_PHOTO_STORE names one: then the two above
    are empty."""


class TombstoneRow(Table, table=True):
    """What is kept for 30 days of a deleted search: a keyed hash of its id, and why."""

    __tablename__ = "tombstones"
    __table_args__ = (one_of("reason", ["expired", "erased"]),)

    id_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    reason: str
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class WorkerLivenessRow(Table, table=True):
    """When a worker last reached this database: a time in which none did is no job's fault."""

    __tablename__ = "pulse"
    __table_args__ = (CheckConstraint("one", name="pulse_one"),)

    one: bool = Field(default=True, primary_key=True)
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class SwitchRow(Table, table=True):
    """What an operator turned at run time, shared by all processes: the SMS stop switch."""

    __tablename__ = "switches"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: str
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))
