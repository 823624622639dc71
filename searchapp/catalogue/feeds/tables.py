"""Tables as text: their encoding, their separator, their rows."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from searchapp.catalogue.feeds.rows import RawRow, RefusedRow, normalised

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20
_FIELD_LIMIT = 1 << 20
_QUOTE = '"'


def encoding_of(path: Path) -> str:
    """The encoding of the file at ``path``: by its mark, else UTF-8 if it is, else CP949 if it is.

    CP949 holds all of EUC-KR.  A file that is neither is read as UTF-8 and its broken rows are
    refused one by one.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    return next((name for name in ("utf-8", "cp949") if _decodes(path, name)), "utf-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class Table:
    """An open table: ``columns`` are known at once, rows are read as they are asked for."""

    def __init__(self, file: TextIO) -> None:
        csv.field_size_limit(_FIELD_LIMIT)
        head = file.readline()
        file.seek(0)
        separator = max("\t,;|", key=head.count)
        names = [normalised(name) for name in head.split("\t")]
        # Naver's EP knows no quoting: a title may begin with a quotation mark.
        plain = separator == "\t" and "price_pc" in names
        self._reader = csv.reader(
            file,
            delimiter=separator,
            quotechar=_QUOTE,
            quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
        )
        self._names = [normalised(name) for name in next(self._reader, [])]
        self.columns = frozenset(filter(None, self._names))

    def rows(self) -> Iterator[RawRow | RefusedRow]:
        """Every row that is not empty, counted as a spreadsheet counts (the header is 1)."""
        number = 1
        while True:
            number += 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                yield RefusedRow(number, "", f"the row cannot be read: {error}")
                continue
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield self._row(number, cells)

    def _row(self, number: int, cells: list[str]) -> RawRow | RefusedRow:
        if len(cells) > len(self._names) and any(
            cell.strip() for cell in cells[len(self._names) :]
        ):
            return RefusedRow(
                number,
                cells[0].strip()[:200],
                f"{len(cells)} columns where the header has {len(self._names)}: "
                "a separator inside a field needs quotation marks",
            )
        return RawRow(number, dict(zip(self._names, cells, strict=False)))
