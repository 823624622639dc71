"""What requests carry as JSON, and what it means: items, phone numbers, filters, feedback."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.domain.phone import Phone, parse_phone
from searchapp.domain.product import NO_FILTERS, FeedbackKind, Filters
from searchapp.domain.search import Box, WantedItem
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS, WHOLE
from searchapp.errors import BadFilter, BadItems, BadPhone, ConsentRequired, PricesCrossed
from searchapp.http.clients import Lang
from searchapp.jobs.submit import MAX_ITEMS
from searchapp.schemas import Schema

PRICE = r"[0-9]{1,12}(\.[0-9]{1,2})?"
"""A price as text."""

FLAGS = {"true": True, "false": False}
"""Switches as text."""

_PRICES = frozenset({"priceFrom", "priceTo"})
_SWITCHES = frozenset({"inStock", "otherKinds"})


def _one_of(slugs: Sequence[str]) -> AfterValidator:
    def known(slug: str) -> str:
        if slug not in slugs:
            raise ValueError("unknown")
        return slug

    return AfterValidator(known)


def _readable(text: str) -> str:
    """Text that a database takes, and that shows something."""
    if not text.isprintable():
        raise ValueError("not printable")
    return text.strip()


Label = Annotated[StrictStr, _one_of(LABELS), Field(json_schema_extra={"enum": list(LABELS)})]
Colour = Annotated[
    StrictStr, _one_of(COLOUR_FAMILIES), Field(json_schema_extra={"enum": list(COLOUR_FAMILIES)})
]
Brand = Annotated[StrictStr, Field(max_length=BRAND_LIMIT), AfterValidator(_readable)]
Price = Annotated[float, Field(strict=True, ge=0, le=999_999_999_999, allow_inf_nan=False)]
Pixels = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Side = Annotated[int, Field(strict=True, ge=1, le=100_000)]
BoxNumbers = tuple[Pixels, Pixels, Side, Side]
_BOX = "[x, y, width, height] in pixels of the upright picture"

CallingCode = (
    Annotated[StrictInt, Field(ge=1, le=999)]
    | Annotated[StrictStr, Field(pattern=r"^\+?[0-9]{1,3}$")]
)
"""``82``, or as text ``82`` and ``+82``, as the form of a new search has it."""


class WantedSchema(Schema):
    """A suggested item by ``id``, or a box with an optional label."""

    id: Annotated[StrictStr, Field(min_length=1, max_length=64)] | None = None
    box: BoxNumbers | None = Field(default=None, description=_BOX)
    label: Label | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> WantedSchema:
        if (self.id is None) == (self.box is None) or (self.id and self.label):
            raise ValueError("either an id, or a box with an optional label")
        return self


class DrawnSchema(Schema):
    """A box, and what it holds if that is known."""

    box: BoxNumbers = Field(description=_BOX)
    label: Label | None = None


class PhoneSchema(Schema):
    """A phone number and the consent that it needs."""

    phone_number: Annotated[StrictStr, Field(max_length=40)] | None = None
    country_code: CallingCode | None = Field(
        default=None, description="Calling code of numbers written without one; 82 if absent."
    )
    sms_consent: StrictBool | None = None


class FilterFields(Schema):
    """What to narrow the results down to; what is absent narrows nothing."""

    category: Label | None = Field(default=None, description="A label; `whole` narrows nothing.")
    brand: Brand | None = Field(default=None, description="Compared without case.")
    colour: Colour | None = Field(default=None, description="A family of colours.")
    price_from: Price | None = Field(default=None, description="Inclusive.")
    price_to: Price | None = Field(default=None, description="Inclusive.")
    currency: Annotated[StrictStr, Field(pattern="^[A-Z]{3}$")] | None = Field(
        default=None,
        description="Of both prices, ISO 4217; KRW if absent.  With a price, products in other "
        "currencies are left out.",
    )
    in_stock: StrictBool | None = Field(
        default=None, description="`true`: products that are sold out are left out."
    )
    other_kinds: StrictBool | None = Field(
        default=None, description="`true`: products of other kinds of garments are shown, too."
    )


FILTER_FIELDS = tuple(field.alias or name for name, field in FilterFields.model_fields.items())
"""Their names as requests write them."""


class ChoiceSchema(PhoneSchema, FilterFields):
    """The items to search.  Filters replace those that the search was started with."""

    items: Annotated[list[WantedSchema], Field(min_length=1, max_length=MAX_ITEMS)]
    outside_consent: StrictBool | None = None
    lang: Lang | None = None


class AgainSchema(FilterFields):
    """Other boxes of a photo that is stored already, or other filters."""

    items: Annotated[list[DrawnSchema], Field(min_length=1, max_length=MAX_ITEMS)]
    outside_consent: StrictBool | None = None


class NotifySchema(PhoneSchema):
    """A message to the number that is known, or to another."""


class FeedbackSchema(Schema):
    """What a user says of one result."""

    item_id: Annotated[StrictStr, Field(min_length=1, max_length=40)]
    product_id: Annotated[StrictStr, Field(min_length=1, max_length=400)]
    said: FeedbackKind = Field(
        description="`confirmed`: this is it; `rejected`: not this; `clicked`: opened its shop."
    )


_WANTED = TypeAdapter(list[WantedSchema])


def wanted_boxes(text: str, width: int, height: int) -> list[WantedItem]:
    """The boxes in the form field ``items``.

    :param text: JSON; ids make no sense before there are suggestions.
    :raises BadItems: not a list of 1 to MAX_ITEMS boxes inside a picture of ``width x height``.
    """
    try:
        schemas = _WANTED.validate_json(text)
    except (ValidationError, RecursionError):
        raise BadItems("not a list of boxes") from None
    if any(schema.box is None for schema in schemas):
        raise BadItems("an id in a new search")
    return wanted_items(schemas, width, height)


def wanted_items(
    schemas: Sequence[WantedSchema | DrawnSchema], width: int | None, height: int | None
) -> list[WantedItem]:
    """The chosen items; boxes are checked where the size of the picture is known.

    :raises BadItems: none or too many, one id twice, or a box that leaves the picture.
    """
    if not 1 <= len(schemas) <= MAX_ITEMS:
        raise BadItems(f"{len(schemas)} items")
    wanted = [_wanted(schema) for schema in schemas]
    ids = [item.id for item in wanted if item.id is not None]
    if len(set(ids)) != len(ids):
        raise BadItems("an id came twice")
    for item in wanted:
        if item.box and width and height and item.box.clipped(width, height) != item.box:
            raise BadItems("a box leaves the picture")
    return wanted


def _wanted(schema: WantedSchema | DrawnSchema) -> WantedItem:
    box = Box(*schema.box) if schema.box is not None else None
    item_id = schema.id if isinstance(schema, WantedSchema) else None
    return WantedItem(id=item_id, box=box, label=schema.label)


def consented_phone(number: str | None, country: int | None, *, consented: bool) -> Phone | None:
    """The number that a message may go to, or None when none was given.

    :raises BadPhone: it is not a mobile number.
    :raises ConsentRequired: it came without consent.
    """
    if number is None or not number.strip():
        return None
    phone = parse_phone(number) if country is None else parse_phone(number, country)
    if not consented:
        raise ConsentRequired
    return phone


def phone_of(schema: PhoneSchema) -> Phone | None:
    """The number in a JSON body, as :func:`consented_phone`."""
    code = schema.country_code
    country = country_of(code) if isinstance(code, str) else code
    return consented_phone(schema.phone_number, country, consented=schema.sms_consent is True)


def country_of(text: str) -> int | None:
    """A calling code as a form field has it: ``82``, ``+82`` or nothing.

    :raises BadPhone: it is something else.
    """
    digits = text.strip().removeprefix("+")
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 3:
        raise BadPhone("country code")
    return int(digits)


def filters_of(fields: FilterFields) -> Filters | None:
    """The filters in ``fields``, None if it names none at all.

    :raises PricesCrossed: the lower price is above the higher one.
    """
    if all(getattr(fields, name) is None for name in FilterFields.model_fields):
        return None
    low, high = _exact(fields.price_from), _exact(fields.price_to)
    if low is not None and high is not None and low > high:
        raise PricesCrossed
    priced = low is not None or high is not None
    return Filters(
        kind="" if fields.category in (None, WHOLE) else fields.category,
        brand=fields.brand or "",
        colour=fields.colour or "",
        price_from=low,
        price_to=high,
        # Without a price it says nothing, and two such requests are the same.
        currency=(priced and fields.currency) or NO_FILTERS.currency,
        in_stock=bool(fields.in_stock),
        other_kinds=bool(fields.other_kinds),
    )


def form_filters(fields: Mapping[str, str]) -> Filters:
    """The filters in the fields of a form; an empty field is an absent one.

    :raises BadFilter: one cannot be read.
    """
    given = {name: text for name in FILTER_FIELDS if (text := fields.get(name, "").strip())}
    values: dict[str, Any] = dict(given)
    for name in given.keys() & _PRICES:
        if not re.fullmatch(PRICE, given[name]):
            raise BadFilter(name)
        values[name] = float(given[name])
    for name in given.keys() & _SWITCHES:
        values[name] = FLAGS.get(given[name].lower())
        if values[name] is None:
            raise BadFilter(name)
    try:
        return filters_of(FilterFields.model_validate(values)) or NO_FILTERS
    except ValidationError as error:
        raise BadFilter(str(error.errors()[0]["loc"])) from None


def _exact(price: float | None) -> Decimal | None:
    """``price`` to the cent, as products have it, in one spelling: 10000 and 1e4 are the same."""
    return None if price is None else Decimal(f"{price:.2f}")
