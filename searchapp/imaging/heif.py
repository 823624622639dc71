"""The size of a HEIF picture, read from its boxes without any decoder.

A HEIF file is a tree of boxes (ISO/IEC 14496-12, 4.2).  Its ``meta`` box names the primary item
and the properties of each item (ISO/IEC 23008-12): ``ispe`` is the size before, ``clap`` a crop,
``irot`` a turn.  Native code that takes such files apart has had holes again and again, so nothing
but this reads them where people's uploads arrive.  The work is bounded, whatever the boxes claim.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from searchapp import errors

MAX_STEPS = 20_000
"""Boxes and entries of one file that are looked at; a phone's 48 megapixels take some 800."""

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
_OTHER_CODECS = frozenset(
    {b"av01", b"avc1", b"vvc1", b"evc1", b"j2k1", b"jpeg", b"unci", b"mski", b"lhv1"}
)
"""Item types (the codecs' four-character codes) of a HEIF file that is no HEIC."""

Box = tuple[bytes, memoryview]
"""Kind, and what is inside."""


def is_heif(data: bytes) -> bool:
    """Whether a file's first box says that it is HEIF (ISO/IEC 14496-12, 4.3).

    AVIF files name ``mif1`` too: they are not ours, whatever else they name.
    """
    if data[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(data[:4], "big"), 256, len(data))
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, size - 3, 4)}
    return bool(brands & _BRANDS) and not brands & _AVIF


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of the primary picture, cropped and turned as its boxes say.

    :raises ValueError: the boxes make no sense.
    :raises errors.UnsupportedPicture: a picture in it is of another codec than HEVC.
    """
    steps = _Steps()
    meta = _first(steps.boxes(memoryview(data)), b"meta")[4:]
    parts: dict[bytes, memoryview] = {}
    for kind, inside in steps.boxes(meta):
        parts.setdefault(kind, inside)
    _check_codecs(steps, parts)
    item = _primary(_part(parts, b"pitm"))
    return _measured(_properties(steps, _part(parts, b"iprp"), item))


class _Steps:
    """Walks boxes, and gives up after MAX_STEPS."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many boxes")

    def boxes(self, data: memoryview) -> Iterator[Box]:
        """The boxes in ``data``, one after the other (ISO/IEC 14496-12, 4.2)."""
        while len(data) >= 8:
            self.take()
            size, head = int.from_bytes(data[:4], "big"), 8
            kind = bytes(data[4:8])
            if size == 1:
                size, head = int.from_bytes(data[8:16], "big"), 16
            elif size == 0:
                size = len(data)
            if not head <= size <= len(data):
                raise ValueError("a box leaves its file")
            yield kind, data[head:size]
            data = data[size:]


def _first(boxes: Iterator[Box], wanted: bytes) -> memoryview:
    for kind, inside in boxes:
        if kind == wanted:
            return inside
    raise ValueError(f"no {wanted.decode()}")


def _part(parts: dict[bytes, memoryview], kind: bytes) -> memoryview:
    if kind not in parts:
        raise ValueError(f"no {kind.decode()}")
    return parts[kind]


def _check_codecs(steps: _Steps, parts: dict[bytes, memoryview]) -> None:
    """Looks at the types of all items (``iinf``, ISO/IEC 14496-12, 8.11.6)."""
    table = _part(parts, b"iinf")
    for kind, inside in steps.boxes(table[6 if _version(table) == 0 else 8 :]):
        if kind != b"infe":
            continue
        at = {2: 8, 3: 10}.get(_version(inside))
        if at is not None and bytes(inside[at : at + 4]) in _OTHER_CODECS:
            raise errors.UnsupportedPicture


def _primary(pitm: memoryview) -> int:
    """The primary item's number (ISO/IEC 14496-12, 8.11.4)."""
    form = ">H" if _version(pitm) == 0 else ">I"
    return int(struct.unpack_from(form, pitm, 4)[0])


def _properties(steps: _Steps, iprp: memoryview, item: int) -> list[Box]:
    """The properties of ``item`` in their order (ISO/IEC 23008-12, 9.3)."""
    known: list[Box] = []
    indexes: list[int] = []
    for kind, inside in steps.boxes(iprp):
        if kind == b"ipco" and not known:
            known = list(steps.boxes(inside))
        elif kind == b"ipma" and not indexes:
            indexes = _associated(steps, inside, item)
    return [known[index - 1] for index in indexes if 1 <= index <= len(known)]


def _associated(steps: _Steps, ipma: memoryview, item: int) -> list[int]:
    """The numbers, from 1, of the properties that belong to ``item``."""
    number = struct.Struct(">H" if _version(ipma) == 0 else ">I")
    wide = bool(ipma[3] & 1)
    (entries,) = struct.unpack_from(">I", ipma, 4)
    at = 8
    for _ in range(entries):
        steps.take()
        (found,) = number.unpack_from(ipma, at)
        count = ipma[at + number.size]
        at += number.size + 1
        end = at + count * (2 if wide else 1)
        if found == item:
            return _indexes(ipma[at:end], wide=wide)
        at = end
    return []


def _indexes(raw: memoryview, *, wide: bool) -> list[int]:
    """The highest bit says that a property is essential; the others are its number."""
    if wide:
        pairs = zip(islice(raw, 0, None, 2), islice(raw, 1, None, 2), strict=True)
        return [(high & 0x7F) << 8 | low for high, low in pairs]
    return [value & 0x7F for value in raw]


def _measured(properties: list[Box]) -> tuple[int, int]:
    """The size behind all transformations, in their order."""
    width = height = 0
    for kind, inside in properties:
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", inside, 4)
        elif kind == b"clap":
            width, height = _cropped(inside)
        elif kind == b"irot" and inside[0] & 1:
            width, height = height, width
    if width < 1 or height < 1:
        raise ValueError("no size")
    return width, height


def _cropped(clap: memoryview) -> tuple[int, int]:
    """Width and height of a clean aperture: two fractions, halves rounded up."""
    wide, by_width, high, by_height = struct.unpack_from(">4I", clap)
    if not by_width or not by_height:
        raise ValueError("a crop divides by nothing")
    return (wide + by_width // 2) // by_width, (high + by_height // 2) // by_height


def _version(box: memoryview) -> int:
    return box[0]
