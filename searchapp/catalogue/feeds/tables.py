"""Tables as text: their encoding, their separator, their rows."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

from searchapp.catalogue.feeds.rows import FeedMapping, RawRow, RefusedRow, normalised

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20
_SAMPLE = 4096
_FIELD_LIMIT = 16 << 20
"""Characters of one cell: a description may hold whole pictures.  Beyond it a quotation mark is
open."""
_CELL_LIMIT = 1 << 16
"""Characters that are kept of a cell: no column that is used has more."""
_KANA = re.compile("[\u3040-\u30ff]")
_SOME_KANA, _MOSTLY = 0.2, 0.8
"""Shares of the letters beyond ASCII.  Korean feeds read as Shift-JIS or EUC-JP have under 1 % of
kana; Japanese and Chinese ones read as CP949 are mostly Hanja and rare syllables."""
_FREQUENT = {"gb18030": (b"\xb0\xa1", b"\xd7\xf9"), "cp950": (b"\xa4\x40", b"\xc6\x7e")}
"""First and last of the frequent characters, as bytes."""
_FEW, _HALF, _NEARLY_ALL = 6, 0.5, 0.85
"""Letters below which nothing is told, and shares of the frequent ones."""
_USUAL_CYRILLIC = frozenset("оеаинтсрвлкм")
"""Half and more of the letters of Russian texts; other encodings read as this one have fewer."""
_SOLE_LETTERS = re.compile(rb"[\x91-\x97]|[\xe4\xf6\xfc]\xdf|\xe9\xe9")
"""Quotation marks and dashes of Windows-1252, and letters that follow each other (Größe, créée)."""
_MIXED_CASE = re.compile("[а-яё][А-ЯЁ]")
_OTHER_LATIN = re.compile(
    rb"[A-Za-z][\xa1-\xb3\xb5\xb6\xb8-\xbf][A-Za-z]|[\xd0\xdd\xde\xf0\xfd-\xff]"
)
"""Signs inside words, as Polish in Windows-1250 reads, letters that stand for Turkish ones, and
the byte of all ones."""
_ESCAPES = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))
"""What encodings of seven bits switch by."""
_COMMENT = re.compile(r'\s*"?#[^,;\t|]')
"""A line above the header that explains the columns, as in Meta's template."""
_QUOTE = '"'
_SEPARATORS = "\t,;|"
_CELL = re.compile(r"[^\t,;|\"\r\n]+")
_FEWEST = 3
"""Columns that a header has at least."""
_ABOVE = 20
"""Lines that may stand above the header."""
_TELLING = 3
"""Separators in a line, from which on their number tells a row from text."""
_SEPARATOR_LINE = re.compile(r'"?sep=([\t,;|])"?\s*', re.IGNORECASE)
"""What Excel wants as the first line; it shows no row for it."""
_FORMULA = re.compile(r'=(?:(?:HYPERLINK|IMAGE)\()?"([^"]*)"', re.IGNORECASE)
"""How Excel is made to keep the zeros of a number (``="00123"``), and to show an address."""
_FREE_TEXT = frozenset({"productdisplayname"})
"""Columns that some feeds write last and unquoted, commas and all."""


def encoding_of(path: Path) -> str:
    """The encoding of the file at ``path``: by its mark, else by what its bytes can be.

    UTF-8, then CP949 (which holds all of EUC-KR) or Johab where the text is Korean, Shift-JIS and
    EUC-JP where it has kana, GB18030 and Big5 where it is of frequent Chinese characters,
    Windows-1252 where letters beyond ASCII stand alone, Windows-1251 where it reads as Russian.  A
    file that is none of these is read as UTF-8, and its broken rows are refused one by one.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    marked = encoding_by_mark(start)
    if marked or decodes(path, "utf-8"):
        return marked or "utf-8"
    if start.count(0) > len(start) // 4:
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    return next((name for name, test in _TESTS if test(path, name)), "utf-8")


def encoding_by_mark(start: bytes) -> str:
    """The encoding that the first bytes of a file name, or nothing."""
    marked = next((name for mark, name in _BOMS if start.startswith(mark)), "")
    if marked == "utf-16" and start.startswith(codecs.BOM_UTF32_LE):
        return "utf-32"
    return marked or next((name for escape, name in _ESCAPES if escape in start), "")


def decodes(path: Path, encoding: str) -> bool:
    """Whether all of the file at ``path`` is text in ``encoding``."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _beginning(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        return file.read(_CHUNK).decode(encoding, errors="ignore")


def _letters(text: str) -> list[str]:
    """The letters beyond ASCII."""
    return [letter for letter in text if letter > "\x7f" and letter.isalpha()]


def _is_japanese(path: Path, encoding: str) -> bool:
    if not decodes(path, encoding):
        return False
    letters = _letters(_beginning(path, encoding))
    kana = sum(1 for letter in letters if _KANA.match(letter))
    return bool(letters) and kana >= _SOME_KANA * len(letters)


def _is_korean(path: Path, encoding: str) -> bool:
    """Whether most letters are the syllables that Korean is written with, those of KS X 1001.

    The bytes of other encodings decode as CP949 too, into Hanja and syllables that no word has.
    """
    if not decodes(path, encoding):
        return False
    letters = _letters(_beginning(path, encoding))
    syllables = [letter for letter in letters if "가" <= letter <= "힣"]
    usual = sum(map(_in_ks_x_1001, syllables))
    # CP949 alone writes the other syllables beside them, and Korean feeds have hardly any Hanja.
    least = _HALF if encoding == "cp949" and syllables == letters else _MOSTLY
    return usual >= least * len(letters)


def _in_ks_x_1001(syllable: str) -> bool:
    """Others take eight bytes, if any."""
    return len(syllable.encode("euc_kr", errors="ignore")) == 2


def _is_western(path: Path, _encoding: str) -> bool:
    """Bytes beyond ASCII that stand alone between letters, quotation marks aside: no East Asian
    encoding has those."""
    with path.open("rb") as file:
        text = _SOLE_LETTERS.sub(b"'", file.read(_CHUNK))
    return not (
        re.search(rb"[\x80-\xff]{2}|[\x81\x8d\x8f\x90\x9d]", text) or _OTHER_LATIN.search(text)
    )


def _has_euro_of_latin_9(path: Path, encoding: str) -> bool:
    """Whether it is Western and has the euro sign where ISO 8859-15 has it; Windows-1252 has a sign
    there that no shop writes, and letters or quotation marks where ISO 8859-15 has none."""
    text = _beginning(path, "latin_1")
    return "\xa4" in text and not re.search("[\x80-\x9f]", text) and _is_western(path, encoding)


def _is_chinese(path: Path, encoding: str) -> bool:
    """Whether most Han characters are of the encoding's level of frequent ones; in another
    encoding the same bytes are rare ones."""
    if not decodes(path, encoding):
        return False
    first, last = _FREQUENT[encoding]
    han = [
        letter for letter in _letters(_beginning(path, encoding)) if "\u4e00" <= letter <= "\u9fff"
    ]
    frequent = sum(
        1
        for code in (letter.encode(encoding) for letter in han)
        if first <= code <= last and code[1] >= first[1]
    )
    return len(han) >= _FEW and frequent >= _NEARLY_ALL * len(han)


def _is_russian(path: Path, encoding: str) -> bool:
    """Whether the letters beyond ASCII are those that Russian texts are mostly written with, with
    capitals at the start of words alone."""
    text = _beginning(path, encoding)
    letters = _letters(text)
    usual = sum(1 for letter in letters if letter.lower() in _USUAL_CYRILLIC)
    return (
        len(letters) >= _FEW
        and usual >= _HALF * len(letters)
        and not _MIXED_CASE.search(text)
        and decodes(path, encoding)
    )


_TESTS = (
    ("cp932", _is_japanese),
    ("euc_jp", _is_japanese),
    ("cp949", _is_korean),
    ("johab", _is_korean),
    ("gb18030", _is_chinese),
    ("cp950", _is_chinese),
    ("iso8859_15", _has_euro_of_latin_9),
    ("cp1252", _is_western),
    ("cp1251", _is_russian),
)


class _Lines:
    """Lines on their way to the reader; it keeps those of the row that is being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.row: list[str] = []
        self.ended = False
        """Whether the reader asked for a line that was not there."""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.row.append(line)
        return line

    @property
    def cut(self) -> bool:
        """Whether the row that was read last ends without a line end: only the last one may."""
        return bool(self.row) and not self.row[-1].endswith(("\n", "\r"))


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].lstrip().startswith("#") and not any(cell.strip() for cell in cells[1:])


class Table:
    """An open table: ``columns`` are known at once, rows are read as they are asked for."""

    def __init__(self, file: TextIO, mapping: FeedMapping | None = None) -> None:
        mapping = mapping or FeedMapping()
        csv.field_size_limit(_FIELD_LIMIT)
        self._number = 1
        head, separator = self._head(file)
        names = [normalised(name) for name in head.split("\t")]
        # Naver's EP knows no quoting: a title may begin with a quotation mark.
        plain = separator == "\t" and "price_pc" in names
        self._separator = separator
        self._lines = _Lines(chain([head], file))
        self._reader = csv.reader(
            self._lines,
            delimiter=separator,
            quotechar=_QUOTE,
            quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
            skipinitialspace=True,
        )
        self.header = next(self._reader, [])
        self._names = [mapping.renamed(normalised(name)) for name in self.header]
        self.columns = frozenset(filter(None, self._names))

    def _head(self, file: TextIO) -> tuple[str, str]:
        """The line that names the columns and its separator; lines above it are counted.

        A line of one or two cells, such as a heading or the day, names no columns.
        """
        head = first = file.readline()
        separator = ""
        while head and self._number < _ABOVE:
            if found := _SEPARATOR_LINE.fullmatch(head):
                separator = found[1]
            elif _COMMENT.match(head):
                # A quoted comment may have several lines.
                while head.count(_QUOTE) % 2 and (line := file.readline()):
                    head += line
            elif sum(1 for cell in _CELL.findall(head) if cell.strip()) >= _FEWEST:
                break
            if not found:
                self._number += head.count("\n") or 1
            head = file.readline()
        head = head or first
        return head, separator or max(_SEPARATORS, key=head.count)

    def rename(self, renamed: Callable[[str], str]) -> None:
        """Gives the columns other names, before rows are read."""
        self._names = [renamed(name) for name in self._names]
        self.columns = frozenset(filter(None, self._names))

    def rows(self, *id_names: str) -> Iterator[RawRow | RefusedRow]:
        """Every row that is not empty, counted as a spreadsheet counts (the header is 1).

        :param id_names: the columns of which the first that is filled names the product.
        """
        number = self._number
        while True:
            number += 1
            self._lines.row.clear()
            try:
                cells = next(self._reader, None)
            except csv.Error:
                # A quotation mark that is not closed may have swallowed rows until here.
                reason = "a cell of this row never ends: a quotation mark may not be closed"
                yield RefusedRow(number, "", reason, broken_off=True)
                continue
            if cells is None:
                return
            if any(cell.strip() for cell in cells) and not _is_comment(cells):
                yield self._row(number, cells, id_names)

    def _row(self, number: int, cells: list[str], id_names: Sequence[str]) -> RawRow | RefusedRow:
        named, more = len(self._names), cells[len(self._names) :]
        if more and self._names[-1] in _FREE_TEXT:
            cells, more = [*cells[: named - 1], ", ".join(cells[named - 1 :])], []
        row = RawRow(number, *self._fields(cells))
        if lost := self._lost(cells):
            cut = lost.startswith("the file ends")
            return RefusedRow(number, row.get(*id_names)[:200], lost, broken_off=True, cut=cut)
        if any(cell.strip() for cell in more):
            return RefusedRow(
                number,
                row.get(*id_names)[:200],
                f"{len(cells)} columns where the header has {named}: "
                "a separator inside a field needs quotation marks",
                # In any place but the first, what stands there may belong to another column: the
                # row may be any product of the feed.
                broken_off=self._names[0] not in id_names,
            )
        return row

    def _fields(self, cells: list[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
        """Cells by name, and those of columns that stand there several times."""
        plain = (found[1] if (found := _FORMULA.match(cell)) else cell for cell in cells)
        kept = (cell[:_CELL_LIMIT] for cell in plain)
        named = list(zip(self._names, kept, strict=False))
        if len(self.columns) == len(self._names):
            return dict(named), {}
        named = [entry for entry in named if entry[1].strip()]
        fields = dict(reversed(named))
        lists = {name: tuple(cell for own, cell in named if own == name) for name in fields}
        return fields, {name: cells for name, cells in lists.items() if len(cells) > 1}

    def _lost(self, cells: list[str]) -> str:
        """Why other rows were lost with this one, or nothing."""
        lines, few = len(self._lines.row), len(cells) < len(self._names)
        swallowed = lines > 1 and (few or self._rows_by_themselves() or not self._well_quoted())
        if self._lines.ended:
            return "the file ends inside quotation marks that begin in this row"
        if swallowed:
            return (
                f"a quotation mark in this row is not closed: {lines} lines were read as one row, "
                "and what they hold is lost"
            )
        if few and self._lines.cut:
            return "the file ends in the middle of this row"
        return ""

    def _rows_by_themselves(self) -> bool:
        """Whether each line has all the columns: text of several lines hardly ever does."""
        separators = len(self._names) - 1
        return separators >= _TELLING and all(
            line.count(self._separator) == separators for line in self._lines.row
        )

    def _well_quoted(self) -> bool:
        """Whether the row holds by the strict rules: a mark that was left open ends somewhere."""
        strict = csv.reader(
            self._lines.row, delimiter=self._separator, quotechar=_QUOTE, strict=True
        )
        try:
            return len(list(strict)) == 1
        except csv.Error:
            return False
