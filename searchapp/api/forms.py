"""The form of a new search: what OpenAPI shows of it, and how a request is checked.

The checks happen in this order, each cheaper than the next one, and the first that fails answers:
the address's share (429); Content-Length (413); while streaming: size (413), pace (408), form
(400); photo present (400), its kind (415), header and pixels (422); language, phone, consent,
items, filters (400); then the store itself (409, 503).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from fastapi import Request
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from searchapp.api.multipart import Form, read_form
from searchapp.api.requests import (
    FILTER_FIELDS,
    FilterFields,
    consented_phone,
    country_of,
    filters_of,
    wanted_boxes,
)
from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.domain.hosts import Client
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.errors import BadFilter, BadItems, ConsentRequired, ImageMissing, RequestError
from searchapp.http.clients import Lang, preferred
from searchapp.imaging.picture import PictureHeader, inspect
from searchapp.jobs.submit import NewSearch

PRICE = r"[0-9]{1,12}(\.[0-9]{1,2})?"
"""A price in a field of a form."""

_PRICES = frozenset({"priceFrom", "priceTo"})
_SWITCHES = frozenset({"inStock", "otherKinds"})
_FLAGS = {"true": True, "false": False}

_PRICE = {"type": "string", "pattern": f"^{PRICE}$", "description": "Inclusive."}
_FLAG = {"type": "string", "enum": list(_FLAGS)}

_FIELDS: dict[str, Any] = {
    "image": {
        "type": "string",
        "format": "binary",
        "description": "JPEG, PNG, WEBP, HEIC/HEIF, AVIF or GIF; the whole body is at most 15 MiB.",
    },
    "phoneNumber": {"type": "string", "maxLength": 40},
    "countryCode": {"type": "string", "pattern": "^\\+?[0-9]{0,3}$", "default": "82"},
    "smsConsent": _FLAG,
    "outsideConsent": _FLAG,
    "lang": {"type": "string", "enum": ["ko", "en"]},
    "items": {
        "type": "string",
        "description": 'JSON: [{"box": [x, y, width, height], "label": "top"}], up to 12.',
    },
    "select": _FLAG,
    "category": {
        "type": "string",
        "enum": list(LABELS),
        "description": "Only products of this label; `whole` narrows nothing.",
    },
    "brand": {
        "type": "string",
        "maxLength": BRAND_LIMIT,
        "description": "Only of this brand, compared without case.",
    },
    "colour": {"type": "string", "enum": list(COLOUR_FAMILIES)},
    "priceFrom": _PRICE,
    "priceTo": _PRICE,
    "currency": {
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "default": "KRW",
        "description": "Of both prices; with a price, products in other currencies are left out.",
    },
    "inStock": {**_FLAG, "description": "`true`: products that are sold out are left out."},
    "otherKinds": {
        **_FLAG,
        "description": "`true`: products of other kinds of garments are shown, too.",
    },
}

NEW_SEARCH_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["image"], "properties": _FIELDS}
        }
    },
}


async def read_new_search(request: Request, client: Client, key: str | None) -> NewSearch:
    """The checked search in a request's form.

    :param key: the idempotency key.
    :raises AppError: as this module's docstring tells.
    """
    form = await read_form(
        request.headers.get("content-type", ""), _chunks(request), file_name="image"
    )
    lang = _lang(form, request)
    request.state.lang = lang
    if form.file is None:
        raise ImageMissing
    header = await asyncio.to_thread(inspect, form.file)
    return _checked(form, header, lang, client, key)


def _checked(
    form: Form, header: PictureHeader, lang: Lang, client: Client, key: str | None
) -> NewSearch:
    fields = form.fields
    if fields.get("lang", "") not in {"", "ko", "en"}:
        raise RequestError("lang")
    consented = _consent(fields)
    phone = consented_phone(
        fields.get("phoneNumber"), country_of(fields.get("countryCode", "")), consented=consented
    )
    items, choosing = fields.get("items", "").strip(), _flag(fields, "select")
    if items and choosing:
        raise BadItems("items and select exclude one another")
    return NewSearch(
        photo=form.file or b"",
        header=header,
        lang=lang,
        wanted=wanted_boxes(items, header.width, header.height) if items else None,
        choosing=choosing,
        phone=phone,
        consented=phone is not None and consented,
        outside_consent=_flag(fields, "outsideConsent"),
        client=client,
        idempotency_key=key,
        filters=form_filters(fields),
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
        values[name] = _FLAGS.get(given[name].lower())
        if values[name] is None:
            raise BadFilter(name)
    try:
        return filters_of(FilterFields.model_validate(values)) or NO_FILTERS
    except ValidationError as error:
        raise BadFilter(str(error.errors()[0]["loc"])) from None


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body; a client that leaves in the middle gets an error that no one reads."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise RequestError("the client left") from None


def _lang(form: Form, request: Request) -> Lang:
    asked = form.fields.get("lang", "")
    if asked in {"ko", "en"}:
        return cast("Lang", asked)
    return preferred(request.headers.get("accept-language"))


def _flag(fields: Mapping[str, str], name: str) -> bool:
    value = fields.get(name, "").strip().lower()
    if value not in {"", *_FLAGS}:
        raise RequestError(name)
    return value == "true"


def _consent(fields: Mapping[str, str]) -> bool:
    """Consent is the word ``true`` and nothing else."""
    try:
        return _flag(fields, "smsConsent")
    except RequestError:
        raise ConsentRequired from None
