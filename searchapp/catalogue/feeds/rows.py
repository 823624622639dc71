"""The rows of a feed on their way from a file to products, and what an operator may say of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from searchapp.domain.product import FeedProduct
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.errors import OperatorError

FIELDS = frozenset(
    {"id", "title", "link", "image_link", "additional_image_link", "price", "sale_price"}
    | {"sale_price_effective_date", "brand", "product_type", "google_product_category", "color"}
    | {"size", "availability", "item_group_id"}
)
"""The Google Merchant names that a mapping file may assign."""

COLOUR_NAMES = (
    *("color", "colour", "색상", "컬러", "색", "색깔", "칼라", "색상명", "컬러명", "대표색상"),
    *("カラー", "色", "カラー名", "颜色", "farbe", "couleur", "colore", "цвет"),
    *("color_name", "colors", "colours"),
)
SIZE_NAMES = (
    *("size", "사이즈", "크기", "치수", "サイズ", "尺码", "größe", "taille", "talla", "taglia"),
    *("размер", "sizes"),
)
"""What shops call columns and options for what tells variants apart, in lower case."""

NOTHING = frozenset({"null", "nan", "n/a", "#n/a", "#value!", "#ref!", "-"})
"""What databases, programs and spreadsheets write for no value."""

UNKNOWN_CURRENCY = "?"
"""Stands for a currency that only the operator can tell."""

_PICTURE_NUMBER = re.compile(
    r"(?:product_)?(?:(?:media_gallery_)?image|photo|picture|(?:상품)?(?:이미지|사진)|(?:商品)?(?:画像|写真))"
    r"(?:_?(?:url|link))?_*(\d{1,2})(?:_?(?:url|link))?"
)
"""A column for one of several pictures: ``image2``, ``Image URL 3``, ``사진1``."""

_VALUE = re.compile(r"'[^']*'|\(?https?://\S+|(?<=picture )(?!is |could |took )\S+|\b\d[\d.,]*\b")
"""What differs between two rows that are refused for one reason."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file.

    :param number: as a spreadsheet counts, the header being 1; for XML and JSON the item's own
        number.
    :param fields: by normalised name (see :func:`normalised`); values untouched.
    :param lists: fields that the form itself repeats, such as XML elements.
    """

    number: int
    fields: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, *names: str) -> str:
        """The first of ``names`` that has a value, stripped; empty if none has."""
        for name in names:
            value = self.fields.get(name, "").strip()
            if value and value.lower() not in NOTHING:
                return value
        return ""

    def addresses(self, *names: str) -> list[str]:
        """All picture addresses of the fields ``names``, in order, each whole."""
        found: list[str] = []
        for name in names:
            for value in self.lists.get(name) or (self.fields.get(name, ""),):
                found += split_addresses(value)
        return [address for address in found if address.strip().lower() not in NOTHING]


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One product in the common words, nothing checked yet; ``price`` as written.

    ``currency`` is what an amount without one is taken to be, unless the operator says otherwise,
    or UNKNOWN_CURRENCY;
    ``original_price`` is the price before a reduction that is in force without dates.
    ``currencyless`` forms have no place for a currency: a row whose amount may be in another one is
    taken without its price.
    """

    number: int
    id: str
    title: str
    link: str
    images: tuple[str, ...]
    price: str = ""
    sale_price: str = ""
    sale_dates: str = ""
    original_price: str = ""
    currency: str = ""
    price_required: bool = False
    currencyless: bool = False
    link_required: bool = True
    link_hint: str = ""
    brand: str = ""
    category: str = ""
    google_category: str = ""
    colour: str = ""
    size: str = ""
    availability: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A row that is a product; ``doubt`` is what the operator should know of how it was read."""

    number: int
    product: FeedProduct
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken, and why; ``id`` is empty if the row has none.

    ``broken_off`` marks a place where other rows of the feed were lost, or a row whose product
    cannot be told; ``cut`` that the file itself ends or breaks here.  ``off_sale`` says that the
    row itself takes the product out of the shop.
    """

    number: int
    id: str
    reason: str
    broken_off: bool = False
    off_sale: bool = False
    cut: bool = False


FeedRow = TakenRow | RefusedRow


def reason_key(reason: str) -> str:
    """``reason`` without what differs from row to row: addresses, numbers, quoted values."""
    return " ".join(_VALUE.sub("…", reason).split())


@dataclass(frozen=True, slots=True)
class FeedMapping:
    """A mapping file: what the operator says a feed's columns, categories and colours mean.

    :param columns: the feed's own column, normalised -> the Google Merchant name.
    :param categories: a category as the feed writes it, in lower case -> a kind's slug.
    :param colours: a colour as the feed writes it, in lower case -> a colour family's slug.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)

    def renamed(self, column: str) -> str:
        """The name under which the column ``column`` is read."""
        if column in self.columns or not (numbered := _PICTURE_NUMBER.fullmatch(column)):
            return self.columns.get(column, column)
        return "image_link" if int(numbered[1]) <= 1 else "additional_image_link"


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What some forms of feed leave out, and what the operator says.

    :param currency: ISO 4217, for amounts without one.
    :param shop_url: the shop's address, for forms that carry no links.
    :param now: when sales have to be running.
    """

    currency: str = ""
    shop_url: str = ""
    mapping: FeedMapping = field(default_factory=FeedMapping)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


_OTHER_NAMES = (
    "product_id product_title product_name product_url image_url image_urls images item_id in_stock"
)
_BY_LETTERS = {name.replace("_", ""): name for name in (*FIELDS, *_OTHER_NAMES.split())}
"""Names as programs write them: ``imageLink``, ``salePrice``."""


_BETWEEN_KOREAN = re.compile(r"(?<=[가-힣])_+(?=[\w(])|(?<=\w)_+(?=[가-힣])")


_ASIDE = re.compile(
    r"(?<=^name)\([a-z]{2}(?:-[a-z]{2})?\)$|\s*[(\[](?:필수|선택|必須|任意|required|optional)[)\]]$"
    r"|(?<=[가-힣ぁ-龥])\s*\([원円]\)$"
)
"""OpenCart's ``name(en-gb)``, which columns have to be filled: ``상품명(필수)``, ``할인가(원)``."""


@lru_cache(1024)
def normalised(name: str) -> str:
    """A column's name in the form that is compared: ``g:Image Link`` -> ``image_link``."""
    name = unicodedata.normalize("NFKC", name).strip(" \t\r\n*\ufeff").lower().removeprefix("g:")
    name = _ASIDE.sub("", name)
    name = _BETWEEN_KOREAN.sub("", name.replace(" ", "_").replace("-", "_"))
    return _BY_LETTERS.get(name, name)


_PICTURE_END = re.compile(r"\.(?:jpe?g|png|webp|gif|avif|heic|bmp|tiff?)$", re.IGNORECASE)
_SEVERAL = re.compile(r"""[\s,;|"'\[\]]""")
_BEFORE_ADDRESS = re.compile(r"""[\s,;|"'\[\]]+(?=(?:https?:)?//)""", re.IGNORECASE)


def split_addresses(text: str) -> list[str]:
    """Picture addresses that stand in one value, separated by commas, semicolons, ``|``, lines, or
    blanks before ``https://``; brackets and quotation marks of a list are left out.

    A comma inside an address (``w_600,h_800/1.jpg``) does not separate: what follows has to begin
    like an address, or what is before it has to end like a picture's name.
    """
    if not _SEVERAL.search(text):
        return [text] if text else []
    found: list[str] = []
    for piece in _BEFORE_ADDRESS.split(text):
        mark = "\n"
        for part in re.split(r"([,;|\n])", piece):
            if re.fullmatch(r"[,;|\n]", part):
                mark = part
            elif mark in ",;" and not _PICTURE_END.search(found[-1].rstrip()):
                found[-1] += mark + part
            else:
                found.append(part)
    return [address for part in found if (address := part.strip(" \t\r,;\"'[]"))]


def load_mapping(path: Path) -> FeedMapping:
    """The mapping file at ``path``.

    :raises OperatorError: it cannot be read, or names a field, kind or colour that does not exist.
    """
    try:
        # Texts alone: a column may be called No, which YAML takes for false.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - It makes no objects.
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or "it is not YAML in UTF-8"
        raise OperatorError(f"--map {path}: {reason}.") from None
    return mapping_of(document, str(path))


def mapping_of(document: Any, name: str) -> FeedMapping:
    """The mapping that the YAML or JSON ``document`` describes.

    :raises OperatorError: it names a field, kind or colour that does not exist.
    """
    known = {"columns", "categories", "colours"}
    if not isinstance(document, dict) or set(document) - known:
        raise OperatorError(f"{name} may have the keys columns, categories and colours alone.")
    parts = {key: _texts(document.get(key), f"{name}: {key}") for key in known}
    _only(parts["columns"].keys(), FIELDS, f"{name}: columns")
    columns = [normalised(theirs) for theirs in parts["columns"].values()]
    if twice := next((theirs for theirs in columns if columns.count(theirs) > 1), ""):
        raise OperatorError(f"{name}: columns: {twice!r} stands for two fields: give it once.")
    _only(parts["categories"].values(), LABELS, f"{name}: categories")
    _only(parts["colours"].values(), COLOUR_FAMILIES, f"{name}: colours")
    return FeedMapping(
        {normalised(theirs): ours for ours, theirs in parts["columns"].items()},
        {theirs.strip().lower(): kind for theirs, kind in parts["categories"].items()},
        {theirs.strip().lower(): family for theirs, family in parts["colours"].items()},
    )


def mapping_document(mapping: FeedMapping) -> dict[str, dict[str, str]]:
    """``mapping`` as :func:`mapping_of` reads it."""
    return {
        "columns": {ours: theirs for theirs, ours in mapping.columns.items()},
        "categories": dict(mapping.categories),
        "colours": dict(mapping.colours),
    }


def _texts(value: Any, name: str) -> dict[str, str]:
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise OperatorError(f"{name} has to be a list of NAME: VALUE.")
    if wrong := next((key for key, entry in value.items() if isinstance(entry, list | dict)), ""):
        raise OperatorError(f"{name}: {wrong} takes one name.")
    return {str(key): str(entry) for key, entry in value.items()}


def _only(values: Any, known: Any, name: str) -> None:
    wrong = sorted(set(values) - set(known))
    if wrong:
        raise OperatorError(f"{name}: {wrong[0]!r} is none of {', '.join(sorted(known))}.")
