"""Which form a feed has, what it is packed in, and its rows."""

from __future__ import annotations

import csv
import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from searchapp.catalogue.feeds import forms, variants, xml
from searchapp.catalogue.feeds.forms import Parsed, Rows, each
from searchapp.catalogue.feeds.records import (
    AS_SHOPIFY,
    as_shopify,
    json_rows,
    looks_like_json,
    looks_tagged,
    tagged_rows,
)
from searchapp.catalogue.feeds.rows import FeedOptions, FeedRow, RawRow, RefusedRow
from searchapp.catalogue.feeds.tables import Table, encoding_of
from searchapp.catalogue.feeds.validation import check_all
from searchapp.catalogue.feeds.xml import looks_like_xml
from searchapp.errors import OperatorError

UNPACKED_LIMIT = 2 << 30
"""Bytes of an unpacked feed: a small file can be made to unpack into terabytes."""
_CHUNK, _PIECE = 1 << 20, 1 << 13
_FEEDS = (".gz", ".csv", ".tsv", ".txt", ".xml", ".json", ".jsonl", ".ndjson", ".xlsx", ".yml")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_WORKBOOK = "xl/workbook.xml"


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Path, bool]]:
    """The feed at ``path`` as a plain file, which is removed at the end if it was unpacked, and
    whether the packed file ends before its end.

    :raises OperatorError: it is damaged, too large, or a zip without exactly one feed in it.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"\x1f\x8b":
        unpack = _gunzip
    elif start == b"PK\x03\x04":
        unpack = _unzip
    else:
        yield path, False
        return
    with tempfile.TemporaryDirectory(prefix="searchapp-feed-") as folder:
        try:
            plain, cut = unpack(path, Path(folder))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise OperatorError(f"{path.name} is damaged and cannot be unpacked.") from None
        with unpacked(plain) as (inner, inner_cut):
            yield inner, cut or inner_cut


def _gunzip(path: Path, folder: Path) -> tuple[Path, bool]:
    target = folder / (path.stem if path.suffix == ".gz" else path.name)
    try:
        with gzip.open(path) as packed:
            _copy(packed, target)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        if not _to_last_line(target):
            raise
        return target, True
    return target, False


def _to_last_line(target: Path) -> bool:
    """Leaves out the line that a file breaks off in; whether lines are left."""
    with target.open("r+b") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - _CHUNK))
        last = file.read().rfind(b"\n")
        file.truncate(max(0, end - _CHUNK) + last + 1)
    return last > 0


def _unzip(path: Path, folder: Path) -> tuple[Path, bool]:
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        if _WORKBOOK in names:
            return _table_of_workbook(path, archive, folder), False
        names = [name for name in names if "__MACOSX" not in name]
        feeds = [name for name in names if name.lower().endswith(_FEEDS)] or names
        if len(feeds) > 1:
            # Beside a feed of another kind a text is a note.
            feeds = [name for name in feeds if not name.lower().endswith(".txt")] or feeds
        if len(feeds) != 1:
            raise OperatorError(
                f"{path.name} holds {len(feeds)} feeds where it should hold one: unpack it."
            )
        target = folder / Path(feeds[0]).name
        with archive.open(feeds[0]) as packed:
            _copy(packed, target)
    return target, False


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path) -> None:
    size = 0
    with target.open("wb") as file:
        # Small pieces: what a damaged file gives before it breaks is not lost with its last piece.
        while chunk := packed.read(_PIECE):
            size += len(chunk)
            if size > UNPACKED_LIMIT:
                raise OperatorError(f"{target.name} has more than 2 GB when unpacked.")
            file.write(chunk)


def _table_of_workbook(path: Path, archive: zipfile.ZipFile, folder: Path) -> Path:
    """The first sheet of a workbook as CSV."""
    import openpyxl  # 180 modules, for this form of feed alone.

    if sum(info.file_size for info in archive.infolist()) > UNPACKED_LIMIT:
        raise OperatorError(f"{path.name} has more than 2 GB when unpacked.")
    target = folder / path.name
    try:
        with path.open("rb") as packed, target.open("w", encoding="utf-8", newline="") as file:
            book = openpyxl.load_workbook(packed, read_only=True, data_only=True)
            writer = csv.writer(file)
            for row in _sheet(book.worksheets).iter_rows(values_only=True):
                writer.writerow([_cell(value) for value in row])
    except (ValueError, KeyError, IndexError, TypeError):
        raise OperatorError(f"{path.name} is not a workbook that can be read.") from None
    return target


def _sheet(sheets: Sequence[Any]) -> Any:
    """The first sheet that is wide enough to be a feed: a guide may stand before it."""
    return next((sheet for sheet in sheets if (sheet.max_column or 4) >= 4), sheets[0])


def _cell(value: Any) -> str:
    """A cell as a feed would write it: 15000 for 15000.0, dates in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


_PICTURE = frozenset({"image_src", "product_image_url"})
_NAVER = frozenset({"price_pc", "category_name1", "add_image_link"})
_DAUM = frozenset({"pname", "pgurl", "igurl"})
_HEAD = 4096
_SHOWN = 6
"""Columns of an unknown feed that are named."""


def read_feed(path: Path, options: FeedOptions | None = None) -> Iterator[FeedRow]:
    """The rows of the feed at ``path``, in its order, read as they are asked for.

    :raises OperatorError: the file cannot be opened, or is of no known form.
    """
    options = options or FeedOptions()
    with _opened(path) as (plain, cut):
        yield from check_all(_parsed(plain, options), options)
        if cut:
            reason = "the packed file is cut off: what came before was taken"
            yield RefusedRow(0, "", reason, broken_off=True, cut=True)


def count_rows(path: Path, options: FeedOptions) -> int:
    """How many rows :func:`read_feed` gives; nothing of them is checked.

    :raises OperatorError: as there.
    """
    with _opened(path) as (plain, _):
        return sum(1 for _ in _parsed(plain, options))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Path, bool]]:
    """:raises OperatorError: the file cannot be opened or unpacked."""
    try:
        with unpacked(path) as opened:
            yield opened
    except OSError as error:
        raise OperatorError(
            f"{path} cannot be read ({error.strerror or error}). Check the path and its rights."
        ) from None


def _parsed(path: Path, options: FeedOptions) -> Parsed:
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if start.startswith(_OLD_WORKBOOK):
        raise OperatorError(f"{path.name} is a workbook of an old Excel: save it as XLSX or CSV.")
    if looks_tagged(start):
        yield from each(tagged_rows(path), forms.daum)
    elif looks_like_xml(start):
        yield from _records(xml.rows(path, options.mapping), options)
    elif looks_like_json(start):
        yield from _records(json_rows(path, options.mapping), options)
    else:
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
            table = Table(file, options.mapping)
            if table.columns >= variants.MAGENTO_COLUMNS:
                found = variants.magento_variants(table.rows("sku"))
                file.seek(0)
                again = Table(file, options.mapping)
                yield from variants.magento(again.rows("sku"), found, options)
            else:
                yield from _table(table, path, options)


def _records(rows: Rows, options: FeedOptions) -> Parsed:
    """XML and JSON name their fields in each row: the first rows tell the form."""
    iterator = iter(rows)
    first = list(islice(iterator, 20))
    names = frozenset(
        name
        for row in first
        if isinstance(row, RawRow)
        for name, value in row.fields.items()
        if value
    )
    every = chain(first, iterator)
    if {"@id", "price"} <= names and {"picture", "url"} & names:
        return each(every, forms.yandex)
    if "url_handle" in names or {"handle", "variant_price"} <= names:
        return variants.shopify(every, options)
    if _NAVER & names:
        return each(every, forms.naver)
    if names >= _DAUM:
        return each(every, forms.daum)
    return each(every, partial(forms.shop, options=options, price_required=forms.is_priced(names)))


def _table(table: Table, path: Path, options: FeedOptions) -> Parsed:
    columns = table.columns
    if {"handle", "url_handle"} & columns and "title" in columns and _PICTURE & columns:
        return variants.shopify(table.rows("handle", "url_handle"), options)
    for needed, ids, read in AS_SHOPIFY:
        if needed <= columns:
            return variants.shopify(as_shopify(table.rows(*ids), read), options)
    if {"sku", "id"} & columns and set(map(variants.woo_name, columns)) >= variants.WOO_COLUMNS:
        table.rename(variants.woo_name)
        return variants.woocommerce(table.rows("sku", "id"), options)
    if {"상품명", "판매상태", "대표이미지url"} <= columns:
        return each(table.rows(*forms.SMARTSTORE_IDS), partial(forms.smartstore, options=options))
    if {"상품코드", "상품명", "판매가"} <= columns:
        return each(table.rows("상품코드"), partial(forms.cafe24, options=options))
    if columns >= _DAUM:
        return each(table.rows("mapid", "id", "pid"), forms.daum)
    if {"id", "productdisplayname"} <= columns:
        return each(table.rows("id"), forms.styles)
    return _by_google_names(table, path, options)


def _by_google_names(table: Table, path: Path, options: FeedOptions) -> Parsed:
    """:raises OperatorError: a column is not there that each product needs."""
    columns, needed = table.columns, ("id", "title", "image_link")
    mapped = options.mapping.columns.items()
    absent = [theirs for theirs, ours in mapped if ours in needed and ours not in columns]
    unknown = [name for name in needed if not columns.intersection(forms.NAMES[name])]
    if absent or unknown:
        raise OperatorError(_unknown(table, path, absent, unknown))
    rows = table.rows(*forms.NAMES["id"])
    if _NAVER & columns:
        return each(rows, forms.naver)
    read = partial(forms.shop, options=options, price_required=forms.is_priced(columns))
    return each(rows, read)


def _unknown(table: Table, path: Path, absent: Sequence[str], unknown: Sequence[str]) -> str:
    """What was seen of a feed of no known form, and what to do.

    :param absent: columns that the mapping names and the feed has not.
    :param unknown: fields that no column is known to be.
    """
    names = [name.strip()[:40] for name in table.header if name.strip()]
    if not names:
        return f"{path.name} is empty. Check what it was exported from."
    seen = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    shown = "".join(letter if letter.isprintable() else "?" for letter in seen)
    if absent:
        return f"{path.name} has no column {absent[0]!r}, which --map names. It has: {shown}."
    if unknown != ["id", "title", "image_link"]:
        return (
            f"{path.name} has no column for {' and '.join(unknown)} that we know. It has: {shown}. "
            f"Add one, or say which it is by --map map.yaml with 'columns: {{{unknown[0]}: ...}}'"
        )
    return (
        f"{path.name} is not a feed we know. Its first columns: {shown}. Say which are "
        "id, title, link, image_link and price in a mapping file: --map map.yaml with "
        f"'columns: {{id: {shown.partition(',')[0]}, ...}}'"
    )
