"""HEIF files of a test's own making, box by box."""

from __future__ import annotations

import struct
from collections.abc import Sequence

FTYP = b"heic\0\0\0\0mif1heic"


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + kind + body


def full(kind: bytes, *inside: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *inside)


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def clap(*fractions: int, offset: tuple[int, int] = (0, 0)) -> bytes:
    at = struct.pack(">iIiI", offset[0], 1, offset[1], 1)
    return box(b"clap", struct.pack(">4I", *fractions), at)


def associated(item: int, *indexes: int) -> bytes:
    return struct.pack(">HB", item, len(indexes)) + bytes(indexes)


def heic(
    *properties: bytes,
    associations: bytes | None = None,
    codec: bytes = b"hvc1",
    item: int = 1,
    others: Sequence[tuple[int, bytes]] = (),
    references: Sequence[tuple[bytes, int, int]] = (),
    exif: int = 0,
) -> bytes:
    """A HEIF file whose primary item has ``properties``, in their order.

    :param others: numbers and types of further items.
    :param references: kind, from and to.
    :param exif: the orientation in the EXIF block that describes the item; 0 for none.
    """
    items = [(item, codec), *others]
    parts = []
    if exif:
        items.append((99, b"Exif"))
        references = [*references, (b"cdsc", 99, item)]
        block = bytes(4) + struct.pack(">2sHIHHHIHxx", b"MM", 42, 8, 1, 0x0112, 3, 1, exif)
        place = struct.pack(">HBBHHHHHII", 0, 0x44, 0, 1, 99, 1, 0, 1, 0, len(block))
        parts = [box(b"iloc", b"\1\0\0\0", place[2:]), box(b"idat", block)]
    table = [
        full(b"infe", struct.pack(">HH", number, 0), kind, b"\0", version=2)
        for number, kind in items
    ]
    if references:
        links = [box(kind, struct.pack(">HHH", by, 1, to)) for kind, by, to in references]
        parts.append(full(b"iref", *links))
    entries = associated(item, *range(1, len(properties) + 1))
    one_entry = struct.pack(">I", 1) + entries
    return box(b"ftyp", FTYP) + full(
        b"meta",
        full(b"pitm", struct.pack(">H", item)),
        full(b"iinf", struct.pack(">H", len(table)), *table),
        box(b"iprp", box(b"ipco", *properties), full(b"ipma", associations or one_entry)),
        *parts,
    )
