"""Feeds that are lists of records: JSON, JSON Lines, and the tagged text of Daum and Kakao."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from searchapp.catalogue.feeds.rows import FeedMapping, RawRow, RefusedRow, normalised
from searchapp.catalogue.feeds.tables import encoding_of
from searchapp.errors import OperatorError

JSON_LIMIT = 256 << 20
"""Bytes of a JSON document, which is read whole; JSON Lines have no limit."""

_TAG = re.compile(r"<<<([A-Za-z0-9_]+)>>>(.*)", re.DOTALL)
_LISTS = ("products", "items", "offers", "entries", "data", "rows", "catalog")
"""Keys under which a document may hold its products."""


def looks_like_json(start: bytes) -> bool:
    """Whether a file that begins with ``start`` is JSON or JSON Lines."""
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] in (b"{", b"[")


def json_rows(path: Path, mapping: FeedMapping) -> Iterator[RawRow | RefusedRow]:
    """The products of the JSON or JSON Lines file at ``path``, numbered from 1.

    :raises OperatorError: it is one document and holds no list of products.
    """
    encoding = encoding_of(path)
    with path.open(encoding=encoding, errors="replace") as file:
        first = file.readline()
        lines = _is_object(first)
        file.seek(0)
        if lines:
            yield from _lines(file, mapping)
            return
    yield from _numbered(_document(path, encoding), mapping)


def _is_object(line: str) -> bool:
    """Whether the first line is a whole product by itself, as in JSON Lines."""
    try:
        document = json.loads(line)
    except ValueError:
        return False
    return isinstance(document, dict) and _list_in(document) is None


def _lines(lines: Iterable[str], mapping: FeedMapping) -> Iterator[RawRow | RefusedRow]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        if isinstance(document, dict):
            yield json_row(number, document, mapping)
        else:
            ended = not line.endswith("\n")
            reason = "the line is not a JSON object"
            yield RefusedRow(number, "", reason, broken_off=ended, cut=ended)


def _document(path: Path, encoding: str) -> list[Any]:
    if path.stat().st_size > JSON_LIMIT:
        raise OperatorError(f"{path.name} is larger than 256 MB: write it as JSON Lines.")
    try:
        document = json.loads(path.read_text(encoding=encoding, errors="replace").lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        if kept := _before_the_break(error.doc):
            return [*kept, error]
        raise OperatorError(
            f"{path.name} is not JSON at line {error.lineno}. Nothing of it was taken."
        ) from None
    except (ValueError, RecursionError):
        raise OperatorError(f"{path.name} is not JSON. Nothing of it was taken.") from None
    found = _list_in(document)
    if found is None:
        raise OperatorError(f"{path.name} holds no list of products: use an array of objects.")
    return found


def _list_in(document: Any, levels: int = 2) -> list[Any] | None:
    """The products of a document, which may stand in an object in an object."""
    if isinstance(document, dict) and levels:
        lists = (_list_in(document.get(key), levels - 1) for key in _LISTS)
        return next((found for found in lists if found is not None), None)
    return document if isinstance(document, list) else None


def _before_the_break(text: str) -> list[Any]:
    """The objects of the first array, up to the one that is no JSON."""
    found: list[Any] = []
    decoder, place = json.JSONDecoder(), text.find("[") + 1
    while place and (start := text.find("{", place)) >= 0:
        try:
            document, place = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        found.append(document)
    return found


def _numbered(documents: Iterable[Any], mapping: FeedMapping) -> Iterator[RawRow | RefusedRow]:
    for number, document in enumerate(documents, 1):
        if isinstance(document, dict) and "handle" in document and _objects(document, "variants"):
            yield from _shopify_rows(number, document)
        elif isinstance(document, dict):
            yield json_row(number, document, mapping)
        elif isinstance(document, json.JSONDecodeError):
            reason = f"the file is not JSON from here on (line {document.lineno})"
            yield RefusedRow(number, "", reason, broken_off=True, cut=True)
        else:
            yield RefusedRow(number, "", "the entry is not a JSON object")


def _shopify_rows(number: int, document: Mapping[str, Any]) -> Iterator[RawRow]:
    """A product of Shopify's ``products.json`` as its CSV has it: a row for each variant, then one
    for each further picture."""
    head = {"title": "title", "vendor": "vendor", "type": "product_type"}
    fields = {name: str(document.get(key) or "") for name, key in head.items()}
    for place, option in enumerate(_objects(document, "options"), 1):
        fields[f"option{place}_name"] = str(option.get("name") or "")
    pictures = [str(picture.get("src") or "") for picture in _objects(document, "images")]
    fields["image_src"] = pictures[0] if pictures else ""
    handle = {"handle": str(document.get("handle") or document.get("id") or "")}
    for variant in _objects(document, "variants"):
        yield RawRow(number, fields | handle | _shopify_variant(variant))
        fields = {}
    for picture in pictures[1:]:
        yield RawRow(number, {**handle, "image_src": picture})


def _shopify_variant(variant: Mapping[str, Any]) -> dict[str, str]:
    own = {f"option{place}_value": variant.get(f"option{place}") for place in (1, 2, 3)}
    own |= {"variant_price": variant.get("price")}
    own |= {"variant_compare_at_price": variant.get("compare_at_price")}
    stock = {"variant_inventory_policy": "deny", "variant_inventory_qty": "1"}
    if variant.get("available") is False:
        stock["variant_inventory_qty"] = "0"
    picture = variant.get("featured_image")
    if isinstance(picture, dict):
        own["variant_image"] = picture.get("src")
    return {name: str(value) for name, value in own.items() if value is not None} | stock


def _objects(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def json_row(
    number: int, document: Mapping[str, Any], mapping: FeedMapping | None = None
) -> RawRow:
    """``document`` as a row: a list stays a list, an object is what it names."""
    mapping = mapping or FeedMapping()
    fields: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    offers = document.get("offers")
    offer = offers if isinstance(offers, dict) else next(iter(_objects(document, "offers")), None)
    if offer:
        # schema.org keeps what is asked for a product apart from it.
        document = {**offer, **document}
    for key, value in document.items():
        name = mapping.renamed(normalised(str(key)))
        if isinstance(value, list):
            lists[name] = tuple(filter(None, map(_text, value)))
            fields.setdefault(name, ", ".join(lists[name]))
        elif text := _text(value):
            fields[name] = text
    return RawRow(number, fields, lists)


_NAMING = ("src", "url", "href", "name", "title", "value")
"""Keys of an object by which it stands for a picture, a brand, a category."""


def _text(value: Any) -> str:
    """``value`` as a table would have it; empty for structures of other kinds."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if not isinstance(value, dict):
        return ""
    # Content API of Google: {"value": "15000", "currency": "KRW"}.
    amount = value.get("value", value.get("amount"))
    if isinstance(amount, str | int | float) and isinstance(value.get("currency"), str):
        return f"{amount} {value['currency']}"
    return next((value[key] for key in _NAMING if isinstance(value.get(key), str)), "")


def looks_tagged(start: bytes) -> bool:
    """Whether a file that begins with ``start`` is the tagged text ``<<<begin>>>`` ...."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<<<")


def tagged_rows(path: Path) -> Iterator[RawRow | RefusedRow]:
    """The products of the tagged text at ``path``, numbered from 1.

    The last one without ``<<<ftend>>>`` counts as cut off.
    """
    number, fields, last = 0, dict[str, str](), ""
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        for line in file:
            found = _TAG.match(line.rstrip("\r\n"))
            if found is None:
                fields[last] = f"{fields.get(last, '')}\n{line}" if last else ""
                continue
            last, value = found[1].lower(), found[2]
            if last == "begin":
                fields = {}
            elif last in ("ftend", "end"):
                number += 1
                yield RawRow(number, fields)
                fields, last = {}, ""
            else:
                fields[last] = value
    if any(value.strip() for value in fields.values()):
        reason = "the file ends in the middle of this product"
        yield RefusedRow(
            number + 1, fields.get("mapid", "")[:200], reason, broken_off=True, cut=True
        )
