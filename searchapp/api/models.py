"""The shapes of requests and answers, as OpenAPI shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)
from pydantic.alias_generators import to_camel

from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.catalogue.matching.kinds import COLOUR_FAMILIES
from searchapp.domain.product import FeedbackKind
from searchapp.domain.search import ItemStatus, Match, SmsState, SourceStatus, Stage, Status
from searchapp.domain.taxonomy import LABELS
from searchapp.jobs.item_selection import MAX_ITEMS

Lang = Literal["ko", "en"]


class Schema(BaseModel):
    """Base of all: camelCase outside, snake_case inside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


# --- answers ---------------------------------------------------------------------------------


class ErrorDetail(Schema):
    """What went wrong: ``code`` for programs, ``message`` in the person's language."""

    code: str
    message: str


class ErrorAnswer(Schema):
    """Every answer that is no success."""

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


class FiltersSchema(Schema):
    """What a search is narrowed down to: only what narrows is there."""

    category: str | None = None
    brand: str | None = None
    colour: str | None = None
    price_from: float | None = None
    price_to: float | None = None
    currency: str | None = Field(default=None, description="With a price alone; ISO 4217.")
    in_stock: bool | None = None


class ItemSchema(Schema):
    """One piece of clothing; ``box`` is ``[x, y, width, height]`` in the upright picture."""

    id: str
    label: str
    box: list[int]
    status: ItemStatus
    match: Match | None
    results: list[ResultSchema]


class SourceSchema(Schema):
    """An outside source; ``reason``: `quota`, `slow`, `away`, `refused`, `nonsense`, `stopped`."""

    name: str
    status: SourceStatus
    reason: str | None


_SOURCES = Field(
    default=None, description="Only where the owner agreed to an outside source that was on."
)


class SearchSchema(Schema):
    """A search at one version."""

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
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    filters: FiltersSchema | None = Field(
        default=None, description="Only in a search that has filters."
    )
    sources: list[SourceSchema] | None = _SOURCES


class SharedItemSchema(Schema):
    """One item as a share link shows it."""

    label: str
    status: ItemStatus
    match: Match | None
    results: list[ResultSchema]


class SharedSchema(Schema):
    """Results by a share link: read-only, without photo, phone or owner's id."""

    status: Status
    progress: int
    items: list[SharedItemSchema]
    error: ErrorDetail | None
    created_at: datetime
    expires_at: datetime
    sources: list[SourceSchema] | None = _SOURCES


class CreatedSchema(Schema):
    """Stored.  ``smsReason`` says why a given number gets no message."""

    job_id: str
    status: Status
    results_url: str
    sms_expected: bool
    sms_reason: str | None = None


class ShareUrlSchema(Schema):
    """The read-only link."""

    share_url: str


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


# --- requests --------------------------------------------------------------------------------


def _known_label(label: str) -> str:
    if label not in LABELS:
        raise ValueError("unknown label")
    return label


Label = Annotated[
    StrictStr, AfterValidator(_known_label), Field(json_schema_extra={"enum": list(LABELS)})
]
Pixels = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Side = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class WantedSchema(Schema):
    """A suggested item by ``id``, or a box with a label of one's own."""

    id: Annotated[StrictStr, Field(min_length=1, max_length=64)] | None = None
    box: tuple[Pixels, Pixels, Side, Side] | None = Field(
        default=None, description="[x, y, width, height] in pixels of the upright picture"
    )
    label: Label | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> WantedSchema:
        if (self.id is None) == (self.box is None) or (self.id and self.label):
            raise ValueError("either an id, or a box with an optional label")
        return self


CallingCode = (
    Annotated[StrictInt, Field(ge=1, le=999)]
    | Annotated[StrictStr, Field(pattern=r"^\+?[0-9]{1,3}$")]
)
"""``82``, or as text ``82`` and ``+82``, as the form of a new search has it."""


class PhoneSchema(Schema):
    """A phone number and the consent that it needs."""

    phone_number: Annotated[StrictStr, Field(max_length=40)] | None = None
    country_code: CallingCode | None = Field(
        default=None, description="Calling code of numbers written without one; 82 if absent."
    )
    sms_consent: StrictBool | None = None


def _known_colour(colour: str) -> str:
    if colour not in COLOUR_FAMILIES:
        raise ValueError("unknown colour")
    return colour


def _readable(text: str) -> str:
    """Text that a database takes, and that shows something."""
    if not text.isprintable():
        raise ValueError("not printable")
    return text.strip()


Price = Annotated[float, Field(strict=True, ge=0, le=999_999_999_999, allow_inf_nan=False)]


class FilterFields(Schema):
    """What to narrow the results down to; what is absent narrows nothing."""

    category: Label | None = Field(default=None, description="A label; `whole` narrows nothing.")
    brand: Annotated[StrictStr, Field(max_length=BRAND_LIMIT), AfterValidator(_readable)] | None = (
        Field(default=None, description="Compared without case.")
    )
    colour: (
        Annotated[
            StrictStr,
            AfterValidator(_known_colour),
            Field(json_schema_extra={"enum": list(COLOUR_FAMILIES)}),
        ]
        | None
    ) = Field(default=None, description="A family of colours.")
    price_from: Price | None = Field(default=None, description="Inclusive.")
    price_to: Price | None = Field(default=None, description="Inclusive.")
    currency: Annotated[StrictStr, Field(pattern="^[A-Z]{3}$")] | None = Field(
        default=None,
        description="Of both prices, ISO 4217; KRW if absent.  With a price, products in other "
        "currencies are left out.",
    )
    in_stock: StrictBool | None = Field(default=None, description="`true`: nothing sold out.")


FILTER_FIELDS = tuple(field.alias or name for name, field in FilterFields.model_fields.items())
"""Their names as requests write them."""


class ChoiceSchema(PhoneSchema, FilterFields):
    """The items to search.  Filters take the place of those that the search was started with."""

    items: Annotated[list[WantedSchema], Field(min_length=1, max_length=MAX_ITEMS)]
    outside_consent: StrictBool | None = None
    lang: Lang | None = None


class DrawnSchema(Schema):
    """A box of one's own, and what it holds if one knows."""

    box: tuple[Pixels, Pixels, Side, Side] = Field(
        description="[x, y, width, height] in pixels of the upright picture"
    )
    label: Label | None = None


class AgainSchema(FilterFields):
    """Other places of a photo that is stored already, or other filters."""

    items: Annotated[list[DrawnSchema], Field(min_length=1, max_length=MAX_ITEMS)]
    outside_consent: StrictBool | None = None


class NotifySchema(PhoneSchema):
    """A message to the number that is known, or to another."""


class FeedbackSchema(Schema):
    """What somebody says of one result."""

    item_id: Annotated[StrictStr, Field(min_length=1, max_length=40)]
    product_id: Annotated[StrictStr, Field(min_length=1, max_length=400)]
    said: FeedbackKind = Field(
        description="`confirmed`: this is it; `rejected`: not this; `clicked`: opened its shop."
    )
