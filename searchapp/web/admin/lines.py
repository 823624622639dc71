"""Lines of the page's tables: short names in place of ids, texts in place of moments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from searchapp.db.repositories.admin import Failure, FoundJob
from searchapp.notify.admin import Trouble

SHOWN = 6
"""Letters of an id that are shown."""


@dataclass
class JobLine:
    """One search, in a list of failures or of what was found."""

    ref: str = ""
    short: str = ""
    status: str = ""
    stage: str = ""
    error_code: str = ""
    attempt: int = 0
    phone_masked: str = ""
    sms: str = ""
    at: str = ""
    until: str = ""
    items: int = 0
    may_retry: bool = False


@dataclass
class TroubleLine:
    """One message in trouble."""

    ref: str = ""
    short: str = ""
    state: str = ""
    error: str = ""
    at: str = ""
    again: bool = False


@dataclass
class DayLine:
    """What one day's messages cost."""

    day: str = ""
    accepted: int = 0
    segments: int = 0
    failed: int = 0


@dataclass
class FeedLine:
    """One feed of the catalogue."""

    feed: str = ""
    products: int = 0
    in_stock: int = 0
    updated_at: str = ""


@dataclass
class ImportLine:
    """One run of an import."""

    feed: str = ""
    state: str = ""
    at: str = ""
    added: int = 0
    changed: int = 0
    refused: int = 0


@dataclass
class FeedbackLine:
    """What people said of the answers for one kind of garment."""

    label: str = ""
    confirmed: int = 0
    rejected: int = 0
    clicked: int = 0


Line = TypeVar("Line", JobLine, TroubleLine, DayLine, FeedLine, ImportLine, FeedbackLine)


def as_line(kind: type[Line], source: object, **more: Any) -> Line:
    """A line with the fields that ``source`` (a dataclass or a row) has by the same names, and
    with ``more``, which the source has not, or not so.

    :raises KeyError, AttributeError: a field is in neither of them.
    """
    names = [field.name for field in fields(kind) if field.name not in more]
    if isinstance(source, Mapping):
        found = {name: source[name] for name in names}
    else:
        found = {name: getattr(source, name) for name in names}
    return kind(**{name: _shown(value) for name, value in {**found, **more}.items()})


def ref_of(name: str) -> str:
    """The name of an id on the page: it does not lead to the search."""
    return hashlib.sha256(f"ref:{name}".encode()).hexdigest()[:16]


def found_line(job: FoundJob) -> JobLine:
    """One search that was asked for."""
    return as_line(
        JobLine,
        job,
        **_named(job.job_id),
        at=job.created_at,
        until=job.expires_at,
        may_retry=job.status == "failed",
    )


def failure_line(failure: Failure) -> JobLine:
    """One search that failed."""
    known = {"status": "failed", "until": "", "items": 0, "may_retry": True}
    return as_line(
        JobLine, failure, **_named(failure.job_id), phone_masked=failure.masked_phone, **known
    )


def trouble_line(trouble: Trouble) -> TroubleLine:
    """One message in trouble; its ref is the message's, its short name the search's."""
    names = {"ref": ref_of(trouble.message_id), "short": trouble.job_id[:SHOWN]}
    return as_line(TroubleLine, trouble, **names)


def import_line(run: Mapping[str, Any]) -> ImportLine:
    """One run of an import, at the moment of its end or else of its beginning."""
    return as_line(ImportLine, run, at=run["finished_at"] or run["started_at"])


def _named(job_id: str) -> dict[str, str]:
    return {"ref": ref_of(job_id), "short": job_id[:SHOWN]}


def _shown(value: Any) -> Any:
    if isinstance(value, date):  # A moment too.
        return value.isoformat()
    return "" if value is None else value
