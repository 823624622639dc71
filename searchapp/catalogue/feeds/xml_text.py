"""An XML file as UTF-8: whatever encoding it declares, with HTML's entities written out."""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

from searchapp.catalogue.feeds.tables import encoding_by_mark, encoding_of
from searchapp.errors import OperatorError

_HEAD = 1024
"""Bytes in which the declaration, or the first element of a web page, has to stand."""
_CHUNK = 1 << 16
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_WEB_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_OPEN_ENTITY = re.compile(r"&[A-Za-z0-9]{0,32}\Z")
_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
"""The entities that XML itself knows."""


def looks_like_xml(path: Path) -> bool:
    """Whether the file at ``path`` begins with a tag."""
    with path.open("rb") as file:
        return file.read(_HEAD).lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def xml_encoding(path: Path) -> str:
    """The encoding of the XML file at ``path``: by its mark, its declaration, or its bytes.

    :raises OperatorError: it declares one that is not known, or the file is a web page.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD)
    encoding = encoding_by_mark(start) or _without_mark(start) or _declared(start, path)
    encoding = encoding or encoding_of(path)
    if _WEB_PAGE.match(start.decode(encoding, errors="replace").lstrip("\ufeff")):
        raise OperatorError(
            f"{path.name} is a web page, not a feed: save the feed itself, its address may want a "
            "password."
        )
    return encoding


def _without_mark(start: bytes) -> str:
    """UTF-16 shows in the first tag."""
    return {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(start[:2], "")


def _declared(start: bytes, path: Path) -> str:
    found = _DECLARED.search(start)
    if found is None:
        return ""
    name = found[1].decode()
    try:
        # What was read as ASCII so far has to be the same in the encoding that is declared.
        readable = b"<?xml".decode(name) == "<?xml"
        known = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        readable, known = False, name
    if not readable:
        raise OperatorError(
            f"{path.name} declares the encoding {name}, in which it is not written or which is not "
            "known: save it as UTF-8."
        )
    # Whoever writes EUC-KR on Windows writes CP949, which holds all of it.
    return "cp949" if known == "euc_kr" else known


class Utf8Xml:
    """The file as a parser reads it: in UTF-8, a chunk at a time.

    A byte that cannot be decoded becomes U+FFFD and costs the row that it is in.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._rest = ""

    def read(self, _size: int = -1) -> bytes:
        """The next chunk; empty at the end alone."""
        while chunk := self._file.read(_CHUNK):
            text = self._rest + self._decoder.decode(chunk)
            # An entity may go on in the next chunk.
            found = _OPEN_ENTITY.search(text, max(0, len(text) - 40))
            end = found.start() if found else len(text)
            text, self._rest = text[:end], text[end:]
            if text:
                return _written_out(text)
        text, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return _written_out(text)


def _written_out(text: str) -> bytes:
    return _ENTITY.sub(_character, text).encode()


def _character(found: re.Match[str]) -> str:
    """What HTML's entity stands for; it never becomes markup."""
    character = None if found[1] in _OWN else html5.get(f"{found[1]};")
    return found[0] if character is None else escape(character)
