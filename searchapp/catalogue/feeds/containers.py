"""What feeds are packed in: gzip, zip and Excel workbooks, unpacked into a temporary file."""

from __future__ import annotations

import csv
import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

import openpyxl

from searchapp.errors import OperatorError

UNPACKED_LIMIT = 2 << 30
"""Bytes of an unpacked feed: a small file can be made to unpack into terabytes."""
_CHUNK = 1 << 20
_FEEDS = (".csv", ".tsv", ".txt", ".xml", ".json", ".jsonl", ".ndjson", ".xlsx", ".yml")
_WORKBOOK = "xl/workbook.xml"


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The feed at ``path`` as a plain file, which is removed at the end if it was unpacked.

    :raises OperatorError: it is damaged, too large, or a zip without exactly one feed in it.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"\x1f\x8b":
        unpack = _gunzip
    elif start == b"PK\x03\x04":
        unpack = _unzip
    else:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="searchapp-feed-") as folder:
        try:
            plain = unpack(path, Path(folder))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise OperatorError(f"{path.name} is damaged and cannot be unpacked.") from None
        with unpacked(plain) as inner:
            yield inner


def _gunzip(path: Path, folder: Path) -> Path:
    target = folder / (path.stem if path.suffix == ".gz" else path.name)
    with gzip.open(path) as packed:
        _copy(packed, target)
    return target


def _unzip(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        if _WORKBOOK in names:
            return _table_of_workbook(path, archive, folder)
        feeds = [name for name in names if name.lower().endswith(_FEEDS) and "__MACOSX" not in name]
        if len(feeds) != 1:
            raise OperatorError(
                f"{path.name} holds {len(feeds)} feeds where it should hold one: unpack it."
            )
        target = folder / Path(feeds[0]).name
        with archive.open(feeds[0]) as packed:
            _copy(packed, target)
    return target


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path) -> None:
    size = 0
    with target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > UNPACKED_LIMIT:
                raise OperatorError(f"{target.name} has more than 2 GB when unpacked.")
            file.write(chunk)


def _table_of_workbook(path: Path, archive: zipfile.ZipFile, folder: Path) -> Path:
    """The first sheet of a workbook as CSV."""
    if sum(info.file_size for info in archive.infolist()) > UNPACKED_LIMIT:
        raise OperatorError(f"{path.name} has more than 2 GB when unpacked.")
    target = folder / f"{path.stem}.csv"
    try:
        with path.open("rb") as packed, target.open("w", encoding="utf-8", newline="") as file:
            book = openpyxl.load_workbook(packed, read_only=True, data_only=True)
            writer = csv.writer(file)
            for row in book.worksheets[0].iter_rows(values_only=True):
                writer.writerow([_cell(value) for value in row])
    except (ValueError, KeyError, IndexError, TypeError):
        raise OperatorError(f"{path.name} is not a workbook that can be read.") from None
    return target


def _cell(value: Any) -> str:
    """A cell as a feed would write it: 15000 for 15000.0, dates in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)
