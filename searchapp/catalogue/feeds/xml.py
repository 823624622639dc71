"""XML feeds, read item by item: Google's RSS and Atom, Naver's EP in XML, Yandex's YML.

The parser works without namespaces, so that a feed without ``xmlns:g`` reads like one with it.
What shops get wrong in the text itself (a bare ``&``, HTML's entities, control characters, the
encoding) is mended before the parser sees it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import escape

from searchapp.catalogue.feeds.rows import FeedMapping, RawRow, RefusedRow, normalised
from searchapp.catalogue.feeds.tables import decodes, encoding_by_mark, encoding_of
from searchapp.errors import OperatorError

GOOGLE = "http://base.google.com/ns/1.0"
_ITEMS = frozenset({"item", "entry", "product", "offer", "shopitem", "상품", "상품정보", "제품"})
_REPEATED = frozenset({"additional_image_link", "picture", "image_link", "add_image_link"})

_ROOTS = frozenset({"rss", "feed", "yml_catalog"})
_SHOWN, _FEWEST = 6, 3
"""Elements of an unknown document that are named, and how many it has at least."""
_HEAD = 1024
"""Bytes in which the declaration, or the first element of a web page, has to stand."""
_CHUNK = 1 << 16
_TEXT_LIMIT = 1 << 16
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_WEB_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_DOCTYPE = re.compile(
    r"<!DOCTYPE\s+[\w:.-]+\s+(?:SYSTEM|PUBLIC)(?:\s+[\"'][^\"'<>]*[\"'])+\s*>"
)
"""A document type that names a file and declares nothing, as Yandex's YML begins with."""
_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_OPEN_ENTITY = re.compile(r"(?:&[#A-Za-z0-9]{0,32}|<[^<>\x00-\x7f]{0,32})\Z")
_LESS_THAN = re.compile(r"<(?![/!?]|[^\W\d][^<>]*(?:>|\Z)|:[^<>]*(?:>|\Z))")
"""A bare ``<``, as in ``Size < M`` or ``S<M``: no tag begins like that, or it never ends."""
_KOREAN_TAG = re.compile(r"<([^\W\d\x00-\x7f][\w.-]*)[^<>]*>")
_KOREAN_END = re.compile(r"</([^\W\d\x00-\x7f][\w.-]*)\s*>")
_KOREAN_ROOT = re.compile(r"(?:<\?[^<>]*>)?(?:\s*<[^\W\d\x00-\x7f][^<>]*>)*")
"""The declaration, and what stands around all products: it ends where the document does."""
_NOTICE = re.compile(
    r"<(?!\?xml\s)(?:(?!<(?:rss|feed|item|entry|product)).){1,1000}?(?=<\?xml\s)", re.DOTALL
)
"""What a server's error page puts before the feed."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
"""The entities that XML itself knows."""


def looks_like_xml(start: bytes) -> bool:
    """Whether a file that begins with ``start`` begins with a tag."""
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def rows(path: Path, mapping: FeedMapping) -> Iterator[RawRow | RefusedRow]:
    """Every item of the file at ``path``, numbered from 1.

    Where the file stops being XML, one refusal says so and the rows before it count.

    :raises OperatorError: a DTD or entities in it (they can be made to exhaust memory), a web page
        instead of a feed, an encoding that is not known.
    """
    items = _Items(path.name, mapping)
    encoding = xml_encoding(path)
    with path.open("rb") as file:
        text = Utf8Xml(file, encoding)
        try:
            while chunk := text.read():
                items.feed(chunk)
                yield from items.taken()
            items.feed(b"", final=True)
        except expat.ExpatError as error:
            yield from items.taken()
            reason = f"the file is not XML from here on (line {error.lineno})"
            yield RefusedRow(items.number + 1, "", reason, broken_off=True, cut=True)
            return
        yield from items.taken()
    if items.foreign:
        shown = ", ".join(items.foreign)
        raise OperatorError(
            f"{path.name} is not a feed we know: products are elements item, entry, product or "
            f"offer, and it has {shown}."
        )


@dataclass
class _Element:
    """A child of an item: ``google`` tells Google's own fields from plain ones."""

    name: str
    attributes: dict[str, str]
    google: bool
    text: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        """Appends what the parser read; no field that is used has more than 64 K characters."""
        if self.length < _TEXT_LIMIT:
            self.text.append(text)
            self.length += len(text)

    @property
    def value(self) -> str:
        """Its text; Atom writes a link as an attribute, others the currency of a price."""
        text = "".join(self.text).strip() or self.attributes.get("href", "").strip()
        currency = self.attributes.get("currency", "")
        return f"{text} {currency}" if currency and text[-1:].isdigit() else text


class _Items:
    """Collects the items of a document while the parser goes through it."""

    def __init__(self, name: str, mapping: FeedMapping) -> None:
        self.number = 0
        self._name = name
        self._mapping = mapping
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._prefixes = {"g"}
        self._depth = 0
        self._seen: list[str] = []
        self._item_depth = 0
        self._item: dict[str, str] = {}
        self._children: list[_Element] = []
        self._categories: dict[str, tuple[str, str]] = {}
        self._category: _Element | None = None
        self._ready: list[RawRow | RefusedRow] = []

    @property
    def foreign(self) -> list[str]:
        """The first elements of a document without products that is not just an empty feed."""
        is_feed = self.number or len(self._seen) < _FEWEST or self._seen[0].lower() in _ROOTS
        return [] if is_feed else self._seen

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """:raises expat.ExpatError: the document breaks off here."""
        self._parser.Parse(chunk, final)

    def taken(self) -> list[RawRow | RefusedRow]:
        """The items that ended since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def _refuse(self, *_: object) -> None:
        raise OperatorError(
            f"{self._name} has a DTD or entities in it, which feeds need not have: remove them."
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if len(self._seen) < _SHOWN and tag not in self._seen:
            self._seen.append(tag[:40])
        self._prefixes |= {
            name.partition(":")[2] for name, value in attributes.items() if value == GOOGLE
        }
        prefix, _, local = tag.rpartition(":")
        if not self._item_depth and local.lower() in _ITEMS:
            self._item_depth, self._item, self._children = self._depth, attributes, []
        elif self._item_depth and self._depth == self._item_depth + 1:
            name = self._mapping.renamed(normalised(local))
            self._children.append(_Element(name, attributes, prefix in self._prefixes))
        elif self._item_depth and self._children:
            # What stands in elements of its own, such as pictures, is not one word.
            self._children[-1].add("\n")
        elif not self._item_depth and local.lower() == "category":
            self._category = _Element("category", attributes, google=False)

    def _characters(self, text: str) -> None:
        if self._item_depth and self._children and self._depth > self._item_depth:
            self._children[-1].add(text)
        elif self._category is not None:
            self._category.add(text)

    def _end(self, _tag: str) -> None:
        if self._depth == self._item_depth:
            self.number += 1
            self._ready.append(self._row())
            self._item_depth = 0
        elif self._category is not None:
            given = self._category.attributes
            entry = (self._category.value, given.get("parentId", ""))
            self._categories[given.get("id", "")] = entry
            self._category = None
        self._depth -= 1

    def _row(self) -> RawRow:
        """Google's own fields first, plain ones where those are absent."""
        fields: dict[str, str] = {}
        lists: dict[str, list[str]] = {}
        own: set[str] = set()
        for child in self._children:
            name, value = child.name, child.value
            if not value or (
                name == "link" and child.attributes.get("rel", "alternate") != "alternate"
            ):
                continue
            if name == "param":
                name = normalised(child.attributes.get("name", ""))
            if name in _REPEATED:
                lists.setdefault(name, []).append(value)
            if name not in fields or (child.google and name not in own):
                fields[name] = value
            if child.google:
                own.add(name)
        for name, value in self._item.items():
            fields.setdefault(f"@{name.lower()}", value)
        if "id" not in fields and "guid" in fields:
            fields["id"] = fields["guid"]
        if "categoryid" in fields:
            fields["category_path"] = self._path(fields["categoryid"])
        return RawRow(self.number, fields, {name: tuple(found) for name, found in lists.items()})

    def _path(self, category: str) -> str:
        """Names from the root to ``category``, as YML declares them ahead of its offers."""
        names: list[str] = []
        while category in self._categories and len(names) < 10:
            name, category = self._categories[category]
            names.append(name)
        return " > ".join(reversed(names))


def xml_encoding(path: Path) -> str:
    """The encoding of the XML file at ``path``: by its mark, its declaration, or its bytes.

    :raises OperatorError: it declares one that is not known, or the file is a web page.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD)
    encoding = encoding_by_mark(start) or _without_mark(start) or _declared(start, path)
    if not (encoding and decodes(path, encoding)):
        # Feeds are saved in another encoding than they go on to declare.
        found = encoding_of(path)
        encoding = found if not encoding or decodes(path, found) else encoding
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
    # Windows writes CP949 and calls it EUC-KR; CP949 holds all of EUC-KR.
    return "cp949" if known == "euc_kr" else known


class Utf8Xml:
    """The file as a parser reads it: in UTF-8, a chunk at a time.

    A byte that cannot be decoded becomes U+FFFD and costs the row that it is in.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._rest = ""
        self._first = True
        self._elements: set[str] = set()
        """Those with Korean names that have ended so far: ``<봄신상>`` in a title never does."""

    def read(self) -> bytes:
        """The next chunk; empty at the end alone."""
        while chunk := self._file.read(_CHUNK):
            text = self._rest + self._decoder.decode(chunk)
            # An entity may go on in the next chunk.
            found = _OPEN_ENTITY.search(text, max(0, len(text) - 40))
            end = found.start() if found else len(text)
            text, self._rest = text[:end], text[end:]
            if self._first:
                text, self._first = _without_head(text), False
                if root := _KOREAN_ROOT.match(text):
                    self._elements.update(_KOREAN_TAG.findall(root[0]))
            if text:
                return self._mended(text)
        text, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return self._mended(text)

    def _mended(self, text: str) -> bytes:
        self._elements.update(_KOREAN_END.findall(text))
        text = _KOREAN_TAG.sub(self._tag_or_words, _LESS_THAN.sub("&lt;", _CONTROL.sub(" ", text)))
        return _AMPERSAND.sub(_character, text).encode()

    def _tag_or_words(self, found: re.Match[str]) -> str:
        return found[0] if found[1] in self._elements else f"&lt;{found[0][1:]}"


def _without_head(text: str) -> str:
    """The start of a document from its declaration on, without a document type."""
    text = text.lstrip("\ufeff \t\r\n")
    notice = _NOTICE.match(text)
    return _PLAIN_DOCTYPE.sub("", text[notice.end() :] if notice else text, 1)


def _character(found: re.Match[str]) -> str:
    """What an entity stands for; it never becomes markup.  A bare ``&`` is the character."""
    name = found[1] or ""
    if name in _OWN or (name.startswith("#") and _is_character(name)):
        return found[0]
    character = html5.get(f"{name};")
    return escape(found[0] if character is None else character)


def _is_character(reference: str) -> bool:
    """Whether XML may hold the character that a numeric reference such as ``#x2764`` names."""
    number = int(f"0{reference[1:]}", 0) if reference[1] in "xX" else int(reference[1:])
    allowed = number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD
    return allowed or 0x10000 <= number <= 0x10FFFF
