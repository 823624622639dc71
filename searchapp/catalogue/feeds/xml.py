"""Google Merchant's XML, as RSS 2.0 or as Atom, read item by item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from searchapp.catalogue.feeds.rows import RawRow, RefusedRow
from searchapp.catalogue.feeds.xml_text import Utf8Xml, xml_encoding
from searchapp.errors import OperatorError

GOOGLE = "{http://base.google.com/ns/1.0}"
_ITEMS = frozenset({"item", "entry"})


def rows(path: Path) -> Iterator[RawRow | RefusedRow]:
    """Every ``item`` (RSS) or ``entry`` (Atom) of the file at ``path``, numbered from 1.

    Where the file stops being XML, one refusal says so and the rows before it count.

    :raises OperatorError: a DTD or entities in it (they can be made to exhaust memory), a web page
        instead of a feed, an encoding that is not known.
    """
    number = 0
    try:
        for element in _items(path):
            number += 1
            yield RawRow(number, _fields(element))
    except DefusedXmlException:
        raise OperatorError(
            f"{path.name} has a DTD or entities in it, which feeds need not have: remove them."
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        reason = f"the file is not XML from here on: {error}"
        yield RefusedRow(number + 1, "", reason, broken_off=True)


def _items(path: Path) -> Iterator[Element]:
    """Items as they end; what has ended is taken out of its parent: memory stays flat."""
    open_elements: list[Element] = []
    encoding = xml_encoding(path)
    # The parser itself knows few encodings: it gets UTF-8, whatever the declaration says.
    parser = DefusedXMLParser(target=TreeBuilder(), encoding="utf-8", forbid_dtd=True)
    with path.open("rb") as file:
        text = Utf8Xml(file, encoding)
        for event, element in iterparse(text, events=("start", "end"), parser=parser):
            if event == "start":
                open_elements.append(element)
                continue
            open_elements.pop()
            if any(_local(parent.tag) in _ITEMS for parent in open_elements):
                continue
            if _local(element.tag) in _ITEMS:
                yield element
            if open_elements:
                open_elements[-1].remove(element)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _fields(item: Element) -> dict[str, str]:
    """Google's own fields first, plain ones where those are absent; several pictures are joined."""
    fields: dict[str, str] = {}
    own: set[str] = set()
    for child in item:
        name, value = _local(child.tag).lower(), _value(child)
        google = child.tag.startswith(GOOGLE)
        if not value or (name == "link" and child.get("rel", "alternate") != "alternate"):
            continue
        if name == "additional_image_link" and name in fields:
            fields[name] += f",{value}"
        elif name not in fields or (google and name not in own):
            fields[name] = value
        if google:
            own.add(name)
    if "id" not in fields and "guid" in fields:
        fields["id"] = fields["guid"]
    return fields


def _value(child: Element) -> str:
    """Atom writes a link as an attribute."""
    text = "".join(child.itertext()).strip()
    return text or child.get("href", "").strip()
