"""What a search is, as everything outside the database sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from searchapp.domain.product import NO_FILTERS, Filters


class Status(StrEnum):
    """Where a job stands; the last three are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in FINAL


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


class Stage(StrEnum):
    """What is being done, in the order in which it happens."""

    QUEUED = "queued"
    READING = "reading"
    REGIONS = "regions"
    CHOOSING = "choosing"
    MATCHING = "matching"
    FINISHING = "finishing"
    DONE = "done"


class ItemStatus(StrEnum):
    """Where one item of a job stands."""

    SUGGESTED = "suggested"
    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


class Match(StrEnum):
    """What we believe of an item's best result."""

    SAME = "same"
    SIMILAR = "similar"
    NONE = "none"


class SmsState(StrEnum):
    """The state of the automatic message."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright picture; ``x, y`` is its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        """Pixels inside."""
        return self.width * self.height

    def as_list(self) -> list[int]:
        """``[x, y, width, height]``, the form of the API and the database."""
        return [self.x, self.y, self.width, self.height]

    def shared(self, other: Box) -> int:
        """Pixels that are in both."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0, width) * max(0, height)

    def clipped(self, width: int, height: int) -> Box | None:
        """The part inside a picture of ``width`` x ``height`` pixels, or None if there is none."""
        left, top = max(0, self.x), max(0, self.y)
        right, bottom = min(width, self.x + self.width), min(height, self.y + self.height)
        if right <= left or bottom <= top:
            return None
        return Box(left, top, right - left, bottom - top)


CATALOGUE = "catalogue"
"""The ``source`` of our own products."""


def image_url(image_key: str) -> str:
    """Where this server has the picture that a key names."""
    return f"/api/products/{image_key}/image"


@dataclass(frozen=True, slots=True)
class Result:
    """One product found for an item.

    ``kind`` is the slug of a kind of garment and ``colour`` of a colour family, empty if unknown;
    ``in_stock`` is what was true when it was found.  ``original_price`` is the price before a
    running sale, ``price_to`` the highest one where variants differ.
    """

    product_id: str
    title: str
    brand: str
    price: float | None
    currency: str | None
    link: str
    image_url: str
    score: float
    source: str
    colour: str = ""
    kind: str = ""
    in_stock: bool = True
    original_price: float | None = None
    price_to: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of clothing to look for."""

    id: str
    label: str
    box: Box
    status: ItemStatus
    match: Match | None = None
    results: Sequence[Result] = ()


class SourceStatus(StrEnum):
    """The state of an external source in one search."""

    PENDING = "pending"
    OK = "ok"
    PARTIAL = "partial"
    """It answered for some items only."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceState:
    """One external source of a search; ``reason`` is a slug that says what was missing."""

    name: str
    status: SourceStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WantedItem:
    """What a person asked to search: a suggested item by ``id``, or a box drawn by hand."""

    id: str | None = None
    box: Box | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a queued search stands: the searches ahead of it, and the estimated seconds until it is
    started, None while no worker takes any."""

    ahead: int
    eta_seconds: int | None


@dataclass(frozen=True, slots=True)
class SearchJob:
    """One search at one version: everything that a page or a program may be shown of it.

    ``progress`` is in percent of finished work and never goes down.  Times are aware, in UTC.
    It carries no phone number in plain text: ``masked_phone`` is ``010-****-5678``.
    """

    id: str
    version: int
    status: Status
    stage: Stage
    progress: int
    attempt: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    lang: str = "ko"
    photo_width: int | None = None
    photo_height: int | None = None
    items: Sequence[Item] = field(default=())
    sms_expected: bool = False
    sms_reason: str | None = None
    sms: SmsState | None = None
    masked_phone: str | None = None
    error_code: str | None = None
    filters: Filters = NO_FILTERS
    outside_consent: bool = False
    sources: Sequence[SourceState] = ()
    """External sources that were on and that the owner agreed to."""


def is_over(status: Status, stage: Stage, *, expires_at: datetime, now: datetime) -> bool:
    """Whether the time of a job that ended, or that waits for a choice, has run out.

    A job that still waits for a worker stays, however long that takes.
    """
    return expires_at < now and (status.final or stage is Stage.CHOOSING)
