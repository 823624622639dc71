"""The form of a new search: what OpenAPI shows of it, and how a request is read and checked.

The form is read as it streams in, one file into memory, small fields beside it.  The checks happen
in this order, each cheaper than the next one, and the first that fails answers: the address's share
(429); Content-Length (413); while streaming: size (413), pace (408), form (400); photo present
(400), its kind (415), header and pixels (422); language, phone, consent, items, filters (400); then
the store itself (409, 503).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.domain.hosts import Client
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.errors import BadItems, ConsentRequired, ImageMissing, RequestError
from searchapp.http.clients import Lang, preferred
from searchapp.http.requests import (
    FLAGS,
    PRICE,
    consented_phone,
    country_of,
    form_filters,
    wanted_boxes,
)
from searchapp.imaging.picture import PictureHeader, inspect
from searchapp.jobs.submit import NewSearch

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


MAX_PARTS = 24
MAX_FIELD_BYTES = 16 * 1024
"""A dozen boxes as JSON fit well."""

MAX_HEADERS = 8
MAX_HEADER_BYTES = 1024


@dataclass
class Form:
    """A form that was read: the file (None when it was absent) and the fields by name."""

    file: bytes | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def read_form(content_type: str, chunks: AsyncIterator[bytes], file_name: str) -> Form:
    """The form in ``chunks``.

    :param content_type: the request's Content-Type.
    :param file_name: the one field that holds a file of any size; the body's limit holds it.
    :raises RequestError: it is no well-formed form, or has too many or too large parts.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise RequestError("not a multipart form")
    reader = _Reader(file_name)
    try:
        parser = MultipartParser(
            boundary,
            reader.callbacks(),
            max_header_count=MAX_HEADERS,
            max_header_size=MAX_HEADER_BYTES,
        )
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise RequestError(f"form: {type(error).__name__}") from None
    return reader.form()


class _Reader:
    """Collects what the parser calls out."""

    def __init__(self, file_name: str) -> None:
        self._file_name = file_name
        self._file: bytearray | None = None
        self._fields: dict[str, bytearray] = {}
        self._parts = 0
        self._ended = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._name = ""

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls, by its names."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_name,
            "on_header_value": self._on_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def form(self) -> Form:
        """All of it, once the form has ended.

        :raises RequestError: its end is missing, or a field is no text.
        """
        if not self._ended:
            raise RequestError("form: its end is missing")
        try:
            fields = {name: bytes(value).decode() for name, value in self._fields.items()}
        except UnicodeDecodeError:
            raise RequestError("form: a field is no UTF-8") from None
        return Form(bytes(self._file) if self._file is not None else None, fields)

    def _begin(self) -> None:
        self._parts += 1
        self._disposition = b""
        if self._parts > MAX_PARTS:
            raise RequestError("form: too many parts")

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or not self._name:
            raise RequestError("form: a part has no name")
        if self._name == self._file_name:
            if self._file is not None:
                raise RequestError("form: more than one file")
            self._file = bytearray()
        elif self._name in self._fields:
            raise RequestError("form: a field came twice")
        else:
            self._fields[self._name] = bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == self._file_name:
            assert self._file is not None  # noqa: S101 - Made when its headers ended.
            self._file += memoryview(data)[start:end]
            return
        value = self._fields[self._name]
        value += data[start:end]
        if len(value) > MAX_FIELD_BYTES:
            raise RequestError("form: a field is too long")

    def _end(self) -> None:
        self._ended = True


_PRICE = {"type": "string", "pattern": f"^{PRICE}$", "description": "Inclusive."}
_FLAG = {"type": "string", "enum": list(FLAGS)}

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
    if value not in {"", *FLAGS}:
        raise RequestError(name)
    return value == "true"


def _consent(fields: Mapping[str, str]) -> bool:
    """Consent is the word ``true`` and nothing else."""
    try:
        return _flag(fields, "smsConsent")
    except RequestError:
        raise ConsentRequired from None
