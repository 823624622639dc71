"""What the boxes of a HEIF or AVIF file say of its picture, read without any decoder.

Such a file is a tree of boxes (ISO/IEC 14496-12, 4.2).  Its ``meta`` box names the primary item
and the properties of each item (ISO/IEC 23008-12): ``ispe`` is the size before, ``clap`` a crop,
``irot`` and ``imir`` turns, ``colr`` the colours.  Native code that takes such files apart has had
holes again and again, so nothing but this reads them where people's uploads arrive.  The work is
bounded, whatever the boxes claim.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from searchapp import errors

MAX_STEPS = 20_000
"""Boxes and entries of one file that are looked at; a phone's 48 megapixels take some 800."""

MAX_EXIF = 256 * 1024
"""Bytes of EXIF that are looked at."""

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})

HEVC = frozenset({b"hvc1", b"hev1"})
"""Types of an item that is coded by HEVC."""
AV1 = b"av01"
JPEG = b"jpeg"
_DERIVED = frozenset({b"grid", b"iden", b"iovl"})
"""Types of an item that is put together from others (ISO/IEC 23008-12, 6.6.2)."""

Box = tuple[bytes, memoryview]
"""Kind, and what is inside."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A smaller copy of the primary picture: its codec, its size before any turn, where it lies
    among the file's previews, and the file in it (``data``) if it is a JPEG."""

    codec: bytes
    width: int
    height: int
    place: int
    turned: bool
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class HeifPicture:
    """The primary picture of a file.

    ``transforms`` are its crops and turns as boxes, in their order; ``width`` and ``height`` are
    the size behind them.  ``turned`` says that one of them is a turn, be it by 0 degrees.
    ``exif`` is the picture's EXIF block, ``nclx`` the code points of its primaries and transfer
    function (ITU-T H.273).
    """

    codec: bytes
    width: int
    height: int
    transforms: tuple[Box, ...]
    turned: bool
    exif: bytes
    nclx: tuple[int, int] | None
    previews: tuple[Preview, ...]


def brands_of(data: bytes) -> frozenset[bytes]:
    """What a file's first box says that it is (ISO/IEC 14496-12, 4.3); nothing for others."""
    if data[4:8] != b"ftyp":
        return frozenset()
    size = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return frozenset({data[8:12]} | {data[at : at + 4] for at in range(16, size - 3, 4)})


def read(data: bytes) -> HeifPicture:
    """The primary picture of a HEIF or AVIF file.

    :raises ValueError: the boxes make no sense.
    :raises errors.UnsupportedPicture: there is no still picture, only a film that is not AVIF's.
    """
    meta = _Meta(data)
    if meta.film is not None:
        if not brands_of(data) & AVIF_BRANDS:
            raise errors.UnsupportedPicture
        return HeifPicture(AV1, *meta.film, (), False, b"", None, ())
    item = meta.primary
    properties = meta.properties(item)
    transforms = tuple(box for box in properties if box[0] in (b"clap", b"irot", b"imir"))
    return HeifPicture(
        meta.codec(item),
        *_measured(properties),
        transforms,
        _turns(properties),
        meta.exif(item),
        _nclx(properties) or _nclx(meta.properties(meta.coded(item))),
        tuple(meta.previews(item)),
    )


class _Steps:
    """Walks boxes, and gives up after MAX_STEPS."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self, count: int = 1) -> None:
        """:raises ValueError: there were too many."""
        self._left -= count
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


class _Meta:
    """The ``meta`` box of a file and the tables in it."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._steps = _Steps()
        self._parts: dict[bytes, memoryview] = {}
        top: dict[bytes, memoryview] = {}
        for kind, inside in self._steps.boxes(self._data):
            top.setdefault(kind, inside)
            if kind in (b"meta", b"moov") and {b"meta", b"moov"} <= top.keys():
                break
        for kind, inside in self._steps.boxes(top.get(b"meta", memoryview(b""))[4:]):
            self._parts.setdefault(kind, inside)
        self._moov = top.get(b"moov")

    @cached_property
    def film(self) -> tuple[int, int] | None:
        """Width and height of the first track of a file that has no still picture, else None."""
        if self._moov is None or b"pitm" in self._parts:
            return None
        for kind, track in self._steps.boxes(self._moov):
            for name, inside in self._steps.boxes(track) if kind == b"trak" else ():
                if name == b"tkhd":
                    width, height = struct.unpack(">II", inside[-8:])
                    return width >> 16, height >> 16
        raise ValueError("no track")

    def _part(self, kind: bytes) -> memoryview:
        if kind not in self._parts:
            raise ValueError(f"no {kind.decode()}")
        return self._parts[kind]

    @cached_property
    def primary(self) -> int:
        """The primary item's number (ISO/IEC 14496-12, 8.11.4)."""
        pitm = self._part(b"pitm")
        form = ">H" if _version(pitm) == 0 else ">I"
        return int(struct.unpack_from(form, pitm, 4)[0])

    @cached_property
    def _types(self) -> dict[int, bytes]:
        """The type of each item (``iinf``, ISO/IEC 14496-12, 8.11.6)."""
        table, types = self._part(b"iinf"), {}
        for kind, inside in self._steps.boxes(table[6 if _version(table) == 0 else 8 :]):
            form = {2: ">H", 3: ">I"}.get(_version(inside)) if kind == b"infe" else None
            if form is not None:
                at = 6 + struct.calcsize(form)
                (item,) = struct.unpack_from(form, inside, 4)
                types[item] = bytes(inside[at : at + 4])
        return types

    @cached_property
    def _references(self) -> list[tuple[bytes, int, tuple[int, ...]]]:
        """Kind, item, and the items that it refers to (``iref``, ISO/IEC 14496-12, 8.11.12)."""
        table, found = self._parts.get(b"iref", memoryview(bytes(4))), []
        number = "H" if _version(table) == 0 else "I"
        for kind, inside in self._steps.boxes(table[4:]):
            source, count = struct.unpack_from(f">{number}H", inside)
            self._steps.take(count)
            targets = struct.unpack_from(
                f">{count}{number}", inside, struct.calcsize(f">{number}H")
            )
            found.append((kind, source, targets))
        return found

    def codec(self, item: int) -> bytes:
        """The type of the coded item that ``item`` is, or is put together from."""
        return self._types.get(self.coded(item), b"")

    def coded(self, item: int) -> int:
        """The coded item that ``item`` is, or the first that it is put together from."""
        for _ in range(3):
            if self._types.get(item) not in _DERIVED:
                break
            item = next(
                (
                    to[0]
                    for name, by, to in self._references
                    if by == item and to and name == b"dimg"
                ),
                0,
            )
        return item

    def properties(self, item: int) -> list[Box]:
        """The properties of ``item`` in their order (ISO/IEC 23008-12, 9.3)."""
        known, tables = self._property_tables
        for table in tables:
            indexes = self._associated(table, item)
            if indexes:
                return [known[index - 1] for index in indexes if 1 <= index <= len(known)]
        return []

    @cached_property
    def _property_tables(self) -> tuple[list[Box], list[memoryview]]:
        known: list[Box] = []
        tables: list[memoryview] = []
        for kind, inside in self._steps.boxes(self._part(b"iprp")):
            if kind == b"ipco" and not known:
                known = list(self._steps.boxes(inside))
            elif kind == b"ipma":
                tables.append(inside)
        return known, tables

    def _associated(self, ipma: memoryview, item: int) -> list[int]:
        """The numbers, from 1, of the properties that belong to ``item``."""
        number = struct.Struct(">H" if _version(ipma) == 0 else ">I")
        wide = bool(ipma[3] & 1)
        (entries,) = struct.unpack_from(">I", ipma, 4)
        at = 8
        for _ in range(entries):
            self._steps.take()
            (found,) = number.unpack_from(ipma, at)
            count = ipma[at + number.size]
            at += number.size + 1
            end = at + count * (2 if wide else 1)
            if found == item:
                return _indexes(ipma[at:end], wide=wide)
            at = end
        return []

    def exif(self, item: int) -> bytes:
        """The EXIF block that describes ``item``, from its TIFF header on; empty if none does."""
        blocks = [number for number, kind in self._types.items() if kind == b"Exif"]
        own = [by for kind, by, to in self._references if kind == b"cdsc" and item in to]
        block = next((number for number in blocks if number in own), next(iter(blocks), None))
        if block is None:
            return b""
        raw = self._payload(block, MAX_EXIF)
        return raw[4 + int.from_bytes(raw[:4], "big") :]

    def previews(self, item: int) -> Iterator[Preview]:
        """The smaller copies of ``item`` (``thmb``, ISO/IEC 23008-12, 6.4.4)."""
        smaller = [by for kind, by, to in self._references if kind == b"thmb" and item in to]
        for place, number in enumerate(smaller[:8]):
            codec, properties = self.codec(number), self.properties(number)
            data = self._payload(number, len(self._data)) if codec == JPEG else b""
            for kind, inside in properties:
                if kind == b"ispe":
                    width, height = struct.unpack_from(">II", inside, 4)
                    yield Preview(codec, width, height, place, _turns(properties), data)

    def _payload(self, item: int, limit: int) -> bytes:
        """The first ``limit`` bytes of an item (``iloc``, ISO/IEC 14496-12, 8.11.3)."""
        for number, extents, in_idat in self._locations():
            if number == item:
                source = self._part(b"idat") if in_idat else self._data
                pieces = (source[at : at + size] if size else source[at:] for at, size in extents)
                return b"".join(bytes(piece[:limit]) for piece in pieces)[:limit]
        return b""

    def _locations(self) -> Iterator[tuple[int, list[tuple[int, int]], bool]]:
        """Item, its extents as offset and length (0 = to the end), and whether in ``idat``."""
        fields = _Fields(self._parts.get(b"iloc", memoryview(bytes(8))))
        version = fields.take(1)
        fields.take(3)
        sizes = fields.take(2)
        offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _ in range(fields.take(2 if version < 2 else 4)):
            self._steps.take()
            item = fields.take(2 if version < 2 else 4)
            method = fields.take(2) & 15 if version else 0
            fields.take(2)
            start, count = fields.take(base), fields.take(2)
            self._steps.take(count)
            extents = []
            for _ in range(count):
                fields.take(index if version else 0)
                extents.append((start + fields.take(offset), fields.take(length)))
            yield item, extents, method == 1


class _Fields:
    """Reads unsigned big-endian numbers, one after the other."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> int:
        """The next ``size`` bytes.

        :raises ValueError: there are not as many.
        """
        raw = self._data[self._at : self._at + size]
        if len(raw) < size:
            raise ValueError("a field is cut")
        self._at += size
        return int.from_bytes(raw, "big")


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


def crop_box(clap: memoryview, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a clean aperture in a picture of that size, kept inside it.

    :raises ValueError: it divides by nothing.
    """
    wide, high = _cropped(clap)
    x, by_x, y, by_y = struct.unpack_from(">iIiI", clap, 16)
    if not by_x or not by_y:
        raise ValueError("a crop divides by nothing")
    left = min(max(0, round(x / by_x + (width - wide) / 2)), max(0, width - 1))
    top = min(max(0, round(y / by_y + (height - high) / 2)), max(0, height - 1))
    return left, top, min(width, left + wide), min(height, top + high)


def _turns(properties: list[Box]) -> bool:
    """Whether a box says how to turn or mirror, be it not at all."""
    return any(kind in (b"irot", b"imir") for kind, _ in properties)


def _nclx(properties: list[Box]) -> tuple[int, int] | None:
    """Code points of primaries and transfer function (ISO/IEC 14496-12, 12.1.5)."""
    for kind, inside in properties:
        if kind == b"colr" and bytes(inside[:4]) == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", inside, 4)
            return primaries, transfer
    return None


def _version(box: memoryview) -> int:
    return box[0]
