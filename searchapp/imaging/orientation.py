"""The orientation in a picture's EXIF, and nothing else of it.

Pillow reads all of EXIF and warns of each oddity, which strangers could make it do without end.
"""

from __future__ import annotations

import struct

UPRIGHT = 1
_PREFIX = b"Exif\0\0"
_TAG = 0x0112
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_FORMS = {3: "H", 4: "I"}
"""Types of a value that fits into its entry: SHORT and LONG (TIFF 6.0, section 2)."""

MAX_ENTRIES = 500
"""Entries of the first directory that are looked at."""


def orientation_of(exif: bytes) -> int:
    """1..8 (Exif 2.32, table 6); 1 if it is not told, or not readable."""
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
