"""Kind, size and orientation of JPEG, PNG, WebP and GIF files, read without any decoder.

Native readers of such files have had holes, and some set memory for the whole canvas aside before
its size can be looked at.  The work is bounded, whatever a header claims.  HEIF and AVIF files are
trees of boxes: see :mod:`searchapp.imaging.heif`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from searchapp import errors
from searchapp.imaging import heif

MAX_CHUNKS = 1000
"""Chunks, segments or blocks of one file that are looked at."""

UPRIGHT = 1
"""The EXIF orientation of a picture that needs no turn."""

MAX_ENTRIES = 500
"""Entries of the first EXIF directory that are looked at."""

Chunk = tuple[bytes, memoryview]
"""Type, and what is inside."""


class PictureKind(StrEnum):
    """The kinds that we take, by content; the values are Pillow's names of the formats."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIF = "heif"
    AVIF = "avif"


def kind_of(data: bytes) -> PictureKind:
    """The kind of a picture by its first bytes, never by its name.

    :raises errors.UnsupportedPicture: it is none that we take.
    """
    if data[:3] == b"\xff\xd8\xff":
        return PictureKind.JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return PictureKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureKind.WEBP
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return PictureKind.GIF
    brands = heif.brands_of(data)
    if brands & heif.AVIF_BRANDS:
        return PictureKind.AVIF
    if brands & heif.HEIF_BRANDS:
        return PictureKind.HEIF
    raise errors.UnsupportedPicture


# --- EXIF ------------------------------------------------------------------------------------

_PREFIX = b"Exif\0\0"
_TAG = 0x0112
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_FORMS = {3: "H", 4: "I"}
"""Types of a value that fits into its entry: SHORT and LONG (TIFF 6.0, section 2)."""


def orientation_of(exif: bytes) -> int:
    """The orientation in an EXIF block, 1..8 (Exif 2.32, table 6); 1 if it has none to be read.

    Pillow reads all of EXIF and warns of each oddity, which anyone could make it do without end.
    """
    tiff = exif.removeprefix(_PREFIX)
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        for n in range(min(entries, MAX_ENTRIES)):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, first + 2 + 12 * n)
            if tag == _TAG and kind in _FORMS:
                (value,) = struct.unpack_from(order + _FORMS[kind], tiff, first + 10 + 12 * n)
                return int(value) if 1 <= value <= 8 else UPRIGHT
    except struct.error:
        pass  # It ends in the middle of something.
    return UPRIGHT


# --- JPEG ------------------------------------------------------------------------------------

_SEQUENTIAL = (0xC0, 0xC1)
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
_SCAN = 0xDA


def is_single_scan_jpeg(data: bytes) -> bool:
    """Whether a JPEG is sequential with all its components in one scan (ITU-T T.81, B.2).

    Such a picture is decoded row by row, at a fraction of its size if that is asked for; every
    other needs memory for all of its coefficients first.
    """
    components = 0
    for marker, inside in _segments(data):
        if marker in _FRAMES:
            if marker not in _SEQUENTIAL or len(inside) < 6:
                return False
            components = inside[5]
        elif marker == _SCAN:
            return len(inside) > 0 and 0 < components == inside[0]
    return False


def _segments(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """The marker segments up to the first scan, each without its length."""
    at = 2
    for _ in range(MAX_CHUNKS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if len(data) < at + 4 or data[at] != 0xFF:
            return
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, memoryview(data)[at + 4 : at + 2 + size]
        if marker == _SCAN or size < 2:
            return
        at += 2 + size


# --- PNG -------------------------------------------------------------------------------------


def png_chunks(data: bytes) -> dict[bytes, bytes]:
    """The whole chunks before the pixels by type (PNG 3rd edition, 5.3), the first of each."""
    found: dict[bytes, bytes] = {}
    at = 8
    for _ in range(MAX_CHUNKS):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if len(kind) < 4 or kind in (b"IDAT", b"IEND"):
            break
        checked, crc = data[at + 4 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if zlib.crc32(checked).to_bytes(4, "big") == crc:
            found.setdefault(kind, checked[4:])
        at += size + 12
    return found


def png_size(chunks: Mapping[bytes, bytes]) -> tuple[int, int]:
    """Width and height in pixels of a PNG, before any turn.

    :raises ValueError: there is no header.
    """
    header = chunks.get(b"IHDR", b"")
    if len(header) < 13 or header[9] not in _SAMPLES:
        raise ValueError("no header")
    width, height = struct.unpack_from(">II", header)
    return width, height


_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type (PNG 3rd edition, 11.2.1)."""

_PIECE = 1 << 20


def png_share(data: bytes) -> float:
    """How much of a PNG's pixels is there and can be inflated, 0..1.

    :raises ValueError: the header is none.
    """
    chunks = png_chunks(data)
    (width, height), header = png_size(chunks), chunks[b"IHDR"]
    row = 1 + (width * header[8] * _SAMPLES[header[9]] + 7) // 8
    share: float = _inflated(_png_pixels(data)) / (row * height)
    return min(1.0, share)


def png_pixels_only(data: bytes) -> bytes:
    """A PNG with nothing but what its pixels need: decoders refuse files for their other chunks."""
    view, at = memoryview(data), 8
    kept = [view[:8]]
    while at < len(data):
        end = at + int.from_bytes(data[at : at + 4], "big") + 12
        if data[at + 4 : at + 8] in _PIXEL_CHUNKS:
            kept.append(view[at:end])
        at = end
    return b"".join(kept)


_PIXEL_CHUNKS = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"IEND")
)


def _png_pixels(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            yield data[at + 8 : at + 8 + size]
        at += size + 12


def _inflated(pieces: Iterable[bytes]) -> int:
    """Bytes that ``pieces`` hold, up to where they break off; never many at the same time."""
    inflate, count = zlib.decompressobj(), 0
    try:
        for piece in pieces:
            while piece:
                count += len(inflate.decompress(piece, _PIECE))
                piece = inflate.unconsumed_tail
    except zlib.error:
        pass  # It breaks off here.
    return count


# --- WebP ------------------------------------------------------------------------------------

_START_CODE = b"\x9d\x01\x2a"
_LOSSLESS = 0x2F


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a WebP picture, before any turn (RFC 9649).

    :raises ValueError: the first chunk is no picture's.
    """
    for kind, inside in _webp_chunks(data):
        if kind == b"VP8X":
            return _little(inside[4:7]) + 1, _little(inside[7:10]) + 1
        if kind == b"VP8L" and inside[:1] == bytes([_LOSSLESS]):
            bits = _little(inside[1:5])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if kind == b"VP8 " and bytes(inside[3:6]) == _START_CODE:
            return _little(inside[6:8]) & 0x3FFF, _little(inside[8:10]) & 0x3FFF
        break
    raise ValueError("no picture")


def webp_exif(data: bytes) -> bytes:
    """The EXIF chunk of a WebP picture, empty if there is none."""
    return next((bytes(inside) for kind, inside in _webp_chunks(data) if kind == b"EXIF"), b"")


def _webp_chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks behind ``RIFF size WEBP``; the last one may be cut."""
    rest = memoryview(data)[12:]
    for _ in range(MAX_CHUNKS):
        if len(rest) < 8:
            return
        size = _little(rest[4:8])
        yield bytes(rest[:4]), rest[8 : 8 + size]
        rest = rest[8 + size + size % 2 :]


# --- GIF -------------------------------------------------------------------------------------

_FRAME, _EXTENSION = 0x2C, 0x21


def gif_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a GIF's screen, or of a first frame that leaves it (GIF89a).

    :raises ValueError: there is no frame.
    """
    width, height = _little(memoryview(data)[6:8]), _little(memoryview(data)[8:10])
    at = 13 + _colour_table(data[10])
    for _ in range(MAX_CHUNKS):
        if data[at] == _FRAME:
            left, top, wide, high = struct.unpack_from("<4H", data, at + 1)
            return max(width, left + wide), max(height, top + high)
        if data[at] != _EXTENSION:
            break
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    raise ValueError("no frame")


def _colour_table(flags: int) -> int:
    """Bytes of the colour table that ``flags`` announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _little(raw: memoryview) -> int:
    """An unsigned little-endian number.

    :raises ValueError: nothing is left of it.
    """
    if not len(raw):
        raise ValueError("a field is cut")
    return int.from_bytes(raw, "little")
