"""Feeds that are lists of records: JSON, JSON Lines, and the tagged text of Daum and Kakao; exports
that are rewritten as Shopify's table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from searchapp.catalogue.feeds.rows import FeedMapping, RawRow, RefusedRow, normalised
from searchapp.catalogue.feeds.tables import encoding_of
from searchapp.catalogue.feeds.values import in_stock
from searchapp.errors import OperatorError

JSON_LIMIT = 256 << 20
"""Bytes of a JSON document, which is read whole; JSON Lines have no limit."""

_TAG = re.compile(r"<<<([A-Za-z0-9_]+)>>>(.*)", re.DOTALL)
_LISTS = (
    *("products", "items", "offers", "entries", "data", "rows", "catalog", "resources"),
    *("@graph", "itemListElement", "edges", "nodes"),
)
"""Keys under which a document may hold its products: those of shops, schema.org and GraphQL."""


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


def _list_in(document: Any, levels: int = 3) -> list[Any] | None:
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
    for number, entry in enumerate(documents, 1):
        document = entry.get("node", entry.get("item", entry)) if isinstance(entry, dict) else entry
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
        page = f"products/{quote(handle['handle'])}?variant={variant.get('id', '')}"
        own = _shopify_variant(variant) | {"shop_path": page.removesuffix("?variant=")}
        yield RawRow(number, fields | handle | own)
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
            lists[name] = (*lists.get(name, ()), text)
            fields[name] = lists[name][0]
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


# --- Read as Shopify's -----------------------------------------------------------------------

Fields = dict[str, str]
_AMOUNT = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")
_SHADE = re.compile(r"^#[0-9a-fA-F]{3,8}:\s*|\[#.*\]$")
"""What stands beside the name of a colour: ``#FF0000:Red``, ``Red[#FF0000]``."""
_NO_WORD = re.compile(r"[\W_]+")
_OPTION = re.compile(r"Name=([^|]*)\|Value=(.*?)[\s|]*(?=Type=|$)")


def as_shopify(
    rows: Iterable[RawRow | RefusedRow], read: Callable[[RawRow, RawRow], Fields]
) -> Iterator[RawRow | RefusedRow]:
    """An export that has the variants and pictures of a product in rows below it, in the columns
    of Shopify's.

    :param read: gives a row, beside that of its product, in those columns.
    """
    block: list[RawRow] = []
    for row in rows:
        if isinstance(row, RefusedRow):
            yield row
            continue
        if _begins(row):
            yield from _block(block, read)
            block = []
        block.append(row)
    yield from _block(block, read)


def _begins(row: RawRow) -> bool:
    """Whether the row is that of a product."""
    kind = row.get("fieldtype", "item", "type").lower()
    return kind == "product" if kind else bool(row.get("title"))


def _block(rows: list[RawRow], read: Callable[[RawRow, RawRow], Fields]) -> Iterator[RawRow]:
    every = [read(row, rows[0]) for row in rows]
    if any(fields["variant_price"] for fields in every[1:]) and not every[0].get("option1_value"):
        every[0]["variant_price"] = ""
    for row, fields in zip(rows, every, strict=True):
        yield RawRow(row.number, {"link": rows[0].get("link", "url"), **fields})


def _choices(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Names and values of options."""
    fields: Fields = {}
    for number, (name, value) in enumerate(pairs, 1):
        fields[f"option{number}_name"] = name.strip()
        fields[f"option{number}_value"] = _SHADE.sub("", value.strip()).strip()
    return fields


def wix(row: RawRow, head: RawRow) -> Fields:
    """Wix's two forms: pictures by name or address, a variant's price as a surcharge or whole.

    A product's address is not in the export; Wix makes it of the name.
    """
    kind = row.get("fieldtype").lower()
    price, before = _wix_prices(row, head) if kind in ("product", "variant") else ("", "")
    stock = row.get("inventory") or head.get("inventory")
    sold = in_stock(stock) is not False and row.get("visible").lower() != "false"
    page = _NO_WORD.sub("-", head.get("name").lower()).strip("-")
    return {
        "handle": head.get("handleid", "handle"),
        "title": head.get("name"),
        "vendor": head.get("brand"),
        "type": head.get("collection", "categories"),
        "published": head.get("visible"),
        "shop_path": f"product-page/{quote(page)}",
        "image_src": ";".join(map(_wix_picture, row.get("productimageurl", "media").split(";"))),
        "variant_price": price,
        "variant_compare_at_price": before,
        "variant_inventory_qty": "" if sold else "0",
        **(_choices(_wix_options(row, head)) if kind == "variant" else {}),
    }


def _wix_picture(name: str) -> str:
    return f"https://static.wixstatic.com/media/{name}" if name and "/" not in name else name


def _wix_options(row: RawRow, head: RawRow) -> Iterator[tuple[str, str]]:
    for number in (1, 2, 3):
        values = (f"productoptiondescription{number}", f"productoptionchoices{number}")
        yield head.get(f"productoptionname{number}"), row.get(*values)


def _wix_prices(row: RawRow, head: RawRow) -> tuple[str, str]:
    """What is asked, and what was before a discount."""
    stated = row.get("price") or head.get("price")
    if not _AMOUNT.fullmatch(stated):
        return stated, ""
    surcharge, value = (
        Decimal(text if _AMOUNT.fullmatch(text) else 0)
        for text in (row.get("surcharge"), head.get("discountvalue"))
    )
    full = Decimal(stated) + surcharge
    asked = full * (1 - value / 100) if head.get("discountmode") == "PERCENT" else full - value
    step = Decimal("0.01") if "." in stated or asked % 1 or full % 1 else Decimal(1)
    before = str(full.quantize(step)) if value else row.get("strikethroughprice")
    return str(asked.quantize(step)), before


def squarespace(row: RawRow, head: RawRow) -> Fields:
    """Squarespace's: the first variant stands in the product's own row."""
    sale = row.get("sale_price") if row.get("on_sale").lower() in _YES else ""
    page = filter(None, (head.get("product_page"), head.get("product_url")))
    options = ((f"option_name_{number}", f"option_value_{number}") for number in (1, 2, 3))
    return {
        "handle": head.get(*_SQUARESPACE_IDS),
        "title": head.get("title"),
        "type": head.get("categories"),
        "published": "" if head.get("visible").lower() in ("", *_YES) else "false",
        "shop_path": "/p/".join(map(quote, page)),
        "image_src": row.get("hosted_image_urls"),
        "variant_price": sale or row.get("price"),
        "variant_compare_at_price": row.get("price") if sale else "",
        "variant_inventory_qty": row.get("stock"),
        **_choices((row.get(name) or head.get(name), row.get(value)) for name, value in options),
    }


_SQUARESPACE_IDS = ("product_id_[non_editable]", "product_url")
_YES = ("yes", "true")


def bigcommerce(row: RawRow, head: RawRow) -> Fields:
    """BigCommerce's newer one, with a row for each picture."""
    sold = row.get("item").lower() in ("product", "variant")
    price = row.get("price") or head.get("price")
    sale = row.get("sale_price") or head.get("sale_price")
    on_sale = _AMOUNT.fullmatch(sale) is not None and Decimal(sale) > 0
    tracked = head.get("inventory_tracking").lower()
    stock = head if tracked == "product" else row
    return {
        "handle": head.get("sku", "id"),
        "title": head.get("name"),
        "type": head.get("categories"),
        "published": head.get("is_visible"),
        "shop_path": head.get("product_url").lstrip("/"),
        "image_src": row.get("internal_image_url_(export)", "image_url_(import)"),
        "variant_image": row.get("variant_image_url"),
        "variant_price": (sale if on_sale else price) if sold else "",
        "variant_compare_at_price": price if on_sale else "",
        "variant_inventory_qty": "" if tracked == "none" else stock.get("current_stock"),
        **_choices(_OPTION.findall(row.get("options"))[:3]),
    }


AS_SHOPIFY: Sequence[tuple[frozenset[str], Sequence[str], Callable[[RawRow, RawRow], Fields]]] = (
    (frozenset({"handleid", "fieldtype", "name", "productimageurl"}), ("handleid",), wix),
    (frozenset({"handle", "fieldtype", "name", "media"}), ("handle",), wix),
    (frozenset({"title", "price", "hosted_image_urls"}), _SQUARESPACE_IDS, squarespace),
    (frozenset({"item", "name", "options", "variant_image_url"}), ("sku", "id"), bigcommerce),
)
"""Columns that tell an export, those that name a product, and how its rows are read."""
