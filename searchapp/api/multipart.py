"""Reads a multipart form as it streams in: one file into memory, small fields beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from searchapp.errors import RequestError

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
