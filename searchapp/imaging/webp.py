"""The size and orientation of a WebP picture, read from its chunks without any decoder (RFC 9649).

libwebp's own reader sets memory for the whole canvas aside before anybody can look at its size.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_CHUNKS = 1000
"""Chunks of one file that are looked at."""

Chunk = tuple[bytes, memoryview]

_START_CODE = b"\x9d\x01\x2a"
_LOSSLESS = 0x2F


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, before any turn.

    :raises ValueError: the first chunk is no picture's.
    """
    for kind, inside in _chunks(data):
        if kind == b"VP8X":
            return _little(inside[4:7]) + 1, _little(inside[7:10]) + 1
        if kind == b"VP8L" and inside[:1] == bytes([_LOSSLESS]):
            bits = _little(inside[1:5])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if kind == b"VP8 " and bytes(inside[3:6]) == _START_CODE:
            return _little(inside[6:8]) & 0x3FFF, _little(inside[8:10]) & 0x3FFF
        break
    raise ValueError("no picture")


def exif_of(data: bytes) -> bytes:
    """The EXIF chunk, empty if there is none."""
    return next((bytes(inside) for kind, inside in _chunks(data) if kind == b"EXIF"), b"")


def _chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks behind ``RIFF size WEBP``; the last one may be cut."""
    rest = memoryview(data)[12:]
    for _ in range(MAX_CHUNKS):
        if len(rest) < 8:
            return
        size = _little(rest[4:8])
        yield bytes(rest[:4]), rest[8 : 8 + size]
        rest = rest[8 + size + size % 2 :]


def _little(raw: memoryview) -> int:
    """An unsigned little-endian number; a field that is cut is no number.

    :raises ValueError: nothing is left of it.
    """
    if not len(raw):
        raise ValueError("a chunk is cut")
    return int.from_bytes(raw, "little")
