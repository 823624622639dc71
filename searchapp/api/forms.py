"""The form of a new search: what OpenAPI shows of it, and how a request is read and checked.

The form is read as it streams in, one file into memory, small fields beside it.  The checks happen
in this order, each cheaper than the next one, and the first that fails answers: the address's share
(429); Content-Length (413); while streaming: size (413), pace (408), form (400); photo present
(400), its kind (415), header and pixels (422); language, phone, consent, items, filters (400); then
the store itself (409, 503).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.requests import ClientDisconnect

from searchapp.domain.hosts import Client
from searchapp.errors import BadItems, ConsentRequired, ImageMissing, RequestError
from searchapp.http.clients import Lang, preferred
from searchapp.http.requests import (
    FLAGS,
    PRICE,
    FilterFields,
    consented_phone,
    country_of,
    form_filters,
    wanted_boxes,
)
from searchapp.imaging.decoding import PictureHeader
from searchapp.imaging.picture import inspect
from searchapp.jobs.submit import NewSearch

# Its warnings repeat what strangers send; the answer says what was wrong.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

MAX_PARTS = 24
MAX_FIELD_BYTES = 16 * 1024
"""A dozen boxes as JSON fit well."""

_LIMITS = {
    "MAX_HEADER_COUNT": 8,
    "MAX_HEADER_SIZE": 1024,
    "MAX_MEMORY_FILE_SIZE": float("inf"),  # No photo lies on a disk before it is stored.
}


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
    take: Any = reader.take  # The library's types have a name of their own for each kind of part.
    try:
        parser = FormParser(kind.decode(), take, take, reader.end, boundary, config=_LIMITS)
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise RequestError(f"form: {type(error).__name__}") from None
    if not reader.ended:
        raise RequestError("form: its end is missing")
    return reader.form


class _Reader:
    """Collects the parts of a form."""

    def __init__(self, file_name: str) -> None:
        self.form = Form()
        self.ended = False
        self._file_name = file_name
        self._parts = 0

    def take(self, part: Field | File) -> None:
        """Keeps one part.

        :raises RequestError: it has no name, came before, is too long, or is one too many.
        """
        self._parts += 1
        name = (part.field_name or b"").decode("utf-8", "replace")
        data = _content(part)
        known = self.form.file is not None if name == self._file_name else name in self.form.fields
        if not name or known or self._parts > MAX_PARTS:
            raise RequestError("form: a part without a name, one that came before, or too many")
        if name == self._file_name:
            self.form.file = data
            return
        if len(data) > MAX_FIELD_BYTES:
            raise RequestError("form: a field is too long")
        try:
            self.form.fields[name] = data.decode()
        except UnicodeDecodeError:
            raise RequestError("form: a field is no UTF-8") from None

    def end(self) -> None:
        """Notes that the form is whole."""
        self.ended = True


def _content(part: Field | File) -> bytes:
    if isinstance(part, Field):
        return part.value or b""
    part.file_object.seek(0)
    return part.file_object.read()


_FLAG = {"type": "string", "enum": list(FLAGS)}

_TEXT: dict[str, dict[str, Any]] = {
    "number": {"type": "string", "pattern": f"^{PRICE}$"},
    "boolean": _FLAG,
}
"""What a form has where JSON has another type."""


def _filter_fields() -> Iterator[tuple[str, dict[str, Any]]]:
    """The filters of :class:`FilterFields` as fields of a form, by their names."""
    for name, field_ in FilterFields.model_json_schema()["properties"].items():
        kind = field_["anyOf"][0]
        yield name, {**_TEXT.get(kind["type"], kind), "description": field_["description"]}


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
    **dict(_filter_fields()),
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
