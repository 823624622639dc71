"""The outer shape of a search: one set of schemas for the HTTP API, the event stream and the page.

Names are snake_case inside and camelCase outside.  A field that has a default is optional: it is
part of a document only where there is something to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from searchapp.domain.product import Filters
from searchapp.domain.search import (
    Item,
    ItemStatus,
    Match,
    QueuePlace,
    Result,
    SearchJob,
    SmsState,
    SourceStatus,
    Stage,
    Status,
)
from searchapp.errors import JOB_ERRORS, SearchFailed

Document = dict[str, Any]


class Schema(BaseModel):
    """Base of all: camelCase outside, snake_case inside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    @classmethod
    def of(cls, source: object, **given: Any) -> Self:
        """The schema with the attributes of the same names of ``source``.

        :param given: values that take the place of attributes.
        """
        values = {
            name: given[name] if name in given else getattr(source, name)
            for name in cls.model_fields
        }
        return cls.model_validate(values, from_attributes=True)

    def document(self) -> Document:
        """The JSON document: optional fields at their defaults are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    @classmethod
    def document_of(cls, source: object) -> Document:
        """``cls.of(source).document()``, unchecked and ten times faster: a search has hundreds of
        results.  The attributes must be JSON values or string enumerations already.
        """
        required, optional = _fields_of(cls)
        document = {alias: getattr(source, name) for name, alias in required}
        for name, alias, default in optional:
            value = getattr(source, name)
            if value != default:
                document[alias] = value
        return document


@cache
def _fields_of(schema: type[Schema]) -> tuple[list[tuple[str, str]], list[tuple[str, str, Any]]]:
    """Name and alias of the required fields; name, alias and default of the optional ones."""
    fields = schema.model_fields.items()
    shown = [(name, field.alias or name, field) for name, field in fields if not field.exclude]
    required = [(name, alias) for name, alias, field in shown if field.is_required()]
    optional = [
        (name, alias, field.default) for name, alias, field in shown if not field.is_required()
    ]
    return required, optional


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds: ``2026-01-31T09:30:00.123Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime,
    PlainSerializer(timestamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class ErrorDetail(Schema):
    """What is wrong: ``code`` for programs, ``message`` in the person's language."""

    code: str
    message: str


class ErrorAnswer(Schema):
    """Every answer that is not a success."""

    error: ErrorDetail


class PhotoSize(Schema):
    """Pixels of the upright picture."""

    width: int
    height: int


class ResultSchema(Schema):
    """One product; ``score`` in 0..1, higher is better, comparable across items."""

    product_id: str
    title: str
    brand: str
    price: float | None
    currency: str | None = Field(description="ISO 4217")
    link: str
    image_url: str = Field(description="Always of this server.")
    score: float = Field(ge=0, le=1)
    source: str
    original_price: float | None = Field(default=None, description="Before a running sale.")
    price_to: float | None = Field(
        default=None, description="The highest price, where variants differ."
    )
    kind: str = Field(default="", description="The kind of garment, where it is known.")
    colour: SkipJsonSchema[str] = Field(default="", exclude=True)
    """For the page's filters alone: the slug of a colour family."""
    in_stock: SkipJsonSchema[bool] = Field(default=True, exclude=True)
    """For the page alone."""


class FiltersSchema(Schema):
    """What a search is narrowed down to: only what narrows is there."""

    category: str | None = None
    brand: str | None = None
    colour: str | None = None
    price_from: float | None = None
    price_to: float | None = None
    currency: str | None = Field(default=None, description="With a price alone; ISO 4217.")
    in_stock: bool | None = None
    other_kinds: bool | None = Field(
        default=None, description="`true`: products of other kinds of garments are shown, too."
    )

    @classmethod
    def of_filters(cls, filters: Filters) -> FiltersSchema:
        """What ``filters`` narrows, by the names of requests."""
        priced = filters.price_from is not None or filters.price_to is not None
        return cls.of(
            filters,
            category=filters.kind or None,
            brand=filters.brand or None,
            colour=filters.colour or None,
            price_from=_number(filters.price_from),
            price_to=_number(filters.price_to),
            currency=filters.currency if priced else None,
            in_stock=filters.in_stock or None,
            other_kinds=filters.other_kinds or None,
        )


class ItemSchema(Schema):
    """One piece of clothing; ``box`` is ``[x, y, width, height]`` in the upright picture."""

    id: str
    label: str
    box: list[int]
    status: ItemStatus
    match: Match | None
    results: list[ResultSchema]


class SourceSchema(Schema):
    """An external source; ``reason``: `quota`, `slow`, `away`, `refused`, `nonsense`, `stopped`."""

    name: str
    status: SourceStatus
    reason: str | None


class QueuePlaceSchema(Schema):
    """How long a queued search still waits."""

    ahead: int = Field(ge=0, description="Searches that are started before this one.")
    eta_seconds: int | None = Field(
        ge=0,
        description="Estimated seconds until it is started, at the recent pace; `null` while no "
        "worker is alive, or an operator has paused the queue.",
    )


_SOURCES = Field(
    default=None, description="Only where the owner agreed to an external source that was on."
)


class SearchSchema(Schema):
    """A search at one version: everything that its owner may read."""

    id: str
    version: int
    status: Status
    stage: Stage
    progress: int = Field(ge=0, le=100)
    photo: PhotoSize | None
    items: list[ItemSchema]
    sms_expected: bool
    sms: SmsState | None
    error: ErrorDetail | None
    attempt: int
    queue: QueuePlaceSchema | None = Field(description="While it waits for a worker.")
    created_at: Timestamp
    updated_at: Timestamp
    expires_at: Timestamp
    filters: FiltersSchema | None = Field(
        default=None, description="Only in a search that has filters."
    )
    sources: list[SourceSchema] | None = _SOURCES

    @classmethod
    def document_of_job(
        cls, job: SearchJob, lang: str, queue: QueuePlace | None = None
    ) -> Document:
        """The document of ``job``, its error in ``lang`` (``ko`` or ``en``)."""
        filters = FiltersSchema.of_filters(job.filters)
        schema = cls.of(
            job,
            photo=_photo(job),
            items=(),
            error=_error(job, lang),
            queue=queue,
            filters=filters if filters.document() else None,
            sources=job.sources or None,
        )
        return schema.document() | {"items": [_item(ItemSchema, item) for item in job.items]}


class SharedItemSchema(Schema):
    """One piece of clothing as a share link shows it."""

    label: str
    status: ItemStatus
    match: Match | None
    results: list[ResultSchema]


class SharedSchema(Schema):
    """Results by a share link: read-only, without photo, boxes, phone or the owner's id."""

    status: Status
    progress: int
    items: list[SharedItemSchema]
    error: ErrorDetail | None
    created_at: Timestamp
    expires_at: Timestamp
    sources: list[SourceSchema] | None = _SOURCES

    @classmethod
    def document_of_job(cls, job: SearchJob, lang: str) -> Document:
        """What whoever holds a share link may read of ``job``."""
        schema = cls.of(job, items=(), error=_error(job, lang), sources=job.sources or None)
        return schema.document() | {"items": [_item(SharedItemSchema, item) for item in job.items]}


class CreatedSchema(Schema):
    """Stored.  ``smsReason`` says why a given number gets no message."""

    job_id: str
    status: Status
    results_url: str
    sms_expected: bool
    sms_reason: str | None = None

    @classmethod
    def of_job(cls, job: SearchJob, results_url: str) -> CreatedSchema:
        """The answer to a request that was stored as ``job``."""
        reason = None if job.sms_expected else job.sms_reason
        return cls.of(job, job_id=job.id, results_url=results_url, sms_reason=reason)


class ShareUrlSchema(Schema):
    """The read-only link."""

    share_url: str


class SimilarSchema(Schema):
    """Products of the catalogue that are like another one, best first."""

    results: list[ResultSchema]

    @classmethod
    def document_of_results(cls, results: Iterable[Result]) -> Document:
        """The document of ``results``."""
        return {"results": [ResultSchema.document_of(result) for result in results]}


class HealthSchema(Schema):
    """The process answers."""

    status: Literal["ok"]


class QueueSchema(Schema):
    """Searches that are not finished."""

    waiting: int
    running: int
    choosing: int
    oldest_seconds: float


class ReadySchema(Schema):
    """Whether a search can be stored; workers, queue and models are told, not required."""

    ready: bool
    workers: int
    queue: QueueSchema
    models: dict[str, bool]


def _item(schema: type[Schema], item: Item) -> Document:
    document = schema.document_of(item)
    if "box" in document:
        document["box"] = item.box.as_list()
    document["results"] = [ResultSchema.document_of(result) for result in item.results]
    return document


def _photo(job: SearchJob) -> PhotoSize | None:
    if job.photo_width is None or job.photo_height is None:
        return None
    return PhotoSize(width=job.photo_width, height=job.photo_height)


def _error(job: SearchJob, lang: str) -> ErrorDetail | None:
    if job.error_code is None:
        return None
    known = JOB_ERRORS.get(job.error_code, SearchFailed)
    return ErrorDetail(code=job.error_code, message=known().message(lang))


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
